//! Text of XML: references resolved without ever failing, and texts gathered within a limit.

use super::super::Detail;
use std::borrow::Cow;

/// Bytes beyond the limit that are kept, so that the draft sees that there was more.
const MARGIN: usize = 8;
/// Bytes of output that are gathered piece by piece.
const OUTPUT_BYTES: usize = 1 << 20;

/// Resolves references. Unknown ones stay as they are written, and characters that XML forbids are replaced by
/// pictures of themselves, except for escape: terminals' colours are shown.
pub(in super::super) fn decode(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|byte| byte == b'&' || IS_FORBIDDEN[usize::from(byte)]) {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    push_decoded(&mut text, raw);
    Cow::Owned(text)
}

/// The text, unless nothing but white space is in it.
pub(in super::super) fn non_empty(text: String) -> Option<String> {
    if text.trim().is_empty() { None } else { Some(text) }
}

/// The first line that is not blank, trimmed.
pub(in super::super) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// Adds another failure of the same case behind the stack of the first one.
pub(in super::super) fn extend_detail(detail: &mut Detail, more: Detail, most: usize) {
    let stack = detail.stack.get_or_insert_default();
    if stack.len() > most {
        return;
    }
    for text in [more.message, more.stack.unwrap_or_default()] {
        if !text.is_empty() {
            if !stack.is_empty() {
                stack.push_str("\n\n");
            }
            stack.push_str(&text);
        }
    }
}

/// Adds a piece of output to what a case has already, unless that is far beyond what a draft keeps.
pub(in super::super) fn add_output(output: &mut Option<String>, piece: &str) {
    let output = output.get_or_insert_default();
    if output.len() < OUTPUT_BYTES {
        output.push_str(piece);
    }
}

/// Control characters that XML does not allow, except for escape.
const IS_FORBIDDEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = !matches!(byte as u8, b'\t' | b'\n' | b'\r' | 0x1b);
        byte += 1;
    }
    table
};

fn push_decoded(text: &mut String, mut raw: &str) {
    while let Some(place) = memchr::memchr(b'&', raw.as_bytes()) {
        push_plain(text, &raw[..place]);
        raw = &raw[place..];
        let end = raw.bytes().take(32).skip(1).position(|byte| matches!(byte, b';' | b'&')).map_or(0, |end| end + 1);
        match reference(&raw[1.min(end)..end]) {
            Some(letter) if raw.as_bytes()[end] == b';' => {
                text.push(letter);
                raw = &raw[end + 1..];
            }
            _ => {
                text.push('&');
                raw = &raw[1..];
            }
        }
    }
    push_plain(text, raw);
}

fn push_plain(text: &mut String, plain: &str) {
    if plain.bytes().any(|byte| IS_FORBIDDEN[usize::from(byte)]) {
        text.extend(plain.chars().map(visible));
    } else {
        text.push_str(plain);
    }
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Some(visible(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)))
        }
    }
}

fn visible(letter: char) -> char {
    match u8::try_from(letter) {
        Ok(byte) if IS_FORBIDDEN[usize::from(byte)] => {
            char::from_u32(0x2400 + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => letter,
    }
}

/// Text that is gathered piece by piece: its beginning or its end, if it is too long.
#[derive(Debug)]
pub(in super::super) struct Text {
    text: String,
    most: usize,
    keeps_end: bool,
}

impl Text {
    /// Keeps the beginning.
    pub fn beginning(most: usize) -> Text {
        Text { text: String::new(), most: most + MARGIN, keeps_end: false }
    }

    /// Keeps the end.
    pub fn end(most: usize) -> Text {
        Text { text: String::new(), most: most + MARGIN, keeps_end: true }
    }

    /// Adds a piece: raw, or with references.
    pub fn push(&mut self, piece: &str, is_raw: bool) {
        if !self.keeps_end && self.text.len() >= self.most {
            return;
        }
        if is_raw {
            push_plain(&mut self.text, piece);
        } else {
            push_decoded(&mut self.text, piece);
        }
        if self.text.len() > self.most * 2 {
            self.cut();
        }
    }

    /// The text.
    pub fn take(mut self) -> String {
        if self.text.len() > self.most {
            self.cut();
        }
        match memchr::memchr(b'\r', self.text.as_bytes()) {
            Some(_) => self.text.replace("\r\n", "\n"),
            None => self.text,
        }
    }

    fn cut(&mut self) {
        if self.keeps_end {
            let from = self.text.ceil_char_boundary(self.text.len() - self.most);
            self.text.drain(..from);
        } else {
            self.text.truncate(self.text.floor_char_boundary(self.most));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_long_texts_can_be_kept() {
        let mut start = Text::beginning(10);
        let mut end = Text::end(10);
        for number in 0..1000 {
            start.push(&format!("{number} "), false);
            end.push(&format!("{number} "), false);
            assert!(start.text.len() < 50 && end.text.len() < 50);
        }
        assert!(start.take().starts_with("0 1 2 "));
        assert!(end.take().ends_with("998 999 "));
    }

    #[test]
    fn references_are_resolved() {
        assert_eq!(decode("&lt;a&gt; &#233;&#xE9; &unknown; &; & &#x110000;"), "<a> éé &unknown; &; & \u{fffd}");
        assert!(matches!(decode("plain \u{1b}[0m"), Cow::Borrowed(_)));
    }
}
