//! Where things are in a log: offsets of lines, groups, marked lines, a picture of the whole, and the lines at which
//! steps may begin. Made in one pass over pieces of bytes; its size is bounded, whatever the log.
//!
//! Which step begins where is decided in `steps`; lines are counted from 1.

use super::split::{RawLine, Splitter};
use super::visible::visible;
use super::{Line, Marker, line};

/// Longest line that `lines` hands out whole, in bytes.
pub const LINE_BYTES: usize = 32 << 10;
/// Buckets of the minimap at most.
pub const MINIMAP_BUCKETS: usize = 400;

/// Lines between two kept offsets at first.
const STRIDE: u64 = 1_000;
/// Offsets kept; beyond, every second one is dropped.
const MOST_OFFSETS: usize = 1 << 16;
const MOST_GROUPS: usize = 20_000;
const MOST_MARKS_OF_A_LEVEL: usize = 500;
const MOST_HEADS: usize = 4_000;
const MOST_LONG_LINES: usize = 1_000;
/// Bytes kept of the text of a mark or head.
const TEXT_BYTES: usize = 300;
/// Lines by which a text is known to be a job log.
const FIRST_LINES: u64 = 5;

/// How bad a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A notice.
    Notice = 1,
    /// A warning.
    Warning = 2,
    /// An error.
    Error = 3,
}

/// A line with an annotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The line.
    pub line: u64,
    /// What it announces.
    pub level: Level,
    /// What it says, without colours, cut.
    pub text: String,
}

/// A line at which a step may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The line.
    pub line: u64,
    /// What kind of beginning it is.
    pub kind: HeadKind,
    /// What it says, without colours, cut.
    pub text: String,
    /// When it was written, in milliseconds since 1970.
    pub at_ms: Option<i64>,
}

/// What a step may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadKind {
    /// The group that shows what is run.
    Run,
    /// What an action does at the end of a job.
    Post,
    /// The end of the job.
    Complete,
    /// The start of containers.
    StartContainers,
    /// The stop of containers.
    StopContainers,
}

/// A closed group: its title is on the first line, its end on the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// First line.
    pub first: u64,
    /// Last line.
    pub last: u64,
}

/// Where things are in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Length of the log.
    pub size_bytes: u64,
    /// Lines of it.
    pub lines: u64,
    /// Whether times and markers of GitHub are read in it.
    pub is_job_log: bool,
    /// Lines between two offsets.
    pub stride: u64,
    /// Where line 1, line 1 + stride and so on begin.
    pub offsets: Vec<u64>,
    /// Closed groups, in order.
    pub groups: Vec<Group>,
    /// Marked lines, in order.
    pub marks: Vec<Mark>,
    /// How many notices, warnings and errors there are, kept or not.
    pub counts: [u64; 3],
    /// Whether marks or groups were left out.
    pub is_cut: bool,
    /// Lines per bucket of the minimap.
    pub minimap_stride: u64,
    /// Worst level of each bucket; 0 for none.
    pub minimap: Vec<u8>,
    /// Lines longer than [`LINE_BYTES`] and how long they are; the first thousand.
    pub long_lines: Vec<(u64, u64)>,
    /// Lines at which steps may begin, in order.
    pub heads: Vec<Head>,
}

impl Index {
    /// Where to read for line `line`: an offset, and how many lines to pass over from there. `None` beyond the end.
    pub fn place(&self, line: u64) -> Option<(u64, u64)> {
        let before = line.checked_sub(1).filter(|before| *before < self.lines)?;
        let offset = self.offsets.get(usize::try_from(before / self.stride).ok()?)?;
        Some((*offset, before % self.stride))
    }

    /// An offset at or after the end of line `line`.
    pub fn end(&self, line: u64) -> u64 {
        let at = usize::try_from(line.div_ceil(self.stride)).ok();
        at.and_then(|at| self.offsets.get(at)).copied().unwrap_or(self.size_bytes)
    }
}

/// Makes an [`Index`] out of pieces.
#[derive(Debug)]
pub struct Indexer {
    splitter: Splitter,
    state: State,
}

#[derive(Debug)]
struct State {
    index: Index,
    offset: u64,
    open: Option<u64>,
    kept: [usize; 3],
}

impl Indexer {
    /// Begins. Of a text that `is_job_log` is not sure about, the first lines tell.
    pub fn new(is_job_log: bool) -> Indexer {
        let index = Index {
            size_bytes: 0,
            lines: 0,
            is_job_log,
            stride: STRIDE,
            offsets: Vec::new(),
            groups: Vec::new(),
            marks: Vec::new(),
            counts: [0; 3],
            is_cut: false,
            minimap_stride: 1,
            minimap: Vec::new(),
            long_lines: Vec::new(),
            heads: Vec::new(),
        };
        // Only the beginning of a line means anything.
        Indexer { splitter: Splitter::new(4 << 10), state: State { index, offset: 0, open: None, kept: [0; 3] } }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.state.index.size_bytes += piece.len() as u64;
        let state = &mut self.state;
        self.splitter.push(piece, |line| {
            state.take(line);
            true
        });
    }

    /// The index, once all pieces were taken.
    pub fn finish(mut self) -> Index {
        if let Some(line) = self.splitter.rest() {
            self.state.take(line);
        }
        self.state.index
    }
}

impl State {
    fn take(&mut self, raw: RawLine<'_>) {
        let index = &mut self.index;
        if index.lines.is_multiple_of(index.stride) {
            index.offsets.push(self.offset);
            if index.offsets.len() > MOST_OFFSETS {
                drop_every_second(&mut index.offsets);
                index.stride *= 2;
            }
        }
        self.offset += raw.length + 1;
        index.lines += 1;
        if raw.length > LINE_BYTES as u64 && index.long_lines.len() < MOST_LONG_LINES {
            index.long_lines.push((index.lines, raw.length));
        }
        let parsed = line(raw.bytes);
        if !index.is_job_log && index.lines <= FIRST_LINES {
            let is_sign = parsed.timestamp.is_some() || parsed.marker.is_some_and(|found| found != Marker::Command);
            index.is_job_log = is_sign;
        }
        let level = if self.index.is_job_log { self.note(&parsed) } else { None };
        self.paint(level);
    }

    /// Takes note of what a line of a job log says; answers how bad it is.
    fn note(&mut self, parsed: &Line<'_>) -> Option<Level> {
        match parsed.marker {
            None => {
                if let Some(kind) = head_of(parsed.text) {
                    self.head(kind, parsed);
                }
                None
            }
            Some(Marker::Group) => {
                self.open = Some(self.index.lines);
                if parsed.text.starts_with(b"Run ") {
                    self.head(HeadKind::Run, parsed);
                } else if parsed.text.starts_with(b"Checking docker version") {
                    self.head(HeadKind::StartContainers, parsed);
                }
                None
            }
            Some(Marker::EndGroup) => {
                if let Some(first) = self.open.take() {
                    if self.index.groups.len() < MOST_GROUPS {
                        self.index.groups.push(Group { first, last: self.index.lines });
                    } else {
                        self.index.is_cut = true;
                    }
                }
                None
            }
            Some(Marker::Error) => self.mark(Level::Error, parsed.text),
            Some(Marker::Warning) => self.mark(Level::Warning, parsed.text),
            Some(Marker::Notice) => self.mark(Level::Notice, parsed.text),
            Some(_) => None,
        }
    }

    fn head(&mut self, kind: HeadKind, parsed: &Line<'_>) {
        if self.index.heads.len() < MOST_HEADS {
            let at_ms = parsed.timestamp.and_then(milliseconds);
            self.index.heads.push(Head { line: self.index.lines, kind, text: short(parsed.text), at_ms });
        }
    }

    fn mark(&mut self, level: Level, text: &[u8]) -> Option<Level> {
        let at = level as usize - 1;
        self.index.counts[at] += 1;
        if self.kept[at] < MOST_MARKS_OF_A_LEVEL {
            self.kept[at] += 1;
            self.index.marks.push(Mark { line: self.index.lines, level, text: short(text) });
        } else {
            self.index.is_cut = true;
        }
        Some(level)
    }

    /// Adds the newest line to the minimap, whose buckets grow as it gets full.
    fn paint(&mut self, level: Option<Level>) {
        let index = &mut self.index;
        let level = level.map_or(0, |level| level as u8);
        let bucket = ((index.lines - 1) / index.minimap_stride) as usize;
        match index.minimap.get_mut(bucket) {
            Some(worst) => *worst = (*worst).max(level),
            None => index.minimap.push(level),
        }
        if index.minimap.len() > MINIMAP_BUCKETS {
            index.minimap = index.minimap.chunks(2).map(|pair| pair.iter().copied().max().unwrap_or(0)).collect();
            index.minimap_stride *= 2;
        }
    }
}

fn drop_every_second(offsets: &mut Vec<u64>) {
    let mut at = 0;
    offsets.retain(|_| {
        at += 1;
        at % 2 == 1
    });
}

/// What a line without a marker begins.
fn head_of(text: &[u8]) -> Option<HeadKind> {
    // Nearly every line ends here.
    let kind = match text.first()? {
        b'P' if text.starts_with(b"Post job cleanup.") => HeadKind::Post,
        b'P' if text.starts_with(b"Print service container logs: ") => HeadKind::StopContainers,
        b'S' if text.starts_with(b"Stop and remove container: ") => HeadKind::StopContainers,
        b'C' if text.starts_with(b"Cleaning up orphan processes") => HeadKind::Complete,
        _ => return None,
    };
    Some(kind)
}

fn short(text: &[u8]) -> String {
    let text = visible(&text[..text.len().min(4 * TEXT_BYTES)]);
    text[..text.floor_char_boundary(TEXT_BYTES.min(text.len()))].to_owned()
}

/// Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS.fffZ`, whose shape is known to be right.
fn milliseconds(timestamp: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| timestamp.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let seconds = number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let decimals: String = timestamp.get(20..)?.chars().take_while(char::is_ascii_digit).take(3).collect();
    let fraction = format!("{decimals:0<3}").parse::<i64>().ok()?;
    // Days of the civil calendar, counted from March so that the leap day is the last of a year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some((days * 86_400 + seconds) * 1_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index(log: &[u8]) -> Index {
        let mut indexer = Indexer::new(true);
        log.chunks(7).for_each(|piece| indexer.push(piece));
        indexer.finish()
    }

    #[test]
    fn lines_groups_and_marks_are_found() {
        let log = "\u{feff}2024-01-31T12:00:00.1234567Z Current runner version\n\
            2024-01-31T12:00:01.5Z ##[group]Run npm test\nnpm test\n##[endgroup]\n\
            ##[error]\u{1b}[31mit\u{1b}[0m failed\r\n##[warning]w\n##[notice]n\nPost job cleanup.\nlast";
        let found = index(log.as_bytes());
        assert_eq!((found.lines, found.size_bytes), (9, log.len() as u64));
        assert_eq!(found.groups, [Group { first: 2, last: 4 }]);
        let marks: Vec<_> = found.marks.iter().map(|mark| (mark.line, mark.level, mark.text.as_str())).collect();
        assert_eq!(marks, [(5, Level::Error, "it failed"), (6, Level::Warning, "w"), (7, Level::Notice, "n")]);
        assert_eq!(found.counts, [1, 1, 1]);
        assert_eq!(found.minimap, [0, 0, 0, 0, 3, 2, 1, 0, 0]);
        let heads: Vec<_> = found.heads.iter().map(|head| (head.line, head.kind, head.at_ms)).collect();
        assert_eq!(heads, [(2, HeadKind::Run, Some(1_706_702_401_500)), (8, HeadKind::Post, None)]);
        assert!(!found.is_cut);
    }

    #[test]
    fn a_group_that_never_ends_is_none() {
        let found = index(b"##[group]a\nx\n##[group]b\ny\n##[endgroup]\n##[endgroup]\n##[group]c\n");
        assert_eq!(found.groups, [Group { first: 3, last: 5 }]);
    }

    #[test]
    fn markers_in_an_ordinary_text_are_text() {
        let text = |head: &str| format!("{head}\n1\n2\n3\n4\n##[error]no\n");
        let mut plain = Indexer::new(false);
        plain.push(text("a").as_bytes());
        assert_eq!(plain.finish().marks, []);
        let mut log = Indexer::new(false);
        log.push(text("2024-01-31T12:00:00Z a").as_bytes());
        assert_eq!(log.finish().marks.len(), 1);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut log = b"##[group]x\n##[endgroup]\n##[error]y\n".repeat(30_000);
        log.extend(vec![b'z'; 100_000]);
        let found = index(&log);
        assert_eq!((found.lines, found.counts[2]), (90_001, 30_000));
        assert_eq!((found.groups.len(), found.marks.len()), (MOST_GROUPS, MOST_MARKS_OF_A_LEVEL));
        assert!(found.is_cut && found.minimap.len() <= MINIMAP_BUCKETS && found.minimap.len() > MINIMAP_BUCKETS / 2);
        assert_eq!(found.minimap[found.minimap.len() - 2], 3);
        assert_eq!(found.long_lines, [(90_001, 100_000)]);
    }

    #[test]
    fn the_times_of_heads_are_those_of_the_calendar() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59.9999999Z", 951_868_799_999),
            ("2024-03-01T00:00:00.05Z", 1_709_251_200_050),
        ] {
            assert_eq!(milliseconds(text), Some(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_place_leads_to_its_line(count in 0u64..5_000, wanted in 0u64..6_000) {
            let log: String = (1..=count).map(|n| format!("{n}\n")).collect();
            let found = index(log.as_bytes());
            prop_assert_eq!(found.lines, count);
            match found.place(wanted) {
                None => prop_assert!(wanted == 0 || wanted > count),
                Some((offset, skip)) => {
                    let rest = &log[offset as usize..found.end(wanted) as usize];
                    let line = rest.lines().nth(skip as usize).map(str::to_owned);
                    prop_assert_eq!(line, Some(wanted.to_string()));
                }
            }
        }
    }
}
