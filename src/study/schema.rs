//! The schema of result.json, from the doc comments of its types.

use super::KINDS;
use super::findings::{Findings, StudyFindings};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// JSON Schema (draft 2020-12) of result.json. A number that is not finite is null there, so every number may be null.
pub fn result_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut studies = Vec::new();
    for kind in KINDS {
        let Some(outcome) = kind.outcome else { continue };
        let reference = outcome(&mut generator).to_value();
        let name =
            reference["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")).map(str::to_string);
        studies.push((kind, name.unwrap_or_default()));
    }
    generator.subschema_for::<StudyFindings>();
    let mut root = generator.into_root_schema_for::<Findings>().to_value();
    let common = root["$defs"]["StudyFindings"].clone();
    let of_kind = |(kind, name): &(&&super::Kind, String)| {
        let mut schema = root["$defs"][name].clone();
        schema["description"] = json!(kind.summary);
        for key in ["kind", "verdict", "passed", "why"] {
            schema["properties"][key] = common["properties"][key].clone();
            if let Some(required) = schema["required"].as_array_mut() {
                required.push(json!(key));
            }
        }
        schema["properties"]["kind"] = json!({ "enum": [kind.name] });
        schema
    };
    let all: Vec<Value> = studies.iter().map(of_kind).collect();
    root["$defs"]["StudyFindings"] = json!({ "description": common["description"], "anyOf": all });
    root["title"] = json!("result.json of wfr");
    finish(&mut root);
    root
}

/// Numbers may be null, objects have no other keys, and types of one machine's integers are left out.
fn finish(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(finish);
            let number = match object.get("type") {
                Some(Value::String(kind)) => kind == "number",
                Some(Value::Array(kinds)) => kinds.contains(&json!("number")),
                _ => false,
            };
            if number {
                object.insert("type".into(), json!(["number", "null"]));
            }
            if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".into(), json!(false));
            }
            // Properties may have these names, too: what they say is an object then.
            object.retain(|key, value| value.is_object() || (key != "format" && key != "minimum"));
        }
        Value::Array(values) => values.iter_mut().for_each(finish),
        _ => (),
    }
}
