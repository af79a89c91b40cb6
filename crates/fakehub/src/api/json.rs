//! The objects of the API, field by field in GitHub's order.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::rfc3339;
use crate::content::Measure;
use crate::world::{Artifact, Attempt, DigestClaim, Job, Repository, Run, Step, Workflow, World};

/// People look at runs on this host; no test follows these links.
const WEB: &str = "https://github.com";

#[derive(Serialize)]
struct WorkflowObject {
    id: i64,
    node_id: String,
    name: String,
    path: String,
    state: String,
    created_at: String,
    updated_at: String,
    url: String,
    html_url: String,
    badge_url: String,
}

pub(crate) fn workflow(world: &World, workflow: &Workflow) -> String {
    let full_name = full_name(world, workflow.repository);
    text_of(&WorkflowObject {
        id: workflow.id,
        node_id: node_id("W_kwDOKs", workflow.id),
        name: workflow.name.clone(),
        path: workflow.path.clone(),
        state: workflow.state.to_string(),
        created_at: rfc3339(workflow.created_at),
        updated_at: rfc3339(workflow.updated_at),
        url: format!("{}/repos/{full_name}/actions/workflows/{}", world.api_url, workflow.id),
        html_url: format!("{WEB}/{full_name}/blob/main/{}", workflow.path),
        badge_url: format!("{WEB}/{full_name}/workflows/{}/badge.svg", super::route::encode(&workflow.name)),
    })
}

/// What differs from run to run; people and repositories are spliced in as finished text, because they make up nine
/// tenths of a listing.
#[derive(Serialize)]
struct RunObject {
    id: i64,
    name: String,
    node_id: String,
    head_branch: Option<String>,
    head_sha: String,
    path: String,
    display_title: String,
    run_number: i64,
    event: String,
    status: String,
    conclusion: Option<String>,
    workflow_id: i64,
    check_suite_id: i64,
    check_suite_node_id: String,
    url: String,
    html_url: String,
    pull_requests: Vec<Value>,
    created_at: String,
    updated_at: String,
    run_attempt: i64,
    referenced_workflows: [Value; 0],
    run_started_at: String,
    jobs_url: String,
    logs_url: String,
    check_suite_url: String,
    artifacts_url: String,
    cancel_url: String,
    rerun_url: String,
    previous_attempt_url: Option<String>,
    workflow_url: String,
    head_commit: Value,
}

/// A run as lists and the run endpoint show it: its latest attempt, with the creation time of the first.
pub(crate) fn run(world: &World, run: &Run, with_pull_requests: bool) -> String {
    attempt_of(world, run, run.latest(), with_pull_requests, false)
}

/// A run as the attempt endpoint shows it: the attempt's own times, job and log URLs.
pub(crate) fn attempt(world: &World, run: &Run, attempt: &Attempt, with_pull_requests: bool) -> String {
    attempt_of(world, run, attempt, with_pull_requests, true)
}

fn attempt_of(world: &World, run: &Run, attempt: &Attempt, with_pull_requests: bool, alone: bool) -> String {
    let full_name = full_name(world, run.repository);
    let base = format!("{}/repos/{full_name}", world.api_url);
    let url = format!("{base}/actions/runs/{}", run.id);
    let below = if alone { format!("{url}/attempts/{}", attempt.number) } else { url.clone() };
    let path = world.workflow(run.workflow).map(|workflow| workflow.path.clone()).unwrap_or_default();
    let own = RunObject {
        id: run.id,
        name: run.name.clone(),
        node_id: node_id("WFR_kwLOKs", run.id),
        head_branch: run.branch.clone(),
        head_sha: run.sha.clone(),
        path,
        display_title: run.title.clone(),
        run_number: run.run_number,
        event: run.event.to_string(),
        status: attempt.status.to_string(),
        conclusion: attempt.conclusion.as_ref().map(ToString::to_string),
        workflow_id: run.workflow,
        check_suite_id: run.check_suite,
        check_suite_node_id: node_id("CS_kwDOKs", run.check_suite),
        html_url: format!("{WEB}/{full_name}/actions/runs/{}", run.id),
        pull_requests: if with_pull_requests {
            run.pull_requests.iter().map(|number| pull_request(world, run, *number)).collect()
        } else {
            Vec::new()
        },
        created_at: rfc3339(if alone { attempt.created_at } else { run.created_at }),
        updated_at: rfc3339(if alone { attempt.updated_at } else { run.updated_at }),
        run_attempt: attempt.number,
        referenced_workflows: [],
        run_started_at: rfc3339(attempt.started_at),
        jobs_url: format!("{below}/jobs"),
        logs_url: format!("{below}/logs"),
        check_suite_url: format!("{base}/check-suites/{}", run.check_suite),
        artifacts_url: format!("{url}/artifacts"),
        cancel_url: format!("{url}/cancel"),
        rerun_url: format!("{url}/rerun"),
        previous_attempt_url: (attempt.number > 1).then(|| format!("{url}/attempts/{}", attempt.number - 1)),
        workflow_url: format!("{base}/actions/workflows/{}", run.workflow),
        head_commit: head_commit(run),
        url,
    };
    let mut text = text_of(&own);
    text.pop();
    let parts = [
        ("actor", world.cached_text(&run.actor, || user(world, &run.actor))),
        ("triggering_actor", world.cached_text(&attempt.actor, || user(world, &attempt.actor))),
        ("repository", repository(world, run.repository)),
        ("head_repository", repository(world, run.head_repository)),
    ];
    for (name, part) in parts {
        text.push_str(",\"");
        text.push_str(name);
        text.push_str("\":");
        text.push_str(&part);
    }
    text.push('}');
    text
}

/// An object as text. Objects here have no keys that could fail to serialise.
fn text_of<T: Serialize>(object: &T) -> String {
    serde_json::to_string(object).unwrap_or_default()
}

fn head_commit(run: &Run) -> Value {
    let person = json!({ "name": run.actor, "email": format!("{}@example.com", run.actor) });
    json!({
        "id": run.sha,
        "tree_id": run.sha.chars().rev().collect::<String>(),
        "message": run.commit_message,
        "timestamp": rfc3339(run.created_at - 4_000),
        "author": person,
        "committer": person,
    })
}

fn pull_request(world: &World, run: &Run, number: i64) -> Value {
    let Some(repository) = world.repository(run.repository) else { return Value::Null };
    let url = format!("{}/repos/{}/{}", world.api_url, repository.owner, repository.name);
    let repo = json!({ "id": repository.id, "url": url, "name": repository.name });
    json!({
        "url": format!("{url}/pulls/{number}"),
        "id": 2_000_000_000 + number,
        "number": number,
        "head": { "ref": run.branch.clone().unwrap_or_default(), "sha": run.sha, "repo": repo },
        "base": { "ref": repository.default_branch, "sha": crate::noise::Noise::keyed(number as u64, 1).hex(40), "repo": repo },
    })
}

#[derive(Serialize)]
struct JobObject {
    id: i64,
    run_id: i64,
    workflow_name: String,
    head_branch: Option<String>,
    run_url: String,
    run_attempt: i64,
    node_id: String,
    head_sha: String,
    url: String,
    html_url: String,
    status: String,
    conclusion: Option<String>,
    created_at: String,
    started_at: String,
    completed_at: Option<String>,
    name: String,
    steps: Vec<StepObject>,
    check_run_url: String,
    labels: Vec<String>,
    runner_id: Option<i64>,
    runner_name: Option<String>,
    runner_group_id: Option<i64>,
    runner_group_name: Option<String>,
}

#[derive(Serialize)]
struct StepObject {
    name: String,
    status: String,
    conclusion: Option<String>,
    number: i64,
    started_at: Option<String>,
    completed_at: Option<String>,
}

pub(crate) fn job(world: &World, run: &Run, job: &Job) -> String {
    let full_name = full_name(world, run.repository);
    let base = format!("{}/repos/{full_name}", world.api_url);
    let runner = job.runner.as_ref();
    let group = runner
        .map(|(id, name)| if name.is_empty() { (0, String::new()) } else { (id % 4, "GitHub Actions".to_owned()) });
    text_of(&JobObject {
        id: job.id,
        run_id: job.run,
        workflow_name: run.name.clone(),
        head_branch: run.branch.clone(),
        run_url: format!("{base}/actions/runs/{}", run.id),
        run_attempt: job.attempt,
        node_id: node_id("CR_kwDOKs", job.id),
        head_sha: run.sha.clone(),
        url: format!("{base}/actions/jobs/{}", job.id),
        html_url: format!("{WEB}/{full_name}/actions/runs/{}/job/{}", run.id, job.id),
        status: job.status.to_string(),
        conclusion: job.conclusion.as_ref().map(ToString::to_string),
        created_at: rfc3339(job.created_at),
        started_at: rfc3339(job.started_at),
        completed_at: job.completed_at.map(rfc3339),
        name: job.name.clone(),
        steps: job.steps.iter().map(step).collect(),
        check_run_url: format!("{base}/check-runs/{}", job.id),
        labels: job.labels.clone(),
        runner_id: runner.map(|(id, _)| *id),
        runner_name: runner.map(|(_, name)| name.clone()),
        runner_group_id: group.as_ref().map(|(id, _)| *id),
        runner_group_name: group.map(|(_, name)| name),
    })
}

fn step(step: &Step) -> StepObject {
    StepObject {
        name: step.name.clone(),
        status: step.status.to_string(),
        conclusion: step.conclusion.as_ref().map(ToString::to_string),
        number: step.number,
        started_at: step.started_at.map(rfc3339),
        completed_at: step.completed_at.map(rfc3339),
    }
}

#[derive(Serialize)]
struct ArtifactObject {
    id: i64,
    node_id: String,
    name: String,
    size_in_bytes: u64,
    url: String,
    archive_download_url: String,
    expired: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    created_at: String,
    updated_at: String,
    expires_at: String,
    workflow_run: Value,
}

pub(crate) fn artifact(world: &World, artifact: &Artifact, run: &Run, measure: &Measure) -> String {
    let full_name = full_name(world, run.repository);
    let url = format!("{}/repos/{full_name}/actions/artifacts/{}", world.api_url, artifact.id);
    text_of(&ArtifactObject {
        id: artifact.id,
        node_id: node_id("A_kwDOKs", artifact.id),
        name: artifact.name.clone(),
        size_in_bytes: artifact.claimed_size.unwrap_or(measure.size_bytes),
        archive_download_url: format!("{url}/zip"),
        expired: world.is_expired(artifact),
        digest: match artifact.digest {
            DigestClaim::Correct => Some(format!("sha256:{}", measure.sha256)),
            DigestClaim::Wrong => Some(format!("sha256:{}", measure.sha256.chars().rev().collect::<String>())),
            DigestClaim::Absent => None,
        },
        created_at: rfc3339(artifact.created_at),
        updated_at: rfc3339(artifact.created_at + 1_000),
        expires_at: rfc3339(artifact.expires_at),
        workflow_run: json!({
            "id": run.id,
            "repository_id": run.repository,
            "head_repository_id": run.head_repository,
            "head_branch": run.branch.clone().unwrap_or_default(),
            "head_sha": run.sha,
        }),
        url,
    })
}

/// A user by login.
pub(crate) fn user(world: &World, login: &str) -> Value {
    let url = format!("{}/users/{login}", world.api_url);
    let id = World::user_id(login);
    json!({
        "login": login,
        "id": id,
        "node_id": node_id("U_kgDO", id),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("{WEB}/{login}"),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": "User",
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// The user a token belongs to, as `/user` shows it.
pub(crate) fn current_user(world: &World, login: &str) -> Value {
    let mut value = user(world, login);
    if let Value::Object(fields) = &mut value {
        for name in ["name", "company", "location", "email", "hireable", "bio"] {
            fields.insert(name.to_owned(), Value::Null);
        }
        for name in ["public_repos", "public_gists", "followers", "following"] {
            fields.insert(name.to_owned(), json!(2));
        }
        fields.insert("blog".to_owned(), json!(""));
        fields.insert("created_at".to_owned(), json!("2019-04-02T08:00:00Z"));
        fields.insert("updated_at".to_owned(), json!("2026-01-12T08:00:00Z"));
    }
    value
}

const REPOSITORY_URLS: &[(&str, &str)] = &[
    ("forks_url", "/forks"),
    ("keys_url", "/keys{/key_id}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("teams_url", "/teams"),
    ("hooks_url", "/hooks"),
    ("issue_events_url", "/issues/events{/number}"),
    ("events_url", "/events"),
    ("assignees_url", "/assignees{/user}"),
    ("branches_url", "/branches{/branch}"),
    ("tags_url", "/tags"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("trees_url", "/git/trees{/sha}"),
    ("statuses_url", "/statuses/{sha}"),
    ("languages_url", "/languages"),
    ("stargazers_url", "/stargazers"),
    ("contributors_url", "/contributors"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("commits_url", "/commits{/sha}"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("comments_url", "/comments{/number}"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("contents_url", "/contents/{+path}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("merges_url", "/merges"),
    ("archive_url", "/{archive_format}{/ref}"),
    ("downloads_url", "/downloads"),
    ("issues_url", "/issues{/number}"),
    ("pulls_url", "/pulls{/number}"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("labels_url", "/labels{/name}"),
    ("releases_url", "/releases{/id}"),
    ("deployments_url", "/deployments"),
];

/// A repository as embedded in runs; built once per name.
fn repository(world: &World, id: i64) -> Arc<str> {
    match world.repository(id) {
        Some(repository) => {
            repository.json.get_or_init(|| minimal_repository(world, repository).to_string().into()).clone()
        }
        None => "null".into(),
    }
}

fn minimal_repository(world: &World, repository: &Repository) -> Value {
    let full_name = format!("{}/{}", repository.owner, repository.name);
    let url = format!("{}/repos/{full_name}", world.api_url);
    let mut owner = user(world, &repository.owner);
    owner["type"] = json!(if repository.fork_of.is_some() { "User" } else { "Organization" });
    let mut value = json!({
        "id": repository.id,
        "node_id": node_id("R_kgDOKs", repository.id),
        "name": repository.name,
        "full_name": full_name,
        "private": repository.private,
        "owner": owner,
        "html_url": format!("{WEB}/{full_name}"),
        "description": "Carts, prices and payments.",
        "fork": repository.fork_of.is_some(),
        "url": url,
    });
    for (name, path) in REPOSITORY_URLS {
        value[*name] = json!(format!("{url}{path}"));
    }
    value
}

/// A repository as its own endpoint shows it.
pub(crate) fn full_repository(world: &World, repository: &Repository) -> Value {
    let mut value = minimal_repository(world, repository);
    let full_name = format!("{}/{}", repository.owner, repository.name);
    let more = json!({
        "created_at": rfc3339(repository.created_at),
        "updated_at": rfc3339(repository.created_at + 40_000_000),
        "pushed_at": rfc3339(world.now() - 3_600_000),
        "git_url": format!("git://github.com/{full_name}.git"),
        "ssh_url": format!("git@github.com:{full_name}.git"),
        "clone_url": format!("{WEB}/{full_name}.git"),
        "svn_url": format!("{WEB}/{full_name}"),
        "homepage": null,
        "size": 48_211,
        "stargazers_count": 12,
        "watchers_count": 12,
        "language": "TypeScript",
        "has_issues": true,
        "has_projects": true,
        "has_downloads": true,
        "has_wiki": false,
        "has_pages": false,
        "has_discussions": false,
        "forks_count": 3,
        "mirror_url": null,
        "archived": false,
        "disabled": false,
        "open_issues_count": 21,
        "license": null,
        "allow_forking": true,
        "is_template": false,
        "web_commit_signoff_required": false,
        "topics": ["checkout", "payments"],
        "visibility": if repository.private { "private" } else { "public" },
        "forks": 3,
        "open_issues": 21,
        "watchers": 12,
        "default_branch": repository.default_branch,
        "permissions": { "admin": false, "maintain": false, "push": false, "triage": false, "pull": true },
        "network_count": 3,
        "subscribers_count": 8,
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}

/// `owner/name` as of now.
pub(crate) fn full_name(world: &World, repository: i64) -> String {
    world
        .repository(repository)
        .map(|repository| format!("{}/{}", repository.owner, repository.name))
        .unwrap_or_default()
}

fn node_id(prefix: &str, id: i64) -> String {
    format!("{prefix}{id:010X}")
}
