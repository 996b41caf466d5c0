//! HTML that is short and costs much.

/// How it is written at a length, and from which of those tried on it becomes too large.
pub type Shape = (&'static str, fn(usize) -> String, usize);

pub const SHAPES: [Shape; 17] = [
    ("nested formatting", |n| "<b><i><u><s>".repeat(n / 12), 1_000),
    ("open in paragraphs", |n| (0..n / 14).map(|i| format!("<p><b id={}>", i % 1000)).collect(), 32_000),
    (
        "formatting, then paragraphs",
        |n| (0..n / 20).map(|i| format!("<i id={i}>")).collect::<String>() + &"<p>x".repeat(n / 8),
        32_000,
    ),
    (
        "a long attribute, copied",
        |n| format!("<b title=\"{}\">", "x".repeat(n / 2)) + &"<p>x".repeat(n / 8),
        500_000,
    ),
    ("links in tables", |n| "<table><a>".repeat(n / 10), 500_000),
    ("deep", |n| "<div>".repeat(n / 5), 32_000),
    ("deep, then strange ends", |n| "<x>".repeat(n / 6) + &"</y>".repeat(n / 8), 32_000),
    ("a comment that is none", |n| "<b><!--></b>-->".repeat(n / 15), 500_000),
    ("a style in a drawing", |n| "<svg><style><b>".repeat(n / 15), 32_000),
    ("signs that are escaped", |n| "&".repeat(n), 500_000),
    ("signs in an attribute", |n| format!("<a title='{}'>", "\"".repeat(n)), 32_000),
    ("ends of nothing", |n| "<x>".repeat(n.min(750) / 3) + &"</y>".repeat(n / 4), 32_000),
    (
        "attributes",
        |n| format!("<a {}>", (0..n / 10).map(|i| format!("a{i}=1 ")).collect::<String>()),
        500_000,
    ),
    (
        "attributes with errors between them",
        |n| format!("<a {}>", (0..n / 10).map(|i| format!("a{i}=\" \"\"")).collect::<String>()),
        32_000,
    ),
    (
        "formatting of many attributes",
        |n| {
            let open = |i: usize| {
                format!("<b {}>", (0..(n / 1_000)).map(|j| format!("a{i}x{j} ")).collect::<String>())
            };
            (0..150).map(open).collect::<String>().chars().take(n / 2).collect::<String>()
                + &"<b></b>".repeat(n / 14)
        },
        32_000,
    ),
    (
        "formatting behind what means nothing",
        |n| (0..n / 40).map(|i| format!("<\0i id={i}>")).collect::<String>() + &"<\0p>x".repeat(n / 12),
        32_000,
    ),
    ("harmless", |n| "<p>Hello <b>you</b>.</p>".repeat(n / 24), 500_000),
];
