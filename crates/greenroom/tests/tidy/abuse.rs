//! Tests named by abuse cases: found in the sources, compared with the list, and shown as the table of
//! `docs/security.md`. `UPDATE_CASES=1 cargo test --workspace --test tidy` writes that table.

use crate::cases::{CASES, Case, FAMILIES, State};
use crate::{SourceFile, files_below, root, source};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const PAGE: &str = "docs/security.md";
const BEGIN: &str = "<!-- cases: written by `UPDATE_CASES=1 cargo test --workspace --test tidy` -->";
const END: &str = "<!-- end of cases -->";

/// Cases whose tests are being written, by id or letter: the table shows which are there, and nothing fails for them.
const IN_WORK: &[&str] = &[];

/// Which files test which cases.
type Places = BTreeMap<String, BTreeSet<String>>;

/// Ids that a name of lower-case words begins with: `z2_z3_links` is about `Z2` and `Z3`.
fn ids_of_name(name: &str) -> Vec<String> {
    name.split('_').map_while(id_of_word).collect()
}

/// Ids that a title begins with: `W1 W3: …`.
fn ids_of_title(title: &str) -> Vec<String> {
    let words = title.split([' ', ':', ',', '+', '/']).filter(|word| !word.is_empty());
    words.take_while(|word| word.starts_with('W')).map_while(|word| id_of_word(&word.to_lowercase())).collect()
}

fn id_of_word(word: &str) -> Option<String> {
    let (letter, number) = (word.chars().next()?, word.get(1..)?);
    let is_family = FAMILIES.iter().any(|(family, _)| family.to_ascii_lowercase() == letter);
    let is_number = !number.is_empty() && number.len() < 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_family && is_number).then(|| word.to_uppercase())
}

/// Ids of the test functions of a Rust file.
fn in_rust(text: &str) -> Vec<String> {
    let code = source::code_only(text);
    let names = code.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ")?.split(['(', '<']).next()
    });
    names.flat_map(ids_of_name).collect()
}

/// Ids of the titles in a browser test: any text that begins with one.
fn in_browser(text: &str) -> Vec<String> {
    let pieces = text.split(['"', '\'', '`']).skip(1);
    pieces.filter(|piece| piece.contains(' ')).flat_map(ids_of_title).collect()
}

fn places() -> Places {
    let mut places = Places::new();
    let mut add = |file: &SourceFile, ids: Vec<String>| {
        for id in ids {
            places.entry(id).or_default().insert(file.path.clone());
        }
    };
    for file in files_below("crates").iter().filter(|file| file.path.ends_with(".rs")) {
        add(file, in_rust(&file.text));
    }
    for file in files_below("web/e2e").iter().chain(&files_below("web/src")) {
        if file.path.ends_with(".e2e.ts") || file.path.contains(".test.") {
            add(file, in_browser(&file.text));
        }
    }
    places
}

/// What is wrong with a list of cases, given where they are tested.
fn disagreements(cases: &[Case], places: &Places) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| !is_in_work(case)) {
        match (case.state, places.get(case.id)) {
            (State::Tested, None) => wrong.push(format!("{} is said to be tested, and no test has its name", case.id)),
            (State::Open(_) | State::NotApplicable(_), Some(files)) => {
                wrong.push(format!("{} is tested in {files:?}, and the list says otherwise", case.id));
            }
            _ => {}
        }
    }
    let known: BTreeSet<&str> = cases.iter().map(|case| case.id).collect();
    let unknown = places.iter().filter(|(id, _)| !known.contains(id.as_str()));
    wrong.extend(unknown.map(|(id, files)| format!("{files:?} test {id}, which is no case")));
    wrong
}

fn is_in_work(case: &Case) -> bool {
    let is_meant = |begin: &str| case.id == begin || begin.len() == 1 && case.id.starts_with(begin);
    case.state == State::Tested && IN_WORK.iter().any(|begin| is_meant(begin))
}

/// The table, a part a family.
fn table(places: &Places) -> String {
    let mut out = String::new();
    let is_tested = |case: &&Case| case.state == State::Tested && places.contains_key(case.id);
    let is_open = |case: &&Case| matches!(case.state, State::Tested | State::Open(_)) && !is_tested(case);
    let (tested, open) = (CASES.iter().filter(is_tested).count(), CASES.iter().filter(is_open).count());
    let absent = CASES.len() - tested - open;
    let _ = writeln!(out, "{} cases: {tested} tested, {absent} not applicable, {open} open.", CASES.len());
    for (family, title) in FAMILIES {
        let _ = writeln!(out, "\n### {title}\n\n| case | what is done, and what comes of it | state |\n|---|---|---|");
        for case in CASES.iter().filter(|case| case.id.starts_with(*family)) {
            let _ = writeln!(out, "| {} | {} | {} |", case.id, case.text, state(case, places));
        }
    }
    out
}

fn state(case: &Case, places: &Places) -> String {
    match case.state {
        State::Tested => match places.get(case.id) {
            Some(files) => {
                let files: Vec<String> = files.iter().map(|path| format!("`{}`", short(path))).collect();
                format!("tested: {}", files.join(", "))
            }
            None => "open: its test is not there yet".to_owned(),
        },
        State::NotApplicable(why) => format!("not applicable: {why}"),
        State::Open(why) => format!("open: {why}"),
    }
}

/// A path without what every path has.
fn short(path: &str) -> &str {
    path.strip_prefix("crates/").unwrap_or(path)
}

/// Rows of the table but those of cases in work, and the counts once nothing is.
fn settled_rows(table: &str) -> BTreeSet<String> {
    let in_work: Vec<String> =
        CASES.iter().filter(|case| is_in_work(case)).map(|case| format!("| {} |", case.id)).collect();
    let is_settled = |line: &&str| {
        let is_count = line.contains(" cases: ") && !in_work.is_empty();
        !is_count && !in_work.iter().any(|row| line.starts_with(row.as_str()))
    };
    table.lines().filter(is_settled).map(str::to_owned).collect()
}

#[test]
fn every_case_is_tested_or_says_why_not() {
    let wrong = disagreements(CASES, &places());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn the_list_of_cases_is_whole_and_in_order() {
    let sizes = [('Z', 21), ('X', 18), ('W', 23), ('N', 24), ('G', 17), ('H', 11), ('O', 17)];
    let expected: Vec<String> =
        sizes.iter().flat_map(|(family, count)| (1..=*count).map(move |n| format!("{family}{n}"))).collect();
    assert_eq!(CASES.iter().map(|case| case.id).collect::<Vec<_>>(), expected);
    assert!(CASES.iter().all(|case| !case.text.contains('|')), "a bar would end its cell");
}

#[test]
fn the_table_of_cases_is_the_one_in_the_documentation() {
    let path = root().join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has the marks of the table");
    let (shown, after) = rest.split_once(END).expect("the page has both marks of the table");
    let table = format!("\n\n{}\n", table(&places()));
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else if shown != table {
        let (shown, table) = (settled_rows(shown), settled_rows(&table));
        let changed: Vec<&String> = table.symmetric_difference(&shown).collect();
        let how = "UPDATE_CASES=1 cargo test --workspace --test tidy writes it anew";
        assert!(changed.is_empty(), "{PAGE} has other rows than the list: {changed:#?}\n{how}");
    }
}

#[test]
fn tests_are_found_by_their_names() {
    let rust = "#[test]\nfn z2_z3_links() {}\n    async fn x1_entities(database: Database) {}\n// fn z9_x()\nfn zip() {}\nfn g() {}";
    assert_eq!(in_rust(rust), ["Z2", "Z3", "X1"]);
    let browser = "test(\"W1 a page\", () => {}); test('W12 W3: words'); `W5 ${x}`; \"W3C\"; \"W hat\"; \"a W9 x\"";
    assert_eq!(in_browser(browser), ["W1", "W12", "W3", "W5"]);
}

#[test]
fn planted_disagreements_are_found() {
    let case = |id, state| Case { id, text: "", state };
    let cases = [case("Z1", State::Tested), case("Z2", State::Open("later")), case("Z3", State::Tested)];
    let place = |id: &str| (id.to_owned(), BTreeSet::from(["a.rs".to_owned()]));
    let wrong = disagreements(&cases, &Places::from([place("Z2"), place("Z3"), place("Z99")]));
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert_eq!(disagreements(&cases[2..], &Places::from([place("Z3")])), Vec::<String>::new());
}
