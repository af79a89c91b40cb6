//! What HTTP does not show: the files in the place for content, and how the product behaved towards GitHub.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fakehub::{FakeHub, Listener, Route, TOKEN};

use super::Findings;
use crate::product::Api;
use crate::truth::{Sum, Truth};

/// What is still polite.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Whole downloads of one artifact or log: one and as many as faults have hit it.
    pub downloads_each: usize,
    /// Requests to the API at once.
    pub api_at_once: usize,
    /// Downloads at once.
    pub downloads_at_once: usize,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners { downloads_each: 1, api_at_once: 4, downloads_at_once: 3 }
    }
}

/// Compares the files of the store with the truth: each archive and log once, nothing else, nothing half-written.
pub fn storage(files: &Path, truth: &Truth, findings: &mut Findings) {
    let (mut spooled, mut kept) = (Vec::new(), Vec::new());
    for path in below(files) {
        let inside = path.strip_prefix(files).unwrap_or(&path).to_owned();
        match inside.iter().next().and_then(|first| first.to_str()) {
            Some(".spool") => spooled.push(inside),
            // Marks of the store itself.
            Some(first) if first.starts_with('.') || first == "greenroom-store-id" => {}
            _ => kept.push(path),
        }
    }
    findings.holds("I6", "temporary files", spooled.is_empty(), || ("none".into(), format!("{spooled:?}")));
    let mut have: BTreeMap<Sum, i64> = BTreeMap::new();
    for path in &kept {
        *have.entry(Sum::of(&std::fs::read(path).unwrap_or_default())).or_default() += 1;
    }
    let artifacts = truth.artifacts().filter(|(_, one)| one.may_be == ["complete"]).map(|(_, one)| &one.sum);
    let logs = truth.runs.values().flat_map(|run| &run.jobs).filter_map(|job| job.log.as_ref());
    for sum in artifacts.chain(logs) {
        *have.entry(sum.clone()).or_default() -= 1;
    }
    let is_exact = truth.artifacts().all(|(_, one)| one.may_be == ["complete"]);
    let (missing, more): (Vec<_>, Vec<_>) =
        have.into_iter().filter(|(_, count)| *count != 0).partition(|one| one.1 < 0);
    findings.holds("I6", "blobs", missing.is_empty(), || {
        ("every blob with its digest".into(), format!("lacks {missing:?}"))
    });
    findings.holds("I6", "orphans", more.is_empty() || !is_exact, || ("none".into(), format!("{more:?}")));
}

/// Looks for the token in what the product says of itself and in all it has written but content.
///
/// # Errors
/// The product does not answer.
pub async fn secrets(api: &Api, folder: &Path, findings: &mut Findings) -> anyhow::Result<()> {
    let mut texts = Vec::new();
    for path in ["/api/sync", "/api/sync/queue?limit=100", "/api/health", "/metrics", "/api/runs?limit=100"] {
        texts.push((path.to_owned(), api.get(path).await?.bytes().await?.to_vec()));
    }
    let is_small = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|file| file.len() < 64 << 20);
    for path in below(folder).into_iter().filter(is_small) {
        texts.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
    }
    for (name, text) in texts {
        let is_told = text.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
        findings.holds("I12", &name, !is_told, || ("no token".into(), "the token".into()));
    }
    Ok(())
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

/// Looks through the access log.
pub fn manners(hub: &FakeHub, truth: &Truth, allowed: Manners, findings: &mut Findings) {
    let requests = hub.requests();
    let impolite = requests.iter().filter(|request| request.violation).count();
    findings.equal("I8", "requests inside a limit", &0, &impolite);
    let told =
        requests.iter().filter(|request| request.listener == Listener::Blob && request.had_authorization).count();
    findings.equal("I8", "tokens at the blob store", &0, &told);
    let bare =
        requests.iter().filter(|request| request.listener == Listener::Api && !request.had_authorization).count();
    findings.equal("I8", "requests without the token", &0, &bare);
    for (listener, most) in [(Listener::Api, allowed.api_at_once), (Listener::Blob, allowed.downloads_at_once)] {
        let peak = hub.peak_in_flight(listener);
        findings.holds("I8", &format!("requests at once to {listener:?}"), peak <= most, || {
            (format!("≤ {most}"), peak.to_string())
        });
    }
    for (_, artifact) in truth.artifacts() {
        let end = format!("/artifacts/{}/zip", artifact.id);
        let asked = requests.iter().filter(|one| one.route == Route::ArtifactZip && one.path.ends_with(&end));
        let whole = asked.filter(|one| one.status == 302 && !one.faulted).count();
        findings.holds(
            "I8",
            &format!("downloads of artifact {}", artifact.id),
            whole <= allowed.downloads_each,
            || (format!("≤ {}", allowed.downloads_each), whole.to_string()),
        );
    }
}
