//! The layer table and how it is enforced: by the paths that product code names.

use crate::Violation;
use crate::source::{code_outside_tests, line_of, violation};

/// A room of `crates/greenroom/src` and whom it may enter.
pub struct Row {
    /// Layer, for reading.
    pub layer: u8,
    /// The room.
    pub room: &'static str,
    /// Rooms it may import.
    pub may_import: &'static [&'static str],
    /// Packages that only this room may name.
    pub owns: &'static [&'static str],
}

const fn row(layer: u8, room: &'static str, may_import: &'static [&'static str], owns: &'static [&'static str]) -> Row {
    Row { layer, room, may_import, owns }
}

/// The table of ARCHITECTURE.md. Rooms of one layer do not know each other, layer 0 apart.
pub const TABLE: &[Row] = &[
    row(0, "model", &[], &[]),
    row(0, "mutants", &[], &[]),
    row(0, "clock", &["model"], &[]),
    row(0, "config", &["model"], &[]),
    row(1, "store", &["model", "clock", "config"], &["sqlx"]),
    row(1, "blobs", &["model", "clock", "config"], &["object_store"]),
    row(1, "forge", &["model", "clock", "config"], &["reqwest"]),
    row(1, "events", &["model", "clock", "config"], &[]),
    row(1, "analysis", &["model"], &[]),
    row(1, "reader", &["model"], &["rmp_serde"]),
    row(2, "tasks", &["model", "clock", "config", "store", "events"], &[]),
    row(3, "sync", &["model", "clock", "config", "store", "blobs", "forge", "events", "tasks"], &[]),
    row(3, "ingest", &["model", "clock", "config", "store", "blobs", "forge", "events", "reader", "tasks"], &[]),
    row(3, "retention", &["model", "clock", "config", "store", "blobs", "forge", "events", "tasks"], &[]),
    row(3, "care", &["model", "clock", "config", "store", "blobs", "forge", "events", "tasks"], &[]),
    row(3, "history", &["model", "clock", "config", "store", "blobs", "events", "analysis", "reader", "tasks"], &[]),
    row(4, "web", &["model", "clock", "config"], &["rust_embed"]),
    row(
        4,
        "api",
        &["model", "clock", "config", "store", "blobs", "events", "analysis", "reader", "tasks", "web"],
        &["axum", "tower_http"],
    ),
    row(5, "app", ALL, &[]),
    row(5, "main", ALL, &["clap", "fakehub"]),
    row(5, "commands", ALL, &[]),
    row(5, "progress", ALL, &["indicatif"]),
];

/// Every room that can be imported.
const ALL: &[&str] = &[
    "model",
    "clock",
    "config",
    "store",
    "blobs",
    "forge",
    "events",
    "tasks",
    "sync",
    "ingest",
    "retention",
    "care",
    "analysis",
    "reader",
    "history",
    "web",
    "api",
    "app",
    "commands",
    "progress",
];

/// Packages that a further room has to name, for plumbing.
const SHARED_PACKAGES: &[(&str, &str)] = &[("config", "clap"), ("commands", "clap"), ("web", "axum"), ("app", "axum")];

/// What the crate that reads hostile bytes must not name.
const IMPURE: &[&str] = &[
    "tokio",
    "futures",
    "reqwest",
    "sqlx",
    "async",
    "std::net",
    "std::time",
    "std::process",
    "std::env",
    "std::thread",
    "jiff",
];

/// The row of a room.
pub fn row_of(room: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.room == room)
}

/// The modules that a crate root declares.
pub fn modules(lib: &str) -> Vec<&str> {
    lib.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')).collect()
}

/// Imports of a file that its row does not let it have.
pub fn violations(path: &str, text: &str) -> Vec<Violation> {
    let Some((room, depth)) = place(path) else { return vec![] };
    let Some(row) = row_of(room) else {
        return vec![violation(path, 1, format!("room `{room}` has no row in the layer table"))];
    };
    let code = code_outside_tests(text);
    let mut found: Vec<Violation> = imported_rooms(&code, depth)
        .into_iter()
        .filter(|(imported, _)| imported != room && !row.may_import.contains(&imported.as_str()))
        .map(|(imported, at)| {
            let rule = format!("layer {} `{room}` may import {:?}, not `{imported}`", row.layer, row.may_import);
            violation(path, line_of(&code, at), rule)
        })
        .collect();
    for owner in TABLE.iter().filter(|owner| owner.room != room) {
        for package in owner
            .owns
            .iter()
            .filter(|package| !SHARED_PACKAGES.contains(&(room, **package)) && !row.owns.contains(*package))
        {
            for at in words(&code, package) {
                found.push(violation(
                    path,
                    line_of(&code, at),
                    format!("only `{}` may name the package `{package}`, not `{room}`", owner.room),
                ));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What a pure and synchronous file must not name.
pub fn impurities(path: &str, text: &str) -> Vec<Violation> {
    let code = code_outside_tests(text);
    IMPURE
        .iter()
        .flat_map(|word| words(&code, word).into_iter().map(move |at| (word, at)))
        .map(|(word, at)| {
            violation(path, line_of(&code, at), format!("`{word}` in the crate that is pure and synchronous"))
        })
        .collect()
}

/// The room a file belongs to, and how many `super::` lead from it to the crate root.
fn place(path: &str) -> Option<(&str, usize)> {
    let below = path.split_once("src/")?.1.strip_suffix(".rs")?;
    let parts: Vec<&str> = below.split('/').collect();
    let room = parts[0];
    if room == "lib" {
        return None;
    }
    Some((room, if parts.last() == Some(&"mod") { parts.len() - 1 } else { parts.len() }))
}

/// Rooms named by `crate::…`, `greenroom::…` or enough `super::`, with where.
fn imported_rooms(code: &str, depth: usize) -> Vec<(String, usize)> {
    let climb = "super::".repeat(depth);
    let mut rooms = Vec::new();
    for root in ["crate::", "greenroom::", climb.as_str()] {
        for (at, _) in code.match_indices(root) {
            let goes_on = code[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':');
            if !goes_on {
                heads(&code[at + root.len()..], at + root.len(), &mut rooms);
            }
        }
    }
    rooms.retain(|(name, _)| ALL.contains(&name.as_str()));
    rooms
}

/// First names of a path, or of each path of a group in braces.
fn heads(rest: &str, offset: usize, found: &mut Vec<(String, usize)>) {
    let trimmed = rest.trim_start();
    let offset = offset + rest.len() - trimmed.len();
    let Some(group) = trimmed.strip_prefix('{') else {
        let name: String = trimmed.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        found.push((name, offset));
        return;
    };
    let mut depth = 0;
    let mut begins = true;
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => return,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && depth == 0 && !c.is_whitespace() => {
                heads(&group[at..], offset + 1 + at, found);
                begins = false;
            }
            _ => {}
        }
    }
}

/// Where a word stands in code as a path of its own: not as a part of a longer one, nor as a field.
fn words(code: &str, word: &str) -> Vec<usize> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word)
        .filter(|(at, _)| {
            let before = code[..*at].chars().next_back();
            !is_part(before) && before != Some('.') && !is_part(code[at + word.len()..].chars().next())
        })
        .map(|(at, _)| at)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        violations(path, text).into_iter().map(|found| found.line).collect()
    }

    #[test]
    fn a_planted_import_is_found_in_every_spelling() {
        let spellings = [
            "use crate::forge::Forge;",
            "use crate::{model::Run, forge::Forge};",
            "use crate::{\n    model::{Run, time},\n    forge,\n};",
            "fn a() -> crate::forge::Forge { b() }",
            "use super::super::forge::Forge;",
            "pub(crate) use crate :: forge;",
        ];
        for text in spellings {
            let text = text.replace(" :: ", "::");
            assert_eq!(violations("crates/greenroom/src/api/runs.rs", &text).len(), 1, "{text}");
        }
        assert_eq!(
            lines("crates/greenroom/src/api/runs.rs", "//! x\nuse crate::{\n  model::Run,\n  forge::Forge,\n};\n"),
            [4]
        );
    }

    #[test]
    fn a_violation_names_the_file_the_line_and_the_broken_row() {
        let found = &violations("crates/greenroom/src/sync/mod.rs", "//! x\nuse crate::ingest::Ingest;\n")[0];
        assert_eq!((found.path.as_str(), found.line), ("crates/greenroom/src/sync/mod.rs", 2));
        assert!(
            found.rule.starts_with("layer 3 `sync` may import [\"model\"") && found.rule.ends_with("not `ingest`"),
            "{}",
            found.rule
        );
    }

    #[test]
    fn what_the_table_allows_is_let_pass() {
        let text = "use crate::{model::Run, store::Store};\nuse super::params;\nuse crate::api::problem;\n// crate::forge\nconst A: &str = \"crate::forge\";\n";
        assert_eq!(lines("crates/greenroom/src/api/runs.rs", text), [0_usize; 0]);
        assert_eq!(lines("crates/greenroom/src/lib.rs", "pub mod forge;"), [0_usize; 0]);
        assert_eq!(lines("crates/greenroom/src/app.rs", "use crate::{api, forge, ingest, sync};"), [0_usize; 0]);
        assert_eq!(
            lines("crates/greenroom/src/sync/mod.rs", "#[cfg(test)]\nmod tests { use crate::ingest::Ingest; }"),
            [0_usize; 0]
        );
    }

    #[test]
    fn rooms_of_a_layer_do_not_know_each_other() {
        for (room, other) in [
            ("store", "blobs"),
            ("forge", "events"),
            ("retention", "sync"),
            ("config", "clock"),
            ("model", "clock"),
            ("tasks", "forge"),
        ] {
            let path = format!("crates/greenroom/src/{room}.rs");
            assert_eq!(lines(&path, &format!("use crate::{other}::X;")), [1], "{room} imports {other}");
            assert_eq!(lines(&path, &format!("use super::{other}::X;")), [1], "{room} imports {other} by super");
        }
    }

    #[test]
    fn packages_stay_in_their_rooms() {
        for (package, room) in [("sqlx", "store"), ("object_store", "blobs"), ("reqwest", "forge"), ("fakehub", "main")]
        {
            let text = format!("use {package}::X;\nfn a(x: {package}::Y) {{}}\n");
            assert_eq!(lines(&format!("crates/greenroom/src/{room}.rs"), &text), [0_usize; 0]);
            assert_eq!(lines("crates/greenroom/src/ingest/mod.rs", &text), [1, 2], "{package}");
        }
        assert_eq!(
            lines("crates/greenroom/src/ingest/mod.rs", "fn a() { self.reqwest; my_sqlx::b(); sqlx_like(); }"),
            [0_usize; 0]
        );
    }

    #[test]
    fn a_room_without_a_row_is_found() {
        assert!(violations("crates/greenroom/src/attic/mod.rs", "")[0].rule.contains("`attic` has no row"));
        assert_eq!(modules("//! x\npub mod blobs;\nmod attic;\nuse a;\n"), ["blobs", "attic"]);
    }

    #[test]
    fn the_table_has_no_room_that_enters_a_higher_one() {
        for row in TABLE {
            for imported in row.may_import {
                let layer = row_of(imported).unwrap().layer;
                assert!(layer <= row.layer, "{} (layer {}) imports {imported} (layer {layer})", row.room, row.layer);
            }
        }
    }

    #[test]
    fn planted_impurities_are_found() {
        let found = impurities(
            "crates/artifact/src/a.rs",
            "//! x\nuse std::time::Instant;\nasync fn a() {}\nfn b(asynchronous: tokio::X) {}\n",
        );
        assert_eq!(found.iter().map(|one| one.line).collect::<Vec<_>>(), [4, 3, 2]);
    }
}
