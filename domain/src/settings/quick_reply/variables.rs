//! Places in a text that are filled in where it is used: `{{contact.first_name|there}}`. What stands after the stroke is
//! said where nothing is known.

use std::ops::Range;

use crate::contact::Contact;
use crate::conversation::Scene;
use crate::id::AgentId;
use crate::office::Office;

/// What can stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// The client's name.
    ContactName,
    /// The first word of it.
    ContactFirstName,
    /// Their e-mail address.
    ContactEmail,
    /// Their phone number.
    ContactPhone,
    /// The name of who writes.
    AgentName,
    /// The first word of it.
    AgentFirstName,
    /// The number of the conversation.
    ConversationNumber,
    /// The name of the workspace.
    WorkspaceName,
}

impl Variable {
    /// All of them, in the order of the menu.
    pub const ALL: &[Variable] = &[
        Variable::ContactFirstName,
        Variable::ContactName,
        Variable::ContactEmail,
        Variable::ContactPhone,
        Variable::AgentFirstName,
        Variable::AgentName,
        Variable::ConversationNumber,
        Variable::WorkspaceName,
    ];

    /// Its word between the braces.
    pub const fn key(self) -> &'static str {
        match self {
            Variable::ContactName => "contact.name",
            Variable::ContactFirstName => "contact.first_name",
            Variable::ContactEmail => "contact.email",
            Variable::ContactPhone => "contact.phone",
            Variable::AgentName => "agent.name",
            Variable::AgentFirstName => "agent.first_name",
            Variable::ConversationNumber => "conversation.number",
            Variable::WorkspaceName => "workspace.name",
        }
    }

    /// Its name in the menu.
    pub const fn name(self) -> &'static str {
        match self {
            Variable::ContactName => "Client's name",
            Variable::ContactFirstName => "Client's first name",
            Variable::ContactEmail => "Client's e-mail",
            Variable::ContactPhone => "Client's phone",
            Variable::AgentName => "Your name",
            Variable::AgentFirstName => "Your first name",
            Variable::ConversationNumber => "Number of the conversation",
            Variable::WorkspaceName => "Name of the workspace",
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|variable| variable.key() == key)
    }
}

/// What is known where a text is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    contact: Option<Contact>,
    agent: String,
    number: Option<i64>,
    workspace: String,
}

impl Values {
    /// Of that conversation, for that agent.
    pub fn of(office: &Office, scene: &Scene, agent: AgentId) -> Self {
        Self {
            contact: Some(scene.contact.clone()),
            agent: office.name_of(agent).to_string(),
            number: Some(scene.conversation.number),
            workspace: office.workspace.clone(),
        }
    }

    /// Of somebody of whom all is known, to look at a text before it is used.
    pub fn example() -> Self {
        let id = crate::id::ContactId::new(0);
        let contact = Contact {
            display_name: "Ada Lovelace".into(),
            email: Some("ada@example.org".into()),
            phone: Some("+44 20 7946 0000".into()),
            ..Contact::unknown(id)
        };
        Self {
            contact: Some(contact),
            agent: "Sam Keller".into(),
            number: Some(1042),
            workspace: "Acme".into(),
        }
    }

    /// The value, or nothing where it is not known.
    fn get(&self, variable: Variable) -> Option<String> {
        let first = |name: &str| name.split_whitespace().next().map(str::to_owned);
        let contact = self.contact.as_ref();
        let value = match variable {
            Variable::ContactName => contact.map(|contact| contact.display_name.clone()),
            Variable::ContactFirstName => contact.and_then(|contact| first(&contact.display_name)),
            Variable::ContactEmail => contact.and_then(|contact| contact.email.clone()),
            Variable::ContactPhone => contact.and_then(|contact| contact.phone.clone()),
            Variable::AgentName => Some(self.agent.clone()),
            Variable::AgentFirstName => first(&self.agent),
            Variable::ConversationNumber => self.number.map(|number| number.to_string()),
            Variable::WorkspaceName => Some(self.workspace.clone()),
        };
        value.filter(|value| !value.trim().is_empty())
    }
}

/// A text whose places are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// Where in it, in bytes, something stays to be filled in by hand.
    pub gaps: Vec<Range<usize>>,
}

impl Filled {
    /// The text with what is known. A place that stays empty stays as it is written, so that somebody sees it.
    pub fn of(template: &str, values: &Values) -> Self {
        let mut filled = Self { text: String::new(), gaps: vec![] };
        let mut from = 0;
        for place in places(template) {
            let before = template.get(from..place.range.start).unwrap_or_default();
            filled.text.push_str(before);
            let value = place.variable.and_then(|variable| values.get(variable));
            match value.or(place.fallback.map(str::to_owned)) {
                Some(value) => filled.text.push_str(&value),
                None => {
                    let start = filled.text.len();
                    filled.text.push_str(template.get(place.range.clone()).unwrap_or_default());
                    filled.gaps.push(start..filled.text.len());
                }
            }
            from = place.range.end;
        }
        filled.text.push_str(template.get(from..).unwrap_or_default());
        filled
    }

    /// Where in a text that somebody is about to send a place is not filled in.
    pub fn gaps_in(text: &str) -> Vec<&str> {
        let gaps = places(text).into_iter().filter(|place| place.variable.is_some());
        gaps.filter_map(|place| text.get(place.range)).collect()
    }
}

struct Place<'t> {
    range: Range<usize>,
    /// Nothing where it names none: a word of somebody's own, to fill in by hand.
    variable: Option<Variable>,
    fallback: Option<&'t str>,
}

/// The places of a text. Braces with nothing between them, or with a line break, are braces.
fn places(text: &str) -> Vec<Place<'_>> {
    let mut places = vec![];
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("{{")).map(|at| at + from) {
        let inner = text.get(start + 2..).unwrap_or_default();
        let Some(length) = inner.find("}}") else { break };
        let inside = inner.get(..length).unwrap_or_default();
        if inside.trim().is_empty() || inside.contains(['\n', '{']) {
            from = start + 1;
            continue;
        }
        let end = start + 2 + length + 2;
        let (key, fallback) = match inside.split_once('|') {
            Some((key, fallback)) => (key, Some(fallback.trim()).filter(|fallback| !fallback.is_empty())),
            None => (inside, None),
        };
        places.push(Place { range: start..end, variable: Variable::of_key(key.trim()), fallback });
        from = end;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::*;

    fn values() -> Values {
        let contact = Contact { display_name: "Cleo Marsh".into(), email: None, ..cleo() };
        let scene = Scene { contact, ..scene(one_open()) };
        Values::of(&office(), &scene, ANA)
    }

    #[track_caller]
    fn check(template: &str, text: &str, gaps: &[&str]) {
        let filled = Filled::of(template, &values());
        assert_eq!(filled.text, text);
        let found: Vec<&str> = filled.gaps.iter().map(|gap| &filled.text[gap.clone()]).collect();
        assert_eq!(found, gaps);
    }

    #[test]
    fn what_is_known_is_filled_in() {
        check("Hi {{contact.first_name}}, {{ contact.name }}!", "Hi Cleo, Cleo Marsh!", &[]);
        check("It is #{{conversation.number}}.", "It is #1.", &[]);
    }

    #[test]
    fn what_is_not_known_is_said_otherwise_or_stays_to_be_seen() {
        check("To {{contact.email|your address}}.", "To your address.", &[]);
        check(
            "To {{contact.email}}, {{order}}.",
            "To {{contact.email}}, {{order}}.",
            &["{{contact.email}}", "{{order}}"],
        );
        check("{{contact.email|}}", "{{contact.email|}}", &["{{contact.email|}}"]);
        assert_eq!(Filled::gaps_in("a {{contact.email}} and {{ whatever }}"), ["{{contact.email}}"]);
    }

    #[test]
    fn braces_are_braces() {
        for text in ["{{}}", "{{ \n }}", "{{contact.name", "}} {{", "{ {contact.name} }", "ä{{ }}ö"] {
            check(text, text, &[]);
        }
        check("{{{contact.first_name}}}", "{Cleo}", &[]);
    }
}
