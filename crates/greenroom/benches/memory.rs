//! How much memory mirroring takes at its peak, as the system counts it, whatever the size of what is mirrored.

#![allow(clippy::unwrap_used)]

mod support;

use support::hub::Content;
use support::{Hub, Program, Table};

const AIM_BYTES: u64 = 150_000_000;

fn main() {
    support::serve_if_asked();
    let worlds = [
        (
            "200 runs × 2 artifacts × 40 files",
            Content::Many { workflows: 3, runs: 200, artifacts_per_run: 2, files_per_artifact: 40 },
        ),
        ("1 artifact of 2 GB", Content::Big { bytes: 2_000_000_000 }),
    ];
    let mut table = Table::new(["world", "peak resident memory", "ratio to the aim", "time", "aim"]);
    for (name, content) in worlds {
        let hub = Hub::start(content);
        let folder = tempfile::Builder::new().prefix("greenroom-bench-").tempdir().unwrap();
        let (measured, _) = Program::sync(folder.path(), &hub).run();
        table.row([
            name.to_owned(),
            if measured.peak_bytes == 0 {
                "not told by this system".to_owned()
            } else {
                format!("{:.0} MB", measured.peak_bytes as f64 / 1e6)
            },
            format!("{:.2}×", measured.peak_bytes as f64 / AIM_BYTES as f64),
            format!("{:.1} s", measured.took.as_secs_f64()),
            "≤ 150 MB".to_owned(),
        ]);
    }
    table.print("Memory of greenroom sync");
}
