//! X14, X15: pictures that are not what they seem, and files that are never looked into.

use crate::stage::{Hostile, PATIENCE, Seen};
use std::io::Write;
use std::sync::OnceLock;

const SMALL: &str = "/api/files/{artifact}.0/thumbnail";
const WHOLE: &str = "/api/files/{artifact}.0/content";
const BOMBS: [&str; 6] = ["x14 wide", "x14 within", "x14 flat", "x14 text", "x14 profile", "x14 frames"];
const DOCUMENTS: [(&str, &str, &[u8]); 6] = [
    ("x15 pdf", "a.pdf", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"),
    ("x15 mp4", "a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\xff\xff\xff\xffmoov"),
    ("x15 docx", "a.docx", b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\x5a[Content_Types].xml"),
    ("x15 xls", "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\xff\xff\xff\xff\xff\xff\xff\xff"),
    ("x15 ttf", "a.ttf", b"\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xffglyf\xff\xff\xff\xff"),
    ("x15 glb", "a.glb", b"glTF\x02\0\0\0\xff\xff\xff\xff\xff\xff\xff\xffJSON"),
];

fn seen() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| Seen::of(|_| hostile()))
}

fn hostile() -> Vec<Hostile> {
    let zeros = zlib(&vec![0; 40 << 20]);
    let pixels = zlib(&vec![0; 1 << 20]);
    let text = [b"Comment\0\0".as_slice(), &zeros].concat();
    let profile = [b"icc\0\0".as_slice(), &zeros].concat();
    let pictures = [
        png(30_720, 30_720, &[(b"IDAT", &pixels)]),
        png(8_000, 4_900, &[(b"IDAT", &pixels)]),
        png(u32::MAX >> 1, 1, &[(b"IDAT", &pixels)]),
        png(16, 16, &[(b"zTXt", &text), (b"IDAT", &pixels)]),
        png(16, 16, &[(b"iCCP", &profile), (b"IDAT", &pixels)]),
        gif(100_000),
    ];
    let mut all = Vec::new();
    for (name, picture) in BOMBS.into_iter().zip(pictures) {
        let file = if picture.starts_with(b"GIF") { "a.gif" } else { "a.png" };
        all.push(Hostile::files(name, vec![(file, picture)]).asking(SMALL).asking(WHOLE));
    }
    for (name, file, bytes) in DOCUMENTS {
        all.push(Hostile::files(name, vec![(file, bytes.to_vec())]).asking(SMALL).asking(WHOLE));
    }
    all
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PNG of grey pixels with these chunks after its header.
fn png(width: u32, height: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let end: (&[u8; 4], &[u8]) = (b"IEND", b"");
    for (name, bytes) in [(b"IHDR", header.as_slice())].iter().chain(chunks).chain([&end]) {
        out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        out.extend_from_slice(*name);
        out.extend_from_slice(bytes);
        out.extend_from_slice(&crc32fast::hash(&[name.as_slice(), bytes].concat()).to_be_bytes());
    }
    out
}

/// A GIF of so many frames of one pixel.
fn gif(frames: usize) -> Vec<u8> {
    let mut out = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    (0..frames).for_each(|_| out.extend_from_slice(frame));
    out.push(0x3b);
    out
}

#[test]
fn x14_a_picture_is_judged_by_its_header_and_can_be_downloaded() {
    for name in BOMBS {
        let run = seen().run(name);
        let small = run.answer(SMALL);
        assert!(small.status == 200 || (400..500).contains(&small.status), "{name}: {}", small.text());
        assert!(small.took < PATIENCE, "{name}: {:?}", small.took);
        assert!(small.body.len() < 64 << 10, "{name}");
        assert_eq!(run.answer(WHOLE).status, 200, "{name}");
    }
    for name in ["x14 wide", "x14 flat"] {
        assert_ne!(seen().run(name).answer(SMALL).status, 200, "{name} is refused");
    }
}

#[test]
fn x15_documents_are_handed_out_and_never_opened() {
    for (name, file, bytes) in DOCUMENTS {
        let run = seen().run(name);
        assert_eq!((run.artifacts[0].state.as_str(), run.artifacts[0].paths()), ("complete", vec![file]));
        assert_eq!(run.answer(WHOLE).body, bytes, "{name}");
        assert!((400..500).contains(&run.answer(SMALL).status), "{name}");
        assert_eq!(run.tests["total"], 0, "{name}");
    }
}
