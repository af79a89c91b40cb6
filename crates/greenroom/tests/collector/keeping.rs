//! Backups, purges and `doctor` beside the running program, each shown with what it is for: planted damage, a leak, a
//! kill in the middle.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, on_both_engines, past, team};
use crate::support::{Database, Engine};
use fakehub::{ArtifactSpec, Content, JobSpec, TOKEN, TokenKind};
use greenroom::blobs::{BlobKey, Blobs};
use greenroom::care::doctor::{Patient, check_names, examine_all};
use greenroom::care::{Leak, make_backup, purge, restore_backup, verify_backup};
use greenroom::config::DiskLimit;
use greenroom::forge::{Forge, ForgeOptions};
use greenroom::model::{ArtifactState, LogState};
use greenroom::store::Store;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

fn flip_a_bit(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(path, bytes).unwrap();
}

async fn mirrored(database: Database, runs: i64) -> (Mirror, PathBuf) {
    let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, runs))).await;
    mirror.sync().await;
    let folder = mirror.database.folder().join("backup");
    (mirror, folder)
}

/// The store as a command opens it, beside the program.
async fn beside(mirror: &Mirror) -> Store {
    Store::open_beside(&mirror.config.database_url).await.unwrap()
}

async fn backup(mirror: &Mirror, folder: &Path) -> greenroom::care::Made {
    let store = beside(mirror).await;
    let made = make_backup(&store, &mirror.app().blobs, &mirror.clock, folder).await;
    store.close().await;
    made.unwrap()
}

on_both_engines! {
    async fn o12_a_backup_made_while_serving_is_restored_whole(database: Database) {
        let (mut mirror, folder) = mirrored(database, 3).await;
        let made = backup(&mirror, &folder).await;
        assert_eq!((made.blobs, made.copied, made.missing.len()), (6, 6, 0));
        assert_eq!(verify_backup(&folder).0, [""; 0]);
        let Some(second) = Database::new(mirror.database.engine).await else { return };
        let storage = second.folder().join("files").display().to_string();
        let blobs = Blobs::open(&storage).await.unwrap();
        let restored = restore_backup(&second.address, &blobs, &folder).await.unwrap();
        assert_eq!((restored.blobs, restored.created_at), (6, mirror.clock.now().0));
        mirror.stop().await;
        let fetches = mirror.asked_for("/zip").len();
        (mirror.config.database_url, mirror.config.file_storage) = (second.address.clone(), storage);
        mirror.start().await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.asked_for("/zip").len(), fetches, "nothing had to be fetched again");
        // What is new after a restore gets ids of its own.
        mirror.hub.world(|world| team(world, mirror.place, 1));
        mirror.poll().await;
        mirror.assert_equals_truth().await;
    }

    async fn o12_every_flipped_bit_and_every_missing_blob_is_named(database: Database) {
        let (mirror, folder) = mirrored(database, 2).await;
        backup(&mirror, &folder).await;
        for path in files_below(&folder) {
            let bytes = std::fs::read(&path).unwrap();
            if bytes.is_empty() {
                continue;
            }
            flip_a_bit(&path);
            let (wrong, _) = verify_backup(&folder);
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(wrong.len() == 1 && wrong[0].contains(name), "{name}: {wrong:?}");
            if !path.starts_with(folder.join("blobs")) {
                let scratch = tempfile::tempdir().unwrap();
                let blobs = Blobs::open(scratch.path().join("files").to_str().unwrap()).await.unwrap();
                let address = format!("sqlite://{}/x.db", scratch.path().display());
                let refused = restore_backup(&address, &blobs, &folder).await;
                assert!(mirror.database.engine != Engine::Sqlite || format!("{:#}", refused.unwrap_err()).contains("damaged"));
            }
            std::fs::remove_file(&path).unwrap();
            let (wrong, _) = verify_backup(&folder);
            assert!(wrong.len() == 1 && wrong[0].contains(name), "{name}: {wrong:?}");
            std::fs::write(&path, bytes).unwrap();
        }
        assert_eq!(verify_backup(&folder).0, [""; 0]);
    }

    async fn o12_a_restore_into_what_is_not_empty_is_refused(database: Database) {
        let (mirror, folder) = mirrored(database, 1).await;
        backup(&mirror, &folder).await;
        let refused = async |address: &str, storage: &str| {
            let blobs = Blobs::open(storage).await.unwrap();
            format!("{:#}", restore_backup(address, &blobs, &folder).await.unwrap_err())
        };
        let Some(second) = Database::new(mirror.database.engine).await else { return };
        let empty = second.folder().join("files").display().to_string();
        assert!(refused(&mirror.config.database_url, &empty).await.contains("DATABASE_URL is not empty"));
        assert!(refused(&second.address, &mirror.config.file_storage).await.contains("FILE_STORAGE_PATH is not empty"));
        let notes = mirror.database.folder().join("notes");
        std::fs::create_dir_all(&notes).unwrap();
        std::fs::write(notes.join("mine.txt"), "").unwrap();
        let store = beside(&mirror).await;
        let error = make_backup(&store, &mirror.app().blobs, &mirror.clock, &notes).await.unwrap_err();
        assert!(error.to_string().contains("mine.txt"), "{error:#}");
        store.close().await;
        mirror.assert_equals_truth().await;
    }

    async fn a_further_backup_copies_what_is_new_and_drops_what_is_gone(database: Database) {
        let (mirror, folder) = mirrored(database, 2).await;
        assert_eq!(backup(&mirror, &folder).await.copied, 4);
        mirror.hub.world(|world| team(world, mirror.place, 1));
        mirror.poll().await;
        // What a killed backup leaves behind is of no consequence.
        std::fs::create_dir(folder.join("database-1")).unwrap();
        std::fs::write(folder.join("database-1/greenroom.db"), "half").unwrap();
        std::fs::write(folder.join("blobs/.tmp-1"), "half").unwrap();
        let made = backup(&mirror, &folder).await;
        assert_eq!((made.blobs, made.copied), (6, 1), "of the new run only the log has bytes that were not there");
        assert_eq!(verify_backup(&folder).0, [""; 0]);
        let run = mirror.runs().await.pop().unwrap().id;
        let artifact = mirror.hub.world(|world| world.artifact_ids(run)[0]);
        let store = beside(&mirror).await;
        purge(&store, &mirror.app().blobs, &mirror.clock, Leak::Artifact(artifact)).await.unwrap().unwrap();
        mirror.settled().await;
        mirror.pass(MINUTE);
        let made = backup(&mirror, &folder).await;
        assert_eq!((made.blobs, made.copied), (5, 0));
        assert_eq!(files_below(&folder.join("blobs")).len(), 4);
        assert!(!folder.join("database-1").exists());
        store.close().await;
    }

    async fn a_backup_names_what_is_damaged_and_keeps_the_rest(database: Database) {
        let (mirror, folder) = mirrored(database, 2).await;
        let run = mirror.runs().await[0].id;
        let artifact = mirror.hub.world(|world| world.artifact_ids(run)[0]);
        let key = BlobKey::artifact(mirror.place.repository, artifact);
        flip_a_bit(&PathBuf::from(&mirror.config.file_storage).join(key.as_str()));
        let made = backup(&mirror, &folder).await;
        assert_eq!((made.blobs, made.missing.len()), (3, 1));
        assert_eq!(made.missing[0].0, key.as_str());
        let (wrong, _) = verify_backup(&folder);
        assert!(wrong.len() == 1 && wrong[0].contains(key.as_str()), "{wrong:?}");
    }

    async fn while_a_backup_is_made_nothing_is_removed(database: Database) {
        let (mirror, _) = mirrored(database, 1).await;
        let app = mirror.app();
        let mut file = app.blobs.spool().unwrap();
        file.write_all(b"x").unwrap();
        app.blobs.put(&BlobKey::log(1, 2), file).await.unwrap();
        app.store.announce_backup(mirror.clock.now().plus(MINUTE)).await.unwrap();
        assert!(app.garbage.sweep(Duration::ZERO, false).await.unwrap_err().to_string().contains("backup"));
        mirror.pass(2 * MINUTE);
        assert_eq!(app.garbage.sweep(Duration::ZERO, false).await.unwrap().orphans.len(), 1);
    }

    async fn o13_a_restore_that_was_broken_off_goes_on(database: Database) {
        let (mut mirror, folder) = mirrored(database, 3).await;
        backup(&mirror, &folder).await;
        let broken = files_below(&folder.join("blobs")).pop().unwrap();
        let bytes = std::fs::read(&broken).unwrap();
        flip_a_bit(&broken);
        let Some(second) = Database::new(mirror.database.engine).await else { return };
        let storage = second.folder().join("files").display().to_string();
        let blobs = Blobs::open(&storage).await.unwrap();
        let error = format!("{:#}", restore_backup(&second.address, &blobs, &folder).await.unwrap_err());
        assert!(error.contains(broken.file_name().unwrap().to_str().unwrap()), "{error}");
        mirror.stop().await;
        (mirror.config.database_url, mirror.config.file_storage) = (second.address.clone(), storage);
        // Until it is whole nobody works with it.
        let tuning = greenroom::app::Tuning { clock: mirror.clock.clone(), ..mirror.tuning.clone() };
        let refused = greenroom::app::App::start(&mirror.config, tuning).await.err().unwrap();
        assert!(format!("{refused:#}").contains("restore"), "{refused:#}");
        std::fs::write(&broken, bytes).unwrap();
        assert_eq!(restore_backup(&second.address, &blobs, &folder).await.unwrap().blobs, 6);
        mirror.start().await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }

    async fn o14_a_purged_leak_is_nowhere_any_more(database: Database) {
        const CANARY: &str = "ghp_canary0123456789abcdef";
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            team(world, place, 2);
            let junit = format!(
                "<testsuites><testsuite name=\"cart\"><testcase classname=\"cart\" name=\"logs in with {CANARY}\" file=\"src/cart.test.ts\" time=\"0.1\">\
                 <failure type=\"AssertionError\" message=\"refused {CANARY}\">at cart.ts:7:3 {CANARY}</failure></testcase></testsuite></testsuites>"
            );
            let log = format!("building\n##[error]could not push with {CANARY}\n");
            let spec = past(world, HOUR).jobs(vec![JobSpec::named("test").conclusion("failure").log(log)]);
            run = world.add_run(place.workflow, spec);
            let named = format!("dumps/{CANARY}.env");
            let files = [("junit.xml".to_owned(), junit.into_bytes()), (named, CANARY.as_bytes().to_vec())];
            world.add_artifact(run, ArtifactSpec::new("results", Content::StoredZip(files.into())).created_at(world.now() - HOUR + MINUTE));
        })
        .await;
        mirror.sync().await;
        let (artifact, job) = mirror.hub.world(|world| (world.artifact_ids(run)[0], world.job_ids(run, 1)[0]));
        assert!(!found_in(&mirror, CANARY).await.is_empty(), "the scan sees what is there");
        let store = beside(&mirror).await;
        let purged = purge(&store, &mirror.app().blobs, &mirror.clock, Leak::Run(run)).await.unwrap().unwrap();
        assert_eq!((purged.artifacts, purged.logs), (1, 1));
        mirror.settled().await;
        store.scrub().await.unwrap();
        store.close().await;
        assert_eq!(found_in(&mirror, CANARY).await, [""; 0]);
        let found = mirror.artifact(artifact).await;
        assert_eq!((found.state, found.file_count), (ArtifactState::Deleted, 0));
        assert!(found.reason.unwrap().starts_with("purged at "));
        assert_eq!(mirror.job(run, 1, job).await.log.state, LogState::Deleted);
        assert!(mirror.files(run, artifact).await.is_empty());
        // It stays so.
        let asked = (mirror.fetches(artifact), mirror.asked_for(&format!("/jobs/{job}/logs")).len());
        mirror.refresh().await;
        mirror.poll().await;
        assert_eq!((mirror.fetches(artifact), mirror.asked_for(&format!("/jobs/{job}/logs")).len()), asked);
        assert_eq!(mirror.assert_complete_is_true().await, 2, "nothing else was touched");
        let store = beside(&mirror).await;
        for leak in [Leak::Artifact(1), Leak::Log(1), Leak::Run(1)] {
            assert_eq!(purge(&store, &mirror.app().blobs, &mirror.clock, leak).await.unwrap(), None);
        }
        store.close().await;
    }

    async fn o14_counters_after_a_purge_are_those_of_what_is_left(database: Database) {
        let report = |names: &str| {
            let xml = format!("<testsuites><testsuite name=\"cart\">{names}</testsuite></testsuites>");
            ArtifactSpec::zip("results", [("junit.xml", xml.into_bytes())])
        };
        let both = "<testcase classname=\"cart\" name=\"adds\"/><testcase classname=\"cart\" name=\"rounds\"><failure message=\"no\">no</failure></testcase>";
        let mut runs = Vec::new();
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 1..3 {
                let run = world.add_run(place.workflow, past(world, n * HOUR));
                world.add_artifact(run, report(both).created_at(world.now() - n * HOUR + MINUTE));
                runs.push(run);
            }
        })
        .await;
        mirror.sync().await;
        let sums = "SELECT coalesce(sum(results), 0) * 1000 + coalesce(sum(failures), 0) FROM test";
        assert_eq!(mirror.database.number(sums).await, 4_002);
        let store = beside(&mirror).await;
        purge(&store, &mirror.app().blobs, &mirror.clock, Leak::Run(runs[0])).await.unwrap().unwrap();
        mirror.settled().await;
        assert_eq!(mirror.database.number(sums).await, 2_001);
        purge(&store, &mirror.app().blobs, &mirror.clock, Leak::Run(runs[1])).await.unwrap().unwrap();
        mirror.settled().await;
        store.close().await;
        for table in ["test", "result", "failure", "report", "family", "family_run", "file"] {
            assert_eq!(mirror.database.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
    }

    async fn doctor_finds_nothing_in_a_healthy_store_and_each_planted_fault(database: Database) {
        let (mirror, _) = mirrored(database, 3).await;
        assert_eq!(findings(&mirror, |_| {}).await, BTreeSet::new());
        assert_eq!(check_names().len(), check_names().into_iter().collect::<BTreeSet<_>>().len());
        let root = PathBuf::from(&mirror.config.file_storage);
        let expect = async |name: &str, change: fn(&mut Patient)| {
            let found = findings(&mirror, change).await;
            assert!(found.contains(name), "{name}: {found:?}");
        };
        expect("open-network", |patient| patient.config.host = [0, 0, 0, 0].into()).await;
        expect("retention", |patient| patient.config.keep_days = 7).await;
        expect("disk", |patient| patient.config.room.min_free_bytes = Some(DiskLimit { limit: u64::MAX, is_usual: false })).await;
        expect("repository-access", |patient| patient.config.repositories = vec![("octo".into(), "nothing".into())]).await;
        mirror.app().store.record_backup(mirror.clock.now().plus(-30 * DAY)).await.unwrap();
        expect("backup-age", |_| {}).await;
        if Path::new("/dev/shm").is_dir() && greenroom::blobs::FileSystem::of(Path::new("/dev/shm")).unwrap() == greenroom::blobs::FileSystem::Memory {
            expect("file-system", |patient| patient.config.file_storage = "/dev/shm".into()).await;
        }
        mirror.hub.world(|world| world.token_mut(TOKEN).unwrap().expires_at = Some(world.now() + DAY));
        expect("token", |_| {}).await;
        mirror.hub.world(|world| {
            world.token_mut(TOKEN).unwrap().kind = TokenKind::Classic;
            world.behaviour.date_skew_ms = 10 * MINUTE;
        });
        expect("clock", |_| {}).await;
        let database = &mirror.database;
        database.execute("DROP INDEX run_newest").await;
        expect("database-indexes", |_| {}).await;
        let lease = mirror.clock.now().plus(-HOUR).0;
        for (subject, dead, owner, until) in [(1, "FALSE", "'gone'", lease), (2, "TRUE", "NULL", 0)] {
            database.execute(&format!(
                "INSERT INTO task (kind, subject, repository_id, run_id, lane, priority, position, requested, attempts, due_at, dead, reason, owner, epoch, leased_until) \
                 VALUES ('recheck', {subject}, 1, 1, 0, 0, 0, 1, 1, {}, {dead}, 'x', {owner}, 1, {until})", i64::MAX)).await;
        }
        expect("stuck-leases", |_| {}).await;
        expect("given-up", |_| {}).await;
        let blobs: Vec<PathBuf> = files_below(&root.join("artifacts"));
        std::fs::remove_file(&blobs[0]).unwrap();
        expect("rows-without-blobs", |_| {}).await;
        flip_a_bit(&blobs[1]);
        expect("hashes", |_| {}).await;
        let (two_days_ago, orphan) = (SystemTime::now() - Duration::from_secs(2 * 86_400), root.join("logs/1/07/7"));
        let left = root.join(".spool/greenroom-spool-left");
        for path in [&orphan, &left] {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create(path).unwrap().set_modified(two_days_ago).unwrap();
        }
        expect("blobs-without-rows", |_| {}).await;
        expect("spool-leftovers", |_| {}).await;
        if database.engine == Engine::Sqlite {
            database.execute("PRAGMA foreign_keys = OFF; INSERT INTO attempt (run_id, attempt, status, updated_at) VALUES (987, 1, 'completed', 0)").await;
            expect("database-integrity", |_| {}).await;
            database.execute("DELETE FROM attempt WHERE run_id = 987").await;
        }
        // Repaired: what can be mended is mended, by fetching again and removing.
        let repaired = findings(&mirror, |patient| { patient.repairs = true; patient.is_deep = true; }).await;
        assert!(repaired.contains("hashes") && repaired.contains("stuck-leases"), "{repaired:?}");
        mirror.app().hub.refresh().await.unwrap();
        mirror.settled().await;
        assert!(!orphan.exists() && !left.exists());
        let left = findings(&mirror, |patient| patient.is_deep = true).await;
        for mended in ["rows-without-blobs", "hashes", "blobs-without-rows", "spool-leftovers", "stuck-leases"] {
            assert!(!left.contains(mended), "{mended}: {left:?}");
        }
        mirror.assert_equals_truth().await;
        let id = std::fs::read_to_string(root.join("greenroom-store-id")).unwrap();
        std::fs::write(root.join("greenroom-store-id"), "0123").unwrap();
        expect("store-id", |_| {}).await;
        std::fs::write(root.join("greenroom-store-id"), id).unwrap();
    }
}

/// Names of the checks that found something. What the machine is like is not the test's to say.
async fn findings(mirror: &Mirror, change: impl FnOnce(&mut Patient)) -> BTreeSet<&'static str> {
    let options = ForgeOptions {
        backoff_base: Duration::from_millis(1),
        ..ForgeOptions::new(mirror.config.api_url.clone(), mirror.config.token.clone(), mirror.clock.clone())
    };
    let mut patient = Patient {
        config: mirror.config.clone(),
        store: beside(mirror).await,
        blobs: mirror.app().blobs.clone(),
        forge: Some(Forge::new(options).unwrap()),
        clock: mirror.clock.clone(),
        is_deep: false,
        repairs: false,
    };
    patient.config.keep_days = 90;
    change(&mut patient);
    let is_usual = patient.config.room.min_free_bytes.is_none() && !patient.config.file_storage.starts_with("/dev");
    let found = examine_all(&patient).await;
    patient.store.close().await;
    let machine = ["disk", "file-system", "open-files"];
    found.into_iter().map(|finding| finding.check).filter(|check| !is_usual || !machine.contains(check)).collect()
}

/// Where a text is, in the files of the store and in the rows of PostgreSQL, in any case of letters.
async fn found_in(mirror: &Mirror, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in files_below(mirror.database.folder()) {
        let bytes = std::fs::read(&path).unwrap_or_default().to_ascii_lowercase();
        if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    if mirror.database.engine == Engine::Postgres {
        let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()";
        for table in mirror.database.rows(tables).await {
            let table = table[0].clone().unwrap();
            let hits = format!("SELECT count(*) FROM {table} t WHERE lower(CAST(t AS TEXT)) LIKE '%{text}%'");
            if mirror.database.number(&hits).await > 0 {
                found.push(table);
            }
        }
    }
    found
}
