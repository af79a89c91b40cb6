//! One check of one repository: walks GitHub's listings, writes what is new, plans what follows.
//!
//! Correctness rests on the unfiltered listings alone; filtered ones lag and only speed things up.
//! A page's validator is kept after what the page showed is committed, and the head's only after
//! the whole walk from it: a crash in between costs a repetition, never a gap.

use super::plan::{SeenArtifact, attempt_at, details_task, missing_runs, plan_artifacts, plan_runs};
use super::{CheckError, Collector, Depth, Found};
use crate::events::Event;
use crate::forge::{Answer, At, ForgeError, Page, RepoRef, RunFilter};
use crate::model::merge::Known;
use crate::model::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, upstream};
use crate::store::{StoreError, Stored, Validator};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::Ordering;
use tracing::warn;

/// Runs younger than this are walked over again at every change: the listing settles late.
const OVERLAP_MS: i64 = 2 * HOUR_MS;
/// GitHub ends runs after 35 days, whatever happens.
const LONGEST_RUN_MS: i64 = 35 * DAY_MS;
/// A run can be started again for 30 days.
const RERUN_WINDOW_MS: i64 = 30 * DAY_MS;
/// GitHub's largest page.
const MOST_ON_A_PAGE: i64 = 100;
/// Absent runs looked at one by one, per page.
const MOST_MISSING: usize = 50;
/// Unfinished runs whose jobs are looked at, per check.
const MOST_LIVE: usize = 100;
/// Statuses whose filtered listing hints at runs beyond the first page that are running again.
const UNFINISHED: [&str; 5] = ["in_progress", "queued", "waiting", "pending", "requested"];

/// A check under way.
pub(super) struct Check<'a> {
    collector: &'a Collector,
    repository: &'a RepoRef,
    /// Unknown runs without activity since are none of ours.
    cutoff: Millis,
    found: Found,
    /// Runs seen in this check.
    seen: HashSet<i64>,
}

impl<'a> Check<'a> {
    pub(super) fn new(collector: &'a Collector, repository: &'a RepoRef) -> Check<'a> {
        let cutoff = collector.clock.now().plus(-collector.options.initial_sync_days * DAY_MS);
        Check { collector, repository, cutoff, found: Found::default(), seen: HashSet::new() }
    }

    pub(super) async fn run(mut self, depth: Depth) -> Result<Found, CheckError> {
        let stored = self.stored().await?;
        self.collector.listing.store(!stored.initial_done, Ordering::Relaxed);
        self.phase("workflows", 0, 0);
        self.workflows().await?;
        // GitHub has just accepted the token.
        self.collector.tasks.set_gates(|gates| gates.metadata = true);
        if stored.initial_done {
            self.head().await?;
            self.unfinished().await?;
            if !self.first_page_reaches_back().await? {
                self.hints().await?;
                self.sweep(depth, stored.sweep_page).await?;
            }
            self.artifacts(stored.newest_artifact).await?;
        } else {
            self.backfill().await?;
            self.unfinished().await?;
            self.artifacts(0).await?;
            self.collector.store.record_initial_done(self.repository.id).await?;
        }
        self.leftovers().await?;
        self.collector.store.forget_etags(self.now().plus(-LONGEST_RUN_MS)).await?;
        self.phase("idle", 0, 0);
        Ok(self.found)
    }

    fn now(&self) -> Millis {
        self.collector.clock.now()
    }

    /// Shows how far the first listing is. Later ones are short; what they find shows in the queue.
    fn phase(&self, phase: &str, done: i64, total: i64) {
        if !self.collector.listing.load(Ordering::Relaxed) {
            return;
        }
        self.collector.hub.update(|activity| {
            activity.progress.phase = phase.to_owned();
            activity.progress.done = done;
            activity.progress.total = total;
            activity.rate_limit = self.collector.forge.rate_limit();
            activity.requests = self.collector.forge.requests();
        });
    }

    async fn stored(&self) -> Result<Stored, CheckError> {
        let stored = self.collector.store.stored_repository(self.repository.id).await?;
        stored.ok_or_else(|| {
            CheckError::Store(StoreError::Missing { thing: format!("repository {}", self.repository.id) })
        })
    }

    /// Keeps the right to poll while a long walk goes on.
    async fn keep_lease(&self) -> Result<(), CheckError> {
        let now = self.now();
        let owner = self.collector.tasks.owner();
        if self.collector.store.take_poll_lease(self.repository.id, owner, now, now.plus(2 * MINUTE_MS)).await? {
            Ok(())
        } else {
            Err(CheckError::Busy)
        }
    }

    fn url(&self, page: &str) -> String {
        format!("{}/{page}", self.repository.id)
    }

    async fn validator(&self, page: &str) -> Result<Option<Validator>, CheckError> {
        Ok(self.collector.store.validator(self.collector.forge.token_fingerprint(), &self.url(page)).await?)
    }

    async fn remember(&self, page: &str, validator: Option<Validator>) -> Result<(), CheckError> {
        let token = self.collector.forge.token_fingerprint();
        self.collector.store.record_validator(token, &self.url(page), validator.as_ref(), self.now()).await?;
        Ok(())
    }

    async fn workflows(&mut self) -> Result<(), CheckError> {
        for number in 1_u32.. {
            let page_name = format!("workflows/{number}");
            let known = self.validator(&page_name).await?;
            let etag = known.as_ref().map(|known| known.etag.as_str());
            let has_next = match self.collector.forge.workflows(self.repository, At::Page(number), etag).await? {
                Answer::NotModified => known.is_some_and(|known| known.has_next),
                Answer::Fresh(page) => {
                    let changed = self.collector.store.record_workflows(self.repository.id, &page.items).await?;
                    self.found.updated_workflows += changed.len() as i64;
                    changed.into_iter().for_each(|id| self.collector.hub.send(Event::Workflow(id)));
                    self.remember(&page_name, validator_of(&page, None)).await?;
                    page.next.is_some()
                }
            };
            if !has_next {
                break;
            }
        }
        Ok(())
    }

    /// The first sync: from the newest run back to the cutoff.
    async fn backfill(&mut self) -> Result<(), CheckError> {
        let mut at = At::First;
        let mut head = None;
        let mut listed = 0;
        let mut oldest = None;
        loop {
            let page = match self.runs(RunFilter::All, at).await {
                Err(CheckError::Forge(ForgeError::PageLimit)) => {
                    self.windows(oldest.unwrap_or(self.now())).await?;
                    break;
                }
                other => other?,
            };
            listed += page.items.len() as i64;
            self.take(&page).await?;
            oldest = oldest_of(&page);
            head.get_or_insert_with(|| validator_of(&page, oldest));
            let ends = page.next.is_none() || oldest.is_none_or(|oldest| oldest < self.cutoff);
            self.phase("runs", listed, if ends { listed } else { page.total.max(listed) });
            match page.next {
                Some(next) if !ends => at = At::Next(next),
                // The listing ends at its depth without saying so: asking for what is older costs
                // one request where it was the true end.
                None if listed > MOST_ON_A_PAGE && oldest.is_some_and(|oldest| oldest >= self.cutoff) => {
                    self.windows(oldest.unwrap_or(self.now())).await?;
                    break;
                }
                _ => break,
            }
        }
        self.remember("runs/1", head.flatten()).await
    }

    /// What lies beyond the 40,000 runs that the listing shows: windows of creation time, split
    /// until each is short enough for a filtered listing to be whole.
    async fn windows(&mut self, to: Millis) -> Result<(), CheckError> {
        let mut windows = vec![(self.cutoff, to)];
        while let Some((from, to)) = windows.pop() {
            let mut page = self.runs(RunFilter::Created { from, to }, At::First).await?;
            if page.total >= 1000 && to.since(from) > 1000 {
                let middle = Millis(from.0 + to.since(from) / 2);
                windows.push((from, middle));
                windows.push((middle, to));
                continue;
            }
            loop {
                self.take(&page).await?;
                match page.next {
                    Some(next) => page = self.runs(RunFilter::Created { from, to }, At::Next(next)).await?,
                    None => break,
                }
            }
        }
        Ok(())
    }

    async fn runs(&self, filter: RunFilter<'_>, at: At) -> Result<Page<upstream::Run>, CheckError> {
        match self.collector.forge.runs(self.repository, filter, at, None).await? {
            Answer::Fresh(page) => Ok(page),
            Answer::NotModified => Err(unasked().into()),
        }
    }

    /// The newest runs: further pages as long as one held news or runs young enough to settle late.
    async fn head(&mut self) -> Result<(), CheckError> {
        self.phase("runs", 0, 0);
        let known = self.validator("runs/1").await?;
        let etag = known.as_ref().map(|known| known.etag.as_str());
        let mut page = match self.collector.forge.runs(self.repository, RunFilter::All, At::First, etag).await? {
            Answer::NotModified => return Ok(()),
            Answer::Fresh(page) => page,
        };
        let head = validator_of(&page, oldest_of(&page));
        let mut newest_possible = Millis(i64::MAX);
        let mut reconciled = true;
        loop {
            let news = self.take(&page).await?;
            let oldest = oldest_of(&page);
            reconciled &= self.reconcile(&page, newest_possible).await?;
            newest_possible = oldest.unwrap_or(newest_possible);
            let unsettled = oldest.is_some_and(|oldest| oldest > self.now().plus(-OVERLAP_MS));
            let beyond = oldest.is_some_and(|oldest| oldest < self.cutoff);
            match page.next {
                Some(next) if (news || unsettled) && !beyond => match self.runs(RunFilter::All, At::Next(next)).await {
                    Err(CheckError::Forge(ForgeError::PageLimit)) => break,
                    other => page = other?,
                },
                _ => break,
            }
        }
        self.remember("runs/1", head.filter(|_| reconciled)).await
    }

    /// Whether the first page already covers all runs that could be started again.
    async fn first_page_reaches_back(&self) -> Result<bool, CheckError> {
        let reach = self.now().plus(-RERUN_WINDOW_MS).min(self.cutoff);
        Ok(self
            .validator("runs/1")
            .await?
            .is_some_and(|page| !page.has_next || page.oldest.is_some_and(|oldest| oldest < reach.0)))
    }

    /// Runs that had not ended, one by one; those in the listing have been seen already.
    async fn unfinished(&mut self) -> Result<(), CheckError> {
        let unfinished =
            self.collector.store.unfinished_runs(self.repository.id, self.now().plus(-LONGEST_RUN_MS)).await?;
        for (id, _) in unfinished.iter().filter(|(id, _)| !self.seen.contains(id)).copied().collect::<Vec<_>>() {
            self.look_at(id).await?;
        }
        let still = self.collector.store.unfinished_runs(self.repository.id, self.now().plus(-LONGEST_RUN_MS)).await?;
        let live: Vec<_> = still
            .into_iter()
            .take(MOST_LIVE)
            .map(|(id, created_at)| details_task(self.repository.id, id, Millis(created_at), self.now()))
            .collect();
        self.collector.store.enqueue(&live).await?;
        self.collector.tasks.wake();
        Ok(())
    }

    /// Looks at one run by its id: changed, unchanged, or gone.
    async fn look_at(&mut self, id: i64) -> Result<(), CheckError> {
        let page_name = format!("run/{id}");
        let known = self.validator(&page_name).await?;
        match self.collector.forge.run(self.repository, id, known.as_ref().map(|known| known.etag.as_str())).await {
            Ok(Answer::NotModified) => {}
            Ok(Answer::Fresh(one)) => {
                self.take_items(std::slice::from_ref(&one.item)).await?;
                let validator = one.etag.map(|etag| Validator { etag, has_next: false, oldest: None });
                self.remember(&page_name, validator).await?;
            }
            Err(ForgeError::NotFound) => {
                self.collector.store.mark_deleted_upstream(id).await?;
                self.collector.hub.send(Event::Run(id));
                self.found.updated_runs += 1;
            }
            Err(error) => return Err(error.into()),
        }
        self.seen.insert(id);
        Ok(())
    }

    async fn hints(&mut self) -> Result<(), CheckError> {
        for status in UNFINISHED {
            let page_name = format!("hint/{status}");
            let known = self.validator(&page_name).await?;
            let etag = known.as_ref().map(|known| known.etag.as_str());
            match self.collector.forge.runs(self.repository, RunFilter::Status(status), At::First, etag).await {
                Ok(Answer::NotModified) => {}
                Ok(Answer::Fresh(page)) => {
                    self.take(&page).await?;
                    self.remember(&page_name, validator_of(&page, None)).await?;
                }
                Err(error @ (ForgeError::Limited { .. } | ForgeError::Unauthorized)) => return Err(error.into()),
                Err(error) => warn!(status, %error, "could not ask for runs by status; the sweep will find them"),
            }
        }
        Ok(())
    }

    /// The guarantee behind everything else: all pages of the window in which runs can change, one
    /// a poll in turn, all of them at a refresh.
    async fn sweep(&mut self, depth: Depth, next_page: i64) -> Result<(), CheckError> {
        let reach = self.now().plus(-RERUN_WINDOW_MS).min(self.cutoff);
        let (mut number, most) = match depth {
            Depth::Poll => (u32::try_from(next_page).unwrap_or(2).max(2), 1),
            Depth::Refresh => (2, 400),
        };
        for _ in 0..most {
            let Some((has_next, oldest)) = self.sweep_page(number).await? else {
                number = 2;
                break;
            };
            if !has_next || oldest.is_none_or(|oldest| oldest < reach) {
                number = 2;
                break;
            }
            number += 1;
            self.keep_lease().await?;
        }
        self.collector.store.record_sweep_page(self.repository.id, i64::from(number)).await?;
        Ok(())
    }

    /// One page of the sweep: whether a further one follows, and the oldest run on it. `None` when
    /// the page could not be had.
    async fn sweep_page(&mut self, number: u32) -> Result<Option<(bool, Option<Millis>)>, CheckError> {
        let page_name = format!("runs/{number}");
        let known = self.validator(&page_name).await?;
        let etag = known.as_ref().map(|known| known.etag.as_str());
        match self.collector.forge.runs(self.repository, RunFilter::All, At::Page(number), etag).await {
            Ok(Answer::NotModified) => Ok(known.map(|known| (known.has_next, known.oldest.map(Millis)))),
            Ok(Answer::Fresh(page)) => {
                self.take(&page).await?;
                let before = self.validator(&format!("runs/{}", number - 1)).await?.and_then(|page| page.oldest);
                let newest = page.items.iter().map(|run| run.created_at.0).max();
                let reconciled = self.reconcile(&page, Millis(before.max(newest).unwrap_or(i64::MAX))).await?;
                let oldest = oldest_of(&page);
                self.remember(&page_name, validator_of(&page, oldest).filter(|_| reconciled)).await?;
                Ok(Some((page.next.is_some(), oldest)))
            }
            Err(error @ (ForgeError::Limited { .. } | ForgeError::Unauthorized)) => Err(error.into()),
            Err(error) => {
                warn!(page = number, %error, "could not sweep a page of runs; the next poll goes on");
                Ok(None)
            }
        }
    }

    /// Runs that we know and this page should have shown: each is asked for by id, which tells
    /// whether it is gone. False when there are more than one check looks at; the page must then
    /// be read again.
    async fn reconcile(&mut self, page: &Page<upstream::Run>, newest: Millis) -> Result<bool, CheckError> {
        let oldest = match (&page.next, oldest_of(page)) {
            (None, _) => Millis(0),
            (Some(_), Some(oldest)) => oldest.plus(1),
            (Some(_), None) => return Ok(true),
        };
        let known = self.collector.store.runs_created_between(self.repository.id, oldest, newest).await?;
        let missing = missing_runs(&known, &self.seen, MOST_MISSING + 1);
        for id in missing.iter().take(MOST_MISSING) {
            self.look_at(*id).await?;
        }
        Ok(missing.len() <= MOST_MISSING)
    }

    /// Writes what a page shows; true when it held news.
    async fn take(&mut self, page: &Page<upstream::Run>) -> Result<bool, CheckError> {
        for skipped in &page.skipped {
            warn!(reason = skipped, "could not read a run in GitHub's answer; the others are kept");
        }
        self.keep_lease().await?;
        self.take_items(&page.items).await
    }

    async fn take_items(&mut self, runs: &[upstream::Run]) -> Result<bool, CheckError> {
        let collector = self.collector;
        let ids: Vec<i64> = runs.iter().map(|run| run.id).collect();
        let known = collector.store.known_runs(&ids).await?;
        let plan = plan_runs(self.repository.id, &known, runs, self.cutoff, self.now());
        self.learn_workflows(&plan.runs).await?;
        collector.store.record_runs(self.repository.id, &plan).await?;
        self.seen.extend(ids);
        self.found.new_runs += plan.new;
        self.found.updated_runs += plan.updated;
        let workflows: BTreeSet<i64> = plan.runs.iter().map(|run| run.workflow_id).collect();
        plan.runs.iter().for_each(|run| collector.hub.send(Event::Run(run.id)));
        workflows.into_iter().for_each(|id| collector.hub.send(Event::Workflow(id)));
        if !plan.tasks.is_empty() {
            collector.tasks.wake();
        }
        Ok(!plan.runs.is_empty())
    }

    /// A run may point at a workflow that the listing does not show.
    async fn learn_workflows(&mut self, runs: &[upstream::Run]) -> Result<(), CheckError> {
        let ids: BTreeSet<i64> = runs.iter().map(|run| run.workflow_id).collect();
        for id in self.collector.store.unknown_workflows(&ids).await? {
            match self.collector.forge.workflow(self.repository, id).await {
                Ok(workflow) => {
                    self.collector.store.record_workflows(self.repository.id, &[workflow]).await?;
                    self.found.updated_workflows += 1;
                }
                Err(error @ (ForgeError::Limited { .. } | ForgeError::Unauthorized)) => return Err(error.into()),
                Err(error) => warn!(workflow.id = id, %error, "could not get the workflow of a run; its run names it"),
            }
        }
        Ok(())
    }

    /// All artifacts of the repository, newest first: one listing shows every upload, also those of
    /// runs that have not ended.
    async fn artifacts(&mut self, newest_known: i64) -> Result<(), CheckError> {
        self.phase("artifacts", 0, 0);
        let known = self.validator("artifacts/1").await?;
        let etag = known.as_ref().map(|known| known.etag.as_str()).filter(|_| newest_known > 0);
        let mut page = match self.collector.forge.artifacts(self.repository, At::First, etag).await? {
            Answer::NotModified => return Ok(()),
            Answer::Fresh(page) => page,
        };
        let head = validator_of(&page, None);
        let newest = page.items.iter().map(|artifact| artifact.id).max();
        let mut listed = 0;
        loop {
            self.keep_lease().await?;
            let news = self.take_artifacts(&page.items).await?;
            listed += page.items.len() as i64;
            let unread =
                page.items.iter().map(|artifact| artifact.id).min().is_some_and(|lowest| lowest > newest_known);
            let beyond = page.items.iter().all(|artifact| artifact.created_at.is_some_and(|at| at < self.cutoff));
            self.phase("artifacts", listed, page.total.max(listed));
            match page.next {
                Some(next) if (news || unread) && !beyond => {
                    page = match self.collector.forge.artifacts(self.repository, At::Next(next), None).await? {
                        Answer::Fresh(page) => page,
                        Answer::NotModified => return Err(unasked().into()),
                    };
                }
                _ => break,
            }
        }
        if let Some(newest) = newest {
            self.collector.store.record_newest_artifact(self.repository.id, newest).await?;
        }
        self.remember("artifacts/1", head).await
    }

    async fn take_artifacts(&mut self, artifacts: &[upstream::Artifact]) -> Result<bool, CheckError> {
        let collector = self.collector;
        let ids: Vec<i64> = artifacts.iter().map(|artifact| artifact.id).collect();
        let known = collector.store.known_artifacts(&ids).await?;
        let runs = self.runs_of(artifacts, |artifact| !known.contains_key(&artifact.id)).await?;
        let mut seen = Vec::new();
        for artifact in artifacts {
            let Some((run_id, run)) = artifact.run_id.and_then(|id| Some((id, runs.get(&id)?))) else { continue };
            let starts = if run.attempt > 1 { collector.store.attempt_starts(run_id).await? } else { Vec::new() };
            let attempt = attempt_at(run.attempt, &starts, artifact.created_at);
            seen.push(SeenArtifact { artifact: artifact.clone(), run_id, run_created_at: run.created_at, attempt });
        }
        let (rows, tasks) = plan_artifacts(self.repository.id, &known, &seen, self.now());
        collector.store.record_artifacts(self.repository.id, &rows, &tasks).await?;
        rows.iter().for_each(|(artifact, run_id, _)| collector.hub.send(Event::Artifact(artifact.id, *run_id)));
        if !tasks.is_empty() {
            collector.tasks.wake();
        }
        Ok(!rows.is_empty())
    }

    /// The runs that artifacts belong to. One that no listing has shown yet is asked for by id, and
    /// so is one that had ended when a new artifact was uploaded: it was started again.
    async fn runs_of(
        &mut self,
        artifacts: &[upstream::Artifact],
        is_new: impl Fn(&upstream::Artifact) -> bool,
    ) -> Result<HashMap<i64, Known>, CheckError> {
        let ids: BTreeSet<i64> = artifacts.iter().filter_map(|artifact| artifact.run_id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let mut known = self.collector.store.known_runs(&ids).await?;
        let recent = |id: i64| {
            let created = |artifact: &upstream::Artifact| artifact.created_at.is_none_or(|at| at >= self.cutoff);
            artifacts.iter().any(|artifact| artifact.run_id == Some(id) && created(artifact))
        };
        let runs_again = |id: i64, run: &Known| {
            let after_its_end = |artifact: &upstream::Artifact| {
                artifact.created_at.is_some_and(|at| at > run.updated_at.plus(MINUTE_MS))
            };
            run.status == "completed"
                && artifacts
                    .iter()
                    .any(|artifact| artifact.run_id == Some(id) && is_new(artifact) && after_its_end(artifact))
        };
        let is_in_doubt = |id: i64| known.get(&id).map_or_else(|| recent(id), |run| runs_again(id, run));
        let unknown: Vec<i64> = ids.iter().copied().filter(|id| is_in_doubt(*id)).collect();
        for id in unknown.iter().copied().filter(|id| !self.seen.contains(id)).collect::<Vec<_>>() {
            self.look_at(id).await?;
        }
        known.extend(self.collector.store.known_runs(&unknown).await?);
        Ok(known)
    }

    /// Runs whose details nobody is to fetch: what a crash between two steps may leave.
    async fn leftovers(&mut self) -> Result<(), CheckError> {
        let left = self.collector.store.runs_without_details(self.repository.id).await?;
        let tasks: Vec<_> = left
            .into_iter()
            .map(|(id, created_at)| details_task(self.repository.id, id, Millis(created_at), self.now()))
            .collect();
        self.collector.store.enqueue(&tasks).await?;
        self.collector.tasks.wake();
        Ok(())
    }
}

fn oldest_of(page: &Page<upstream::Run>) -> Option<Millis> {
    page.items.iter().map(|run| run.created_at).min()
}

fn validator_of<T>(page: &Page<T>, oldest: Option<Millis>) -> Option<Validator> {
    let etag = page.etag.clone()?;
    Some(Validator { etag, has_next: page.next.is_some(), oldest: oldest.map(|oldest| oldest.0) })
}

fn unasked() -> ForgeError {
    ForgeError::Invalid { reason: "GitHub answered 304 to an unconditional request".into() }
}
