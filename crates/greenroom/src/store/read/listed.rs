//! Pages of tests in the orders that the indexes have. A filter that no index answers is exact over a small set,
//! and looks through a bounded number of tests a page over a large one.

use super::results::verdict;
use super::{Page, containing, push_ids};
use crate::model::Millis;
use crate::model::found::FoundType;
use crate::model::results::Test;
use crate::model::testing::{TestStatus, Verdict};
use crate::store::{Result, Store, on};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::HashMap;

/// Tests looked through before a page ends, however few matched.
const MAX_SEARCHED: i64 = 5_000;

/// Tests with the words looked for that the index may hand over.
const MAX_MATCHING: i64 = 2_000;

/// Tests counted before counting is given up.
const MAX_COUNTED: i64 = 10_000;

/// Outcomes in the strip of a test.
const STRIP: i64 = 24;

/// Order of tests; all but the name's are descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestSort {
    /// Failures in the last 30 days.
    #[default]
    Failures,
    /// Score of flakiness.
    Flakiness,
    /// Mean duration.
    Slowness,
    /// Last failure.
    LastFailure,
    /// What they cost: the durations of the runs in which they failed lately.
    Impact,
    /// Turns between passed and failed.
    Flips,
    /// Share of results that failed.
    FailRate,
    /// Name, from A.
    Name,
}

/// Position of a test in one of these orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestPosition {
    /// What it is ordered by: a number, or the bits of one that is not whole; 0 by name.
    pub key: i64,
    /// The test.
    pub id: i64,
}

/// Which tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestQuery {
    /// Owner and name.
    pub repository: Option<(String, String)>,
    /// Lower-case words that must all occur.
    pub words: Vec<String>,
    /// What is thought of them.
    pub verdict: Option<Verdict>,
    /// Order.
    pub sort: TestSort,
    /// Where to go on.
    pub after: Option<TestPosition>,
    /// Page size.
    pub limit: i64,
}

/// What a test is ordered by.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Number(i64),
    Real(f64),
    Text(String),
}

/// A place in an order.
type Place = (Key, i64);

/// The filters, with repositories by id.
#[derive(Debug)]
struct Filters<'q> {
    repositories: Option<Vec<i64>>,
    /// Tests with the words, where the index tells them all; else the words are looked for in each test.
    matching: Option<Vec<i64>>,
    /// Written before columns to keep SQLite from their indexes; the filters then go along the order's index.
    plus: &'static str,
    query: &'q TestQuery,
}

#[derive(sqlx::FromRow)]
struct TestRow {
    id: i64,
    owner: String,
    repository: String,
    suite: String,
    class: Option<String>,
    name: String,
    file: Option<String>,
    first_seen_at: i64,
    last_seen_at: i64,
    last_failure_at: i64,
    results: i64,
    failures: i64,
    flaky_results: i64,
    timed: i64,
    average_ms: i64,
    verdict: Option<String>,
    reason: String,
    since: Option<i64>,
    flake_rate: f64,
    score: f64,
    recent_failures: i64,
    impact_ms: i64,
    flips: i64,
    fail_rate: f64,
}

/// What a test is called, and what is thought of it.
#[derive(Clone, Debug)]
pub(super) struct NamedTest {
    pub(super) id: i64,
    pub(super) suite: String,
    pub(super) class_name: Option<String>,
    pub(super) name: String,
    pub(super) verdict: Verdict,
}

#[derive(sqlx::FromRow)]
struct NamedRow {
    id: i64,
    suite: String,
    class: Option<String>,
    name: String,
    verdict: Option<String>,
    results: i64,
}

const TEST_COLUMNS: &str = "SELECT t.id, p.owner, p.name AS repository, t.suite, t.class, t.name, t.file, t.first_seen_at, t.last_seen_at, \
    t.last_failure_at, t.results, t.failures, t.flaky_results, t.timed, t.average_ms, t.verdict, t.reason, t.since, t.flake_rate, t.score, \
    t.recent_failures, t.impact_ms, t.flips, t.fail_rate FROM test t JOIN repository p ON p.id = t.repository_id";

impl TestSort {
    /// Reads the word used in a query.
    pub fn from_word(word: &str) -> Option<TestSort> {
        match word {
            "failures" => Some(TestSort::Failures),
            "flakiness" => Some(TestSort::Flakiness),
            "slowness" => Some(TestSort::Slowness),
            "lastFailure" => Some(TestSort::LastFailure),
            "impact" => Some(TestSort::Impact),
            "flips" => Some(TestSort::Flips),
            "failRate" => Some(TestSort::FailRate),
            "name" => Some(TestSort::Name),
            _ => None,
        }
    }

    fn column(self) -> &'static str {
        match self {
            TestSort::Failures => "t.recent_failures",
            TestSort::Flakiness => "t.score",
            TestSort::Slowness => "t.average_ms",
            TestSort::LastFailure => "t.last_failure_at",
            TestSort::Impact => "t.impact_ms",
            TestSort::Flips => "t.flips",
            TestSort::FailRate => "t.fail_rate",
            TestSort::Name => "t.name",
        }
    }

    fn key(self, row: &TestRow) -> Key {
        match self {
            TestSort::Failures => Key::Number(row.recent_failures),
            TestSort::Flakiness => Key::Real(row.score),
            TestSort::Slowness => Key::Number(row.average_ms),
            TestSort::LastFailure => Key::Number(row.last_failure_at),
            TestSort::Impact => Key::Number(row.impact_ms),
            TestSort::Flips => Key::Number(row.flips),
            TestSort::FailRate => Key::Real(row.fail_rate),
            TestSort::Name => Key::Text(row.name.clone()),
        }
    }
}

impl Store {
    /// A page of tests.
    pub async fn tests(&self, query: &TestQuery) -> Result<Page<Test, TestPosition>> {
        let mut filters = self.filters(query).await?;
        let after = self.place_after(query).await?;
        let is_small = filters.is_none() || self.count_candidates(&filters).await? <= MAX_SEARCHED;
        if !is_small && !self.is_shared() {
            filters.plus = "+";
        }
        let horizon = if is_small { None } else { self.place_at(query.sort, after.as_ref()).await? };
        let mut rows: Vec<TestRow> = on!(self, db => {
            let mut list = QueryBuilder::new(TEST_COLUMNS);
            filters.push(&mut list);
            push_place(&mut list, query.sort, Side::After, after.as_ref());
            push_place(&mut list, query.sort, Side::UpTo, horizon.as_ref());
            // The plus sign keeps SQLite from walking the order's index over the whole table to find a small set.
            let by_filter = is_small && !filters.is_none() && !self.is_shared();
            push_order(&mut list, query.sort, by_filter);
            list.push(" LIMIT ").push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let last = rows.last().filter(|_| has_more).map(|row| (query.sort.key(row), row.id));
        let next = last.or(horizon).map(|(key, id)| TestPosition { key: key.packed(), id });
        let (total, total_is_exact) =
            self.count_tests(&filters, is_small, (after.is_none() && next.is_none()).then_some(rows.len())).await?;
        Ok(Page { items: self.with_strips(rows).await?, next, total, total_is_exact })
    }

    /// One test.
    pub async fn test(&self, id: i64) -> Result<Option<Test>> {
        Ok(self.tests_by_id(&[id]).await?.remove(&id))
    }

    /// Tests by id; unknown ids are left out.
    pub(super) async fn tests_by_id(&self, ids: &[i64]) -> Result<HashMap<i64, Test>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<TestRow> = on!(self, db => {
            let mut list = QueryBuilder::new(TEST_COLUMNS);
            list.push(" WHERE t.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(self.with_strips(rows).await?.into_iter().map(|test| (test.id, test)).collect())
    }

    /// Names of tests by id: of those that match the filters.
    pub(super) async fn named_tests(
        &self,
        ids: &[i64],
        words: &[String],
        judged: Option<Verdict>,
    ) -> Result<HashMap<i64, NamedTest>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<NamedRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT t.id, t.suite, t.class, t.name, t.verdict, t.results FROM test t WHERE t.id IN ");
            push_ids(&mut list, ids);
            push_judged(&mut list, judged, "");
            push_words(&mut list, words);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.id, row.into_named())).collect())
    }

    async fn with_strips(&self, rows: Vec<TestRow>) -> Result<Vec<Test>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut strips = self.strips(&ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let strip = strips.remove(&row.id).unwrap_or_default();
                row.into_model(strip)
            })
            .collect())
    }

    /// Outcomes of the newest results of tests, oldest first. For each test one short walk along an index, all of
    /// them in one statement.
    pub(super) async fn strips(&self, ids: &[i64]) -> Result<HashMap<i64, String>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, Option<String>)> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT t.id, (SELECT string_agg(CAST(s.status AS TEXT), '' ORDER BY s.at, s.report_id, s.ordinal DESC) \
                FROM (SELECT r.status, r.at, r.report_id, r.ordinal FROM result r JOIN report p ON p.id = r.report_id \
                WHERE r.test_id = t.id AND p.standing <> 'duplicate' ORDER BY r.at DESC, r.report_id DESC LIMIT ");
            list.push_bind(STRIP).push(") AS s) FROM test t WHERE t.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().filter_map(|(id, numbers)| Some((id, letters(&numbers?)))).collect())
    }

    async fn filters<'q>(&self, query: &'q TestQuery) -> Result<Filters<'q>> {
        let repositories = match &query.repository {
            // A repository that is not mirrored has no tests; none has the id 0.
            Some((owner, name)) => Some(vec![self.repository_id(owner, name).await?.unwrap_or(0)]),
            // The index on verdicts leads through the repository.
            None if is_stored(query.verdict) => {
                Some(on!(self, db => sqlx::query_scalar("SELECT id FROM repository").fetch_all(db).await?))
            }
            None => None,
        };
        let matching = match query.words.as_slice() {
            [] => None,
            words => self.all_matches(FoundType::Tests, words, MAX_MATCHING).await?,
        };
        let repositories = repositories.filter(|ids: &Vec<i64>| !ids.is_empty());
        Ok(Filters { repositories, matching, plus: "", query })
    }

    /// How many tests the filters leave that an index answers, counted a little beyond what is looked through.
    async fn count_candidates(&self, filters: &Filters<'_>) -> Result<i64> {
        Ok(on!(self, db => {
            let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM test t WHERE TRUE");
            filters.push_indexed(&mut count);
            count.push(" LIMIT ").push_bind(MAX_SEARCHED + 1).push(") AS counted");
            count.build_query_scalar().fetch_one(db).await?
        }))
    }

    /// Tests in all pages, and whether that is exact. `known` where the only page there is has been read.
    async fn count_tests(&self, filters: &Filters<'_>, is_small: bool, known: Option<usize>) -> Result<(i64, bool)> {
        if let Some(all) = known {
            return Ok((all as i64, true));
        }
        let horizon = if is_small { None } else { self.place_at(filters.query.sort, None).await? };
        let total: i64 = on!(self, db => {
            let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM test t");
            filters.push(&mut count);
            push_place(&mut count, filters.query.sort, Side::UpTo, horizon.as_ref());
            count.push(" LIMIT ").push_bind(MAX_COUNTED + 1).push(") AS counted");
            count.build_query_scalar().fetch_one(db).await?
        });
        Ok((total, horizon.is_none() && total <= MAX_COUNTED))
    }

    /// Where the page before ended. By name the cursor only knows the test; a name never changes.
    async fn place_after(&self, query: &TestQuery) -> Result<Option<Place>> {
        let Some(after) = query.after else { return Ok(None) };
        let key = match query.sort {
            TestSort::Flakiness | TestSort::FailRate => Key::Real(f64::from_bits(after.key as u64)),
            TestSort::Name => {
                let name: Option<String> = on!(self, db => {
                    sqlx::query_scalar("SELECT name FROM test WHERE id = $1").bind(after.id).fetch_optional(db).await?
                });
                Key::Text(name.unwrap_or_default())
            }
            _ => Key::Number(after.key),
        };
        Ok(Some((key, after.id)))
    }

    /// The last test that a page after `after` looks through; `None` where that reaches the end.
    async fn place_at(&self, sort: TestSort, after: Option<&Place>) -> Result<Option<Place>> {
        let row: Option<TestRow> = on!(self, db => {
            let mut list = QueryBuilder::new(TEST_COLUMNS);
            list.push(" WHERE t.id = (SELECT t.id FROM test t WHERE TRUE");
            push_place(&mut list, sort, Side::After, after);
            push_order(&mut list, sort, false);
            list.push(" LIMIT 1 OFFSET ").push_bind(MAX_SEARCHED - 1).push(")");
            list.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(|row| (sort.key(&row), row.id)))
    }
}

/// Whether the verdict is one that is always stored; the others are also told by the count of results.
fn is_stored(verdict: Option<Verdict>) -> bool {
    verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Healthy | Verdict::NotEnoughData))
}

impl Filters<'_> {
    fn is_none(&self) -> bool {
        self.query.repository.is_none() && self.query.words.is_empty() && self.query.verdict.is_none()
    }

    fn push<DB: Database>(&self, list: &mut QueryBuilder<DB>)
    where
        i64: for<'q> Encode<'q, DB> + Type<DB>,
        String: for<'q> Encode<'q, DB> + Type<DB>,
    {
        list.push(" WHERE TRUE");
        self.push_indexed(list);
        if !is_stored(self.query.verdict) {
            push_judged(list, self.query.verdict, self.plus);
        }
        if self.matching.is_none() {
            push_words(list, &self.query.words);
        }
    }

    /// The filters that an index answers.
    fn push_indexed<DB: Database>(&self, list: &mut QueryBuilder<DB>)
    where
        i64: for<'q> Encode<'q, DB> + Type<DB>,
        String: for<'q> Encode<'q, DB> + Type<DB>,
    {
        if let Some(ids) = &self.repositories {
            list.push(" AND ").push(self.plus).push("t.repository_id IN ");
            push_ids(list, ids);
        }
        match self.matching.as_deref() {
            // An empty list is no SQL; no test has the id 0.
            Some([]) => drop(list.push(" AND t.id = 0")),
            Some(ids) => {
                list.push(" AND t.id IN ");
                push_ids(list, ids);
            }
            None => {}
        }
        if is_stored(self.query.verdict) {
            push_judged(list, self.query.verdict, self.plus);
        }
    }
}

/// The filter by what is thought of tests.
fn push_judged<DB: Database>(list: &mut QueryBuilder<DB>, verdict: Option<Verdict>, plus: &str)
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    match verdict {
        None => {}
        Some(Verdict::Healthy) => {
            list.push(" AND (t.verdict = 'healthy' OR (t.verdict IS NULL AND t.results >= 5))");
        }
        Some(Verdict::NotEnoughData) => {
            list.push(" AND (t.verdict = 'notEnoughData' OR (t.verdict IS NULL AND t.results < 5))");
        }
        Some(verdict) => {
            list.push(" AND ").push(plus).push("t.verdict = ").push_bind(verdict.as_str().to_owned());
        }
    }
}

fn push_words<DB: Database>(list: &mut QueryBuilder<DB>, words: &[String])
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    for word in words {
        list.push(" AND t.search LIKE ").push_bind(containing(word)).push(" ESCAPE '\\'");
    }
}

/// Which side of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    After,
    UpTo,
}

fn push_place<DB: Database>(list: &mut QueryBuilder<DB>, sort: TestSort, side: Side, place: Option<&Place>)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    f64: for<'q> Encode<'q, DB> + Type<DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    let Some((key, id)) = place else { return };
    let comparison = match (sort == TestSort::Name, side) {
        (true, Side::After) => ">",
        (true, Side::UpTo) => "<=",
        (false, Side::After) => "<",
        (false, Side::UpTo) => ">=",
    };
    list.push(format!(" AND ({}, t.id) {comparison} (", sort.column()));
    match key {
        Key::Number(number) => list.push_bind(*number),
        Key::Real(number) => list.push_bind(*number),
        Key::Text(text) => list.push_bind(text.clone()),
    };
    list.push(", ").push_bind(*id).push(")");
}

fn push_order<DB: Database>(list: &mut QueryBuilder<DB>, sort: TestSort, by_filter: bool) {
    let (plus, column) = (if by_filter { "+" } else { "" }, sort.column());
    let direction = if sort == TestSort::Name { "" } else { " DESC" };
    list.push(format!(" ORDER BY {plus}{column}{direction}, t.id{direction}"));
}

impl Key {
    /// As a cursor carries it.
    fn packed(&self) -> i64 {
        match self {
            Key::Number(number) => *number,
            Key::Real(number) => number.to_bits() as i64,
            Key::Text(_) => 0,
        }
    }
}

/// Letters of a strip from numbers of outcomes.
fn letters(numbers: &str) -> String {
    let status = |digit: char| TestStatus::from_number(digit.to_digit(10).map_or(i64::MAX, i64::from));
    numbers.chars().map(|digit| char::from(letter(status(digit)))).collect()
}

/// The letter of an outcome in strips and grids.
pub(super) fn letter(status: TestStatus) -> u8 {
    match status {
        TestStatus::Failed => b'F',
        TestStatus::Flaky => b'L',
        TestStatus::Skipped => b'S',
        TestStatus::Passed => b'P',
    }
}

impl NamedRow {
    fn into_named(self) -> NamedTest {
        NamedTest {
            id: self.id,
            suite: self.suite,
            class_name: self.class,
            name: self.name,
            verdict: verdict(self.verdict.as_deref(), self.results),
        }
    }
}

impl TestRow {
    fn into_model(self, strip: String) -> Test {
        Test {
            id: self.id,
            repository: format!("{}/{}", self.owner, self.repository),
            suite: self.suite,
            class_name: self.class,
            name: self.name,
            file: self.file,
            first_seen_at: Millis(self.first_seen_at),
            last_seen_at: Millis(self.last_seen_at),
            last_failure_at: Some(self.last_failure_at).filter(|at| *at > 0).map(Millis),
            results: self.results,
            failures: self.failures,
            flaky_results: self.flaky_results,
            average_duration_ms: (self.timed > 0).then_some(self.average_ms),
            verdict: verdict(self.verdict.as_deref(), self.results),
            reason: self.reason,
            since: self.since.map(Millis),
            flake_rate: self.flake_rate,
            score: self.score,
            recent_failures: self.recent_failures,
            impact_ms: self.impact_ms,
            flips: self.flips,
            fail_rate: self.fail_rate,
            strip,
        }
    }
}
