//! Families of failures: pages of them, and one with the tests and runs that have it.

use super::history::{ON_DEFAULT, RUN_REF, RunRefRow};
use super::listed::NamedTest;
use super::{Page, containing, push_ids};
use crate::model::Millis;
use crate::model::found::FoundType;
use crate::model::results::{Family, FamilyDetail, FamilyRun, FamilyTest};
use crate::store::{Result, Store, on};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::{HashMap, HashSet};

/// Families looked through before a page ends, however few matched.
const MAX_SEARCHED: i64 = 5_000;

/// Families with the words looked for that the index may hand over.
const MAX_MATCHING: i64 = 2_000;

/// Families counted before counting is given up.
const MAX_COUNTED: i64 = 10_000;

/// Runs of a branch in which its families are looked for.
const BRANCH_RUNS: i64 = 1_000;

/// Runs of a family that its branches and pull requests are told from.
const RUNS_TOLD: i64 = 20;

/// Failures of a test or of a family that its families or tests are told from.
const FAILURES_TOLD: i64 = 1_000;

/// Tests and runs of a family shown with it.
const SHOWN: usize = 50;

/// Failures in logs shown with a family.
const LOGS_SHOWN: i64 = 20;

/// Branches named.
const BRANCHES: usize = 10;

/// Pull requests named.
const PULL_REQUESTS: usize = 20;

/// Order of families, descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureSort {
    /// Newest run with it.
    #[default]
    LastSeen,
    /// How many runs have it.
    Runs,
}

/// Position of a family in one of these orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailurePosition {
    /// What it is ordered by.
    pub key: i64,
    /// The family.
    pub id: i64,
}

/// Which families.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FailureQuery {
    /// Owner and name.
    pub repository: Option<(String, String)>,
    /// Lower-case words that must all occur in the title.
    pub words: Vec<String>,
    /// Seen on this head branch lately.
    pub branch: Option<String>,
    /// Seen on the default branch.
    pub on_default: bool,
    /// Seen at or after.
    pub since: Option<Millis>,
    /// Order.
    pub sort: FailureSort,
    /// Where to go on.
    pub after: Option<FailurePosition>,
    /// Page size.
    pub limit: i64,
}

/// The filters, worked out: branches have become sets of families.
#[derive(Debug)]
struct Filters<'q> {
    repository_id: Option<i64>,
    /// Families seen where the query asks; `None` where it does not.
    ids: Option<Vec<i64>>,
    /// Whether all runs of the branches were looked at.
    saw_all_runs: bool,
    query: &'q FailureQuery,
}

#[derive(sqlx::FromRow)]
struct FamilyRow {
    id: i64,
    owner: String,
    repository: String,
    title: String,
    kind: Option<String>,
    is_global: bool,
    message: String,
    first_seen_at: i64,
    first_run_id: i64,
    last_seen_at: i64,
    last_run_id: i64,
    runs: i64,
    tests: i64,
}

const FAMILY_COLUMNS: &str = "SELECT f.id, p.owner, p.name AS repository, f.title, f.kind, f.is_global, f.message, f.first_seen_at, f.first_run_id, \
    f.last_seen_at, f.last_run_id, f.runs, f.tests FROM family f JOIN repository p ON p.id = f.repository_id";

/// A run of a family.
#[derive(sqlx::FromRow)]
struct FamilyRunRow {
    #[sqlx(flatten)]
    run: RunRefRow,
    workflow_id: i64,
    workflow_name: String,
    event: String,
    fork: bool,
    pull_requests: String,
    tests: i64,
}

/// Where a run was made.
#[derive(sqlx::FromRow)]
struct PlaceRow {
    id: i64,
    branch: String,
    pull_requests: String,
    on_default: bool,
}

#[derive(sqlx::FromRow)]
struct FailedTestRow {
    test_id: i64,
    report_id: i64,
    ordinal: i64,
    at: i64,
    run_id: i64,
}

impl FailureSort {
    /// Reads the word used in a query.
    pub fn from_word(word: &str) -> Option<FailureSort> {
        match word {
            "lastSeen" => Some(FailureSort::LastSeen),
            "runs" => Some(FailureSort::Runs),
            _ => None,
        }
    }

    fn column(self) -> &'static str {
        match self {
            FailureSort::LastSeen => "f.last_seen_at",
            FailureSort::Runs => "f.runs",
        }
    }
}

impl Store {
    /// A page of families of failures.
    pub async fn families(&self, query: &FailureQuery) -> Result<Page<Family, FailurePosition>> {
        let filters = self.family_filters(query).await?;
        let is_small = filters.is_answered_by_order() || self.count_some(&filters).await? <= MAX_SEARCHED;
        let horizon = if is_small { None } else { self.family_at(query.sort, query.after).await? };
        let mut rows: Vec<FamilyRow> = on!(self, db => {
            let mut list = QueryBuilder::new(FAMILY_COLUMNS);
            filters.push(&mut list);
            push_position(&mut list, query.sort, "<", query.after);
            push_position(&mut list, query.sort, ">=", horizon);
            list.push(format!(" ORDER BY {0} DESC, f.id DESC LIMIT ", query.sort.column())).push_bind(query.limit + 1);
            list.build_query_as().fetch_all(db).await?
        });
        let has_more = rows.len() as i64 > query.limit;
        rows.truncate(query.limit.max(0) as usize);
        let next = if has_more { rows.last().map(|row| row.position(query.sort)) } else { horizon };
        let (total, total_is_exact) = if query.after.is_none() && next.is_none() {
            (rows.len() as i64, filters.saw_all_runs)
        } else {
            self.count_families(&filters, is_small).await?
        };
        Ok(Page { items: self.with_places(rows).await?, next, total, total_is_exact })
    }

    /// A family with the tests and runs that have it.
    pub async fn family(&self, id: i64) -> Result<Option<FamilyDetail>> {
        let Some(family) = self.families_by_id(&[id]).await?.pop() else { return Ok(None) };
        let failing_runs = self.runs_of_family(id).await?;
        let run_ids: Vec<i64> = failing_runs.iter().map(|run| run.run.id).collect();
        Ok(Some(FamilyDetail {
            family,
            failing_tests: self.tests_of_family(id).await?,
            failing_runs,
            log_failures: self.log_failures_of_family(id, &run_ids, LOGS_SHOWN).await?,
        }))
    }

    /// Families of the newest failures of a test, newest first.
    pub async fn families_of_test(&self, test_id: i64, limit: i64) -> Result<Vec<Family>> {
        let ids: Vec<Option<i64>> = on!(self, db => {
            sqlx::query_scalar("SELECT f.family_id FROM failure f JOIN report p ON p.id = f.report_id WHERE f.test_id = $1 AND p.standing <> 'duplicate' \
                ORDER BY f.at DESC LIMIT $2")
                .bind(test_id).bind(FAILURES_TOLD).fetch_all(db).await?
        });
        let mut ids = distinct(ids.into_iter().flatten());
        ids.truncate(limit.max(0) as usize);
        self.families_by_id(&ids).await
    }

    /// Families by id, in that order; unknown ids are left out.
    async fn families_by_id(&self, ids: &[i64]) -> Result<Vec<Family>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows: Vec<FamilyRow> = on!(self, db => {
            let mut list = QueryBuilder::new(FAMILY_COLUMNS);
            list.push(" WHERE f.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
        self.with_places(rows).await
    }

    /// Titles of families, by family.
    pub(super) async fn family_titles(&self, ids: &[i64]) -> Result<Vec<(i64, String)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT id, title FROM family WHERE id IN ");
            push_ids(&mut list, ids);
            list.push(" ORDER BY id");
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// Adds branches and pull requests of the newest runs with each family.
    async fn with_places(&self, rows: Vec<FamilyRow>) -> Result<Vec<Family>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let runs = self.newest_runs_of_families(&ids).await?;
        let run_ids = distinct(runs.values().flatten().copied());
        let places = self.places(&run_ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let of_family = runs.get(&row.id).into_iter().flatten().filter_map(|id| places.get(id));
                let of_family: Vec<&PlaceRow> = of_family.collect();
                row.into_model(&of_family)
            })
            .collect())
    }

    /// The newest runs of families, newest first. For each family one short walk along an index, all of them in one
    /// statement.
    async fn newest_runs_of_families(&self, ids: &[i64]) -> Result<HashMap<i64, Vec<i64>>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, Option<String>)> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT f.id, (SELECT string_agg(CAST(s.run_id AS TEXT), ',' ORDER BY s.at DESC, s.run_id DESC) \
                FROM (SELECT fr.run_id, fr.at FROM family_run fr WHERE fr.family_id = f.id ORDER BY fr.at DESC LIMIT ");
            list.push_bind(RUNS_TOLD).push(") AS s) FROM family f WHERE f.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        let numbers = |list: String| list.split(',').filter_map(|id| id.parse().ok()).collect();
        Ok(rows.into_iter().map(|(id, list)| (id, list.map(numbers).unwrap_or_default())).collect())
    }

    async fn places(&self, run_ids: &[i64]) -> Result<HashMap<i64, PlaceRow>> {
        if run_ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<PlaceRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!(
                "SELECT run.id, run.branch, run.pull_requests, {ON_DEFAULT} AS on_default FROM run \
                 JOIN repository ON repository.id = run.repository_id WHERE run.id IN "
            ));
            push_ids(&mut list, run_ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    async fn runs_of_family(&self, id: i64) -> Result<Vec<FamilyRun>> {
        let rows: Vec<FamilyRunRow> = on!(self, db => {
            let mut list = QueryBuilder::new(format!(
                "SELECT {RUN_REF}, run.workflow_id, run.workflow_name, run.event, run.fork, run.pull_requests, fr.tests \
                 FROM family_run fr JOIN run ON run.id = fr.run_id WHERE fr.family_id = "
            ));
            list.push_bind(id).push(" ORDER BY fr.at DESC, fr.run_id DESC LIMIT ").push_bind(SHOWN as i64);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(FamilyRunRow::into_model).collect())
    }

    async fn tests_of_family(&self, id: i64) -> Result<Vec<FamilyTest>> {
        let failures: Vec<FailedTestRow> = on!(self, db => {
            sqlx::query_as("SELECT f.test_id, f.report_id, CAST(f.ordinal AS BIGINT) AS ordinal, f.at, p.run_id \
                FROM failure f JOIN report p ON p.id = f.report_id WHERE f.family_id = $1 AND p.standing <> 'duplicate' ORDER BY f.at DESC LIMIT $2")
                .bind(id).bind(FAILURES_TOLD).fetch_all(db).await?
        });
        let mut counts: HashMap<i64, i64> = HashMap::new();
        failures.iter().for_each(|failure| *counts.entry(failure.test_id).or_default() += 1);
        let mut ids = distinct(failures.iter().map(|failure| failure.test_id));
        ids.truncate(SHOWN);
        let mut tests = self.named_tests(&ids, &[], None).await?;
        let newest = |id: &i64| failures.iter().find(|failure| failure.test_id == *id);
        Ok(ids
            .iter()
            .filter_map(|id| Some(family_test(tests.remove(id)?, newest(id)?, counts.get(id).copied().unwrap_or(0))))
            .collect())
    }

    async fn family_filters<'q>(&self, query: &'q FailureQuery) -> Result<Filters<'q>> {
        let repository_id = match &query.repository {
            None => None,
            // A repository that is not mirrored has no failures; none has the id 0.
            Some((owner, name)) => Some(self.repository_id(owner, name).await?.unwrap_or(0)),
        };
        let mut filters = Filters { repository_id, ids: None, saw_all_runs: true, query };
        if !query.words.is_empty()
            && let Some(ids) = self.all_matches(FoundType::Failures, &query.words, MAX_MATCHING).await?
        {
            // Their messages count there as well; the title has the last word.
            filters.keep(ids, true);
        }
        if let Some(branch) = &query.branch {
            let (ids, saw_all) = self.families_of_branch(branch).await?;
            filters.keep(ids, saw_all);
        }
        Ok(filters)
    }

    /// Families seen in the newest runs of a branch, and whether those are all its runs.
    async fn families_of_branch(&self, branch: &str) -> Result<(Vec<i64>, bool)> {
        let runs: Vec<i64> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT run.id FROM run JOIN repository ON repository.id = run.repository_id WHERE run.branch = ");
            list.push_bind(branch.to_owned());
            list.push(" ORDER BY run.created_at DESC, run.id DESC LIMIT ").push_bind(BRANCH_RUNS);
            list.build_query_scalar().fetch_all(db).await?
        });
        if runs.is_empty() {
            return Ok((Vec::new(), true));
        }
        let ids: Vec<i64> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT DISTINCT family_id FROM family_run WHERE run_id IN ");
            push_ids(&mut list, &runs);
            list.build_query_scalar().fetch_all(db).await?
        });
        Ok((ids, (runs.len() as i64) < BRANCH_RUNS))
    }

    /// How many families the filters leave that an index answers, counted a little beyond what is looked through.
    async fn count_some(&self, filters: &Filters<'_>) -> Result<i64> {
        if let Some(ids) = &filters.ids {
            return Ok(ids.len() as i64);
        }
        Ok(on!(self, db => {
            let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM family f WHERE TRUE");
            if let Some(id) = filters.repository_id {
                count.push(" AND f.repository_id = ").push_bind(id);
            }
            count.push(" LIMIT ").push_bind(MAX_SEARCHED + 1).push(") AS counted");
            count.build_query_scalar().fetch_one(db).await?
        }))
    }

    async fn count_families(&self, filters: &Filters<'_>, is_small: bool) -> Result<(i64, bool)> {
        let horizon = if is_small { None } else { self.family_at(filters.query.sort, None).await? };
        let total: i64 = on!(self, db => {
            let mut count = QueryBuilder::new("SELECT count(*) FROM (SELECT 1 AS one FROM family f");
            filters.push(&mut count);
            push_position(&mut count, filters.query.sort, ">=", horizon);
            count.push(" LIMIT ").push_bind(MAX_COUNTED + 1).push(") AS counted");
            count.build_query_scalar().fetch_one(db).await?
        });
        Ok((total, horizon.is_none() && total <= MAX_COUNTED && filters.saw_all_runs))
    }

    /// The last family that a page after `after` looks through; `None` where that reaches the end.
    async fn family_at(&self, sort: FailureSort, after: Option<FailurePosition>) -> Result<Option<FailurePosition>> {
        let row: Option<(i64, i64)> = on!(self, db => {
            let mut list = QueryBuilder::new(format!("SELECT {}, f.id FROM family f WHERE TRUE", sort.column()));
            push_position(&mut list, sort, "<", after);
            list.push(format!(" ORDER BY {} DESC, f.id DESC LIMIT 1 OFFSET ", sort.column())).push_bind(MAX_SEARCHED - 1);
            list.build_query_as().fetch_optional(db).await?
        });
        Ok(row.map(|(key, id)| FailurePosition { key, id }))
    }
}

/// The values without repetition, in order of first occurrence.
fn distinct(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(*value)).collect()
}

impl Filters<'_> {
    /// Keeps only these families.
    fn keep(&mut self, ids: Vec<i64>, saw_all: bool) {
        let known = self.ids.take();
        let kept =
            distinct(ids.into_iter()).into_iter().filter(|id| known.as_ref().is_none_or(|known| known.contains(id)));
        self.ids = Some(kept.collect());
        self.saw_all_runs &= saw_all;
    }

    /// Whether the index of the order is all that is needed.
    fn is_answered_by_order(&self) -> bool {
        let is_since_answered = self.query.since.is_none() || self.query.sort == FailureSort::LastSeen;
        self.repository_id.is_none()
            && !self.query.on_default
            && self.ids.is_none()
            && self.query.words.is_empty()
            && is_since_answered
    }

    fn push<DB: Database>(&self, list: &mut QueryBuilder<DB>)
    where
        i64: for<'q> Encode<'q, DB> + Type<DB>,
        String: for<'q> Encode<'q, DB> + Type<DB>,
    {
        // One that is in no run is known from something that does not count.
        list.push(" WHERE f.runs > 0");
        if let Some(id) = self.repository_id {
            list.push(" AND f.repository_id = ").push_bind(id);
        }
        match self.ids.as_deref() {
            // An empty list is no SQL; no family has the id 0.
            Some([]) => drop(list.push(" AND f.id = 0")),
            Some(ids) => {
                list.push(" AND f.id IN ");
                push_ids(list, ids);
            }
            None => {}
        }
        if self.query.on_default {
            list.push(" AND EXISTS (SELECT 1 FROM family_run w WHERE w.family_id = f.id AND w.on_default)");
        }
        if let Some(since) = self.query.since {
            list.push(" AND f.last_seen_at >= ").push_bind(since.0);
        }
        for word in &self.query.words {
            list.push(" AND lower(f.title) LIKE ").push_bind(containing(word)).push(" ESCAPE '\\'");
        }
    }
}

fn push_position<DB: Database>(
    list: &mut QueryBuilder<DB>,
    sort: FailureSort,
    comparison: &str,
    position: Option<FailurePosition>,
) where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    let Some(at) = position else { return };
    list.push(format!(" AND ({}, f.id) {comparison} (", sort.column()));
    list.push_bind(at.key).push(", ").push_bind(at.id).push(")");
}

impl FamilyRow {
    fn position(&self, sort: FailureSort) -> FailurePosition {
        let key = match sort {
            FailureSort::LastSeen => self.last_seen_at,
            FailureSort::Runs => self.runs,
        };
        FailurePosition { key, id: self.id }
    }

    fn into_model(self, places: &[&PlaceRow]) -> Family {
        let mut branches: Vec<String> = Vec::new();
        let mut pull_requests: Vec<i64> = Vec::new();
        for place in places {
            if !branches.contains(&place.branch) {
                branches.push(place.branch.clone());
            }
            let numbers: Vec<i64> = serde_json::from_str(&place.pull_requests).unwrap_or_default();
            pull_requests.extend(numbers);
        }
        let mut pull_requests = distinct(pull_requests.into_iter());
        pull_requests.truncate(PULL_REQUESTS);
        let branch_count = branches.len() as i64;
        branches.truncate(BRANCHES);
        Family {
            id: self.id,
            repository: format!("{}/{}", self.owner, self.repository),
            title: self.title,
            kind: self.kind,
            is_global: self.is_global,
            message: self.message,
            first_seen_at: Millis(self.first_seen_at),
            first_run_id: self.first_run_id,
            last_seen_at: Millis(self.last_seen_at),
            last_run_id: self.last_run_id,
            runs: self.runs,
            tests: self.tests,
            branch_count,
            branches,
            pull_requests,
            on_default: places.iter().any(|place| place.on_default),
        }
    }
}

impl FamilyRunRow {
    fn into_model(self) -> FamilyRun {
        FamilyRun {
            run: self.run.into_model(),
            workflow_id: self.workflow_id,
            workflow_name: self.workflow_name,
            event: self.event,
            fork: self.fork,
            pull_requests: serde_json::from_str(&self.pull_requests).unwrap_or_default(),
            tests: self.tests,
        }
    }
}

fn family_test(test: NamedTest, newest: &FailedTestRow, failures: i64) -> FamilyTest {
    FamilyTest {
        id: test.id,
        suite: test.suite,
        class_name: test.class_name,
        name: test.name,
        verdict: test.verdict,
        failures,
        last_seen_at: Millis(newest.at),
        last_result_id: format!("{}.{}", newest.report_id, newest.ordinal),
        last_run_id: newest.run_id,
    }
}
