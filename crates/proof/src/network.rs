//! GitHub and the network fail in every way while runs keep appearing: afterwards nothing is lost, doubled or invented,
//! and no request came inside a limit. An episode is one fault with a run of its own; a batch of them shares a
//! product.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fakehub::noise::Noise;
use fakehub::{BodyKind, Fault, LimitForm, Route, Rule};

use crate::kill::HEALS_WITHIN;
use crate::lab::{Lab, Tally};
use crate::product::{Api, Place, Stage};
use crate::scene::{Scene, Size, add_rich_run};
use crate::truth::Truth;
use crate::verify::{Beside, Findings, Manners, Sampler, secrets, verify};

/// How old runs are when they appear.
const AGE_MS: i64 = 15 * 60_000;
/// Pause between two episodes of a batch.
const PAUSE: Duration = Duration::from_millis(120);

/// Faults by kind: (route, part of the path, fault, most times in a row).
fn kinds(noise: &mut Noise) -> Vec<(Route, &'static str, Fault, u64)> {
    use BodyKind::{Empty, Html, Json};
    use Fault::{Reset, ResetAt, SlowDrip, SlowMs, Stall, StallAt, Status, Truncate};
    use Route::{ArtifactZip, Artifacts, Blob, Jobs, Logs, Runs};
    let early = noise.below(60);
    let middle = 100 + noise.below(2_500);
    let limit = |status, form| Fault::SecondaryLimit { retry_after: Some(1 + noise_seconds(early)), status, form };
    vec![
        (Runs, "", Status(500, Json), 3),
        (Jobs, "", Status(502, Html), 3),
        (Artifacts, "", Status(503, Empty), 3),
        (ArtifactZip, "", Status(504, Html), 3),
        (Logs, "", Status(500, Empty), 2),
        (Blob, "", Status(503, Html), 3),
        (Blob, "", Status(500, Empty), 1),
        (Runs, "", Reset, 3),
        (Jobs, "", Reset, 3),
        (Artifacts, "", Reset, 3),
        (ArtifactZip, "", Reset, 2),
        (Logs, "", Reset, 2),
        (Blob, "", Reset, 3),
        (Runs, "", ResetAt(early), 2),
        (Jobs, "", ResetAt(middle), 2),
        (Artifacts, "", ResetAt(middle), 2),
        (Blob, "", ResetAt(early), 2),
        (Blob, "", ResetAt(middle), 2),
        (Blob, "/artifacts/", ResetAt(middle), 2),
        (Runs, "", Truncate(middle), 2),
        (Jobs, "", Truncate(early), 2),
        (Blob, "", Truncate(early), 2),
        (Blob, "", Truncate(middle), 2),
        (Runs, "", SlowMs(300), 2),
        (Blob, "", SlowMs(500), 2),
        (Blob, "", SlowDrip { chunk_bytes: 200, every_ms: 30 }, 2),
        (Jobs, "", Stall, 1),
        (Blob, "", Stall, 1),
        (Blob, "", StallAt(early), 1),
        (Artifacts, "", StallAt(middle), 1),
        (Runs, "", Fault::NonJson200, 2),
        (Jobs, "", Fault::NonJson200, 2),
        (Blob, "", Fault::NonJson200, 2),
        (Runs, "", Fault::TruncatedGzip, 2),
        (Blob, "/artifacts/", Fault::FlipByte(middle), 2),
        (Blob, "/artifacts/", Fault::WrongDigest, 2),
        (Runs, "", Fault::Redirect307, 2),
        (Runs, "", Fault::DuplicateItems, 2),
        (Runs, "", limit(403, LimitForm::Current), 1),
        (ArtifactZip, "", limit(429, LimitForm::HttpDate), 1),
        (Jobs, "", limit(403, LimitForm::Throttled), 1),
        (Runs, "", Fault::FlappingEtag, 3),
        (Blob, "", Fault::RedirectLoop, 1),
    ]
}

fn noise_seconds(roll: u64) -> u64 {
    roll % 2
}

/// So many batches, each of every kind of fault once.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn network(lab: &Lab, goal: u64, batches: u64) -> anyhow::Result<Tally> {
    let mut tally = Tally::new("R4 network", goal);
    let seeds: Vec<u64> = (lab.seed..lab.seed + batches).collect();
    let began = Instant::now();
    let mut lanes = tokio::task::JoinSet::new();
    let mut waiting = seeds.into_iter();
    let mut next = || waiting.next();
    for seed in (0..lab.lanes).map_while(|_| next()).collect::<Vec<_>>() {
        lanes.spawn(batch(lab.clone(), seed));
    }
    while let Some(came) = lanes.join_next().await {
        let (seed, struck, findings, note) = came??;
        tally.reached += struck;
        tally.notes.push(note);
        tally.take(&format!("network --seed {seed} --batches 1"), findings);
        if let Some(seed) = next() {
            lanes.spawn(batch(lab.clone(), seed));
        }
    }
    tally.seconds = began.elapsed().as_secs_f64();
    Ok(tally)
}

/// One fault of each kind: the seed, how many struck, what was found, and a note.
///
/// # Errors
/// The pretend GitHub or the product cannot be started.
pub async fn batch(lab: Lab, seed: u64) -> anyhow::Result<(u64, u64, Findings, String)> {
    let mut scene = Scene::new(seed, Size { rich: 1, bare: 0, noise_bytes: 4_000 });
    scene.world.follow_real_time(1.0);
    scene.world.behaviour.rate_limits = true;
    scene.world.behaviour.ban_on_violation = true;
    let mut cases = scene.cases.clone();
    let stage = Stage::start(scene).await?;
    let place = Place::new(&lab, &stage.hub)?;
    let serving = place.serve().await?;
    let truth = Arc::new(Mutex::new(stage.truth.clone()));
    let sampler = Sampler::start(serving.api(), truth.clone(), seed, false);
    let mut noise = Noise::keyed(seed, 0x7e7);
    let mut rules = Vec::new();
    for (n, (route, path, fault, most)) in kinds(&mut noise).into_iter().enumerate() {
        let mut rule = Rule::new(route, fault).times(1 + noise.below(most));
        if !path.is_empty() {
            rule = rule.path(path);
        }
        rules.push((stage.hub.faults().add(rule), route, fault));
        stage.hub.world(|world| {
            let workflow = stage.workflows[n % 2];
            let added = add_rich_run(world, workflow, seed, n as i64 + 10, AGE_MS, 4_000);
            cases.insert(added.id, added.cases);
            let now = Truth::read(world, stage.repository, &cases, &Default::default());
            *truth.lock().unwrap_or_else(PoisonError::into_inner) = now;
        });
        tokio::time::sleep(PAUSE).await;
    }
    // Every fourth batch has to heal without being asked.
    let is_nudged = !seed.is_multiple_of(4);
    let struck = wait_for_strikes(&stage, &rules, is_nudged.then(|| serving.api())).await;
    stage.hub.faults().clear();
    let last_fault = Instant::now();
    let truth = truth.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let healed = serving.api().settled(&truth, HEALS_WITHIN, is_nudged).await?;
    let took = last_fault.elapsed();
    let (mut findings, samples, slowest) = sampler.stop();
    findings.holds("I9", "coming to rest after the last fault", healed, || ("within 60 s".into(), "not yet".into()));
    let manners = Manners { downloads_each: 8, ..Manners::default() };
    let beside = Beside { hub: Some((&stage.hub, manners)), files: Some(&place.files()) };
    findings.merge(verify(&serving.api(), &truth, beside).await);
    secrets(&serving.api(), place.folder.path(), &mut findings).await?;
    serving.kill().await;
    let note = format!(
        "batch {seed}: {struck} faults struck, at rest {took:.1?} later, {samples} samples meanwhile, slowest answer {slowest:.0?}"
    );
    Ok((seed, struck, findings, note))
}

/// Waits until every fault has struck, or a while has passed; how many have. A product to nudge is asked to try again.
async fn wait_for_strikes(stage: &Stage, rules: &[(u64, Route, Fault)], nudged: Option<Api>) -> u64 {
    let faults = stage.hub.faults();
    let began = Instant::now();
    loop {
        let struck = rules.iter().filter(|(id, ..)| faults.fired(*id) > 0).count();
        if struck == rules.len() || began.elapsed() > Duration::from_secs(25) {
            return struck as u64;
        }
        if let Some(api) = &nudged {
            let _ = tokio::time::timeout(Duration::from_secs(2), api.refresh()).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
