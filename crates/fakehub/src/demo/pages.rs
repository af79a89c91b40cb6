//! Pages that tools make for people: of the smoke tests, of the unit tests, of coverage, each a folder that needs
//! nothing but itself.

use serde_json::{Value, json};

use super::cast::{Case, Tests};
use super::facts::{Facts, Outcome};
use super::failures::failure;
use super::junit::by_file;
use super::reports::LineHits;
use super::samples;
use crate::zip::Entry;

fn text(name: impl Into<Vec<u8>>, content: impl AsRef<[u8]>) -> Entry {
    Entry::deflated(name, content.as_ref())
}

/// The page of the smoke tests.
pub fn smoke(facts: &Facts) -> Vec<Entry> {
    let cases = Tests::Smoke.cases();
    let (mut passed, mut failed) = (0, 0);
    let mut told = |index: usize, case: &Case| {
        let is_bad = facts.outcome(Tests::Smoke, index, "smoke") == Outcome::Failed;
        if is_bad {
            failed += 1
        } else {
            passed += 1
        }
        let message = is_bad.then(|| failure(facts, Tests::Smoke, case, "smoke").headline());
        json!({ "name": case.title, "status": if is_bad { "failed" } else { "passed" }, "statusMessage": message, "time": { "duration": facts.took_ms(case, "smoke") } })
    };
    let suites: Vec<Value> = by_file(cases)
        .into_iter()
        .map(|(file, indices)| {
            let children: Vec<Value> = indices.into_iter().map(|index| told(index, &cases[index])).collect();
            json!({ "name": file, "children": children })
        })
        .collect();
    let summary = json!({ "reportName": "Smoke tests of staging", "statistic": { "total": cases.len(), "passed": passed, "failed": failed, "broken": 0, "skipped": 0, "unknown": 0 } });
    vec![
        text("index.html", samples::ALLURE_PAGE),
        text("app.js", samples::ALLURE_SCRIPT),
        text("styles.css", samples::ALLURE_STYLE),
        text("widgets/summary.json", summary.to_string()),
        text("data/suites.json", json!({ "uid": "smoke", "name": "suites", "children": suites }).to_string()),
    ]
}

/// The page of the unit tests, below `html/`.
pub fn unit(facts: &Facts, variant: &str) -> Vec<Entry> {
    let cases = Tests::Unit.cases();
    let told = |index: usize| {
        let case = &cases[index];
        let is_bad = facts.outcome(Tests::Unit, index, variant) == Outcome::Failed;
        json!({ "suite": case.suite, "name": case.title, "state": if is_bad { "fail" } else { "pass" }, "ms": facts.took_ms(case, variant) })
    };
    let files: Vec<Value> = by_file(cases)
        .into_iter()
        .map(|(file, indices)| json!({ "name": file, "tests": indices.into_iter().map(told).collect::<Vec<_>>() }))
        .collect();
    vec![
        text("html/index.html", samples::VITEST_PAGE),
        text("html/assets/index.js", samples::VITEST_SCRIPT),
        text("html/assets/index.css", samples::VITEST_STYLE),
        text("html/html.meta.json", json!({ "files": files }).to_string()),
    ]
}

/// The pages of coverage, below `lcov-report/`: an index and one page a file.
pub fn coverage(facts: &Facts, percent: &Value) -> Vec<Entry> {
    const HEAD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Coverage</title><link rel=\"stylesheet\" href=\"";
    let mut rows = String::new();
    let mut entries = vec![
        text("lcov-report/base.css", samples::COVERAGE_STYLE),
        text("lcov-report/sorter.js", samples::COVERAGE_SCRIPT),
    ];
    for (file, hits) in super::reports::line_hits(facts) {
        let covered = hits.iter().filter(|count| **count > 0).count();
        let share = covered * 1000 / hits.len().max(1);
        let level = if share > 900 {
            "high"
        } else if share > 700 {
            "medium"
        } else {
            "low"
        };
        rows.push_str(&format!(
            "<tr><td><a href=\"{file}.html\">{file}</a></td><td class=\"n {level}\" data-value=\"{share}\">{}.{} %</td><td class=\"n\">{covered}/{}</td></tr>\n",
            share / 10, share % 10, hits.len()
        ));
        let up = "../".repeat(file.matches('/').count());
        let page = format!(
            "{HEAD}{up}base.css\"></head><body><div class=\"head\"><p><a href=\"{up}index.html\">All files</a></p><h1>{file}</h1></div>\n{}</body></html>\n",
            listing(&hits)
        );
        entries.push(text(format!("lcov-report/{file}.html"), page));
    }
    let index = format!(
        "{HEAD}base.css\"></head><body><div class=\"head\"><h1>All files</h1><p class=\"big\">{percent} % of lines</p></div>\n<table><thead><tr><th>File</th><th>Lines</th><th>Covered</th></tr></thead><tbody>\n{rows}</tbody></table><script src=\"sorter.js\"></script></body></html>\n"
    );
    entries.insert(0, text("lcov-report/index.html", index));
    entries
}

fn listing(hits: &LineHits) -> String {
    const CODE: [&str; 6] = [
        "  const total = items.reduce((sum, item) =&gt; sum + item.cents, 0);",
        "  if (coupon.expired(now)) {",
        "    return refuse(coupon);",
        "  }",
        "  for (const rule of rules) total = rule.apply(total);",
        "",
    ];
    let mut out = String::new();
    for (index, count) in hits.iter().enumerate() {
        let class = if *count == 0 { " class=\"missed\"" } else { "" };
        out.push_str(&format!("<pre{class}>{:>5} {count:>4}× {}</pre>\n", index + 1, CODE[index % CODE.len()]));
    }
    out
}
