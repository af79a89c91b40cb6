//! Care for what is kept, with the program running: garbage, damage, storages that belong elsewhere, no room.

use crate::mirror::{DAY, MINUTE, Mirror, on_both_engines, team};
use crate::support::Database;
use greenroom::app::{App, Tuning};
use greenroom::blobs::{BlobKey, Blobs};
use greenroom::config::{ConfigError, RoomLimits};
use greenroom::model::{ArtifactState, LogState};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

/// Puts a blob that no row names.
async fn put(blobs: &Blobs, key: &BlobKey) {
    let mut file = blobs.spool().unwrap();
    file.write_all(b"nobody's").unwrap();
    blobs.put(key, file).await.unwrap();
}

fn path_of(mirror: &Mirror, key: &BlobKey) -> PathBuf {
    PathBuf::from(&mirror.config.file_storage).join(key.as_str())
}

/// A mirror of two runs, and the keys of an artifact and of a log in it, with their ids.
async fn mirrored(database: Database) -> (Mirror, (BlobKey, i64, i64), (BlobKey, i64, i64)) {
    let mut runs = Vec::new();
    let mut mirror = Mirror::of(database, |world, place| runs = team(world, place, 2)).await;
    mirror.sync().await;
    let run = runs[0];
    let (artifact, job) = mirror.hub.world(|world| (world.artifact_ids(run)[0], world.job_ids(run, 1)[0]));
    let blob = mirror.app().store.artifact_blob(artifact).await.unwrap().unwrap().blob.unwrap();
    let log = mirror.app().store.job_log(job).await.unwrap().unwrap().blob.unwrap();
    (mirror, (BlobKey::parse(&blob).unwrap(), artifact, run), (BlobKey::parse(&log).unwrap(), job, run))
}

fn flip_a_bit(path: &PathBuf) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// Has the blob looked at as a reader would, and waits until GitHub was asked again.
async fn mended(mirror: &Mirror, key: &BlobKey, artifact: i64) {
    let fetches = mirror.fetches(artifact);
    mirror.app().blobs.suspect(key);
    mirror.until("it is fetched again", async || mirror.fetches(artifact) > fetches).await;
    mirror.settled().await;
}

on_both_engines! {
    async fn o13_what_no_row_names_is_collected_after_its_grace_and_nothing_else(database: Database) {
        let (mirror, _, _) = mirrored(database).await;
        let (garbage, blobs) = (&mirror.app().garbage, &mirror.app().blobs);
        let orphans = [BlobKey::artifact(mirror.place.repository, 987), BlobKey::log(mirror.place.repository, 986)];
        for key in &orphans {
            put(blobs, key).await;
        }
        let stranger = PathBuf::from(&mirror.config.file_storage).join("notes.txt");
        std::fs::write(&stranger, "mine").unwrap();
        let young = garbage.sweep(Duration::from_secs(3600), false).await.unwrap();
        assert_eq!((young.orphans.len(), young.young), (0, 2));
        let dry = garbage.sweep(Duration::ZERO, true).await.unwrap();
        assert_eq!((dry.orphans.len(), dry.orphan_bytes, dry.blobs), (2, 16, 6));
        for key in &orphans {
            assert!(blobs.size(key).await.unwrap().is_some(), "only told");
        }
        let swept = garbage.sweep(Duration::ZERO, false).await.unwrap();
        assert_eq!(swept.orphans.len(), 2);
        for key in &orphans {
            assert_eq!(blobs.size(key).await.unwrap(), None);
        }
        assert_eq!(garbage.sweep(Duration::ZERO, false).await.unwrap().orphans, []);
        assert!(stranger.exists(), "what is not ours stays");
        mirror.assert_equals_truth().await;
    }

    async fn a_blob_that_a_running_task_may_be_about_to_name_is_let_be(database: Database) {
        let (mirror, (key, artifact, run), _) = mirrored(database).await;
        let app = mirror.app();
        let now = mirror.clock.now();
        // As between putting the blob and writing the row.
        mirror.database.execute(&format!("UPDATE artifact SET blob = NULL, state = 'fetching' WHERE id = {artifact}")).await;
        mirror.database.execute(&format!(
            "INSERT INTO task (kind, subject, repository_id, run_id, lane, priority, position, requested, attempts, due_at, dead, owner, epoch, leased_until) \
             VALUES ('artifact', {artifact}, {}, {run}, 1, 0, 0, 1, 1, 0, FALSE, 'somebody', 1, {})", mirror.place.repository, now.0 + 1000)).await;
        assert_eq!(app.garbage.sweep(Duration::ZERO, false).await.unwrap().orphans, []);
        assert!(app.blobs.size(&key).await.unwrap().is_some());
        mirror.database.execute("DELETE FROM task").await;
        assert_eq!(app.garbage.sweep(Duration::ZERO, false).await.unwrap().orphans.len(), 1);
    }

    async fn a_missing_or_changed_blob_is_fetched_again_while_github_has_it(database: Database) {
        let (mirror, (key, artifact, _), _) = mirrored(database).await;
        std::fs::remove_file(path_of(&mirror, &key)).unwrap();
        mended(&mirror, &key, artifact).await;
        mirror.assert_equals_truth().await;
        flip_a_bit(&path_of(&mirror, &key));
        mended(&mirror, &key, artifact).await;
        mirror.assert_equals_truth().await;
        std::fs::write(path_of(&mirror, &key), b"short").unwrap();
        mended(&mirror, &key, artifact).await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.artifact(artifact).await.reason, None);
    }

    async fn a_whole_blob_under_suspicion_is_let_be(database: Database) {
        let (mirror, (key, artifact, _), _) = mirrored(database).await;
        let fetches = mirror.fetches(artifact);
        mirror.app().blobs.suspect(&key);
        mirror.refresh().await;
        assert_eq!((mirror.fetches(artifact), mirror.state(artifact).await), (fetches, ArtifactState::Complete));
    }

    async fn damage_that_github_cannot_mend_is_told(database: Database) {
        let (mirror, (key, artifact, _), _) = mirrored(database).await;
        mirror.database.execute(&format!("UPDATE artifact SET expired = TRUE WHERE id = {artifact}")).await;
        flip_a_bit(&path_of(&mirror, &key));
        mirror.app().blobs.suspect(&key);
        mirror.until("it is told", async || mirror.state(artifact).await == ArtifactState::Rejected).await;
        let found = mirror.app().store.artifact_blob(artifact).await.unwrap().unwrap();
        assert!(found.artifact.reason.unwrap().contains("damaged"));
        assert!(found.blob.is_some(), "what is left can be read");
        std::fs::remove_file(path_of(&mirror, &key)).unwrap();
        mirror.database.execute(&format!("UPDATE artifact SET state = 'complete' WHERE id = {artifact}")).await;
        mirror.app().blobs.suspect(&key);
        mirror.until("it is told", async || mirror.state(artifact).await == ArtifactState::Gone).await;
        assert!(mirror.artifact(artifact).await.reason.unwrap().contains("missing"));
    }

    async fn a_damaged_log_is_fetched_again(database: Database) {
        let (mirror, _, (key, job, run)) = mirrored(database).await;
        flip_a_bit(&path_of(&mirror, &key));
        let asked = || mirror.asked_for(&format!("/jobs/{job}/logs")).len();
        let before = asked();
        mirror.app().blobs.suspect(&key);
        mirror.until("it is fetched again", async || asked() > before).await;
        mirror.settled().await;
        assert_eq!(mirror.job(run, 1, job).await.log.state, LogState::Complete);
        mirror.assert_equals_truth().await;
    }

    async fn a_report_whose_blob_is_missing_is_read_once_it_is_there_again(database: Database) {
        let (mirror, (key, artifact, run), _) = mirrored(database).await;
        std::fs::remove_file(path_of(&mirror, &key)).unwrap();
        let fetches = mirror.fetches(artifact);
        mirror.database.execute(&format!("UPDATE artifact SET reports_version = 0 WHERE id = {artifact}")).await;
        assert!(run > 0 && mirror.app().blobs.hold(&key).await.unwrap_err().to_string().contains("missing"));
        mirror.until("it is fetched again", async || mirror.fetches(artifact) > fetches).await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }

    async fn o7_a_storage_that_belongs_to_another_database_is_refused(database: Database) {
        let (mut mirror, _, _) = mirrored(database).await;
        mirror.stop().await;
        let own = mirror.config.file_storage.clone();
        let refusal = async |mirror: &Mirror| {
            let tuning = Tuning { clock: mirror.clock.clone(), ..mirror.tuning.clone() };
            let error = App::start(&mirror.config, tuning).await.err().expect("it is refused");
            let error = error.downcast::<ConfigError>().expect("the configuration is at fault");
            assert_eq!(error.setting, "FILE_STORAGE_PATH");
            error.problem
        };
        let id = mirror.database.rows("SELECT value FROM setting WHERE key = 'store-id'").await[0][0].clone().unwrap();
        // An empty one, as where something was not mounted.
        mirror.config.file_storage = mirror.database.folder().join("empty").display().to_string();
        assert!(refusal(&mirror).await.contains(&id));
        // That of another instance.
        let foreign = PathBuf::from(&mirror.config.file_storage);
        std::fs::create_dir_all(&foreign).unwrap();
        std::fs::write(foreign.join("greenroom-store-id"), "0123").unwrap();
        let problem = refusal(&mirror).await;
        assert!(problem.contains(&id) && problem.contains("0123"), "{problem}");
        // One in which a restore was broken off.
        std::fs::write(foreign.join("greenroom-restoring"), "x").unwrap();
        assert!(refusal(&mirror).await.contains("restore"));
        std::fs::remove_file(foreign.join("greenroom-restoring")).unwrap();
        mirror.config.adopt_storage = true;
        mirror.start().await;
        mirror.stop().await;
        assert_eq!(std::fs::read_to_string(foreign.join("greenroom-store-id")).unwrap(), id);
        mirror.config = greenroom::config::Config { file_storage: own, adopt_storage: false, ..mirror.config.clone() };
        mirror.start().await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }

    async fn o7_an_empty_database_over_content_is_refused(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 1))).await;
        let blobs = Blobs::open(&mirror.config.file_storage).await.unwrap();
        put(&blobs, &BlobKey::artifact(1, 2)).await;
        let tuning = Tuning { clock: mirror.clock.clone(), ..mirror.tuning.clone() };
        let error = App::start(&mirror.config, tuning).await.err().expect("it is refused");
        assert!(format!("{error:#}").contains("database is empty"), "{error:#}");
        blobs.delete(&BlobKey::artifact(1, 2)).await.unwrap();
        mirror.sync().await;
        mirror.assert_equals_truth().await;
    }

    async fn o10_over_its_quota_collecting_waits_and_goes_on_by_itself(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 40))).await;
        mirror.config.downloads = 1;
        mirror.config.room = RoomLimits { max_content_bytes: Some(1), ..RoomLimits::default() };
        mirror.start().await;
        mirror.until("it says why it waits", async || {
            mirror.activity().storage_error.is_some_and(|error| error.contains("MAX_STORAGE_GB"))
        }).await;
        assert!(mirror.app().store.due_counts(mirror.clock.now().plus(DAY)).await.unwrap().all() > 0);
        assert_eq!(mirror.runs().await.len(), 40, "what is known can be read");
        assert_eq!(mirror.failed().await, [], "nothing is at fault but the room");
        mirror.stop().await;
        mirror.config.room = RoomLimits::default();
        mirror.start().await;
        mirror.pass(10 * MINUTE);
        mirror.settled().await;
        mirror.until("all is there", async || mirror.assert_complete_is_true().await == 40).await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }
}
