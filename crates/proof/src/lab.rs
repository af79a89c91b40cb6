//! What all episodes share: the program, a folder for places, the seed, and how results are kept and told.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use serde_json::json;

use crate::verify::{Counts, Findings, Violation};

/// Violations that are shown in full; the rest is counted.
const SHOWN: usize = 12;

/// The program under test and where it runs.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The program.
    pub program: PathBuf,
    /// Where places are made.
    pub root: PathBuf,
    /// What episodes are made from.
    pub seed: u64,
    /// Episodes at once.
    pub lanes: usize,
    /// The planted fault that is chosen, in a program built with them.
    pub mutant: Option<String>,
    /// The script that finds and starts PostgreSQL.
    pub postgres: PathBuf,
}

/// An episode in which something did not hold.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The words after `proof` that play the episode again.
    pub replay: String,
    /// What did not hold.
    pub violations: Vec<Violation>,
}

/// What came of many episodes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// What was shown, for the table.
    pub name: String,
    /// Episodes, points or requests: what the goal counts.
    pub reached: u64,
    /// How many the goal asks for.
    pub goal: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How much the checker compared.
    pub checked: Counts,
    /// Episodes in which something did not hold.
    pub failures: Vec<Failure>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// Why nothing was run, where nothing was.
    pub skipped: Option<String>,
}

impl Tally {
    /// One of nothing yet.
    pub fn new(name: &str, goal: u64) -> Tally {
        Tally { name: name.to_owned(), goal, ..Tally::default() }
    }

    /// One of what could not be run.
    pub fn skipped(name: &str, goal: u64, why: &str) -> Tally {
        Tally { skipped: Some(why.to_owned()), ..Tally::new(name, goal) }
    }

    /// Takes in what the checker found after an episode.
    pub fn take(&mut self, replay: &str, findings: Findings) {
        self.checked.add(&findings.checked);
        if !findings.violations.is_empty() {
            self.failures.push(Failure { replay: replay.to_owned(), violations: findings.violations });
        }
    }

    /// Whether everything held.
    pub fn is_ok(&self) -> bool {
        self.failures.is_empty()
    }

    /// Prints what came of it; failures with the command that replays them.
    pub fn print(&self) {
        let Tally { name, reached, goal, seconds, checked, .. } = self;
        if let Some(why) = &self.skipped {
            println!("{name}: not run: {why}");
            return;
        }
        println!(
            "{name}: {reached} of {goal} in {seconds:.1} s ({:.2}/s), {} checks, {} files, {} bytes, {} episodes with violations",
            *reached as f64 / seconds.max(0.001),
            checked.checks,
            checked.files,
            checked.bytes,
            self.failures.len()
        );
        for note in &self.notes {
            println!("  {note}");
        }
        for failure in self.failures.iter().take(SHOWN) {
            println!("  replay: proof {}", failure.replay);
            for violation in failure.violations.iter().take(SHOWN) {
                println!("    {}", json!(violation));
            }
        }
    }
}

impl Lab {
    /// Plays episodes in as many lanes as there are, each lane on something of its own that `open` makes. What is
    /// found goes into the tally; an episode that cannot be played is a violation too.
    pub async fn play<E, S, Opening, Playing>(
        &self,
        mut tally: Tally,
        episodes: Vec<(String, E)>,
        open: impl Fn() -> Opening,
        play: impl Fn(Arc<S>, E) -> Playing + Clone + Send + Sync + 'static,
    ) -> anyhow::Result<Tally>
    where
        E: Send + 'static,
        S: Send + Sync + 'static,
        Opening: Future<Output = anyhow::Result<S>>,
        Playing: Future<Output = anyhow::Result<(bool, Findings)>> + Send,
    {
        let began = Instant::now();
        let queue = Arc::new(Mutex::new(episodes.into_iter()));
        let mut lanes = tokio::task::JoinSet::new();
        for _ in 0..self.lanes {
            let (queue, play, on) = (queue.clone(), play.clone(), Arc::new(open().await?));
            lanes.spawn(async move {
                let mut came = Vec::new();
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((replay, episode)) = next else { return came };
                    came.push((replay, play(on.clone(), episode).await));
                }
            });
        }
        while let Some(came) = lanes.join_next().await {
            for (replay, outcome) in came? {
                match outcome {
                    Ok((counts, findings)) => {
                        tally.reached += u64::from(counts);
                        tally.take(&replay, findings);
                    }
                    Err(error) => {
                        let mut findings = Findings::default();
                        findings.fail("I9", "the episode", "an end", format!("{error:#}"));
                        tally.take(&replay, findings);
                    }
                }
            }
        }
        tally.seconds += began.elapsed().as_secs_f64();
        Ok(tally)
    }

    /// The program's name and size, for the head of the table.
    pub fn describe(&self) -> String {
        let bytes = std::fs::metadata(&self.program).map_or(0, |file| file.len());
        format!("{} ({} MB), seed {}, {} lanes", self.program.display(), bytes >> 20, self.seed, self.lanes)
    }
}

/// Of so many things every k-th, so that at most `most` are left, evenly spread.
pub fn spread<T>(items: Vec<T>, most: usize) -> Vec<T> {
    let count = items.len();
    if most == 0 || count <= most {
        return items;
    }
    items
        .into_iter()
        .enumerate()
        .filter(|(at, _)| (at * most) / count != ((at + 1) * most) / count)
        .map(|(_, item)| item)
        .collect()
}

/// Whether a program can be found and run.
pub fn has(program: &str, word: &str) -> bool {
    std::process::Command::new(program)
        .arg(word)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A file below a folder that is made where it is missing.
pub fn folder(path: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(path)?;
    path.canonicalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_as_many_as_asked_for_and_reaches_the_end() {
        assert_eq!(spread((0..10).collect(), 5).len(), 5);
        assert_eq!(spread((0..1000).collect(), 60).len(), 60);
        assert_eq!(spread((0..7).collect(), 3).last(), Some(&6));
        assert_eq!(spread((0..3).collect(), 60), [0, 1, 2]);
    }
}
