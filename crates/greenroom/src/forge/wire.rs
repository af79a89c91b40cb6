//! GitHub's JSON, read tolerantly: unknown fields are ignored, unknown enum values kept as text,
//! null, absent and mistyped fields become their default. Only an item without identity is
//! unreadable, and then it alone is left out of its page.
//!
//! Field by field: <https://docs.github.com/en/rest/actions>. Names here are GitHub's.

use crate::model::upstream::{Artifact, Attempt, Job, Repository, Run, Workflow};
use crate::model::{Millis, Step};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;

/// Something GitHub sends that becomes something of the model.
pub(super) trait Wire: DeserializeOwned {
    /// What it becomes.
    type Noun;
    /// Turns it into the model's noun; `Err` says in words why it cannot be.
    fn noun(self) -> Result<Self::Noun, String>;
    /// The repository that it says it is of.
    fn home(&self) -> Option<i64> {
        None
    }
}

/// The items of one page: those that could be read, and what was wrong with the others.
#[derive(Debug)]
pub(super) struct Listing<T> {
    pub items: Vec<T>,
    pub total: i64,
    pub skipped: Vec<String>,
    /// The repository that the first item says it is of.
    pub home: Option<i64>,
}

/// Reads one object. `Err` says in words what is wrong with it.
pub(super) fn one<W: Wire>(body: &[u8]) -> Result<W::Noun, String> {
    object::<W>(body)?.noun()
}

fn object<W: Wire>(body: &[u8]) -> Result<W, String> {
    serde_json::from_slice::<W>(&without_nul(body)).map_err(|error| error.to_string())
}

/// JSON in which no text contains NUL: PostgreSQL cannot hold it, and one such title must not cost
/// the page it stands on. U+FFFD takes its place.
fn without_nul(json: &[u8]) -> Cow<'_, [u8]> {
    const NUL: &[u8] = b"\\u0000";
    if !json.windows(NUL.len()).any(|window| window == NUL) {
        return Cow::Borrowed(json);
    }
    let mut clean = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some((byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(NUL) {
            clean.extend_from_slice(b"\\ufffd");
            rest = after;
        } else if let (b'\\', Some((escaped, after))) = (*byte, after.split_first()) {
            // An escaped backslash: what follows it is text.
            clean.extend_from_slice(&[b'\\', *escaped]);
            rest = after;
        } else {
            clean.push(*byte);
            rest = after;
        }
    }
    Cow::Owned(clean)
}

/// Reads `{total_count, <list>: […]}`. `Err` only where the body is no such object at all.
pub(super) fn listing<W: Wire>(body: &[u8], list: &str) -> Result<Listing<W::Noun>, String> {
    let envelope: HashMap<String, &RawValue> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let items = envelope.get(list).ok_or_else(|| format!("there is no {list}"))?;
    let items: Option<Vec<&RawValue>> =
        serde_json::from_str(items.get()).map_err(|error| format!("{list}: {error}"))?;
    let items = items.unwrap_or_default();
    let total = envelope.get("total_count").and_then(|count| serde_json::from_str(count.get()).ok());
    let mut page = Listing {
        items: Vec::with_capacity(items.len()),
        total: total.unwrap_or(items.len() as i64),
        skipped: Vec::new(),
        home: None,
    };
    for item in items {
        let read = object::<W>(item.get().as_bytes());
        page.home = page.home.or(read.as_ref().ok().and_then(W::home));
        match read.and_then(W::noun) {
            Ok(noun) => page.items.push(noun),
            Err(why) => page.skipped.push(format!("{} in {list}: {why}", identity(item))),
        }
    }
    Ok(page)
}

/// Names an item that could not be read.
fn identity(item: &RawValue) -> String {
    #[derive(Deserialize)]
    struct Id {
        id: i64,
    }
    serde_json::from_str::<Id>(item.get())
        .map_or_else(|_| "an item without id".to_owned(), |item| format!("item {}", item.id))
}

/// Reads a field if it is what it should be, and takes the default otherwise.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}

/// Reads a list, leaving out the elements that are not what they should be.
fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    Ok(elements.into_iter().filter_map(|element| serde_json::from_str(element.get()).ok()).collect())
}

/// Declares an object of which every field may be anything: `{ fields; lists }`.
macro_rules! object {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* ; $($list:ident: [$element:ty]),* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name {
            $(#[serde(deserialize_with = "lenient")] $field: $type,)*
            $(#[serde(deserialize_with = "lenient_list")] $list: Vec<$element>,)*
        }
    };
}

object!(Person { login: String, name: String; });
object!(Commit { message: String, tree_id: String, author: Option<Person>; });
object!(
    /// Anything of which only the id matters.
    Reference { id: Option<i64>; });
object!(PullRequest { number: Option<i64>; });
object!(
    /// `GET /repos/{owner}/{repo}`.
    RepositoryObject { id: Option<i64>, name: String, owner: Option<Person>, default_branch: Option<String>, html_url: String, private: bool; });
object!(
/// An item of `GET …/actions/workflows`.
WorkflowObject {
    id: Option<i64>, name: String, path: String, state: String, html_url: String, badge_url: String,
    created_at: Option<Millis>, updated_at: Option<Millis>;
});
object!(
/// An item of `GET …/actions/runs`; also what an attempt looks like.
RunObject {
    id: Option<i64>, workflow_id: Option<i64>, name: Option<String>, path: Option<String>, run_number: i64, run_attempt: Option<i64>,
    display_title: Option<String>, event: String, status: Option<String>, conclusion: Option<String>, head_branch: Option<String>,
    head_sha: String, head_commit: Option<Commit>, actor: Option<Person>, triggering_actor: Option<Person>,
    repository: Option<Reference>, head_repository: Option<Reference>, head_repository_id: Option<i64>,
    created_at: Option<Millis>, run_started_at: Option<Millis>, updated_at: Option<Millis>, html_url: String;
    pull_requests: [PullRequest]
});
object!(
/// An item of `GET …/actions/runs/{id}/jobs`.
JobObject {
    id: Option<i64>, run_id: Option<i64>, run_attempt: Option<i64>, name: String, status: Option<String>, conclusion: Option<String>,
    created_at: Option<Millis>, started_at: Option<Millis>, completed_at: Option<Millis>, runner_name: Option<String>, html_url: Option<String>;
    labels: [String], steps: [StepObject]
});
object!(StepObject {
    number: i64, name: String, status: Option<String>, conclusion: Option<String>, started_at: Option<Millis>, completed_at: Option<Millis>;
});
object!(
/// An item of `GET …/actions/artifacts`.
ArtifactObject {
    id: Option<i64>, name: String, size_in_bytes: i64, digest: Option<String>, expired: bool, workflow_run: Option<Reference>,
    created_at: Option<Millis>, expires_at: Option<Millis>;
});

/// A word GitHub may leave out; empty counts as left out.
fn word(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A status that GitHub left out: ended where there is a conclusion, not known otherwise.
fn status(status: Option<String>, conclusion: Option<&String>) -> String {
    word(status).unwrap_or_else(|| if conclusion.is_some() { "completed".into() } else { "unknown".into() })
}

/// `owner/repo/.github/workflows/x.yml@ref` and `.github/workflows/x.yml` are the same file.
fn workflow_path(path: &str) -> String {
    let start = path.find(".github/workflows/").unwrap_or(0);
    let path = path.get(start..).unwrap_or(path);
    let end = [".yml@", ".yaml@"].iter().filter_map(|mark| Some(path.find(mark)? + mark.len() - 1)).min();
    path.get(..end.unwrap_or(path.len())).unwrap_or(path).to_owned()
}

impl Wire for RepositoryObject {
    type Noun = Repository;

    fn noun(self) -> Result<Repository, String> {
        Ok(Repository {
            id: self.id.ok_or("it has no id")?,
            owner: word(self.owner.map(|owner| owner.login)).ok_or("it has no owner")?,
            name: word(Some(self.name)).ok_or("it has no name")?,
            default_branch: self.default_branch.unwrap_or_default(),
            html_url: self.html_url,
            private: self.private,
        })
    }
}

impl Wire for WorkflowObject {
    type Noun = Workflow;

    fn noun(self) -> Result<Workflow, String> {
        Ok(Workflow {
            id: self.id.ok_or("it has no id")?,
            name: self.name,
            path: self.path,
            state: self.state,
            html_url: self.html_url,
            badge_url: self.badge_url,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

impl RunObject {
    /// Whether the head is in another repository. A pull request whose head repository GitHub
    /// leaves out comes from a fork that was deleted: the own repository is never left out.
    fn is_fork(&self) -> bool {
        let head = self.head_repository.as_ref().and_then(|head| head.id).or(self.head_repository_id);
        match (head, self.repository.as_ref().and_then(|own| own.id)) {
            (Some(head), Some(own)) => head != own,
            (None, Some(_)) => self.event.starts_with("pull_request"),
            _ => false,
        }
    }
}

impl Wire for RunObject {
    type Noun = Run;

    fn home(&self) -> Option<i64> {
        self.repository.as_ref()?.id
    }

    fn noun(self) -> Result<Run, String> {
        let fork = self.is_fork();
        let created_at = self.created_at.or(self.run_started_at).or(self.updated_at).ok_or("it has no time")?;
        let commit = self.head_commit.unwrap_or_default();
        let title = word(self.display_title).or_else(|| word(commit.message.lines().next().map(str::to_owned)));
        let conclusion = word(self.conclusion);
        let name = self.name.unwrap_or_default();
        Ok(Run {
            id: self.id.ok_or("it has no id")?,
            workflow_id: self.workflow_id.ok_or("it has no workflow")?,
            title: title.unwrap_or_else(|| name.clone()),
            workflow_name: name,
            workflow_path: workflow_path(&self.path.unwrap_or_default()),
            run_number: self.run_number,
            attempt: self.run_attempt.unwrap_or(1),
            event: self.event,
            status: status(self.status, conclusion.as_ref()),
            conclusion,
            branch: self.head_branch.unwrap_or_default(),
            head_sha: self.head_sha,
            tree_sha: commit.tree_id,
            commit_message: commit.message,
            commit_author: commit.author.map(|author| author.name).unwrap_or_default(),
            actor: word(self.actor.map(|actor| actor.login))
                .or(self.triggering_actor.map(|actor| actor.login))
                .unwrap_or_default(),
            pull_requests: self.pull_requests.into_iter().filter_map(|pull_request| pull_request.number).collect(),
            fork,
            created_at,
            started_at: self.run_started_at,
            updated_at: self.updated_at.unwrap_or(created_at),
            html_url: self.html_url,
        })
    }
}

/// What `…/attempts/{n}` answers: run-shaped, but its `created_at` is the attempt's own, so it must
/// never be taken for the run.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct AttemptObject(RunObject);

impl Wire for AttemptObject {
    type Noun = Attempt;

    fn noun(self) -> Result<Attempt, String> {
        let AttemptObject(run) = self;
        let conclusion = word(run.conclusion);
        Ok(Attempt {
            run_id: run.id.ok_or("it has no id")?,
            attempt: run.run_attempt.unwrap_or(1),
            status: status(run.status, conclusion.as_ref()),
            conclusion,
            started_at: run.run_started_at.or(run.created_at),
            updated_at: run.updated_at.or(run.run_started_at).or(run.created_at).ok_or("it has no time")?,
        })
    }
}

impl Wire for JobObject {
    type Noun = Job;

    fn noun(self) -> Result<Job, String> {
        let conclusion = word(self.conclusion);
        Ok(Job {
            id: self.id.ok_or("it has no id")?,
            run_id: self.run_id.ok_or("it has no run")?,
            attempt: self.run_attempt,
            name: self.name,
            status: status(self.status, conclusion.as_ref()),
            conclusion,
            created_at: self.created_at,
            started_at: self.started_at,
            completed_at: self.completed_at,
            runner_name: self.runner_name.unwrap_or_default(),
            labels: self.labels,
            html_url: self.html_url.unwrap_or_default(),
            steps: self.steps.into_iter().map(StepObject::noun).collect(),
        })
    }
}

impl StepObject {
    fn noun(self) -> Step {
        let conclusion = word(self.conclusion);
        Step {
            number: self.number,
            name: self.name,
            status: status(self.status, conclusion.as_ref()),
            conclusion,
            started_at: self.started_at,
            completed_at: self.completed_at,
        }
    }
}

impl Wire for ArtifactObject {
    type Noun = Artifact;

    fn noun(self) -> Result<Artifact, String> {
        Ok(Artifact {
            id: self.id.ok_or("it has no id")?,
            run_id: self.workflow_run.and_then(|run| run.id),
            name: self.name,
            size_bytes: self.size_in_bytes,
            digest: word(self.digest),
            expired: self.expired,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn full_run() -> Value {
        json!({
            "id": 30_433_642_123_i64, "name": "CI", "head_branch": "main", "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d",
            "path": "octo/app/.github/workflows/ci.yml@main", "display_title": "Fix it", "run_number": 562, "event": "push",
            "status": "completed", "conclusion": "success", "workflow_id": 159_038, "html_url": "https://github.com/octo/app/actions/runs/1",
            "pull_requests": [{"number": 7, "id": 1}, {"number": 8}], "created_at": "2026-01-22T19:33:08Z",
            "updated_at": "2026-01-22T20:33:08+01:00", "run_attempt": 2, "run_started_at": "2026-01-22T19:33:08.250Z",
            "actor": {"login": "octocat"}, "triggering_actor": {"login": "hubot"},
            "head_commit": {"tree_id": "9d", "message": "Fix it\n\nbody", "author": {"name": "Octo Cat", "email": "o@example.org"}},
            "repository": {"id": 1}, "head_repository": {"id": 2}, "brand_new": {"x": [1, 2]}
        })
    }

    fn run(value: &Value) -> Result<Run, String> {
        one::<RunObject>(value.to_string().as_bytes())
    }

    #[test]
    fn text_with_nul_is_read_without_it() {
        assert_eq!(&*without_nul(br#"{"a":"x\u0000y\\u0000"}"#), br#"{"a":"x\ufffdy\\u0000"}"#);
        assert!(matches!(without_nul(br#"{"a":"plain"}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn every_field_of_a_run_is_read() {
        let time = |text: &str| Millis::parse(text).unwrap();
        let expected = Run {
            id: 30_433_642_123,
            workflow_id: 159_038,
            workflow_name: "CI".into(),
            workflow_path: ".github/workflows/ci.yml".into(),
            run_number: 562,
            attempt: 2,
            title: "Fix it".into(),
            event: "push".into(),
            status: "completed".into(),
            conclusion: Some("success".into()),
            branch: "main".into(),
            head_sha: "acb5820ced9479c074f688cc328bf03f341a511d".into(),
            tree_sha: "9d".into(),
            commit_message: "Fix it\n\nbody".into(),
            commit_author: "Octo Cat".into(),
            actor: "octocat".into(),
            pull_requests: vec![7, 8],
            fork: true,
            created_at: time("2026-01-22T19:33:08Z"),
            started_at: Some(time("2026-01-22T19:33:08.250Z")),
            updated_at: time("2026-01-22T19:33:08Z"),
            html_url: "https://github.com/octo/app/actions/runs/1".into(),
        };
        assert_eq!(run(&full_run()), Ok(expected));
    }

    #[test]
    fn a_run_survives_any_one_field_being_null_absent_or_of_another_type() {
        let full = full_run();
        for key in full.as_object().unwrap().keys() {
            for odd in [
                Some(Value::Null),
                None,
                Some(json!({"a": [1]})),
                Some(json!([["x"]])),
                Some(json!(-1.5)),
                Some(json!("")),
                Some(json!(true)),
            ] {
                let mut value = full.clone();
                match &odd {
                    Some(odd) => value[key] = odd.clone(),
                    None => drop(value.as_object_mut().unwrap().remove(key)),
                }
                let read = run(&value);
                if ["id", "workflow_id"].contains(&key.as_str()) {
                    assert!(read.is_err(), "{key} = {odd:?} leaves no identity");
                } else {
                    let read = read.unwrap_or_else(|why| panic!("{key} = {odd:?}: {why}"));
                    assert_eq!(
                        (read.id, read.run_number == 562 || key == "run_number"),
                        (30_433_642_123, true),
                        "{key} = {odd:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn words_github_adds_tomorrow_are_kept() {
        let mut value = full_run();
        value["status"] = json!("dreaming");
        value["conclusion"] = json!("mostly_fine");
        value["event"] = json!("full_moon");
        let read = run(&value).unwrap();
        assert_eq!(
            (read.status.as_str(), read.conclusion.as_deref(), read.event.as_str()),
            ("dreaming", Some("mostly_fine"), "full_moon")
        );
    }

    #[test]
    fn a_status_left_out_follows_the_conclusion() {
        let mut value = full_run();
        value["status"] = Value::Null;
        assert_eq!(run(&value).unwrap().status, "completed");
        value["conclusion"] = Value::Null;
        assert_eq!(run(&value).unwrap().status, "unknown");
    }

    #[test]
    fn forks_are_told_by_repository_ids() {
        let fork = |change: &dyn Fn(&mut Value)| {
            let mut value = full_run();
            change(&mut value);
            run(&value).unwrap().fork
        };
        assert!(!fork(&|run| run["head_repository"]["id"] = json!(1)));
        assert!(!fork(&|run| run["head_repository"] = Value::Null), "a push comes from the own repository");
        assert!(fork(&|run| {
            run["head_repository"] = Value::Null;
            run["event"] = json!("pull_request");
        }));
        assert!(!fork(&|run| {
            run["head_repository"] = Value::Null;
            run["head_repository_id"] = json!(1);
            run["event"] = json!("pull_request");
        }));
    }

    #[test]
    fn workflow_paths_lose_prefix_and_ref() {
        for (path, expected) in [
            (".github/workflows/x.yml", ".github/workflows/x.yml"),
            (".github/workflows/x.yaml@refs/heads/a.yml@b", ".github/workflows/x.yaml"),
            ("octo/app/.github/workflows/x.yml@main", ".github/workflows/x.yml"),
            ("dynamic/github-code-scanning/codeql", "dynamic/github-code-scanning/codeql"),
            ("", ""),
        ] {
            assert_eq!(workflow_path(path), expected);
        }
    }

    #[test]
    fn a_job_keeps_steps_with_gaps_offsets_and_odd_neighbours() {
        let body = json!({"total_count": 1, "jobs": [{
            "id": 40_000_000_001_i64, "run_id": 5, "status": "completed", "conclusion": "cancelled", "name": "build (ubuntu, 20)",
            "runner_id": 1_000_007_875_i64, "runner_name": "", "labels": ["ubuntu-latest", 7], "html_url": null,
            "started_at": "2021-03-04T17:42:56.000+02:00", "completed_at": null,
            "steps": [{"number": 1, "name": "Set up job", "status": "completed", "conclusion": "success", "started_at": "2021-03-04T17:42:56.000+02:00"},
                      null, {"number": 4, "name": "Post", "status": "queued", "conclusion": null, "started_at": null}]
        }]});
        let page = listing::<JobObject>(body.to_string().as_bytes(), "jobs").unwrap();
        let job = &page.items[0];
        assert_eq!((job.id, job.run_id, job.attempt, job.runner_name.as_str()), (40_000_000_001, 5, None, ""));
        assert_eq!(job.labels, ["ubuntu-latest"]);
        assert_eq!(job.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(job.started_at, Millis::parse("2021-03-04T15:42:56Z"));
        assert_eq!(job.steps[0].started_at, job.started_at);
        assert_eq!(job.created_at, None);
    }

    #[test]
    fn one_unreadable_item_does_not_cost_the_page() {
        let body = br#"{"total_count": 41, "artifacts": [{"id": 1, "name": "a", "size_in_bytes": 5, "expired": false}, {"id": "x"}, 7, null, {"id": 2}]}"#;
        let page = listing::<ArtifactObject>(body, "artifacts").unwrap();
        assert_eq!(page.items.iter().map(|artifact| artifact.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(page.total, 41);
        assert_eq!(page.skipped.len(), 3);
        assert!(page.skipped[0].contains("artifacts") && page.skipped[0].contains("no id"), "{}", page.skipped[0]);
        let runs = listing::<RunObject>(
            br#"{"workflow_runs": [{"id": 9, "created_at": "2026-01-22T19:33:08Z"}]}"#,
            "workflow_runs",
        )
        .unwrap();
        assert_eq!(runs.skipped, ["item 9 in workflow_runs: it has no workflow"]);
    }

    #[test]
    fn a_body_that_is_no_listing_is_refused() {
        for body in ["<html>", "", "[]", "null", r#"{"message": "hello"}"#, r#"{"jobs": 7}"#, r#"{"jobs": [{"id": 1"#] {
            assert!(listing::<JobObject>(body.as_bytes(), "jobs").is_err(), "{body}");
        }
        assert_eq!(listing::<JobObject>(br#"{"jobs": null}"#, "jobs").unwrap().items, []);
    }

    #[test]
    fn an_attempt_is_known_by_run_and_number() {
        let read = one::<AttemptObject>(full_run().to_string().as_bytes()).unwrap();
        assert_eq!((read.run_id, read.attempt, read.status.as_str()), (30_433_642_123, 2, "completed"));
        assert_eq!(read.started_at, Millis::parse("2026-01-22T19:33:08.250Z"));
    }
}
