//! The token goes to GitHub and nowhere else: not in raw, not encoded, not in part.

use crate::place::{Place, Serving, report, scene};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use fakehub::{BodyKind, DigestClaim, Fault, Listener, Route, Rule};
use std::path::Path;
use std::process::Stdio;

const CANARY: &str = "ghp_q7Zr2LwX9sKd4TfVb8NcYh3MjPgR6aUe1Ei5";
/// Whoever finds this many characters has found enough.
const PART: usize = 12;

/// Every form in which the canary must not be found.
fn forms() -> Vec<String> {
    let mut forms: Vec<String> = (0..=CANARY.len() - PART).map(|at| CANARY[at..at + PART].to_owned()).collect();
    let hex = hex::encode(CANARY);
    forms.extend([
        hex.to_uppercase()[..2 * PART].to_owned(),
        hex[..2 * PART].to_owned(),
        hex[2 * PART..4 * PART].to_owned(),
    ]);
    // In a longer text the canary begins at any of three positions of a group.
    for skip in 0..3 {
        let rest = &CANARY[skip..];
        let whole = &rest[..rest.len() / 3 * 3];
        forms.extend([STANDARD.encode(whole), URL_SAFE.encode(whole)].map(|text| text[..16].to_owned()));
    }
    forms
}

fn assert_clean(what: &str, bytes: &[u8]) {
    for form in forms() {
        let found = bytes.windows(form.len()).position(|window| window.eq_ignore_ascii_case(form.as_bytes()));
        if let Some(at) = found {
            let around =
                String::from_utf8_lossy(&bytes[at.saturating_sub(120)..(at + 20).min(bytes.len())]).into_owned();
            panic!("{what} contains {form:?}: …{around}…");
        }
    }
}

fn assert_folder_clean(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_clean("the name of a file", path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            assert_folder_clean(&path);
        } else {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

/// Asks every address of the contract and some that do not exist.
async fn assert_answers_clean(serving: &Serving) {
    let run = serving.list("/api/runs", "runs").await[0]["id"].clone();
    let job = serving.json(&format!("/api/runs/{run}/jobs")).await["jobs"][0]["id"].clone();
    let workflow = serving.json("/api/workflows").await[0]["id"].clone();
    let contract = serving.json("/api/openapi.json").await;
    let paths =
        contract["paths"].as_object().unwrap().keys().filter(|path| *path != "/api/events" && *path != "/api/refresh");
    let mut addresses: Vec<String> = paths.cloned().collect();
    addresses.extend(
        ["/", "/api/nothing", "/_view/nothing/x", "/api/runs?limit=x", "/assets/nothing.js"].map(str::to_owned),
    );
    for artifact in serving.artifacts().await {
        for address in &addresses {
            let id = match address.split('/').nth(2) {
                Some("workflows") => workflow.to_string(),
                Some("jobs") => job.to_string(),
                Some("files") => format!("{}.0", artifact["id"]),
                Some("artifacts") => artifact["id"].to_string(),
                _ => run.to_string(),
            };
            let response = serving.get(&address.replace("{id}", &id)).await;
            assert_clean(address, format!("{:?}", response.headers()).as_bytes());
            assert_clean(address, &response.bytes().await.unwrap());
        }
    }
    let mut live = serving.get("/api/events").await;
    assert_clean("/api/events", &live.chunk().await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o1_the_token_is_found_nowhere() {
    let mut scene = scene(3);
    scene.world.add_token(CANARY);
    let run = scene.runs()[0];
    scene.world.add_artifact(run, report(7).digest(DigestClaim::Wrong));
    scene.world.add_artifact(run, report(8).lost());
    let place = Place::of(scene).await;
    // Every kind of trouble once, each of which is logged.
    let faults = place.hub.faults();
    faults.add(Rule::new(Route::Runs, Fault::Status(502, BodyKind::Json)).times(1));
    faults.add(Rule::new(Route::Jobs, Fault::Reset).times(1));
    faults.add(Rule::new(Route::RunArtifacts, Fault::NonJson200).times(1));
    faults.add(Rule::new(Route::Logs, Fault::Status(403, BodyKind::Json)).times(1));
    faults.add(Rule::new(Route::Blob, Fault::ResetAt(10)).times(1));
    faults.add(Rule::new(Route::ArtifactZip, Fault::RedirectLoop).times(1));
    let log = place.path().join("log");
    let settings = [("GITHUB_TOKEN", CANARY), ("RUST_LOG", "trace"), ("RETRY_FAILED_RUNS", "false")];
    let mut command = place.command(&["serve"], &settings);
    command.stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
    let mut serving = Serving::start(command).await;
    serving.settled().await;
    assert_answers_clean(&serving).await;
    // The token is taken back while the program runs.
    place.hub.world(|world| world.revoke_token(CANARY));
    let (status, answer) = serving.refresh().await;
    assert_eq!(status, 502, "{answer}");
    assert_clean("the refusal", answer.to_string().as_bytes());
    assert_answers_clean(&serving).await;
    serving.signal("TERM").await;
    assert_eq!(serving.code().await, Some(0));
    for words in [&["check-config"][..], &["sync"], &["serve", "--port", "x"], &["serve", "--github-token", "a b"]] {
        let ended = place.run(words, &settings).await;
        assert_ne!(ended.code, Some(0), "{words:?}");
        assert_clean(&format!("{words:?}"), format!("{}{}", ended.out, ended.err).as_bytes());
    }
    let flagged = place.run(&["check-config", "--github-token", &format!("{CANARY} x")], &[]).await;
    assert_clean("a refused flag", flagged.err.as_bytes());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(said.contains("\"TRACE\"") && said.contains("hyper"), "the log is as loud as it can be");
    assert_folder_clean(place.path());
    assert!(place.hub.requests().iter().all(|request| request.listener == Listener::Api || !request.had_authorization));
}
