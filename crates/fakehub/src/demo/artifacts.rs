//! The artifacts a job uploads, made on demand from the facts of its run.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cast::{Case, Tests};
use super::facts::{Facts, Flow, Outcome, Trouble};
use super::failures::snapshot_of;
use super::jobs::{APIS, DATABASES, MATRIX, NIGHTLY_MATRIX, SHARDS};
use super::playwright::{self, Attached, Attempt, BROWSERS, Holds};
use super::screens::{Device, Look, SCREENS, Screen, entry, pixels_off};
use super::{junit, measurements, pages, reports, samples, trace};
use crate::content::Content;
use crate::world::ArtifactSpec;
use crate::zip::Entry;

/// An artifact, and what of the run uploads it.
pub struct Upload {
    /// The name of the job.
    pub job: String,
    /// The name of its step.
    pub step: &'static str,
    /// The artifact.
    pub spec: ArtifactSpec,
}

fn upload(job: impl Into<String>, step: &'static str, spec: ArtifactSpec) -> Upload {
    Upload { job: job.into(), step, spec }
}

fn made(
    name: impl Into<String>,
    facts: &Arc<Facts>,
    make: impl Fn(&Facts) -> Vec<Entry> + Send + Sync + 'static,
) -> ArtifactSpec {
    let facts = facts.clone();
    ArtifactSpec::new(name, Content::Made(Arc::new(move || make(&facts))))
}

fn text(name: impl Into<Vec<u8>>, content: impl AsRef<[u8]>) -> Entry {
    Entry::deflated(name, content.as_ref())
}

fn pretty(name: impl Into<Vec<u8>>, value: &serde_json::Value) -> Entry {
    text(name, serde_json::to_vec_pretty(value).unwrap_or_default())
}

/// A case with a failing try in a browser, and the facts it is told by.
struct Troubled<'a> {
    facts: &'a Facts,
    case: &'static Case,
    browser: &'static str,
    attempts: Vec<Attempt>,
}

fn troubled<'a>(facts: &'a Facts, browsers: &[&'static str], pick: impl Fn(usize) -> bool) -> Vec<Troubled<'a>> {
    let mut troubled = Vec::new();
    for index in (0..Tests::Browser.cases().len()).filter(|index| pick(*index)) {
        for browser in browsers {
            let facts = facts.of_shard(browser, index % SHARDS);
            let attempts = playwright::attempts(facts.outcome(Tests::Browser, index, browser));
            if !attempts.is_empty() {
                troubled.push(Troubled { facts, case: &Tests::Browser.cases()[index], browser, attempts });
            }
        }
    }
    troubled
}

/// The files of these tries under names of the caller's choice, each once.
fn files_of<T>(troubled: &[Troubled], name: impl Fn(&Facts, &Attached) -> T) -> Vec<Entry>
where
    T: Into<Vec<u8>> + Ord + Clone,
{
    let mut entries = BTreeMap::new();
    for Troubled { facts, case, browser, attempts } in troubled {
        for attempt in attempts {
            for file in playwright::attached(facts, case, browser, *attempt) {
                let name = name(facts, &file);
                entries.entry(name.clone()).or_insert_with(|| match file.holds {
                    Holds::Screenshot(screen) => entry(name, screen, Look::Wrong, Device::Desktop),
                    Holds::Picture(screen, look) => entry(name, screen, look, Device::Desktop),
                    Holds::Video => Entry::stored(name, samples::VIDEO),
                    Holds::Trace => Entry::stored(name, trace::zip(facts, case, browser, attempt.passed)),
                    Holds::Har => pretty(name, &trace::har(facts, case)),
                });
            }
        }
    }
    entries.into_values().collect()
}

fn browser_report(facts: &Facts) -> Vec<Entry> {
    let results = playwright::merged(facts);
    let mut entries = vec![text("index.html", playwright::html(facts, &results)), pretty("report.json", &results)];
    entries.extend(files_of(&troubled(facts, &BROWSERS, |_| true), |facts, file| file.hashed_name(facts)));
    entries
}

fn shard_results(facts: &Facts, browser: &'static str, shard: usize) -> Vec<Entry> {
    let mut entries = vec![pretty("results.json", &playwright::shard(facts, browser, shard))];
    let troubled = troubled(facts, &[browser], |index| index % SHARDS == shard);
    entries.extend(files_of(&troubled, |_, file| format!("test-results/{}", file.path)));
    entries
}

fn browser_results(facts: &Facts) -> Vec<Entry> {
    vec![text("results.xml", junit::browser(facts))]
}

fn screenshots(facts: &Facts) -> Vec<Entry> {
    let mut entries = Vec::new();
    for screen in SCREENS {
        for (device, folder) in [(Device::Desktop, "desktop"), (Device::Phone, "phone")] {
            entries.push(entry(format!("{folder}/{}.png", screen.slug()), screen, Look::Right, device));
        }
    }
    for Troubled { case, browser, .. } in troubled(facts, &BROWSERS, |_| true) {
        let name = format!("failures/{}-{}-{browser}/test-failed-1.png", case.suite, case.title).replace(' ', "-");
        entries.push(entry(name, playwright::screen_of(case), Look::Wrong, Device::Desktop));
    }
    entries
}

fn unit_results(facts: &Facts, variant: &str) -> Vec<Entry> {
    let (xml, json) = match facts.trouble {
        Trouble::Crash => (junit::unit_without_cases(), reports::unit_json_without_cases(facts)),
        _ => (junit::unit(facts, variant), reports::unit_json(facts, variant)),
    };
    let mut entries = vec![text("junit.xml", xml), pretty("vitest-results.json", &json)];
    if facts.trouble != Trouble::Crash {
        entries.extend(pages::unit(facts, variant));
    }
    entries
}

fn coverage(facts: &Facts) -> Vec<Entry> {
    let summary = reports::coverage_json(facts);
    let mut entries = vec![text("lcov.info", reports::lcov(facts)), pretty("coverage-summary.json", &summary)];
    entries.extend(pages::coverage(facts, &summary["total"]["lines"]["pct"]));
    entries
}

fn backend_results(facts: &Facts, database: &str) -> Vec<Entry> {
    vec![
        text("reports/junit.xml", junit::backend(facts, database)),
        text("reports/coverage.xml", reports::cobertura(facts)),
    ]
}

fn backend_logs(facts: &Facts) -> Vec<Entry> {
    let ready = format!(
        "{} UTC [1] LOG:  database system is ready to accept connections\n",
        crate::clock::rfc3339(facts.started_at).replace('T', " ").replace('Z', ".120")
    );
    vec![
        text("server.log", reports::server_log(facts, 1_000)),
        text("postgres.log", ready.repeat(3)),
        text("docker-compose.yml", "services:\n  db:\n    image: postgres:18\n    ports: [\"5432:5432\"]\n"),
    ]
}

fn android_results(facts: &Facts, api: &str) -> Vec<Entry> {
    let classes = junit::by_file(Tests::Android.cases());
    let last = classes.len() - 1;
    let mut entries = Vec::new();
    for (at, (class, _)) in classes.into_iter().enumerate() {
        let mut xml = junit::android(facts, class, api);
        if facts.trouble == Trouble::Truncated && at == last {
            xml.truncate(xml.len() * 3 / 5);
        }
        entries.push(text(format!("androidTest-results/connected/TEST-{class}.xml"), xml));
    }
    entries.push(text("logcat.txt", reports::logcat(facts, api)));
    for screen in [Screen::Cart, Screen::Payment, Screen::Orders] {
        entries.push(entry(format!("screenshots/{}.png", screen.slug()), screen, Look::Right, Device::Phone));
    }
    entries
}

fn visual(facts: &Facts) -> Vec<Entry> {
    let mut entries = vec![pretty("results.json", &playwright::visual(facts))];
    let mut compared = Vec::new();
    for (index, case) in Tests::Visual.cases().iter().enumerate() {
        let (device, folder) =
            if case.suite == "phone" { (Device::Phone, "phone") } else { (Device::Desktop, "desktop") };
        let Some(screen) = SCREENS.into_iter().find(|screen| screen.slug() == snapshot_of(case)) else { continue };
        let differs = facts.outcome(Tests::Visual, index, "chromium") == Outcome::Failed;
        let name = |kind: &str| format!("test-results/{folder}/{}-{kind}.png", screen.slug());
        entries.push(entry(name("expected"), screen, Look::Right, device));
        if differs {
            entries.push(entry(name("actual"), screen, Look::Shifted, device));
            entries.push(entry(name("diff"), screen, Look::Difference, device));
        }
        let pixels = if differs { pixels_off(screen, device) } else { 0 };
        compared.push(serde_json::json!({ "name": format!("{folder}/{}", screen.slug()), "pixelsOff": pixels, "status": if differs { "different" } else { "equal" } }));
    }
    entries.push(pretty("summary.json", &serde_json::json!({ "threshold": 0.1, "compared": compared })));
    entries
}

fn package(facts: &Facts) -> Vec<Entry> {
    let mut bytes = vec![0; 180_000];
    facts.noise("package").fill(&mut bytes);
    vec![
        Entry::stored("checkout-web.tgz", bytes),
        text("checkout-web.tgz.sha256", format!("{}  checkout-web.tgz\n", facts.noise("sum").hex(64))),
        text("NOTICE.txt", "Third-party notices are listed in licences.csv.\n"),
        text("licences.csv", "name,version,licence\nreact,19.2.0,MIT\nzod,4.1.5,MIT\n"),
    ]
}

/// The artifacts of an attempt, were every job to reach its upload step with something to upload.
pub fn uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    match facts.flow {
        Flow::Ci => unit_uploads(facts),
        Flow::E2e => browser_uploads(facts),
        Flow::Visual => vec![upload("compare", "Upload differences", made("visual-diff", facts, visual))],
        Flow::Android if facts.trouble == Trouble::Hang => Vec::new(),
        Flow::Android => APIS
            .map(|api| {
                let spec = made(format!("android-results-{api}"), facts, move |facts| android_results(facts, api));
                upload(format!("instrumented ({api})"), "Upload results", spec)
            })
            .into(),
        Flow::Backend => backend_uploads(facts),
        Flow::Nightly => nightly_uploads(facts),
        Flow::Lint => lint_uploads(facts),
        Flow::Release => vec![upload("build", "Upload package", made("package", facts, package))],
        Flow::CodeQl | Flow::Legacy => Vec::new(),
    }
}

fn unit_uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    if matches!(facts.trouble, Trouble::Outage | Trouble::Uncompiled) {
        return Vec::new();
    }
    let mut uploads = Vec::new();
    for (system, node) in MATRIX {
        let spec = made(format!("test-results-{system}-{node}"), facts, move |facts| {
            unit_results(facts, &format!("{system}/{node}"))
        });
        uploads.push(upload(format!("unit ({system}, {node})"), "Upload test results", spec));
    }
    if facts.trouble != Trouble::Crash {
        uploads.push(upload("unit (ubuntu-latest, 22)", "Upload coverage", made("coverage", facts, coverage)));
    }
    uploads
}

fn browser_uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    let mut uploads = Vec::new();
    let missing = facts.trouble == Trouble::MissingReport;
    if facts.era.keeps_shards && !missing {
        for browser in BROWSERS {
            for shard in 0..SHARDS {
                let name = format!("e2e-results-{browser}-{}", shard + 1);
                let spec = made(name, facts, move |facts| shard_results(facts, browser, shard));
                uploads.push(upload(format!("e2e ({browser}, {}/{SHARDS})", shard + 1), "Upload shard results", spec));
            }
        }
    }
    if !missing {
        uploads.push(upload("merge reports", "Upload report", made("playwright-report", facts, browser_report)));
    }
    uploads.push(upload("merge reports", "Upload screenshots", made("screenshots", facts, screenshots)));
    if !missing {
        uploads.push(upload("merge reports", "Upload test results", made("test-results", facts, browser_results)));
    }
    uploads
}

fn backend_uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    if facts.trouble == Trouble::RunnerLost {
        return Vec::new();
    }
    let results = made("backend-test-results", facts, |facts| backend_results(facts, "postgres-18"));
    let events = made("contract-results", facts, |facts| vec![text("go-test.json", reports::stock_events(facts))]);
    vec![
        upload("integration", "Upload test results", results),
        upload("integration", "Upload logs", made("logs", facts, backend_logs)),
        upload("contract", "Upload test results", events),
    ]
}

fn nightly_uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    let mut uploads = Vec::new();
    for database in DATABASES {
        let spec = made(format!("nightly-{database}"), facts, move |facts| backend_results(facts, database));
        uploads.push(upload(format!("backend ({database})"), "Upload test results", spec));
    }
    for (system, node) in NIGHTLY_MATRIX {
        let spec = made(format!("nightly-web-{system}-{node}"), facts, move |facts| {
            vec![pretty("ctrf-report.json", &reports::ctrf(facts, &format!("{system}/{node}")))]
        });
        uploads.push(upload(format!("web ({system}, {node})"), "Upload test results", spec));
    }
    let smoke = made("allure-results", facts, |facts| {
        let mut entries: Vec<Entry> =
            reports::allure(facts).iter().map(|(name, result)| pretty(name.as_str(), result)).collect();
        entries.push(text("environment.properties", "target=shop.staging.acme.example\n"));
        entries
    });
    uploads.push(upload("smoke", "Upload test results", smoke));
    uploads.push(upload("smoke", "Upload report page", made("allure-report", facts, pages::smoke)));
    uploads.push(upload("soak", "Upload measurements", made("measurements", facts, measurements::all)));
    uploads
}

fn lint_uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    if facts.trouble == Trouble::Outage {
        return Vec::new();
    }
    let bytes = serde_json::to_vec_pretty(&reports::sarif(facts)).unwrap_or_default();
    let findings = ArtifactSpec::raw("eslint.sarif.json", "application/json", bytes);
    let junit = made("lint-report", facts, |facts| vec![text("eslint-junit.xml", junit::lint(facts))]);
    vec![upload("eslint", "Upload findings", findings), upload("eslint", "Upload lint report", junit)]
}
