//! From what was read to what is recorded: identity, family, outcome and the files that belong to a failure.

use super::attachment::Names;
use super::find::{Found, state_of};
use crate::analysis::{fingerprint, identify, sketch};
use crate::model::results::{CoverageTotals, TestTry};
use crate::model::testing::TestStatus;
use crate::store::{CaseRecord, FailureRecord, FamilyKey, KeptAttachment, LogFailureRecord, ReportRecord};
use artifact::log::LogFailure;
use artifact::report::{Attachment, Case, Detail, Format, Kind, Status};

/// Failures of one report for which images named after the test are looked for.
const MAX_LOOKUPS: usize = 500;
/// Characters kept of the message of an earlier try.
const TRY_MESSAGE_BYTES: usize = 2_000;

/// A report, ready to be recorded.
pub fn report(found: Found, names: &Names) -> ReportRecord {
    let state = state_of(&found);
    let sketch = if found.report.kind == Kind::Tests { sketch(&found.report) } else { Vec::new() };
    let Found { ordinal, path, files, report, origins, content_key, unreadable } = found;
    let mut problems: Vec<String> = report.problems.iter().map(|problem| clean(problem.to_string())).collect();
    if report.dropped_cases > 0 {
        problems.push(format!("{} more cases were dropped", report.dropped_cases));
    }
    let mut lookups = 0;
    let cases = if report.kind == Kind::Tests { report.cases } else { Vec::new() };
    let cases: Vec<CaseRecord> = cases
        .into_iter()
        .zip(origins)
        .map(|(one, (origin, _))| case(one, report.format, origin, &path, names, &mut lookups))
        .collect();
    let summed = cases.iter().filter_map(|case| case.duration_ms).fold(0_i64, i64::saturating_add);
    ReportRecord {
        ordinal,
        files,
        format: if unreadable { "unknown" } else { report.format.as_str() },
        kind: match report.kind {
            Kind::Tests => "tests",
            Kind::Lint => "lint",
            Kind::Coverage => "coverage",
        },
        tool: report.tool.map(clean),
        state,
        problems,
        dropped: signed(report.dropped_cases),
        findings: signed(report.findings),
        duration_ms: report.duration_ms.map(signed).or((summed > 0).then_some(summed)),
        coverage: report.coverage.map(|coverage| CoverageTotals {
            files: signed(coverage.files),
            lines: signed(coverage.lines),
            lines_hit: signed(coverage.lines_hit),
            branches: signed(coverage.branches),
            branches_hit: signed(coverage.branches_hit),
        }),
        content_key,
        sketch,
        cases,
        path: clean(path),
    }
}

fn case(one: Case, format: Format, origin: i64, report_path: &str, names: &Names, lookups: &mut usize) -> CaseRecord {
    let identity = identify(&one, format);
    let status = outcome(&one);
    let (duration_ms, tries) = (one.duration_ms.map(signed), one.tries.len() as i64 + 1);
    let failure = failure(one, status, origin, report_path, names, lookups);
    CaseRecord {
        key: identity.key,
        suite: clean(identity.suite),
        class: identity.class.map(clean),
        name: clean(identity.name),
        file: identity.file.map(clean),
        search: clean(identity.search),
        variant: clean(identity.variant),
        status,
        duration_ms,
        tries,
        failure,
    }
}

fn outcome(case: &Case) -> TestStatus {
    match case.status {
        Status::Failed | Status::Errored => TestStatus::Failed,
        Status::Skipped => TestStatus::Skipped,
        Status::Passed if case.is_flaky() => TestStatus::Flaky,
        Status::Passed => TestStatus::Passed,
    }
}

fn failure(
    mut one: Case,
    status: TestStatus,
    origin: i64,
    report_path: &str,
    names: &Names,
    lookups: &mut usize,
) -> Option<FailureRecord> {
    let detail = match status {
        TestStatus::Passed => return None,
        // A flaky test passed: what there is to say is why it had failed before.
        TestStatus::Flaky => one.tries.iter_mut().rev().find_map(|earlier| earlier.detail.take()).unwrap_or_default(),
        TestStatus::Skipped => one.detail.take().filter(|detail| !detail.message.is_empty())?,
        TestStatus::Failed => one.detail.take().unwrap_or_default(),
    };
    let fails = status != TestStatus::Skipped;
    let family = fails.then(|| family(&detail));
    let mut attachments: Vec<KeptAttachment> =
        one.attachments.into_iter().map(|attachment| kept(attachment, report_path, names)).collect();
    if fails && attachments.is_empty() && *lookups < MAX_LOOKUPS {
        *lookups += 1;
        attachments = named_after(&one.suite, &one.name, names);
    }
    let Detail { kind, message, stack } = detail;
    Some(FailureRecord {
        file_ordinal: origin,
        line: one.line.map(i64::from),
        kind: kind.map(clean),
        message: clean(message),
        stack: stack.map(clean),
        stdout: one.stdout.filter(|_| fails).map(clean),
        stderr: one.stderr.filter(|_| fails).map(clean),
        tries: one
            .tries
            .into_iter()
            .map(|earlier| TestTry {
                status: if earlier.status.is_failing() { TestStatus::Failed } else { TestStatus::Passed },
                duration_ms: earlier.duration_ms.map(signed),
                message: earlier.detail.map(|detail| beginning(clean(detail.message))),
            })
            .collect(),
        attachments,
        family,
    })
}

fn family(detail: &Detail) -> FamilyKey {
    let print = fingerprint(detail.kind.as_deref(), &detail.message, detail.stack.as_deref());
    FamilyKey { key: print.key, title: clean(print.title), is_global: print.is_global }
}

fn kept(attachment: Attachment, report_path: &str, names: &Names) -> KeptAttachment {
    let file = names.find(report_path, &attachment.path);
    KeptAttachment {
        name: clean(attachment.name),
        path: clean(attachment.path),
        media_type: attachment.media_type.map(clean),
        ordinal: file.map(|entry| entry.ordinal),
    }
}

fn named_after(suite: &str, name: &str, names: &Names) -> Vec<KeptAttachment> {
    let mut images = names.images_named_after(&format!("{suite}{name}"));
    if images.is_empty() {
        images = names.images_named_after(name);
    }
    images
        .into_iter()
        .map(|entry| KeptAttachment {
            name: entry.path.rsplit('/').next().unwrap_or_default().to_owned(),
            path: entry.path.clone(),
            media_type: Some(entry.media_type.clone()),
            ordinal: Some(entry.ordinal),
        })
        .collect()
}

/// A failure found in a log, ready to be recorded.
pub fn log_failure(found: LogFailure) -> LogFailureRecord {
    let print = fingerprint(found.kind.as_deref(), &found.message, None);
    LogFailureRecord {
        line: signed(found.line),
        kind: found.kind.map(clean),
        tool: found.tool.map(String::from),
        test: found.test.map(clean),
        message: clean(found.message),
        excerpt: clean(found.excerpt),
        family: FamilyKey { key: print.key, title: clean(print.title), is_global: print.is_global },
    }
}

/// PostgreSQL cannot hold NUL in text.
fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text }
}

fn beginning(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TRY_MESSAGE_BYTES));
    text
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
