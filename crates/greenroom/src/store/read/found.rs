//! Finding by parts of names. Candidates come from three places, each bounded: names that begin with the words, the
//! newest rows of a kind, and the index on parts of words. Common words are found among the newest, rare ones by the
//! index, so that neither needs the whole history. They are ranked here and then read from where they lead, which is
//! also where what is gone drops out.

use super::results::verdict;
use super::{containing, push_ids};
use crate::model::Millis;
use crate::model::found::{FoundItem, FoundType};
use crate::store::search::Kind;
use crate::store::{Result, Store, on};
use sqlx::{Database, Encode, QueryBuilder, Type};
use std::collections::{HashMap, HashSet};

/// Newest rows of a kind that are looked through.
const WALKED: i64 = 1_000;
/// The same where no word can be looked up in the index.
const WALKED_ALONE: i64 = 5_000;
/// Matches among the newest rows with which the index is not asked.
const ENOUGH: i64 = 100;
/// Names that begin with the words, at most.
const NAMED: i64 = 200;
/// Matches taken from the index.
const INDEXED: i64 = 1_000;
/// Candidates of the index that are looked at for these.
const INDEX_LOOKED_AT: i64 = 5_000;
/// Digits of a commit that a run is found by.
const SHA_DIGITS: usize = 12;

/// Position of something found: everything after it ranks lower, or is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundPosition {
    /// Rank of the last one shown.
    pub rank: i64,
    /// Its time.
    pub at: i64,
    /// Its row.
    pub id: i64,
}

/// What to find.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundQuery {
    /// Of this type.
    pub found_type: FoundType,
    /// Lower-case words that must all occur.
    pub words: Vec<String>,
    /// Where to go on.
    pub after: Option<FoundPosition>,
    /// How many.
    pub limit: usize,
}

#[derive(Clone, Debug, sqlx::FromRow)]
struct Candidate {
    id: i64,
    leads_to: i64,
    part: i64,
    at: i64,
    name: String,
    text: String,
}

/// Where a candidate stands in the order; smaller is better.
type Place = (i64, std::cmp::Reverse<i64>, std::cmp::Reverse<i64>);

#[derive(sqlx::FromRow)]
struct TestRow {
    id: i64,
    owner: String,
    repository: String,
    suite: String,
    class: Option<String>,
    name: String,
    verdict: Option<String>,
    results: i64,
    last_seen_at: i64,
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: i64,
    owner: String,
    repository: String,
    run_number: i64,
    title: String,
    workflow_name: String,
    status: String,
    conclusion: Option<String>,
    branch: String,
    actor: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct WorkflowRow {
    id: i64,
    owner: String,
    repository: String,
    name: String,
    path: String,
    run_number: Option<i64>,
    status: Option<String>,
    conclusion: Option<String>,
    branch: Option<String>,
    created_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct FileRow {
    artifact_id: i64,
    ordinal: i64,
    owner: String,
    repository: String,
    path: String,
    size_bytes: i64,
    artifact_name: String,
    run_number: i64,
    branch: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct FamilyRow {
    id: i64,
    owner: String,
    repository: String,
    title: String,
    message: String,
    runs: i64,
    last_seen_at: i64,
}

const COLUMNS: &str = "id, ref AS leads_to, part, at, name FROM search";

impl Store {
    /// The best of what matches, and where the next page begins.
    pub async fn find(&self, query: &FoundQuery) -> Result<(Vec<FoundItem>, Option<FoundPosition>)> {
        let words = words_for(query.found_type, &query.words);
        if words.is_empty() {
            return Ok((Vec::new(), None));
        }
        let whole = words.join(" ");
        let mut seen = HashSet::new();
        let mut ranked: Vec<(Place, Candidate)> = self
            .candidates(kind_of(query.found_type), &words)
            .await?
            .into_iter()
            .filter(|candidate| seen.insert(candidate.id))
            .map(|candidate| (place(&whole, &words, &candidate), candidate))
            .filter(|(place, _)| query.after.is_none_or(|after| *place > after.place()))
            .collect();
        ranked.sort_by_key(|(place, _)| *place);
        let mut items = Vec::new();
        for chunk in ranked.chunks(query.limit + 1) {
            let candidates: Vec<&Candidate> = chunk.iter().map(|(_, candidate)| candidate).collect();
            let mut read = self.read_found(query.found_type, &candidates).await?;
            for (place, candidate) in chunk {
                let Some(item) = read.remove(&candidate.id) else { continue };
                if items.len() == query.limit {
                    return Ok(without_last_place(items));
                }
                items.push((*place, item));
            }
        }
        Ok((items.into_iter().map(|(_, item)| item).collect(), None))
    }

    /// Ids of what matches, where the index tells them all and they are at most `most`; else `None`.
    pub(super) async fn all_matches(
        &self,
        found_type: FoundType,
        words: &[String],
        most: i64,
    ) -> Result<Option<Vec<i64>>> {
        if !words.iter().any(|word| self.is_indexed(word)) {
            return Ok(None);
        }
        let rows = self.indexed(kind_of(found_type), words, most + 1, i64::MAX).await?;
        Ok((rows.len() as i64 <= most).then(|| rows.into_iter().map(|row| row.leads_to).collect()))
    }

    async fn candidates(&self, kind: Kind, words: &[String]) -> Result<Vec<Candidate>> {
        let is_indexed = words.iter().any(|word| self.is_indexed(word));
        let mut found = self.numbered(kind, words).await?;
        found.extend(self.named(kind, words).await?);
        let walked = self.newest(kind, words, if is_indexed { WALKED } else { WALKED_ALONE }).await?;
        let is_rare = (walked.len() as i64) < ENOUGH;
        found.extend(walked);
        if is_indexed && is_rare {
            found.extend(self.indexed(kind, words, INDEXED, INDEX_LOOKED_AT).await?);
        }
        Ok(found)
    }

    /// Whether the index of this engine can look a word up: PostgreSQL's knows letters and digits only.
    fn is_indexed(&self, word: &str) -> bool {
        if self.is_shared() {
            word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.len() >= 3)
        } else {
            word.chars().count() >= 3
        }
    }

    /// Runs with the number that the only word is.
    async fn numbered(&self, kind: Kind, words: &[String]) -> Result<Vec<Candidate>> {
        let [word] = words else { return Ok(Vec::new()) };
        let number: Option<i64> = word.strip_prefix('#').unwrap_or(word).parse().ok();
        let (Kind::Run, Some(number)) = (kind, number) else { return Ok(Vec::new()) };
        let ids: Vec<i64> = self.runs_numbered(None, number, NAMED).await?;
        let rows: Vec<i64> = ids.into_iter().map(|id| Kind::Run.row(id)).collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT s.id, s.ref AS leads_to, s.part, s.at, s.name, t.text FROM search s JOIN search_text t ON t.id = s.id WHERE s.id IN ");
            push_ids(&mut list, &rows);
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// Rows whose name begins with the words.
    async fn named(&self, kind: Kind, words: &[String]) -> Result<Vec<Candidate>> {
        let start = words.join(" ");
        let end = format!("{start}\u{10ffff}");
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new(format!("SELECT w.id, w.leads_to, w.part, w.at, w.name, t.text FROM (SELECT {COLUMNS} WHERE kind = {} AND name >= ", kind as i64));
            list.push_bind(start).push(" AND name < ").push_bind(end);
            list.push(format!(" ORDER BY name LIMIT {NAMED}) w CROSS JOIN search_text t WHERE t.id = w.id"));
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// Matches among the newest rows, at most as many as are enough. Which are the newest is in an index of `search`,
    /// whose rows are read of what matches only. The text comes from a subquery because PostgreSQL, left the choice of
    /// a join, reads all of `search_text` instead of these few.
    async fn newest(&self, kind: Kind, words: &[String], walked: i64) -> Result<Vec<Candidate>> {
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new(format!(
                "SELECT s.id, s.ref AS leads_to, s.part, s.at, s.name, m.text FROM (SELECT t.id, t.text FROM \
                 (SELECT n.id, (SELECT x.text FROM search_text x WHERE x.id = n.id) AS text FROM search n WHERE n.kind = {} \
                 ORDER BY n.at DESC, n.id DESC LIMIT {walked}) t WHERE TRUE",
                kind as i64
            ));
            push_words(&mut list, words);
            list.push(format!(" LIMIT {ENOUGH}) m CROSS JOIN search s WHERE s.id = m.id"));
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// Matches by the index, in no order, at most `most`. Of the rows that have all the parts of the words, SQLite
    /// looks at so many for the words themselves. What is in `search` is read of the matches only: a plain join makes
    /// PostgreSQL walk both tables from their beginnings.
    async fn indexed(&self, kind: Kind, words: &[String], most: i64, looked_at: i64) -> Result<Vec<Candidate>> {
        let (kind_number, first, last) = (kind as i64, kind.row(0), kind.row(-1));
        // The one place where the engines differ: what the index is, and how it is asked.
        let (head, asked) = if self.is_shared() {
            (format!("search_text t WHERE t.kind = {kind_number} AND t.id BETWEEN {first} AND {last}"), None)
        } else {
            let lookup = format!("search_trigram WHERE rowid BETWEEN {first} AND {last} AND search_trigram MATCH ");
            (format!("(SELECT rowid AS id FROM {lookup}"), Some(match_expression(words)))
        };
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT s.id, s.ref AS leads_to, s.part, s.at, s.name, m.text FROM (SELECT t.id, t.text FROM ");
            list.push(&head);
            if let Some(asked) = &asked {
                list.push_bind(asked.clone()).push(format!(" ORDER BY rowid DESC LIMIT {looked_at}) x CROSS JOIN search_text t WHERE t.id = x.id"));
            }
            push_words(&mut list, words);
            list.push(format!(" LIMIT {most}) m CROSS JOIN search s WHERE s.id = m.id"));
            list.build_query_as().fetch_all(db).await?
        }))
    }

    /// What candidates lead to, by row; what is gone is left out.
    async fn read_found(&self, found_type: FoundType, candidates: &[&Candidate]) -> Result<HashMap<i64, FoundItem>> {
        let ids: Vec<i64> = candidates.iter().map(|candidate| candidate.leads_to).collect();
        let row = |kind: Kind| move |(id, item): (i64, FoundItem)| (kind.row(id), item);
        Ok(match found_type {
            FoundType::Tests => self.found_tests(&ids).await?.into_iter().map(row(Kind::Test)).collect(),
            FoundType::Runs => {
                self.found_runs(&ids).await?.into_iter().map(|run| (Kind::Run.row(run.id), run.into_run())).collect()
            }
            FoundType::Workflows => self.found_workflows(&ids).await?.into_iter().map(row(Kind::Workflow)).collect(),
            FoundType::Failures => self.found_failures(&ids).await?.into_iter().map(row(Kind::Family)).collect(),
            FoundType::Branches => {
                let runs: HashMap<i64, RunRow> =
                    self.found_runs(&ids).await?.into_iter().map(|run| (run.id, run)).collect();
                let branch = |candidate: &&Candidate| Some((candidate.id, runs.get(&candidate.leads_to)?.as_branch()));
                candidates.iter().filter_map(branch).collect()
            }
            FoundType::Files => self.found_files(candidates).await?,
        })
    }

    async fn found_tests(&self, ids: &[i64]) -> Result<Vec<(i64, FoundItem)>> {
        let rows: Vec<TestRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT t.id, p.owner, p.name AS repository, t.suite, t.class, t.name, t.verdict, t.results, t.last_seen_at \
                FROM test t JOIN repository p ON p.id = t.repository_id WHERE t.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.id, row.into_model())).collect())
    }

    async fn found_runs(&self, ids: &[i64]) -> Result<Vec<RunRow>> {
        Ok(on!(self, db => {
            let mut list = QueryBuilder::new("SELECT r.id, p.owner, p.name AS repository, r.run_number, r.title, r.workflow_name, r.status, r.conclusion, r.branch, \
                r.actor, r.created_at FROM run r JOIN repository p ON p.id = r.repository_id WHERE r.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        }))
    }

    async fn found_workflows(&self, ids: &[i64]) -> Result<Vec<(i64, FoundItem)>> {
        let rows: Vec<WorkflowRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT w.id, p.owner, p.name AS repository, w.name, w.path, r.run_number, r.status, r.conclusion, r.branch, r.created_at \
                FROM workflow w JOIN repository p ON p.id = w.repository_id LEFT JOIN run r ON r.id = \
                (SELECT n.id FROM run n WHERE n.workflow_id = w.id ORDER BY n.created_at DESC, n.id DESC LIMIT 1) WHERE w.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.id, row.into_model())).collect())
    }

    async fn found_failures(&self, ids: &[i64]) -> Result<Vec<(i64, FoundItem)>> {
        let rows: Vec<FamilyRow> = on!(self, db => {
            // One that is in no run is known from something that does not count.
            let mut list = QueryBuilder::new("SELECT f.id, p.owner, p.name AS repository, f.title, f.message, f.runs, f.last_seen_at \
                FROM family f JOIN repository p ON p.id = f.repository_id WHERE f.runs > 0 AND f.id IN ");
            push_ids(&mut list, ids);
            list.build_query_as().fetch_all(db).await?
        });
        Ok(rows.into_iter().map(|row| (row.id, row.into_model())).collect())
    }

    async fn found_files(&self, candidates: &[&Candidate]) -> Result<HashMap<i64, FoundItem>> {
        if candidates.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<FileRow> = on!(self, db => {
            let mut list = QueryBuilder::new("SELECT f.artifact_id, f.ordinal, p.owner, p.name AS repository, f.path, f.size_bytes, a.name AS artifact_name, \
                r.run_number, r.branch, r.created_at FROM file f JOIN artifact a ON a.id = f.artifact_id JOIN run r ON r.id = f.run_id \
                JOIN repository p ON p.id = a.repository_id WHERE a.blob IS NOT NULL AND (");
            let mut places = list.separated(" OR ");
            for candidate in candidates {
                places.push(format!("(f.artifact_id = {} AND f.ordinal = {})", candidate.leads_to, candidate.part));
            }
            list.push(")");
            list.build_query_as().fetch_all(db).await?
        });
        let rows: HashMap<(i64, i64), FileRow> =
            rows.into_iter().map(|row| ((row.artifact_id, row.ordinal), row)).collect();
        let file =
            |candidate: &&Candidate| Some((candidate.id, rows.get(&(candidate.leads_to, candidate.part))?.as_model()));
        Ok(candidates.iter().filter_map(file).collect())
    }
}

/// The items of a full page, and where it ended.
fn without_last_place(items: Vec<(Place, FoundItem)>) -> (Vec<FoundItem>, Option<FoundPosition>) {
    let last = items.last().map(|(place, _)| FoundPosition { rank: place.0, at: place.1.0, id: place.2.0 });
    (items.into_iter().map(|(_, item)| item).collect(), last)
}

fn kind_of(found_type: FoundType) -> Kind {
    match found_type {
        FoundType::Tests => Kind::Test,
        FoundType::Runs => Kind::Run,
        FoundType::Workflows => Kind::Workflow,
        FoundType::Branches => Kind::Branch,
        FoundType::Files => Kind::File,
        FoundType::Failures => Kind::Family,
    }
}

/// The words as rows of a type have them: runs know the beginning of their commit only.
fn words_for(found_type: FoundType, words: &[String]) -> Vec<String> {
    let is_commit = |word: &String| word.len() > SHA_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let cut = |word: &String| match found_type == FoundType::Runs && is_commit(word) {
        true => word[..SHA_DIGITS].to_owned(),
        false => word.clone(),
    };
    words.iter().map(cut).collect()
}

/// Parts of three characters, of every word that has as many, all of which must be there. Every third one and the last:
/// those between add work and hardly tell more, and the text itself has the last word.
fn match_expression(words: &[String]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for word in words {
        let characters: Vec<char> = word.chars().collect();
        let Some(last) = characters.len().checked_sub(3) else { continue };
        for start in (0..=last).step_by(3).chain([last]) {
            let part: String = characters[start..start + 3].iter().collect();
            let quoted = format!("\"{}\"", part.replace('"', "\"\""));
            if !parts.contains(&quoted) {
                parts.push(quoted);
            }
        }
    }
    parts.join(" AND ")
}

fn push_words<DB: Database>(list: &mut QueryBuilder<DB>, words: &[String])
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    for word in words {
        list.push(" AND t.text LIKE ").push_bind(containing(word)).push(" ESCAPE '\\'");
    }
}

fn place(whole: &str, words: &[String], candidate: &Candidate) -> Place {
    let rank = rank(whole, words, &candidate.name, &candidate.text);
    (rank, std::cmp::Reverse(candidate.at), std::cmp::Reverse(candidate.id))
}

/// 0 for an equal name, 1 for the beginning of one, 2 and 3 where all words begin a word of the name or of the text,
/// 4 for parts of words.
fn rank(whole: &str, words: &[String], name: &str, text: &str) -> i64 {
    let number = text.strip_prefix('#').and_then(|rest| rest.split(' ').next());
    if name == whole || text == whole || number.is_some_and(|number| number == whole.trim_start_matches('#')) {
        0
    } else if name.starts_with(whole) || text.starts_with(whole) {
        1
    } else if words.iter().all(|word| begins_a_word(name, word)) {
        2
    } else if words.iter().all(|word| begins_a_word(text, word)) {
        3
    } else {
        4
    }
}

fn begins_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
}

impl FoundPosition {
    fn place(self) -> Place {
        (self.rank, std::cmp::Reverse(self.at), std::cmp::Reverse(self.id))
    }
}

/// The parts that say something, with a mark between them.
fn joined(parts: &[&str]) -> String {
    let told: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    told.join(" › ")
}

impl TestRow {
    fn into_model(self) -> FoundItem {
        let class = self.class.as_deref().filter(|class| *class != self.suite).unwrap_or("");
        FoundItem {
            id: self.id.to_string(),
            context: joined(&[&self.suite, class]),
            title: self.name,
            repository: format!("{}/{}", self.owner, self.repository),
            url: format!("/tests/{}", self.id),
            at: Some(Millis(self.last_seen_at)),
            verdict: Some(verdict(self.verdict.as_deref(), self.results)),
            ..FoundItem::default()
        }
    }
}

impl RunRow {
    fn into_run(self) -> FoundItem {
        FoundItem {
            id: self.id.to_string(),
            url: format!("/runs/{}", self.id),
            repository: format!("{}/{}", self.owner, self.repository),
            title: self.title,
            context: self.workflow_name,
            at: Some(Millis(self.created_at)),
            status: Some(self.status),
            conclusion: self.conclusion,
            run_number: Some(self.run_number),
            branch: Some(self.branch),
            actor: Some(self.actor),
            ..FoundItem::default()
        }
    }

    fn as_branch(&self) -> FoundItem {
        FoundItem {
            id: self.id.to_string(),
            url: format!("/runs?{}", parameter("branch", &self.branch)),
            repository: format!("{}/{}", self.owner, self.repository),
            title: self.branch.clone(),
            context: self.workflow_name.clone(),
            at: Some(Millis(self.created_at)),
            status: Some(self.status.clone()),
            conclusion: self.conclusion.clone(),
            run_number: Some(self.run_number),
            branch: Some(self.branch.clone()),
            actor: Some(self.actor.clone()),
            ..FoundItem::default()
        }
    }
}

/// A parameter of an address.
pub(super) fn parameter(name: &str, value: &str) -> String {
    format!("{name}={}", percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC))
}

impl WorkflowRow {
    fn into_model(self) -> FoundItem {
        FoundItem {
            id: self.id.to_string(),
            url: format!("/workflows/{}", self.id),
            repository: format!("{}/{}", self.owner, self.repository),
            title: self.name,
            context: self.path,
            at: self.created_at.map(Millis),
            status: self.status,
            conclusion: self.conclusion,
            run_number: self.run_number,
            branch: self.branch,
            ..FoundItem::default()
        }
    }
}

impl FileRow {
    fn as_model(&self) -> FoundItem {
        let id = format!("{}.{}", self.artifact_id, self.ordinal);
        FoundItem {
            url: format!("/files/{id}"),
            id,
            repository: format!("{}/{}", self.owner, self.repository),
            title: self.path.clone(),
            context: self.artifact_name.clone(),
            at: Some(Millis(self.created_at)),
            run_number: Some(self.run_number),
            branch: Some(self.branch.clone()),
            size_bytes: Some(self.size_bytes),
            ..FoundItem::default()
        }
    }
}

impl FamilyRow {
    fn into_model(self) -> FoundItem {
        FoundItem {
            id: self.id.to_string(),
            url: format!("/failures/{}", self.id),
            repository: format!("{}/{}", self.owner, self.repository),
            title: self.title,
            context: self.message.lines().next().unwrap_or("").chars().take(300).collect(),
            at: Some(Millis(self.last_seen_at)),
            runs: Some(self.runs),
            ..FoundItem::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank_of(query: &str, name: &str, text: &str) -> i64 {
        let words: Vec<String> = query.split(' ').map(str::to_owned).collect();
        rank(query, &words, name, text)
    }

    #[test]
    fn equal_names_come_before_beginnings_before_words_before_parts() {
        assert_eq!(rank_of("login", "login", "login auth"), 0);
        assert_eq!(rank_of("login", "login page", "login page auth"), 1);
        assert_eq!(rank_of("login", "opens login", "opens login auth"), 2);
        assert_eq!(rank_of("auth", "opens login", "opens login auth/x.ts"), 3);
        assert_eq!(rank_of("gin", "opens login", "opens login"), 4);
        assert_eq!(rank_of("page login", "the login page", "the login page"), 2);
        assert_eq!(rank_of("#12", "a title", "#12 a title"), 0);
        assert_eq!(rank_of("#12", "a title", "#123 a title"), 1);
    }

    #[test]
    fn parts_of_words_are_asked_for_once_and_quoted() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        assert_eq!(match_expression(&words("login")), r#""log" AND "gin""#);
        assert_eq!(match_expression(&words("ab login login")), r#""log" AND "gin""#);
        assert_eq!(match_expression(&words(r#"a"b"#)), r#""a""b""#);
        assert_eq!(match_expression(&words("übergröße")), r#""übe" AND "rgr" AND "öße""#);
    }
}
