//! Cucumber's JSON, as its implementations and behave write it: features with their scenarios, of which the worst
//! step counts. Steps that are undefined, ambiguous or pending fail the run, and so they fail the scenario.

use super::json::{self, Object, Scalar, Value};
use super::{Attachment, Case, Detail, Draft, Head, Input, Status, stack};
use serde::de::MapAccess;
use std::sync::Arc;

/// Whether this is one.
pub(super) fn detect(head: &Head) -> bool {
    let is_feature = head.has_path("elements.steps") || head.has_path("elements.keyword");
    let is_named =
        ["uri", "keyword", "location", "elements.type", "elements.line"].iter().any(|key| head.has_path(key));
    head.text.starts_with('[') && is_feature && is_named
}

/// Reads one.
pub(super) fn read(input: Input, draft: &mut Draft) {
    let mut feature = Feature { from: 0, name: None, file: None, tags: Vec::new(), draft };
    if let Err(problem) = json::document(input, &mut feature) {
        draft.problem(problem);
    }
}

/// What a step, a hook or a scenario came to; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Result {
    /// Nothing ran, or nothing is known.
    #[default]
    Unknown,
    /// It passed.
    Passed,
    /// It was passed over.
    Skipped,
    /// It is not written yet.
    Pending,
    /// No code belongs to it.
    Undefined,
    /// Several pieces of code could belong to it.
    Ambiguous,
    /// It failed.
    Failed,
}

impl Result {
    /// Reads a word in any case.
    pub(super) fn of_word(word: &str) -> Result {
        match word.to_ascii_lowercase().as_str() {
            "passed" => Result::Passed,
            "skipped" | "disabled" | "untested" => Result::Skipped,
            "pending" | "pending_warn" => Result::Pending,
            "undefined" => Result::Undefined,
            "ambiguous" => Result::Ambiguous,
            "failed" | "error" | "hook_error" | "cleanup_error" => Result::Failed,
            _ => Result::Unknown,
        }
    }

    /// The status of a case that came to this.
    pub(super) fn status(self) -> Status {
        match self {
            Result::Passed => Status::Passed,
            Result::Skipped | Result::Unknown => Status::Skipped,
            Result::Pending | Result::Undefined | Result::Ambiguous | Result::Failed => Status::Failed,
        }
    }

    /// The word, where it says more than the status.
    pub(super) fn kind(self) -> Option<&'static str> {
        match self {
            Result::Pending => Some("pending"),
            Result::Undefined => Some("undefined"),
            Result::Ambiguous => Some("ambiguous"),
            _ => None,
        }
    }
}

/// The worst of the steps of a scenario so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Worst {
    /// What it came to.
    pub(super) result: Result,
    /// Why, of the first step that came to it.
    pub(super) detail: Option<Detail>,
    /// Nanoseconds of all steps.
    pub(super) nanoseconds: f64,
}

impl Worst {
    /// Takes a step into account.
    pub(super) fn add(&mut self, result: Result, nanoseconds: f64, detail: impl FnOnce() -> Option<Detail>) {
        self.nanoseconds += nanoseconds;
        if result > self.result {
            self.result = result;
            self.detail = if result > Result::Passed { detail() } else { None };
        }
    }

    /// Writes it into a case.
    pub(super) fn tell(self, case: &mut Case) {
        case.status = self.result.status();
        case.duration_ms = json::duration_ms(self.nanoseconds / 1e6);
        case.detail = self.detail;
    }
}

/// The detail of a step with this result, which belongs to the step of this name.
pub(super) fn detail(result: Result, step: &str, error: Option<Detail>) -> Option<Detail> {
    let kind = result.kind();
    let mut detail = match error {
        Some(detail) => detail,
        None if result == Result::Skipped => return None,
        None => Detail { message: format!("{}: {}", kind.unwrap_or("failed"), step.trim()), ..Detail::default() },
    };
    detail.kind = detail.kind.or_else(|| kind.map(str::to_owned));
    Some(detail)
}

struct Feature<'a> {
    draft: &'a mut Draft,
    from: usize,
    name: Option<Arc<str>>,
    file: Option<Arc<str>>,
    tags: Vec<(String, String)>,
}

impl Object for Feature<'_> {
    fn begin(&mut self) {
        self.from = self.draft.len();
        (self.name, self.file) = (None, None);
        self.tags.clear();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "name" => self.name = value.name()?.map(Into::into),
            "uri" => self.file = value.name()?.map(Into::into),
            // behave tells the file and the line in one.
            "location" => {
                let place = value.name()?;
                let file = place.as_deref().map(|place| place.rsplit_once(':').map_or(place, |(file, _)| file));
                self.file = file.map(Into::into).or(self.file.take());
            }
            "tags" => self.tags = tags(value.list()?),
            "elements" => {
                let elements = &mut Elements { draft: self.draft, element: Element::default(), background: None };
                value.each(elements)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) {
        let Feature { draft, from, name, file, tags } = self;
        draft.amend(*from, |case| {
            case.suite = name.clone().unwrap_or_default();
            case.file = file.clone();
            for tag in tags.iter() {
                if !case.properties.contains(tag) {
                    case.properties.push(tag.clone());
                }
            }
        });
    }
}

fn tags(list: Vec<Tag>) -> Vec<(String, String)> {
    list.into_iter().map(|tag| ("tag".to_owned(), tag.0)).collect()
}

#[derive(Default)]
struct Tag(String);

impl Object for Tag {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        if name == "name" {
            self.0 = value.name()?.unwrap_or_default();
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) {
        self.0 = scalar.name().unwrap_or_default();
    }
}

struct Elements<'a> {
    draft: &'a mut Draft,
    element: Element,
    /// Steps of the background, which stands before the scenario it belongs to.
    background: Option<Worst>,
}

impl Object for Elements<'_> {
    fn begin(&mut self) {
        self.element = Element::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        self.element.member(name, value)
    }

    fn end(&mut self) {
        let mut element = std::mem::take(&mut self.element);
        if element.is_background {
            self.background = Some(element.worst);
            return;
        }
        if let Some(background) = self.background.take() {
            element.worst.add(background.result, background.nanoseconds, || background.detail);
        }
        // A scenario whose steps all passed may have failed around them; behave says so.
        if element.said > element.worst.result {
            element.worst.add(element.said, 0.0, || detail(element.said, "the scenario", None));
        }
        if element.worst.result == Result::Unknown {
            element.case.properties.push(("steps".into(), "none".into()));
        }
        element.worst.tell(&mut element.case);
        self.draft.push(element.case);
    }
}

#[derive(Default)]
struct Element {
    is_background: bool,
    case: Case,
    worst: Worst,
    said: Result,
}

impl Object for Element {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "type" => self.is_background |= value.name()?.as_deref() == Some("background"),
            "keyword" => self.is_background |= value.name()?.as_deref() == Some("Background"),
            "name" => self.case.name = value.name()?.unwrap_or_default(),
            "id" => self.case.external_id = value.name()?,
            "line" => self.case.line = value.line()?,
            "location" => {
                let place = value.name()?;
                let line = place.as_deref().and_then(|place| place.rsplit_once(':')).map(|(_, line)| line);
                self.case.line = line.and_then(|line| line.parse().ok());
            }
            "status" => self.said = value.name()?.as_deref().map(Result::of_word).unwrap_or_default(),
            "tags" => self.case.properties.extend(tags(value.list()?)),
            "steps" | "before" | "after" => value.each(&mut Steps { element: self, step: Step::default() })?,
            _ => {}
        }
        Ok(())
    }
}

struct Steps<'a> {
    element: &'a mut Element,
    step: Step,
}

impl Object for Steps<'_> {
    fn begin(&mut self) {
        self.step = Step::default();
    }

    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            // Hooks around a step have results of their own.
            "before" | "after" => value.each(&mut Steps { element: self.element, step: Step::default() }),
            _ => self.step.member(name, value),
        }
    }

    fn end(&mut self) {
        let step = std::mem::take(&mut self.step);
        let unit = if step.counts_seconds { 1e9 } else { 1.0 };
        let Outcome { result, duration, error } = step.outcome;
        let nanoseconds = duration.filter(|duration| *duration > 0.0).unwrap_or(0.0) * unit;
        let name = [step.keyword.trim(), step.name.as_str()].join(" ");
        self.element.worst.add(result, nanoseconds, || detail(result, &name, error.map(stack::detail)));
        self.element
            .case
            .attachments
            .extend(step.files.into_iter().map(|file| file.0).filter(|file| !file.path.is_empty()));
    }
}

#[derive(Default)]
struct Step {
    keyword: String,
    name: String,
    outcome: Outcome,
    counts_seconds: bool,
    files: Vec<File>,
}

impl Object for Step {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "keyword" => self.keyword = value.name()?.unwrap_or_default(),
            "name" => self.name = value.name()?.unwrap_or_default(),
            "result" => value.object(&mut self.outcome)?,
            // Only behave has these, and it alone counts in seconds.
            "step_type" => self.counts_seconds = true,
            "embeddings" => self.files = value.list()?,
            _ => {}
        }
        Ok(())
    }
}

#[derive(Default)]
struct Outcome {
    result: Result,
    duration: Option<f64>,
    error: Option<String>,
}

impl Object for Outcome {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "status" => self.result = value.name()?.as_deref().map(Result::of_word).unwrap_or_default(),
            "duration" => self.duration = value.number()?,
            // A text, or its lines.
            "error_message" => self.error = Some(value.texts()?.join("\n")).filter(|text| !text.is_empty()),
            _ => {}
        }
        Ok(())
    }
}

/// A file that is named; what is written into the report itself is passed over.
#[derive(Default)]
struct File(Attachment);

impl Object for File {
    fn member<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Value<'_, A>) -> std::result::Result<(), A::Error> {
        match name {
            "name" => self.0.name = value.name()?.unwrap_or_default(),
            "path" => self.0.path = value.name()?.unwrap_or_default(),
            "mime_type" => self.0.media_type = value.name()?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, Limits, Look, look, read};
    use super::*;

    const SAMPLE: &str = r#"[{"keyword": "Feature", "elements": [
        {"type": "background", "keyword": "Background", "name": "", "line": 2, "steps": [
            {"keyword": "Given ", "name": "a shop", "result": {"status": "passed", "duration": 1000000}}]},
        {"type": "scenario", "keyword": "Scenario", "id": "shop;buys", "name": "buys", "line": 5, "tags": [{"name": "@fast", "line": 4}],
         "before": [{"match": {}, "result": {"status": "passed", "duration": 500000}}],
         "steps": [
            {"keyword": "When ", "name": "it buys", "result": {"status": "failed", "duration": 2500000, "error_message": "Error: sold out\n    at x"}},
            {"keyword": "Then ", "name": "it has", "result": {"status": "skipped"}}]},
        {"type": "background", "name": "", "line": 2, "steps": [{"name": "a shop", "result": {"status": "undefined"}}]},
        {"type": "scenario", "name": "sells", "line": 9, "steps": [{"name": "it sells", "result": {"status": "skipped"}}]},
        {"type": "scenario", "name": "waits", "line": 12, "steps": [{"name": "x", "result": {"status": "passed", "duration": 7}}],
         "after": [{"result": {"status": "failed", "error_message": "after"}}]}],
        "name": "Shop", "uri": "features/shop.feature", "tags": [{"name": "@shop"}]}]"#;

    #[test]
    fn a_report_is_told_and_read() {
        assert_eq!(look("x.json", SAMPLE.as_bytes()), Look::Report(Format::Cucumber));
        let report = read(Format::Cucumber, &mut SAMPLE.as_bytes(), &Limits::default());
        assert_eq!(report.problems, []);
        let [buys, sells, waits] = &report.cases[..] else { panic!("{:?}", report.cases) };
        assert_eq!((&*buys.suite, buys.file.as_deref(), buys.line), ("Shop", Some("features/shop.feature"), Some(5)));
        assert_eq!((buys.status, buys.duration_ms), (Status::Failed, Some(4)));
        assert_eq!(buys.detail.as_ref().unwrap().message, "Error: sold out");
        assert_eq!(buys.properties.len(), 2);
        assert_eq!(sells.status, Status::Failed);
        assert_eq!(sells.detail.as_ref().unwrap().message, "undefined: a shop");
        assert_eq!((waits.status, waits.detail.as_ref().unwrap().message.as_str()), (Status::Failed, "after"));
    }

    #[test]
    fn behave_counts_in_seconds_and_says_the_status() {
        let text = r#"[{"keyword": "Feature", "name": "Shop", "location": "shop.feature:1", "status": "failed", "elements": [
            {"type": "scenario", "keyword": "Scenario", "name": "buys", "location": "shop.feature:7", "status": "failed", "steps": [
              {"keyword": "Given", "step_type": "given", "name": "a shop", "result": {"status": "passed", "duration": 0.25}},
              {"keyword": "Then", "step_type": "then", "name": "ok", "result": {"status": "failed", "duration": 0.5, "error_message": ["one", "two"]}}]},
            {"type": "scenario", "keyword": "Scenario", "name": "breaks", "location": "shop.feature:9", "status": "failed", "steps": []}]}]"#;
        assert_eq!(look("x.json", text.as_bytes()), Look::Report(Format::Cucumber));
        let report = read(Format::Cucumber, &mut text.as_bytes(), &Limits::default());
        let [buys, breaks] = &report.cases[..] else { panic!() };
        assert_eq!((buys.duration_ms, buys.line, buys.file.as_deref()), (Some(750), Some(7), Some("shop.feature")));
        assert_eq!(buys.detail.as_ref().unwrap().message, "one\ntwo");
        assert_eq!(breaks.status, Status::Failed);
    }
}
