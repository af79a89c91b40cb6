//! Tests against the newest runs of a workflow, from the packed cells of their reports: two statements and no row
//! for each result.

use super::RunPosition;
use super::history::{RUN_REF, RunRefRow};
use super::listed::{NamedTest, letter};
use super::push_ids;
use crate::model::Millis;
use crate::model::cells::unpack;
use crate::model::results::{Grid, GridRun, GridTest, TestsState};
use crate::model::testing::Verdict;
use crate::store::{Result, Store, on};
use sqlx::QueryBuilder;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Tests looked through for words or a verdict.
const MAX_SEARCHED: usize = 10_000;

/// Tests asked for by one statement.
const CHUNK: usize = 2_000;

/// Failures whose families are told.
const MAX_FAILURES: i64 = 20_000;

/// A test that is not in a run.
const ABSENT: u8 = b'-';

/// What a grid shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GridQuery {
    /// The workflow.
    pub workflow_id: i64,
    /// Most columns.
    pub runs: i64,
    /// Most rows.
    pub tests: i64,
    /// Runs on this head branch.
    pub branch: Option<String>,
    /// Lower-case words that must all occur.
    pub words: Vec<String>,
    /// What is thought of the tests.
    pub verdict: Option<Verdict>,
    /// Leaves out tests that neither failed nor were flaky.
    pub hide_green: bool,
    /// Runs older than this.
    pub before: Option<RunPosition>,
    /// Adds the duration of each cell.
    pub durations: bool,
}

#[derive(sqlx::FromRow)]
struct ColumnRow {
    #[sqlx(flatten)]
    run: RunRefRow,
    state: Option<String>,
    guarded: Option<bool>,
}

#[derive(sqlx::FromRow)]
struct CellsRow {
    id: i64,
    run_id: i64,
    failed: i64,
    flaky: i64,
    cells: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct FamilyRow {
    report_id: i64,
    test_id: i64,
    family_id: i64,
}

/// A row under construction.
#[derive(Debug)]
struct Row {
    test_id: i64,
    cells: Vec<u8>,
    failed: usize,
    flaky: usize,
}

impl Store {
    /// Tests × runs of a workflow, and where older runs begin.
    pub async fn grid(&self, query: &GridQuery) -> Result<(Grid, Option<RunPosition>)> {
        let (columns, next) = self.columns(query).await?;
        let column_of: HashMap<i64, usize> = columns.iter().enumerate().map(|(at, run)| (run.run.id, at)).collect();
        let reports = self.packed_reports(&columns.iter().map(|run| run.run.id).collect::<Vec<_>>()).await?;
        let mut rows = rows(&reports, &column_of);
        let green = rows.iter().filter(|row| row.is_green()).count() as i64;
        if query.hide_green {
            rows.retain(|row| !row.is_green());
        }
        rows.sort_by_key(|row| (Reverse(row.failed), Reverse(row.flaky), row.test_id));
        let chosen = self.choose(query, rows).await?;
        let mut families = self.families_of_cells(&reports, &column_of, &chosen.rows).await?;
        let mut spans = durations(&reports, &column_of, &chosen.rows);
        let named: BTreeSet<i64> = families.values().flatten().map(|(_, family)| *family).collect();
        let tests = chosen.rows.into_iter().map(|(row, test)| {
            let families = families.remove(&row.test_id).unwrap_or_default();
            let spans = spans.remove(&row.test_id).unwrap_or_default();
            row.into_model(test, families, &spans, query.durations)
        });
        let grid = Grid {
            runs: columns,
            tests: tests.collect(),
            total: chosen.total,
            total_is_exact: chosen.total_is_exact,
            green,
            next_cursor: None,
            families: self.family_titles(&named.into_iter().collect::<Vec<_>>()).await?,
        };
        Ok((grid, next))
    }

    async fn columns(&self, query: &GridQuery) -> Result<(Vec<GridRun>, Option<RunPosition>)> {
        let rows: Vec<ColumnRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!(
                "SELECT {RUN_REF}, run_tests.state, run_tests.guarded FROM run LEFT JOIN run_tests ON run_tests.run_id = run.id WHERE run.workflow_id = "
            ));
            list.push_bind(query.workflow_id);
            if let Some(branch) = &query.branch {
                list.push(" AND run.branch = ").push_bind(branch.clone());
            }
            if let Some(at) = query.before {
                list.push(" AND (run.created_at, run.id) < (").push_bind(at.created_at.0).push(", ").push_bind(at.id).push(")");
            }
            list.push(" ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(query.runs + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.runs;
        let mut columns: Vec<GridRun> = rows.into_iter().map(ColumnRow::into_model).collect();
        columns.truncate(query.runs.max(0) as usize);
        let last = columns.last().filter(|_| has_more).map(|column| &column.run);
        let next = last.map(|run| RunPosition { created_at: Millis(run.created_at.0), id: run.id });
        Ok((columns, next))
    }

    /// Counted reports of runs with their cells, by run.
    async fn packed_reports(&self, run_ids: &[i64]) -> Result<Vec<CellsRow>> {
        if run_ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT id, run_id, failed, flaky, cells FROM report WHERE standing = 'counted' AND kind = 'tests' AND run_id IN ");
            push_ids(&mut list, run_ids);
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// The rows to show with their names, worst first, and how many there are.
    async fn choose(&self, query: &GridQuery, mut rows: Vec<Row>) -> Result<Chosen> {
        let most = query.tests.max(0) as usize;
        let mut total = rows.len();
        let mut total_is_exact = true;
        if query.words.is_empty() && query.verdict.is_none() {
            rows.truncate(most);
        } else {
            total_is_exact = rows.len() <= MAX_SEARCHED;
            rows.truncate(MAX_SEARCHED);
        }
        let mut named = HashMap::new();
        let ids: Vec<i64> = rows.iter().map(|row| row.test_id).collect();
        for ids in ids.chunks(CHUNK) {
            named.extend(self.named_tests(ids, &query.words, query.verdict).await?);
        }
        if !query.words.is_empty() || query.verdict.is_some() {
            total = named.len();
        }
        let pairs = rows.into_iter().filter_map(|row| named.remove(&row.test_id).map(|test| (row, test)));
        let mut rows: Vec<(Row, NamedTest)> = pairs.take(most).collect();
        rows.sort_by(|(a, x), (b, y)| {
            let (a, b) = ((b.failed, b.flaky), (a.failed, a.flaky));
            a.cmp(&b).then_with(|| (&x.suite, &x.class_name, &x.name).cmp(&(&y.suite, &y.class_name, &y.name)))
        });
        Ok(Chosen { rows, total: total as i64, total_is_exact })
    }

    /// Families of failed and flaky cells, by test: (column, family).
    async fn families_of_cells(
        &self,
        reports: &[CellsRow],
        column_of: &HashMap<i64, usize>,
        chosen: &[(Row, NamedTest)],
    ) -> Result<HashMap<i64, Vec<(i64, i64)>>> {
        let failing = reports.iter().filter(|report| report.failed + report.flaky > 0);
        let column: HashMap<i64, usize> =
            failing.filter_map(|report| Some((report.id, *column_of.get(&report.run_id)?))).collect();
        if column.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<i64> = column.keys().copied().collect();
        let found: Vec<FamilyRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT report_id, test_id, family_id FROM failure WHERE family_id IS NOT NULL AND report_id IN ");
            push_ids(&mut list, &ids);
            list.push(" LIMIT ").push_bind(MAX_FAILURES);
            list.build_query_as().fetch_all(db).await?
        });
        let mut families: HashMap<i64, BTreeMap<i64, i64>> =
            chosen.iter().map(|(row, _)| (row.test_id, BTreeMap::new())).collect();
        for row in found {
            if let Some((cells, at)) = families.get_mut(&row.test_id).zip(column.get(&row.report_id)) {
                cells.entry(*at as i64).or_insert(row.family_id);
            }
        }
        Ok(families.into_iter().map(|(test, cells)| (test, cells.into_iter().collect())).collect())
    }
}

/// Rows with their names.
struct Chosen {
    rows: Vec<(Row, NamedTest)>,
    total: i64,
    total_is_exact: bool,
}

/// One row for each test in these reports.
fn rows(reports: &[CellsRow], column_of: &HashMap<i64, usize>) -> Vec<Row> {
    let mut place: HashMap<i64, usize> = HashMap::new();
    let mut rows: Vec<Row> = Vec::new();
    for report in reports {
        let Some(column) = column_of.get(&report.run_id) else { continue };
        for cell in unpack(&report.cells) {
            let at = *place.entry(cell.test_id).or_insert_with(|| {
                rows.push(Row { test_id: cell.test_id, cells: vec![ABSENT; column_of.len()], failed: 0, flaky: 0 });
                rows.len() - 1
            });
            let shown = &mut rows[at].cells[*column];
            if *shown == ABSENT || severity(letter(cell.status)) > severity(*shown) {
                *shown = letter(cell.status);
            }
        }
    }
    for row in &mut rows {
        row.failed = row.cells.iter().filter(|cell| **cell == b'F').count();
        row.flaky = row.cells.iter().filter(|cell| **cell == b'L').count();
    }
    rows
}

/// Durations of the cells of the rows that are shown, by test: one a column, the longest of several.
fn durations(
    reports: &[CellsRow],
    column_of: &HashMap<i64, usize>,
    chosen: &[(Row, NamedTest)],
) -> HashMap<i64, Vec<Option<i64>>> {
    let mut spans: HashMap<i64, Vec<Option<i64>>> =
        chosen.iter().map(|(row, _)| (row.test_id, vec![None; column_of.len()])).collect();
    for report in reports {
        let Some(column) = column_of.get(&report.run_id) else { continue };
        for cell in unpack(&report.cells) {
            if let Some(spans) = spans.get_mut(&cell.test_id) {
                spans[*column] = spans[*column].max(cell.duration_ms);
            }
        }
    }
    spans
}

/// Durations as one character each, on a logarithmic scale.
fn scaled(spans: &[Option<i64>]) -> String {
    let letter = |span: &Option<i64>| match span {
        Some(ms) => char::from(48 + (3.0 * (*ms as f64 + 1.0).log2()).round().clamp(0.0, 78.0) as u8),
        None => char::from(ABSENT),
    };
    spans.iter().map(letter).collect()
}

/// Of several results in one run the worst is shown.
fn severity(letter: u8) -> u8 {
    match letter {
        b'F' => 3,
        b'L' => 2,
        b'S' => 0,
        _ => 1,
    }
}

impl ColumnRow {
    fn into_model(self) -> GridRun {
        GridRun {
            run: self.run.into_model(),
            state: self.state.map(|word| TestsState::from_word(&word)).unwrap_or_default(),
            guarded: self.guarded.unwrap_or_default(),
        }
    }
}

impl Row {
    fn is_green(&self) -> bool {
        self.failed + self.flaky == 0
    }

    fn into_model(
        self,
        test: NamedTest,
        families: Vec<(i64, i64)>,
        spans: &[Option<i64>],
        with_durations: bool,
    ) -> GridTest {
        let mut known: Vec<i64> = spans.iter().flatten().copied().collect();
        known.sort_unstable();
        GridTest {
            p50_duration_ms: known.get(known.len().saturating_sub(1) / 2).copied(),
            durations: with_durations.then(|| scaled(spans)),
            id: test.id,
            suite: test.suite,
            class_name: test.class_name,
            name: test.name,
            verdict: test.verdict,
            cells: String::from_utf8(self.cells).unwrap_or_default(),
            families,
        }
    }
}
