//! No input makes the index, the content reader, the classifier or the log reader panic, hang or promise what it cannot keep.
#![allow(clippy::unwrap_used)]

mod support;

use artifact::{Damage, Flag, Limits, Section, classify, log, open, scan};
use proptest::prelude::*;
use std::io::Read;
use support::{Descriptor, Part, archive, deflated, stored, uploaded};

/// A valid archive with one entry of every sort.
fn sample(zip64: bool) -> Vec<u8> {
    let parts = [
        uploaded("a/log.txt", b"line\n".repeat(300)),
        stored("b.json", "{\"a\": [1, 2, 3]}"),
        stored("dir/", ""),
        Part { zip64: true, ..deflated("c.xml", "<testsuites/>") },
        Part { descriptor: Descriptor::Zip64, ..deflated("c.xml", "<testsuites/>") },
        Part { mode: 0o120777, ..stored("link", "../x") },
    ];
    support::Archive { zip64, comment: b"comment".to_vec(), ..archive(parts) }.build()
}

/// Whatever is listed lies within the blob, and what is not flagged reads back as promised.
fn check(blob: &[u8]) -> Result<(), TestCaseError> {
    let limits = Limits { max_entries: 1000, max_file_bytes: 1 << 20, ..Limits::default() };
    let Ok(contents) = scan(&blob, &limits) else { return Ok(()) };
    for entry in &contents.entries {
        let end = entry.data_offset.checked_add(entry.compressed_bytes);
        prop_assert!(end.is_some_and(|end| end <= blob.len() as u64), "{entry:?}");
        prop_assert!(entry.size_bytes <= i64::MAX as u64);
        let section = Section::new(&blob, entry.data_offset, entry.compressed_bytes);
        let mut content = Vec::new();
        let outcome =
            open(section, entry.method, entry.size_bytes, entry.crc32).take(2 << 20).read_to_end(&mut content);
        prop_assert!(content.len() as u64 <= entry.size_bytes);
        let is_promised = entry.is_readable() && !entry.flags.contains(&Flag::TooLarge);
        // The fast decoder also takes reserved symbols, which no honest compressor writes; see `archive::verify`.
        let is_odd_stream =
            entry.method == 8 && matches!(&outcome, Err(error) if damage(error) == Some(Damage::Garbled));
        if is_promised && !is_odd_stream {
            prop_assert!(outcome.is_ok(), "{entry:?} {outcome:?}");
            prop_assert_eq!(content.len() as u64, entry.size_bytes);
        }
    }
    Ok(())
}

fn damage(error: &std::io::Error) -> Option<Damage> {
    error.get_ref()?.downcast_ref::<Damage>().copied()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_indexed_or_refused(blob in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&blob)?;
    }

    #[test]
    fn arbitrary_bytes_after_a_signature_are_indexed_or_refused(parts in proptest::collection::vec((0usize..6, proptest::collection::vec(any::<u8>(), 0..60)), 0..8)) {
        let signatures: [&[u8]; 6] = [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"];
        let blob = parts.iter().flat_map(|(at, bytes)| [signatures[*at], bytes].concat()).collect::<Vec<u8>>();
        check(&blob)?;
    }

    #[test]
    fn mutated_archives_are_indexed_or_refused(
        zip64: bool,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(0), Just(255)]), 1..12),
    ) {
        let mut blob = sample(zip64);
        for (at, byte) in changes {
            let at = at.index(blob.len());
            blob[at] = byte;
        }
        check(&blob)?;
    }

    #[test]
    fn cut_and_spliced_archives_are_indexed_or_refused(zip64: bool, from: prop::sample::Index, len: prop::sample::Index, to: prop::sample::Index) {
        let mut blob = sample(zip64);
        let from = from.index(blob.len());
        let piece = blob.split_off(from);
        let piece = &piece[..len.index(piece.len() + 1)];
        let to = to.index(blob.len() + 1);
        blob.splice(to..to, piece.iter().copied());
        check(&blob)?;
    }

    #[test]
    fn the_content_reader_never_yields_more_than_promised(packed in proptest::collection::vec(any::<u8>(), 0..300), method in 0u16..10, size in 0u64..2000, crc: u32, step in 1usize..50) {
        let mut reader = open(packed.as_slice(), method, size, crc);
        let mut chunk = vec![0; step];
        let mut total = 0;
        while let Ok(count @ 1..) = reader.read(&mut chunk) {
            total += count as u64;
        }
        prop_assert!(total <= size);
    }

    #[test]
    fn whole_entries_read_back_in_steps_of_any_length(content in proptest::collection::vec(any::<u8>(), 0..2000), step in 1usize..700) {
        for part in [stored("a", &content), deflated("a", &content)] {
            let mut reader = open(part.packed.as_slice(), part.method, part.size, part.crc);
            let (mut out, mut chunk) = (Vec::new(), vec![0; step]);
            loop {
                let count = reader.read(&mut chunk).unwrap();
                if count == 0 { break }
                out.extend_from_slice(&chunk[..count]);
            }
            prop_assert_eq!(&out, &content);
        }
    }

    #[test]
    fn anything_is_of_some_kind(name in ".*", head in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[{<\"a-z0-9:,!?/> \\-.]{0,60}") {
        classify(&name, &head);
        classify(&name, text.as_bytes());
        classify("x", text.as_bytes());
    }

    #[test]
    fn lines_lose_nothing_but_their_ends(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r'), Just(0xef)], 0..200)) {
        let kept: usize = log::lines(&bytes).map(|line| line.len()).sum();
        let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        prop_assert!(kept + ends >= bytes.len());
        for raw in log::lines(&bytes) {
            log::line(raw);
        }
    }
}
