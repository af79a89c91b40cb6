//! Worlds whose truth is known to the last test case: what the pretend GitHub has, and what the reports in its
//! artifacts say. Deterministic by seed. Knows nothing of the product.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use fakehub::noise::Noise;
use fakehub::zip::Entry;
use fakehub::{ArtifactSpec, Content, JobSpec, RunSpec, World};
use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Owner and name of the repository in every scene.
pub const REPOSITORY: (&str, &str) = ("octo", "shop");

/// What the reports of a run say, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cases {
    /// Every case as (name, outcome): `passed`, `failed` or `skipped`.
    pub cases: Vec<(String, String)>,
}

impl Cases {
    /// How many have this outcome.
    pub fn count(&self, outcome: &str) -> i64 {
        self.cases.iter().filter(|(_, is)| is == outcome).count() as i64
    }
}

/// What to put into a scene.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Runs with artifacts, logs and reports.
    pub rich: i64,
    /// Runs with a job and nothing else, for lists of many pages.
    pub bare: i64,
    /// Bytes that do not compress, in each rich run.
    pub noise_bytes: usize,
}

/// What GitHub has, and what its reports say.
pub struct Scene {
    /// The pretend GitHub's world.
    pub world: World,
    /// The one repository.
    pub repository: i64,
    /// Its workflows.
    pub workflows: Vec<i64>,
    /// What the reports of each run say.
    pub cases: BTreeMap<i64, Cases>,
    seed: u64,
    made: i64,
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("world", &self.world).field("seed", &self.seed).finish()
    }
}

/// The time now, in whole seconds, as ms.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64) / 1000 * 1000
}

impl Scene {
    /// A world of this moment, without limits, with as many runs as asked for.
    pub fn new(seed: u64, size: Size) -> Scene {
        let mut world = World::at(seed, now_ms());
        world.behaviour.rate_limits = false;
        let repository = world.add_repository(REPOSITORY.0, REPOSITORY.1);
        let workflows = ["CI", "Nightly"].map(|name| {
            world.add_workflow(repository, name, &format!(".github/workflows/{}.yml", name.to_lowercase()))
        });
        let mut scene =
            Scene { world, repository, workflows: workflows.to_vec(), cases: BTreeMap::new(), seed, made: 0 };
        for n in 0..size.bare {
            scene.add_bare_run(n);
        }
        for n in 0..size.rich {
            let age = (n + 3) * HOUR;
            let run = add_rich_run(&mut scene.world, scene.workflows[(n % 2) as usize], seed, n, age, size.noise_bytes);
            scene.cases.insert(run.id, run.cases);
        }
        scene.made = size.rich;
        scene
    }

    fn add_bare_run(&mut self, n: i64) {
        let created_at = self.world.now() - 30 * HOUR - n * MINUTE;
        let spec = RunSpec::completed("success").created_at(created_at).jobs(vec![JobSpec::skipped("nothing")]);
        let run = self.world.add_run(self.workflows[0], spec);
        self.cases.insert(run, Cases::default());
    }
}

/// A run that was added, and what its reports say.
#[derive(Clone, Debug)]
pub struct Added {
    /// The run.
    pub id: i64,
    /// Its jobs.
    pub jobs: Vec<i64>,
    /// Its artifacts.
    pub artifacts: Vec<i64>,
    /// What its reports say.
    pub cases: Cases,
}

/// Adds a completed run with two jobs, two artifacts (one with a report) and their logs, `age_ms` ago. Every third
/// run is a second attempt, every fourth comes from a fork.
pub fn add_rich_run(world: &mut World, workflow: i64, seed: u64, n: i64, age_ms: i64, noise_bytes: usize) -> Added {
    let mut noise = Noise::keyed(seed, n as u64 ^ 0x5ce7e);
    let created_at = world.now() - age_ms;
    let cases = cases(&mut noise, n);
    let conclusion = if cases.count("failed") > 0 { "failure" } else { "success" };
    let jobs = ["build", "test"].map(|name| {
        JobSpec::named(name).log(format!("{name} of run {n} of {seed}\n").repeat(30 + noise.below(40) as usize))
    });
    let mut spec = RunSpec::completed(conclusion)
        .created_at(created_at)
        .started_at(created_at)
        .duration_ms(3 * MINUTE)
        .title(format!("Change {n} of {seed}"))
        .jobs(jobs.to_vec());
    if n % 3 == 2 {
        spec = spec.earlier_attempt("failure", created_at, MINUTE).started_at(created_at + 10 * MINUTE);
    }
    if n % 4 == 3 {
        spec = spec.fork("stranger").event("pull_request").branch("main");
    }
    let id = world.add_run(workflow, spec);
    let uploaded = created_at + if n % 3 == 2 { 11 * MINUTE } else { MINUTE };
    let mut bytes = vec![0; noise_bytes];
    noise.fill(&mut bytes);
    let report = Content::Entries(vec![
        Entry::deflated("reports/junit.xml", junit(&cases).as_bytes()),
        Entry::deflated("größe/caf\u{65}\u{301}.txt", b"names stay as they are\n"),
        Entry::stored("core/dump.bin", bytes),
        Entry::stored("empty.txt", &b""[..]),
        Entry::deflated("page.html", b"<!doctype html><title>hostile</title><script>1</script>"),
        Entry::deflated("twice.txt", format!("first of {n}\n").as_bytes()),
        Entry::deflated("twice.txt", format!("second of {n}, longer\n").as_bytes()),
    ]);
    let artifacts = vec![
        world.add_artifact(id, ArtifactSpec::new(format!("report-{n}"), report).created_at(uploaded)),
        world.add_artifact(
            id,
            ArtifactSpec::zip(format!("notes-{n}"), [("notes.json", format!("{{\"run\":{n}}}"))]).created_at(uploaded),
        ),
    ];
    let attempt = world.run(id).map_or(1, |run| run.latest().number);
    Added { id, jobs: world.job_ids(id, attempt), artifacts, cases }
}

fn cases(noise: &mut Noise, n: i64) -> Cases {
    let count = 3 + noise.below(6);
    let outcome = |k: u64, roll: u64| match roll {
        0 if n % 2 == 1 => "failed",
        1 => "skipped",
        _ if k == 0 && n % 5 == 3 => "failed",
        _ => "passed",
    };
    let cases = (0..count).map(|k| (format!("case {k} <of> run {n}"), outcome(k, noise.below(4)).to_owned())).collect();
    Cases { cases }
}

fn junit(cases: &Cases) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\"?>\n<testsuite name=\"shop\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        cases.cases.len(),
        cases.count("failed"),
        cases.count("skipped")
    );
    for (name, outcome) in &cases.cases {
        let name = name.replace('<', "&lt;").replace('>', "&gt;");
        let inner = match outcome.as_str() {
            "failed" => "<failure message=\"expected 1, got 2\">at shop.rs:7</failure>",
            "skipped" => "<skipped/>",
            _ => "",
        };
        xml.push_str(&format!("<testcase classname=\"shop\" name=\"{name}\" time=\"0.1\">{inner}</testcase>\n"));
    }
    xml.push_str("</testsuite>\n");
    xml
}
