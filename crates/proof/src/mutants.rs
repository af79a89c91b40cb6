//! The checker is checked: faults planted in the product, one at a time, each of which an episode must reveal. Before
//! that, the same episodes must find nothing in the same program with none of them chosen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fakehub::{Fault, Route, Rule};

use crate::kill::{at_point, micro};
use crate::lab::{Lab, Tally};
use crate::product::{Place, Stage};
use crate::scene::{Scene, Size};
use crate::strace;
use crate::truth::Truth;
use crate::verify::{Beside, Findings, Manners, verify};
use crate::{network, poison};

/// How long a product with a planted fault gets to come to rest.
const PATIENCE: Duration = Duration::from_secs(25);

/// What reveals a planted fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// A sync without any fault, then a re-run and a deletion.
    Life,
    /// Kills at calls of these kinds.
    Kill(&'static [&'static str]),
    /// A batch of network faults.
    Network,
    /// Hostile artifacts.
    Poison,
}

/// Every planted fault and what reveals it.
const MUTANTS: [(&str, By); 30] = [
    ("page-skips-one", By::Life),
    ("last-page-lost", By::Life),
    ("deleted-vanishes", By::Life),
    ("attempt-ignored", By::Life),
    ("range-off-by-one", By::Life),
    ("active-type", By::Life),
    ("headers-forgotten", By::Life),
    ("one-tag-for-all", By::Life),
    ("always-at-rest", By::Life),
    ("too-many-at-once", By::Life),
    ("name-normalised", By::Life),
    ("duplicate-name-dropped", By::Life),
    ("log-truncated", By::Life),
    ("token-follows-redirect", By::Life),
    ("stale-after-rerun", By::Life),
    ("fork-forgotten", By::Life),
    ("reports-never-read", By::Life),
    ("sums-not-renewed", By::Life),
    ("skipped-counts-as-passed", By::Life),
    ("last-step-lost", By::Life),
    ("claim-without-lease", By::Life),
    ("orphan-left", By::Life),
    ("spool-left", By::Life),
    ("complete-before-blob", By::Kill(&["rename", "renameat", "renameat2", "linkat", "fsync", "mkdir"])),
    ("leases-outlive-process", By::Kill(&["fsync", "rename", "renameat", "fdatasync"])),
    ("spool-never-swept", By::Kill(&["rename", "renameat", "fsync"])),
    ("partial-accepted", By::Network),
    ("asks-inside-limit", By::Network),
    ("secret-in-error", By::Network),
    ("reason-forgotten", By::Poison),
];

/// All of them, or those whose names contain a text; `lab.program` is built with them. `digest-ignored` is told apart
/// from `partial-accepted` by nothing, as the digest catches what the length lets through: both are chosen at once.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn mutants(lab: &Lab, goal: u64, only: &str) -> anyhow::Result<Tally> {
    let mut tally = Tally::new("R7 mutants", goal);
    let began = Instant::now();
    let chosen: Vec<_> = MUTANTS.into_iter().filter(|(name, _)| name.contains(only)).collect();
    for by in [By::Life, By::Kill(&["rename"]), By::Network, By::Poison] {
        let is_needed = chosen.iter().any(|(_, other)| std::mem::discriminant(other) == std::mem::discriminant(&by));
        if is_needed {
            tally.take("mutants, none chosen", reveal(lab, by).await?);
        }
    }
    let traced = strace::missing();
    for (name, by) in chosen {
        if let (By::Kill(_), Some(why)) = (by, &traced) {
            tally.notes.push(format!("{name}: not run: {why}"));
            continue;
        }
        let here = Lab { mutant: Some(name.to_owned()), ..lab.clone() };
        let caught = reveal(&here, by).await?.violations.into_iter().next();
        tally.reached += u64::from(caught.is_some());
        println!("  {name}: {}", if caught.is_some() { "caught" } else { "NOT CAUGHT" });
        match caught {
            Some(first) => tally.notes.push(format!("{name}: caught by {} ({})", first.invariant, first.object)),
            None => {
                let mut findings = Findings::default();
                findings.fail("mutant", name, "a violation", "none");
                tally.take(&format!("mutants --only {name}"), findings);
            }
        }
    }
    tally.seconds = began.elapsed().as_secs_f64();
    Ok(tally)
}

async fn reveal(lab: &Lab, by: By) -> anyhow::Result<Findings> {
    match by {
        By::Life => life(lab).await,
        By::Kill(calls) => kills(lab, calls).await,
        By::Network => Ok(network::batch(lab.clone(), 1).await?.2),
        By::Poison => Ok(poison::episode(lab).await?.1),
    }
}

/// A first sync, a re-run and a deletion.
async fn life(lab: &Lab) -> anyhow::Result<Findings> {
    let scene = Scene::new(lab.seed, Size { rich: 6, bare: 110, noise_bytes: 3_000 });
    let cases = scene.cases.clone();
    let stage = Stage::start(scene).await?;
    stage.hub.faults().add(Rule::new(Route::Blob, Fault::SlowMs(150)).times(16));
    let place = Place::new(lab, &stage.hub)?;
    let serving = place.serve().await?;
    let (api, mut findings) = (serving.api(), Findings::default());
    let rested = api.settled(&stage.truth, PATIENCE, false).await?;
    findings.holds("I9", "the first sync", rested, || ("at rest".into(), "not yet".into()));
    let beside = Beside { hub: Some((&stage.hub, Manners::default())), files: Some(&place.files()) };
    findings.merge(verify(&api, &stage.truth, beside).await);
    if !findings.violations.is_empty() {
        serving.kill().await;
        return Ok(findings);
    }
    let again = stage.truth.order[stage.truth.order.len() - 1 - 110];
    let again = stage.truth.runs.keys().copied().find(|id| cases[id].count("failed") > 0).unwrap_or(again);
    let (truth, gone) = stage.hub.world(|world| {
        world.rerun_failed(again);
        world.start_run(again);
        world.complete_run(again, "success");
        let truth = Truth::read(world, stage.repository, &cases, &Default::default());
        let gone = stage.truth.order[0];
        world.delete_run(gone);
        (truth, gone)
    });
    let (again, gone) = (format!("/api/runs/{again}"), format!("/api/runs/{gone}"));
    let is_seen = until(&api, &again, |run| run["attempt"] == 2 && run["conclusion"] == "success").await;
    findings.holds("I1", "the second attempt", is_seen, || ("shown".into(), "not shown".into()));
    let is_told = until(&api, &gone, |run| run["deletedUpstream"] == true).await;
    findings
        .holds("I5", "a run that GitHub has deleted", is_told, || ("still shown, and told".into(), "not so".into()));
    if is_seen && is_told {
        let rested = api.settled(&truth, PATIENCE, true).await?;
        findings.holds("I9", "after a re-run", rested, || ("at rest".into(), "not yet".into()));
        findings.merge(verify(&api, &truth, Beside::default()).await);
    }
    serving.kill().await;
    Ok(findings)
}

async fn until(api: &crate::product::Api, path: &str, holds: impl Fn(&serde_json::Value) -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if api.json(path).await.is_ok_and(|shown| holds(&shown)) {
            return true;
        }
        let _ = api.refresh().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    false
}

/// Kills at the first calls of each kind, until one reveals something.
async fn kills(lab: &Lab, calls: &[&str]) -> anyhow::Result<Findings> {
    let stage = Arc::new(Stage::start(micro(lab.seed)).await?);
    let mut findings = Findings::default();
    for n in 1..=3 {
        for call in calls {
            let point = strace::Point { call: (*call).to_owned(), n, error: None };
            let (struck, found) = at_point(lab.clone(), stage.clone(), point).await?;
            if struck {
                findings.merge(found);
            }
            if !findings.violations.is_empty() {
                return Ok(findings);
            }
        }
    }
    Ok(findings)
}
