//! Commands: what they say, how they end, and what `serve` does when something is in the way.

use crate::place::{PROGRAM, Place, Serving, report, scene};
use fakehub::{DigestClaim, FakeHub, Fault, Route, Rule, World};
use std::net::SocketAddr;
use std::process::Stdio;

fn empty_place() -> impl Future<Output = Place> {
    Place::of(scene(0))
}

#[tokio::test]
async fn check_config_tells_what_is_wrong() {
    let place = empty_place().await;
    let ended = place.run(&["check-config"], &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in ["configuration", "database", "file storage", "octo/shop"] {
        assert!(ended.out.contains(part), "{part}: {ended:?}");
    }
    let cases: [(&[(&str, &str)], &str); 3] = [
        (&[("GITHUB_TOKEN", "nonsense")], "token"),
        (&[("GITHUB_REPO", "nothing")], "octo/nothing"),
        (&[("GITHUB_API_URL", "http://127.0.0.1:1"), ("GITHUB_API_TIMEOUT", "1000")], "127.0.0.1:1"),
    ];
    for (changes, part) in cases {
        let ended = place.run(&["check-config"], changes).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(part), "{part}: {ended:?}");
        let ended = place.run(&["check-config", "--offline"], changes).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[tokio::test]
async fn sync_mirrors_once_in_plain_lines() {
    let place = Place::of(scene(6)).await;
    let ended = place.run(&["sync"], &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.out.ends_with("synced: 6 new runs, 0 updated runs, 18 new files, 1 updated workflows\n"),
        "{ended:?}"
    );
    assert!(!ended.out.contains('\u{1b}') && !ended.out.contains('\r'), "{ended:?}");
    assert!(!ended.out.contains("0/0"), "{ended:?}");
    let again = place.run(&["sync"], &[]).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("synced: 0 new runs, 0 updated runs, 0 new files"), "{again:?}");
    let serving = place.serve(&[]).await;
    assert_eq!(serving.list("/api/runs", "runs").await.len(), 6);
}

#[tokio::test]
async fn sync_fails_when_github_refuses() {
    let place = empty_place().await;
    for (changes, part) in [([("GITHUB_TOKEN", "nonsense")], "token"), ([("GITHUB_REPO", "nothing")], "octo/nothing")] {
        let ended = place.run(&["sync"], &changes).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains("could not sync") && ended.err.contains(part), "{ended:?}");
    }
}

#[tokio::test]
async fn sync_fails_when_github_is_down() {
    let place = empty_place().await;
    let ended = place.run(&["sync"], &[("GITHUB_API_URL", "http://127.0.0.1:1")]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("could not sync") && ended.err.contains("refused"), "{ended:?}");
}

#[tokio::test]
async fn sync_fails_and_names_what_could_not_be_mirrored() {
    let mut scene = scene(2);
    let run = scene.runs()[0];
    let broken = scene.world.add_artifact(run, report(9).digest(DigestClaim::Wrong));
    let place = Place::of(scene).await;
    let ended = place.run(&["sync"], &[("RETRY_FAILED_RUNS", "false")]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.out.contains("synced: 2 new runs, 0 updated runs, 6 new files"),
        "the good ones are mirrored: {ended:?}"
    );
    assert!(ended.out.contains(&format!("failed: artifact {broken}: ")) && ended.out.contains("digest"), "{ended:?}");
}

#[tokio::test]
async fn a_limited_sync_says_that_the_next_one_goes_on() {
    let mut scene = scene(3);
    scene.world.behaviour.rate_limits = true;
    let reset_at = scene.world.now() + 3_600_000;
    scene.world.set_quota(50, 4, reset_at);
    let place = Place::of(scene).await;
    let ended = place.run(&["sync"], &[]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("rate limit") && ended.err.contains("goes on from here"), "{ended:?}");
    // What was on its way when the limit was told arrives all the same; nothing is sent after that.
    let late = place.hub.world(|world| world.violations());
    assert!(late < 4, "{late} requests came inside the window");
}

#[tokio::test]
async fn demo_serves_a_growing_world_and_leaves_nothing() {
    let place = empty_place().await;
    let mut command = tokio::process::Command::new(PROGRAM);
    command
        .args(["demo", "--port", "0"])
        .env_clear()
        .env("TMPDIR", place.path())
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command.kill_on_drop(true);
    let mut demo = Serving::start(command).await;
    demo.until("runs are known", |sync| sync["pending"].as_i64() > Some(0)).await;
    assert!(demo.json("/api/workflows").await.as_array().unwrap().len() > 5);
    demo.signal("TERM").await;
    assert_eq!(demo.code().await, Some(0));
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn o8_a_second_process_on_the_same_file_is_refused_with_the_holder() {
    let place = empty_place().await;
    let serving = place.serve(&[]).await;
    for words in ["serve", "sync"] {
        let ended = place.run(&[words], &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains("in use") && ended.err.contains(&serving.process().to_string()), "{ended:?}");
    }
    serving.settled().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_versions() {
    let place = empty_place().await;
    assert_eq!(place.run(&["sync"], &[]).await.code, Some(0));
    let address = format!("sqlite://{}", place.path().join("data/greenroom.db").display());
    let mut database = <sqlx::SqliteConnection as sqlx::Connection>::connect(&address).await.unwrap();
    sqlx::query("INSERT INTO schema_version (version) VALUES (987)").execute(&mut database).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
    let known = format!("knows {}", greenroom::store::MIGRATIONS.len());
    let ended = place.run(&["serve"], &[]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("987") && ended.err.contains(&known), "{ended:?}");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let place = empty_place().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = place.run(&["serve"], &[("PORT", &port)]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("PORT") && ended.err.contains(&port), "{ended:?}");
}

#[tokio::test]
async fn an_unreachable_github_is_told_and_forgotten_once_it_answers() {
    let place = Place::of(scene(3)).await;
    // An address where nobody listens yet.
    let absent = FakeHub::start(World::at(1, 0)).await.unwrap();
    let (api, blob) = (absent.api_url(), absent.blob_url());
    absent.stop().await;
    let serving = place.serve(&[("GITHUB_API_URL", &api), ("POLL_INTERVAL_MINUTES", "0.01")]).await;
    assert_eq!(serving.get("/readyz").await.status(), 200);
    serving
        .until("the error is shown", |sync| sync["lastError"].as_str().is_some_and(|error| error.contains("refused")))
        .await;
    let (status, answer) = serving.refresh().await;
    assert_eq!((status, &answer["success"]), (502, &false.into()), "{answer}");
    let socket = |url: &str| url.strip_prefix("http://").unwrap().parse::<SocketAddr>().unwrap();
    let hub = FakeHub::start_on(scene(3).world, socket(&api), socket(&blob)).await.unwrap();
    // The first sync is not through, but GitHub answers.
    hub.faults().add(Rule::new(Route::Jobs, Fault::Stall).times(1));
    let sync = serving.until("the error is forgotten", |sync| sync["lastError"].is_null()).await;
    assert_eq!(sync["state"], "initial", "{sync:#}");
    hub.faults().clear();
}
