//! HTML that others wrote. Only [`SafeHtml`] may be put into a page, and only [`SafeHtml::of`] makes one. Nothing brings any
//! in yet: e-mail that comes in will.
//!
//! The sanitiser parses as browsers do, and what browsers do can be made to cost: formatting that is left open is opened
//! again in every paragraph, so that 32 KB become 24 MB, and each ampersand of a long text is looked for in all of the rest
//! (half a megabyte of them takes three seconds). It is parsed here first, in small steps, by the same parser and
//! into nothing: what grows too large is shown as text instead, before the sanitiser sees it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use html5ever::{Attribute, ParseOpts, QualName, local_name, ns, parse_fragment};

/// Bytes that are looked at.
const MAX_BYTES: usize = 512 * 1024;

/// Elements that it may become.
const MAX_ELEMENTS: usize = 20_000;

/// Elements within each other.
const MAX_DEPTH: usize = 256;

/// Bytes that it may become.
const MAX_MADE_BYTES: usize = 4 * 1024 * 1024;

/// Signs that are escaped, times the bytes of all texts: the serialiser looks through the rest of a text for each of them.
const MAX_LOOKED_AT: usize = 4_000_000_000;

/// Questions that the parser may ask about elements: how much it works.
const MAX_ASKED: usize = 4_000_000;

/// Attributes of one tag, each of which is compared with all before it.
const MAX_ATTRIBUTES: usize = 9_000;

/// Bytes that are parsed before it is asked whether that is enough: few tags, each of which may open all that is open.
const STEP_BYTES: usize = 64;

/// HTML in which nothing runs and nothing is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// What of it is safe. `None` where it is or becomes too large: then [`text_of`] shows what it says.
    pub fn of(html: &str) -> Option<Self> {
        if html.len() > MAX_BYTES {
            return None;
        }
        // They mean nothing and each is an error that costs. What is counted and what is cleaned must be the same text.
        let html = html.replace('\0', "");
        if !is_small(&html) {
            return None;
        }
        let mut rules = ammonia::Builder::default();
        // A picture from elsewhere tells who looks, and when.
        rules.rm_tags(["img", "map", "area"]);
        rules.url_schemes(["http", "https", "mailto"].into());
        rules.link_rel(Some("noopener noreferrer nofollow"));
        rules.set_tag_attribute_value("a", "target", "_blank");
        let clean = rules.clean(&html).to_string();
        // Signs that are escaped are longer than they were.
        (clean.len() <= MAX_MADE_BYTES).then_some(Self(clean))
    }

    /// It, as text of a page.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether it becomes no more than may be.
fn is_small(html: &str) -> bool {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let mut parser = parse_fragment(Size::default(), ParseOpts::default(), context, vec![], false);
    let is_fed = feed(html, |step| {
        parser.process(step);
        let size = &parser.tokenizer.sink.sink;
        (!size.is_too_large()).then(|| size.n_asked.get())
    });
    is_fed && parser.finish()
}

/// Gives a text to a parser in small steps. That says how much it has made of it so far, or `None` where it is enough. False
/// where it stopped, by itself or for a tag that has more attributes than anybody writes.
fn feed(html: &str, mut parse: impl FnMut(StrTendril) -> Option<usize>) -> bool {
    let (mut rest, mut n_made, mut n_separators) = (html, 0, 0);
    while !rest.is_empty() {
        let end = rest.char_indices().map(|(at, _)| at).find(|at| *at >= STEP_BYTES).unwrap_or(rest.len());
        let (step, after) = rest.split_at(end);
        let Some(n_now) = parse(StrTendril::from(step)) else { return false };
        // Within a tag it makes nothing.
        n_separators = match n_now == n_made {
            true => n_separators + step.matches([' ', '\t', '\n', '\r', '\x0c', '/', '"', '\'']).count(),
            false => 0,
        };
        if n_separators > MAX_ATTRIBUTES {
            return false;
        }
        (rest, n_made) = (after, n_now);
    }
    true
}

/// What is opened again in the next paragraph where it is not closed. Of links, which are so too, one is open at most.
const FORMATTING: [&str; 12] =
    ["b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"];

/// A tree of which only its size is kept.
#[derive(Default)]
struct Size {
    n_asked: Cell<usize>,
    /// Attributes of formatting that may be open: with each of them those of new formatting are compared.
    n_open: Cell<usize>,
    /// How often each kind of formatting came, by a digest of what it says. Of one, three are open at most.
    formatting: RefCell<HashMap<u64, u8>>,
    n_elements: Cell<usize>,
    n_bytes: Cell<usize>,
    n_text_bytes: Cell<usize>,
    n_escaped: Cell<usize>,
    depth: Cell<usize>,
    document: Node,
}

type Node = Rc<Element>;

struct Element {
    name: QualName,
    depth: Cell<usize>,
    content: RefCell<Option<Node>>,
}

impl Default for Element {
    fn default() -> Self {
        let name = QualName::new(None, ns!(html), local_name!(""));
        Self { name, depth: Cell::new(0), content: RefCell::default() }
    }
}

impl Size {
    fn is_too_large(&self) -> bool {
        self.n_asked.get() > MAX_ASKED
            || self.n_elements.get() > MAX_ELEMENTS
            || self.n_bytes.get() > MAX_MADE_BYTES
            || self.n_text_bytes.get() * self.n_escaped.get() > MAX_LOOKED_AT
            || self.depth.get() > MAX_DEPTH
    }

    fn add(&self, attrs: &[Attribute]) {
        for Attribute { name, value } in attrs {
            self.n_bytes.set(self.n_bytes.get() + name.local.len() + value.len() + 4);
            self.write(value);
        }
    }

    fn open(&self, name: &QualName, attrs: &[Attribute]) {
        // The sanitiser compares them again.
        self.n_asked.set(self.n_asked.get() + 2 * self.n_open.get());
        let mut hasher = DefaultHasher::new();
        name.local.hash(&mut hasher);
        attrs.iter().for_each(|attr| (&*attr.name.local, &*attr.value).hash(&mut hasher));
        let mut formatting = self.formatting.borrow_mut();
        let n = formatting.entry(hasher.finish()).or_default();
        if *n < 3 {
            *n += 1;
            self.n_open.set(self.n_open.get() + attrs.len());
        }
    }

    fn write(&self, text: &str) {
        let n_escaped = text.matches(['&', '<', '>', '"', '\u{a0}']).count();
        self.n_text_bytes.set(self.n_text_bytes.get() + text.len());
        self.n_escaped.set(self.n_escaped.get() + n_escaped);
    }

    fn put(&self, parent: &Node, child: &NodeOrText<Node>) {
        match child {
            NodeOrText::AppendText(text) => self.write(text),
            NodeOrText::AppendNode(child) => {
                child.depth.set(parent.depth.get() + 1);
                self.depth.set(self.depth.get().max(child.depth.get()));
            }
        }
    }
}

impl TreeSink for Size {
    type Handle = Node;
    type Output = bool;
    type ElemName<'a> = html5ever::ExpandedName<'a>;

    fn finish(self) -> bool {
        !self.is_too_large()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Node {
        self.document.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Node) -> html5ever::ExpandedName<'a> {
        self.n_asked.set(self.n_asked.get() + 1);
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Node {
        self.n_elements.set(self.n_elements.get() + 1);
        self.n_bytes.set(self.n_bytes.get() + 2 * name.local.len() + 5);
        self.add(&attrs);
        if FORMATTING.contains(&&*name.local) {
            self.open(&name, &attrs);
        }
        Rc::new(Element { name, ..Element::default() })
    }

    fn create_comment(&self, _: StrTendril) -> Node {
        Node::default()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Node {
        Node::default()
    }

    fn append(&self, parent: &Node, child: NodeOrText<Node>) {
        self.put(parent, &child);
    }

    fn append_based_on_parent_node(&self, element: &Node, _: &Node, child: NodeOrText<Node>) {
        self.put(element, &child);
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Node) -> Node {
        let content = || Rc::new(Element { depth: target.depth.clone(), ..Element::default() });
        target.content.borrow_mut().get_or_insert_with(content).clone()
    }

    fn same_node(&self, x: &Node, y: &Node) -> bool {
        Rc::ptr_eq(x, y)
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Node, child: NodeOrText<Node>) {
        self.put(sibling, &child);
    }

    fn add_attrs_if_missing(&self, _: &Node, attrs: Vec<Attribute>) {
        self.add(&attrs);
    }

    fn remove_from_parent(&self, _: &Node) {}

    fn reparent_children(&self, _: &Node, parent: &Node) {
        // How deep they are is not known: as deep as they may be.
        self.depth.set(self.depth.get().max(parent.depth.get() + 1));
    }
}

/// What a text in HTML says, without any of it: for what is too large, and for plain parts. Itself where it is none.
pub fn text_of(html: &str) -> String {
    let tokenizer = Tokenizer::new(Words::default(), Default::default());
    let queue = BufferQueue::default();
    let is_fed = feed(html, |step| {
        queue.push_back(step);
        let _ = tokenizer.feed(&queue);
        Some(tokenizer.sink.n_tokens.get())
    });
    if !is_fed {
        return html.to_owned();
    }
    tokenizer.end();
    let text = tokenizer.sink.text.into_inner();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

#[derive(Default)]
struct Words {
    n_tokens: Cell<usize>,
    text: RefCell<String>,
    /// Within what nobody reads.
    is_hidden: Cell<bool>,
}

impl TokenSink for Words {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        // Of errors there are some within a tag.
        if !matches!(token, Token::ParseError(_)) {
            self.n_tokens.set(self.n_tokens.get() + 1);
        }
        match token {
            Token::CharacterTokens(text) if !self.is_hidden.get() => self.text.borrow_mut().push_str(&text),
            Token::TagToken(Tag { kind, name, .. }) => {
                let is_start = kind == TagKind::StartTag;
                match &*name {
                    "style" | "script" | "title" | "textarea" => {
                        self.is_hidden.set(is_start);
                        let raw = match &*name {
                            "script" => RawKind::ScriptData,
                            "style" => RawKind::Rawtext,
                            _ => RawKind::Rcdata,
                        };
                        if is_start {
                            return TokenSinkResult::RawData(raw);
                        }
                    }
                    "br" | "p" | "div" | "li" | "tr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
                    | "blockquote" | "table" | "ul" | "ol" | "pre" | "hr" => {
                        let mut text = self.text.borrow_mut();
                        if !text.ends_with("\n\n") {
                            text.push('\n');
                        }
                    }
                    "td" | "th" => self.text.borrow_mut().push(' '),
                    _ => {}
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
#[path = "../benches/bench/shapes.rs"]
mod shapes;

#[cfg(test)]
mod tests {
    use super::shapes::SHAPES;
    use super::*;

    #[track_caller]
    fn safe(html: &str) -> String {
        SafeHtml::of(html).unwrap().as_str().to_owned()
    }

    #[test]
    fn what_is_harmless_stays_and_what_runs_or_fetches_goes() {
        assert_eq!(safe("<p>Hello <b>you</b></p>"), "<p>Hello <b>you</b></p>");
        assert_eq!(safe("a<script>alert(1)</script><img src=x onerror=alert(1)>b"), "ab");
        assert_eq!(safe("<p onclick=x style='color:red'>x</p>"), "<p>x</p>");
        assert_eq!(
            safe("<a href='javascript:alert(1)'>x</a>"),
            "<a target=\"_blank\" rel=\"noopener noreferrer nofollow\">x</a>"
        );
        assert!(safe("<a href='https://x.example'>x</a>").contains("href=\"https://x.example\""));
        for html in [
            "<svg><style><img src=x onerror=ran()>",
            "<math><mi//xlink:href=\"data:x,<script>ran()</script>\">",
            "<xmp><img src=x onerror=ran()></xmp>",
        ] {
            assert!(!safe(html).contains("<img") && !safe(html).contains("<script"), "{html}");
        }
    }

    // attack T02
    #[test]
    fn what_grows_is_shown_as_text() {
        for (name, shape, grows) in SHAPES {
            for n in [1_000, 32_000, 500_000, 1_000_000] {
                let html = shape(n);
                let hidden = SafeHtml::of(&html.replace('<', "<\0"));
                assert!(
                    hidden.is_none_or(|html| html.as_str().len() <= MAX_MADE_BYTES),
                    "{name} of {n} with nothing"
                );
                let shown = SafeHtml::of(&html);
                assert!(
                    shown.as_ref().is_none_or(|html| html.as_str().len() <= MAX_MADE_BYTES),
                    "{name} of {n}"
                );
                assert_eq!(shown.is_none(), grows <= n || html.len() > MAX_BYTES, "{name} of {n}");
            }
        }
    }

    // attack T01
    #[test]
    fn nothing_else_puts_html_into_a_page() {
        // The page's own data and the sites of the set-up, both escaped; icons of ours; an empty page.
        let known = [
            "src/shell.rs",
            "src/setup.rs",
            "src/ui/icon.rs",
            "src/lib.rs",
            "public/widget.js",
            "public/widget/screen.js",
        ];
        let app = concat!(env!("CARGO_MANIFEST_DIR"), "/../app");
        let mut folders = vec![format!("{app}/src"), format!("{app}/public")];
        let mut found = std::collections::BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path.to_str().unwrap().to_owned());
                } else if let Ok(text) = std::fs::read_to_string(&path)
                    && ["inner_html", "innerHTML", "outerHTML", "insertAdjacentHTML"]
                        .iter()
                        .any(|way| text.contains(way))
                {
                    found.insert(path.strip_prefix(app).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        assert_eq!(found, known.map(str::to_owned).into());
    }

    #[test]
    fn its_words_are_told_line_by_line() {
        let html = "<style>p{}</style><title>t</title><p>Hello <b>you</b></p><ul><li>one<li>two &amp; &lt;three&gt;</ul><script>x</script>Bye";
        assert_eq!(text_of(html), "Hello you\n\none\ntwo & <three>\nBye");
    }
}
