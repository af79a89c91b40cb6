//! JUnit XML in the dialects of the tools of the demo: the unit test runner, the browser test runner, the runner of the
//! back end, the build tool of the app, and a linter whose findings are no tests.

use super::cast::{Case, Tests};
use super::facts::{Facts, Outcome};
use super::failures::{LINUX_ROOT, failure, line_of, traceback};
use super::jobs::SHARDS;
use super::playwright::{BROWSERS, attached, attempts};
use crate::clock::rfc3339;

/// Text with the five XML characters escaped.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// The groups of cases that share a file, as (file, indices).
pub fn by_file(cases: &[Case]) -> Vec<(&'static str, Vec<usize>)> {
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        match groups.last_mut() {
            Some((file, indices)) if *file == case.file => indices.push(index),
            _ => groups.push((case.file, vec![index])),
        }
    }
    groups
}

/// What a suite adds up to.
#[derive(Default)]
struct Sum {
    tests: usize,
    failures: usize,
    skipped: usize,
    ms: u64,
}

impl Sum {
    fn add(&mut self, outcome: Outcome, ms: u64) {
        self.tests += 1;
        self.ms += ms;
        self.failures += usize::from(outcome == Outcome::Failed);
        self.skipped += usize::from(outcome == Outcome::Skipped);
    }

    fn add_all(&mut self, other: &Sum) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.skipped += other.skipped;
        self.ms += other.ms;
    }
}

/// What the unit test runner writes.
pub fn unit(facts: &Facts, variant: &str) -> String {
    let cases = Tests::Unit.cases();
    let (mut suites, mut total) = (String::new(), Sum::default());
    for (file, indices) in by_file(cases) {
        let (mut body, mut sum) = (String::new(), Sum::default());
        for index in indices {
            let case = &cases[index];
            let (outcome, ms) = (facts.outcome(Tests::Unit, index, variant), facts.took_ms(case, variant));
            sum.add(outcome, ms);
            body.push_str(&format!(
                "        <testcase classname=\"{}\" name=\"{}\" time=\"{}\">\n",
                escaped(file),
                escaped(&format!("{} > {}", case.suite, case.title)),
                seconds(ms)
            ));
            if outcome == Outcome::Failed {
                let failure = failure(facts, Tests::Unit, case, variant);
                body.push_str(&format!(
                    "            <failure message=\"{}\" type=\"{}\">\n{}\n            </failure>\n",
                    escaped(failure.first_line()),
                    failure.kind,
                    escaped(&failure.stack())
                ));
            }
            body.push_str("        </testcase>\n");
        }
        suites.push_str(&format!(
            "    <testsuite name=\"{}\" timestamp=\"{}\" hostname=\"runner\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{}\">\n{body}    </testsuite>\n",
            escaped(file), rfc3339(facts.started_at + 50_000), sum.tests, sum.failures, seconds(sum.ms)
        ));
        total.add_all(&sum);
    }
    unit_document(&suites, &total)
}

/// What the unit test runner leaves when it dies before the first test.
pub fn unit_without_cases() -> String {
    unit_document("", &Sum::default())
}

fn unit_document(suites: &str, total: &Sum) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<testsuites name=\"vitest tests\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{}\">\n{suites}</testsuites>\n",
        total.tests,
        total.failures,
        seconds(total.ms)
    )
}

/// What the browser test runner writes over all browsers.
pub fn browser(facts: &Facts) -> String {
    let cases = Tests::Browser.cases();
    let (mut suites, mut total) = (String::new(), Sum::default());
    for browser in BROWSERS {
        for (file, indices) in by_file(cases) {
            let (mut body, mut sum) = (String::new(), Sum::default());
            for index in indices {
                let facts = facts.of_shard(browser, index % SHARDS);
                let outcome = facts.outcome(Tests::Browser, index, browser);
                let ms = all_tries_ms(facts, &cases[index], browser, outcome);
                sum.add(outcome, ms);
                body.push_str(&browser_case(facts, &cases[index], browser, outcome, ms));
            }
            suites.push_str(&format!(
                "<testsuite name=\"{}\" timestamp=\"{}\" hostname=\"{browser}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{}\" errors=\"0\">\n{body}</testsuite>\n",
                escaped(file), rfc3339(facts.started_at + 60_000), sum.tests, sum.failures, sum.skipped, seconds(sum.ms)
            ));
            total.add_all(&sum);
        }
    }
    format!(
        "<testsuites id=\"\" name=\"\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\" time=\"{}\">\n{suites}</testsuites>\n",
        total.tests,
        total.failures,
        total.skipped,
        seconds(total.ms)
    )
}

/// How long all tries of a case took together: what this runner calls its time.
fn all_tries_ms(facts: &Facts, case: &Case, browser: &str, outcome: Outcome) -> u64 {
    let last = facts.took_ms(case, browser);
    match outcome {
        Outcome::Skipped => 0,
        Outcome::Passed => last,
        Outcome::Flaky => last + facts.first_try_ms(case, browser),
        Outcome::Failed => last + (attempts(outcome).len() as u64 - 1) * facts.first_try_ms(case, browser),
    }
}

fn browser_case(facts: &Facts, case: &Case, browser: &str, outcome: Outcome, ms: u64) -> String {
    let mut body = format!(
        "<testcase name=\"{}\" classname=\"{}\" time=\"{}\">\n",
        escaped(&format!("{} › {}", case.suite, case.title)),
        escaped(case.file),
        seconds(ms)
    );
    match outcome {
        Outcome::Skipped => body.push_str("<skipped>\n</skipped>\n"),
        Outcome::Failed => {
            let failure = failure(facts, Tests::Browser, case, browser);
            body.push_str(&format!(
                "<failure message=\"{}:{}:3 {}\" type=\"FAILURE\">\n<![CDATA[  [{browser}] › {}:{}:3 › {} › {} \n\n    {}\n]]>\n</failure>\n",
                escaped(case.file), line_of(case), escaped(case.title), case.file, line_of(case), case.suite, case.title,
                failure.stack().replace('\n', "\n    ")
            ));
        }
        Outcome::Flaky | Outcome::Passed => {}
    }
    let of_attempt = |attempt| attached(facts, case, browser, attempt).into_iter().map(|file| file.path);
    let paths: Vec<String> = attempts(outcome).into_iter().flat_map(of_attempt).collect();
    if !paths.is_empty() {
        let lines: String = paths.iter().map(|path| format!("\n[[ATTACHMENT|{path}]]\n")).collect();
        body.push_str(&format!("<system-out>\n<![CDATA[{lines}]]>\n</system-out>\n"));
    }
    body.push_str("</testcase>\n");
    body
}

/// What the runner of the back end writes: one suite, on one line.
pub fn backend(facts: &Facts, database: &str) -> String {
    let cases = Tests::Backend.cases();
    let (mut body, mut sum) = (String::new(), Sum::default());
    for (index, case) in cases.iter().enumerate() {
        let (outcome, ms) = (facts.outcome(Tests::Backend, index, database), facts.took_ms(case, database));
        let ms = if outcome == Outcome::Skipped { 0 } else { ms };
        sum.add(outcome, ms);
        let class = format!("{}.{}", case.file.trim_end_matches(".py").replace('/', "."), case.suite);
        body.push_str(&format!(
            "<testcase classname=\"{class}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"",
            escaped(case.title),
            case.file,
            line_of(case) - 1,
            seconds(ms)
        ));
        match outcome {
            Outcome::Skipped => body.push_str(&format!("><skipped type=\"pytest.skip\" message=\"needs the table of islands\">{LINUX_ROOT}/{}:{}: needs the table of islands</skipped></testcase>", case.file, line_of(case))),
            Outcome::Failed => body.push_str(&backend_failure(facts, case, database)),
            Outcome::Flaky | Outcome::Passed => body.push_str(" />"),
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites name=\"pytest tests\"><testsuite name=\"pytest\" errors=\"0\" failures=\"{}\" skipped=\"{}\" tests=\"{}\" time=\"{}\" timestamp=\"{}\" hostname=\"runnervm\">{body}</testsuite></testsuites>",
        sum.failures,
        sum.skipped,
        sum.tests,
        seconds(sum.ms + 800),
        rfc3339(facts.started_at + 80_000).replace('Z', ".000000+00:00")
    )
}

fn backend_failure(facts: &Facts, case: &Case, database: &str) -> String {
    let failure = failure(facts, Tests::Backend, case, database);
    format!(
        "><failure message=\"{}\">{}</failure><system-out>--------------------------------- Captured Log ---------------------------------\nINFO     checkout.app:app.py:61 request id {} finished\nWARNING  checkout.db:session.py:40 rolled back\n</system-out></testcase>",
        escaped(&failure.headline()),
        escaped(&traceback(case, &failure)),
        facts.noise(case.title).hex(12)
    )
}

/// What the build tool of the app writes for one class.
pub fn android(facts: &Facts, class: &str, api: &str) -> String {
    let cases = Tests::Android.cases();
    let (mut body, mut sum) = (String::new(), Sum::default());
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| case.file == class) {
        let (outcome, ms) = (facts.outcome(Tests::Android, index, api), facts.took_ms(case, api));
        sum.add(outcome, ms);
        body.push_str(&format!("  <testcase name=\"{}\" classname=\"{class}\" time=\"{}\"", case.title, seconds(ms)));
        match outcome {
            Outcome::Skipped => body.push_str(">\n    <skipped/>\n  </testcase>\n"),
            Outcome::Failed => {
                let failure = failure(facts, Tests::Android, case, api);
                let all = escaped(&failure.headline());
                body.push_str(&format!(
                    ">\n    <failure message=\"{all}\" type=\"{}\">{}\n</failure>\n  </testcase>\n",
                    failure.kind,
                    escaped(&failure.stack())
                ));
            }
            Outcome::Flaky | Outcome::Passed => body.push_str("/>\n"),
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{class}\" tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"0\" timestamp=\"{}\" hostname=\"emulator-5554\" time=\"{}\">\n  <properties>\n    <property name=\"device\" value=\"{api}\"/>\n    <property name=\"flavor\" value=\"\"/>\n  </properties>\n{body}  <system-out><![CDATA[]]></system-out>\n  <system-err><![CDATA[]]></system-err>\n</testsuite>\n",
        sum.tests,
        sum.skipped,
        sum.failures,
        rfc3339(facts.started_at + 240_000),
        seconds(sum.ms)
    )
}

/// A finding of the linter: rule, message, line.
pub type Finding = (&'static str, &'static str, u64);

/// What the linter found, which is the same in both of its formats.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let rules = [
        ("no-floating-promises", "Promises must be awaited, caught, or returned."),
        ("no-unused-vars", "'retries' is assigned a value but never used."),
        ("prefer-const", "'total' is never reassigned. Use 'const' instead."),
    ];
    let mut noise = facts.noise("findings");
    (0..noise.between(1, 6))
        .map(|_| {
            let (rule, message) = *noise.pick(&rules);
            (rule, message, 10 + noise.below(200))
        })
        .collect()
}

/// The linter's findings as its own JUnit, which has them in the place of tests.
pub fn lint(facts: &Facts) -> String {
    let file = format!("{LINUX_ROOT}/src/payment/machine.ts");
    let findings = findings(facts);
    let body: String = findings
        .iter()
        .map(|(rule, message, line)| format!("<testcase time=\"0\" name=\"org.eslint.{rule}\" classname=\"{}\"><failure message=\"{}\"><![CDATA[line {line}, col 5, Warning - {message} ({rule})]]></failure></testcase>\n", file.trim_end_matches(".ts"), escaped(message)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites>\n<testsuite package=\"org.eslint\" time=\"0\" tests=\"{0}\" errors=\"0\" failures=\"{0}\" name=\"{file}\">\n{body}</testsuite>\n</testsuites>\n",
        findings.len()
    )
}
