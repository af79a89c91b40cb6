//! Archives as real writers and as attackers make them, seen through the index.
#![allow(clippy::unwrap_used)]

mod support;

use artifact::{
    ArchiveFlag, Contents, Entry, FileType, Flag, GZIP_HEADER, Limits, ReadAt, Refusal, Section, gzip_trailer, open,
    scan,
};
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use support::{Archive, Descriptor, Part, archive, deflate, deflated, stored, uploaded, zip};

fn index(blob: &[u8]) -> Contents {
    scan(&blob, &Limits::default()).unwrap()
}

fn refusal(blob: &[u8]) -> Refusal {
    scan(&blob, &Limits::default()).unwrap_err()
}

fn content(blob: &dyn ReadAt, entry: &Entry) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let section = Section::new(blob, entry.data_offset, entry.compressed_bytes);
    open(section, entry.method, entry.size_bytes, entry.crc32).read_to_end(&mut out)?;
    Ok(out)
}

fn names(contents: &Contents) -> Vec<&str> {
    contents.entries.iter().map(|entry| entry.name.as_str()).collect()
}

fn flags(contents: &Contents) -> Vec<&[Flag]> {
    contents.entries.iter().map(|entry| entry.flags.as_slice()).collect()
}

/// Counts the bytes that are read, so that a test can tell that nothing was.
struct Counted(Vec<u8>, AtomicU64);

impl ReadAt for Counted {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let count = self.0.read_at(buf, offset)?;
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn len(&self) -> u64 {
        ReadAt::len(&self.0)
    }
}

#[test]
fn every_way_of_writing_sizes_reads_the_same() {
    let text = b"line\n".repeat(1000);
    for descriptor in [Descriptor::None, Descriptor::Short, Descriptor::Zip64] {
        for zip64 in [false, true] {
            let with = |part: Part| Part { descriptor, zip64, ..part };
            let parts = [
                with(stored("stored.log", &text)),
                with(deflated("deflated.log", &text)),
                with(stored("empty.txt", "")),
                with(deflated("hollow.txt", "")),
            ];
            let blob = Archive { zip64, ..archive(parts) }.build();
            let contents = index(&blob);
            assert_eq!(names(&contents), ["stored.log", "deflated.log", "empty.txt", "hollow.txt"]);
            assert!(contents.flags.is_empty(), "{:?}", contents.flags);
            for entry in &contents.entries {
                assert!(entry.flags.is_empty(), "{} {:?}", entry.name, entry.flags);
                let expected = if entry.size_bytes == 0 { vec![] } else { text.clone() };
                assert_eq!(content(&blob, entry).unwrap(), expected);
            }
        }
    }
}

#[test]
fn a_real_looking_artifact_is_listed_and_classified() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0".repeat(3);
    let blob = zip([
        uploaded("shots/login.png", png),
        uploaded("results.json", "{\"ok\": true}"),
        uploaded("run.log", "hello"),
        uploaded("trace.bin", [0, 159, 146, 150]),
    ]);
    let kinds: Vec<(FileType, String)> =
        index(&blob).entries.into_iter().map(|entry| (entry.file_type, entry.media_type)).collect();
    let expected = [
        (FileType::Image, "image/png"),
        (FileType::Json, "application/json"),
        (FileType::Text, "text/plain"),
        (FileType::Binary, "application/octet-stream"),
    ];
    assert_eq!(kinds, expected.map(|(file_type, media_type)| (file_type, media_type.to_owned())));
}

#[test]
fn a_deflated_entry_can_be_served_as_gzip_straight_from_the_archive() {
    let text = b"line\n".repeat(1000);
    let blob = zip([uploaded("a.log", &text)]);
    let entry = &index(&blob).entries[0];
    let raw = &blob[entry.data_offset as usize..][..entry.compressed_bytes as usize];
    let gzip = [&GZIP_HEADER[..], raw, &gzip_trailer(entry.crc32, entry.size_bytes)].concat();
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut out).unwrap();
    assert_eq!(out, text);
}

#[test]
fn an_archive_without_entries_is_empty_not_refused() {
    for zip64 in [false, true] {
        let contents = index(&Archive { zip64, ..archive([]) }.build());
        assert_eq!(contents, Contents { entries: vec![], skipped_directories: 0, flags: vec![] });
    }
}

#[test]
fn directories_are_counted_in_the_ordinals_but_not_listed() {
    let contents = index(&zip([stored("a/", ""), stored("a/1", "x"), deflated("b/", ""), stored("not-empty/", "y")]));
    let listed: Vec<(u32, &str)> = contents.entries.iter().map(|entry| (entry.ordinal, entry.name.as_str())).collect();
    assert_eq!(listed, [(1, "a/1"), (3, "not-empty/")]);
    assert_eq!(contents.skipped_directories, 2);
}

#[test]
fn z1_unsafe_names_are_flagged_and_readable() {
    let unsafe_names = ["../x", "a/../../x", "..\\x", "/etc/passwd", "C:\\x", ""];
    let blob = zip(unsafe_names.map(|name| stored(name, name)));
    for entry in &index(&blob).entries {
        assert_eq!(entry.flags, [Flag::UnsafeName], "{:?}", entry.name);
        assert_eq!(content(&blob, entry).unwrap(), entry.raw_name);
    }
}

#[test]
fn z2_z3_symlinks_are_files_that_hold_their_target() {
    let link = |name, target| Part { mode: 0o120777, ..stored(name, target) };
    let blob = zip([link("d", "/etc"), link("dangling.png", "../../nowhere"), stored("d/x", "inside")]);
    let contents = index(&blob);
    assert_eq!(names(&contents), ["d", "dangling.png", "d/x"]);
    assert_eq!(flags(&contents), [&[Flag::Symlink][..], &[Flag::Symlink], &[]]);
    assert_eq!(content(&blob, &contents.entries[1]).unwrap(), b"../../nowhere");
    assert_eq!(contents.entries[1].file_type, FileType::Text);
}

#[test]
fn z4_duplicates_are_all_kept_and_readable() {
    let parts: Vec<Part> = (0..1000).map(|n: u32| stored("same", n.to_string())).collect();
    let blob = zip(parts);
    let contents = index(&blob);
    assert_eq!(contents.entries.len(), 1000);
    for (n, entry) in contents.entries.iter().enumerate() {
        assert_eq!((entry.ordinal, entry.flags.as_slice()), (n as u32, &[Flag::DuplicateName][..]));
        assert_eq!(content(&blob, entry).unwrap(), n.to_string().as_bytes());
    }
}

#[test]
fn z5_a_local_header_that_contradicts_is_flagged_and_the_central_name_wins() {
    let renamed = Part { local_name: Some(b"safe.txt".to_vec()), ..stored("evil.exe", "x") };
    let longer = Part { local_name: Some(b"longer.txt".to_vec()), ..stored("a", "x") };
    let contents = index(&zip([renamed, longer, stored("fine", "x")]));
    assert_eq!(names(&contents), ["evil.exe", "a", "fine"]);
    assert_eq!(flags(&contents), [&[Flag::Inconsistent][..], &[Flag::Inconsistent], &[]]);
}

#[test]
fn z6_entries_over_one_body_are_refused_without_inflating() {
    let body = vec![0; 5_000_000];
    let whole = deflated("0", &body);
    let packed_bytes = whole.packed.len() as u64;
    let shared = Part { central_offset: Some(0), central_packed: Some(packed_bytes), packed: vec![], ..whole.clone() };
    let mut parts = vec![whole];
    parts.extend((1..1000).map(|n: u32| Part { name: n.to_string().into(), ..shared.clone() }));
    let blob = Counted(zip(parts), AtomicU64::new(0));
    let started = Instant::now();
    let refusal = scan(&blob, &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::Overlap { .. }), "{refusal}");
    assert_eq!((refusal.code(), refusal.is_permanent()), ("overlap", true));
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(blob.1.load(Ordering::Relaxed) < 3 * 1024 * 1024 / 2, "only headers were read");
}

#[test]
fn z6_quoted_headers_overlap_too() {
    // Each body contains the next entry's header, as in the bombs that avoid shared bodies.
    let inner = stored("inner", "xyz");
    let inner_bytes = {
        let all = zip([inner.clone()]);
        all[..30 + 5 + 3].to_vec()
    };
    let outer = stored("outer", &inner_bytes);
    let blob = zip([outer, Part { central_offset: Some(30 + 5), ..inner }]);
    assert!(matches!(refusal(&blob), Refusal::Overlap { first: 0, second: 1 }));
}

#[test]
fn z7_entries_over_the_limits_are_listed_but_not_checked() {
    let zeros = vec![0; 3_000_000];
    let blob = zip([
        deflated("bomb.png", &zeros),
        stored("small", "x"),
        deflated("text.log", b"line\n".repeat(500_000)),
        deflated("last", b"y".repeat(100)),
    ]);
    let limits = Limits { max_file_bytes: 2_600_000, max_verified_bytes: 2_500_050, ..Limits::default() };
    let contents = scan(&blob, &limits).unwrap();
    assert_eq!(flags(&contents), [&[Flag::TooLarge][..], &[], &[], &[Flag::Unverified]]);
    assert_eq!(contents.entries[0].file_type, FileType::Binary, "its first bytes are read all the same");
    assert!(contents.entries.iter().all(Entry::is_readable));
    assert_eq!(content(&blob, &contents.entries[0]).unwrap(), zeros);
}

#[test]
fn entries_too_large_for_memory_are_streamed() {
    let big = (0..3_000_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<u8>>();
    let wrong = Part { crc: 1, ..uploaded("wrong.bin", &big) };
    let blob = zip([uploaded("big.bin", &big), stored("big-stored.bin", &big), wrong]);
    let contents = index(&blob);
    assert_eq!(flags(&contents), [&[][..], &[], &[Flag::Corrupt]]);
}

#[test]
fn z8_archives_inside_are_files() {
    let inner = zip([stored("a", "x")]);
    let contents = index(&zip([stored("inner.zip", &inner), uploaded("nested.bin", &inner)]));
    assert_eq!(names(&contents), ["inner.zip", "nested.bin"]);
    assert!(contents.entries.iter().all(|entry| entry.media_type == "application/zip"));
}

#[test]
fn z9_a_wrong_declared_size_is_a_mismatch() {
    let lie = |size, part: Part| Part { size, ..part };
    let parts = [
        lie(4, deflated("smaller", "hello")),
        lie(6, deflated("larger", "hello")),
        lie(4 << 30, deflated("huge", "hello")),
        lie(1 << 62, deflated("absurd", "hello")),
        lie(4, stored("stored-smaller", "hello")),
        lie(6, stored("stored-larger", "hello")),
        stored("fine", "hello"),
    ];
    let blob = zip(parts);
    let contents = index(&blob);
    for entry in &contents.entries[..6] {
        assert!(entry.flags.contains(&Flag::SizeMismatch), "{} {:?}", entry.name, entry.flags);
        assert!(!entry.is_readable());
        assert!(content(&blob, entry).is_err(), "{}", entry.name);
    }
    assert!(contents.entries[6].flags.is_empty());
}

#[test]
fn leftover_compressed_bytes_are_a_mismatch() {
    let part = Part { packed: [deflate(b"hello"), b"junk".to_vec()].concat(), ..deflated("a", "hello") };
    let blob = zip([part]);
    let contents = index(&blob);
    assert_eq!(flags(&contents), [[Flag::SizeMismatch]]);
    assert!(content(&blob, &contents.entries[0]).is_err());
}

#[test]
fn z10_a_corrupt_entry_costs_only_itself() {
    let mut parts: Vec<Part> = (0..50).map(|n| uploaded(format!("{n}.txt"), format!("content {n}"))).collect();
    parts[7].crc ^= 1;
    parts[9].packed = vec![0xff; 20];
    let contents = index(&zip(parts));
    let corrupt: Vec<u32> =
        contents.entries.iter().filter(|entry| entry.flags == [Flag::Corrupt]).map(|entry| entry.ordinal).collect();
    assert_eq!(corrupt, [7, 9]);
    assert_eq!(contents.entries.iter().filter(|entry| entry.flags.is_empty()).count(), 48);
}

#[test]
fn z11_too_many_entries_are_refused_and_many_are_listed() {
    let many = |count: u32| zip((0..count).map(|n| stored(n.to_string(), "")).collect::<Vec<Part>>());
    let contents = index(&many(70_000));
    assert_eq!(contents.entries.len(), 70_000);
    assert!(contents.flags.is_empty(), "a count that wraps at 65,536 is no contradiction");
    let refusal = refusal(&many(100_001));
    assert!(matches!(refusal, Refusal::TooManyEntries { found: 100_001, limit: 100_000 }));
    assert_eq!(refusal.code(), "too-many-entries");
}

#[test]
fn z12_lying_counts_and_offsets_are_refused_at_once() {
    let lies = [
        (Some(1 << 40), None),
        (Some(u64::MAX), None),
        (None, Some(1 << 63)),
        (None, Some(u64::MAX)),
        (Some(0), Some(1 << 63)),
    ];
    for (claimed_entries, claimed_offset) in lies {
        let blob = Archive { zip64: true, claimed_entries, claimed_offset, ..archive([stored("a", "x")]) }.build();
        // The best of three, because other tests run at the same time.
        let elapsed = (0..3).map(|_| {
            let started = Instant::now();
            assert!(scan(&blob, &Limits::default()).is_err());
            started.elapsed()
        });
        assert!(elapsed.min() < Some(Duration::from_millis(10)), "{claimed_entries:?} {claimed_offset:?}");
        let refusal = refusal(&blob);
        assert!(refusal.is_permanent(), "{refusal}");
    }
}

#[test]
fn z12_an_entry_that_points_nowhere_is_corrupt_and_its_range_stays_in_the_blob() {
    let far = |central_offset| Part { central_offset: Some(central_offset), ..stored("far", "x") };
    let long = Part { central_packed: Some(1 << 62), size: u64::MAX, ..stored("long", "x") };
    let blob = zip([far(1 << 63), far(u64::MAX - 1), far(7), long, stored("fine", "x")]);
    let contents = index(&blob);
    for entry in &contents.entries[..4] {
        assert!(entry.flags.contains(&Flag::Corrupt), "{:?}", entry.flags);
        assert!(entry.data_offset + entry.compressed_bytes <= blob.len() as u64);
        assert!(entry.size_bytes <= i64::MAX as u64);
    }
    assert!(contents.entries[4].flags.is_empty());
}

#[test]
fn z13_a_truncated_archive_is_refused_wherever_it_ends() {
    let blob = zip([uploaded("a.txt", "hello"), uploaded("b.txt", b"line\n".repeat(100))]);
    for end in 0..blob.len() {
        let refusal = refusal(&blob[..end]);
        let expected = if end < 4 { "not-a-zip" } else { "truncated" };
        assert_eq!(refusal.code(), expected, "at {end}: {refusal}");
    }
}

#[test]
fn z13_a_truncated_archive_is_not_taken_for_one_stored_inside_it() {
    let inner = zip([stored("inner.txt", "x")]);
    let blob = zip([uploaded("a.txt", "hello"), stored("trace.zip", &inner), stored("b.txt", b"line\n".repeat(100))]);
    let inner_end = blob.windows(inner.len()).position(|window| window == inner).unwrap() + inner.len();
    assert_eq!(refusal(&blob[..inner_end + 50]).code(), "truncated");
}

#[test]
fn z14_bytes_around_the_archive_are_flagged() {
    let parts = || [uploaded("a.txt", "hello")];
    let flagged = |archive: Archive| index(&archive.build()).flags;
    assert_eq!(flagged(Archive { prefix: b"#!/bin/sh\n".to_vec(), ..archive(parts()) }), [ArchiveFlag::LeadingData]);
    assert_eq!(flagged(Archive { suffix: b"junk".to_vec(), ..archive(parts()) }), [ArchiveFlag::TrailingData]);
    assert_eq!(flagged(Archive { comment: b"a comment".to_vec(), ..archive(parts()) }), []);
    assert_eq!(flagged(Archive { claimed_entries: Some(2), ..archive(parts()) }), [ArchiveFlag::CountMismatch]);
    assert_eq!(flagged(Archive { gap: b"????".to_vec(), ..archive(parts()) }), [ArchiveFlag::DirectoryGap]);
}

#[test]
fn z14_a_prefix_that_shifts_the_offsets_is_corrected() {
    let blob = [b"#!/bin/sh\n".to_vec(), zip([uploaded("a.txt", "hello")])].concat();
    let contents = index(&blob);
    assert_eq!(contents.flags, [ArchiveFlag::LeadingData]);
    assert_eq!(content(&blob, &contents.entries[0]).unwrap(), b"hello");
}

#[test]
fn z14_of_two_archives_the_last_is_chosen() {
    let blob = [zip([stored("first", "1")]), zip([stored("second", "2")])].concat();
    let contents = index(&blob);
    assert_eq!(names(&contents), ["second"]);
    assert_eq!(contents.flags, [ArchiveFlag::LeadingData]);
}

#[test]
fn z14_a_false_end_record_is_passed_over_and_flagged() {
    let false_end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec(), vec![9; 8], vec![0; 2]].concat();
    let in_comment = Archive { comment: false_end.clone(), ..archive([stored("a", "x")]) }.build();
    let after = Archive { suffix: false_end, ..archive([stored("a", "x")]) }.build();
    for blob in [in_comment, after] {
        let contents = index(&blob);
        assert_eq!(names(&contents), ["a"]);
        assert!(contents.flags.contains(&ArchiveFlag::SeveralEndRecords));
    }
}

#[test]
fn z14_an_empty_end_record_does_not_hide_the_archive_before_it() {
    let blob = Archive { suffix: archive([]).build(), ..archive([stored("a", "x")]) }.build();
    assert_eq!(names(&index(&blob)), ["a"]);
}

#[test]
fn z15_z16_what_cannot_be_read_is_listed() {
    let parts = [
        Part { bits: 1, ..deflated("encrypted.txt", "x") },
        Part { bits: 0x41, ..deflated("strongly.txt", "x") },
        Part { method: 14, ..stored("lzma.png", "x") },
        Part { method: 99, bits: 1, ..stored("aes", "x") },
    ];
    let contents = index(&zip(parts));
    assert_eq!(
        flags(&contents),
        [
            &[Flag::Encrypted][..],
            &[Flag::Encrypted],
            &[Flag::UnsupportedMethod],
            &[Flag::Encrypted, Flag::UnsupportedMethod]
        ]
    );
    assert!(!contents.entries.iter().any(Entry::is_readable));
    assert_eq!(contents.entries[2].file_type, FileType::Image, "the name alone decides");
}

#[test]
fn z17_every_name_keeps_its_bytes_and_its_own_ordinal() {
    let long = "n".repeat(5000);
    let raw: Vec<&[u8]> = vec![
        b"nul\0",
        b"cr\r\nlf",
        b"q\"uote",
        b"<img onerror=x>",
        b"\x1b[31m",
        "\u{202e}gpj".as_bytes(),
        long.as_bytes(),
        b"\xff\xfe",
        b"",
        b"CON",
        b"dot.",
        b"A",
        b"a",
        "é".as_bytes(),
        "e\u{301}".as_bytes(),
    ];
    let blob = zip(raw.iter().map(|name| stored(name, name)).collect::<Vec<Part>>());
    let contents = index(&blob);
    assert_eq!(contents.entries.len(), raw.len());
    for (name, entry) in raw.iter().zip(&contents.entries) {
        assert_eq!(&entry.raw_name, name);
        assert_eq!(&content(&blob, entry).unwrap(), name);
        assert!(!entry.flags.contains(&Flag::DuplicateName));
    }
    assert_eq!(contents.entries[6].flags, [Flag::LongName]);
    assert_eq!(contents.entries[7].flags, [Flag::InvalidUtf8Name]);
    assert_eq!(contents.entries[7].name, "\u{a0}■");
}

#[test]
fn names_that_do_not_fit_into_memory_are_refused() {
    let blob = zip((0..100u32).map(|n| stored(format!("{n:0>1000}"), "")).collect::<Vec<Part>>());
    let refusal = scan(&blob, &Limits { max_total_name_bytes: 99_999, ..Limits::default() }).unwrap_err();
    assert_eq!(refusal.code(), "names-too-large");
    assert!(scan(&blob, &Limits { max_total_name_bytes: 100_000, ..Limits::default() }).is_ok());
}

#[test]
fn z18_z19_names_are_flat_whatever_they_look_like() {
    let deep = "d/".repeat(10_000) + "x";
    let contents = index(&zip([stored("a", "1"), stored("a/b", "2"), stored(&deep, "3")]));
    assert_eq!(names(&contents), ["a", "a/b", deep.as_str()]);
    assert_eq!(contents.entries[2].flags, [Flag::LongName]);
}

#[test]
fn z20_bad_dates_and_extra_fields_do_no_harm() {
    let fields: Vec<Vec<u8>> = [1u16, 0x0a, 0x0d, 0x5455, 0x5855, 0x7075, 0x7855, 0x7875, 0x9901, 0xcafe, 0xd935]
        .iter()
        .flat_map(|id| {
            [(0u16, 0usize), (1, 0), (4, 4), (0xffff, 3), (9, 9)]
                .map(|(len, real)| [&id.to_le_bytes()[..], &len.to_le_bytes(), &vec![0xff; real]].concat())
        })
        .chain([vec![1], vec![1, 0, 1]])
        .collect();
    for (n, extra) in fields.into_iter().enumerate() {
        let blob = zip([Part { extra, dos_date: [0, 0xffff][n % 2], ..uploaded("a.txt", "hello") }]);
        let contents = index(&blob);
        assert_eq!(flags(&contents), [&[] as &[Flag]]);
        assert_eq!(content(&blob, &contents.entries[0]).unwrap(), b"hello");
    }
}

#[test]
fn z21_other_bodies_are_named_by_how_they_begin() {
    let tar_header = [vec![b'a'; 257], b"ustar\x0000".to_vec(), vec![0; 247]].concat();
    let tar = [tar_header, zip([stored("inside", "x")]), vec![0; 1024]].concat();
    for body in [vec![], b"<!DOCTYPE html><title>503".to_vec(), b"{\"message\": \"gone\"}".to_vec(), tar] {
        let refusal = refusal(&body);
        assert!(
            matches!(&refusal, Refusal::NotAZip { head } if body.starts_with(head) && head.len() == body.len().min(64)),
            "{refusal}"
        );
        assert_eq!(refusal.code(), "not-a-zip");
    }
    let shown = refusal(b"\x1b]0;x\x07<html>").to_string();
    assert_eq!(shown, "not a zip archive: it begins with \"\\x1b]0;x\\x07<html>\"");
}

#[test]
fn a_blob_that_cannot_be_read_is_not_called_corrupt() {
    struct Failing(Vec<u8>, u64);
    impl ReadAt for Failing {
        fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
            if offset < self.1 { Err(io::Error::from(io::ErrorKind::TimedOut)) } else { self.0.read_at(buf, offset) }
        }
        fn len(&self) -> u64 {
            ReadAt::len(&self.0)
        }
    }
    let blob = zip([uploaded("a", "x"), uploaded("b", b"line\n".repeat(9))]);
    for unreadable in [10, 60, blob.len() as u64] {
        let refusal = scan(&Failing(blob.clone(), unreadable), &Limits::default()).unwrap_err();
        assert_eq!((refusal.code(), refusal.is_permanent()), ("unreadable", false));
    }
}

fn tar_of(build: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    build(&mut builder);
    builder.into_inner().unwrap()
}

fn add(builder: &mut tar::Builder<Vec<u8>>, name: &str, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    builder.append_data(&mut header, name, content).unwrap();
}

#[test]
fn a_tar_is_listed_like_a_zip_and_its_files_read_back() {
    let long_name = format!("{}/report.json", "folder".repeat(40));
    let blob = tar_of(|builder| {
        add(builder, "a.txt", b"hello");
        add(builder, &long_name, b"{}");
        builder.append_pax_extensions([("path", "p\u{e4}x.log".as_bytes())]).unwrap();
        add(builder, "short", b"line\n");
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        builder.append_link(&mut link, "link", "/etc/passwd").unwrap();
    });
    let contents = artifact::scan_tar(&blob, &Limits::default()).unwrap();
    let names: Vec<&str> = contents.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a.txt", &long_name, "p\u{e4}x.log", "link"]);
    for (entry, expected) in contents.entries.iter().zip([&b"hello"[..], b"{}", b"line\n"]) {
        let mut content = Vec::new();
        let section = Section::new(&blob, entry.data_offset, entry.compressed_bytes);
        open(section, entry.method, entry.size_bytes, entry.crc32).read_to_end(&mut content).unwrap();
        assert_eq!(content, expected);
    }
    assert_eq!(contents.entries[3].flags, [Flag::Symlink]);
}

#[test]
fn a_tar_that_breaks_off_is_listed_up_to_there_and_other_bytes_are_refused() {
    let blob = tar_of(|builder| {
        add(builder, "a.txt", b"hello");
        add(builder, "b.txt", &[7; 5_000]);
    });
    let cut = blob[..2_500].to_vec();
    let contents = artifact::scan_tar(&cut, &Limits::default()).unwrap();
    assert_eq!(contents.entries[0].name, "a.txt");
    assert!(contents.entries.iter().skip(1).all(|entry| !entry.is_readable()));
    let limits = Limits { max_entries: 1, ..Limits::default() };
    assert!(matches!(artifact::scan_tar(&blob, &limits), Err(Refusal::TooManyEntries { .. })));
    assert!(matches!(artifact::scan_tar(&vec![b'x'; 2_000], &Limits::default()), Err(Refusal::Corrupt(_))));
    assert!(artifact::is_tar(&blob[..512]) && !artifact::is_tar(&[b'x'; 512]));
}
