//! Everything in turn, and the table of promises with what was reached.

use std::path::Path;

use crate::lab::{Lab, Tally};
use crate::load::Weight;
use crate::{database, kill, load, mutants, network, poison};

/// Plays everything. `mutants` is the program built with planted faults, where there is one.
///
/// # Errors
/// Something cannot be started at all.
pub async fn all(lab: &Lab, is_quick: bool, with_mutants: Option<&Path>) -> anyhow::Result<Vec<Tally>> {
    let mut tallies = Vec::new();
    let mut add = |tally: Tally| {
        tally.print();
        tallies.push(tally);
    };
    let most = |quick: usize, full: usize| if is_quick { quick } else { full };
    add(kill::kills(lab, most(24, 3_000) as u64 as usize, most(24, 3_000)).await?);
    add(kill::errors(lab, most(16, 1_500), most(16, 1_500)).await?);
    add(network::network(lab, most(25, 1_000) as u64, most(1, 25) as u64).await?);
    add(database::database(lab, most(8, 100) as u64, most(10, 100) as u64).await?);
    add(database::collectors(lab, most(1, 50) as u64, most(1, 50) as u64).await?);
    add(poison::poison(lab, 30).await?);
    match with_mutants {
        Some(program) => {
            let here = Lab { program: program.to_owned(), ..lab.clone() };
            add(mutants::mutants(&here, 25, "").await?);
        }
        None => add(Tally::skipped("R7 mutants", 25, "no program with planted faults was given (--mutants)")),
    }
    if is_quick {
        add(Tally::skipped("L1 L2 load", 0, "only in the full run, on a release build"));
    } else {
        add(load::load(lab, Weight { viewers: 1_000, rate: 200, seconds: 60 }).await?);
    }
    print_table(&tallies);
    Ok(tallies)
}

/// Promise, goal, reached, seconds, and whether everything held.
fn print_table(tallies: &[Tally]) {
    println!("\n| promise | goal | reached | seconds | checks | result |\n|---|---|---|---|---|---|");
    for tally in tallies {
        let result = match &tally.skipped {
            Some(why) => format!("not run: {why}"),
            None if !tally.is_ok() => format!("MISSED: {} episodes with violations", tally.failures.len()),
            None if tally.reached < tally.goal => "held, fewer than the goal".to_owned(),
            None => "ok".to_owned(),
        };
        let Tally { name, goal, reached, seconds, checked, .. } = tally;
        println!("| {name} | {goal} | {reached} | {seconds:.0} | {} | {result} |", checked.checks);
    }
    for (name, why) in [
        ("R3 power loss", "needs a file system that forgets what was not synced; not in this repository"),
        ("disk full", "crates/greenroom/tests/cli/space.rs, on a 1 MB disk, part of make test"),
        ("S1 hostile inputs, S3 browser, S5 API", "their own suites: see docs/security.md"),
    ] {
        println!("| {name} | | | | | elsewhere: {why} |");
    }
}
