//! Tests that went to another file: told by what vanished and what appeared between two complete runs of one
//! workflow on the default branch. Merged only when there is no other explanation; a renamed test is a new one.

use std::collections::HashMap;

/// What a test is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Ours.
    pub test_id: i64,
    /// Titles of the enclosing suites.
    pub suite: String,
    /// Class, module or package.
    pub class: String,
    /// Name, parameters included.
    pub name: String,
}

/// Which tests that appeared are tests that vanished: (appeared, vanished). Suite and name must be equal, or name and
/// the last part of the class where there is no suite; and no other test on either side may be called so.
pub fn moves(appeared: &[Title], vanished: &[Title]) -> Vec<(i64, i64)> {
    let (new, old) = (unique(appeared), unique(vanished));
    let mut found: Vec<(i64, i64)> =
        new.iter().filter_map(|(called, id)| Some(((*id)?, old.get(called).copied().flatten()?))).collect();
    found.sort_unstable();
    found
}

/// Tests by what they are called; `None` where several are.
fn unique(titles: &[Title]) -> HashMap<(&str, &str), Option<i64>> {
    let mut by_title: HashMap<(&str, &str), Option<i64>> = HashMap::new();
    for title in titles {
        let around = if title.suite.is_empty() { last_part(&title.class) } else { title.suite.as_str() };
        if around.is_empty() {
            continue;
        }
        by_title.entry((around, title.name.as_str())).and_modify(|id| *id = None).or_insert(Some(title.test_id));
    }
    by_title
}

fn last_part(class: &str) -> &str {
    class.rsplit(['.', '/', '\\', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(test_id: i64, suite: &str, class: &str, name: &str) -> Title {
        Title { test_id, suite: suite.into(), class: class.into(), name: name.into() }
    }

    #[test]
    fn a_test_in_another_file_is_the_same_test() {
        let appeared = [title(9, "cart > totals", "", "adds up"), title(8, "", "shop.money.CartTest", "rounds")];
        let vanished = [title(1, "cart > totals", "", "adds up"), title(2, "", "shop.CartTest", "rounds")];
        assert_eq!(moves(&appeared, &vanished), [(8, 2), (9, 1)]);
    }

    #[test]
    fn nothing_is_merged_in_doubt() {
        let one = title(1, "cart", "", "works");
        assert_eq!(moves(&[title(9, "cart", "", "works")], &[one.clone(), title(2, "cart", "", "works")]), []);
        assert_eq!(
            moves(&[title(9, "cart", "", "works"), title(8, "cart", "", "works")], std::slice::from_ref(&one)),
            []
        );
        assert_eq!(moves(&[title(9, "basket", "", "works")], &[one]), [], "a renamed suite is another one");
        assert_eq!(
            moves(&[title(9, "", "", "works")], &[title(1, "", "", "works")]),
            [],
            "a name alone says too little"
        );
    }
}
