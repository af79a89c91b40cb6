//! Downloads: redirects, the blob store's manners, archives, logs.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Site, seen};
use fakehub::{ArtifactSpec, Content, DigestClaim, JobSpec, Listener, RunSpec};

struct Shelf {
    site: Site,
    run: i64,
    artifact: i64,
    bytes: Vec<u8>,
    url: String,
}

async fn shelf() -> Shelf {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let artifact = site.hub.world(|world| {
        world.add_artifact(run, ArtifactSpec::zip("größe report", [("index.html", "<h1>ok</h1>".repeat(50))]))
    });
    let bytes = site.hub.world(|world| world.artifact_bytes(artifact)).unwrap();
    let url = site.location(&format!("/actions/artifacts/{artifact}/zip")).await;
    Shelf { site, run, artifact, bytes, url }
}

#[tokio::test]
async fn an_artifact_comes_through_a_redirect_to_the_other_listener() {
    let shelf = shelf().await;
    let redirect = shelf.site.get(&format!("/actions/artifacts/{}/zip", shelf.artifact)).await;
    assert_eq!((redirect.status, redirect.header("content-type")), (302, Some("text/html;charset=utf-8")));
    assert!(
        redirect.body.is_empty()
            && redirect.header("x-ratelimit-remaining").is_some()
            && redirect.header("etag").is_none()
    );
    assert!(shelf.url.starts_with(&shelf.site.hub.blob_url()));
    let blob = shelf.site.blob(&shelf.url).await;
    assert_eq!(blob.status, 200);
    assert_eq!(blob.body, shelf.bytes);
    assert_eq!(blob.header("content-type"), Some("application/zip"));
    assert_eq!(
        blob.header("content-disposition"),
        Some("attachment; filename=\"gr__e report.zip\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20report.zip")
    );
    assert_eq!(blob.header("content-length"), Some(shelf.bytes.len().to_string().as_str()));
    assert_eq!(blob.header("accept-ranges"), Some("bytes"));
    let last = shelf.site.hub.requests().pop().unwrap();
    assert_eq!(
        (last.listener, last.had_authorization, last.bytes_sent, last.finished),
        (Listener::Blob, false, shelf.bytes.len() as u64, true)
    );
}

#[tokio::test]
async fn the_blob_store_refuses_credentials() {
    let shelf = shelf().await;
    let refused = seen(shelf.site.http.get(&shelf.url).bearer_auth("x")).await;
    assert_eq!((refused.status, refused.header("x-ms-error-code")), (400, Some("InvalidAuthenticationInfo")));
    assert!(refused.text().contains("<Code>InvalidAuthenticationInfo</Code>"));
    assert!(shelf.site.hub.requests().pop().unwrap().had_authorization);
}

#[tokio::test]
async fn a_signed_url_lives_ten_virtual_minutes() {
    let shelf = shelf().await;
    shelf.site.hub.world(|world| world.advance(599_000));
    assert_eq!(shelf.site.blob(&shelf.url).await.status, 200);
    shelf.site.hub.world(|world| world.advance(1_000));
    let late = shelf.site.blob(&shelf.url).await;
    assert_eq!((late.status, late.header("content-type")), (403, Some("application/xml")));
    assert!(late.text().contains("AuthenticationFailed"));
    assert_eq!(shelf.site.blob(&shelf.url.replace("sig=", "sig=0")).await.status, 403);
    let fresh = shelf.site.location(&format!("/actions/artifacts/{}/zip", shelf.artifact)).await;
    assert_eq!(shelf.site.blob(&fresh).await.status, 200);
}

#[tokio::test]
async fn ranges_resume_and_suffixes_are_ignored() {
    let shelf = shelf().await;
    let get = |range: &str| seen(shelf.site.http.get(&shelf.url).header("range", range));
    let len = shelf.bytes.len();
    let middle = get("bytes=10-19").await;
    assert_eq!((middle.status, &middle.body[..]), (206, &shelf.bytes[10..20]));
    assert_eq!(middle.header("content-range"), Some(format!("bytes 10-19/{len}").as_str()));
    let rest = get("bytes=100-").await;
    assert_eq!((rest.status, &rest.body[..]), (206, &shelf.bytes[100..]));
    assert_eq!(get("bytes=-10").await.status, 200);
    let beyond = get(&format!("bytes={len}-")).await;
    assert_eq!((beyond.status, beyond.header("x-ms-error-code")), (416, Some("InvalidRange")));
    shelf.site.hub.world(|world| world.behaviour.suffix_ranges_ignored = false);
    assert_eq!(get("bytes=-10").await.body, shelf.bytes[len - 10..]);
}

#[tokio::test]
async fn a_conditional_resume_fails_when_the_blob_is_another() {
    let shelf = shelf().await;
    let tag = shelf.site.blob(&shelf.url).await.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("\"0x8D"));
    let resume = |tag: &str| seen(shelf.site.http.get(&shelf.url).header("range", "bytes=5-").header("if-match", tag));
    assert_eq!(resume(&tag).await.status, 206);
    assert_eq!(resume("\"0x8DOTHER\"").await.status, 412);
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    let shelf = shelf().await;
    let head = seen(shelf.site.http.head(&shelf.url)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(shelf.bytes.len().to_string().as_str()));
}

#[tokio::test]
async fn the_blob_path_holds_the_hash_of_the_name_and_the_guid_of_the_job() {
    let shelf = shelf().await;
    let (job, artifact) = shelf.site.hub.world(|world| {
        let job = world.job_ids(shelf.run, 1)[0];
        (job, world.add_artifact(shelf.run, ArtifactSpec::zip("report", [("a", "b")]).job(job)))
    });
    let blob = shelf.site.location(&format!("/actions/artifacts/{artifact}/zip")).await;
    let log = shelf.site.location(&format!("/actions/jobs/{job}/logs")).await;
    let guid = |url: &str| url.split("workflow-job-run-").nth(1).unwrap()[..36].to_owned();
    assert_eq!(guid(&blob), guid(&log));
    assert!(blob.contains(&format!("/artifacts/{}.zip", sha256("report"))));
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(text.as_bytes()))
}

#[tokio::test]
async fn the_listing_tells_size_and_digest_as_scripted() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let add = |spec: ArtifactSpec| site.hub.world(|world| world.add_artifact(run, spec));
    let right = add(ArtifactSpec::bytes("right", "hello"));
    let absent = add(ArtifactSpec::bytes("absent", "hello").digest(DigestClaim::Absent));
    let wrong = add(ArtifactSpec::bytes("wrong", "hello").digest(DigestClaim::Wrong).claimed_size(7));
    let list = site.get(&format!("/actions/runs/{run}/artifacts")).await.json();
    let list = list["artifacts"].as_array().unwrap();
    assert_eq!(list.iter().map(|item| item["id"].as_i64().unwrap()).collect::<Vec<_>>(), [wrong, absent, right]);
    assert_eq!(list[2]["digest"], format!("sha256:{}", sha256("hello")));
    assert_eq!((&list[2]["size_in_bytes"], &list[2]["expires_at"]), (&5.into(), &"2026-05-31T09:00:00Z".into()));
    assert!(list[1].get("digest").is_none());
    assert_ne!(list[0]["digest"], list[2]["digest"]);
    assert_eq!(list[0]["size_in_bytes"], 7);
    assert_eq!(list[0]["workflow_run"]["id"], run);
    let whole = site.get("/actions/artifacts?name=right").await.json();
    assert_eq!((&whole["total_count"], &whole["artifacts"][0]["id"]), (&1.into(), &right.into()));
    let ascending = site.get(&format!("/actions/runs/{run}/artifacts?direction=asc")).await.json();
    assert_eq!(ascending["artifacts"][0]["id"], right);
}

#[tokio::test]
async fn a_raw_artifact_keeps_its_name_and_type() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let id = site.hub.world(|world| world.add_artifact(run, ArtifactSpec::raw("plan.json", "application/json", "{}")));
    let url = site.location(&format!("/actions/artifacts/{id}/zip")).await;
    assert!(!url.split('?').next().unwrap().ends_with(".zip"));
    let blob = site.blob(&url).await;
    assert_eq!((blob.header("content-type"), blob.text().as_str()), (Some("application/json"), "{}"));
    assert_eq!(
        blob.header("content-disposition"),
        Some("attachment; filename=\"plan.json\"; filename*=UTF-8''plan.json")
    );
    let empty = site.hub.world(|world| world.add_artifact(run, ArtifactSpec::raw("empty.txt", "text/plain", "")));
    let blob = site.blob(&site.location(&format!("/actions/artifacts/{empty}/zip")).await).await;
    assert_eq!((blob.status, blob.header("content-length"), blob.body.len()), (200, Some("0"), 0));
}

#[tokio::test]
async fn expired_lost_deleted_and_replaced_are_told_apart() {
    let shelf = shelf().await;
    let path = format!("/actions/artifacts/{}/zip", shelf.artifact);
    shelf.site.hub.world(|world| world.artifact_mut(shelf.artifact).unwrap().lost = true);
    let lost = shelf.site.blob(&shelf.url).await;
    assert_eq!((lost.status, lost.header("x-ms-error-code")), (404, Some("BlobNotFound")));
    shelf.site.hub.world(|world| world.artifact_mut(shelf.artifact).unwrap().lost = false);
    let replacement =
        shelf.site.hub.world(|world| world.replace_artifact(shelf.artifact, Content::Bytes(b"new".to_vec())));
    assert!(replacement > shelf.artifact);
    assert_eq!(shelf.site.get(&path).await.status, 404);
    let path = format!("/actions/artifacts/{replacement}/zip");
    shelf.site.hub.world(|world| world.expire_artifact(replacement));
    let expired = shelf.site.get(&path).await;
    assert_eq!((expired.status, expired.json()["message"].as_str()), (410, Some("Artifact has expired")));
    assert_eq!(shelf.site.get(&format!("/actions/artifacts/{replacement}")).await.json()["expired"], true);
    assert_eq!(
        seen(
            shelf
                .site
                .request(&format!("/actions/artifacts/{}/zip", shelf.artifact))
                .header("accept", "application/zip")
        )
        .await
        .status,
        404
    );
}

#[tokio::test]
async fn asking_the_api_for_a_zip_is_a_mistake() {
    let shelf = shelf().await;
    let url = format!("{}/repos/acme/shop/actions/artifacts/{}/zip", shelf.site.hub.api_url(), shelf.artifact);
    let answer = seen(
        shelf
            .site
            .http
            .get(url)
            .header("user-agent", "t")
            .bearer_auth(fakehub::TOKEN)
            .header("accept", "application/zip"),
    )
    .await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn gigabytes_are_served_from_a_seed() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let size = 96 << 20;
    let id = site
        .hub
        .world(|world| world.add_artifact(run, ArtifactSpec::new("big", Content::Generated { bytes: size, seed: 5 })));
    let listed = site.get(&format!("/actions/artifacts/{id}")).await.json();
    let blob = site.blob(&site.location(&format!("/actions/artifacts/{id}/zip")).await).await;
    assert_eq!(listed["size_in_bytes"].as_u64(), Some(blob.body.len() as u64));
    assert!(blob.body.len() as u64 > size && (blob.body.len() as u64) < size + 200);
    use sha2::Digest;
    assert_eq!(listed["digest"], format!("sha256:{}", hex::encode(sha2::Sha256::digest(&blob.body))));
}

#[tokio::test]
async fn logs_carry_a_mark_at_the_start_and_after_every_two_mebibytes() {
    let site = Site::start().await;
    let run = site.add_run(
        RunSpec::default()
            .jobs(vec![JobSpec::named("long").log("2026-03-02T09:00:00.0000000Z some line\n".repeat(140_000))]),
    );
    let job = site.hub.world(|world| world.job_ids(run, 1)[0]);
    let log = site.blob(&site.location(&format!("/actions/jobs/{job}/logs")).await).await;
    assert_eq!((log.status, log.header("content-type")), (200, Some("text/plain")));
    let marks: Vec<usize> =
        log.body.windows(3).enumerate().filter(|(_, bytes)| bytes == b"\xef\xbb\xbf").map(|(at, _)| at).collect();
    assert_eq!(marks.len(), 3);
    assert_eq!(marks[0], 0);
    assert!(marks[1] > 2 << 20 && marks[1] < (2 << 20) + 100 && log.body[marks[1] - 1] == b'\n');
    assert_eq!(site.hub.world(|world| world.job_log(job)), Some(log.body));
    site.hub.world(|world| world.behaviour.crlf_logs = true);
    let windows = site.blob(&site.location(&format!("/actions/jobs/{job}/logs")).await).await;
    assert!(windows.body.windows(2).filter(|bytes| bytes == b"\r\n").count() == 140_000);
}

#[tokio::test]
async fn jobs_without_a_log_redirect_to_nothing() {
    let site = Site::start().await;
    let running = site.add_run(RunSpec::in_progress());
    let other = site.add_run(RunSpec::default().jobs(vec![
        JobSpec::skipped("deploy"),
        JobSpec::named("lost").without_log(),
        JobSpec::named("kept"),
    ]));
    let jobs = site.hub.world(|world| [world.job_ids(running, 1), world.job_ids(other, 1)].concat());
    for job in &jobs[..3] {
        let log = site.blob(&site.location(&format!("/actions/jobs/{job}/logs")).await).await;
        assert_eq!((log.status, log.header("content-type")), (404, Some("application/xml")));
        assert!(log.text().contains("<Code>BlobNotFound</Code>"));
    }
    let kept = site.blob(&site.location(&format!("/actions/jobs/{}/logs", jobs[3])).await).await;
    assert_eq!(kept.status, 200);
    assert!(kept.text().contains("##[group]"));
    let unknown = site.get("/actions/jobs/1/logs").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, Some("application/json; charset=utf-8")));
}

#[tokio::test]
async fn downloads_in_flight_are_counted_until_their_last_byte() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let id = site.hub.world(|world| {
        world.add_artifact(run, ArtifactSpec::new("big", Content::Generated { bytes: 32 << 20, seed: 1 }))
    });
    let url = site.location(&format!("/actions/artifacts/{id}/zip")).await;
    let (first, second) = (site.http.get(&url).send().await.unwrap(), site.http.get(&url).send().await.unwrap());
    assert_eq!(site.hub.peak_in_flight(Listener::Blob), 2);
    drop((first.bytes().await.unwrap(), second.bytes().await.unwrap()));
    site.hub.clear_requests();
    site.blob(&url).await;
    assert_eq!(site.hub.peak_in_flight(Listener::Blob), 1);
}
