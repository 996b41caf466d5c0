//! Formatting, drawn as elements: [`domain::markup`] says what is formatted.

use domain::markup::{Block, Marks, Span, blocks, is_plain};
use leptos::prelude::*;

/// It, drawn. `plain` draws what has no sign of its own.
pub fn rich(text: &str, plain: &dyn Fn(&str) -> Vec<AnyView>) -> Vec<AnyView> {
    let line = |spans: Vec<Span>| line(spans, plain);
    let items = |items: Vec<(Option<u32>, Vec<Span>)>| {
        let item = |(n, item): (Option<u32>, Vec<Span>)| view! { <li value=n>{line(item)}</li> };
        items.into_iter().map(item).collect_view()
    };
    let block = |block: Block| match block {
        Block::Lines(lines) => view! { <div>{line(lines)}</div> }.into_any(),
        Block::List(Marks::Dots, all) => view! { <ul>{items(all)}</ul> }.into_any(),
        Block::List(Marks::Numbers, all) => view! { <ol>{items(all)}</ol> }.into_any(),
        Block::Code(code) => view! { <pre><code>{code}</code></pre> }.into_any(),
    };
    match blocks(text) {
        blocks if is_plain(&blocks) => plain(text),
        blocks => blocks.into_iter().map(block).collect(),
    }
}

fn line(spans: Vec<Span>, plain: &dyn Fn(&str) -> Vec<AnyView>) -> Vec<AnyView> {
    let span = |span: Span| -> Vec<AnyView> {
        match span {
            Span::Text(text) => plain(&text),
            Span::Bold(spans) => vec![view! { <strong>{line(spans, plain)}</strong> }.into_any()],
            Span::Italic(spans) => vec![view! { <em>{line(spans, plain)}</em> }.into_any()],
            Span::Code(text) => vec![view! { <code>{text}</code> }.into_any()],
            Span::Link(text, href) => {
                let title = href.clone();
                vec![view! { <a href=href title=title target="_blank" rel="noopener noreferrer nofollow">{text}</a> }.into_any()]
            }
        }
    };
    spans.into_iter().flat_map(span).collect()
}
