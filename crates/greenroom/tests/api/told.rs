//! Builders of test history: reports as reading them leaves behind, decided as if each counted.

use crate::build::{self, OWNER};
use crate::served::{NOW, Served};
use fakehub::zip::Entry;
use greenroom::model::results::{Standing, TestTotals, TestsState};
use greenroom::model::task::{Lane, TaskKind};
use greenroom::model::testing::TestStatus;
use greenroom::store::{
    CaseRecord, Claimed, DecidedReport, FailureRecord, FamilyKey, LogFailureRecord, NewTask, ReportRecord, Store,
    Versions,
};

pub const VERSIONS: Versions = Versions { readers: 1, log: 1, identity: 1, fingerprint: 1 };

/// A case of the test of this name; one that fails has a message and a family named after it.
pub fn case(name: &str, status: TestStatus) -> CaseRecord {
    CaseRecord {
        key: key(name),
        suite: "shop > cart".into(),
        class: None,
        name: name.into(),
        file: Some("src/cart.test.ts".into()),
        search: format!("shop > cart {name} src/cart.test.ts").to_lowercase(),
        variant: String::new(),
        status,
        duration_ms: Some(100),
        tries: if status == TestStatus::Flaky { 2 } else { 1 },
        failure: matches!(status, TestStatus::Failed | TestStatus::Flaky).then(|| failure(&format!("{name} broke"))),
    }
}

pub fn failed(name: &str) -> CaseRecord {
    case(name, TestStatus::Failed)
}

pub fn flaky(name: &str) -> CaseRecord {
    case(name, TestStatus::Flaky)
}

pub fn skipped(name: &str) -> CaseRecord {
    case(name, TestStatus::Skipped)
}

pub fn passed(name: &str) -> CaseRecord {
    case(name, TestStatus::Passed)
}

/// A failure with this message, in the family of that message.
pub fn failure(message: &str) -> FailureRecord {
    FailureRecord {
        message: format!("{message}\nexpected 1"),
        family: Some(family(message)),
        ..FailureRecord::default()
    }
}

pub fn family(title: &str) -> FamilyKey {
    FamilyKey { key: key(title), title: title.into(), is_global: false }
}

pub fn key(name: &str) -> [u8; 16] {
    use sha2::Digest;
    sha2::Sha256::digest(name)[..16].try_into().unwrap()
}

pub fn report(cases: Vec<CaseRecord>) -> ReportRecord {
    ReportRecord {
        ordinal: 0,
        path: "junit.xml".into(),
        files: 1,
        format: "junit",
        kind: "tests",
        tool: None,
        state: TestsState::Complete,
        problems: vec![],
        dropped: 0,
        findings: 0,
        duration_ms: None,
        coverage: None,
        content_key: 1,
        sketch: vec![],
        cases,
    }
}

async fn claim(store: &Store, kind: TaskKind, subject: i64, run_id: i64) -> Claimed {
    store.enqueue(&[NewTask { run_id, ..build::task(kind, subject) }]).await.unwrap();
    loop {
        let claimed = store.claim(Lane::Reading, OWNER, NOW, NOW.plus(1)).await.unwrap().unwrap();
        if (claimed.kind, claimed.subject) == (kind, subject) {
            return claimed;
        }
        // What mirroring asked for by itself; the builders do it in their own way.
        store.finish(&claimed, OWNER).await.unwrap();
    }
}

/// Mirrors an artifact with `junit.xml` and `shot.png`, and records what was read from it. Says nothing of the run.
pub async fn read(served: &Served, run_id: i64, artifact_id: i64, name: &str, reports: &[ReportRecord]) {
    let entries =
        [Entry::deflated("junit.xml", b"<testsuite/>"), Entry::stored("shot.png", b"\x89PNG\r\n\x1a\n".to_vec())];
    served.add_artifact(artifact_id, run_id, name, &entries).await;
    record(served, run_id, artifact_id, reports).await;
}

/// Records what was read from an artifact that is mirrored.
pub async fn record(served: &Served, run_id: i64, artifact_id: i64, reports: &[ReportRecord]) {
    let claimed = claim(&served.store, TaskKind::Reports, artifact_id, run_id).await;
    served.store.record_reports(&claimed, OWNER, VERSIONS, reports, &[], None).await.unwrap();
}

/// Records failures found in the log of a job that is mirrored.
pub async fn read_log(served: &Served, run_id: i64, job_id: i64, failures: &[LogFailureRecord]) {
    let claimed = claim(&served.store, TaskKind::LogFailures, job_id, run_id).await;
    served.store.record_log_failures(&claimed, OWNER, VERSIONS, failures, &[], &[]).await.unwrap();
}

/// Decides over a run whose reports all count, but for what `change` says of the report of that artifact.
pub async fn decide(served: &Served, run_id: i64, change: impl Fn(i64, &mut DecidedReport)) {
    let run = served.store.run_to_test(run_id).await.unwrap().unwrap();
    let mut totals = TestTotals { state: TestsState::Complete, ..TestTotals::default() };
    let mut decided = Vec::new();
    for report in served.store.run_reports(run_id).await.unwrap() {
        let mut one = DecidedReport {
            id: report.id,
            standing: Standing::Counted,
            instead: None,
            attempt: report.artifact_attempt,
            job_id: None,
            variant: String::new(),
            guarded: false,
            counted: true,
        };
        change(report.artifact_id, &mut one);
        one.counted = one.standing != Standing::Duplicate;
        if one.standing == Standing::Counted {
            totals.total += report.total;
            totals.failed += report.failed;
            totals.flaky += report.flaky;
            totals.skipped += report.skipped;
        }
        decided.push(one);
    }
    served.store.record_run_tests(&run, &decided, &totals, false).await.unwrap();
}

/// One report of a run, in the artifact of the run's own id, counted.
pub async fn tested(served: &Served, run_id: i64, cases: Vec<CaseRecord>) {
    read(served, run_id, run_id, "reports", &[report(cases)]).await;
    decide(served, run_id, |_, _| {}).await;
}

/// The test of this name.
pub async fn id_of(served: &Served, name: &str) -> i64 {
    let page = served.get(&format!("/api/tests?q={}", name.replace(' ', "+"))).await.json();
    let tests = page["tests"].as_array().unwrap();
    let found = tests.iter().find(|test| test["name"] == name);
    found.unwrap_or_else(|| panic!("no test {name} in {page}"))["id"].as_i64().unwrap()
}

/// One field of every item, as text.
pub fn texts(items: &serde_json::Value, field: &str) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}
