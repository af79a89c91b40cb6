//! PostgreSQL fails while runs keep appearing: connections ended, the server crashed, answers to commits lost; and two
//! collectors share one database while one of them sleeps past its leases.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use fakehub::noise::Noise;
use fakehub::{Fault, Route, Rule};

use crate::kill::HEALS_WITHIN;
use crate::lab::{Lab, Tally};
use crate::postgres::{self, Cut, Postgres, Way};
use crate::product::{Api, Place, Stage};
use crate::scene::{Cases, Scene, Size, add_rich_run};
use crate::truth::Truth;
use crate::verify::{Beside, Findings, Manners, Sampler, verify};
use std::collections::BTreeMap;

const AGE_MS: i64 = 15 * 60_000;
/// Episodes that share a product, and a check at the end.
const GROUP: u64 = 10;

/// So many episodes, in groups that share a server and a product.
///
/// # Errors
/// The pretend GitHub, the database or the product cannot be started.
pub async fn database(lab: &Lab, goal: u64, episodes: u64) -> anyhow::Result<Tally> {
    let mut tally = Tally::new("R5 PostgreSQL", goal);
    if postgres::programs(&lab.postgres).is_none() {
        return Ok(Tally::skipped(&tally.name, goal, "no PostgreSQL server is installed"));
    }
    let began = Instant::now();
    for seed in lab.seed..lab.seed + episodes.div_ceil(GROUP) {
        let (struck, findings, note) = group(lab, seed).await?;
        tally.reached += struck;
        tally.notes.push(note);
        tally.take(&format!("database --seed {seed} --episodes {GROUP}"), findings);
    }
    tally.seconds = began.elapsed().as_secs_f64();
    Ok(tally)
}

/// A growing scene on PostgreSQL.
struct Growing {
    stage: Stage,
    cases: BTreeMap<i64, Cases>,
    truth: Arc<Mutex<Truth>>,
    seed: u64,
    made: i64,
}

impl Growing {
    async fn start(seed: u64) -> anyhow::Result<Growing> {
        let mut scene = Scene::new(seed, Size { rich: 1, bare: 0, noise_bytes: 3_000 });
        scene.world.follow_real_time(1.0);
        let cases = scene.cases.clone();
        let stage = Stage::start(scene).await?;
        let truth = Arc::new(Mutex::new(stage.truth.clone()));
        Ok(Growing { stage, cases, truth, seed, made: 10 })
    }

    /// A further run appears at GitHub.
    fn grow(&mut self) {
        let (workflow, n) = (self.stage.workflows[(self.made % 2) as usize], self.made);
        self.made += 1;
        let (seed, cases, repository) = (self.seed, &mut self.cases, self.stage.repository);
        let truth = self.stage.hub.world(|world| {
            let added = add_rich_run(world, workflow, seed, n, AGE_MS, 3_000);
            cases.insert(added.id, added.cases);
            Truth::read(world, repository, cases, &BTreeMap::new())
        });
        *self.truth.lock().unwrap_or_else(PoisonError::into_inner) = truth;
    }

    fn truth(&self) -> Truth {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn compare(
        &self,
        api: &Api,
        place: &Place,
        downloads_each: usize,
        findings: &mut Findings,
    ) -> anyhow::Result<Duration> {
        let (truth, began) = (self.truth(), Instant::now());
        let healed = api.settled(&truth, HEALS_WITHIN, true).await?;
        let took = began.elapsed();
        findings
            .holds("I9", "coming to rest after the last fault", healed, || ("within 60 s".into(), "not yet".into()));
        let manners = Manners { downloads_each, api_at_once: 8, downloads_at_once: 6 };
        let beside = Beside { hub: Some((&self.stage.hub, manners)), files: Some(&place.files()) };
        findings.merge(verify(api, &truth, beside).await);
        Ok(took)
    }
}

async fn group(lab: &Lab, seed: u64) -> anyhow::Result<(u64, Findings, String)> {
    let mut server = Postgres::start(&lab.postgres).await?;
    let way = Way::open(&server).await?;
    server.database("greenroom").await?;
    let mut growing = Growing::start(seed).await?;
    let place = Place::new(lab, &growing.stage.hub)?.with("DATABASE_URL", way.address("greenroom"));
    let serving = place.serve().await?;
    let mut noise = Noise::keyed(seed, 0xdb);
    ensure!(serving.api().settled(&growing.truth(), HEALS_WITHIN, true).await?, "it does not mirror at all");
    let sampler = Sampler::start(serving.api(), growing.truth.clone(), seed, true);
    let mut struck = 0;
    for episode in 0..GROUP {
        growing.grow();
        tokio::time::sleep(Duration::from_millis(noise.below(1_500))).await;
        struck += fault(&mut server, &way, &mut noise, episode).await?;
    }
    let mut findings = Findings::default();
    let took = growing.compare(&serving.api(), &place, 6, &mut findings).await?;
    let (live, samples, _) = sampler.stop();
    findings.merge(live);
    serving.kill().await;
    Ok((
        struck,
        findings,
        format!("group {seed}: {struck} faults, at rest {took:.1?} after the last, {samples} samples meanwhile"),
    ))
}

/// One fault; how many struck.
async fn fault(server: &mut Postgres, way: &Way, noise: &mut Noise, episode: u64) -> anyhow::Result<u64> {
    match episode % 5 {
        0 => server.terminate("greenroom").await?,
        1 => server.crash(Duration::from_millis(noise.below(600))).await?,
        kind => {
            let (before, cut) = (way.cuts(), if kind == 4 { Cut::Request } else { Cut::Answer });
            way.cut_at(1 + noise.below(12), cut);
            for _ in 0..100 {
                if way.cuts() > before {
                    return Ok(1);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            way.disarm();
            return Ok(0);
        }
    }
    Ok(1)
}

/// Two collectors on one database and one place for content; one sleeps past its leases and wakes up late.
///
/// # Errors
/// The pretend GitHub, the database or the product cannot be started.
pub async fn collectors(lab: &Lab, goal: u64, pairs: u64) -> anyhow::Result<Tally> {
    let mut tally = Tally::new("R6 two collectors", goal);
    if postgres::programs(&lab.postgres).is_none() {
        return Ok(Tally::skipped(&tally.name, goal, "no PostgreSQL server is installed"));
    }
    tally.notes.push("a lease is made to end by moving its end, in place of five minutes of sleep".into());
    let began = Instant::now();
    let server = Postgres::start(&lab.postgres).await?;
    for seed in lab.seed..lab.seed + pairs {
        let findings = pair(lab, &server, seed).await?;
        tally.reached += 1;
        tally.take(&format!("collectors --seed {seed} --pairs 1"), findings);
    }
    tally.seconds = began.elapsed().as_secs_f64();
    Ok(tally)
}

async fn pair(lab: &Lab, server: &Postgres, seed: u64) -> anyhow::Result<Findings> {
    let name = format!("pair_{seed}");
    let address = server.database(&name).await?;
    let mut growing = Growing::start(seed).await?;
    let content = Place::new(lab, &growing.stage.hub)?;
    let shared = content.files().display().to_string();
    let place = content.with("DATABASE_URL", &address).with("FILE_STORAGE_PATH", &shared);
    let other = Place::new(lab, &growing.stage.hub)?.with("DATABASE_URL", &address).with("FILE_STORAGE_PATH", &shared);
    let sleeper = place.serve().await?;
    ensure!(sleeper.api().settled(&growing.truth(), HEALS_WITHIN, true).await?, "it does not mirror at all");
    growing.stage.hub.faults().add(Rule::new(Route::Blob, Fault::SlowMs(400)).times(2 + seed % 3));
    growing.grow();
    // Asleep somewhere between the claim and the commit.
    let mut noise = Noise::keyed(seed, 0x2c);
    let most = 1 + noise.below(14) as usize;
    let so_far = growing.stage.hub.requests().len();
    let asked = growing.stage.hub.wait_until(move |requests| requests.len() >= so_far + most);
    let _ = tokio::time::timeout(Duration::from_secs(5), asked).await;
    tokio::time::sleep(Duration::from_millis(noise.below(450))).await;
    sleeper.signal("STOP").await?;
    server.sql(&name, "UPDATE task SET leased_until = 1 WHERE leased_until > 0").await?;
    server.sql(&name, "UPDATE repository SET poll_until = 1 WHERE poll_until > 0").await?;
    let awake = other.serve().await?;
    growing.grow();
    let alone = awake.api().settled(&growing.truth(), HEALS_WITHIN, true).await?;
    sleeper.signal("CONT").await?;
    let mut findings = Findings::default();
    findings.holds("I14", "the other collector alone", alone, || ("takes over within 60 s".into(), "not yet".into()));
    tokio::time::sleep(Duration::from_millis(800)).await;
    growing.grow();
    growing.compare(&awake.api(), &place, 2, &mut findings).await?;
    findings.merge(verify(&sleeper.api(), &growing.truth(), Beside::default()).await);
    sleeper.kill().await;
    awake.kill().await;
    Ok(findings)
}
