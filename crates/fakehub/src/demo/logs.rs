//! Job logs as runners write them: stamps, groups, echoed commands in cyan, colours, errors, messages of several
//! lines with one stamp. What the test runners print is in `runners`.

use std::sync::Arc;

use bytes::Bytes;

use super::artifacts::uploads;
use super::facts::{Facts, Trouble};
use super::runners;
use super::{NAME, OWNER};
use crate::clock::log_stamp;
use crate::content::BOM;
use crate::noise::Noise;
use crate::rope::{Blocks, Rope, Segment};

/// Lines of a log that tells every request.
pub const SOAK_LINES: u64 = 400_000;
/// Lines of the longest log, which tells every query as well.
pub const QUERY_LINES: u64 = 700_000;
/// How many of these lines are made at once.
const BLOCK_LINES: u64 = 1_000;

/// What a job does, for its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Work {
    /// Builds the web application.
    Build,
    /// Unit tests.
    Unit { system: &'static str, node: &'static str },
    /// Browser tests of one shard.
    Browser { browser: &'static str, shard: usize },
    /// Merges the shards' reports.
    Merge,
    /// Compares screenshots.
    Compare,
    /// Tests on an emulator.
    Emulator { api: &'static str },
    /// Tests against a database.
    Backend { database: &'static str },
    /// Tests of the stock service.
    Contract,
    /// Smoke tests after a deployment.
    Smoke,
    /// Some check.
    Lint { tool: &'static str },
    /// Publishes something.
    Publish,
    /// Scans code.
    Scan { language: &'static str },
    /// Load for half an hour, with a log of about so many lines.
    Soak { lines: u64 },
}

impl Work {
    /// The step that fails when the job fails.
    pub fn culprit(self) -> &'static str {
        match self {
            Work::Build => "Build",
            Work::Unit { .. } => "Run unit tests",
            Work::Browser { .. } => "Run browser tests",
            Work::Merge => "Upload report",
            Work::Compare => "Compare screenshots",
            Work::Emulator { .. } => "Run instrumented tests",
            Work::Backend { .. } => "Run integration tests",
            Work::Contract => "Run contract tests",
            Work::Smoke => "Run smoke tests",
            Work::Lint { .. } => "Check",
            Work::Publish => "Publish",
            Work::Scan { .. } => "Analyze",
            Work::Soak { .. } => "Soak for half an hour",
        }
    }
}

/// Everything a log is made from.
#[derive(Clone, Debug)]
pub struct Script {
    /// The facts of the run.
    pub facts: Arc<Facts>,
    /// The name of the job.
    pub job: String,
    /// What the job does.
    pub work: Work,
    /// The runner's label.
    pub label: &'static str,
    /// Steps with conclusion and share of the time.
    pub steps: Vec<(String, String, i64)>,
    /// When the job started.
    pub started_at: i64,
    /// How long it took.
    pub took_ms: i64,
}

/// A log being written.
pub(super) struct Pen {
    out: String,
    /// What has been written before `out`, where that is too long for it.
    before: Rope,
    /// What time it is.
    pub(super) at: i64,
    /// Time between lines.
    pitch_ms: i64,
    noise: Noise,
    newline: &'static str,
}

impl Pen {
    pub(super) fn say(&mut self, text: &str) {
        self.at += self.noise.between(0, self.pitch_ms);
        let stamp = log_stamp(self.at, self.noise.next_u64());
        self.out.push_str(&stamp);
        self.out.push(' ');
        self.out.push_str(text);
        self.out.push_str(self.newline);
    }

    pub(super) fn command(&mut self, title: &str, lines: &[&str], env: &[&str]) {
        self.say(&format!("##[group]Run {title}"));
        for line in lines {
            self.say(&format!("\u{1b}[36;1m{line}\u{1b}[0m"));
        }
        self.say("shell: /usr/bin/bash -e {0}");
        if !env.is_empty() {
            self.say("env:");
            env.iter().for_each(|line| self.say(&format!("  {line}")));
        }
        self.say("##[endgroup]");
    }

    /// Many lines at once, which are made when they are read.
    fn say_blocks(&mut self, blocks: Blocks) {
        let text = std::mem::take(&mut self.out);
        self.before.push(Segment::Bytes(text.into()));
        self.before.push(Segment::Blocks(blocks));
    }

    pub(super) fn error(&mut self, text: &str) {
        self.say(&format!("##[error]{text}"));
    }
}

impl Script {
    /// The whole log, if it is not one of those that are too long to be held in memory.
    pub fn write(&self) -> Vec<u8> {
        self.written().out.into_bytes()
    }

    /// The whole log, as it is served.
    pub fn rope(&self) -> Rope {
        let Pen { before, out, .. } = self.written();
        let mut rope = Rope::from(Bytes::from_static(BOM));
        rope.append(before);
        rope.push(Segment::Bytes(out.into()));
        rope
    }

    fn written(&self) -> Pen {
        let newline = if self.label.starts_with("windows") { "\r\n" } else { "\n" };
        let mut pen = Pen {
            out: String::new(),
            before: Rope::default(),
            at: self.started_at,
            pitch_ms: 40,
            noise: self.facts.noise(&format!("{:?}{}", self.work, self.label)),
            newline,
        };
        let weights: i64 = self.steps.iter().map(|(_, _, weight)| weight).sum::<i64>().max(1);
        let mut passed = 0;
        for (name, conclusion, weight) in &self.steps {
            pen.at = pen.at.max(self.started_at + self.took_ms * passed / weights);
            passed += weight;
            if conclusion != "skipped" {
                self.step(&mut pen, name, conclusion);
            }
        }
        pen
    }

    fn step(&self, pen: &mut Pen, name: &str, conclusion: &str) {
        match name {
            "Set up job" => self.set_up(pen),
            "Run actions/checkout@v5" => self.checkout(pen),
            "Complete job" => pen.say("Cleaning up orphan processes"),
            "Post Run actions/checkout@v5" => {
                pen.say("Post job cleanup.");
                pen.say("[command]/usr/bin/git version");
                pen.say("git version 2.51.2");
            }
            "Set up Node.js" => set_up_node(pen, self.work),
            "Set up Python" | "Set up Go" => set_up_language(pen, name),
            "Set up JDK 21" => {
                pen.say("##[group]Run actions/setup-java@v5");
                ["with:", "  distribution: temurin", "  java-version: 21", "  cache: gradle"]
                    .iter()
                    .for_each(|line| pen.say(line));
                pen.say("##[endgroup]");
                pen.say("Resolved Java 21.0.9+10 from tool-cache");
            }
            "Install dependencies" => self.install(pen),
            _ if name.starts_with("Upload ") => self.upload(pen, name, conclusion),
            _ if name == self.work.culprit() => self.main_step(pen, conclusion),
            _ => {
                pen.command(
                    &format!("./scripts/{}.sh", name.to_lowercase().replace(' ', "-")),
                    &[&format!("./scripts/{}.sh", name.to_lowercase().replace(' ', "-"))],
                    &["CI: true"],
                );
                pen.say(&format!("{name}: done"));
            }
        }
    }

    fn set_up(&self, pen: &mut Pen) {
        pen.say("Current runner version: '2.336.0'");
        pen.say("##[group]Runner Image Provisioner");
        pen.say("Hosted Compute Agent");
        pen.say("Version: 20260211.402");
        pen.say("##[endgroup]");
        pen.say("##[group]Operating System");
        let system: &[&str] = match self.label {
            "windows-latest" => &["Microsoft Windows Server 2025", "10.0.26100", "Datacenter"],
            "macos-latest" => &["macOS", "15.7.3", "24G419"],
            _ => &["Ubuntu", "24.04.3", "LTS"],
        };
        system.iter().for_each(|line| pen.say(line));
        pen.say("##[endgroup]");
        pen.say("##[group]GITHUB_TOKEN Permissions");
        pen.say("Contents: read");
        pen.say("Metadata: read");
        pen.say("##[endgroup]");
        pen.say("Secret source: Actions");
        pen.say("Prepare workflow directory");
        pen.say("Prepare all required actions");
        pen.say("Getting action download info");
        pen.say("Download action repository 'actions/checkout@v5' (SHA:08c6903cd8c0fde910a37f88322edcfb5dd907a8)");
    }

    fn checkout(&self, pen: &mut Pen) {
        pen.say("##[group]Run actions/checkout@v5");
        ["with:", "  repository: acme/checkout", "  token: ***", "  fetch-depth: 1", "  clean: true"]
            .iter()
            .for_each(|line| pen.say(line));
        pen.say("##[endgroup]");
        pen.say("Syncing repository: acme/checkout");
        pen.say("##[group]Fetching the repository");
        pen.say(&format!("[command]/usr/bin/git -c protocol.version=2 fetch --no-tags --prune --depth=1 origin +{}:refs/remotes/origin/{}", self.facts.sha, self.facts.branch));
        pen.say("##[endgroup]");
        pen.say(&format!("HEAD is now at {} {}", &self.facts.sha[..7], self.facts.title));
    }

    fn install(&self, pen: &mut Pen) {
        if self.facts.trouble == Trouble::Outage && !self.facts.flow.uses_staging() {
            pen.command("npm ci", &["npm ci"], &[]);
            for attempt in 1..=3 {
                pen.at += 20_000;
                pen.say(&format!(
                    "npm http fetch GET https://registry.example.test/react attempt {attempt} failed with ECONNRESET"
                ));
            }
            for line in [
                "\u{1b}[31mnpm error\u{1b}[0m code ECONNRESET",
                "\u{1b}[31mnpm error\u{1b}[0m network Client network socket disconnected before secure TLS connection was established",
                "\u{1b}[31mnpm error\u{1b}[0m network This is a problem related to network connectivity.",
            ] {
                pen.say(line);
            }
            pen.error("Process completed with exit code 1.");
            return;
        }
        if matches!(self.work, Work::Backend { .. } | Work::Smoke) {
            pen.command("uv sync --locked", &["uv sync --locked"], &["UV_CACHE_DIR: /home/runner/.cache/uv"]);
            pen.say("Resolved 94 packages in 12ms");
            pen.say("Installed 94 packages in 241ms");
            return;
        }
        if matches!(self.work, Work::Emulator { .. }) {
            pen.command(
                "./gradlew dependencies",
                &["./gradlew --no-daemon dependencies --quiet"],
                &["GRADLE_OPTS: -Xmx2g"],
            );
            pen.say("Starting a Gradle Daemon (subsequent builds will be faster)");
            return;
        }
        pen.command("npm ci", &["npm ci"], &["npm_config_fund: false"]);
        pen.say(
            "npm \u{1b}[33mwarn\u{1b}[0m deprecated inflight@1.0.6: This module is not supported, and leaks memory.",
        );
        pen.at += 9_000;
        pen.say("");
        pen.say("added 1284 packages, and audited 1285 packages in 11s");
        pen.say("found \u{1b}[32m0\u{1b}[0m vulnerabilities");
    }

    /// The action's own words. The id is known because the log is read after the upload.
    fn upload(&self, pen: &mut Pen, step: &str, conclusion: &str) {
        let planned = uploads(&self.facts).into_iter().find(|upload| upload.job == self.job && upload.step == step);
        let usual = if step == "Upload report" { "playwright-report" } else { "test-results" };
        let name = planned.map_or(usual.to_owned(), |upload| upload.spec.name);
        pen.say("##[group]Run actions/upload-artifact@v6");
        pen.say("with:");
        pen.say(&format!("  name: {name}"));
        pen.say(&format!("  path: {name}/"));
        pen.say(&format!("  if-no-files-found: {}", if conclusion == "failure" { "error" } else { "warn" }));
        pen.say("  compression-level: 6");
        pen.say("##[endgroup]");
        let receipt = self.facts.receipts.of(&name);
        let (Some(receipt), "success") = (receipt, conclusion) else {
            let level = if conclusion == "failure" { "error" } else { "warning" };
            pen.say(&format!(
                "##[{level}]No files were found with the provided path: {name}/. No artifacts will be uploaded."
            ));
            return;
        };
        let (measure, id) = (receipt.stored.measure(), receipt.id);
        pen.say("With the provided path, there will be some files uploaded");
        pen.say("Artifact name is valid!");
        pen.say("Root directory input is valid!");
        pen.say("Beginning upload of artifact content to blob storage");
        pen.at += 700;
        pen.say(&format!("Uploaded bytes {}", measure.size_bytes));
        pen.say("Finished uploading artifact content to blob storage!");
        pen.say(&format!("SHA256 digest of uploaded artifact is {}", measure.sha256));
        pen.say("Finalizing artifact upload");
        pen.say(&format!("Artifact {name} successfully finalized. Artifact ID {id}"));
        pen.say(&format!(
            "Artifact {name} has been successfully uploaded! Final size is {} bytes. Artifact ID is {id}",
            measure.size_bytes
        ));
        pen.say(&format!(
            "Artifact download URL: https://github.com/{OWNER}/{NAME}/actions/runs/{}/artifacts/{id}",
            receipt.run
        ));
    }

    fn main_step(&self, pen: &mut Pen, conclusion: &str) {
        let facts = &self.facts;
        match self.work {
            Work::Unit { system, node } => runners::unit(pen, facts, system, node),
            Work::Browser { browser, shard } => runners::browser(pen, facts, browser, shard),
            Work::Backend { database } => runners::backend(pen, facts, database, conclusion == "cancelled"),
            Work::Contract => runners::stock(pen, facts),
            Work::Smoke => runners::smoke(pen, facts),
            Work::Emulator { api } => runners::android(pen, facts, api, conclusion == "cancelled"),
            Work::Compare => runners::visual(pen, facts),
            Work::Lint { tool } => self.check(pen, tool, conclusion),
            Work::Publish if conclusion == "failure" => {
                pen.command("npm publish", &["npm publish --provenance"], &["NODE_AUTH_TOKEN: ***"]);
                pen.error("403 Forbidden - PUT: you cannot publish over the previously published versions");
            }
            Work::Soak { lines } => self.soak(pen, lines, conclusion),
            _ => self.build(pen, conclusion),
        }
    }

    fn check(&self, pen: &mut Pen, tool: &str, conclusion: &str) {
        pen.command(&format!("npm run check:{tool}"), &[&format!("npm run check:{tool}")], &[]);
        if conclusion == "failure" {
            pen.say("src/payment/machine.ts(88,21): error TS2345: Argument of type 'number | undefined' is not assignable to parameter of type 'number'.\n  Type 'undefined' is not assignable to type 'number'.");
            pen.say("Found 1 error in src/payment/machine.ts:88");
            pen.error("Process completed with exit code 2.");
        } else {
            pen.say("\u{1b}[33mwarning\u{1b}[0m  2 suppressed findings");
            pen.say("##[warning]Promises must be awaited: src/payment/machine.ts:41");
        }
    }

    fn build(&self, pen: &mut Pen, conclusion: &str) {
        pen.command("npm run build", &["npm run build"], &["NODE_ENV: production"]);
        if conclusion == "failure" {
            pen.say("\u{1b}[36mvite v7.1.2 \u{1b}[32mbuilding for production...\u{1b}[39m");
            pen.say("   Compiling price-rules v0.4.1 (/home/runner/work/checkout/checkout/wasm/price-rules)");
            pen.say("\u{1b}[1m\u{1b}[38;5;9merror[E0308]\u{1b}[0m\u{1b}[1m: mismatched types\u{1b}[0m");
            for line in [
                "   --> wasm/price-rules/src/coupon.rs:114:24",
                "    |",
                "113 |     fn applies_to(&self, cart: &Cart) -> Option<Percent> {",
                "    |                                          --------------- expected `Option<Percent>` because of return type",
                "114 |         cart.total().min(self.limit)",
                "    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected `Option<Percent>`, found `Cents`",
                "    |",
                "    = note: expected enum `Option<Percent>`",
                "             found struct `Cents`",
                "",
            ] {
                pen.say(line);
            }
            pen.say("For more information about this error, try `rustc --explain E0308`.");
            pen.say("error: could not compile `price-rules` (lib) due to 1 previous error");
            pen.error("Process completed with exit code 101.");
            return;
        }
        for index in 0..60 {
            let hash = pen.noise.hex(8);
            pen.say(&format!(
                "\u{1b}[2mdist/\u{1b}[22m\u{1b}[36massets/chunk-{}.js\u{1b}[39m  \u{1b}[1m{:>6}.{:02} kB\u{1b}[22m",
                hash,
                4 + index * 7 % 90,
                index
            ));
        }
        pen.say("\u{1b}[32m✓ built in 14.21s\u{1b}[39m");
    }

    fn soak(&self, pen: &mut Pen, lines: u64, conclusion: &str) {
        pen.command("npm run soak", &["npm run soak -- --minutes 30 --verbose"], &["TARGET: http://localhost:8080"]);
        let share = self.steps.iter().find(|(name, ..)| name == self.work.culprit()).map_or(1, |(.., weight)| *weight);
        let weights: i64 = self.steps.iter().map(|(.., weight)| weight).sum::<i64>().max(1);
        let soak = Soak {
            begins_at: pen.at,
            takes_ms: self.took_ms * share / weights,
            lines,
            noise: pen.noise.next_u64(),
            tells_queries: lines >= QUERY_LINES,
        };
        let parts = if lines >= 20 * BLOCK_LINES { 10 } else { 1 };
        let blocks = (lines / parts / BLOCK_LINES).max(1);
        for part in 0..parts {
            pen.say_blocks(Blocks::new(blocks, Arc::new(move |block| soak.lines(part * blocks + block))));
            let told = (part + 1) * blocks * BLOCK_LINES;
            pen.at = soak.at(told);
            pen.say(&format!("##[notice]checkpoint after {told} lines, memory {} MB", 210 + told / 1500));
            if soak.tells_queries && part % 3 == 1 {
                pen.say("##[warning]pool exhausted: 40 of 40 connections in use, 118 waiting");
                pen.say("\u{1b}[1;31mERROR\u{1b}[0m \u{1b}[2mcheckout::orders\u{1b}[0m could not export orders: deadlock detected\n  DETAIL:  Process 4121 waits for ShareLock on transaction 88121; blocked by process 4098.\n  HINT:  See server log for query details.");
            }
        }
        if conclusion == "failure" {
            pen.error("p99 latency 2140 ms is above the limit of 900 ms");
            pen.error("Process completed with exit code 1.");
        }
    }
}

/// The long part of a soak's log. Every line is as long as every other, so that any part of it can be made by itself.
#[derive(Clone, Copy)]
struct Soak {
    begins_at: i64,
    takes_ms: i64,
    lines: u64,
    noise: u64,
    tells_queries: bool,
}

impl Soak {
    /// When a line is written.
    fn at(&self, line: u64) -> i64 {
        self.begins_at + (self.takes_ms as u64 * line / self.lines.max(1)) as i64
    }

    fn lines(&self, block: u64) -> Bytes {
        const TABLES: [&str; 4] = ["orders", "price_rule", "cart_item", "stock_move"];
        let mut noise = Noise::keyed(self.noise, block);
        let mut out = String::with_capacity(120 * BLOCK_LINES as usize);
        for line in block * BLOCK_LINES..(block + 1) * BLOCK_LINES {
            let stamp = log_stamp(self.at(line), noise.next_u64());
            let (status, colour) = if noise.below(900) == 0 { (503, 31) } else { (200, 32) };
            let (took, cart, number) = (4 + noise.below(70), noise.below(10_000), line + 1);
            let text = match self.tells_queries && line % 3 != 0 {
                true => format!(
                    "\u{1b}[2mquery\u{1b}[0m select * from {} where cart_id = {cart:04} \u{1b}[36m{took:>3}ms\u{1b}[0m",
                    noise.pick(&TABLES)
                ),
                false => format!(
                    "GET /api/cart/{cart:04} \u{1b}[{colour}m{status}\u{1b}[0m {took:>3}ms worker-{:02} correlation={:012x}",
                    line % 12,
                    noise.next_u64() & 0xffff_ffff_ffff
                ),
            };
            // Padded, so that every line is as long as every other.
            out.push_str(&format!("{stamp} [{number:>6}] {text:<74}\n"));
        }
        out.into()
    }
}

fn set_up_node(pen: &mut Pen, work: Work) {
    let version = match work {
        Work::Unit { node, .. } => node,
        _ => "22",
    };
    pen.say("##[group]Run actions/setup-node@v5");
    ["with:", &format!("  node-version: {version}"), "  cache: npm", "  check-latest: false"]
        .iter()
        .for_each(|line| pen.say(line));
    pen.say("##[endgroup]");
    pen.say("Found in cache @ /opt/hostedtoolcache/node");
    pen.say("##[group]Environment details");
    pen.say(&format!("node: v{version}.11.0"));
    pen.say("npm: 11.6.1");
    pen.say("##[endgroup]");
}

fn set_up_language(pen: &mut Pen, step: &str) {
    let (action, version, said) = match step {
        "Set up Go" => ("actions/setup-go@v6", "  go-version: 1.25.4", "Successfully set up Go version 1.25.4"),
        _ => ("actions/setup-python@v6", "  python-version: 3.13", "Successfully set up CPython (3.13.9)"),
    };
    pen.say(&format!("##[group]Run {action}"));
    pen.say("with:");
    pen.say(version);
    pen.say("##[endgroup]");
    pen.say(said);
}
