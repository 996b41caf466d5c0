//! A person as a circle.

use leptos::prelude::*;

/// A photo, or initials on a colour that is always the same for the same name. Decorative: the name stands beside it.
#[component]
pub fn Avatar(
    #[prop(into)] name: String,
    /// "small" in rows, "large" in the profile, or nothing.
    #[prop(optional)]
    size: &'static str,
    /// Where the photo is.
    #[prop(optional_no_strip)]
    photo: Option<String>,
) -> impl IntoView {
    view! {
        <span class="avatar" data-size=size data-colour=colour(&name) aria-hidden="true">
            {match photo {
                Some(photo) => view! { <img src=photo alt="" loading="lazy" decoding="async" /> }.into_any(),
                None => initials(&name).into_any(),
            }}
        </span>
    }
}

/// The first letters of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// One of the eight colours.
fn colour(name: &str) -> String {
    let sum =
        name.bytes().fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)); // FNV-1a
    ((sum >> 13) % 8).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, letters) in [
            ("Ines Okafor", "IO"),
            ("Gruppe Hochtal e.V.", "GE"),
            ("cleo", "C"),
            ("", ""),
            ("Ana de la Cruz", "AC"),
        ] {
            assert_eq!(initials(name), letters);
        }
    }
}
