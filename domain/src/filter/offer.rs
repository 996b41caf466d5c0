//! What somebody is offered to narrow a list by.

use super::{Filter, Scope, Standing};
use crate::conversation::Level;
use crate::id::{AgentId, ChannelId, GroupId, TagId};
use crate::office::Office;
use crate::view::View;
use crate::viewer::Viewer;

/// What a filter can ask about, besides dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The department.
    Group,
    /// Whose it is.
    Operator,
    /// The processing status.
    Status,
    /// The channel.
    Channel,
    /// Who works there.
    Scope,
    /// The priority.
    Priority,
    /// The tags.
    Tag,
    /// Whether an address, a number or a name was captured.
    Lead,
}

/// One value that a filter may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the fields of the same names say it
pub enum Asked {
    Group(Option<GroupId>),
    Operator(Option<AgentId>),
    Status(Standing),
    Channel(ChannelId),
    Scope(Scope),
    Priority(Level),
    Tag(TagId),
    Lead(bool),
}

impl Field {
    /// All of them, in the order of the screen.
    pub const ALL: &[Field] = &[
        Field::Group,
        Field::Operator,
        Field::Status,
        Field::Channel,
        Field::Scope,
        Field::Priority,
        Field::Tag,
        Field::Lead,
    ];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Group => "Group",
            Field::Operator => "Operator",
            Field::Status => "Status",
            Field::Channel => "Channel",
            Field::Scope => "Scope",
            Field::Priority => "Priority",
            Field::Tag => "Tag",
            Field::Lead => "Lead",
        }
    }

    /// What it says where nothing is asked.
    pub const fn anything(self) -> &'static str {
        match self {
            Field::Operator => "Anyone",
            Field::Scope => "All agents",
            Field::Group | Field::Status | Field::Channel | Field::Priority | Field::Tag | Field::Lead => {
                "Any"
            }
        }
    }

    /// Whether a view has it: whose it is and where it stands is the same for all of most views.
    pub const fn is_in(self, view: View) -> bool {
        match self {
            Field::Operator => matches!(view, View::All | View::Blacklist),
            Field::Status => matches!(view, View::All),
            Field::Lead => !matches!(view, View::HasLead),
            Field::Scope => !matches!(view, View::AiHandling),
            Field::Group | Field::Channel | Field::Priority | Field::Tag => true,
        }
    }

    /// The values that are offered, each with its name: groups and people within the viewer's limits.
    pub fn offers(self, office: &Office, viewer: &Viewer) -> Vec<(Asked, String)> {
        let is_limited = !viewer.super_admin && !viewer.groups.is_empty();
        match self {
            Field::Group => {
                let groups = office.groups.values().filter(|group| viewer.in_scope(Some(group.id)));
                let mut offers: Vec<_> =
                    groups.map(|group| (Asked::Group(Some(group.id)), group.name.clone())).collect();
                offers.sort_by(|one, other| one.1.cmp(&other.1));
                // Who is limited to groups finds nothing without one.
                if !is_limited {
                    offers.push((Asked::Group(None), "No group".into()));
                }
                offers
            }
            Field::Operator => {
                let is_theirs = |groups| !viewer.groups.is_disjoint(groups);
                let people = office.agents.values().filter(|agent| {
                    agent.enabled && (!is_limited || is_theirs(&agent.groups) || agent.id == viewer.agent)
                });
                let mut offers: Vec<_> = people
                    .map(|agent| (Asked::Operator(Some(agent.id)), agent.display_name.clone()))
                    .collect();
                offers.sort_by(|one, other| one.1.cmp(&other.1));
                offers.push((Asked::Operator(None), "Nobody".into()));
                offers
            }
            Field::Status => {
                let named = [
                    (Standing::Unassigned, "Unassigned"),
                    (Standing::InProgress, "In progress"),
                    (Standing::Closed, "Closed"),
                ];
                named.map(|(status, name)| (Asked::Status(status), name.into())).into()
            }
            Field::Channel => {
                let channel = |(id, channel): (&ChannelId, &crate::channel::Channel)| {
                    (Asked::Channel(*id), channel.name.clone())
                };
                office.channels.iter().map(channel).collect()
            }
            Field::Scope => {
                Scope::ALL.iter().map(|scope| (Asked::Scope(*scope), scope.name(office))).collect()
            }
            Field::Priority => {
                let level = |level: &Level| (Asked::Priority(*level), level.name().to_string());
                Level::ALL.iter().map(level).collect()
            }
            // What is retired still stands on conversations, and is found by those who know it.
            Field::Tag => {
                let mut offers: Vec<_> =
                    office.tags.values().map(|tag| (Asked::Tag(tag.id), tag.name.clone())).collect();
                offers.sort_by(|one, other| one.1.cmp(&other.1));
                offers
            }
            Field::Lead => {
                vec![(Asked::Lead(true), "With lead".into()), (Asked::Lead(false), "Without lead".into())]
            }
        }
    }
}

impl Filter {
    /// Whether it asks for that value.
    pub fn asks(&self, asked: Asked) -> bool {
        match asked {
            Asked::Group(group) => self.groups.contains(&group),
            Asked::Operator(operator) => self.operators.contains(&operator),
            Asked::Status(status) => self.statuses.contains(&status),
            Asked::Channel(channel) => self.channels.contains(&channel),
            Asked::Scope(scope) => self.scopes.contains(&scope),
            Asked::Priority(level) => self.priorities.contains(&level),
            Asked::Tag(tag) => self.tags.contains(&tag),
            Asked::Lead(lead) => self.lead == Some(lead),
        }
    }

    /// The same that asks for that value too, or for it no more.
    pub fn toggled(mut self, asked: Asked) -> Self {
        fn toggle<T: Ord>(values: &mut std::collections::BTreeSet<T>, value: T) {
            if !values.remove(&value) {
                values.insert(value);
            }
        }
        match asked {
            Asked::Group(group) => toggle(&mut self.groups, group),
            Asked::Operator(operator) => toggle(&mut self.operators, operator),
            Asked::Status(status) => toggle(&mut self.statuses, status),
            Asked::Channel(channel) => toggle(&mut self.channels, channel),
            Asked::Scope(scope) => toggle(&mut self.scopes, scope),
            Asked::Priority(level) => toggle(&mut self.priorities, level),
            Asked::Tag(tag) => toggle(&mut self.tags, tag),
            Asked::Lead(lead) => self.lead = if self.lead == Some(lead) { None } else { Some(lead) },
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Preset;
    use crate::worlds::*;

    fn names(field: Field, viewer: &Viewer) -> Vec<String> {
        field.offers(&office(), viewer).into_iter().map(|(_, name)| name).collect()
    }

    // rule 003-42, 003-14
    #[test]
    fn who_is_limited_to_groups_is_offered_those_groups_and_their_people() {
        let both = [Preset::Operator, Preset::ShowTabAll].map(|preset| preset.permissions());
        let ana = Viewer { permissions: both.concat_all(), ..operator(ANA) };
        assert_eq!(names(Field::Operator, &ana), ["Ana", "Ben", "Olu", "Nobody"]);
        assert_eq!(names(Field::Group, &ana), ["Billing"]);
        assert_eq!(
            names(Field::Operator, &manager(ZOE)),
            ["Ana", "Ben", "Olu", "Rita", "Yuki", "Zoe", "Nobody"]
        );
        assert_eq!(names(Field::Group, &super_admin()), ["Billing", "Returns", "No group"]);
    }

    // rule 003-41
    #[test]
    fn groups_are_offered_everywhere_operators_in_all_and_blacklist_and_status_in_all() {
        for view in View::ALL {
            assert!(Field::Group.is_in(*view));
            assert_eq!(Field::Operator.is_in(*view), [View::All, View::Blacklist].contains(view));
            assert_eq!(Field::Status.is_in(*view), *view == View::All);
        }
    }

    #[test]
    fn a_value_asked_for_twice_is_not_asked_for() {
        for field in Field::ALL {
            for (asked, name) in field.offers(&office(), &super_admin()) {
                let once = Filter::of(View::All).toggled(asked);
                assert!(once.asks(asked) && !once.is_bare(), "{name}");
                assert_eq!(once.toggled(asked), Filter::of(View::All), "{name}");
            }
        }
    }

    trait ConcatAll {
        fn concat_all(self) -> crate::permission::Permissions;
    }

    impl<const N: usize> ConcatAll for [crate::permission::Permissions; N] {
        fn concat_all(self) -> crate::permission::Permissions {
            self.into_iter().flatten().collect()
        }
    }
}
