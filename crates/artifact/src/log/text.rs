//! Lines of a log as a stream, each cut to a limit and cleaned of colours and control characters.
//!
//! What a line means is left to `rules` and `failure`.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

/// Lines of a log, read one at a time in constant memory.
pub(super) struct Lines<'a> {
    reader: BufReader<&'a mut dyn Read>,
    most: usize,
    raw: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// Reads `reader`; of each line only the first `most` bytes are given.
    pub(super) fn new(reader: &'a mut dyn Read, most: usize) -> Lines<'a> {
        Lines { reader: BufReader::with_capacity(64 << 10, reader), most, raw: Vec::new() }
    }

    /// The next line without its end; `None` at the end of the log.
    pub(super) fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        self.raw.clear();
        let count = (&mut self.reader).take(self.most as u64).read_until(b'\n', &mut self.raw)?;
        if count == 0 {
            return Ok(None);
        }
        if self.raw.last() == Some(&b'\n') {
            self.raw.pop();
        } else if count == self.most {
            self.reader.skip_until(b'\n')?;
        }
        Ok(Some(&self.raw))
    }
}

/// Text of a line without colours, links, cursor movements and other control characters; a tab stays.
pub(super) fn clean(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if !text.bytes().any(|byte| byte < b' ' && byte != b'\t') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find(|c: char| c < ' ' && c != '\t') {
        out.push_str(&rest[..at]);
        rest = match rest.as_bytes()[at] {
            b'\x1b' => after_escape(&rest[at + 1..]),
            _ => &rest[at + 1..],
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What follows an escape sequence, given what follows its escape character.
fn after_escape(rest: &str) -> &str {
    let Some(second) = rest.chars().next() else { return rest };
    let body = &rest[second.len_utf8()..];
    match second {
        '[' => match body.find(|c: char| ('@'..='~').contains(&c)) {
            Some(end) => &body[end + 1..],
            None => "",
        },
        // An operating system command ends with a bell or with an escaped backslash.
        ']' => match body.find(['\x07', '\x1b']) {
            Some(end) => body[end + 1..].strip_prefix('\\').unwrap_or(&body[end + 1..]),
            None => "",
        },
        _ => body,
    }
}

/// Cuts `text` to `most` bytes at a boundary of characters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most.min(text.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_links_and_control_characters_are_dropped() {
        assert_eq!(clean(b"\x1b[1;31merror\x1b[0m: x\ty\x07"), "error: x\ty");
        assert_eq!(clean(b"\x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x07!"), "link!");
        assert_eq!(clean(b"a\x1b[31"), "a");
        assert_eq!(clean(b"caf\xc3\xa9 \xff"), "café \u{fffd}");
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        let mut log: &[u8] = b"0123456789abc\nnext\n\nlast";
        let mut lines = Lines::new(&mut log, 10);
        assert_eq!(lines.next_line().unwrap(), Some(&b"0123456789"[..]));
        assert_eq!(lines.next_line().unwrap(), Some(&b"next"[..]));
        assert_eq!(lines.next_line().unwrap(), Some(&b""[..]));
        assert_eq!(lines.next_line().unwrap(), Some(&b"last"[..]));
        assert_eq!(lines.next_line().unwrap(), None);
    }
}
