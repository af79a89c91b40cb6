//! Worlds for benchmarks: many runs, many artifacts, realistic compressible files, cheap to serve because the
//! compressed bytes are made once and shared.

use crate::content::{Content, Log, filler};
use crate::noise::{Noise, mix};
use crate::world::{ArtifactSpec, JobSpec, RunSpec, World};
use crate::zip::Entry;

/// The owner of the benchmark repository.
pub const OWNER: &str = "acme";
/// The name of the benchmark repository.
pub const NAME: &str = "bench";

const SEED: u64 = 0xbe9c;
/// How many different files there are to choose from: as many of each name.
const POOL: usize = 98;
const DAY_MS: i64 = 86_400_000;

/// The newest run is this old: nothing about it is expected to change any more.
const AGE_MS: i64 = 3 * 3_600_000;
/// How long a log is.
const LOG_BYTES: usize = 60_000;

/// How big a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Workflows, which take turns with the runs.
    pub workflows: usize,
    /// Completed runs of the last 25 days, each of one job with a log.
    pub runs: usize,
    /// Artifacts of each run.
    pub artifacts_per_run: usize,
    /// Files of each artifact, of 3 KB to 200 KB.
    pub files_per_artifact: usize,
}

/// A world of this size as seen at `now_ms`, from where on its clock runs. Sizes and digests are measured here, so that
/// serving them later costs no more than copying bytes. Rate limits are off: GitHub's patience is not what is measured.
pub fn world(now_ms: i64, size: Size) -> World {
    let mut world = empty(now_ms);
    let repository = world.add_repository(OWNER, NAME);
    let workflows: Vec<i64> = (0..size.workflows.max(1))
        .map(|number| {
            world.add_workflow(
                repository,
                &format!("Checks {number}"),
                &format!(".github/workflows/checks-{number}.yml"),
            )
        })
        .collect();
    let pool = if size.artifacts_per_run * size.files_per_artifact > 0 { pool() } else { Vec::new() };
    let log = Log::Text(file("trace.txt", SEED, LOG_BYTES).into());
    for index in 0..size.runs {
        let mut noise = Noise::keyed(SEED, index as u64);
        let age = AGE_MS + 25 * DAY_MS * (size.runs - 1 - index) as i64 / size.runs as i64;
        let conclusion = if noise.chance(0.15) { "failure" } else { "success" };
        let spec = RunSpec::completed(conclusion)
            .created_at(now_ms - age)
            .branch(*noise.pick(&["main", "main", "feature/a", "feature/b"]))
            .title(format!("Change number {index}"))
            .duration_ms(noise.between(90_000, 600_000))
            .jobs(vec![JobSpec { log: log.clone(), ..JobSpec::named("test") }]);
        let run = world.add_run(workflows[index % workflows.len()], spec);
        for number in 0..size.artifacts_per_run {
            let entries = artifact(&pool, size.files_per_artifact, mix(run as u64, number as u64));
            add_artifact(&mut world, run, &format!("results-{number}"), Content::Entries(entries));
        }
    }
    world
}

/// A world of one run with one artifact of `bytes` incompressible bytes.
pub fn big_artifact_world(now_ms: i64, bytes: u64) -> World {
    let mut world = empty(now_ms);
    let repository = world.add_repository(OWNER, NAME);
    let workflow = world.add_workflow(repository, "Nightly", ".github/workflows/nightly.yml");
    let run = world.add_run(workflow, RunSpec::completed("success").created_at(now_ms - AGE_MS));
    add_artifact(&mut world, run, "core-dump", Content::Generated { bytes, seed: SEED });
    world
}

/// The runs of a benchmark world, newest first.
pub fn runs(world: &World) -> Vec<i64> {
    world.repositories.keys().flat_map(|repository| world.run_ids(*repository)).collect()
}

fn empty(now_ms: i64) -> World {
    let mut world = World::at(SEED, now_ms);
    world.behaviour.rate_limits = false;
    world.follow_real_time(1.0);
    world
}

fn add_artifact(world: &mut World, run: i64, name: &str, content: Content) {
    let created_at = world.run(run).map(|run| run.created_at + 60_000);
    let id = world.add_artifact(run, ArtifactSpec { created_at, ..ArtifactSpec::new(name, content) });
    if let Some(artifact) = world.artifact(id) {
        artifact.stored.measure();
    }
}

/// One file of its own, so that no two artifacts are equal, and the rest from the pool.
fn artifact(pool: &[Entry], files: usize, key: u64) -> Vec<Entry> {
    let mut noise = Noise::new(key);
    let first = noise.below(POOL as u64) as usize;
    let own =
        (files > 0).then(|| Entry::deflated("run.json", format!("{{\"key\":\"{}\"}}\n", noise.hex(32)).as_bytes()));
    own.into_iter()
        .chain((1..files).map(|index| {
            pool[(first + index) % POOL].renamed(format!("reports/{index:04}-{}", NAMES[(first + index) % NAMES.len()]))
        }))
        .collect()
}

const NAMES: [&str; 7] =
    ["results.json", "junit.xml", "server.log", "index.html", "lcov.info", "trace.txt", "screenshot.png"];

fn pool() -> Vec<Entry> {
    (0..POOL)
        .map(|index| {
            let mut noise = Noise::keyed(SEED, 0x9001 + index as u64);
            // Most files are small, a few are large.
            let size = (3_000.0 * (200.0f64 / 3.0).powf(noise.unit())) as usize;
            Entry::deflated("", &file(NAMES[index % NAMES.len()], index as u64, size))
        })
        .collect()
}

/// A file of roughly that size that looks like its name.
fn file(name: &str, key: u64, size: usize) -> Vec<u8> {
    let mut noise = Noise::keyed(key, size as u64);
    if name == "screenshot.png" {
        return picture(&mut noise, size);
    }
    let mut out = Vec::with_capacity(size + 256);
    let (head, tail): (&str, &str) = match name {
        "results.json" => ("[\n", "{}]\n"),
        "junit.xml" => ("<?xml version=\"1.0\"?>\n<testsuite name=\"bench\">\n", "</testsuite>\n"),
        "index.html" => ("<!doctype html><html><body><table>\n", "</table></body></html>\n"),
        _ => ("", ""),
    };
    out.extend_from_slice(head.as_bytes());
    while out.len() < size {
        let (hash, number) = (noise.hex(10), noise.below(100_000));
        let line = match name {
            "results.json" => {
                format!("  {{\"title\":\"case {hash}\",\"status\":\"passed\",\"durationMs\":{number}}},\n")
            }
            "junit.xml" => format!(
                "  <testcase classname=\"bench.Suite\" name=\"case {hash}\" time=\"{}.{:03}\"/>\n",
                number / 1000,
                number % 1000
            ),
            "index.html" => format!("<tr><td>{hash}</td><td class=\"passed\">{number} ms</td></tr>\n"),
            "lcov.info" => format!("DA:{},{}\n", number % 900, number % 50),
            _ => format!(
                "2026-03-02T09:00:{:02}.{number:06}Z {}\n",
                number % 60,
                String::from_utf8_lossy(&filler(number, 70)).replace('\n', " ")
            ),
        };
        out.extend_from_slice(line.as_bytes());
    }
    out.extend_from_slice(tail.as_bytes());
    out
}

/// The signature of a PNG, and bytes that compress as badly.
fn picture(noise: &mut Noise, size: usize) -> Vec<u8> {
    let mut out = vec![0; size];
    noise.fill(&mut out);
    out[..8].copy_from_slice(b"\x89PNG\r\n\x1a\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_world_has_the_asked_shape_and_distinct_artifacts() {
        let now = 1_780_000_000_000;
        let world = world(now, Size { workflows: 3, runs: 10, artifacts_per_run: 2, files_per_artifact: 40 });
        assert_eq!(world.counts(), (10, 10, 20));
        assert_eq!(world.run(runs(&world)[0]).unwrap().created_at, now - AGE_MS);
        let mut digests: Vec<&str> = world
            .artifacts
            .values()
            .filter_map(|artifact| artifact.stored.measured())
            .map(|measure| measure.sha256.as_str())
            .collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 20);
        let size = world.artifacts.values().next().unwrap().stored.measure().size_bytes;
        assert!((100_000..3_000_000).contains(&size), "{size}");
    }
}
