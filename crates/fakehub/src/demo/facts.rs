//! What is true about one attempt of a run, and how every test case ended in it: one place, so that conclusions, logs
//! and reports tell the same story. What a failing case says is in `failures`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cast::{
    Case, FLAKY_BACKEND_TEST, FLAKY_TEST, RECOVERED_TEST, REGRESSED_BACKEND_TEST, REGRESSED_TEST, REPAIRED_TEST, Tests,
};
use super::failures::picture_of;
use super::jobs::SHARDS;
use crate::content::Stored;
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

impl Flow {
    /// The tests that a broken change breaks in this workflow.
    pub fn main_tests(self) -> Tests {
        match self {
            Flow::E2e => Tests::Browser,
            Flow::Backend | Flow::Nightly => Tests::Backend,
            Flow::Android => Tests::Android,
            Flow::Visual => Tests::Visual,
            _ => Tests::Unit,
        }
    }

    /// Whether its tests talk to the staging system. The others only need the package registry.
    pub fn uses_staging(self) -> bool {
        matches!(self, Flow::E2e | Flow::Backend | Flow::Android | Flow::Nightly)
    }
}

/// What, if anything, is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// The flaky test fails at every try.
    Flaky,
    /// The flaky test fails, and passes at the second try.
    Wobble,
    /// The change itself is broken: some test fails.
    Broken,
    /// The change moves the payment pages to another service: many tests fail, for few reasons.
    Redesign,
    /// The change does not compile.
    Uncompiled,
    /// Every query is logged, and the soak finds that too slow.
    Verbose,
    /// The network was down.
    Outage,
    /// A job hangs until its limit.
    Hang,
    /// The tests fail and the report is not where the upload step looks for it.
    MissingReport,
    /// The test runner dies before its first test, and leaves a report without cases.
    Crash,
    /// The machine is gone in the middle of a job.
    RunnerLost,
    /// The disk fills up while a report is being written.
    Truncated,
}

/// What the time tells in which a run happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Era {
    /// The wallet test had not been made reliable yet.
    pub wallet_wobbles: bool,
    /// Browser jobs keep their part of the results.
    pub keeps_shards: bool,
    /// The soak test logs every request.
    pub soaks_long: bool,
}

/// What has been uploaded in an attempt so far, by the artifact's name.
#[derive(Clone, Debug, Default)]
pub struct Receipts(Arc<Mutex<HashMap<String, Receipt>>>);

/// What the upload step of a job learned of the service.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The artifact's id.
    pub id: i64,
    /// Its run.
    pub run: i64,
    /// What was uploaded.
    pub stored: Arc<Stored>,
}

impl Receipts {
    /// Files one.
    pub fn file(&self, name: &str, receipt: Receipt) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), receipt);
    }

    /// That of an artifact, once it has been uploaded.
    pub fn of(&self, name: &str) -> Option<Receipt> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
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
    /// The case a broken change breaks; some case if absent.
    pub breaks: Option<&'static str>,
    /// Whether it contains the commit that broke the totals.
    pub regressed: bool,
    /// Whether it lies between the commit that broke the export and the one that repaired it.
    pub export_broken: bool,
    /// Its time.
    pub era: Era,
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
    /// The attempt before, of which the jobs that succeeded are not run again.
    pub before: Option<Arc<Facts>>,
    /// What has been uploaded.
    pub receipts: Receipts,
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

/// Cases with a part of their own in the story.
const STARS: [&str; 6] =
    [FLAKY_TEST, FLAKY_BACKEND_TEST, REGRESSED_TEST, REGRESSED_BACKEND_TEST, RECOVERED_TEST, REPAIRED_TEST];

impl Facts {
    /// Chance that belongs to this attempt and a topic.
    pub fn noise(&self, topic: &str) -> Noise {
        Noise::new(mix_text(mix(self.key, self.attempt), topic))
    }

    /// The case a broken change breaks.
    fn broken_case(&self, tests: Tests) -> Option<usize> {
        if tests != self.flow.main_tests() {
            return None;
        }
        if let Some(title) = self.breaks {
            return tests.index_of(title);
        }
        let cases = tests.cases();
        // The same in every attempt: a re-run does not repair a change.
        let first = Noise::keyed(self.key, 0xb40c).below(cases.len() as u64) as usize;
        (0..cases.len()).map(|step| (first + step) % cases.len()).find(|index| !STARS.contains(&cases[*index].title))
    }

    /// How a case ended in one variant (browser, operating system, …).
    pub fn outcome(&self, tests: Tests, index: usize, variant: &str) -> Outcome {
        let case = &tests.cases()[index];
        if self.trouble == Trouble::Outage && self.flow.uses_staging() && tests != Tests::Unit {
            // What never leaves the machine goes on passing.
            return if mix_text(11, case.title).is_multiple_of(12) { Outcome::Passed } else { Outcome::Failed };
        }
        if self.is_broken(tests, index, variant) {
            return Outcome::Failed;
        }
        if self.passes_at_second_try(tests, case, variant) {
            return Outcome::Flaky;
        }
        let is_skipped = tests == Tests::Browser && variant == "firefox" && case.suite == "wallet"
            || case.title == "test_knows_islands"
            || tests == Tests::Android && case.title == "scansCard" && variant == "api-30";
        if is_skipped { Outcome::Skipped } else { Outcome::Passed }
    }

    fn is_broken(&self, tests: Tests, index: usize, variant: &str) -> bool {
        let title = tests.cases()[index].title;
        if self.regressed && (title == REGRESSED_TEST || title == REGRESSED_BACKEND_TEST) {
            return true;
        }
        if self.export_broken && title == REPAIRED_TEST {
            return true;
        }
        match self.trouble {
            Trouble::Broken | Trouble::MissingReport | Trouble::Truncated => self.broken_case(tests) == Some(index),
            Trouble::Redesign if tests == Tests::Browser => {
                let case = &tests.cases()[index];
                let pays = case.file == "payment.spec.ts" && title != FLAKY_TEST && variant != "firefox";
                pays || picture_of(self, case).is_some()
            }
            Trouble::Flaky => title == FLAKY_TEST && variant == "webkit" || title == FLAKY_BACKEND_TEST,
            _ => false,
        }
    }

    /// Only the browser tests are repeated within their job.
    fn passes_at_second_try(&self, tests: Tests, case: &Case, variant: &str) -> bool {
        let mut noise = self.noise(&format!("{variant}/{}", case.title));
        match case.title {
            _ if tests != Tests::Browser => false,
            FLAKY_TEST if variant == "webkit" => {
                matches!(self.trouble, Trouble::Wobble | Trouble::Redesign) || noise.chance(0.18)
            }
            FLAKY_TEST => noise.chance(0.03),
            RECOVERED_TEST => self.era.wallet_wobbles && variant == "chromium" && noise.chance(0.5),
            _ => false,
        }
    }

    /// How long a case took at its last try.
    pub fn took_ms(&self, case: &Case, variant: &str) -> u64 {
        let mut noise = self.noise(&format!("{variant}/{}/{}/time", case.suite, case.title));
        let usual = (case.typical_ms as f64 * (0.8 + 0.5 * noise.unit())) as u64 + 1;
        // What waits for something that never comes waits as long as it may.
        match case.title {
            FLAKY_TEST if self.trouble == Trouble::Flaky && variant == "webkit" => 30_000 + usual % 400,
            _ => usual,
        }
    }

    /// How long the try before the last took.
    pub fn first_try_ms(&self, case: &Case, variant: &str) -> u64 {
        let usual = self.took_ms(case, variant);
        if case.title == FLAKY_TEST { 30_000 + usual % 300 } else { usual + usual / 3 }
    }

    /// Whether any of the cases failed in a variant.
    pub fn any_failed(&self, tests: Tests, variant: &str, pick: impl Fn(usize) -> bool) -> bool {
        (0..tests.cases().len())
            .filter(|index| pick(*index))
            .any(|index| self.outcome(tests, index, variant) == Outcome::Failed)
    }

    /// Whether a browser's share of the browser tests failed in this attempt.
    pub fn shard_failed(&self, browser: &str, shard: usize) -> bool {
        self.any_failed(Tests::Browser, browser, |index| index % SHARDS == shard)
    }

    /// The attempt whose job of this share is the latest: one that succeeded is not run again.
    pub fn of_shard(&self, browser: &str, shard: usize) -> &Facts {
        let Some(before) = &self.before else { return self };
        let last = before.of_shard(browser, shard);
        if last.shard_failed(browser, shard) { self } else { last }
    }
}
