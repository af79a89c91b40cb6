//! Progress of `greenroom sync`: bars on a terminal, plain lines elsewhere.

use greenroom::events::{Activity, Hub};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Pause between plain lines of the same phase.
const LINE_EVERY: Duration = Duration::from_secs(2);

/// Shows what the collector does until it is aborted.
pub async fn show(hub: Hub) {
    let mut activity = hub.watch_activity();
    let bar = std::io::stderr().is_terminal().then(bar);
    let mut line = Line::default();
    while activity.changed().await.is_ok() {
        let now = activity.borrow_and_update().clone();
        match &bar {
            Some(bar) => draw(bar, &now),
            None => line.print(&now),
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg:<10} [{bar:40}] {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn draw(bar: &ProgressBar, activity: &Activity) {
    bar.set_message(phase(activity));
    bar.set_length(u64::try_from(activity.progress.total).unwrap_or(0));
    bar.set_position(u64::try_from(activity.progress.done).unwrap_or(0));
}

fn phase(activity: &Activity) -> String {
    match activity.rate_limit.limited_until {
        Some(until) if activity.progress.phase == "limited" => format!("rate limited until {until}"),
        _ => activity.progress.phase.clone(),
    }
}

#[derive(Default)]
struct Line {
    phase: String,
    at: Option<Instant>,
}

impl Line {
    fn print(&mut self, activity: &Activity) {
        let phase = phase(activity);
        let fresh = self.at.is_some_and(|at| at.elapsed() < LINE_EVERY);
        if matches!(phase.as_str(), "" | "idle") || (phase == self.phase && fresh) {
            return;
        }
        match activity.progress.total {
            // How many there are is not known yet.
            0 => println!("{phase}"),
            total => println!("{phase} {}/{total}", activity.progress.done),
        }
        self.phase = phase;
        self.at = Some(Instant::now());
    }
}
