//! `fakehub serve`: the pretend GitHub as a program of its own, for web development and for other clients.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use fakehub::{FakeHub, demo, shelf};

/// A pretend GitHub with a team's repository in it.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the demo world on loopback until interrupted.
    Serve {
        /// What the world is made from; the same number makes the same world.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Port of the API; 0 takes any free one.
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Port of the blob store; 0 takes any free one.
        #[arg(long, default_value_t = 0)]
        blob_port: u16,
        /// How fast virtual time runs; 0 makes it stand still.
        #[arg(long, default_value_t = 1.0)]
        speed: f64,
        /// Serves, instead of the demo world, one run whose artifacts are the folders of this folder.
        #[arg(long)]
        shelf: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Command::Serve { seed, port, blob_port, speed, shelf } = Arguments::parse().command;
    let now_ms = jiff::Timestamp::now().as_millisecond();
    let mut world = match &shelf {
        Some(folder) => shelf::world(now_ms, demo::OWNER, demo::NAME, folder)?,
        None => demo::world(seed, now_ms),
    };
    if speed > 0.0 {
        world.follow_real_time(speed);
        if shelf.is_none() {
            demo::grow(&mut world);
        }
    }
    let on = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let hub = FakeHub::start_on(world, on(port), on(blob_port)).await?;
    println!("API         {}", hub.api_url());
    println!("blob store  {}", hub.blob_url());
    println!("repository  {}/{}", demo::OWNER, demo::NAME);
    println!("token       {}", fakehub::TOKEN);
    tokio::signal::ctrl_c().await?;
    hub.stop().await;
    Ok(())
}
