//! go test -json: an event a line, of several packages at once, with lines of other programs in between.

use super::go::{Ended, Go, Package};
use super::json::{Lines, Object, Value, duration_ms};
use super::lines::head_lines;
use super::{Draft, Head, Input, Problem, Status};
use serde::de::MapAccess;
use std::collections::HashMap;
use std::sync::Arc;

/// Packages at once.
const MOST_PACKAGES: usize = 10_000;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head_lines(head, 100).any(|line| {
        let is_event = line.starts_with('{') && line.contains("\"Action\":\"");
        is_event
            && (line.contains("\"Package\":\"") || line.contains("\"ImportPath\":\"") || line.contains("\"Test\":\""))
    })
}

/// One event.
#[derive(Default)]
struct Event {
    /// Whether the time is wanted: that of the first event tells when it all began.
    wants_time: bool,
    time: Option<i64>,
    action: String,
    package: String,
    test: Option<String>,
    output: Option<String>,
    elapsed: Option<f64>,
    import_path: Option<String>,
    failed_build: Option<String>,
}

impl Object for Event {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "Time" if self.wants_time => self.time = value.time_ms()?,
            "Action" => self.action = value.name()?.unwrap_or_default(),
            "Package" => self.package = value.name()?.unwrap_or_default(),
            "Test" => self.test = value.name()?.filter(|test| !test.is_empty()),
            "Output" => self.output = value.text()?,
            "Elapsed" => self.elapsed = value.number()?,
            "ImportPath" => self.import_path = value.name()?,
            "FailedBuild" => self.failed_build = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input);
    let mut events = Events { go: Go::new(draft), packages: HashMap::new(), has_time: false };
    while let Some(line) = lines.next() {
        let line = match line {
            Ok(line) => line,
            Err(problem) => {
                events.go.draft().problem(problem);
                continue;
            }
        };
        // Compilers and programs that write past the test runner.
        if !line.text.starts_with('{') {
            events.go.build_line(line.text);
            continue;
        }
        let mut event = Event { wants_time: !events.has_time, ..Event::default() };
        match line.parse(&mut event) {
            Ok(()) => events.take(event),
            Err(problem) => events.go.draft().problem(problem),
        }
    }
    events.finish();
}

struct Events<'d> {
    go: Go<'d>,
    packages: HashMap<Arc<str>, Package>,
    has_time: bool,
}

impl Events<'_> {
    fn take(&mut self, event: Event) {
        if let Some(at) = event.time {
            self.has_time = true;
            self.go.draft().set_started_at(at);
        }
        if let ("build-output", Some(path), Some(text)) = (event.action.as_str(), &event.import_path, &event.output) {
            self.go.build_output(path.split(' ').next().unwrap_or(path), text);
            return;
        }
        let (name, mut package) = match self.packages.remove_entry(event.package.as_str()) {
            Some(known) => known,
            None => (Arc::from(event.package.as_str()), Package::default()),
        };
        if self.take_of(&name, &mut package, &event) {
            let ended = if event.action == "fail" { Ended::Badly } else { Ended::Well };
            self.go.close(&name, package, ended, event.failed_build.as_deref());
        } else if self.packages.len() < MOST_PACKAGES && is_known(&event.action) {
            self.packages.insert(name, package);
        }
    }

    /// Takes an event of a package. Says whether it is the package's end.
    fn take_of(&mut self, name: &Arc<str>, package: &mut Package, event: &Event) -> bool {
        let ms = event.elapsed.and_then(|seconds| duration_ms(seconds * 1000.0));
        let status = match event.action.as_str() {
            "pass" | "bench" => Status::Passed,
            "fail" => Status::Failed,
            "skip" => Status::Skipped,
            "run" => {
                event.test.iter().for_each(|test| self.go.run(package, test));
                return false;
            }
            "output" => {
                self.output(name, package, event);
                return false;
            }
            _ => return false,
        };
        match &event.test {
            Some(test) => {
                self.go.end(Some(name), package, test, (status, ms));
                false
            }
            None => event.action != "bench",
        }
    }

    fn output(&mut self, name: &Arc<str>, package: &mut Package, event: &Event) {
        let Some(text) = &event.output else { return };
        match &event.test {
            Some(_) if self.go.benchmark(Some(name), package, text) => {}
            Some(test) => {
                if Go::may_begin(package, test) {
                    self.go.run(package, test);
                }
                self.go.output(package, Some(test), text);
            }
            None => self.go.package_output(name, package, text),
        }
    }

    fn finish(mut self) {
        let mut left: Vec<(Arc<str>, Package)> = self.packages.drain().collect();
        left.sort_by(|a, b| a.0.cmp(&b.0));
        if !left.is_empty() {
            self.go.draft().problem(Problem::Truncated);
        }
        for (name, package) in left {
            self.go.close(&name, package, Ended::Never, None);
        }
        if self.go.draft().is_blank() && self.go.is_silent() {
            self.go.draft().problem(Problem::Empty);
        }
    }
}

fn is_known(action: &str) -> bool {
    matches!(action, "run" | "output" | "pass" | "fail" | "skip" | "bench" | "pause" | "cont" | "start" | "attr")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, Scope, read as read_report};
    use super::*;

    fn read_json(text: &str) -> Report {
        assert!(detect(&Head::new("out.json", text.as_bytes())), "not detected");
        read_report(Format::GoJson, &mut text.as_bytes(), &Limits::default())
    }

    fn event(action: &str, package: &str, test: &str, output: &str) -> String {
        let time = "2026-01-02T03:04:05.5Z";
        serde_json::json!({"Time": time, "Action": action, "Package": package, "Test": test, "Output": output, "Elapsed": 0.25})
            .to_string()
            + "\n"
    }

    #[test]
    fn packages_may_be_interleaved() {
        let text = [
            event("run", "a", "TestX", ""),
            event("run", "b", "TestX", ""),
            event("output", "b", "TestX", "    x_test.go:3: no money\n"),
            event("output", "b", "TestX", "--- FAIL: TestX (0.25s)\n"),
            "warning: something else\n".to_owned(),
            event("pass", "a", "TestX", ""),
            event("pass", "a", "", ""),
            event("fail", "b", "TestX", ""),
            event("skip", "b", "TestY", ""),
            event("fail", "b", "", ""),
        ]
        .concat();
        let report = read_json(&text);
        let cases: Vec<_> =
            report.cases.iter().map(|case| (case.suite.as_ref(), case.name.as_str(), case.status)).collect();
        let expected =
            [("a", "TestX", Status::Passed), ("b", "TestX", Status::Failed), ("b", "TestY", Status::Skipped)];
        assert_eq!(cases, expected);
        assert_eq!(report.cases[1].detail.as_ref().unwrap().message, "no money");
        assert_eq!((report.cases[1].duration_ms, report.started_at), (Some(250), Some(1_767_323_045_500)));
        assert_eq!(report.problems, []);
    }

    #[test]
    fn a_package_that_fails_without_a_test_is_a_failure() {
        let text = [
            event("output", "a", "", "panic: boom\n"),
            event("output", "a", "", "FAIL\ta\t0.1s\n"),
            event("fail", "a", "", ""),
            r#"{"ImportPath":"b [b.test]","Action":"build-output","Output":"b/x.go:1:2: undefined: y\n"}"#.to_owned()
                + "\n",
            r#"{"ImportPath":"b [b.test]","Action":"build-fail"}"#.to_owned() + "\n",
            event("output", "b", "", "FAIL\tb [build failed]\n"),
            r#"{"Action":"fail","Package":"b","FailedBuild":"b [b.test]"}"#.to_owned() + "\n",
        ]
        .concat();
        let cases = read_json(&text).cases;
        assert_eq!(
            (cases[0].name.as_str(), cases[0].scope, cases[0].status),
            ("Failure", Scope::Suite, Status::Errored)
        );
        assert_eq!(cases[0].detail.as_ref().unwrap().message, "boom");
        assert_eq!((cases[1].name.as_str(), cases[1].scope), ("[build failed]", Scope::Suite));
        assert_eq!(cases[1].detail.as_ref().unwrap().message, "undefined: y");
    }

    #[test]
    fn a_failing_test_that_is_run_again_has_tries() {
        let round = |action: &str| {
            [event("run", "a", "TestX", ""), event(action, "a", "TestX", ""), event(action, "a", "", "")].concat()
        };
        let report = read_json(&(round("fail") + &round("fail") + &round("pass")));
        assert_eq!(report.cases.len(), 1);
        assert_eq!((report.cases[0].tries.len(), report.cases[0].is_flaky()), (2, true));
        let twice = [event("run", "a", "TestX", ""), event("pass", "a", "TestX", "")].concat();
        let report = read_json(&(twice.clone() + &twice + &event("pass", "a", "", "")));
        assert_eq!(report.cases.len(), 2, "-count=2 is no retry");
    }

    #[test]
    fn a_benchmark_is_known_even_when_its_line_comes_in_pieces() {
        let text = [
            event("output", "a", "", "BenchmarkX-8  \t"),
            event("output", "a", "", " 500\t  4673 ns/op\n"),
            event("pass", "a", "", ""),
        ]
        .concat();
        let cases = read_json(&text).cases;
        assert_eq!((cases[0].name.as_str(), cases[0].status, cases.len()), ("BenchmarkX", Status::Passed, 1));
    }

    #[test]
    fn a_stream_that_breaks_off_is_not_green() {
        let report = read_json(&[event("run", "a", "TestX", ""), "{\"Action\":\"pa".to_owned()].concat());
        assert_eq!(report.cases[0].status, Status::Errored);
        assert!(report.problems.contains(&Problem::Truncated));
    }
}
