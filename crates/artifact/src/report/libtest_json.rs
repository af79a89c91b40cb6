//! Rust libtest JSON: an event a line, one test binary after the other.

use super::json::{Lines, Object, Value, duration_ms};
use super::libtest_text::detail;
use super::lines::head_lines;
use super::{Case, Detail, Draft, Head, Input, Problem, Status};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    head_lines(head, 100).any(|line| {
        let bare: String = line.chars().filter(|letter| !letter.is_whitespace()).take(200).collect();
        bare.starts_with("{\"type\":\"suite\",\"event\":\"started\"") && bare.contains("\"test_count\":")
    })
}

/// One event, of a suite, a test or a benchmark.
#[derive(Default)]
struct Event {
    of: String,
    name: String,
    event: String,
    stdout: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    seconds: Option<f64>,
    test_count: Option<u64>,
    failed: Option<u64>,
    suite: Names,
}

/// What cargo-nextest adds: the crate and the binary.
#[derive(Default)]
struct Names {
    krate: Option<String>,
    binary: Option<String>,
}

impl Object for Event {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "type" => self.of = value.name()?.unwrap_or_default(),
            "name" => self.name = value.name()?.unwrap_or_default(),
            "event" => self.event = value.name()?.unwrap_or_default(),
            "stdout" => self.stdout = value.tail()?,
            "message" => self.message = value.text()?,
            "reason" => self.reason = value.text()?,
            // Seconds; older versions wrote them as "0.003s".
            "exec_time" => {
                self.seconds = value
                    .scalar(|scalar| scalar.number().or_else(|| scalar.text()?.strip_suffix('s')?.parse().ok()))?;
            }
            "test_count" => self.test_count = value.count()?,
            "failed" => self.failed = value.count()?,
            "nextest" => value.object(&mut self.suite)?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for Names {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "crate" => self.krate = value.name()?,
            "test_binary" => self.binary = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

impl Names {
    fn title(&self) -> Arc<str> {
        match (&self.krate, &self.binary) {
            (Some(krate), Some(binary)) if krate != binary => Arc::from(format!("{krate}::{binary}")),
            (Some(one), _) | (None, Some(one)) => Arc::from(one.as_str()),
            (None, None) => Arc::from(""),
        }
    }
}

/// The binary that is running.
#[derive(Default)]
struct Binary {
    title: Arc<str>,
    planned: Option<u64>,
    seen: u64,
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut lines = Lines::new(input);
    let mut binary = Binary::default();
    let mut count = 0_u64;
    while let Some(line) = lines.next() {
        count += 1;
        let parsed = line.and_then(|line| {
            let mut event = Event::default();
            // Cargo and the tests themselves print in between.
            if line.text.starts_with('{') { line.parse(&mut event).map(|()| event) } else { Ok(event) }
        });
        match parsed {
            Ok(event) => binary.take(event, draft),
            Err(problem) => draft.problem(problem),
        }
    }
    binary.end(draft);
    if count == 0 {
        draft.problem(Problem::Empty);
    }
}

impl Binary {
    fn take(&mut self, event: Event, draft: &mut Draft) {
        match (event.of.as_str(), event.event.as_str()) {
            ("suite", "started") => {
                self.end(draft);
                *self = Binary { title: event.suite.title(), planned: event.test_count, seen: 0 };
            }
            ("suite", _) => {
                if let Some(ms) = event.seconds.and_then(|seconds| duration_ms(seconds * 1000.0)) {
                    draft.add_duration_ms(ms);
                }
                // A suite that ended says so, whatever it had planned: filtered tests are left out of both.
                self.planned = None;
            }
            ("bench", _) => self.add(event, Status::Passed, draft),
            ("test", "ok") => self.add(event, Status::Passed, draft),
            ("test", "failed") => self.add(event, Status::Failed, draft),
            ("test", "ignored") => self.add(event, Status::Skipped, draft),
            _ => {}
        }
    }

    fn add(&mut self, event: Event, status: Status, draft: &mut Draft) {
        self.seen += 1;
        let output = event.stdout.unwrap_or_default();
        let said = event.message.or(event.reason);
        let detail = match status {
            Status::Failed => {
                let mut detail = detail(&output);
                detail.message = said.filter(|_| detail.message.is_empty()).unwrap_or(detail.message);
                Some(detail)
            }
            _ => said.map(|message| Detail { message, ..Detail::default() }),
        };
        // nextest puts the binary in front of the name, which is the suite already.
        let name = event.name.split_once('$').map_or(event.name.as_str(), |(_, name)| name).to_owned();
        let class = name.rsplit_once("::").filter(|_| !name.contains(' ')).map(|(module, _)| Arc::from(module));
        let duration_ms = event.seconds.and_then(|seconds| duration_ms(seconds * 1000.0));
        let suite = self.title.clone();
        let stdout = Some(output).filter(|output| status == Status::Passed && !output.is_empty());
        draft.push(Case { suite, class, name, status, duration_ms, detail, stdout, ..Case::default() });
    }

    fn end(&mut self, draft: &mut Draft) {
        if let Some(planned) = self.planned.take() {
            draft.problem(Problem::Interrupted { reason: format!("planned {planned} tests, saw {}", self.seen) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Report, read as read_report};
    use super::*;

    fn read_json(text: &str) -> Report {
        assert!(detect(&Head::new("out.json", text.as_bytes())), "not detected");
        read_report(Format::LibtestJson, &mut text.as_bytes(), &Limits::default())
    }

    #[test]
    fn events_are_read() {
        let report = read_json(
            r#"{ "type": "suite", "event": "started", "test_count": 3 }
{ "type": "test", "event": "started", "name": "cart::adds" }
{ "type": "test", "name": "cart::adds", "event": "ok", "exec_time": 0.25 }
{ "type": "test", "name": "cart::pays", "event": "failed", "stdout": "thread 'cart::pays' panicked at src/a.rs:1:2:\nno money\n" }
   Compiling something
{ "type": "test", "name": "cart::ships", "event": "ignored", "message": "no ship" }
{ "type": "suite", "event": "failed", "passed": 1, "failed": 1, "ignored": 1, "measured": 0, "filtered_out": 0, "exec_time": 0.5 }
"#,
        );
        let statuses: Vec<_> = report.cases.iter().map(|case| case.status).collect();
        assert_eq!(statuses, [Status::Passed, Status::Failed, Status::Skipped]);
        assert_eq!((report.cases[0].duration_ms, report.duration_ms), (Some(250), Some(500)));
        assert_eq!(report.cases[1].detail.as_ref().unwrap().message, "no money");
        assert_eq!(report.cases[2].detail.as_ref().unwrap().message, "no ship");
        assert_eq!(report.problems, []);
    }

    #[test]
    fn nextest_names_the_binary() {
        let report = read_json(
            "{\"type\":\"suite\",\"event\":\"started\",\"test_count\":1,\"nextest\":{\"crate\":\"shop\",\"test_binary\":\"api\",\"kind\":\"test\"}}\n\
             {\"type\":\"test\",\"event\":\"ok\",\"name\":\"shop::api$cart::adds\",\"exec_time\":0.1}\n",
        );
        assert_eq!((report.cases[0].suite.as_ref(), report.cases[0].name.as_str()), ("shop::api", "cart::adds"));
        assert_eq!(report.problems, [Problem::Interrupted { reason: "planned 1 tests, saw 1".to_owned() }]);
    }
}
