//! A database of every schema there ever was, with content in it, becomes one of today with the same content.

use crate::support::{Database, Engine, both_engines, options};
use greenroom::store::{MIGRATIONS, Store, StoreError};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

/// Content that the first schema could hold.
const FIRST: &str = "
INSERT INTO setting (key, value) VALUES ('kept', 'value');
INSERT INTO repository (id, owner, name, html_url, default_branch, private, initial_done, mirrored, last_sync_at, sweep_page, newest_artifact, poll_until)
  VALUES (11, 'acme', 'shop', 'https://github.example/acme/shop', 'main', FALSE, TRUE, TRUE, 1728000000000, 3, 20, 0);
INSERT INTO workflow (id, repository_id, name, path, state, html_url, badge_url) VALUES (22, 11, 'tests', '.github/workflows/tests.yml', 'active', '', '');
INSERT INTO run (id, repository_id, workflow_id, workflow_name, run_number, attempt, title, event, status, conclusion, branch, head_sha, commit_message,
  commit_author, actor, pull_requests, fork, created_at, started_at, updated_at, completed_at, duration_ms, html_url, deleted_upstream, details_at, search)
  VALUES (1, 11, 22, 'tests', 7, 1, 'Add Überlauf', 'push', 'completed', 'failure', 'main', 'abc', 'change', 'Ada', 'ada', '[4]', FALSE,
    1728000000000, 1728000000000, 1728000060000, 1728000050000, 50000, '', FALSE, 1728000070000, '#7 add überlauf main ada'),
  (2, 11, 22, 'tests', 8, 2, 'Again', 'pull_request', 'in_progress', NULL, 'topic', 'def', '', '', 'bob', '[]', TRUE,
    1728090000000, NULL, 1728090000000, NULL, NULL, '', FALSE, NULL, '#8 again topic bob');
INSERT INTO workflow_day (workflow_id, day, runs, succeeded, failed, timed, duration_ms) VALUES (22, 20000, 1, 0, 1, 1, 50000), (22, 20001, 1, 0, 0, 0, 0);
INSERT INTO attempt (run_id, attempt, status, conclusion, started_at, updated_at, duration_ms) VALUES (1, 1, 'completed', 'failure', 1728000000000, 1728000060000, 50000);
INSERT INTO job (id, run_id, attempt, name, status, conclusion, created_at, started_at, completed_at, runner_name, labels, html_url, steps, log_state, log_bytes, log_blob, log_content_at)
  VALUES (10, 1, 1, 'unit', 'completed', 'failure', 1728000000000, 1728000009000, 1728000050000, 'runner', '[]', '', '[]', 'complete', 5, 'logs/11/0a/10', 1728000050000);
INSERT INTO artifact (id, repository_id, run_id, attempt, name, size_bytes, digest, expired, created_at, expires_at, state, blob, blob_bytes, blob_sha256, form, content_at,
  files, images, json, text, binary_files, file_bytes)
  VALUES (20, 11, 1, 1, 'results', 900, 'sha256:aa', FALSE, 1728000030000, 1735000000000, 'complete', 'artifacts/11/14/20', 900, 'aa', 'zip', 1728000030000, 1, 0, 0, 1, 0, 70);
INSERT INTO file (artifact_id, ordinal, run_id, path, raw_path, size_bytes, compressed_bytes, method, data_offset, crc32, type, media_type, flags)
  VALUES (20, 0, 1, 'reports/junit.xml', NULL, 70, 40, 8, 30, 4000000000, 'text', 'application/xml', '');
INSERT INTO task (kind, subject, repository_id, run_id, lane, priority, position, requested, attempts, due_at, dead, reason, epoch, leased_until)
  VALUES ('run', 2, 11, 2, 0, 0, 1728090000000, 1, 0, 0, FALSE, NULL, 3, 0);
INSERT INTO etag (token, url, etag, has_next, oldest, seen_at) VALUES ('t', 'u', 'e', TRUE, 5, 6);
";

/// What the second added: tests.
const SECOND: &str = "
INSERT INTO report (repository_id, run_id, workflow_id, artifact_id, ordinal, path, files, attempt, variant, format, kind, state, problems, standing, counted, guarded,
  total, failed, flaky, skipped, dropped, findings, content_key, sketch, cells)
  VALUES (11, 1, 22, 20, 0, 'reports/junit.xml', 1, 1, '', 'junit', 'tests', 'complete', '[]', 'counted', TRUE, FALSE, 1, 1, 0, 0, 0, 0, 99, BYTES, BYTES);
INSERT INTO test (repository_id, key, version, suite, class, name, search, first_seen_at, last_seen_at, last_failure_at, results, failures, flaky_results, timed,
  duration_ms, average_ms, reason, flake_rate, score, recent_failures, judged_at, algorithm)
  VALUES (11, BYTES, 1, 'cart', 'totals', 'rounds halves', 'cart totals rounds halves', 1728000000000, 1728000000000, 1728000000000, 1, 1, 0, 1, 11, 11, '', 0, 0, 0, 0, 0);
INSERT INTO result (report_id, test_id, at, ordinal, duration_ms, variant_id, status, tries) VALUES (1, 1, 1728000000000, 0, 11, 0, 0, 1);
INSERT INTO family (repository_id, key, version, title, is_global, message, first_seen_at, first_run_id, last_seen_at, last_run_id, runs, tests)
  VALUES (11, BYTES, 1, 'expected 1 to be 2', FALSE, 'expected 1 to be 2', 1728000000000, 1, 1728000000000, 1, 1, 1);
INSERT INTO failure (report_id, ordinal, test_id, at, status, family_id, novelty, file_ordinal, message, tries, attachments)
  VALUES (1, 0, 1, 1728000000000, 0, 1, 'new', 0, 'expected 1 to be 2', '[]', '[]');
INSERT INTO family_run (family_id, run_id, at, tests, on_default) VALUES (1, 1, 1728000000000, 1, TRUE);
INSERT INTO log_failure (job_id, ordinal, run_id, line, message, excerpt, family_id) VALUES (10, 0, 1, 3, 'error', 'error', 1);
INSERT INTO run_tests (run_id, workflow_id, at, reports, total, failed, flaky, skipped, state, guarded) VALUES (1, 22, 1728000000000, 1, 1, 1, 0, 0, 'complete', FALSE);
";

/// What later versions filled themselves.
const MADE_BY_US: [&str; 4] = ["schema_version", "sqlite_sequence", "search", "search_text"];

fn content(schema: i64, engine: Engine) -> String {
    let bytes = if engine == Engine::Sqlite { "X'010203'" } else { "'\\x010203'" };
    let second = if schema >= 2 { SECOND.replace("BYTES", bytes) } else { String::new() };
    format!("{FIRST}{second}")
}

/// Every row of every table, as text, by table and column.
async fn rows(
    database: &Database,
    of: Option<&BTreeMap<String, Vec<String>>>,
) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<Vec<Option<String>>>>) {
    let tables = match (of, database.engine) {
        (Some(known), _) => known.clone(),
        (None, Engine::Sqlite) => columns(database, "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'search%' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid").await,
        (None, Engine::Postgres) => columns(database, "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position").await,
    };
    let mut content = BTreeMap::new();
    for (table, columns) in &tables {
        let cast: Vec<String> = columns.iter().map(|column| format!("CAST(\"{column}\" AS TEXT)")).collect();
        let only = if table == "setting" { " WHERE key = 'kept'" } else { "" };
        let mut rows = database.rows(&format!("SELECT {} FROM {table}{only}", cast.join(", "))).await;
        rows.sort();
        content.insert(table.clone(), rows);
    }
    (tables, content)
}

async fn columns(database: &Database, query: &str) -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in database.rows(query).await {
        let (table, column) = (row[0].clone().unwrap(), row[1].clone().unwrap());
        if !MADE_BY_US.contains(&table.as_str()) {
            tables.entry(table).or_default().push(column);
        }
    }
    tables
}

/// A database of an earlier schema, with content in it.
async fn earlier(engine: Engine, schema: i64) -> Option<Database> {
    let database = Database::new(engine).await?;
    let store = Store::open_at(&database.address, options(), schema).await.unwrap();
    assert_eq!(store.schema_version().await.unwrap(), schema);
    store.close().await;
    drop(store);
    database.execute(&content(schema, engine)).await;
    Some(database)
}

/// What the migrations derive from content of the first schema.
async fn assert_derived(database: &Database, schema: i64) {
    // Rows written under the schema that has the column are left alone.
    let queue_ms = if schema < 5 { 9_000 } else { -1 };
    assert_eq!(database.number("SELECT coalesce(queue_ms, -1) FROM run WHERE id = 1").await, queue_ms);
    if schema < 4 {
        assert_eq!(database.number("SELECT failed FROM default_day WHERE workflow_id = 22 AND day = 20000").await, 1);
        let tests = if schema >= 2 { 1 } else { 0 };
        assert_eq!(
            database.number("SELECT tests FROM workflow_day WHERE workflow_id = 22 AND day = 20000").await,
            tests
        );
    }
    assert!(database.number("SELECT count(*) FROM search_text").await >= 4, "what was mirrored before can be found");
}

both_engines! {
    async fn o9_every_earlier_schema_becomes_todays_with_the_same_content(store: Store, database: &Database) {
        store.close().await;
        for schema in 1..MIGRATIONS.len() as i64 {
            let Some(old) = earlier(database.engine, schema).await else { return };
            let (tables, before) = rows(&old, None).await;
            assert!(tables.len() >= 11 && before.values().filter(|rows| !rows.is_empty()).count() >= 11, "{schema}: {tables:?}");
            let migrated = Store::open(&old.address, options()).await.unwrap();
            assert_eq!(migrated.schema_version().await.unwrap(), MIGRATIONS.len() as i64);
            assert_eq!(migrated.run_to_detail(1).await.unwrap().unwrap().status, "completed");
            assert_eq!(migrated.missing_indexes().await.unwrap(), [""; 0], "{schema}");
            assert_eq!(migrated.integrity(true).await.unwrap(), [""; 0], "{schema}");
            migrated.close().await;
            let (_, after) = rows(&old, Some(&tables)).await;
            assert_eq!(after, before, "schema {schema}");
            assert_derived(&old, schema).await;
        }
    }

    async fn o9_a_command_beside_the_program_refuses_an_earlier_schema_and_names_both(store: Store, database: &Database) {
        store.close().await;
        let Some(old) = earlier(database.engine, 3).await else { return };
        let error = Store::open_beside(&old.address).await.unwrap_err();
        let known = MIGRATIONS.len() as i64;
        assert!(matches!(error, StoreError::Older { found: 3, known: at } if at == known), "{error}");
        assert!(error.to_string().contains("schema 3") && error.to_string().contains(&format!("knows {known}")));
        old.execute("INSERT INTO schema_version (version) VALUES (987)").await;
        let text = Store::open_beside(&old.address).await.unwrap_err().to_string();
        assert!(text.contains("987") && text.contains(&format!("knows {known}")), "{text}");
    }

    async fn o13_a_migration_killed_at_any_moment_is_finished_by_the_next_start(store: Store, database: &Database) {
        store.close().await;
        let Some(old) = earlier(database.engine, 1).await else { return };
        let (tables, before) = rows(&old, None).await;
        for ms in [1, 5, 10, 20, 30, 40, 60, 80, 120] {
            let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_greenroom"))
                .args(["check-config", "--offline"])
                .env_clear()
                .env("DATABASE_URL", &old.address)
                .env("FILE_STORAGE_PATH", old.folder().join("files"))
                .env("GITHUB_TOKEN", "unused")
                .env("GITHUB_REPOSITORIES", "acme/shop")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let _ = tokio::time::timeout(Duration::from_millis(ms), child.wait()).await;
            let _ = child.kill().await;
        }
        let migrated = Store::open(&old.address, options()).await.unwrap();
        assert_eq!(migrated.schema_version().await.unwrap(), MIGRATIONS.len() as i64);
        migrated.close().await;
        assert_eq!(old.number("SELECT count(*) FROM schema_version").await, MIGRATIONS.len() as i64);
        assert_eq!(rows(&old, Some(&tables)).await.1, before);
        assert_derived(&old, 1).await;
    }
}
