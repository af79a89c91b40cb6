//! What changes after it was first seen: re-runs, approvals, ends, late arrivals, deletions, renames.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, bare, on_both_engines, past, report, team};
use crate::support::Database;
use fakehub::{Fault, JobSpec, Route, RunSpec};
use greenroom::model::{ArtifactState, LogState, SyncState};

/// 260 newer runs, and one of a month ago that failed: it is on the third page.
async fn with_an_old_failure(database: Database) -> (Mirror, i64) {
    let mut old = 0;
    let mut mirror = Mirror::of(database, |world, place| {
        for n in 0..260 {
            world.add_run(place.workflow, bare(world, DAY + n * MINUTE));
        }
        let spec = RunSpec::completed("failure").created_at(world.now() - 28 * DAY).jobs(vec![JobSpec::named("test")]);
        old = world.add_run(place.workflow, spec);
    })
    .await;
    mirror.sync().await;
    assert_eq!(mirror.run(old).await.unwrap().run.conclusion.as_deref(), Some("failure"));
    (mirror, old)
}

on_both_engines! {
    async fn a_rerun_of_a_month_old_run_is_found_by_a_refresh(database: Database) {
        let (mirror, old) = with_an_old_failure(database).await;
        mirror.hub.world(|world| {
            world.rerun(old);
            world.advance(MINUTE);
            world.complete_run(old, "success");
        });
        mirror.clock.advance(MINUTE);
        assert_eq!(mirror.refresh().await.updated_runs, 1);
        mirror.assert_run_equals_truth(old, &[]).await;
        assert_eq!(mirror.run(old).await.unwrap().attempts.len(), 2);
    }

    async fn a_rerun_of_a_month_old_run_is_found_by_the_next_poll_while_it_runs(database: Database) {
        let (mirror, old) = with_an_old_failure(database).await;
        mirror.hub.world(|world| {
            world.rerun(old);
            world.start_run(old);
        });
        mirror.poll().await;
        mirror.assert_run_equals_truth(old, &[]).await;
        mirror.hub.world(|world| world.complete_run(old, "success"));
        mirror.poll().await;
        mirror.assert_run_equals_truth(old, &[]).await;
    }

    async fn a_rerun_of_a_month_old_run_is_found_by_the_sweep_when_filters_lie(database: Database) {
        let (mirror, old) = with_an_old_failure(database).await;
        mirror.hub.world(|world| {
            world.behaviour.search_lag_ms = 100 * DAY;
            world.rerun(old);
            world.complete_run(old, "success");
        });
        for _ in 0..3 {
            mirror.poll().await;
        }
        mirror.assert_run_equals_truth(old, &[]).await;
    }

    async fn a_rerun_of_a_month_old_run_is_given_away_by_its_artifact(database: Database) {
        let (mirror, old) = with_an_old_failure(database).await;
        let artifact = mirror.hub.world(|world| {
            world.behaviour.search_lag_ms = 100 * DAY;
            world.rerun(old);
            world.start_run(old);
            world.advance(MINUTE);
            world.add_artifact(old, report("again"))
        });
        mirror.clock.advance(MINUTE);
        mirror.poll().await;
        mirror.assert_run_equals_truth(old, &[]).await;
        assert_eq!(mirror.artifact(artifact).await.attempt, Some(2));
    }

    async fn an_approved_run_is_mirrored_as_a_second_attempt(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let spec = RunSpec::completed("action_required").created_at(world.now() - 5 * HOUR).fork("contributor");
            run = world.add_run(place.workflow, spec.jobs(vec![JobSpec::named("test")]));
        })
        .await;
        mirror.sync().await;
        assert!(mirror.run(run).await.unwrap().run.fork);
        mirror.hub.world(|world| world.approve(run));
        mirror.poll().await;
        mirror.assert_run_equals_truth(run, &[]).await;
        mirror.hub.world(|world| {
            world.start_run(run);
            world.complete_run(run, "success");
        });
        mirror.poll().await;
        mirror.assert_run_equals_truth(run, &[]).await;
        assert_eq!(mirror.run(run).await.unwrap().run.attempt, 2);
    }

    async fn a_run_that_ends_between_two_polls_is_mirrored_whole(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            world.add_run(place.workflow, past(world, DAY));
        })
        .await;
        mirror.sync().await;
        let seen = mirror.add_run(RunSpec::queued().jobs(vec![JobSpec::named("test"), JobSpec::named("lint")]));
        mirror.poll().await;
        mirror.assert_run_equals_truth(seen, &[]).await;
        let unseen = mirror.add_run(RunSpec::queued());
        for run in [seen, unseen] {
            mirror.hub.world(|world| {
                world.start_run(run);
                world.advance(MINUTE);
                world.add_artifact(run, report("late"));
                world.complete_run(run, "failure");
            });
            mirror.clock.advance(MINUTE);
        }
        mirror.poll().await;
        mirror.assert_equals_truth().await;
        let duration = mirror.run(seen).await.unwrap().run.duration_ms.unwrap();
        assert!(duration >= MINUTE, "{duration}");
    }

    async fn artifacts_appear_during_the_run_and_after_its_end(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| run = world.add_run(place.workflow, RunSpec::in_progress())).await;
        mirror.sync().await;
        let early = mirror.hub.world(|world| world.add_artifact(run, report("during")));
        mirror.poll().await;
        assert_eq!(mirror.state(early).await, ArtifactState::Complete);
        assert_eq!(mirror.run(run).await.unwrap().run.status, "in_progress");
        mirror.hub.world(|world| world.complete_run(run, "success"));
        mirror.poll().await;
        mirror.hub.world(|world| world.add_artifact(run, report("after")));
        mirror.poll().await;
        mirror.assert_equals_truth().await;
    }

    async fn jobs_that_github_shows_late_are_found(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| run = world.add_run(place.workflow, RunSpec::in_progress())).await;
        mirror.sync().await;
        mirror.hub.world(|world| world.complete_run(run, "success"));
        mirror.refresh().await;
        // Nothing about the run itself changes when they appear.
        mirror.hub.world(|world| world.add_job(run, JobSpec::named("report")));
        mirror.poll().await;
        mirror.until("the second look has been taken", async || mirror.app().store.jobs(run, 1).await.unwrap().len() == 2).await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }

    async fn a_touched_run_is_updated_without_looking_into_it_again(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 3))).await;
        mirror.sync().await;
        mirror.hub.clear_requests();
        mirror.hub.world(|world| {
            let run = world.run_ids(mirror.place.repository)[1];
            world.touch_run(run);
        });
        assert_eq!(mirror.refresh().await.updated_runs, 1);
        mirror.assert_equals_truth().await;
        assert_eq!((mirror.count(Route::Jobs), mirror.count(Route::Blob)), (0, 0));
    }

    async fn g12_every_attempt_is_mirrored_with_its_jobs_and_logs(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let start = world.now() - 10 * HOUR;
            let jobs = vec![JobSpec::named("build"), JobSpec::named("test").conclusion("failure"), JobSpec::skipped("deploy")];
            run = world.add_run(place.workflow, RunSpec::completed("failure").created_at(start).jobs(jobs));
            world.add_artifact(run, report("first").created_at(start + 2 * MINUTE));
        })
        .await;
        // Two re-runs before anything is mirrored: one of what failed, one of everything.
        mirror.hub.world(|world| {
            world.rerun_failed(run);
            world.start_run(run);
            world.advance(2 * MINUTE);
            world.add_artifact(run, report("second"));
            world.complete_run(run, "failure");
            world.advance(HOUR);
            world.rerun(run);
            world.start_run(run);
            world.advance(2 * MINUTE);
            world.add_artifact(run, report("third"));
            world.complete_run(run, "success");
        });
        mirror.clock.advance(HOUR + 4 * MINUTE);
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        let detail = mirror.run(run).await.unwrap();
        let mut attempts: Vec<_> = detail.artifacts.iter().map(|artifact| (artifact.name.as_str(), artifact.attempt)).collect();
        attempts.sort();
        assert_eq!(attempts, [("first", Some(1)), ("second", Some(2)), ("third", Some(3))]);
        // Jobs that never ran have no log to ask for.
        let skipped = mirror.hub.world(|world| world.job_ids(run, 1)[2]);
        assert_eq!(mirror.job(run, 1, skipped).await.log.state, LogState::Missing);
        assert_eq!(mirror.asked_for(&format!("/jobs/{skipped}/logs")).len(), 0);
    }

    async fn g12_deleted_runs_are_kept_and_marked(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            team(world, place, 4);
            for n in 0..250 {
                world.add_run(place.workflow, bare(world, 2 * DAY + n * MINUTE));
            }
        })
        .await;
        mirror.sync().await;
        let runs = mirror.hub.world(|world| world.run_ids(mirror.place.repository));
        let artifact = mirror.hub.world(|world| world.artifact_ids(runs[1])[0]);
        let gone: Vec<i64> = std::iter::once(runs[1]).chain(runs[120..200].iter().copied()).chain([runs[253]]).collect();
        mirror.hub.world(|world| gone.iter().for_each(|run| world.delete_run(*run)));
        mirror.refresh().await;
        mirror.refresh().await;
        for run in &gone {
            assert!(mirror.run(*run).await.unwrap().run.deleted_upstream, "run {run}");
        }
        assert_eq!(mirror.runs().await.len(), runs.len());
        assert_eq!(mirror.state(artifact).await, ArtifactState::Complete);
        assert!(mirror.archive(artifact).await.is_some());
        mirror.assert_equals_truth().await;
    }

    async fn a_run_deleted_while_it_runs_is_marked_by_a_poll(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| run = world.add_run(place.workflow, RunSpec::in_progress())).await;
        mirror.sync().await;
        mirror.hub.world(|world| world.delete_run(run));
        mirror.poll().await;
        assert!(mirror.run(run).await.unwrap().run.deleted_upstream);
        assert_eq!(mirror.failed().await, []);
    }

    async fn g11_a_renamed_repository_is_followed(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 3))).await;
        mirror.sync().await;
        mirror.hub.world(|world| world.rename_repository(mirror.place.repository, "octo-labs", "store"));
        let run = mirror.add_run(RunSpec::completed("success").jobs(vec![JobSpec::named("test")]));
        mirror.hub.world(|world| world.add_artifact(run, report("after the rename")));
        assert_eq!(mirror.refresh().await.new_runs, 1);
        mirror.assert_equals_truth().await;
        mirror.stop().await;
        mirror.hub.clear_requests();
        mirror.sync().await;
        mirror.first_sync_over().await;
        assert_eq!(mirror.run(run).await.unwrap().run.repository, "octo-labs/store");
        assert_eq!(mirror.count(Route::Blob), 0);
        mirror.poll().await;
        assert_eq!(mirror.activity().state, SyncState::Operational);
        mirror.assert_equals_truth().await;
    }

    async fn a_run_whose_workflow_nobody_lists_is_mirrored(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let workflow = world.add_workflow(place.repository, "Release", ".github/workflows/release.yml");
            run = world.add_run(workflow, past(world, DAY));
            world.delete_workflow(workflow);
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.run(run).await.unwrap().run.workflow_name, "Release");
    }

    async fn several_repositories_are_mirrored_and_a_missing_one_stops_no_other(database: Database) {
        let mut till = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            team(world, place, 2);
            let repository = world.add_repository("octo", "till");
            let workflow = world.add_workflow(repository, "CI", ".github/workflows/ci.yml");
            till = world.add_run(workflow, past(world, DAY));
        })
        .await;
        mirror.config.repositories = ["nothing", "shop", "till"].map(|name| ("octo".to_owned(), name.to_owned())).to_vec();
        mirror.start().await;
        let error = mirror.try_refresh().await.unwrap_err().to_string();
        assert!(error.contains("octo/nothing"), "{error}");
        mirror.until("the error is shown", async || mirror.activity().last_error.is_some_and(|error| error.contains("octo/nothing"))).await;
        mirror.settled().await;
        mirror.assert_run_equals_truth(till, &[]).await;
        for run in mirror.hub.world(|world| world.run_ids(mirror.place.repository)) {
            mirror.assert_run_equals_truth(run, &[]).await;
        }
    }

    async fn states_and_fields_that_nobody_knows_yet_are_kept(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = world.add_run(place.workflow, past(world, DAY));
            world.set_run_state(run, "completed", Some("sparkling".into()));
        })
        .await;
        mirror.hub.faults().always(Route::Run, Fault::ExtraFields);
        mirror.hub.faults().always(Route::Runs, Fault::ExtraFields);
        mirror.sync().await;
        assert_eq!(mirror.run(run).await.unwrap().run.conclusion.as_deref(), Some("sparkling"));
    }
}
