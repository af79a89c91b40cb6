//! Under which type a file leaves, and whether a browser may open it in place. A table on purpose:
//! what is not listed here is a download.

use crate::model::{File, FileType};

/// Policy of bytes handed out by the application's own host: nothing runs, nothing loads.
pub(super) const INERT: &str = "default-src 'none'; sandbox";
/// An SVG keeps its own styles, so that it looks as meant inside `<img>` and alone.
const SVG: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// Plain text: what readable files become, so that none of them is ever interpreted.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
/// What everything becomes that is not listed.
pub(super) const BYTES: &str = "application/octet-stream";

/// Types that are shown in place as they are: none of them can run anything.
const SHOWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "audio/ogg",
    "audio/wav",
    "application/pdf",
];
/// Types that a browser would run as a document of ours.
const ACTIVE: &[&str] = &[
    "text/html",
    "application/xhtml+xml",
    "multipart/related",
    "message/rfc822",
    "text/xsl",
    "application/xslt+xml",
    "image/svg+xml-compressed",
];
/// Names that say the same, whatever the content looks like.
const ACTIVE_NAMES: &[&str] =
    &["html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "xsl", "xslt", "svgz", "hta", "htc"];

/// How a file leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Presentation {
    /// Content-Type.
    pub(super) content_type: String,
    /// Whether it may be opened in place.
    pub(super) is_inline: bool,
    /// Content-Security-Policy.
    pub(super) policy: &'static str,
}

/// How a file leaves from the application's own host.
pub(super) fn on_app_host(file: &File) -> Presentation {
    presented(&file.path, file.file_type, &file.media_type)
}

/// The same for what is no file of its own.
pub(super) fn presented(path: &str, file_type: FileType, media_type: &str) -> Presentation {
    let present = |content_type: &str, is_inline, policy| Presentation {
        content_type: content_type.to_owned(),
        is_inline,
        policy,
    };
    let essence = essence(media_type);
    if mutant!("active-type") && essence == "text/html" {
        return present("text/html", true, INERT);
    }
    if ACTIVE.contains(&essence.as_str()) || ACTIVE_NAMES.contains(&extension(path).as_str()) {
        return present(BYTES, false, INERT);
    }
    if essence == "image/svg+xml" {
        // As an attachment it still shows inside <img>, where scripts never run.
        return present("image/svg+xml", false, SVG);
    }
    let essence = if matches!(essence.as_str(), "audio/x-wav" | "audio/wave" | "audio/vnd.wave") {
        "audio/wav"
    } else {
        &essence
    };
    if SHOWN.contains(&essence) {
        return present(essence, true, INERT);
    }
    if matches!(file_type, FileType::Text | FileType::Json) {
        return present(TEXT, true, INERT);
    }
    present(BYTES, false, INERT)
}

/// The real media type, for a report that is shown in isolation: scripts, styles and fonts have to
/// be what they are. The name counts first, as it does on every web server a report was made for.
pub(super) fn in_view(file: &File) -> String {
    let is_readable = matches!(file.file_type, FileType::Text | FileType::Json);
    // A name like a.ts stands for a video to some tables, and for a source file to everybody here.
    let by_name = mime_guess::from_path(&file.path)
        .first_raw()
        .filter(|guess| !(is_readable && (guess.starts_with("video/") || guess.starts_with("audio/"))));
    let essence = match essence(by_name.unwrap_or(&file.media_type)) {
        essence if essence == "application/javascript" => "text/javascript".to_owned(),
        essence => essence,
    };
    let is_text =
        essence.starts_with("text/") || matches!(essence.as_str(), "application/json" | "application/manifest+json");
    if is_text { format!("{essence}; charset=utf-8") } else { essence }
}

/// A media type without its parameters, in lower case; nonsense counts as bytes.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'-' | b'.' | b'_');
    if essence.contains('/') && essence.bytes().all(is_token) { essence } else { BYTES.to_owned() }
}

fn extension(path: &str) -> String {
    let name = file_name(path);
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// The last part of a path that was written anywhere.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Content-Disposition for a file with this path (RFC 6266, RFC 8187): the last part only, without
/// control and direction characters, at most 255 bytes, the extension kept.
pub(super) fn disposition(path: &str, is_inline: bool) -> String {
    let name = safe_name(path);
    let fallback: String = name.chars().map(|character| if is_quotable(character) { character } else { '_' }).collect();
    let kind = if is_inline { "inline" } else { "attachment" };
    let encoded = percent_encoding::utf8_percent_encode(&name, percent_encoding::NON_ALPHANUMERIC);
    format!("{kind}; filename=\"{fallback}\"; filename*=UTF-8''{encoded}")
}

fn is_quotable(character: char) -> bool {
    matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '%' | ';')
}

fn safe_name(path: &str) -> String {
    let is_direction = |character: char| matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}');
    let name: String =
        file_name(path).chars().filter(|&character| !character.is_control() && !is_direction(character)).collect();
    let name = name.trim_matches([' ', '.']).to_owned();
    if name.is_empty() {
        return "file".to_owned();
    }
    if name.len() <= 255 {
        return name;
    }
    let (stem, extension) = name.rsplit_once('.').filter(|(_, extension)| extension.len() <= 16).unwrap_or((&name, ""));
    let end = stem.floor_char_boundary(255 - extension.len() - 1);
    if extension.is_empty() { stem[..end].to_owned() } else { format!("{}.{extension}", &stem[..end]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, file_type: FileType, media_type: &str) -> File {
        File {
            id: "1.0".into(),
            run_id: 1,
            artifact_id: 1,
            artifact_name: "a".into(),
            path: path.into(),
            path_base64: None,
            size_bytes: 0,
            compressed_bytes: 0,
            file_type,
            media_type: media_type.into(),
            flags: Vec::new(),
            url: String::new(),
        }
    }

    #[test]
    fn each_type_leaves_the_application_host_as_the_table_says() {
        for (path, file_type, media_type, content_type, is_inline, policy) in [
            ("a.png", FileType::Image, "image/png", "image/png", true, INERT),
            ("a.txt", FileType::Image, "image/png", "image/png", true, INERT),
            ("a.avif", FileType::Image, "image/avif", "image/avif", true, INERT),
            ("a.svg", FileType::Image, "image/svg+xml", "image/svg+xml", false, SVG),
            ("a.svgz", FileType::Image, "image/svg+xml", BYTES, false, INERT),
            ("a.json", FileType::Json, "application/json", TEXT, true, INERT),
            ("a.xml", FileType::Text, "application/xml", TEXT, true, INERT),
            ("a.csv", FileType::Text, "text/csv", TEXT, true, INERT),
            ("a.md", FileType::Text, "text/markdown", TEXT, true, INERT),
            ("a.js", FileType::Text, "text/javascript", TEXT, true, INERT),
            ("a.css", FileType::Text, "text/css", TEXT, true, INERT),
            ("a.html", FileType::Text, "text/html", BYTES, false, INERT),
            ("a.png", FileType::Text, "text/html; charset=utf-8", BYTES, false, INERT),
            ("a", FileType::Text, "TEXT/HTML", BYTES, false, INERT),
            ("a.xhtml", FileType::Text, "application/xml", BYTES, false, INERT),
            ("dir/a.XSLT", FileType::Text, "application/xml", BYTES, false, INERT),
            ("a.mhtml", FileType::Text, "text/plain", BYTES, false, INERT),
            ("a.pdf", FileType::Binary, "application/pdf", "application/pdf", true, INERT),
            ("a.webm", FileType::Binary, "video/webm", "video/webm", true, INERT),
            ("a.wav", FileType::Binary, "audio/x-wav", "audio/wav", true, INERT),
            ("a.wasm", FileType::Binary, "application/wasm", BYTES, false, INERT),
            ("a", FileType::Binary, "bad\r\ntype/x", BYTES, false, INERT),
        ] {
            let expected = Presentation { content_type: content_type.into(), is_inline, policy };
            assert_eq!(on_app_host(&file(path, file_type, media_type)), expected, "{path} {media_type}");
        }
    }

    #[test]
    fn a_report_gets_its_real_types() {
        for (path, media_type, expected) in [
            ("index.html", "text/html", "text/html; charset=utf-8"),
            ("a.js", "text/plain", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/plain", "text/javascript; charset=utf-8"),
            ("a.css", "text/plain", "text/css; charset=utf-8"),
            ("a.ts", "text/plain", "text/plain; charset=utf-8"),
            ("a.json", "application/json", "application/json; charset=utf-8"),
            ("a.svg", "image/svg+xml", "image/svg+xml"),
            ("a.woff2", "application/octet-stream", "font/woff2"),
            ("data/abc123", "image/png", "image/png"),
        ] {
            assert_eq!(in_view(&file(path, FileType::Text, media_type)), expected, "{path}");
        }
    }

    #[test]
    fn names_of_downloads_are_harmless() {
        assert_eq!(
            disposition("a/b/shot 1.png", true),
            "inline; filename=\"shot 1.png\"; filename*=UTF-8''shot%201%2Epng"
        );
        let hostile = disposition("x/\"a\";filename=x.exe\r\nSet-Cookie: a=b\u{202e}gpj.txt", false);
        assert!(!hostile.contains(['\r', '\n', '\u{202e}']));
        assert_eq!(hostile.matches('"').count(), 2);
        assert_eq!(
            disposition("..\\..\\evil.txt", false),
            "attachment; filename=\"evil.txt\"; filename*=UTF-8''evil%2Etxt"
        );
        assert_eq!(disposition("../..", false), "attachment; filename=\"file\"; filename*=UTF-8''file");
        let long = safe_name(&format!("{}.json", "ä".repeat(3000)));
        assert!(long.len() <= 255 && long.ends_with(".json"), "{} bytes", long.len());
    }
}
