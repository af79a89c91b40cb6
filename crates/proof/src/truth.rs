//! The truth as the checker wants it: every run, attempt, job, log, artifact and file with length and SHA-256, read
//! off the pretend GitHub. Can be written to a file and read back, so that the checker also works from outside.

use std::collections::BTreeMap;

use fakehub::{Content, World};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::scene::Cases;

/// Length and digest of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sum {
    /// Length in bytes.
    pub len: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl Sum {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Sum {
        Sum { len: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
    }
}

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Texts and numbers by the names the product shows them under.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Attempts as (number, status, conclusion).
    pub attempts: Vec<(i64, String, Option<String>)>,
    /// Jobs of all attempts.
    pub jobs: Vec<Job>,
    /// Artifacts.
    pub artifacts: Vec<Artifact>,
    /// What its reports say.
    pub cases: Cases,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// GitHub's id.
    pub id: i64,
    /// Texts and numbers by the names the product shows them under.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Steps as (number, name, status, conclusion).
    pub steps: Vec<(i64, String, String, Option<String>)>,
    /// Its log, where GitHub has one.
    pub log: Option<Sum>,
}

/// An artifact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Artifact {
    /// GitHub's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The archive.
    pub sum: Sum,
    /// Files by position.
    pub files: Vec<(String, Sum)>,
    /// States in which it may end.
    pub may_be: Vec<String>,
}

/// Everything there is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Truth {
    /// Runs by id, newest first in listing order.
    pub runs: BTreeMap<i64, Run>,
    /// The order in which runs are listed.
    pub order: Vec<i64>,
    /// Workflows as (id, name).
    pub workflows: BTreeMap<i64, String>,
}

impl Truth {
    /// Reads the world. `odd` says of artifacts that are not simply complete in which states they may end.
    pub fn read(
        world: &World,
        repository: i64,
        cases: &BTreeMap<i64, Cases>,
        odd: &BTreeMap<i64, Vec<String>>,
    ) -> Truth {
        let order = world.run_ids(repository);
        let runs = order.iter().filter_map(|id| Some((*id, read_run(world, *id, cases, odd)?))).collect();
        let ids: Vec<i64> = order.iter().filter_map(|id| Some(world.run(*id)?.workflow)).collect();
        let workflows = ids.iter().filter_map(|id| Some((*id, world.workflow(*id)?.name.clone()))).collect();
        Truth { runs, order, workflows }
    }

    /// Every artifact with its run.
    pub fn artifacts(&self) -> impl Iterator<Item = (i64, &Artifact)> {
        self.runs.iter().flat_map(|(id, run)| run.artifacts.iter().map(|artifact| (*id, artifact)))
    }
}

fn read_run(world: &World, id: i64, cases: &BTreeMap<i64, Cases>, odd: &BTreeMap<i64, Vec<String>>) -> Option<Run> {
    let run = world.run(id)?;
    let latest = run.latest();
    let fields = [
        ("id", run.id.into()),
        ("workflowId", run.workflow.into()),
        ("runNumber", run.run_number.into()),
        ("event", run.event.to_string().into()),
        ("branch", run.branch.clone().unwrap_or_default().into()),
        ("headSha", run.sha.clone().into()),
        ("title", run.title.clone().into()),
        ("actor", run.actor.clone().into()),
        ("status", latest.status.to_string().into()),
        ("conclusion", latest.conclusion.as_ref().map(ToString::to_string).into()),
        ("attempt", latest.number.into()),
        ("fork", (run.head_repository != run.repository).into()),
    ];
    let attempts = run.attempts.iter();
    Some(Run {
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        attempts: attempts
            .map(|one| (one.number, one.status.to_string(), one.conclusion.as_ref().map(ToString::to_string)))
            .collect(),
        jobs: run.attempts.iter().flat_map(|one| &one.jobs).filter_map(|job| read_job(world, *job)).collect(),
        artifacts: world.artifact_ids(id).iter().filter_map(|one| read_artifact(world, *one, odd)).collect(),
        cases: cases.get(&id).cloned().unwrap_or_default(),
    })
}

fn read_job(world: &World, id: i64) -> Option<Job> {
    let job = world.job(id)?;
    let conclusion = |word: &Option<fakehub::world::Word>| word.as_ref().map(ToString::to_string);
    let fields = [
        ("name", job.name.clone().into()),
        ("attempt", job.attempt.into()),
        ("status", job.status.to_string().into()),
        ("conclusion", conclusion(&job.conclusion).into()),
        ("runId", job.run.into()),
    ];
    let steps = job.steps.iter();
    Some(Job {
        id,
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        steps: steps
            .map(|step| (step.number, step.name.clone(), step.status.to_string(), conclusion(&step.conclusion)))
            .collect(),
        log: world.job_log(id).filter(|_| !job.steps.is_empty()).map(|log| Sum::of(&log)),
    })
}

fn read_artifact(world: &World, id: i64, odd: &BTreeMap<i64, Vec<String>>) -> Option<Artifact> {
    let artifact = world.artifact(id)?;
    let bytes = world.artifact_bytes(id)?;
    let may_be = odd.get(&id).cloned().unwrap_or_else(|| vec!["complete".to_owned()]);
    let files = files_of(artifact.stored.content(), &bytes);
    Some(Artifact { id, name: artifact.name.clone(), sum: Sum::of(&bytes), files, may_be })
}

/// Names and contents, by position. Of hostile bytes nothing is known.
fn files_of(content: &Content, archive: &[u8]) -> Vec<(String, Sum)> {
    match content {
        Content::Zip(files) | Content::StoredZip(files) => {
            files.iter().map(|(name, bytes)| (name.clone(), Sum::of(bytes))).collect()
        }
        Content::Raw { file_name, bytes, .. } => vec![(file_name.clone(), Sum::of(bytes))],
        Content::Entries(_) | Content::Made(_) | Content::Generated { .. } => unpack(archive),
        Content::Bytes(_) => Vec::new(),
    }
}

/// Reads a well-formed zip by its central directory; only for archives that the pretend GitHub made itself.
fn unpack(archive: &[u8]) -> Vec<(String, Sum)> {
    let number = |at: usize, len: usize| {
        archive.get(at..at + len).unwrap_or_default().iter().rev().fold(0usize, |sum, byte| sum << 8 | *byte as usize)
    };
    let end = archive.len().saturating_sub(22);
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = Vec::new();
    for _ in 0..count {
        let (method, packed, name_len) = (number(at + 10, 2), number(at + 20, 4), number(at + 28, 2));
        let local = number(at + 42, 4);
        let name = String::from_utf8_lossy(archive.get(at + 46..at + 46 + name_len).unwrap_or_default()).into_owned();
        let begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let stored = archive.get(begin..begin + packed).unwrap_or_default();
        files.push((name, Sum::of(&if method == 8 { inflate(stored) } else { stored.to_vec() })));
        at += 46 + name_len + number(at + 30, 2) + number(at + 32, 2);
    }
    files
}

fn inflate(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What does not inflate shows as a wrong digest.
    let _ = std::io::Read::read_to_end(&mut flate2::read::DeflateDecoder::new(packed), &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Scene, Size};

    #[test]
    fn the_truth_knows_every_file_by_position_and_survives_a_file() {
        let scene = Scene::new(3, Size { rich: 4, bare: 2, noise_bytes: 100 });
        let truth = Truth::read(&scene.world, scene.repository, &scene.cases, &BTreeMap::new());
        assert_eq!((truth.runs.len(), truth.order.len()), (6, 6));
        let (_, report) = truth.artifacts().find(|(_, artifact)| artifact.name == "report-1").unwrap();
        let names: Vec<&str> = report.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[5..], ["twice.txt", "twice.txt"]);
        assert_eq!(report.files[1].1, Sum::of(b"names stay as they are\n"));
        assert_eq!(report.files[6].1, Sum::of(b"second of 1, longer\n"));
        let again: Truth = serde_json::from_str(&serde_json::to_string(&truth).unwrap()).unwrap();
        assert_eq!(again.order, truth.order);
    }
}
