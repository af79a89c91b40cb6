//! Names of failing cases, compared one to one. Every tool joins suite, class and name in its own way, so that after
//! the names that are equal those are matched that differ in the joining alone.

use artifact::report::{Case, Scope};

/// How the names of failing cases compare.
#[derive(Default)]
pub struct Matched {
    /// `class::name` or the name alone, letter by letter.
    pub equal: usize,
    /// Joined otherwise.
    pub alike: usize,
    /// Names of the oracle that no failing case has.
    pub missing: Vec<String>,
    /// Failing cases the oracle does not name; those around tests left out.
    pub surplus: Vec<String>,
}

/// Matches the oracle's names with failing cases.
pub fn compare(expected: &[String], failing: &[&Case]) -> Matched {
    let mut left: Vec<&Case> = failing.to_vec();
    let mut matched = Matched::default();
    let mut missing: Vec<&String> = Vec::new();
    for name in expected {
        match take(&mut left, |case| is_equal(name, case)) {
            true => matched.equal += 1,
            false => missing.push(name),
        }
    }
    for name in missing {
        match take(&mut left, |case| is_alike(name, case)) {
            true => matched.alike += 1,
            false => matched.missing.push(name.clone()),
        }
    }
    matched.surplus = left.iter().filter(|case| case.scope == Scope::Case).map(|case| full_name(case)).collect();
    matched
}

fn take(left: &mut Vec<&Case>, is_it: impl Fn(&Case) -> bool) -> bool {
    let at = left.iter().position(|case| is_it(case));
    at.map(|at| left.remove(at)).is_some()
}

fn full_name(case: &Case) -> String {
    match &case.class {
        Some(class) => format!("{class}::{}", case.name),
        None => case.name.clone(),
    }
}

fn is_equal(expected: &str, case: &Case) -> bool {
    expected == case.name || expected == full_name(case)
}

/// Whether only the joining differs: the oracle's name ends with the case's, and what stands before it is found in the
/// case's suite, class or file; or the case's whole path ends with the oracle's name.
fn is_alike(expected: &str, case: &Case) -> bool {
    let (class, _) = expected.rsplit_once("::").unwrap_or(("", expected));
    let around = [&*case.suite, case.class.as_deref().unwrap_or(""), case.file.as_deref().unwrap_or("")];
    let whole: Vec<String> = around.map(squeeze).into_iter().filter(|place| !place.is_empty()).collect();
    if case.scope == Scope::Suite {
        // A tool's own word for what failed ("Failure", "[build failed]") is not compared.
        return [squeeze(class), squeeze(expected)]
            .iter()
            .any(|place| !place.is_empty() && (whole.contains(place) || squeeze(&case.name).contains(place.as_str())));
    }
    let (expected, name) = (squeeze(expected), squeeze(&case.name));
    if whole.iter().any(|place| format!("{place}{name}").ends_with(&expected)) || name.ends_with(&expected) {
        return true;
    }
    match expected.strip_suffix(name.as_str()) {
        Some(before) if !name.is_empty() => {
            whole.iter().any(|place| place.ends_with(before) || before.ends_with(place.as_str()))
        }
        _ => false,
    }
}

#[test]
fn names_that_differ_in_more_than_the_joining_are_not_alike() {
    let case = Case { class: Some("shop.Cart".into()), name: "adds".into(), ..Case::default() };
    assert!(
        is_alike("Master > shop.Cart.adds", &case) && is_alike("Cart::adds", &case) && is_alike("cart adds", &case)
    );
    assert!(!is_alike("shop.Order::adds", &case) && !is_alike("shop.Cart::removes", &case));
    let bare = Case { name: "adds".into(), ..Case::default() };
    assert!(is_alike("adds", &bare) && !is_alike("shop.Cart::adds", &bare));
}

/// Letters and digits alone.
fn squeeze(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// Whether two reports of one run can mean the same test.
pub fn is_same_test(one: &Case, other: &Case) -> bool {
    let (one_name, other_name) = (squeeze(&one.name), squeeze(&other.name));
    let whole = |case: &Case, name: &str| format!("{}{name}", squeeze(&case.suite));
    one_name == other_name
        || whole(one, &one_name).ends_with(&other_name)
        || whole(other, &other_name).ends_with(&one_name)
}
