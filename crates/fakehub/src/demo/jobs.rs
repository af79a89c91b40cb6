//! The jobs of every workflow: names, steps, times, how they end and what they log.

use std::sync::Arc;

use super::facts::{Facts, Flow, Trouble};
use super::logs::{self, Work};
use super::reports::BROWSERS;
use crate::content::Log;
use crate::world::{JobSpec, StepSpec, Word};

/// Operating systems of the matrix.
pub const SYSTEMS: [&str; 3] = ["ubuntu-latest", "windows-latest", "macos-latest"];
/// Node versions of the matrix.
pub const NODES: [&str; 3] = ["20", "22", "24"];
/// Shards per browser.
pub const SHARDS: usize = 2;

/// One job being put together.
struct Draft {
    name: String,
    label: &'static str,
    steps: Vec<StepSpec>,
    work: Work,
    failed: bool,
    starts_ms: i64,
    takes_ms: i64,
}

fn draft(name: impl Into<String>, work: Work, failed: bool, starts_ms: i64, takes_ms: i64) -> Draft {
    Draft { name: name.into(), label: "ubuntu-latest", steps: Vec::new(), work, failed, starts_ms, takes_ms }
}

impl Draft {
    fn on(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// The usual frame around the steps that matter: (name, share of the time).
    fn steps(mut self, middle: &[(&str, i64)]) -> Self {
        let step = |name: &str, weight| StepSpec::named(name).weight(weight);
        self.steps.push(step("Set up job", 2));
        self.steps.push(step("Run actions/checkout@v5", 2));
        self.steps.extend(middle.iter().map(|(name, weight)| step(name, *weight)));
        self.steps.push(step("Post Run actions/checkout@v5", 1));
        self.steps.push(step("Complete job", 1));
        self
    }

    /// Makes the named step the one that fails. Steps marked `always` run all the same.
    fn finish(self, facts: &Arc<Facts>) -> JobSpec {
        let outage = facts.trouble == Trouble::Outage;
        let hang = facts.trouble == Trouble::Hang && matches!(self.work, Work::Emulator { .. });
        let culprit = if outage { "Install dependencies" } else { self.work.culprit() };
        let failed = self.failed || outage && self.steps.iter().any(|step| step.name == culprit);
        let mut steps = self.steps;
        if failed || hang {
            let at = steps.iter().position(|step| step.name == culprit).unwrap_or(2);
            for (index, step) in steps.iter_mut().enumerate() {
                let always = step.name.starts_with("Upload") && !outage
                    || step.name.starts_with("Post ")
                    || step.name == "Complete job";
                step.conclusion = match index {
                    index if index < at => None,
                    index if index == at => Some(if hang { "cancelled" } else { "failure" }.into()),
                    _ if always => None,
                    _ => Some("skipped".into()),
                };
            }
        }
        let conclusion: Option<Word> = match (failed, hang) {
            (_, true) => Some("timed_out".into()),
            (true, _) => Some("failure".into()),
            _ => Some("success".into()),
        };
        let script = logs::Script {
            facts: facts.clone(),
            work: self.work,
            label: self.label,
            steps: steps
                .iter()
                .map(|step| {
                    (step.name.clone(), step.conclusion.as_deref().unwrap_or("success").to_owned(), step.weight)
                })
                .collect(),
            started_at: facts.started_at + self.starts_ms,
            took_ms: self.takes_ms,
        };
        JobSpec {
            name: self.name,
            conclusion,
            status: None,
            steps,
            labels: vec![self.label.to_owned()],
            start_offset_ms: self.starts_ms,
            duration_ms: Some(self.takes_ms),
            log: Log::Made(Arc::new(move || script.write())),
        }
    }
}

/// The jobs of an attempt. `pace` scales all times: 1 for history, less for a life that someone watches.
pub fn jobs(facts: &Arc<Facts>, pace: f64) -> Vec<JobSpec> {
    let mut noise = facts.noise("jobs");
    let mut ms = |low: i64, high: i64| ((noise.between(low, high) * 1000) as f64 * pace) as i64;
    let failed = |variant: &str, shard, shards| facts.any_failed(variant, shard, shards);
    match facts.flow {
        Flow::Ci => {
            let mut jobs = vec![
                draft("build", Work::Build, false, ms(3, 8), ms(60, 110))
                    .steps(&[("Set up Node.js", 2), ("Install dependencies", 12), ("Build", 20)])
                    .finish(facts),
            ];
            let after = jobs[0].start_offset_ms + jobs[0].duration_ms.unwrap_or(0);
            for system in SYSTEMS {
                for node in NODES {
                    let slower = if system == "ubuntu-latest" { 1 } else { 2 };
                    let bad = failed("node", 0, 1);
                    let mut middle = vec![("Set up Node.js", 2), ("Install dependencies", 12), ("Run unit tests", 16)];
                    if (system, node) == ("ubuntu-latest", "22") {
                        middle.extend([("Upload test results", 2), ("Upload coverage", 2)]);
                    }
                    let job = draft(
                        format!("test ({system}, {node})"),
                        Work::Unit { node },
                        bad,
                        after + ms(2, 12),
                        ms(70, 130) * slower,
                    )
                    .on(system)
                    .steps(&middle);
                    jobs.push(job.finish(facts));
                }
            }
            jobs.push(
                if facts.is_pull_request || jobs.iter().any(|job| job.conclusion.as_deref() == Some("failure")) {
                    JobSpec::skipped("publish snapshot")
                } else {
                    let end =
                        jobs.iter().map(|job| job.start_offset_ms + job.duration_ms.unwrap_or(0)).max().unwrap_or(0);
                    draft("publish snapshot", Work::Publish, false, end + ms(2, 5), ms(20, 40))
                        .steps(&[("Set up Node.js", 2), ("Install dependencies", 10), ("Publish", 6)])
                        .finish(facts)
                },
            );
            jobs
        }
        Flow::E2e => {
            let mut jobs = Vec::new();
            for browser in BROWSERS {
                for shard in 0..SHARDS {
                    let work = Work::Browser { browser, shard };
                    let job = draft(
                        format!("e2e ({browser}, {}/{SHARDS})", shard + 1),
                        work,
                        failed(browser, shard, SHARDS),
                        ms(3, 14),
                        ms(210, 330),
                    );
                    jobs.push(
                        job.steps(&[
                            ("Set up Node.js", 2),
                            ("Install dependencies", 10),
                            ("Install browsers", 14),
                            ("Start the shop", 6),
                            ("Run browser tests", 60),
                            ("Upload blob report", 3),
                        ])
                        .finish(facts),
                    );
                }
            }
            let end = jobs.iter().map(|job| job.start_offset_ms + job.duration_ms.unwrap_or(0)).max().unwrap_or(0);
            let lost = facts.trouble == Trouble::MissingReport;
            let mut merge = draft("merge reports", Work::Merge, false, end + ms(2, 6), ms(30, 50)).steps(&[
                ("Set up Node.js", 2),
                ("Install dependencies", 8),
                ("Merge reports", 6),
                ("Upload report", 3),
                ("Upload screenshots", 2),
                ("Upload test results", 2),
            ]);
            merge.failed = lost;
            jobs.push(merge.finish(facts));
            jobs
        }
        Flow::Visual => vec![
            draft("compare", Work::Compare, failed("chromium", 0, 1), ms(3, 9), ms(120, 200))
                .steps(&[
                    ("Set up Node.js", 2),
                    ("Install dependencies", 10),
                    ("Take screenshots", 30),
                    ("Compare screenshots", 10),
                    ("Upload differences", 3),
                ])
                .finish(facts),
        ],
        Flow::Android => ["api-30", "api-34"]
            .into_iter()
            .map(|api| {
                let takes = if facts.trouble == Trouble::Hang { (3_600_000.0 * pace) as i64 } else { ms(420, 640) };
                draft(
                    format!("instrumented ({api})"),
                    Work::Emulator { api },
                    failed("emulator-5554", 0, 1),
                    ms(4, 12),
                    takes,
                )
                .steps(&[
                    ("Set up JDK 21", 3),
                    ("Install dependencies", 8),
                    ("Assemble", 30),
                    ("Start the emulator", 14),
                    ("Run instrumented tests", 40),
                    ("Upload results", 2),
                ])
                .finish(facts)
            })
            .collect(),
        Flow::Backend => vec![
            draft(
                "integration",
                Work::Backend { database: "postgres-18" },
                failed("postgres", 0, 1),
                ms(3, 9),
                ms(180, 260),
            )
            .steps(&[
                ("Set up JDK 21", 3),
                ("Start the database", 5),
                ("Install dependencies", 14),
                ("Run integration tests", 40),
                ("Upload test results", 2),
                ("Upload logs", 2),
            ])
            .finish(facts),
            draft("contract", Work::Lint { tool: "contract check" }, false, ms(3, 9), ms(30, 60))
                .steps(&[("Set up JDK 21", 3), ("Install dependencies", 8), ("Check", 10)])
                .finish(facts),
        ],
        Flow::Lint => ["eslint", "types", "formatting"]
            .into_iter()
            .map(|tool| {
                let bad = facts.trouble == Trouble::Broken && tool == "types";
                let mut middle = vec![("Set up Node.js", 2), ("Install dependencies", 12), ("Check", 10)];
                if tool == "eslint" {
                    middle.push(("Upload findings", 1));
                }
                draft(tool, Work::Lint { tool }, bad, ms(2, 6), ms(35, 70)).steps(&middle).finish(facts)
            })
            .collect(),
        Flow::Nightly => {
            let mut jobs = Vec::new();
            for database in ["postgres-16", "postgres-17", "postgres-18"] {
                let bad = failed("postgres", 0, 1);
                jobs.push(
                    draft(format!("backend ({database})"), Work::Backend { database }, bad, ms(3, 9), ms(240, 420))
                        .steps(&[
                            ("Set up JDK 21", 3),
                            ("Start the database", 5),
                            ("Install dependencies", 14),
                            ("Run integration tests", 60),
                            ("Upload test results", 2),
                            ("Upload logs", 2),
                        ])
                        .finish(facts),
                );
            }
            for system in SYSTEMS {
                for node in NODES {
                    jobs.push(
                        draft(format!("web ({system}, {node})"), Work::Unit { node }, false, ms(3, 20), ms(90, 240))
                            .on(system)
                            .steps(&[("Set up Node.js", 2), ("Install dependencies", 12), ("Run unit tests", 24)])
                            .finish(facts),
                    );
                }
            }
            jobs.push(
                draft("soak", Work::Soak, false, ms(3, 9), ms(1500, 2100))
                    .on("self-hosted-large")
                    .steps(&[
                        ("Set up Node.js", 2),
                        ("Install dependencies", 6),
                        ("Start the shop", 4),
                        ("Soak for half an hour", 90),
                    ])
                    .finish(facts),
            );
            jobs
        }
        Flow::Release => vec![
            draft("build", Work::Build, false, ms(3, 8), ms(80, 140))
                .steps(&[("Set up Node.js", 2), ("Install dependencies", 12), ("Build", 20), ("Upload package", 3)])
                .finish(facts),
            draft("publish", Work::Publish, facts.trouble == Trouble::Broken, ms(160, 180), ms(40, 80))
                .steps(&[("Set up Node.js", 2), ("Install dependencies", 8), ("Publish", 12)])
                .finish(facts),
        ],
        Flow::CodeQl => ["javascript-typescript", "java-kotlin"]
            .into_iter()
            .map(|language| {
                draft(format!("Analyze ({language})"), Work::Scan { language }, false, ms(3, 9), ms(120, 240))
                    .steps(&[("Initialize the scanner", 10), ("Autobuild", 20), ("Analyze", 40)])
                    .finish(facts)
            })
            .collect(),
        Flow::Legacy => vec![
            draft("sync", Work::Publish, false, ms(3, 9), ms(20, 30))
                .steps(&[("Set up Node.js", 2), ("Publish", 4)])
                .finish(facts),
        ],
    }
}

/// How a run ends, given its jobs.
pub fn conclusion(jobs: &[JobSpec]) -> Word {
    let any = |what: &str| jobs.iter().any(|job| job.conclusion.as_deref() == Some(what));
    if any("failure") {
        "failure".into()
    } else if any("timed_out") {
        "timed_out".into()
    } else {
        "success".into()
    }
}
