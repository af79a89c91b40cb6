//! XML as the readers of reports see it: elements one after the other, never a tree.
//!
//! [`walk`] drives a [`Handler`] through a document, or through several in one stream. It forgives what report
//! writers do wrong and says so in the draft: tags that do not match, text outside the root, a file that ends in
//! the middle. DOCTYPE is passed over, so that no entity is ever expanded or fetched. What an element means is left
//! to the handlers.

mod text;
mod tokens;
mod value;

pub(super) use text::{add_output, decode, extend_detail, first_line, non_empty};
pub(super) use value::{instant_ms, seconds_ms};

use super::{Draft, Input, Problem};
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;
use std::sync::Arc;
use text::Text;
use tokens::{Token, Tokens};

/// Properties, attachments and parameters of one case that are gathered, whatever the limits are: a draft keeps less.
pub(super) const MOST_ITEMS: usize = 256;
/// Bytes of a path of suites beyond which it does not grow any more.
const PATH_BYTES: usize = 16 << 10;

/// An element that begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    /// Local name.
    pub name: &'a str,
    /// What is between the angle brackets.
    content: &'a str,
    /// Where the qualified name ends in it.
    name_end: usize,
}

impl<'a> Tag<'a> {
    fn new(content: &'a str) -> Tag<'a> {
        let name_end = content.bytes().position(|byte| byte.is_ascii_whitespace() || byte == b'/');
        let name_end = name_end.unwrap_or(content.len());
        Tag { name: local_name(&content[..name_end]), content, name_end }
    }

    /// Attributes in their order, those that are not well-formed left out.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, Raw<'a>)> + use<'a> {
        let mut attributes = Attributes::new(self.content, self.name_end);
        // Looking for duplicates takes quadratic time. The value of an attribute borrows from the content.
        attributes.with_checks(false);
        let content = self.content;
        attributes.filter_map(move |attribute| {
            let attribute = attribute.ok()?;
            let Cow::Borrowed(value) = attribute.value else { return None };
            Some((part_of(content, attribute.key.0)?, Raw(part_of(content, value)?)))
        })
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<Raw<'a>> {
        self.attributes().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The value of an attribute as text; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        self.get(name).map(Raw::text).unwrap_or_default()
    }

    /// The value of an attribute as a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.number()
    }
}

/// The value of an attribute as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value with references resolved.
    pub fn cow(self) -> Cow<'a, str> {
        decode(self.0)
    }

    /// The same, owned.
    pub fn text(self) -> String {
        self.cow().into_owned()
    }

    /// The same, `None` where it is blank.
    pub fn some(self) -> Option<String> {
        non_empty(self.text())
    }

    /// The beginning of a value that may be very long: enough of it that the draft sees that it is to be cut.
    pub fn beginning(self, most: usize) -> String {
        // A reference takes up to eight times as many bytes as what it stands for.
        decode(&self.0[..self.0.floor_char_boundary(most.saturating_mul(8) + 8)]).into_owned()
    }

    /// A whole number.
    pub fn number(self) -> Option<u64> {
        self.0.trim().parse().ok()
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The last value of something that repeats, kept so that neighbours share it.
#[derive(Debug, Default)]
pub(super) struct Shared(Option<Arc<str>>);

impl Shared {
    /// `text` as a shared string: the same as the last time if it reads the same. `None` for empty text.
    pub fn of(&mut self, text: &str) -> Option<Arc<str>> {
        if text.is_empty() {
            return None;
        }
        match &self.0 {
            Some(last) if &**last == text => {}
            _ => self.0 = Some(text.into()),
        }
        self.0.clone()
    }
}

/// The path of a suite within another one.
pub(super) fn suite_path(parent: Option<&Arc<str>>, name: &str) -> Arc<str> {
    match parent {
        Some(parent) if parent.is_empty() => name.into(),
        Some(parent) if name.is_empty() || parent.len() > PATH_BYTES => parent.clone(),
        Some(parent) => format!("{parent} > {name}").into(),
        None => name.into(),
    }
}

/// Adds a property, unless there are too many.
pub(super) fn add_pair(pairs: &mut Vec<(String, String)>, name: &str, value: String) {
    if pairs.len() <= MOST_ITEMS {
        pairs.push((name.to_owned(), value));
    }
}

/// What the walk keeps of the text inside an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing of its own; it goes to the closest enclosing element that keeps text.
    Nothing,
    /// The beginning, for messages and stacks.
    Start,
    /// The end, for outputs.
    End,
}

/// Reads one format.
pub(super) trait Handler {
    /// An element begins.
    fn start(&mut self, tag: Tag, draft: &mut Draft) -> Keep;
    /// An element ends; with the text of it, if it was to be kept. Ends come in the reverse order of starts.
    fn end(&mut self, name: &str, text: Option<String>, draft: &mut Draft);
    /// Nothing more comes. Elements that are still open were not read to their end.
    fn finish(&mut self, _draft: &mut Draft) {}
}

/// Leads `handler` through the document.
pub(super) fn walk(input: Input, draft: &mut Draft, handler: &mut impl Handler) {
    let mut walk = Walk { open: Vec::new(), names: String::new(), texts: Vec::new(), too_deep: 0, seen: Seen::Nothing };
    let mut tokens = Tokens::new(input);
    loop {
        match tokens.next(walk.wants_text()) {
            Token::Start { content, is_empty } => walk.start(Tag::new(content), is_empty, draft, handler),
            Token::End { content } => walk.end(local_name(content.trim()), draft, handler),
            Token::Text { text, is_raw } => walk.text(text, is_raw, draft),
            Token::Skipped => {}
            Token::Eof => break,
        }
    }
    for problem in tokens.problems() {
        draft.problem(problem);
    }
    walk.judge_end(tokens.is_cut(), draft);
    handler.finish(draft);
}

/// What was seen of the document at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Text,
    Element,
}

struct Open {
    name_from: usize,
    keeps_text: bool,
}

struct Walk {
    open: Vec<Open>,
    /// Names of the open elements, one after the other.
    names: String,
    texts: Vec<Text>,
    too_deep: usize,
    seen: Seen,
}

impl Walk {
    fn wants_text(&self) -> bool {
        // Outside of the root text is looked at because it is a problem.
        !self.texts.is_empty() || self.open.is_empty()
    }

    fn start(&mut self, tag: Tag, is_empty: bool, draft: &mut Draft, handler: &mut impl Handler) {
        self.seen = Seen::Element;
        let limit = draft.limits().depth;
        if self.open.len() >= limit {
            draft.problem(Problem::TooDeep { limit });
            self.too_deep += usize::from(!is_empty);
            return;
        }
        let keep = handler.start(tag, draft);
        let most = draft.limits().text_bytes;
        match keep {
            Keep::Nothing => {}
            Keep::Start => self.texts.push(Text::beginning(most)),
            Keep::End => self.texts.push(Text::end(most)),
        }
        self.open.push(Open { name_from: self.names.len(), keeps_text: keep != Keep::Nothing });
        self.names.push_str(tag.name);
        if is_empty {
            self.close(draft, handler);
        }
    }

    fn end(&mut self, name: &str, draft: &mut Draft, handler: &mut impl Handler) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if self.last_name() != Some(name) {
            draft.problem(Problem::Malformed { reason: format!("end of '{}' does not match", short(name)) });
            if !self.is_open(name) {
                return;
            }
        }
        // Elements inside that were never closed end with it.
        while self.last_name().is_some_and(|last| last != name) {
            self.close(draft, handler);
        }
        self.close(draft, handler);
    }

    fn close(&mut self, draft: &mut Draft, handler: &mut impl Handler) {
        let Some(open) = self.open.pop() else { return };
        let text = if open.keeps_text { self.texts.pop().map(Text::take) } else { None };
        handler.end(&self.names[open.name_from..], text, draft);
        self.names.truncate(open.name_from);
    }

    fn text(&mut self, text: &str, is_raw: bool, draft: &mut Draft) {
        if let Some(keeper) = self.texts.last_mut() {
            keeper.push(text, is_raw);
        } else if self.open.is_empty()
            && !text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}').is_empty()
        {
            if self.seen == Seen::Nothing {
                self.seen = Seen::Text;
            }
            draft.problem(Problem::Malformed { reason: "text outside of the root element".into() });
        }
    }

    fn last_name(&self) -> Option<&str> {
        self.open.last().map(|open| &self.names[open.name_from..])
    }

    fn is_open(&self, name: &str) -> bool {
        let ends = self.open.iter().skip(1).map(|open| open.name_from).chain([self.names.len()]);
        self.open.iter().zip(ends).any(|(open, end)| &self.names[open.name_from..end] == name)
    }

    fn judge_end(&self, is_cut: bool, draft: &mut Draft) {
        if is_cut || !self.open.is_empty() || self.too_deep > 0 {
            draft.problem(Problem::Truncated);
        } else if self.seen == Seen::Nothing {
            draft.problem(Problem::Empty);
        }
    }
}

/// The part of `text` that these bytes of it are: they need not be looked at once more.
fn part_of<'a>(text: &'a str, bytes: &[u8]) -> Option<&'a str> {
    let from = (bytes.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    text.get(from..from + bytes.len())
}

fn local_name(name: &str) -> &str {
    name.bytes().rposition(|byte| byte == b':').map_or(name, |colon| &name[colon + 1..])
}

fn short(name: &str) -> &str {
    &name[..name.floor_char_boundary(40)]
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Format, Limits, Report, read};
    use super::*;

    /// Reads a small sample.
    pub(in super::super) fn sample(format: Format, text: &str) -> Report {
        read(format, &mut text.as_bytes(), &Limits::default())
    }

    /// Writes down what it is told.
    #[derive(Default)]
    struct Notes(String);

    impl Handler for Notes {
        fn start(&mut self, tag: Tag, _draft: &mut Draft) -> Keep {
            self.0.push_str(&format!("<{}", tag.name));
            for (key, value) in tag.attributes() {
                self.0.push_str(&format!(" {key}={}", value.cow()));
            }
            self.0.push('>');
            if tag.name == "t" { Keep::Start } else { Keep::Nothing }
        }
        fn end(&mut self, name: &str, text: Option<String>, _draft: &mut Draft) {
            self.0.push_str(&format!("{}</{name}>", text.unwrap_or_default()));
        }
    }

    fn notes(text: &str) -> (String, Vec<Problem>) {
        notes_in_pieces(text, 1 << 20)
    }

    /// Gives the bytes in pieces of a size, so that every boundary is met.
    fn notes_in_pieces(text: &str, size: usize) -> (String, Vec<Problem>) {
        struct Pieces<'a>(&'a [u8], usize);
        impl std::io::Read for Pieces<'_> {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                let count = into.len().min(self.1).min(self.0.len());
                into[..count].copy_from_slice(&self.0[..count]);
                self.0 = &self.0[count..];
                Ok(count)
            }
        }
        let mut pieces = Pieces(text.as_bytes(), size);
        let utf8 = super::super::decode::Utf8::new(&mut pieces);
        let input = std::io::BufReader::with_capacity(size, utf8);
        let mut draft = Draft::new(Format::Junit, &Limits::default());
        let mut notes = Notes::default();
        walk(input, &mut draft, &mut notes);
        (notes.0, draft.finish().problems)
    }

    #[test]
    fn a_document_is_told_in_order() {
        let text = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x \"]>\">]><ns:a b='1' ns:c=\"&lt;&#x41;\"><!-- <t> -->\
                    <t>x &amp; <![CDATA[<y> &amp; ]]]>z</t><e/></ns:a>\n";
        let expected = "<a b=1 ns:c=<A><t>x & <y> &amp; ]z</t><e></e></a>";
        assert_eq!(notes(text), (expected.to_owned(), vec![]));
        for size in 1..40 {
            assert_eq!(notes_in_pieces(text, size).0, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn entities_are_never_expanded() {
        let (text, problems) =
            notes("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a><t>&e; &nbsp; &</t></a>");
        assert_eq!(text, "<a><t>&e; &nbsp; &</t></a>");
        assert_eq!(problems, vec![]);
    }

    #[test]
    fn control_characters_stay_visible() {
        assert_eq!(
            notes("<t>a&#0;b\u{1}c&#27;[1m\r\nd&#xD;\ne&#xD800;</t>").0,
            "<t>a\u{2400}b\u{2401}c\u{1b}[1m\nd\ne\u{fffd}</t>"
        );
    }

    #[test]
    fn ends_that_do_not_match_are_forgiven_and_told() {
        let (text, problems) = notes("<a><b><c></b></x></a>");
        assert_eq!(text, "<a><b><c></c></b></a>");
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn a_file_that_ends_in_the_middle_is_truncated() {
        for text in ["<a><b></b>", "<a><b", "<a><t><![CDATA[x", "<a/><!-- x", "<a b='"] {
            assert_eq!(notes(text).1, vec![Problem::Truncated], "{text}");
        }
        assert_eq!(notes(" \n").1, vec![Problem::Empty]);
        assert!(matches!(notes("no element").1[..], [Problem::Malformed { .. }]));
    }

    #[test]
    fn an_angle_bracket_that_opens_nothing_is_text() {
        let (text, problems) = notes("<a><t>1 < 2 <= 3</t></a>");
        assert_eq!(text, "<a><t>1 < 2 <= 3</t></a>");
        assert!(matches!(problems[..], [Problem::Malformed { .. }]));
    }

    #[test]
    fn depth_has_a_limit() {
        let text = "<d>".repeat(500) + &"</d>".repeat(500) + "<e/>";
        let (text, problems) = notes(&text);
        assert_eq!(text.matches("<d>").count(), Limits::default().depth);
        assert!(text.ends_with("<e></e>"));
        assert_eq!(problems, vec![Problem::TooDeep { limit: Limits::default().depth }]);
    }
}
