//! Reading apart, from outside: the processes that read are there, have nothing, and die alone.

use crate::place::{Place, scene};
use fakehub::{ArtifactSpec, TOKEN};
use std::path::PathBuf;

/// The processes that a process has started.
fn children(parent: u32) -> Vec<PathBuf> {
    let is_child = |place: &PathBuf| {
        let status = std::fs::read_to_string(place.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|id| id.trim() == parent.to_string()))
    };
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    processes.filter(is_child).collect()
}

fn limit(limits: &str, name: &str) -> String {
    let line = limits.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {limits}"));
    line[name.len()..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn x16_the_service_stays_ready_and_the_rest_is_mirrored() {
    let mut scene = scene(4);
    let run = scene.runs()[1];
    for deed in ["abort", "overflow", "allocate"] {
        let files = [(format!("greenroom-poison-archive-{deed}"), b"x".to_vec())];
        scene.world.add_artifact(run, ArtifactSpec::zip(deed, files).created_at(scene.world.now() - 60_000));
    }
    let place = Place::of(scene).await;
    let mut serving = place.serve(&[("GREENROOM_POISON", "1")]).await;
    let sync = serving
        .until("all has been tried", |sync| {
            sync["failed"].as_array().unwrap().len() == 3 && sync["pending"] == 3 && sync["state"] == "operational"
        })
        .await;
    for item in sync["failed"].as_array().unwrap() {
        assert_eq!((&item["kind"], &item["attempts"]), (&"artifact".into(), &1.into()), "{item}");
    }
    assert_eq!(serving.get("/readyz").await.status(), 200);
    let complete = serving.artifacts().await.iter().filter(|artifact| artifact["state"] == "complete").count();
    assert_eq!(complete, 4);
    let metrics = String::from_utf8(serving.bytes("/metrics").await).unwrap();
    for (cause, times) in [("signal", 1), ("stack_overflow", 1), ("out_of_memory", 1)] {
        let line = format!("greenroom_parse_worker_exits_total{{cause=\"{cause}\"}} {times}");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    assert!(serving.child.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn x16_a_process_that_reads_has_no_token_no_files_and_ends_with_the_service() {
    let place = Place::of(scene(4)).await;
    let mut serving = place.serve(&[]).await;
    serving.until("all is mirrored", |sync| sync["pending"] == 0 && sync["state"] == "operational").await;
    let readers = children(serving.process());
    assert!(!readers.is_empty() && readers.len() <= 4, "{readers:?}");
    for reader in &readers {
        let read = |name: &str| String::from_utf8_lossy(&std::fs::read(reader.join(name)).unwrap()).into_owned();
        assert_eq!(read("environ"), "", "it inherits nothing, least of all {TOKEN}");
        assert!(!read("cmdline").contains(TOKEN));
        let limits = read("limits");
        for name in ["Max file size", "Max core file size"] {
            assert_eq!(limit(&limits, name), "0", "{name}");
        }
        // Five, and more only where whoever runs this test has left files open.
        assert!(limit(&limits, "Max open files").parse::<u64>().unwrap() < 16);
        let memory: u64 = limit(&limits, "Max address space").parse().unwrap();
        assert!(memory > 512 << 20 && memory < 2 << 30, "{memory}");
        assert!(limit(&limits, "Max cpu time").parse::<u64>().unwrap() >= 30);
        assert!(read("status").contains("NoNewPrivs:\t1"));
        // No database, and no file of a job it has done.
        for open in std::fs::read_dir(reader.join("fd")).unwrap() {
            let to = std::fs::read_link(open.unwrap().path()).unwrap();
            assert!(!to.starts_with(place.path()), "{to:?} is open");
        }
    }
    serving.child.kill().await.unwrap();
    let gone = async {
        // A process that has ended stays in the list until its new parent has looked at it.
        let lives = |reader: &PathBuf| std::fs::read(reader.join("cmdline")).is_ok_and(|line| !line.is_empty());
        while readers.iter().any(lives) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), gone).await.expect("they end with the service");
}
