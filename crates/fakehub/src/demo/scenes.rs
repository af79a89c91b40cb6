//! One run of the demo: what is decided about it beforehand, how it begins, uploads, and is run again. When which run
//! happens is told in `story` and `present`.

use std::sync::Arc;

use super::artifacts::uploads;
use super::cast::CONTRIBUTOR;
use super::facts::{Era, Facts, Flow, Receipt, Receipts, Trouble};
use super::jobs::{conclusion, jobs};
use crate::noise::{Noise, mix};
use crate::world::{RunSpec, World};

pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
/// Runs that began this recently are played step by step.
const DETAIL_MS: i64 = 20 * MINUTE;

pub(super) const FLOWS: [(Flow, &str, &str); 10] = [
    (Flow::Ci, "CI", ".github/workflows/ci.yml"),
    (Flow::E2e, "E2E · Playwright", ".github/workflows/e2e.yml"),
    (Flow::Visual, "Visual regression", ".github/workflows/visual.yml"),
    (Flow::Android, "Android instrumented", ".github/workflows/android.yml"),
    (Flow::Backend, "Backend integration", ".github/workflows/backend.yml"),
    (Flow::Lint, "Lint", ".github/workflows/lint.yml"),
    (Flow::Nightly, "Nightly full matrix", ".github/workflows/nightly.yml"),
    (Flow::Release, "Release", ".github/workflows/release.yml"),
    (Flow::CodeQl, "CodeQL", "dynamic/github-code-scanning/codeql"),
    (Flow::Legacy, "Legacy sync", ".github/workflows/legacy-sync.yml"),
];

/// The moments everything else refers to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage {
    pub(super) seed: u64,
    pub(super) workflows: [i64; FLOWS.len()],
    pub(super) now_ms: i64,
    /// When the staging system was away.
    pub(super) outage: (i64, i64),
    /// When the commit that broke the totals was merged.
    pub(super) regression_at: i64,
    /// Until when the wallet test was flaky.
    pub(super) wallet_repaired_at: i64,
    /// Since when browser jobs keep their part of the results.
    pub(super) shards_since: i64,
    /// Since when the soak test logs every request.
    pub(super) long_soaks_since: i64,
}

impl Stage {
    pub(super) fn workflow(&self, flow: Flow) -> i64 {
        FLOWS.iter().position(|(other, _, _)| *other == flow).map_or(0, |index| self.workflows[index])
    }

    pub(super) fn at(seed: u64, now_ms: i64, workflows: [i64; FLOWS.len()]) -> Stage {
        let midnight = now_ms - now_ms.rem_euclid(DAY);
        let outage_at = weekday_near(midnight - 11 * DAY) + 14 * HOUR;
        Stage {
            seed,
            workflows,
            now_ms,
            outage: (outage_at, outage_at + 70 * MINUTE),
            regression_at: weekday_near(midnight - 4 * DAY) + 11 * HOUR + 20 * MINUTE,
            wallet_repaired_at: midnight - 19 * DAY,
            shards_since: midnight - 6 * DAY,
            long_soaks_since: midnight - DAY,
        }
    }

    /// The stage of a world made earlier.
    pub(super) fn find(world: &World) -> Option<Stage> {
        let mut workflows = [0; FLOWS.len()];
        for (slot, (_, _, path)) in workflows.iter_mut().zip(FLOWS) {
            *slot = world.workflows.values().find(|workflow| workflow.path == path)?.id;
        }
        Some(Stage::at(world.seed, world.now(), workflows))
    }

    pub(super) fn is_outage(&self, at: i64) -> bool {
        (self.outage.0..self.outage.1).contains(&at)
    }

    fn era(&self, at: i64) -> Era {
        Era {
            wallet_wobbles: at < self.wallet_repaired_at,
            keeps_shards: at >= self.shards_since,
            soaks_long: at >= self.long_soaks_since,
        }
    }
}

/// The day itself, or the Friday before a weekend.
pub(super) fn weekday_near(midnight: i64) -> i64 {
    match (midnight.div_euclid(DAY) + 4).rem_euclid(7) {
        0 => midnight - 2 * DAY,
        6 => midnight - DAY,
        _ => midnight,
    }
}

/// A commit on a branch.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) title: String,
    pub(super) branch: String,
    pub(super) sha: String,
    pub(super) author: &'static str,
    pub(super) pull_request: Option<i64>,
    /// Whether the commit that broke the totals is among its ancestors.
    pub(super) regressed: bool,
}

/// A commit on the default branch.
pub(super) fn main_at(title: &str, noise: &mut Noise, author: &'static str) -> Change {
    Change {
        title: title.to_owned(),
        branch: "main".to_owned(),
        sha: noise.hex(40),
        author,
        pull_request: None,
        regressed: false,
    }
}

/// One run to come.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) flow: Flow,
    pub(super) event: &'static str,
    pub(super) change: Change,
    pub(super) fork: bool,
    pub(super) trouble: Trouble,
    pub(super) breaks: Option<&'static str>,
    pub(super) export_broken: bool,
    pub(super) rerun_after_ms: Option<i64>,
    pub(super) cancel_after_ms: Option<i64>,
    pub(super) queue_ms: i64,
    pub(super) pace: f64,
}

impl Scene {
    pub(super) fn new(flow: Flow, change: &Change) -> Scene {
        Scene {
            flow,
            event: if change.pull_request.is_some() { "pull_request" } else { "push" },
            change: change.clone(),
            fork: false,
            trouble: Trouble::None,
            breaks: None,
            export_broken: false,
            rerun_after_ms: None,
            cancel_after_ms: None,
            queue_ms: 6_000,
            pace: 1.0,
        }
    }

    pub(super) fn event(mut self, event: &'static str) -> Scene {
        self.event = event;
        self
    }

    pub(super) fn trouble(mut self, trouble: Trouble) -> Scene {
        self.trouble = trouble;
        self
    }

    /// The change breaks this case.
    pub(super) fn breaks(mut self, title: &'static str) -> Scene {
        self.trouble = Trouble::Broken;
        self.breaks = Some(title);
        self
    }

    pub(super) fn rerun_after(mut self, ms: i64) -> Scene {
        self.rerun_after_ms = Some(ms);
        self
    }

    fn facts(&self, stage: Stage, key: u64, trouble: Trouble, started_at: i64) -> Facts {
        Facts {
            key,
            flow: self.flow,
            attempt: 1,
            trouble,
            breaks: self.breaks,
            regressed: self.change.regressed,
            export_broken: self.export_broken,
            era: stage.era(started_at),
            started_at,
            sha: self.change.sha.clone(),
            branch: self.change.branch.clone(),
            title: self.change.title.clone(),
            is_pull_request: self.change.pull_request.is_some() || self.fork,
            before: None,
            receipts: Receipts::default(),
        }
    }

    fn spec(&self) -> RunSpec {
        let change = &self.change;
        let spec = RunSpec::queued()
            .event(self.event)
            .branch(&change.branch)
            .sha(&change.sha)
            .title(&change.title)
            .actor(change.author);
        match change.pull_request {
            _ if self.fork => spec.fork(CONTRIBUTOR),
            Some(number) => spec.pull_requests(vec![number]),
            None => spec,
        }
    }
}

/// Starts a run now and schedules its life.
pub(super) fn launch(world: &mut World, stage: Stage, scene: &Scene) {
    let now = world.now();
    let mut trouble = scene.trouble;
    let mut rerun_after = scene.rerun_after_ms;
    if stage.is_outage(now) {
        trouble = Trouble::Outage;
        rerun_after = Some(stage.outage.1 - now + 25 * MINUTE);
    }
    let key = mix(stage.seed, world.runs.len() as u64);
    let facts = Arc::new(scene.facts(stage, key, trouble, now + scene.queue_ms));
    let jobs = jobs(&facts, scene.pace);
    let conclusion = conclusion(&jobs);
    let failed = conclusion != "success";
    let run = world.add_run(stage.workflow(scene.flow), scene.spec().jobs(jobs));
    let in_detail = now > stage.now_ms - DETAIL_MS;
    let end = world.play(run, conclusion, scene.queue_ms, in_detail);
    if let Some(after) = scene.cancel_after_ms {
        world.schedule(now + after, move |world| {
            if world.is_unfinished(run, 1) {
                world.cancel_run(run);
            }
        });
        return;
    }
    schedule_uploads(world, run, &facts);
    if let (Some(after), true) = (rerun_after, failed) {
        let pace = scene.pace;
        world.schedule(end + after, move |world| relaunch(world, stage, run, &facts, pace));
    }
}

/// Runs what failed again. What was wrong with the change stays, what was wrong with the world is gone.
fn relaunch(world: &mut World, stage: Stage, run: i64, before: &Arc<Facts>, pace: f64) {
    // The merge of the reports depends on the jobs that are repeated, so it is repeated with them.
    let attempt = world
        .rerun_where(run, |job| !matches!(job.conclusion.as_deref(), Some("success")) || job.name == "merge reports");
    if attempt == 0 {
        return;
    }
    let trouble = match before.trouble {
        lasting @ (Trouble::Broken | Trouble::Redesign) => lasting,
        _ => Trouble::None,
    };
    let facts = Arc::new(Facts {
        attempt: attempt as u64,
        trouble,
        started_at: world.now() + 5_000,
        before: Some(before.clone()),
        receipts: Receipts::default(),
        ..(**before).clone()
    });
    let planned = jobs(&facts, pace);
    let mut repeated = Vec::new();
    for id in world.job_ids(run, attempt) {
        let Some(job) = world.job(id).filter(|job| job.status == "queued") else { continue };
        if let Some(spec) = planned.iter().find(|spec| spec.name == job.name) {
            repeated.push(spec.clone());
            world.replan_job(id, spec.clone());
        }
    }
    let in_detail = world.now() > stage.now_ms - DETAIL_MS;
    world.play(run, conclusion(&repeated), 5_000, in_detail);
    schedule_uploads(world, run, &facts);
}

/// Lets the artifacts of the latest attempt appear shortly before their jobs end.
fn schedule_uploads(world: &mut World, run: i64, facts: &Arc<Facts>) {
    let attempt = facts.attempt as i64;
    let ids = world.job_ids(run, attempt);
    for upload in uploads(facts) {
        let Some(job) =
            ids.iter().filter_map(|id| world.job(*id)).find(|job| job.name == upload.job && job.status != "completed")
        else {
            continue;
        };
        let job_id = job.id;
        let ends = facts.started_at + job.spec.start_offset_ms + job.spec.duration_ms.unwrap_or(0);
        let at = ends - ((ends - facts.started_at) / 20).clamp(500, 3_000);
        let receipts = facts.receipts.clone();
        world.schedule(at, move |world| {
            if world.is_unfinished(run, attempt) {
                let name = upload.spec.name.clone();
                let id = world.add_artifact(run, upload.spec.job(job_id).attempt(attempt));
                if let Some(artifact) = world.artifact(id) {
                    receipts.file(&name, Receipt { id, run, stored: artifact.stored.clone() });
                }
            }
        });
    }
}

/// A maintainer lets a fork's run go ahead.
pub(super) fn approve(world: &mut World, stage: Stage, run: i64, scene: &Scene) {
    let attempt = world.approve(run);
    let key = mix(stage.seed, run as u64);
    let facts = scene.facts(stage, key, scene.trouble, world.now() + 5_000);
    let facts = Arc::new(Facts { attempt: attempt as u64, ..facts });
    let jobs = jobs(&facts, scene.pace);
    let conclusion = conclusion(&jobs);
    for spec in jobs {
        world.add_job(run, spec);
    }
    world.play(run, conclusion, 5_000, false);
    schedule_uploads(world, run, &facts);
}
