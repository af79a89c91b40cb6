//! The beginning of a file, as the readers' detection looks at it.

use std::borrow::Cow;

/// How many bytes of a file detection wants to see.
pub const HEAD_BYTES: usize = 64 << 10;

/// The beginning of a file.
#[derive(Debug)]
pub struct Head<'a> {
    /// Name inside the artifact. Hostile; a hint at most.
    pub name: &'a str,
    /// The beginning as text: decoded, without a byte order mark and leading white space.
    pub text: Cow<'a, str>,
}

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
        Head { name, text }
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
}
