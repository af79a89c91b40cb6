//! The artifacts a job uploads, made on demand from the facts of its run.

use std::sync::Arc;

use super::cast::Case;
use super::facts::{Facts, Flow, Outcome};
use super::reports;
use super::screens::{Device, Look, SCREENS, Screen, entry, pixels_off};
use crate::content::Content;
use crate::world::ArtifactSpec;
use crate::zip::Entry;

/// An artifact, and the job of the run that uploads it.
pub struct Upload {
    /// The name of the job.
    pub job: String,
    /// The artifact.
    pub spec: ArtifactSpec,
}

fn made(name: &str, facts: &Arc<Facts>, make: fn(&Facts) -> Vec<Entry>) -> ArtifactSpec {
    let facts = facts.clone();
    ArtifactSpec::new(name, Content::Made(Arc::new(move || make(&facts))))
}

fn text(name: &str, content: impl AsRef<[u8]>) -> Entry {
    Entry::deflated(name, content.as_ref())
}

fn pretty(name: &str, value: &serde_json::Value) -> Entry {
    text(name, serde_json::to_vec_pretty(value).unwrap_or_default())
}

/// A trace as browser test runners attach it: a zip inside the zip.
fn trace(facts: &Facts) -> Entry {
    let mut lines = String::new();
    let mut noise = facts.noise("trace");
    for index in 0..120 {
        lines.push_str(&format!("{{\"type\":\"before\",\"callId\":\"call@{index}\",\"startTime\":{}.0,\"apiName\":\"{}\",\"params\":{{\"selector\":\"#item-{}\"}}}}\n", 1000 + index * 41, noise.pick(&["locator.click", "page.goto", "expect.toBeVisible", "locator.fill"]), noise.below(40)));
    }
    let inner =
        crate::zip::archive(&[Entry::deflated("trace.trace", lines.as_bytes()), Entry::deflated("trace.network", b"")])
            .to_vec();
    Entry::stored("data/trace.zip", inner)
}

fn failed_cases(facts: &Facts) -> Vec<(&'static Case, &'static str)> {
    let cases = facts.cases();
    let mut failed = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        for browser in reports::BROWSERS {
            if matches!(facts.outcome(cases, index, browser), Outcome::Failed | Outcome::Flaky) {
                failed.push((case, browser));
            }
        }
    }
    failed
}

fn browser_report(facts: &Facts) -> Vec<Entry> {
    let results = reports::browser_json(facts);
    let mut entries = vec![text("index.html", reports::html(facts, &results)), pretty("report.json", &results)];
    let mut screens: Vec<Screen> = failed_cases(facts).iter().map(|(case, _)| reports::screen_of(case)).collect();
    screens.sort_by_key(|screen| screen.slug());
    screens.dedup();
    for screen in &screens {
        entries.push(entry(reports::attachment_name(*screen, true), *screen, Look::Wrong, Device::Desktop));
    }
    if !screens.is_empty() {
        entries.push(trace(facts));
    }
    entries
}

fn screenshots(facts: &Facts) -> Vec<Entry> {
    let mut entries = Vec::new();
    for screen in SCREENS {
        for (device, folder) in [(Device::Desktop, "desktop"), (Device::Phone, "phone")] {
            entries.push(entry(format!("{folder}/{}.png", screen.slug()), screen, Look::Right, device));
        }
    }
    for (case, browser) in failed_cases(facts) {
        let name = format!(
            "failures/{}-{}-{browser}/test-failed-1.png",
            case.suite.replace(' ', "-"),
            case.title.replace(' ', "-")
        );
        entries.push(entry(name, reports::screen_of(case), Look::Wrong, Device::Desktop));
    }
    entries
}

fn browser_results(facts: &Facts) -> Vec<Entry> {
    vec![
        text("results.xml", reports::junit(facts, &reports::BROWSERS, |_| true)),
        pretty("results.json", &reports::browser_json(facts)),
    ]
}

fn unit_results(facts: &Facts) -> Vec<Entry> {
    vec![
        text("junit.xml", reports::junit(facts, &["node"], |_| true)),
        pretty("vitest-results.json", &reports::unit_json(facts, "node")),
    ]
}

fn coverage(facts: &Facts) -> Vec<Entry> {
    let summary = reports::coverage_json(facts);
    let page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>Coverage</title><link rel=\"stylesheet\" href=\"base.css\"></head><body><h1>All files</h1><p class=\"big\">{}% lines</p></body></html>\n",
        summary["total"]["lines"]["pct"]
    );
    vec![
        text("lcov.info", reports::lcov(facts)),
        pretty("coverage-summary.json", &summary),
        text("lcov-report/index.html", page),
        text("lcov-report/base.css", "body{font-family:sans-serif;margin:2rem}.big{font-size:2rem;color:#1a7f37}\n"),
    ]
}

fn backend_results(facts: &Facts) -> Vec<Entry> {
    let cases = facts.cases();
    let mut files: Vec<&str> = cases.iter().map(|case| case.file).collect();
    files.dedup();
    let of = |file: &str| {
        text(&format!("TEST-{file}.xml"), reports::junit(facts, &["postgres"], |index| cases[index].file == file))
    };
    files.into_iter().map(of).collect()
}

fn backend_logs(facts: &Facts) -> Vec<Entry> {
    vec![
        text("server.log", reports::server_log(facts, 2_500)),
        text(
            "postgres.log",
            "2026-03-02 09:00:01.120 UTC [1] LOG:  database system is ready to accept connections\n".repeat(3),
        ),
        text("docker-compose.yml", "services:\n  db:\n    image: postgres:18\n    ports: [\"5432:5432\"]\n"),
    ]
}

fn android_results(facts: &Facts) -> Vec<Entry> {
    vec![
        text("TEST-emulator-5554.xml", reports::junit(facts, &["emulator-5554"], |_| true)),
        text("logcat.txt", reports::logcat(facts)),
        entry("screenshots/cart.png", Screen::Cart, Look::Right, Device::Phone),
        entry("screenshots/payment.png", Screen::Payment, Look::Right, Device::Phone),
        entry("screenshots/orders.png", Screen::Orders, Look::Right, Device::Phone),
    ]
}

fn visual(facts: &Facts) -> Vec<Entry> {
    let shifted: &[Screen] = match facts.any_failed("chromium", 0, 1) {
        true => &[Screen::Cart, Screen::Orders, Screen::Dashboard],
        false => &[],
    };
    let mut entries = Vec::new();
    let mut compared = Vec::new();
    for screen in SCREENS {
        for (device, folder) in [(Device::Desktop, "desktop"), (Device::Phone, "phone")] {
            let differs = shifted.contains(&screen) && device == Device::Desktop;
            let name = |kind: &str| format!("{folder}/{}-{kind}.png", screen.slug());
            entries.push(entry(name("expected"), screen, Look::Right, device));
            if differs {
                entries.push(entry(name("actual"), screen, Look::Shifted, device));
                entries.push(entry(name("diff"), screen, Look::Difference, device));
            }
            let pixels = if differs { pixels_off(screen, device) } else { 0 };
            compared.push(serde_json::json!({ "name": format!("{folder}/{}", screen.slug()), "pixelsOff": pixels, "status": if differs { "different" } else { "equal" } }));
        }
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

/// The artifacts of an attempt. Jobs that never got to their upload step upload nothing.
pub fn uploads(facts: &Arc<Facts>) -> Vec<Upload> {
    use super::facts::Trouble;
    if facts.trouble == Trouble::Outage {
        return Vec::new();
    }
    let upload = |job: &str, spec: ArtifactSpec| Upload { job: job.to_owned(), spec };
    match facts.flow {
        Flow::Ci => vec![
            upload("test (ubuntu-latest, 22)", made("test-results", facts, unit_results)),
            upload("test (ubuntu-latest, 22)", made("coverage", facts, coverage)),
        ],
        Flow::E2e if facts.trouble == Trouble::MissingReport => vec![
            upload("merge reports", made("screenshots", facts, screenshots)),
            upload("merge reports", made("test-results", facts, browser_results)),
        ],
        Flow::E2e => vec![
            upload("merge reports", made("playwright-report", facts, browser_report)),
            upload("merge reports", made("screenshots", facts, screenshots)),
            upload("merge reports", made("test-results", facts, browser_results)),
        ],
        Flow::Visual => vec![upload("compare", made("visual-diff", facts, visual))],
        Flow::Android if facts.trouble == Trouble::Hang => Vec::new(),
        Flow::Android => vec![upload("instrumented (api-34)", made("android-results", facts, android_results))],
        Flow::Backend => vec![
            upload("integration", made("backend-test-results", facts, backend_results)),
            upload("integration", made("logs", facts, backend_logs)),
        ],
        Flow::Nightly => vec![
            upload("backend (postgres-18)", made("nightly-results", facts, backend_results)),
            upload("backend (postgres-18)", made("logs", facts, backend_logs)),
        ],
        Flow::Lint => {
            let bytes = serde_json::to_vec_pretty(&reports::sarif(facts)).unwrap_or_default();
            vec![upload("eslint", ArtifactSpec::raw("eslint.sarif.json", "application/json", bytes))]
        }
        Flow::Release => vec![upload("build", made("package", facts, package))],
        Flow::CodeQl | Flow::Legacy => Vec::new(),
    }
}
