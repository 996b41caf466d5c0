//! What the workspace is called, and what of Switchboard is switched on in it.

use serde::{Deserialize, Serialize};

use super::changed;
use super::role::NAME_MAX_CHARS;
use crate::audit::{Act, Deed, Subject};
use crate::contact::clean_name;
use crate::office::Office;
use crate::permission::Permission;
use crate::refusal::{Field, Refusal};
use crate::viewer::Viewer;

/// Something that a workspace may do without: off until somebody switches it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// The team writes to customers first.
    Outgoing,
}

impl Feature {
    /// All of them, in the order of the page.
    pub const ALL: &[Feature] = &[Feature::Outgoing];

    /// Its stable name in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Feature::Outgoing => "outgoing",
        }
    }

    /// The one of that key, if there is one.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|feature| feature.key() == key)
    }

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Feature::Outgoing => "Outgoing messages",
        }
    }

    /// What it is.
    pub const fn about(self) -> &'static str {
        match self {
            Feature::Outgoing => {
                "The team writes to a customer first, by a phone number. Each costs what the channel asks for it."
            }
        }
    }

    /// Whether that viewer may switch it.
    ///
    /// Errors: [`Refusal::NotAllowed`].
    pub fn may_be_switched_by(self, viewer: &Viewer) -> Result<(), Refusal> {
        viewer.must(Permission::AdminFeatures)
    }

    /// What the audit log keeps where it is switched.
    pub fn deed(self, on: bool) -> Deed {
        let said = |on| if on { "on" } else { "off" };
        Deed::new(Act::Changed, Subject::Feature, self.key(), self.name()).value("It is", said(!on), said(on))
    }
}

/// What the workspace is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct General {
    /// What customers read above the chat and agents above their views.
    pub name: String,
    /// What customers read above the AI agent's answers.
    pub ai_name: String,
}

/// What somebody makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneralChange {
    /// As they want it.
    pub general: General,
    /// As they found it.
    pub was: General,
}

impl GeneralChange {
    /// As it is stored. What another changed meanwhile stays, unless both changed the same.
    ///
    /// Errors: [`Refusal::NotAllowed`]; [`Refusal::NoName`]; [`Refusal::NameTooLong`]; [`Refusal::ChangedMeanwhile`].
    pub fn checked(&self, office: &Office, viewer: &Viewer) -> Result<General, Refusal> {
        viewer.must(Permission::AdminFeatures)?;
        let clean = |name: &str| match clean_name(name) {
            name if name.is_empty() => Err(Refusal::NoName),
            name if name.chars().count() > NAME_MAX_CHARS => {
                Err(Refusal::NameTooLong { most: NAME_MAX_CHARS as u32 })
            }
            name => Ok(name),
        };
        let (now, Self { general, was }) = (office.general(), self);
        Ok(General {
            name: changed(Field::Name, &was.name, clean(&general.name)?, &now.name)?,
            ai_name: changed(Field::AiName, &was.ai_name, clean(&general.ai_name)?, &now.ai_name)?,
        })
    }
}

impl General {
    /// What the audit log keeps where that became this.
    pub fn deed(&self, was: &General) -> Deed {
        Deed::new(Act::Changed, Subject::Workspace, "", &*was.name)
            .value("Name", &was.name, &self.name)
            .value("Name of the AI agent", &was.ai_name, &self.ai_name)
    }
}

impl Office {
    /// What it is called.
    pub fn general(&self) -> General {
        General { name: self.workspace.clone(), ai_name: self.ai_name.clone() }
    }

    /// Whether that viewer has the entry **Outgoing message**: it is switched on, and they may.
    pub fn offers_outgoing(&self, viewer: &Viewer) -> bool {
        self.features.contains(&Feature::Outgoing) && viewer.may(Permission::Outgoing)
    }

    /// Whether that viewer may write to a customer first.
    ///
    /// Errors: [`Refusal::FeatureOff`]; [`Refusal::NotAllowed`]; [`Refusal::NoChannelBegins`].
    pub fn may_begin_outgoing(&self, viewer: &Viewer) -> Result<(), Refusal> {
        if !self.features.contains(&Feature::Outgoing) {
            return Err(Refusal::FeatureOff { name: Feature::Outgoing.name().into() });
        }
        viewer.must(Permission::Outgoing)?;
        match self.channels.values().any(|channel| channel.kind.begins()) {
            true => Ok(()),
            false => Err(Refusal::NoChannelBegins),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Preset;
    use crate::worlds::*;

    // rule 003-44
    #[test]
    fn outgoing_messages_are_off_until_an_admin_switches_them_on_and_hidden_while_they_are() {
        let mut house = office();
        assert!(!house.offers_outgoing(&operator(ANA)));
        let off = Refusal::FeatureOff { name: "Outgoing messages".into() };
        assert_eq!(house.may_begin_outgoing(&operator(ANA)), Err(off));
        let missing = Permission::AdminFeatures;
        let refused = Feature::Outgoing.may_be_switched_by(&viewer(ZOE, Preset::BusinessAdmin));
        assert_eq!(refused, Err(Refusal::NotAllowed { missing }));
        assert_eq!(Feature::Outgoing.may_be_switched_by(&super_admin()), Ok(()));
        house.features.insert(Feature::Outgoing);
        assert!(house.offers_outgoing(&operator(ANA)) && !house.offers_outgoing(&house.viewer(OLU).unwrap()));
        assert_eq!(house.may_begin_outgoing(&operator(ANA)), Err(Refusal::NoChannelBegins));
        assert_eq!(
            Feature::ALL.iter().map(|feature| Feature::of_key(feature.key())).collect::<Vec<_>>(),
            [Some(Feature::Outgoing)]
        );
    }

    #[test]
    fn the_workspace_is_named_by_an_admin_and_two_at_once_keep_what_both_did() {
        let was = office().general();
        let mut change = GeneralChange {
            general: General { name: " Acme & Sons ".into(), ..was.clone() },
            was: was.clone(),
        };
        assert_eq!(change.checked(&office(), &super_admin()).unwrap().name, "Acme & Sons");
        let missing = Permission::AdminFeatures;
        assert_eq!(change.checked(&office(), &manager(ZOE)), Err(Refusal::NotAllowed { missing }));
        let mut house = office();
        house.ai_name = "Robin".into();
        assert_eq!(change.checked(&house, &super_admin()).unwrap().ai_name, "Robin");
        change.general.ai_name = "Rob".into();
        let refused = Err(Refusal::ChangedMeanwhile { field: Field::AiName, now: "Robin".into() });
        assert_eq!(change.checked(&house, &super_admin()), refused);
        change.general.name = " ".into();
        assert_eq!(change.checked(&office(), &super_admin()), Err(Refusal::NoName));
    }
}
