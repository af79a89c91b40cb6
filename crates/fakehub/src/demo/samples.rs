//! Files that cannot be drawn by a few lines of code: how each was made is told in `samples/README.md`.

/// Three seconds of a cart being filled, as a browser records them (WebM, VP8).
pub const VIDEO: &[u8] = include_bytes!("../../samples/video.webm");
