//! The text of a line as a reader sees it on a terminal: no escape sequences, overwritten parts gone, as the log
//! viewer shows it. What is searched for and what marks say is this text.

use std::borrow::Cow;

/// A cursor may not be sent further right than this: a hostile line must not make us pad for ever.
const MAX_COLUMN: usize = 4096;

/// The text of `bytes`, a line without time and marker. Bytes that are no UTF-8 become U+FFFD.
pub fn visible(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if !text.bytes().any(|byte| byte < b' ' && byte != b'\t') {
        return text;
    }
    let mut row = Row::default();
    row.feed(&text);
    Cow::Owned(row.cells.into_iter().collect())
}

/// A row of a terminal.
#[derive(Default)]
struct Row {
    cells: Vec<char>,
    column: usize,
}

impl Row {
    fn feed(&mut self, text: &str) {
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            rest = &rest[char.len_utf8()..];
            match char {
                '\x1b' => rest = self.escape(rest),
                '\r' => self.column = 0,
                '\x08' => self.column = self.column.saturating_sub(1),
                char if char < ' ' && char != '\t' => {}
                char => self.write(char),
            }
        }
    }

    fn write(&mut self, char: char) {
        while self.cells.len() < self.column {
            self.cells.push(' ');
        }
        match self.cells.get_mut(self.column) {
            Some(cell) => *cell = char,
            None => self.cells.push(char),
        }
        self.column += 1;
    }

    /// Obeys the sequence whose escape character precedes `rest`, and answers what follows it.
    fn escape<'a>(&mut self, rest: &'a str) -> &'a str {
        let Some(kind) = rest.chars().next() else { return rest };
        let body = &rest[kind.len_utf8()..];
        match kind {
            '[' => match body.find(|c: char| ('@'..='~').contains(&c)) {
                Some(end) => {
                    self.control(&body[..end], body.as_bytes()[end]);
                    &body[end + 1..]
                }
                None => "",
            },
            // Strings for the terminal end with a bell or with an escaped backslash.
            ']' | 'P' | 'X' | '^' | '_' => match body.find(['\x07', '\x1b']) {
                Some(end) => body[end + 1..].strip_prefix('\\').unwrap_or(&body[end + 1..]),
                None => "",
            },
            _ => body,
        }
    }

    fn control(&mut self, parameters: &str, end: u8) {
        let number: Option<usize> = parameters.parse().ok();
        let count = number.unwrap_or(1).max(1);
        match end {
            b'G' => self.column = (count - 1).min(MAX_COLUMN),
            b'C' => self.column = self.column.max(self.column.saturating_add(count).min(MAX_COLUMN)),
            b'D' => self.column = self.column.saturating_sub(count),
            b'K' => self.erase(number.unwrap_or(0)),
            _ => {}
        }
    }

    fn erase(&mut self, what: usize) {
        match what {
            2 => self.cells.clear(),
            1 => {
                let end = (self.column + 1).min(self.cells.len());
                self.cells[..end].fill(' ');
            }
            _ => self.cells.truncate(self.column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::visible;
    use proptest::prelude::*;

    #[test]
    fn colours_and_links_are_gone() {
        assert_eq!(visible(b"\x1b[1;31merror\x1b[0m: x\ty\x07"), "error: x\ty");
        assert_eq!(visible(b"\x1b]8;;https://example.com\x1b\\link\x1b]8;;\x07!"), "link!");
        assert_eq!(visible(b"caf\xc3\xa9 \xff"), "caf\u{e9} \u{fffd}");
    }

    #[test]
    fn progress_shows_its_last_state() {
        assert_eq!(visible(b"  5%\r 50%\r100%"), "100%");
        assert_eq!(visible(b"downloading\rdone"), "doneloading");
        assert_eq!(visible(b"downloading\r\x1b[Kdone"), "done");
        assert_eq!(visible(b"downloading\x1b[2K\x1b[1Gdone"), "done");
        assert_eq!(visible(b"ab\x08c"), "ac");
    }

    #[test]
    fn a_cursor_sent_far_away_does_not_fill_memory() {
        assert!(visible(b"\x1b[999999999Cx\x1b[99999999999999999999Gy").len() <= 4098);
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(bytes: Vec<u8>) {
            let text = visible(&bytes);
            prop_assert!(!text.contains(['\x1b', '\r']));
        }
    }
}
