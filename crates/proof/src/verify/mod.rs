//! The checker: compares all that the product shows over HTTP, once it has come to rest, with the truth. Knows nothing
//! of how the product works; whoever calls it has waited until it is at rest.

mod bytes;
mod lists;
mod outside;
mod sampler;

use std::path::Path;

use fakehub::FakeHub;
use serde::Serialize;

use crate::product::Api;
use crate::truth::Truth;
pub use outside::{Manners, manners, secrets, storage};
pub use sampler::Sampler;

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// `I1` to `I14`, as docs/proof.md lists them.
    pub invariant: &'static str,
    /// What it concerns.
    pub object: String,
    /// What the truth says.
    pub expected: String,
    /// What was found.
    pub got: String,
}

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Checks in all.
    pub checks: u64,
    /// Runs.
    pub runs: u64,
    /// Jobs.
    pub jobs: u64,
    /// Artifacts.
    pub artifacts: u64,
    /// Files.
    pub files: u64,
    /// Logs.
    pub logs: u64,
    /// Bytes of content.
    pub bytes: u64,
}

impl Counts {
    /// Adds another one's.
    pub fn add(&mut self, other: &Counts) {
        self.checks += other.checks;
        self.runs += other.runs;
        self.jobs += other.jobs;
        self.artifacts += other.artifacts;
        self.files += other.files;
        self.logs += other.logs;
        self.bytes += other.bytes;
    }
}

/// What the checker found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Findings {
    /// How much was compared.
    pub checked: Counts,
    /// What does not hold.
    pub violations: Vec<Violation>,
}

impl Findings {
    /// Compares; a difference is a violation of `invariant`.
    pub fn equal<T: PartialEq + std::fmt::Debug>(
        &mut self,
        invariant: &'static str,
        object: &str,
        expected: &T,
        got: &T,
    ) {
        self.holds(invariant, object, expected == got, || (format!("{expected:?}"), format!("{got:?}")));
    }

    /// Fails as a violation unless it holds.
    pub fn holds(
        &mut self,
        invariant: &'static str,
        object: &str,
        holds: bool,
        words: impl FnOnce() -> (String, String),
    ) {
        self.checked.checks += 1;
        if !holds {
            let (expected, got) = words();
            self.fail(invariant, object, expected, got);
        }
    }

    /// A violation.
    pub fn fail(&mut self, invariant: &'static str, object: &str, expected: impl Into<String>, got: impl Into<String>) {
        let cut = |text: String| text.chars().take(600).collect();
        let (expected, got) = (cut(expected.into()), cut(got.into()));
        self.violations.push(Violation { invariant, object: object.to_owned(), expected, got });
    }

    /// Takes over another one's.
    pub fn merge(&mut self, other: Findings) {
        self.checked.add(&other.checked);
        self.violations.extend(other.violations);
    }

    /// In one line for people.
    pub fn line(&self) -> String {
        let Counts { checks, runs, jobs, artifacts, files, logs, bytes } = self.checked;
        let violations = self.violations.len();
        format!(
            "{checks} checks over {runs} runs, {jobs} jobs, {artifacts} artifacts, {files} files, {logs} logs, {bytes} bytes: {violations} violations"
        )
    }
}

/// What is looked at besides HTTP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The pretend GitHub, for its access log.
    pub hub: Option<(&'a FakeHub, Manners)>,
    /// Where content is kept.
    pub files: Option<&'a Path>,
}

/// Everything, compared once.
///
/// # Errors
/// None: a product that does not answer is a violation too.
pub async fn verify(api: &Api, truth: &Truth, beside: Beside<'_>) -> Findings {
    let mut findings = Findings::default();
    if let Err(error) = lists::compare(api, truth, &mut findings).await {
        findings.fail("I13", "lists", "an answer", format!("{error:#}"));
    }
    if let Err(error) = bytes::compare(api, truth, &mut findings).await {
        findings.fail("I13", "content", "an answer", format!("{error:#}"));
    }
    if let Some(files) = beside.files {
        storage(files, truth, &mut findings);
    }
    if let Some((hub, allowed)) = beside.hub {
        manners(hub, truth, allowed, &mut findings);
    }
    findings
}
