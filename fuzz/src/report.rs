//! The fuzz target of every report format: the environment variable FORMAT says which (`junit`, `go-json`, …).
//!
//! Beyond not panicking: nothing is kept beyond the limits, and what is read does not depend on how the bytes arrive.
//! Time and memory are limited by libFuzzer's own options in `fuzz/run`.
#![no_main]

#[path = "../../crates/artifact/tests/samples/invariants.rs"]
mod invariants;

use artifact::report::{self, Format, Limits};
use invariants::{SMALL, check};
use libfuzzer_sys::fuzz_target;
use std::io::{self, Read};
use std::sync::LazyLock;

static FORMAT: LazyLock<Format> = LazyLock::new(|| {
    let word = std::env::var("FORMAT").unwrap_or_default();
    Format::from_word(&word).unwrap_or_else(|| {
        let words: Vec<&str> = Format::all().map(Format::as_str).collect();
        panic!("FORMAT must be one of {}", words.join(" "))
    })
});

/// Gives a few bytes at a time.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(7);
        self.0.read(&mut into[..most])
    }
}

fuzz_target!(|bytes: &[u8]| {
    report::look("results.xml", bytes);
    let limits = Limits::default();
    let report = report::read(*FORMAT, &mut { bytes }, &limits);
    check(&report, &limits);
    assert_eq!(report, report::read(*FORMAT, &mut Slow(bytes), &limits));
    check(&report::read(*FORMAT, &mut { bytes }, &SMALL), &SMALL);
});
