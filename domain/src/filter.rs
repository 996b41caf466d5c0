//! One filter for list, count, address, saved view, badge and sentence. [`Filter::matches`] is its
//! meaning; whatever else selects conversations is a translation of it.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::conversation::{Ai, Conversation, Level, Scene};
use crate::id::{AgentId, ChannelId, GroupId, TagId};
use crate::office::Office;
use crate::sight;
use crate::stage::Processing;
use crate::time::{Duration, Timestamp};
use crate::view::View;
use crate::viewer::Viewer;

mod offer;

pub use offer::{Asked, Field};

/// Which conversations. An empty set asks nothing; several values in a set mean "any of them".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The view it narrows.
    pub view: View,
    /// Of these departments; `None` stands for "no group".
    pub groups: BTreeSet<Option<GroupId>>,
    /// With these operators; `None` stands for "nobody".
    pub operators: BTreeSet<Option<AgentId>>,
    /// In these processing statuses.
    pub statuses: BTreeSet<Standing>,
    /// By these channels.
    pub channels: BTreeSet<ChannelId>,
    /// With the AI agent, or with people alone.
    #[serde(default)]
    pub scopes: BTreeSet<Scope>,
    /// Of these priorities.
    pub priorities: BTreeSet<Level>,
    /// With at least one of these tags.
    pub tags: BTreeSet<TagId>,
    /// With (or without) a captured address, number or name.
    pub lead: Option<bool>,
    /// Whose last public message is not older.
    pub since: Option<Timestamp>,
    /// Whose last public message is older.
    pub until: Option<Timestamp>,
}

/// Who works there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The AI agent answers there, or did.
    Ai,
    /// People alone.
    People,
}

impl Scope {
    /// Both.
    pub const ALL: &[Scope] = &[Scope::Ai, Scope::People];

    /// Its word in the address.
    pub const fn key(self) -> &'static str {
        match self {
            Scope::Ai => "ai",
            Scope::People => "people",
        }
    }

    /// That of a conversation.
    pub fn of(conversation: &Conversation) -> Self {
        if conversation.ai == Ai::None { Scope::People } else { Scope::Ai }
    }

    /// Its name on the screen.
    pub fn name(self, office: &Office) -> String {
        match self {
            Scope::Ai => office.ai_name.clone(),
            Scope::People => "People only".into(),
        }
    }
}

/// The processing status as a filter offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Active, with nobody: the AI agent's included.
    Unassigned,
    /// Active, with somebody.
    InProgress,
    /// Done.
    Closed,
}

impl Standing {
    /// All of them.
    pub const ALL: &[Standing] = &[Standing::Unassigned, Standing::InProgress, Standing::Closed];

    /// Its word in the address.
    pub const fn key(self) -> &'static str {
        match self {
            Standing::Unassigned => "unassigned",
            Standing::InProgress => "in-progress",
            Standing::Closed => "closed",
        }
    }
}

impl From<Processing> for Standing {
    fn from(processing: Processing) -> Self {
        match processing {
            Processing::Unassigned => Standing::Unassigned,
            Processing::MyInbox | Processing::With(_) => Standing::InProgress,
            Processing::Closed => Standing::Closed,
        }
    }
}

impl Filter {
    /// A view as it is, narrowed by nothing.
    pub fn of(view: View) -> Self {
        Self { view, ..Self::default() }
    }

    /// Whether it is the bare view.
    pub fn is_bare(&self) -> bool {
        *self == Self::of(self.view)
    }

    /// How many things it asks for.
    pub fn n_asked(&self) -> usize {
        let Filter {
            view: _,
            groups,
            operators,
            statuses,
            channels,
            scopes,
            priorities,
            tags,
            lead,
            since,
            until,
        } = self;
        let sets = groups.len() + operators.len() + statuses.len() + channels.len() + scopes.len();
        let sets = sets + priorities.len() + tags.len();
        sets + usize::from(lead.is_some()) + usize::from(since.is_some()) + usize::from(until.is_some())
    }

    /// Whether the viewer finds that conversation with it.
    pub fn matches(&self, viewer: &Viewer, scene: &Scene, now: Timestamp) -> bool {
        let Filter {
            view,
            groups,
            operators,
            statuses,
            channels,
            scopes,
            priorities,
            tags,
            lead,
            since,
            until,
        } = self;
        let Scene { contact, conversation, into: _ } = scene;
        let any = |set_is_empty: bool, found: bool| set_is_empty || found;
        let standing = Standing::from(Processing::of(conversation, viewer.agent));
        sight::visible(viewer, scene)
            && view.holds(contact, conversation, viewer.agent, now)
            && any(groups.is_empty(), groups.contains(&conversation.group))
            && any(operators.is_empty(), operators.contains(&conversation.assignee))
            && any(statuses.is_empty(), statuses.contains(&standing))
            && any(channels.is_empty(), channels.contains(&conversation.channel))
            && any(scopes.is_empty(), scopes.contains(&Scope::of(conversation)))
            && any(priorities.is_empty(), priorities.contains(&conversation.priority.level))
            && any(tags.is_empty(), !tags.is_disjoint(&conversation.all_tags()))
            && lead.is_none_or(|lead| lead == contact.lead)
            && since.is_none_or(|since| conversation.last_message_at() >= since)
            && until.is_none_or(|until| conversation.last_message_at() < until)
    }

    /// The part of the address after `?`, without the view; equal filters write equal text.
    pub fn query(&self) -> String {
        let Filter {
            view: _,
            groups,
            operators,
            statuses,
            channels,
            scopes,
            priorities,
            tags,
            lead,
            since,
            until,
        } = self;
        let mut pairs = vec![
            ("group", or_none(groups)),
            ("operator", or_none(operators)),
            ("status", joined(statuses.iter().map(|status| status.key()))),
            ("channel", joined(channels)),
            ("scope", joined(scopes.iter().map(|scope| scope.key()))),
            ("priority", joined(priorities.iter().map(|level| level.name().to_lowercase()))),
            ("tag", joined(tags)),
            ("lead", lead.map(|lead| if lead { "yes" } else { "no" }.into()).unwrap_or_default()),
            ("since", since.map(|since| since.0.to_string()).unwrap_or_default()),
            ("until", until.map(|until| until.0.to_string()).unwrap_or_default()),
        ];
        pairs.retain(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.join("&")
    }

    /// The filter that [`Filter::query`] wrote. What it does not understand it leaves out.
    pub fn of_query(view: View, query: &str) -> Self {
        let mut filter = Self::of(view);
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match key {
                "group" => filter.groups = read_or_none(value),
                "operator" => filter.operators = read_or_none(value),
                "status" => filter.statuses = named(value, Standing::ALL, |status| status.key().into()),
                "channel" => filter.channels = read(value),
                "scope" => filter.scopes = named(value, Scope::ALL, |scope| scope.key().into()),
                "priority" => {
                    filter.priorities = named(value, Level::ALL, |level| level.name().to_lowercase())
                }
                "tag" => filter.tags = read(value),
                "lead" => {
                    filter.lead = [("yes", true), ("no", false)]
                        .into_iter()
                        .find(|(word, _)| *word == value)
                        .map(|(_, lead)| lead)
                }
                "since" => filter.since = value.parse().ok().map(Timestamp),
                "until" => filter.until = value.parse().ok().map(Timestamp),
                _ => {}
            }
        }
        filter
    }

    /// What it says, as a person would: "Unassigned, in Billing or Returns, urgent, tagged refund". `day` names days: it
    /// depends on where one is which day a moment is in.
    pub fn description(&self, office: &Office, day: &dyn Fn(Timestamp) -> String) -> String {
        let Filter {
            view,
            groups,
            operators,
            statuses,
            channels,
            scopes,
            priorities,
            tags,
            lead,
            since,
            until,
        } = self;
        let mut parts = vec![view.title().to_string()];
        let mut say = |before: &str, words: Vec<String>| {
            if !words.is_empty() {
                parts.push(format!("{before}{}", either(&words)));
            }
        };
        let group = |group: &Option<GroupId>| {
            group.map_or("no group".into(), |group| office.group_name(group).to_string())
        };
        let agent = |agent: &Option<AgentId>| {
            agent.map_or("nobody".into(), |agent| office.name_of(agent).to_string())
        };
        say("in ", groups.iter().map(group).collect());
        say("with ", operators.iter().map(agent).collect());
        say("", statuses.iter().map(|status| status.key().replace('-', " ")).collect());
        let channel = |id: &ChannelId| {
            office.channels.get(id).map_or("a former channel", |channel| &channel.name).to_string()
        };
        say("by ", channels.iter().map(channel).collect());
        let scope = |scope: &Scope| match scope {
            Scope::Ai => format!("with {}", office.ai_name),
            Scope::People => "people only".into(),
        };
        say("", scopes.iter().map(scope).collect());
        say("", priorities.iter().map(|level| level.name().to_lowercase()).collect());
        let tag = |id: &TagId| office.tags.get(id).map_or("a former tag", |tag| &tag.name).to_string();
        say("tagged ", tags.iter().map(tag).collect());
        say("", lead.iter().map(|lead| if *lead { "with lead" } else { "without lead" }.into()).collect());
        say("", since.iter().map(|since| format!("last message from {} on", day(*since))).collect());
        let last_day = |until: &Timestamp| format!("last message up to {}", day(*until - Duration(1)));
        say("", until.iter().map(last_day).collect());
        parts.join(", ")
    }
}

fn either(words: &[String]) -> String {
    match words {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

fn joined(values: impl IntoIterator<Item = impl Display>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

fn or_none<T: Display>(values: &BTreeSet<Option<T>>) -> String {
    joined(values.iter().map(|value| value.as_ref().map_or("none".into(), T::to_string)))
}

fn read<T: FromStr + Ord>(text: &str) -> BTreeSet<T> {
    text.split(',').filter_map(|word| word.parse().ok()).collect()
}

fn read_or_none<T: FromStr + Ord>(text: &str) -> BTreeSet<Option<T>> {
    let one = |word: &str| if word == "none" { Some(None) } else { word.parse().ok().map(Some) };
    text.split(',').filter_map(one).collect()
}

fn named<T: Copy + Ord>(text: &str, all: &[T], name: impl Fn(T) -> String) -> BTreeSet<T> {
    text.split(',').filter_map(|word| all.iter().copied().find(|value| name(*value) == word)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::worlds::*;

    #[test]
    fn a_filter_describes_itself() {
        let filter = Filter {
            groups: [Some(BILLING), None].into(),
            scopes: [Scope::Ai].into(),
            priorities: [Level::High, Level::Urgent].into(),
            tags: [REFUND].into(),
            lead: Some(true),
            since: Some(Timestamp(5)),
            until: Some(Timestamp(10)),
            ..Filter::of(View::Unassigned)
        };
        let sentence = "Unassigned, in no group or Billing, with Fern, urgent or high, tagged refund, with lead, \
                        last message from day 5 on, last message up to day 9";
        assert_eq!(filter.description(&office(), &|at| format!("day {}", at.0)), sentence);
    }

    // rule 001-04
    #[test]
    fn all_is_everything_that_one_sees_and_its_scope_narrows_it_to_the_ai_agent_or_to_people() {
        let with_ai = scene(Conversation { ai: Ai::Paused, ..with_assignee(one_open(), ANA) });
        let without = scene(resolved_by(ANA));
        let finds = |scopes: &[Scope], scene: &Scene| {
            let filter = Filter { scopes: scopes.iter().copied().collect(), ..Filter::of(View::All) };
            filter.matches(&agent(BEN), scene, NOON)
        };
        assert!(finds(&[], &with_ai) && finds(&[], &without), "resolved ones included");
        assert!(finds(&[Scope::Ai], &with_ai) && !finds(&[Scope::Ai], &without));
        assert!(!finds(&[Scope::People], &with_ai) && finds(&[Scope::People], &without));
    }

    #[test]
    fn since_takes_its_moment_in_and_until_leaves_it_out() {
        let conversation = after_message(one_open(), 5); // at NOON
        let finds = |since, until| {
            let filter = Filter { since, until, ..Filter::of(View::Unresolved) };
            filter.matches(&operator(ANA), &scene(conversation.clone()), NOON)
        };
        let later = Timestamp(NOON.0 + 1);
        assert!(finds(Some(NOON), Some(later)));
        assert!(!finds(Some(later), None) && !finds(None, Some(NOON)));
    }

    #[test]
    fn what_an_address_says_wrongly_is_left_out() {
        let filter = Filter::of_query(View::All, "group=nonsense&priority=urgent,mild&x=1&lead=maybe&since=");
        assert_eq!(filter, Filter { priorities: [Level::Urgent].into(), ..Filter::of(View::All) });
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_address_holds_the_whole_filter(filter in filters()) {
            prop_assert_eq!(Filter::of_query(filter.view, &filter.query()), filter);
        }

        #[test]
        fn narrowing_never_finds_more(filter in filters(), scenes in worlds(), viewer in viewers()) {
            for scene in scenes.iter().filter(|scene| filter.matches(&viewer, scene, NOON)) {
                prop_assert!(Filter::of(filter.view).matches(&viewer, scene, NOON));
                prop_assert!(sight::visible(&viewer, scene));
            }
        }
    }
}
