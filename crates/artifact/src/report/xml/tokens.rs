//! Splits a stream into tags and text in bounded memory. What tags mean together is left to the walk.
//!
//! quick-xml's own reader holds a whole text, CDATA section or tag in memory before it hands it out, and outputs of
//! tests are as long as anybody likes: here text comes in pieces, and a tag beyond [`TAG_BYTES`] is cut.

use super::super::{Input, Problem};
use memchr::{memchr, memchr2, memchr3, memmem};
use std::io::Read;

/// Bytes of a tag that are kept; messages are attributes, and some are long.
const TAG_BYTES: usize = 16 << 20;
/// Bytes of the buffer: room for what the input gives at once behind a rest, so that it is copied only once.
const BUFFER_BYTES: usize = 160 << 10;
/// A buffer that grew beyond this for one tag is given back.
const BUFFER_MOST: usize = 1 << 20;
/// Bytes of a reference at most. One that is longer is no reference.
const REFERENCE_BYTES: usize = 32;

/// A piece of the document.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// A tag that opens an element: what is between the angle brackets.
    Start { content: &'a str, is_empty: bool },
    /// A tag that closes one: its name.
    End { content: &'a str },
    /// A piece of text. Raw text comes from a CDATA section and holds no references.
    Text { text: &'a str, is_raw: bool },
    /// Something that means nothing here.
    Skipped,
    /// The end.
    Eof,
}

/// Where in the stream it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Content,
    Cdata,
}

/// How a tag was found to end.
enum TagEnd {
    /// Its closing bracket, counted from the opening one.
    At(usize),
    /// Beyond what is kept of a tag: the rest is gone already.
    Cut { is_empty: bool },
    /// Not before the end of the file.
    Never,
}

/// The splitter.
pub(super) struct Tokens<'i> {
    input: Input<'i>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Bytes before the buffer.
    passed: u64,
    ended: bool,
    inside: Inside,
    is_cut: bool,
    problems: Vec<Problem>,
    cdata_end: memmem::Finder<'static>,
    /// Consumed with the next call, because the last token borrows it.
    pending: usize,
}

impl<'i> Tokens<'i> {
    pub fn new(input: Input<'i>) -> Tokens<'i> {
        Tokens {
            input,
            buffer: vec![0; BUFFER_BYTES],
            at: 0,
            filled: 0,
            passed: 0,
            ended: false,
            inside: Inside::Content,
            is_cut: false,
            problems: Vec::new(),
            cdata_end: memmem::Finder::new(b"]]>"),
            pending: 0,
        }
    }

    /// Whether it ended inside of a tag, a comment or a CDATA section.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What was wrong.
    pub fn problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// The next token. Text that is not wanted is passed over without being looked at.
    pub fn next(&mut self, wants_text: bool) -> Token<'_> {
        self.at += std::mem::take(&mut self.pending);
        if self.at == self.filled && !self.fill() {
            self.is_cut |= self.inside == Inside::Cdata;
            return Token::Eof;
        }
        if self.inside == Inside::Cdata {
            return self.cdata(wants_text);
        }
        if self.buffer[self.at] != b'<' {
            return self.text(wants_text);
        }
        self.need(2);
        match self.rest().get(1) {
            None => self.broken_off(),
            Some(b'/') => self.end_tag(),
            Some(b'!') => self.declaration(),
            Some(b'?') => self.skip_to(b"?>"),
            Some(byte) if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || *byte >= 0x80 => {
                self.start_tag()
            }
            Some(_) => self.stray_bracket(),
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// Reads more behind what is there. False at the end of the file.
    fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.filled, 0);
            self.passed += self.at as u64;
            self.filled -= self.at;
            self.at = 0;
        }
        if self.filled == 0 && self.buffer.len() > BUFFER_MOST {
            self.buffer = vec![0; BUFFER_BYTES];
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        match self.input.read(&mut self.buffer[self.filled..]) {
            Ok(0) => self.ended = true,
            Ok(count) => self.filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.ended = true;
                self.problems.push(Problem::Unreadable { reason: error.to_string() });
            }
        }
        !self.ended
    }

    /// Reads until so many bytes are there, or all there are.
    fn need(&mut self, count: usize) {
        while self.filled - self.at < count && self.fill() {}
    }

    fn malformed(&mut self, what: &str) {
        // The first one says enough.
        if !self.problems.iter().any(|problem| matches!(problem, Problem::Malformed { .. })) {
            let position = self.passed + self.at as u64;
            self.problems.push(Problem::Malformed { reason: format!("{what} at byte {position}") });
        }
    }

    /// The file ends within markup: nothing of it can be used.
    fn broken_off(&mut self) -> Token<'_> {
        self.is_cut = true;
        self.at = self.filled;
        Token::Eof
    }

    fn text(&mut self, wants_text: bool) -> Token<'_> {
        loop {
            let rest = self.rest();
            let end = memchr(b'<', rest).unwrap_or(rest.len());
            if !wants_text {
                self.at += end;
                return Token::Skipped;
            }
            let is_whole = end < rest.len() || self.ended;
            let length = if is_whole { end } else { without_partial_end(&rest[..end]) };
            if length > 0 || is_whole {
                self.pending = length;
                return Token::Text { text: as_text(&self.buffer[self.at..self.at + length]), is_raw: false };
            }
            self.fill();
        }
    }

    fn cdata(&mut self, wants_text: bool) -> Token<'_> {
        loop {
            let rest = self.rest();
            if let Some(end) = self.cdata_end.find(rest) {
                self.inside = Inside::Content;
                self.pending = end + 3;
                let text = if wants_text { as_text(&self.buffer[self.at..self.at + end]) } else { "" };
                return Token::Text { text, is_raw: true };
            }
            let length =
                if self.ended { rest.len() } else { without_partial_char(&rest[..rest.len().saturating_sub(2)]) };
            if length > 0 {
                self.pending = length;
                let text = if wants_text { as_text(&self.buffer[self.at..self.at + length]) } else { "" };
                return Token::Text { text, is_raw: true };
            }
            self.fill();
        }
    }

    fn start_tag(&mut self) -> Token<'_> {
        let (end, is_empty) = match self.tag_end() {
            TagEnd::At(end) => (end, self.buffer[self.at + end - 1] == b'/'),
            TagEnd::Cut { is_empty } => (TAG_BYTES, is_empty),
            TagEnd::Never => return self.broken_off(),
        };
        self.pending = end + 1;
        let content = as_text(&self.buffer[self.at + 1..self.at + end]);
        Token::Start {
            content: if is_empty { content.strip_suffix('/').unwrap_or(content) } else { content },
            is_empty,
        }
    }

    /// Looks for the bracket that closes a tag: one inside of quotes does not.
    fn tag_end(&mut self) -> TagEnd {
        let mut seen = 1;
        let mut quote = None;
        loop {
            let rest = self.rest();
            let found = match quote {
                None => memchr3(b'>', b'"', b'\'', &rest[seen..]),
                Some(quote) => memchr(quote, &rest[seen..]),
            };
            match found {
                Some(place) if rest[seen + place] == b'>' && quote.is_none() => return TagEnd::At(seen + place),
                Some(place) => {
                    quote = if quote.is_some() { None } else { Some(rest[seen + place]) };
                    seen += place + 1;
                }
                None => {
                    seen = rest.len();
                    if seen > TAG_BYTES {
                        return self.cut_tag(quote);
                    }
                    if !self.fill() {
                        return TagEnd::Never;
                    }
                }
            }
        }
    }

    /// Drops what a tag has beyond the limit, up to its closing bracket, which stays in the buffer's place.
    fn cut_tag(&mut self, mut quote: Option<u8>) -> TagEnd {
        self.malformed("a tag that is too long");
        let kept = self.at + TAG_BYTES;
        let mut last = self.buffer[self.filled - 1];
        loop {
            self.filled = kept + 1;
            let mut piece = vec![0; BUFFER_BYTES];
            let count = self.input.read(&mut piece).unwrap_or(0);
            if count == 0 {
                return TagEnd::Never;
            }
            for (index, byte) in piece[..count].iter().enumerate() {
                match quote {
                    None if *byte == b'>' => {
                        self.buffer.truncate(kept + 1);
                        self.buffer.extend_from_slice(&piece[index + 1..count]);
                        self.filled = self.buffer.len();
                        return TagEnd::Cut { is_empty: last == b'/' };
                    }
                    None if matches!(byte, b'"' | b'\'') => quote = Some(*byte),
                    Some(open) if *byte == open => quote = None,
                    _ => {}
                }
                last = *byte;
            }
        }
    }

    fn end_tag(&mut self) -> Token<'_> {
        let mut seen = 2;
        loop {
            let rest = self.rest();
            if let Some(place) = memchr(b'>', &rest[seen.min(rest.len())..]) {
                let end = seen + place;
                self.pending = end + 1;
                return Token::End { content: as_text(&self.buffer[self.at + 2..self.at + end]) };
            }
            seen = rest.len().max(2);
            if seen > BUFFER_MOST {
                return self.stray_bracket();
            }
            if !self.fill() {
                return self.broken_off();
            }
        }
    }

    /// A comment, a CDATA section or a document type.
    fn declaration(&mut self) -> Token<'_> {
        const CDATA: &[u8] = b"<![CDATA[";
        self.need(CDATA.len());
        if self.rest().starts_with(CDATA) {
            self.inside = Inside::Cdata;
            self.at += CDATA.len();
            return Token::Skipped;
        }
        if self.rest().starts_with(b"<!--") {
            // "<!-->" is not a whole comment.
            self.at += 4;
            return self.skip_to(b"-->");
        }
        self.skip_doctype()
    }

    /// Passes over everything up to and with `end`.
    fn skip_to(&mut self, end: &[u8]) -> Token<'_> {
        loop {
            let rest = self.rest();
            if let Some(place) = memmem::find(rest, end) {
                self.at += place + end.len();
                return Token::Skipped;
            }
            self.at += rest.len().saturating_sub(end.len() - 1);
            if !self.fill() {
                return self.broken_off();
            }
        }
    }

    /// Passes over a document type with all its declarations.
    fn skip_doctype(&mut self) -> Token<'_> {
        let mut brackets = 0usize;
        loop {
            let rest = self.rest();
            let Some(place) = rest.iter().position(|byte| matches!(byte, b'"' | b'\'' | b'[' | b']' | b'>' | b'-'))
            else {
                self.at = self.filled;
                if !self.fill() {
                    return self.broken_off();
                }
                continue;
            };
            let byte = rest[place];
            self.at += place + 1;
            match byte {
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b'>' if brackets == 0 => return Token::Skipped,
                b'"' | b'\'' => {
                    self.skip_to(&[byte]);
                }
                b'-' => self.skip_inner_comment(),
                _ => {}
            }
        }
    }

    /// A comment within a document type may hold quotes; it is told by two dashes in a row.
    fn skip_inner_comment(&mut self) {
        self.need(1);
        if self.rest().first() == Some(&b'-') {
            self.at += 1;
            self.skip_to(b"-->");
        }
    }

    /// A bracket that opens nothing is text.
    fn stray_bracket(&mut self) -> Token<'_> {
        self.malformed("a '<' that opens nothing");
        self.pending = 1;
        Token::Text { text: "<", is_raw: true }
    }
}

/// The length of `piece` without a reference, a character or a line end that may go on behind it.
fn without_partial_end(piece: &[u8]) -> usize {
    let tail = piece.len().saturating_sub(REFERENCE_BYTES);
    let end = match memchr::memrchr(b'&', &piece[tail..]) {
        Some(place) if memchr2(b';', b'&', &piece[tail + place + 1..]).is_none() => tail + place,
        _ => piece.len(),
    };
    without_partial_char(&piece[..end])
}

fn without_partial_char(piece: &[u8]) -> usize {
    match std::str::from_utf8(&piece[piece.len().saturating_sub(4)..]) {
        Err(error) if error.error_len().is_none() => piece.len().saturating_sub(4) + error.valid_up_to(),
        // The first bytes of the four may belong to a character before them.
        Err(_) => {
            let from = piece.len().saturating_sub(4);
            let start = (from..piece.len()).find(|index| piece[*index] & 0xc0 != 0x80).unwrap_or(piece.len());
            match std::str::from_utf8(&piece[start..]) {
                Err(error) if error.error_len().is_none() => start + error.valid_up_to(),
                _ => piece.len(),
            }
        }
        Ok(_) => piece.len(),
    }
}

/// The input is UTF-8 already; only a tag that was cut can end inside of a character.
fn as_text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_before_what_may_go_on() {
        assert_eq!(without_partial_end(b"abc &am"), 4);
        assert_eq!(without_partial_end(b"abc &amp; d"), 11);
        assert_eq!(without_partial_end("é€".as_bytes()), 5);
        assert_eq!(without_partial_end(&"é€".as_bytes()[..4]), 2);
        assert_eq!(without_partial_end(&"a😀".as_bytes()[..4]), 1);
        assert_eq!(without_partial_end(&"😀😀".as_bytes()[..7]), 4);
    }
}
