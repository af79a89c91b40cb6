//! Care from the command line, beside the program that serves: exit codes, what is said, and what a browser then gets.

use crate::place::{Place, Serving, report, scene};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

fn flip_a_bit(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

/// An artifact with its files, and a job of the same run.
async fn first_content(serving: &Serving) -> (i64, Vec<Value>, i64) {
    let artifact = serving.artifacts().await[0].clone();
    let (id, run) = (artifact["id"].as_i64().unwrap(), artifact["runId"].as_i64().unwrap());
    let files = serving.list(&format!("/api/runs/{run}/files?artifactId={id}"), "files").await;
    let job = serving.json(&format!("/api/runs/{run}/jobs")).await["jobs"][0]["id"].as_i64().unwrap();
    (id, files, job)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o12_a_backup_is_made_verified_and_restored_from_the_command_line() {
    let place = Place::of(scene(3)).await;
    let serving = place.serve(&[]).await;
    serving.settled().await;
    let made = place.run(&["backup", "copy"], &[]).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.out.contains("9 blobs") && made.out.contains("9 of them new"), "{made:?}");
    let again = place.run(&["backup", "copy"], &[]).await;
    assert!(again.code == Some(0) && again.out.contains("0 of them new"), "{again:?}");
    assert_eq!(place.run(&["verify", "copy"], &[]).await.code, Some(0));
    let taken = place.run(&["restore", "copy"], &[]).await;
    assert!(taken.code == Some(1) && taken.err.contains("not empty"), "{taken:?}");
    let elsewhere = [("DATABASE_URL", "sqlite://other/greenroom.db"), ("FILE_STORAGE_PATH", "other/files")];
    let restored = place.run(&["restore", "copy"], &elsewhere).await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let second = place.serve(&elsewhere).await;
    let before = serving.artifacts().await;
    assert_eq!(second.artifacts().await, before);
    for artifact in before {
        let zip = format!("/api/artifacts/{}/zip", artifact["id"]);
        assert_eq!(second.bytes(&zip).await, serving.bytes(&zip).await);
    }
    let blob = files_below(&place.path().join("copy/blobs")).pop().unwrap();
    flip_a_bit(&blob);
    let wrong = place.run(&["verify", "copy"], &[]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.out.contains(blob.file_name().unwrap().to_str().unwrap()), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_bytes_are_never_served_as_whole_and_come_back() {
    let place = Place::of(scene(2)).await;
    let serving = place.serve(&[]).await;
    serving.settled().await;
    let (id, files, job) = first_content(&serving).await;
    let dump = files.iter().find(|file| file["path"] == "core/dump.bin").unwrap()["url"].as_str().unwrap().to_owned();
    let blobs = files_below(&place.files());
    let blob_of = |kind: &str, id: i64| {
        blobs
            .iter()
            .find(|path| path.ends_with(id.to_string()) && path.starts_with(place.files().join(kind)))
            .unwrap()
            .clone()
    };
    // The file in the middle of the archive, the whole archive, a log; then each of them gone.
    for (blob, path) in [
        (blob_of("artifacts", id), dump.clone()),
        (blob_of("artifacts", id), format!("/api/artifacts/{id}/zip")),
        (blob_of("logs", job), format!("/api/jobs/{job}/log")),
    ] {
        let whole = serving.bytes(&path).await;
        for is_gone in [false, true] {
            if is_gone {
                std::fs::remove_file(&blob).unwrap()
            } else {
                flip_a_bit(&blob)
            }
            let answer = serving.get(&path).await;
            let status = answer.status().as_u16();
            let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            assert!(status == 500 && problem["detail"].as_str().unwrap().contains("damaged"), "{path}: {problem}");
            let mut seen = 0;
            while seen != 200 {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                seen = serving.get(&path).await.status().as_u16();
                assert!([200, 404, 500].contains(&seen), "{path}: {seen}");
            }
            assert_eq!(serving.bytes(&path).await, whole, "{path}");
            serving.settled().await;
        }
    }
    let metrics = String::from_utf8(serving.bytes("/metrics").await).unwrap();
    assert!(metrics.contains("greenroom_damaged_blobs_total{kind=\"artifact\",fate=\"fetched-again\"}"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o14_what_is_purged_beside_the_server_is_served_no_more() {
    let place = Place::of(scene(2)).await;
    let serving = place.serve(&[]).await;
    serving.settled().await;
    let (id, files, job) = first_content(&serving).await;
    let url = files[0]["url"].as_str().unwrap();
    serving.bytes(&format!("/api/jobs/{job}/log/lines?from=1&count=5")).await;
    for (what, id) in [("artifact", id), ("log", job)] {
        let purged = place.run(&["purge", what, &id.to_string()], &[]).await;
        assert_eq!(purged.code, Some(0), "{purged:?}");
    }
    assert_eq!(serving.get(url).await.status(), 404);
    assert_eq!(serving.get(&format!("/api/artifacts/{id}/zip")).await.status(), 410);
    assert_eq!(serving.get(&format!("/api/jobs/{job}/log")).await.status(), 410);
    assert_eq!(serving.get(&format!("/api/jobs/{job}/log/lines?from=1&count=5")).await.status(), 410);
    let (status, _) = serving.refresh().await;
    assert_eq!(status, 200);
    assert_eq!(serving.get(&format!("/api/artifacts/{id}/zip")).await.status(), 410, "it is not fetched again");
    let unknown = place.run(&["purge", "artifact", "1"], &[]).await;
    assert!(unknown.code == Some(1) && unknown.err.contains("no artifact 1"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o15_doctor_says_what_is_wrong_and_ends_with_one() {
    let place = Place::of(scene(1)).await;
    let unready = place.run(&["doctor", "--offline"], &[]).await;
    assert!(unready.code == Some(1) && unready.out.contains("there is no such database"), "{unready:?}");
    let serving = place.serve(&[]).await;
    serving.settled().await;
    let told = place.run(&["doctor", "--json"], &[]).await;
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let found = |told: &Value| -> Vec<String> {
        told["findings"].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap().to_owned()).collect()
    };
    // A container's or a memory's file system is what the machine has.
    assert_eq!(
        found(&told).into_iter().filter(|check| check != "file-system").collect::<Vec<_>>(),
        [""; 0],
        "{told:#}"
    );
    assert!(told["checks"].as_array().unwrap().len() >= 19);
    let few_files = tokio::process::Command::new("bash")
        .args(["-c", "ulimit -n 200 && exec \"$0\" doctor --json --offline", crate::place::PROGRAM])
        .env_clear()
        .envs(place.settings())
        .current_dir(place.path())
        .output()
        .await
        .unwrap();
    let told: Value = serde_json::from_slice(&few_files.stdout).unwrap();
    assert!(found(&told).contains(&"open-files".to_owned()), "{told:#}");
    let open = [("HOST", "0.0.0.0"), ("ALLOW_OPEN_NETWORK", "true"), ("CLEANUP_OLD_FILES_DAYS", "7")];
    let told = place.run(&["doctor", "--offline"], &open).await;
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("open-network") && told.out.contains("retention"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o7_a_wrong_storage_ends_the_start_with_78() {
    let place = Place::of(scene(1)).await;
    assert_eq!(place.run(&["sync"], &[]).await.code, Some(0));
    for words in [&["serve"][..], &["sync"], &["check-config", "--offline"], &["gc"], &["backup", "copy"]] {
        let ended = place.run(words, &[("FILE_STORAGE_PATH", "elsewhere")]).await;
        assert_eq!(ended.code, Some(78), "{words:?}: {ended:?}");
        assert!(ended.err.contains("FILE_STORAGE_PATH") && ended.err.contains("store id"), "{ended:?}");
    }
    let ended = place.run(&["sync"], &[("DATABASE_URL", "sqlite://elsewhere.db")]).await;
    assert!(ended.code == Some(78) && ended.err.contains("database is empty"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o11_retention_is_refused_where_it_is_nonsense_and_shows_its_counts() {
    let mut scene = scene(1);
    let old = scene.world.now() - 20 * 86_400_000;
    let run = scene.runs()[0];
    scene.world.add_artifact(run, report(9).created_at(old));
    let place = Place::of(scene).await;
    for days in ["-1", "ninety", "1.5"] {
        let ended = place.run(&["check-config", "--offline"], &[("CLEANUP_OLD_FILES_DAYS", days)]).await;
        assert_eq!(ended.code, Some(78), "{days}: {ended:?}");
    }
    assert_eq!(place.run(&["sync"], &[]).await.code, Some(0));
    let short = [("CLEANUP_OLD_FILES_DAYS", "10")];
    let told = place.run(&["check-config", "--offline"], &short).await;
    assert!(told.out.contains("CLEANUP_OLD_FILES_DAYS is shorter"), "{told:?}");
    let counted = place.run(&["cleanup", "--dry-run"], &short).await;
    assert!(counted.code == Some(0) && counted.out.contains("would remove 1 artifacts and 0 logs"), "{counted:?}");
    let blobs = files_below(&place.files()).len();
    let removed = place.run(&["cleanup"], &short).await;
    assert!(removed.code == Some(0) && removed.out.contains("removed 1 "), "{removed:?}");
    assert_eq!(files_below(&place.files()).len(), blobs - 1);
    let ended = place.run(&["gc", "--dry-run", "--grace-hours", "0"], &[]).await;
    assert!(ended.code == Some(0) && ended.out.contains("would remove 0 blobs"), "{ended:?}");
    assert_eq!(place.run(&["gc", "--grace-hours", "-1"], &[]).await.code, Some(78));
}
