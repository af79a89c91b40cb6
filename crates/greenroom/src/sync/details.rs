//! Attempts and jobs of one run, and, some time after it ended, what GitHub shows late.

use super::Collector;
use super::plan::{SeenArtifact, attempt_at, plan_artifacts, plan_jobs, recheck_task};
use crate::events::Event;
use crate::forge::{Answer, At, ForgeError, RepoRef};
use crate::model::task::TaskKind;
use crate::model::{Millis, upstream};
use crate::store::{Claimed, RunToDetail, Validator};
use crate::tasks::Outcome;
use anyhow::Context;

impl Collector {
    /// Does a [`TaskKind::RunDetails`] or [`TaskKind::Recheck`].
    ///
    /// # Errors
    /// What GitHub or the database answered; the caller decides about another try.
    pub async fn look_into(&self, claimed: &Claimed) -> anyhow::Result<Outcome> {
        let owner = self.tasks.owner();
        let run = self.store.run_to_detail(claimed.run_id).await?;
        let stored = self.store.stored_repository(claimed.repository_id).await?;
        let (Some(run), Some(stored)) = (run, stored) else {
            self.store.finish(claimed, owner).await?;
            return Ok(Outcome::Done);
        };
        let repository = RepoRef { id: stored.id, owner: stored.owner, name: stored.name };
        match self.look_into_run(claimed, &run, &repository).await {
            Ok(()) => {}
            Err(error) if matches!(error.downcast_ref(), Some(ForgeError::NotFound)) => {
                // Jobs are missing: the run is gone, or this is a hiccup worth another try.
                match self.forge.run(&repository, run.id, None).await {
                    Err(ForgeError::NotFound) => self.store.mark_deleted_upstream(run.id).await?,
                    _ => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
        self.hub.send(Event::Run(run.id));
        Ok(Outcome::Done)
    }

    async fn look_into_run(&self, claimed: &Claimed, run: &RunToDetail, repository: &RepoRef) -> anyhow::Result<()> {
        self.earlier_attempts(run, repository).await?;
        let page_name = format!("{}/jobs/{}", repository.id, run.id);
        let token = self.forge.token_fingerprint();
        let known = self.store.validator(token, &page_name).await?;
        let (jobs, validator) = self.jobs(run, repository, known.as_ref()).await?;
        let logs = self.store.log_states(run.id).await?;
        let now = self.clock.now();
        let created_at = Millis(run.created_at);
        let (records, mut tasks) = plan_jobs(repository.id, run.id, created_at, run.attempt, &logs, &jobs, now);
        if claimed.kind == TaskKind::Recheck {
            self.late_artifacts(run, repository).await?;
        }
        if run.status == "completed" {
            let ended_at = jobs.iter().filter_map(|job| job.completed_at).max().unwrap_or(Millis(run.updated_at));
            tasks.extend(recheck_task(repository.id, run.id, created_at, ended_at, now));
        }
        self.store.record_details(claimed, self.tasks.owner(), run, &records, &tasks, now).await?;
        if let Some(validator) = validator {
            self.store.record_validator(token, &page_name, Some(&validator), now).await?;
        }
        self.tasks.wake();
        Ok(())
    }

    /// The list shows the latest attempt only; earlier ones are asked for once.
    async fn earlier_attempts(&self, run: &RunToDetail, repository: &RepoRef) -> anyhow::Result<()> {
        if run.attempt <= 1 {
            return Ok(());
        }
        let have = self.store.completed_attempts(run.id).await?;
        let mut attempts = Vec::new();
        for number in (1..run.attempt).filter(|number| !have.contains(number)) {
            match self.forge.attempt(repository, run.id, number).await {
                Ok(attempt) => attempts.push(attempt),
                Err(ForgeError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.store.record_attempts(&attempts).await?;
        Ok(())
    }

    /// Jobs of all attempts, or none when nothing changed since they were last read.
    async fn jobs(
        &self,
        run: &RunToDetail,
        repository: &RepoRef,
        known: Option<&Validator>,
    ) -> anyhow::Result<(Vec<upstream::Job>, Option<Validator>)> {
        let mut jobs = Vec::new();
        let mut validator = None;
        let mut at = At::First;
        loop {
            // A listing of several pages is read whole each time: its first page may stay the same.
            let etag = known.filter(|known| !known.has_next && jobs.is_empty()).map(|known| known.etag.as_str());
            let page = match self.forge.jobs(repository, run.id, at, etag).await? {
                Answer::NotModified => return Ok((Vec::new(), None)),
                Answer::Fresh(page) => page,
            };
            if jobs.is_empty() {
                validator = page.etag.map(|etag| Validator { etag, has_next: page.next.is_some(), oldest: None });
            }
            jobs.extend(page.items);
            match page.next {
                Some(next) => at = At::Next(next),
                None => return Ok((jobs, validator)),
            }
        }
    }

    async fn late_artifacts(&self, run: &RunToDetail, repository: &RepoRef) -> anyhow::Result<()> {
        let mut at = At::First;
        loop {
            let page = match self.forge.run_artifacts(repository, run.id, at, None).await? {
                Answer::Fresh(page) => page,
                Answer::NotModified => return Ok(()),
            };
            let starts = self.store.attempt_starts(run.id).await?;
            let seen: Vec<SeenArtifact> = page
                .items
                .into_iter()
                .map(|artifact| SeenArtifact {
                    attempt: attempt_at(run.attempt, &starts, artifact.created_at),
                    run_id: run.id,
                    run_created_at: Millis(run.created_at),
                    artifact,
                })
                .collect();
            let ids: Vec<i64> = seen.iter().map(|seen| seen.artifact.id).collect();
            let known = self.store.known_artifacts(&ids).await?;
            let (rows, tasks) = plan_artifacts(repository.id, &known, &seen, self.clock.now());
            self.store
                .record_artifacts(repository.id, &rows, &tasks)
                .await
                .with_context(|| format!("artifacts of run {}", run.id))?;
            rows.iter().for_each(|(artifact, run_id, _)| self.hub.send(Event::Artifact(artifact.id, *run_id)));
            match page.next {
                Some(next) => at = At::Next(next),
                None => return Ok(()),
            }
        }
    }
}
