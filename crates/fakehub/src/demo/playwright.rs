//! What the browser test runner writes as JSON, over all browsers or for the share of one job, and the page that shows
//! it. Visual tests are written by the same runner.

use serde_json::{Value, json};

use super::cast::{Case, Tests};
use super::facts::{Facts, Outcome, Trouble};
use super::failures::{LINUX_ROOT, failure, line_of, picture_of, snapshot_of};
use super::jobs::SHARDS;
use super::junit::by_file;
use super::screens::{Look, Screen};
use crate::clock::rfc3339;
use crate::noise::mix_text;

/// Browsers of the end-to-end tests.
pub const BROWSERS: [&str; 3] = ["chromium", "firefox", "webkit"];
/// How often a failing test is repeated.
const RETRIES: usize = 2;

/// A try of a case.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// 0 for the first.
    pub retry: usize,
    /// How it ended.
    pub passed: bool,
}

/// The tries of a case that did not simply pass.
pub fn attempts(outcome: Outcome) -> Vec<Attempt> {
    let failed = match outcome {
        Outcome::Passed | Outcome::Skipped => return Vec::new(),
        Outcome::Flaky => 1,
        Outcome::Failed => RETRIES + 1,
    };
    let mut attempts: Vec<Attempt> = (0..failed).map(|retry| Attempt { retry, passed: false }).collect();
    if outcome == Outcome::Flaky {
        attempts.push(Attempt { retry: failed, passed: true });
    }
    attempts
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

/// The folder the runner makes for a failing try.
fn folder_of(case: &Case, browser: &str, retry: usize) -> String {
    let stem = case.file.trim_end_matches(".spec.ts");
    let name = format!("{stem}-{}-{}", case.suite, case.title).replace(' ', "-");
    let again = if retry > 0 { format!("-retry{retry}") } else { String::new() };
    format!("{name}-{browser}{again}")
}

/// What is in a file that belongs to a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// How the page looked when the test failed.
    Screenshot(Screen),
    /// A picture that was compared.
    Picture(Screen, Look),
    /// What the test did.
    Trace,
    /// The window while it did.
    Video,
    /// What it asked of the network.
    Har,
}

/// A file that belongs to a try.
#[derive(Clone, Debug)]
pub struct Attached {
    /// What the report calls it.
    pub name: String,
    /// Its type.
    pub media: &'static str,
    /// What is in it.
    pub holds: Holds,
    /// Where it is below the folder of results.
    pub path: String,
}

impl Attached {
    /// The name the page gives to it, made from what is in it.
    pub fn hashed_name(&self, facts: &Facts) -> String {
        let (topic, extension) = match self.holds {
            Holds::Screenshot(screen) => (format!("{}/wrong", screen.slug()), "png"),
            Holds::Picture(screen, look) => (format!("{}/{look:?}", screen.slug()), "png"),
            Holds::Video => ("video".to_owned(), "webm"),
            Holds::Trace => (format!("{}/{}/{}", facts.key, facts.attempt, self.path), "zip"),
            Holds::Har => (format!("{}/{}/{}", facts.key, facts.attempt, self.path), "har"),
        };
        let hash = mix_text(1, &topic);
        format!(
            "data/{hash:016x}{:024x}.{extension}",
            u128::from(hash).wrapping_mul(0x1_0000_01b3_9e37_79b9) % (1 << 96)
        )
    }
}

/// The files of a try: a screenshot and a video where it failed, a trace of every repetition, the requests of payments,
/// the pictures of a comparison.
pub fn attached(facts: &Facts, case: &Case, browser: &str, attempt: Attempt) -> Vec<Attached> {
    let folder = folder_of(case, browser, attempt.retry);
    let file = |name: &str, media, file: &str, holds| Attached {
        name: name.to_owned(),
        media,
        holds,
        path: format!("{folder}/{file}"),
    };
    let mut files = Vec::new();
    if !attempt.passed {
        if let Some((picture, screen)) = picture_of(facts, case) {
            for (kind, look) in [("expected", Look::Right), ("actual", Look::Shifted), ("diff", Look::Difference)] {
                let name = format!("{picture}-{kind}.png");
                files.push(file(&name, "image/png", &name, Holds::Picture(screen, look)));
            }
        } else {
            let shown = Holds::Screenshot(screen_of(case));
            files.push(file("screenshot", "image/png", "test-failed-1.png", shown));
        }
        if facts.trouble != Trouble::Outage {
            files.push(file("video", "video/webm", "video.webm", Holds::Video));
        }
    }
    if attempt.retry > 0 {
        files.push(file("trace", "application/zip", "trace.zip", Holds::Trace));
    }
    if !attempt.passed && case.suite == "card payment" {
        files.push(file("network.har", "application/json", "network.har", Holds::Har));
    }
    files
}

/// Where a report of this kind finds the files it names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On the runner, in the folder of results.
    Results,
    /// Beside the page, under hashed names.
    Page,
}

fn attachments(facts: &Facts, case: &Case, browser: &str, attempt: Attempt, place: Place) -> Value {
    let named = |file: Attached| {
        let path = match place {
            Place::Results => format!("{LINUX_ROOT}/test-results/{}", file.path),
            Place::Page => file.hashed_name(facts),
        };
        json!({ "name": file.name, "contentType": file.media, "path": path })
    };
    attached(facts, case, browser, attempt).into_iter().map(named).collect()
}

/// A test in a project, and whose facts it is told by.
struct Told<'a> {
    facts: &'a Facts,
    case: &'a Case,
    browser: &'a str,
    place: Place,
}

impl Told<'_> {
    fn one_try(&self, retry: usize, failed: bool, ms: u64) -> Value {
        let Told { facts, case, browser, place } = self;
        let mut result = json!({
            "workerIndex": mix_text(2, case.title) % 4, "parallelIndex": mix_text(2, case.title) % 4,
            "status": if failed { "failed" } else { "passed" },
            "duration": ms, "errors": [], "stdout": [], "stderr": [], "retry": retry,
            "startTime": rfc3339(facts.started_at + 60_000), "annotations": [], "attachments": [],
        });
        if failed || retry > 0 {
            result["attachments"] = attachments(facts, case, browser, Attempt { retry, passed: !failed }, *place);
        }
        if failed {
            let failure = failure(facts, Tests::Browser, case, browser);
            let location =
                json!({ "file": format!("{LINUX_ROOT}/e2e/{}", case.file), "line": line_of(case), "column": 17 });
            if failure.kind == "TimeoutError" {
                result["status"] = "timedOut".into();
            }
            let error = json!({ "message": failure.headline(), "stack": failure.stack(), "location": location });
            result["error"] = error.clone();
            result["errors"] = json!([{ "location": error["location"], "message": failure.stack() }]);
            result["errorLocation"] = location;
            result["stdout"] = json!([{ "text": format!("console.warn: slow answer of /api/{} ({} ms)\n", screen_of(case).slug(), 800 + mix_text(3, case.title) % 900) }]);
        }
        result
    }

    /// Status and tries.
    fn test(&self, outcome: Outcome) -> (&'static str, Vec<Value>) {
        let (last, first) =
            (self.facts.took_ms(self.case, self.browser), self.facts.first_try_ms(self.case, self.browser));
        match outcome {
            Outcome::Passed => ("expected", vec![self.one_try(0, false, last)]),
            Outcome::Flaky => ("flaky", vec![self.one_try(0, true, first), self.one_try(1, false, last)]),
            Outcome::Failed => {
                let tries =
                    (0..=RETRIES).map(|retry| self.one_try(retry, true, if retry == RETRIES { last } else { first }));
                ("unexpected", tries.collect())
            }
            Outcome::Skipped => ("skipped", Vec::new()),
        }
    }
}

/// Counts as the runner states them.
#[derive(Default)]
struct Stats {
    expected: usize,
    unexpected: usize,
    flaky: usize,
    skipped: usize,
}

impl Stats {
    fn add(&mut self, status: &str) {
        match status {
            "expected" => self.expected += 1,
            "unexpected" => self.unexpected += 1,
            "flaky" => self.flaky += 1,
            _ => self.skipped += 1,
        }
    }
}

/// The merged report of all browsers. Shares that were not run again are told as they were.
pub fn merged(facts: &Facts) -> Value {
    document(facts, &BROWSERS, |_| true, Place::Page)
}

/// The report of one job: a browser's share.
pub fn shard(facts: &Facts, browser: &str, shard: usize) -> Value {
    document(facts, &[browser], |index| index % SHARDS == shard, Place::Results)
}

fn document(facts: &Facts, browsers: &[&str], pick: impl Fn(usize) -> bool, place: Place) -> Value {
    let cases = Tests::Browser.cases();
    let mut stats = Stats::default();
    let mut files = Vec::new();
    for (file, indices) in by_file(cases) {
        let mut blocks: Vec<(&str, Vec<Value>)> = Vec::new();
        for index in indices.into_iter().filter(|index| pick(*index)) {
            let spec = spec(facts, index, browsers, place, &mut stats);
            match blocks.last_mut() {
                Some((block, specs)) if *block == cases[index].suite => specs.push(spec),
                _ => blocks.push((cases[index].suite, vec![spec])),
            }
        }
        if blocks.is_empty() {
            continue;
        }
        let suites: Vec<Value> = blocks
            .into_iter()
            .map(|(title, specs)| json!({ "title": title, "file": file, "line": 5, "column": 6, "specs": specs }))
            .collect();
        files.push(json!({ "title": file, "file": file, "column": 0, "line": 0, "specs": [], "suites": suites }));
    }
    envelope(facts, browsers, files, &stats)
}

fn envelope(facts: &Facts, projects: &[&str], files: Vec<Value>, stats: &Stats) -> Value {
    let projects: Vec<Value> = projects
        .iter()
        .map(|name| json!({ "id": name, "name": name, "retries": RETRIES, "repeatEach": 1, "timeout": 30_000 }))
        .collect();
    json!({
        "config": { "configFile": format!("{LINUX_ROOT}/playwright.config.ts"), "rootDir": format!("{LINUX_ROOT}/e2e"), "forbidOnly": true, "fullyParallel": true, "globalTimeout": 0, "version": "1.55.0", "workers": 4, "projects": projects },
        "suites": files,
        "errors": [],
        "stats": { "startTime": rfc3339(facts.started_at + 60_000), "duration": 212_000 + facts.key % 60_000, "expected": stats.expected, "skipped": stats.skipped, "unexpected": stats.unexpected, "flaky": stats.flaky },
    })
}

fn spec(facts: &Facts, index: usize, browsers: &[&str], place: Place, stats: &mut Stats) -> Value {
    let case = &Tests::Browser.cases()[index];
    let mut tests = Vec::new();
    for browser in browsers {
        let facts = facts.of_shard(browser, index % SHARDS);
        let told = Told { facts, case, browser, place };
        let (status, results) = told.test(facts.outcome(Tests::Browser, index, browser));
        stats.add(status);
        let annotations = match status {
            "skipped" => json!([{ "type": "skip", "description": "the wallet has no sheet in this browser" }]),
            _ => json!([]),
        };
        let expected = if status == "skipped" { "skipped" } else { "passed" };
        tests.push(json!({ "timeout": 30_000, "annotations": annotations, "expectedStatus": expected, "projectId": browser, "projectName": browser, "results": results, "status": status }));
    }
    let ok = tests.iter().all(|test| test["status"] != "unexpected");
    json!({
        "title": case.title, "ok": ok, "tags": [], "tests": tests,
        "id": format!("{:020x}-{:020x}", mix_text(3, case.file), mix_text(4, case.title)),
        "file": case.file, "line": line_of(case), "column": 3,
    })
}

/// The report of the visual tests, which names the pictures it compared.
pub fn visual(facts: &Facts) -> Value {
    let cases = Tests::Visual.cases();
    let mut stats = Stats::default();
    let mut files = Vec::new();
    for (file, indices) in by_file(cases) {
        let specs: Vec<Value> = indices
            .into_iter()
            .map(|index| {
                let case = &cases[index];
                let failed = facts.outcome(Tests::Visual, index, "chromium") == Outcome::Failed;
                stats.add(if failed { "unexpected" } else { "expected" });
                visual_spec(facts, case, failed)
            })
            .collect();
        files.push(json!({ "title": file, "file": file, "column": 0, "line": 0, "specs": specs }));
    }
    envelope(facts, &["chromium"], files, &stats)
}

fn visual_spec(facts: &Facts, case: &Case, failed: bool) -> Value {
    let mut result = json!({ "workerIndex": 0, "parallelIndex": 0, "status": "passed", "duration": facts.took_ms(case, "chromium"), "errors": [], "stdout": [], "stderr": [], "retry": 0, "startTime": rfc3339(facts.started_at + 40_000), "annotations": [], "attachments": [] });
    if failed {
        let failure = failure(facts, Tests::Visual, case, "chromium");
        let pictures: Vec<Value> = ["expected", "actual", "diff"]
            .iter()
            .map(|kind| {
                let name = format!("{}-{kind}.png", snapshot_of(case));
                json!({ "name": name, "contentType": "image/png", "path": format!("{LINUX_ROOT}/test-results/{}/{name}", case.suite) })
            })
            .collect();
        result["status"] = "failed".into();
        result["error"] = json!({ "message": failure.headline(), "stack": failure.stack() });
        result["errors"] = json!([{ "message": failure.stack() }]);
        result["attachments"] = json!(pictures);
    }
    let status = if failed { "unexpected" } else { "expected" };
    json!({
        "title": case.title, "ok": !failed, "tags": ["@visual"], "id": format!("{:020x}-{:020x}", mix_text(3, case.file), mix_text(4, case.title)),
        "file": case.file, "line": line_of(case), "column": 1,
        "tests": [{ "timeout": 30_000, "annotations": [], "expectedStatus": "passed", "projectId": "chromium", "projectName": "chromium", "results": [result], "status": status }],
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
function* specs(s){yield*s.specs;for(const one of s.suites??[])yield*specs(one)}
for(const suite of data.suites)for(const spec of specs(suite))for(const test of spec.tests){if(filter!=='all'&&test.status!==filter)continue;
const d=document.createElement('details');d.className=test.status;const s=document.createElement('summary');const t=document.createElement('span');t.textContent=suite.title+' › '+spec.title;
const b=document.createElement('b');b.className='b';b.textContent=test.projectName;const ms=document.createElement('small');ms.textContent=(test.results.at(-1)?.duration??0)+' ms';s.append(t,b,ms);d.append(s);
for(const r of test.results){for(const e of r.errors){const p=document.createElement('pre');p.textContent=e.stack??e.message;d.append(p)}
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
