//! The files test tools leave behind: JUnit XML, JSON results, an HTML report, coverage, server logs.

use serde_json::{Value, json};

use super::cast::Case;
use super::facts::{Facts, Outcome, failure_of};
use super::screens::Screen;
use crate::clock::{log_stamp, rfc3339};
use crate::noise::mix_text;

/// Browsers of the end-to-end tests.
pub const BROWSERS: [&str; 3] = ["chromium", "firefox", "webkit"];

/// Text with the five XML characters escaped.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The groups of cases that share a file, as (file, indices).
fn by_file(cases: &[Case]) -> Vec<(&'static str, Vec<usize>)> {
    let mut groups: Vec<(&'static str, Vec<usize>)> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        match groups.last_mut() {
            Some((file, indices)) if *file == case.file => indices.push(index),
            _ => groups.push((case.file, vec![index])),
        }
    }
    groups
}

/// JUnit XML over all cases and variants, as most tools write it.
pub fn junit(facts: &Facts, variants: &[&str], pick: impl Fn(usize) -> bool) -> String {
    let cases = facts.cases();
    let (mut suites, mut total, mut failed, mut total_ms) = (String::new(), 0, 0, 0);
    for variant in variants {
        for (file, indices) in by_file(cases) {
            let indices: Vec<usize> = indices.into_iter().filter(|index| pick(*index)).collect();
            if indices.is_empty() {
                continue;
            }
            let (mut body, mut failures, mut skipped, mut ms) = (String::new(), 0, 0, 0);
            for index in &indices {
                let case = &cases[*index];
                let took = facts.took_ms(case, variant);
                ms += took;
                let outcome = facts.outcome(cases, *index, variant);
                body.push_str(&format!(
                    "    <testcase name=\"{}\" classname=\"{}\" time=\"{:.3}\"",
                    escaped(&format!("{} › {}", case.suite, case.title)),
                    escaped(file),
                    took as f64 / 1000.0
                ));
                match outcome {
                    Outcome::Failed => {
                        failures += 1;
                        let (message, place) = failure_of(case);
                        let first = message.lines().next().unwrap_or_default();
                        body.push_str(&format!(">\n      <failure message=\"{}\" type=\"FAILURE\"><![CDATA[{message}\n\n    {place}\n]]></failure>\n    </testcase>\n", escaped(first)));
                    }
                    Outcome::Skipped => {
                        skipped += 1;
                        body.push_str(">\n      <skipped/>\n    </testcase>\n");
                    }
                    Outcome::Flaky => body.push_str(
                        ">\n      <system-out><![CDATA[passed at the second try]]></system-out>\n    </testcase>\n",
                    ),
                    Outcome::Passed => body.push_str("/>\n"),
                }
            }
            suites.push_str(&format!(
                "  <testsuite name=\"{}\" timestamp=\"{}\" hostname=\"{variant}\" tests=\"{}\" failures=\"{failures}\" skipped=\"{skipped}\" time=\"{:.3}\" errors=\"0\">\n{body}  </testsuite>\n",
                escaped(file),
                rfc3339(facts.started_at),
                indices.len(),
                ms as f64 / 1000.0
            ));
            total += indices.len();
            failed += failures;
            total_ms += ms;
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites id=\"\" name=\"\" tests=\"{total}\" failures=\"{failed}\" errors=\"0\" time=\"{:.3}\">\n{suites}</testsuites>\n",
        total_ms as f64 / 1000.0
    )
}

/// The screen a failing case was looking at.
pub fn screen_of(case: &Case) -> Screen {
    match case.file.split('.').next().unwrap_or_default() {
        "cart" => Screen::Cart,
        "address" | "i18n" => Screen::Address,
        "payment" => Screen::Payment,
        "confirmation" => Screen::Confirmation,
        "login" => Screen::Login,
        "orders" => Screen::Orders,
        _ => Screen::Dashboard,
    }
}

/// The name a report gives to a screenshot, made from what it shows.
pub fn attachment_name(screen: Screen, wrong: bool) -> String {
    let hash = mix_text(u64::from(wrong), screen.slug());
    format!("data/{hash:016x}{:024x}.png", u128::from(hash).wrapping_mul(0x1_0000_01b3_9e37_79b9) % (1 << 96))
}

fn try_of(facts: &Facts, case: &Case, browser: &str, retry: usize, failed: bool) -> Value {
    let (message, place) = failure_of(case);
    let errors = if failed {
        json!([{ "message": message, "stack": format!("{message}\n    {place}"), "location": { "file": case.file, "line": 20 + mix_text(1, case.title) % 80, "column": 17 } }])
    } else {
        json!([])
    };
    let attachments = if failed {
        json!([
            { "name": "screenshot", "contentType": "image/png", "path": attachment_name(screen_of(case), true) },
            { "name": "trace", "contentType": "application/zip", "path": "data/trace.zip" },
        ])
    } else {
        json!([])
    };
    json!({
        "workerIndex": mix_text(2, case.title) % 4,
        "parallelIndex": mix_text(2, case.title) % 4,
        "status": if failed { "failed" } else { "passed" },
        "duration": facts.took_ms(case, browser),
        "errors": errors,
        "stdout": [],
        "stderr": [],
        "retry": retry,
        "startTime": rfc3339(facts.started_at + 60_000),
        "annotations": [],
        "attachments": attachments,
    })
}

/// The JSON a browser test runner writes.
pub fn browser_json(facts: &Facts) -> Value {
    let cases = facts.cases();
    let (mut expected, mut unexpected, mut flaky, mut skipped) = (0, 0, 0, 0);
    let suites: Vec<Value> = by_file(cases)
        .into_iter()
        .map(|(file, indices)| {
            let specs: Vec<Value> = indices
                .into_iter()
                .map(|index| {
                    let case = &cases[index];
                    let mut ok = true;
                    let tests: Vec<Value> = BROWSERS
                        .iter()
                        .map(|browser| {
                            let (status, results) = match facts.outcome(cases, index, browser) {
                                Outcome::Passed => ("expected", vec![try_of(facts, case, browser, 0, false)]),
                                Outcome::Flaky => ("flaky", vec![try_of(facts, case, browser, 0, true), try_of(facts, case, browser, 1, false)]),
                                Outcome::Failed => ("unexpected", (0..3).map(|retry| try_of(facts, case, browser, retry, true)).collect()),
                                Outcome::Skipped => ("skipped", vec![]),
                            };
                            match status {
                                "expected" => expected += 1,
                                "flaky" => flaky += 1,
                                "unexpected" => {
                                    unexpected += 1;
                                    ok = false;
                                }
                                _ => skipped += 1,
                            }
                            json!({ "timeout": 30_000, "annotations": [], "expectedStatus": if status == "skipped" { "skipped" } else { "passed" }, "projectId": browser, "projectName": browser, "results": results, "status": status })
                        })
                        .collect();
                    json!({
                        "title": case.title, "ok": ok, "tags": [], "tests": tests,
                        "id": format!("{:016x}-{:020x}", mix_text(3, file), mix_text(4, case.title)),
                        "file": file, "line": 20 + mix_text(1, case.title) % 80, "column": 3,
                    })
                })
                .collect();
            json!({ "title": file, "file": file, "column": 0, "line": 0, "specs": specs })
        })
        .collect();
    json!({
        "config": { "rootDir": "/home/runner/work/checkout/checkout/e2e", "version": "1.55.0", "workers": 4, "projects": BROWSERS.map(|name| json!({ "id": name, "name": name, "retries": 2, "timeout": 30_000 })) },
        "suites": suites,
        "errors": [],
        "stats": { "startTime": rfc3339(facts.started_at + 60_000), "duration": 212_000 + facts.key % 60_000, "expected": expected, "skipped": skipped, "unexpected": unexpected, "flaky": flaky },
    })
}

/// A report page that needs nothing but its own folder: it draws itself from data in the page, keeps a setting in the
/// browser's storage and shows screenshots by relative links.
pub fn html(facts: &Facts, results: &Value) -> String {
    const HEAD: &str = r##"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>End-to-end report</title>
<style>
body{margin:0;font:14px/1.5 system-ui,sans-serif;background:#f6f8fa;color:#1f2328}body.dark{background:#14161c;color:#e4e6eb}
header{padding:16px 24px;background:#fff;border-bottom:1px solid #d8dee4;display:flex;gap:16px;align-items:center}.dark header{background:#1d2029;border-color:#333}
h1{font-size:18px;margin:0;flex:1}button{font:inherit;padding:4px 12px;border:1px solid #d0d7de;border-radius:6px;background:inherit;color:inherit;cursor:pointer}
button.on{background:#0969da;color:#fff}main{max-width:960px;margin:24px auto;padding:0 16px}
details{background:#fff;border:1px solid #d8dee4;border-radius:6px;margin:8px 0}.dark details{background:#1d2029;border-color:#333}
summary{padding:8px 12px;cursor:pointer;display:flex;gap:8px}summary span{flex:1}.b{border-radius:9px;padding:0 8px;background:#eaeef2;color:#1f2328;font-size:12px}
.unexpected>summary::before{content:"✘";color:#d1242f}.expected>summary::before{content:"✓";color:#1a7f37}.flaky>summary::before{content:"⚠";color:#9a6700}.skipped>summary::before{content:"–";color:#656d76}
pre{margin:0 12px 12px;padding:12px;overflow:auto;background:#f6f8fa;border-radius:6px}.dark pre{background:#0d0f14}img{max-width:46%;margin:0 12px 12px;border:1px solid #d8dee4;border-radius:6px}
</style></head><body><header><h1></h1><button data-f="all">All</button><button data-f="unexpected">Failed</button><button data-f="flaky">Flaky</button><button id="theme">Theme</button></header><main></main>
<script type="application/json" id="results">"##;
    const TAIL: &str = r##"</script><script>
const data=JSON.parse(document.getElementById('results').textContent),main=document.querySelector('main');
document.querySelector('h1').textContent=data.title;
function theme(){document.body.classList.toggle('dark',localStorage.getItem('report-theme')==='dark')}
document.getElementById('theme').onclick=()=>{localStorage.setItem('report-theme',localStorage.getItem('report-theme')==='dark'?'light':'dark');theme()};
function show(filter){main.replaceChildren();document.querySelectorAll('[data-f]').forEach(b=>b.classList.toggle('on',b.dataset.f===filter));
for(const suite of data.suites)for(const spec of suite.specs)for(const test of spec.tests){if(filter!=='all'&&test.status!==filter)continue;
const d=document.createElement('details');d.className=test.status;const s=document.createElement('summary');const t=document.createElement('span');t.textContent=suite.title+' › '+spec.title;
const b=document.createElement('b');b.className='b';b.textContent=test.projectName;const ms=document.createElement('small');ms.textContent=(test.results.at(-1)?.duration??0)+' ms';s.append(t,b,ms);d.append(s);
for(const r of test.results){for(const e of r.errors){const p=document.createElement('pre');p.textContent=e.stack;d.append(p)}
for(const a of r.attachments)if(a.contentType==='image/png'){const i=document.createElement('img');i.loading='lazy';i.alt=a.name;i.src=a.path;d.append(i)}}
if(test.status==='unexpected')d.open=filter==='unexpected';main.append(d)}}
document.querySelectorAll('[data-f]').forEach(b=>b.onclick=()=>{location.hash=b.dataset.f});
addEventListener('hashchange',()=>show(location.hash.slice(1)||'all'));theme();show(location.hash.slice(1)||'all');
</script></body></html>
"##;
    let data = json!({ "title": format!("{} · {}", facts.title, &facts.sha[..7]), "suites": results["suites"] });
    // A closing tag inside the data would end the script element.
    format!("{HEAD}{}{TAIL}", data.to_string().replace("</", "<\\/"))
}

/// What a unit test runner writes as JSON.
pub fn unit_json(facts: &Facts, variant: &str) -> Value {
    let cases = facts.cases();
    let (mut passed, mut failed) = (0, 0);
    let files: Vec<Value> = by_file(cases)
        .into_iter()
        .map(|(file, indices)| {
            let assertions: Vec<Value> = indices
                .into_iter()
                .map(|index| {
                    let case = &cases[index];
                    let bad = facts.outcome(cases, index, variant) == Outcome::Failed;
                    if bad { failed += 1 } else { passed += 1 }
                    let messages = if bad { vec![failure_of(case).0] } else { vec![] };
                    json!({ "ancestorTitles": [case.suite], "fullName": format!("{} {}", case.suite, case.title), "title": case.title, "status": if bad { "failed" } else { "passed" }, "duration": facts.took_ms(case, variant), "failureMessages": messages })
                })
                .collect();
            json!({ "name": format!("/home/runner/work/checkout/checkout/{file}"), "status": if assertions.iter().any(|one| one["status"] == "failed") { "failed" } else { "passed" }, "startTime": facts.started_at, "endTime": facts.started_at + 4_000, "assertionResults": assertions })
        })
        .collect();
    json!({ "numTotalTests": passed + failed, "numPassedTests": passed, "numFailedTests": failed, "numPendingTests": 0, "success": failed == 0, "startTime": facts.started_at, "testResults": files })
}

/// Coverage in the line-based format.
pub fn lcov(facts: &Facts) -> String {
    let mut out = String::new();
    for (file, _) in by_file(&super::cast::UNIT) {
        let source = file.replace(".test", "");
        let mut noise = facts.noise(&source);
        let lines = 40 + mix_text(5, &source) % 160;
        let mut hit = 0;
        out.push_str(&format!("TN:\nSF:{source}\n"));
        for line in 1..=lines {
            let count = if mix_text(line, &source).is_multiple_of(9) { 0 } else { 1 + noise.below(40) };
            hit += u64::from(count > 0);
            out.push_str(&format!("DA:{line},{count}\n"));
        }
        out.push_str(&format!("LF:{lines}\nLH:{hit}\nend_of_record\n"));
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
pub fn logcat(facts: &Facts) -> String {
    let mut noise = facts.noise("logcat");
    let mut out = String::from("--------- beginning of main\n");
    for case in facts.cases() {
        out.push_str(&format!(
            "03-02 09:{:02}:{:02}.{:03}  4821  4850 I TestRunner: started: {}({})\n",
            noise.below(60),
            noise.below(60),
            noise.below(1000),
            case.title,
            case.file
        ));
        for _ in 0..14 {
            out.push_str(&format!(
                "03-02 09:{:02}:{:02}.{:03}  4821  {} {} {}\n",
                noise.below(60),
                noise.below(60),
                noise.below(1000),
                4850 + noise.below(40),
                noise.pick(&["D", "I", "V", "W"]),
                noise.pick(&[
                    "Choreographer: Skipped 31 frames!  The application may be doing too much work on its main thread.",
                    "OkHttp  : <-- 200 http://10.0.2.2:8080/api/cart (34ms)",
                    "art     : Background concurrent copying GC freed 21834(1MB) AllocSpace objects",
                    "CartView: rendered 3 items"
                ])
            ));
        }
        out.push_str(&format!(
            "03-02 09:{:02}:{:02}.{:03}  4821  4850 I TestRunner: finished: {}({})\n",
            noise.below(60),
            noise.below(60),
            noise.below(1000),
            case.title,
            case.file
        ));
    }
    out
}

/// Findings of a linter in the exchange format for static analysis.
pub fn sarif(facts: &Facts) -> Value {
    let mut noise = facts.noise("sarif");
    let results: Vec<Value> = (0..noise.between(1, 6))
        .map(|_| json!({ "ruleId": noise.pick(&["no-floating-promises", "no-unused-vars", "prefer-const"]), "level": "warning", "message": { "text": "Promises must be awaited, caught, or returned." }, "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "src/payment/machine.ts" }, "region": { "startLine": 10 + noise.below(200), "startColumn": 5 } } }] }))
        .collect();
    json!({ "version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": [{ "tool": { "driver": { "name": "lint", "version": "9.31.0" } }, "results": results }] })
}
