//! The GitHub client against a pretend GitHub: paging, conditions, redirects, limits, faults and
//! downloads, as a caller sees them.

#![allow(clippy::unwrap_used)]

use fakehub::{
    ArtifactSpec, BodyKind, DigestClaim, FakeHub, Fault, JobSpec, LimitForm, Listener, Request, Route, Rule, RunSpec,
    TOKEN, World,
};
use greenroom::clock::Clock;
use greenroom::forge::{Answer, At, Download, Forge, ForgeError, ForgeOptions, One, Page, RepoRef, RunFilter};
use greenroom::model::secret::Secret;
use greenroom::model::{Millis, upstream};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::time::Duration;
use tempfile::NamedTempFile;

const NO_CAP: u64 = u64::MAX;

/// A world with one repository and workflow, its pretend GitHub, and a client of it.
struct Stage {
    hub: FakeHub,
    forge: Forge,
    clock: Clock,
    repository: RepoRef,
    workflow: i64,
}

impl Stage {
    async fn new() -> Stage {
        let mut world = World::new(7);
        let id = world.add_repository("octo", "app");
        let workflow = world.add_workflow(id, "CI", ".github/workflows/ci.yml");
        let clock = Clock::manual(Millis(world.now()));
        let hub = FakeHub::start(world).await.unwrap();
        let forge = client(&hub, TOKEN, &clock);
        Stage { hub, forge, clock, repository: RepoRef { id, owner: "octo".into(), name: "app".into() }, workflow }
    }

    async fn with_runs(count: i64) -> Stage {
        let stage = Stage::new().await;
        stage.hub.world(|world| {
            let now = world.now();
            for n in 0..count {
                world.add_run(stage.workflow, RunSpec::completed("success").created_at(now - n * 1000));
            }
        });
        stage
    }

    /// A stage with one run that has one artifact.
    async fn with_artifact(artifact: ArtifactSpec) -> (Stage, i64) {
        let stage = Stage::with_runs(1).await;
        let id = stage.hub.world(|world| {
            let run = world.run_ids(stage.repository.id)[0];
            world.add_artifact(run, artifact)
        });
        (stage, id)
    }

    fn advance(&self, ms: i64) {
        self.clock.advance(ms);
        self.hub.world(|world| world.advance(ms));
    }

    async fn runs(&self, at: At) -> Result<Page<upstream::Run>, ForgeError> {
        self.forge.runs(&self.repository, RunFilter::All, at, None).await.map(fresh)
    }

    async fn download(&self, artifact: i64, cap: u64) -> Result<Download, ForgeError> {
        let digest =
            self.hub.world(|world| world.artifact_bytes(artifact)).map(|bytes| hex::encode(Sha256::digest(bytes)));
        self.forge
            .download_artifact(&self.repository, artifact, NamedTempFile::new().unwrap(), cap, digest.as_deref())
            .await
    }

    fn requests(&self, listener: Listener) -> Vec<Request> {
        self.hub.requests().into_iter().filter(|request| request.listener == listener).collect()
    }

    fn count(&self, route: Route) -> usize {
        self.hub.requests().iter().filter(|request| request.route == route).count()
    }
}

fn client(hub: &FakeHub, token: &str, clock: &Clock) -> Forge {
    let options = ForgeOptions::new(hub.api_url(), Secret::new(token), clock.clone());
    Forge::new(ForgeOptions { backoff_base: Duration::from_millis(1), timeout: Duration::from_millis(1500), ..options })
        .unwrap()
}

fn fresh<T>(answer: Answer<T>) -> T {
    match answer {
        Answer::Fresh(value) => value,
        Answer::NotModified => panic!("nothing was asked conditionally"),
    }
}

fn content(download: &Download) -> Vec<u8> {
    std::fs::read(download.file.path()).unwrap()
}

fn noise(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(6_364_136_223_846_793_005) >> 33) as u8).collect()
}

fn limited<T: std::fmt::Debug>(result: Result<T, ForgeError>) -> Millis {
    match result {
        Err(ForgeError::Limited { until }) => until,
        other => panic!("not limited: {other:?}"),
    }
}

#[tokio::test]
async fn a_list_is_walked_to_its_end() {
    let stage = Stage::with_runs(250).await;
    let mut at = At::First;
    let mut pages = Vec::new();
    loop {
        let page = stage.runs(at).await.unwrap();
        assert_eq!((page.total, page.skipped.len()), (250, 0));
        let next = page.next.clone();
        pages.push(page);
        match next {
            Some(next) => at = At::Next(next),
            None => break,
        }
    }
    assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [100, 100, 50]);
    let ids: BTreeSet<i64> = pages.iter().flat_map(|page| &page.items).map(|run| run.id).collect();
    assert_eq!(ids, stage.hub.world(|world| world.run_ids(stage.repository.id)).into_iter().collect());
    assert_eq!(stage.runs(At::Page(2)).await.unwrap().items, pages[1].items);
    assert_eq!(stage.forge.requests_sent(), 4);
}

#[tokio::test]
async fn what_has_not_changed_is_free() {
    let stage = Stage::with_runs(150).await;
    let first = stage.runs(At::First).await.unwrap();
    let next = At::Next(first.next.unwrap());
    let second = stage.runs(next.clone()).await.unwrap();
    let remaining = stage.forge.rate_limit().remaining;
    let ask = |at, etag: Option<String>| {
        let (forge, repository) = (stage.forge.clone(), stage.repository.clone());
        async move { forge.runs(&repository, RunFilter::All, at, etag.as_deref()).await.unwrap() }
    };
    assert_eq!(ask(At::First, first.etag.clone()).await, Answer::NotModified);
    assert_eq!(ask(next.clone(), second.etag.clone()).await, Answer::NotModified);
    assert_eq!(stage.forge.rate_limit().remaining, remaining);

    let id = second.items[0].id;
    let One { item, etag } = fresh(stage.forge.run(&stage.repository, id, None).await.unwrap());
    assert_eq!(stage.forge.run(&stage.repository, id, etag.as_deref()).await, Ok(Answer::NotModified));
    stage.hub.world(|world| {
        world.advance(1000);
        world.rerun(id)
    });
    let again = fresh(stage.forge.run(&stage.repository, id, etag.as_deref()).await.unwrap());
    assert_eq!((item.attempt, again.item.attempt), (1, 2));
    assert_eq!(ask(At::First, first.etag.clone()).await, Answer::NotModified, "a re-run stays where it is in the list");
    assert!(matches!(ask(next, second.etag.clone()).await, Answer::Fresh(_)));
}

#[tokio::test]
async fn an_etag_is_only_good_for_its_token() {
    let stage = Stage::with_runs(1).await;
    stage.hub.world(|world| world.add_token("ghp_other"));
    let other = client(&stage.hub, "ghp_other", &stage.clock);
    let etag = stage.runs(At::First).await.unwrap().etag;
    let answer = other.runs(&stage.repository, RunFilter::All, At::First, etag.as_deref()).await.unwrap();
    assert!(matches!(answer, Answer::Fresh(_)));
    assert_ne!(other.token_fingerprint(), stage.forge.token_fingerprint());
}

#[tokio::test]
async fn every_endpoint_answers_with_the_models_nouns() {
    let (stage, artifact) = Stage::with_artifact(ArtifactSpec::zip("report", [("a.txt", "hello")])).await;
    let run = stage.hub.world(|world| {
        let started = world.now();
        let spec = RunSpec::completed("failure")
            .title("Break it")
            .branch("topic")
            .pull_requests(vec![4])
            .jobs(vec![JobSpec::named("build (linux)").steps(["Checkout", "Test"])]);
        let run = world.add_run(stage.workflow, spec.earlier_attempt("failure", started - 600_000, 60_000));
        world.add_artifact(run, ArtifactSpec::raw("notes.txt", "text/plain", "hi"));
        run
    });
    let (forge, repository) = (&stage.forge, &stage.repository);

    let found = forge.repository("octo", "app").await.unwrap();
    assert_eq!((found.id, found.owner.as_str(), found.name.as_str()), (repository.id, "octo", "app"));
    let workflows = fresh(forge.workflows(repository, At::First, None).await.unwrap());
    assert_eq!(workflows.items, [forge.workflow(repository, stage.workflow).await.unwrap()]);
    assert_eq!((workflows.items[0].name.as_str(), workflows.items[0].state.as_str()), ("CI", "active"));
    let seen = fresh(forge.run(repository, run, None).await.unwrap()).item;
    assert_eq!((seen.title.as_str(), seen.branch.as_str(), seen.attempt, seen.fork), ("Break it", "topic", 2, false));
    assert_eq!((seen.conclusion.as_deref(), seen.pull_requests.as_slice()), (Some("failure"), &[4][..]));
    let first = forge.attempt(repository, run, 1).await.unwrap();
    assert_eq!((first.run_id, first.attempt, first.conclusion.as_deref()), (run, 1, Some("failure")));
    assert!(first.started_at < seen.started_at);
    assert_eq!(forge.attempt(repository, run, 9).await, Err(ForgeError::NotFound));
    let jobs = fresh(forge.jobs(repository, run, At::First, None).await.unwrap()).items;
    assert_eq!(
        jobs.iter().filter_map(|job| job.attempt).collect::<BTreeSet<_>>(),
        BTreeSet::from([1, 2]),
        "jobs of all attempts"
    );
    assert!(jobs.iter().all(|job| job.run_id == run && job.name == "build (linux)" && !job.steps.is_empty()));
    let artifacts = fresh(forge.artifacts(repository, At::First, None).await.unwrap()).items;
    assert_eq!(artifacts.len(), 2);
    assert!(artifacts[0].id > artifacts[1].id && artifacts[1].id == artifact);
    let of_run = fresh(forge.run_artifacts(repository, run, At::First, None).await.unwrap()).items;
    assert_eq!(of_run, [artifacts[0].clone()]);
    assert_eq!((of_run[0].run_id, of_run[0].name.as_str(), of_run[0].size_bytes), (Some(run), "notes.txt", 2));
    assert_eq!(of_run[0].digest.as_deref(), Some(format!("sha256:{}", hex::encode(Sha256::digest("hi"))).as_str()));

    let failures = fresh(forge.runs(repository, RunFilter::Status("failure"), At::First, None).await.unwrap()).items;
    assert_eq!(failures, std::slice::from_ref(&seen));
    let created = RunFilter::Created { from: seen.created_at, to: seen.created_at };
    let then = fresh(forge.runs(repository, created, At::First, None).await.unwrap()).items;
    assert!(then.contains(&seen));
    let long_ago = RunFilter::Created { from: Millis(0), to: Millis(1_000_000) };
    assert_eq!(fresh(forge.runs(repository, long_ago, At::First, None).await.unwrap()).items, []);
}

#[tokio::test]
async fn g11_a_renamed_repository_is_found_under_its_old_name() {
    let stage = Stage::with_runs(150).await;
    stage.hub.world(|world| world.rename_repository(stage.repository.id, "octo", "shop"));
    let renamed = stage.forge.repository("octo", "app").await.unwrap();
    assert_eq!((renamed.id, renamed.name.as_str()), (stage.repository.id, "shop"));
    let page = stage.runs(At::First).await.unwrap();
    assert_eq!((page.items.len(), stage.runs(At::Next(page.next.unwrap())).await.unwrap().items.len()), (100, 50));
    assert!(stage.requests(Listener::Api).iter().all(|request| request.had_authorization));
}

#[tokio::test]
async fn g2_redirects_on_the_own_host_are_followed_and_circles_are_not() {
    let stage = Stage::with_runs(3).await;
    stage.hub.faults().once(Route::Runs, Fault::Redirect307);
    assert_eq!(stage.runs(At::First).await.unwrap().items.len(), 3);
    stage.hub.clear_requests();
    stage.hub.faults().always(Route::Runs, Fault::RedirectLoop);
    assert!(matches!(stage.runs(At::First).await, Err(ForgeError::Invalid { .. })));
    assert!(stage.hub.requests().len() <= 6, "{}", stage.hub.requests().len());
}

#[tokio::test]
async fn g1_the_token_goes_to_the_api_and_nowhere_else() {
    let (stage, artifact) = Stage::with_artifact(ArtifactSpec::zip("report", [("a.txt", "hello")])).await;
    let job = stage.hub.world(|world| {
        let run = world
            .add_run(stage.workflow, RunSpec::completed("success").jobs(vec![JobSpec::named("build").log("hello\n")]));
        world.job_ids(run, 1)[0]
    });
    stage.download(artifact, NO_CAP).await.unwrap();
    stage.forge.download_log(&stage.repository, job, NamedTempFile::new().unwrap(), NO_CAP).await.unwrap();
    let (api, blob) = (stage.requests(Listener::Api), stage.requests(Listener::Blob));
    assert_eq!((api.len(), blob.len()), (2, 2));
    assert!(
        api.iter().all(
            |request| request.had_authorization && request.user_agent.as_deref().unwrap().starts_with("greenroom/")
        )
    );
    assert!(blob.iter().all(|request| !request.had_authorization && request.status == 200));
}

#[tokio::test]
async fn g9_no_request_is_sent_inside_a_limit_window() {
    use LimitForm::{Abuse, Current, HttpDate, LimitedBy, Throttled};
    let secondary = |retry_after, status, form| Fault::SecondaryLimit { retry_after, status, form };
    for (fault, seconds) in [
        (secondary(Some(30), 403, Current), 30),
        (secondary(Some(30), 429, Current), 30),
        (secondary(Some(45), 403, HttpDate), 45),
        (secondary(None, 403, Current), 60),
        (secondary(None, 429, Current), 60),
        (secondary(None, 403, Abuse), 60),
        (secondary(None, 403, LimitedBy), 60),
        (secondary(None, 403, Throttled), 60),
        (Fault::PrimaryLimit, 3601),
    ] {
        let (stage, artifact) = Stage::with_artifact(ArtifactSpec::zip("a", [("a", "a")])).await;
        stage.hub.faults().once(Route::Runs, fault);
        let until = limited(stage.runs(At::First).await);
        assert_eq!(until.since(stage.clock.now()), seconds * 1000, "{fault:?}");
        assert_eq!(stage.forge.rate_limit().limited_until, Some(until));
        stage.advance(seconds * 1000 - 1);
        stage.hub.clear_requests();
        assert_eq!(limited(stage.runs(At::First).await), until);
        assert_eq!(limited(stage.download(artifact, NO_CAP).await), until);
        assert_eq!(stage.hub.requests().len(), 0, "{fault:?}");
        stage.advance(1);
        assert_eq!(stage.runs(At::First).await.unwrap().items.len(), 1, "{fault:?}");
        assert_eq!(stage.forge.rate_limit().limited_until, None);
        assert_eq!(stage.hub.world(|world| world.violations()), 0, "{fault:?}");
    }
}

#[tokio::test]
async fn the_hours_last_request_is_not_overdrawn() {
    let stage = Stage::with_runs(1).await;
    stage.hub.world(|world| {
        let reset_at = world.now() + 600_000;
        world.set_quota(5000, 2, reset_at);
    });
    assert!(stage.runs(At::First).await.is_ok());
    assert!(stage.runs(At::First).await.is_ok());
    assert_eq!(limited(stage.runs(At::First).await).since(stage.clock.now()), 601_000);
    assert_eq!(stage.forge.requests_sent(), 2);
    stage.advance(601_000);
    assert!(stage.runs(At::First).await.is_ok());
    assert_eq!(stage.hub.world(|world| world.violations()), 0);
}

#[tokio::test]
async fn g10_a_server_whose_clock_differs_is_waited_for_as_long_as_it_says() {
    let stage = Stage::with_runs(1).await;
    for _ in 0..2 {
        stage.clock.advance(7 * 60_000);
    }
    stage.hub.faults().once(Route::Runs, Fault::PrimaryLimit);
    assert_eq!(limited(stage.runs(At::First).await).since(stage.clock.now()), 3_601_000);
}

#[tokio::test]
async fn a_server_without_limits_has_none() {
    let stage = Stage::with_runs(1).await;
    stage.hub.world(|world| world.behaviour.rate_limits = false);
    assert!(stage.runs(At::First).await.is_ok());
    let rate = stage.forge.rate_limit();
    assert_eq!((rate.limit, rate.remaining, rate.limited_until), (None, None, None));
}

#[tokio::test]
async fn faults_that_pass_are_retried_within_the_call() {
    for fault in [
        Fault::Status(500, BodyKind::Json),
        Fault::Status(502, BodyKind::Json),
        Fault::Status(503, BodyKind::Html),
        Fault::Status(504, BodyKind::Empty),
        Fault::Reset,
        Fault::ResetAt(40),
        Fault::Truncate(40),
        Fault::TruncatedGzip,
        Fault::NonJson200,
        Fault::Stall,
        Fault::StallAt(40),
    ] {
        let stage = Stage::with_runs(20).await;
        stage.hub.faults().times(Route::Runs, fault, 2);
        let page = stage.runs(At::First).await;
        assert_eq!(page.map(|page| page.items.len()), Ok(20), "{fault:?}");
        assert_eq!(stage.hub.requests().len(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn faults_that_stay_are_given_up_after_five_tries() {
    for fault in [Fault::Status(503, BodyKind::Html), Fault::Reset, Fault::Truncate(40), Fault::NonJson200] {
        let stage = Stage::with_runs(20).await;
        let run = stage.runs(At::First).await.unwrap().items[0].id;
        stage.hub.clear_requests();
        stage.hub.faults().always(Route::Run, fault);
        let result = stage.forge.run(&stage.repository, run, None).await;
        assert!(matches!(result, Err(ForgeError::Transient { .. })), "{fault:?}: {result:?}");
        assert_eq!(stage.hub.requests().len(), 5, "{fault:?}");
    }
}

#[tokio::test]
async fn a_list_too_long_for_github_is_walked_in_smaller_pages() {
    let stage = Stage::with_runs(120).await;
    stage.hub.world(|world| world.behaviour.large_pages_fail = true);
    let first = stage.runs(At::First).await.unwrap();
    assert_eq!((first.items.len(), first.total, &first.etag), (50, 120, &None));
    let second = stage.runs(At::Next(first.next.unwrap())).await.unwrap();
    let third = stage.runs(At::Next(second.next.unwrap())).await.unwrap();
    assert_eq!((second.items.len(), third.items.len(), third.next), (50, 20, None));
    let ids: BTreeSet<i64> = [first.items, second.items, third.items].concat().iter().map(|run| run.id).collect();
    assert_eq!(ids.len(), 120);
}

#[tokio::test]
async fn g8_refusals_have_their_kind_and_are_not_retried() {
    let stage = Stage::with_runs(150).await;
    stage.hub.world(|world| world.behaviour.listing_cap = 100);
    assert_eq!(stage.runs(At::Page(3)).await.map(drop), Err(ForgeError::PageLimit));
    assert_eq!(stage.forge.run(&stage.repository, 1, None).await.map(drop), Err(ForgeError::NotFound));
    assert_eq!(stage.forge.repository("octo", "none").await.map(drop), Err(ForgeError::NotFound));
    stage.hub.world(|world| world.token_mut(TOKEN).unwrap().can_read_actions = false);
    match stage.runs(At::First).await {
        Err(ForgeError::Forbidden { detail }) => assert!(detail.contains("actions=read"), "{detail}"),
        other => panic!("{other:?}"),
    }
    stage.hub.world(|world| world.revoke_token(TOKEN));
    assert_eq!(stage.runs(At::First).await.map(drop), Err(ForgeError::Unauthorized));
    assert_eq!(stage.hub.requests().len(), 5);
}

#[tokio::test]
async fn g5_odd_answers_cost_no_item() {
    for fault in [
        Fault::UnknownEnumValues,
        Fault::ExtraFields,
        Fault::NullEverywhereNullable,
        Fault::AbsentOptional,
        Fault::OffsetTimestamps,
    ] {
        let stage = Stage::new().await;
        let run = stage.hub.world(|world| {
            let run = world.add_run(
                stage.workflow,
                RunSpec::completed("success").jobs(vec![JobSpec::named("build").steps(["Test"])]),
            );
            world.add_artifact(run, ArtifactSpec::zip("a", [("a", "a")]));
            run
        });
        let (forge, repository) = (&stage.forge, &stage.repository);
        let created_at = fresh(forge.run(repository, run, None).await.unwrap()).item.created_at;
        stage.hub.faults().always(Route::Any, fault);
        let runs = stage.runs(At::First).await.unwrap();
        assert_eq!((runs.items[0].id, runs.items[0].created_at, runs.skipped), (run, created_at, vec![]), "{fault:?}");
        let jobs = fresh(forge.jobs(repository, run, At::First, None).await.unwrap());
        assert_eq!((jobs.items.len(), jobs.skipped), (1, vec![]), "{fault:?}");
        assert_eq!(jobs.items[0].steps.is_empty(), fault == Fault::AbsentOptional, "{fault:?}");
        let artifacts = fresh(forge.artifacts(repository, At::First, None).await.unwrap());
        assert_eq!((artifacts.items.len(), artifacts.skipped), (1, vec![]), "{fault:?}");
        let workflows = fresh(forge.workflows(repository, At::First, None).await.unwrap());
        assert_eq!((workflows.items.len(), workflows.skipped), (1, vec![]), "{fault:?}");
        assert!(forge.attempt(repository, run, 1).await.is_ok(), "{fault:?}");
        if fault == Fault::UnknownEnumValues {
            assert_ne!(runs.items[0].conclusion.as_deref(), Some("success"));
            assert!(runs.items[0].conclusion.is_some() && !runs.items[0].status.is_empty());
        }
    }
}

#[tokio::test]
async fn at_most_four_requests_are_in_flight() {
    let stage = Stage::with_runs(1).await;
    let run = stage.hub.world(|world| world.run_ids(stage.repository.id)[0]);
    stage.hub.faults().always(Route::Run, Fault::SlowMs(20));
    let calls = (0..24).map(|_| stage.forge.run(&stage.repository, run, None));
    let results = futures::future::join_all(calls).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(stage.hub.peak_in_flight(Listener::Api), 4);
}

#[tokio::test]
async fn archives_and_single_files_are_told_apart() {
    let (stage, zip) = Stage::with_artifact(ArtifactSpec::zip("report", [("a.txt", "hello")])).await;
    let raw = stage.hub.world(|world| {
        let run = world.run_ids(stage.repository.id)[0];
        world.add_artifact(run, ArtifactSpec::raw("naïve notes.html", "text/html; charset=utf-8", "<p>hi</p>"))
    });
    let archive = stage.download(zip, NO_CAP).await.unwrap();
    assert!(archive.is_zip && archive.media_type == "application/zip");
    assert_eq!(archive.file_name.as_deref(), Some("report.zip"));
    assert_eq!(content(&archive), stage.hub.world(|world| world.artifact_bytes(zip)).unwrap());
    assert_eq!(archive.bytes, content(&archive).len() as u64);
    assert_eq!(archive.sha256, hex::encode(Sha256::digest(content(&archive))));
    let single = stage.download(raw, NO_CAP).await.unwrap();
    assert!(!single.is_zip);
    assert_eq!((single.media_type.as_str(), single.file_name.as_deref()), ("text/html", Some("naïve notes.html")));
    assert_eq!(content(&single), b"<p>hi</p>");
}

#[tokio::test]
async fn an_empty_file_is_content_too() {
    let (stage, id) = Stage::with_artifact(ArtifactSpec::raw("empty.txt", "text/plain", "")).await;
    let download = stage.download(id, NO_CAP).await.unwrap();
    assert_eq!((download.bytes, content(&download).len(), download.is_zip), (0, 0, false));
}

#[tokio::test]
async fn g7_a_broken_transfer_goes_on_where_it_stopped() {
    let bytes = noise(3_000_000);
    let (stage, id) = Stage::with_artifact(ArtifactSpec::raw("video.webm", "video/webm", bytes.clone())).await;
    for fault in [Fault::ResetAt(1_000_000), Fault::Truncate(1_000_000), Fault::StallAt(1_000_000)] {
        stage.hub.clear_requests();
        stage.hub.faults().clear();
        stage.hub.faults().times(Route::Blob, fault, 2);
        let download = stage.download(id, NO_CAP).await.unwrap();
        assert!(content(&download) == bytes, "{fault:?}");
        assert_eq!(stage.count(Route::ArtifactZip), 1, "{fault:?}");
        let blob = stage.requests(Listener::Blob);
        let resumed: Vec<bool> = blob.iter().map(|request| request.range.is_some()).collect();
        assert_eq!(resumed, [false, true, true], "{fault:?}");
        assert_eq!(blob.iter().map(|request| request.status).collect::<Vec<_>>(), [200, 206, 206], "{fault:?}");
    }
}

#[tokio::test]
async fn g7_a_transfer_that_always_breaks_is_given_up() {
    let (stage, id) =
        Stage::with_artifact(ArtifactSpec::raw("a.bin", "application/octet-stream", noise(100_000))).await;
    stage.hub.faults().always(Route::Blob, Fault::Reset);
    assert!(matches!(stage.download(id, NO_CAP).await, Err(ForgeError::Transient { .. })));
    assert_eq!(stage.count(Route::Blob), 5);
}

#[tokio::test]
async fn an_expired_address_is_asked_for_anew_and_the_transfer_goes_on() {
    let bytes = noise(2_000_000);
    let (stage, id) = Stage::with_artifact(ArtifactSpec::raw("video.webm", "video/webm", bytes.clone())).await;
    stage.hub.faults().once(Route::Blob, Fault::ResetAt(500_000));
    stage.hub.faults().once(Route::Blob, Fault::Status(403, BodyKind::Html));
    let download = stage.download(id, NO_CAP).await.unwrap();
    assert!(content(&download) == bytes);
    assert_eq!(stage.count(Route::ArtifactZip), 2);
    assert_eq!(
        stage.requests(Listener::Blob).iter().map(|request| request.status).collect::<Vec<_>>(),
        [200, 403, 206]
    );

    stage.hub.world(|world| world.behaviour.signed_url_ms = -1);
    let error = stage.download(id, NO_CAP).await.unwrap_err();
    assert!(matches!(error, ForgeError::Transient { .. }), "{error:?}");
}

#[tokio::test]
async fn content_above_the_cap_is_not_downloaded() {
    let (stage, id) =
        Stage::with_artifact(ArtifactSpec::raw("big.bin", "application/octet-stream", noise(20_000_000))).await;
    assert_eq!(
        stage.download(id, 19_999_999).await.map(drop),
        Err(ForgeError::TooLarge { bytes: 20_000_000, cap: 19_999_999 })
    );
    assert_eq!(stage.count(Route::Blob), 1);
    assert!(stage.requests(Listener::Blob)[0].bytes_sent < 20_000_000, "the body was not read");
    assert!(stage.download(id, 20_000_000).await.is_ok());
}

#[tokio::test]
async fn g6_content_that_is_not_what_was_uploaded_is_refused() {
    let spec = ArtifactSpec::raw("a.bin", "application/octet-stream", noise(3_000_000));
    let (stage, id) = Stage::with_artifact(spec.digest(DigestClaim::Correct)).await;
    stage.hub.faults().once(Route::Blob, Fault::FlipByte(17));
    assert!(matches!(stage.download(id, NO_CAP).await, Err(ForgeError::DigestMismatch { .. })));
    assert!(stage.download(id, NO_CAP).await.is_ok(), "the next download is whole");

    // Put together from parts of which one is bad: downloaded once more in one piece.
    stage.hub.faults().once(Route::Blob, Fault::ResetAt(1_000_000));
    stage.hub.faults().once(Route::Blob, Fault::FlipByte(2_500_000));
    stage.hub.clear_requests();
    assert!(stage.download(id, NO_CAP).await.is_ok());
    assert_eq!(
        stage.requests(Listener::Blob).iter().map(|request| request.status).collect::<Vec<_>>(),
        [200, 206, 200]
    );
}

#[tokio::test]
async fn g8_gone_deleted_and_lost_content_is_told_apart() {
    let (stage, expired) = Stage::with_artifact(ArtifactSpec::zip("a", [("a", "a")]).expired()).await;
    let (deleted, lost) = stage.hub.world(|world| {
        let run = world.run_ids(stage.repository.id)[0];
        let deleted = world.add_artifact(run, ArtifactSpec::zip("b", [("b", "b")]));
        world.delete_artifact(deleted);
        (deleted, world.add_artifact(run, ArtifactSpec::zip("c", [("c", "c")]).lost()))
    });
    assert_eq!(stage.download(expired, NO_CAP).await.map(drop), Err(ForgeError::Gone));
    assert_eq!(stage.download(deleted, NO_CAP).await.map(drop), Err(ForgeError::NotFound));
    assert_eq!(stage.download(lost, NO_CAP).await.map(drop), Err(ForgeError::NotFound));
    assert_eq!(stage.hub.requests().len(), 4, "none was retried");
}

#[tokio::test]
async fn logs_are_downloaded_byte_for_byte_and_missing_ones_are_not_found() {
    let stage = Stage::new().await;
    let (jobs, expected) = stage.hub.world(|world| {
        let jobs = vec![
            JobSpec::named("build").log("2026-03-02T09:00:00.0000000Z hello\n"),
            JobSpec::named("lost").without_log(),
        ];
        let run = world.add_run(stage.workflow, RunSpec::completed("success").jobs(jobs));
        let jobs = world.job_ids(run, 1);
        (jobs.clone(), world.job_log(jobs[0]).unwrap())
    });
    let log = |job| stage.forge.download_log(&stage.repository, job, NamedTempFile::new().unwrap(), NO_CAP);
    let download = log(jobs[0]).await.unwrap();
    assert_eq!(content(&download), expected);
    assert!(!download.is_zip && download.media_type == "text/plain");
    assert_eq!(log(jobs[1]).await.map(drop), Err(ForgeError::NotFound));
    assert_eq!(log(999).await.map(drop), Err(ForgeError::NotFound));
}

#[tokio::test]
async fn a_fault_of_the_redirect_is_retried_like_any_other() {
    let (stage, id) = Stage::with_artifact(ArtifactSpec::zip("a", [("a", "a")])).await;
    stage.hub.faults().once(Route::ArtifactZip, Fault::Status(502, BodyKind::Json));
    stage.hub.faults().once(Route::ArtifactZip, Fault::NonJson200);
    assert!(stage.download(id, NO_CAP).await.is_ok());
    assert_eq!(stage.count(Route::ArtifactZip), 3);
}

#[tokio::test]
async fn no_error_tells_the_token_or_a_signature() {
    let (stage, id) = Stage::with_artifact(ArtifactSpec::zip("a", [("a", "a")])).await;
    for fault in
        [Fault::Reset, Fault::Status(500, BodyKind::Html), Fault::Status(400, BodyKind::Json), Fault::RedirectLoop]
    {
        for route in [Route::Blob, Route::ArtifactZip] {
            stage.hub.faults().clear();
            stage.hub.faults().add(Rule::new(route, fault));
            let error = stage.download(id, NO_CAP).await.unwrap_err();
            let words = format!("{error} {error:?}");
            assert!(
                !words.contains(TOKEN) && !words.contains("sig=") && !words.contains("http://"),
                "{route:?} {fault:?}: {words}"
            );
        }
    }
    let nowhere = Forge::new(ForgeOptions {
        backoff_base: Duration::from_millis(1),
        ..ForgeOptions::new("http://127.0.0.1:1", Secret::new(TOKEN), stage.clock.clone())
    });
    let error = nowhere.unwrap().repository("octo", "app").await.unwrap_err();
    assert!(matches!(&error, ForgeError::Transient { reason } if reason.contains("refused")), "{error:?}");
}
