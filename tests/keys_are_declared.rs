//! The declared keys of a scenario are those that its reader looks for, and the starter shows every one of them.

use std::collections::BTreeSet;
use std::path::Path;
use wfr::scenario::{TABLES, asked_keys, starter::STARTER};
use wfr::study::KINDS;

/// The keys that readers look for, over the scenarios of validation/ and one for every kind of dynamics.
fn asked() -> BTreeSet<(String, &'static str)> {
    let mut asked = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("validation");
    for entry in folder.read_dir().unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            asked.extend(asked_keys(&text, &path.display().to_string()).unwrap());
        }
    }
    asked
}

#[test]
fn declared_keys_are_those_that_are_read() {
    let asked = asked();
    for table in TABLES {
        let name = if table.name.is_empty() { String::new() } else { format!("[{}]", table.name) };
        let read: BTreeSet<&str> =
            asked.iter().filter(|(own, _)| *own == name).map(|(_, key)| *key).collect();
        let declared: BTreeSet<&str> = table.keys.iter().map(|key| key.name).collect();
        assert_eq!(
            read, declared,
            "keys of the table \"{}\": read on the left, declared on the right",
            table.name
        );
    }
}

/// A line of the starter says `key = …`, whether it is commented out or not.
#[test]
fn the_starter_shows_every_key() {
    let shows = |key: &str| {
        STARTER.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ']);
            line.split_once('=').is_some_and(|(left, _)| left.trim() == key)
                || line.starts_with(&format!("[{key}]"))
                || line.starts_with(&format!("[[{key}]]"))
        })
    };
    let tables = TABLES.iter().map(|table| (table.name, table.keys));
    let studies = KINDS.iter().map(|kind| (kind.name, kind.keys));
    let missing: Vec<String> = tables
        .chain(studies)
        .flat_map(|(table, keys)| keys.iter().map(move |key| (table, key.name)))
        .filter(|(_, key)| !shows(key))
        .map(|(table, key)| format!("{table}.{key}"))
        .collect();
    assert!(missing.is_empty(), "the starter lacks {missing:?}");
}

#[test]
fn every_key_has_a_meaning_in_one_sentence() {
    for (table, _, keys) in wfr::scenario::tables() {
        for key in keys {
            assert!(key.meaning.ends_with('.') && key.meaning.len() > 3, "{table}.{}", key.name);
        }
        let names: BTreeSet<&str> = keys.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), keys.len(), "{table} declares a key twice");
    }
}
