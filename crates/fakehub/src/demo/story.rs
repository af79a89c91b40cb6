//! What happened when: pushes, pull requests, nights, releases; one outage, one regression, a flaky test and one that
//! no longer is, reports that are missing, empty or cut off. What one run looks like is told in `scenes`.

use super::cast::{CHANGES, CONTRIBUTOR, REGRESSION_TITLE, RELEASE_BOT, TEAM};
use super::facts::{Flow, Trouble};
use super::scenes::{Change, DAY, FLOWS, HOUR, MINUTE, Scene, Stage, approve, launch, main_at, weekday_near};
use super::{NAME, OWNER, present};
use crate::content::Content;
use crate::noise::Noise;
use crate::world::{ArtifactSpec, JobSpec, RunSpec, World};

/// How far the history goes back.
const HISTORY_DAYS: i64 = 30;
/// How many runs of the default branch the broken export lasted.
const BROKEN_RUNS: usize = 8;

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
        scenes: Vec::new(),
    };
    plot.month();
    plot.specials(&mut world);
    plot.now(&mut world);
    plot.perform(&mut world);
    world.set_now(now_ms);
    if let Some(legacy) = world.workflow_mut(stage.workflow(Flow::Legacy)) {
        legacy.state = "disabled_manually".into();
    }
    // Whoever lets time pass wants to see something happen; where the clock stands still, nothing does.
    world.schedule(now_ms + 1_000, present::go_on);
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
    /// Runs to come, with the moment of each, in any order.
    scenes: Vec<(i64, Scene)>,
}

impl Plot {
    fn month(&mut self) {
        let midnight = self.stage.now_ms - self.stage.now_ms.rem_euclid(DAY);
        for day in (0..=HISTORY_DAYS).rev() {
            let start = midnight - day * DAY;
            let workday = weekday_near(start) == start;
            self.night(start);
            let pushes = if workday { self.noise.between(3, 5) } else { self.noise.between(0, 1) };
            for _ in 0..pushes {
                let at = start + self.noise.between(7 * 60, 18 * 60) * MINUTE + self.noise.between(0, 59_000);
                self.push(at);
            }
            let merges = if workday { self.noise.between(1, 2) } else { 0 };
            for _ in 0..merges {
                let at = start + self.noise.between(9 * 60, 17 * 60) * MINUTE + self.noise.between(0, 59_000);
                self.merge(at);
            }
        }
    }

    fn schedule(&mut self, at: i64, scene: Scene) {
        if at < self.stage.now_ms - 4 * MINUTE {
            self.scenes.push((at, scene));
        }
    }

    /// Hands everything over to the world.
    fn perform(mut self, world: &mut World) {
        self.scenes.sort_by_key(|(at, _)| *at);
        let on_main = |scene: &Scene| scene.flow == Flow::E2e && scene.event == "push" && scene.change.branch == "main";
        let stage = self.stage;
        let hit = self
            .scenes
            .iter_mut()
            .filter(|(at, scene)| on_main(scene) && *at > stage.now_ms - 26 * DAY && scene.cancel_after_ms.is_none());
        for (_, scene) in hit.take(BROKEN_RUNS) {
            scene.export_broken = true;
            scene.trouble = Trouble::None;
        }
        for (at, scene) in self.scenes {
            world.schedule(at, move |world| launch(world, stage, &scene));
        }
    }

    fn night(&mut self, midnight: i64) {
        let at = midnight + 2 * HOUR + 30 * MINUTE;
        let regressed = at > self.stage.regression_at;
        let change = Change { regressed, ..main_at("Nightly full matrix", &mut self.noise, TEAM[0]) };
        self.schedule(at, Scene::new(Flow::Nightly, &change).event("schedule"));
        if (midnight.div_euclid(DAY) + 4).rem_euclid(7) == 1 {
            self.schedule(midnight + 5 * HOUR, Scene::new(Flow::CodeQl, &change).event("schedule"));
        }
    }

    fn open_one(&mut self, at: i64) -> usize {
        if self.open.len() >= 4 || !self.open.is_empty() && self.noise.chance(0.45) {
            return self.noise.below(self.open.len() as u64) as usize;
        }
        let (title, branch) = CHANGES[self.next_change % CHANGES.len()];
        self.next_change += 1;
        let author = *self.noise.pick(&TEAM);
        let change = self.begun(title, branch, author, at);
        self.open.push(change);
        self.open.len() - 1
    }

    /// A pull request begun at a moment, from what the default branch was then.
    fn begun(&mut self, title: &str, branch: &str, author: &'static str, at: i64) -> Change {
        self.next_number += self.noise.between(1, 4);
        Change {
            title: title.to_owned(),
            branch: branch.to_owned(),
            sha: self.noise.hex(40),
            author,
            pull_request: Some(self.next_number),
            regressed: at > self.stage.regression_at,
        }
    }

    fn push(&mut self, at: i64) {
        let index = self.open_one(at);
        self.open[index].sha = self.noise.hex(40);
        let mut change = self.open[index].clone();
        // The pushes into the outage are laid out last, with pull requests of later days.
        change.regressed &= at > self.stage.regression_at;
        let broken = self.noise.chance(0.12);
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
            let mut scene = Scene::new(flow, &change).trouble(if hits { Trouble::Broken } else { Trouble::None });
            if flow == Flow::E2e && !hits && self.noise.chance(0.1) {
                scene.trouble = Trouble::Flaky;
                scene.rerun_after_ms = self.noise.chance(0.8).then(|| self.noise.between(2, 25) * MINUTE);
            } else if hits && self.noise.chance(0.2) {
                scene.rerun_after_ms = Some(self.noise.between(2, 9) * MINUTE);
            }
            if superseded {
                scene.cancel_after_ms = Some(self.noise.between(40, 150) * 1000);
            }
            let at = at + self.noise.between(0, 2_000);
            self.schedule(at, scene);
        }
        if superseded {
            self.push_again(index, at + 3 * MINUTE);
        }
    }

    fn push_again(&mut self, index: usize, at: i64) {
        self.open[index].sha = self.noise.hex(40);
        let change = self.open[index].clone();
        for flow in [Flow::Ci, Flow::Lint] {
            self.schedule(at, Scene::new(flow, &change));
        }
    }

    fn merge(&mut self, at: i64) {
        let merged = if self.open.is_empty() { None } else { Some(self.open.remove(0)) };
        let author = merged.as_ref().map_or(TEAM[1], |change| change.author);
        let mut title = merged.map_or("Update snapshots".to_owned(), |change| {
            format!("{} (#{})", change.title, change.pull_request.unwrap_or(0))
        });
        if at > self.stage.regression_at && !self.regressed {
            self.regressed = true;
            title = REGRESSION_TITLE.to_owned();
            self.merged(self.stage.regression_at, &title, TEAM[3]);
            return;
        }
        self.merged(at, &title, author);
    }

    fn merged(&mut self, at: i64, title: &str, author: &'static str) {
        let regressed = at >= self.stage.regression_at;
        let change = Change { regressed, ..main_at(title, &mut self.noise, author) };
        for (flow, share) in
            [(Flow::Ci, 1.0), (Flow::E2e, 1.0), (Flow::Backend, 0.6), (Flow::CodeQl, 0.3), (Flow::Visual, 0.2)]
        {
            if !self.noise.chance(share) {
                continue;
            }
            let at = at + self.noise.between(0, 2_000);
            self.schedule(at, Scene::new(flow, &change));
        }
    }

    /// One of each kind, so that every state and oddity can be looked at.
    fn specials(&mut self, world: &mut World) {
        let now = self.stage.now_ms;
        // The outage must hit somebody, in several workflows at once.
        for minutes in [9, 31, 52] {
            self.push(self.stage.outage.0 + minutes * MINUTE);
        }
        self.hit_by_outage();
        self.flakes(now);
        self.own_failures(now);
        self.lost_reports(now);
        self.releases(world, now);
        self.odd_conclusions(world, now);
        self.fork_runs(world, now);
        odd_artifacts(world, self.stage);
        let hotfix = Change {
            title: "E2E · Playwright".into(),
            branch: "release/2.14".into(),
            sha: self.noise.hex(40),
            author: TEAM[4],
            pull_request: None,
            regressed: false,
        };
        for hours in [30, 54, 171] {
            self.schedule(now - hours * HOUR, Scene::new(Flow::E2e, &hotfix).event("workflow_dispatch"));
        }
    }

    fn hit_by_outage(&mut self) {
        let at = self.stage.outage.0 + 16 * MINUTE;
        let change = main_at("Show the tax per item (#1449)", &mut self.noise, TEAM[5]);
        for (flow, after) in [(Flow::E2e, 0), (Flow::Backend, 1_000), (Flow::Android, 2_000)] {
            self.schedule(at + after, Scene::new(flow, &change));
        }
    }

    /// Tests that fail, and pass when they are run again on the same commit.
    fn flakes(&mut self, now: i64) {
        for (hours, flow) in [
            (29, Flow::E2e),
            (53, Flow::Backend),
            (148, Flow::E2e),
            (173, Flow::Backend),
            (220, Flow::E2e),
            (294, Flow::Backend),
        ] {
            let at = now - hours * HOUR;
            let title = match flow {
                Flow::E2e => "Wait for the sandbox before paying",
                _ => "Raise the limit of parallel authorisations",
            };
            let mut change = self.begun(title, "fix/payment-sandbox", TEAM[1], at);
            // Begun long ago, so that nothing else fails in it.
            change.regressed = false;
            self.schedule(at, Scene::new(flow, &change).trouble(Trouble::Flaky).rerun_after(11 * MINUTE));
        }
        let mut change = self.begun("Name the button after what it does", "fix/button-name", TEAM[4], now - 40 * HOUR);
        change.regressed = false;
        self.schedule(now - 40 * HOUR, Scene::new(Flow::E2e, &change).trouble(Trouble::Wobble));
    }

    /// A pull request that breaks something of its own, and one that did until a later push.
    fn own_failures(&mut self, now: i64) {
        let broken = self.begun("Show the card brand while typing", "feature/card-brand", TEAM[3], now - 26 * HOUR);
        for flow in [Flow::E2e, Flow::Ci, Flow::Visual, Flow::Lint] {
            let scene = Scene::new(flow, &broken);
            self.schedule(
                now - 26 * HOUR,
                match flow {
                    Flow::E2e => scene.breaks("rejects an expired card"),
                    Flow::Ci => scene.breaks("ignores spaces"),
                    Flow::Visual => scene.breaks("payment"),
                    _ => scene,
                },
            );
        }
        let mut redesigned =
            self.begun("Move payments to the new service", "feature/payments-service", TEAM[0], now - 21 * HOUR);
        for minutes in [20 * 60, 195, 42] {
            redesigned.sha = self.noise.hex(40);
            let scene = Scene::new(Flow::E2e, &redesigned).trouble(Trouble::Redesign);
            self.schedule(now - minutes * MINUTE, scene);
            self.schedule(now - minutes * MINUTE, Scene::new(Flow::Lint, &redesigned));
        }
        let verbose = self.begun("Log every query while soaking", "perf/soak-queries", TEAM[5], now - 17 * HOUR);
        let scene = Scene::new(Flow::Nightly, &verbose).event("workflow_dispatch").trouble(Trouble::Verbose);
        self.schedule(now - 17 * HOUR, scene);
        let mut repaired =
            self.begun("Merge equal items across shops", "feature/merge-items", TEAM[0], now - 50 * HOUR);
        for (hours, is_broken) in [(50, true), (47, true), (44, false)] {
            repaired.sha = self.noise.hex(40);
            for flow in [Flow::Ci, Flow::Lint] {
                let scene = Scene::new(flow, &repaired);
                let hit = is_broken && flow == Flow::Ci;
                self.schedule(now - hours * HOUR, if hit { scene.breaks("merges equal items") } else { scene });
            }
        }
        let uncompiled = self.begun("Cap coupons by percentage", "feature/coupon-cap", TEAM[2], now - 20 * HOUR);
        self.schedule(now - 20 * HOUR, Scene::new(Flow::Ci, &uncompiled).trouble(Trouble::Uncompiled));
        self.schedule(now - 20 * HOUR, Scene::new(Flow::Lint, &uncompiled).trouble(Trouble::Broken));
        // Someone looks at an old failure again, soon.
        let old = self.begun("Try the new address form", "spike/address-form", TEAM[2], now - 27 * DAY);
        let scene = Scene::new(Flow::Ci, &old).trouble(Trouble::Broken).rerun_after(27 * DAY + 90_000);
        self.schedule(now - 27 * DAY - 4 * MINUTE, scene);
    }

    /// Runs whose reports are missing, empty or cut off.
    fn lost_reports(&mut self, now: i64) {
        for (ago, flow, trouble, title, branch) in [
            (
                2 * DAY + 3 * HOUR,
                Flow::E2e,
                Trouble::MissingReport,
                "Move the report to another folder",
                "chore/report-folder",
            ),
            (6 * DAY + HOUR, Flow::Android, Trouble::Hang, "Scan cards in landscape", "feature/landscape-scan"),
            (
                32 * HOUR,
                Flow::Backend,
                Trouble::RunnerLost,
                "Run the back end's tests in parallel",
                "perf/parallel-tests",
            ),
            (
                45 * HOUR,
                Flow::Ci,
                Trouble::Crash,
                "Load the whole catalogue in the test set-up",
                "test/whole-catalogue",
            ),
            (36 * HOUR, Flow::Android, Trouble::Truncated, "Record every screen", "test/record-screens"),
        ] {
            let mut change = self.begun(title, branch, TEAM[4], now - ago);
            change.regressed = false;
            self.schedule(now - ago, Scene::new(flow, &change).trouble(trouble));
        }
    }

    fn releases(&mut self, world: &mut World, now: i64) {
        for (days, version) in [(28, "2.12.0"), (19, "2.13.0"), (8, "2.14.0")] {
            let change = Change {
                title: format!("Release {version}"),
                branch: format!("v{version}"),
                sha: self.noise.hex(40),
                author: RELEASE_BOT,
                pull_request: None,
                regressed: false,
            };
            self.schedule(now - days * DAY - 2 * HOUR, Scene::new(Flow::Release, &change));
        }
        let change = Change {
            title: "Release 2.15.0".into(),
            branch: "v2.15.0".into(),
            sha: self.noise.hex(40),
            author: RELEASE_BOT,
            pull_request: None,
            regressed: false,
        };
        let (stage, scene) = (self.stage, Scene::new(Flow::Release, &change));
        world.schedule(now - 3 * HOUR, move |world| {
            let workflow = stage.workflow(Flow::Release);
            let spec = RunSpec::default()
                .status("waiting")
                .title(&scene.change.title)
                .branch(&scene.change.branch)
                .sha(&scene.change.sha)
                .actor(scene.change.author);
            let build = JobSpec::named("build").status("completed").conclusion("success").timing(4_000, 95_000);
            let run = world.add_run(workflow, spec.jobs(vec![build, JobSpec::named("publish").status("waiting")]));
            world.schedule(world.now() + 100_000, move |world| world.touch_run(run));
        });
        for days in [29, 27, 26] {
            let change = main_at("Legacy sync", &mut self.noise, TEAM[1]);
            self.schedule(now - days * DAY, Scene::new(Flow::Legacy, &change).event("schedule"));
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

    /// A contributor's pull requests: two that a maintainer let run, whose tests fail, and one that waits.
    fn fork_runs(&mut self, world: &mut World, now: i64) {
        for (ago, approved_after) in [(12 * DAY, Some(20 * HOUR)), (3 * DAY, Some(5 * HOUR)), (2 * HOUR, None)] {
            let change = Change {
                title: "Fix typo in the German messages".into(),
                branch: "patch-1".into(),
                sha: self.noise.hex(40),
                author: CONTRIBUTOR,
                pull_request: None,
                regressed: false,
            };
            let mut scene =
                Scene::new(Flow::Ci, &change).event("pull_request").breaks("has every key in every language");
            scene.fork = true;
            let stage = self.stage;
            world.schedule(now - ago, move |world| {
                let spec = RunSpec::completed("action_required")
                    .event("pull_request")
                    .branch(&scene.change.branch)
                    .sha(&scene.change.sha)
                    .title(&scene.change.title)
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

    /// What is going on right now.
    fn now(&mut self, world: &mut World) {
        let now = self.stage.now_ms;
        let index = self.open_one(now);
        self.open[index].sha = self.noise.hex(40);
        let pushed = self.open[index].clone();
        let merged = Change { regressed: true, ..main_at("Hide expired coupons (#1521)", &mut self.noise, TEAM[2]) };
        present::begin(world, self.stage, &merged, &pushed);
    }
}

/// Artifacts that cannot be had, or not as a zip.
fn odd_artifacts(world: &mut World, stage: Stage) {
    let (seed, now) = (stage.seed, stage.now_ms);
    let workflow = stage.workflow(Flow::Backend);
    // Given to the first backend run that has completed by then.
    let mut attach = |ago: i64, spec: ArtifactSpec| {
        world.schedule(now - ago, move |world| {
            let latest = world.run_ids(workflow).into_iter().find(|id| {
                world.run(*id).is_some_and(|run| run.status() == "completed" && run.conclusion() != Some("cancelled"))
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
