//! Search: what is found by which words, in which order, what an exact name leads to, and that nothing which is gone
//! is shown.

use crate::build::{self, NOON, REPOSITORY};
use crate::served::Served;
use crate::support::both_engines;
use crate::told::*;
use fakehub::zip::Entry;
use greenroom::model::upstream::Run;
use greenroom::model::{DAY_MS, HOUR_MS, Millis};
use greenroom::store::CaseRecord;
use serde_json::Value;

/// Titles found of one type, best first.
async fn found(served: &Served, found_type: &str, words: &str) -> Vec<String> {
    let path = format!("/api/search?types={found_type}&q={}", encoded(words));
    texts(&served.get(&path).await.json()["groups"][0]["items"], "title")
}

async fn resolved(served: &Served, words: &str) -> Value {
    served.get(&format!("/api/search?q={}", encoded(words))).await.json()
}

fn encoded(words: &str) -> String {
    words.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn named(name: &str) -> CaseRecord {
    CaseRecord { search: format!("{name} shop › cart src/cart.test.ts").to_lowercase(), ..passed(name) }
}

/// Runs a day apart, the newest last.
fn on(id: i64, branch: &str, title: &str) -> Run {
    Run { branch: branch.into(), title: title.into(), created_at: NOON.plus((id - 10) * DAY_MS), ..build::run(id) }
}

both_engines! {
    async fn tests_are_found_by_parts_of_their_words_best_first(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        let names = ["login", "login page opens", "opens the login page", "relogin works", "Größe der Übersicht", "50%_off", "日本語のテスト"];
        tested(&served, 1, names.iter().map(|name| named(name)).collect()).await;
        assert_eq!(found(&served, "tests", "LOGIN").await, ["login", "login page opens", "opens the login page", "relogin works"]);
        assert_eq!(found(&served, "tests", "page login").await, ["opens the login page", "login page opens"]);
        assert_eq!(found(&served, "tests", "elogi").await, ["relogin works"]);
        assert_eq!(found(&served, "tests", "login nothing").await, [] as [&str; 0]);
        assert_eq!(found(&served, "tests", "ÜBERSICHT").await, ["Größe der Übersicht"]);
        assert_eq!(found(&served, "tests", "%_").await, ["50%_off"]);
        assert_eq!(found(&served, "tests", "本語").await, ["日本語のテスト"]);
        assert_eq!(found(&served, "tests", "日本語の").await, ["日本語のテスト"]);
        assert_eq!(found(&served, "tests", "cart.test.ts lo").await.len(), 4);
        assert_eq!(found(&served, "tests", "\" OR text MATCH \"").await, [] as [&str; 0]);
        let first = served.get("/api/search?types=tests&q=login").await.json()["groups"][0]["items"][0].clone();
        let id = id_of(&served, "login").await;
        assert_eq!((first["url"].as_str(), first["repository"].as_str()), (Some(format!("/tests/{id}").as_str()), Some("acme/shop")));
        assert_eq!((first["context"].as_str(), first["verdict"].as_str()), (Some("shop > cart"), Some("notEnoughData")));
    }

    async fn every_type_is_found_in_one_request(store: Store, database: &Database) {
        build::with_runs(&store, &[on(1, "topic/basket", "Basket of apples")]).await;
        store.record_workflows(REPOSITORY, &[build::workflow(23, "basket-nightly")]).await.unwrap();
        let served = Served::new(&store, database).await;
        tested(&served, 1, vec![CaseRecord { search: "basket adds".into(), failure: Some(failure("basket is empty")), ..failed("basket adds") }]).await;
        served.add_artifact(90, 1, "more", &[Entry::deflated("logs/Basket.log", b"x")]).await;
        let answer = served.get("/api/search?q=basket").await.json();
        let groups = answer["groups"].as_array().unwrap();
        assert_eq!(texts(&answer["groups"], "type"), ["tests", "failures", "runs", "workflows", "branches", "files"]);
        let first = |at: usize| groups[at]["items"][0]["title"].as_str().unwrap().to_owned();
        let titles: Vec<String> = (0..6).map(first).collect();
        assert_eq!(titles, ["basket adds", "basket is empty", "Basket of apples", "basket-nightly", "topic/basket", "logs/Basket.log"]);
        assert!(groups.iter().all(|group| group["more"] == false && group["nextCursor"].is_null()));
        assert_eq!(groups[4]["items"][0]["url"], "/runs?branch=topic%2Fbasket");
        assert_eq!((&groups[5]["items"][0]["url"], &groups[5]["items"][0]["runNumber"]), (&Value::from("/files/90.0"), &Value::from(1)));
        assert_eq!(found(&served, "failures", "expected basket").await, ["basket is empty"]);
    }

    async fn pages_of_a_type_follow_each_other(store: Store, database: &Database) {
        let runs: Vec<Run> = (1..=23).map(|id| on(id, "main", &format!("deploy {id}"))).collect();
        build::with_runs(&store, &runs).await;
        let served = Served::new(&store, database).await;
        let mut titles = Vec::new();
        let mut path = "/api/search?q=deploy&types=runs&limit=5".to_owned();
        loop {
            let group = served.get(&path).await.json()["groups"][0].clone();
            titles.extend(texts(&group["items"], "title"));
            let Some(cursor) = group["nextCursor"].as_str() else { break };
            assert_eq!((group["more"].as_bool(), group["items"].as_array().unwrap().len()), (Some(true), 5));
            path = format!("/api/search?q=deploy&types=runs&limit=5&cursor={cursor}");
        }
        let expected: Vec<String> = (1..=23).rev().map(|id| format!("deploy {id}")).collect();
        assert_eq!(titles, expected);
        let cursor = served.get("/api/search?q=deploy&types=runs&limit=1").await.json()["groups"][0]["nextCursor"].as_str().unwrap().to_owned();
        for wrong in [format!("types=tests&cursor={cursor}"), format!("cursor={cursor}"), "cursor=nonsense".into(), "types=jobs".into(), "limit=51".into(), "limit=x".into()] {
            served.get(&format!("/api/search?q=deploy&{wrong}")).await.problem(400);
        }
        served.get(&format!("/api/search?q={}", "x".repeat(2_001))).await.problem(400);
        assert_eq!(served.get("/api/search").await.json()["groups"][0]["items"], Value::Array(vec![]));
    }

    async fn a_path_is_one_row_that_leads_to_its_newest_file(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1), build::run(2)]).await;
        let served = Served::new(&store, database).await;
        for (artifact, run) in [(11, 1), (12, 2)] {
            served.add_artifact(artifact, run, "logs", &[Entry::deflated("out/server.log", b"x"), Entry::deflated(format!("data/{:040x}.png", 7 << artifact), b"y")]).await;
        }
        let group = served.get("/api/search?types=files&q=server").await.json()["groups"][0].clone();
        assert_eq!((texts(&group["items"], "title"), &group["items"][0]["id"]), (vec!["out/server.log".to_owned()], &Value::from("12.0")));
        assert_eq!(found(&served, "files", "png data").await.len(), 1);
        assert_eq!(database.number("SELECT count(*) FROM search WHERE kind = 5").await, 2);
    }

    async fn what_retention_removed_is_not_found_and_leaves_nothing(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        served.add_artifact(11, 1, "logs", &[Entry::deflated("out/server.log", b"x")]).await;
        assert_eq!(found(&served, "files", "server.log").await, ["out/server.log"]);
        for old in store.content_made_before(Millis(i64::MAX), 10).await.unwrap() {
            store.forget_content(&old, "old").await.unwrap();
        }
        assert_eq!(found(&served, "files", "server.log").await, [] as [&str; 0]);
        assert_eq!(database.number("SELECT count(*) FROM search WHERE kind = 5").await, 0);
        assert_eq!(database.number("SELECT count(*) FROM search_text WHERE kind = 5").await, 0);
    }

    async fn runs_are_found_by_number_commit_and_actor(store: Store, database: &Database) {
        let run = |id: i64, actor: &str| Run { actor: actor.into(), run_number: id + 100, ..on(id, "main", "work") };
        build::with_runs(&store, &[run(1, "ada"), run(2, "grace"), run(20, "ada")]).await;
        let served = Served::new(&store, database).await;
        let numbers = |answer: &Value| -> Vec<i64> {
            let runs = answer["groups"].as_array().unwrap().iter().find(|group| group["type"] == "runs").unwrap().clone();
            runs["items"].as_array().unwrap().iter().map(|item| item["runNumber"].as_i64().unwrap()).collect()
        };
        let answer = resolved(&served, "#102").await;
        assert_eq!((answer["resolved"]["url"].as_str(), numbers(&answer)), (Some("/runs/2"), vec![102]));
        let answer = resolved(&served, "@ADA").await;
        assert_eq!((answer["resolved"]["url"].as_str(), numbers(&answer)), (Some("/runs?actor=ada"), vec![120, 101]));
        let sha = build::run(20).head_sha;
        let answer = resolved(&served, &sha).await;
        assert_eq!(answer["resolved"]["url"].as_str(), Some(format!("/runs?headSha={sha}").as_str()));
        assert_eq!(resolved(&served, "#9").await["resolved"], Value::Null);
        assert_eq!(resolved(&served, "20").await["resolved"]["url"], "/runs/20");
    }

    async fn addresses_of_github_lead_to_our_pages(store: Store, database: &Database) {
        let run = Run { branch: "topic/a".into(), pull_requests: vec![41], attempt: 2, ..build::run(7) };
        build::with_runs(&store, &[run]).await;
        let served = Served::new(&store, database).await;
        served.add_log(8, 7, b"one\n").await;
        served.add_artifact(9, 7, "logs", &[Entry::deflated("x", b"x")]).await;
        let sha = build::run(7).head_sha;
        for (path, kind, url) in [
            ("", "repository", "/"),
            ("/actions", "repository", "/runs?repository=acme%2Fshop"),
            ("/actions/workflows/tests.yml", "workflow", "/workflows/22"),
            ("/actions/runs/7", "run", "/runs/7"),
            ("/actions/runs/7/attempts/1", "attempt", "/runs/7?attempt=1"),
            ("/actions/runs/7/job/8", "job", "/runs/7/jobs/8"),
            ("/actions/runs/7/artifacts/9", "artifact", "/runs/7?tab=files&artifact=9"),
            ("/pull/41", "pullRequest", "/runs?branch=topic%2Fa"),
            ("/pull/41/checks", "pullRequest", "/runs?branch=topic%2Fa"),
            (&format!("/commit/{}", &sha[..39]), "commit", &format!("/runs?headSha={sha}")),
            ("/tree/topic/a", "branch", "/runs?branch=topic%2Fa"),
        ] {
            let answer = resolved(&served, &format!("https://github.com/Acme/shop{path}")).await;
            assert_eq!((answer["resolved"]["kind"].as_str(), answer["resolved"]["url"].as_str()), (Some(kind), Some(url)), "{path}");
            assert_eq!(answer["notMirrored"], Value::Null);
        }
        let job = resolved(&served, "/acme/shop/actions/runs/7/job/8#step:3:14").await["resolved"].clone();
        assert_eq!((&job["jobId"], &job["step"], &job["line"]), (&Value::from(8), &Value::from(3), &Value::from(14)));
        for path in ["/actions/workflows/none.yml", "/actions/runs/70", "/actions/runs/7/attempts/3", "/actions/runs/7/job/80", "/pull/42", "/commit/abcdef1", "/tree/none", "/actions/runs/1/artifacts/9"] {
            let answer = resolved(&served, &format!("https://github.com/acme/shop{path}")).await;
            assert_eq!(answer["resolved"], Value::Null, "{path}");
            assert!(answer["notMirrored"].as_str().unwrap().contains("mirrored"), "{path}");
        }
        let other = resolved(&served, "https://github.com/other/thing/actions/runs/7").await;
        assert_eq!(other["notMirrored"], "The repository other/thing is not mirrored here.");
    }

    async fn a_renamed_workflow_and_a_retitled_run_are_found_by_their_new_names(store: Store, database: &Database) {
        build::with_runs(&store, &[build::run(1)]).await;
        let served = Served::new(&store, database).await;
        store.record_workflows(REPOSITORY, &[build::workflow(build::WORKFLOW, "checks")]).await.unwrap();
        build::record(&store, &[Run { title: "Fresh title".into(), attempt: 2, ..build::run(1) }]).await;
        assert_eq!(found(&served, "workflows", "checks").await, ["checks"]);
        assert_eq!(found(&served, "runs", "fresh").await, ["Fresh title"]);
        assert_eq!(found(&served, "runs", "\"run 1\"").await, [] as [&str; 0]);
    }

    async fn rare_words_are_found_behind_thousands_of_newer_rows(store: Store, database: &Database) {
        let runs: Vec<Run> = (1..=5_400).map(|id| Run {
            created_at: NOON.plus((id - 6_000) * HOUR_MS),
            title: if id == 3 { "needle in it".into() } else { format!("common {id}") },
            ..build::run(id)
        }).collect();
        build::with_runs(&store, &runs).await;
        let served = Served::new(&store, database).await;
        assert_eq!(found(&served, "runs", "needle").await, ["needle in it"]);
        assert_eq!(found(&served, "runs", "in eedl").await, ["needle in it"]);
        let newest = found(&served, "runs", "common").await;
        assert_eq!((newest.len(), newest[0].as_str()), (8, "common 5400"));
    }

    async fn a_database_from_before_there_was_a_search_is_filled_when_it_is_opened(store: Store, database: &Database) {
        build::with_runs(&store, &[Run { pull_requests: vec![41], ..on(1, "topic/basket", "Basket") }]).await;
        let served = Served::new(&store, database).await;
        tested(&served, 1, vec![CaseRecord { search: "basket adds".into(), ..failed("basket adds") }]).await;
        served.add_artifact(90, 1, "more", &[Entry::deflated("logs/Basket.log", b"x")]).await;
        let all = "SELECT kind, id, ref, part, name FROM search ORDER BY id";
        let rows = database.rows(&all.replace("kind, id, ref, part", "CAST(kind AS TEXT), CAST(id AS TEXT), CAST(ref AS TEXT), CAST(part AS TEXT)")).await;
        database.execute("DELETE FROM search; DELETE FROM search_text; DELETE FROM setting WHERE key = 'search-filled'").await;
        assert_eq!(found(&served, "tests", "basket").await, [] as [&str; 0]);
        store.close().await;
        drop((served, store));
        let again = crate::support::reopened(database).await;
        let served = Served::new(&again, database).await;
        assert_eq!(found(&served, "tests", "basket").await, ["basket adds"]);
        assert_eq!(found(&served, "files", "basket").await, ["logs/Basket.log"]);
        again.close().await;
        if database.engine == crate::support::Engine::Postgres {
            let filled = database.rows(&all.replace("kind, id, ref, part", "CAST(kind AS TEXT), CAST(id AS TEXT), CAST(ref AS TEXT), CAST(part AS TEXT)")).await;
            assert_eq!(filled, rows);
        }
    }
}
