//! What happened when: pushes, pull requests, nights, releases, one outage, one regression, and what happens next.

use std::sync::Arc;

use super::artifacts::uploads;
use super::cast::{CHANGES, CONTRIBUTOR, REGRESSION_TITLE, RELEASE_BOT, TEAM};
use super::facts::{Facts, Flow, Trouble};
use super::jobs::{conclusion, jobs};
use super::{NAME, OWNER};
use crate::content::Content;
use crate::noise::{Noise, mix};
use crate::world::{ArtifactSpec, JobSpec, RunSpec, World};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How far the history goes back.
const HISTORY_DAYS: i64 = 30;
/// Runs that began this recently are played step by step.
const DETAIL_MS: i64 = 20 * MINUTE;
/// How much faster the jobs of the present are than real ones: someone is waiting.
const LIVE_PACE: f64 = 0.3;

const FLOWS: [(Flow, &str, &str); 10] = [
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
struct Stage {
    seed: u64,
    workflows: [i64; FLOWS.len()],
    now_ms: i64,
    outage: (i64, i64),
    regression_at: i64,
}

impl Stage {
    fn workflow(&self, flow: Flow) -> i64 {
        FLOWS.iter().position(|(other, _, _)| *other == flow).map_or(0, |index| self.workflows[index])
    }

    fn at(seed: u64, now_ms: i64, workflows: [i64; FLOWS.len()]) -> Stage {
        let midnight = now_ms - now_ms.rem_euclid(DAY);
        let outage_at = weekday_near(midnight - 11 * DAY) + 14 * HOUR;
        Stage {
            seed,
            workflows,
            now_ms,
            outage: (outage_at, outage_at + 70 * MINUTE),
            regression_at: weekday_near(midnight - 4 * DAY) + 11 * HOUR + 20 * MINUTE,
        }
    }

    /// The stage of a world made earlier.
    fn find(world: &World) -> Option<Stage> {
        let mut workflows = [0; FLOWS.len()];
        for (slot, (_, _, path)) in workflows.iter_mut().zip(FLOWS) {
            *slot = world.workflows.values().find(|workflow| workflow.path == path)?.id;
        }
        Some(Stage::at(world.seed, world.now(), workflows))
    }

    fn is_outage(&self, at: i64) -> bool {
        (self.outage.0..self.outage.1).contains(&at)
    }
}

/// The day itself, or the Friday before a weekend.
fn weekday_near(midnight: i64) -> i64 {
    match (midnight.div_euclid(DAY) + 4).rem_euclid(7) {
        0 => midnight - 2 * DAY,
        6 => midnight - DAY,
        _ => midnight,
    }
}

/// One run to come.
#[derive(Clone, Debug)]
struct Scene {
    flow: Flow,
    event: &'static str,
    branch: String,
    sha: String,
    title: String,
    actor: &'static str,
    pull_request: Option<i64>,
    fork: bool,
    trouble: Trouble,
    regressed: bool,
    rerun_after_ms: Option<i64>,
    cancel_after_ms: Option<i64>,
    queue_ms: i64,
    pace: f64,
}

impl Scene {
    fn new(flow: Flow, change: &Change) -> Scene {
        Scene {
            flow,
            event: if change.pull_request.is_some() { "pull_request" } else { "push" },
            branch: change.branch.clone(),
            sha: change.sha.clone(),
            title: change.title.clone(),
            actor: change.author,
            pull_request: change.pull_request,
            fork: false,
            trouble: Trouble::None,
            regressed: false,
            rerun_after_ms: None,
            cancel_after_ms: None,
            queue_ms: 6_000,
            pace: 1.0,
        }
    }

    fn event(mut self, event: &'static str) -> Scene {
        self.event = event;
        self
    }

    fn trouble(mut self, trouble: Trouble) -> Scene {
        self.trouble = trouble;
        self
    }

    fn regressed(mut self, regressed: bool) -> Scene {
        self.regressed = regressed;
        self
    }
}

/// A commit on a branch.
#[derive(Clone, Debug)]
struct Change {
    title: String,
    branch: String,
    sha: String,
    author: &'static str,
    pull_request: Option<i64>,
}

fn main_at(title: &str, noise: &mut Noise, author: &'static str) -> Change {
    Change { title: title.to_owned(), branch: "main".to_owned(), sha: noise.hex(40), author, pull_request: None }
}

/// Starts a run now and schedules its life.
fn launch(world: &mut World, stage: Stage, scene: &Scene) {
    let now = world.now();
    let mut trouble = scene.trouble;
    let mut rerun_after = scene.rerun_after_ms;
    if stage.is_outage(now) {
        trouble = Trouble::Outage;
        rerun_after = Some(stage.outage.1 - now + 25 * MINUTE);
    }
    let facts = Arc::new(Facts {
        key: mix(stage.seed, world.runs.len() as u64),
        flow: scene.flow,
        attempt: 1,
        trouble,
        regressed: scene.regressed,
        started_at: now + scene.queue_ms,
        sha: scene.sha.clone(),
        branch: scene.branch.clone(),
        title: scene.title.clone(),
        is_pull_request: scene.pull_request.is_some() || scene.fork,
    });
    let jobs = jobs(&facts, scene.pace);
    let conclusion = conclusion(&jobs);
    let failed = conclusion != "success";
    let mut spec = RunSpec::queued()
        .event(scene.event)
        .branch(&scene.branch)
        .sha(&scene.sha)
        .title(&scene.title)
        .actor(scene.actor)
        .jobs(jobs);
    if scene.fork {
        spec = spec.fork(CONTRIBUTOR);
    } else if let Some(number) = scene.pull_request {
        spec = spec.pull_requests(vec![number]);
    }
    let run = world.add_run(stage.workflow(scene.flow), spec);
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

/// Runs what failed again, with the trouble gone.
fn relaunch(world: &mut World, stage: Stage, run: i64, before: &Facts, pace: f64) {
    // The merge of the reports depends on the jobs that are repeated, so it is repeated with them.
    let attempt = world
        .rerun_where(run, |job| !matches!(job.conclusion.as_deref(), Some("success")) || job.name == "merge reports");
    if attempt == 0 {
        return;
    }
    let trouble = if before.trouble == Trouble::Broken { Trouble::Broken } else { Trouble::None };
    let facts = Arc::new(Facts { attempt: attempt as u64, trouble, started_at: world.now() + 5_000, ..before.clone() });
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
        world.schedule(at, move |world| {
            if world.is_unfinished(run, attempt) {
                world.add_artifact(run, upload.spec.job(job_id).attempt(attempt));
            }
        });
    }
}

/// Everything up to now.
pub(super) fn tell(seed: u64, now_ms: i64) -> World {
    let mut world = World::at(seed, now_ms - (HISTORY_DAYS + 1) * DAY);
    let repository = world.add_repository(OWNER, NAME);
    let mut workflows = [0; FLOWS.len()];
    for (slot, (_, name, path)) in workflows.iter_mut().zip(FLOWS) {
        *slot = world.add_workflow(repository, name, path);
    }
    let stage = Stage::at(seed, now_ms, workflows);
    for (flow, number) in [
        (Flow::Ci, 4_212),
        (Flow::E2e, 2_877),
        (Flow::Visual, 640),
        (Flow::Android, 512),
        (Flow::Backend, 1_930),
        (Flow::Lint, 4_108),
        (Flow::Nightly, 390),
        (Flow::Release, 61),
        (Flow::CodeQl, 233),
        (Flow::Legacy, 97),
    ] {
        world.set_next_run_number(stage.workflow(flow), number);
    }
    let mut plot = Plot {
        noise: Noise::keyed(seed, 0x5707),
        stage,
        open: Vec::new(),
        next_change: 0,
        next_number: 1_402,
        regressed: false,
    };
    plot.month(&mut world);
    plot.specials(&mut world);
    plot.present(&mut world);
    world.set_now(now_ms);
    if let Some(legacy) = world.workflow_mut(stage.workflow(Flow::Legacy)) {
        legacy.state = "disabled_manually".into();
    }
    // Whoever lets time pass wants to see something happen; where the clock stands still, nothing does.
    world.schedule(now_ms + 1_000, go_on);
    // Credentials are as of now, not as of a month ago.
    world.add_token(crate::TOKEN);
    world
}

/// Keeps track of open pull requests while the month is laid out.
struct Plot {
    noise: Noise,
    stage: Stage,
    open: Vec<Change>,
    next_change: usize,
    next_number: i64,
    regressed: bool,
}

impl Plot {
    fn month(&mut self, world: &mut World) {
        let midnight = self.stage.now_ms - self.stage.now_ms.rem_euclid(DAY);
        for day in (0..=HISTORY_DAYS).rev() {
            let start = midnight - day * DAY;
            let workday = weekday_near(start) == start;
            self.night(world, start);
            let pushes = if workday { self.noise.between(3, 5) } else { self.noise.between(0, 1) };
            for _ in 0..pushes {
                let at = start + self.noise.between(7 * 60, 18 * 60) * MINUTE + self.noise.between(0, 59_000);
                self.push(world, at);
            }
            let merges = if workday { self.noise.between(1, 2) } else { 0 };
            for _ in 0..merges {
                let at = start + self.noise.between(9 * 60, 17 * 60) * MINUTE + self.noise.between(0, 59_000);
                self.merge(world, at);
            }
        }
    }

    fn schedule(&self, world: &mut World, at: i64, scene: Scene) {
        let stage = self.stage;
        if at < stage.now_ms - 4 * MINUTE {
            world.schedule(at, move |world| launch(world, stage, &scene));
        }
    }

    fn night(&mut self, world: &mut World, midnight: i64) {
        let change = main_at("Nightly full matrix", &mut self.noise, TEAM[0]);
        let at = midnight + 2 * HOUR + 30 * MINUTE;
        let regressed = at > self.stage.regression_at;
        self.schedule(world, at, Scene::new(Flow::Nightly, &change).event("schedule").regressed(regressed));
        if (midnight.div_euclid(DAY) + 4).rem_euclid(7) == 1 {
            self.schedule(world, midnight + 5 * HOUR, Scene::new(Flow::CodeQl, &change).event("schedule"));
        }
    }

    fn open_one(&mut self) -> usize {
        if self.open.len() >= 4 || !self.open.is_empty() && self.noise.chance(0.45) {
            return self.noise.below(self.open.len() as u64) as usize;
        }
        let (title, branch) = CHANGES[self.next_change % CHANGES.len()];
        self.next_change += 1;
        self.next_number += self.noise.between(1, 4);
        let author = *self.noise.pick(&TEAM);
        self.open.push(Change {
            title: title.to_owned(),
            branch: branch.to_owned(),
            sha: String::new(),
            author,
            pull_request: Some(self.next_number),
        });
        self.open.len() - 1
    }

    fn push(&mut self, world: &mut World, at: i64) {
        let index = self.open_one();
        self.open[index].sha = self.noise.hex(40);
        let change = self.open[index].clone();
        let broken = self.noise.chance(0.14);
        let regressed = at > self.stage.regression_at && self.noise.chance(0.4);
        let superseded = self.noise.chance(0.08);
        for (flow, share) in [
            (Flow::Ci, 1.0),
            (Flow::Lint, 1.0),
            (Flow::E2e, 0.6),
            (Flow::Backend, 0.35),
            (Flow::Visual, 0.22),
            (Flow::Android, 0.14),
        ] {
            if !self.noise.chance(share) {
                continue;
            }
            let hits = broken && self.noise.chance(0.5);
            let mut scene = Scene::new(flow, &change).regressed(regressed).trouble(if hits {
                Trouble::Broken
            } else {
                Trouble::None
            });
            if flow == Flow::E2e && !hits && self.noise.chance(0.13) {
                scene.trouble = Trouble::Flaky;
                scene.rerun_after_ms = self.noise.chance(0.8).then(|| self.noise.between(2, 25) * MINUTE);
            } else if hits && self.noise.chance(0.2) {
                scene.rerun_after_ms = Some(self.noise.between(2, 9) * MINUTE);
            }
            if superseded {
                scene.cancel_after_ms = Some(self.noise.between(40, 150) * 1000);
            }
            let at = at + self.noise.between(0, 2_000);
            self.schedule(world, at, scene);
        }
        if superseded {
            self.push_again(world, index, at + 3 * MINUTE);
        }
    }

    fn push_again(&mut self, world: &mut World, index: usize, at: i64) {
        self.open[index].sha = self.noise.hex(40);
        let change = self.open[index].clone();
        for flow in [Flow::Ci, Flow::Lint] {
            self.schedule(world, at, Scene::new(flow, &change));
        }
    }

    fn merge(&mut self, world: &mut World, at: i64) {
        let merged = if self.open.is_empty() { None } else { Some(self.open.remove(0)) };
        let author = merged.as_ref().map_or(TEAM[1], |change| change.author);
        let mut title = merged.map_or("Update snapshots".to_owned(), |change| {
            format!("{} (#{})", change.title, change.pull_request.unwrap_or(0))
        });
        if at > self.stage.regression_at && !self.regressed {
            self.regressed = true;
            title = REGRESSION_TITLE.to_owned();
            self.merged(world, self.stage.regression_at, &title, TEAM[3]);
            return;
        }
        self.merged(world, at, &title, author);
    }

    fn merged(&mut self, world: &mut World, at: i64, title: &str, author: &'static str) {
        let change = main_at(title, &mut self.noise, author);
        let regressed = at >= self.stage.regression_at;
        for (flow, share) in
            [(Flow::Ci, 1.0), (Flow::E2e, 1.0), (Flow::Backend, 0.6), (Flow::CodeQl, 0.3), (Flow::Visual, 0.2)]
        {
            if !self.noise.chance(share) {
                continue;
            }
            let mut scene = Scene::new(flow, &change).regressed(regressed);
            if flow == Flow::E2e && self.noise.chance(0.12) {
                scene.trouble = Trouble::Flaky;
                scene.rerun_after_ms = Some(self.noise.between(3, 40) * MINUTE);
            }
            let at = at + self.noise.between(0, 2_000);
            self.schedule(world, at, scene);
        }
    }

    /// One of each kind, so that every state and oddity can be looked at.
    fn specials(&mut self, world: &mut World) {
        let now = self.stage.now_ms;
        // The outage must hit somebody.
        for minutes in [9, 31, 52] {
            self.push(world, self.stage.outage.0 + minutes * MINUTE);
        }
        self.releases(world, now);
        self.odd_conclusions(world, now);
        self.fork_runs(world, now);
        self.odd_artifacts(world, now);
        let change = Change {
            title: "Try the new address form".into(),
            branch: "spike/address-form".into(),
            sha: self.noise.hex(40),
            author: TEAM[2],
            pull_request: Some(self.next_number + 1),
        };
        self.schedule(world, now - 2 * DAY - 3 * HOUR, Scene::new(Flow::E2e, &change).trouble(Trouble::MissingReport));
        self.schedule(world, now - 6 * DAY - HOUR, Scene::new(Flow::Android, &change).trouble(Trouble::Hang));
        let hotfix = Change {
            title: "E2E · Playwright".into(),
            branch: "release/2.14".into(),
            sha: self.noise.hex(40),
            author: TEAM[4],
            pull_request: None,
        };
        for hours in [30, 54, 171] {
            self.schedule(world, now - hours * HOUR, Scene::new(Flow::E2e, &hotfix).event("workflow_dispatch"));
        }
        // Someone looks at an old failure again, soon.
        let mut old = Scene::new(Flow::Ci, &change).trouble(Trouble::Broken);
        old.rerun_after_ms = Some(27 * DAY + 90_000);
        self.schedule(world, now - 27 * DAY - 4 * MINUTE, old);
    }

    fn releases(&mut self, world: &mut World, now: i64) {
        for (days, version) in [(28, "2.12.0"), (19, "2.13.0"), (8, "2.14.0")] {
            let change = Change {
                title: format!("Release {version}"),
                branch: format!("v{version}"),
                sha: self.noise.hex(40),
                author: RELEASE_BOT,
                pull_request: None,
            };
            self.schedule(world, now - days * DAY - 2 * HOUR, Scene::new(Flow::Release, &change));
        }
        let change = Change {
            title: "Release 2.15.0".into(),
            branch: "v2.15.0".into(),
            sha: self.noise.hex(40),
            author: RELEASE_BOT,
            pull_request: None,
        };
        let (stage, scene) = (self.stage, Scene::new(Flow::Release, &change));
        world.schedule(now - 3 * HOUR, move |world| {
            let workflow = stage.workflow(Flow::Release);
            let spec = RunSpec::default()
                .status("waiting")
                .title(&scene.title)
                .branch(&scene.branch)
                .sha(&scene.sha)
                .actor(scene.actor);
            let build = JobSpec::named("build").status("completed").conclusion("success").timing(4_000, 95_000);
            let run = world.add_run(workflow, spec.jobs(vec![build, JobSpec::named("publish").status("waiting")]));
            world.schedule(world.now() + 100_000, move |world| world.touch_run(run));
        });
        for days in [29, 27, 26] {
            let change = main_at("Legacy sync", &mut self.noise, TEAM[1]);
            self.schedule(world, now - days * DAY, Scene::new(Flow::Legacy, &change).event("schedule"));
        }
    }

    fn odd_conclusions(&mut self, world: &mut World, now: i64) {
        let odd: [(i64, Flow, &'static str, &str); 5] = [
            (13 * DAY, Flow::CodeQl, "neutral", "Push on main"),
            (9 * DAY, Flow::Ci, "skipped", "Fix typo in the handbook [skip ci]"),
            (5 * DAY, Flow::E2e, "stale", "Show delivery estimate in the summary"),
            (16 * DAY, Flow::Ci, "startup_failure", ".github/workflows/ci.yml"),
            (6 * HOUR, Flow::Lint, "skipped", "Update the changelog [skip ci]"),
        ];
        for (ago, flow, how, title) in odd {
            let (stage, title, sha) = (self.stage, title.to_owned(), self.noise.hex(40));
            let jobs = match how {
                "startup_failure" => Vec::new(),
                "skipped" => vec![JobSpec::skipped("build"), JobSpec::skipped("test")],
                "stale" => vec![JobSpec::named("e2e (chromium, 1/2)").conclusion("cancelled").without_log()],
                _ => vec![JobSpec::named("Analyze (javascript-typescript)")],
            };
            world.schedule(now - ago, move |world| {
                let spec = RunSpec::completed(how)
                    .title(title)
                    .sha(sha)
                    .actor(TEAM[5])
                    .duration_ms(if how == "skipped" || how == "startup_failure" { 2_000 } else { 80_000 });
                world.add_run(stage.workflow(flow), spec.jobs(jobs));
            });
        }
    }

    fn fork_runs(&mut self, world: &mut World, now: i64) {
        for (ago, approved_after) in [(12 * DAY, Some(20 * HOUR)), (2 * HOUR, None)] {
            let change = Change {
                title: "Fix typo in the German messages".into(),
                branch: "patch-1".into(),
                sha: self.noise.hex(40),
                author: CONTRIBUTOR,
                pull_request: None,
            };
            let mut scene = Scene::new(Flow::Ci, &change).event("pull_request");
            scene.fork = true;
            let stage = self.stage;
            world.schedule(now - ago, move |world| {
                let spec = RunSpec::completed("action_required")
                    .event("pull_request")
                    .branch(&scene.branch)
                    .sha(&scene.sha)
                    .title(&scene.title)
                    .actor(CONTRIBUTOR)
                    .fork(CONTRIBUTOR)
                    .jobs(Vec::new())
                    .duration_ms(1_000);
                let run = world.add_run(stage.workflow(Flow::Ci), spec);
                if let Some(after) = approved_after {
                    world.schedule(world.now() + after, move |world| approve(world, stage, run, &scene));
                }
            });
        }
    }

    fn odd_artifacts(&mut self, world: &mut World, now: i64) {
        let seed = self.stage.seed;
        let workflow = self.stage.workflow(Flow::Backend);
        // Given to the first backend run that has completed by then.
        let mut attach = |ago: i64, spec: ArtifactSpec| {
            world.schedule(now - ago, move |world| {
                let latest = world.run_ids(workflow).into_iter().find(|id| {
                    world
                        .run(*id)
                        .is_some_and(|run| run.status() == "completed" && run.conclusion() != Some("cancelled"))
                });
                if let Some(run) = latest {
                    world.add_artifact(run, spec);
                }
            });
        };
        let mut broken =
            crate::zip::archive(&[crate::zip::Entry::deflated("threads.txt", &crate::content::filler(seed, 60_000))])
                .to_vec();
        broken.truncate(broken.len() * 2 / 3);
        attach(26 * DAY, ArtifactSpec::zip("old-traces", [("trace.txt", "gone by now\n")]).expired());
        attach(7 * DAY, ArtifactSpec::bytes("thread-dumps", broken));
        attach(3 * DAY, ArtifactSpec::zip("profile", [("cpu.pprof.txt", "lost\n")]).lost());
        attach(
            30 * HOUR,
            ArtifactSpec::new("heap-dump", Content::Zip(vec![("heap.hprof".into(), vec![0; 4096])]))
                .claimed_size(6_442_450_944),
        );
        attach(20 * HOUR, ArtifactSpec::raw("openapi.json", "application/json", serde_json::json!({ "openapi": "3.1.0", "info": { "title": "Checkout", "version": "2.15.0" }, "paths": { "/cart": {}, "/orders": {} } }).to_string()));
    }

    /// What is going on right now.
    fn present(&mut self, world: &mut World) {
        let stage = self.stage;
        let index = self.open_one();
        self.open[index].sha = self.noise.hex(40);
        let change = self.open[index].clone();
        let merged = main_at("Hide expired coupons (#1521)", &mut self.noise, TEAM[2]);
        for (ago, flow, change) in [
            (215_000, Flow::E2e, &merged),
            (170_000, Flow::Ci, &merged),
            (75_000, Flow::E2e, &change),
            (70_000, Flow::Ci, &change),
            (3_000, Flow::Lint, &change),
        ] {
            let mut scene = Scene::new(flow, change).regressed(change.branch == "main");
            scene.queue_ms = if ago == 3_000 { 40_000 } else { 6_000 };
            world.schedule(stage.now_ms - ago, move |world| launch(world, stage, &scene));
        }
    }
}

/// A maintainer lets a fork's run go ahead.
fn approve(world: &mut World, stage: Stage, run: i64, scene: &Scene) {
    let attempt = world.approve(run);
    let facts = Arc::new(Facts {
        key: mix(stage.seed, run as u64),
        flow: scene.flow,
        attempt: attempt as u64,
        trouble: Trouble::None,
        regressed: false,
        started_at: world.now() + 5_000,
        sha: scene.sha.clone(),
        branch: scene.branch.clone(),
        title: scene.title.clone(),
        is_pull_request: true,
    });
    for spec in jobs(&facts, scene.pace) {
        world.add_job(run, spec);
    }
    world.play(run, "success".into(), 5_000, false);
    schedule_uploads(world, run, &facts);
}

/// Starts the endless present.
pub(super) fn go_on(world: &mut World) {
    if std::mem::replace(&mut world.growing, true) {
        return;
    }
    if let Some(stage) = Stage::find(world) {
        let first = world.now() + scaled(world, 12_000);
        world.schedule(first, move |world| next_event(world, stage, 0));
    }
}

/// Wall-clock ms as virtual ms at the world's speed.
fn scaled(world: &World, wall_ms: i64) -> i64 {
    let speed = world.speed();
    if speed > 0.0 { (wall_ms as f64 * speed) as i64 } else { wall_ms }
}

/// One more run, and the appointment for the one after.
fn next_event(world: &mut World, stage: Stage, count: u64) {
    let mut noise = Noise::keyed(mix(stage.seed, 0x9e0), count);
    let flow = match noise.below(20) {
        0..=6 => Flow::Ci,
        7..=11 => Flow::E2e,
        12..=14 => Flow::Lint,
        15..=16 => Flow::Backend,
        17 => Flow::Visual,
        18 => Flow::Android,
        _ => Flow::CodeQl,
    };
    let on_main = flow == Flow::CodeQl || noise.chance(0.3);
    let (title, branch) = *noise.pick(&CHANGES);
    let author = *noise.pick(&TEAM);
    let number = 1_530 + count as i64;
    let change = if on_main {
        main_at(&format!("{title} (#{number})"), &mut noise, author)
    } else {
        Change {
            title: title.to_owned(),
            branch: branch.to_owned(),
            sha: noise.hex(40),
            author,
            pull_request: Some(number),
        }
    };
    let mut scene = Scene::new(flow, &change).regressed(on_main);
    let speed = world.speed();
    scene.pace = LIVE_PACE * if speed > 0.0 { speed } else { 1.0 };
    scene.queue_ms = scaled(world, noise.between(3_000, 12_000));
    if matches!(flow, Flow::E2e) && noise.chance(0.35) {
        scene.trouble = Trouble::Flaky;
        scene.rerun_after_ms = Some(scaled(world, noise.between(10_000, 40_000)));
    } else if !on_main && noise.chance(0.15) {
        scene.trouble = Trouble::Broken;
    }
    // What began long ago must not make the present look like history.
    let present = Stage { now_ms: world.now(), ..stage };
    launch(world, present, &scene);
    let next = world.now() + scaled(world, noise.between(40_000, 90_000));
    world.schedule(next, move |world| next_event(world, stage, count + 1));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const NOW: i64 = 1_772_551_800_000; // a Tuesday, 15:30 UTC

    #[test]
    fn the_month_has_hundreds_of_runs_in_every_state() {
        for hours in [0, 17, 41, 70, 99, 130] {
            check_month(NOW + hours * HOUR);
        }
    }

    fn check_month(now_ms: i64) {
        let world = tell(7, now_ms);
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        for run in world.runs.values() {
            let state = run.conclusion().map_or_else(|| run.status().to_owned(), str::to_owned);
            *states.entry(state).or_default() += 1;
        }
        for state in [
            "success",
            "failure",
            "cancelled",
            "skipped",
            "timed_out",
            "action_required",
            "startup_failure",
            "neutral",
            "stale",
            "queued",
            "in_progress",
            "waiting",
        ] {
            assert!(states.contains_key(state), "no {state} in {states:?}");
        }
        assert!((300..600).contains(&world.runs.len()), "{states:?}");
        assert!(world.runs.values().any(|run| run.attempts.len() >= 2));
        assert!(world.runs.values().all(|run| run.created_at <= now_ms && run.updated_at <= now_ms));
        assert!(world.artifacts.len() > 400, "{}", world.artifacts.len());
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let digest = |world: &World| {
            let mut runs: Vec<_> = world
                .runs
                .values()
                .map(|run| (run.id, run.sha.clone(), run.status().to_owned(), run.updated_at))
                .collect();
            runs.sort();
            (runs, world.artifacts.keys().copied().collect::<Vec<_>>())
        };
        assert_eq!(digest(&tell(3, NOW)), digest(&tell(3, NOW)));
        assert_ne!(digest(&tell(3, NOW)).0, digest(&tell(4, NOW)).0);
    }

    #[test]
    fn the_world_grows_queued_to_completed_while_time_passes() {
        let mut world = tell(7, NOW);
        let before = world.runs.len();
        let artifacts = world.artifacts.len();
        world.advance(20 * MINUTE);
        let after = world.runs.len();
        assert!((13..=32).contains(&(after - before)), "{}", after - before);
        assert!(world.artifacts.len() > artifacts);
        let newest = world.run_ids(world.repositories.values().next().unwrap().id);
        let finished =
            newest[..after - before].iter().filter(|id| world.run(**id).unwrap().status() == "completed").count();
        assert!(finished >= 8, "{finished} of {}", after - before);
    }

    #[test]
    fn the_outage_failed_everything_and_a_second_attempt_repaired_it() {
        let world = tell(7, NOW);
        let stage = Stage::find(&world).unwrap();
        let hit: Vec<_> =
            world.runs.values().filter(|run| stage.is_outage(run.created_at) && run.latest().jobs.len() > 1).collect();
        assert!(hit.len() >= 6, "{}", hit.len());
        for run in hit {
            assert_eq!(
                (run.attempts[0].conclusion.as_deref(), run.attempts.len()),
                (Some("failure"), 2),
                "{}",
                run.name
            );
            assert!(world.artifact_ids(run.id).iter().all(|id| world.artifact(*id).unwrap().attempt == 2));
        }
    }

    #[test]
    fn totals_on_main_fail_since_one_commit() {
        let world = tell(7, NOW);
        let stage = Stage::find(&world).unwrap();
        let on_main = |run: &&crate::world::Run| {
            run.workflow == stage.workflow(Flow::E2e)
                && run.branch.as_deref() == Some("main")
                && run.event == "push"
                && run.status() == "completed"
        };
        let after: Vec<_> =
            world.runs.values().filter(on_main).filter(|run| run.created_at >= stage.regression_at).collect();
        assert!(after.len() >= 2 && after.iter().all(|run| run.conclusion() == Some("failure")));
        assert!(world.runs.values().any(|run| run.title == REGRESSION_TITLE));
    }
}
