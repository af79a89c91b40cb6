//! The story as a reader of artifacts and logs meets it: every report is found, in the format meant, with the counts
//! meant, and proves what it is to prove.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::LazyLock;

use artifact::report::{self, Case, Format, Kind, Limits, Look, Problem, Report, Status};

use super::NOW;
use crate::demo::cast::{
    FLAKY_BACKEND_TEST, FLAKY_TEST, RECOVERED_TEST, REGRESSED_BACKEND_TEST, REGRESSED_TEST, REPAIRED_TEST, Tests,
};
use crate::demo::facts::Flow;
use crate::demo::jobs::MATRIX;
use crate::demo::scenes::{DAY, MINUTE, Stage};
use crate::demo::story::tell;
use crate::world::{Artifact, Run, World};

static WORLD: LazyLock<std::sync::Mutex<World>> = LazyLock::new(|| std::sync::Mutex::new(tell(7, NOW)));

fn with<T>(look: impl FnOnce(&World, Stage) -> T) -> T {
    let world = WORLD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let stage = Stage::find(&world).unwrap();
    look(&world, stage)
}

/// A file of an artifact.
struct File {
    path: String,
    bytes: Vec<u8>,
}

fn files(artifact: &Artifact) -> Vec<File> {
    inner_files(&artifact.stored.rope().to_vec())
}

/// The files of a zip.
fn inner_files(bytes: &[u8]) -> Vec<File> {
    let bytes = bytes.to_vec();
    let contents = artifact::scan(&bytes, &artifact::Limits::default()).unwrap();
    let read = |entry: &artifact::Entry| {
        let section = artifact::Section::new(&bytes, entry.data_offset, entry.compressed_bytes);
        let mut content = Vec::new();
        artifact::open(section, entry.method, entry.size_bytes, entry.crc32).read_to_end(&mut content).unwrap();
        File { path: entry.name.clone(), bytes: content }
    };
    contents.entries.iter().map(read).collect()
}

fn report_of(file: &File) -> Option<Report> {
    let head = &file.bytes[..file.bytes.len().min(report::HEAD_BYTES)];
    match report::look(&file.path, head) {
        Look::Report(format) => Some(report::read(format, &mut file.bytes.as_slice(), &Limits::default())),
        Look::Unreadable(problem) => panic!("{}: {problem}", file.path),
        Look::Other => None,
    }
}

/// The reports of an artifact by their path.
fn reports(artifact: &Artifact) -> Vec<(String, Report)> {
    files(artifact).iter().filter_map(|file| Some((file.path.clone(), report_of(file)?))).collect()
}

/// Runs of a workflow, oldest first.
fn runs(world: &World, stage: Stage, flow: Flow) -> Vec<&Run> {
    world.run_ids(stage.workflow(flow)).into_iter().rev().filter_map(|id| world.run(id)).collect()
}

/// The artifact of a run with this name, of this attempt.
fn artifact_of<'a>(world: &'a World, run: &Run, name: &str, attempt: i64) -> Option<&'a Artifact> {
    world
        .artifact_ids(run.id)
        .into_iter()
        .filter_map(|id| world.artifact(id))
        .find(|artifact| artifact.name == name && artifact.attempt == attempt)
}

fn only_report(artifact: &Artifact, format: Format) -> Report {
    let mut found: Vec<Report> =
        reports(artifact).into_iter().map(|(_, report)| report).filter(|report| report.format == format).collect();
    assert_eq!(found.len(), 1, "{}", artifact.name);
    found.remove(0)
}

/// The merged report of the browser tests.
fn browser_report(world: &World, run: &Run, attempt: i64) -> Option<Report> {
    artifact_of(world, run, "playwright-report", attempt).map(|artifact| only_report(artifact, Format::Playwright))
}

fn backend_report(world: &World, run: &Run, attempt: i64) -> Option<Report> {
    artifact_of(world, run, "backend-test-results", attempt).map(|artifact| only_report(artifact, Format::Junit))
}

fn failing(report: &Report) -> Vec<&Case> {
    report.cases.iter().filter(|case| case.status.is_failing()).collect()
}

fn message(case: &Case) -> &str {
    case.detail.as_ref().map_or("", |detail| detail.message.as_str())
}

fn on_main(run: &&Run) -> bool {
    run.branch.as_deref() == Some("main") && run.event == "push" && run.status() == "completed"
}

/// A finished run of a workflow in the last days with nothing wrong.
fn clean_run(world: &World, stage: Stage, flow: Flow) -> &Run {
    runs(world, stage, flow)
        .into_iter()
        .rev()
        .find(|run| run.conclusion() == Some("success") && run.attempts.len() == 1)
        .unwrap()
}

/// A report: artifact, path, format, cases; coverage where there are none.
type Wanted = (&'static str, &'static str, Format, usize);

const WANTED: [(Flow, &[Wanted]); 6] = [
    (
        Flow::Ci,
        &[
            ("coverage", "coverage-summary.json", Format::Istanbul, 0),
            ("coverage", "lcov.info", Format::Lcov, 0),
            ("test-results-ubuntu-latest-20", "junit.xml", Format::Junit, 52),
            ("test-results-ubuntu-latest-20", "vitest-results.json", Format::Jest, 52),
        ],
    ),
    (
        Flow::E2e,
        &[
            ("e2e-results-webkit-1", "results.json", Format::Playwright, 18),
            ("playwright-report", "report.json", Format::Playwright, 108),
            ("test-results", "results.xml", Format::Junit, 108),
        ],
    ),
    (Flow::Visual, &[("visual-diff", "results.json", Format::Playwright, 14)]),
    (
        Flow::Backend,
        &[
            ("backend-test-results", "reports/coverage.xml", Format::Cobertura, 0),
            ("backend-test-results", "reports/junit.xml", Format::Junit, 40),
            ("contract-results", "go-test.json", Format::GoJson, 13),
        ],
    ),
    (
        Flow::Android,
        &[
            (
                "android-results-api-34",
                "androidTest-results/connected/TEST-com.acme.app.CartScreenTest.xml",
                Format::Junit,
                4,
            ),
            (
                "android-results-api-34",
                "androidTest-results/connected/TEST-com.acme.app.OfflineTest.xml",
                Format::Junit,
                3,
            ),
        ],
    ),
    (
        Flow::Nightly,
        &[
            ("nightly-postgres-16", "reports/junit.xml", Format::Junit, 40),
            ("nightly-web-macos-latest-22", "ctrf-report.json", Format::Ctrf, 52),
        ],
    ),
];

#[test]
fn every_workflow_reports_in_the_formats_of_its_tools() {
    with(|world, stage| {
        for (flow, reports_wanted) in WANTED {
            let run = clean_run(world, stage, flow);
            for (name, path, format, cases) in reports_wanted {
                let artifact = artifact_of(world, run, name, 1).unwrap_or_else(|| panic!("{flow:?} has no {name}"));
                let found = reports(artifact);
                let report = found.iter().find(|(other, _)| other == path).map(|(_, report)| report);
                let report = report.unwrap_or_else(|| panic!("{name} has no {path}: {found:?}"));
                assert_eq!((report.format, report.cases.len()), (*format, *cases), "{name}/{path}");
                assert!(report.problems.is_empty(), "{name}/{path}: {:?}", report.problems);
                assert!(failing(report).is_empty(), "{name}/{path}");
                let kind = if *cases == 0 { Kind::Coverage } else { Kind::Tests };
                assert_eq!(report.kind, kind, "{name}/{path}");
            }
        }
    });
}

#[test]
fn a_folder_of_results_has_a_file_for_every_smoke_test() {
    with(|world, stage| {
        let run = clean_run(world, stage, Flow::Nightly);
        let found = reports(artifact_of(world, run, "allure-results", 1).unwrap());
        assert_eq!(found.len(), Tests::Smoke.cases().len());
        assert!(found.iter().all(|(_, report)| report.format == Format::Allure && report.cases.len() == 1));
    });
}

#[test]
fn findings_of_a_linter_are_no_tests() {
    with(|world, stage| {
        let run = clean_run(world, stage, Flow::Lint);
        let junit = only_report(artifact_of(world, run, "lint-report", 1).unwrap(), Format::Junit);
        assert_eq!((junit.kind, junit.cases.len()), (Kind::Lint, 0));
        let sarif = artifact_of(world, run, "eslint.sarif.json", 1).unwrap();
        let file = File { path: sarif.name.clone(), bytes: sarif.stored.rope().to_vec() };
        let sarif = report_of(&file).unwrap();
        assert_eq!((sarif.format, sarif.kind, sarif.findings), (Format::Sarif, Kind::Lint, junit.findings));
    });
}

#[test]
fn the_flaky_test_contradicts_itself_within_jobs_and_between_attempts() {
    with(|world, stage| {
        let recent = |run: &&Run| run.created_at > stage.now_ms - 14 * DAY;
        let (mut retried, mut rerun) = (BTreeSet::new(), 0);
        for run in runs(world, stage, Flow::E2e).into_iter().filter(recent) {
            for attempt in 1..=run.attempts.len() as i64 {
                let Some(report) = browser_report(world, run, attempt) else { continue };
                for case in report.cases.iter().filter(|case| case.is_flaky()) {
                    assert_eq!(case.name, FLAKY_TEST, "no other test is flaky");
                    retried.insert(run.id);
                }
            }
            let failed = |attempt| {
                browser_report(world, run, attempt)
                    .map(|report| failing(&report).iter().any(|case| case.name == FLAKY_TEST))
            };
            rerun +=
                usize::from(!stage.is_outage(run.created_at) && failed(1) == Some(true) && failed(2) == Some(false));
        }
        assert!(retried.len() >= 4, "{retried:?}");
        assert!(rerun >= 2, "{rerun}");
    });
}

#[test]
fn a_test_of_the_back_end_is_flaky_only_between_attempts() {
    with(|world, stage| {
        let mut contradictions = 0;
        for run in runs(world, stage, Flow::Backend).into_iter().filter(|run| !stage.is_outage(run.created_at)) {
            let failed = |attempt| {
                let report = backend_report(world, run, attempt)?;
                assert!(!report.cases.iter().any(Case::is_flaky));
                Some(failing(&report).iter().any(|case| case.name == FLAKY_BACKEND_TEST))
            };
            let recent = run.created_at > stage.now_ms - 14 * DAY;
            contradictions += usize::from(recent && failed(1) == Some(true) && failed(2) == Some(false));
        }
        assert!(contradictions >= 2, "{contradictions}");
    });
}

#[test]
fn the_regression_fails_in_every_run_since_and_says_the_same() {
    with(|world, stage| {
        for (flow, title) in [(Flow::E2e, REGRESSED_TEST), (Flow::Backend, REGRESSED_BACKEND_TEST)] {
            let (mut before, mut after, mut messages) = (0, 0, BTreeSet::new());
            for run in runs(world, stage, flow).into_iter().filter(on_main) {
                let attempt = run.attempts.len() as i64;
                let report = if flow == Flow::E2e {
                    browser_report(world, run, attempt)
                } else {
                    backend_report(world, run, attempt)
                };
                let Some(report) = report else { continue };
                let failures: Vec<&Case> = failing(&report).into_iter().filter(|case| case.name == title).collect();
                if run.created_at < stage.regression_at {
                    assert!(failures.is_empty(), "{title} in run {}", run.run_number);
                    before += 1;
                } else {
                    assert!(!failures.is_empty(), "{title} in run {}", run.run_number);
                    messages.extend(failures.iter().map(|case| message(case).to_owned()));
                    after += 1;
                }
            }
            assert!(before >= 5 && after >= 2, "{title}: {before} before, {after} after");
            assert_eq!(messages.len(), 1, "{messages:?}");
        }
    });
}

#[test]
fn pull_requests_begun_after_it_meet_the_regression_too() {
    with(|world, stage| {
        let meets = |run: &&Run| {
            run.event == "pull_request"
                && run.created_at > stage.regression_at
                && browser_report(world, run, 1)
                    .is_some_and(|report| failing(&report).iter().any(|case| case.name == REGRESSED_TEST))
        };
        assert!(runs(world, stage, Flow::E2e).iter().filter(|run| meets(run)).count() >= 2);
    });
}

fn failures_titled(world: &World, run: &Run) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for artifact in world.artifact_ids(run.id).into_iter().filter_map(|id| world.artifact(id)) {
        if artifact.name.starts_with("test-results-") || artifact.name == "playwright-report" {
            let found = reports(artifact);
            let richest = found.iter().filter(|(path, _)| path.ends_with(".json"));
            names.extend(richest.flat_map(|(_, report)| failing(report)).map(|case| case.name.clone()));
        }
    }
    names
}

#[test]
fn one_pull_request_fails_by_itself_and_one_is_repaired_by_a_later_push() {
    with(|world, stage| {
        let of = |flow, title: &str| -> Vec<BTreeSet<String>> {
            let titled = runs(world, stage, flow).into_iter().filter(|run| run.title == title);
            titled.map(|run| failures_titled(world, run)).collect()
        };
        let own = of(Flow::E2e, "Show the card brand while typing");
        assert_eq!(own, [BTreeSet::from(["rejects an expired card".to_owned(), REGRESSED_TEST.to_owned()])]);
        let repaired = of(Flow::Ci, "Merge equal items across shops");
        let broken = BTreeSet::from(["merges equal items".to_owned()]);
        assert_eq!(repaired, [broken.clone(), broken, BTreeSet::new()]);
    });
}

#[test]
fn a_flaky_test_of_three_weeks_ago_has_been_reliable_since() {
    with(|world, stage| {
        let (mut before, mut after) = (0, 0);
        for run in runs(world, stage, Flow::E2e) {
            let Some(report) = browser_report(world, run, 1) else { continue };
            let wobbles = report.cases.iter().any(|case| case.name == RECOVERED_TEST && case.is_flaky());
            match run.created_at < stage.wallet_repaired_at {
                true => before += usize::from(wobbles),
                false => after += usize::from(wobbles),
            }
        }
        assert!(before >= 4, "{before}");
        assert_eq!(after, 0);
    });
}

#[test]
fn a_test_was_broken_for_eight_runs_and_passes_since() {
    with(|world, stage| {
        let history: String = runs(world, stage, Flow::E2e)
            .into_iter()
            .filter(on_main)
            .filter_map(|run| browser_report(world, run, 1))
            .map(|report| {
                let broken = report.cases.iter().filter(|case| case.name == REPAIRED_TEST);
                if broken.clone().any(|case| case.status == Status::Failed) { 'F' } else { '.' }
            })
            .collect();
        let outages = history.trim_matches('.').split('.').next().unwrap_or_default();
        assert_eq!(outages, "FFFFFFFF", "{history}");
    });
}

#[test]
fn the_outage_took_almost_everything_in_several_workflows_and_a_second_attempt_repaired_it() {
    with(|world, stage| {
        let mut hit = BTreeSet::new();
        for run in world.runs.values().filter(|run| stage.is_outage(run.created_at) && run.latest().jobs.len() > 1) {
            let ends = (run.attempts[0].conclusion.as_deref(), run.attempts.len());
            assert_eq!(ends, (Some("failure"), 2), "{}", run.name);
            for attempt in [1, 2] {
                let cases = cases_of(world, run, attempt);
                let failed = cases.iter().filter(|case| case.status.is_failing()).count();
                if attempt == 2 {
                    let failing: Vec<&Case> = cases.iter().filter(|case| case.status.is_failing()).collect();
                    assert!(failing.is_empty(), "{} {:?} {failing:?}", run.name, run.attempts);
                } else if cases.len() >= 20 {
                    assert!(failed * 100 > cases.len() * 80, "{}: {failed} of {}", run.name, cases.len());
                    let refused =
                        |case: &&Case| message(case).to_lowercase().replace('_', " ").contains("connection refused");
                    assert!(cases.iter().filter(|case| case.status.is_failing()).all(|case| refused(&case)));
                    hit.insert(run.name.clone());
                }
            }
        }
        assert!(hit.len() >= 3, "{hit:?}");
    });
}

/// The cases of an attempt, each execution once.
fn cases_of(world: &World, run: &Run, attempt: i64) -> Vec<Case> {
    let counts = |name: &str| {
        ["playwright-report", "backend-test-results", "contract-results"].contains(&name)
            || name.starts_with("android-results")
    };
    let artifacts = world.artifact_ids(run.id).into_iter().filter_map(|id| world.artifact(id));
    let of_attempt = artifacts.filter(|artifact| artifact.attempt == attempt && counts(&artifact.name));
    of_attempt.flat_map(reports).flat_map(|(_, report)| report.cases).collect()
}

fn titled<'a>(world: &'a World, stage: Stage, flow: Flow, title: &str) -> &'a Run {
    runs(world, stage, flow).into_iter().find(|run| run.title == title).unwrap_or_else(|| panic!("no run {title}"))
}

#[test]
fn reports_are_missing_empty_and_cut_off_in_one_run_each() {
    with(|world, stage| {
        let lost = titled(world, stage, Flow::Backend, "Run the back end's tests in parallel");
        assert_eq!(lost.conclusion(), Some("failure"));
        assert!(artifact_of(world, lost, "backend-test-results", 1).is_none());

        let unseen = titled(world, stage, Flow::E2e, "Move the report to another folder");
        assert_eq!(unseen.conclusion(), Some("failure"));
        assert!(cases_of(world, unseen, 1).is_empty());
        assert!(artifact_of(world, unseen, "screenshots", 1).is_some());

        let crashed = titled(world, stage, Flow::Ci, "Load the whole catalogue in the test set-up");
        assert_eq!(crashed.conclusion(), Some("failure"));
        for (system, node) in MATRIX {
            let name = format!("test-results-{system}-{node}");
            let found = reports(artifact_of(world, crashed, &name, 1).unwrap());
            assert!(found.len() == 2 && found.iter().all(|(_, report)| report.cases.is_empty()), "{found:?}");
        }

        let cut = titled(world, stage, Flow::Android, "Record every screen");
        let found = reports(artifact_of(world, cut, "android-results-api-34", 1).unwrap());
        let broken: Vec<_> = found.iter().filter(|(_, report)| report.problems.contains(&Problem::Truncated)).collect();
        assert_eq!(broken.len(), 1, "{found:?}");
    });
}

/// Duration by name and variant.
fn durations(report: &Report) -> BTreeMap<(String, String), Option<u64>> {
    let key = |case: &Case| {
        let name = case.name.rsplit([' ', '>', '›']).next().unwrap_or_default();
        let title = case.name.rsplit(" > ").next().unwrap_or(name).rsplit(" › ").next().unwrap_or(name);
        let variant = case.variant.first().map_or(String::new(), |(_, value)| value.clone());
        (title.to_owned(), variant)
    };
    report
        .cases
        .iter()
        .filter(|case| case.status != Status::Skipped)
        .map(|case| (key(case), case.duration_ms))
        .collect()
}

#[test]
fn two_formats_of_one_execution_tell_the_same_durations() {
    with(|world, stage| {
        let run = clean_run(world, stage, Flow::Ci);
        let artifact = artifact_of(world, run, "test-results-windows-latest-22", 1).unwrap();
        let (xml, json) = (only_report(artifact, Format::Junit), only_report(artifact, Format::Jest));
        assert_eq!(durations(&xml), durations(&json));

        let run = clean_run(world, stage, Flow::E2e);
        let merged = browser_report(world, run, 1).unwrap();
        let xml = only_report(artifact_of(world, run, "test-results", 1).unwrap(), Format::Junit);
        assert_eq!(durations(&merged), durations(&xml));
    });
}

#[test]
fn shards_add_up_to_the_merged_report_also_where_only_some_were_run_again() {
    with(|world, stage| {
        let again = runs(world, stage, Flow::E2e)
            .into_iter()
            .rev()
            .find(|run| run.attempts.len() == 2 && run.created_at > stage.shards_since)
            .unwrap();
        let mut latest: BTreeMap<String, &Artifact> = BTreeMap::new();
        for artifact in world.artifact_ids(again.id).into_iter().filter_map(|id| world.artifact(id)) {
            if artifact.name.starts_with("e2e-results-") {
                latest.insert(artifact.name.clone(), artifact);
            }
        }
        assert_eq!(latest.len(), 6);
        let attempts: BTreeSet<i64> = latest.values().map(|artifact| artifact.attempt).collect();
        assert_eq!(attempts, BTreeSet::from([1, 2]), "some shards were run again and some were not");
        let mut of_shards = BTreeMap::new();
        for artifact in latest.values() {
            of_shards.extend(durations(&only_report(artifact, Format::Playwright)));
        }
        assert_eq!(durations(&browser_report(world, again, 2).unwrap()), of_shards);
    });
}

#[test]
fn variants_run_the_same_tests_in_their_own_time() {
    with(|world, stage| {
        let run = clean_run(world, stage, Flow::Ci);
        let names: BTreeSet<&str> =
            run.latest().jobs.iter().filter_map(|id| world.job(*id)).map(|job| job.name.as_str()).collect();
        let mut seen: Vec<BTreeMap<_, _>> = Vec::new();
        for (system, node) in MATRIX {
            assert!(names.contains(format!("unit ({system}, {node})").as_str()), "{names:?}");
            let artifact = artifact_of(world, run, &format!("test-results-{system}-{node}"), 1).unwrap();
            let times = durations(&only_report(artifact, Format::Jest));
            assert!(seen.iter().all(|other| other.keys().eq(times.keys()) && *other != times));
            seen.push(times);
        }
    });
}

#[test]
fn files_named_by_a_failure_are_in_the_artifact() {
    with(|world, stage| {
        let mut checked = 0;
        for (flow, name) in
            [(Flow::E2e, "playwright-report"), (Flow::E2e, "e2e-results-webkit-1"), (Flow::Visual, "visual-diff")]
        {
            let before = checked;
            for run in runs(world, stage, flow).into_iter().rev() {
                let Some(artifact) = artifact_of(world, run, name, 1) else { continue };
                let paths: Vec<String> = files(artifact).into_iter().map(|file| file.path).collect();
                let report = only_report(artifact, Format::Playwright);
                for attachment in report.cases.iter().flat_map(|case| &case.attachments) {
                    let held = paths.iter().any(|path| attachment.path.ends_with(path.as_str()));
                    assert!(held, "{}: no {} among {paths:?}", artifact.name, attachment.path);
                    checked += 1;
                }
                if checked > before + 2 {
                    break;
                }
            }
            assert!(checked > before, "{name} names no file");
        }
    });
}

#[test]
fn logs_tell_the_failing_tests_of_the_reports_and_the_ids_of_uploads() {
    with(|world, stage| {
        let title = "Show the card brand while typing";
        for (flow, test) in [(Flow::E2e, "rejects an expired card"), (Flow::Ci, "ignores spaces")] {
            let run = titled(world, stage, flow, title);
            let mut told = false;
            for job in run.latest().jobs.iter().filter_map(|id| world.job(*id)) {
                let Some(log) = world.job_log(job.id) else { continue };
                let reading = artifact::log::failures(&mut log.as_slice(), &artifact::log::FailureLimits::default());
                let failed = job.conclusion.as_deref() == Some("failure");
                told |= failed
                    && reading.failures.iter().any(|one| one.test.as_deref().is_some_and(|name| name.contains(test)));
                let uploaded: BTreeSet<u64> = world
                    .artifact_ids(run.id)
                    .into_iter()
                    .filter(|id| world.artifact(*id).unwrap().job == Some(job.id))
                    .map(|id| id as u64)
                    .collect();
                assert_eq!(reading.artifact_ids.into_iter().collect::<BTreeSet<_>>(), uploaded, "{}", job.name);
            }
            assert!(told, "no log of {flow:?} tells of {test}");
        }
    });
}

#[test]
fn a_job_that_does_not_compile_says_so_and_reports_nothing() {
    with(|world, stage| {
        let run = titled(world, stage, Flow::Ci, "Cap coupons by percentage");
        assert_eq!((run.conclusion(), world.artifact_ids(run.id).len()), (Some("failure"), 0));
        let kinds: Vec<String> = run
            .latest()
            .jobs
            .iter()
            .filter_map(|id| world.job_log(*id))
            .flat_map(|log| artifact::log::failures(&mut log.as_slice(), &Default::default()).failures)
            .filter_map(|failure| failure.kind)
            .collect();
        assert!(kinds.iter().any(|kind| kind == "E0308"), "{kinds:?}");
    });
}

#[test]
fn a_fork_brings_failing_tests_of_its_own() {
    with(|world, stage| {
        let failed = runs(world, stage, Flow::Ci)
            .into_iter()
            .filter(|run| run.head_repository != run.repository && run.conclusion() == Some("failure"))
            .map(|run| failures_titled(world, run))
            .collect::<Vec<_>>();
        assert_eq!(failed, vec![BTreeSet::from(["has every key in every language".to_owned()]); 2]);
    });
}

#[test]
fn while_one_watches_the_flaky_test_fails_and_passes_on_retry() {
    let mut world = tell(7, NOW);
    let before: BTreeSet<i64> = world.runs.keys().copied().collect();
    world.advance(8 * MINUTE);
    let shows =
        world.runs.values().filter(|run| !before.contains(&run.id) && run.conclusion() == Some("success")).any(|run| {
            browser_report(&world, run, 1)
                .is_some_and(|report| report.cases.iter().any(|case| case.name == FLAKY_TEST && case.is_flaky()))
        });
    assert!(shows);
}

#[test]
fn a_trace_holds_the_pictures_it_names_and_the_action_that_failed() {
    with(|world, stage| {
        let run = titled(world, stage, Flow::E2e, "Move payments to the new service");
        let artifact = artifact_of(world, run, "e2e-results-webkit-1", 1).unwrap();
        let traces: Vec<File> = files(artifact).into_iter().filter(|file| file.path.ends_with("trace.zip")).collect();
        assert!(traces.len() >= 4, "{}", traces.len());
        for trace in traces {
            let inner = inner_files(&trace.bytes);
            let of = |name: &str| inner.iter().find(|file| file.path == name).map(|file| file.bytes.as_slice());
            let events: Vec<serde_json::Value> = std::str::from_utf8(of("0-trace.trace").unwrap())
                .unwrap()
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!((events[0]["type"].as_str(), events[0]["version"].as_u64()), (Some("context-options"), Some(8)));
            let frames: Vec<&str> = events
                .iter()
                .filter(|event| event["type"] == "screencast-frame")
                .filter_map(|event| event["sha1"].as_str())
                .collect();
            assert!(frames.len() >= 4, "{frames:?}");
            assert!(frames.iter().all(|name| of(&format!("resources/{name}")).is_some()));
            let told = std::str::from_utf8(of("test.trace").unwrap()).unwrap();
            let is_flaky = trace.path.contains("declined");
            assert_eq!(told.contains("\"type\":\"error\""), !is_flaky, "{}", trace.path);
            let asked = std::str::from_utf8(of("0-trace.network").unwrap()).unwrap();
            assert_eq!(asked.contains("\"status\":502"), trace.path.contains("payment"), "{}", trace.path);
        }
    });
}

#[test]
fn one_pull_request_fails_in_many_tests_for_few_reasons() {
    with(|world, stage| {
        let run = titled(world, stage, Flow::E2e, "Move payments to the new service");
        let report = browser_report(world, run, 1).unwrap();
        let causes: BTreeMap<&str, usize> = failing(&report).iter().fold(BTreeMap::new(), |mut causes, case| {
            *causes.entry(message(case).lines().next().unwrap_or_default()).or_default() += 1;
            causes
        });
        assert!(failing(&report).len() >= 14 && causes.len() <= 4, "{causes:?}");
        let compared = failing(&report).into_iter().filter(|case| {
            ["-expected.png", "-actual.png", "-diff.png"]
                .iter()
                .all(|end| case.attachments.iter().any(|file| file.name.ends_with(end)))
        });
        assert_eq!(compared.count(), 6);
        assert!(report.cases.iter().any(Case::is_flaky));
    });
}

#[test]
fn the_longest_logs_are_made_piece_by_piece() {
    with(|world, stage| {
        let run = titled(world, stage, Flow::Nightly, "Log every query while soaking");
        let soak = run.latest().jobs.iter().filter_map(|id| world.job(*id)).find(|job| job.name == "soak").unwrap();
        let crate::content::Log::Rope(make) = &soak.spec.log else { panic!("the log is held in memory") };
        let rope = make();
        assert!(rope.len() > 64 << 20, "{}", rope.len());
        // Wherever it is read, lines are whole.
        for at in [0, rope.len() / 2, rope.len() - 20_000] {
            let piece = String::from_utf8_lossy(&rope.slice(at, 20_000)).into_owned();
            for line in piece.lines().skip(1).take(100) {
                assert!(line.starts_with(' ') || line.as_bytes().get(27) == Some(&b'Z'), "{line:?}");
            }
        }
    });
}

#[test]
fn the_soak_leaves_files_of_many_kinds_and_one_too_large_for_a_browser() {
    with(|world, stage| {
        let run = titled(world, stage, Flow::Nightly, "Log every query while soaking");
        let found = files(artifact_of(world, run, "measurements", 1).unwrap());
        let of = |path: &str| &found.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no {path}")).bytes;
        assert!(of("samples.json").len() > 32 << 20);
        assert!(serde_json::from_slice::<serde_json::Value>(of("samples.json")).is_ok());
        let events = std::str::from_utf8(of("requests.ndjson")).unwrap();
        assert!(events.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
        let nested: Vec<String> = inner_files(of("raw.zip")).into_iter().map(|file| file.path).collect();
        assert_eq!(nested, ["latency-raw.csv", "workers/01.json", "workers/02.json", "gc-logs.zip"]);
        for path in ["summary.md", "latency.csv", "load.xml", "limits.patch", "flame.svg", "report.pdf", "heap.bin"] {
            assert!(!of(path).is_empty(), "{path}");
        }
    });
}

#[test]
fn pages_for_people_bring_everything_they_link_to() {
    with(|world, stage| {
        for (flow, artifact, pages) in [
            (Flow::Nightly, "allure-report", 1),
            (Flow::Ci, "coverage", 5),
            (Flow::Ci, "test-results-ubuntu-latest-22", 1),
        ] {
            let run = clean_run(world, stage, flow);
            let found = files(artifact_of(world, run, artifact, 1).unwrap());
            let html: Vec<&File> = found.iter().filter(|file| file.path.ends_with(".html")).collect();
            assert!(html.len() >= pages, "{artifact}");
            for page in html {
                let text = std::str::from_utf8(&page.bytes).unwrap();
                for link in text.split("src=\"").skip(1).chain(text.split("href=\"").skip(1)) {
                    let link = link.split('"').next().unwrap().trim_start_matches("./");
                    let last = link.rsplit("../").next().unwrap();
                    let held = link.starts_with('#') || found.iter().any(|file| file.path.ends_with(last));
                    assert!(held, "{} of {artifact} links to {link}", page.path);
                }
            }
        }
    });
}
