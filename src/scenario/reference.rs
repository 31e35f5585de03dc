//! What the declared keys give besides lists: the reference page of the guide, and the schema of scenarios for editors.

use super::{since, tables};
use crate::keys::{Key, Range, Type};
use crate::schemes::Catalogue;
use serde_json::{Map, Value, json};

/// The reference page of the guide, in Markdown.
pub fn reference_page() -> String {
    let mut page = format!("{INTRODUCTION}{FORMULAS}{MADE}");
    for (name, summary, keys) in tables() {
        let heading = match name.strip_prefix("study.") {
            Some(kind) => format!("`kind = \"{kind}\"`"),
            None if name.is_empty() => "Top level".into(),
            None => format!("[{name}]"),
        };
        let first_study = name.starts_with("study.") && !page.contains("## [[study]]");
        if first_study {
            page += "\n## [[study]]\n\nEvery study has a `kind`; [Studies](studies.md) says what each one does.\n";
        }
        let level = if name.starts_with("study.") { "###" } else { "##" };
        page += &format!("\n{level} {heading}\n\n{summary}\n");
        if keys.is_empty() {
            page += "\nIt has no other keys.\n";
            continue;
        }
        page += "\n| key | value | default | meaning | since |\n|---|---|---|---|---|\n";
        for key in keys {
            let unit = if key.unit.is_empty() { String::new() } else { format!(" ({})", key.unit) };
            let cell = |text: &str| text.replace('|', "\\|");
            let (holds, default) = (key.holds.describe() + &unit, key.default.unwrap_or("required"));
            let since = since(&name, key.name);
            page += &format!(
                "| `{}` | {} | {} | {} | {since} |\n",
                key.name,
                cell(&holds),
                cell(default),
                cell(key.meaning)
            );
        }
    }
    page
}

/// What formulas know.
pub const FORMULAS: &str = "\
*Formulas* are strings. They know the coordinates (`x`; or `x, y, z`; or `x1 … xd`), the momenta of kinetic dynamics (`p`; or
`px, py, pz`; or `p1 … pd`), the names in `[constants]` and `[definitions]`, `pi`, numbers, `+ - * / ^ ( )`, the comparisons
`< <= > >=` (1 or 0), `exp log sqrt sin cos tan sinh cosh tanh atan asinh erf floor abs sign`, `max` and `min` of several arguments, and
`atan2(y, x)`. `sum(i, x[i]^2)` and `product(i, …)` run over the coordinates; `x[i]` and `p[i]` are their components, `i` itself counts
from 1. Coefficients and rates may also read `t`.
";

const INTRODUCTION: &str = "# Keys of a scenario

A scenario is a TOML file. Unknown keys are errors. `wfr explain KEY` prints a row of this page, `wfr init FILE` writes a scenario with
every key, and `schema/scenario.schema.json` completes and checks them in editors. Every key can be overridden on the command line:
`wfr run FILE --set particles.count=1000`, or `--set study.0.steps=[0.5,0.25]` for the first study.

";

const MADE: &str = "
This page is made from the code (`WFR_WRITE_REPORTS=1 cargo test --release --test scenarios keys_are_declared`).
";

/// JSON Schema (draft 2020-12) of a scenario: its tables and keys, and what a key may hold as far as a schema can say it.
pub fn scenario_schema() -> Value {
    let mut root = Value::Null;
    let mut own = Map::new();
    let mut studies = Vec::new();
    for (name, summary, keys) in tables() {
        let schema = table(&summary, keys);
        match name.strip_prefix("study.") {
            Some(kind) => studies.push(of_kind(schema, kind)),
            None if name.is_empty() => root = schema,
            None => drop(own.insert(name, schema)),
        }
    }
    own.insert("constants".into(), json!({ "type": "object", "additionalProperties": { "type": "number" } }));
    own.insert(
        "definitions".into(),
        json!({ "type": "object", "additionalProperties": { "type": ["string", "number"] } }),
    );
    own.insert("study".into(), json!({ "type": "array", "items": { "anyOf": studies } }));
    for (name, schema) in own {
        root["properties"][name] = schema;
    }
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("A scenario of wfr");
    root
}

fn of_kind(mut schema: Value, kind: &str) -> Value {
    schema["properties"]["kind"] = json!({ "const": kind });
    match schema["required"].as_array_mut() {
        Some(required) => required.push(json!("kind")),
        None => schema["required"] = json!(["kind"]),
    }
    schema
}

fn table(summary: &str, keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.into(), property(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.default.is_none()).map(|key| key.name).collect();
    json!({
        "type": "object",
        "description": summary,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> Value {
    let mut schema = holds(key.holds);
    let default = key.default.map_or_else(|| "required".into(), |default| format!("default: {default}"));
    schema["description"] = json!(format!("{} ({default})", key.meaning));
    schema
}

fn holds(what: Type) -> Value {
    let schemes = || Catalogue::default().transitions().map(|scheme| scheme.name()).collect::<Vec<_>>();
    match what {
        Type::Number(range) => number(range),
        Type::Whole(range) => {
            let mut schema = number(range);
            schema["multipleOf"] = json!(1);
            schema
        }
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Text(_) | Type::Samples => json!({ "type": "string" }),
        Type::Structured(_) => json!({}),
        Type::Formula | Type::SmoothFormula => json!({ "type": ["string", "number"] }),
        Type::Name(names) => json!({ "enum": names() }),
        Type::Names(names, least) => {
            json!({ "type": "array", "minItems": least, "items": { "enum": names() } })
        }
        Type::Scheme => json!({ "enum": schemes() }),
        Type::Schemes => json!({
            "anyOf": [{ "const": "all" }, { "type": "array", "minItems": 1, "items": { "enum": schemes() } }]
        }),
        Type::Numbers(range, _, least) => {
            json!({ "type": "array", "minItems": least, "items": number(range) })
        }
    }
}

fn number(range: Range) -> Value {
    match range {
        Range::Any => json!({ "type": "number" }),
        Range::Above(least) => json!({ "type": "number", "exclusiveMinimum": least }),
        Range::From(least) => json!({ "type": "number", "minimum": least }),
        Range::Within(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
    }
}
