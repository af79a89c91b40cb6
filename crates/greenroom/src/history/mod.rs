//! Test history: reads reports and logs out of what is mirrored, and keeps what they mean. Three kinds of durable
//! work: the reports of an artifact, the failures in a job's log, and what a run's reports mean together. Nothing is
//! asked of GitHub, so all of it can be done again when a reader or an algorithm becomes better.

mod attachment;
mod find;
mod meaning;
mod record;

use crate::analysis::{self, FINGERPRINT_VERSION, IDENTITY_VERSION, VERDICT_VERSION};
use crate::blobs::{BlobKey, Blobs};
use crate::clock::Clock;
use crate::events::{Event, Hub};
use crate::model::cells;
use crate::model::results::TestsState;
use crate::model::testing::{Novelty, TestStatus, Verdict};
use crate::model::{HOUR_MS, Millis};
use crate::reader::{Reader, ReaderError, TRIES};
use crate::store::{Claimed, FreshFailure, LogFailureRecord, RunToTest, Store, TestTitle, Versions};
use crate::tasks::{Outcome, Tasks};
use anyhow::Context;
use find::Source;
use meaning::Surroundings;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::watch;
use tracing::{info, warn};

/// Executions that a judgement looks at.
const JUDGED_EXECUTIONS: i64 = 500;
/// Judgements written in one transaction.
const JUDGED_AT_ONCE: usize = 200;
/// Age at which a judgement over a test thought ill of is made anew: its windows have moved on.
const JUDGEMENT_AGE_MS: i64 = 6 * HOUR_MS;
/// Artifacts and logs of an earlier version asked for at once.
const CATCH_UP: i64 = 500;
/// Tests that may have appeared or vanished between two runs for moves to be looked for: beyond it, it is another suite.
const MAX_MOVES: usize = 2_000;
/// Largest log that is searched for failures; of a longer one its beginning is.
const MAX_LOG_BYTES: u64 = 1 << 30;

/// Version of the reader of logs; grows when it finds more or otherwise.
const LOG_VERSION: i64 = 1;

/// Versions of everything that is recorded.
pub const VERSIONS: Versions = Versions {
    readers: artifact::report::VERSION as i64,
    log: LOG_VERSION,
    identity: IDENTITY_VERSION,
    fingerprint: FINGERPRINT_VERSION,
};

/// Keeps test history. Cheap to clone.
#[derive(Clone)]
pub struct History {
    /// Where the rows are.
    pub store: Store,
    /// Where the bytes are.
    pub blobs: Blobs,
    /// Who reads them.
    pub reader: Reader,
    /// Whom to tell.
    pub hub: Hub,
    /// The queue.
    pub tasks: Tasks,
    /// What time it is.
    pub clock: Clock,
    /// Larger files are not looked into.
    pub max_file_bytes: u64,
}

impl History {
    /// Does a [`crate::model::task::TaskKind::Reports`].
    ///
    /// # Errors
    /// The database or the file storage failed; the caller decides about another try.
    pub async fn reports(&self, claimed: &Claimed) -> anyhow::Result<Outcome> {
        let artifact_id = claimed.subject;
        let Some(stored) = self.store.artifact_to_read(artifact_id).await? else {
            self.store.finish(claimed, self.tasks.owner()).await?;
            return Ok(Outcome::Done);
        };
        let key = BlobKey::parse(&stored.blob).with_context(|| format!("artifact {artifact_id} has no blob"))?;
        let source = Source { entries: stored.entries, is_single: stored.is_single };
        let (places, files) = source.candidates();
        let mut read = Vec::new();
        if !files.is_empty() {
            let held = self.blobs.hold(&key).await?;
            let open = || std::fs::File::open(held.path());
            read = self.reader.reports(open, &files, self.max_file_bytes, claimed.attempts >= TRIES).await?;
        }
        let given_up = find::quarantined(&read);
        let records = tokio::task::spawn_blocking(move || find::records(&source, &places, read))
            .await
            .context("putting the reports together broke off")?;
        let tasks: Vec<_> = self.store.tests_task(claimed.run_id).await?.into_iter().collect();
        let owner = self.tasks.owner();
        self.store.record_reports(claimed, owner, VERSIONS, &records, &tasks, given_up.as_deref()).await?;
        metrics::counter!("greenroom_reports_total").increment(records.len() as u64);
        self.tasks.wake();
        Ok(Outcome::Done)
    }

    /// Does a [`crate::model::task::TaskKind::LogFailures`].
    ///
    /// # Errors
    /// The database or the file storage failed; the caller decides about another try.
    pub async fn log_failures(&self, claimed: &Claimed) -> anyhow::Result<Outcome> {
        let job_id = claimed.subject;
        let Some((blob, failed)) = self.store.log_to_read(job_id).await? else {
            self.store.finish(claimed, self.tasks.owner()).await?;
            return Ok(Outcome::Done);
        };
        let key = BlobKey::parse(&blob).with_context(|| format!("the log of job {job_id} has no blob"))?;
        let held = self.blobs.hold(&key).await?;
        let log = std::fs::File::open(held.path())?;
        let reading = match self.reader.log_failures(log, MAX_LOG_BYTES).await {
            Ok(reading) => reading,
            Err(ReaderError::Died(death)) if claimed.attempts >= TRIES => {
                return Ok(Outcome::GiveUp(format!("quarantined: reading it ended the process that reads: {death}")));
            }
            Err(error) => return Err(error).with_context(|| format!("could not read the log of job {job_id}")),
        };
        // What a passing job prints is no failure, however it looks.
        let failures: Vec<LogFailureRecord> =
            reading.failures.into_iter().filter(|_| failed).map(record::log_failure).collect();
        let artifacts: Vec<i64> = reading.artifact_ids.iter().filter_map(|id| i64::try_from(*id).ok()).collect();
        let changes_something = !failures.is_empty() || !artifacts.is_empty();
        let tasks: Vec<_> = if changes_something {
            self.store.tests_task(claimed.run_id).await?.into_iter().collect()
        } else {
            Vec::new()
        };
        self.store.record_log_failures(claimed, self.tasks.owner(), VERSIONS, &failures, &artifacts, &tasks).await?;
        self.tasks.wake();
        Ok(Outcome::Done)
    }

    /// Does a [`crate::model::task::TaskKind::Tests`].
    ///
    /// # Errors
    /// The database failed; the caller decides about another try.
    pub async fn tests(&self, claimed: &Claimed) -> anyhow::Result<Outcome> {
        // The last of a run's artifacts to be read asks for this again: until then it would be done in vain.
        let is_early = self.store.reports_are_coming(claimed.run_id).await?;
        if let Some(run) = self.store.run_to_test(claimed.run_id).await?.filter(|_| !is_early) {
            let guarded = self.decide(&run).await?;
            if !guarded {
                self.follow_moves(&run).await?;
            }
            // Also where the run is no evidence: it may have been taken for some before.
            let tests = self.store.tests_to_judge(&run).await?;
            self.judge(&tests).await?;
            if !guarded {
                self.tell_news(&run).await?;
            }
            self.hub.send(Event::Run(run.id));
        }
        self.store.finish(claimed, self.tasks.owner()).await?;
        Ok(Outcome::Done)
    }

    /// Decides which of a run's reports count and writes its totals; tells whether the run is no evidence.
    async fn decide(&self, run: &RunToTest) -> anyhow::Result<bool> {
        let reports = self.store.run_reports(run.id).await?;
        let jobs = self.store.run_jobs(run.id).await?;
        let outage = self.store.shared_outage(run).await?;
        let mut meaning = meaning::of(run, &reports, &jobs, !outage.is_empty());
        let (unread, given_up) = self.store.unread_artifacts(run.id).await?;
        let usual = reports.is_empty() && self.store.reports_are_usual(run).await?;
        meaning.totals.flaky += self.contradictions(&meaning).await?;
        meaning.settle(run, &reports, Surroundings { unread, given_up, usual });
        self.store.record_run_tests(run, &meaning.decided, &meaning.totals, meaning.guarded).await?;
        // The runs that an outage hit first could not be told from others then.
        let mut again = if meaning.guarded { self.store.runs_not_guarded(&outage).await? } else { Vec::new() };
        if meaning.totals.total > 0 {
            again.extend(self.store.runs_that_miss_reports(run).await?);
        }
        for run_id in again {
            self.store.enqueue(self.store.tests_task(run_id).await?.as_slice()).await?;
        }
        Ok(meaning.guarded)
    }

    /// Tests that failed in an attempt whose report a later one supersedes, and passed there.
    async fn contradictions(&self, meaning: &meaning::Meaning) -> anyhow::Result<i64> {
        let mut failed = BTreeSet::new();
        for report_id in meaning.superseded() {
            failed.extend(self.store.failed_tests(report_id).await?);
        }
        if failed.is_empty() {
            return Ok(0);
        }
        let cells = self.store.report_cells(&meaning.counted()).await?;
        let mut passed = BTreeSet::new();
        for (_, packed) in &cells {
            for cell in cells::unpack(packed) {
                match cell.status {
                    TestStatus::Passed if failed.contains(&cell.test_id) => {
                        passed.insert(cell.test_id);
                    }
                    TestStatus::Failed => {
                        failed.remove(&cell.test_id);
                    }
                    _ => {}
                }
            }
        }
        Ok(passed.intersection(&failed).count() as i64)
    }

    /// Gives the results of tests that went to another file to the tests they were before.
    async fn follow_moves(&self, run: &RunToTest) -> anyhow::Result<()> {
        let before = self.store.reports_before(run).await?;
        if before.is_empty() || run.status != "completed" {
            return Ok(());
        }
        let reports = self.store.run_reports(run.id).await?;
        if reports.iter().any(|report| report.tests_state() != TestsState::Complete) {
            return Ok(());
        }
        let now_there = self.tests_in(&reports.iter().map(|report| report.id).collect::<Vec<_>>()).await?;
        let were_there = self.tests_in(&before).await?;
        let appeared: Vec<i64> = now_there.difference(&were_there).copied().take(MAX_MOVES).collect();
        let vanished: Vec<i64> = were_there.difference(&now_there).copied().take(MAX_MOVES).collect();
        if appeared.is_empty() || vanished.is_empty() || appeared.len() == MAX_MOVES || vanished.len() == MAX_MOVES {
            return Ok(());
        }
        let appeared = self.store.titles(&appeared).await?;
        let vanished = self.store.titles(&vanished).await?;
        let called = |titles: &[TestTitle]| titles.iter().map(title).collect::<Vec<_>>();
        let mut moves: Vec<(TestTitle, i64)> = Vec::new();
        for (new, old) in analysis::moves(&called(&appeared), &called(&vanished)) {
            // One that the default branch knew before has a history of its own.
            if let Some(new) = appeared.iter().find(|title| title.id == new)
                && !self.store.was_on_default(new.id, run).await?
            {
                moves.push((new.clone(), old));
            }
        }
        if !moves.is_empty() {
            info!(run.id = run.id, tests = moves.len(), "tests have moved to another file");
            self.store.record_moves(run, &moves, self.clock.now()).await?;
            self.tasks.wake();
        }
        Ok(())
    }

    async fn tests_in(&self, reports: &[i64]) -> anyhow::Result<BTreeSet<i64>> {
        let cells = self.store.report_cells(reports).await?;
        Ok(cells.iter().flat_map(|(_, packed)| cells::unpack(packed)).map(|cell| cell.test_id).collect())
    }

    /// Judges tests by their newest executions.
    async fn judge(&self, tests: &[i64]) -> anyhow::Result<()> {
        let now = self.clock.now();
        for chunk in tests.chunks(JUDGED_AT_ONCE) {
            let mut judged = Vec::with_capacity(chunk.len());
            for test_id in chunk {
                let executions = self.store.executions(*test_id, JUDGED_EXECUTIONS).await?;
                judged.push((*test_id, analysis::judge(&executions, now)));
            }
            self.store.record_judgements(&judged, now).await?;
        }
        Ok(())
    }

    /// Decides which failures of a run are news.
    async fn tell_news(&self, run: &RunToTest) -> anyhow::Result<()> {
        let mut decided: Vec<(FreshFailure, Novelty, Option<i64>)> = Vec::new();
        for failure in self.store.fresh_failures(run.id).await? {
            let earlier: Vec<analysis::Sighting> = self
                .store
                .sightings(run, failure.test_id, failure.family_id)
                .await?
                .into_iter()
                .map(|row| analysis::Sighting {
                    run_id: row.run_id,
                    at: Millis(row.at),
                    branch: row.branch,
                    author: row.actor,
                    on_default: row.on_default,
                })
                .collect();
            let verdict = if failure.verdict == Verdict::Suspect { Verdict::Healthy } else { failure.verdict };
            let (novelty, proof) = analysis::novelty(verdict, &run.branch, run.id, Millis(run.created_at), &earlier);
            decided.push((failure, novelty, proof));
        }
        self.store.record_novelties(&decided).await?;
        Ok(())
    }

    /// Until told to stop: reads again what an earlier version has read, and judges anew what has aged.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        while !*stopping.borrow() {
            let pause = match self.care().await {
                Ok(true) => Duration::from_secs(5),
                Ok(false) => Duration::from_secs(600),
                Err(error) => {
                    warn!(error = format!("{error:#}"), "could not look after test history");
                    Duration::from_secs(60)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stopping.changed() => {}
            }
        }
    }

    /// One round of care; tells whether there is more to do.
    ///
    /// # Errors
    /// The database failed.
    pub async fn care(&self) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let unread = self.store.enqueue_unread(VERSIONS.readers, VERSIONS.log, CATCH_UP, now).await?;
        if unread > 0 {
            info!(unread, "reading what is mirrored with the readers of this version");
            self.tasks.wake();
        }
        let before = now.plus(-JUDGEMENT_AGE_MS);
        let stale = self.store.stale_judgements(before, VERDICT_VERSION, CATCH_UP).await?;
        self.judge(&stale).await?;
        Ok(unread > 0 || stale.len() as i64 == CATCH_UP)
    }
}

fn title(title: &TestTitle) -> analysis::Title {
    analysis::Title {
        test_id: title.id,
        suite: title.suite.clone(),
        class: title.class.clone().unwrap_or_default(),
        name: title.name.clone(),
    }
}
