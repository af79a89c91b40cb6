//! The other files that tools leave behind: results of unit tests as JSON, of the stock service as a stream of events, of
//! the nightly tests in exchange formats, coverage, findings, logs of servers and devices.

use serde_json::{Value, json};

use super::cast::Tests;
use super::facts::{Facts, Outcome};
use super::failures::{LINUX_ROOT, failure, line_of, root_of, traceback};
use super::junit::{by_file, findings};
use crate::clock::{log_stamp, rfc3339};
use crate::noise::mix_text;

/// What the unit test runner writes as JSON.
pub fn unit_json(facts: &Facts, variant: &str) -> Value {
    let cases = Tests::Unit.cases();
    let start = facts.started_at + 50_000;
    let (mut passed, mut failed) = (0, 0);
    let files: Vec<Value> = by_file(cases)
        .into_iter()
        .map(|(file, indices)| {
            let assertions: Vec<Value> = indices
                .into_iter()
                .map(|index| {
                    let case = &cases[index];
                    let bad = facts.outcome(Tests::Unit, index, variant) == Outcome::Failed;
                    if bad { failed += 1 } else { passed += 1 }
                    let messages = if bad { vec![failure(facts, Tests::Unit, case, variant).stack()] } else { vec![] };
                    json!({ "ancestorTitles": [case.suite], "fullName": format!("{} {}", case.suite, case.title), "title": case.title, "status": if bad { "failed" } else { "passed" }, "duration": facts.took_ms(case, variant), "failureMessages": messages, "location": { "line": line_of(case), "column": 3 }, "meta": {} })
                })
                .collect();
            let bad = assertions.iter().any(|one| one["status"] == "failed");
            json!({ "name": format!("{}/{file}", root_of(variant)), "status": if bad { "failed" } else { "passed" }, "message": "", "startTime": start, "endTime": start + 4_000, "assertionResults": assertions })
        })
        .collect();
    unit_envelope(start, passed, failed, files)
}

/// What it leaves when it dies before the first test.
pub fn unit_json_without_cases(facts: &Facts) -> Value {
    unit_envelope(facts.started_at + 50_000, 0, 0, Vec::new())
}

fn unit_envelope(start: i64, passed: usize, failed: usize, files: Vec<Value>) -> Value {
    json!({ "numTotalTestSuites": files.len(), "numPassedTestSuites": files.iter().filter(|file| file["status"] == "passed").count(), "numTotalTests": passed + failed, "numPassedTests": passed, "numFailedTests": failed, "numPendingTests": 0, "numTodoTests": 0, "startTime": start, "success": failed == 0 && passed > 0, "testResults": files })
}

/// The unit tests of the night in the common exchange format.
pub fn ctrf(facts: &Facts, variant: &str) -> Value {
    let cases = Tests::Unit.cases();
    let start = facts.started_at + 40_000;
    let mut failed = 0;
    let tests: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(index, case)| {
            let bad = facts.outcome(Tests::Unit, index, variant) == Outcome::Failed;
            let mut test = json!({ "name": case.title, "status": "passed", "duration": facts.took_ms(case, variant), "suite": [case.suite], "filePath": format!("{}/{}", root_of(variant), case.file), "line": line_of(case), "retries": 0, "flaky": false });
            if bad {
                failed += 1;
                let failure = failure(facts, Tests::Unit, case, variant);
                test["status"] = "failed".into();
                test["message"] = failure.headline().into();
                test["trace"] = failure.stack().into();
            }
            test
        })
        .collect();
    let took: u64 = cases.iter().map(|case| facts.took_ms(case, variant)).sum();
    json!({
        "reportFormat": "CTRF", "specVersion": "0.0.0", "generatedBy": "nightly",
        "results": {
            "tool": { "name": "vitest", "version": "4.0.6" },
            "summary": { "tests": tests.len(), "passed": tests.len() - failed, "failed": failed, "pending": 0, "skipped": 0, "other": 0, "start": start, "stop": start + took as i64 + 1_900 },
            "tests": tests,
            "environment": { "appName": "checkout", "branchName": facts.branch, "commit": facts.sha },
        },
    })
}

/// The stream of events that `go test -json` prints for the stock service.
pub fn stock_events(facts: &Facts) -> String {
    let cases = Tests::Stock.cases();
    let mut out = String::new();
    let mut at = facts.started_at + 30_000;
    for (package, indices) in by_file(cases) {
        let mut say = |at: i64, more: Value| {
            let mut event = json!({ "Time": log_stamp(at, 0), "Package": package });
            if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
                event.extend(more);
            }
            out.push_str(&format!("{event}\n"));
        };
        say(at, json!({ "Action": "start" }));
        let mut package_failed = false;
        for index in indices {
            let case = &cases[index];
            let (test, ms) = (case.title, facts.took_ms(case, "stock"));
            let failed = facts.outcome(Tests::Stock, index, "stock") == Outcome::Failed;
            let (word, action) = if failed { ("FAIL", "fail") } else { ("PASS", "pass") };
            package_failed |= failed;
            say(at, json!({ "Action": "run", "Test": test }));
            say(at, json!({ "Action": "output", "Test": test, "Output": format!("=== RUN   {test}\n") }));
            at += ms as i64;
            if failed {
                let message = failure(facts, Tests::Stock, case, "stock").message;
                say(at, json!({ "Action": "output", "Test": test, "Output": format!("{message}\n") }));
            }
            let elapsed = ms as f64 / 1000.0;
            say(
                at,
                json!({ "Action": "output", "Test": test, "Output": format!("--- {word}: {test} ({elapsed:.2}s)\n") }),
            );
            say(at, json!({ "Action": action, "Test": test, "Elapsed": elapsed }));
        }
        let (line, action) = if package_failed { ("FAIL", "fail") } else { ("PASS", "pass") };
        say(at, json!({ "Action": "output", "Output": format!("{line}\n") }));
        say(at, json!({ "Action": action, "Elapsed": 1.2 }));
    }
    out
}

/// The smoke tests of the night as a folder of results: name and content of every file.
pub fn allure(facts: &Facts) -> Vec<(String, Value)> {
    let cases = Tests::Smoke.cases();
    let mut at = facts.started_at + 60_000;
    let mut files = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let (outcome, ms) = (facts.outcome(Tests::Smoke, index, "smoke"), facts.took_ms(case, "smoke"));
        let full_name = format!("{}.{}#{}", case.file, case.suite, case.title);
        let history = format!("{:016x}{:016x}", mix_text(3, &full_name), mix_text(4, &full_name));
        let uuid = facts.noise(&full_name).guid();
        let mut result = json!({
            "uuid": uuid, "historyId": history, "testCaseId": history, "fullName": full_name, "name": case.title,
            "status": "passed", "stage": "finished", "start": at, "stop": at + ms as i64, "parameters": [], "attachments": [], "steps": [],
            "labels": [{ "name": "suite", "value": case.suite }, { "name": "package", "value": case.file }, { "name": "framework", "value": "pytest" }, { "name": "language", "value": "python" }],
        });
        if outcome == Outcome::Failed {
            let failure = failure(facts, Tests::Smoke, case, "smoke");
            result["status"] = if failure.kind == "AssertionError" { "failed" } else { "broken" }.into();
            result["statusDetails"] = json!({ "message": failure.headline(), "trace": traceback(case, &failure) });
        }
        at += ms as i64;
        files.push((format!("{uuid}-result.json"), result));
    }
    files
}

/// Coverage of the back end.
pub fn cobertura(facts: &Facts) -> String {
    const SOURCES: [&str; 6] =
        ["orders/repository", "prices/service", "payments/gateway", "stock/client", "refunds/audit", "shipping/rules"];
    let (mut classes, mut valid, mut covered) = (String::new(), 0, 0);
    for source in SOURCES {
        let mut noise = facts.noise(source);
        let lines = 60 + mix_text(5, source) % 120;
        let mut body = String::new();
        for line in 1..=lines {
            let hits = if mix_text(line, source).is_multiple_of(7) { 0 } else { 1 + noise.below(30) };
            covered += u64::from(hits > 0);
            body.push_str(&format!("<line number=\"{line}\" hits=\"{hits}\"/>"));
        }
        valid += lines;
        classes.push_str(&format!("\t\t\t\t<class name=\"{}.py\" filename=\"checkout/{source}.py\" complexity=\"0\" line-rate=\"0.9\" branch-rate=\"0\"><methods/><lines>{body}</lines></class>\n", source.rsplit('/').next().unwrap_or(source)));
    }
    let rate = covered as f64 / valid as f64;
    format!(
        "<?xml version=\"1.0\" ?>\n<coverage version=\"7.11.0\" timestamp=\"{}\" lines-valid=\"{valid}\" lines-covered=\"{covered}\" line-rate=\"{rate:.4}\" branches-covered=\"0\" branches-valid=\"0\" branch-rate=\"0\" complexity=\"0\">\n\t<sources><source>{LINUX_ROOT}/src</source></sources>\n\t<packages>\n\t\t<package name=\"checkout\" line-rate=\"{rate:.4}\" branch-rate=\"0\" complexity=\"0\">\n\t\t\t<classes>\n{classes}\t\t\t</classes>\n\t\t</package>\n\t</packages>\n</coverage>\n",
        facts.started_at
    )
}

/// How often each line of a file was reached.
pub type LineHits = Vec<u64>;

/// The sources of the unit tests with the hits of their lines.
pub fn line_hits(facts: &Facts) -> Vec<(String, LineHits)> {
    let hits_of = |source: &str| {
        let mut noise = facts.noise(source);
        let lines = 40 + mix_text(5, source) % 160;
        let hits = |line| if mix_text(line, source).is_multiple_of(9) { 0 } else { 1 + noise.below(40) };
        (1..=lines).map(hits).collect()
    };
    by_file(Tests::Unit.cases())
        .into_iter()
        .map(|(file, _)| file.replace(".test", ""))
        .map(|source| (source.clone(), hits_of(&source)))
        .collect()
}

/// Coverage in the line-based format.
pub fn lcov(facts: &Facts) -> String {
    let mut out = String::new();
    for (source, hits) in line_hits(facts) {
        out.push_str(&format!("TN:\nSF:{source}\n"));
        for (index, count) in hits.iter().enumerate() {
            out.push_str(&format!("DA:{},{count}\n", index + 1));
        }
        let hit = hits.iter().filter(|count| **count > 0).count();
        out.push_str(&format!("LF:{}\nLH:{hit}\nend_of_record\n", hits.len()));
    }
    out
}

/// The summary beside it.
pub fn coverage_json(facts: &Facts) -> Value {
    let mut noise = facts.noise("coverage");
    let mut part = |base: f64| {
        let total = 1800 + noise.below(200);
        let share = base + noise.unit();
        json!({ "total": total, "covered": (total as f64 * share / 100.0) as u64, "skipped": 0, "pct": (share * 100.0).round() / 100.0 })
    };
    json!({ "total": { "lines": part(87.0), "statements": part(86.5), "functions": part(81.0), "branches": part(74.0) } })
}

/// The log of the server under test, with colours.
pub fn server_log(facts: &Facts, lines: usize) -> String {
    const PATHS: [&str; 6] =
        ["/api/cart", "/api/cart/items", "/api/prices", "/api/orders", "/api/payment/intents", "/healthz"];
    let mut noise = facts.noise("server.log");
    let mut at = facts.started_at + 45_000;
    let mut out = String::with_capacity(lines * 110);
    for line in 0..lines {
        at += noise.between(1, 180);
        let stamp = log_stamp(at, 0);
        let path = noise.pick(&PATHS);
        let (level, colour, text) = match noise.below(60) {
            0 => (
                "ERROR",
                31,
                format!("{path} failed: upstream payment-sandbox answered 502, correlation={}", noise.hex(12)),
            ),
            1..=3 => (
                "WARN ",
                33,
                format!("slow query took {}ms: select * from price_rule where cart_id = $1", 300 + noise.below(900)),
            ),
            4..=10 => (
                "DEBUG",
                90,
                format!("cache {} key=cart:{}", if noise.chance(0.7) { "hit" } else { "miss" }, noise.hex(8)),
            ),
            _ => (
                "INFO ",
                32,
                format!("{} {path} 200 {}ms", if noise.chance(0.3) { "POST" } else { "GET" }, 3 + noise.below(90)),
            ),
        };
        out.push_str(&format!(
            "{} \u{1b}[{colour}m{level}\u{1b}[0m \u{1b}[2m[worker-{}]\u{1b}[0m {text}\n",
            &stamp[..23],
            line % 4
        ));
    }
    out
}

/// A device log.
pub fn logcat(facts: &Facts, api: &str) -> String {
    let mut noise = facts.noise(&format!("logcat/{api}"));
    let mut at = facts.started_at + 240_000;
    let mut out = String::from("--------- beginning of main\n");
    let mut say = |at: i64, thread: u64, level: &str, text: &str| {
        let stamp = rfc3339(at);
        out.push_str(&format!(
            "{} {}.{:03}  4821  {thread} {level} {text}\n",
            &stamp[5..10],
            &stamp[11..19],
            at % 1000
        ));
    };
    for case in Tests::Android.cases() {
        say(at, 4850, "I", &format!("TestRunner: started: {}({})", case.title, case.file));
        for _ in 0..14 {
            at += noise.between(2, 400);
            let text = *noise.pick(&[
                "Choreographer: Skipped 31 frames!  The application may be doing too much work on its main thread.",
                "OkHttp  : <-- 200 http://10.0.2.2:8080/api/cart (34ms)",
                "art     : Background concurrent copying GC freed 21834(1MB) AllocSpace objects",
                "CartView: rendered 3 items",
            ]);
            say(at, 4850 + noise.below(40), ["D", "I", "V", "W"][noise.below(4) as usize], text);
        }
        say(at, 4850, "I", &format!("TestRunner: finished: {}({})", case.title, case.file));
    }
    out
}

/// Findings of a linter in the exchange format for static analysis.
pub fn sarif(facts: &Facts) -> Value {
    let results: Vec<Value> = findings(facts)
        .into_iter()
        .map(|(rule, message, line)| json!({ "ruleId": rule, "level": "warning", "message": { "text": message }, "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "src/payment/machine.ts" }, "region": { "startLine": line, "startColumn": 5 } } }] }))
        .collect();
    json!({ "version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [{ "tool": { "driver": { "name": "ESLint", "version": "9.31.0" } }, "results": results }] })
}
