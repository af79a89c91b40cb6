//! Worlds for benchmarks: many runs, many artifacts, realistic compressible files, cheap to serve because the
//! compressed bytes are made once and shared.

use crate::content::{Content, filler};
use crate::noise::{Noise, mix};
use crate::world::{ArtifactSpec, JobSpec, RunSpec, World};
use crate::zip::Entry;

/// The owner of the benchmark repository.
pub const OWNER: &str = "acme";
/// The name of the benchmark repository.
pub const NAME: &str = "bench";

const SEED: u64 = 0xbe9c;
/// How many different files there are to choose from.
const POOL: usize = 96;
const DAY_MS: i64 = 86_400_000;

/// `runs` completed runs over the last 25 days, each with so many artifacts of so many files of 3 KB to 200 KB. Sizes
/// and digests are measured here, so that serving them later costs no more than copying bytes.
pub fn world(runs: usize, artifacts_per_run: usize, files_per_artifact: usize) -> World {
    let mut world = World::new(SEED);
    let now = world.now();
    let repository = world.add_repository(OWNER, NAME);
    let workflows = ["CI", "E2E", "Nightly", "Backend"].map(|name| world.add_workflow(repository, name, &format!(".github/workflows/{}.yml", name.to_lowercase())));
    let pool = if artifacts_per_run * files_per_artifact > 0 { pool() } else { Vec::new() };
    for index in 0..runs {
        let mut noise = Noise::keyed(SEED, index as u64);
        let age = 25 * DAY_MS * (runs - index) as i64 / runs.max(1) as i64;
        let conclusion = if noise.chance(0.15) { "failure" } else { "success" };
        let spec = RunSpec::completed(conclusion)
            .created_at(now - age)
            .branch(*noise.pick(&["main", "main", "feature/a", "feature/b"]))
            .title(format!("Change number {index}"))
            .duration_ms(noise.between(90_000, 600_000))
            .jobs(vec![JobSpec::named("build"), JobSpec::named("test")]);
        let run = world.add_run(workflows[index % workflows.len()], spec);
        for number in 0..artifacts_per_run {
            let entries = artifact(&pool, files_per_artifact, mix(run as u64, number as u64));
            let id = world.add_artifact(run, ArtifactSpec::new(format!("results-{number}"), Content::Entries(entries)).created_at(now - age + 60_000));
            if let Some(artifact) = world.artifact(id) {
                artifact.stored.measure();
            }
        }
    }
    world
}

/// One file of its own, so that no two artifacts are equal, and the rest from the pool.
fn artifact(pool: &[Entry], files: usize, key: u64) -> Vec<Entry> {
    let mut noise = Noise::new(key);
    let first = noise.below(POOL as u64) as usize;
    let own = (files > 0).then(|| Entry::deflated("run.json", format!("{{\"key\":\"{}\"}}\n", noise.hex(32)).as_bytes()));
    own.into_iter().chain((1..files).map(|index| pool[(first + index) % POOL].renamed(format!("reports/{index:04}-{}", NAMES[(first + index) % NAMES.len()])))).collect()
}

const NAMES: [&str; 6] = ["results.json", "junit.xml", "server.log", "index.html", "lcov.info", "trace.txt"];

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
            "results.json" => format!("  {{\"title\":\"case {hash}\",\"status\":\"passed\",\"durationMs\":{number}}},\n"),
            "junit.xml" => format!("  <testcase classname=\"bench.Suite\" name=\"case {hash}\" time=\"{}.{:03}\"/>\n", number / 1000, number % 1000),
            "index.html" => format!("<tr><td>{hash}</td><td class=\"passed\">{number} ms</td></tr>\n"),
            "lcov.info" => format!("DA:{},{}\n", number % 900, number % 50),
            _ => format!("2026-03-02T09:00:{:02}.{number:06}Z {}\n", number % 60, String::from_utf8_lossy(&filler(number, 70)).replace('\n', " ")),
        };
        out.extend_from_slice(line.as_bytes());
    }
    out.extend_from_slice(tail.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_benchmark_world_has_the_asked_shape_and_distinct_artifacts() {
        let world = world(10, 2, 40);
        assert_eq!(world.counts(), (10, 20, 20));
        let mut digests: Vec<&str> = world.artifacts.values().filter_map(|artifact| artifact.stored.measured()).map(|measure| measure.sha256.as_str()).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 20);
        let size = world.artifacts.values().next().unwrap().stored.measure().size_bytes;
        assert!((100_000..3_000_000).contains(&size), "{size}");
    }
}
