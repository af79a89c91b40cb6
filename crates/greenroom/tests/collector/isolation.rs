//! Files that end whoever reads them: each costs itself, after three tries that were counted before they began, and
//! nothing else. The files are poisoned on purpose; what they do, a parser with a fault does.

use crate::mirror::{HOUR, MINUTE, Mirror, Place, on_both_engines, past, team};
use crate::support::Database;
use fakehub::{ArtifactSpec, JobSpec, World};
use greenroom::model::results::TestsState;
use greenroom::model::task::TaskKind;
use greenroom::model::{ArtifactState, FailedItem};
use greenroom::reader::Allowance;
use std::time::Duration;

/// Ways to end a process that end it at once, and how they are told.
const SUDDEN: [(&str, &str); 7] = [
    ("abort", "ended by signal 6 (abort)"),
    ("overflow", "stack overflow"),
    ("allocate", "out of memory"),
    ("panic", "panic: poisoned"),
    ("exit", "ended by itself with code 3"),
    ("garbage", "an answer that cannot be understood"),
    ("endless", "an answer without end"),
];

fn poisoned(job: &str, deed: &str) -> ArtifactSpec {
    ArtifactSpec::zip(deed, [(format!("greenroom-poison-{job}-{deed}.xml"), b"<testsuites/>".to_vec())])
}

fn junit(name: &str) -> Vec<u8> {
    format!("<testsuite name=\"{name}\"><testcase classname=\"{name}\" name=\"adds\" time=\"0.5\"/></testsuite>").into()
}

/// A mirror in which nothing that reads may take much, of a small team and further artifacts of its second run.
async fn mirror(database: Database, specs: Vec<ArtifactSpec>, cpu_seconds: u64, wall: Duration) -> (Mirror, Vec<i64>) {
    let mut added = Vec::new();
    let mut mirror = Mirror::of(database, |world: &mut World, place: Place| {
        let runs = team(world, place, 3);
        let created_at = world.now() - HOUR;
        added.extend(specs.into_iter().map(|spec| world.add_artifact(runs[1], spec.created_at(created_at))));
    })
    .await;
    mirror.tuning.reader.allowance = Allowance { memory_bytes: 96 << 20, cpu_seconds };
    mirror.tuning.reader.wall = wall;
    (mirror, added)
}

async fn failed(mirror: &Mirror, id: i64) -> Option<FailedItem> {
    mirror.failed().await.into_iter().find(|item| item.id == id)
}

/// Waits until an item has been tried so often and fails each time.
async fn tried(mirror: &Mirror, id: i64, attempts: i64) -> FailedItem {
    let is_tried = async || failed(mirror, id).await.is_some_and(|item| item.attempts == attempts);
    mirror.until(&format!("{id} has been tried {attempts} times"), is_tried).await;
    mirror.settled().await;
    failed(mirror, id).await.unwrap()
}

/// Lets the two tries that are left take place.
async fn tried_to_the_end(mirror: &Mirror, id: i64) -> FailedItem {
    for attempts in 2..=3 {
        mirror.pass(MINUTE);
        tried(mirror, id, attempts).await;
    }
    failed(mirror, id).await.unwrap()
}

on_both_engines! {
    async fn x16_archives_that_end_their_reader_cost_themselves_and_nothing_else(database: Database) {
        let specs = SUDDEN.map(|(deed, _)| poisoned("archive", deed)).to_vec();
        let (mut mirror, ids) = mirror(database, specs, 30, Duration::from_secs(60)).await;
        mirror.sync().await;
        mirror.assert_equals_truth_but(&ids).await;
        for id in &ids {
            let item = failed(&mirror, *id).await.unwrap();
            assert_eq!((item.attempts, mirror.state(*id).await), (1, ArtifactState::Failed), "{}", item.reason);
        }
        // A restart does not try at once again.
        mirror.stop().await;
        mirror.sync().await;
        assert!(mirror.failed().await.iter().all(|item| item.attempts == 1));
        for (id, (deed, cause)) in ids.iter().zip(SUDDEN) {
            if mirror.state(*id).await == ArtifactState::Failed {
                tried_to_the_end(&mirror, *id).await;
            }
            let artifact = mirror.artifact(*id).await;
            assert_eq!((artifact.state, mirror.fetches(*id)), (ArtifactState::Quarantined, 3), "{deed}");
            let reason = artifact.reason.unwrap();
            assert!(reason.contains(cause) && reason.contains("3 tries"), "{deed}: {reason}");
        }
        mirror.assert_equals_truth_but(&ids).await;
    }

    async fn x16_a_quarantined_artifact_is_read_when_asked_for_from_what_was_kept(database: Database) {
        let (mut mirror, ids) = mirror(database, vec![poisoned("archive", "abort")], 30, Duration::from_secs(60)).await;
        mirror.sync().await;
        tried_to_the_end(&mirror, ids[0]).await;
        assert_eq!(mirror.state(ids[0]).await, ArtifactState::Quarantined);
        mirror.pass(MINUTE);
        mirror.poll().await;
        assert_eq!(mirror.fetches(ids[0]), 3, "it is left alone");
        mirror.stop().await;
        // What was wrong with the reader has been mended; GitHub has dropped the content meanwhile.
        mirror.tuning.reader.poison = false;
        mirror.hub.world(|world| world.expire_artifact(ids[0]));
        mirror.sync().await;
        assert_eq!(mirror.state(ids[0]).await, ArtifactState::Quarantined, "a restart is no retry");
        assert!(mirror.app().store.retry_task(TaskKind::Artifact, ids[0], mirror.clock.now()).await.unwrap());
        mirror.until("it is read", async || mirror.state(ids[0]).await == ArtifactState::Complete).await;
        assert_eq!((mirror.fetches(ids[0]), mirror.artifact(ids[0]).await.file_count), (3, 1));
    }

    async fn x16_a_report_that_ends_its_reader_is_unreadable_and_the_others_count(database: Database) {
        let files = [
            ("a/junit.xml", junit("first")),
            ("b/greenroom-poison-reports-abort.xml", junit("second")),
            ("c/junit.xml", junit("third")),
        ];
        let (mut mirror, ids) = mirror(database, vec![ArtifactSpec::zip("results", files)], 30, Duration::from_secs(60)).await;
        mirror.sync().await;
        let run = mirror.artifact(ids[0]).await.run_id;
        assert_eq!(mirror.state(ids[0]).await, ArtifactState::Complete, "its files are there all the same");
        let item = tried_to_the_end(&mirror, ids[0]).await;
        assert!(item.reason.contains("quarantined: ended by signal 6"), "{}", item.reason);
        let tests = mirror.run(run).await.unwrap().run.summary.tests;
        assert_eq!((tests.passed, tests.failed, tests.state), (2, 0, TestsState::Partial), "{:?}", tests.problem);
        mirror.stop().await;
        mirror.tuning.reader.poison = false;
        mirror.sync().await;
        assert!(failed(&mirror, ids[0]).await.is_some(), "a restart is no retry");
        assert!(mirror.app().store.retry_task(TaskKind::Reports, ids[0], mirror.clock.now()).await.unwrap());
        mirror.until("all is read", async || mirror.run(run).await.unwrap().run.summary.tests.state == TestsState::Complete).await;
        assert_eq!(mirror.run(run).await.unwrap().run.summary.tests.passed, 3);
    }

    async fn x16_a_log_that_ends_its_reader_keeps_no_run_from_settling(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let job = JobSpec::named("test").log("greenroom-poison-log-overflow\n");
            run = world.add_run(place.workflow, past(world, HOUR).jobs(vec![job]));
        })
        .await;
        mirror.sync().await;
        let job = mirror.app().store.jobs(run, 1).await.unwrap()[0].id;
        let item = tried_to_the_end(&mirror, job).await;
        assert!(item.reason.contains("quarantined") && item.reason.contains("stack overflow"), "{}", item.reason);
        assert!(item.next_retry_at.is_none());
        assert!(mirror.log(job).await.is_some(), "the log itself is there");
        mirror.assert_run_equals_truth(run, &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x17_what_takes_too_much_processor_time_is_ended() {
    let Some(database) = Database::new(crate::support::Engine::Sqlite).await else { return };
    let (mut mirror, ids) = mirror(database, vec![poisoned("archive", "loop")], 0, Duration::from_secs(60)).await;
    mirror.sync().await;
    let item = failed(&mirror, ids[0]).await.unwrap();
    assert!(item.reason.ends_with("CPU time limit"), "{}", item.reason);
    mirror.assert_equals_truth_but(&ids).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x17_what_is_silent_for_too_long_is_ended() {
    let Some(database) = Database::new(crate::support::Engine::Sqlite).await else { return };
    let (mut mirror, ids) = mirror(database, vec![poisoned("archive", "sleep")], 30, Duration::from_secs(8)).await;
    mirror.sync().await;
    let item = failed(&mirror, ids[0]).await.unwrap();
    assert!(item.reason.ends_with("wall time limit"), "{}", item.reason);
    mirror.assert_equals_truth_but(&ids).await;
}
