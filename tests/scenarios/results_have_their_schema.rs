//! schema/result.schema.json describes result.json: every kind of study, and what may be absent.

use crate::common::findings;
use serde_json::{Value, json};
use wfr::report::result_json;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../schema/result.schema.json")).unwrap()
}

/// WFR_WRITE_REPORTS=1 writes the file anew.
#[test]
fn the_schema_is_that_of_the_code() {
    let text = serde_json::to_string_pretty(&wfr::study::schema::result_schema()).unwrap() + "\n";
    if std::env::var_os("WFR_WRITE_REPORTS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/result.schema.json"), &text).unwrap();
    }
    let committed = include_str!("../../schema/result.schema.json");
    assert!(
        std::env::var_os("WFR_WRITE_REPORTS").is_some() || committed == text,
        "schema/result.schema.json is not what the code says: run this test with WFR_WRITE_REPORTS=1"
    );
}

#[test]
fn every_kind_of_outcome_has_a_schema() {
    let text = schema().to_string();
    for kind in wfr::study::KINDS.iter().filter(|kind| kind.outcome.is_some()) {
        assert!(text.contains(&format!("{{\"enum\":[\"{}\"]}}", kind.name)), "{}", kind.name);
    }
}

/// What is wrong with `value`, by the keywords of JSON Schema that the file uses.
fn mistakes(root: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return mistakes(root, root.pointer(&name[1..]).unwrap(), value, place);
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let all = choices.iter().map(|choice| mistakes(root, choice, value, place));
        return all.min_by_key(Vec::len).unwrap_or_default();
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        return vec![format!("{place}: {value} is none of {choices:?}")];
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        return vec![format!("{place}: {value} is not {}", schema["const"])];
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the type {other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(is) {
        return vec![format!("{place}: {value} is none of {kinds:?}")];
    }
    let mut found = Vec::new();
    if let Some(object) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(key) {
                found.push(format!("{place}: {key} is missing"));
            }
        }
        for (key, own) in object {
            let place = format!("{place}.{key}");
            match (&schema["properties"][key], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => found.push(format!("{place}: not in the schema")),
                (Value::Null, other) => found.extend(mistakes(root, other, own, &place)),
                (known, _) => found.extend(mistakes(root, known, own, &place)),
            }
        }
    }
    for (k, own) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(mistakes(root, &schema["items"], own, &format!("{place}[{k}]")));
    }
    found
}

fn of_result(value: &Value) -> Vec<String> {
    let schema = schema();
    mistakes(&schema, &schema, value, "")
}

const WELL: &str = "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n\
    [initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n[flow]\nhorizon = 0.5\n\
    [grid]\nlower = [-2.8]\nupper = [2.8]\ncells = [200]\nstep = 0.05\n\
    [particles]\ncount = 2048\nstep = 0.05\nscheme = \"platen\"\n";

#[test]
fn every_kind_of_result_fits() {
    let scenarios = [
        format!("{WELL}[[study]]\nkind = \"compare\"\n[[study]]\nkind = \"grid-order\"\n[[study]]\nkind = \"spectrum\"\n"),
        format!("{WELL}[[study]]\nkind = \"divergences\"\n[[study]]\nkind = \"decay\"\n[[study]]\nkind = \"work-precision\"\naccuracy = 1e-3\n[[study]]\nkind = \"barrier\"\nheights = [1]\n"),
        format!(
            "{WELL}[[study]]\nkind = \"weak-order\"\nsteps = [0.125, 0.0625]\nmax-paths = 4096\n\
             methods = [\"proof\", \"law\", \"prediction\", \"monte-carlo\"]\n"
        ),
        // No grid, a rate, and levels.
        "observables = [\"1\", \"x^2\"]\n[initial]\npoint = [0.7]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\n\
         rate = \"x^2/2\"\nhorizon = 1.0\n[particles]\ncount = 100\nstep = 0.1\n\
         [[study]]\nkind = \"multilevel\"\naccuracy = 0.05\n"
            .into(),
        // Sides that absorb, and a rate that kills.
        "observables = [\"x\"]\n[initial]\npoint = [0.2]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nrate = \"1\"\nhorizon = 0.1\n\
         [grid]\nlower = [-1.0]\nupper = [1.0]\ncells = [64]\nsides = [\"absorbing\"]\n\
         [[study]]\nkind = \"exit\"\ncount = 1000\n"
            .into(),
        // Explicit steps explode: incomplete, with null where nothing is known.
        "observables = [\"x\"]\n[initial]\npoint = [30.0]\n[sde]\ndrift = [\"-x^3\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n\
         [particles]\ncount = 100\nstep = 0.1\n"
            .into(),
    ];
    for text in scenarios {
        let result: Value = serde_json::from_str(&result_json(&findings(&text))).unwrap();
        assert_eq!(of_result(&result), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_seen() {
    let mut result: Value = serde_json::from_str(&result_json(&findings(WELL))).unwrap();
    result["grid"]["mass"] = json!("one");
    result["studies"] = json!([{"kind": "compare", "verdict": "maybe"}]);
    result.as_object_mut().unwrap().remove("passed");
    result["surprise"] = json!(1);
    let found = of_result(&result).join("\n");
    for part in [".grid.mass", "maybe", "passed is missing", ".surprise: not in the schema"] {
        assert!(found.contains(part), "{part} in {found}");
    }
}
