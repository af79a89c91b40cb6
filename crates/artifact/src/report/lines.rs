//! Reports that are lines of text: one line at a time, each cut to a limit, in constant memory; and text of which
//! only the end is kept.

use super::{Draft, Input, Problem};
use std::io::{BufRead, Read};

/// Lines of a report.
pub(super) struct Lines<'a> {
    input: Input<'a>,
    most: usize,
    line: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// The lines of `input`. Of a line more than twice as long as a kept text the beginning is given.
    pub(super) fn new(input: Input<'a>, draft: &Draft) -> Lines<'a> {
        Lines { input, most: draft.limits().text_bytes * 2 + 256, line: Vec::new() }
    }

    /// The next line without its end. Why there is none but the end of the file goes into the draft.
    pub(super) fn next(&mut self, draft: &mut Draft) -> Option<&str> {
        self.line.clear();
        if let Err(error) = self.fill() {
            draft.problem(Problem::Unreadable { reason: error.to_string() });
            return None;
        }
        if self.line.is_empty() {
            return None;
        }
        while matches!(self.line.last(), Some(b'\n' | b'\r')) {
            self.line.pop();
        }
        Some(valid(&self.line))
    }

    fn fill(&mut self) -> std::io::Result<()> {
        let count = (&mut self.input).take(self.most as u64).read_until(b'\n', &mut self.line)?;
        if count == self.most && self.line.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        Ok(())
    }
}

/// The text, but for a character that was cut in two: the input has been decoded.
fn valid(line: &[u8]) -> &str {
    match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// Text of which the end is kept: between one and two times `most` bytes once it is longer.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(String);

impl Tail {
    /// Adds to it.
    pub(super) fn push(&mut self, text: &str, most: usize) {
        self.0.push_str(text);
        if self.0.len() > most * 2 {
            let from = self.0.ceil_char_boundary(self.0.len() - most);
            self.0.drain(..from);
        }
    }

    /// Adds a line and its end.
    pub(super) fn push_line(&mut self, line: &str, most: usize) {
        self.push(line, most);
        self.push("\n", most);
    }

    /// What is kept.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// What is kept, without white space at its end; `None` where that is nothing.
    pub(super) fn text(&self) -> Option<String> {
        let text = self.0.trim_end();
        (!text.trim().is_empty()).then(|| text.to_owned())
    }
}

/// Seconds as whole milliseconds; absent where that is no number.
pub(super) fn seconds_ms(text: &str) -> Option<u64> {
    super::json::duration_ms(text.trim().parse::<f64>().ok()? * 1000.0)
}

/// The lines of a head that are not blank, `most` of them.
pub(super) fn head_lines<'h>(head: &'h super::Head, most: usize) -> impl Iterator<Item = &'h str> {
    head.text.lines().map(str::trim_end).filter(|line| !line.is_empty()).take(most)
}

#[cfg(test)]
mod tests {
    use super::super::decode::Utf8;
    use super::super::{Format, Limits};
    use super::*;
    use std::io::BufReader;

    #[test]
    fn lines_are_cut_and_end_with_lf_or_crlf() {
        let limits = Limits { text_bytes: 0, ..Limits::default() };
        let mut draft = Draft::new(Format::Tap, &limits);
        let text = format!("a\r\n{}\nb", "é".repeat(500));
        let mut bytes = text.as_bytes();
        let mut lines = Lines::new(BufReader::new(Utf8::new(&mut bytes)), &draft);
        assert_eq!(lines.next(&mut draft), Some("a"));
        assert_eq!(lines.next(&mut draft).map(str::len), Some(256));
        assert_eq!(lines.next(&mut draft), Some("b"));
        assert_eq!(lines.next(&mut draft), None);
    }

    #[test]
    fn the_end_of_a_long_text_is_kept() {
        let mut tail = Tail::default();
        for number in 0..1000 {
            tail.push_line(&number.to_string(), 100);
        }
        assert!(tail.as_str().len() <= 200 && tail.as_str().ends_with("998\n999\n"));
    }
}
