//! Colleagues who are called by name: `@Maya Brandt`.

use std::ops::Range;

/// Where names stand in a text after an `@`, with the place of each in `names`. The longest name wins, and a
/// name ends where a word ends: `@Anna` calls no Ana.
pub fn find(text: &str, names: &[&str]) -> Vec<(Range<usize>, usize)> {
    let mut found = vec![];
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from) {
        from = at + 1;
        let rest = text.get(from..).unwrap_or_default();
        let called = names.iter().enumerate().filter(|(_, name)| {
            let after = rest.strip_prefix(**name).map(|after| after.chars().next());
            !name.is_empty() && after.is_some_and(|next| !next.is_some_and(char::is_alphanumeric))
        });
        if let Some((place, name)) = called.max_by_key(|(_, name)| name.len()) {
            from += name.len();
            found.push((at..from, place));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, called: &[&str]) {
        let names = ["Ana", "Ana María", "Ben", "Zoë"];
        let found: Vec<&str> = find(text, &names).into_iter().map(|(_, place)| names[place]).collect();
        assert_eq!(found, called, "{text}");
        assert!(find(text, &names).into_iter().all(|(range, place)| text[range][1..] == *names[place]));
    }

    #[test]
    fn a_name_after_an_at_calls_its_person() {
        check("@Ben please ask @Zoë, or @Ana.", &["Ben", "Zoë", "Ana"]);
    }

    #[test]
    fn a_longer_word_calls_nobody_and_the_longest_name_wins() {
        check("@Anna @Bennet @Ana María @Ana-Maria", &["Ana María", "Ana"]);
    }

    #[test]
    fn a_name_without_an_at_calls_nobody() {
        check("Ben wrote to ben@example.org @", &[]);
    }
}
