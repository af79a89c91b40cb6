//! Files that cannot be drawn by a few lines of code: how each was made is told in `samples/README.md`.

/// Three seconds of a cart being filled, as a browser records them (WebM, VP8).
pub const VIDEO: &[u8] = include_bytes!("../../samples/video.webm");

/// The page of the smoke tests, its script and its style.
pub const ALLURE_PAGE: &str = include_str!("../../samples/allure/index.html");
/// See [`ALLURE_PAGE`].
pub const ALLURE_SCRIPT: &str = include_str!("../../samples/allure/app.js");
/// See [`ALLURE_PAGE`].
pub const ALLURE_STYLE: &str = include_str!("../../samples/allure/styles.css");
/// The page of the unit tests, its module and its style.
pub const VITEST_PAGE: &str = include_str!("../../samples/vitest/index.html");
/// See [`VITEST_PAGE`].
pub const VITEST_SCRIPT: &str = include_str!("../../samples/vitest/index.js");
/// See [`VITEST_PAGE`].
pub const VITEST_STYLE: &str = include_str!("../../samples/vitest/index.css");
/// How coverage looks.
pub const COVERAGE_STYLE: &str = include_str!("../../samples/coverage/base.css");
/// How its index is sorted.
pub const COVERAGE_SCRIPT: &str = include_str!("../../samples/coverage/sorter.js");
