//! Which endpoint a path means.

use crate::faults::Route;

/// How the repository is named in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RepositoryRef {
    Name(String, String),
    Id(i64),
}

/// An endpoint under a repository, or a global one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Root,
    Meta,
    Versions,
    User,
    RateLimit,
    Repository,
    Workflows,
    Workflow(String),
    WorkflowRuns(String),
    Runs,
    Run(i64),
    Attempt(i64, i64),
    AttemptJobs(i64, i64),
    RunJobs(i64),
    RunArtifacts(i64),
    Job(i64),
    JobLogs(i64),
    Artifacts,
    Artifact(i64),
    ArtifactZip(i64),
    Rerun(i64),
    RerunFailed(i64),
    Cancel(i64),
    Approve(i64),
    Unknown,
}

impl Endpoint {
    pub fn route(&self) -> Route {
        match self {
            Endpoint::RateLimit => Route::RateLimit,
            Endpoint::Repository => Route::Repository,
            Endpoint::Workflows => Route::Workflows,
            Endpoint::Workflow(_) => Route::Workflow,
            Endpoint::Runs | Endpoint::WorkflowRuns(_) => Route::Runs,
            Endpoint::Run(_) => Route::Run,
            Endpoint::Attempt(..) => Route::Attempt,
            Endpoint::AttemptJobs(..) | Endpoint::RunJobs(_) => Route::Jobs,
            Endpoint::Job(_) => Route::Job,
            Endpoint::JobLogs(_) => Route::Logs,
            Endpoint::Artifacts => Route::Artifacts,
            Endpoint::RunArtifacts(_) => Route::RunArtifacts,
            Endpoint::Artifact(_) => Route::Artifact,
            Endpoint::ArtifactZip(_) => Route::ArtifactZip,
            _ => Route::Other,
        }
    }
}

/// The endpoint, and for endpoints under a repository which one and the path below it.
pub(crate) struct Target {
    pub repository: Option<RepositoryRef>,
    pub endpoint: Endpoint,
    /// `/actions/runs/…`, as it was written.
    pub below: String,
}

/// Reads a path. Trailing slashes are unknown paths, as on GitHub.
pub(crate) fn parse(path: &str) -> Target {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let (repository, rest) = match parts.as_slice() {
        ["repos", owner, name, rest @ ..] => (RepositoryRef::Name(decode(owner), decode(name)), rest),
        ["repositories", id, rest @ ..] => match id.parse() {
            Ok(id) => (RepositoryRef::Id(id), rest),
            Err(_) => return Target { repository: None, endpoint: Endpoint::Unknown, below: String::new() },
        },
        other => return Target { repository: None, endpoint: global(other), below: String::new() },
    };
    let below = rest.iter().map(|part| format!("/{part}")).collect();
    Target { repository: Some(repository), endpoint: under_repository(rest).unwrap_or(Endpoint::Unknown), below }
}

fn global(parts: &[&str]) -> Endpoint {
    match parts {
        [""] => Endpoint::Root,
        ["meta"] => Endpoint::Meta,
        ["versions"] => Endpoint::Versions,
        ["user"] => Endpoint::User,
        ["rate_limit"] => Endpoint::RateLimit,
        _ => Endpoint::Unknown,
    }
}

fn under_repository(parts: &[&str]) -> Option<Endpoint> {
    let id = |text: &str| text.parse::<i64>().ok();
    Some(match parts {
        [] => Endpoint::Repository,
        ["actions", "workflows"] => Endpoint::Workflows,
        ["actions", "workflows", workflow] => Endpoint::Workflow(decode(workflow)),
        ["actions", "workflows", workflow, "runs"] => Endpoint::WorkflowRuns(decode(workflow)),
        ["actions", "runs"] => Endpoint::Runs,
        ["actions", "runs", run] => Endpoint::Run(id(run)?),
        ["actions", "runs", run, "attempts", attempt] => Endpoint::Attempt(id(run)?, id(attempt)?),
        ["actions", "runs", run, "attempts", attempt, "jobs"] => Endpoint::AttemptJobs(id(run)?, id(attempt)?),
        ["actions", "runs", run, "jobs"] => Endpoint::RunJobs(id(run)?),
        ["actions", "runs", run, "artifacts"] => Endpoint::RunArtifacts(id(run)?),
        ["actions", "runs", run, "rerun"] => Endpoint::Rerun(id(run)?),
        ["actions", "runs", run, "rerun-failed-jobs"] => Endpoint::RerunFailed(id(run)?),
        ["actions", "runs", run, "cancel"] => Endpoint::Cancel(id(run)?),
        ["actions", "runs", run, "approve"] => Endpoint::Approve(id(run)?),
        ["actions", "jobs", job] => Endpoint::Job(id(job)?),
        ["actions", "jobs", job, "logs"] => Endpoint::JobLogs(id(job)?),
        ["actions", "artifacts"] => Endpoint::Artifacts,
        ["actions", "artifacts", artifact] => Endpoint::Artifact(id(artifact)?),
        ["actions", "artifacts", artifact, "zip"] => Endpoint::ArtifactZip(id(artifact)?),
        _ => return None,
    })
}

/// The parameters of a query, decoded as forms are: `+` is a space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        });
        Query(pairs.collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

fn decode_form(text: &str) -> String {
    decode(&text.replace('+', " "))
}

/// Undoes percent-encoding; what is not valid stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Percent-encodes everything but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
