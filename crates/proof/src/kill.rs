//! Killed, or told that the disk fails, at a chosen system call while it mirrors a small world; started again; in the
//! end nothing is lost, invented or left over.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::lab::{Lab, Tally, spread};
use crate::product::{Place, Stage};
use crate::scene::{Scene, Size};
use crate::strace::{self, Point, WRITES};
use crate::verify::{Beside, Findings, Manners, verify};

/// How long the product may take to come to rest after the last fault.
pub const HEALS_WITHIN: Duration = Duration::from_secs(60);
/// How long a run with a fault in it may take.
const ENDS_WITHIN: Duration = Duration::from_secs(90);
/// Errors of a failing disk, with the calls that can answer them.
const ERRORS: [(&str, &[&str]); 7] = [
    (
        "EIO",
        &[
            "write",
            "pwrite64",
            "fsync",
            "fdatasync",
            "ftruncate",
            "rename",
            "renameat",
            "unlink",
            "unlinkat",
            "pread64",
        ],
    ),
    ("ENOSPC", &["write", "pwrite64", "fsync", "ftruncate", "fallocate", "openat", "mkdir"]),
    ("EDQUOT", &["write", "pwrite64", "openat"]),
    ("EMFILE", &["openat"]),
    ("EINTR", &["write", "fsync"]),
    ("EROFS", &["openat", "unlink", "mkdir", "rename"]),
    ("SHORT", &["write", "pwrite64"]),
];

/// The small world: a few runs with artifacts, logs and reports.
pub fn micro(seed: u64) -> Scene {
    Scene::new(seed, Size { rich: 2 + (seed % 3) as i64, bare: 0, noise_bytes: 3_000 })
}

/// One point, as given on the command line.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn one(lab: &Lab, point: Point) -> anyhow::Result<Tally> {
    let stage = Arc::new(Stage::start(micro(lab.seed)).await?);
    let mut tally = Tally::new("one point", 1);
    let (fired, findings) = at_point(lab.clone(), stage, point.clone()).await?;
    tally.reached = u64::from(fired);
    tally.take(&format!("kill --seed {} --point {point}", lab.seed), findings);
    Ok(tally)
}

/// Kill points, evenly spread over those there are; worlds are added until there are enough.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn kills(lab: &Lab, goal: usize, most: usize) -> anyhow::Result<Tally> {
    faults(lab, Tally::new("R1 kill −9", goal as u64), "kill", most, |point| {
        Some(point).filter(|point| WRITES.contains(&point.call.as_str())).into_iter().collect()
    })
    .await
}

/// Points at which the disk fails.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn errors(lab: &Lab, goal: usize, most: usize) -> anyhow::Result<Tally> {
    let with_errors = |point: Point| {
        let fitting = ERRORS.iter().filter(|(_, calls)| calls.contains(&point.call.as_str()));
        fitting.map(|(error, _)| Point { error: Some((*error).to_owned()), ..point.clone() }).collect()
    };
    faults(lab, Tally::new("R2 failing disk", goal as u64), "errno", most, with_errors).await
}

async fn faults(
    lab: &Lab,
    mut tally: Tally,
    word: &str,
    most: usize,
    variants: impl Fn(Point) -> Vec<Point> + Copy,
) -> anyhow::Result<Tally> {
    if let Some(why) = strace::missing() {
        return Ok(Tally::skipped(&tally.name, tally.goal, &why));
    }
    let mut left = most;
    for seed in lab.seed..lab.seed + 64 {
        if left == 0 {
            break;
        }
        let here = Lab { seed, ..lab.clone() };
        let all: Vec<Point> = count(&here).await?.into_iter().flat_map(variants).collect();
        let there_are = all.len();
        let chosen = spread(all, left);
        left -= chosen.len().min(left);
        tally.notes.push(format!("world {seed}: {there_are} points, {} tried", chosen.len()));
        let episodes: Vec<_> =
            chosen.into_iter().map(|point| (format!("{word} --seed {seed} --point {point}"), point)).collect();
        let open = || async { Stage::start(micro(seed)).await };
        let inside = here.clone();
        tally = here.play(tally, episodes, open, move |stage, point| at_point(inside.clone(), stage, point)).await?;
    }
    Ok(tally)
}

/// All points of the small world.
async fn count(lab: &Lab) -> anyhow::Result<Vec<Point>> {
    let stage = Stage::start(micro(lab.seed)).await?;
    let place = Place::new(lab, &stage.hub)?;
    let calls: Vec<&str> = WRITES.iter().copied().chain(["pread64"]).collect();
    strace::points(&place, &["sync"], &calls).await
}

/// Mirrors with the fault, starts again without, and compares. Also tells whether the fault struck.
///
/// # Errors
/// The product cannot be started.
pub async fn at_point(lab: Lab, stage: Arc<Stage>, point: Point) -> anyhow::Result<(bool, Findings)> {
    stage.hub.clear_requests();
    let place = Place::new(&lab, &stage.hub)?;
    let is_kill = point.error.is_none();
    let ended = place.run(&point.wrapper(), &["sync"], ENDS_WITHIN).await?;
    let fired =
        if is_kill { ended.code.is_none() } else { strace::struck_a_file(&place.folder.path().join(strace::TRACE)) };
    let mut findings = Findings::default();
    if !fired {
        return Ok((false, findings));
    }
    let panicked = ended.err.contains("panicked at");
    findings.holds("I9", "an error instead of a panic", !panicked, || ("no panic".into(), ended.err.clone()));
    finish(&place, &stage, 2, &mut findings).await?;
    Ok((fired, findings))
}

/// Starts the product in a place where things went wrong, lets it come to rest, and compares everything.
///
/// # Errors
/// It does not start.
pub async fn finish(
    place: &Place,
    stage: &Stage,
    downloads_each: usize,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let serving = place.serve().await.context("it does not start again")?;
    let api = serving.api();
    let healed = api.settled(&stage.truth, HEALS_WITHIN, true).await?;
    findings.holds("I9", "coming to rest", healed, || ("within 60 s".into(), "not yet".into()));
    let manners = Manners { downloads_each, ..Manners::default() };
    let beside = Beside { hub: Some((&stage.hub, manners)), files: Some(&place.files()) };
    findings.merge(verify(&api, &stage.truth, beside).await);
    serving.kill().await;
    Ok(())
}
