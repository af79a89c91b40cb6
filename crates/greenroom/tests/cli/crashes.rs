//! Killed, stopped, and started again: what was complete stays complete and true, and in the end
//! the mirror is the truth.

use crate::place::{Place, Serving, scene};
use fakehub::noise::Noise;
use fakehub::{Fault, Route, Rule};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncBufReadExt;

/// Fails unless every artifact and log that is called complete has the bytes GitHub has; gives the
/// artifacts.
async fn assert_complete_is_true(place: &Place, serving: &Serving) -> BTreeSet<i64> {
    let mut complete = BTreeSet::new();
    for artifact in serving.artifacts().await.iter().filter(|artifact| artifact["state"] == "complete") {
        let id = artifact["id"].as_i64().unwrap();
        let truth = place.hub.world(|world| world.artifact_bytes(id)).unwrap();
        assert_eq!(serving.bytes(&format!("/api/artifacts/{id}/zip")).await, truth, "artifact {id}");
        let files = serving.list(&format!("/api/runs/{}/files?artifactId={id}", artifact["runId"]), "files").await;
        assert_eq!(files.len() as i64, artifact["fileCount"].as_i64().unwrap(), "artifact {id}");
        let entries = entries(&truth);
        assert_eq!(files.len(), entries.len(), "artifact {id}");
        for file in &files {
            let path = file["path"].as_str().unwrap();
            let bytes = serving.bytes(file["url"].as_str().unwrap()).await;
            assert_eq!(file["sizeBytes"].as_i64().unwrap(), bytes.len() as i64, "{path} of artifact {id}");
            assert_eq!(Some(&bytes), entries.get(path), "{path} of artifact {id}");
        }
        complete.insert(id);
    }
    complete
}

/// The entries of an archive by name, read from its end as any unpacker would.
fn entries(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let contents = artifact::scan(&zip, &artifact::Limits::default()).unwrap();
    let read = |entry: &artifact::Entry| {
        let start = entry.data_offset as usize;
        let packed = Cursor::new(&zip[start..start + entry.compressed_bytes as usize]);
        let mut bytes = Vec::new();
        artifact::open(packed, entry.method, entry.size_bytes, entry.crc32).read_to_end(&mut bytes).unwrap();
        bytes
    };
    contents.entries.iter().map(|entry| (entry.name.clone(), read(entry))).collect()
}

/// Fails unless the mirror holds every run, job, log and artifact of the world, complete.
async fn assert_equals_truth(place: &Place, serving: &Serving) {
    let expected: BTreeSet<i64> = place.runs().into_iter().collect();
    let runs = serving.list("/api/runs", "runs").await;
    assert_eq!(runs.iter().map(|run| run["id"].as_i64().unwrap()).collect::<BTreeSet<_>>(), expected);
    let mut artifacts = BTreeSet::new();
    for id in expected {
        artifacts.extend(place.hub.world(|world| world.artifact_ids(id)));
        let jobs = serving.json(&format!("/api/runs/{id}/jobs")).await;
        let jobs = jobs["jobs"].as_array().unwrap();
        let truth = place.hub.world(|world| world.job_ids(id, 1));
        assert_eq!(jobs.len(), truth.len(), "jobs of run {id}");
        for job in truth {
            let log = place.hub.world(|world| world.job_log(job)).unwrap();
            assert_eq!(serving.bytes(&format!("/api/jobs/{job}/log")).await, log, "log of job {job}");
        }
    }
    assert_eq!(assert_complete_is_true(place, serving).await, artifacts);
    let processed = |run: &Value| run["processing"]["state"] == "processed";
    assert!(runs.iter().all(processed), "{runs:#?}");
}

fn files_below(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_fifteen_moments_it_never_lies_and_converges() {
    const RUNS: i64 = 24;
    let place = Place::of(scene(RUNS)).await;
    let mut noise = Noise::new(3);
    // Of each artifact seen complete: how many requests there had been by then.
    let mut complete: BTreeMap<i64, usize> = BTreeMap::new();
    for _ in 0..15 {
        let answered = place.hub.requests().len();
        let more = 2 + noise.below(14) as usize;
        let mut serving = place.serve(&[]).await;
        let now_complete = assert_complete_is_true(&place, &serving).await;
        let lost: Vec<_> = complete.keys().filter(|id| !now_complete.contains(id)).collect();
        assert!(lost.is_empty(), "{lost:?} were complete before the crash");
        let so_far = place.hub.requests().len();
        for id in now_complete {
            complete.entry(id).or_insert(so_far);
        }
        tokio::select! {
            () = place.hub.wait_until(move |requests| requests.len() >= answered + more) => {}
            // There was not that much left to do.
            _ = serving.settled() => {}
        }
        serving.child.kill().await.unwrap();
    }
    assert!(!complete.is_empty());
    let mut serving = place.serve(&[]).await;
    serving.settled().await;
    assert_equals_truth(&place, &serving).await;
    let requests = place.hub.requests();
    for (id, since) in complete {
        let address = format!("/artifacts/{id}/zip");
        let again = requests[since..].iter().filter(|request| request.path.ends_with(&address)).count();
        assert_eq!(again, 0, "artifact {id} was complete and was downloaded again");
    }
    serving.signal("TERM").await;
    assert_eq!(serving.code().await, Some(0));
    assert_eq!(files_below(&place.files().join(".spool")), 0, "spool files are left");
    assert_eq!(files_below(&place.files()) as i64, RUNS * 3 + 1, "a blob for each artifact and log, and the store id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_in_the_middle_it_ends_soon_and_in_order() {
    let place = Place::of(scene(6)).await;
    place.hub.faults().add(Rule::new(Route::Blob, Fault::StallAt(100)).path("/artifacts/"));
    let mut serving = place.serve(&[]).await;
    place
        .hub
        .wait_until(|requests| requests.iter().any(|request| request.route == Route::Blob && request.bytes_sent > 0))
        .await;
    let asked = Instant::now();
    serving.signal("TERM").await;
    assert_eq!(serving.code().await, Some(0));
    assert!(asked.elapsed() < Duration::from_secs(15));
    place.hub.faults().clear();
    let serving = place.serve(&[]).await;
    serving.settled().await;
    assert_equals_truth(&place, &serving).await;
    assert_eq!(files_below(&place.files().join(".spool")), 0, "spool files are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_it_at_once() {
    let place = Place::of(scene(0)).await;
    let mut command = place.command(&["serve"], &[]);
    command.stderr(Stdio::piped());
    let mut serving = Serving::start(command).await;
    serving.settled().await;
    // A live connection holds the end up for a while.
    let live = serving.get("/api/events").await;
    let mut lines = tokio::io::BufReader::new(serving.child.stderr.take().unwrap()).lines();
    serving.signal("TERM").await;
    while !lines.next_line().await.unwrap().expect("it is still there").contains("\"stopping\"") {}
    serving.signal("TERM").await;
    assert_eq!(serving.code().await, Some(130));
    drop(live);
}
