//! Which test is which: one key for the same test in every report, run and variant. What is done with
//! tests that moved or were renamed, or whose framework gives them an id, is left to `history`.

use super::{digest, mask};
use artifact::report::{Case, Format};
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Version of the algorithm; stored with every key.
pub const IDENTITY_VERSION: i64 = 1;

/// Most characters of [`Identity::search`].
const SEARCH_CHARS: usize = 300;
/// Dimensions that say where a case happened to run rather than under what conditions.
const CHANCE_DIMENSIONS: &[&str] =
    &["hostname", "host", "worker", "workerindex", "thread", "pid", "shard", "retry", "attempt", "repeat", "timestamp"];
/// Words of a job's name that make a bare number the number of a share of the work.
const SHARE_WORDS: &[&str] = &["shard", "split", "chunk", "partition", "group", "node"];

/// Who a test is, as one case tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Hash of its normalised parts. The repository is not hashed.
    pub key: [u8; 16],
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class: Option<String>,
    /// Name with its parameters.
    pub name: String,
    /// Source file, relative to the workspace.
    pub file: Option<String>,
    /// Dimensions of the case itself, sorted (`project=firefox`); empty for none.
    pub variant: String,
    /// Lower-cased words for the text filter, at most 300 characters.
    pub search: String,
}

/// Tells who a case is. The same suite, class, file, name and parameters give the same key whatever the format.
pub fn identify(case: &Case, _format: Format) -> Identity {
    let suite = normalise_title(&case.suite).into_owned();
    let class = case.class.as_deref().map(|class| normalise_title(class).into_owned());
    let file = case.file.as_deref().map(|file| compose(Cow::Owned(mask::normalise_path(file))).into_owned());
    let own_name = normalise_title(&case.name);
    let parameters = parameters(&case.parameters);
    let key = digest(
        IDENTITY_VERSION,
        &[
            &mask::mask_name(&suite),
            &mask::mask_name(file.as_deref().unwrap_or("")),
            &mask::mask_name(class.as_deref().unwrap_or("")),
            &mask::mask_name(&own_name),
            &mask::mask_name(&parameters),
        ],
    );
    let name = with_parameters(own_name.into_owned(), &case.parameters, &parameters);
    let search = search_words(&name, class.as_deref(), &suite, file.as_deref());
    Identity { key, suite, class, name, file, variant: variant(&case.variant), search }
}

/// A title without the machine's directories in it, in composed Unicode.
fn normalise_title(title: &str) -> Cow<'_, str> {
    let title = title.trim();
    if !title.contains(['/', '\\']) {
        return compose(Cow::Borrowed(title));
    }
    let parts: Vec<Cow<'_, str>> = title.split(" > ").map(normalise_part).collect();
    compose(Cow::Owned(parts.join(" > ")))
}

/// One title: a path becomes relative, a sentence stays as it is but for the workspace.
fn normalise_part(part: &str) -> Cow<'_, str> {
    let is_path = !part.contains(char::is_whitespace)
        && (part.starts_with("./") || part.starts_with(".\\") || is_windows_path(part));
    if is_path { Cow::Owned(mask::normalise_path(part)) } else { mask::strip_workspace(part) }
}

fn is_windows_path(part: &str) -> bool {
    let has_extension = part.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    part.contains('\\') && (has_extension || part.as_bytes().get(1) == Some(&b':'))
}

/// Unicode NFC; nothing to do for almost every text.
fn compose(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text;
    }
    Cow::Owned(text.nfc().collect())
}

fn parameters(parameters: &[(String, String)]) -> String {
    let shown: Vec<String> = parameters
        .iter()
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}={value}") })
        .collect();
    compose(Cow::Owned(shown.join(", "))).into_owned()
}

/// The name with its parameters, unless it tells their values already.
fn with_parameters(name: String, parameters: &[(String, String)], shown: &str) -> String {
    if parameters.iter().all(|(_, value)| name.contains(value.as_str())) {
        return name;
    }
    format!("{name} [{shown}]")
}

fn variant(dimensions: &[(String, String)]) -> String {
    let mut dimensions: Vec<String> = dimensions
        .iter()
        .filter(|(name, value)| {
            !value.is_empty()
                && !CHANCE_DIMENSIONS.contains(&name.to_ascii_lowercase().replace(['_', '-'], "").as_str())
        })
        .map(|(name, value)| format!("{name}={}", mask::mask_name(value)))
        .collect();
    dimensions.sort();
    dimensions.dedup();
    dimensions.join(", ")
}

/// The name first: it is what a cut must not take.
fn search_words(name: &str, class: Option<&str>, suite: &str, file: Option<&str>) -> String {
    let mut words = name.to_lowercase();
    for part in [class.unwrap_or(""), suite, file.unwrap_or("")] {
        let part = part.to_lowercase();
        if !part.is_empty() && !words.contains(&part) {
            words.push(' ');
            words.push_str(&part);
        }
    }
    match words.char_indices().nth(SEARCH_CHARS) {
        Some((end, _)) => words[..end].to_owned(),
        None => words,
    }
}

/// The dimensions a job's name and runner labels tell, sorted: the values of the matrix (`matrix=macos-14, 20`),
/// and the runner's system where it is not the usual Linux on x64 and the matrix does not name it (`os=windows`,
/// `arch=arm64`). Numbers of shards are left out, for a test may move between them. Empty for none.
pub fn job_variant(job_name: &str, labels: &[String]) -> String {
    let values = matrix_values(job_name);
    let matrix = values.join(", ");
    let mut dimensions = Vec::new();
    if let Some(arch) = arch(labels).filter(|_| !names_arch(&matrix)) {
        dimensions.push(format!("arch={arch}"));
    }
    if !matrix.is_empty() {
        dimensions.push(format!("matrix={matrix}"));
    }
    if let Some(os) = os(labels).filter(|os| !names_os(&matrix, os)) {
        dimensions.push(format!("os={os}"));
    }
    dimensions.join(", ")
}

/// What stands in parentheses at the end of each part of a job's name (`caller (a) / build (b, c)`).
fn matrix_values(job_name: &str) -> Vec<&str> {
    let lower = job_name.to_ascii_lowercase();
    let is_share = SHARE_WORDS.iter().any(|word| lower.contains(word));
    job_name
        .split(" / ")
        .filter_map(matrix_of_part)
        .flat_map(|values| values.split(", "))
        .map(str::trim)
        .filter(|value| !value.is_empty() && !names_share(value, is_share))
        .collect()
}

fn matrix_of_part(part: &str) -> Option<&str> {
    let (_, values) = part.trim_end().split_once(" (")?;
    // GitHub cuts long names, and the closing parenthesis with them.
    values.strip_suffix(')').or_else(|| values.strip_suffix("..."))
}

/// Whether a value is the number of a share of the work: `1/4`, `shard 1`, and `1` where the job says so.
fn names_share(value: &str, job_is_share: bool) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_fraction =
        value.split_once('/').or_else(|| value.split_once(" of ")).is_some_and(|(a, b)| is_number(a) && is_number(b));
    let lower = value.to_ascii_lowercase();
    let is_named = SHARE_WORDS
        .iter()
        .any(|word| lower.strip_prefix(word).is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_digit())));
    is_fraction || is_named || (job_is_share && is_number(value))
}

fn os(labels: &[String]) -> Option<&'static str> {
    labels.iter().find_map(|label| {
        let label = label.to_ascii_lowercase();
        ["windows", "macos"].into_iter().find(|os| label.starts_with(os))
    })
}

fn arch(labels: &[String]) -> Option<&'static str> {
    labels.iter().any(|label| names_arch(label)).then_some("arm64")
}

fn names_arch(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("arm64") || text.contains("aarch64") || text.ends_with("-arm")
}

fn names_os(matrix: &str, os: &str) -> bool {
    let matrix = matrix.to_ascii_lowercase();
    let nickname = if os == "windows" { "win" } else { "mac" };
    matrix.contains(nickname) || (os == "macos" && matrix.contains("darwin"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn case(suite: &str, class: &str, file: &str, name: &str) -> Case {
        let some = |text: &str| (!text.is_empty()).then(|| Arc::from(text));
        Case { suite: suite.into(), class: some(class), file: some(file), name: name.into(), ..Case::default() }
    }

    fn key(suite: &str, class: &str, file: &str, name: &str) -> [u8; 16] {
        identify(&case(suite, class, file, name), Format::Junit).key
    }

    #[test]
    fn the_place_on_the_machine_does_not_matter() {
        let wanted = key("login", "", "tests/login.ts", "works");
        for file in [
            "./tests/login.ts",
            "tests\\login.ts",
            "/home/runner/work/shop/shop/tests/login.ts",
            "D:\\a\\shop\\shop\\tests\\login.ts",
            "/__w/shop/shop/tests/login.ts",
            "/github/workspace/tests/login.ts",
        ] {
            assert_eq!(key("login", "", file, "works"), wanted, "{file}");
        }
        let suite = key("tests/login.ts > login", "", "", "works");
        assert_eq!(key("/home/runner/work/shop/shop/tests/login.ts > login", "", "", "works"), suite);
        assert_eq!(key("D:\\a\\shop\\shop\\tests\\login.ts > login", "", "", "works"), suite);
    }

    #[test]
    fn the_format_does_not_matter() {
        let case = case("a", "b", "c", "d");
        assert_eq!(identify(&case, Format::Junit), identify(&case, Format::Ctrf));
    }

    #[test]
    fn every_part_matters_and_none_runs_into_the_next() {
        let all = [
            key("a", "b", "c", "d"),
            key("a", "b", "c", "D"),
            key("a", "b", "", "d"),
            key("a", "", "c", "d"),
            key("", "b", "c", "d"),
            key("ab", "", "c", "d"),
            key("a", "b", "cd", ""),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn volatile_parts_are_shown_and_not_hashed() {
        let identity = identify(&case("", "", "", "renders <Foo at 0x7f12ab34cd56>"), Format::Junit);
        assert_eq!(identity.name, "renders <Foo at 0x7f12ab34cd56>");
        assert_eq!(identity.key, key("", "", "", "renders <Foo at 0x7f12ab99cd56>"));
        assert_ne!(key("", "", "", "adds 1"), key("", "", "", "adds 2"));
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        assert_eq!(key("", "", "", "gr\u{fc}\u{df}t"), key("", "", "", "gru\u{308}\u{df}t"));
    }

    #[test]
    fn parameters_are_part_of_the_identity() {
        let mut one = case("", "", "", "adds");
        one.parameters = vec![("a".into(), "1".into()), (String::new(), "2".into())];
        let identity = identify(&one, Format::Junit);
        assert_eq!(identity.name, "adds [a=1, 2]");
        one.parameters[0].1 = "3".into();
        assert_ne!(identify(&one, Format::Junit).key, identity.key);
        one.name = "adds [3, 2]".into();
        assert_eq!(identify(&one, Format::Junit).name, "adds [3, 2]");
    }

    #[test]
    fn a_variant_is_sorted_and_free_of_chance() {
        let mut one = case("", "", "", "x");
        one.variant = [("project", "firefox"), ("browser", "firefox 120"), ("hostname", "ci-7"), ("worker_index", "3")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let identity = identify(&one, Format::Playwright);
        assert_eq!(identity.variant, "browser=firefox 120, project=firefox");
        assert_eq!(identity.key, key("", "", "", "x"));
    }

    #[test]
    fn search_words_are_short_and_begin_with_the_name() {
        let search = identify(&case(&"Ü".repeat(400), "Login", "a/B.ts", "Works"), Format::Junit).search;
        assert!(search.starts_with("works login üü"), "{search}");
        assert_eq!(search.chars().count(), 300);
    }

    #[test]
    fn matrix_values_come_from_the_name_of_the_job() {
        for (name, labels, expected) in [
            ("build (ubuntu-latest, 20)", "ubuntu-latest", "matrix=ubuntu-latest, 20"),
            ("build (windows-latest, 20)", "windows-latest", "matrix=windows-latest, 20"),
            ("build", "ubuntu-latest", ""),
            ("build", "self-hosted,linux,x64", ""),
            ("build", "windows-2022", "os=windows"),
            ("build (20)", "macos-14", "matrix=20, os=macos"),
            ("build (20)", "self-hosted,Linux,ARM64", "arch=arm64, matrix=20"),
            ("call (a) / build (b, c)", "", "matrix=a, b, c"),
            ("e2e (chromium, 1/4)", "", "matrix=chromium"),
            ("e2e shard (2, 4)", "", ""),
            ("e2e (shard 3)", "", ""),
            ("e2e (1 of 4)", "", ""),
            ("test (3.12, a very long na...", "", "matrix=3.12, a very long na"),
            ("test (unfinished", "", ""),
            ("(odd)", "", ""),
        ] {
            let labels: Vec<String> = labels.split(',').filter(|label| !label.is_empty()).map(str::to_owned).collect();
            assert_eq!(job_variant(name, &labels), expected, "{name}");
        }
    }
}
