//! Tests of a run: its totals, its reports and pages of their results. Results are numbered within each report in
//! the order in which they are shown, so a page is a walk over ranges of ordinals; nothing is sorted.

use super::{Page, containing, push_ids};
use crate::model::Step;
use crate::model::results::{
    CoverageTotals, LogFailure, Standing, TestAttachment, TestFailure, TestReport, TestResult, TestTotals, TestTry,
    TestsState,
};
use crate::model::testing::{Novelty, TestStatus, Verdict};
use crate::store::{KeptAttachment, Result, Store, on};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::HashMap;

/// Results looked through for words, suites or novelty before a page ends, however few it found.
const MAX_SEARCHED: i64 = 10_000;

/// Results looked through by one statement of such a search: most pages are full after the first.
const SEARCH_STEP: i64 = 2_000;

/// Ranges asked for by one statement.
const MAX_RANGES: usize = 100;

/// Results that make "no cause for a verdict" mean healthy.
const ENOUGH_RESULTS: i64 = 5;

/// The dimensions of a result: those of its job (`p`) and those of the case itself (`v`).
pub(super) const VARIANT: &str = "CASE WHEN v.text IS NULL OR v.text = '' THEN p.variant WHEN p.variant = '' THEN v.text \
    ELSE p.variant || '; ' || v.text END";

/// Position of a result among those of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultPosition {
    /// Outcome of the last result shown.
    pub status: TestStatus,
    /// Its report.
    pub report_id: i64,
    /// Its position there.
    pub ordinal: i64,
}

/// Which results of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultQuery {
    /// The run.
    pub run_id: i64,
    /// Reports of this attempt; those that count where absent.
    pub attempt: Option<i64>,
    /// With this outcome.
    pub status: Option<TestStatus>,
    /// Lower-case words that must all occur.
    pub words: Vec<String>,
    /// In this suite or one inside it.
    pub suite: Option<String>,
    /// Failures that are so.
    pub novelty: Option<Novelty>,
    /// Of this report.
    pub report_id: Option<i64>,
    /// Of this test.
    pub test_id: Option<i64>,
    /// Where to go on.
    pub after: Option<ResultPosition>,
    /// Page size.
    pub limit: i64,
}

/// Results of one outcome in one report: ordinals from `begin` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    status: TestStatus,
    report_id: i64,
    begin: i64,
    end: i64,
}

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct CountsRow {
    id: i64,
    total: i64,
    failed: i64,
    flaky: i64,
    skipped: i64,
}

#[derive(sqlx::FromRow)]
struct TotalsRow {
    run_id: i64,
    total: i64,
    failed: i64,
    flaky: i64,
    skipped: i64,
    state: String,
    problem: Option<String>,
    coverage: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ReportRow {
    id: i64,
    run_id: i64,
    attempt: Option<i64>,
    artifact_id: i64,
    artifact_name: String,
    job_id: Option<i64>,
    ordinal: i64,
    path: String,
    files: i64,
    format: String,
    kind: String,
    tool: Option<String>,
    state: String,
    standing: String,
    instead: Option<i64>,
    problems: String,
    variant: String,
    total: i64,
    failed: i64,
    flaky: i64,
    skipped: i64,
    dropped: i64,
    findings: i64,
    coverage: Option<String>,
    duration_ms: Option<i64>,
}

/// Where a result is.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct FoundRow {
    report_id: i64,
    ordinal: i64,
    status: i64,
}

#[derive(sqlx::FromRow)]
struct ResultRow {
    report_id: i64,
    ordinal: i64,
    test_id: i64,
    duration_ms: Option<i64>,
    status: i64,
    tries: i64,
    run_id: i64,
    attempt: Option<i64>,
    job_id: Option<i64>,
    artifact_id: i64,
    variant: String,
    suite: String,
    class: Option<String>,
    name: String,
    file: Option<String>,
    verdict: Option<String>,
    results: i64,
    flake_rate: f64,
    #[sqlx(flatten)]
    failure: FailureRow,
}

/// All null for a result that simply passed.
#[derive(sqlx::FromRow)]
struct FailureRow {
    family_id: Option<i64>,
    novelty: Option<String>,
    line: Option<i64>,
    kind: Option<String>,
    message: Option<String>,
    stack: Option<String>,
    stdout: Option<String>,
    stderr: Option<String>,
    tried: Option<String>,
    attachments: Option<String>,
}

#[derive(sqlx::FromRow)]
struct LogFailureRow {
    run_id: i64,
    job_id: i64,
    job_name: String,
    attempt: i64,
    steps: String,
    line: i64,
    kind: Option<String>,
    tool: Option<String>,
    test: Option<String>,
    message: String,
    excerpt: String,
    family_id: Option<i64>,
}

const RESULT_COLUMNS: &str = "SELECT r.report_id, CAST(r.ordinal AS BIGINT) AS ordinal, r.test_id, CAST(r.duration_ms AS BIGINT) AS duration_ms, \
    CAST(r.status AS BIGINT) AS status, CAST(r.tries AS BIGINT) AS tries, p.run_id, p.attempt, p.job_id, p.artifact_id, {variant} AS variant, \
    t.suite, t.class, t.name, t.file, t.verdict, t.results, t.flake_rate, f.family_id, f.novelty, f.line, f.kind, f.message, f.stack, f.stdout, f.stderr, \
    f.tries AS tried, f.attachments \
    FROM result r JOIN report p ON p.id = r.report_id JOIN test t ON t.id = r.test_id LEFT JOIN variant v ON v.id = r.variant_id \
    LEFT JOIN failure f ON f.report_id = r.report_id AND f.ordinal = r.ordinal";

impl Store {
    /// A page of the results of a run: failed first, then flaky, skipped, passed; within each by report and as the
    /// report has them.
    pub async fn run_results(&self, query: &ResultQuery) -> Result<Page<TestResult, ResultPosition>> {
        let ranges = self.ranges(query).await?;
        let all: i64 = ranges.iter().map(Range::len).sum();
        let left: Vec<Range> = ranges.iter().filter_map(|range| range.after(query.after)).collect();
        let (mut found, horizon) = self.walk(query, &left, query.limit + 1).await?;
        let has_more = found.len() as i64 > query.limit;
        found.truncate(query.limit.max(0) as usize);
        let next = if has_more { found.last().map(FoundRow::position) } else { horizon };
        let (total, total_is_exact) = if !query.looks_through() {
            (all, true)
        } else if query.after.is_none() && !has_more {
            (found.len() as i64, horizon.is_none())
        } else {
            (self.count_matches(query, &ranges).await?, all <= MAX_SEARCHED)
        };
        Ok(Page { items: self.results_at(&found).await?, next, total, total_is_exact })
    }

    /// The ranges a query walks, in order.
    async fn ranges(&self, query: &ResultQuery) -> Result<Vec<Range>> {
        let reports: Vec<CountsRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT id, total, failed, flaky, skipped FROM report WHERE run_id = ");
            list.push_bind(query.run_id).push(" AND kind = 'tests'");
            match query.attempt {
                Some(attempt) => list.push(" AND standing <> 'duplicate' AND attempt = ").push_bind(attempt),
                // A report asked for by its id is shown however it counts.
                None if query.report_id.is_some() => &mut list,
                None => list.push(" AND standing = 'counted'"),
            };
            if let Some(report_id) = query.report_id {
                list.push(" AND id = ").push_bind(report_id);
            }
            list.push(" ORDER BY id");
            list.build_query_as().fetch_all(db).await?
        });
        let wanted = |status: &TestStatus| match query.novelty {
            Some(_) => *status == TestStatus::Failed && query.status.is_none_or(|only| only == *status),
            None => query.status.is_none_or(|only| only == *status),
        };
        let statuses = TestStatus::ALL.into_iter().filter(wanted);
        Ok(statuses
            .flat_map(|status| reports.iter().map(move |report| report.range(status)))
            .filter(|range| range.len() > 0)
            .collect())
    }

    /// The first `most` matches in these ranges, and where a search gave up, if it did.
    async fn walk(
        &self,
        query: &ResultQuery,
        ranges: &[Range],
        most: i64,
    ) -> Result<(Vec<FoundRow>, Option<ResultPosition>)> {
        let looks_through = query.looks_through();
        let mut budget = if looks_through { MAX_SEARCHED } else { most };
        let mut found: Vec<FoundRow> = Vec::new();
        let mut left = ranges.to_vec();
        while !left.is_empty() && budget > 0 && (found.len() as i64) < most {
            let missing = most - found.len() as i64;
            let step = budget.min(if looks_through { SEARCH_STEP } else { missing });
            let (batch, rest) = split(&left, step);
            budget -= batch.iter().map(Range::len).sum::<i64>();
            found.extend(self.matches(query, &batch, missing).await?);
            left = rest;
        }
        let is_full = found.len() as i64 >= most;
        let horizon = left.first().filter(|_| looks_through && !is_full).map(Range::position_before);
        Ok((found, horizon))
    }

    async fn matches(&self, query: &ResultQuery, ranges: &[Range], most: i64) -> Result<Vec<FoundRow>> {
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT r.report_id, CAST(r.ordinal AS BIGINT) AS ordinal, CAST(r.status AS BIGINT) AS status FROM result r");
            push_matches(&mut list, query, ranges);
            // Within one range the primary key is the order already.
            list.push(if ranges.len() > 1 { " ORDER BY r.status, r.report_id, r.ordinal LIMIT " } else { " ORDER BY r.ordinal LIMIT " });
            list.push_bind(most);
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// Matches among the first results of a run.
    async fn count_matches(&self, query: &ResultQuery, ranges: &[Range]) -> Result<i64> {
        let mut left = split(ranges, MAX_SEARCHED).0;
        let mut total = 0;
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(MAX_RANGES));
            total += on!(self, db => {
                let mut count = QueryBuilder::new("SELECT count(*) FROM result r");
                push_matches(&mut count, query, &left);
                count.build_query_scalar::<i64>().fetch_one(db).await?
            });
            left = rest;
        }
        Ok(total)
    }

    /// The results at these places, in that order.
    async fn results_at(&self, found: &[FoundRow]) -> Result<Vec<TestResult>> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut by_report: HashMap<i64, Vec<i64>> = HashMap::new();
        found.iter().for_each(|row| by_report.entry(row.report_id).or_default().push(row.ordinal));
        let rows: Vec<ResultRow> = on!(self, db => {
            let mut list = QueryBuilder::new(RESULT_COLUMNS.replace("{variant}", VARIANT));
            let mut joint = " WHERE ";
            for (report_id, ordinals) in &by_report {
                list.push(joint).push("(r.report_id = ").push_bind(*report_id).push(" AND r.ordinal IN ");
                push_ids(&mut list, ordinals);
                list.push(")");
                joint = " OR ";
            }
            list.build_query_as().fetch_all(db).await?
        });
        let mut rows: HashMap<(i64, i64), ResultRow> =
            rows.into_iter().map(|row| ((row.report_id, row.ordinal), row)).collect();
        let in_order = found.iter().filter_map(|row| rows.remove(&(row.report_id, row.ordinal)));
        let mut results: Vec<TestResult> = in_order.map(ResultRow::into_model).collect();
        self.add_strips(&mut results).await?;
        Ok(results)
    }

    /// The past of tests that failed or were flaky; a page of passed ones is not worth the walk.
    async fn add_strips(&self, results: &mut [TestResult]) -> Result<()> {
        let is_told = |result: &TestResult| matches!(result.status, TestStatus::Failed | TestStatus::Flaky);
        let mut ids: Vec<i64> = results.iter().filter(|one| is_told(one)).map(|one| one.test_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let strips = self.strips(&ids).await?;
        for result in results.iter_mut().filter(|one| is_told(one)) {
            result.strip = strips.get(&result.test_id).cloned().unwrap_or_default();
        }
        Ok(())
    }

    /// Totals of runs, by run. Nothing is said of a run before it was looked at: its totals are pending.
    pub async fn run_totals(&self, run_ids: &[i64]) -> Result<HashMap<i64, TestTotals>> {
        if run_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<TotalsRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT run_id, total, failed, flaky, skipped, state, problem, coverage FROM run_tests WHERE run_id IN ");
            push_ids(&mut list, run_ids);
            list.build_query_as().fetch_all(db).await?
        });
        let undecided = || TestTotals { state: TestsState::Pending, ..TestTotals::default() };
        let mut totals: HashMap<i64, TestTotals> = run_ids.iter().map(|id| (*id, undecided())).collect();
        totals.extend(rows.into_iter().map(|row| (row.run_id, row.into_model())));
        Ok(totals)
    }

    /// Reports of a run, those that count first.
    pub async fn reports_of_run(&self, run_id: i64) -> Result<Vec<TestReport>> {
        let rows: Vec<ReportRow> = on!(self, db => {
            sqlx::query_as("SELECT p.id, p.run_id, p.attempt, p.artifact_id, a.name AS artifact_name, p.job_id, p.ordinal, p.path, p.files, p.format, p.kind, \
                p.tool, p.state, p.standing, p.instead, p.problems, p.variant, p.total, p.failed, p.flaky, p.skipped, p.dropped, p.findings, p.coverage, \
                p.duration_ms FROM report p JOIN artifact a ON a.id = p.artifact_id WHERE p.run_id = $1 \
                ORDER BY CASE WHEN p.standing = 'counted' THEN 0 ELSE 1 END, p.id").bind(run_id).fetch_all(db).await?
        });
        Ok(rows.into_iter().map(ReportRow::into_model).collect())
    }

    /// Failures that the logs of an attempt's jobs show, of jobs for which no report speaks.
    pub async fn log_failures(&self, run_id: i64, attempt: i64) -> Result<Vec<LogFailure>> {
        let rows: Vec<LogFailureRow> = on!(self, db => {
            let mut list = QueryBuilder::new(LOG_FAILURE_COLUMNS);
            list.push(" WHERE l.run_id = ").push_bind(run_id).push(" AND j.attempt = ").push_bind(attempt)
                .push(" AND NOT EXISTS (SELECT 1 FROM report p WHERE p.run_id = l.run_id AND p.job_id = l.job_id AND p.failed > 0) ORDER BY l.job_id, l.ordinal");
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(LogFailureRow::into_model).collect())
    }

    /// Failures of one family that logs of these runs show, newest run first.
    pub(super) async fn log_failures_of_family(
        &self,
        family_id: i64,
        run_ids: &[i64],
        most: i64,
    ) -> Result<Vec<LogFailure>> {
        if run_ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<LogFailureRow> = on!(self, db => {
            let mut list = QueryBuilder::new(LOG_FAILURE_COLUMNS);
            list.push(" WHERE l.run_id IN ");
            push_ids(&mut list, run_ids);
            list.push(" AND l.family_id = ").push_bind(family_id).push(" ORDER BY l.run_id DESC, l.job_id, l.ordinal LIMIT ").push_bind(most);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(LogFailureRow::into_model).collect())
    }
}

const LOG_FAILURE_COLUMNS: &str = "SELECT l.run_id, l.job_id, j.name AS job_name, j.attempt, j.steps, l.line, l.kind, l.tool, l.test, l.message, l.excerpt, l.family_id \
    FROM log_failure l JOIN job j ON j.id = l.job_id";

impl ResultQuery {
    /// Whether results have to be read to know whether they match.
    fn looks_through(&self) -> bool {
        !self.words.is_empty() || self.suite.is_some() || self.novelty.is_some() || self.test_id.is_some()
    }
}

impl Range {
    fn len(&self) -> i64 {
        self.end - self.begin
    }

    /// The position just before its first result.
    fn position_before(&self) -> ResultPosition {
        ResultPosition { status: self.status, report_id: self.report_id, ordinal: self.begin - 1 }
    }

    /// What of it comes after a position.
    fn after(&self, position: Option<ResultPosition>) -> Option<Range> {
        let Some(at) = position else { return Some(*self) };
        match (self.status, self.report_id).cmp(&(at.status, at.report_id)) {
            std::cmp::Ordering::Less => None,
            std::cmp::Ordering::Equal => Some(Range { begin: self.begin.max(at.ordinal.saturating_add(1)), ..*self })
                .filter(|range| range.len() > 0),
            std::cmp::Ordering::Greater => Some(*self),
        }
    }
}

/// Splits ranges so that the first part has `results` results and not too many ranges.
fn split(ranges: &[Range], results: i64) -> (Vec<Range>, Vec<Range>) {
    let mut missing = results;
    let mut first = Vec::new();
    for (at, range) in ranges.iter().enumerate() {
        if missing == 0 || first.len() == MAX_RANGES {
            return (first, ranges[at..].to_vec());
        }
        if range.len() > missing {
            let middle = range.begin + missing;
            first.push(Range { end: middle, ..*range });
            let mut rest = vec![Range { begin: middle, ..*range }];
            rest.extend(&ranges[at + 1..]);
            return (first, rest);
        }
        missing -= range.len();
        first.push(*range);
    }
    (first, Vec::new())
}

fn push_matches<DB: Database>(list: &mut QueryBuilder<DB>, query: &ResultQuery, ranges: &[Range])
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    i32: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    if !query.words.is_empty() || query.suite.is_some() {
        list.push(" JOIN test t ON t.id = r.test_id");
    }
    if query.novelty.is_some() {
        list.push(" JOIN failure f ON f.report_id = r.report_id AND f.ordinal = r.ordinal");
    }
    let mut joint = " WHERE (";
    for range in ranges {
        list.push(joint).push("(r.report_id = ").push_bind(range.report_id);
        list.push(" AND r.ordinal >= ").push_bind(range.begin).push(" AND r.ordinal < ").push_bind(range.end).push(")");
        joint = " OR ";
    }
    list.push(")");
    for word in &query.words {
        list.push(" AND t.search LIKE ").push_bind(containing(word)).push(" ESCAPE '\\'");
    }
    if let Some(suite) = &query.suite {
        let beginning = format!("{suite} > ");
        let length = i32::try_from(beginning.chars().count()).unwrap_or(i32::MAX);
        list.push(" AND (t.suite = ").push_bind(suite.clone()).push(" OR substr(t.suite, 1, ").push_bind(length);
        list.push(") = ").push_bind(beginning).push(")");
    }
    if let Some(test_id) = query.test_id {
        list.push(" AND r.test_id = ").push_bind(test_id);
    }
    if let Some(novelty) = query.novelty {
        list.push(" AND f.novelty = ").push_bind(novelty.as_str().to_owned());
    }
}

/// The stored verdict; a test that never gave cause for one is judged by its count alone.
pub(super) fn verdict(stored: Option<&str>, results: i64) -> Verdict {
    match stored.and_then(Verdict::from_word) {
        Some(verdict) => verdict,
        None if results < ENOUGH_RESULTS => Verdict::NotEnoughData,
        None => Verdict::Healthy,
    }
}

fn coverage(stored: Option<&str>) -> Option<CoverageTotals> {
    stored.and_then(|json| serde_json::from_str(json).ok())
}

impl CountsRow {
    fn range(self, status: TestStatus) -> Range {
        let flaky = self.failed + self.flaky;
        let skipped = flaky + self.skipped;
        let (begin, end) = match status {
            TestStatus::Failed => (0, self.failed),
            TestStatus::Flaky => (self.failed, flaky),
            TestStatus::Skipped => (flaky, skipped),
            TestStatus::Passed => (skipped, self.total),
        };
        Range { status, report_id: self.id, begin, end }
    }
}

impl FoundRow {
    fn position(&self) -> ResultPosition {
        ResultPosition {
            status: TestStatus::from_number(self.status),
            report_id: self.report_id,
            ordinal: self.ordinal,
        }
    }
}

impl TotalsRow {
    fn into_model(self) -> TestTotals {
        TestTotals {
            total: self.total,
            passed: self.total - self.failed - self.skipped,
            failed: self.failed,
            skipped: self.skipped,
            flaky: self.flaky,
            state: TestsState::from_word(&self.state),
            problem: self.problem,
            coverage: coverage(self.coverage.as_deref()),
        }
    }
}

impl ReportRow {
    fn into_model(self) -> TestReport {
        TestReport {
            id: self.id,
            run_id: self.run_id,
            attempt: self.attempt,
            artifact_id: self.artifact_id,
            artifact_name: self.artifact_name,
            job_id: self.job_id,
            file_id: format!("{}.{}", self.artifact_id, self.ordinal),
            path: self.path,
            files: self.files,
            format_title: artifact::report::Format::from_word(&self.format)
                .map_or_else(|| self.format.clone(), |format| format.title().to_owned()),
            format: self.format,
            kind: self.kind,
            tool: self.tool,
            state: TestsState::from_word(&self.state),
            standing: Standing::from_word(&self.standing),
            instead: self.instead,
            problems: serde_json::from_str(&self.problems).unwrap_or_default(),
            variant: self.variant,
            total: self.total,
            passed: self.total - self.failed - self.skipped,
            failed: self.failed,
            skipped: self.skipped,
            flaky: self.flaky,
            dropped: self.dropped,
            findings: self.findings,
            coverage: coverage(self.coverage.as_deref()),
            duration_ms: self.duration_ms,
        }
    }
}

impl ResultRow {
    fn into_model(self) -> TestResult {
        let verdict = verdict(self.verdict.as_deref(), self.results);
        let novelty = self.failure.novelty.as_deref().and_then(Novelty::from_word);
        let (family_id, line) = (self.failure.family_id, self.failure.line);
        TestResult {
            id: format!("{}.{}", self.report_id, self.ordinal),
            test_id: self.test_id,
            suite: self.suite,
            class_name: self.class,
            name: self.name,
            file: self.file,
            line,
            run_id: self.run_id,
            attempt: self.attempt,
            job_id: self.job_id,
            report_id: self.report_id,
            variant: self.variant,
            status: TestStatus::from_number(self.status),
            duration_ms: self.duration_ms,
            tries: self.tries,
            verdict,
            strip: String::new(),
            flake_rate: self.flake_rate,
            novelty,
            family_id,
            failure: self.failure.into_model(self.artifact_id),
        }
    }
}

impl FailureRow {
    fn into_model(self, artifact_id: i64) -> Option<TestFailure> {
        let message = self.message?;
        let attachments: Vec<KeptAttachment> =
            self.attachments.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let tries: Vec<TestTry> = self.tried.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        Some(TestFailure {
            kind: self.kind,
            message,
            stack: self.stack,
            stdout: self.stdout,
            stderr: self.stderr,
            attachments: attachments.into_iter().map(|kept| attachment(kept, artifact_id)).collect(),
            tries,
        })
    }
}

fn attachment(kept: KeptAttachment, artifact_id: i64) -> TestAttachment {
    let file_id = kept.ordinal.map(|ordinal| format!("{artifact_id}.{ordinal}"));
    TestAttachment {
        name: kept.name,
        path: kept.path,
        url: file_id.as_ref().map(|id| format!("/api/files/{id}/content")),
        file_id,
        media_type: kept.media_type,
    }
}

impl LogFailureRow {
    fn into_model(self) -> LogFailure {
        let steps: Vec<Step> = serde_json::from_str(&self.steps).unwrap_or_default();
        let failed = |step: &Step| matches!(step.conclusion.as_deref(), Some("failure" | "timed_out"));
        LogFailure {
            run_id: self.run_id,
            job_id: self.job_id,
            job_name: self.job_name,
            attempt: self.attempt,
            step: steps.into_iter().find(failed).map(|step| step.name),
            line: self.line,
            kind: self.kind,
            tool: self.tool,
            test: self.test,
            message: self.message,
            excerpt: self.excerpt,
            family_id: self.family_id,
        }
    }
}
