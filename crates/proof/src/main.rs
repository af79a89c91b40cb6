//! The command line: one subcommand a kind of proof, each replayable by seed, and `all`, which prints the table.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use proof::lab::{self, Lab, Tally};
use proof::load::Weight;
use proof::product::{Place, Serving, Stage};
use proof::strace::Point;
use proof::truth::Truth;
use proof::verify::{Beside, Manners, verify};
use proof::{all, database, kill, load, mutants, network, poison};

/// Proves that nothing is lost and nothing let in.
#[derive(Parser)]
#[command(name = "proof", version, about)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Clone)]
struct Common {
    /// The program; default: greenroom beside this one.
    #[arg(long, global = true)]
    program: Option<PathBuf>,
    /// What episodes are made from.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
    /// Episodes at once.
    #[arg(long, global = true, default_value_t = 2)]
    lanes: usize,
    /// Where the product runs; default: the system's folder for temporary files.
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// Write the results to this file, too.
    #[arg(long, global = true)]
    json: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Compare a product at rest with the truth; without --url, mirror a scene first.
    Verify {
        /// The product.
        #[arg(long, requires = "truth")]
        url: Option<String>,
        /// The truth, as --save wrote it.
        #[arg(long)]
        truth: Option<PathBuf>,
        /// Write the truth of the scene here.
        #[arg(long)]
        save: Option<PathBuf>,
    },
    /// Kill at write-class system calls.
    Kill {
        /// This one alone, as call:n.
        #[arg(long)]
        point: Option<Point>,
        /// At most so many.
        #[arg(long, default_value_t = 3000)]
        points: usize,
    },
    /// Let write-class system calls fail.
    Errno {
        /// This one alone, as call:n:ERROR.
        #[arg(long)]
        point: Option<Point>,
        /// At most so many.
        #[arg(long, default_value_t = 1500)]
        points: usize,
    },
    /// Let GitHub and the network fail.
    Network {
        /// Batches of one fault of each kind.
        #[arg(long, default_value_t = 25)]
        batches: u64,
    },
    /// Let PostgreSQL fail.
    Database {
        /// Faults.
        #[arg(long, default_value_t = 100)]
        episodes: u64,
    },
    /// Let one of two collectors sleep past its leases.
    Collectors {
        /// Pairs.
        #[arg(long, default_value_t = 50)]
        pairs: u64,
    },
    /// Hostile artifacts of all kinds in one poll.
    Poison,
    /// Faults planted in the product, all of which must be seen; --program is one built with them.
    Mutants {
        /// Only those whose names contain this.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Many viewers, requests and runs at once, then ten times as many requests.
    Load {
        /// Live connections.
        #[arg(long, default_value_t = 1000)]
        viewers: usize,
        /// Requests a second.
        #[arg(long, default_value_t = 200)]
        rate: u64,
        /// How long, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Everything, and the table.
    All {
        /// In about two minutes instead of an hour.
        #[arg(long)]
        quick: bool,
        /// A program built with planted faults.
        #[arg(long)]
        mutants: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = async {
        let lab = open(&arguments.common)?;
        let tallies = play(&lab, arguments.command).await?;
        if let Some(path) = &arguments.common.json {
            std::fs::write(path, serde_json::to_vec_pretty(&tallies)?)?;
        }
        anyhow::Ok(tallies.iter().all(Tally::is_ok))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.context("could not start").and_then(|runtime| runtime.block_on(run)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("proof: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn open(common: &Common) -> anyhow::Result<Lab> {
    let beside = std::env::current_exe()?.with_file_name("greenroom");
    let program = common.program.clone().unwrap_or(beside);
    let program = program.canonicalize().with_context(|| format!("there is no program at {}", program.display()))?;
    let root = lab::folder(&common.folder.clone().unwrap_or_else(std::env::temp_dir))?;
    let postgres = PathBuf::from("crates/greenroom/tests/support/postgres.sh");
    Ok(Lab { program, root, seed: common.seed, lanes: common.lanes.max(1), mutant: None, postgres })
}

async fn play(lab: &Lab, command: Command) -> anyhow::Result<Vec<Tally>> {
    println!("proof: {}", lab.describe());
    let tally = match command {
        Command::Verify { url: Some(url), truth: Some(truth), .. } => {
            let truth: Truth = serde_json::from_slice(&std::fs::read(truth)?)?;
            let findings = verify(&Serving::at(&url)?, &truth, Beside::default()).await;
            println!("{}", findings.line());
            let mut tally = Tally::new("verify", 1);
            tally.take(&format!("verify --url {url}"), findings);
            tally
        }
        Command::Verify { save, .. } => verify_scene(lab, save).await?,
        Command::Kill { point: Some(point), .. } | Command::Errno { point: Some(point), .. } => {
            kill::one(lab, point).await?
        }
        Command::Kill { points, .. } => kill::kills(lab, 3000, points).await?,
        Command::Errno { points, .. } => kill::errors(lab, 1500, points).await?,
        Command::Network { batches } => network::network(lab, 1000, batches).await?,
        Command::Database { episodes } => database::database(lab, 100, episodes).await?,
        Command::Poison => poison::poison(lab, 30).await?,
        Command::Mutants { only } => mutants::mutants(lab, 25, &only).await?,
        Command::Load { viewers, rate, seconds } => load::load(lab, Weight { viewers, rate, seconds }).await?,
        Command::All { quick, mutants } => return all::all(lab, quick, mutants.as_deref()).await,
        Command::Collectors { pairs } => database::collectors(lab, 50, pairs).await?,
    };
    tally.print();
    Ok(vec![tally])
}

/// Mirrors a scene without any fault and compares.
async fn verify_scene(lab: &Lab, save: Option<PathBuf>) -> anyhow::Result<Tally> {
    let size = proof::scene::Size { rich: 12, bare: 130, noise_bytes: 60_000 };
    let stage = Stage::start(proof::scene::Scene::new(lab.seed, size)).await?;
    if let Some(path) = save {
        std::fs::write(path, serde_json::to_vec(&stage.truth)?)?;
    }
    let place = Place::new(lab, &stage.hub)?;
    let began = std::time::Instant::now();
    let serving = place.serve().await?;
    let (api, started) = (serving.api(), serving.took);
    let mut tally = Tally::new("verify", 1);
    let settled = api.settled(&stage.truth, kill::HEALS_WITHIN, false).await?;
    let rested = began.elapsed();
    let beside = Beside { hub: Some((&stage.hub, Manners::default())), files: Some(&place.files()) };
    let mut findings = verify(&api, &stage.truth, beside).await;
    findings.holds("I9", "coming to rest", settled, || ("within 60 s".into(), "not yet".into()));
    println!("{}", findings.line());
    tally.notes.push(format!("listening after {started:?}, at rest after {rested:?}"));
    tally.take(&format!("verify --seed {}", lab.seed), findings);
    (tally.reached, tally.seconds) = (1, began.elapsed().as_secs_f64());
    serving.kill().await;
    Ok(tally)
}
