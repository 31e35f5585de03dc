//! The declared keys of a scenario are those that its reader looks for, and the starter shows every one of them.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use wfr::scenario::{TABLES, asked_keys, reference_page, scenario_schema, starter};
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
    let starter = starter();
    let shows = |key: &str| {
        starter.lines().any(|line| {
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
    for kind in KINDS {
        let line = format!("kind = \"{}\"", kind.name);
        let blocks =
            starter.lines().filter(|own| own.trim_start_matches(['#', ' ']).starts_with(&line)).count();
        assert_eq!(blocks, 1, "{}", kind.name);
    }
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

/// WFR_WRITE_REPORTS=1 writes the reference page and the schema anew.
#[test]
fn the_reference_and_the_schema_are_those_of_the_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::to_string_pretty(&scenario_schema()).unwrap() + "\n";
    for (file, text) in [("docs/src/reference.md", reference_page()), ("schema/scenario.schema.json", schema)]
    {
        let path = root.join(file);
        if std::env::var_os("WFR_WRITE_REPORTS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "{file} is not what the code says: run this test with WFR_WRITE_REPORTS=1"
        );
    }
}

/// What is wrong with a value, by the keywords that the schema uses.
fn mistakes(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices
            .iter()
            .map(|choice| mistakes(choice, value, place))
            .min_by_key(Vec::len)
            .unwrap_or_default();
    }
    let mut found = Vec::new();
    let mut ask = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{place}: {value} is not {what}"));
        }
    };
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        _ => panic!("unknown type {kind}"),
    };
    match &schema["type"] {
        Value::String(kind) => ask(is(kind), kind),
        Value::Array(kinds) => ask(kinds.iter().filter_map(Value::as_str).any(is), "of its types"),
        _ => (),
    }
    schema["enum"]
        .as_array()
        .into_iter()
        .for_each(|choices| ask(choices.contains(value), "one of its names"));
    if !schema["const"].is_null() {
        ask(schema["const"] == *value, "its constant");
    }
    if let Some(number) = value.as_f64() {
        let bound = |key: &str| schema[key].as_f64();
        ask(bound("minimum").is_none_or(|least| number >= least), "large enough");
        ask(bound("exclusiveMinimum").is_none_or(|least| number > least), "large enough");
        ask(bound("maximum").is_none_or(|most| number <= most), "small enough");
        ask(bound("multipleOf").is_none_or(|unit| number % unit == 0.0), "whole");
    }
    if let Some(items) = value.as_array() {
        ask(schema["minItems"].as_u64().is_none_or(|least| items.len() as u64 >= least), "long enough");
        if !schema["items"].is_null() {
            found.extend(items.iter().flat_map(|item| mistakes(&schema["items"], item, place)));
        }
    }
    if let (Some(keys), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(
            required.filter(|key| !keys.contains_key(*key)).map(|key| format!("{place}: lacks {key}")),
        );
        for (key, own) in keys {
            match properties.get(key) {
                Some(schema) => found.extend(mistakes(schema, own, &format!("{place}.{key}"))),
                None => found.push(format!("{place}: unknown key {key}")),
            }
        }
    }
    found
}

fn of_text(text: &str) -> Vec<String> {
    let value: Value = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
    mistakes(&scenario_schema(), &value, "")
}

/// The schema takes every scenario of validation/ and of the guide.
#[test]
fn the_schema_takes_what_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut taken = 0;
    for folder in ["validation", "validation/trials", "validation/hard", "validation/schemes"] {
        for entry in root.join(folder).read_dir().unwrap().map(Result::unwrap) {
            let path = entry.path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if path.extension().is_some_and(|extension| extension == "toml")
                && wfr::scenario::load(&path, &[]).is_ok()
            {
                assert_eq!(of_text(&text), Vec::<String>::new(), "{}", path.display());
                taken += 1;
            }
        }
    }
    assert_eq!(of_text(&starter()), Vec::<String>::new(), "the starter");
    assert!(taken > 60, "only {taken} scenarios were looked at");
}

/// And refuses the mistakes that a schema can see.
#[test]
fn the_schema_refuses_mistakes() {
    let good = "[target]\npotential = \"x^2\"\n[initial]\npoint = [0.0]\n[flow]\nhorizon = 1.0\n[grid]\ncells = [50]\n";
    assert_eq!(of_text(good), Vec::<String>::new());
    let bad = [
        "[flow]\nhorizon = -1.0\n",
        "[flow]\nhorizon = 1.0\nreactoin = 1.0\n",
        "[flow]\ntransport = 1.0\n",
        "[flow]\nhorizon = 1.0\ndynamics = \"overdumped\"\n",
        "[particles]\ncount = 0\n",
        "[particles]\ncount = 10.5\n",
        "[particles]\nscheme = \"platten\"\n",
        "[grid]\nstep = 0.1\n",
        "[[study]]\nkind = \"compair\"\n",
        "[[study]]\nkind = \"compare\"\ncount = 4\n",
        "[[study]]\nkind = \"weak-order\"\nsteps = [0.5]\n",
        "[[study]]\nkind = \"weak-order\"\nmethods = [\"guess\"]\n",
        "[[study]]\nkind = \"reference\"\nvalue = \"one\"\n",
        "large = \"yes\"\n",
        "dimension = 0\n",
        "titel = \"a\"\n",
        "[constants]\nb = \"one\"\n",
    ];
    for text in bad {
        let found = if text.contains("constants") {
            let schema = &scenario_schema()["properties"]["constants"]["additionalProperties"];
            mistakes(schema, &Value::from("one"), "constants")
        } else {
            of_text(text)
        };
        assert!(!found.is_empty(), "{text}");
    }
}
