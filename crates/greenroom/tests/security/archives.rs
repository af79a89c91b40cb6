//! Z: what archives can lie about. Every artifact is in one poll; each case looks at its own.

use crate::lies::{self, Descriptor, Part, archive, deflate, deflated, stored, zip};
use crate::stage::{Hostile, Seen, SeenArtifact};
use fakehub::zip::Entry;
use fakehub::{ArtifactSpec, Content, DigestClaim};
use std::sync::OnceLock;

const SLASHES: [&str; 5] = ["../x", "a/../../x", "..\\x", "/etc/x", "C:\\x"];

fn seen() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| Seen::of(|_| hostile()))
}

fn hostile() -> Vec<Hostile> {
    let mut all = names();
    all.extend(structures());
    all.extend(contents());
    all
}

/// An entry that holds its own number.
fn numbered(name: impl AsRef<[u8]>, number: usize) -> Part {
    stored(name, format!("content {number}"))
}

fn link(name: &str, target: &str) -> Part {
    Part { mode: 0o120_777, ..stored(name, target) }
}

fn all_numbered<N: AsRef<[u8]>>(names: impl IntoIterator<Item = N>) -> Vec<u8> {
    zip(names.into_iter().enumerate().map(|(at, name)| numbered(name, at)).collect::<Vec<_>>())
}

fn odd_names() -> Vec<Vec<u8>> {
    let long = "n".repeat(3000);
    let texts = [
        "a\0b",
        "a\r\nb",
        "a\"b'c",
        "<img src=x onerror=alert(1)>",
        "\u{1b}[31mred",
        "a\u{202e}gpj.exe",
        &long,
        "",
        "CON",
        "dot.",
        "A",
        "a",
        "\u{e9}",
        "e\u{301}",
        "javascript:alert(1)",
        "${jndi:ldap://x}",
        "' OR 1=1 --",
        "%2e%2e%2fx",
    ];
    let mut names: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    names.extend([b"\xff\xfe\x80".to_vec(), b"caf\x82".to_vec()]);
    names
}

fn names() -> Vec<Hostile> {
    let deep = "d/".repeat(10_000) + "x";
    vec![
        Hostile::bytes("z1", all_numbered(SLASHES)),
        Hostile::bytes("z2", zip([link("abs", "/etc/passwd"), link("rel", "../../x"), link("nowhere", "no/such")])),
        Hostile::bytes("z3", zip([link("d", "/tmp"), numbered("d/x", 1)])),
        Hostile::new(
            "z4",
            [
                ArtifactSpec::bytes("two", all_numbered(["same", "same"])),
                ArtifactSpec::bytes("thousand", all_numbered(["same"; 1000])),
            ],
        ),
        Hostile::bytes("z5", zip([Part { local_name: Some(b"other.txt".to_vec()), ..numbered("shown.txt", 0) }])),
        Hostile::bytes("z17", all_numbered(odd_names())),
        Hostile::bytes("z18", all_numbered(["a", "a/b", "a/b/c"])),
        Hostile::bytes("z19", all_numbered([deep])),
    ]
}

fn structures() -> Vec<Hostile> {
    let body = deflate(&vec![0; 1 << 20]);
    let over = |at: usize| Part {
        central_offset: (at > 0).then_some(0),
        packed: if at == 0 { body.clone() } else { Vec::new() },
        central_packed: Some(body.len() as u64),
        ..deflated(format!("f{at}"), vec![0; 1 << 20])
    };
    let zeros = Entry::repeated("zeros.bin", b"", &vec![0; 1 << 20], 600, b"");
    let good = zip([numbered("a.txt", 0), deflated("b.txt", "text ".repeat(400))]);
    let cuts = (0..64).map(|n| good[..good.len() * n / 64].to_vec());
    let cut = cuts.enumerate().map(|(n, bytes)| ArtifactSpec::bytes(format!("cut-{n}"), bytes));
    let unproved = ArtifactSpec::bytes("unproved", good[..good.len() - 30].to_vec()).digest(DigestClaim::Absent);
    let whole = archive([numbered("a.txt", 0)]);
    let two = [zip([numbered("first.txt", 1)]), zip([numbered("last.txt", 2)])].concat();
    let claims = |entries| lies::Archive { zip64: true, claimed_entries: Some(entries), ..archive([numbered("a", 0)]) };
    let offset = lies::Archive { zip64: true, claimed_offset: Some(1 << 63), ..archive([numbered("a", 0)]) };
    vec![
        Hostile::bytes("z6", zip((0..1000).map(over).collect::<Vec<_>>())),
        Hostile::new(
            "z7",
            [ArtifactSpec::new("bomb", Content::Entries(vec![zeros, Entry::deflated("fine.txt", b"fine")]))],
        ),
        Hostile::new(
            "z11",
            [ArtifactSpec::bytes("many", tiny_entries(150_000)), ArtifactSpec::bytes("fewer", tiny_entries(3_000))],
        ),
        Hostile::new(
            "z12",
            [
                ArtifactSpec::bytes("count", claims(1 << 40).build()),
                ArtifactSpec::bytes("offset", offset.build()),
                ArtifactSpec::bytes(
                    "entry",
                    zip([Part { zip64: true, central_offset: Some(1 << 63), ..numbered("a", 0) }]),
                ),
            ],
        ),
        Hostile::new("z13", cut.chain([unproved]).collect::<Vec<_>>()),
        Hostile::new(
            "z14",
            [
                ArtifactSpec::bytes("before", lies::Archive { prefix: b"#!/bin/sh\n".to_vec(), ..whole }.build()),
                ArtifactSpec::bytes("after", [zip([numbered("a.txt", 0)]), b"appended".to_vec()].concat()),
                ArtifactSpec::bytes("two", two),
            ],
        ),
    ]
}

fn contents() -> Vec<Hostile> {
    let mut nested = zip([numbered("a.txt", 0)]);
    for _ in 0..9 {
        nested = zip([deflated("inner.zip", &nested)]);
    }
    let text = "text ".repeat(300);
    let claims = |name: &str, size| Part { size, ..deflated(name, &text) };
    let mut fifty: Vec<Part> = (0..50).map(|at| deflated(format!("{at}.txt"), format!("{at} {text}"))).collect();
    fifty[20].packed[9] ^= 0xff;
    fifty[30].crc ^= 1;
    let method = |name: &str, method| Part { method, ..stored(name, "not readable") };
    let field = |id: u16, bytes: &[u8]| [&id.to_le_bytes(), &(bytes.len() as u16).to_le_bytes(), bytes].concat();
    let extras = [0x0001, 0x000a, 0x5455, 0x7875, 0x7075, 0x9901, 0xcafe];
    let dated = Part { dos_date: 0xffff, ..numbered("date.txt", 0) };
    let extra = |id| Part { extra: field(id, &[7; 3]), ..numbered(format!("{id:x}.txt"), 0) };
    let torn = Part { extra: vec![0x55, 0x54, 0xff, 0xff, 1], ..numbered("torn.txt", 0) };
    let odd: Vec<Part> = [dated, torn].into_iter().chain(extras[1..].iter().map(|id| extra(*id))).collect();
    let mut tar = vec![0; 1024];
    tar[..5].copy_from_slice(b"a.txt");
    tar[257..263].copy_from_slice(b"ustar\0");
    vec![
        Hostile::files(
            "z8",
            vec![("nested.zip", nested), ("x.tar.gz", vec![0x1f, 0x8b, 8, 0]), ("x.zst", vec![0x28, 0xb5, 0x2f, 0xfd])],
        ),
        Hostile::bytes(
            "z9",
            zip([
                claims("small", 10),
                claims("large", 5000),
                claims("huge", 4 << 30),
                Part { descriptor: Descriptor::Short, ..claims("streamed", 10) },
                numbered("true", 4),
            ]),
        ),
        Hostile::bytes("z10", zip(fifty)),
        Hostile::bytes("z15", zip([Part { bits: 1, ..stored("secret.txt", "ciphered") }, numbered("open.txt", 1)])),
        Hostile::bytes(
            "z16",
            zip([
                method("aes", 99),
                method("lzma", 14),
                method("deflate64", 9),
                method("zstd", 93),
                method("none", 0xffff),
            ]),
        ),
        Hostile::bytes("z20", zip(odd)),
        Hostile::new(
            "z21",
            [
                ArtifactSpec::bytes("nothing", Vec::new()),
                ArtifactSpec::bytes("page", b"<html>\x1b[31m\"sorry\"</html>".repeat(40)),
                ArtifactSpec::bytes("json", br#"{"message":"Not Found"}"#.to_vec()),
                ArtifactSpec::bytes("tar", tar),
            ],
        ),
    ]
}

/// An archive of empty files.
fn tiny_entries(count: u32) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for number in 0..count {
        let name = format!("{number:06}");
        let offset = out.len() as u32;
        out.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\x5a\0\0\0\0\0\0\0\0\0\0\0\0\x06\0\0\0");
        out.extend_from_slice(name.as_bytes());
        central.extend_from_slice(
            b"PK\x01\x02\x2d\x03\x14\0\0\0\0\0\0\0\x21\x5a\0\0\0\0\0\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\0\0\0\0\xa4\x81",
        );
        central.extend_from_slice(&offset.to_le_bytes());
        central.extend_from_slice(name.as_bytes());
    }
    let (start, size) = (out.len() as u32, central.len() as u32);
    out.extend_from_slice(&central);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&[(count as u16).to_le_bytes(), (count as u16).to_le_bytes()].concat());
    out.extend_from_slice(&[size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend_from_slice(&[0, 0]);
    out
}

/// Every file answers with the number that it holds.
fn assert_numbered(artifact: &SeenArtifact) {
    for (at, file) in artifact.files.iter().enumerate() {
        let Some((status, bytes)) = &file.content else { continue };
        assert_eq!((*status, bytes.as_slice()), (200, format!("content {at}").as_bytes()), "{:?}", file.path);
    }
}

fn assert_each_flagged(artifact: &SeenArtifact, flag: &str) {
    assert_eq!(artifact.state, "complete", "{}", artifact.reason);
    for file in &artifact.files {
        assert!(file.flags.iter().any(|word| word == flag), "{:?}: {:?}", file.path, file.flags);
    }
}

/// No entry of it is given out, though the archive is.
fn assert_not_served(artifact: &SeenArtifact) {
    for file in &artifact.files {
        assert!(file.content.as_ref().is_none_or(|(status, _)| *status == 422), "{:?} {:?}", file.path, file.content);
    }
    assert_eq!(artifact.is_kept_whole, Some(true));
}

fn assert_rejected(artifact: &SeenArtifact, reason: &str) {
    assert_eq!(artifact.state, "rejected", "{}", artifact.reason);
    assert!(artifact.reason.contains(reason), "{}", artifact.reason);
    assert_eq!((artifact.count, artifact.is_kept_whole), (0, Some(true)));
}

#[test]
fn z1_names_that_climb_are_flagged_and_only_names() {
    let artifact = seen().artifact("z1");
    assert_each_flagged(artifact, "unsafe-name");
    assert_eq!(artifact.paths(), SLASHES);
    assert_numbered(artifact);
}

#[test]
fn z2_links_are_files_that_hold_their_target() {
    let artifact = seen().artifact("z2");
    assert_each_flagged(artifact, "symlink");
    for (file, target) in artifact.files.iter().zip(["/etc/passwd", "../../x", "no/such"]) {
        assert_eq!(file.content, Some((200, target.as_bytes().to_vec())));
        assert_eq!(file.media_type, "text/plain");
    }
}

#[test]
fn z3_a_link_and_what_is_below_it_are_two_entries() {
    let artifact = seen().artifact("z3");
    assert_eq!(artifact.paths(), ["d", "d/x"]);
    assert_eq!(artifact.files[1].content, Some((200, b"content 1".to_vec())));
}

#[test]
fn z4_equal_names_are_all_there_with_their_own_bytes() {
    for (artifact, count) in seen().run("z4").artifacts.iter().zip([2, 1000]) {
        assert_each_flagged(artifact, "duplicate-name");
        assert_eq!(artifact.count, count);
        assert_numbered(artifact);
    }
}

#[test]
fn z5_a_contradicting_local_header_is_flagged() {
    let artifact = seen().artifact("z5");
    assert_each_flagged(artifact, "inconsistent");
    assert_eq!(artifact.paths(), ["shown.txt"]);
}

#[test]
fn z6_entries_over_one_body_are_refused() {
    assert_rejected(seen().artifact("z6"), "overlap");
}

#[test]
fn z7_a_bomb_is_listed_and_its_archive_downloadable() {
    let artifact = seen().artifact("z7");
    assert_eq!((artifact.state.as_str(), artifact.is_kept_whole), ("complete", Some(true)));
    assert_eq!((artifact.files[0].size, artifact.flags()[0]), (600 << 20, &["too-large".to_owned()][..]));
    assert_eq!(artifact.files[1].content, Some((200, b"fine".to_vec())));
}

#[test]
fn z8_archives_inside_are_files() {
    let artifact = seen().artifact("z8");
    assert_eq!((artifact.state.as_str(), artifact.count), ("complete", 3));
    assert_eq!(artifact.paths(), ["nested.zip", "x.tar.gz", "x.zst"]);
}

#[test]
fn z9_a_wrong_size_is_a_mismatch() {
    let artifact = seen().artifact("z9");
    let flags: Vec<bool> =
        artifact.flags().iter().map(|flags| flags.iter().any(|flag| flag == "size-mismatch")).collect();
    assert_eq!(flags, [true, true, true, true, false]);
    let statuses: Vec<Option<u16>> =
        artifact.files.iter().map(|file| file.content.as_ref().map(|(status, _)| *status)).collect();
    assert_eq!(statuses, [Some(422), Some(422), None, Some(422), Some(200)]);
}

#[test]
fn z10_a_broken_entry_costs_itself() {
    let artifact = seen().artifact("z10");
    for (at, file) in artifact.files.iter().enumerate() {
        let (status, bytes) = file.content.as_ref().unwrap();
        match at {
            // Garbled bytes may also inflate to something of another length.
            20 => assert!(*status == 422 && ["corrupt", "size-mismatch"].contains(&file.flags[0].as_str())),
            30 => assert_eq!((*status, file.flags.as_slice()), (422, &["corrupt".to_owned()][..])),
            _ => assert!(*status == 200 && bytes.starts_with(format!("{at} text").as_bytes()), "{at}: {status}"),
        }
    }
    assert_eq!((artifact.state.as_str(), artifact.count), ("complete", 50));
}

#[test]
fn z11_too_many_entries_are_refused_and_fewer_are_paged() {
    let artifacts = &seen().run("z11").artifacts;
    assert_rejected(&artifacts[0], "too many entries");
    assert_eq!((artifacts[1].state.as_str(), artifacts[1].count, artifacts[1].files.len()), ("complete", 3000, 100));
}

#[test]
fn z12_impossible_claims_are_refused() {
    let artifacts = &seen().run("z12").artifacts;
    assert_rejected(&artifacts[0], "claims");
    assert_rejected(&artifacts[1], "");
    assert_each_flagged(&artifacts[2], "corrupt");
    assert_not_served(&artifacts[2]);
}

#[test]
fn z13_a_cut_archive_is_never_taken_for_whole() {
    let artifacts = &seen().run("z13").artifacts;
    assert_eq!(artifacts.len(), 65);
    for artifact in artifacts {
        assert_rejected(artifact, "");
        assert!(!artifact.reason.is_empty());
    }
}

#[test]
fn z14_what_other_readers_may_read_otherwise_says_so() {
    let artifacts = &seen().run("z14").artifacts;
    for (artifact, told) in artifacts.iter().zip(["leading-data", "trailing-data", "leading-data"]) {
        assert_eq!(artifact.state, "complete");
        assert!(artifact.reason.contains(told), "{}", artifact.reason);
    }
    assert_eq!(artifacts[2].paths(), ["last.txt"]);
}

#[test]
fn z15_an_encrypted_entry_is_listed() {
    let artifact = seen().artifact("z15");
    assert_eq!(artifact.flags()[0], ["encrypted"]);
    assert_eq!(artifact.files[0].content.as_ref().unwrap().0, 422);
    assert_eq!(artifact.files[1].content, Some((200, b"content 1".to_vec())));
}

#[test]
fn z16_unknown_methods_are_listed() {
    let artifact = seen().artifact("z16");
    assert_each_flagged(artifact, "unsupported-method");
    assert_not_served(artifact);
}

#[test]
fn z17_every_name_keeps_its_bytes() {
    let artifact = seen().artifact("z17");
    assert_eq!(artifact.count, odd_names().len() as u64);
    assert_numbered(artifact);
    for (file, name) in artifact.files.iter().zip(odd_names()) {
        let exact = file.raw_path.clone().unwrap_or_else(|| file.path.clone().into_bytes());
        assert_eq!(exact, name, "{:?}", file.path);
    }
    let dangerous = ["a\u{fffd}b", "a\r\nb", "\u{1b}[31mred", "a\u{202e}gpj.exe", ""];
    for file in artifact.files.iter().filter(|file| dangerous.contains(&file.path.as_str())) {
        assert!(file.flags.iter().any(|flag| flag == "unsafe-name"), "{:?} {:?}", file.path, file.flags);
    }
}

#[test]
fn z18_a_file_and_a_folder_of_one_name_are_both_there() {
    let artifact = seen().artifact("z18");
    assert_eq!(artifact.paths(), ["a", "a/b", "a/b/c"]);
    assert_numbered(artifact);
}

#[test]
fn z19_ten_thousand_segments_are_one_name() {
    let artifact = seen().artifact("z19");
    assert_eq!((artifact.count, artifact.files[0].path.len()), (1, 20_001));
    assert_eq!(artifact.flags()[0], ["long-name"]);
    assert_numbered(artifact);
}

#[test]
fn z20_odd_dates_and_fields_do_no_harm() {
    let artifact = seen().artifact("z20");
    assert_eq!((artifact.state.as_str(), artifact.count), ("complete", 8));
    for file in &artifact.files {
        assert_eq!(file.content, Some((200, b"content 0".to_vec())), "{:?} {:?}", file.path, file.flags);
    }
}

#[test]
fn z21_what_is_no_archive_is_named_by_how_it_begins() {
    let artifacts = &seen().run("z21").artifacts;
    for (artifact, begin) in artifacts.iter().zip(["", r#"<html>\x1b[31m\"sorry\""#, r#"{\"message\""#, "a.txt"]) {
        assert_rejected(artifact, "not a zip archive");
        assert!(artifact.reason.contains(begin) && !artifact.reason.contains('\x1b'), "{}", artifact.reason);
    }
}
