//! Trouble: limits, refusals, storms of faults, poisoned items, impatient users. What matters is
//! what GitHub sees meanwhile and what the mirror holds afterwards.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, bare, on_both_engines, past, report, team};
use crate::support::{Database, Engine};
use fakehub::{ArtifactSpec, BodyKind, DigestClaim, Fault, LimitForm, Listener, Route, Rule, RunSpec, TOKEN};
use greenroom::events::RefreshError;
use greenroom::model::{ArtifactState, RefreshSummary, SyncState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// API requests that may be on their way when the answer that limits the token is sent.
const IN_FLIGHT: u64 = 4;

/// Waits for a limit and asserts that nothing is sent inside it, and that everything goes on by
/// itself afterwards.
async fn waits_for_the_end_of_the_limit(mut mirror: Mirror) {
    mirror.start().await;
    mirror.until("the token is limited", async || mirror.activity().rate_limit.limited_until.is_some()).await;
    let until = mirror.activity().rate_limit.limited_until.unwrap();
    assert!(until > mirror.clock.now());
    // Answers with the time, without asking GitHub.
    let Err(RefreshError::Limited { until: told }) = mirror.try_refresh().await else {
        panic!("a refresh inside the window must be refused")
    };
    assert_eq!(told, until);
    mirror
        .until("the next check waits too", async || mirror.activity().next_poll_at.is_some_and(|at| at >= until))
        .await;
    let (sent, late) = (mirror.count(Route::Any), mirror.hub.world(|world| world.violations()));
    assert!(late < IN_FLIGHT, "{late} requests came inside the window");
    mirror.pass(until.since(mirror.clock.now()) - 2000);
    let Err(RefreshError::Limited { .. }) = mirror.try_refresh().await else { panic!("the window is not over") };
    assert_eq!(mirror.count(Route::Any), sent);
    mirror.pass(4000);
    mirror.until("it goes on", async || mirror.count(Route::Any) > sent).await;
    mirror.settled().await;
    mirror.first_sync_over().await;
    mirror.assert_equals_truth().await;
    assert_eq!(mirror.hub.world(|world| world.violations()), late);
    assert_eq!(mirror.failed().await, [], "a limit is nobody's failure");
}

on_both_engines! {
    async fn a_used_up_quota_is_waited_for(database: Database) {
        let mirror = Mirror::of(database, |world, place| {
            team(world, place, 30);
            world.set_quota(5000, 40, world.now() + 20 * MINUTE);
        })
        .await;
        waits_for_the_end_of_the_limit(mirror).await;
    }

    async fn a_secondary_limit_is_waited_for(database: Database) {
        let mirror = Mirror::of(database, |world, place| drop(team(world, place, 30))).await;
        let limit = Fault::SecondaryLimit { retry_after: Some(90), status: 403, form: LimitForm::Current };
        mirror.hub.faults().add(Rule::new(Route::ArtifactZip, limit).nth(10).times(1));
        waits_for_the_end_of_the_limit(mirror).await;
    }

    async fn g9_a_secondary_limit_that_names_no_time_is_waited_for(database: Database) {
        let mirror = Mirror::of(database, |world, place| drop(team(world, place, 30))).await;
        let limit = Fault::SecondaryLimit { retry_after: None, status: 429, form: LimitForm::Abuse };
        mirror.hub.faults().add(Rule::new(Route::Jobs, limit).nth(12).times(1));
        waits_for_the_end_of_the_limit(mirror).await;
    }

    async fn g8_a_refused_token_stops_everything_and_a_refresh_tries_again(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 40))).await;
        let refuse = mirror.hub.faults().add(Rule::new(Route::Any, Fault::Status(401, BodyKind::Json)).nth(60));
        mirror.start().await;
        mirror.until("the error is shown", async || mirror.activity().last_error.is_some_and(|error| error.contains("token"))).await;
        let refused = || mirror.requests(Route::Any).iter().filter(|request| request.status == 401).count();
        assert!(refused() as u64 <= 2 * IN_FLIGHT, "{} requests with a refused token", refused());
        // Asking again is one request each time, whatever is waiting in the queue, besides what was
        // in hand.
        let before = mirror.count(Route::Any);
        for _ in 0..20 {
            let error = mirror.try_refresh().await.unwrap_err();
            assert!(matches!(&error, RefreshError::GitHub(text) if text.contains("token")), "{error:?}");
        }
        let sent = (mirror.count(Route::Any) - before) as u64;
        assert!((20..=20 + 2 * IN_FLIGHT).contains(&sent), "{sent} requests for twenty refreshes");
        mirror.hub.faults().remove(refuse);
        mirror.refresh().await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.activity().last_error, None);
        assert_eq!(mirror.failed().await, []);
    }

    async fn a_token_revoked_during_a_refresh_ends_it(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            world.add_run(place.workflow, past(world, DAY));
        })
        .await;
        mirror.sync().await;
        mirror.hub.world(|world| drop(team(world, mirror.place, 10)));
        mirror.hub.faults().add(Rule::new(Route::ArtifactZip, Fault::Status(401, BodyKind::Json)).nth(3));
        let error = mirror.try_refresh().await.unwrap_err();
        assert!(matches!(&error, RefreshError::GitHub(text) if text.contains("token")), "{error:?}");
        assert!(mirror.activity().last_error.is_some());
        mirror.hub.faults().clear();
        mirror.refresh().await;
        mirror.assert_equals_truth().await;
    }

    async fn a_storm_of_faults_leaves_the_truth(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..120 {
                world.add_run(place.workflow, bare(world, 2 * DAY + n * MINUTE));
            }
            team(world, place, 25);
        })
        .await;
        let storm = [
            (Route::Any, Fault::Status(500, BodyKind::Json), 0.08),
            (Route::Any, Fault::Status(502, BodyKind::Html), 0.08),
            (Route::Any, Fault::Status(503, BodyKind::Empty), 0.05),
            (Route::Any, Fault::Reset, 0.08),
            (Route::Any, Fault::ResetAt(200), 0.08),
            (Route::Any, Fault::Truncate(300), 0.08),
            (Route::Any, Fault::NonJson200, 0.08),
            (Route::Any, Fault::TruncatedGzip, 0.05),
        ];
        for (seed, (route, fault, probability)) in storm.into_iter().enumerate() {
            mirror.hub.faults().add(Rule::new(route, fault).probability(probability, seed as u64));
        }
        // Logs have no digest: nobody can see a wrong byte in one.
        mirror.hub.faults().add(Rule::new(Route::Blob, Fault::FlipByte(90)).path("/artifacts/").probability(0.1, 99));
        mirror.start().await;
        // What is called complete is complete at every moment.
        for _ in 0..10 {
            mirror.pass(5 * MINUTE);
            mirror.until("a check has ended", async || mirror.activity().next_poll_at.is_some()).await;
            mirror.assert_complete_is_true().await;
        }
        mirror.hub.faults().clear();
        mirror.refresh().await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.failed().await, []);
        assert_eq!(mirror.activity().last_error, None);
    }

    async fn what_a_storm_broke_heals_by_itself(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 12))).await;
        mirror.tuning.retry.max_attempts = 8;
        mirror.hub.faults().times(Route::Jobs, Fault::Status(502, BodyKind::Html), 60);
        mirror.hub.faults().times(Route::Blob, Fault::Truncate(50), 60);
        mirror.start().await;
        let healed = async || mirror.activity().state == SyncState::Operational && mirror.app().store.sync_items().await.unwrap().0 == 0;
        mirror
            .until("everything is mirrored", async || {
                mirror.pass(10_000);
                healed().await
            })
            .await;
        mirror.assert_equals_truth().await;
    }

    async fn one_poisoned_artifact_costs_one_artifact(database: Database) {
        let mut poisoned = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let runs = team(world, place, 10);
            let spec = ArtifactSpec { created_at: Some(world.now() - HOUR), ..report("poisoned").digest(DigestClaim::Wrong) };
            poisoned = world.add_artifact(runs[4], spec);
        })
        .await;
        mirror.sync().await;
        mirror.assert_equals_truth_but(&[poisoned]).await;
        let failed = mirror.failed().await;
        assert_eq!(failed.iter().map(|item| (item.kind.as_str(), item.id)).collect::<Vec<_>>(), [("artifact", poisoned)]);
    }

    async fn a_run_whose_jobs_cannot_be_had_stops_no_other(database: Database) {
        let mut runs = Vec::new();
        let mut mirror = Mirror::of(database, |world, place| runs = team(world, place, 10)).await;
        let bad = runs[5];
        mirror.hub.faults().add(Rule::new(Route::Jobs, Fault::Status(500, BodyKind::Json)).path(format!("/runs/{bad}/jobs")));
        mirror.sync().await;
        for run in runs.iter().filter(|run| **run != bad) {
            mirror.assert_run_equals_truth(*run, &[]).await;
        }
        // Its artifact does not depend on its jobs.
        mirror.assert_artifact_is_complete(mirror.hub.world(|world| world.artifact_ids(bad)[0])).await;
        let failed = mirror.failed().await;
        assert_eq!((failed.len(), failed[0].kind.as_str(), failed[0].id, failed[0].attempts), (1, "run", bad, 1));
        assert!(failed[0].reason.contains("500"), "{}", failed[0].reason);
        assert!(failed[0].next_retry_at.is_some_and(|at| at > mirror.clock.now()));
        let shown = mirror.run(bad).await.unwrap().run.processing;
        assert_eq!(shown.state, greenroom::model::ProcessingState::Failed);
        mirror.hub.faults().clear();
        mirror.pass(MINUTE);
        mirror.until("it has been tried again", async || mirror.failed().await.is_empty()).await;
        mirror.settled().await;
        mirror.assert_equals_truth().await;
    }

    async fn without_retries_only_a_refresh_tries_again(database: Database) {
        let mut runs = Vec::new();
        let mut mirror = Mirror::of(database, |world, place| runs = team(world, place, 3)).await;
        mirror.config.retry_failed = false;
        let id = mirror.hub.world(|world| world.artifact_ids(runs[1])[0]);
        mirror.hub.faults().add(Rule::new(Route::ArtifactZip, Fault::Status(500, BodyKind::Json)).path(format!("/{id}/zip")).times(5));
        mirror.sync().await;
        assert_eq!(mirror.failed().await[0].next_retry_at, None);
        mirror.pass(5 * HOUR);
        mirror.poll().await;
        assert_eq!(mirror.state(id).await, ArtifactState::Quarantined);
        mirror.refresh().await;
        mirror.assert_equals_truth().await;
    }

    async fn ten_refreshes_at_once_are_one_flight(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 3))).await;
        mirror.sync().await;
        let run = mirror.add_run(RunSpec::completed("success").jobs(Vec::new()));
        mirror.hub.world(|world| world.add_artifact(run, report("new")));
        mirror.hub.clear_requests();
        mirror.hub.faults().once(Route::Workflows, Fault::SlowMs(200));
        let answers = futures::future::join_all((0..10).map(|_| mirror.try_refresh())).await;
        let expected = RefreshSummary { new_runs: 1, updated_runs: 0, new_files: 3, updated_workflows: 0 };
        assert!(answers.iter().all(|answer| *answer == Ok(expected)), "{answers:?}");
        assert_eq!(mirror.count(Route::Workflows), 1);
        mirror.assert_equals_truth().await;
    }

    async fn a_refresh_during_a_poll_is_a_full_one(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            for n in 0..250 {
                world.add_run(place.workflow, bare(world, DAY + n * MINUTE));
            }
        })
        .await;
        mirror.sync().await;
        let old = mirror.hub.world(|world| {
            world.behaviour.search_lag_ms = 100 * DAY;
            let old = *world.run_ids(mirror.place.repository).last().unwrap();
            world.rerun(old);
            world.complete_run(old, "failure");
            old
        });
        let slow = mirror.hub.faults().add(Rule::new(Route::Workflows, Fault::SlowMs(300)).times(1));
        mirror.hub.clear_requests();
        mirror.pass(mirror.activity().next_poll_at.unwrap().since(mirror.clock.now()) + 1);
        mirror.until("a poll is under way", async || mirror.hub.faults().fired(slow) == 1).await;
        // The poll alone would look at one further page, and the change is on the third.
        let summary = mirror.refresh().await;
        assert_eq!(summary.updated_runs, 1);
        assert_eq!(mirror.count(Route::Workflows), 2);
        mirror.assert_run_equals_truth(old, &[]).await;
    }

    async fn reads_answer_while_collection_fails(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 3))).await;
        mirror.sync().await;
        mirror.hub.faults().always(Route::Any, Fault::Status(500, BodyKind::Html));
        let error = mirror.try_refresh().await.unwrap_err();
        assert!(matches!(&error, RefreshError::GitHub(text) if text.contains("500")), "{error:?}");
        mirror.assert_equals_truth().await;
        assert!(mirror.activity().last_error.is_some_and(|error| error.contains("500")));
        assert!(mirror.activity().next_poll_at.is_some());
    }

    async fn downloads_keep_to_their_number(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 12))).await;
        mirror.config.downloads = 2;
        mirror.hub.faults().always(Route::Blob, Fault::SlowMs(20));
        mirror.sync().await;
        mirror.assert_equals_truth().await;
        assert_eq!(mirror.hub.peak_in_flight(Listener::Blob), 2);
    }

    async fn what_is_called_complete_is_complete_at_every_moment(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 30))).await;
        mirror.hub.faults().add(Rule::new(Route::Blob, Fault::SlowMs(200)).path("/artifacts/"));
        mirror.start().await;
        let (seen, partly) = (AtomicUsize::new(0), AtomicBool::new(false));
        mirror
            .until("all thirty are complete", async || {
                let complete = mirror.assert_complete_is_true().await;
                assert!(complete >= seen.swap(complete, Ordering::SeqCst), "what was complete became less");
                partly.fetch_or((1..30).contains(&complete), Ordering::SeqCst);
                complete == 30
            })
            .await;
        assert!(partly.load(Ordering::SeqCst), "the test never looked in the middle");
    }
}

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// On one thread, so that everything of this test is logged to the test's own place.
#[tokio::test]
async fn the_token_is_in_no_log_event_error_or_debug_text() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let database = Database::new(Engine::Sqlite).await.unwrap();
    let mut mirror = Mirror::of(database, |world, place| drop(team(world, place, 4))).await;
    let faults = mirror.hub.faults();
    faults.add(Rule::new(Route::Jobs, Fault::RedirectLoop).nth(2).times(1));
    faults.add(Rule::new(Route::Jobs, Fault::Status(403, BodyKind::Json)).nth(2).times(1));
    faults.add(Rule::new(Route::ArtifactZip, Fault::NonJson200).nth(2).times(9));
    faults.add(Rule::new(Route::Blob, Fault::FlipByte(7)).times(2));
    mirror.sync().await;
    let mut told =
        format!("{:?} {:?} {:?} {:?}", mirror.config, mirror.app().forge, mirror.app().hub, mirror.activity());
    told += &format!("{:?} {:?}", mirror.failed().await, mirror.runs().await);
    faults.clear();
    faults.always(Route::Any, Fault::Status(401, BodyKind::Json));
    told += &format!("{:?}", mirror.try_refresh().await);
    faults.clear();
    let mut events = mirror.app().hub.listen();
    mirror.refresh().await;
    while let Ok(event) = events.try_recv() {
        told += &format!("{event:?}");
    }
    told += &format!("{:?}", mirror.activity());
    let logged = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(logged.contains("could not") || logged.contains("failed"), "nothing was logged");
    for text in [&told, &logged] {
        assert!(!text.contains(TOKEN), "the token is shown");
        assert!(!text.contains("sig="), "a signed address is shown");
    }
    let sent = mirror.hub.requests();
    assert!(sent.iter().all(|request| request.had_authorization == (request.listener == Listener::Api)));
}
