//! Processes: killed and started again, two at once on one database, one that comes late.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, bare, on_both_engines, past, report, team};
use crate::support::{Database, Engine};
use fakehub::{BodyKind, Fault, Listener, Request, Route, Rule, TOKEN};
use greenroom::clock::Clock;
use greenroom::model::ArtifactState;
use greenroom::store::{Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::process::{Child, Command};

/// How often each address was served whole, for kinds of content.
fn served(requests: &[Request], route: Route) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in requests.iter().filter(|request| request.route == route && request.finished) {
        *counts.entry(request.path.clone()).or_insert(0) += 1;
    }
    counts
}

/// The real program, as a process of its own, on the mirror's database and folder.
fn serve(mirror: &Mirror) -> Child {
    let config = &mirror.config;
    Command::new(env!("CARGO_BIN_EXE_greenroom"))
        .arg("serve")
        .env_clear()
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_OWNER", "octo")
        .env("GITHUB_REPO", "shop")
        .env("GITHUB_API_URL", &config.api_url)
        .env("DATABASE_URL", &config.database_url)
        .env("FILE_STORAGE_PATH", &config.file_storage)
        .env("PORT", "0")
        // How full this machine is must not matter.
        .env("MIN_FREE_DISK_GB", "0")
        .env("MAX_DISK_PERCENT", "100")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Artifacts that the store calls complete, while no program runs.
async fn complete(mirror: &Mirror) -> BTreeSet<i64> {
    let rows = mirror.database.rows("SELECT CAST(id AS TEXT) FROM artifact WHERE state = 'complete'").await;
    rows.iter().map(|row| row[0].as_deref().unwrap().parse().unwrap()).collect()
}

on_both_engines! {
    async fn a_first_sync_killed_again_and_again_goes_on_where_it_was(database: Database) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64 / 1000 * 1000;
        let mut mirror = Mirror::at(database, now, |world, place| {
            for n in 0..110 {
                world.add_run(place.workflow, bare(world, 5 * DAY + n * MINUTE));
            }
            team(world, place, 40);
        })
        .await;
        mirror.hub.faults().always(Route::Blob, Fault::SlowMs(25));
        // In the listing, in the details, and three times among the downloads.
        let moments = [(Route::Runs, 1), (Route::Jobs, 30), (Route::Blob, 4), (Route::Blob, 15), (Route::Blob, 30)];
        for (route, count) in moments {
            let mut process = serve(&mirror);
            let started = std::time::Instant::now();
            while mirror.requests(route).iter().filter(|request| request.finished).count() < count {
                assert!(started.elapsed() < Duration::from_secs(60), "the program does not get to {route:?}");
                assert!(process.try_wait().unwrap().is_none(), "the program ended by itself");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            process.kill().await.unwrap();
            // Others wait some minutes for the leases of the dead; here those minutes pass at once.
            if mirror.database.engine == Engine::Postgres {
                mirror.database.execute("UPDATE repository SET poll_until = 0").await;
                mirror.database.execute("UPDATE task SET leased_until = 0").await;
            }
        }
        let finished = complete(&mirror).await;
        assert!(!finished.is_empty());
        // The processes went by the machine's clock, which is ahead of the mirror's by now.
        mirror.pass(10 * MINUTE);
        mirror.hub.clear_requests();
        mirror.sync().await;
        // A task that met trouble of the database goes on some seconds later.
        mirror.pass(MINUTE);
        mirror.settled().await;
        mirror.assert_equals_truth().await;
        for id in finished {
            assert_eq!(mirror.fetches(id), 0, "artifact {id} was complete and has been fetched again");
        }
        let left = mirror.database.rows("SELECT kind, CAST(subject AS TEXT), CAST(attempts AS TEXT), CAST(due_at AS TEXT), CAST(leased_until AS TEXT), owner, reason FROM task WHERE kind <> 'recheck'").await;
        assert!(left.is_empty(), "{left:?} at {:?}", mirror.clock.now());
    }

    async fn a_program_dropped_in_its_work_leaves_nothing_wrong(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 30))).await;
        for finished in [5, 12, 20] {
            mirror.start().await;
            mirror.until("some downloads have ended", async || mirror.requests(Route::Blob).iter().filter(|request| request.finished).count() >= finished).await;
            mirror.assert_complete_is_true().await;
            mirror.kill();
            mirror.pass(10 * MINUTE);
        }
        mirror.sync().await;
        mirror.assert_equals_truth().await;
    }

    async fn a_program_stopped_in_order_gives_its_work_back_uncounted(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 8))).await;
        mirror.hub.faults().add(Rule::new(Route::Blob, Fault::StallAt(10)).path("/artifacts/"));
        mirror.start().await;
        mirror.until("downloads are under way", async || mirror.count(Route::Blob) >= 3).await;
        mirror.stop().await;
        assert_eq!(mirror.database.number("SELECT count(*) FROM task WHERE leased_until > 0 OR attempts > 0").await, 0);
        mirror.hub.faults().clear();
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        mirror.first_sync_over().await;
    }
}

#[tokio::test]
async fn o8_a_second_program_on_one_sqlite_file_is_refused() {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 1))).await;
    mirror.sync().await;
    let error = Store::open(&mirror.config.database_url, mirror.tuning.store.clone()).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_one_postgres_do_nothing_twice() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let mut mirror = Mirror::of(database, |world, place| {
        for n in 0..130 {
            world.add_run(place.workflow, bare(world, 5 * DAY + n * MINUTE));
        }
        team(world, place, 40);
    })
    .await;
    mirror.hub.faults().always(Route::Blob, Fault::SlowMs(5));
    mirror.start().await;
    let second = mirror.another(mirror.clock.clone()).await;
    mirror.settled().await;
    mirror.until("the second has checked too", async || second.hub.activity().next_poll_at.is_some()).await;
    mirror.assert_equals_truth().await;
    let requests = mirror.hub.requests();
    for route in [Route::ArtifactZip, Route::Logs, Route::Jobs, Route::Blob] {
        let twice: Vec<_> = served(&requests, route).into_iter().filter(|(_, count)| *count > 1).collect();
        assert!(twice.is_empty(), "{route:?}: {twice:?}");
    }
    // The listings too: whoever comes second asks conditionally.
    for route in [Route::Workflows, Route::Runs, Route::Artifacts] {
        let is_first =
            |query: &str| !query.contains("&page=2") && !query.contains("status=") && !query.contains("created=");
        let heads = requests
            .iter()
            .filter(|request| request.route == route && is_first(&request.query) && request.status == 200)
            .count();
        assert_eq!(heads, 1, "{route:?}");
    }
    // A change is worked on once as well, whoever of the two finds it.
    let run = mirror.add_run(fakehub::RunSpec::completed("success"));
    mirror.hub.world(|world| world.add_artifact(run, report("new")));
    mirror.hub.clear_requests();
    let (one, two) = tokio::join!(mirror.try_refresh(), second.hub.refresh());
    let new_runs = one.unwrap().new_runs + two.unwrap().new_runs;
    assert_eq!(new_runs, 1);
    mirror.assert_equals_truth().await;
    assert!(served(&mirror.hub.requests(), Route::Blob).values().all(|count| *count == 1));
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_program_at_a_time_checks_a_repository() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let mut mirror = Mirror::of(database, |world, place| {
        world.add_run(place.workflow, past(world, DAY));
    })
    .await;
    mirror.sync().await;
    let second = mirror.another(mirror.clock.clone()).await;
    mirror.until("the second has checked too", async || second.hub.activity().next_poll_at.is_some()).await;
    mirror.hub.clear_requests();
    let slow = mirror.hub.faults().add(Rule::new(Route::Workflows, Fault::SlowMs(400)));
    let (one, two) = tokio::join!(mirror.try_refresh(), second.hub.refresh());
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!(mirror.hub.faults().fired(slow), 2);
    let checks = mirror.requests(Route::Workflows);
    let apart = checks[1].instant.duration_since(checks[0].instant);
    assert!(apart >= Duration::from_millis(400), "the second check began {apart:?} after the first");
    assert_eq!(mirror.hub.peak_in_flight(Listener::Api), 1);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_comes_late_writes_nothing() {
    let Some(database) = Database::new(Engine::Postgres).await else { return };
    let mut artifact = 0;
    let mut mirror = Mirror::of(database, |world, place| {
        let run = world.add_run(place.workflow, bare(world, DAY));
        artifact = world.add_artifact(run, report("contested").created_at(world.now() - DAY));
    })
    .await;
    mirror.config.downloads = 1;
    // The first holder gets its bytes late; meanwhile its lease runs out by the second one's clock.
    let late = mirror.hub.faults().add(Rule::new(Route::Blob, Fault::SlowMs(3000)).times(1));
    mirror.start().await;
    mirror.until("the first one is downloading", async || mirror.hub.faults().fired(late) == 1).await;
    mirror.hub.faults().add(Rule::new(Route::ArtifactZip, Fault::Status(404, BodyKind::Json)));
    let ahead = Clock::manual(mirror.clock.now());
    ahead.advance(HOUR / 2);
    let second = mirror.another(ahead).await;
    mirror.until("the second one has ended it", async || mirror.state(artifact).await == ArtifactState::Gone).await;
    second.stop().await;
    // Its only worker takes something new once it is done with the old.
    mirror.hub.faults().clear();
    let next = mirror.hub.world(|world| world.add_artifact(world.run_ids(mirror.place.repository)[0], report("next")));
    mirror.refresh().await;
    mirror.assert_artifact_is_complete(next).await;
    assert!(mirror.requests(Route::Blob)[0].finished, "the first one had all its bytes");
    let rows = mirror
        .database
        .rows(&format!("SELECT state, blob_sha256, CAST(files AS TEXT) FROM artifact WHERE id = {artifact}"))
        .await;
    assert_eq!(rows, [[Some("gone".to_owned()), None, Some("0".to_owned())]]);
    assert_eq!(mirror.database.number(&format!("SELECT count(*) FROM file WHERE artifact_id = {artifact}")).await, 0);
}
