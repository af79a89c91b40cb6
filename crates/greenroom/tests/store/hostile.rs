//! Text that anyone who can open a pull request may write: it is stored as it is, or refused
//! without harm.

use crate::build::*;
use crate::support::both_engines;
use greenroom::model::task::TaskKind;
use greenroom::model::upstream::{Artifact, Run};
use greenroom::model::{FileType, Step};
use greenroom::store::{ArtifactContent, EntryRow, FileQuery, RunPlan, RunQuery, StoreError, Validator};

/// Quotes, placeholders, wildcards, other scripts, other directions, what is half a character, and
/// what sorts last.
const TEXTS: [&str; 8] = [
    "'; DROP TABLE run; --",
    "\"quoted\" $1 ?1 {id} {bytes} \\' \\0 %_ %s",
    "emoji 🧨👩‍👩‍👧‍👦 and ü ß İ ﬃ",
    "right \u{202e}to left\u{202c} \u{feff}",
    "lines\r\n\tand \u{1b}[31mcolours\u{7f}\u{85}",
    "\u{10ffff}\u{fffd}\u{e000}",
    "",
    " ",
];

both_engines! {
    async fn any_text_comes_back_as_it_was(store: Store, _database: &Database) {
        with_repository(&store).await;
        for (at, text) in TEXTS.into_iter().enumerate() {
            let id = at as i64 + 1;
            let seen = hostile_run(id, text);
            record(&store, std::slice::from_ref(&seen)).await;
            record(&store, std::slice::from_ref(&seen)).await;
            let mut job = job(id * 10, id);
            job.name = text.into();
            job.runner_name = text.into();
            job.labels = vec![text.into(), "plain".into()];
            job.steps = vec![Step { number: 1, name: text.into(), status: text.into(), conclusion: Some(text.into()), started_at: None, completed_at: None }];
            detail(&store, id, &[job_record(job)]).await;
            let listed = Artifact { name: text.into(), digest: Some(text.into()), ..artifact(id * 10) };
            store.record_artifacts(REPOSITORY, &[(listed, id, None)], &[]).await.unwrap();
            let claimed = claimed(&store, TaskKind::Artifact, id * 10).await;
            let files = vec![EntryRow { media_type: text.into(), ..entry(0, text, FileType::Text, 1) }];
            store.record_artifact_content(&claimed, OWNER, &ArtifactContent { blob: text.into(), ..content(files) }).await.unwrap();
            store.record_validator(text, text, Some(&Validator { etag: text.into(), has_next: true, oldest: None }), NOON).await.unwrap();

            let found = store.run(id).await.unwrap().unwrap();
            assert_eq!((found.run.title.as_str(), found.run.branch.as_str(), found.run.actor.as_str()), (text, text, text));
            assert_eq!((found.run.status.as_str(), found.run.conclusion.as_deref()), (text, Some(text)));
            assert_eq!((found.run.commit.message.as_str(), found.artifacts[0].name.as_str()), (text, text));
            let jobs = store.jobs(id, 1).await.unwrap();
            assert_eq!((jobs[0].name.as_str(), jobs[0].labels[0].as_str(), jobs[0].steps[0].name.as_str()), (text, text, text));
            let file = store.file(id * 10, 0).await.unwrap().unwrap();
            assert_eq!((file.file.path.as_str(), file.blob.as_deref()), (text, Some(text)));
            assert_eq!(store.files_by_path(id * 10, &[text]).await.unwrap().len(), 1);
            assert_eq!(store.validator(text, text).await.unwrap().unwrap().etag, text);
            let by_branch = RunQuery { branch: Some(text.into()), limit: 10, ..RunQuery::default() };
            assert_eq!(store.runs(&by_branch).await.unwrap().items.iter().map(|run| run.id).collect::<Vec<_>>(), [id]);
        }
        assert_eq!(store.runs(&RunQuery { limit: 100, ..RunQuery::default() }).await.unwrap().total, TEXTS.len() as i64);
    }

    async fn wildcards_in_a_search_are_only_characters(store: Store, _database: &Database) {
        with_runs(&store, &[Run { title: "100% sure_thing".into(), ..run(1) }, Run { title: "100 sure thing".into(), ..run(2) }]).await;
        let found = async |word: &str| {
            let query = RunQuery { words: vec![word.to_owned()], limit: 10, ..RunQuery::default() };
            store.runs(&query).await.unwrap().items.iter().map(|run| run.id).collect::<Vec<_>>()
        };
        assert_eq!(found("100%").await, [1]);
        assert_eq!(found("sure_t").await, [1]);
        assert_eq!(found("sure").await, [2, 1]);
        assert_eq!(found("\\").await, [0_i64; 0]);

        store.record_artifacts(REPOSITORY, &[(artifact(20), 1, None)], &[]).await.unwrap();
        let claimed = claimed(&store, TaskKind::Artifact, 20).await;
        store.record_artifact_content(&claimed, OWNER, &content(vec![entry(0, "a_b%.TXT", FileType::Text, 1), entry(1, "axbc.txt", FileType::Text, 1)])).await.unwrap();
        let files = async |q: &str| {
            let query = FileQuery { run_id: 1, q: Some(q.to_owned()), limit: 10, ..FileQuery::default() };
            store.files(&query).await.unwrap().items.iter().map(|file| file.path.clone()).collect::<Vec<_>>()
        };
        assert_eq!(files("a_b%.txt").await, ["a_b%.TXT"]);
        assert_eq!(files("TXT").await.len(), 2);
    }

    async fn very_long_texts_are_stored_whole(store: Store, _database: &Database) {
        let long: String = noise(1_000_000);
        // As long as a branch can be on GitHub, in characters that take four bytes.
        let branch: String = "🧨".repeat(250);
        with_runs(&store, &[Run { title: long.clone(), commit_message: long.clone(), branch: branch.clone(), ..run(1) }]).await;
        let found = store.run(1).await.unwrap().unwrap().run;
        assert!(found.title == long && found.commit.message == long && found.branch == branch);
        store.record_artifacts(REPOSITORY, &[(Artifact { name: long.clone(), ..artifact(20) }, 1, None)], &[]).await.unwrap();
        let claimed = claimed(&store, TaskKind::Artifact, 20).await;
        let files = (0..3).map(|at| entry(at, &long[..65_535], FileType::Text, 1)).collect();
        store.record_artifact_content(&claimed, OWNER, &content(files)).await.unwrap();
        assert_eq!(store.file(20, 2).await.unwrap().unwrap().file.path.len(), 65_535);
    }

    async fn a_nul_that_slipped_through_does_no_harm(store: Store, database: &Database) {
        with_runs(&store, &[run(1)]).await;
        let plan = RunPlan { runs: vec![run(2), hostile_run(3, "a\0b")], tasks: vec![task(TaskKind::RunDetails, 2)], ..RunPlan::default() };
        match store.record_runs(REPOSITORY, &plan).await {
            Ok(()) => assert_eq!(store.run(3).await.unwrap().unwrap().run.title, "a\0b"),
            Err(error) => {
                assert!(matches!(error, StoreError::Database(_)) && !error.is_unavailable(), "{error}");
                assert_eq!(database.number("SELECT count(*) FROM run").await, 1, "nothing of the plan is written");
                assert_eq!(store.queue_counts().await.unwrap().all(), 0);
            }
        }
        record(&store, &[run(4)]).await;
        assert_eq!(store.latest_attempt(4).await.unwrap(), Some(1));
    }

    async fn extreme_numbers_come_back_as_they_were(store: Store, _database: &Database) {
        with_repository(&store).await;
        for id in [i64::MAX, 9_007_199_254_740_993] {
            record(&store, &[Run { run_number: i64::MAX, pull_requests: vec![i64::MAX], ..run(id) }]).await;
            let found = store.run(id).await.unwrap().unwrap().run;
            assert_eq!((found.id, found.run_number, found.pull_requests), (id, i64::MAX, vec![i64::MAX]));
        }
    }
}

fn hostile_run(id: i64, text: &str) -> Run {
    let text = text.to_owned();
    Run {
        title: text.clone(),
        event: text.clone(),
        status: text.clone(),
        conclusion: Some(text.clone()),
        branch: text.clone(),
        head_sha: text.clone(),
        commit_message: text.clone(),
        commit_author: text.clone(),
        actor: text.clone(),
        html_url: text.clone(),
        ..run(id)
    }
}

/// Letters that no database can pack into less.
fn noise(length: usize) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + (state % 26) as u8)
        })
        .collect()
}
