//! Suites of JUnit XML: their path, what fails in them beside cases, and cases of pytest that are one.

use super::super::xml::{Keep, Shared, Tag, extend_detail, first_line, instant_ms, non_empty, seconds_ms, suite_path};
use super::super::{Case, Detail, Draft, Limits, Scope, Status, Try};
use std::collections::HashMap;
use std::sync::Arc;

/// What the element around all suites says.
#[derive(Default)]
pub(super) struct Root {
    pub name: String,
    /// Whether it has counters, so that those of its suites are not added to them.
    has_claim: bool,
    has_duration: bool,
    is_playwright: bool,
    /// Mocha says in the first of several suites which file they are in.
    file: Option<Arc<str>>,
}

impl Root {
    pub fn new(tag: Tag, draft: &mut Draft) -> Root {
        let mut root = Root { name: tag.text("name"), ..Root::default() };
        root.has_claim = claim(tag, draft);
        root.has_duration = duration(tag, draft);
        // Playwright names neither and puts the project where others put the machine.
        let is_blank = |key| tag.get(key).is_some_and(|value| value.is_empty());
        root.is_playwright = is_blank("id") && is_blank("name");
        draft.set_tool(if root.is_playwright { "Playwright" } else { tool(&root.name).unwrap_or_default() });
        root
    }
}

/// A suite that is open.
pub(super) struct Suite {
    /// Names from the outermost suite on.
    pub path: Arc<str>,
    pub name: String,
    pub file: Option<Arc<str>>,
    /// Playwright's project.
    pub project: Option<String>,
    /// Cases directly in it.
    pub cases: u64,
    pub has_children: bool,
    is_pytest: bool,
    claimed: Option<u64>,
    claimed_failing: bool,
    /// Where its cases begin in the draft.
    first: usize,
    failures: Vec<(Status, Detail)>,
    open_failure: Option<(Status, Detail)>,
    stdout: Option<String>,
    stderr: Option<String>,
}

impl Suite {
    pub fn new(tag: Tag, parent: Option<&Suite>, root: &mut Root, files: &mut Shared, draft: &mut Draft) -> Suite {
        let name = tag.text("name");
        let file = tag.get("file").or_else(|| tag.get("filepath")).and_then(|file| files.of(&file.cow()));
        if parent.is_none() {
            if !root.has_claim {
                claim(tag, draft);
            }
            if !root.has_duration {
                duration(tag, draft);
            }
            draft.set_tool(tool(&name).or_else(|| schema(tag)).unwrap_or_default());
        }
        if name == "Root Suite" {
            root.file.clone_from(&file);
        }
        let counts = |key| tag.number(key).is_some_and(|count| count > 0);
        Suite {
            path: suite_path(parent.map(|parent| &parent.path), &name),
            project: tag.get("hostname").filter(|_| root.is_playwright).and_then(|project| project.some()),
            file: file.or_else(|| parent.map_or(root.file.clone(), |parent| parent.file.clone())),
            cases: 0,
            has_children: false,
            is_pytest: name == "pytest" || root.name == "pytest tests",
            claimed: tag.number("tests"),
            claimed_failing: counts("errors") || counts("failures"),
            first: draft.cases_mut().len(),
            failures: Vec::new(),
            open_failure: None,
            stdout: None,
            stderr: None,
            name,
        }
    }

    /// Whether it says that it has no tests at all.
    pub fn claims_none(&self) -> bool {
        self.claimed == Some(0)
    }

    /// An element directly in the suite.
    pub fn start(&mut self, tag: Tag, most: &Limits, draft: &mut Draft) -> Keep {
        match tag.name {
            "error" | "failure" => {
                let status = if tag.name == "error" { Status::Errored } else { Status::Failed };
                self.open_failure = Some((status, detail(tag, most)));
                Keep::Start
            }
            "system-out" | "system-err" if self.open_failure.is_none() => Keep::End,
            "property" => {
                if tag.get("name").is_some_and(|name| name.cow() == "go.version") {
                    draft.set_tool(&format!("go {}", tag.text("value").trim_start_matches("go")));
                }
                Keep::Nothing
            }
            _ => Keep::Nothing,
        }
    }

    pub fn end(&mut self, name: &str, text: Option<String>) {
        match (name, self.open_failure.take()) {
            ("error" | "failure", Some((status, mut detail))) => {
                fill_detail(&mut detail, text);
                // The first ones say what happened.
                if self.failures.len() < 8 {
                    self.failures.push((status, detail));
                }
            }
            ("system-out", None) => self.stdout = text.and_then(non_empty),
            ("system-err", None) => self.stderr = text.and_then(non_empty),
            (_, open) => self.open_failure = open,
        }
    }

    /// Gives the suite's output to its only case, if that failed and has none: runners of one program per suite
    /// (Bazel) write its log there.
    pub fn lend_output(&mut self, case: &mut Case) {
        if self.cases == 1 && case.status.is_failing() && case.stdout.is_none() && case.stderr.is_none() {
            case.stdout = self.stdout.take();
            case.stderr = self.stderr.take();
        }
    }

    /// Ends it: what failed in it beside its cases becomes a case of its own kind.
    pub fn finish(mut self, draft: &mut Draft) {
        if self.is_pytest && self.claimed.is_some_and(|claimed| claimed < self.cases) {
            let cases = draft.cases_mut();
            let own = cases.split_off(self.first.min(cases.len()));
            cases.extend(joined(own));
        }
        // Nothing ran and yet something failed: it could not be loaded.
        if self.claimed_failing && self.cases == 0 && !self.has_children && self.failures.is_empty() {
            let message = self.stderr.as_deref().or(self.stdout.as_deref()).map(first_line).unwrap_or_default();
            self.failures.push((Status::Errored, Detail { message: message.to_owned(), ..Detail::default() }));
        }
        let status = self.failures.iter().map(|(status, _)| *status).max();
        let mut details = std::mem::take(&mut self.failures).into_iter().map(|(_, detail)| detail);
        let (Some(status), Some(mut detail)) = (status, details.next()) else { return };
        for more in details {
            extend_detail(&mut detail, more, draft.limits().text_bytes);
        }
        draft.push(Case {
            suite: self.path,
            name: self.name,
            file: self.file,
            status,
            scope: Scope::Suite,
            detail: Some(detail),
            stdout: self.stdout,
            stderr: self.stderr,
            ..Case::default()
        });
    }
}

/// The detail that the attributes of a failure tell.
fn detail(tag: Tag, most: &Limits) -> Detail {
    let mut detail = Detail::default();
    for (key, value) in tag.attributes() {
        match key {
            "message" => detail.message = value.beginning(most.text_bytes),
            "type" => detail.kind = value.some(),
            _ => {}
        }
    }
    detail
}

/// Adds the text of a failure.
pub(super) fn fill_detail(detail: &mut Detail, text: Option<String>) {
    let Some(text) = text.and_then(non_empty) else { return };
    if detail.message.trim().is_empty() {
        detail.message = first_line(&text).to_owned();
    }
    detail.stack = Some(text);
}

/// Adds the counters to the claim. Whether there are any.
fn claim(tag: Tag, draft: &mut Draft) -> bool {
    let claim = draft.claim_mut();
    let mut found = false;
    for (key, value) in tag.attributes() {
        let counter = match key {
            "tests" => &mut claim.total,
            "failures" => &mut claim.failed,
            "errors" => &mut claim.errored,
            "skipped" | "disabled" | "skip" => &mut claim.skipped,
            _ => continue,
        };
        if let Some(count) = value.number() {
            found |= key == "tests";
            *counter = Some(counter.unwrap_or(0).saturating_add(count));
        }
    }
    found
}

/// Adds the duration and takes the start. Whether there is a duration.
fn duration(tag: Tag, draft: &mut Draft) -> bool {
    if let Some(at) = tag.get("timestamp").and_then(|at| instant_ms(&at.cow())) {
        draft.set_started_at(at);
    }
    let Some(duration_ms) = tag.get("time").and_then(|time| seconds_ms(&time.cow())) else { return false };
    draft.add_duration_ms(duration_ms);
    true
}

/// Which tool names its report or its outermost suite like this.
fn tool(name: &str) -> Option<&'static str> {
    Some(match name {
        "pytest" | "pytest tests" => "pytest",
        "jest tests" => "Jest",
        "vitest tests" => "Vitest",
        "nextest-run" => "nextest",
        "Mocha Tests" | "Root Suite" => "Mocha",
        "rspec" => "RSpec",
        "Cucumber" | "cucumber-js" => "Cucumber",
        "AllTests" => "GoogleTest",
        "bats" => "Bats",
        "bun test" => "Bun",
        _ => return None,
    })
}

fn schema(tag: Tag) -> Option<&'static str> {
    let schema = tag.get("xsi:noNamespaceSchemaLocation")?.cow();
    schema.contains("surefire").then_some("Maven Surefire")
}

/// Joins what pytest writes several times: tries that were run again (bare cases, which look passed), and an error
/// of a teardown behind the failure of its test. Only called where the suite's counter says that there are fewer.
fn joined(cases: Vec<Case>) -> Vec<Case> {
    let mut places: HashMap<(Option<Arc<str>>, String), usize> = HashMap::with_capacity(cases.len());
    let mut kept: Vec<Case> = Vec::with_capacity(cases.len());
    for case in cases {
        match places.get(&(case.class.clone(), case.name.clone())) {
            Some(place) => join(&mut kept[*place], case),
            None => {
                places.insert((case.class.clone(), case.name.clone()), kept.len());
                kept.push(case);
            }
        }
    }
    kept
}

fn join(earlier: &mut Case, mut later: Case) {
    if earlier.status == Status::Failed && later.status == Status::Errored {
        let more = later.detail.take().unwrap_or_default();
        let detail = earlier.detail.get_or_insert_default();
        return extend_detail(detail, more, usize::MAX);
    }
    // Only what failed is run again; why is not written.
    let status = if earlier.status == Status::Passed { Status::Failed } else { earlier.status };
    let rerun = Try { status, duration_ms: earlier.duration_ms, detail: earlier.detail.take() };
    later.tries.splice(0..0, std::mem::take(&mut earlier.tries).into_iter().chain([rerun]));
    *earlier = later;
}
