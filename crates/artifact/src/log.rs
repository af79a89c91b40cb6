//! Job logs as GitHub serves them: lines, the timestamps in front of them and the markers after those.
//!
//! A log is bytes, not promised to be UTF-8. Colours are left in the text for the viewer. What went wrong in a job,
//! as far as its log tells, is in `failure`; where things are in it, in `index`.

mod failure;
mod index;
mod rules;
mod search;
mod split;
mod steps;
mod text;
mod visible;
mod window;

pub use failure::{FailureLimits, LogFailure, LogReading, failures};
pub use index::{Group, Head, HeadKind, Index, Indexer, LINE_BYTES, Level, MINIMAP_BUCKETS, Mark};
pub use search::{Hit, Pattern, SEARCHED_BYTES, Search, SearchFrom};
pub use steps::{StepStart, step_lines};
pub use visible::visible;
pub use window::Window;

/// A byte order mark. The runner writes one at the start of every block, so it turns up in the middle of a log too.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a line announces to the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Marker {
    /// Opens a foldable group whose title is the text.
    Group,
    /// Closes the open group.
    EndGroup,
    /// An error annotation.
    Error,
    /// A warning annotation.
    Warning,
    /// A notice annotation.
    Notice,
    /// A debug message.
    Debug,
    /// A command that is about to run.
    Command,
    /// A heading.
    Section,
}

/// The runner's own form, then the form that actions print by themselves.
const MARKERS: &[(&[u8], Marker)] = &[
    (b"##[group]", Marker::Group),
    (b"##[endgroup]", Marker::EndGroup),
    (b"##[error]", Marker::Error),
    (b"##[warning]", Marker::Warning),
    (b"##[notice]", Marker::Notice),
    (b"##[debug]", Marker::Debug),
    (b"##[command]", Marker::Command),
    (b"##[section]", Marker::Section),
    (b"[command]", Marker::Command),
];

/// One line of a log, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// When the line was written, as in `2024-01-31T12:00:00.1234567Z`. Only a message's first line has one.
    pub timestamp: Option<&'a str>,
    /// What the line announces.
    pub marker: Option<Marker>,
    /// The rest of the line, colours included.
    pub text: &'a [u8],
}

/// The lines of a log without their ends, which may be LF or CRLF. A last line need not have an end.
pub fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    let count = if log.is_empty() { 0 } else { usize::MAX };
    let log = log.strip_suffix(b"\n").unwrap_or(log);
    log.split(|&byte| byte == b'\n').take(count).map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Takes one line apart, with or without its end. Never fails: what is not recognised is text.
pub fn line(raw: &[u8]) -> Line<'_> {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    let (timestamp, message) = split_timestamp(without_bom(raw));
    let message = without_bom(message);
    let found = MARKERS.iter().find_map(|(word, marker)| message.strip_prefix(*word).map(|text| (*marker, text)));
    match found {
        Some((marker, text)) => Line { timestamp, marker: Some(marker), text },
        None => Line { timestamp, marker: None, text: message },
    }
}

fn without_bom(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_prefix(BOM) {
        bytes = rest;
    }
    bytes
}

/// Splits off `YYYY-MM-DDTHH:MM:SS.fffffffZ ` with one to nine decimals or none, and the one space after it.
fn split_timestamp(line: &[u8]) -> (Option<&str>, &[u8]) {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let Some((date, rest)) = line.split_at_checked(SHAPE.len()) else { return (None, line) };
    let fits =
        date.iter().zip(SHAPE).all(|(byte, shape)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape });
    let decimals = match rest.strip_prefix(b".") {
        Some(fraction) => 1 + fraction.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        None => 0,
    };
    let len = SHAPE.len() + decimals + 1;
    if !fits || decimals == 1 || decimals > 10 || line.get(len - 1) != Some(&b'Z') {
        return (None, line);
    }
    let after = &line[len..];
    match (after.first(), std::str::from_utf8(&line[..len])) {
        (None | Some(b' '), Ok(timestamp)) => (Some(timestamp), after.get(1..).unwrap_or_default()),
        _ => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(log: &[u8]) -> Vec<&[u8]> {
        lines(log).collect()
    }

    #[test]
    fn lines_end_with_lf_or_crlf() {
        assert_eq!(texts(b"a\nb\r\nc"), [b"a", b"b", b"c"]);
        assert_eq!(texts(b"a\n\n"), [&b"a"[..], b""]);
        assert_eq!(texts(b"a\rb\n"), [b"a\rb"]);
        assert_eq!(texts(b""), [] as [&[u8]; 0]);
        assert_eq!(texts(b"\n"), [b""]);
    }

    #[test]
    fn the_timestamp_is_split_off_with_its_space() {
        let parsed = line(b"2024-01-31T12:00:00.1234567Z  indented");
        assert_eq!(parsed.timestamp, Some("2024-01-31T12:00:00.1234567Z"));
        assert_eq!(parsed.text, b" indented");
        assert_eq!(line(b"2024-01-31T12:00:00Z\r\n").text, b"");
    }

    #[test]
    fn what_only_resembles_a_timestamp_is_text() {
        for text in [
            "2024-01-31 12:00:00Z x",
            "2024-01-31T12:00:00.Z x",
            "2024-01-31T12:00:00.1234567 x",
            "2024-01-31T12:00:00Zx",
            "2024",
        ] {
            assert_eq!(line(text.as_bytes()), Line { timestamp: None, marker: None, text: text.as_bytes() });
        }
    }

    #[test]
    fn a_byte_order_mark_is_dropped_on_every_line() {
        let log = "\u{feff}2024-01-31T12:00:00.1234567Z a\n\u{feff}2024-01-31T12:00:01.1234567Z ##[group]b\n";
        let parsed: Vec<Line<'_>> = lines(log.as_bytes()).map(line).collect();
        assert!(parsed.iter().all(|line| line.timestamp.is_some()));
        assert_eq!(parsed[1].marker, Some(Marker::Group));
        assert_eq!(parsed[1].text, b"b");
    }

    #[test]
    fn every_marker_is_recognised_at_the_start_only() {
        for (word, marker) in MARKERS {
            let raw = [b"2024-01-31T12:00:00.1234567Z ", *word, b"text"].concat();
            let parsed = line(&raw);
            assert_eq!((parsed.marker, parsed.text), (Some(*marker), &b"text"[..]));
        }
        assert_eq!(line(b"echo ##[group]x").marker, None);
        assert_eq!(line(b"\\##[group]x").marker, None, "a defused marker is text");
    }

    #[test]
    fn bytes_that_are_no_utf8_stay_as_they_are() {
        assert_eq!(line(b"\xff\xfe##[error]").text, b"\xff\xfe##[error]");
    }
}
