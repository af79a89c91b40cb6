//! What `cargo test` prints: one or more test binaries and documentation tests, one after the other.

use super::lines::{Lines, Tail, head_lines, seconds_ms};
use super::{Case, Detail, Draft, Head, Input, Problem, Status};
use std::collections::HashMap;
use std::sync::Arc;

/// Whether this is one: a test binary that begins, and either tests of it or its result.
pub(super) fn detect(head: &Head) -> bool {
    let (mut begins, mut agrees) = (false, false);
    for line in head_lines(head, 2000) {
        begins |= running(line).is_some();
        agrees |= line.starts_with("test result: ") || line.starts_with("test ") && line.contains(" ... ");
    }
    begins && agrees
}

/// `running 3 tests`
fn running(line: &str) -> Option<u64> {
    let (count, word) = line.strip_prefix("running ")?.split_once(' ')?;
    matches!(word, "test" | "tests").then(|| count.parse().ok())?
}

/// The binary whose tests follow: `Running unittests src/lib.rs (target/…)`, `Doc-tests shop`.
fn binary(line: &str) -> Option<&str> {
    let text = line.trim_start();
    if let Some(name) = text.strip_prefix("Doc-tests ") {
        return Some(name);
    }
    let rest = text.strip_prefix("Running ")?;
    let path = rest.rsplit_once(" (").map_or(rest, |(path, _)| path).trim();
    (line.starts_with(' ') && !path.is_empty()).then(|| path.strip_prefix("unittests ").unwrap_or(path))
}

/// Status, reason of a skip, and duration, as they stand behind `test name ... `.
fn outcome(text: &str) -> Option<(Status, Option<&str>, Option<u64>)> {
    let text = text.trim();
    let (text, ms) = match text.strip_suffix("s>").and_then(|text| text.rsplit_once(" <")) {
        Some((text, seconds)) => (text, seconds_ms(seconds)),
        None => (text, None),
    };
    match text {
        "ok" => Some((Status::Passed, None, ms)),
        "FAILED" | "FAILED (allowed)" => Some((Status::Failed, None, ms)),
        "ignored" => Some((Status::Skipped, None, ms)),
        _ if text.starts_with("bench: ") => Some((Status::Passed, None, None)),
        _ => text.strip_prefix("ignored, ").map(|reason| (Status::Skipped, Some(reason), ms)),
    }
}

/// Name and outcome. Most tests pass, so that ending is looked at first.
fn split_outcome(rest: &str) -> Option<(&str, &str)> {
    match rest.strip_suffix(" ... ok") {
        Some(name) => Some((name, "ok")),
        None => rest.rsplit_once(" ... "),
    }
}

/// Name without the notes that the runner puts behind it.
fn bare(name: &str) -> &str {
    let notes = [" - should panic", " - compile fail", " - compile"];
    notes.into_iter().find_map(|note| name.strip_suffix(note)).unwrap_or(name)
}

/// A test binary whose result has not come yet.
#[derive(Default)]
struct Binary {
    suite: Arc<str>,
    planned: Option<u64>,
    seen: u64,
    /// Places in the draft of those that failed: what they wrote comes later.
    failing: Vec<(String, usize)>,
    /// What failing tests wrote, and how much that is.
    outputs: HashMap<String, Tail>,
    held_bytes: usize,
    /// Test whose output is being read.
    writes: Option<String>,
    /// Test whose outcome comes on a later line, behind what it printed.
    waits: Option<String>,
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input, draft);
    let mut binary = Binary::default();
    let mut suite: Arc<str> = Arc::from("");
    let mut count = 0_u64;
    while let Some(line) = lines.next(draft) {
        count += 1;
        if let Some(name) = self::binary(line) {
            suite = Arc::from(name);
        } else if let Some(planned) = running(line) {
            binary.end(draft, None);
            binary = Binary { suite: suite.clone(), planned: Some(planned), ..Binary::default() };
        } else if let Some(result) = line.strip_prefix("test result: ") {
            binary.end(draft, Some(result));
            binary = Binary::default();
            suite = Arc::from("");
        } else {
            binary.take(line, draft);
        }
    }
    binary.end(draft, None);
    if count == 0 {
        draft.problem(Problem::Empty);
    }
}

impl Binary {
    fn take(&mut self, line: &str, draft: &mut Draft) {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" ----")) {
            let name = name.trim_end_matches(" stdout").trim_end_matches(" stderr");
            self.writes = Some(bare(name).to_owned());
        } else if line == "failures:" {
            self.writes = None;
        } else if let Some(name) = &self.writes {
            if self.held_bytes < draft.limits().all_text_bytes {
                let tail = self.outputs.entry(name.clone()).or_default();
                let before = tail.as_str().len();
                tail.push_line(line, draft.limits().text_bytes);
                // A name is held too.
                self.held_bytes = (self.held_bytes + tail.as_str().len() + 64).saturating_sub(before);
            }
        } else {
            self.take_test(line, draft);
        }
    }

    fn take_test(&mut self, line: &str, draft: &mut Draft) {
        if let Some((name, rest)) = line.strip_prefix("test ").and_then(split_outcome)
            && self.planned.is_some()
        {
            match outcome(rest) {
                Some(outcome) => self.add(name, outcome, draft),
                None => self.waits = Some(name.to_owned()),
            }
        } else if let Some(outcome) = self.waits.as_ref().and(outcome(line))
            && let Some(name) = self.waits.take()
        {
            self.add(&name, outcome, draft);
        }
    }

    fn add(&mut self, name: &str, outcome: (Status, Option<&str>, Option<u64>), draft: &mut Draft) {
        self.waits = None;
        self.seen += 1;
        let (status, reason, duration_ms) = outcome;
        let detail = reason.map(|reason| Detail { message: reason.to_owned(), ..Detail::default() });
        let (suite, name) = (self.suite.clone(), bare(name).to_owned());
        let class = name.rsplit_once("::").filter(|_| !name.contains(' ')).map(|(module, _)| Arc::from(module));
        let place = draft.len();
        if status == Status::Failed {
            self.failing.push((name.clone(), place));
        }
        draft.push(Case { suite, class, name, status, duration_ms, detail, ..Case::default() });
        if draft.len() == place {
            // Dropped: there is nothing to add to it.
            self.failing.pop_if(|(_, at)| *at == place);
        }
    }

    /// Gives what failing tests wrote to the draft. Without a result the binary broke off.
    fn end(&mut self, draft: &mut Draft, result: Option<&str>) {
        for (name, place) in self.failing.drain(..) {
            let detail = detail(self.outputs.get(&name).map_or("", Tail::as_str));
            draft.amend_one(place, |case| case.detail = Some(detail));
        }
        if let Some(planned) = self.planned.filter(|planned| result.is_none() || *planned != self.seen) {
            // Filtered runs plan what they run, so that both counts agree whenever a binary came to its end.
            let reason = format!("planned {planned} tests, saw {}", self.seen);
            draft.problem(Problem::Interrupted { reason });
        }
    }
}

/// What a failing Rust test wrote: the panic, or the error it returned.
pub(super) fn detail(output: &str) -> Detail {
    let stack = Some(output.trim_end().trim_start_matches('\n')).filter(|stack| !stack.is_empty());
    let mut lines = output.lines();
    let message = loop {
        let Some(line) = lines.next() else { break None };
        if let Some(error) = line.strip_prefix("Error: ") {
            break Some((None, error.to_owned()));
        }
        if let Some((_, place)) = line.split_once("' panicked at ").or_else(|| line.split_once(") panicked at ")) {
            break Some((Some("panicked".to_owned()), panic_message(place, lines)));
        }
    };
    let first = || output.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    let (kind, message) = message.unwrap_or_else(|| (None, first()));
    Detail { kind, message, stack: stack.map(str::to_owned) }
}

/// Older versions quote the message before the place; newer ones write it on the lines that follow.
fn panic_message<'a>(place: &str, lines: impl Iterator<Item = &'a str>) -> String {
    if let Some((message, _)) = place.strip_prefix('\'').and_then(|quoted| quoted.rsplit_once("', ")) {
        return message.to_owned();
    }
    let ends =
        |line: &&str| !line.is_empty() && !line.starts_with("note: run with") && !line.starts_with("stack backtrace:");
    lines.take_while(ends).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, read as read_report};
    use super::*;

    const SAMPLE: &str = "\
   Compiling shop v0.1.0
     Running unittests src/lib.rs (target/debug/deps/shop-1234)

running 4 tests
test cart::adds ... ok
test cart::pays ... FAILED
test cart::ships ... ignored, no ship
test cart::talks ... hello
ok

failures:

---- cart::pays stdout ----

thread 'cart::pays' (41) panicked at src/cart.rs:9:5:
assertion `left == right` failed
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace


failures:
    cart::pays

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests shop

running 1 test
test src/lib.rs - Cart (line 3) - compile ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
";

    fn read_text(text: &str) -> Report {
        assert!(detect(&Head::new("out.txt", text.as_bytes())), "not detected");
        read_report(Format::LibtestText, &mut text.as_bytes(), &Limits::default())
    }

    #[test]
    fn binaries_and_documentation_tests_are_read() {
        let report = read_text(SAMPLE);
        let cases: Vec<_> =
            report.cases.iter().map(|case| (case.suite.as_ref(), case.name.as_str(), case.status)).collect();
        let expected = [
            ("src/lib.rs", "cart::adds", Status::Passed),
            ("src/lib.rs", "cart::pays", Status::Failed),
            ("src/lib.rs", "cart::ships", Status::Skipped),
            ("src/lib.rs", "cart::talks", Status::Passed),
            ("shop", "src/lib.rs - Cart (line 3)", Status::Passed),
        ];
        assert_eq!(cases, expected);
        assert_eq!(report.problems, []);
        let detail = report.cases[1].detail.as_ref().unwrap();
        assert_eq!(detail.kind.as_deref(), Some("panicked"));
        assert_eq!(detail.message, "assertion `left == right` failed\n  left: 1\n right: 2");
        assert_eq!(report.cases[2].detail.as_ref().unwrap().message, "no ship");
        assert_eq!(report.cases[0].class.as_deref(), Some("cart"));
    }

    #[test]
    fn a_binary_that_breaks_off_is_a_problem() {
        let report = read_text("running 3 tests\ntest a ... ok\nerror: test failed: signal: 11\n");
        assert_eq!(report.problems, [Problem::Interrupted { reason: "planned 3 tests, saw 1".to_owned() }]);
    }

    #[test]
    fn older_panics_and_returned_errors_have_messages() {
        assert_eq!(detail("thread 'a' panicked at 'no, it's', src/a.rs:1:2\nnote: x").message, "no, it's");
        assert_eq!(detail("\nError: Missing(\"x\")\n").message, "Missing(\"x\")");
    }

    #[test]
    fn a_log_without_test_binaries_is_not_one() {
        assert!(!detect(&Head::new("a.txt", b"test one ... ok\nrunning late\ntest result: fine\n")));
    }
}
