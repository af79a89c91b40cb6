//! The jobs of every workflow: names, steps, times, how they end and what they log.

use std::sync::Arc;

use super::cast::Tests;
use super::facts::{Facts, Flow, Trouble};
use super::logs::{self, QUERY_LINES, SOAK_LINES, Work};
use super::playwright::BROWSERS;
use crate::content::Log;
use crate::world::{JobSpec, StepSpec, Word};

/// The matrix of the unit tests: operating system and version of Node.js.
pub const MATRIX: [(&str, &str); 4] =
    [("ubuntu-latest", "20"), ("ubuntu-latest", "22"), ("windows-latest", "22"), ("macos-latest", "22")];
/// The part of it that the night goes through.
pub const NIGHTLY_MATRIX: [(&str, &str); 2] = [("ubuntu-latest", "22"), ("macos-latest", "22")];
/// Databases of the night.
pub const DATABASES: [&str; 3] = ["postgres-16", "postgres-17", "postgres-18"];
/// Versions of the emulator.
pub const APIS: [&str; 2] = ["api-30", "api-34"];
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

    /// The step that goes wrong, and how, if one does.
    fn culprit(&self, facts: &Facts) -> Option<(&'static str, &'static str)> {
        let has = |name: &str| self.steps.iter().any(|step| step.name == name);
        let name = self.work.culprit();
        let is_emulator = matches!(self.work, Work::Emulator { .. });
        match facts.trouble {
            Trouble::Outage if !facts.flow.uses_staging() && has("Install dependencies") => {
                Some(("Install dependencies", "failure"))
            }
            Trouble::Hang if is_emulator => Some((name, "cancelled")),
            Trouble::RunnerLost if self.label.starts_with("self-hosted") => Some((name, "cancelled")),
            _ => self.failed.then_some((name, "failure")),
        }
    }

    /// Lets the culprit fail. Upload steps, marked `always`, run all the same, unless the machine is gone.
    fn finish(self, facts: &Arc<Facts>) -> JobSpec {
        let culprit = self.culprit(facts);
        let lost = facts.trouble == Trouble::RunnerLost && culprit.is_some();
        let hang = facts.trouble == Trouble::Hang && culprit.is_some();
        let mut steps = self.steps;
        if let Some((name, how)) = culprit {
            let at = steps.iter().position(|step| step.name == name).unwrap_or(2);
            let nothing_made = name == "Install dependencies" || lost;
            for (index, step) in steps.iter_mut().enumerate() {
                let always = step.name.starts_with("Upload") && !nothing_made
                    || step.name.starts_with("Post ") && !lost
                    || step.name == "Complete job" && !lost;
                step.conclusion = match index {
                    index if index < at => None,
                    index if index == at => Some(how.into()),
                    _ if always => None,
                    _ => Some("skipped".into()),
                };
            }
        }
        let conclusion: Word = match culprit {
            Some(_) if hang => "timed_out".into(),
            Some(_) => "failure".into(),
            None => "success".into(),
        };
        let is_long = matches!(self.work, Work::Soak { .. });
        let script = logs::Script {
            facts: facts.clone(),
            job: self.name.clone(),
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
            conclusion: Some(conclusion),
            status: None,
            steps,
            labels: vec![self.label.to_owned()],
            start_offset_ms: self.starts_ms,
            duration_ms: Some(self.takes_ms),
            log: match is_long {
                true => Log::Rope(Arc::new(move || script.rope())),
                false => Log::Made(Arc::new(move || script.write())),
            },
        }
    }
}

/// When the last of the jobs ends.
fn end_of(jobs: &[JobSpec]) -> i64 {
    jobs.iter().map(|job| job.start_offset_ms + job.duration_ms.unwrap_or(0)).max().unwrap_or(0)
}

/// Draws times in seconds, at a pace.
type Ms<'a> = &'a mut dyn FnMut(i64, i64) -> i64;

/// The jobs of an attempt. `pace` scales all times: 1 for history, less for a life that someone watches.
pub fn jobs(facts: &Arc<Facts>, pace: f64) -> Vec<JobSpec> {
    let mut noise = facts.noise("jobs");
    let ms: Ms = &mut |low, high| ((noise.between(low, high) * 1000) as f64 * pace) as i64;
    match facts.flow {
        Flow::Ci => ci(facts, ms),
        Flow::E2e => e2e(facts, ms),
        Flow::Visual => visual(facts, ms),
        Flow::Android => android(facts, ms, pace),
        Flow::Backend => backend(facts, ms),
        Flow::Lint => lint(facts, ms),
        Flow::Nightly => nightly(facts, ms),
        Flow::Release => release(facts, ms),
        Flow::CodeQl => code_scan(facts, ms),
        Flow::Legacy => vec![
            draft("sync", Work::Publish, false, ms(3, 9), ms(20, 30))
                .steps(&[("Set up Node.js", 2), ("Publish", 4)])
                .finish(facts),
        ],
    }
}

fn ci(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    let uncompiled = facts.trouble == Trouble::Uncompiled;
    let mut jobs = vec![
        draft("build", Work::Build, uncompiled, ms(3, 8), ms(60, 110))
            .steps(&[("Set up Node.js", 2), ("Install dependencies", 12), ("Build", 20)])
            .finish(facts),
    ];
    let after = end_of(&jobs);
    for (system, node) in MATRIX {
        let name = format!("unit ({system}, {node})");
        if uncompiled {
            jobs.push(JobSpec::skipped(name));
            continue;
        }
        let slower = if system == "ubuntu-latest" { 1 } else { 2 };
        let variant = format!("{system}/{node}");
        let bad = facts.trouble == Trouble::Crash || facts.any_failed(Tests::Unit, &variant, |_| true);
        let mut middle = vec![
            ("Set up Node.js", 2),
            ("Install dependencies", 12),
            ("Run unit tests", 16),
            ("Upload test results", 2),
        ];
        if (system, node) == ("ubuntu-latest", "22") {
            middle.push(("Upload coverage", 2));
        }
        let job = draft(name, Work::Unit { system, node }, bad, after + ms(2, 12), ms(70, 130) * slower);
        jobs.push(job.on(system).steps(&middle).finish(facts));
    }
    let failed = jobs.iter().any(|job| job.conclusion.as_deref() == Some("failure"));
    jobs.push(if facts.is_pull_request || failed {
        JobSpec::skipped("publish snapshot")
    } else {
        draft("publish snapshot", Work::Publish, false, end_of(&jobs) + ms(2, 5), ms(20, 40))
            .steps(&[("Set up Node.js", 2), ("Install dependencies", 10), ("Publish", 6)])
            .finish(facts)
    });
    jobs
}

fn e2e(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    let mut steps = vec![
        ("Set up Node.js", 2),
        ("Install dependencies", 10),
        ("Install browsers", 14),
        ("Start the shop", 6),
        ("Run browser tests", 60),
    ];
    if facts.era.keeps_shards {
        steps.push(("Upload shard results", 3));
    }
    let mut jobs = Vec::new();
    for browser in BROWSERS {
        for shard in 0..SHARDS {
            let name = format!("e2e ({browser}, {}/{SHARDS})", shard + 1);
            let bad = facts.shard_failed(browser, shard);
            let job = draft(name, Work::Browser { browser, shard }, bad, ms(3, 14), ms(210, 330));
            jobs.push(job.steps(&steps).finish(facts));
        }
    }
    let lost = facts.trouble == Trouble::MissingReport;
    let merge = draft("merge reports", Work::Merge, lost, end_of(&jobs) + ms(2, 6), ms(30, 50)).steps(&[
        ("Set up Node.js", 2),
        ("Install dependencies", 8),
        ("Merge reports", 6),
        ("Upload report", 3),
        ("Upload screenshots", 2),
        ("Upload test results", 2),
    ]);
    jobs.push(merge.finish(facts));
    jobs
}

fn visual(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    let bad = facts.any_failed(Tests::Visual, "chromium", |_| true);
    vec![
        draft("compare", Work::Compare, bad, ms(3, 9), ms(120, 200))
            .steps(&[
                ("Set up Node.js", 2),
                ("Install dependencies", 10),
                ("Take screenshots", 30),
                ("Compare screenshots", 10),
                ("Upload differences", 3),
            ])
            .finish(facts),
    ]
}

fn android(facts: &Arc<Facts>, ms: Ms, pace: f64) -> Vec<JobSpec> {
    APIS.into_iter()
        .map(|api| {
            let takes = if facts.trouble == Trouble::Hang { (3_600_000.0 * pace) as i64 } else { ms(420, 640) };
            let bad = facts.any_failed(Tests::Android, api, |_| true);
            draft(format!("instrumented ({api})"), Work::Emulator { api }, bad, ms(4, 12), takes)
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
        .collect()
}

fn backend(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    let lost = facts.trouble == Trouble::RunnerLost;
    let bad = facts.any_failed(Tests::Backend, "postgres-18", |_| true);
    let contract = facts.any_failed(Tests::Stock, "stock", |_| true);
    vec![
        draft("integration", Work::Backend { database: "postgres-18" }, bad, ms(3, 9), ms(180, 260))
            .on(if lost { "self-hosted-large" } else { "ubuntu-latest" })
            .steps(&[
                ("Set up Python", 3),
                ("Start the database", 5),
                ("Install dependencies", 14),
                ("Run integration tests", 40),
                ("Upload test results", 2),
                ("Upload logs", 2),
            ])
            .finish(facts),
        draft("contract", Work::Contract, contract, ms(3, 9), ms(30, 60))
            .steps(&[("Set up Go", 3), ("Run contract tests", 12), ("Upload test results", 2)])
            .finish(facts),
    ]
}

fn lint(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    ["eslint", "types", "formatting"]
        .into_iter()
        .map(|tool| {
            let bad = facts.trouble == Trouble::Broken && tool == "types";
            let mut middle = vec![("Set up Node.js", 2), ("Install dependencies", 12), ("Check", 10)];
            if tool == "eslint" {
                middle.extend([("Upload findings", 1), ("Upload lint report", 1)]);
            }
            draft(tool, Work::Lint { tool }, bad, ms(2, 6), ms(35, 70)).steps(&middle).finish(facts)
        })
        .collect()
}

fn nightly(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    let mut jobs = Vec::new();
    for database in DATABASES {
        let bad = facts.any_failed(Tests::Backend, database, |_| true);
        jobs.push(
            draft(format!("backend ({database})"), Work::Backend { database }, bad, ms(3, 9), ms(240, 420))
                .steps(&[
                    ("Set up Python", 3),
                    ("Start the database", 5),
                    ("Install dependencies", 14),
                    ("Run integration tests", 60),
                    ("Upload test results", 2),
                ])
                .finish(facts),
        );
    }
    for (system, node) in NIGHTLY_MATRIX {
        jobs.push(
            draft(format!("web ({system}, {node})"), Work::Unit { system, node }, false, ms(3, 20), ms(90, 240))
                .on(system)
                .steps(&[
                    ("Set up Node.js", 2),
                    ("Install dependencies", 12),
                    ("Run unit tests", 24),
                    ("Upload test results", 2),
                ])
                .finish(facts),
        );
    }
    let soak = Work::Soak {
        lines: match facts.trouble {
            Trouble::Verbose => QUERY_LINES,
            _ if facts.era.soaks_long => SOAK_LINES,
            _ => 2_000,
        },
    };
    let smoke = facts.any_failed(Tests::Smoke, "smoke", |_| true);
    jobs.push(
        draft("smoke", Work::Smoke, smoke, ms(3, 9), ms(50, 80))
            .steps(&[
                ("Set up Python", 3),
                ("Install dependencies", 8),
                ("Run smoke tests", 20),
                ("Upload test results", 2),
                ("Upload report page", 2),
            ])
            .finish(facts),
    );
    jobs.push(
        draft("soak", soak, facts.trouble == Trouble::Verbose, ms(3, 9), ms(1500, 2100))
            .on("self-hosted-large")
            .steps(&[
                ("Set up Node.js", 2),
                ("Install dependencies", 6),
                ("Start the shop", 4),
                ("Soak for half an hour", 90),
                ("Upload measurements", 2),
            ])
            .finish(facts),
    );
    jobs
}

fn release(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    vec![
        draft("build", Work::Build, false, ms(3, 8), ms(80, 140))
            .steps(&[("Set up Node.js", 2), ("Install dependencies", 12), ("Build", 20), ("Upload package", 3)])
            .finish(facts),
        draft("publish", Work::Publish, facts.trouble == Trouble::Broken, ms(160, 180), ms(40, 80))
            .steps(&[("Set up Node.js", 2), ("Install dependencies", 8), ("Publish", 12)])
            .finish(facts),
    ]
}

fn code_scan(facts: &Arc<Facts>, ms: Ms) -> Vec<JobSpec> {
    ["javascript-typescript", "java-kotlin"]
        .into_iter()
        .map(|language| {
            draft(format!("Analyze ({language})"), Work::Scan { language }, false, ms(3, 9), ms(120, 240))
                .steps(&[("Initialize the scanner", 10), ("Autobuild", 20), ("Analyze", 40)])
                .finish(facts)
        })
        .collect()
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
