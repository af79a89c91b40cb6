//! What must not stand in any text file of the repository.

use crate::Violation;
use crate::source::violation;

/// Where GitHub's own runners on macOS work: nobody's machine.
const HOSTED_RUNNER: &str = "/Users/runner/";

/// Paths of the machines the product is built on, and hosts of package registries. Written in
/// pieces, so that this file is not its own violation.
const TRACES: &[(&str, &str)] = &[
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/work/", "main"), "a path of one machine"),
    (concat!("/work/", "shared"), "a path of one machine"),
    (concat!("/work/", "brief"), "a path of one machine"),
    (concat!("/work/", "."), "a path of one machine"),
    (concat!("/Us", "ers/"), "a path of one machine"),
    (concat!("bash", "_jobs"), "a path of one machine"),
    (concat!("registry.", "npmjs"), "the host of a package registry"),
    (concat!("registry.", "yarnpkg"), "the host of a package registry"),
    (concat!("index.", "crates.io"), "the host of a package registry"),
    (concat!("static.", "crates.io"), "the host of a package registry"),
    (concat!("files.", "pythonhosted"), "the host of a package registry"),
    (concat!("deb.", "debian.org"), "the host of a package registry"),
];

/// Traces of a developer's machine.
pub fn machine_traces(path: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.replace(HOSTED_RUNNER, "");
        for (trace, what) in TRACES.iter().filter(|(trace, _)| line.contains(trace)) {
            found.push(violation(path, at + 1, format!("has {what}: `{trace}`")));
        }
    }
    found
}

/// Addresses that packages of a lock file were downloaded from.
pub fn download_addresses(path: &str, text: &str) -> Vec<Violation> {
    let lines = text.lines().enumerate().filter(|(_, line)| line.contains("\"resolved\": \"http"));
    lines.map(|(at, _)| violation(path, at + 1, "records where a package was downloaded from".into())).collect()
}

#[test]
fn planted_traces_are_found() {
    let text = format!("fine\nsee {}main/x\nand {}org\n", concat!("/wo", "rk/"), concat!("registry.", "npmjs."));
    assert_eq!(machine_traces("docs/a.md", &text).iter().map(|one| one.line).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(machine_traces("docs/a.md", "/home/runner/work/shop/shop ../shared/corpus\n"), []);
}

#[test]
fn planted_download_addresses_are_found() {
    let text = "{\n  \"version\": \"1.0.0\",\n  \"resolved\": \"https://host.example/a.tgz\",\n  \"integrity\": \"sha512-x\"\n}\n";
    assert_eq!(download_addresses("package-lock.json", text)[0].line, 3);
    assert_eq!(download_addresses("package-lock.json", "{ \"integrity\": \"sha512-x\" }"), []);
}
