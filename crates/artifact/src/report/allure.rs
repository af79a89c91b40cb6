//! Allure results: a folder with one file a case (`*-result.json`); this reads one such file.
//!
//! Results that share a `historyId` are tries of one case. They are in several files, so that is left to callers.

use super::json::{Object, Scalar, Value, document};
use super::{Attachment, Case, Detail, Draft, Head, Input, Status};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one: a result, and not a container, a category or something else that Allure writes.
pub(super) fn detect(head: &Head) -> bool {
    if head.has_path("children") || head.has_path("befores") || head.has_path("afters") {
        return false;
    }
    let is_known = ["historyId", "testCaseId", "fullName", "labels", "stage"].iter().any(|key| head.has_path(key));
    let is_timed = head.has_path("start") && head.has_path("stop");
    // A name and a status alone may be anything's.
    let is_more = head.has_path("uuid") || head.has_path("statusDetails") || is_timed;
    let is_result = head.has_path("status") && is_more && has_status(&head.text);
    head.has_path("name") && (head.has_path("uuid") && is_known || is_result)
}

/// Whether some status is one of Allure's words.
fn has_status(text: &str) -> bool {
    text.match_indices("\"status\"").any(|(at, key)| {
        let value = text[at + key.len()..].trim_start().trim_start_matches(':').trim_start();
        let word = value.strip_prefix('"').and_then(|value| value.split('"').next()).unwrap_or_default();
        matches!(word.to_ascii_lowercase().as_str(), "passed" | "failed" | "broken" | "skipped" | "unknown")
    })
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut raw = Raw::default();
    let result = document(input, &mut raw);
    // A file that is cut tells of a case, and perhaps not how it ended.
    if result.is_ok() || !raw.name.is_empty() {
        if let Some(start) = raw.start.filter(|start| *start > 0) {
            draft.set_started_at(start);
        }
        if let Some(tool) = raw.label("framework") {
            draft.set_tool(tool);
        }
        draft.push(raw.into_case());
    }
    if let Err(problem) = result {
        draft.problem(problem);
    }
}

#[derive(Default)]
struct Raw {
    name: String,
    full_name: Option<String>,
    history_id: Option<String>,
    case_id: Option<String>,
    status: String,
    why: Why,
    start: Option<i64>,
    stop: Option<i64>,
    labels: Vec<Pair>,
    parameters: Vec<Pair>,
    links: Vec<Pair>,
    attachments: Vec<Source>,
}

#[derive(Default)]
struct Why {
    message: Option<String>,
    trace: Option<String>,
    flags: Vec<(String, String)>,
}

/// A label, a parameter or a link.
#[derive(Default)]
struct Pair {
    name: String,
    value: String,
    is_excluded: bool,
    mode: String,
}

#[derive(Default)]
struct Source(Attachment);

/// A step, of which only the attachments are kept, those of its own steps included.
struct Step<'a>(&'a mut Vec<Source>);

impl Object for Raw {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?.unwrap_or_default(),
            "fullName" => self.full_name = value.name()?,
            "historyId" => self.history_id = value.name()?,
            "testCaseId" => self.case_id = value.name()?,
            "status" => self.status = value.name()?.unwrap_or_default().to_ascii_lowercase(),
            "statusDetails" => value.object(&mut self.why)?,
            "start" => self.start = value.time_ms()?,
            "stop" => self.stop = value.time_ms()?,
            "labels" => self.labels = value.list()?,
            "parameters" => self.parameters = value.list()?,
            "links" => self.links = value.list()?,
            "attachments" => self.attachments.extend(value.list::<Source>()?),
            "steps" => value.each(&mut Step(&mut self.attachments))?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for Why {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "message" => self.message = value.text()?,
            "trace" => self.trace = value.text()?,
            "known" | "muted" | "flaky" => {
                let flag = value.flag()?.filter(|flag| *flag);
                self.flags.extend(flag.map(|_| (name.to_owned(), "true".to_owned())));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Object for Pair {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?.unwrap_or_default(),
            "value" | "url" => self.value = value.name()?.unwrap_or_default(),
            "excluded" => self.is_excluded = value.flag()?.unwrap_or_default(),
            "mode" => self.mode = value.name()?.unwrap_or_default(),
            _ => {}
        }
        Ok(())
    }
}

impl Object for Source {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.0.name = value.name()?.unwrap_or_default(),
            "source" => self.0.path = value.name()?.unwrap_or_default(),
            "type" => self.0.media_type = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

impl Object for Step<'_> {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> Result<(), A::Error> {
        match name {
            "attachments" if self.0.len() < 1000 => self.0.extend(value.list::<Source>()?),
            "steps" => value.each(&mut Step(self.0))?,
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, _: Scalar<'_>) {}
}

/// Labels that say where a case belongs, or nothing about it.
const OWN_LABELS: &[&str] =
    &["parentSuite", "suite", "subSuite", "testClass", "package", "testMethod", "framework", "language", "thread"];

impl Raw {
    fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| label.name == name && !label.value.is_empty()).map(|label| label.value.as_str())
    }

    fn into_case(mut self) -> Case {
        let suites: Vec<&str> =
            ["parentSuite", "suite", "subSuite"].iter().filter_map(|name| self.label(name)).collect();
        let suite = Arc::from(suites.join(" > "));
        let of_name = || self.full_name.as_ref().and_then(|name| Some(name.split_once('#')?.0));
        let class = self.label("testClass").or_else(of_name).or_else(|| self.label("package")).map(Arc::from);
        let status = self.status();
        let [parameters, hidden] = self.split_parameters();
        let own = |label: &Pair| OWN_LABELS.contains(&label.name.as_str());
        let labels = std::mem::take(&mut self.labels).into_iter().filter(|label| !own(label));
        let links = std::mem::take(&mut self.links).into_iter().filter(|link| !link.value.is_empty());
        let more = labels.chain(links).map(|pair| (pair.name, pair.value));
        let properties = std::mem::take(&mut self.why.flags).into_iter().chain(hidden).chain(more).collect();
        Case {
            suite,
            class,
            name: if self.name.is_empty() { self.full_name.clone().unwrap_or_default() } else { self.name.clone() },
            parameters,
            status,
            duration_ms: self.duration_ms(),
            detail: self.detail(status),
            attachments: self.attachments.into_iter().map(|source| source.0).collect(),
            properties,
            external_id: self.history_id.or(self.case_id),
            ..Case::default()
        }
    }

    /// What has no status yet, or none that is known, was not run to its end by a framework that could tell.
    fn status(&self) -> Status {
        match self.status.as_str() {
            "passed" => Status::Passed,
            "failed" => Status::Failed,
            "broken" => Status::Errored,
            _ => Status::Skipped,
        }
    }

    fn duration_ms(&self) -> Option<u64> {
        u64::try_from(self.stop?.checked_sub(self.start?)?).ok().filter(|ms| *ms < 3_200_000_000_000)
    }

    /// Parameters that make a case what it is, and those that do not: they change from run to run.
    fn split_parameters(&mut self) -> [Vec<(String, String)>; 2] {
        let all = std::mem::take(&mut self.parameters);
        let (hidden, kept): (Vec<Pair>, Vec<Pair>) =
            all.into_iter().partition(|parameter| parameter.is_excluded || parameter.mode == "hidden");
        let pair = |parameter: Pair| {
            let value = if parameter.mode == "masked" { "***".to_owned() } else { parameter.value };
            (parameter.name, value)
        };
        [kept.into_iter().map(pair).collect(), hidden.into_iter().map(pair).collect()]
    }

    fn detail(&mut self, status: Status) -> Option<Detail> {
        let (message, stack) = (self.why.message.take(), self.why.trace.take());
        if status == Status::Passed || message.is_none() && stack.is_none() {
            return None;
        }
        let message =
            message.unwrap_or_else(|| stack.as_deref().and_then(|s| s.lines().next()).unwrap_or_default().to_owned());
        let class = message.split([':', '\n']).next().filter(|class| {
            let is_name = class.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$'));
            is_name && (class.ends_with("Error") || class.ends_with("Exception"))
        });
        Some(Detail { kind: class.map(str::to_owned), message, stack })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Problem, read as read_report};
    use super::*;

    const SAMPLE: &str = r#"{"uuid":"u1","historyId":"h1","testCaseId":"c1","fullName":"shop.cart.CartTest#pays","name":"pays",
        "status":"broken","stage":"finished","statusDetails":{"message":"IOException: no net","trace":"at a.b","flaky":true},
        "labels":[{"name":"parentSuite","value":"shop"},{"name":"suite","value":"cart"},{"name":"testClass","value":"shop.cart.CartTest"},
                  {"name":"framework","value":"junit5"},{"name":"severity","value":"critical"},{"name":"thread","value":"7"}],
        "parameters":[{"name":"a","value":"1"},{"name":"b","value":"now","excluded":true},{"name":"c","value":"secret","mode":"masked"}],
        "steps":[{"name":"s","attachments":[{"name":"shot","source":"x-attachment.png","type":"image/png"}],
                  "steps":[{"attachments":[{"name":"deep","source":"y-attachment.txt"}]}]}],
        "attachments":[{"name":"log","source":"z-attachment.txt","type":"text/plain"}],"start":1767323045500,"stop":1767323045750}"#;

    #[test]
    fn a_result_is_a_case() {
        assert!(detect(&Head::new("u1-result.json", SAMPLE.as_bytes())));
        let report = read_report(Format::Allure, &mut SAMPLE.as_bytes(), &Limits::default());
        let [case] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((case.suite.as_ref(), case.class.as_deref()), ("shop > cart", Some("shop.cart.CartTest")));
        assert_eq!((case.name.as_str(), case.status, case.duration_ms), ("pays", Status::Errored, Some(250)));
        assert_eq!(case.external_id.as_deref(), Some("h1"));
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(a, b)| format!("{a}={b}")).collect::<Vec<_>>();
        assert_eq!(pairs(&case.parameters), ["a=1", "c=***"]);
        assert_eq!(pairs(&case.properties), ["flaky=true", "b=now", "severity=critical"]);
        let paths: Vec<&str> = case.attachments.iter().map(|attachment| attachment.path.as_str()).collect();
        assert_eq!(paths, ["x-attachment.png", "y-attachment.txt", "z-attachment.txt"]);
        assert_eq!(case.detail.as_ref().unwrap().kind.as_deref(), Some("IOException"));
        assert_eq!((report.tool.as_deref(), report.started_at), (Some("junit5"), Some(1_767_323_045_500)));
    }

    #[test]
    fn a_cut_result_is_a_problem_and_never_green() {
        let cut = &SAMPLE[..SAMPLE.find("\"status\"").unwrap()];
        let report = read_report(Format::Allure, &mut cut.as_bytes(), &Limits::default());
        assert_eq!((report.cases[0].status, report.problems), (Status::Skipped, vec![Problem::Truncated]));
    }

    #[test]
    fn what_else_allure_writes_is_no_result() {
        for text in [
            r#"{"uuid":"u","name":"All","children":["a"],"start":1,"stop":2}"#,
            r#"{"uuid":"u","children":["a"],"befores":[{"name":"x","status":"passed"}]}"#,
            r#"[{"name":"Ignored","matchedStatuses":["skipped"]}]"#,
            r#"{"name":"CI","type":"github","buildName":"x"}"#,
            r#"{"name":"package","version":"1.0.0","status":"passed"}"#,
        ] {
            assert!(!detect(&Head::new("a.json", text.as_bytes())), "{text}");
        }
    }
}
