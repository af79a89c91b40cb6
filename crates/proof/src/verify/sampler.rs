//! Looks at the product while things go wrong: what is called complete has the right bytes, what was complete does not
//! become less, nothing is invented, and reading answers soon.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fakehub::noise::Noise;
use tokio_util::task::AbortOnDropHandle;

use super::Findings;
use crate::product::Api;
use crate::truth::{Sum, Truth};

/// How long an answer may take.
const READABLE_WITHIN: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
struct Seen {
    findings: Findings,
    complete: BTreeSet<i64>,
    samples: u64,
    slowest: Duration,
}

/// A sampler at work; stops when dropped.
#[derive(Debug)]
pub struct Sampler {
    seen: Arc<Mutex<Seen>>,
    task: AbortOnDropHandle<()>,
}

impl Sampler {
    /// Begins to look, five times a second, at what this truth says there may be. The product stays up meanwhile;
    /// `may_be_down` allows 503 and closed connections, as while its database is away.
    pub fn start(api: Api, truth: Arc<Mutex<Truth>>, seed: u64, may_be_down: bool) -> Sampler {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (inside, mut noise) = (seen.clone(), Noise::keyed(seed, 0x5a));
        let task = tokio::spawn(async move {
            loop {
                let one = pick(&truth, &mut noise);
                if let Some((run, artifact, sum)) = one {
                    look(&api, run, artifact, &sum, may_be_down, &inside).await;
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        Sampler { seen, task: AbortOnDropHandle::new(task) }
    }

    /// Stops; what was found, how many samples there were, and the slowest answer.
    pub fn stop(self) -> (Findings, u64, Duration) {
        self.task.abort();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut seen.findings), seen.samples, seen.slowest)
    }
}

fn pick(truth: &Mutex<Truth>, noise: &mut Noise) -> Option<(i64, i64, Sum)> {
    let truth = truth.lock().unwrap_or_else(PoisonError::into_inner);
    let all: Vec<_> = truth.artifacts().filter(|(_, one)| one.may_be == ["complete"]).collect();
    let (run, artifact) = all.get(noise.below(all.len() as u64) as usize)?;
    Some((*run, artifact.id, artifact.sum.clone()))
}

async fn look(api: &Api, run: i64, artifact: i64, sum: &Sum, may_be_down: bool, seen: &Mutex<Seen>) {
    let began = Instant::now();
    let shown = api.get(&format!("/api/artifacts/{artifact}")).await;
    let took = began.elapsed();
    let (status, body) = match shown {
        Ok(response) => (response.status().as_u16(), response.bytes().await.unwrap_or_default()),
        Err(_) => (0, bytes::Bytes::new()),
    };
    let content = match status {
        200 => fetch(api, artifact, &body).await,
        _ => None,
    };
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.samples += 1;
    seen.slowest = seen.slowest.max(took);
    let object = format!("artifact {artifact} of run {run}, while things go wrong");
    seen.findings.holds("I13", &object, took <= READABLE_WITHIN, || ("≤ 2 s".into(), format!("{took:?}")));
    let was_complete = seen.complete.contains(&artifact);
    match status {
        200 => {}
        404 if !was_complete => return,
        0 | 503 if may_be_down => return,
        _ => return seen.findings.fail("I5", &object, "200", format!("status {status}")),
    }
    match content {
        Some((200, got)) => {
            seen.complete.insert(artifact);
            seen.findings.equal("I2", &object, sum, &got);
        }
        Some((status, _)) if may_be_down && (status == 0 || status == 503) => {}
        Some((status, _)) => {
            seen.findings.fail("I2", &object, "the bytes of what is complete", format!("status {status}"))
        }
        None => {
            seen.findings.holds("I5", &object, !was_complete, || ("still complete".into(), "less than before".into()))
        }
    }
}

/// The bytes of an artifact that is called complete, else nothing.
async fn fetch(api: &Api, artifact: i64, shown: &[u8]) -> Option<(u16, Sum)> {
    let shown: serde_json::Value = serde_json::from_slice(shown).unwrap_or_default();
    if shown["state"] != "complete" {
        return None;
    }
    match api.get(&format!("/api/artifacts/{artifact}/zip")).await {
        Ok(response) => {
            let status = response.status().as_u16();
            response.bytes().await.ok().map_or(Some((0, Sum::of(&[]))), |bytes| Some((status, Sum::of(&bytes))))
        }
        Err(_) => Some((0, Sum::of(&[]))),
    }
}
