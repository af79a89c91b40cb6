//! Listings: every page, the order of work, what a check costs, what shifts while it is read.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, bare, on_both_engines, past, report, team};
use crate::support::{Database, Engine};
use fakehub::{Fault, JobSpec, Request, Route, Rule, RunSpec, TOKEN};

on_both_engines! {
    async fn g13_every_page_of_runs_artifacts_and_jobs_is_mirrored(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..250 {
                world.add_run(place.workflow, bare(world, HOUR + n * MINUTE));
            }
            let runs = world.run_ids(place.repository);
            for n in 0..130 {
                world.add_job(runs[7], JobSpec::named(format!("shard {n}")).without_log());
            }
            for n in 0..250 {
                world.add_artifact(runs[n % 120], report(&format!("report-{n}")).created_at(world.now() - HOUR));
            }
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        mirror.first_sync_over().await;
    }

    async fn g13_runs_of_one_second_at_a_page_border_are_all_mirrored(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..230 {
                world.add_run(place.workflow, bare(world, 3 * HOUR + (n / 80) * 1000));
            }
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        for _ in 0..70 {
            mirror.add_run(RunSpec::completed("success").jobs(Vec::new()));
        }
        assert_eq!(mirror.refresh().await.new_runs, 70);
        mirror.assert_equals_truth().await;
    }

    async fn g13_runs_that_come_and_go_while_pages_are_read_are_not_lost(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..250 {
                world.add_run(place.workflow, bare(world, HOUR + n * MINUTE));
            }
        })
        .await;
        let slow = mirror.hub.faults().add(Rule::new(Route::Runs, Fault::SlowMs(300)).path("page=2").times(1));
        mirror.start().await;
        mirror.until("the second page is being asked for", async || mirror.hub.faults().fired(slow) == 1).await;
        // Page two is made after this: two runs of page one go, so two of page two move up unseen.
        mirror.hub.world(|world| {
            let ids = world.run_ids(mirror.place.repository);
            world.delete_run(ids[3]);
            world.delete_run(ids[4]);
        });
        mirror.settled().await;
        for _ in 0..5 {
            mirror.add_run(RunSpec::completed("success").jobs(Vec::new()));
        }
        mirror.refresh().await;
        mirror.assert_equals_truth().await;
    }

    async fn g13_runs_beyond_the_depth_of_the_listing_are_found_by_windows_of_time(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            world.behaviour.listing_cap = 300;
            world.behaviour.search_cap = 1_000;
            for n in 0..460 {
                world.add_run(place.workflow, bare(world, HOUR + n * MINUTE));
            }
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
    }

    async fn details_come_newest_first_and_before_any_download(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..120 {
                world.add_run(place.workflow, bare(world, 2 * DAY + n * MINUTE));
            }
            team(world, place, 20);
        })
        .await;
        mirror.config.downloads = 1;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        let runs = mirror.hub.world(|world| world.run_ids(mirror.place.repository));
        let downloads: Vec<_> = mirror.hub.requests().into_iter().filter(|request| matches!(request.route, Route::ArtifactZip | Route::Logs)).collect();
        let last_detail = mirror.requests(Route::Jobs).into_iter().chain(mirror.requests(Route::Runs)).map(|request| request.order).max().unwrap();
        assert!(downloads.iter().all(|request| request.order > last_detail));
        let looked_into = numbers(&mirror.requests(Route::Jobs));
        assert_eq!(looked_into.len(), runs.len(), "each run is looked into once: {looked_into:?}");
        assert_in_order(&looked_into, &runs);
        let artifacts = numbers(&mirror.requests(Route::ArtifactZip));
        let wanted: Vec<i64> = mirror.hub.world(|world| runs.iter().flat_map(|run| world.artifact_ids(*run)).collect());
        assert_in_order(&artifacts, &wanted);
        let early = downloads.iter().take(artifacts.len() - 5).filter(|request| request.route == Route::Logs).count();
        assert_eq!(early, 0, "artifacts come before logs");
    }

    async fn only_the_days_asked_for_are_mirrored(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            world.add_run(place.workflow, past(world, 29 * DAY));
            let old = world.add_run(place.workflow, past(world, 32 * DAY));
            world.add_artifact(old, report("old").created_at(world.now() - 32 * DAY));
        })
        .await;
        mirror.sync().await;
        assert_eq!(mirror.runs().await.len(), 1);
        mirror.refresh().await;
        assert_eq!(mirror.runs().await.len(), 1);
    }

    async fn a_quiet_check_is_free(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..230 {
                world.add_run(place.workflow, bare(world, 3 * DAY + n * MINUTE));
            }
            team(world, place, 5);
        })
        .await;
        mirror.sync().await;
        // The first of each kind pays for pages that nobody has asked for before.
        mirror.poll().await;
        mirror.poll().await;
        mirror.refresh().await;
        let spent = |mirror: &Mirror| mirror.hub.world(|world| world.token(TOKEN).unwrap().quota.remaining);
        let before = spent(&mirror);
        mirror.hub.clear_requests();
        mirror.poll().await;
        mirror.poll().await;
        assert_eq!(mirror.refresh().await, greenroom::model::RefreshSummary::default());
        let requests = mirror.hub.requests();
        let paid: Vec<_> = requests.iter().filter(|request| request.status != 304).map(|request| (&request.path, &request.query, request.status)).collect();
        assert!(!requests.is_empty() && paid.is_empty(), "{paid:?}");
        assert_eq!(spent(&mirror), before);
    }
}

/// The ids that requests name in the last part but one of their paths.
fn numbers(requests: &[Request]) -> Vec<i64> {
    requests.iter().map(|request| request.path.split('/').rev().nth(1).unwrap().parse().unwrap()).collect()
}

/// Fails unless nearly all ids come about where they should. Several workers take them in turn, so
/// each may be a few places off, and the one whose worker got no processor for a while many.
fn assert_in_order(ids: &[i64], wanted: &[i64]) {
    let is_off =
        |(place, id): &(usize, &i64)| wanted.iter().position(|other| other == *id).unwrap().abs_diff(*place) > 5;
    let off: Vec<_> = ids.iter().enumerate().filter(is_off).collect();
    assert!(off.len() * 10 <= ids.len(), "{off:?} are out of order");
}

/// Requests of a poll that finds nothing, with so many workflows.
async fn requests_of_a_quiet_poll(workflows: i64) -> usize {
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let mut mirror = Mirror::of(database, |world, place| {
        for n in 1..workflows {
            let workflow =
                world.add_workflow(place.repository, &format!("Workflow {n}"), &format!(".github/workflows/{n}.yml"));
            world.add_run(workflow, bare(world, DAY + n * MINUTE));
        }
        team(world, place, 3);
    })
    .await;
    mirror.sync().await;
    mirror.poll().await;
    mirror.hub.clear_requests();
    mirror.poll().await;
    mirror.count(Route::Any)
}

#[tokio::test]
async fn a_quiet_poll_costs_the_same_with_many_workflows() {
    let few = requests_of_a_quiet_poll(3).await;
    assert_eq!(few, requests_of_a_quiet_poll(60).await);
    assert!(few <= 3, "{few} requests");
}
