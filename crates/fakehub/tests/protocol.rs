//! The protocol around the answers: identity, tags, pages, redirects, limits.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Site, seen};
use fakehub::{ArtifactSpec, RunSpec};

#[tokio::test]
async fn a_request_without_user_agent_is_refused() {
    let site = Site::start().await;
    let answer = seen(site.http.get(format!("{}/rate_limit", site.hub.api_url()))).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("User-Agent"));
}

#[tokio::test]
async fn an_unchanged_list_answers_304_for_free_and_without_link() {
    let site = Site::start().await;
    for _ in 0..3 {
        site.add_run(RunSpec::default());
    }
    let first = site.get("/actions/runs?per_page=2").await;
    assert_eq!(first.status, 200);
    assert!(first.header("link").is_some());
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("W/\""));
    let again = seen(site.request("/actions/runs?per_page=2").header("if-none-match", &tag)).await;
    assert_eq!(again.status, 304);
    assert_eq!(again.header("etag"), tag.strip_prefix("W/"));
    assert_eq!(again.header("link"), None);
    assert!(again.body.is_empty());
    assert_eq!(again.header("x-ratelimit-remaining"), first.header("x-ratelimit-remaining"));
    let requests = site.hub.requests();
    assert!(requests[0].counted && !requests[1].counted);
    assert_eq!(requests[1].if_none_match.as_deref(), Some(tag.as_str()));
}

#[tokio::test]
async fn an_artifact_comes_through_a_redirect_to_the_other_listener() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let artifact = site.hub.world(|world| world.add_artifact(run, ArtifactSpec::zip("report", [("index.html", "<h1>ok</h1>")])));
    let url = site.location(&format!("/actions/artifacts/{artifact}/zip")).await;
    assert!(url.starts_with(&site.hub.blob_url()));
    let blob = site.blob(&url).await;
    assert_eq!(blob.status, 200);
    assert_eq!(Some(blob.body), site.hub.world(|world| world.artifact_bytes(artifact)));
}
