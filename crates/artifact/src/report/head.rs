//! The beginning of a file, as the readers' detection looks at it.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;

/// How many bytes of a file detection wants to see.
pub const HEAD_BYTES: usize = 64 << 10;

/// The beginning of a file.
#[derive(Debug)]
pub struct Head<'a> {
    /// Name inside the artifact. Hostile; a hint at most.
    pub name: &'a str,
    /// The beginning as text: decoded, without a byte order mark and leading white space.
    pub text: Cow<'a, str>,
    /// Paths of the JSON keys near the top, found when they are first asked for.
    keys: OnceCell<HashSet<String>>,
}

/// How deep JSON keys are told apart by their path, and how many of them.
const KEY_DEPTH: usize = 3;
const MOST_KEYS: usize = 2_000;

impl<'a> Head<'a> {
    /// Looks at `bytes`, the first [`HEAD_BYTES`] of the file at most.
    pub fn new(name: &'a str, bytes: &'a [u8]) -> Head<'a> {
        let bytes = &bytes[..bytes.len().min(HEAD_BYTES)];
        let text = match encoding_rs::Encoding::for_bom(bytes) {
            Some((encoding, _)) => encoding.decode(bytes).0,
            None => String::from_utf8_lossy(bytes),
        };
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
            Cow::Owned(text) => Cow::Owned(text.trim_start().to_owned()),
        };
        Head { name, text, keys: OnceCell::new() }
    }

    /// The file name without its folders, in lower case.
    pub fn file_name(&self) -> String {
        self.name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether the text begins like XML.
    pub fn is_xml(&self) -> bool {
        self.text.starts_with('<')
    }

    /// Whether the text begins like JSON: an object or an array.
    pub fn is_json(&self) -> bool {
        self.text.starts_with(['{', '['])
    }

    /// Local name of the first element, namespace prefix left out; comments, declarations and processing
    /// instructions are passed over. `None` where no element begins within the head.
    pub fn root(&self) -> Option<&str> {
        let mut rest = self.text.as_ref();
        loop {
            rest = &rest[rest.find('<')? + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = &comment[comment.find("-->")?..];
            } else if !rest.starts_with(['?', '!']) {
                break;
            }
        }
        let name = &rest[..rest.find([' ', '\t', '\r', '\n', '>', '/'])?];
        Some(name.rsplit(':').next().unwrap_or(name))
    }

    /// Whether the head has a JSON key at this path from the top: `stats`, `results.tool`. Arrays do not count
    /// as a level. Three levels are looked at.
    pub fn has_path(&self, path: &str) -> bool {
        self.is_json() && self.keys.get_or_init(|| key_paths(&self.text)).contains(path)
    }

    /// Whether the head has this JSON key, quotes left out.
    pub fn has_key(&self, key: &str) -> bool {
        let mut rest = self.text.as_ref();
        let quoted = format!("\"{key}\"");
        while let Some(at) = rest.find(&quoted) {
            rest = &rest[at + quoted.len()..];
            if rest.trim_start().starts_with(':') {
                return true;
            }
        }
        false
    }
}

/// Paths of the keys of a JSON text that may end anywhere and need not be well-formed.
fn key_paths(text: &str) -> HashSet<String> {
    let bytes = text.as_bytes();
    let mut paths = HashSet::new();
    // The path of each open object; `None` where it is deeper than wanted. Arrays take that of their object.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut key: Option<&str> = None;
    let mut at = 0;
    while at < bytes.len() && paths.len() < MOST_KEYS {
        match bytes[at] {
            b'{' | b'[' => {
                let inside = child(open.last(), key.take());
                open.push(inside);
            }
            b'}' | b']' => {
                open.pop();
                key = None;
            }
            b',' => key = None,
            b'"' => {
                let end = string_end(bytes, at + 1);
                let is_key = bytes[end..].iter().skip(1).find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                if is_key {
                    key = text.get(at + 1..end);
                    paths.extend(child(open.last(), key));
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// The path of `key` below `parent`, which is `None` at the top and `Some(None)` where it is too deep.
fn child(parent: Option<&Option<String>>, key: Option<&str>) -> Option<String> {
    let parent = match parent {
        None => "",
        Some(parent) => parent.as_deref()?,
    };
    match key {
        None => Some(parent.to_owned()),
        Some(key) if parent.is_empty() => Some(key.to_owned()),
        Some(_) if parent.split('.').count() >= KEY_DEPTH => None,
        Some(key) => Some(format!("{parent}.{key}")),
    }
}

/// Where the string that begins at `from` ends: at its closing quote, or at the end of the text.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_element_is_found_behind_declarations_and_comments() {
        let head =
            Head::new("a.xml", b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <a> -->\n<!DOCTYPE x>\n<ns:testsuites>");
        assert_eq!(head.root(), Some("testsuites"));
        assert!(head.is_xml());
    }

    #[test]
    fn utf_16_is_decoded() {
        let bytes: Vec<u8> = "\u{feff}<run/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Head::new("a.trx", &bytes).root(), Some("run"));
    }

    #[test]
    fn a_key_is_told_from_a_value() {
        let head = Head::new("a.json", br#"{"stats": "tests", "x" : 1}"#);
        assert!(head.has_key("stats") && head.has_key("x") && !head.has_key("tests"));
    }

    #[test]
    fn keys_are_told_by_their_path() {
        let head = Head::new("a.json", br#"[{"a": {"b\"": [{"c": {"d": 1}}], "x": "a:"}, "y" : {}}, {"z": {"cut"#);
        for path in ["a", "a.b\\\"", "a.b\\\".c", "y", "z", "a.x"] {
            assert!(head.has_path(path), "{path}");
        }
        for path in ["b", "d", "a.b\\\".c.d", "c", "a.y", "z.cut"] {
            assert!(!head.has_path(path), "{path}");
        }
    }
}
