//! Writing what can be found: names and texts of tests, runs, workflows, branches, pull requests, files and failures,
//! in the transaction that writes the thing itself. Finding is `read::found`.

use super::{Result, Store, on, transaction};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Most characters of a text.
const TEXT_CHARS: usize = 400;
/// Most characters of a name.
const NAME_CHARS: usize = 300;
/// Rows of one statement.
pub(super) const ROWS: usize = 500;
/// Rows looked at in one transaction while a database from before is filled.
const FILL_ROWS: i64 = 2_000;
/// Setting that says how far a database is filled.
const FILLED: &str = "search-filled";
/// Hexadecimal digits in a row that nobody has thought of as a name.
const MADE_UP_DIGITS: usize = 20;

/// Kinds of rows. The numbers are in the database and in its indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i64)]
pub(crate) enum Kind {
    Test = 1,
    Run = 2,
    Workflow = 3,
    Branch = 4,
    File = 5,
    Family = 6,
    PullRequest = 7,
}

impl Kind {
    /// Id of the row for the thing with this id.
    pub(crate) fn row(self, id: i64) -> i64 {
        ((self as i64) << 56) | (id & ((1 << 56) - 1))
    }

    /// Id of the row for a text of a repository.
    fn row_of_text(self, repository_id: i64, text: &str) -> i64 {
        let hash = Sha256::new().chain_update(repository_id.to_be_bytes()).chain_update(text).finalize();
        let mut number = [0; 8];
        number.copy_from_slice(&hash[..8]);
        self.row(i64::from_be_bytes(number))
    }
}

/// A row to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) kind: i64,
    pub(super) leads_to: i64,
    pub(super) part: i64,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) at: i64,
}

/// A run, as needed to be found.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct RunToFind {
    pub(super) id: i64,
    pub(super) repository_id: i64,
    pub(super) branch: String,
    pub(super) pull_requests: String,
    pub(super) created_at: i64,
    pub(super) search: String,
}

/// Reads runs as needed to be found, by a condition on `run`.
pub(super) const RUN_TO_FIND: &str =
    "SELECT id, repository_id, branch, pull_requests, created_at, search FROM run WHERE ";

impl Entry {
    fn new(kind: Kind, id: i64, leads_to: i64, name: &str, text: &str, at: i64) -> Entry {
        Entry {
            id,
            kind: kind as i64,
            leads_to,
            part: 0,
            name: lower(name, NAME_CHARS),
            text: lower(text, TEXT_CHARS),
            at,
        }
    }

    /// A test; `search` are its words.
    pub(super) fn test(id: i64, name: &str, search: &str, at: i64) -> Entry {
        Entry::new(Kind::Test, Kind::Test.row(id), id, name, search, at)
    }

    /// A workflow.
    pub(super) fn workflow(id: i64, name: &str, path: &str) -> Entry {
        Entry::new(Kind::Workflow, Kind::Workflow.row(id), id, name, &format!("{name} {path}"), 0)
    }

    /// A family of failures.
    pub(super) fn family(id: i64, title: &str, kind: Option<&str>, message: &str, at: i64) -> Entry {
        let text = format!("{title} {} {message}", kind.unwrap_or(""));
        let words: Vec<&str> = text.split_whitespace().collect();
        Entry::new(Kind::Family, Kind::Family.row(id), id, title, &words.join(" "), at)
    }

    /// A run, its branch and its pull requests.
    pub(super) fn run(run: &RunToFind) -> Vec<Entry> {
        let title = run.search.split_once(' ').map_or("", |(_, title)| title);
        let mut entries =
            vec![Entry::new(Kind::Run, Kind::Run.row(run.id), run.id, title, &run.search, run.created_at)];
        if !run.branch.is_empty() {
            let id = Kind::Branch.row_of_text(run.repository_id, &run.branch);
            entries.push(Entry::new(Kind::Branch, id, run.id, &run.branch, &run.branch, run.created_at));
        }
        let numbers: Vec<i64> = serde_json::from_str(&run.pull_requests).unwrap_or_default();
        for number in numbers {
            let text = number.to_string();
            entries.push(Entry::new(
                Kind::PullRequest,
                pull_request_row(run.repository_id, number),
                run.id,
                &text,
                &text,
                run.created_at,
            ));
        }
        entries
    }

    /// A file, by its path; what machines have made up in it is folded, so that the pictures of a report are one row.
    pub(super) fn file(repository_id: i64, artifact_id: i64, ordinal: i64, path: &str, at: i64) -> Entry {
        let (id, path) = file_row(repository_id, path);
        let name = path.rsplit('/').next().unwrap_or("").to_owned();
        // The end of a long path says more than its beginning.
        let skipped = path.chars().count().saturating_sub(TEXT_CHARS);
        let text: String = path.chars().skip(skipped).collect();
        Entry { part: ordinal, ..Entry::new(Kind::File, id, artifact_id, &name, &text, at) }
    }
}

/// Id of the row of a pull request.
pub(super) fn pull_request_row(repository_id: i64, number: i64) -> i64 {
    Kind::PullRequest.row_of_text(repository_id, &number.to_string())
}

/// Id of the row of a path, and the path as it is kept.
pub(super) fn file_row(repository_id: i64, path: &str) -> (i64, String) {
    let folded = fold(&path.to_lowercase());
    (Kind::File.row_of_text(repository_id, &folded), folded)
}

/// Replaces long words of hexadecimal digits (with hyphens, as in a UUID) by a star.
fn fold(path: &str) -> String {
    let mut folded = String::with_capacity(path.len());
    let mut rest = path;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_hexdigit() || *byte == b'-').count();
        let (word, after) = rest.split_at(digits);
        let is_whole = !after.starts_with(char::is_alphanumeric);
        if is_whole && word.len() >= MADE_UP_DIGITS && word.bytes().any(|byte| byte.is_ascii_digit()) {
            folded.push('*');
            rest = after;
            continue;
        }
        // On to where the next word begins.
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let next = rest[end..].find(char::is_alphanumeric).map_or(rest.len(), |more| end + more);
        folded.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    folded
}

/// Lower case, without NUL, cut.
fn lower(text: &str, most: usize) -> String {
    text.to_lowercase().chars().filter(|c| *c != '\0').take(most).collect()
}

/// One entry an id, the newest, in the order in which every transaction takes their rows.
pub(super) fn in_order(entries: Vec<Entry>) -> Vec<Entry> {
    let mut newest: BTreeMap<i64, Entry> = BTreeMap::new();
    for entry in entries {
        match newest.get(&entry.id) {
            Some(known) if (known.at, known.leads_to) > (entry.at, entry.leads_to) => {}
            _ => drop(newest.insert(entry.id, entry)),
        }
    }
    newest.into_values().collect()
}

/// Writes entries inside a transaction. What is known already is moved to where the newer one leads.
macro_rules! write_entries {
    ($tx:ident : $db:ident, $entries:expr) => {{
        let entries: Vec<$crate::store::search::Entry> = $crate::store::search::in_order($entries);
        for chunk in entries.chunks($crate::store::search::ROWS) {
            let mut query = sqlx::QueryBuilder::<$db>::new("INSERT INTO search (id, kind, ref, part, name, at) ");
            query.push_values(chunk, |mut row, entry| {
                row.push_bind(entry.id).push_bind(entry.kind).push_bind(entry.leads_to).push_bind(entry.part)
                    .push_bind(entry.name.as_str()).push_bind(entry.at);
            });
            query.push(
                " ON CONFLICT (id) DO UPDATE SET ref = excluded.ref, part = excluded.part, name = excluded.name, at = excluded.at \
                 WHERE excluded.at >= search.at AND (excluded.at > search.at OR excluded.ref <> search.ref OR excluded.part <> search.part \
                 OR excluded.name <> search.name)",
            );
            query.build().execute(&mut *$tx).await?;
            let mut query = sqlx::QueryBuilder::<$db>::new("INSERT INTO search_text (id, kind, text) ");
            query.push_values(chunk, |mut row, entry| {
                row.push_bind(entry.id).push_bind(entry.kind).push_bind(entry.text.as_str());
            });
            query.push(" ON CONFLICT (id) DO UPDATE SET text = excluded.text WHERE search_text.text <> excluded.text");
            query.build().execute(&mut *$tx).await?;
        }
    }};
}

/// Removes rows inside a transaction, where they still lead to the given thing.
macro_rules! forget_entries {
    ($tx:ident : $db:ident, $ids:expr, $leads_to:expr) => {{
        let mut ids: Vec<i64> = $ids;
        ids.sort_unstable();
        ids.dedup();
        for chunk in ids.chunks($crate::store::search::ROWS) {
            let mut query = sqlx::QueryBuilder::<$db>::new("DELETE FROM search WHERE ref = ");
            query.push_bind($leads_to).push(" AND id IN (");
            let mut list = query.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            query.push(") RETURNING id");
            let gone: Vec<i64> = query.build_query_scalar().fetch_all(&mut *$tx).await?;
            for id in gone {
                sqlx::query("DELETE FROM search_text WHERE id = $1").bind(id).execute(&mut *$tx).await?;
            }
        }
    }};
}

pub(super) use {forget_entries, write_entries};

/// A page of what is written anew, and where the next one begins.
type FillPage = (Vec<Entry>, Option<(i64, i64)>);

/// Where filling begins: before the lowest, or after the highest id there can be.
const LOWEST: (i64, i64) = (-1, -1);
const HIGHEST: (i64, i64) = (i64::MAX, i64::MAX);

impl Store {
    /// Makes everything findable that was mirrored before there was a search. Done once; a crash in between costs a
    /// repetition.
    pub(super) async fn fill_search(&self) -> Result<()> {
        if self.setting(FILLED).await?.is_some() {
            return Ok(());
        }
        let workflows: Vec<(i64, String, String)> =
            on!(self, db => sqlx::query_as("SELECT id, name, path FROM workflow").fetch_all(db).await?);
        self.record_entries(workflows.iter().map(|(id, name, path)| Entry::workflow(*id, name, path)).collect())
            .await?;
        let mut at = Some(LOWEST);
        while let Some(after) = at {
            let (entries, next) = self.runs_to_fill(after.0).await?;
            self.record_entries(entries).await?;
            at = next;
        }
        let mut at = Some(LOWEST);
        while let Some(after) = at {
            let (entries, next) = self.tests_to_fill(after.0).await?;
            self.record_entries(entries).await?;
            at = next;
        }
        let mut at = Some(LOWEST);
        while let Some(after) = at {
            let (entries, next) = self.families_to_fill(after.0).await?;
            self.record_entries(entries).await?;
            at = next;
        }
        // The newest first: older ones of the same path then change nothing.
        let mut at = Some(HIGHEST);
        while let Some(before) = at {
            let (entries, next) = self.files_to_fill(before).await?;
            self.record_entries(entries).await?;
            at = next;
        }
        self.set_setting(FILLED, "1").await
    }

    async fn record_entries(&self, entries: Vec<Entry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        transaction!(self, tx: Db => {
            write_entries!(tx: Db, entries);
            Ok(())
        })
    }

    async fn runs_to_fill(&self, after: i64) -> Result<FillPage> {
        let rows: Vec<RunToFind> = on!(self, db => {
            let mut query = sqlx::QueryBuilder::new(RUN_TO_FIND);
            query.push("id > ").push_bind(after).push(" ORDER BY id LIMIT ").push_bind(FILL_ROWS);
            query.build_query_as().fetch_all(db).await?
        });
        let next = rows.last().map(|row| (row.id, 0));
        Ok((rows.iter().flat_map(Entry::run).collect(), next))
    }

    async fn tests_to_fill(&self, after: i64) -> Result<FillPage> {
        let rows: Vec<(i64, String, String, i64, i64)> = on!(self, db => {
            sqlx::query_as("SELECT id, name, search, last_failure_at, first_seen_at FROM test WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(after).bind(FILL_ROWS).fetch_all(db).await?
        });
        let next = rows.last().map(|row| (row.0, 0));
        let entry = |(id, name, search, failed, seen): &(i64, String, String, i64, i64)| {
            Entry::test(*id, name, search, *failed.max(seen))
        };
        Ok((rows.iter().map(entry).collect(), next))
    }

    async fn families_to_fill(&self, after: i64) -> Result<FillPage> {
        let rows: Vec<(i64, String, Option<String>, String, i64)> = on!(self, db => {
            sqlx::query_as("SELECT id, title, kind, message, last_seen_at FROM family WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(after).bind(FILL_ROWS).fetch_all(db).await?
        });
        let next = rows.last().map(|row| (row.0, 0));
        let entry = |(id, title, kind, message, at): &(i64, String, Option<String>, String, i64)| {
            Entry::family(*id, title, kind.as_deref(), message, *at)
        };
        Ok((rows.iter().map(entry).collect(), next))
    }

    async fn files_to_fill(&self, before: (i64, i64)) -> Result<FillPage> {
        let rows: Vec<(i64, i64, i64, String, i64)> = on!(self, db => {
            sqlx::query_as(
                "SELECT a.repository_id, f.artifact_id, f.ordinal, f.path, coalesce(a.content_at, 0) FROM file f JOIN artifact a ON a.id = f.artifact_id \
                 WHERE (f.artifact_id, f.ordinal) < ($1, $2) AND a.blob IS NOT NULL ORDER BY f.artifact_id DESC, f.ordinal DESC LIMIT $3",
            )
            .bind(before.0).bind(before.1).bind(FILL_ROWS).fetch_all(db).await?
        });
        let next = rows.last().map(|row| (row.1, row.2));
        let entry = |(repository_id, artifact_id, ordinal, path, at): &(i64, i64, i64, String, i64)| {
            Entry::file(*repository_id, *artifact_id, *ordinal, path, *at)
        };
        Ok((rows.iter().map(entry).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_machines_made_up_are_folded() {
        assert_eq!(fold("data/3f786850e387550fdab836ed7e6dc881de23001b.png"), "data/*.png");
        assert_eq!(fold("trace-6f1c2e9a-8a77-4b0e-9f7e-2c1d0a9b8c7d.zip"), "trace-*.zip");
        assert_eq!(fold("deadbeef/face.png"), "deadbeef/face.png");
        assert_eq!(fold("src/a-bad-feed-decade-facade-added/x.ts"), "src/a-bad-feed-decade-facade-added/x.ts");
        assert_eq!(fold("größe/übersicht.txt"), "größe/übersicht.txt");
    }

    #[test]
    fn rows_of_two_kinds_never_share_an_id() {
        assert_eq!(Kind::Test.row(5) >> 56, 1);
        assert_eq!(Kind::PullRequest.row_of_text(7, "12") >> 56, 7);
        assert_ne!(Kind::File.row_of_text(1, "a"), Kind::File.row_of_text(2, "a"));
        assert_ne!(Kind::File.row_of_text(1, "a"), Kind::Branch.row_of_text(1, "a"));
    }

    #[test]
    fn of_one_path_the_newest_file_counts() {
        let file = |artifact_id, at| Entry::file(1, artifact_id, 0, "logs/Server.log", at);
        let kept = in_order(vec![file(10, 5), file(11, 9), file(12, 3)]);
        assert_eq!(kept.iter().map(|entry| entry.leads_to).collect::<Vec<_>>(), [11]);
        assert_eq!((kept[0].name.as_str(), kept[0].text.as_str()), ("server.log", "logs/server.log"));
    }

    #[test]
    fn long_paths_keep_their_end() {
        let entry = Entry::file(1, 1, 0, &format!("{}/last.txt", "x".repeat(900)), 0);
        assert!(entry.text.ends_with("/last.txt") && entry.text.chars().count() == TEXT_CHARS);
        assert_eq!(entry.name, "last.txt");
    }
}
