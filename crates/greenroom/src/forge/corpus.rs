//! Recordings of GitHub's real answers, read through the wire models. They are not part of the
//! repository; where they are absent the test says so.

use super::wire::{self, ArtifactObject, JobObject, RepositoryObject, RunObject, WorkflowObject};
use crate::model::{Millis, Step, upstream};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Manifest {
    files: Vec<Recording>,
}

#[derive(Deserialize)]
struct Recording {
    path: String,
    kind: String,
    status: Option<u16>,
    body_file: Option<String>,
    openapi: Option<OpenApi>,
}

#[derive(Deserialize)]
struct OpenApi {
    template: Option<String>,
    valid: Option<bool>,
}

fn corpus() -> Option<(PathBuf, Manifest)> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/github-api"));
    let Ok(manifest) = std::fs::read(root.join("manifest.json")) else {
        println!("skipped: ../shared/corpus is not present");
        return None;
    };
    Some((root, serde_json::from_slice(&manifest).unwrap()))
}

impl Recording {
    fn template(&self) -> Option<&str> {
        let template = self.openapi.as_ref()?.template.as_deref()?;
        template.strip_prefix("/repos/{owner}/{repo}")
    }

    fn body(&self, root: &std::path::Path) -> Option<Value> {
        let mapping = root.join(&self.path);
        if let Some(file) = &self.body_file {
            let body = mapping.parent()?.parent()?.join("__files").join(file);
            return serde_json::from_slice(&std::fs::read(body).unwrap()).ok();
        }
        let mapping: Value = serde_json::from_slice(&std::fs::read(mapping).unwrap()).unwrap();
        serde_json::from_str(mapping["response"]["body"].as_str()?).ok()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn word(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn time(value: &Value) -> Option<Millis> {
    value.as_str().map(|text| Millis::parse(text).unwrap_or_else(|| panic!("{text} is a time")))
}

fn same_run(run: &upstream::Run, sent: &Value) {
    assert_eq!(Some(run.id), sent["id"].as_i64());
    assert_eq!(Some(run.workflow_id), sent["workflow_id"].as_i64());
    assert_eq!(Some(run.run_number), sent["run_number"].as_i64());
    assert_eq!(run.attempt, sent["run_attempt"].as_i64().unwrap_or(1));
    assert_eq!(run.workflow_name, text(&sent["name"]));
    assert!(text(&sent["path"]).contains(&run.workflow_path));
    assert_eq!(run.workflow_path.is_empty(), text(&sent["path"]).is_empty());
    assert_eq!((run.event.as_str(), run.head_sha.as_str()), (text(&sent["event"]), text(&sent["head_sha"])));
    assert_eq!((run.status.as_str(), run.conclusion.as_deref()), (text(&sent["status"]), word(&sent["conclusion"])));
    assert_eq!((run.branch.as_str(), run.html_url.as_str()), (text(&sent["head_branch"]), text(&sent["html_url"])));
    if let Some(title) = word(&sent["display_title"]) {
        assert_eq!(run.title, title);
    }
    assert_eq!(run.commit_message, text(&sent["head_commit"]["message"]));
    assert_eq!(run.commit_author, text(&sent["head_commit"]["author"]["name"]));
    if let Some(actor) = word(&sent["actor"]["login"]) {
        assert_eq!(run.actor, actor);
    }
    assert_eq!(run.pull_requests.len(), sent["pull_requests"].as_array().map_or(0, Vec::len));
    assert_eq!(run.fork, sent["head_repository"]["id"] != sent["repository"]["id"]);
    assert_eq!((Some(run.created_at), Some(run.updated_at)), (time(&sent["created_at"]), time(&sent["updated_at"])));
    assert_eq!(run.started_at, time(&sent["run_started_at"]));
}

fn same_step(step: &Step, sent: &Value) {
    assert_eq!((Some(step.number), step.name.as_str()), (sent["number"].as_i64(), text(&sent["name"])));
    assert_eq!((step.status.as_str(), step.conclusion.as_deref()), (text(&sent["status"]), word(&sent["conclusion"])));
    assert_eq!((step.started_at, step.completed_at), (time(&sent["started_at"]), time(&sent["completed_at"])));
}

fn same_job(job: &upstream::Job, sent: &Value) {
    assert_eq!((Some(job.id), Some(job.run_id)), (sent["id"].as_i64(), sent["run_id"].as_i64()));
    assert_eq!((job.attempt, job.name.as_str()), (sent["run_attempt"].as_i64(), text(&sent["name"])));
    assert_eq!((job.status.as_str(), job.conclusion.as_deref()), (text(&sent["status"]), word(&sent["conclusion"])));
    assert_eq!(
        (job.created_at, job.started_at, job.completed_at),
        (time(&sent["created_at"]), time(&sent["started_at"]), time(&sent["completed_at"]))
    );
    assert_eq!(
        (job.runner_name.as_str(), job.html_url.as_str()),
        (text(&sent["runner_name"]), text(&sent["html_url"]))
    );
    assert_eq!(job.labels.len(), sent["labels"].as_array().map_or(0, Vec::len));
    let steps = sent["steps"].as_array().map_or(&[][..], Vec::as_slice);
    assert_eq!(job.steps.len(), steps.len());
    job.steps.iter().zip(steps).for_each(|(step, sent)| same_step(step, sent));
}

fn same_artifact(artifact: &upstream::Artifact, sent: &Value) {
    assert_eq!((Some(artifact.id), artifact.run_id), (sent["id"].as_i64(), sent["workflow_run"]["id"].as_i64()));
    assert_eq!(
        (artifact.name.as_str(), Some(artifact.size_bytes)),
        (text(&sent["name"]), sent["size_in_bytes"].as_i64())
    );
    assert_eq!(
        (artifact.digest.as_deref(), Some(artifact.expired)),
        (word(&sent["digest"]), sent["expired"].as_bool())
    );
    assert_eq!((artifact.created_at, artifact.expires_at), (time(&sent["created_at"]), time(&sent["expires_at"])));
}

fn same_workflow(workflow: &upstream::Workflow, sent: &Value) {
    assert_eq!((Some(workflow.id), workflow.name.as_str()), (sent["id"].as_i64(), text(&sent["name"])));
    assert_eq!((workflow.path.as_str(), workflow.state.as_str()), (text(&sent["path"]), text(&sent["state"])));
    assert_eq!(
        (workflow.html_url.as_str(), workflow.badge_url.as_str()),
        (text(&sent["html_url"]), text(&sent["badge_url"]))
    );
    assert_eq!((workflow.created_at, workflow.updated_at), (time(&sent["created_at"]), time(&sent["updated_at"])));
}

fn same_repository(repository: &upstream::Repository, sent: &Value) {
    assert_eq!((Some(repository.id), repository.name.as_str()), (sent["id"].as_i64(), text(&sent["name"])));
    assert_eq!(
        (repository.owner.as_str(), repository.html_url.as_str()),
        (text(&sent["owner"]["login"]), text(&sent["html_url"]))
    );
    assert_eq!(
        (repository.default_branch.as_str(), Some(repository.private)),
        (text(&sent["default_branch"]), sent["private"].as_bool())
    );
}

/// Reads a list and compares every item; how many there were.
fn check_list<W: wire::Wire>(body: &Value, list: &str, same: fn(&W::Noun, &Value)) -> Result<usize, String> {
    let listing = wire::listing::<W>(body.to_string().as_bytes(), list)?;
    if let Some(why) = listing.skipped.first() {
        return Err(why.clone());
    }
    assert_eq!(Some(listing.total), body["total_count"].as_i64());
    let sent = body[list].as_array().unwrap();
    assert_eq!(listing.items.len(), sent.len());
    listing.items.iter().zip(sent).for_each(|(noun, sent)| same(noun, sent));
    Ok(sent.len())
}

fn check_one<W: wire::Wire>(body: &Value, same: fn(&W::Noun, &Value)) -> Result<usize, String> {
    same(&wire::one::<W>(body.to_string().as_bytes())?, body);
    Ok(1)
}

/// Checks an answer of one of our endpoints; `None` for those we do not use.
fn check(template: &str, body: &Value) -> Option<Result<usize, String>> {
    Some(match template {
        "" => check_one::<RepositoryObject>(body, same_repository),
        "/actions/workflows" => check_list::<WorkflowObject>(body, "workflows", same_workflow),
        "/actions/workflows/{workflow_id}" => check_one::<WorkflowObject>(body, same_workflow),
        "/actions/runs" | "/actions/workflows/{workflow_id}/runs" => {
            check_list::<RunObject>(body, "workflow_runs", same_run)
        }
        "/actions/runs/{run_id}" => check_one::<RunObject>(body, same_run),
        "/actions/runs/{run_id}/jobs" => check_list::<JobObject>(body, "jobs", same_job),
        "/actions/jobs/{job_id}" => check_one::<JobObject>(body, same_job),
        "/actions/artifacts" | "/actions/runs/{run_id}/artifacts" => {
            check_list::<ArtifactObject>(body, "artifacts", same_artifact)
        }
        "/actions/artifacts/{artifact_id}" => check_one::<ArtifactObject>(body, same_artifact),
        _ => return None,
    })
}

#[test]
fn recorded_answers_lose_nothing_we_know() {
    let Some((root, manifest)) = corpus() else { return };
    let (mut valid, mut old, mut items) = (0, 0, 0);
    for recording in manifest.files.iter().filter(|recording| recording.status == Some(200)) {
        let Some(template) = recording.template() else { continue };
        let Some(body) = recording.body(&root) else { continue };
        println!("reading {}", recording.path);
        match check(template, &body) {
            None => {}
            Some(Ok(found)) => {
                items += found;
                let is_valid = recording.openapi.as_ref().and_then(|openapi| openapi.valid) == Some(true);
                *(if is_valid { &mut valid } else { &mut old }) += 1;
            }
            Some(Err(why)) => panic!("{}: {why}", recording.path),
        }
    }
    println!("{valid} valid and {old} older recorded answers read, {items} items");
    assert!(valid >= 20 && items >= 40, "{valid} valid, {items} items");
}

#[test]
fn recorded_runs_and_jobs_of_webhooks_lose_nothing_we_know() {
    let Some((root, manifest)) = corpus() else { return };
    let mut found = 0;
    for recording in manifest
        .files
        .iter()
        .filter(|recording| recording.kind == "webhook-payload" || recording.path.starts_with("octocrab/"))
    {
        let body: Value = serde_json::from_slice(&std::fs::read(root.join(&recording.path)).unwrap()).unwrap();
        println!("reading {}", recording.path);
        if body["workflow_run"].is_object() {
            found += check_one::<RunObject>(&body["workflow_run"], same_run).unwrap();
        }
        if body["workflow_job"].is_object() {
            found += check_one::<JobObject>(&body["workflow_job"], same_job).unwrap();
        }
        if body["artifacts"].is_array() {
            found += check_list::<ArtifactObject>(&body, "artifacts", same_artifact).unwrap();
        }
    }
    println!("{found} runs, jobs and artifacts read");
    assert!(found >= 5, "{found}");
}

#[test]
fn recorded_runs_keep_words_we_do_not_know() {
    let Some((root, manifest)) = corpus() else { return };
    let mut runs = 0;
    for recording in manifest
        .files
        .iter()
        .filter(|recording| recording.template() == Some("/actions/runs") && recording.status == Some(200))
    {
        let Some(mut body) = recording.body(&root) else { continue };
        for run in body["workflow_runs"].as_array_mut().unwrap() {
            for field in ["status", "conclusion", "event"] {
                run[field] = Value::from(format!("a_new_{field}"));
            }
            run["a_new_field"] = serde_json::json!({"with": ["anything", null]});
        }
        runs += check_list::<RunObject>(&body, "workflow_runs", same_run).unwrap();
    }
    println!("{runs} runs kept their new words");
    assert!(runs > 0);
}
