//! What `go test` prints, with or without `-v`.

use super::go::{Ended, Go, Package, reason};
use super::lines::{Lines, head_lines, seconds_ms};
use super::{Draft, Head, Input, Problem, Status};
use std::sync::Arc;

/// Lines looked at for marks.
const MARKED_LINES: usize = 500;
/// A mark must be among the first lines: a log that has a test run somewhere is not a report of it.
const FIRST_LINES: usize = 20;

/// What a line is.
#[derive(Debug, PartialEq)]
enum Line<'a> {
    /// `=== RUN TestA`
    Run(&'a str),
    /// `=== CONT TestA`, `=== NAME TestA`: what follows is written by that test.
    Writes(&'a str),
    /// `=== PAUSE TestA`
    Pause,
    /// `--- FAIL: TestA (0.1s)`
    End(Status, &'a str, Option<u64>),
    /// `ok package 0.1s`, `FAIL package 0.1s`, `FAIL package [build failed]`, `? package [no test files]`.
    Package(Ended, &'a str),
    /// `# package` above what a compiler says.
    Build,
    /// Anything else.
    Other,
}

fn parse(line: &str) -> Line<'_> {
    let text = line.trim_start();
    if let Some(rest) = text.strip_prefix("=== ") {
        return match rest.split_once(' ') {
            Some(("RUN", name)) if !name.trim().is_empty() => Line::Run(name.trim()),
            Some(("CONT" | "NAME", name)) => Line::Writes(name.trim()),
            Some(("PAUSE", _)) => Line::Pause,
            _ => Line::Other,
        };
    }
    if let Some(rest) = text.strip_prefix("--- ") {
        return end(rest).unwrap_or(Line::Other);
    }
    if line.starts_with("# ") && !line[2..].contains(": ") && line.split_whitespace().count() <= 3 {
        return Line::Build;
    }
    package(line).unwrap_or(Line::Other)
}

fn end(rest: &str) -> Option<Line<'_>> {
    let (word, rest) = rest.split_once(": ")?;
    let status = match word {
        "PASS" => Status::Passed,
        "FAIL" => Status::Failed,
        "SKIP" => Status::Skipped,
        _ => return None,
    };
    let (name, time) = rest.rsplit_once(" (").unwrap_or((rest, ""));
    if name.trim().is_empty() {
        return None;
    }
    let seconds = time.trim_end_matches([')', 's', ' ']).trim_end_matches(" second");
    Some(Line::End(status, name.trim(), seconds_ms(seconds)))
}

fn package(line: &str) -> Option<Line<'_>> {
    if !line.starts_with(['o', 'F', '?']) {
        return None;
    }
    let mut words = line.split_whitespace();
    let (word, name, time) = (words.next()?, words.next()?, words.next()?);
    let is_time = time.strip_suffix('s').is_some_and(|seconds| seconds.parse::<f64>().is_ok());
    let is_package = is_time || time.starts_with('[') || time == "(cached)";
    match word {
        "ok" | "?" if is_package => Some(Line::Package(Ended::Well, name)),
        "FAIL" if is_package && line.starts_with("FAIL") => Some(Line::Package(Ended::Badly, name)),
        _ => None,
    }
}

/// Whether this is one: two marks that agree, one of them near the beginning.
pub(super) fn detect(head: &Head) -> bool {
    let (mut ends, mut runs, mut packages, mut benchmarks, mut first) = (0, 0, 0, 0, usize::MAX);
    for (at, line) in head_lines(head, MARKED_LINES).enumerate() {
        let count = match parse(line) {
            Line::Run(name) if name.starts_with(['T', 'E', 'F', 'B']) => &mut runs,
            Line::End(..) => &mut ends,
            Line::Package(..) => &mut packages,
            Line::Other if line.starts_with("Benchmark") && line.contains(" ns/op") => &mut benchmarks,
            _ => continue,
        };
        *count += 1;
        first = first.min(at);
    }
    // A lone line "ok name 1s" could be anything; with the separator of go test it is nothing else.
    let by_package = packages > 0
        && head_lines(head, MARKED_LINES)
            .any(|line| ["ok  \t", "FAIL\t", "?   \t"].iter().any(|mark| line.starts_with(mark)));
    first < FIRST_LINES && (runs > 0 && ends > 0 || packages > 0 && ends + benchmarks > 0 || by_package)
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input, draft);
    let mut go = Go::new(draft);
    let (mut package, mut writes) = (Package::default(), None::<String>);
    let mut is_open = false;
    while let Some(line) = lines.next(go.draft()) {
        match parse(line) {
            Line::Package(ended, name) => {
                go.end_build();
                go.set_reason(&mut package, reason(line));
                go.close(&Arc::from(name), std::mem::take(&mut package), ended, None);
                (writes, is_open) = (None, false);
            }
            parsed => {
                is_open |= matches!(parsed, Line::Run(_) | Line::End(..));
                take(&mut go, &mut package, &mut writes, parsed, line);
            }
        }
    }
    if is_open {
        go.close(&Arc::from(""), package, Ended::Never, None);
        go.draft().problem(Problem::Truncated);
    } else if go.draft().is_blank() {
        // Benchmarks and nothing more, or nothing at all: there is no package line to end it.
        go.close(&Arc::from(""), package, Ended::Well, None);
    }
}

/// Takes a line of a package that has not ended.
fn take(go: &mut Go, package: &mut Package, writes: &mut Option<String>, parsed: Line, line: &str) {
    match parsed {
        Line::Run(name) => {
            go.end_build();
            go.run(package, name);
            *writes = Some(name.to_owned());
        }
        Line::Writes(name) => *writes = Some(name.to_owned()),
        Line::Pause | Line::Package(..) => {}
        Line::End(status, name, ms) => {
            go.end_build();
            go.end(None, package, name, (status, ms));
            *writes = Some(name.to_owned());
        }
        Line::Build => go.build_line(line),
        Line::Other if go.benchmark(None, package, line) => {}
        Line::Other => {
            go.build_line(line);
            // Without -v what a test wrote follows its end, indented.
            let text = format!("{line}\n");
            let last = writes.as_deref().filter(|_| line.starts_with("    "));
            if !last.is_some_and(|test| go.add_to_last(package, test, &text)) {
                go.output(package, writes.as_deref(), &text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, Scope, read as read_report};
    use super::*;

    fn read_text(text: &str) -> Report {
        assert!(detect(&Head::new("out.txt", text.as_bytes())), "not detected");
        read_report(Format::GoText, &mut text.as_bytes(), &Limits::default())
    }

    fn outcomes(report: &Report) -> Vec<(&str, &str, Status)> {
        report.cases.iter().map(|case| (case.suite.as_ref(), case.name.as_str(), case.status)).collect()
    }

    #[test]
    fn verbose_output_is_read() {
        let report = read_text(
            "=== RUN   TestA\n    a_test.go:3: started\n    a_test.go:4: no money\n--- FAIL: TestA (0.25s)\n=== RUN   TestB\n\
             === RUN   TestB/sub\n--- PASS: TestB (0.00s)\n    --- PASS: TestB/sub (0.00s)\nFAIL\nFAIL\tshop/cart\t0.3s\n\
             === RUN   TestC\n    c_test.go:1: not here\n--- SKIP: TestC (0.00s)\nPASS\nok  \tshop/pay\t(cached)\nFAIL\n",
        );
        let expected = [
            ("shop/cart", "TestA", Status::Failed),
            ("shop/cart", "TestB", Status::Passed),
            ("shop/cart", "TestB/sub", Status::Passed),
            ("shop/pay", "TestC", Status::Skipped),
        ];
        assert_eq!(outcomes(&report), expected);
        assert_eq!(report.cases[0].duration_ms, Some(250));
        let detail = report.cases[0].detail.as_ref().unwrap();
        assert_eq!(detail.message, "started");
        assert_eq!(detail.stack.as_deref(), Some("    a_test.go:3: started\n    a_test.go:4: no money"));
        assert_eq!(report.cases[3].detail.as_ref().unwrap().message, "not here");
    }

    #[test]
    fn quiet_output_has_the_message_behind_the_end() {
        let report = read_text("--- FAIL: TestA (0.00s)\n    a_test.go:4: no money\nFAIL\nFAIL\tshop\t0.1s\n");
        assert_eq!(report.cases[0].detail.as_ref().unwrap().message, "no money");
    }

    #[test]
    fn builds_and_panics_are_failures_of_the_suite() {
        let report = read_text(
            "# shop/cart\ncart/a.go:3:1: undefined: x\nFAIL\tshop/cart [build failed]\npanic: boom\n\ngoroutine 1 [running]:\n\
             FAIL\tshop/pay\t0.1s\n=== RUN   TestC\npanic: late\nFAIL\tshop/ship\t0.1s\n",
        );
        let cases = &report.cases;
        assert_eq!(
            (cases[0].name.as_str(), cases[0].scope, cases[0].status),
            ("[build failed]", Scope::Suite, Status::Errored)
        );
        assert_eq!(cases[0].detail.as_ref().unwrap().message, "undefined: x");
        assert_eq!((cases[1].scope, cases[1].detail.as_ref().unwrap().kind.as_deref()), (Scope::Suite, Some("panic")));
        assert_eq!((cases[2].name.as_str(), cases[2].scope, cases[2].status), ("TestC", Scope::Case, Status::Errored));
        assert_eq!(cases.len(), 3);
    }

    #[test]
    fn output_that_breaks_off_is_not_green() {
        let report = read_text("=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    b_test.go:1: x\n");
        assert_eq!(report.cases.iter().map(|case| case.status).collect::<Vec<_>>(), [Status::Passed, Status::Errored]);
        assert_eq!(report.problems, [Problem::Truncated]);
    }

    #[test]
    fn ordinary_logs_are_not_reports() {
        for text in ["ok\n", "# Title\n\nok then 5s of waiting\n", "FAIL: x\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n"] {
            assert!(!detect(&Head::new("a.txt", text.as_bytes())), "{text}");
        }
    }
}
