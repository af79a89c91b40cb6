//! Addresses of GitHub, read: which run, job, pull request, commit, workflow or branch of which repository one names.
//! The host does not count, so that an address of GitHub Enterprise Server is read as well, and so is a bare path.

use percent_encoding::percent_decode_str;

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Login of the owner.
    pub owner: String,
    /// Name of the repository.
    pub repository: String,
    /// Which place in it.
    pub place: Place,
}

/// A place in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The repository itself.
    Repository,
    /// All its runs.
    Actions,
    /// A workflow, by the name of its file.
    Workflow(String),
    /// A run.
    Run(i64),
    /// One attempt of a run.
    Attempt(i64, i64),
    /// A job, with step and line where the address names them.
    Job {
        /// The run.
        run_id: i64,
        /// The job.
        job_id: i64,
        /// Number of the step.
        step: Option<i64>,
        /// Line within the step, from 1.
        line: Option<i64>,
    },
    /// An artifact of a run.
    Artifact(i64, i64),
    /// A pull request, by its number.
    PullRequest(i64),
    /// A commit, by its hash or the beginning of it.
    Commit(String),
    /// A branch.
    Branch(String),
}

/// Whether the text says itself that it is an address.
pub fn has_scheme(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Reads `https://host/owner/name/…`, `/owner/name/…`, or `host/owner/name/…` with a place in the repository: without
/// one it may as well be the path of a file. `None` for anything else.
pub fn parse(text: &str) -> Option<Address> {
    let text = text.trim();
    if text.chars().any(char::is_whitespace) {
        return None;
    }
    let path = match text.split_once("://") {
        Some(("http" | "https", rest)) => rest.split_once('/').map(|(_, path)| path)?,
        Some(_) => return None,
        None => match text.strip_prefix('/') {
            Some(path) => path,
            // Without a scheme a host is told from an owner by its dot, which no login has.
            None => text.split_once('/').filter(|(host, _)| host.contains('.')).map(|(_, path)| path)?,
        },
    };
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let path = path.split('?').next().unwrap_or("");
    let segments: Vec<String> =
        path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).filter(|segment| !segment.is_empty()).collect();
    let [owner, repository, rest @ ..] = segments.as_slice() else { return None };
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let place = place(rest, fragment)?;
    if place == Place::Repository && !has_scheme(text) && !text.starts_with('/') {
        return None;
    }
    Some(Address { owner: (*owner).to_owned(), repository: repository.to_owned(), place })
}

fn place(rest: &[&str], fragment: &str) -> Option<Place> {
    Some(match rest {
        [] => Place::Repository,
        ["actions"] => Place::Actions,
        ["actions", "workflows", file] => Place::Workflow((*file).to_owned()),
        ["actions", "runs", run, "attempts", attempt, ..] => Place::Attempt(number(run)?, number(attempt)?),
        ["actions", "runs", run, "job" | "jobs", job, ..] => {
            let (step, line) = step_and_line(fragment);
            Place::Job { run_id: number(run)?, job_id: number(job)?, step, line }
        }
        ["actions", "runs", run, "artifacts", artifact] => Place::Artifact(number(run)?, number(artifact)?),
        ["actions", "runs", run, ..] => Place::Run(number(run)?),
        ["runs", job] => Place::Job { run_id: 0, job_id: number(job)?, step: None, line: None },
        ["pull", pull, ..] => Place::PullRequest(number(pull)?),
        ["commit" | "commits", sha, ..] if is_commit(sha) => Place::Commit(sha.to_ascii_lowercase()),
        ["tree" | "commits", first, more @ ..] => {
            let branch: Vec<&str> = std::iter::once(first).chain(more).copied().collect();
            Place::Branch(branch.join("/"))
        }
        _ => return None,
    })
}

/// `step:5:120`, as GitHub's own links to a line of a log have it.
fn step_and_line(fragment: &str) -> (Option<i64>, Option<i64>) {
    let mut parts = fragment.split(':');
    if parts.next() != Some("step") {
        return (None, None);
    }
    let step = parts.next().and_then(number);
    (step, step.and_then(|_| parts.next()).and_then(number))
}

/// A positive whole number in plain digits.
pub fn number(text: &str) -> Option<i64> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_plain && *number > 0)
}

/// 7 to 64 hexadecimal digits.
pub fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place_of(text: &str) -> Option<Place> {
        let address = parse(text)?;
        assert_eq!((address.owner.as_str(), address.repository.as_str()), ("acme", "shop"), "{text}");
        Some(address.place)
    }

    #[test]
    fn every_address_of_actions_is_read_whatever_its_host() {
        let job = |step, line| Place::Job { run_id: 7, job_id: 8, step, line };
        for (path, expected) in [
            ("", Place::Repository),
            ("/", Place::Repository),
            ("/actions?query=branch%3Amain", Place::Actions),
            ("/actions/workflows/ci.yml", Place::Workflow("ci.yml".into())),
            ("/actions/runs/7", Place::Run(7)),
            ("/actions/runs/7/workflow", Place::Run(7)),
            ("/actions/runs/7/attempts/2", Place::Attempt(7, 2)),
            ("/actions/runs/7/job/8", job(None, None)),
            ("/actions/runs/7/job/8?pr=12#step:5:120", job(Some(5), Some(120))),
            ("/actions/runs/7/job/8#step:5", job(Some(5), None)),
            ("/actions/runs/7/job/8#step:x:1", job(None, None)),
            ("/actions/runs/7/artifacts/9", Place::Artifact(7, 9)),
            ("/pull/12", Place::PullRequest(12)),
            ("/pull/12/checks?check_run_id=8", Place::PullRequest(12)),
            ("/commit/ABCDEF1234", Place::Commit("abcdef1234".into())),
            ("/commit/abcdef1/checks", Place::Commit("abcdef1".into())),
            ("/tree/feature/b%C3%BC%20x", Place::Branch("feature/bü x".into())),
            ("/commits/main", Place::Branch("main".into())),
        ] {
            for host in [
                "https://github.com/acme/shop",
                "http://git.example:8443/acme/shop",
                "/acme/shop",
                "github.com/acme/shop",
            ] {
                if host.starts_with("github.com") && expected == Place::Repository {
                    continue;
                }
                assert_eq!(place_of(&format!("{host}{path}")), Some(expected.clone()), "{host}{path}");
            }
        }
    }

    #[test]
    fn what_is_no_address_of_a_repository_is_none() {
        for text in [
            "",
            "login",
            "src/login.ts",
            "com.acme.shop/src/Login.java",
            "cart.spec.ts/desktop/cart.png",
            "https://github.com",
            "https://github.com/acme",
            "/acme",
            "ftp://github.com/acme/shop",
            "https://github.com/acme/shop/actions/runs/x",
            "https://github.com/acme/shop/actions/runs/-7",
            "/acme/shop/issues/4",
            "https://github.com/acme/shop actions",
            "/acme/shop/commit/",
            "/acme/shop/actions/runs/99999999999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_pasted_makes_it_stumble(text in "\\PC{0,80}") {
            let _ = parse(&text);
            let _ = parse(&format!("https://x/{text}"));
        }
    }
}
