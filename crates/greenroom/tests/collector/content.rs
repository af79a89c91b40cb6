//! Content: every way an artifact or a log can be, and what becomes of it.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, on_both_engines, past, report, team};
use crate::support::Database;
use fakehub::{ArtifactSpec, BodyKind, Content, DigestClaim, Fault, JobSpec, Route, Rule, RunSpec};
use greenroom::model::{ArtifactState, LogState};

/// A mirror of one run with a good artifact, then the one in question, then another good one.
async fn between_good_ones(database: Database, artifact: ArtifactSpec) -> (Mirror, i64) {
    let mut id = 0;
    let mirror = Mirror::of(database, |world, place| {
        let run = world.add_run(place.workflow, past(world, 2 * HOUR));
        let at = world.now() - HOUR;
        world.add_artifact(run, report("before").created_at(at));
        let artifact = ArtifactSpec { created_at: artifact.created_at.or(Some(at)), ..artifact };
        id = world.add_artifact(run, artifact);
        world.add_artifact(run, report("after").created_at(at));
    })
    .await;
    (mirror, id)
}

/// Syncs, and asserts what became of the artifact in question and that the others are complete.
async fn becomes(mut mirror: Mirror, id: i64, state: ArtifactState, reason: &str) -> Mirror {
    mirror.sync().await;
    let artifact = mirror.artifact(id).await;
    assert_eq!(artifact.state, state, "{:?}", artifact.reason);
    let told = artifact.reason.unwrap_or_default();
    assert!(told.contains(reason), "{told}");
    mirror.assert_equals_truth_but(&[id]).await;
    mirror
}

fn a_zip() -> Vec<u8> {
    let files = [("a.txt", b"some text, some text, some text".to_vec()), ("b.txt", vec![b'b'; 5000])];
    let ArtifactSpec { content, .. } = ArtifactSpec::zip("x", files);
    fakehub::content::Stored::new(content).rope().to_vec()
}

on_both_engines! {
    async fn an_expired_artifact_is_recorded_and_not_asked_for(database: Database) {
        let (mirror, id) = between_good_ones(database, report("old").expired()).await;
        let mirror = becomes(mirror, id, ArtifactState::Expired, "dropped").await;
        assert_eq!(mirror.fetches(id), 0);
    }

    async fn g14_an_artifact_that_expires_before_it_is_fetched_is_expired(database: Database) {
        let (mirror, id) = between_good_ones(database, report("old")).await;
        mirror.hub.faults().add(Rule::new(Route::ArtifactZip, Fault::Status(410, BodyKind::Json)).path(format!("/{id}/zip")));
        let mirror = becomes(mirror, id, ArtifactState::Expired, "410").await;
        mirror.refresh().await;
        assert_eq!(mirror.fetches(id), 1);
    }

    async fn an_artifact_deleted_before_it_is_fetched_is_gone(database: Database) {
        let (mirror, id) = between_good_ones(database, report("lost").lost()).await;
        let mirror = becomes(mirror, id, ArtifactState::Gone, "404").await;
        mirror.refresh().await;
        assert_eq!(mirror.fetches(id), 1);
    }

    async fn an_artifact_deleted_after_it_was_mirrored_is_kept(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 2))).await;
        mirror.sync().await;
        let (run, id) = mirror.hub.world(|world| {
            let run = world.run_ids(mirror.place.repository)[0];
            (run, world.artifact_ids(run)[0])
        });
        let bytes = mirror.archive(id).await.unwrap();
        mirror.hub.world(|world| world.delete_artifact(id));
        mirror.refresh().await;
        assert_eq!(mirror.state(id).await, ArtifactState::Complete);
        assert_eq!(mirror.archive(id).await.unwrap(), bytes);
        assert_eq!(mirror.files(run, id).await.len(), 3);
    }

    async fn an_artifact_that_expires_after_it_was_mirrored_is_kept(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 2))).await;
        mirror.sync().await;
        let id = mirror.hub.world(|world| {
            let run = world.run_ids(mirror.place.repository)[0];
            world.expire_artifact(world.artifact_ids(run)[0]);
            world.artifact_ids(run)[0]
        });
        mirror.refresh().await;
        let artifact = mirror.artifact(id).await;
        assert_eq!((artifact.state, artifact.expired), (ArtifactState::Complete, true));
        mirror.assert_equals_truth().await;
    }

    async fn an_oversized_artifact_is_listed_and_not_fetched(database: Database) {
        let (mirror, id) = between_good_ones(database, report("huge").claimed_size(5 << 20)).await;
        let mirror = becomes(mirror, id, ArtifactState::Skipped, "limit of 1 MiB").await;
        assert_eq!(mirror.fetches(id), 0);
    }

    async fn an_artifact_larger_than_it_claims_is_not_taken(database: Database) {
        let huge = ArtifactSpec::new("huge", Content::Generated { bytes: 3 << 20, seed: 5 }).claimed_size(1000);
        let (mirror, id) = between_good_ones(database, huge).await;
        becomes(mirror, id, ArtifactState::Skipped, "limit of 1 MiB").await;
    }

    async fn g6_bytes_that_do_not_match_their_digest_are_retried_and_then_quarantined(database: Database) {
        let (mirror, id) = between_good_ones(database, report("wrong").digest(DigestClaim::Wrong)).await;
        let mirror = becomes(mirror, id, ArtifactState::Failed, "digest").await;
        let failed = mirror.failed().await;
        assert_eq!((failed.len(), failed[0].kind.as_str(), failed[0].id, failed[0].attempts), (1, "artifact", id, 1));
        assert!(failed[0].next_retry_at.unwrap() > mirror.clock.now());
        for _ in 0..2 {
            mirror.pass(MINUTE);
            let fetches = mirror.fetches(id);
            mirror.until("it has been tried again", async || mirror.fetches(id) > fetches).await;
            mirror.settled().await;
        }
        assert_eq!(mirror.state(id).await, ArtifactState::Quarantined);
        let failed = mirror.failed().await;
        assert_eq!((failed[0].attempts, failed[0].next_retry_at), (3, None));
        assert!(failed[0].reason.contains("digest"), "{}", failed[0].reason);
        // Nothing more by itself; at once when somebody asks, and well when it has become well.
        mirror.pass(2 * HOUR);
        mirror.poll().await;
        assert_eq!(mirror.fetches(id), 3);
        mirror.refresh().await;
        assert_eq!(mirror.fetches(id), 4);
        assert_eq!(mirror.state(id).await, ArtifactState::Failed);
    }

    async fn g7_bytes_broken_on_the_way_are_fetched_again(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 3))).await;
        let flip = mirror.hub.faults().add(Rule::new(Route::Blob, Fault::FlipByte(40)).path("/artifacts/").times(1));
        mirror.sync().await;
        assert_eq!(mirror.hub.faults().fired(flip), 1);
        assert_eq!(mirror.failed().await.len(), 1);
        mirror.refresh().await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.failed().await, []);
    }

    async fn a_broken_archive_is_rejected_and_its_bytes_are_kept(database: Database) {
        let mut broken = a_zip();
        broken.truncate(broken.len() - 40);
        let (mirror, id) = between_good_ones(database, ArtifactSpec::bytes("broken", broken.clone())).await;
        let mirror = becomes(mirror, id, ArtifactState::Rejected, "").await;
        assert!(mirror.artifact(id).await.reason.is_some_and(|reason| !reason.is_empty()));
        assert_eq!(mirror.archive(id).await.unwrap(), broken);
        assert_eq!(mirror.fetches(id), 1, "the digest proves that it is broken at its source");
        assert_eq!(mirror.artifact(id).await.file_count, 0);
    }

    async fn z13_a_broken_archive_without_a_digest_is_fetched_again_before_it_is_believed(database: Database) {
        let mut broken = a_zip();
        broken.truncate(broken.len() - 40);
        let (mirror, id) = between_good_ones(database, ArtifactSpec::bytes("broken", broken).digest(DigestClaim::Absent)).await;
        let mirror = becomes(mirror, id, ArtifactState::Failed, "").await;
        mirror.refresh().await;
        for _ in 0..2 {
            mirror.pass(MINUTE);
            mirror.until("it has been tried again", async || mirror.failed().await.first().is_none_or(|item| item.next_retry_at > Some(mirror.clock.now()))).await;
            mirror.settled().await;
        }
        assert_eq!(mirror.state(id).await, ArtifactState::Rejected);
    }

    async fn what_is_no_archive_is_rejected(database: Database) {
        let (mirror, id) = between_good_ones(database, ArtifactSpec::bytes("page", b"<html>not an archive</html>".repeat(40))).await;
        becomes(mirror, id, ArtifactState::Rejected, "").await;
    }

    async fn an_empty_body_is_rejected(database: Database) {
        let (mirror, id) = between_good_ones(database, ArtifactSpec::bytes("nothing", Vec::new())).await;
        becomes(mirror, id, ArtifactState::Rejected, "").await;
    }

    async fn an_empty_archive_is_complete(database: Database) {
        let (mirror, id) = between_good_ones(database, ArtifactSpec::new("empty", Content::Zip(Vec::new()))).await;
        let mirror = becomes(mirror, id, ArtifactState::Complete, "").await;
        mirror.assert_artifact_is_complete(id).await;
    }

    async fn a_stored_archive_and_single_files_are_complete(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, past(world, 2 * HOUR));
            world.add_artifact(run, ArtifactSpec::new("stored", Content::StoredZip(vec![("a/größe.txt".into(), b"text".to_vec()), ("b.png".into(), [b"\x89PNG\r\n\x1a\n".to_vec(), vec![0; 9000]].concat())])));
            world.add_artifact(run, ArtifactSpec::raw("coverage.json", "application/json", br#"{"lines":97.5}"#.to_vec()));
            world.add_artifact(run, ArtifactSpec::raw("empty.txt", "text/plain", Vec::new()));
            // A single file may be an archive itself: its uploader meant it as one file all the same.
            world.add_artifact(run, ArtifactSpec::raw("bundle.tar.gz", "application/gzip", vec![0x1f, 0x8b, 8, 0, 1, 2, 3]));
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        let summary = mirror.run(run).await.unwrap().run.summary;
        assert_eq!((summary.artifacts, summary.files, summary.images, summary.json), (4, 5, 1, 1));
    }

    async fn g15_a_replaced_artifact_leaves_what_was_mirrored(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 1))).await;
        mirror.sync().await;
        let (old, new) = mirror.hub.world(|world| {
            let old = world.artifact_ids(world.run_ids(mirror.place.repository)[0])[0];
            (old, world.replace_artifact(old, Content::Zip(vec![("new.txt".into(), b"new".to_vec())])))
        });
        mirror.refresh().await;
        assert_eq!(mirror.state(old).await, ArtifactState::Complete);
        mirror.assert_artifact_is_complete(new).await;
    }

    async fn logs_are_kept_byte_for_byte(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, past(world, 2 * HOUR).jobs(vec![JobSpec::named("long"), JobSpec::named("odd"), JobSpec::named("empty")]));
            let jobs = world.job_ids(run, 1);
            world.set_job_log(jobs[0], "2026-03-02T08:00:00.0000000Z \u{1b}[32mok\u{1b}[0m\n".repeat(100_000));
            world.set_exact_job_log(jobs[1], b"\xff\xfe not \x00 text\r\n".to_vec());
            world.set_exact_job_log(jobs[2], Vec::new());
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        let jobs = mirror.hub.world(|world| world.job_ids(run, 1));
        let log = mirror.log(jobs[0]).await.unwrap();
        let marks = log.windows(3).filter(|bytes| *bytes == fakehub::content::BOM).count();
        assert!(log.starts_with(fakehub::content::BOM) && marks >= 2, "{marks} marks in {} bytes", log.len());
        assert_eq!(mirror.job(run, 1, jobs[0]).await.log.size_bytes, Some(log.len() as i64));
    }

    async fn a_log_that_github_has_lost_is_missing_and_says_so(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, past(world, 5 * HOUR).jobs(vec![JobSpec::named("test").without_log(), JobSpec::named("lint")]));
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        let job = mirror.hub.world(|world| world.job_ids(run, 1)[0]);
        let log = mirror.job(run, 1, job).await.log;
        assert_eq!(log.state, LogState::Missing);
        assert!(log.reason.is_some_and(|reason| reason.contains("no log")));
        mirror.refresh().await;
        assert_eq!(mirror.asked_for(&format!("/jobs/{job}/logs")).len(), 1);
    }

    async fn a_log_that_appears_late_is_waited_for(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, RunSpec::in_progress().jobs(vec![JobSpec::named("test").without_log()]));
        })
        .await;
        mirror.sync().await;
        let job = mirror.hub.world(|world| {
            world.complete_run(run, "success");
            world.job_ids(run, 1)[0]
        });
        mirror.refresh().await;
        assert_eq!(mirror.job(run, 1, job).await.log.state, LogState::Pending);
        assert_eq!(mirror.failed().await, []);
        mirror.hub.world(|world| world.set_job_log(job, "at last\n"));
        mirror.pass(MINUTE);
        mirror.until("the log is there", async || mirror.job(run, 1, job).await.log.state == LogState::Complete).await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }

    async fn retention_removes_content_and_says_so(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, past(world, 20 * DAY));
            world.add_artifact(run, report("old").created_at(world.now() - 20 * DAY));
            team(world, place, 2);
        })
        .await;
        mirror.config.keep_days = 25;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        let (artifact, job) = mirror.hub.world(|world| (world.artifact_ids(run)[0], world.job_ids(run, 1)[0]));
        let keys = [
            mirror.app().store.artifact_blob(artifact).await.unwrap().unwrap().blob.unwrap(),
            mirror.app().store.job_log(job).await.unwrap().unwrap().blob.unwrap(),
        ];
        mirror.pass(6 * DAY);
        assert_eq!(mirror.app().retention.sweep().await.unwrap(), 2);
        let old = mirror.artifact(artifact).await;
        assert_eq!(old.state, ArtifactState::Deleted);
        assert!(old.reason.is_some_and(|reason| reason.contains("25 days")));
        let log = mirror.job(run, 1, job).await.log;
        assert_eq!(log.state, LogState::Deleted);
        assert!(log.reason.is_some_and(|reason| reason.contains("25 days")));
        for key in keys {
            let key = greenroom::blobs::BlobKey::parse(&key).unwrap();
            assert_eq!(mirror.app().blobs.size(&key).await.unwrap(), None);
        }
        let detail = mirror.run(run).await.unwrap();
        assert_eq!((detail.run.conclusion.as_deref(), detail.run.summary.artifacts), (Some("success"), 1));
        assert!(mirror.files(run, artifact).await.iter().all(|file| file.blob.is_none() && file.state == ArtifactState::Deleted));
        // It stays so: nothing fetches it again, and the younger ones are as they were.
        let fetches = mirror.fetches(artifact);
        mirror.refresh().await;
        assert_eq!(mirror.fetches(artifact), fetches);
        assert_eq!(mirror.state(artifact).await, ArtifactState::Deleted);
        assert_eq!(mirror.app().retention.sweep().await.unwrap(), 0);
        assert_eq!(mirror.assert_complete_is_true().await, 2);
    }

    async fn content_older_than_it_is_kept_is_not_fetched(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, past(world, 20 * DAY));
            world.add_artifact(run, report("old").created_at(world.now() - 20 * DAY));
            team(world, place, 2);
        })
        .await;
        mirror.config.keep_days = 7;
        mirror.sync().await;
        let (artifact, job) = mirror.hub.world(|world| (world.artifact_ids(run)[0], world.job_ids(run, 1)[0]));
        assert_eq!(mirror.state(artifact).await, ArtifactState::Deleted);
        assert_eq!(mirror.job(run, 1, job).await.log.state, LogState::Deleted);
        assert_eq!((mirror.fetches(artifact), mirror.asked_for(&format!("/jobs/{job}/logs")).len()), (0, 0));
    }
}
