//! A long history, already mirrored: 20 workflows, runs over 30 days, two jobs and two artifacts of five files each.
//!
//! Repository, workflows, runs and artifacts go through the store's own functions. Details and content of finished
//! runs, which the collector writes in one transaction each, are completed by one statement for all of them: that takes
//! seconds instead of many minutes, and the rows are the same.

use crate::databases::Database;
use greenroom::history::VERSIONS;
use greenroom::model::upstream::{Artifact, Repository, Run, Workflow};
use greenroom::model::{DAY_MS, MINUTE_MS, Millis};
use greenroom::store::{RunPlan, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Id of the repository.
pub const REPOSITORY: i64 = 900;
/// How many workflows.
pub const WORKFLOWS: i64 = 20;
const FIRST_WORKFLOW: i64 = 5_000;
const FIRST_RUN: i64 = 7_000_000_000;
/// GitHub's ids have gaps.
const RUN_STEP: i64 = 7;
const DAYS: i64 = 30;
const BATCH: usize = 1000;
const BRANCHES: u32 = 60;
const WORDS: [&str; 12] = [
    "checkout", "cart", "payment", "retry", "flaky", "layout", "search", "login", "session", "invoice", "coupon",
    "address",
];

/// What was written.
#[derive(Clone, Copy, Debug)]
pub struct History {
    /// How many runs.
    pub runs: i64,
}

impl History {
    /// Writes a history of so many runs that ends now.
    pub async fn write(database: &Database, runs: i64, now: Millis) -> History {
        let history = History { runs };
        history.record(database.open().await, now).await;
        for statement in COMPLETE {
            database.execute(statement).await;
        }
        // Everything has been looked through for reports and failures, and none were found.
        database.execute(&format!("UPDATE artifact SET reports_version = {}", VERSIONS.readers)).await;
        database.execute(&format!("UPDATE job SET log_version = {}", VERSIONS.log)).await;
        history.settle(database).await;
        history
    }

    /// Lets the database gather its statistics.
    pub async fn settle(&self, database: &Database) {
        if database.engine == crate::databases::Engine::Postgres {
            // What autovacuum does by itself after a while.
            database.execute("VACUUM ANALYZE").await;
        }
        // SQLite gathers its statistics when a store is closed.
        database.open().await.close().await;
    }

    async fn record(&self, store: Store, now: Millis) {
        store.record_repository(&repository()).await.unwrap();
        store.record_workflows(REPOSITORY, &(0..WORKFLOWS).map(workflow).collect::<Vec<_>>()).await.unwrap();
        let mut random = StdRng::seed_from_u64(7);
        let numbers: Vec<i64> = (0..self.runs).collect();
        for numbers in numbers.chunks(BATCH) {
            let runs: Vec<Run> = numbers.iter().map(|n| self.run_of(*n, now, &mut random)).collect();
            let artifacts: Vec<_> = runs.iter().flat_map(artifacts).collect();
            store.record_runs(REPOSITORY, &RunPlan { runs, ..RunPlan::default() }).await.unwrap();
            store.record_artifacts(REPOSITORY, &artifacts, &[]).await.unwrap();
        }
        store.close().await;
    }

    fn run_of(&self, n: i64, now: Millis, random: &mut StdRng) -> Run {
        let created_at = now.plus(-(DAYS * DAY_MS - MINUTE_MS) / self.runs * (self.runs - n));
        let is_running = n >= self.runs - 5;
        let conclusion = match random.random_range(0..100) {
            0..12 => "failure",
            12..16 => "cancelled",
            16..18 => "skipped",
            _ => "success",
        };
        let words: Vec<&str> = (0..4).map(|_| WORDS[random.random_range(0..WORDS.len())]).collect();
        let branch = random.random_range(0..BRANCHES);
        Run {
            id: self.run(n),
            workflow_id: self.workflow(n),
            workflow_name: format!("Checks {}", n % WORKFLOWS),
            workflow_path: format!(".github/workflows/checks-{}.yml", n % WORKFLOWS),
            run_number: n / WORKFLOWS + 1,
            attempt: 1,
            title: format!("Fix {} of the shop", words.join(" ")),
            event: if branch == 0 { "schedule" } else { "pull_request" }.into(),
            status: if is_running { "in_progress" } else { "completed" }.into(),
            conclusion: (!is_running).then(|| conclusion.into()),
            branch: if branch < 20 { "main".into() } else { format!("topic/{branch}") },
            head_sha: format!("{:040x}", random.random::<u128>()),
            tree_sha: String::new(),
            commit_message: format!("Fix {} of the shop\n\nIt was broken.", words.join(" ")),
            commit_author: "Robin Example".into(),
            actor: format!("dev-{}", random.random_range(0..25)),
            pull_requests: vec![],
            fork: false,
            created_at,
            started_at: Some(created_at),
            updated_at: created_at.plus(random.random_range(1..20) * MINUTE_MS),
            html_url: format!("https://github.example/acme/shop/actions/runs/{}", self.run(n)),
        }
    }

    /// Id of the `n`th run, oldest first.
    pub fn run(&self, n: i64) -> i64 {
        FIRST_RUN + n.rem_euclid(self.runs) * RUN_STEP
    }

    /// Id of the `n`th workflow.
    pub fn workflow(&self, n: i64) -> i64 {
        FIRST_WORKFLOW + n.rem_euclid(WORKFLOWS)
    }
}

fn repository() -> Repository {
    Repository {
        id: REPOSITORY,
        owner: "acme".into(),
        name: "shop".into(),
        default_branch: "main".into(),
        html_url: "https://github.example/acme/shop".into(),
        private: false,
    }
}

fn workflow(n: i64) -> Workflow {
    Workflow {
        id: FIRST_WORKFLOW + n,
        name: format!("Checks {n}"),
        path: format!(".github/workflows/checks-{n}.yml"),
        state: "active".into(),
        html_url: format!("https://github.example/acme/shop/actions/workflows/{n}"),
        badge_url: format!("https://github.example/acme/shop/actions/workflows/{n}/badge.svg"),
        created_at: Some(Millis(0)),
        updated_at: Some(Millis(0)),
    }
}

fn artifacts(run: &Run) -> impl Iterator<Item = (Artifact, i64, Option<i64>)> + use<> {
    let (run_id, created_at) = (run.id, run.created_at);
    (0..2).map(move |part| {
        let artifact = Artifact {
            id: run_id * 2 + part,
            run_id: Some(run_id),
            name: format!("results-{part}"),
            size_bytes: 500_000,
            digest: Some(format!("sha256:{run_id:064x}")),
            expired: false,
            created_at: Some(created_at),
            expires_at: Some(created_at.plus(90 * DAY_MS)),
        };
        (artifact, run_id, Some(1))
    })
}

const COMPLETE: [&str; 4] = [
    "UPDATE run SET details_at = updated_at, completed_at = updated_at WHERE status = 'completed'",
    "INSERT INTO job (id, run_id, attempt, name, status, conclusion, created_at, started_at, completed_at, runner_name, labels, html_url, steps, \
     log_state, log_bytes, log_blob, log_content_at) \
     SELECT run.id * 2 + part.n, run.id, run.attempt, 'test (' || part.n || ')', run.status, run.conclusion, run.created_at, run.started_at, run.updated_at, \
     'runner 7', '[\"ubuntu-latest\"]', '', '[{\"number\":1,\"name\":\"Set up job\",\"status\":\"completed\",\"conclusion\":\"success\",\"startedAt\":null,\"completedAt\":null},\
     {\"number\":2,\"name\":\"Run tests\",\"status\":\"completed\",\"conclusion\":\"success\",\"startedAt\":null,\"completedAt\":null}]', \
     'complete', 60000, 'logs/' || run.id, run.updated_at \
     FROM run CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) AS part",
    "INSERT INTO file (artifact_id, ordinal, run_id, path, size_bytes, compressed_bytes, method, data_offset, crc32, type, media_type, flags) \
     SELECT artifact.id, part.n, artifact.run_id, 'reports/part-' || part.n || '/result-' || artifact.id || '.json', 20000, 4000, 8, 100 + part.n * 5000, 1, \
     CASE part.n WHEN 0 THEN 'image' WHEN 1 THEN 'text' ELSE 'json' END, 'application/json', '' \
     FROM artifact CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4) AS part",
    "UPDATE artifact SET state = 'complete', blob = 'artifacts/' || id, blob_bytes = size_bytes, blob_sha256 = substr(digest, 8), form = 'zip', \
     content_at = created_at, files = 5, images = 1, json = 3, text = 1, file_bytes = 100000",
];
