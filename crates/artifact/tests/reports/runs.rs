//! One run reported in several formats: the readers agree with each other, and with what the tool said of the run.

use super::answer::Counts;
use super::compare::{Difference, Differences, compare_counts};
use super::manifest::{self, Manifest, Set};
use super::{Seen, Surprises, exceptions, is_wanted, names, see};
use artifact::report::{Case, Kind, Report, Scope};
use std::collections::BTreeMap;

/// One account of a run: a file, or a folder of them.
struct Account {
    path: String,
    format: String,
    cases: Vec<Case>,
    findings: u64,
}

#[test]
fn accounts_of_one_run_agree() {
    let Some(manifest) = manifest::load::<Manifest>("reports") else { return };
    let files: Vec<Seen> = manifest.files.into_iter().filter(is_wanted).map(see).collect();
    let mut surprises = Surprises::default();
    let (mut compared, mut runs) = (0, 0);
    for (name, accounts) in groups(&files) {
        compared += accounts.len();
        runs += usize::from(accounts.len() > 1);
        surprises.take(name, agreement(&accounts), exceptions::RUNS);
    }
    println!("{compared} accounts of {runs} runs compared with each other");
    if std::env::var_os("REPORT_FORMAT").is_none() {
        for set in &manifest.sets {
            surprises.take(&set.name, agreement_of_set(set, &files), exceptions::RUNS);
        }
        println!("{} sets compared with what was said of them", manifest.sets.len());
    }
    surprises.end("accounts of one run");
}

fn groups(files: &[Seen]) -> BTreeMap<&str, Vec<Account>> {
    let mut groups: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
    for seen in files {
        if let Some(run) = &seen.file.same_run_as {
            groups.entry(run).or_default().push(seen);
        }
    }
    groups.into_iter().map(|(run, members)| (run, accounts(&members))).collect()
}

/// The accounts among these files. Results of Allure in one folder are one account.
fn accounts(files: &[&Seen]) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for seen in files {
        let Some(report) = seen.answer.report() else { continue };
        if report.kind == Kind::Coverage {
            continue;
        }
        let account = account(seen, report);
        match accounts.iter_mut().find(|known| known.path == account.path) {
            Some(known) => known.cases.extend(account.cases),
            None => accounts.push(account),
        }
    }
    accounts
}

fn account(seen: &Seen, report: &Report) -> Account {
    let path = match report.format.is_folder() {
        true => seen.file.path.rsplit_once('/').map_or("", |(folder, _)| folder),
        false => &seen.file.path,
    };
    Account {
        path: path.to_owned(),
        format: seen.file.format.clone(),
        cases: report.cases.clone(),
        findings: report.findings,
    }
}

/// What differs between the first account of a run and each other one.
fn agreement(accounts: &[Account]) -> Differences {
    let mut differences = Differences::default();
    let Some((first, others)) = accounts.split_first() else { return differences };
    for other in others {
        let [one, two] = [first, other].map(|account| Counts::of(&account.cases, false));
        if (one.total, one.passed, one.failing(), one.skipped, first.findings)
            != (two.total, two.passed, two.failing(), two.skipped, other.findings)
        {
            differences.0.push(between("counts", first, other, format!("{one:?}"), format!("{two:?}")));
        } else if let Some(name) = unmatched(first, other) {
            differences.0.push(between("failing names", first, other, name, "no such failing case".to_owned()));
        }
    }
    differences
}

fn between(fact: &'static str, first: &Account, other: &Account, one: String, two: String) -> Difference {
    Difference { fact, expected: format!("[{}] {one}", first.path), found: format!("[{}] {two}", other.path) }
}

/// A failing test of one account that does not fail in the other.
fn unmatched(first: &Account, other: &Account) -> Option<String> {
    let tests = |account: &Account| -> Vec<Case> {
        let is_failing = |case: &&Case| case.status.is_failing() && case.scope == Scope::Case;
        account.cases.iter().filter(is_failing).cloned().collect()
    };
    let mut left = tests(other);
    for case in tests(first) {
        match left.iter().position(|candidate| names::is_same_test(&case, candidate)) {
            Some(at) => drop(left.remove(at)),
            None => return Some(case.name),
        }
    }
    None
}

/// What differs between the accounts of a set and what was said of all of them.
fn agreement_of_set(set: &Set, files: &[Seen]) -> Differences {
    let members: Vec<&Seen> = files.iter().filter(|seen| set.has(&seen.file.path)).collect();
    let mut differences = Differences::default();
    for account in accounts(&members) {
        let counts = Counts::of(&account.cases, false);
        if let Some(findings) = set.oracle.findings.filter(|findings| *findings != account.findings) {
            differences.0.push(of_account("findings", &account, findings, account.findings));
        }
        let mut found = Differences::default();
        compare_counts(&account.format, &set.oracle, counts, &mut found);
        differences.0.extend(
            found.0.into_iter().map(|difference| Difference {
                found: format!("[{}] {}", account.path, difference.found),
                ..difference
            }),
        );
        statuses(set, &account, counts, &mut differences);
    }
    if members.iter().all(|seen| seen.answer.report().is_none()) {
        differences.0.push(Difference { fact: "members", expected: "reports".into(), found: "none".into() });
    }
    differences
}

fn of_account(fact: &'static str, account: &Account, expected: u64, found: u64) -> Difference {
    Difference { fact, expected: expected.to_string(), found: format!("[{}] {found}", account.path) }
}

/// Allure's statuses: broken is an error here, unknown a skip.
fn statuses(set: &Set, account: &Account, counts: Counts, differences: &mut Differences) {
    let Some(statuses) = &set.oracle.by_status else { return };
    let of = |word: &str| statuses.get(word).copied().unwrap_or(0);
    let expected = [
        ("results", set.oracle.results.unwrap_or(0), counts.total),
        ("passed", of("passed"), counts.passed),
        ("failed", of("failed"), counts.failed),
        ("broken", of("broken"), counts.errored),
        ("skipped", of("skipped") + of("unknown"), counts.skipped),
    ];
    for (fact, expected, found) in expected {
        if expected != found {
            differences.0.push(of_account(fact, account, expected, found));
        }
    }
}

#[test]
fn accounts_that_differ_are_told() {
    let account = || Account { path: "a".into(), format: "tap".into(), cases: vec![Case::default()], findings: 0 };
    assert!(agreement(&[account(), account()]).0.is_empty());
    let empty = Account { cases: Vec::new(), ..account() };
    assert_eq!(agreement(&[account(), empty]).0.len(), 1);
}
