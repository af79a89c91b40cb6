//! Two runs side by side: their tests from packed cells, their files by name and checksum, their jobs by name.

use super::history::first_line;
use super::listed::NamedTest;
use super::push_ids;
use crate::model::cells::{Cell, unpack};
use crate::model::results::{
    ComparedFile, ComparedFiles, ComparedJob, ComparedSpan, ComparedTest, ComparedTests, Comparison, FileComparison,
    TestComparison,
};
use crate::model::testing::TestStatus;
use crate::model::{Job, Millis, Step};
use crate::store::{Result, Store, on};
use sqlx::QueryBuilder;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Tests and files shown of each kind.
const SHOWN: usize = 200;

/// Files compared of each run.
const MAX_FILES: i64 = 50_000;

/// Runs of a branch looked through for a green one.
const MAX_RUNS: i64 = 2_000;

/// A test counts as slower from so much more time on, and from half again as much.
const SLOWER_MS: i64 = 100;

/// Where a run stands in its workflow's history.
#[derive(sqlx::FromRow)]
struct StandRow {
    workflow_id: i64,
    branch: String,
    fork: bool,
    created_at: i64,
    default_branch: String,
}

#[derive(sqlx::FromRow)]
struct FileRow {
    artifact_id: i64,
    ordinal: i64,
    artifact_name: String,
    path: String,
    size_bytes: i64,
    crc32: i64,
}

/// The worst outcome of a test in a run, and how long that took.
type Outcomes = HashMap<i64, (TestStatus, Option<i64>)>;

/// A test's outcomes in the other run and in this one.
#[derive(Clone, Copy, Debug)]
struct Pair {
    test_id: i64,
    base: Option<(TestStatus, Option<i64>)>,
    head: Option<(TestStatus, Option<i64>)>,
}

/// Something with a beginning and an end.
trait Span {
    fn name(&self) -> &str;
    fn conclusion(&self) -> Option<&String>;
    fn times(&self) -> (Option<Millis>, Option<Millis>);

    fn duration_ms(&self) -> Option<i64> {
        let (started_at, completed_at) = self.times();
        Some(completed_at?.since(started_at?).max(0))
    }
}

impl Store {
    /// The newest run before this one that succeeded: of the same workflow and branch, else of its default branch.
    pub async fn last_green_before(&self, run_id: i64) -> Result<Option<i64>> {
        let stand: Option<StandRow> = on!(self, db => {
            sqlx::query_as("SELECT run.workflow_id, run.branch, run.fork, run.created_at, repository.default_branch FROM run \
                JOIN repository ON repository.id = run.repository_id WHERE run.id = $1").bind(run_id).fetch_optional(db).await?
        });
        let Some(stand) = stand else { return Ok(None) };
        let here = self.last_green_of(&stand, run_id, &stand.branch, stand.fork).await?;
        if here.is_some() || stand.branch == stand.default_branch && !stand.fork {
            return Ok(here);
        }
        self.last_green_of(&stand, run_id, &stand.default_branch, false).await
    }

    async fn last_green_of(&self, stand: &StandRow, run_id: i64, branch: &str, fork: bool) -> Result<Option<i64>> {
        Ok(on!(self, db => {
            sqlx::query_scalar("SELECT x.id FROM (SELECT id, created_at, conclusion, fork FROM run WHERE workflow_id = $1 AND branch = $2 \
                AND (created_at, id) < ($3, $4) ORDER BY created_at DESC, id DESC LIMIT $5) AS x \
                WHERE x.conclusion = 'success' AND x.fork = $6 ORDER BY x.created_at DESC, x.id DESC LIMIT 1")
                .bind(stand.workflow_id).bind(branch).bind(stand.created_at).bind(run_id).bind(MAX_RUNS).bind(fork).fetch_optional(db).await?
        }))
    }

    /// Two runs side by side; `None` when one of them is not there.
    pub async fn comparison(&self, base: i64, head: i64) -> Result<Option<Comparison>> {
        let mut runs = self.run_refs(&[base, head]).await?;
        // A run may be compared with itself.
        let Some((base_run, head_run)) = runs.get(&base).cloned().zip(runs.remove(&head)) else { return Ok(None) };
        let totals = self.run_totals(&[base, head]).await?;
        let base_jobs = self.jobs(base, base_run.attempt).await?;
        let head_jobs = self.jobs(head, head_run.attempt).await?;
        Ok(Some(Comparison {
            tests: self.compare_tests(base, head).await?,
            files: compare_files(self.files_to_compare(base).await?, self.files_to_compare(head).await?),
            jobs: compare_jobs(base_jobs, head_jobs),
            base_tests: totals.get(&base).cloned().unwrap_or_default(),
            head_tests: totals.get(&head).cloned().unwrap_or_default(),
            base: base_run,
            head: head_run,
        }))
    }

    async fn compare_tests(&self, base: i64, head: i64) -> Result<TestComparison> {
        let pairs = pairs(&self.outcomes(base).await?, &self.outcomes(head).await?);
        let of = |matches: fn(&Pair) -> bool| pairs.iter().copied().filter(matches).collect::<Vec<Pair>>();
        let mut slower = of(Pair::is_slower);
        slower.sort_by_key(|pair| Reverse(pair.longer_ms()));
        Ok(TestComparison {
            new_failures: self.compared(of(|pair| pair.fails() && !pair.failed()), Some(head)).await?,
            fixed: self.compared(of(|pair| pair.failed() && pair.passes()), None).await?,
            still_failing: self.compared(of(|pair| pair.failed() && pair.fails()), Some(head)).await?,
            added: self.compared(of(|pair| pair.base.is_none()), None).await?,
            missing: self.compared(of(|pair| pair.head.is_none()), None).await?,
            slower: self.compared(slower, None).await?,
        })
    }

    async fn outcomes(&self, run_id: i64) -> Result<Outcomes> {
        let packed: Vec<(Vec<u8>,)> = on!(self, db => {
            sqlx::query_as("SELECT cells FROM report WHERE run_id = $1 AND standing = 'counted' AND kind = 'tests'").bind(run_id).fetch_all(db).await?
        });
        let mut outcomes = Outcomes::new();
        for cell in packed.iter().flat_map(|(cells,)| unpack(cells)) {
            let Cell { test_id, status, duration_ms } = cell;
            let known = outcomes.entry(test_id).or_insert((status, duration_ms));
            if severity(status) > severity(known.0) {
                *known = (status, duration_ms);
            }
        }
        Ok(outcomes)
    }

    /// The first of these tests with their names, and their messages in the run `failed_in`.
    async fn compared(&self, pairs: Vec<Pair>, failed_in: Option<i64>) -> Result<ComparedTests> {
        let shown = &pairs[..pairs.len().min(SHOWN)];
        let ids: Vec<i64> = shown.iter().map(|pair| pair.test_id).collect();
        let mut names = self.named_tests(&ids, &[], None).await?;
        let mut messages = match failed_in {
            Some(run_id) => self.messages(run_id, &ids).await?,
            None => HashMap::new(),
        };
        let tests = shown
            .iter()
            .filter_map(|pair| Some(pair.into_model(names.remove(&pair.test_id)?, messages.remove(&pair.test_id))));
        Ok(ComparedTests { total: pairs.len() as i64, tests: tests.collect() })
    }

    /// First lines of the messages of tests that failed in a run.
    async fn messages(&self, run_id: i64, test_ids: &[i64]) -> Result<HashMap<i64, String>> {
        if test_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, String)> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT f.test_id, substr(f.message, 1, 1000) FROM report p JOIN failure f ON f.report_id = p.id WHERE p.run_id = ");
            list.push_bind(run_id).push(" AND p.standing = 'counted' AND f.status = 0 AND f.test_id IN ");
            push_ids(&mut list, test_ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|(test, message)| (test, first_line(&message))).collect())
    }

    /// Files of a run, newest artifact first: one more than are compared, where there are that many.
    async fn files_to_compare(&self, run_id: i64) -> Result<Vec<FileRow>> {
        Ok(on!(self, db => {
            sqlx::query_as("SELECT f.artifact_id, f.ordinal, a.name AS artifact_name, f.path, f.size_bytes, f.crc32 FROM file f JOIN artifact a ON a.id = f.artifact_id \
                WHERE f.run_id = $1 ORDER BY f.artifact_id DESC, f.ordinal LIMIT $2").bind(run_id).bind(MAX_FILES + 1).fetch_all(db).await?
        }))
    }
}

/// Of several results of a test in one run the worst is compared; a skipped one says least.
fn severity(status: TestStatus) -> u8 {
    match status {
        TestStatus::Failed => 3,
        TestStatus::Flaky => 2,
        TestStatus::Passed => 1,
        TestStatus::Skipped => 0,
    }
}

/// Every test of either run, by id.
fn pairs(base: &Outcomes, head: &Outcomes) -> Vec<Pair> {
    let both =
        head.iter().map(|(id, outcome)| Pair { test_id: *id, base: base.get(id).copied(), head: Some(*outcome) });
    let gone = base.iter().filter(|(id, _)| !head.contains_key(*id));
    let gone = gone.map(|(id, outcome)| Pair { test_id: *id, base: Some(*outcome), head: None });
    let mut pairs: Vec<Pair> = both.chain(gone).collect();
    pairs.sort_unstable_by_key(|pair| pair.test_id);
    pairs
}

impl Pair {
    fn fails(&self) -> bool {
        matches!(self.head, Some((TestStatus::Failed, _)))
    }

    fn failed(&self) -> bool {
        matches!(self.base, Some((TestStatus::Failed, _)))
    }

    fn passes(&self) -> bool {
        matches!(self.head, Some((TestStatus::Passed | TestStatus::Flaky, _)))
    }

    /// How much longer it took, where it passed in both.
    fn longer_ms(&self) -> Option<i64> {
        match (self.base?, self.head?) {
            ((TestStatus::Passed, Some(base)), (TestStatus::Passed, Some(head))) => Some(head - base),
            _ => None,
        }
    }

    fn is_slower(&self) -> bool {
        let before = self.base.and_then(|(_, ms)| ms).unwrap_or(0);
        self.longer_ms().is_some_and(|longer| longer >= SLOWER_MS && longer >= before / 2)
    }

    fn into_model(self, test: NamedTest, message: Option<String>) -> ComparedTest {
        ComparedTest {
            id: test.id,
            suite: test.suite,
            class_name: test.class_name,
            name: test.name,
            verdict: test.verdict,
            base: self.base.map(|(status, _)| status),
            head: self.head.map(|(status, _)| status),
            base_duration_ms: self.base.and_then(|(_, ms)| ms),
            head_duration_ms: self.head.and_then(|(_, ms)| ms),
            message,
        }
    }
}

/// Files by artifact name and path. A later artifact of the same name, listed first, hides an earlier one.
fn by_name(rows: Vec<FileRow>) -> BTreeMap<(String, String), FileRow> {
    let mut files = BTreeMap::new();
    for row in rows.into_iter().take(MAX_FILES as usize) {
        files.entry((row.artifact_name.clone(), row.path.clone())).or_insert(row);
    }
    files
}

fn compare_files(base: Vec<FileRow>, head: Vec<FileRow>) -> FileComparison {
    let truncated = base.len().max(head.len()) as i64 > MAX_FILES;
    let mut base = by_name(base);
    let mut comparison =
        FileComparison { added: no_files(), removed: no_files(), changed: no_files(), unchanged: 0, truncated };
    for (key, head) in by_name(head) {
        match base.remove(&key) {
            None => add(&mut comparison.added, key, None, Some(&head)),
            Some(base) if (base.crc32, base.size_bytes) == (head.crc32, head.size_bytes) => comparison.unchanged += 1,
            Some(base) => add(&mut comparison.changed, key, Some(&base), Some(&head)),
        }
    }
    for (key, base) in base {
        add(&mut comparison.removed, key, Some(&base), None);
    }
    comparison
}

fn no_files() -> ComparedFiles {
    ComparedFiles { total: 0, files: Vec::new() }
}

fn add(files: &mut ComparedFiles, key: (String, String), base: Option<&FileRow>, head: Option<&FileRow>) {
    files.total += 1;
    if files.files.len() == SHOWN {
        return;
    }
    let id = |row: &FileRow| format!("{}.{}", row.artifact_id, row.ordinal);
    files.files.push(ComparedFile {
        artifact_name: key.0,
        path: key.1,
        base_id: base.map(id),
        head_id: head.map(id),
        base_bytes: base.map(|row| row.size_bytes),
        head_bytes: head.map(|row| row.size_bytes),
    });
}

/// Jobs by name, those of this run first and in its order; of equal names the first with the first.
fn compare_jobs(base: Vec<Job>, head: Vec<Job>) -> Vec<ComparedJob> {
    match_by_name(base, head)
        .into_iter()
        .map(|(base, head)| ComparedJob {
            job: span(base.as_ref(), head.as_ref()),
            base_id: base.as_ref().map(|job| job.id),
            head_id: head.as_ref().map(|job| job.id),
            steps: match_by_name(
                base.map_or_else(Vec::new, |job| job.steps),
                head.map_or_else(Vec::new, |job| job.steps),
            )
            .iter()
            .map(|(base, head)| span(base.as_ref(), head.as_ref()))
            .collect(),
        })
        .collect()
}

fn match_by_name<T: Span>(base: Vec<T>, head: Vec<T>) -> Vec<(Option<T>, Option<T>)> {
    let mut waiting: VecDeque<T> = base.into();
    let mut matched: Vec<(Option<T>, Option<T>)> = Vec::new();
    for head in head {
        let at = waiting.iter().position(|base| base.name() == head.name());
        matched.push((at.and_then(|at| waiting.remove(at)), Some(head)));
    }
    matched.extend(waiting.into_iter().map(|base| (Some(base), None)));
    matched
}

fn span<T: Span>(base: Option<&T>, head: Option<&T>) -> ComparedSpan {
    ComparedSpan {
        name: head.or(base).map(|span| span.name().to_owned()).unwrap_or_default(),
        base_conclusion: base.and_then(Span::conclusion).cloned(),
        head_conclusion: head.and_then(Span::conclusion).cloned(),
        base_duration_ms: base.and_then(Span::duration_ms),
        head_duration_ms: head.and_then(Span::duration_ms),
    }
}

impl Span for Job {
    fn name(&self) -> &str {
        &self.name
    }

    fn conclusion(&self) -> Option<&String> {
        self.conclusion.as_ref()
    }

    fn times(&self) -> (Option<Millis>, Option<Millis>) {
        (self.started_at, self.completed_at)
    }
}

impl Span for Step {
    fn name(&self) -> &str {
        &self.name
    }

    fn conclusion(&self) -> Option<&String> {
        self.conclusion.as_ref()
    }

    fn times(&self) -> (Option<Millis>, Option<Millis>) {
        (self.started_at, self.completed_at)
    }
}
