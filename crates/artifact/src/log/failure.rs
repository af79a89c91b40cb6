//! Failures of a job, as its log tells them: the lines that compilers, test runners, machines and actions print
//! before a job ends badly. For jobs without reports; always a reading of text, never a count of tests.
//!
//! What a line may mean is in `rules`. This file follows the blocks that lines open, merges what is said twice
//! and keeps the strongest. Reads the log once, in constant memory.

use super::rules::{self, End, List, Rank, Start};
use super::text::{Lines, clean, cut};
use super::{Marker, line};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::Read;

/// Lines kept of what was written last, for exits that nothing explains.
const RECENT_LINES: usize = 60;
/// Bytes kept of each of them.
const RECENT_LINE_BYTES: usize = 512;
/// Lines of one block.
const BLOCK_LINES: usize = 200;
/// Lines of a step's own script that are passed over; a longer "script" is output that pretends to be one.
const SCRIPT_LINES: usize = 2000;
/// Failures kept of each rank while reading.
const HELD: usize = 60;

/// What may be kept of one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureLimits {
    /// Failures; the strongest are kept.
    pub failures: usize,
    /// Bytes of one excerpt.
    pub excerpt_bytes: usize,
    /// Bytes of a message, a kind or the name of a test.
    pub message_bytes: usize,
    /// Bytes read of one line; the rest of it is passed over.
    pub line_bytes: usize,
    /// Ids of artifacts.
    pub artifact_ids: usize,
}

impl Default for FailureLimits {
    fn default() -> Self {
        FailureLimits {
            failures: 20,
            excerpt_bytes: 8 << 10,
            message_bytes: 1 << 10,
            line_bytes: 16 << 10,
            artifact_ids: 100,
        }
    }
}

/// One failure that a log tells of. All texts are without timestamps and colours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogFailure {
    /// Line of the log that begins it, from 1.
    pub line: u64,
    /// Code or class of the error: `E0308`, `AssertionError`, `exit code 101`, `panicked`.
    pub kind: Option<String>,
    /// Rule that found it: `rustc`, `pytest`, `machine`; absent for annotations and for what precedes an exit.
    pub tool: Option<Cow<'static, str>>,
    /// Name of the test that failed, where a test runner says it.
    pub test: Option<String>,
    /// First line that says what happened.
    pub message: String,
    /// The lines of it.
    pub excerpt: String,
}

/// What a log tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogReading {
    /// Failures, the strongest first: those that a compiler or a test runner names in the order of the log, then
    /// those of machines, then errors that programs raised and whatever else calls itself one, the last of them first.
    pub failures: Vec<LogFailure>,
    /// Ids of artifacts that steps of this job say they uploaded, each once.
    pub artifact_ids: Vec<u64>,
    /// Lines read.
    pub lines: u64,
}

/// Reads a job log. Never fails: where reading breaks off, what was read until then counts.
pub fn failures(reader: &mut dyn Read, limits: &FailureLimits) -> LogReading {
    let mut watch = Watch::new(*limits);
    let mut lines = Lines::new(reader, limits.line_bytes);
    while let Ok(Some(raw)) = lines.next_line() {
        watch.take(raw);
    }
    watch.finish()
}

/// A block that a line has opened and further lines belong to.
struct Block {
    start: Start,
    line: u64,
    excerpt: String,
    lines: usize,
}

/// A failure with what it says for itself.
struct Held {
    rank: Rank,
    failure: LogFailure,
}

/// The state while a log goes by.
struct Watch {
    limits: FailureLimits,
    reading: LogReading,
    held: Vec<Held>,
    block: Option<Block>,
    list: List,
    /// Lines of a step's script still passed over; 0 outside of one.
    script: usize,
    recent: VecDeque<(u64, String)>,
    /// What preceded the last exit with a code.
    exit: Option<LogFailure>,
}

impl Watch {
    fn new(limits: FailureLimits) -> Watch {
        Watch {
            limits,
            reading: LogReading::default(),
            held: Vec::new(),
            block: None,
            list: List::None,
            script: 0,
            recent: VecDeque::with_capacity(RECENT_LINES + 1),
            exit: None,
        }
    }

    fn take(&mut self, raw: &[u8]) {
        self.reading.lines += 1;
        let parsed = line(raw);
        let text = clean(parsed.text);
        match parsed.marker {
            Some(Marker::Group) if text.starts_with("Run ") => self.begin_script(),
            Some(Marker::EndGroup) => self.end_script(),
            Some(Marker::Error) => self.take_annotation(&text),
            Some(_) => self.close(),
            None if self.script > 0 => self.script -= 1,
            None => self.take_output(&text),
        }
    }

    /// The runner prints a step's script and its environment before running it; they are not output.
    fn begin_script(&mut self) {
        self.close();
        self.script = SCRIPT_LINES;
        self.list = List::None;
        self.recent.clear();
    }

    fn end_script(&mut self) {
        self.script = 0;
        self.close();
    }

    fn take_output(&mut self, text: &str) {
        self.note_artifact(text);
        if let Some(list) = rules::list(text) {
            self.list = list;
        }
        if !self.continues_block(text)
            && let Some(start) = rules::start(text, self.list)
        {
            self.open(start, text);
        }
        self.remember(text);
    }

    fn take_annotation(&mut self, text: &str) {
        self.close();
        self.script = 0;
        if let Some(code) = text.strip_prefix("Process completed with exit code ") {
            self.exit = Some(self.explain_exit(code.trim_end_matches('.')));
            return;
        }
        let line = self.reading.lines;
        let start = rules::start(text, self.list);
        let rank = start.as_ref().map_or(Rank::Loose, |start| start.rank);
        let known = start.filter(|start| !start.message.is_empty() || start.test.is_some());
        let failure = LogFailure {
            line,
            kind: known.as_ref().and_then(|start| start.kind.clone()),
            tool: known.as_ref().map(|start| start.tool.into()),
            test: known.as_ref().and_then(|start| start.test.clone()),
            message: text.trim().to_owned(),
            excerpt: text.to_owned(),
        };
        self.hold(Held { rank, failure });
        self.remember(text);
    }

    fn open(&mut self, start: Start, text: &str) {
        self.close();
        let ends_here = start.end == End::Here;
        let excerpt = cut(text, self.limits.excerpt_bytes).to_owned();
        self.block = Some(Block { start, line: self.reading.lines, excerpt, lines: 1 });
        if ends_here {
            self.close();
        }
    }

    /// Adds the line to the open block, or closes the block. Says whether the line is done with.
    fn continues_block(&mut self, text: &str) -> bool {
        let Some(block) = &mut self.block else { return false };
        let is_indented = text.starts_with([' ', '\t']);
        let is_blank = text.trim().is_empty();
        let goes_on = match block.start.end {
            End::Here => false,
            End::Blank => !is_blank,
            End::Dedent => is_blank || is_indented,
            End::Traceback => true,
            End::Ruler => !["====", "____", "⎯⎯⎯⎯"].iter().any(|ruler| text.starts_with(ruler)),
        };
        let next = if goes_on && is_indented { rules::start(text, self.list) } else { None };
        let is_next = next.is_some_and(|next| next.tool == block.start.tool && next.test.is_some());
        // Whatever is loosely an error gives way to what names its failure.
        let is_better = goes_on
            && block.start.rank >= Rank::Raised
            && rules::start(text, self.list).is_some_and(|next| next.rank == Rank::Named);
        if !goes_on || is_next || is_better {
            self.close();
            return false;
        }
        block.add(text, &self.limits);
        if block.lines >= BLOCK_LINES || (block.start.end == End::Traceback && is_raised(text)) {
            self.close();
        }
        true
    }

    fn close(&mut self) {
        let Some(block) = self.block.take() else { return };
        // A block that was opened for its next lines may have got none.
        let message = match block.start.message.is_empty() && block.start.test.is_none() {
            true => block.excerpt.lines().next().unwrap_or_default().trim().to_owned(),
            false => block.start.message,
        };
        let failure = LogFailure {
            line: block.line,
            kind: block.start.kind,
            tool: Some(block.start.tool.into()),
            test: block.start.test,
            message,
            excerpt: block.excerpt,
        };
        self.hold(Held { rank: block.start.rank, failure });
    }

    /// Keeps a failure, unless it is one that is known: then the longer text of both counts.
    fn hold(&mut self, mut new: Held) {
        let most = self.limits.message_bytes;
        for text in [&mut new.failure.kind, &mut new.failure.test].into_iter().flatten() {
            text.truncate(cut(text, most).len());
        }
        new.failure.message.truncate(cut(&new.failure.message, most).len());
        new.failure.excerpt.truncate(cut(&new.failure.excerpt, self.limits.excerpt_bytes).len());
        if let Some(known) = self.held.iter_mut().find(|known| is_same(&known.failure, &new.failure)) {
            merge(known, new);
            return;
        }
        let rank = new.rank;
        let of_rank = self.held.iter().filter(|held| held.rank == rank).count();
        if of_rank < HELD {
            self.held.push(new);
        } else if rank != Rank::Named
            && let Some(oldest) = self.held.iter().position(|held| held.rank == rank)
        {
            // Of what is loosely an error the last is nearest to the exit; of named failures the first caused the rest.
            self.held.remove(oldest);
            self.held.push(new);
        }
    }

    fn remember(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if self.recent.len() == RECENT_LINES {
            self.recent.pop_front();
        }
        self.recent.push_back((self.reading.lines, cut(text, RECENT_LINE_BYTES).to_owned()));
    }

    /// The last lines that look like an error before the exit, else just the last lines.
    fn explain_exit(&self, code: &str) -> LogFailure {
        let looks_bad = |text: &str| {
            let lower = text.to_ascii_lowercase();
            ["error", "fail", "fatal", "cannot", "denied", "not found", "abort"].iter().any(|word| lower.contains(word))
        };
        let bad = self.recent.iter().rposition(|(_, text)| looks_bad(text));
        let first = bad.unwrap_or(self.recent.len().saturating_sub(15));
        let last = (first + 30).min(self.recent.len());
        let lines: Vec<&str> = self.recent.range(first..last).map(|(_, text)| text.as_str()).collect();
        let message = if bad.is_some() { lines.first() } else { lines.last() };
        LogFailure {
            line: self.recent.get(first).map_or(self.reading.lines, |(line, _)| *line),
            kind: Some(cut(&format!("exit code {code}"), 40).to_owned()),
            message: message.map_or_else(|| format!("exit code {code}"), |text| text.trim().to_owned()),
            excerpt: cut(&lines.join("\n"), self.limits.excerpt_bytes).to_owned(),
            ..LogFailure::default()
        }
    }

    fn note_artifact(&mut self, text: &str) {
        let ids = &mut self.reading.artifact_ids;
        if let Some(id) = artifact_id(text)
            && ids.len() < self.limits.artifact_ids
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }

    fn finish(mut self) -> LogReading {
        self.close();
        drop_parents(&mut self.held);
        if self.held.is_empty() {
            self.reading.failures.extend(self.exit.take());
            return self.reading;
        }
        // Stable: within a rank the order of the log stays; of loose ones the last count.
        let mut held = self.held;
        held.sort_by_key(|held| {
            let line = held.failure.line;
            (held.rank, if held.rank == Rank::Named { line } else { u64::MAX - line })
        });
        held.truncate(self.limits.failures);
        self.reading.failures = held.into_iter().map(|held| with_message(held.failure)).collect();
        self.reading
    }
}

impl Block {
    fn add(&mut self, text: &str, limits: &FailureLimits) {
        self.lines += 1;
        let left = limits.excerpt_bytes.saturating_sub(self.excerpt.len() + 1);
        if left > 0 {
            self.excerpt.push('\n');
            self.excerpt.push_str(cut(text, left));
        }
        let trimmed = text.trim();
        if self.start.tool == "error" && self.lines == 2 && trimmed.starts_with("--> ") {
            self.start.tool = "rustc";
            self.start.rank = Rank::Named;
            self.start.message = self.start.message.trim_start_matches("error: ").to_owned();
        }
        if let Some(message) = self.message_in(text).map(str::trim).filter(|message| !message.is_empty()) {
            self.start.message = cut(message, limits.message_bytes).to_owned();
            if self.start.kind.is_none() {
                self.start.kind = rules::error_class(message).map(|class| cut(class, 200).to_owned());
            }
        }
    }

    /// The message, when this line of the block is where this tool writes it.
    fn message_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self.start.end {
            // Each line that is not indented replaces the one before; the last is what was raised.
            End::Traceback => Some(text).filter(|text| is_raised(text)),
            _ if !self.start.message.is_empty() => None,
            End::Ruler if self.start.tool == "pytest" => text.strip_prefix("E  "),
            // Mocha goes on with the title of the test, which ends with a colon.
            _ if self.start.tool == "mocha" && text.trim().ends_with(':') => None,
            _ => Some(text),
        }
    }
}

/// Whether the line ends a traceback: `Name: message`, or a name alone. Other lines may come in between.
fn is_raised(text: &str) -> bool {
    let name = text.split(": ").next().unwrap_or(text).trim_end_matches([':', ' ']);
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    name.starts_with(|c: char| c.is_alphabetic()) && name.chars().all(is_name)
}

/// Whether two failures are one that was told twice.
fn is_same(known: &LogFailure, new: &LogFailure) -> bool {
    match (&known.test, &new.test) {
        (Some(a), Some(b)) if known.tool == new.tool => a == b || is_pytest_tail(known.tool.as_deref(), a, b),
        (None, None) => known.message == new.message || known.message.contains(&new.message) && new.message.len() > 40,
        _ => false,
    }
}

/// pytest heads the long text with `TestClass.test_name` and ends with `path::TestClass::test_name`.
fn is_pytest_tail(tool: Option<&str>, section: &str, whole: &str) -> bool {
    let whole = whole.split_once("::").map_or("", |(_, tail)| tail);
    tool == Some("pytest") && whole.replace("::", ".") == section
}

fn merge(known: &mut Held, new: Held) {
    let (old, new_failure) = (&mut known.failure, new.failure);
    if new_failure.test.as_ref().map_or(0, String::len) > old.test.as_ref().map_or(0, String::len) {
        old.test = new_failure.test;
    }
    old.kind = old.kind.take().or(new_failure.kind);
    if old.message.is_empty() || new_failure.excerpt.len() > old.excerpt.len() && !new_failure.message.is_empty() {
        old.message = new_failure.message;
    }
    if new_failure.excerpt.len() > old.excerpt.len() {
        (old.line, old.excerpt) = (new_failure.line, new_failure.excerpt);
    }
    known.rank = known.rank.min(new.rank);
}

/// A test of which the log says nothing but that it failed has that line for a message.
fn with_message(mut failure: LogFailure) -> LogFailure {
    if failure.message.is_empty() {
        failure.message = failure.excerpt.lines().next().unwrap_or_default().trim().to_owned();
    }
    failure
}

/// Go reports a test as failed because a subtest of it did: the subtest says it all.
fn drop_parents(held: &mut Vec<Held>) {
    let tests: Vec<String> = held
        .iter()
        .filter(|held| held.failure.tool.as_deref() == Some("go test"))
        .filter_map(|held| held.failure.test.clone())
        .collect();
    held.retain(|held| {
        let Some(test) = held.failure.test.as_ref().filter(|_| held.failure.tool.as_deref() == Some("go test")) else {
            return true;
        };
        !tests.iter().any(|other| other.strip_prefix(test.as_str()).is_some_and(|rest| rest.starts_with('/')))
    });
}

/// The id in what the upload action prints: `Artifact ID is 12` or `… download URL: …/artifacts/12`.
fn artifact_id(text: &str) -> Option<u64> {
    if !rules::has(text, "rtifact ") {
        return None;
    }
    let rest = &text[text.find("rtifact ")?..];
    let digits = match rest.split_once("ID is ") {
        Some((_, digits)) => digits,
        None => rest.split_once("ownload URL: ")?.1.rsplit_once("/artifacts/")?.1,
    };
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(log: &str) -> LogReading {
        failures(&mut log.as_bytes(), &FailureLimits::default())
    }

    fn only(log: &str) -> LogFailure {
        let mut found = read(log).failures;
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    #[test]
    fn a_compiler_error_carries_its_block() {
        let log = "\
2026-01-02T03:04:05.1234567Z    Compiling shop v0.1.0
2026-01-02T03:04:05.1234567Z \x1b[1m\x1b[91merror[E0308]\x1b[0m: mismatched types
2026-01-02T03:04:05.1234567Z  --> src/lib.rs:2:5
2026-01-02T03:04:05.1234567Z   |
2026-01-02T03:04:05.1234567Z 2 |     1
2026-01-02T03:04:05.1234567Z 
2026-01-02T03:04:05.1234567Z ##[error]Process completed with exit code 101.
";
        let failure = only(log);
        assert_eq!((failure.line, failure.kind.as_deref(), failure.tool.as_deref()), (2, Some("E0308"), Some("rustc")));
        assert_eq!(failure.message, "mismatched types");
        assert_eq!(failure.excerpt, "error[E0308]: mismatched types\n --> src/lib.rs:2:5\n  |\n2 |     1");
    }

    #[test]
    fn a_rustc_error_without_a_code_is_known_by_its_place() {
        let failure =
            only("error: expected `;`\n --> src/a.rs:1:1\n\n##[error]Process completed with exit code 101.\n");
        assert_eq!((failure.tool.as_deref(), failure.message.as_str()), (Some("rustc"), "expected `;`"));
    }

    #[test]
    fn a_panicking_test_is_one_failure() {
        let log = "\
test cart::adds ... ok
test cart::pays ... FAILED

failures:

---- cart::pays stdout ----

thread 'cart::pays' (41) panicked at src/cart.rs:9:5:
assertion `left == right` failed
  left: 1
 right: 2

failures:
    cart::pays
";
        let failure = only(log);
        assert_eq!((failure.test.as_deref(), failure.kind.as_deref()), (Some("cart::pays"), Some("panicked")));
        assert_eq!((failure.line, failure.message.as_str()), (8, "assertion `left == right` failed"));
        assert!(failure.excerpt.ends_with(" right: 2"));
    }

    #[test]
    fn the_text_and_the_summary_of_pytest_are_one_failure() {
        let log = "\
____________ TestCart.test_pays ____________

    def test_pays():
>       assert 1 == 2
E       AssertionError: no money

test_cart.py:4: AssertionError
=========== short test summary info ===========
FAILED test_cart.py::TestCart::test_pays - AssertionError: no money
=========== 1 failed, 3 passed in 0.1s ===========
";
        let failure = only(log);
        assert_eq!(failure.test.as_deref(), Some("test_cart.py::TestCart::test_pays"));
        assert_eq!(failure.kind.as_deref(), Some("AssertionError"));
        assert_eq!((failure.line, failure.message.as_str()), (1, "AssertionError: no money"));
        assert!(failure.excerpt.contains(">       assert 1 == 2"));
    }

    #[test]
    fn a_subtest_speaks_for_its_parent() {
        let log =
            "--- FAIL: TestCart (0.00s)\n    --- FAIL: TestCart/pays (0.00s)\n        cart_test.go:9: no money\nFAIL\n";
        let failure = only(log);
        assert_eq!(
            (failure.test.as_deref(), failure.message.as_str()),
            (Some("TestCart/pays"), "cart_test.go:9: no money")
        );
    }

    #[test]
    fn jest_and_mocha_blocks_are_parted() {
        let jest =
            "  ● cart › adds\n\n    expect(1).toBe(2)\n\n  ● cart › pays\n\n    TypeError: no\n\nTests: 2 failed\n";
        let found = read(jest).failures;
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].message, "expect(1).toBe(2)");
        assert_eq!((found[1].test.as_deref(), found[1].kind.as_deref()), (Some("cart › pays"), Some("TypeError")));
        let mocha =
            "  1 passing\n  1 failing\n\n  1) cart\n       pays:\n\n      AssertionError: no\n      at a.js:1\n";
        assert_eq!(only(mocha).message, "AssertionError: no");
    }

    #[test]
    fn a_traceback_ends_with_what_was_raised() {
        let log = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 'x'\nbye\n";
        let failure = only(log);
        assert_eq!((failure.kind.as_deref(), failure.message.as_str()), (Some("KeyError"), "KeyError: 'x'"));
    }

    #[test]
    fn an_exit_that_nothing_explains_shows_what_came_before() {
        let log =
            "one\ndeployment failed, see above\nbye\n##[error]Process completed with exit code 3.\nPost job cleanup.\n";
        let failure = only(log);
        assert_eq!((failure.line, failure.kind.as_deref(), failure.tool.as_deref()), (2, Some("exit code 3"), None));
        assert_eq!(failure.message, "deployment failed, see above");
    }

    #[test]
    fn an_annotation_counts_and_the_script_of_a_step_does_not() {
        let log = "##[group]Run make\n\x1b[36;1mecho 'error: no'\x1b[0m\nFATAL: x\n##[endgroup]\n##[error]The operation was canceled.\n";
        let failure = only(log);
        assert_eq!((failure.line, failure.kind.as_deref()), (5, Some("canceled")));
    }

    #[test]
    fn a_good_log_tells_of_nothing_but_its_artifacts() {
        let log = "\
##[group]Run cargo test
cargo test
##[endgroup]
test result: ok. 3 passed; 0 failed; 0 ignored
Artifact shop.zip has been successfully uploaded! Final size is 10 bytes. Artifact ID is 4711
Artifact download URL: https://example.org/o/r/actions/runs/1/artifacts/4711
Artifact ID is 99999999999999999999999
";
        let reading = read(log);
        assert_eq!((reading.failures, reading.artifact_ids, reading.lines), (vec![], vec![4711], 7));
    }

    #[test]
    fn at_most_twenty_are_kept_and_the_named_ones_first() {
        let mut log = String::new();
        for number in 0..1000 {
            log += &format!("Error: loose {number}\n\nerror[E{number:04}]: named {number}\n\n");
        }
        let found = read(&log).failures;
        assert_eq!(found.len(), 20);
        assert!(found.iter().all(|failure| failure.tool.as_deref() == Some("rustc")));
        assert_eq!(found[0].message, "named 0");
    }

    #[test]
    fn hostile_lines_cost_no_memory() {
        let mut log = b"error: ".to_vec();
        log.resize(8 << 20, b'a');
        log.extend(b"\x1b[31m".repeat(1_000_000));
        log.extend_from_slice(b"\nAssertionError: last\n");
        let reading = failures(&mut &log[..], &FailureLimits::default());
        assert_eq!(reading.lines, 2);
        assert!(
            reading.failures.iter().all(|failure| failure.excerpt.len() <= 8 << 10 && failure.message.len() <= 1 << 10)
        );
    }
}
