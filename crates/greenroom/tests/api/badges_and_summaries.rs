//! Badges and summaries: what they say, for whom they are, and that nothing of an artifact gets out of them.

use crate::build::{self, NOON, WORKFLOW};
use crate::served::Served;
use crate::support::both_engines;
use crate::told::*;
use greenroom::model::HOUR_MS;
use greenroom::model::Step;
use greenroom::model::upstream::{Repository, Run};
use greenroom::store::{CaseRecord, FailureRecord, LogFailureRecord};

fn run(id: i64, conclusion: &str) -> Run {
    Run { conclusion: Some(conclusion.into()), created_at: NOON.plus(id * 1_000), ..build::run(id) }
}

/// What a badge says to those who do not see it.
async fn badge(served: &Served, path: &str) -> String {
    let reply = served.get(path).await;
    let svg = String::from_utf8(reply.body.to_vec()).unwrap();
    assert!(svg.starts_with("<svg ") && !svg.contains("<script"), "{svg}");
    svg.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap().to_owned()
}

async fn text(served: &Served, path: &str) -> String {
    let reply = served.get(path).await;
    assert_eq!(reply.status, 200, "{:?}", reply.body);
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// A failed case whose every text is up to something.
fn hostile() -> CaseRecord {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}`@everyone` <!-- ![x](http://evil.example) ```\u{202e}";
    CaseRecord {
        suite: format!("suite {evil}"),
        name: format!("name {evil}"),
        failure: Some(FailureRecord {
            message: format!("{evil}\n```\n# heading @team/all"),
            stack: Some("at total (src/`@cart`.ts:12:3)".into()),
            ..failure("x")
        }),
        ..failed("hostile")
    }
}

both_engines! {
    async fn a_badge_says_how_the_default_branch_stands(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[]).await;
        assert_eq!(badge(&served, "/badge/tests.yml.svg").await, "tests: no status");
        build::record(&store, &[run(1, "success"), Run { branch: "mine".into(), ..run(2, "failure") }, run(3, "cancelled")]).await;
        for (path, expected) in [
            ("/badge/tests.yml.svg".to_owned(), "tests: passing"),
            ("/badge/tests.svg".to_owned(), "tests: passing"),
            (format!("/badge/{WORKFLOW}.svg"), "tests: passing"),
            ("/badge/tests.svg?branch=mine".to_owned(), "tests: failing"),
            ("/badge/tests.svg?branch=none".to_owned(), "tests: no status"),
            ("/badge/tests.svg?repository=acme/shop".to_owned(), "tests: passing"),
        ] {
            assert_eq!(badge(&served, &path).await, expected, "{path}");
        }
        build::record(&store, &[Run { attempt: 2, ..run(4, "success") }]).await;
        assert_eq!(badge(&served, "/badge/tests.svg").await, "tests: flaky");
    }

    async fn a_badge_is_asked_again_and_not_sent_twice(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[run(1, "success")]).await;
        let first = served.get("/badge/tests.svg").await;
        assert_eq!(first.header("cache-control"), "no-cache");
        assert_eq!(first.header("content-type"), "image/svg+xml; charset=utf-8");
        assert_eq!(first.header("content-security-policy"), "default-src 'none'; sandbox");
        assert_eq!(first.header("cross-origin-resource-policy"), "cross-origin");
        let again = served.get_with("/badge/tests.svg", &[("if-none-match", first.header("etag"))]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        build::record(&store, &[run(2, "failure")]).await;
        let changed = served.get_with("/badge/tests.svg", &[("if-none-match", first.header("etag"))]).await;
        assert_eq!(changed.status, 200);
        assert_ne!(changed.header("etag"), first.header("etag"));
    }

    async fn an_unknown_workflow_has_a_badge_that_says_so(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[run(1, "success")]).await;
        for path in ["/badge/nobody.svg", "/badge/%3Cscript%3E.svg", "/badge/tests.svg?repository=acme/other"] {
            assert_eq!(served.get(path).await.status, 404, "{path}");
            assert!(badge(&served, path).await.ends_with(": not found"), "{path}");
        }
        served.get("/badge/tests.png").await.problem(404);
        served.get("/badge/tests.svg?style=flat").await.problem(400);
        let other = Repository { id: 12, name: "other".into(), ..build::repository() };
        store.record_repository(&other).await.unwrap();
        store.record_workflows(12, &[build::workflow(77, "tests")]).await.unwrap();
        assert_eq!(served.get("/badge/tests.svg").await.status, 404, "two workflows have that name");
        assert_eq!(badge(&served, "/badge/tests.svg?repository=acme/other").await, "tests: no status");
    }

    async fn a_summary_groups_failures_by_cause(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[run(1, "failure")]).await;
        let mut job = build::job(11, 1);
        job.conclusion = Some("failure".into());
        job.steps = vec![Step {
            number: 3,
            name: "Run tests".into(),
            status: "completed".into(),
            conclusion: Some("failure".into()),
            started_at: None,
            completed_at: None,
        }];
        build::detail(&store, 1, &[build::job_record(job)]).await;
        let timeout = |name: &str| CaseRecord {
            failure: Some(FailureRecord { stack: Some("    at pay (src/cart.ts:12:3)".into()), ..failure("timeout") }),
            ..failed(name)
        };
        tested(&served, 1, vec![failed("alone"), timeout("adds"), timeout("removes"), flaky("shaky"), passed("solid")]).await;
        let found = text(&served, "/r/1.txt").await;
        let expected = [
            "tests #1 failed: 3 of 5 tests failed, 1 flaky, 1 of 1 job failed",
            "run 1, on main, commit 0000000, by ada, took 50s",
            "http://localhost:3000/runs/1",
            "",
            "Failures by cause:",
            "- 2 tests: timeout",
            "    at src/cart.ts:12",
            "    shop > cart > adds http://localhost:3000/runs/1?tab=tests&result=",
            "    shop > cart > removes http://localhost:3000/runs/1?tab=tests&result=",
            "- 1 test: alone broke",
            "    shop > cart > alone http://localhost:3000/runs/1?tab=tests&result=",
            "",
            "Failed jobs:",
            "- unit, at step Run tests http://localhost:3000/runs/1/jobs/11",
        ];
        let lines: Vec<&str> = found.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{found}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{line:?} is not {expected:?}");
        }
        let markdown = text(&served, "/r/1.md").await;
        assert!(markdown.contains("- 2 tests: `timeout`\n  - at `src/cart.ts:12`\n"), "{markdown}");
    }

    async fn nothing_of_an_artifact_gets_out_of_a_summary(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        let evil = "x` @everyone <img src=x>\u{1b}[31m";
        let hostile_run = Run { title: evil.into(), branch: "main".into(), workflow_name: evil.into(), actor: "a`@b".into(), ..run(1, "failure") };
        build::with_runs(&store, &[hostile_run]).await;
        tested(&served, 1, vec![hostile()]).await;
        for path in ["/r/1.txt", "/r/1.md"] {
            let found = text(&served, path).await;
            assert!(!found.chars().any(|character| character.is_control() && character != '\n'), "{path}: {found:?}");
            assert!(!found.contains('\u{202e}') && !found.contains("owned"), "{path}: {found:?}");
            assert!(found.lines().count() < 16, "{path}: {found}");
        }
        let markdown = text(&served, "/r/1.md").await;
        assert!(!markdown.contains("@e") && !markdown.contains("@t") && !markdown.contains("@b") && !markdown.contains("@c"), "{markdown}");
        for line in markdown.lines() {
            // Outside of code spans there is nothing but words of ours and links.
            let outside: String = line.split('`').step_by(2).collect();
            assert_eq!(line.matches('`').count() % 2, 0, "{line}");
            assert!(!outside.contains(['<', '!', '[', ']', '@']), "{line}");
        }
    }

    async fn a_summary_tells_of_earlier_attempts_and_logs(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[run(1, "failure")]).await;
        let mut job = build::job(11, 1);
        job.conclusion = Some("failure".into());
        build::detail(&store, 1, &[build::job_record(job)]).await;
        read_log(&served, 1, 11, &[LogFailureRecord {
            line: 7,
            kind: None,
            tool: None,
            test: None,
            message: "error: no such file".into(),
            excerpt: "error".into(),
            family: family("no such file"),
        }]).await;
        assert!(text(&served, "/r/1.txt").await.contains("    line 7: error: no such file\n"));
        build::record(&store, &[Run { attempt: 2, started_at: Some(NOON.plus(HOUR_MS)), updated_at: NOON.plus(HOUR_MS + 1_000), ..run(1, "success") }]).await;
        assert!(text(&served, "/r/1.txt").await.starts_with("tests #1 passed"));
        let first = text(&served, "/r/1.txt?attempt=1").await;
        assert!(first.starts_with("tests #1 failed") && first.contains("attempt 1 of 2"), "{first}");
        assert!(first.contains("/runs/1?attempt=1\n"), "{first}");
    }

    async fn what_there_is_no_summary_of_is_a_problem(store: Store, database: &Database) {
        let served = Served::new(&store, database).await;
        build::with_runs(&store, &[run(1, "success")]).await;
        for path in ["/r/2.txt", "/r/x.md", "/r/1", "/r/1.html", "/r/1.txt?attempt=2"] {
            served.get(path).await.problem(404);
        }
        assert_eq!(served.get("/r/1.txt?attempt=0").await.problem(400)["parameter"], "attempt");
        let by_tls = served.get_with("/r/1.txt", &[("x-forwarded-proto", "https"), ("host", "ci.example.org")]).await;
        assert!(String::from_utf8_lossy(&by_tls.body).contains("https://ci.example.org/runs/1"));
    }
}
