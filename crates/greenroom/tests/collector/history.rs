//! From an artifact on GitHub to what is known of a test: reports found, counted once, and never taken for green when
//! they are missing, empty or broken.

use crate::mirror::{DAY, HOUR, MINUTE, Mirror, Place, on_both_engines, past};
use fakehub::{ArtifactSpec, JobSpec, RunSpec, World};
use greenroom::model::results::{Standing, TestTotals, TestsState};
use greenroom::model::testing::{TestStatus, Verdict};
use greenroom::store::{ResultQuery, TestQuery};

/// A JUnit report of one suite; a name that begins with `!` fails, with `~` is skipped.
fn junit(file: &str, names: &[&str]) -> String {
    let cases: String = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let took = 0.011 * (index + 1) as f64;
            let (name, inner) = match (name.strip_prefix('!'), name.strip_prefix('~')) {
                (Some(name), _) => {
                    (name, "<failure type=\"AssertionError\" message=\"expected 1 to be 2\">at cart.ts:7:3</failure>")
                }
                (_, Some(name)) => (name, "<skipped/>"),
                _ => (*name, ""),
            };
            format!(
                "<testcase classname=\"cart\" name=\"{name}\" file=\"{file}\" time=\"{took:.3}\">{inner}</testcase>"
            )
        })
        .collect();
    format!("<testsuites><testsuite name=\"cart totals\">{cases}</testsuite></testsuites>")
}

fn results(names: &[&str]) -> ArtifactSpec {
    ArtifactSpec::zip("results", [("junit.xml", junit("src/cart.test.ts", names).into_bytes())])
}

/// A run of the day `days` before now with one artifact a spec.
fn tested(world: &mut World, place: Place, days: i64, conclusion: &'static str, artifacts: Vec<ArtifactSpec>) -> i64 {
    let created = world.now() - days * DAY - HOUR;
    let run =
        world.add_run(place.workflow, RunSpec::completed(conclusion).created_at(created).duration_ms(10 * MINUTE));
    for artifact in artifacts {
        world.add_artifact(run, artifact.created_at(created + 5 * MINUTE));
    }
    run
}

async fn totals(mirror: &Mirror, run: i64) -> TestTotals {
    mirror.run(run).await.unwrap().run.summary.tests
}

fn counts(totals: &TestTotals) -> (i64, i64, i64, i64, TestsState) {
    (totals.passed, totals.failed, totals.skipped, totals.flaky, totals.state)
}

async fn shown(mirror: &Mirror, run: i64) -> Vec<(String, TestStatus)> {
    let query = ResultQuery { run_id: run, limit: 100, ..ResultQuery::default() };
    let page = mirror.app().store.run_results(&query).await.unwrap();
    page.items.into_iter().map(|result| (result.name, result.status)).collect()
}

on_both_engines! {
    async fn a_report_becomes_results_failed_ones_first(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = tested(world, place, 0, "failure", vec![results(&["adds", "!rounds", "~later"])]);
        }).await;
        mirror.sync().await;
        assert_eq!(counts(&totals(&mirror, run).await), (1, 1, 1, 0, TestsState::Complete));
        let expected = [("rounds", TestStatus::Failed), ("later", TestStatus::Skipped), ("adds", TestStatus::Passed)];
        assert_eq!(shown(&mirror, run).await, expected.map(|(name, status)| (name.to_owned(), status)));
    }

    async fn the_results_of_one_test_come_with_its_past(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            tested(world, place, 2, "success", vec![results(&["adds", "rounds"])]);
            tested(world, place, 1, "failure", vec![results(&["adds", "!rounds"])]);
            run = tested(world, place, 0, "failure", vec![results(&["!adds", "!rounds"])]);
        }).await;
        mirror.sync().await;
        let all = ResultQuery { run_id: run, limit: 100, ..ResultQuery::default() };
        let page = mirror.app().store.run_results(&all).await.unwrap();
        let strips: Vec<(String, String)> = page.items.iter().map(|one| (one.name.clone(), one.strip.clone())).collect();
        assert!(strips.contains(&("adds".to_owned(), "PPF".to_owned())), "{strips:?}");
        assert!(strips.contains(&("rounds".to_owned(), "PFF".to_owned())), "{strips:?}");
        let rounds = page.items.iter().find(|one| one.name == "rounds").unwrap().test_id;
        let page = mirror.app().store.run_results(&ResultQuery { test_id: Some(rounds), ..all.clone() }).await.unwrap();
        assert_eq!((page.total, page.items[0].name.as_str()), (1, "rounds"));
        let page = mirror.app().store.run_results(&ResultQuery { test_id: Some(rounds + 1_000), ..all }).await.unwrap();
        assert_eq!((page.total, page.items.len(), page.next), (0, 0, None));
    }

    async fn a_run_without_a_readable_report_is_never_green(database: Database) {
        let (mut missing, mut empty, mut broken, mut cut, mut other) = (0, 0, 0, 0, 0);
        let mut mirror = Mirror::of(database, |world, place| {
            tested(world, place, 9, "success", vec![results(&["adds"])]);
            missing = tested(world, place, 4, "success", vec![]);
            empty = tested(world, place, 3, "success", vec![ArtifactSpec::zip("results", [("junit.xml", b"<testsuites/>".to_vec())])]);
            broken = tested(world, place, 2, "success", vec![ArtifactSpec::zip("results", [("junit.xml", Vec::new())])]);
            let whole = junit("a.ts", &["adds", "rounds"]);
            let half = whole.as_bytes()[..whole.len() - 60].to_vec();
            cut = tested(world, place, 1, "success", vec![ArtifactSpec::zip("results", [("junit.xml", half)])]);
            let docs = world.add_workflow(place.repository, "Docs", ".github/workflows/docs.yml");
            other = world.add_run(docs, past(world, HOUR));
        }).await;
        mirror.sync().await;
        for (run, state) in [(missing, TestsState::Missing), (empty, TestsState::Empty), (broken, TestsState::Unreadable), (cut, TestsState::Partial)] {
            let totals = totals(&mirror, run).await;
            assert_eq!(totals.state, state, "{totals:?}");
            assert!(totals.problem.is_some(), "{totals:?}");
        }
        assert_eq!(totals(&mirror, other).await.state, TestsState::None, "its workflow has no tests");
    }

    async fn one_execution_in_two_formats_counts_once(database: Database) {
        let names: Vec<String> = (0..12).map(|number| format!("case number {number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ctrf: Vec<String> = names.iter().enumerate()
            .map(|(index, name)| format!(r#"{{"name": "{name}", "status": "passed", "duration": {}, "suite": "cart totals"}}"#, 11 * (index + 1))).collect();
        let ctrf = format!(r#"{{"results": {{"tool": {{"name": "jest"}}, "summary": {{"tests": 12, "passed": 12, "failed": 0}}, "tests": [{}]}}}}"#, ctrf.join(","));
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let both = ArtifactSpec::zip("results", [("junit.xml", junit("a.ts", &names).into_bytes()), ("ctrf-report.json", ctrf.into_bytes())]);
            run = tested(world, place, 0, "success", vec![both]);
        }).await;
        mirror.sync().await;
        assert_eq!(counts(&totals(&mirror, run).await), (12, 0, 0, 0, TestsState::Complete));
        let standings: Vec<Standing> = mirror.app().store.reports_of_run(run).await.unwrap().into_iter().map(|report| report.standing).collect();
        assert_eq!(standings, [Standing::Counted, Standing::Duplicate]);
    }

    async fn a_later_attempt_takes_the_place_of_an_earlier_one_and_contradicts_it(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            for days in 2..6 {
                tested(world, place, days, "success", vec![results(&["adds", "rounds"])]);
            }
            let created = world.now() - DAY;
            let spec = RunSpec::completed("success").created_at(created).started_at(created + HOUR).earlier_attempt("failure", created, 10 * MINUTE);
            run = world.add_run(place.workflow, spec);
            world.add_artifact(run, results(&["!adds", "rounds"]).created_at(created + 5 * MINUTE).attempt(1));
            world.add_artifact(run, results(&["adds", "rounds"]).created_at(created + HOUR + 2 * MINUTE).attempt(2));
        }).await;
        mirror.sync().await;
        assert_eq!(counts(&totals(&mirror, run).await), (2, 0, 0, 1, TestsState::Complete));
        let tests = mirror.app().store.tests(&TestQuery { limit: 10, ..TestQuery::default() }).await.unwrap().items;
        let adds = tests.iter().find(|test| test.name == "adds").unwrap();
        assert_eq!((adds.results, adds.failures, adds.verdict), (6, 1, Verdict::Suspect), "{}", adds.reason);
    }

    async fn a_test_that_moves_to_another_file_keeps_its_history(database: Database) {
        let mut mirror = Mirror::of(database, |world, place| {
            tested(world, place, 2, "success", vec![results(&["adds", "rounds"])]);
            tested(world, place, 1, "success", vec![results(&["adds", "rounds"])]);
        }).await;
        mirror.sync().await;
        let moved = mirror.hub.world(|world| {
            // On a branch first, as changes are.
            let moved = || ArtifactSpec::zip("results", [("junit.xml", junit("src/money/totals.test.ts", &["adds", "rounds"]).into_bytes())]);
            let created = world.now() - 2 * HOUR;
            let branch = world.add_run(mirror.place.workflow, RunSpec::completed("success").created_at(created).branch("tidy-up"));
            world.add_artifact(branch, moved().created_at(created + MINUTE));
            tested(world, mirror.place, 0, "success", vec![moved()])
        });
        mirror.refresh().await;
        let tests = mirror.app().store.tests(&TestQuery { limit: 10, ..TestQuery::default() }).await.unwrap().items;
        let found: Vec<(&str, i64, Option<&str>)> = tests.iter().map(|test| (test.name.as_str(), test.results, test.file.as_deref())).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|(_, results, file)| *results == 4 && *file == Some("src/money/totals.test.ts")), "{found:?}");
        assert_eq!(totals(&mirror, moved).await.passed, 2);
    }

    async fn reading_again_needs_nothing_of_github_and_changes_nothing(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            run = tested(world, place, 0, "failure", vec![results(&["adds", "!rounds"])]);
        }).await;
        mirror.sync().await;
        let rows = "SELECT CAST(count(*) AS TEXT), CAST(sum(results) AS TEXT), CAST(sum(failures) AS TEXT) FROM test";
        let (before, shown_before) = (mirror.database.rows(rows).await, shown(&mirror, run).await);
        mirror.stop().await;
        mirror.database.execute("UPDATE artifact SET reports_version = 0").await;
        mirror.hub.world(|world| {
            let ids = world.artifact_ids(run);
            for id in ids {
                world.delete_artifact(id);
            }
        });
        mirror.sync().await;
        mirror.until("the artifact was read again", async || mirror.database.number("SELECT min(reports_version) FROM artifact").await > 0).await;
        mirror.settled().await;
        assert_eq!(mirror.database.rows(rows).await, before);
        assert_eq!(shown(&mirror, run).await, shown_before);
    }

    async fn a_failed_job_without_reports_tells_its_failures_from_its_log(database: Database) {
        let log = "2026-11-24T10:00:00.0000000Z ##[group]Run cargo build\n2026-11-24T10:00:00.0000000Z ##[endgroup]\n\
                   2026-11-24T10:00:01.0000000Z error[E0308]: mismatched types\n2026-11-24T10:00:01.0000000Z   --> src/price.rs:12:5\n\
                   2026-11-24T10:00:02.0000000Z ##[error]Process completed with exit code 101.\n";
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let spec = past(world, HOUR).conclusion("failure").jobs(vec![JobSpec::named("build").conclusion("failure").log(log)]);
            run = world.add_run(place.workflow, spec);
        }).await;
        mirror.sync().await;
        let found = mirror.app().store.log_failures(run, 1).await.unwrap();
        assert_eq!((found[0].kind.as_deref(), found[0].line), (Some("E0308"), 3), "{found:?}");
        assert!(found[0].message.contains("mismatched types"));
        assert_eq!(totals(&mirror, run).await.state, TestsState::None);
    }

    async fn g16_a_fork_stays_out_of_the_counters(database: Database) {
        let mut run = 0;
        let mut mirror = Mirror::of(database, |world, place| {
            let created = world.now() - HOUR;
            run = world.add_run(place.workflow, RunSpec::completed("failure").created_at(created).fork("stranger").event("pull_request"));
            world.add_artifact(run, results(&["!adds"]).created_at(created + MINUTE));
        }).await;
        mirror.sync().await;
        assert_eq!(totals(&mirror, run).await.failed, 1, "its own run shows it");
        assert_eq!(mirror.database.number("SELECT CAST(sum(results) AS BIGINT) FROM test").await, 0);
    }
}
