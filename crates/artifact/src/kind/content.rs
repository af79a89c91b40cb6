//! What the first bytes of a file look like. Only looks; what follows from it is left to the classifier.

/// The first bytes of a file at the coarsest.
pub(super) enum Content {
    Empty,
    /// Text, decoded; the last character may be cut off.
    Text(String),
    Binary,
}

/// What a text announces itself to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Markup {
    Html,
    Svg,
    Xml,
    Json,
    None,
}

/// Text wins over signatures, most of which are also the beginnings of words; only a PDF may begin as text.
pub(super) fn look(head: &[u8]) -> Content {
    if head.is_empty() {
        return Content::Empty;
    }
    if head.starts_with(b"%PDF-") {
        return Content::Binary;
    }
    utf16(head).or_else(|| utf8(head)).map_or(Content::Binary, Content::Text)
}

fn utf8(head: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    (!text.is_empty() && !text.bytes().any(is_binary_control)).then(|| text.trim_start_matches('\u{feff}').to_owned())
}

fn utf16(head: &[u8]) -> Option<String> {
    let (is_little, units) = match head {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        _ => return None,
    };
    let units = units
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| if is_little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    let decoded: Result<String, _> = char::decode_utf16(units).collect();
    decoded.ok().filter(|text| !text.contains('\0'))
}

/// Control characters that no terminal output and no text format uses.
fn is_binary_control(byte: u8) -> bool {
    matches!(byte, 0..=6 | 14..=26 | 28..=31)
}

/// Whether at most one byte in fifty is a control character, whatever the encoding.
pub(super) fn is_mostly_text(head: &[u8]) -> bool {
    let controls = head.iter().filter(|&&byte| is_binary_control(byte)).count();
    let foreign = head.iter().filter(|&&byte| byte >= 0x80).count();
    controls * 50 <= head.len() && foreign * 2 <= head.len()
}

/// Whether an SVG element appears before anything that makes the text another document.
pub(super) fn holds_svg(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let svg = text.find("<svg");
    let html = ["<!doctype html", "<html"].iter().filter_map(|tag| text.find(tag)).min();
    svg.is_some_and(|svg| html.is_none_or(|html| svg < html))
}

/// Whether the first character could begin a JSON value. Enough for a file that is called JSON.
pub(super) fn opens_like_json(text: &str) -> bool {
    text.trim_start().starts_with(|c: char| matches!(c, '{' | '[' | '"' | '-' | 't' | 'f' | 'n') || c.is_ascii_digit())
        && !is_word(text)
}

/// Prose begins with letters that only `true`, `false` and `null` may begin with in JSON.
fn is_word(text: &str) -> bool {
    let text = text.trim_start();
    let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    !word.is_empty() && !matches!(word, "true" | "false" | "null")
}

/// What the text announces itself to be, by its first token or, for JSON, by all of it.
pub(super) fn markup(text: &str) -> Markup {
    let start = skip_comments(text);
    let lower: String = start.chars().take(64).collect::<String>().to_ascii_lowercase();
    let opens = |tag: &str| {
        lower.strip_prefix(tag).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    };
    if ["<!doctype html", "<html", "<head", "<body", "<script", "<title", "<iframe"].iter().any(|tag| opens(tag)) {
        return Markup::Html;
    }
    if opens("<svg") || opens("<!doctype svg") {
        return Markup::Svg;
    }
    if opens("<?xml") {
        return root_of_xml(start);
    }
    if is_json_prefix(text) { Markup::Json } else { Markup::None }
}

fn skip_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(after) = rest.strip_prefix("<!--").and_then(|comment| comment.split_once("-->")) {
        rest = after.1.trim_start();
    }
    rest
}

fn root_of_xml(text: &str) -> Markup {
    let after = text.split_once("?>").map_or("", |(_, after)| skip_comments(after));
    match after.get(..5).map(str::to_ascii_lowercase).as_deref() {
        Some("<html") => Markup::Html,
        _ if holds_svg(after) && after.find("<svg").is_some_and(|at| !has_element(&after[..at])) => Markup::Svg,
        _ => Markup::Xml,
    }
}

/// Whether an element opens in this text; declarations and comments do not count.
fn has_element(text: &str) -> bool {
    text.split('<').skip(1).any(|tag| tag.starts_with(|c: char| c.is_alphabetic()))
}

/// Whether the text is a JSON object or array, or the beginning of one: every token fits, as far as the text goes.
fn is_json_prefix(text: &str) -> bool {
    let bytes = text.trim().as_bytes();
    if !matches!(bytes.first(), Some(b'{' | b'[')) {
        return false;
    }
    let mut scan = JsonScan { rest: bytes, open: Vec::new(), expects: Expects::Value };
    loop {
        match scan.step() {
            Step::Token => {}
            Step::CutOff => return true,
            Step::End => return scan.rest.is_empty(),
            Step::Wrong => return false,
        }
    }
}

struct JsonScan<'a> {
    rest: &'a [u8],
    /// Whether each open bracket is an object's.
    open: Vec<bool>,
    expects: Expects,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expects {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

enum Step {
    Token,
    CutOff,
    End,
    Wrong,
}

impl JsonScan<'_> {
    fn step(&mut self) -> Step {
        self.rest = self.rest.trim_ascii_start();
        let Some((&byte, rest)) = self.rest.split_first() else { return Step::CutOff };
        use Expects::*;
        match (byte, self.expects) {
            (b'{', Value | ValueOrEnd) => self.enter(rest, true),
            (b'[', Value | ValueOrEnd) => self.enter(rest, false),
            (b'}', KeyOrEnd | CommaOrEnd) if self.open.last() == Some(&true) => self.leave(rest),
            (b']', ValueOrEnd | CommaOrEnd) if self.open.last() == Some(&false) => self.leave(rest),
            (b'"', Key | KeyOrEnd) => self.string(Colon),
            (b'"', Value | ValueOrEnd) => self.string(CommaOrEnd),
            (b':', Colon) => self.go_on(rest, Value),
            (b',', CommaOrEnd) => {
                let next = if self.open.last() == Some(&true) { Key } else { Value };
                self.go_on(rest, next)
            }
            (_, Value | ValueOrEnd) => self.scalar(),
            _ => Step::Wrong,
        }
    }

    fn go_on(&mut self, rest: &[u8], expects: Expects) -> Step {
        self.rest = &self.rest[self.rest.len() - rest.len()..];
        self.expects = expects;
        Step::Token
    }

    fn enter(&mut self, rest: &[u8], is_object: bool) -> Step {
        self.open.push(is_object);
        self.go_on(rest, if is_object { Expects::KeyOrEnd } else { Expects::ValueOrEnd })
    }

    fn leave(&mut self, rest: &[u8]) -> Step {
        self.open.pop();
        self.go_on(rest, Expects::CommaOrEnd);
        if self.open.is_empty() { Step::End } else { Step::Token }
    }

    fn string(&mut self, next: Expects) -> Step {
        let mut is_escaped = false;
        for (at, &byte) in self.rest.iter().enumerate().skip(1) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => {
                    self.rest = &self.rest[at + 1..];
                    self.expects = next;
                    return Step::Token;
                }
                0..=31 => return Step::Wrong,
                _ => {}
            }
        }
        Step::CutOff
    }

    fn scalar(&mut self) -> Step {
        let end = self
            .rest
            .iter()
            .position(|byte| !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let is_cut_off = rest.is_empty();
        let is_name =
            [&b"true"[..], b"false", b"null"].iter().any(|name| *name == word || is_cut_off && name.starts_with(word));
        if word.is_empty() || !(is_name || is_number(word, is_cut_off)) {
            return Step::Wrong;
        }
        if is_cut_off {
            return Step::CutOff;
        }
        self.rest = rest;
        self.expects = Expects::CommaOrEnd;
        Step::Token
    }
}

/// A number that is cut off is one that another digit completes.
fn is_number(word: &[u8], is_cut_off: bool) -> bool {
    let mut text = String::from_utf8_lossy(word).into_owned();
    if is_cut_off {
        text.push('0');
    }
    text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_recognised_as_far_as_it_goes() {
        let right = [
            "{}",
            "[]",
            "{\"a\": 1}",
            "[1, -2.5e3, \"x\\\"y\", true, null]",
            "{\"a\": [1, 2",
            "{\"a",
            "[tr",
            "[-",
            "{\"a\":{\"b\":[]}",
            "[12",
            " [ ] ",
        ];
        for text in right {
            assert!(is_json_prefix(text), "{text}");
        }
        let wrong = [
            "",
            "1",
            "[2024-01-01] x",
            "{a: 1}",
            "[INFO] x",
            "{\"a\" 1}",
            "[1,]",
            "{} {}",
            "[}",
            "{\"a\": tru }",
            "[section]",
            "{{ template }}",
            "[1 2]",
            "[12-",
        ];
        for text in wrong {
            assert!(!is_json_prefix(text), "{text}");
        }
        assert!(is_json_prefix(&"[".repeat(8192)), "depth is not recursion");
    }

    #[test]
    fn markup_is_named_by_its_root() {
        assert_eq!(markup("<!-- a --> <!DOCTYPE HTML>"), Markup::Html);
        assert_eq!(markup("<?xml version='1.0'?><html xmlns='x'>"), Markup::Html);
        assert_eq!(markup("<?xml version='1.0'?><!-- c --><!DOCTYPE svg><svg>"), Markup::Svg);
        assert_eq!(markup("<?xml version='1.0'?><report><svg/></report>"), Markup::Xml);
        assert_eq!(markup("<header-ish>"), Markup::None);
    }

    #[test]
    fn prose_is_not_json() {
        for text in ["not found", "truth", "nothing", "failed"] {
            assert!(!opens_like_json(text), "{text}");
        }
        for text in ["true", "null\n", " {", "-1", "\"x\""] {
            assert!(opens_like_json(text), "{text}");
        }
    }
}
