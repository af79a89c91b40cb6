//! Everything that can be made to go wrong does, as scripted and no more often.

#![allow(clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{Site, seen};
use fakehub::{ArtifactSpec, BodyKind, Content, Fault, LimitForm, Route, Rule, RunSpec, TOKEN};
use serde_json::Value;

const RUNS: &str = "/actions/runs";

async fn site() -> Site {
    let site = Site::start().await;
    for _ in 0..3 {
        site.add_run(RunSpec::default());
    }
    site
}

#[tokio::test]
async fn error_answers_come_in_three_bodies_and_then_stop() {
    let site = site().await;
    site.hub.faults().once(Route::Runs, Fault::Status(502, BodyKind::Json));
    site.hub.faults().once(Route::Runs, Fault::Status(503, BodyKind::Html));
    site.hub.faults().once(Route::Runs, Fault::Status(500, BodyKind::Empty));
    let json = site.get(RUNS).await;
    assert_eq!((json.status, json.json()["message"].as_str()), (502, Some("Server Error")));
    let html = site.get(RUNS).await;
    assert_eq!((html.status, html.header("content-type")), (503, Some("text/html; charset=utf-8")));
    assert!(html.text().starts_with("<!DOCTYPE html>"));
    let empty = site.get(RUNS).await;
    assert_eq!((empty.status, empty.body.len()), (500, 0));
    assert_eq!(site.get(RUNS).await.status, 200);
    let faulted: Vec<bool> = site.hub.requests().iter().map(|request| request.faulted).collect();
    assert_eq!(faulted, [true, true, true, false]);
}

#[tokio::test]
async fn a_rule_keeps_to_its_route_its_path_and_its_turn() {
    let site = site().await;
    let id = site
        .hub
        .faults()
        .add(Rule::new(Route::Runs, Fault::Status(500, BodyKind::Json)).path("page=2").nth(2).times(1));
    assert_eq!(site.get("/actions/workflows").await.status, 200);
    assert_eq!(site.get("/actions/runs?page=2").await.status, 200);
    assert_eq!(site.get("/actions/runs?page=2").await.status, 500);
    assert_eq!(site.get("/actions/runs?page=2").await.status, 200);
    assert_eq!(site.hub.faults().fired(id), 1);
    site.hub.faults().always(Route::Any, Fault::Status(500, BodyKind::Json));
    assert_eq!(site.get("/actions/workflows").await.status, 500);
    site.hub.faults().clear();
    assert_eq!(site.get("/actions/workflows").await.status, 200);
}

#[tokio::test]
async fn a_reset_ends_the_connection_without_an_answer() {
    let site = site().await;
    site.hub.faults().once(Route::Runs, Fault::Reset);
    assert!(site.request(RUNS).send().await.is_err());
    let last = site.hub.requests().pop().unwrap();
    assert_eq!((last.status, last.faulted), (0, true));
    assert_eq!(site.get(RUNS).await.status, 200);
}

/// Reads until the end or the failure: (bytes read, whether it failed).
async fn read(request: reqwest::RequestBuilder) -> (usize, bool, Option<u64>) {
    let mut response = request.send().await.unwrap();
    let announced = response.content_length();
    let mut total = 0;
    loop {
        match response.chunk().await {
            Ok(Some(piece)) => total += piece.len(),
            Ok(None) => return (total, false, announced),
            Err(_) => return (total, true, announced),
        }
    }
}

#[tokio::test]
async fn bodies_are_cut_or_reset_where_scripted() {
    let site = site().await;
    let run = site.add_run(RunSpec::default());
    let id = site.hub.world(|world| {
        world.add_artifact(run, ArtifactSpec::new("big", Content::Generated { bytes: 1 << 20, seed: 2 }))
    });
    let url = site.location(&format!("/actions/artifacts/{id}/zip")).await;
    for fault in [Fault::Truncate(300_000), Fault::ResetAt(300_000)] {
        site.hub.faults().once(Route::Blob, fault);
        let (total, failed, announced) = read(site.http.get(&url)).await;
        assert_eq!((total, failed), (300_000, true), "{fault:?}");
        assert!(announced.unwrap() > 1 << 20);
        let last = site.hub.requests().pop().unwrap();
        assert_eq!((last.bytes_sent, last.finished), (300_000, false));
    }
    site.hub.faults().once(Route::Runs, Fault::Truncate(100));
    assert_eq!(read(site.request(RUNS)).await.0, 100);
    let (total, failed, announced) = read(site.http.get(&url)).await;
    assert_eq!((total as u64, failed), (announced.unwrap(), false));
}

#[tokio::test]
async fn a_resumed_download_continues_after_a_cut() {
    let site = site().await;
    let run = site.add_run(RunSpec::default());
    let id = site.hub.world(|world| {
        world.add_artifact(run, ArtifactSpec::new("big", Content::Generated { bytes: 1 << 20, seed: 2 }))
    });
    let whole = site.hub.world(|world| world.artifact_bytes(id)).unwrap();
    let url = site.location(&format!("/actions/artifacts/{id}/zip")).await;
    site.hub.faults().once(Route::Blob, Fault::Truncate(1000));
    assert_eq!(read(site.http.get(&url)).await.0, 1000);
    let rest = seen(site.http.get(&url).header("range", "bytes=1000-")).await;
    assert_eq!((rest.status, &rest.body[..]), (206, &whole[1000..]));
}

#[tokio::test]
async fn stalls_answer_nothing_or_only_a_part() {
    let site = site().await;
    site.hub.faults().once(Route::Runs, Fault::Stall);
    assert!(site.request(RUNS).timeout(Duration::from_millis(150)).send().await.is_err_and(|error| error.is_timeout()));
    site.hub.faults().once(Route::Runs, Fault::StallAt(50));
    let mut response = site.request(RUNS).timeout(Duration::from_millis(300)).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.chunk().await.unwrap().unwrap().len(), 50);
    assert!(response.chunk().await.is_err());
}

#[tokio::test]
async fn slow_answers_and_dripping_bodies_take_their_time() {
    let site = site().await;
    site.hub.faults().once(Route::Runs, Fault::SlowMs(120));
    let began = Instant::now();
    assert_eq!(site.get(RUNS).await.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(120));
    site.hub.faults().once(Route::RateLimit, Fault::SlowDrip { chunk_bytes: 60, every_ms: 20 });
    let began = Instant::now();
    let answer = seen(site.global("/rate_limit")).await;
    assert!(answer.json()["resources"]["core"].is_object());
    assert!(began.elapsed() >= Duration::from_millis(20 * (answer.body.len() as u64 / 60 - 1)));
}

#[tokio::test]
async fn the_secondary_limit_takes_every_form_and_binds_until_it_is_over() {
    for (form, status, retry_after) in [
        (LimitForm::Current, 403, Some(30)),
        (LimitForm::Current, 429, None),
        (LimitForm::Abuse, 403, None),
        (LimitForm::HttpDate, 403, Some(30)),
        (LimitForm::LimitedBy, 429, Some(30)),
        (LimitForm::Throttled, 403, Some(30)),
    ] {
        let site = site().await;
        site.hub.faults().once(Route::Runs, Fault::SecondaryLimit { retry_after, status, form });
        let limited = site.get(RUNS).await;
        assert_eq!(limited.status, status);
        assert_ne!(limited.header("x-ratelimit-remaining"), Some("0"));
        let docs = limited.json()["documentation_url"].as_str().unwrap().to_owned();
        match form {
            LimitForm::Abuse => assert!(docs.ends_with("#abuse-rate-limits")),
            LimitForm::Throttled => assert!(limited.text().contains("throttled")),
            _ => assert!(docs.ends_with("secondary-rate-limits") && limited.text().contains("secondary rate limit")),
        }
        match (form, retry_after) {
            (_, None) => assert_eq!(limited.header("retry-after"), None),
            (LimitForm::HttpDate, _) => {
                assert_eq!(limited.header("retry-after"), Some("Mon, 02 Mar 2026 09:00:30 GMT"))
            }
            _ => assert_eq!(limited.header("retry-after"), Some("30")),
        }
        assert_eq!(limited.header("gh-limited-by").is_some(), form == LimitForm::LimitedBy);
        // The fault fires once, but the limit binds.
        assert_eq!(site.get(RUNS).await.status, 403);
        assert_eq!(site.hub.world(|world| world.violations()), 1);
        assert!(site.hub.requests().pop().unwrap().violation);
        site.hub.world(|world| world.advance(retry_after.unwrap_or(60) as i64 * 1000));
        assert_eq!(site.get(RUNS).await.status, 200);
    }
}

#[tokio::test]
async fn the_primary_limit_binds_until_the_reset() {
    let site = site().await;
    let now = site.hub.world(|world| world.now());
    site.hub.world(|world| world.set_quota(5_000, 1, now + 600_000));
    let last = site.get(RUNS).await;
    assert_eq!((last.status, last.header("x-ratelimit-remaining")), (200, Some("0")));
    let limited = site.get(RUNS).await;
    assert_eq!((limited.status, limited.header("x-ratelimit-remaining")), (403, Some("0")));
    assert_eq!(limited.header("x-ratelimit-reset"), Some(((now + 600_000) / 1000).to_string().as_str()));
    assert!(limited.text().contains("API rate limit exceeded"));
    assert_eq!(site.hub.world(|world| world.violations()), 1);
    let free = seen(site.global("/rate_limit")).await;
    assert_eq!((free.status, &free.json()["resources"]["core"]["remaining"]), (200, &0.into()));
    site.hub.world(|world| world.advance(600_000));
    let again = site.get(RUNS).await;
    assert_eq!((again.status, again.header("x-ratelimit-remaining")), (200, Some("4999")));
    site.hub.faults().once(Route::Runs, Fault::PrimaryLimit);
    assert_eq!((site.get(RUNS).await.status, site.get("/actions/workflows").await.status), (403, 403));
}

#[tokio::test]
async fn asking_inside_a_window_can_mean_a_ban() {
    let site = site().await;
    site.hub.world(|world| world.behaviour.ban_on_violation = true);
    site.hub
        .faults()
        .once(Route::Runs, Fault::SecondaryLimit { retry_after: Some(10), status: 403, form: LimitForm::Current });
    site.get(RUNS).await;
    let banned = site.get(RUNS).await;
    assert_eq!(banned.header("retry-after"), Some("3600"));
    site.hub.world(|world| world.advance(11_000));
    assert_eq!(site.get(RUNS).await.status, 403);
    site.hub.world(|world| world.advance(3_600_000));
    assert_eq!(site.get(RUNS).await.status, 200);
}

#[tokio::test]
async fn points_per_minute_bind_where_switched_on() {
    let site = site().await;
    site.hub.world(|world| world.behaviour.points_per_minute = Some(3));
    for _ in 0..3 {
        assert_eq!(site.get(RUNS).await.status, 200);
    }
    let limited = site.get(RUNS).await;
    assert_eq!((limited.status, limited.header("retry-after")), (403, Some("60")));
}

#[tokio::test]
async fn redirects_lead_to_the_same_thing_or_nowhere() {
    let site = site().await;
    site.hub.faults().always(Route::Runs, Fault::Redirect307);
    let moved = site.get("/actions/runs?per_page=2").await;
    assert_eq!(moved.status, 307);
    let target = moved.header("location").unwrap().to_owned();
    assert_eq!(target, format!("{}/repositories/{}/actions/runs?per_page=2", site.hub.api_url(), site.repository));
    assert_eq!(seen(site.absolute(&target)).await.status, 200);
    site.hub.faults().clear();
    site.hub.faults().always(Route::Runs, Fault::RedirectLoop);
    let looping = site.get("/actions/runs?per_page=2").await;
    assert_eq!(
        (looping.status, looping.header("location")),
        (302, Some(format!("{}/repos/acme/shop/actions/runs?per_page=2", site.hub.api_url()).as_str()))
    );
}

#[tokio::test]
async fn bodies_can_be_something_else_than_json() {
    let site = site().await;
    site.hub.faults().once(Route::Runs, Fault::NonJson200);
    let page = site.get(RUNS).await;
    assert_eq!(page.status, 200);
    assert!(serde_json::from_slice::<Value>(&page.body).is_err() && page.header("etag").is_none());
    site.hub.faults().once(Route::Runs, Fault::TruncatedGzip);
    let packed = site.get(RUNS).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
    let mut text = Vec::new();
    assert!(std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut text).is_err());
}

#[tokio::test]
async fn answers_can_hold_what_nobody_expected() {
    let site = site().await;
    let once = async |fault| {
        site.hub.faults().once(Route::Runs, fault);
        site.get(RUNS).await.json()["workflow_runs"].clone()
    };
    assert_eq!(once(Fault::UnknownEnumValues).await[0]["status"], "completed_v2");
    assert!(once(Fault::ExtraFields).await[0]["zz_new_field"].is_object());
    let nulls = once(Fault::NullEverywhereNullable).await;
    for name in ["name", "head_branch", "status", "conclusion", "pull_requests", "head_commit"] {
        assert!(nulls[0][name].is_null(), "{name}");
    }
    assert!(nulls[0]["id"].is_i64() && nulls[0]["updated_at"].is_string());
    assert!(once(Fault::AbsentOptional).await[0].get("run_attempt").is_none());
    assert_eq!(once(Fault::OffsetTimestamps).await[0]["created_at"], "2026-03-02T11:00:00.000+02:00");
    let doubled = once(Fault::DuplicateItems).await;
    assert_eq!((doubled.as_array().unwrap().len(), &doubled[0]["id"]), (4, &doubled[1]["id"]));
    assert_eq!(once(Fault::MissingItems).await.as_array().unwrap().len(), 2);
    assert_eq!(once(Fault::ExtraFields).await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn null_jobs_and_artifacts_keep_what_must_not_be_null() {
    let site = site().await;
    let run = site.add_run(RunSpec::default());
    site.hub.world(|world| world.add_artifact(run, ArtifactSpec::bytes("a", "b")));
    site.hub.faults().always(Route::Any, Fault::NullEverywhereNullable);
    let job = site.get(&format!("/actions/runs/{run}/jobs")).await.json()["jobs"][0].clone();
    assert!(
        job["runner_name"].is_null()
            && job["steps"][0]["started_at"].is_null()
            && job["name"].is_string()
            && job["started_at"].is_string()
    );
    let artifact = site.get(&format!("/actions/runs/{run}/artifacts")).await.json()["artifacts"][0].clone();
    assert!(artifact["created_at"].is_null() && artifact["workflow_run"].is_null() && artifact["name"].is_string());
}

#[tokio::test]
async fn digests_and_bytes_can_lie() {
    let site = site().await;
    let run = site.add_run(RunSpec::default());
    let id = site.hub.world(|world| world.add_artifact(run, ArtifactSpec::bytes("a", "hello")));
    let path = format!("/actions/artifacts/{id}");
    let honest = site.get(&path).await.json()["digest"].clone();
    site.hub.faults().once(Route::Artifact, Fault::WrongDigest);
    assert_ne!(site.get(&path).await.json()["digest"], honest);
    let url = site.location(&format!("{path}/zip")).await;
    site.hub.faults().once(Route::Blob, Fault::FlipByte(1));
    assert_eq!(site.blob(&url).await.body, b"h\x9allo");
    assert_eq!(site.blob(&url).await.body, b"hello");
    site.hub.faults().once(Route::Blob, Fault::Status(503, BodyKind::Empty));
    assert_eq!(site.blob(&url).await.status, 503);
}

#[tokio::test]
async fn a_flapping_tag_never_matches() {
    let site = site().await;
    site.hub.faults().always(Route::Runs, Fault::FlappingEtag);
    let tag = site.get(RUNS).await.header("etag").unwrap().to_owned();
    assert_eq!(seen(site.request(RUNS).header("if-none-match", &tag)).await.status, 200);
}

#[tokio::test]
async fn a_lagging_search_can_be_injected_for_one_answer() {
    let site = site().await;
    site.hub.faults().once(Route::Runs, Fault::LaggingSearch(3_600_000));
    assert_eq!(site.get("/actions/runs?event=push").await.json()["workflow_runs"].as_array().unwrap().len(), 0);
    assert_eq!(site.get("/actions/runs?event=push").await.json()["workflow_runs"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn too_many_at_once_meet_the_secondary_limit() {
    let site = site().await;
    site.hub.world(|world| world.behaviour.max_in_flight = 2);
    site.hub.faults().times(Route::Runs, Fault::Stall, 2);
    let stalled: Vec<_> =
        (0..2).map(|_| tokio::spawn(site.request(RUNS).timeout(Duration::from_secs(5)).send())).collect();
    while site.hub.peak_in_flight(fakehub::Listener::Api) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.get("/actions/workflows").await.status, 403);
    stalled.into_iter().for_each(|task| task.abort());
    assert!(site.hub.world(|world| world.token(TOKEN).unwrap().limited_until.is_some()));
}
