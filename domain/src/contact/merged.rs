//! Contacts that the team has merged: one client who writes from several addresses. What the team says of the client holds
//! for each of them; what it said before the merge stays with each, and stands again when they are separated.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Contact;
use crate::id::{AgentId, ContactId};
use crate::time::Timestamp;

/// What a contact is besides a client of the team together with others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// Whose name all of them have: one of them.
    pub client: ContactId,
    /// What is its own.
    pub own: Own,
}

/// What the team says of a contact by itself. The words are those of [`Contact`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Own {
    pub display_name: String,
    pub vip: bool,
    pub lead: bool,
    pub pinned_to: Option<AgentId>,
    pub blocked_at: Option<Timestamp>,
    /// Which client it was before, if it was one of several already.
    #[serde(default)]
    pub was: Option<ContactId>,
}

impl Contact {
    /// Which client it is: the same for all contacts that are merged with it.
    pub fn client(&self) -> ContactId {
        self.merged.as_ref().map_or(self.id, |merged| merged.client)
    }

    /// As it is by itself, without those that it is merged with.
    pub fn alone(&self) -> Self {
        let Some(merged) = &self.merged else { return self.clone() };
        let Own { display_name, vip, lead, pinned_to, blocked_at, was: _ } = merged.own.clone();
        Self { display_name, vip, lead, pinned_to, blocked_at, merged: None, ..self.clone() }
    }

    /// What is its own as one of that client.
    fn own(&self, client: ContactId) -> Own {
        let was = match &self.merged {
            Some(merged) if merged.client == client => merged.own.was,
            // It is what it was.
            Some(merged) if merged.own.was == Some(client) => None,
            Some(merged) => Some(merged.client),
            None => None,
        };
        let Self { display_name, vip, lead, pinned_to, blocked_at, .. } = self.alone();
        Own { display_name, vip, lead, pinned_to, blocked_at, was }
    }

    /// Changes what it is by itself, and what it is with others in the same way.
    pub(crate) fn with_own(&self, change: impl Fn(&mut Own)) -> Self {
        let Self { display_name, vip, lead, pinned_to, blocked_at, .. } = self.clone();
        let mut shared = Own { display_name, vip, lead, pinned_to, blocked_at, was: None };
        change(&mut shared);
        let merged = self.merged.clone().map(|mut merged| {
            change(&mut merged.own);
            merged
        });
        let Own { display_name, vip, lead, pinned_to, blocked_at, was: _ } = shared;
        Self { display_name, vip, lead, pinned_to, blocked_at, merged, ..self.clone() }
    }
}

/// All of them as one client, who has the name of `client`. A pin of one is the pin of all, and so is the black list.
pub fn as_one(contacts: &[Contact], client: ContactId) -> Vec<Contact> {
    let own: Vec<Own> = contacts.iter().map(|contact| contact.own(client)).collect();
    let named = contacts.iter().position(|contact| contact.id == client).unwrap_or(0);
    let (Some(first), Some(name)) = (contacts.get(named), own.get(named)) else { return vec![] };
    if contacts.len() == 1 {
        return vec![first.alone()];
    }
    let shared = Own {
        display_name: name.display_name.clone(),
        vip: own.iter().any(|own| own.vip),
        lead: own.iter().any(|own| own.lead),
        pinned_to: own.iter().find_map(|own| own.pinned_to),
        blocked_at: own.iter().filter_map(|own| own.blocked_at).min(),
        was: None,
    };
    let as_client = |(contact, own): (&Contact, &Own)| {
        let Own { display_name, vip, lead, pinned_to, blocked_at, was: _ } = shared.clone();
        let merged = Some(Box::new(Merged { client: first.id, own: own.clone() }));
        Contact { display_name, vip, lead, pinned_to, blocked_at, merged, ..contact.clone() }
    };
    contacts.iter().zip(&own).map(as_client).collect()
}

/// Those of them as a client of their own, and the rest as another.
pub fn parted(contacts: &[Contact], who: &BTreeSet<ContactId>) -> Vec<Contact> {
    let (go, stay): (Vec<Contact>, Vec<Contact>) =
        contacts.iter().cloned().partition(|contact| who.contains(&contact.id));
    // Who gave the name goes on giving it to those whom it stays with; the others have that of before.
    let named = |some: &[Contact]| {
        let first = some.first()?;
        let before = [Some(first.client()), first.merged.as_ref().and_then(|merged| merged.own.was)];
        let is_here = |id: &ContactId| some.iter().any(|contact| contact.id == *id);
        Some(before.into_iter().flatten().find(is_here).unwrap_or(first.id))
    };
    [stay, go].iter().filter_map(|some| Some(as_one(some, named(some)?))).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::*;

    fn contact(n: u128, name: &str) -> Contact {
        Contact { id: ContactId::new(n), display_name: name.into(), original_name: name.into(), ..cleo() }
    }

    fn by_id(contacts: &[Contact], n: u128) -> &Contact {
        contacts.iter().find(|contact| contact.id == ContactId::new(n)).unwrap()
    }

    #[test]
    fn what_the_team_says_of_one_holds_for_all_who_are_merged() {
        let ada = Contact { pinned_to: Some(ANA), vip: true, ..contact(1, "Ada") };
        let countess = Contact { blocked_at: Some(NOON), lead: true, ..contact(2, "The Countess") };
        for merged in as_one(&[ada, countess], ContactId::new(2)) {
            assert_eq!(merged.display_name, "The Countess");
            assert_eq!((merged.pinned_to, merged.blocked_at), (Some(ANA), Some(NOON)));
            assert!(merged.vip && merged.lead);
            assert_eq!(merged.client(), ContactId::new(2));
        }
    }

    #[test]
    fn who_is_separated_is_as_they_were_and_so_are_those_who_stay() {
        let (ada, bea) = (Contact { vip: true, ..contact(1, "Ada") }, contact(2, "Bea"));
        let cleo = Contact { blocked_at: Some(NOON), pinned_to: Some(BEN), ..contact(3, "Cleo") };
        // It is not the first of them who gives the name.
        let two = as_one(&[ada.clone(), bea.clone()], bea.id);
        let three = as_one(&[two.clone(), vec![cleo.clone()]].concat(), cleo.id);
        assert!(three.iter().all(|contact| contact.blocked_at.is_some() && contact.display_name == "Cleo"));
        let without_cleo = parted(&three, &[cleo.id].into());
        assert_eq!(by_id(&without_cleo, 3), &cleo);
        assert_eq!([by_id(&without_cleo, 1), by_id(&without_cleo, 2)], [&two[0], &two[1]]);
        let all_apart = parted(&without_cleo[..2], &[bea.id].into());
        assert_eq!([by_id(&all_apart, 1), by_id(&all_apart, 2)], [&ada, &bea]);
    }

    #[test]
    fn what_was_changed_while_they_were_one_stays_with_each() {
        let both = as_one(&[contact(1, "Ada"), contact(2, "Bea")], ContactId::new(1));
        let pinned: Vec<Contact> =
            both.iter().map(|contact| contact.with_own(|own| own.pinned_to = Some(ANA))).collect();
        let apart = parted(&pinned, &[ContactId::new(2)].into());
        assert!(apart.iter().all(|contact| contact.pinned_to == Some(ANA) && contact.merged.is_none()));
        assert_eq!(by_id(&apart, 2).display_name, "Bea");
    }
}
