//! What is true about one run of the demo, and how every test case ended in it: one place, so that conclusions, logs
//! and reports tell the same story.

use super::cast::{ANDROID, BACKEND, Case, E2E, FLAKY_TEST, REGRESSED_TEST, UNIT};
use crate::noise::{Noise, mix, mix_text};

/// The workflows of the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Unit tests over a matrix.
    Ci,
    /// Browser tests, sharded.
    E2e,
    /// Screenshots compared.
    Visual,
    /// The app on an emulator.
    Android,
    /// The back end with its database.
    Backend,
    /// Linters and types.
    Lint,
    /// Everything, every night.
    Nightly,
    /// Build, sign, publish, after approval.
    Release,
    /// Code scanning set up without a file.
    CodeQl,
    /// Switched off.
    Legacy,
}

/// What, if anything, is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// The flaky test fails at every try.
    Flaky,
    /// The change itself is broken: some test fails.
    Broken,
    /// The network was down.
    Outage,
    /// A job hangs until its limit.
    Hang,
    /// The tests fail and the report is not where the upload step looks for it.
    MissingReport,
}

/// What is true about one attempt of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Tells runs apart.
    pub key: u64,
    /// Its workflow.
    pub flow: Flow,
    /// The attempt, from 1.
    pub attempt: u64,
    /// What is wrong with it.
    pub trouble: Trouble,
    /// Whether it contains the commit that broke the totals.
    pub regressed: bool,
    /// When the attempt started.
    pub started_at: i64,
    /// The head commit.
    pub sha: String,
    /// The head branch.
    pub branch: String,
    /// The title.
    pub title: String,
    /// Whether it belongs to a pull request.
    pub is_pull_request: bool,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At the first try.
    Passed,
    /// At the second try.
    Flaky,
    /// At no try.
    Failed,
    /// It did not run.
    Skipped,
}

impl Facts {
    /// Chance that belongs to this attempt and a topic.
    pub fn noise(&self, topic: &str) -> Noise {
        Noise::new(mix_text(mix(self.key, self.attempt), topic))
    }

    /// The cases this workflow runs.
    pub fn cases(&self) -> &'static [Case] {
        match self.flow {
            Flow::E2e => &E2E,
            Flow::Backend | Flow::Nightly => &BACKEND,
            Flow::Android => &ANDROID,
            _ => &UNIT,
        }
    }

    /// The case a broken change breaks.
    fn broken_case(&self, cases: &[Case]) -> usize {
        // The same in every attempt: a re-run does not repair a change.
        Noise::keyed(self.key, 0xb40c).below(cases.len() as u64) as usize
    }

    /// How a case ended in one variant (browser, operating system, …).
    pub fn outcome(&self, cases: &[Case], index: usize, variant: &str) -> Outcome {
        let case = &cases[index];
        if self.regressed && (case.title == REGRESSED_TEST || case.title == "appliesPercentageCouponOnce") {
            return Outcome::Failed;
        }
        match self.trouble {
            Trouble::Broken | Trouble::MissingReport if index == self.broken_case(cases) => return Outcome::Failed,
            Trouble::Flaky if case.title == FLAKY_TEST && variant == "webkit" => return Outcome::Failed,
            Trouble::Flaky if self.flow != Flow::E2e && index == 7 % cases.len() => return Outcome::Failed,
            _ => {}
        }
        let mut noise = self.noise(&format!("{variant}/{}", case.title));
        if case.title == FLAKY_TEST && noise.chance(0.12) {
            Outcome::Flaky
        } else if variant == "firefox" && case.suite == "wallet" {
            Outcome::Skipped
        } else if noise.chance(0.002) {
            Outcome::Flaky
        } else {
            Outcome::Passed
        }
    }

    /// How long a case took.
    pub fn took_ms(&self, case: &Case, variant: &str) -> u64 {
        let mut noise = self.noise(&format!("{variant}/{}/time", case.title));
        (case.typical_ms as f64 * (0.8 + 0.5 * noise.unit())) as u64 + 1
    }

    /// Whether any case of a shard (`index % shards == shard`) failed in a variant.
    pub fn any_failed(&self, variant: &str, shard: usize, shards: usize) -> bool {
        let cases = self.cases();
        (shard..cases.len()).step_by(shards).any(|index| self.outcome(cases, index, variant) == Outcome::Failed)
    }
}

/// What a failing case reports: a message and where.
pub fn failure_of(case: &Case) -> (String, String) {
    let message = match case.title {
        REGRESSED_TEST => "expect(locator).toHaveText(expected) failed\n\nLocator:  getByTestId('cart-total')\nExpected: \"$84.30\"\nReceived: \"$75.87\"\nTimeout:  5000ms".to_owned(),
        "appliesPercentageCouponOnce" => "expected: <8430> but was: <7587>".to_owned(),
        FLAKY_TEST => "Test timeout of 30000ms exceeded.\n\nError: locator.click: Test timeout of 30000ms exceeded.\nCall log:\n  - waiting for getByRole('button', { name: 'Try again' })\n    - locator resolved to <button disabled>Try again</button>\n    - element is not enabled".to_owned(),
        _ if case.file.ends_with(".spec.ts") => format!("expect(locator).toBeVisible() failed\n\nLocator: getByRole('heading', {{ name: '{}' }})\nExpected: visible\nReceived: <element(s) not found>\nTimeout:  5000ms", case.suite),
        _ if case.file.starts_with("com.") => format!("expected: <true> but was: <false> in {}", case.title),
        _ => "expected 1200 to be 1199 // Object.is equality\n\n- Expected\n+ Received\n\n- 1199\n+ 1200".to_owned(),
    };
    let line = 20 + mix_text(1, case.title) % 80;
    let place = if case.file.starts_with("com.") {
        format!("at {}.{}({}.java:{line})", case.file, case.title, case.suite)
    } else {
        format!("at {}:{line}:17", case.file)
    };
    (message, place)
}
