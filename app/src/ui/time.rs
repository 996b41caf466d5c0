//! Moments as people read them.

use domain::time::{Duration, Timestamp};
use leptos::prelude::*;

use crate::dom;

/// How a row shows a moment: "now", "4m", "2h", "Tue", "12 Mar", "12/03/24".
pub fn short(at: Timestamp, now: Timestamp) -> String {
    let age = now - at;
    if age < Duration::minutes(1) {
        return "now".into();
    }
    if age < Duration::hours(1) {
        return format!("{}m", age.0 / Duration::minutes(1).0);
    }
    if dom::day_of(at) == dom::day_of(now) {
        return format!("{}h", age.0 / Duration::hours(1).0);
    }
    if age < Duration::days(6) {
        return dom::formatted(at, &[("weekday", "short")]);
    }
    if age < Duration::days(300) {
        return dom::formatted(at, &[("day", "numeric"), ("month", "short")]);
    }
    dom::formatted(at, &[("day", "2-digit"), ("month", "2-digit"), ("year", "2-digit")])
}

/// The same in words, for those who listen: "4 minutes ago".
pub fn words(at: Timestamp, now: Timestamp) -> String {
    let age = (now - at).0.max(0);
    let (n, unit) = match age / Duration::minutes(1).0 {
        0 => return "just now".into(),
        minutes @ 1..60 => (minutes, "minute"),
        minutes @ 60..1440 => (minutes / 60, "hour"),
        minutes => (minutes / 1440, "day"),
    };
    format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" })
}

/// `HH:MM`.
pub fn clock(at: Timestamp) -> String {
    dom::formatted(at, &[("hour", "2-digit"), ("minute", "2-digit"), ("hour12", "")])
}

/// "Today", "Yesterday", "Saturday 22 November 2026".
pub fn day(at: Timestamp, now: Timestamp) -> String {
    let today = dom::day_of(now);
    // A day may have 23 or 25 hours: one hour before midnight is yesterday whatever it has.
    if dom::day_of(at) == today {
        return "Today".into();
    }
    if dom::day_of(at) == dom::day_of(today - Duration::hours(1)) {
        return "Yesterday".into();
    }
    dom::formatted(at, &[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")])
}

/// To the second and with the zone.
pub fn full(at: Timestamp) -> String {
    const STYLE: &[(&str, &str)] = &[
        ("weekday", "long"),
        ("day", "numeric"),
        ("month", "long"),
        ("year", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("second", "2-digit"),
        ("timeZoneName", "short"),
    ];
    dom::formatted(at, STYLE)
}

/// What a machine reads.
fn iso(at: Timestamp) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    date.to_iso_string().into()
}

/// A moment with its full date on hover.
#[component]
pub fn Time(at: Timestamp, #[prop(into)] text: Signal<String>) -> impl IntoView {
    view! { <time datetime=iso(at) title=full(at)>{text}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_in_words() {
        let now = Timestamp(100_000_000);
        for (age, said) in [
            (Duration::seconds(5), "just now"),
            (Duration::minutes(1), "1 minute ago"),
            (Duration::minutes(59), "59 minutes ago"),
            (Duration::hours(3), "3 hours ago"),
            (Duration::seconds(-90), "just now"),
        ] {
            assert_eq!(words(now - age, now), said);
        }
    }
}
