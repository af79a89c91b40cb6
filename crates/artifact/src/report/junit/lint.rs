//! Tells a linter's JUnit from a test runner's: its findings are no tests.

use super::super::Case;
use super::Tag;

/// Linters and scanners that write JUnit under their own name.
const LINTERS: &[&str] = &[
    "actionlint",
    "ansible-lint",
    "bandit",
    "biome",
    "buf-lint",
    "checkov",
    "checkstyle",
    "clang-tidy",
    "cppcheck",
    "cspell",
    "detekt",
    "dockerfile_lint",
    "eslint",
    "flake8",
    "golangci-lint",
    "gosec",
    "hadolint",
    "htmlhint",
    "jshint",
    "jslint",
    "kics",
    "ktlint",
    "kube-linter",
    "kubeconform",
    "markdownlint",
    "mypy",
    "oxlint",
    "php-cs-fixer",
    "php_codesniffer",
    "phpcs",
    "phpmd",
    "phpstan",
    "pmd",
    "psalm",
    "pylint",
    "redocly",
    "rubocop",
    "ruff",
    "semgrep",
    "shellcheck",
    "snyk",
    "spectral",
    "sqlfluff",
    "standard",
    "stylelint",
    "stylelint.rules",
    "swiftlint",
    "terrascan",
    "tflint",
    "tfsec",
    "trivy",
    "tslint",
    "vale",
    "yamllint",
];

/// Whether a suite or a report of this name comes from a linter. A version may follow the name.
pub(super) fn is_linter(name: &str) -> bool {
    let word = name.trim().split([' ', '/']).next().unwrap_or_default();
    !name.contains('>') && LINTERS.iter().any(|linter| linter.eq_ignore_ascii_case(word)) && names_only(name)
}

/// Whether a suite is a linter's.
pub(super) fn is_suite(name: &str, tag: Tag) -> bool {
    is_linter(name) || tag.get("package").is_some_and(|package| is_package(&package.cow()))
}

/// Whether a case is a finding although its suite does not say so: named by the rule in the linter's package, as
/// ESLint's format has it; by the place it was found at, as golangci-lint does; or by a severity, as Trivy does.
pub(super) fn is_case(suite: &str, case: &Case) -> bool {
    is_package(&case.name)
        || is_severity(&case.name)
        || case.class.as_deref().is_some_and(|class| is_place(suite, class))
}

/// `ruff 0.9`, `PHP_CodeSniffer 3.7`, `flake8 report`: not `standard library tests`.
fn names_only(name: &str) -> bool {
    name.split_whitespace().skip(1).all(|word| {
        word.starts_with(|letter: char| letter.is_ascii_digit()) || matches!(word, "report" | "results" | "version")
    })
}

fn is_package(package: &str) -> bool {
    let Some(rest) = package.strip_prefix("org.") else { return false };
    LINTERS.contains(&rest.split('.').next().unwrap_or_default())
}

fn is_severity(name: &str) -> bool {
    ["[CRITICAL] ", "[HIGH] ", "[MEDIUM] ", "[LOW] ", "[UNKNOWN] "].iter().any(|severity| name.starts_with(severity))
}

/// Whether `class` is a line within the file that the suite is named after.
fn is_place(suite: &str, class: &str) -> bool {
    let Some(line) = class.strip_prefix(suite).and_then(|rest| rest.strip_prefix(':')) else { return false };
    !suite.is_empty() && !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

#[cfg(test)]
mod tests {
    use super::super::super::xml::tests::sample;
    use super::super::super::{Format, Kind};
    use super::*;

    #[test]
    fn findings_are_counted_and_are_no_cases() {
        for text in [
            "<testsuites name='ruff'><testsuite name='/a.py' package='org.ruff'><testcase name='org.ruff.E501'><failure/></testcase></testsuite></testsuites>",
            "<testsuites><testsuite package='org.eslint' name='/a.js'><testcase name='org.eslint.no-var'><failure/></testcase></testsuite></testsuites>",
            "<testsuites><testsuite name='a.go'><testcase name='errcheck' classname='a.go:12:3'><failure/></testcase></testsuite></testsuites>",
            "<testsuites><testsuite name='alpine'><testcase classname='ssl' name='[HIGH] CVE-2024-1'><failure/></testcase></testsuite></testsuites>",
            "<testsuite name='flake8 report'><testcase name='x'><error/></testcase><testcase name='ok'/></testsuite>",
        ] {
            let report = sample(Format::Junit, text);
            assert_eq!((report.kind, report.cases.len(), report.findings), (Kind::Lint, 0, 1), "{text}");
        }
        let clean = sample(Format::Junit, "<testsuites name='ruff'/>");
        assert_eq!((clean.kind, clean.findings), (Kind::Lint, 0));
    }

    #[test]
    fn tests_of_linters_are_tests() {
        for name in ["standard library tests", "ruff_linter::rules", "eslint-plugin", "Vale > x", "com.example.Ruff"] {
            assert!(!is_linter(name), "{name}");
        }
    }
}
