//! Search: what matches the words, by type, and what they name exactly, be it a number, a commit, `@actor` or an
//! address of GitHub.

use super::address::{self, Address, Place};
use super::params::{self, Params, SearchParams};
use super::{Answer, Problem, Shared};
use crate::model::found::{Found, FoundGroup, FoundType, Resolved};
use crate::store::{FoundPosition, FoundQuery, NamedRun, Store, StoreError};
use axum::Json;
use axum::extract::State;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest text looked for.
const MAX_CHARS: usize = 2_000;
/// Words looked for; further ones of a pasted message tell little.
const MAX_WORDS: usize = 8;
/// Most items a type, and how many where none are asked for.
const LIMIT: (i64, i64) = (50, 8);

/// What the words name, or what of it is not mirrored.
#[derive(Debug, Default)]
struct Named {
    resolved: Option<Resolved>,
    not_mirrored: Option<String>,
}

/// Tests, failures, runs, workflows, branches and files by parts of their names.
#[utoipa::path(get, path = "/api/search", params(SearchParams), responses(
    (status = 200, description = "A group for each type asked for. All words must occur. Up to 1,000 matches of a type are ranked; the first 8 words count.", body = Found),
    (status = 400, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn search(State(shared): State<Shared>, Params(values): Params<SearchParams>) -> Answer<Json<Found>> {
    let text = text(values.q)?;
    let types = types(values.types.as_deref())?;
    let limit = params::up_to("limit", values.limit.as_deref(), LIMIT.0, LIMIT.1)?;
    let after = params::found_position(values.cursor.as_deref())?;
    let after = match (after, types.as_slice()) {
        (None, _) => None,
        (Some((of, position)), [only]) if of == *only => Some(position),
        _ => return Err(Problem::parameter("cursor", "cursor must be a nextCursor of the one type asked for.")),
    };
    let named = if after.is_none() { named(&shared.store, &text).await? } else { Named::default() };
    // An address is looked up, not looked for: its parts would match by chance.
    let is_address = address::parse(&text).is_some() && (address::has_scheme(&text) || named.resolved.is_some());
    let (types_searched, words) = if is_address { (Vec::new(), Vec::new()) } else { words(&text, &types) };
    let queries = types.iter().map(|found_type| {
        let is_searched = types_searched.contains(found_type);
        let words = if is_searched { words.clone() } else { Vec::new() };
        group(&shared.store, *found_type, words, after, limit)
    });
    let groups = futures::future::try_join_all(queries).await?;
    Ok(Json(Found { groups, resolved: named.resolved, not_mirrored: named.not_mirrored }))
}

async fn group(
    store: &Store,
    found_type: FoundType,
    words: Vec<String>,
    after: Option<FoundPosition>,
    limit: i64,
) -> Result<FoundGroup, StoreError> {
    let query = FoundQuery { found_type, words, after, limit: usize::try_from(limit).unwrap_or(1) };
    let (items, next) = store.find(&query).await?;
    let next_cursor = next.map(|at| params::found_cursor(found_type, at));
    Ok(FoundGroup { found_type, items, more: next_cursor.is_some(), next_cursor })
}

fn text(value: Option<String>) -> Answer<String> {
    let text = value.unwrap_or_default().trim().to_owned();
    if text.chars().count() > MAX_CHARS || text.contains('\0') {
        return Err(Problem::parameter("q", format!("q must be at most {MAX_CHARS} characters, none of them NUL.")));
    }
    Ok(text)
}

fn types(value: Option<&str>) -> Answer<Vec<FoundType>> {
    let Some(list) = value.filter(|list| !list.is_empty()) else { return Ok(FoundType::ALL.to_vec()) };
    let mut asked = Vec::new();
    for word in list.split(',') {
        let found = FoundType::from_word(word.trim()).ok_or_else(|| {
            Problem::parameter("types", "types must be a list of tests, runs, workflows, branches, files and failures.")
        })?;
        asked.push(found);
    }
    Ok(FoundType::ALL.into_iter().filter(|found| asked.contains(found)).collect())
}

/// The words, and the types in which they are looked for: `#123` and `@ada` speak of runs.
fn words(text: &str, types: &[FoundType]) -> (Vec<FoundType>, Vec<String>) {
    let lower = text.to_lowercase();
    let words = lower.split_whitespace().take(MAX_WORDS);
    if let Some(login) = lower.strip_prefix('@') {
        let words = login.split_whitespace().take(MAX_WORDS).map(str::to_owned).collect();
        return (types.iter().copied().filter(|found| *found == FoundType::Runs).collect(), words);
    }
    if lower.strip_prefix('#').is_some_and(|rest| address::number(rest).is_some()) {
        return (
            types.iter().copied().filter(|found| *found == FoundType::Runs).collect(),
            words.map(str::to_owned).collect(),
        );
    }
    (types.to_vec(), words.map(str::to_owned).collect())
}

async fn named(store: &Store, text: &str) -> Result<Named, StoreError> {
    if let Some(address) = address::parse(text) {
        let named = of_address(store, &address).await?;
        // What does not say that it is an address may be the path of a file.
        return Ok(if address::has_scheme(text) { named } else { Named { not_mirrored: None, ..named } });
    }
    let resolved = if let Some(login) = text.strip_prefix('@') {
        store
            .actor_named(login)
            .await?
            .map(|actor| place("actor", format!("Runs by {actor}"), runs_with("actor", &actor)))
    } else if let Some(number) = text.strip_prefix('#').and_then(address::number) {
        of_number(store, number).await?
    } else {
        match address::number(text) {
            Some(id) => match of_id(store, id).await? {
                None if address::is_commit(text) => of_commit(store, text).await?,
                found => found,
            },
            None if address::is_commit(text) => of_commit(store, text).await?,
            None => None,
        }
    };
    Ok(Named { resolved, not_mirrored: None })
}

/// The run with a number, where only one workflow has got there.
async fn of_number(store: &Store, number: i64) -> Result<Option<Resolved>, StoreError> {
    match store.runs_numbered(None, number, 2).await?[..] {
        [id] => Ok(store.named_run(id).await?.map(|run| of_run(&run))),
        _ => Ok(None),
    }
}

/// The run, job or artifact with GitHub's id.
async fn of_id(store: &Store, id: i64) -> Result<Option<Resolved>, StoreError> {
    if let Some(run) = store.named_run(id).await? {
        return Ok(Some(of_run(&run)));
    }
    if let Some((run_id, name)) = store.named_job(id).await? {
        return Ok(Some(place("job", format!("Job {name}"), format!("/runs/{run_id}/jobs/{id}"))));
    }
    let artifact = store.named_artifact(id).await?;
    Ok(artifact.map(|(run_id, name)| of_artifact(run_id, id, &name)))
}

async fn of_commit(store: &Store, sha: &str) -> Result<Option<Resolved>, StoreError> {
    let run = store.run_of_commit(None, &sha.to_ascii_lowercase()).await?;
    Ok(run.map(|run| commit(&run)))
}

async fn of_address(store: &Store, address: &Address) -> Result<Named, StoreError> {
    let name = format!("{}/{}", address.owner, address.repository);
    let Some(repository) = store.repository_named(&address.owner, &address.repository).await? else {
        return Ok(Named {
            resolved: None,
            not_mirrored: Some(format!("The repository {name} is not mirrored here.")),
        });
    };
    let name = format!("{}/{}", repository.owner, repository.name);
    let resolved = in_repository(store, repository.id, &name, &address.place).await?;
    let not_mirrored = resolved.is_none().then(|| missing(&address.place, &name));
    Ok(Named { resolved, not_mirrored })
}

async fn in_repository(store: &Store, id: i64, name: &str, address: &Place) -> Result<Option<Resolved>, StoreError> {
    Ok(match address {
        Place::Repository if store.repositories().await?.len() == 1 => {
            Some(place("repository", name.to_owned(), "/".into()))
        }
        Place::Repository | Place::Actions => {
            Some(place("repository", format!("Runs of {name}"), runs_with("repository", name)))
        }
        Place::Workflow(file) => {
            let workflow = store.workflow_of_file(id, file).await?;
            workflow.map(|(id, name)| place("workflow", name, format!("/workflows/{id}")))
        }
        Place::Run(run_id) => in_it(store, id, *run_id).await?.map(|run| of_run(&run)),
        Place::Attempt(run_id, attempt) => {
            let run = in_it(store, id, *run_id).await?.filter(|run| *attempt <= run.attempt);
            run.map(|run| {
                place(
                    "attempt",
                    format!("#{} {}, attempt {attempt}", run.run_number, run.title),
                    format!("/runs/{run_id}?attempt={attempt}"),
                )
            })
        }
        Place::Job { job_id, step, line, .. } => {
            of_job(store, id, *job_id).await?.map(|job| Resolved { step: *step, line: *line, ..job })
        }
        Place::Artifact(run_id, artifact_id) => {
            let run = in_it(store, id, *run_id).await?;
            let artifact = store.named_artifact(*artifact_id).await?.filter(|(of, _)| of == run_id);
            run.and(artifact).map(|(run_id, name)| of_artifact(run_id, *artifact_id, &name))
        }
        Place::PullRequest(number) => {
            let run = store.run_of_pull_request(id, *number).await?;
            run.map(|run| {
                place(
                    "pullRequest",
                    format!("Pull request {number}, branch {}", run.branch),
                    runs_with("branch", &run.branch),
                )
            })
        }
        Place::Commit(sha) => store.run_of_commit(Some(id), sha).await?.map(|run| commit(&run)),
        Place::Branch(branch) => {
            let run = store.run_of_branch(id, branch).await?;
            run.map(|run| place("branch", format!("Branch {}", run.branch), runs_with("branch", &run.branch)))
        }
    })
}

/// A run, where it is of the repository.
async fn in_it(store: &Store, repository_id: i64, run_id: i64) -> Result<Option<NamedRun>, StoreError> {
    Ok(store.named_run(run_id).await?.filter(|run| run.repository_id == repository_id))
}

async fn of_job(store: &Store, repository_id: i64, job_id: i64) -> Result<Option<Resolved>, StoreError> {
    let Some((run_id, name)) = store.named_job(job_id).await? else { return Ok(None) };
    let Some(run) = in_it(store, repository_id, run_id).await? else { return Ok(None) };
    let resolved = place("job", format!("Job {name} of #{}", run.run_number), format!("/runs/{run_id}/jobs/{job_id}"));
    Ok(Some(Resolved { job_id: Some(job_id), ..resolved }))
}

/// What to say of an address whose repository is mirrored.
fn missing(place: &Place, repository: &str) -> String {
    let what = match place {
        Place::Repository | Place::Actions => return format!("The repository {repository} is not mirrored here."),
        Place::Workflow(file) => format!("The workflow {file}"),
        Place::Run(id) => format!("Run {id}"),
        Place::Attempt(id, attempt) => format!("Attempt {attempt} of run {id}"),
        Place::Job { job_id, .. } => format!("Job {job_id}"),
        Place::Artifact(_, id) => format!("Artifact {id}"),
        Place::PullRequest(number) => {
            return format!(
                "No run of pull request {number} of {repository} is mirrored. GitHub names no pull request for runs from forks: look for its branch."
            );
        }
        Place::Commit(sha) => return format!("No run of commit {sha} of {repository} is mirrored."),
        Place::Branch(branch) => return format!("No run of branch {branch} of {repository} is mirrored."),
    };
    format!("{what} of {repository} is not mirrored. It may be older than the mirror, or not have been looked at yet.")
}

fn place(kind: &str, title: String, url: String) -> Resolved {
    Resolved { kind: kind.to_owned(), title, url, ..Resolved::default() }
}

fn of_run(run: &NamedRun) -> Resolved {
    place("run", format!("#{} {}", run.run_number, run.title), format!("/runs/{}", run.id))
}

fn of_artifact(run_id: i64, id: i64, name: &str) -> Resolved {
    place("artifact", format!("Artifact {name}"), format!("/runs/{run_id}?tab=files&artifact={id}"))
}

fn commit(run: &NamedRun) -> Resolved {
    let short: String = run.head_sha.chars().take(7).collect();
    place("commit", format!("Runs of commit {short}"), runs_with("headSha", &run.head_sha))
}

fn runs_with(name: &str, value: &str) -> String {
    format!("/runs?{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_logins_are_looked_for_among_runs_only() {
        assert_eq!(words("#12", &FoundType::ALL), (vec![FoundType::Runs], vec!["#12".to_owned()]));
        assert_eq!(words("@Ada", &FoundType::ALL), (vec![FoundType::Runs], vec!["ada".to_owned()]));
        assert_eq!(words("@Ada", &[FoundType::Files]).0, []);
        assert_eq!(
            words("#hash Tag", &FoundType::ALL),
            (FoundType::ALL.to_vec(), vec!["#hash".to_owned(), "tag".to_owned()])
        );
    }

    #[test]
    fn of_a_long_message_the_first_words_count() {
        assert_eq!(words("a b c d e f g h i j", &FoundType::ALL).1.len(), MAX_WORDS);
    }

    #[test]
    fn types_are_words_of_the_list() {
        assert_eq!(types(Some("runs, tests")).unwrap(), [FoundType::Tests, FoundType::Runs]);
        assert_eq!(types(None).unwrap().len(), 6);
        assert_eq!(types(Some("tests,jobs")).unwrap_err().parameter.as_deref(), Some("types"));
    }
}
