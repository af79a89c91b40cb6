//! JSON as it is written in the wild, made fit for a strict parser: halves of surrogate pairs, raw control characters
//! in strings, `NaN`, `Infinity` and numbers beyond all bounds are replaced, and endless strings are cut. Everything
//! else, errors included, passes unchanged, byte by byte.

use std::io::{self, BufRead, Read};

/// What passes of one string, so that no string is ever held whole by the parser.
const STRING_BYTES: usize = 1 << 20;
/// Count of bytes that stands for a string of which something was left out: nothing more passes.
const CUT: usize = usize::MAX;
/// What a number or word may take; a longer one is no number that means anything.
const TOKEN_BYTES: usize = 400;
/// Half of a surrogate pair becomes this.
const REPLACEMENT: &[u8] = b"\\ufffd";

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Between strings.
    Outside,
    /// In a number or a word.
    Token,
    /// In a string.
    Inside,
    /// Behind a backslash.
    Escape,
    /// In the digits of `\u`, of which so many were read.
    Hex(usize),
}

/// A reader that repairs the JSON it reads.
pub(crate) struct Tidy<R> {
    inner: R,
    out: Vec<u8>,
    given: usize,
    state: State,
    token: Vec<u8>,
    hex: [u8; 4],
    /// The first half of a surrogate pair, while the second has not come.
    half: Option<[u8; 4]>,
    /// Bytes of the string that passed.
    string_bytes: usize,
    by_line: bool,
    ended: bool,
}

impl<R: BufRead> Tidy<R> {
    /// For one document.
    pub(crate) fn document(inner: R) -> Tidy<R> {
        Tidy::new(inner, false)
    }

    /// For a document a line: a line break ends a string.
    pub(super) fn lines(inner: R) -> Tidy<R> {
        Tidy::new(inner, true)
    }

    fn new(inner: R, by_line: bool) -> Tidy<R> {
        Tidy {
            inner,
            out: Vec::new(),
            given: 0,
            state: State::Outside,
            token: Vec::new(),
            hex: [0; 4],
            half: None,
            string_bytes: 0,
            by_line,
            ended: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        // Taken out, as the chunk borrows the inner reader while the rest is changed.
        let mut out = std::mem::take(&mut self.out);
        let chunk = self.inner.fill_buf()?;
        let count = chunk.len();
        let mut step = Step {
            state: self.state,
            token: &mut self.token,
            hex: &mut self.hex,
            half: &mut self.half,
            string_bytes: &mut self.string_bytes,
            by_line: self.by_line,
            out: &mut out,
        };
        match count {
            0 => step.finish(),
            _ => step.take(chunk),
        }
        self.state = step.state;
        self.ended = count == 0;
        self.inner.consume(count);
        self.out = out;
        Ok(())
    }
}

impl<R: BufRead> Read for Tidy<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = into.len().min(self.out.len() - self.given);
        into[..count].copy_from_slice(&self.out[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// The work on one chunk.
struct Step<'a> {
    state: State,
    token: &'a mut Vec<u8>,
    hex: &'a mut [u8; 4],
    half: &'a mut Option<[u8; 4]>,
    string_bytes: &'a mut usize,
    by_line: bool,
    out: &'a mut Vec<u8>,
}

impl Step<'_> {
    fn take(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        while !rest.is_empty() {
            let sound = self.pass_sound(rest);
            rest = &rest[sound..];
            if rest.is_empty() {
                break;
            }
            let used = match self.state {
                State::Outside => self.outside(rest),
                State::Token => self.in_token(rest),
                State::Inside => self.inside(rest),
                State::Escape => self.escape(rest[0]),
                State::Hex(digits) => self.in_hex(rest[0], digits),
            };
            rest = &rest[used..];
        }
    }

    /// Passes at once what needs no repair: nearly everything. Gives how many bytes that were.
    fn pass_sound(&mut self, bytes: &[u8]) -> usize {
        let is_full = self.state == State::Inside && *self.string_bytes >= STRING_BYTES;
        if self.half.is_some() || is_full || !matches!(self.state, State::Outside | State::Inside) {
            return 0;
        }
        let mut at = 0;
        loop {
            let (from, is_inside) = (at, self.state == State::Inside);
            let (next, is_end) = match is_inside {
                // Only as far as the string may go: what is scanned is passed, and never scanned again.
                true => sound_string(&bytes[..bytes.len().min(from + STRING_BYTES - *self.string_bytes)], from),
                false => sound_structure(bytes, from),
            };
            at = next;
            if is_inside {
                *self.string_bytes += next - from;
            }
            if !is_end {
                break;
            }
            // Behind the quote, which begins a string or ends it.
            at += 1;
            *self.string_bytes = 0;
            self.state = if is_inside { State::Outside } else { State::Inside };
        }
        self.out.extend_from_slice(&bytes[..at]);
        at
    }

    fn finish(&mut self) {
        match self.state {
            State::Token => self.end_token(),
            State::Hex(digits) => self.end_hex(digits),
            _ => {}
        }
    }

    fn outside(&mut self, bytes: &[u8]) -> usize {
        let run = bytes.iter().position(|byte| *byte == b'"' || is_token(*byte)).unwrap_or(bytes.len());
        self.out.extend_from_slice(&bytes[..run]);
        match bytes.get(run) {
            None => run,
            Some(b'"') => {
                self.out.push(b'"');
                *self.string_bytes = 0;
                self.state = State::Inside;
                run + 1
            }
            Some(_) => {
                self.token.clear();
                self.state = State::Token;
                run
            }
        }
    }

    fn in_token(&mut self, bytes: &[u8]) -> usize {
        let run = bytes.iter().position(|byte| !is_token(*byte)).unwrap_or(bytes.len());
        let room = TOKEN_BYTES.saturating_sub(self.token.len());
        self.token.extend_from_slice(&bytes[..run.min(room)]);
        if run < bytes.len() {
            self.end_token();
        }
        run
    }

    fn end_token(&mut self) {
        self.state = State::Outside;
        let token = match is_beyond_numbers(self.token) {
            true => b"null",
            false => self.token.as_slice(),
        };
        self.out.extend_from_slice(token);
    }

    fn inside(&mut self, bytes: &[u8]) -> usize {
        let run = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(bytes.len());
        if run > 0 {
            self.drop_half();
            self.pass(&bytes[..run]);
        }
        let Some(byte) = bytes.get(run) else { return run };
        match byte {
            b'\\' => self.state = State::Escape,
            b'"' => {
                self.drop_half();
                self.out.push(b'"');
                self.state = State::Outside;
            }
            b'\n' if self.by_line => {
                *self.half = None;
                self.out.push(b'\n');
                self.state = State::Outside;
            }
            control => {
                self.drop_half();
                self.pass_escape(format!("\\u{control:04x}").as_bytes());
            }
        }
        run + 1
    }

    fn escape(&mut self, byte: u8) -> usize {
        if byte == b'\n' && self.by_line {
            // The line breaks off; what follows is another one.
            self.state = State::Inside;
            return 0;
        }
        if byte == b'u' {
            self.state = State::Hex(0);
        } else {
            self.drop_half();
            self.pass_escape(&[b'\\', byte]);
            self.state = State::Inside;
        }
        1
    }

    fn in_hex(&mut self, byte: u8, digits: usize) -> usize {
        if !byte.is_ascii_hexdigit() {
            self.end_hex(digits);
            return 0;
        }
        self.hex[digits] = byte;
        self.state = State::Hex(digits + 1);
        if digits == 3 {
            self.state = State::Inside;
            self.end_unicode();
        }
        1
    }

    /// The escape was no escape: let the parser say so.
    fn end_hex(&mut self, digits: usize) {
        self.drop_half();
        self.out.extend_from_slice(b"\\u");
        self.out.extend_from_slice(&self.hex[..digits]);
        self.state = State::Inside;
    }

    fn end_unicode(&mut self) {
        let hex = *self.hex;
        let whole = |half: [u8; 4]| [b"\\u".as_slice(), &half].concat();
        match (hex[0] | 0x20, hex[1] | 0x20) {
            (b'd', b'8' | b'9' | b'a' | b'b') => {
                self.drop_half();
                *self.half = Some(hex);
            }
            (b'd', b'c'..=b'f') => match self.half.take() {
                Some(half) => self.pass_escape(&[whole(half), whole(hex)].concat()),
                None => self.pass_escape(REPLACEMENT),
            },
            _ => {
                self.drop_half();
                self.pass_escape(&whole(hex));
            }
        }
    }

    fn drop_half(&mut self) {
        if self.half.take().is_some() {
            self.pass_escape(REPLACEMENT);
        }
    }

    fn pass_escape(&mut self, escape: &[u8]) {
        if *self.string_bytes < STRING_BYTES {
            *self.string_bytes += escape.len();
            self.out.extend_from_slice(escape);
        } else {
            *self.string_bytes = CUT;
        }
    }

    /// Passes bytes of a string while there is room, and always to the end of a character.
    fn pass(&mut self, bytes: &[u8]) {
        if *self.string_bytes == CUT {
            return;
        }
        let mut count = bytes.len().min(STRING_BYTES.saturating_sub(*self.string_bytes));
        while count < bytes.len() && bytes[count] & 0xc0 == 0x80 {
            count += 1;
        }
        *self.string_bytes = if count < bytes.len() { CUT } else { *self.string_bytes + count };
        self.out.extend_from_slice(&bytes[..count]);
    }
}

/// Passes over the inside of a string: to its quote (`true`), or to what needs a look or the end (`false`).
fn sound_string(bytes: &[u8], from: usize) -> (usize, bool) {
    let mut at = from;
    loop {
        at = end_of_run(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return (at, true),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'u') if is_sound_unicode(bytes.get(at + 2..at + 6)) => at += 6,
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                _ => return (at, false),
            },
            _ => return (at, false),
        }
    }
}

/// The next quote, backslash or control character, eight bytes at once.
fn end_of_run(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = from;
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_ne_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        if control | has_zero(word ^ (ONES * 0x22)) | has_zero(word ^ (ONES * 0x5c)) != 0 {
            break;
        }
        at += 8;
    }
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\\' | 0..0x20) {
        at += 1;
    }
    at
}

/// Whether four digits are whole, and no half of a surrogate pair.
fn is_sound_unicode(digits: Option<&[u8]>) -> bool {
    digits.is_some_and(|digits| {
        digits.iter().all(u8::is_ascii_hexdigit) && (digits[0] | 0x20 != b'd' || matches!(digits[1], b'0'..=b'7'))
    })
}

/// Passes over what is between strings: to a quote (`true`), or to what needs a look or the end (`false`).
fn sound_structure(bytes: &[u8], from: usize) -> (usize, bool) {
    let mut at = from;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            return (at, true);
        }
        if !is_token(bytes[at]) {
            at += 1;
            continue;
        }
        let end = bytes[at..].iter().position(|byte| !is_token(*byte)).map(|len| at + len);
        match end {
            Some(end) if !is_beyond_numbers(&bytes[at..end]) => at = end,
            _ => return (at, false),
        }
    }
    (at, false)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Whether a token is a number to JavaScript or Python, but none to JSON, or none that can be held.
fn is_beyond_numbers(token: &[u8]) -> bool {
    match token {
        b"NaN" | b"-NaN" | b"Infinity" | b"-Infinity" | b"+Infinity" => true,
        [b'-' | b'0'..=b'9', ..] if token.len() > 300 || token.iter().any(|byte| byte | 0x20 == b'e') => {
            let number = std::str::from_utf8(token).ok().and_then(|text| text.parse::<f64>().ok());
            token.len() >= TOKEN_BYTES || number.is_some_and(|number| !number.is_finite())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// Tidied with the smallest and with a large buffer, which must not differ.
    fn tidy(text: &str, by_line: bool) -> String {
        let with = |capacity| {
            let mut out = String::new();
            Tidy::new(BufReader::with_capacity(capacity, text.as_bytes()), by_line).read_to_string(&mut out).unwrap();
            out
        };
        assert_eq!(with(1), with(4096));
        with(4096)
    }

    #[test]
    fn what_is_sound_passes_unchanged() {
        let text = r#" {"a": [1, -2.5e3, true, null, "x\n\"\\é", "\ud83d\uDE00 \u00e9"], "NaN": "Infinity"} "#;
        assert_eq!(tidy(text, false), text);
    }

    #[test]
    fn halves_of_surrogate_pairs_are_replaced() {
        assert_eq!(
            tidy(r#"["\ud83d", "\ud83dx", "\ud83d\n", "\ude00", "\ud83d\ud83d\ude00"]"#, false),
            r#"["\ufffd", "\ufffdx", "\ufffd\n", "\ufffd", "\ufffd\ud83d\ude00"]"#
        );
    }

    #[test]
    fn numbers_that_json_has_not_are_null() {
        let long = "9".repeat(5_000);
        assert_eq!(
            tidy(&format!("[NaN, -Infinity,1e999,-1E+400,1e300,{long},1e-999]"), false),
            "[null, null,null,null,1e300,null,1e-999]"
        );
    }

    #[test]
    fn control_characters_in_strings_are_escaped() {
        assert_eq!(tidy("{\"a\":\n\"b\tc\nd\0\"}", false), "{\"a\":\n\"b\\u0009c\\u000ad\\u0000\"}");
    }

    #[test]
    fn a_line_break_ends_a_string_of_line_delimited_json() {
        assert_eq!(
            tidy("{\"a\": \"b\n{\"c\": NaN}\n{\"d\\\n\"x\\u12\n1", true),
            "{\"a\": \"b\n{\"c\": null}\n{\"d\n\"x\\u12\n1"
        );
    }

    #[test]
    fn endless_strings_are_cut_between_characters() {
        let text = format!("[\"{}\", 1]", "é".repeat(STRING_BYTES));
        let out = tidy(&text, false);
        assert!(out.len() < STRING_BYTES + 20 && out.ends_with("é\", 1]"));
        let text = format!("[\"{}\", \"\\ud83d\"]", "a\\u00e9\\n".repeat(STRING_BYTES / 4));
        let out = tidy(&text, false);
        assert!(out.len() < STRING_BYTES + 30 && out.ends_with("\", \"\\ufffd\"]"));
    }
}
