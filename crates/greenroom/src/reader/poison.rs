//! Files that misbehave on demand, for tests of what becomes of the rest. Not in builds for use.
//!
//! Where `GREENROOM_POISON` is set, a process that reads does what the words `greenroom-poison-{job}-{deed}` ask for,
//! if it meets them in the name of a file that may be a report or, for other jobs, among the first bytes it reads.

use super::job::Job;
use super::wire::Asker;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

/// Bytes in which the words are looked for.
const TASTED_BYTES: usize = 4 << 10;

/// Misbehaves if the bytes say so.
pub(super) fn taste(job: &Job, file: &File, asker: &Asker<'_>) {
    let mut head = vec![0; TASTED_BYTES];
    let count = file.read_at(&mut head, 0).unwrap_or(0);
    let text = String::from_utf8_lossy(&head[..count]).into_owned();
    match job {
        Job::Archive { .. } | Job::Alone { .. } => taste_name("archive", &text, asker),
        Job::LogFailures { .. } => taste_name("log", &text, asker),
        Job::Trace { .. } => taste_name("trace", &text, asker),
        // Their bytes come as a stream, which cannot be tasted beforehand; or they have names of their own.
        Job::Reports { .. } | Job::Thumbnail { .. } | Job::JsonPage { .. } => {}
    }
}

/// Misbehaves if a text says so.
pub(super) fn taste_name(job: &str, text: &str, asker: &Asker<'_>) {
    if std::env::var_os("GREENROOM_POISON").is_none() {
        return;
    }
    let words = format!("greenroom-poison-{job}-");
    let Some(at) = text.find(&words) else { return };
    let mut line = asker;
    let deed = &text[at + words.len()..];
    match deed.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default() {
        "abort" => std::process::abort(),
        "overflow" => drop(dig(1)),
        "loop" => spin(),
        "allocate" => hoard(),
        "panic" => panic!("poisoned"),
        "sleep" => std::thread::sleep(std::time::Duration::from_secs(3600)),
        "endless" => {
            // A piece that is a text of four gigabytes.
            let _ = line.write_all(b"\x81\xa5Piece\xdb\xff\xff\xff\xff");
            while line.write_all(&[b'x'; 1 << 16]).is_ok() {}
        }
        "garbage" => {
            let _ = line.write_all(&[0xc1; 64]);
            std::thread::sleep(std::time::Duration::from_secs(3600));
        }
        "exit" => std::process::exit(3),
        other => panic!("no such deed: {other}"),
    }
}

#[allow(unconditional_recursion)]
fn dig(depth: u64) -> u64 {
    let ground = std::hint::black_box([depth; 64]);
    dig(depth + 1) + ground[depth as usize % 64]
}

fn spin() {
    let mut turns = 0_u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

fn hoard() {
    let mut kept = Vec::new();
    loop {
        kept.push(std::hint::black_box(vec![1_u8; 1 << 20]));
    }
}
