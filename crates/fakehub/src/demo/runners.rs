//! What test runners print into job logs: the same failures that their reports tell, each in the runner's own way.

use super::cast::{Case, Tests};
use super::facts::{Facts, Outcome, Trouble};
use super::failures::{Failure, failure, line_of, traceback};
use super::jobs::SHARDS;
use super::junit::by_file;
use super::logs::Pen;

/// A failing case and what it says.
type Failed<'a> = (&'a Case, Failure);

fn failed_of<'a>(facts: &Facts, tests: Tests, variant: &str) -> Vec<Failed<'a>> {
    let cases = tests.cases();
    (0..cases.len())
        .filter(|index| facts.outcome(tests, *index, variant) == Outcome::Failed)
        .map(|index| (&cases[index], failure(facts, tests, &cases[index], variant)))
        .collect()
}

fn count_of(facts: &Facts, tests: Tests, variant: &str, outcome: Outcome) -> usize {
    (0..tests.cases().len()).filter(|index| facts.outcome(tests, *index, variant) == outcome).count()
}

fn say_all(pen: &mut Pen, text: &str) {
    text.lines().for_each(|line| pen.say(line));
}

/// The unit tests.
pub(super) fn unit(pen: &mut Pen, facts: &Facts, system: &str, node: &str) {
    let variant = format!("{system}/{node}");
    pen.command("npx vitest run --coverage", &["npx vitest run --coverage"], &[&format!("NODE_VERSION: {node}")]);
    pen.say("");
    pen.say(" \u{1b}[1m\u{1b}[46m RUN \u{1b}[49m\u{1b}[22m \u{1b}[36mv4.0.6 \u{1b}[39m");
    pen.say("");
    if facts.trouble == Trouble::Crash {
        crash(pen);
        return;
    }
    let failed = failed_of(facts, Tests::Unit, &variant);
    let cases = Tests::Unit.cases();
    let files = by_file(cases);
    for (file, indices) in &files {
        let ms: u64 = indices.iter().map(|index| facts.took_ms(&cases[*index], &variant)).sum();
        let bad: Vec<&Failed> = failed.iter().filter(|(case, _)| case.file == *file).collect();
        pen.at += ms as i64;
        if bad.is_empty() {
            pen.say(&format!(" \u{1b}[32m✓\u{1b}[39m {file} \u{1b}[2m({} tests)\u{1b}[22m {ms}ms", indices.len()));
            continue;
        }
        pen.say(&format!(
            " \u{1b}[31m❯\u{1b}[39m {file} \u{1b}[2m({} tests | \u{1b}[31m{} failed\u{1b}[39m)\u{1b}[22m {ms}ms",
            indices.len(),
            bad.len()
        ));
        for (case, _) in bad {
            pen.say(&format!("   \u{1b}[31m×\u{1b}[39m {} > {}", case.suite, case.title));
        }
    }
    if !failed.is_empty() {
        pen.say("");
        pen.say(&format!("\u{1b}[31m⎯⎯⎯⎯⎯⎯⎯ Failed Tests {} ⎯⎯⎯⎯⎯⎯⎯\u{1b}[39m", failed.len()));
        pen.say("");
    }
    for (case, failure) in &failed {
        pen.say(&format!(" \u{1b}[41m FAIL \u{1b}[49m \u{1b}[0m{} > {} > {}", case.file, case.suite, case.title));
        say_all(pen, &failure.headline());
        pen.say(&format!(" \u{1b}[36m❯\u{1b}[39m {}:{}:23", case.file, line_of(case)));
        pen.say("");
    }
    let bad_files = by_file(&failed.iter().map(|(case, _)| **case).collect::<Vec<_>>()).len();
    let share = |bad: usize, all: usize| match bad {
        0 => format!("\u{1b}[32m{all} passed\u{1b}[39m ({all})"),
        _ => format!("\u{1b}[31m{bad} failed\u{1b}[39m | \u{1b}[32m{} passed\u{1b}[39m ({all})", all - bad),
    };
    pen.say(&format!(" Test Files  {}", share(bad_files, files.len())));
    pen.say(&format!("      Tests  {}", share(failed.len(), cases.len())));
    if !failed.is_empty() {
        pen.error("Process completed with exit code 1.");
    }
}

fn crash(pen: &mut Pen) {
    pen.at += 41_000;
    pen.say("");
    pen.say("<--- Last few GCs --->");
    pen.say("[2381:0x7f0c3c000000]    40811 ms: Mark-Compact 4042.9 (4132.1) -> 4039.4 (4133.6) MB, pooled: 0 MB, 1204.21 / 0.00 ms  (average mu = 0.062, current mu = 0.011) allocation failure; scavenge might not succeed");
    pen.say("");
    pen.say("FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory");
    pen.say("----- Native stack trace -----");
    pen.say(" 1: 0xe16044 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]");
    pen.say(
        " 2: 0x11ed0b0 v8::Utils::ReportOOMFailure(v8::internal::Isolate*, char const*, v8::OOMDetails const&) [node]",
    );
    pen.say("Aborted (core dumped)");
    pen.error("Process completed with exit code 134.");
}

/// The browser tests of one job.
pub(super) fn browser(pen: &mut Pen, facts: &Facts, browser: &str, shard: usize) {
    let command = format!("npx playwright test --project={browser} --shard={}/{SHARDS}", shard + 1);
    pen.command(&command, &[&command], &["CI: true"]);
    let cases = Tests::Browser.cases();
    let picked: Vec<usize> = (0..cases.len()).filter(|index| index % SHARDS == shard).collect();
    pen.say("");
    pen.say(&format!("Running {} tests using 4 workers, shard {} of {SHARDS}", picked.len(), shard + 1));
    pen.say("");
    let (mut passed, mut skipped, mut flaky, mut failed) = (0, 0, Vec::new(), Vec::new());
    for (number, index) in picked.into_iter().enumerate() {
        let case = &cases[index];
        let took = facts.took_ms(case, browser);
        pen.at += took as i64 / 4;
        let number = number + 1;
        let place = browser_place(case, browser);
        let bad = |retry: usize| {
            let note = if retry > 0 { format!(" (retry #{retry})") } else { String::new() };
            format!("  \u{1b}[31m✘\u{1b}[39m  {number:>2} {place}{note} \u{1b}[2m({took}ms)\u{1b}[22m")
        };
        match facts.outcome(Tests::Browser, index, browser) {
            Outcome::Passed => {
                passed += 1;
                pen.say(&format!("  \u{1b}[32m✓\u{1b}[39m  {number:>2} {place} \u{1b}[2m({took}ms)\u{1b}[22m"));
            }
            Outcome::Skipped => {
                skipped += 1;
                pen.say(&format!("  \u{1b}[36m-\u{1b}[39m  {number:>2} {place}"));
            }
            Outcome::Flaky => {
                flaky.push(case);
                pen.say(&bad(0));
                pen.say(&format!(
                    "  \u{1b}[32m✓\u{1b}[39m  {number:>2} {place} (retry #1) \u{1b}[2m({took}ms)\u{1b}[22m"
                ));
            }
            Outcome::Failed => {
                failed.push(case);
                (0..3).for_each(|retry| pen.say(&bad(retry)));
            }
        }
    }
    browser_summary(pen, facts, browser, [&failed, &flaky], (passed, skipped));
}

/// The troubled tests in full, and how many ended how.
fn browser_summary(
    pen: &mut Pen,
    facts: &Facts,
    browser: &str,
    [failed, flaky]: [&Vec<&Case>; 2],
    (passed, skipped): (usize, usize),
) {
    for (number, case) in flaky.iter().chain(failed).enumerate() {
        pen.say("");
        pen.say(&format!("  {}) {} {}", number + 1, browser_place(case, browser), "─".repeat(20)));
        pen.say("");
        // One message of many lines: only the first has a stamp, as the runner writes it.
        let text = failure(facts, Tests::Browser, case, browser).stack().replace('\n', "\n    ");
        pen.say(&format!("    \u{1b}[31m{text}\u{1b}[39m"));
    }
    pen.say("");
    for (cases, colour, word) in [(failed, 31, "failed"), (flaky, 33, "flaky")] {
        if !cases.is_empty() {
            pen.say(&format!("  \u{1b}[{colour}m{} {word}\u{1b}[39m", cases.len()));
            cases.iter().for_each(|case| pen.say(&format!("    {}", browser_place(case, browser))));
        }
    }
    if skipped > 0 {
        pen.say(&format!("  \u{1b}[33m{skipped} skipped\u{1b}[39m"));
    }
    pen.say(&format!("  \u{1b}[32m{passed} passed\u{1b}[39m"));
    if !failed.is_empty() {
        pen.error("Process completed with exit code 1.");
    }
}

fn browser_place(case: &Case, browser: &str) -> String {
    format!("[{browser}] › {}:{}:3 › {} › {}", case.file, line_of(case), case.suite, case.title)
}

/// The tests of the back end; cut off where the machine was lost.
pub(super) fn backend(pen: &mut Pen, facts: &Facts, database: &str, lost: bool) {
    let command = "uv run pytest tests/integration --junitxml=reports/junit.xml --cov=checkout --cov-report=xml";
    pen.command(command, &[command], &[&format!("DATABASE: {database}")]);
    let cases = Tests::Backend.cases();
    pen.say("============================= test session starts ==============================");
    pen.say("platform linux -- Python 3.13.9, pytest-8.4.2, pluggy-1.6.0");
    pen.say("rootdir: /home/runner/work/checkout/checkout");
    pen.say(&format!("collected {} items", cases.len()));
    pen.say("");
    let mut done = 0;
    let files = by_file(cases);
    for (file, indices) in files.iter().take(if lost { 3 } else { usize::MAX }) {
        let mut marks = String::new();
        for index in indices {
            pen.at += facts.took_ms(&cases[*index], database) as i64;
            marks.push(match facts.outcome(Tests::Backend, *index, database) {
                Outcome::Failed => 'F',
                Outcome::Skipped => 's',
                Outcome::Passed | Outcome::Flaky => '.',
            });
        }
        done += indices.len();
        pen.say(&format!("{:<66} [{:>3}%]", format!("{file} {marks}"), done * 100 / cases.len()));
    }
    if lost {
        pen.at += 600_000;
        pen.error("The self-hosted runner lost communication with the server. Verify the machine is running and has a healthy network connection. Anything in your workflow that terminates the runner process, starves it for CPU/Memory, or blocks its network access can cause this error.");
        return;
    }
    pytest_summary(pen, facts, Tests::Backend, database);
}

/// The smoke tests.
pub(super) fn smoke(pen: &mut Pen, facts: &Facts) {
    let command = "uv run pytest smoke/tests --alluredir=allure-results";
    pen.command(command, &[command], &["TARGET: https://shop.staging.acme.example"]);
    pen.say("============================= test session starts ==============================");
    pen.say(&format!("collected {} items", Tests::Smoke.cases().len()));
    pytest_summary(pen, facts, Tests::Smoke, "smoke");
}

fn pytest_summary(pen: &mut Pen, facts: &Facts, tests: Tests, variant: &str) {
    let failed = failed_of(facts, tests, variant);
    let passed = count_of(facts, tests, variant, Outcome::Passed);
    let skipped = count_of(facts, tests, variant, Outcome::Skipped);
    pen.say("");
    if !failed.is_empty() {
        pen.say("=================================== FAILURES ===================================");
    }
    for (case, failure) in &failed {
        pen.say(&format!("{:_^80}", format!(" {}.{} ", case.suite, case.title)));
        pen.say("");
        say_all(pen, &traceback(case, failure));
    }
    if !failed.is_empty() {
        pen.say("=========================== short test summary info ============================");
    }
    for (case, failure) in &failed {
        pen.say(&format!("FAILED {}::{}::{} - {}", case.file, case.suite, case.title, failure.headline()));
    }
    let verdict = if failed.is_empty() { String::new() } else { format!("{} failed, ", failed.len()) };
    let skips = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    pen.say(&format!("{:=^80}", format!(" {verdict}{passed} passed{skips} in 48.21s ")));
    if !failed.is_empty() {
        pen.error("Process completed with exit code 1.");
    }
}

/// The tests of the stock service, which print for people while their events go to a file.
pub(super) fn stock(pen: &mut Pen, facts: &Facts) {
    let command = "go test -json ./... | tee go-test.json | gotestfmt";
    pen.command(command, &[command], &["GOFLAGS: -mod=readonly"]);
    let failed = failed_of(facts, Tests::Stock, "stock");
    for (package, _) in by_file(Tests::Stock.cases()) {
        let bad: Vec<&Failed> = failed.iter().filter(|(case, _)| case.file == package).collect();
        for (case, failure) in &bad {
            pen.say(&format!("--- FAIL: {} (0.04s)", case.title));
            pen.say(&failure.message);
        }
        pen.at += 900;
        pen.say(&match bad.is_empty() {
            true => format!("ok  \t{package}\t0.412s"),
            false => format!("FAIL\t{package}\t0.412s"),
        });
    }
    if !failed.is_empty() {
        pen.say("FAIL");
        pen.error("Process completed with exit code 1.");
    }
}

/// The tests of the app; cut off where the job hangs.
pub(super) fn android(pen: &mut Pen, facts: &Facts, api: &str, hangs: bool) {
    pen.command("./gradlew connectedCheck", &["./gradlew connectedCheck"], &[&format!("ANDROID_API: {api}")]);
    let cases = Tests::Android.cases();
    pen.say("> Task :app:connectedDebugAndroidTest");
    pen.say(&format!("Starting {} tests on emulator-5554 - {api}", cases.len()));
    for (index, case) in cases.iter().enumerate().take(if hangs { 5 } else { usize::MAX }) {
        pen.at += facts.took_ms(case, api) as i64;
        match facts.outcome(Tests::Android, index, api) {
            Outcome::Failed => {
                let failure = failure(facts, Tests::Android, case, api);
                pen.say("");
                pen.say(&format!("{} > {}[emulator-5554 - {api}] FAILED", case.file, case.title));
                say_all(pen, &format!("\t{}", failure.stack()));
            }
            Outcome::Skipped => pen.say(&format!("{} > {}[emulator-5554 - {api}] SKIPPED", case.file, case.title)),
            Outcome::Passed | Outcome::Flaky => {}
        }
    }
    if hangs {
        pen.at += 3_000_000;
        pen.error("The operation was canceled.");
        return;
    }
    let failed = count_of(facts, Tests::Android, api, Outcome::Failed);
    pen.say(&format!("Finished {} tests on emulator-5554 - {api}", cases.len()));
    if facts.trouble == Trouble::Truncated {
        pen.say("java.io.IOException: No space left on device");
        pen.say("\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)");
    }
    if failed > 0 {
        pen.say("");
        pen.say("FAILURE: Build failed with an exception.");
        pen.say("");
        pen.say("* What went wrong:");
        pen.say("Execution failed for task ':app:connectedDebugAndroidTest'.");
        pen.say(&format!("> There were {failed} failing tests."));
        pen.say("");
        pen.error("Process completed with exit code 1.");
    }
}

/// The comparison of pictures.
pub(super) fn visual(pen: &mut Pen, facts: &Facts) {
    pen.command("npx playwright test --grep @visual", &["npx playwright test --grep @visual"], &[]);
    let cases = Tests::Visual.cases();
    pen.say("");
    pen.say(&format!("Running {} tests using 2 workers", cases.len()));
    pen.say("");
    for (index, case) in cases.iter().enumerate() {
        let mark = match facts.outcome(Tests::Visual, index, "chromium") {
            Outcome::Failed => "\u{1b}[31m✘\u{1b}[39m",
            _ => "\u{1b}[32m✓\u{1b}[39m",
        };
        pen.say(&format!(
            "  {mark}  {:>2} [chromium] › {}:{}:1 › {} ({}ms)",
            index + 1,
            case.file,
            line_of(case),
            case.title,
            facts.took_ms(case, "chromium")
        ));
    }
    let failed = failed_of(facts, Tests::Visual, "chromium");
    for (number, (case, failure)) in failed.iter().enumerate() {
        pen.say("");
        pen.say(&format!("  {}) [chromium] › {}:{}:1 › {}", number + 1, case.file, line_of(case), case.title));
        pen.say("");
        pen.say(&format!("    \u{1b}[31m{}\u{1b}[39m", failure.stack().replace('\n', "\n    ")));
    }
    pen.say("");
    if !failed.is_empty() {
        pen.say(&format!("  \u{1b}[31m{} failed\u{1b}[39m", failed.len()));
    }
    pen.say(&format!("  \u{1b}[32m{} passed\u{1b}[39m", cases.len() - failed.len()));
    if !failed.is_empty() {
        pen.error("Process completed with exit code 1.");
    }
}
