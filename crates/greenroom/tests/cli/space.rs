//! A full disk: nothing is called complete that is not, reading goes on, the reason is shown, and
//! collecting goes on by itself once there is room.

use crate::place::{PROGRAM, Place, Serving, scene};
use serde_json::Value;
use std::io::Write;
use std::process::Stdio;
use tokio::process::Command;

/// Lets a process mount a small disk that nobody else sees, where the system allows that.
const MOUNT: &str = "mkdir -p small && mount -t tmpfs -o size=1m tmpfs small && head -c 950000 /dev/zero > small/ballast && exec \"$@\"";

async fn on_a_full_disk(place: &Place) -> Option<Serving> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]).current_dir(place.path());
        command.stdin(Stdio::null());
        command
    };
    let trial = unshare("mkdir -p trial && mount -t tmpfs -o size=1m tmpfs trial").stderr(Stdio::null()).status().await;
    if !trial.is_ok_and(|status| status.success()) {
        // Past the test harness, which would keep it to itself.
        let mut stderr = std::io::stderr();
        writeln!(stderr, "skipped: the test of a full disk, because this user may not mount one").unwrap();
        return None;
    }
    let mut command = unshare(MOUNT);
    command.args([PROGRAM, "serve"]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(place.settings()).env("FILE_STORAGE_PATH", "small/files").stderr(Stdio::null()).kill_on_drop(true);
    Some(Serving::start(command).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o10_a_full_disk_pauses_collecting_and_nothing_else() {
    let place = Place::of(scene(8)).await;
    let Some(serving) = on_a_full_disk(&place).await else { return };
    let is_full = |sync: &Value| sync["lastError"].as_str().is_some_and(|error| error.contains("No space left"));
    let sync = serving.until("the full disk is shown", is_full).await;
    assert!(sync["lastError"].as_str().unwrap().contains("FILE_STORAGE_PATH"), "{sync:#}");
    assert_eq!(serving.get("/readyz").await.status(), 503);
    let runs = serving.list("/api/runs", "runs").await;
    assert_eq!(runs.len(), 8, "what is known can be read");
    let (status, answer) = serving.refresh().await;
    assert_eq!(status, 500, "{answer}");
    assert!(answer["error"].as_str().unwrap().contains("No space left"), "{answer}");
    let artifacts = serving.artifacts().await;
    let complete: Vec<_> = artifacts.iter().filter(|artifact| artifact["state"] == "complete").collect();
    for artifact in &complete {
        let id = artifact["id"].as_i64().unwrap();
        let truth = place.hub.world(|world| world.artifact_bytes(id)).unwrap();
        assert_eq!(serving.bytes(&format!("/api/artifacts/{id}/zip")).await, truth, "artifact {id}");
    }
    assert!(complete.len() < 8);
    let sync = serving.json("/api/sync").await;
    assert_eq!(sync["failed"], serde_json::json!([]), "the disk is at fault, not the items");
    assert!(sync["pending"].as_i64() > Some(0), "{sync:#}");
    // Seen from outside, the small disk is below the process's own root.
    std::fs::remove_file(format!("/proc/{}/root{}/small/ballast", serving.process(), place.path().display())).unwrap();
    serving.until("the disk is no longer called full", |sync| sync["lastError"].is_null()).await;
    assert_eq!(serving.get("/readyz").await.status(), 200);
    let (status, answer) = serving.refresh().await;
    assert_eq!(status, 200, "{answer}");
    serving.settled().await;
    assert!(serving.artifacts().await.iter().all(|artifact| artifact["state"] == "complete"));
}
