//! What kind of file something is: by its name where the content agrees, by its content where the name says nothing or lies.
//!
//! The kind decides how a file is shown, never whether showing it is safe; that is left to the response headers.

mod content;
mod table;

use content::{Content, Markup};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How many first bytes of a file decide its kind.
pub const SNIFF_BYTES: usize = 8192;

const PLAIN_TEXT: &str = "text/plain";
const UNKNOWN: &str = "application/octet-stream";

/// How a file is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileType {
    /// A picture that browsers show.
    Image,
    /// A JSON document.
    Json,
    /// Anything readable as text, markup and source code included.
    Text,
    /// Everything else; offered as a download.
    Binary,
}

impl FileType {
    /// Every type.
    pub const ALL: &[FileType] = &[FileType::Image, FileType::Json, FileType::Text, FileType::Binary];

    /// The stable lowercase word.
    pub const fn as_str(self) -> &'static str {
        match self {
            FileType::Image => "image",
            FileType::Json => "json",
            FileType::Text => "text",
            FileType::Binary => "binary",
        }
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FileType {
    type Err = crate::flag::Unknown;

    fn from_str(word: &str) -> Result<FileType, crate::flag::Unknown> {
        FileType::ALL
            .iter()
            .copied()
            .find(|file_type| file_type.as_str() == word)
            .ok_or_else(|| crate::flag::Unknown(word.to_owned()))
    }
}

type Kind = (FileType, &'static str);

/// The type and media type of a file with this name whose first bytes, up to [`SNIFF_BYTES`], are `head`.
///
/// An empty `head` leaves the name to decide. Otherwise text content is never called a picture or binary, binary content
/// is never called text or JSON, and a picture is called by the format it really has.
pub fn classify(name: &str, head: &[u8]) -> (FileType, &'static str) {
    let extension = extension(name);
    let by_name = table::lookup(&extension);
    match content::look(head) {
        Content::Empty => by_name.unwrap_or_else(|| guess(&extension, false)),
        Content::Text(text) => classify_text(by_name, &extension, &text),
        Content::Binary => classify_binary(by_name, &extension, head),
    }
}

/// The lowercase extension of the last path segment, empty where there is none. A leading dot starts no extension.
fn extension(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = base.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension);
    extension.unwrap_or_default().to_ascii_lowercase()
}

fn classify_text(by_name: Option<Kind>, extension: &str, text: &str) -> Kind {
    match by_name {
        Some((FileType::Image, "image/svg+xml")) if content::holds_svg(text) => (FileType::Image, "image/svg+xml"),
        Some((FileType::Json, media_type)) if content::opens_like_json(text) => (FileType::Json, media_type),
        Some((FileType::Text, media_type)) => (FileType::Text, media_type),
        Some(_) => by_markup(text),
        None => match by_markup(text) {
            (FileType::Text, PLAIN_TEXT) => guess(extension, true),
            kind => kind,
        },
    }
}

/// What text says of itself: only for names that say nothing about text.
fn by_markup(text: &str) -> Kind {
    match content::markup(text) {
        Markup::Html => (FileType::Text, "text/html"),
        Markup::Svg => (FileType::Image, "image/svg+xml"),
        Markup::Xml => (FileType::Text, "application/xml"),
        Markup::Json => (FileType::Json, "application/json"),
        Markup::None => (FileType::Text, PLAIN_TEXT),
    }
}

fn classify_binary(by_name: Option<Kind>, extension: &str, head: &[u8]) -> Kind {
    let by_magic =
        infer::get(head).map(|found| found.mime_type()).filter(|media_type| !media_type.starts_with("text/"));
    match (by_magic, by_name) {
        (Some(magic), Some((FileType::Binary, named))) if refines(named, magic) => (FileType::Binary, named),
        (Some(magic), _) => (picture_or_binary(magic), magic),
        (None, Some((FileType::Binary, named))) => (FileType::Binary, named),
        // A log with a stray NUL or a foreign encoding is still a log.
        (None, Some((FileType::Text, named))) if content::is_mostly_text(head) => (FileType::Text, named),
        (None, Some(_)) => (FileType::Binary, UNKNOWN),
        (None, None) if content::is_mostly_text(head) => (FileType::Text, PLAIN_TEXT),
        (None, None) => guess(extension, false),
    }
}

/// Whether a name says more than the signature: a `.docx` is a zip, a `.mkv` and a `.webm` begin alike.
fn refines(named: &str, magic: &str) -> bool {
    let family = |media_type: &str| media_type.split('/').next().unwrap_or_default().to_owned();
    let is_container = matches!(
        magic,
        "application/zip" | "application/gzip" | "application/x-ole-storage" | "application/octet-stream"
    );
    let is_media = matches!(family(named).as_str(), "video" | "audio" | "font");
    !named.starts_with("image/")
        && (is_container && named != magic && table::is_container(named) || is_media && family(named) == family(magic))
}

fn picture_or_binary(media_type: &str) -> FileType {
    match media_type {
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/avif" | "image/bmp" => FileType::Image,
        _ => FileType::Binary,
    }
}

/// For extensions that the table does not know: the wider registry, held to what the content is.
fn guess(extension: &str, is_text: bool) -> Kind {
    let guessed = mime_guess::from_ext(extension).first_raw();
    match (guessed, is_text) {
        (Some(media_type), true) if media_type.starts_with("text/") => (FileType::Text, media_type),
        (_, true) => (FileType::Text, PLAIN_TEXT),
        (Some(media_type), false) if !media_type.starts_with("text/") => (FileType::Binary, media_type),
        (_, false) => (FileType::Binary, UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0";
    const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01";

    fn assert_kind(name: &str, head: &[u8], expected: Kind) {
        assert_eq!(classify(name, head), expected, "{name} {:?}", head.escape_ascii().to_string());
    }

    #[test]
    fn an_honest_name_decides() {
        assert_kind("shots/a.PNG", PNG, (FileType::Image, "image/png"));
        assert_kind("a.json", b"{\"a\": 1}", (FileType::Json, "application/json"));
        assert_kind("a.json", b"not json at all", (FileType::Text, "text/plain"));
        assert_kind("trace.har", b"{}", (FileType::Json, "application/json"));
        assert_kind("a.log", b"[2024-01-01] \x1b[31mfailed\x1b[0m\n", (FileType::Text, "text/plain"));
        assert_kind("README.md", b"# hello", (FileType::Text, "text/markdown"));
        assert_kind("a.csv", b"a,b\n", (FileType::Text, "text/csv"));
        assert_kind("junit.xml", b"<testsuites/>", (FileType::Text, "application/xml"));
        assert_kind("a.svg", b"<svg xmlns='x'/>", (FileType::Image, "image/svg+xml"));
        assert_kind("index.html", b"<!doctype html>", (FileType::Text, "text/html"));
        assert_kind("trace.zip", ZIP, (FileType::Binary, "application/zip"));
        assert_kind("a.tar.gz", GZIP, (FileType::Binary, "application/gzip"));
    }

    #[test]
    fn a_lying_name_is_overruled() {
        assert_kind("a.png", b"<html><script>1</script>", (FileType::Text, "text/html"));
        assert_kind("a.png", b"just words", (FileType::Text, "text/plain"));
        assert_kind("a.png", JPEG, (FileType::Image, "image/jpeg"));
        assert_kind("a.png", b"\0\x01\x02\xff\xfe\x9c\x01", (FileType::Binary, UNKNOWN));
        assert_kind("a.txt", PNG, (FileType::Image, "image/png"));
        assert_kind("a.json", PNG, (FileType::Image, "image/png"));
        assert_kind("a.json", b"<html>login</html>", (FileType::Text, "text/html"));
        assert_kind("a.svg", b"<!DOCTYPE html><html>", (FileType::Text, "text/html"));
        assert_kind("a.zip", b"<?xml version='1.0'?><Error/>", (FileType::Text, "application/xml"));
        assert_kind("a.txt", b"\0\0\0\x01\0\0\0\x02\xff\xff", (FileType::Binary, UNKNOWN));
        assert_kind("a.png", ZIP, (FileType::Binary, "application/zip"));
    }

    #[test]
    fn content_settles_names_that_say_nothing() {
        assert_kind("LICENSE", b"Permission is hereby granted", (FileType::Text, "text/plain"));
        assert_kind(".gitignore", b"target/\n", (FileType::Text, "text/plain"));
        assert_kind("out.2024", b"{\"a\": [1, 2", (FileType::Json, "application/json"));
        assert_kind("out", b"[2024-01-01 10:00] started", (FileType::Text, "text/plain"));
        assert_kind("out", b"<svg/>", (FileType::Image, "image/svg+xml"));
        assert_kind("out", PNG, (FileType::Image, "image/png"));
        assert_kind("out", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", (FileType::Binary, "application/x-executable"));
    }

    #[test]
    fn words_that_look_like_signatures_stay_text() {
        for text in
            ["BMW won", "MZ is short for Mark Zbikowski", "ID3 algorithm", "PK is a file", "GIF89a is a format", "%!PS"]
        {
            assert_kind("notes", text.as_bytes(), (FileType::Text, "text/plain"));
        }
        assert_kind("doc", b"%PDF-1.7\n1 0 obj", (FileType::Binary, "application/pdf"));
    }

    #[test]
    fn containers_keep_the_name_that_says_more() {
        assert_kind(
            "report.docx",
            ZIP,
            (FileType::Binary, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        );
        assert_kind("app.apk", ZIP, (FileType::Binary, "application/vnd.android.package-archive"));
    }

    #[test]
    fn damaged_and_foreign_text_is_still_text_by_its_name() {
        assert_kind("a.log", b"caf\xe9 au lait, in latin-1", (FileType::Text, "text/plain"));
        assert_kind("a.log", &[b"line\n".repeat(20), vec![0]].concat(), (FileType::Text, "text/plain"));
        assert_kind("a.txt", b"\xff\xfeh\0i\0", (FileType::Text, "text/plain"));
        let cut = "ü".repeat(SNIFF_BYTES);
        assert_kind("a", &cut.as_bytes()[1..SNIFF_BYTES][1..], (FileType::Text, "text/plain"));
    }

    #[test]
    fn an_empty_file_is_what_its_name_says() {
        assert_kind("a.png", b"", (FileType::Image, "image/png"));
        assert_kind("a.txt", b"", (FileType::Text, "text/plain"));
        assert_kind("a", b"", (FileType::Binary, UNKNOWN));
    }

    #[test]
    fn every_type_survives_its_word() {
        for file_type in FileType::ALL {
            assert_eq!(file_type.as_str().parse(), Ok(*file_type));
            assert_eq!(serde_json::to_value(file_type).unwrap(), file_type.as_str());
        }
    }
}
