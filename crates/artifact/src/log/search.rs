//! Finds lines of a log that goes by in pieces, by their visible text: without time, marker and colours, with
//! overwritten progress gone, as the log viewer shows it.

use super::line;
use super::split::{RawLine, Splitter};
use super::visible::visible;
use regex::{Regex, RegexBuilder};

/// Bytes of a line that are searched.
pub const SEARCHED_BYTES: usize = 1 << 20;
/// Matches told of one line.
const MOST_SPANS: usize = 100;
/// Memory that an expression may take; each is a refusal, never a crash.
const PATTERN_BYTES: usize = 1 << 20;
/// Memory for what is remembered while searching.
const STATE_BYTES: usize = 4 << 20;
/// Brackets inside brackets.
const MOST_DEPTH: u32 = 100;

/// What to find.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads a text to look for, or an expression. Fails with a sentence on an expression that is wrong or too large.
    pub fn new(text: &str, is_regex: bool, match_case: bool) -> Result<Pattern, String> {
        let source = if is_regex { text.to_owned() } else { regex::escape(text) };
        RegexBuilder::new(&source)
            .case_insensitive(!match_case)
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(STATE_BYTES)
            .nest_limit(MOST_DEPTH)
            .build()
            .map(Pattern)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "the expression is too large".to_owned(),
                // The last line says what; those before draw where.
                error => {
                    let text = error.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    last.trim_start_matches("error: ").to_owned()
                }
            })
    }
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The line, from 1.
    pub line: u64,
    /// Where it matches in the visible text, in UTF-16 units; empty matches are left out.
    pub spans: Vec<[u64; 2]>,
}

/// Where to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchFrom {
    /// The line that the first piece begins with.
    pub start: u64,
    /// The first line that may be found.
    pub from: u64,
    /// Lines that are told at most.
    pub limit: usize,
}

/// A search going on.
#[derive(Debug)]
pub struct Search {
    splitter: Splitter,
    state: State,
}

#[derive(Debug)]
struct State {
    pattern: Regex,
    is_job_log: bool,
    place: SearchFrom,
    /// The line looked at last.
    line: u64,
    told: usize,
    next: Option<u64>,
}

impl Search {
    /// Begins. In a job log, times and markers are no part of a line's text.
    pub fn new(pattern: Pattern, is_job_log: bool, place: SearchFrom) -> Search {
        let state = State { pattern: pattern.0, is_job_log, place, line: place.start - 1, told: 0, next: None };
        Search { splitter: Splitter::new(SEARCHED_BYTES), state }
    }

    /// Takes the next piece and appends what is found in it.
    pub fn push(&mut self, piece: &[u8], found: &mut Vec<Hit>) {
        let state = &mut self.state;
        if state.next.is_none() {
            self.splitter.push(piece, |raw| state.take(raw, found));
        }
    }

    /// Takes the last line, once all pieces were taken.
    pub fn finish(&mut self, found: &mut Vec<Hit>) {
        if self.state.next.is_none()
            && let Some(raw) = self.splitter.rest()
        {
            self.state.take(raw, found);
        }
    }

    /// The line looked at last.
    pub fn line(&self) -> u64 {
        self.state.line
    }

    /// Lines found.
    pub fn told(&self) -> usize {
        self.state.told
    }

    /// The line to go on from, where the limit was reached and a further line matches.
    pub fn next(&self) -> Option<u64> {
        self.state.next
    }
}

impl State {
    /// Looks at the next line; answers whether to go on.
    fn take(&mut self, raw: RawLine<'_>, found: &mut Vec<Hit>) -> bool {
        self.line += 1;
        if self.line < self.place.from {
            return true;
        }
        let text = visible(if self.is_job_log { line(raw.bytes).text } else { plain(raw.bytes) });
        if !self.pattern.is_match(&text) {
            return true;
        }
        if self.told == self.place.limit {
            self.next = Some(self.line);
            return false;
        }
        self.told += 1;
        found.push(Hit { line: self.line, spans: spans(&self.pattern, &text) });
        true
    }
}

/// A line of an ordinary text.
fn plain(raw: &[u8]) -> &[u8] {
    super::without_bom(raw.strip_suffix(b"\r").unwrap_or(raw))
}

fn spans(pattern: &Regex, text: &str) -> Vec<[u64; 2]> {
    let mut spans = Vec::new();
    let (mut units, mut at) = (0, 0);
    for found in pattern.find_iter(text).filter(|found| !found.is_empty()).take(MOST_SPANS) {
        let start = units + length(&text[at..found.start()]);
        units = start + length(found.as_str());
        at = found.end();
        spans.push([start, units]);
    }
    spans
}

fn length(text: &str) -> u64 {
    if text.is_ascii() { text.len() as u64 } else { text.encode_utf16().count() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(log: &[u8], pattern: &Pattern, from: u64, limit: usize) -> (Vec<Hit>, Option<u64>) {
        let mut answers = [1, 5, 1000].map(|pieces| {
            let place = SearchFrom { start: 1, from, limit };
            let mut search = Search::new(pattern.clone(), true, place);
            let mut found = Vec::new();
            log.chunks(pieces).for_each(|piece| search.push(piece, &mut found));
            search.finish(&mut found);
            assert_eq!(search.told(), found.len());
            (found, search.next())
        });
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0], answers[2]);
        std::mem::take(&mut answers[0])
    }

    fn lines(log: &[u8], text: &str, is_regex: bool, match_case: bool) -> Vec<u64> {
        let pattern = Pattern::new(text, is_regex, match_case).unwrap();
        search(log, &pattern, 1, 1000).0.iter().map(|hit| hit.line).collect()
    }

    const LOG: &[u8] = b"2024-01-31T12:00:00.1234567Z ##[group]Run test\n\
        2024-01-31T12:00:01.1234567Z Er\x1b[31mror\x1b[0m 2024\n\
        loading\r\x1b[Kdone\r\n\
        a.c\nabc\nerror";

    #[test]
    fn what_is_seen_is_found_and_nothing_else() {
        assert_eq!(lines(LOG, "Error", false, true), [2], "colours inside a word do not matter");
        assert_eq!(lines(LOG, "error", false, false), [2, 6]);
        assert_eq!(lines(LOG, "2024", false, true), [2], "times are no text");
        assert_eq!(lines(LOG, "group", false, true), [] as [u64; 0], "markers are no text");
        assert_eq!(lines(LOG, "loading", false, true), [] as [u64; 0], "it is overwritten");
        assert_eq!(lines(LOG, "a.c", false, true), [4], "a text is no expression");
        assert_eq!(lines(LOG, "^a.c$", true, true), [4, 5]);
        assert_eq!(lines(LOG, "done$", true, true), [3]);
    }

    #[test]
    fn spans_count_as_javascript_does() {
        let pattern = Pattern::new("b+|x*", true, true).unwrap();
        let (found, _) = search("\u{1f600}abb\u{e9}b".as_bytes(), &pattern, 1, 10);
        assert_eq!(found, [Hit { line: 1, spans: vec![[3, 5], [6, 7]] }]);
    }

    #[test]
    fn a_search_that_is_cut_says_where_to_go_on() {
        let log = b"x\n".repeat(5);
        let pattern = Pattern::new("x", false, true).unwrap();
        let (found, next) = search(&log, &pattern, 2, 2);
        assert_eq!((found.iter().map(|hit| hit.line).collect::<Vec<_>>(), next), (vec![2, 3], Some(4)));
        assert_eq!(search(&log, &pattern, 4, 2).1, None, "nothing is left");
    }

    #[test]
    fn a_wrong_or_huge_expression_is_refused_with_a_sentence() {
        for wrong in ["(", "a{999999999}", "(a{1000}){1000}", "(?=x)", r"(a)\1", &"(".repeat(500)] {
            let sentence = Pattern::new(wrong, true, true).unwrap_err();
            assert!(!sentence.is_empty() && !sentence.contains('\n'), "{wrong}: {sentence}");
        }
    }
}
