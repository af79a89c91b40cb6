//! The protocol around the answers: identity, tags, pages, filters, attempts, renames.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::{Site, seen, small_world};
use fakehub::{CarriedOverJobs, JobSpec, LatestJobs, Route, RunSpec, TOKEN, TokenKind};

fn ids(answer: &common::Seen, list: &str) -> Vec<i64> {
    answer.json()[list].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_request_without_user_agent_is_refused() {
    let site = Site::start().await;
    let answer = seen(site.http.get(format!("{}/rate_limit", site.hub.api_url()))).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("User-Agent"));
}

#[tokio::test]
async fn bad_credentials_and_unknown_versions_are_told_apart() {
    let site = Site::start().await;
    let plain = |path: &str| site.http.get(format!("{}{path}", site.hub.api_url())).header("user-agent", "t");
    let answer = seen(plain("/user").bearer_auth("nonsense")).await;
    assert_eq!((answer.status, answer.json()["message"].as_str()), (401, Some("Bad credentials")));
    assert_eq!(seen(site.global("/user").header("x-github-api-version", "1999-01-01")).await.status, 400);
    assert_eq!(seen(plain("/user").header("authorization", format!("token {TOKEN}"))).await.status, 200);
    site.hub.world(|world| world.revoke_token(TOKEN));
    assert_eq!(seen(site.global("/user")).await.status, 401);
}

#[tokio::test]
async fn anonymous_callers_see_public_lists_but_no_downloads() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let job = site.hub.world(|world| world.job_ids(run, 1)[0]);
    let plain =
        |path: &str| site.http.get(format!("{}/repos/acme/shop{path}", site.hub.api_url())).header("user-agent", "t");
    let list = seen(plain("/actions/runs")).await;
    assert_eq!((list.status, list.header("x-ratelimit-limit")), (200, Some("60")));
    assert_eq!(list.header("cache-control"), Some("public, max-age=60, s-maxage=60"));
    let log = seen(plain(&format!("/actions/jobs/{job}/logs"))).await;
    assert_eq!((log.status, log.json()["message"].as_str()), (403, Some("Must have admin rights to Repository.")));
    site.hub.world(|world| world.set_private(site.repository, true));
    assert_eq!(seen(plain("/actions/runs")).await.status, 404);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let site = Site::start().await;
    site.hub.world(|world| world.token_mut(TOKEN).unwrap().can_read_actions = false);
    let answer = site.get("/actions/runs").await;
    assert_eq!((answer.status, answer.header("x-accepted-github-permissions")), (403, Some("actions=read")));
    assert_eq!(site.get("").await.status, 200);
}

#[tokio::test]
async fn every_answer_carries_the_usual_headers() {
    let site = Site::start().await;
    let answer = site.get("/actions/workflows").await;
    for name in [
        "x-github-request-id",
        "x-github-media-type",
        "x-github-api-version-selected",
        "vary",
        "date",
        "x-ratelimit-limit",
        "x-ratelimit-used",
        "x-ratelimit-reset",
    ] {
        assert!(answer.header(name).is_some(), "{name}");
    }
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("x-ratelimit-resource"), Some("core"));
    assert_eq!(answer.header("github-authentication-token-expiration"), Some("2026-04-16 09:00:00 UTC"));
    assert_eq!(answer.header("date"), Some("Mon, 02 Mar 2026 09:00:00 GMT"));
    site.hub.world(|world| world.token_mut(TOKEN).unwrap().kind = TokenKind::Classic);
    let answer = site.get("/actions/workflows").await;
    assert_eq!((answer.header("x-oauth-scopes"), answer.header("x-accepted-github-permissions")), (Some("repo"), None));
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
    let strong = tag.strip_prefix("W/").unwrap().to_owned();
    assert_eq!(seen(site.request("/actions/runs?per_page=2").header("if-none-match", strong)).await.status, 304);
    let requests = site.hub.requests();
    assert!(requests[0].counted && !requests[1].counted);
    assert_eq!(requests[1].if_none_match.as_deref(), Some(tag.as_str()));
    site.add_run(RunSpec::default());
    assert_eq!(seen(site.request("/actions/runs?per_page=2").header("if-none-match", &tag)).await.status, 200);
}

#[tokio::test]
async fn a_tag_is_worth_nothing_to_another_token() {
    let site = Site::start().await;
    site.hub.world(|world| world.add_token("second"));
    let tag = site.get("/actions/runs").await.header("etag").unwrap().to_owned();
    let url = format!("{}/repos/acme/shop/actions/runs", site.hub.api_url());
    let other =
        seen(site.http.get(url).header("user-agent", "t").bearer_auth("second").header("if-none-match", &tag)).await;
    assert_eq!(other.status, 200);
    assert_ne!(other.header("etag"), Some(tag.as_str()));
}

#[tokio::test]
async fn a_304_costs_where_the_switch_says_so() {
    let site = Site::start().await;
    site.hub.world(|world| world.behaviour.not_modified_costs = true);
    let first = site.get("/actions/runs").await;
    let again = seen(site.request("/actions/runs").header("if-none-match", first.header("etag").unwrap())).await;
    assert_eq!(again.status, 304);
    assert_eq!(again.header("x-ratelimit-remaining"), Some("4998"));
}

#[tokio::test]
async fn links_name_the_repository_by_id_and_keep_the_query() {
    let site = Site::start().await;
    for _ in 0..7 {
        site.add_run(RunSpec::default());
    }
    let base = format!("{}/repositories/{}/actions/runs", site.hub.api_url(), site.repository);
    let link = |page: usize, rel: &str| format!("<{base}?per_page=3&branch=main&page={page}>; rel=\"{rel}\"");
    let first = site.get("/actions/runs?per_page=3&branch=main").await;
    assert_eq!(first.header("link").unwrap(), format!("{}, {}", link(2, "next"), link(3, "last")));
    let second = site.get("/actions/runs?per_page=3&branch=main&page=2").await;
    assert_eq!(
        second.header("link").unwrap(),
        format!("{}, {}, {}, {}", link(1, "prev"), link(3, "next"), link(3, "last"), link(1, "first"))
    );
    let third = site.get("/actions/runs?per_page=3&branch=main&page=3").await;
    assert_eq!(third.header("link").unwrap(), format!("{}, {}", link(2, "prev"), link(1, "first")));
    assert_eq!(ids(&third, "workflow_runs").len(), 1);
    assert_eq!(site.get("/actions/runs").await.header("link"), None);
}

#[tokio::test]
async fn following_the_links_reads_250_runs_once_each_newest_first() {
    let site = Site::start().await;
    let start = site.hub.world(|world| world.now());
    let made: BTreeSet<i64> = (0..250)
        .map(|index| site.add_run(RunSpec::default().created_at(start - (index / 5) * 1000).jobs(vec![])))
        .collect();
    let mut url = format!("{}/repos/acme/shop/actions/runs?per_page=100", site.hub.api_url());
    let (mut read, mut times, mut pages) = (Vec::new(), Vec::new(), 0);
    loop {
        let answer = seen(site.absolute(&url)).await;
        pages += 1;
        assert_eq!(answer.json()["total_count"], 250);
        read.extend(ids(&answer, "workflow_runs"));
        times.extend(
            answer.json()["workflow_runs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|run| run["created_at"].as_str().unwrap().to_owned()),
        );
        let next = answer
            .header("link")
            .unwrap()
            .split(", ")
            .find(|link| link.ends_with("rel=\"next\""))
            .map(|link| link[1..link.find('>').unwrap()].to_owned());
        match next {
            Some(next) => url = next,
            None => break,
        }
    }
    assert_eq!((pages, read.len()), (3, 250));
    assert_eq!(read.iter().copied().collect::<BTreeSet<_>>(), made);
    assert!(times.is_sorted_by(|a, b| a >= b));
    // Runs of one second are not in the order of their ids.
    assert!(read.chunks(5).any(|tied| !tied.is_sorted_by(|a, b| a > b)));
}

#[tokio::test]
async fn unfiltered_listings_end_at_40_000() {
    let (mut world, repository, workflow) = small_world();
    let now = world.now();
    for index in 0..40_050 {
        world.add_run(
            workflow,
            RunSpec { jobs: vec![], created_at: Some(now - 90_000_000 + index * 2_000), ..RunSpec::default() },
        );
    }
    let site = Site::of(world, repository, workflow).await;
    let last = site.get("/actions/runs?per_page=100&page=400").await;
    assert_eq!((last.status, last.json()["total_count"].as_i64()), (200, Some(40_000)));
    assert_eq!(ids(&last, "workflow_runs").len(), 100);
    assert!(!last.header("link").unwrap().contains("rel=\"next\""));
    let beyond = site.get("/actions/runs?per_page=100&page=401").await;
    assert_eq!(beyond.status, 422);
    assert!(beyond.text().contains("pagination is limited"));
    let filtered = site.get("/actions/runs?per_page=100&page=10&event=push").await;
    assert_eq!((ids(&filtered, "workflow_runs").len(), filtered.json()["total_count"].as_i64()), (100, Some(40_050)));
    assert!(ids(&site.get("/actions/runs?per_page=100&page=11&event=push").await, "workflow_runs").is_empty());
    site.hub.world(|world| world.behaviour.search_total_clamped = true);
    assert_eq!(site.get("/actions/runs?event=push").await.json()["total_count"], 1_000);
}

#[tokio::test]
async fn the_created_filter_means_creation_and_a_plus_finds_nothing() {
    let site = Site::start().await;
    let now = site.hub.world(|world| world.now());
    let old = site.add_run(RunSpec::default().created_at(now - 86_400_000));
    let new = site.add_run(RunSpec::default().created_at(now));
    let find = async |created: &str| ids(&site.get(&format!("/actions/runs?created={created}")).await, "workflow_runs");
    assert_eq!(find("%3E%3D2026-03-02T09%3A00%3A00Z").await, [new]);
    assert_eq!(find("2026-03-01").await, [old]);
    assert_eq!(find("2026-03-01..2026-03-02").await, [new, old]);
    assert_eq!(find("%3E%3D2026-03-02T17%3A00%3A00%2B08%3A00").await, [new]);
    assert!(find("%3E%3D2026-03-02T17:00:00+08:00").await.is_empty());
}

#[tokio::test]
async fn every_filter_selects() {
    let site = Site::start().await;
    let odd = site
        .add_run(RunSpec::completed("failure").branch("topic").event("schedule").actor("somebody").sha("a".repeat(40)));
    site.add_run(RunSpec::default());
    let running = site.add_run(RunSpec::in_progress());
    for filter in
        ["branch=topic", "event=schedule", "actor=somebody", &format!("head_sha={}", "a".repeat(40)), "status=failure"]
    {
        assert_eq!(ids(&site.get(&format!("/actions/runs?{filter}")).await, "workflow_runs"), [odd], "{filter}");
    }
    assert_eq!(ids(&site.get("/actions/runs?status=in_progress").await, "workflow_runs"), [running]);
    assert_eq!(ids(&site.get("/actions/runs?status=completed").await, "workflow_runs").len(), 2);
    let by_file = site.get("/actions/workflows/ci.yml/runs").await;
    assert_eq!(by_file.json()["total_count"], 3);
}

#[tokio::test]
async fn a_lagging_index_hides_new_runs_and_shows_old_states() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::in_progress());
    site.hub.world(|world| {
        world.behaviour.search_lag_ms = 60_000;
        world.advance(120_000);
        world.complete_run(run, "success");
        world.add_run(site.workflow, RunSpec::queued());
    });
    assert_eq!(ids(&site.get("/actions/runs?status=in_progress").await, "workflow_runs"), [run]);
    assert!(ids(&site.get("/actions/runs?status=queued").await, "workflow_runs").is_empty());
    assert_eq!(ids(&site.get("/actions/runs").await, "workflow_runs").len(), 2);
    site.hub.world(|world| world.advance(61_000));
    assert!(ids(&site.get("/actions/runs?status=in_progress").await, "workflow_runs").is_empty());
}

#[tokio::test]
async fn an_attempt_has_its_own_creation_time_and_urls() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::completed("failure"));
    site.hub.world(|world| {
        world.advance(3_600_000);
        assert_eq!(world.rerun(run), 2);
    });
    let whole = site.get(&format!("/actions/runs/{run}")).await.json();
    let second = site.get(&format!("/actions/runs/{run}/attempts/2")).await.json();
    let first = site.get(&format!("/actions/runs/{run}/attempts/1")).await.json();
    assert_eq!(
        (&whole["run_attempt"], &whole["status"], &whole["conclusion"]),
        (&2.into(), &"queued".into(), &serde_json::Value::Null)
    );
    assert_eq!(whole["created_at"], "2026-03-02T09:00:00Z");
    assert_eq!(whole["run_started_at"], "2026-03-02T10:00:00Z");
    assert_eq!(second["created_at"], "2026-03-02T10:00:02Z");
    assert_eq!(second["run_started_at"], whole["run_started_at"]);
    assert_eq!(
        (&second["id"], &second["run_number"], &second["url"], &second["artifacts_url"]),
        (&whole["id"], &whole["run_number"], &whole["url"], &whole["artifacts_url"])
    );
    assert!(second["jobs_url"].as_str().unwrap().ends_with(&format!("/runs/{run}/attempts/2/jobs")));
    assert!(second["previous_attempt_url"].as_str().unwrap().ends_with("/attempts/1"));
    assert_eq!((&first["conclusion"], &first["created_at"]), (&"failure".into(), &whole["created_at"]));
    assert_eq!(site.get(&format!("/actions/runs/{run}/attempts/3")).await.status, 404);
    assert_eq!(site.get(&format!("/actions/runs/{run}/attempts/3/jobs")).await.status, 404);
}

#[tokio::test]
async fn jobs_that_are_not_repeated_are_carried_over_as_the_switch_says() {
    for (how, expected) in [(CarriedOverJobs::FreshIds, 2), (CarriedOverJobs::SameIds, 2), (CarriedOverJobs::Absent, 1)]
    {
        let site = Site::start().await;
        let run =
            site.add_run(RunSpec::completed("failure").jobs(vec![
                JobSpec::named("build").conclusion("success"),
                JobSpec::named("test").conclusion("failure"),
            ]));
        let before = site.hub.world(|world| {
            world.behaviour.carried_over_jobs = how;
            world.rerun_failed(run);
            world.start_run(run);
            world.complete_run(run, "success");
            world.job_ids(run, 1)
        });
        let answer = site.get(&format!("/actions/runs/{run}/attempts/2/jobs")).await;
        let jobs = ids(&answer, "jobs");
        assert_eq!(jobs.len(), expected, "{how:?}");
        assert_eq!(jobs.contains(&before[0]), how == CarriedOverJobs::SameIds);
        assert!(!jobs.contains(&before[1]));
    }
}

#[tokio::test]
async fn latest_jobs_mean_either_of_the_two_observed_things() {
    let site = Site::start().await;
    let run = site.add_run(
        RunSpec::completed("failure")
            .jobs(vec![JobSpec::named("build").conclusion("success"), JobSpec::named("test").conclusion("failure")]),
    );
    site.hub.world(|world| {
        world.behaviour.carried_over_jobs = CarriedOverJobs::Absent;
        world.rerun_failed(run);
    });
    let names = async || {
        let answer = site.get(&format!("/actions/runs/{run}/jobs")).await.json();
        answer["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["test"]);
    site.hub.world(|world| world.behaviour.latest_jobs = LatestJobs::LatestPerJob);
    assert_eq!(names().await, ["build", "test"]);
    assert_eq!(ids(&site.get(&format!("/actions/runs/{run}/jobs?filter=all")).await, "jobs").len(), 3);
}

#[tokio::test]
async fn jobs_look_like_githubs_in_every_state() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::queued().jobs(vec![JobSpec::named("build"), JobSpec::skipped("deploy")]));
    let job = async |index: usize| site.get(&format!("/actions/runs/{run}/jobs")).await.json()["jobs"][index].clone();
    let queued = job(0).await;
    assert_eq!(
        (&queued["status"], &queued["started_at"], &queued["steps"]),
        (&"queued".into(), &queued["created_at"], &serde_json::json!([]))
    );
    site.hub.world(|world| {
        world.advance(5_000);
        world.start_run(run);
    });
    let (running, skipped) = (job(0).await, job(1).await);
    assert_eq!(
        (&running["status"], &running["steps"][0]["status"], &running["steps"][1]["status"]),
        (&"in_progress".into(), &"in_progress".into(), &"queued".into())
    );
    assert_eq!(
        (&skipped["conclusion"], &skipped["runner_name"], &skipped["steps"]),
        (&"skipped".into(), &serde_json::Value::Null, &serde_json::json!([]))
    );
    site.hub.world(|world| {
        world.advance(60_000);
        world.complete_run(run, "failure");
    });
    let failed = job(0).await;
    assert_eq!((&failed["conclusion"], &failed["completed_at"]), (&"failure".into(), &"2026-03-02T09:01:05Z".into()));
    let numbers: Vec<i64> =
        failed["steps"].as_array().unwrap().iter().map(|step| step["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 6, 7]);
    assert_eq!(site.hub.world(|world| world.run(run).unwrap().updated_at), failed_at(65_000));
}

fn failed_at(after_ms: i64) -> i64 {
    fakehub::DEFAULT_NOW_MS + after_ms
}

#[tokio::test]
async fn a_renamed_repository_moves_permanently_with_path_and_query() {
    let site = Site::start().await;
    site.hub.world(|world| world.rename_repository(site.repository, "acme", "store"));
    let answer = site.get("/actions/runs?per_page=5").await;
    let target = format!("{}/repositories/{}/actions/runs?per_page=5", site.hub.api_url(), site.repository);
    assert_eq!((answer.status, answer.header("location")), (301, Some(target.as_str())));
    let body = answer.json();
    assert_eq!((&body["message"], &body["url"]), (&"Moved Permanently".into(), &target.as_str().into()));
    assert!(body["documentation_url"].is_string());
    assert_eq!(seen(site.absolute(&target)).await.status, 200);
    let repository = seen(site.global("/repos/acme/store")).await.json();
    assert_eq!((&repository["id"], &repository["full_name"]), (&site.repository.into(), &"acme/store".into()));
}

#[tokio::test]
async fn what_is_deleted_or_unknown_answers_404() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let job = site.hub.world(|world| world.job_ids(run, 1)[0]);
    site.hub.world(|world| world.delete_run(run));
    for path in [
        format!("/actions/runs/{run}"),
        format!("/actions/runs/{run}/jobs"),
        format!("/actions/runs/{run}/artifacts"),
        format!("/actions/jobs/{job}"),
        format!("/actions/jobs/{job}/logs"),
        "/actions/runs/".into(),
        "/nonsense".into(),
    ] {
        let answer = site.get(&path).await;
        assert_eq!((answer.status, answer.json()["message"].as_str()), (404, Some("Not Found")), "{path}");
        assert_eq!(answer.header("etag"), None);
    }
    site.hub.world(|world| world.delete_repository(site.repository));
    assert_eq!(site.get("/actions/runs").await.status, 404);
}

#[tokio::test]
async fn large_pages_fail_where_the_switch_says_so() {
    let site = Site::start().await;
    site.hub.world(|world| world.behaviour.large_pages_fail = true);
    assert_eq!(site.get("/actions/runs?per_page=51").await.status, 502);
    assert_eq!(site.get("/actions/runs?per_page=50").await.status, 200);
}

#[tokio::test]
async fn json_is_compressed_when_asked_for() {
    let site = Site::start().await;
    for _ in 0..30 {
        site.add_run(RunSpec::default());
    }
    let plain = site.get("/actions/runs").await;
    let packed = seen(site.request("/actions/runs").header("accept-encoding", "gzip")).await;
    assert_eq!((packed.header("content-encoding"), plain.header("content-encoding")), (Some("gzip"), None));
    assert_eq!(packed.header("etag"), plain.header("etag"));
    assert!(packed.body.len() * 8 < plain.body.len());
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(packed.body.as_slice()), &mut text).unwrap();
    assert_eq!(text, plain.body);
}

#[tokio::test]
async fn ids_are_beyond_32_bits_and_within_javascripts_reach() {
    let site = Site::start().await;
    let run = site.add_run(RunSpec::default());
    let job = site.hub.world(|world| world.job_ids(run, 1)[0]);
    for id in [run, job] {
        assert!(id > i64::from(u32::MAX) && id < 1 << 53);
    }
}

#[tokio::test]
async fn a_fork_run_names_its_head_repository_and_no_pull_request() {
    let site = Site::start().await;
    site.add_run(RunSpec::completed("action_required").event("pull_request").fork("outsider").jobs(vec![]));
    let inside = site.add_run(RunSpec::default().event("pull_request").pull_requests(vec![12]));
    let runs = site.get("/actions/runs").await.json()["workflow_runs"].clone();
    let fork = runs.as_array().unwrap().iter().find(|run| run["id"] != inside).unwrap();
    assert_eq!(
        (&fork["head_repository"]["full_name"], &fork["repository"]["full_name"]),
        (&"outsider/shop".into(), &"acme/shop".into())
    );
    assert_eq!(fork["pull_requests"], serde_json::json!([]));
    let own = site.get(&format!("/actions/runs/{inside}")).await.json();
    assert_eq!(own["pull_requests"][0]["number"], 12);
    let without = site.get(&format!("/actions/runs/{inside}?exclude_pull_requests=true")).await.json();
    assert_eq!(without["pull_requests"], serde_json::json!([]));
}

#[tokio::test]
async fn a_real_time_world_does_its_deeds_without_being_asked() {
    let (mut world, repository, workflow) = small_world();
    let run = world.add_run(workflow, RunSpec::queued().jobs(vec![JobSpec::named("build").timing(1_000, 60_000)]));
    world.play_run(run, "success", 1_000);
    world.follow_real_time(1_000.0);
    let site = Site::of(world, repository, workflow).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let seen = site.get(&format!("/actions/runs/{run}")).await.json();
        if seen["conclusion"] == "success" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{seen}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stopped_hub_refuses_connections() {
    let site = Site::start().await;
    let url = site.hub.api_url();
    site.hub.clone().stop().await;
    assert!(site.http.get(url).send().await.is_err());
}

#[tokio::test]
async fn the_world_can_change_between_two_pages() {
    let site = Site::start().await;
    for _ in 0..4 {
        site.add_run(RunSpec::default());
    }
    let workflow = site.workflow;
    site.hub.after_next(Route::Runs, "per_page=2", move |world| {
        world.advance(1_000);
        world.add_run(workflow, RunSpec::default());
    });
    let first = ids(&site.get("/actions/runs?per_page=2").await, "workflow_runs");
    let second = ids(&site.get("/actions/runs?per_page=2&page=2").await, "workflow_runs");
    // What was last on the first page has moved to the second.
    assert_eq!(first[1], second[0]);
    assert_eq!(site.get("/actions/runs").await.json()["total_count"], 5);
}

#[tokio::test]
async fn a_request_can_be_waited_for() {
    let site = Site::start().await;
    let asked = tokio::spawn(site.request("/actions/workflows").send());
    site.hub
        .wait_until(|requests| {
            requests.iter().any(|request| request.path.ends_with("/workflows") && request.status == 200)
        })
        .await;
    assert_eq!(asked.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn the_selected_api_version_is_echoed() {
    let site = Site::start().await;
    let answer = seen(site.global("/rate_limit").header("x-github-api-version", "2026-03-10")).await;
    assert_eq!(answer.header("x-github-api-version-selected"), Some("2026-03-10"));
    assert!(answer.json().get("rate").is_none());
    assert!(seen(site.global("/rate_limit")).await.json()["rate"].is_object());
}
