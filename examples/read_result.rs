//! Reads a result.json: the checks that did not pass, and the values. usage: read_result [FILE]

pub fn main() {
    let file = std::env::args().nth(1).filter(|name| name.ends_with("result.json"));
    let file = file
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/reports/double-well/result.json").into());
    let text = std::fs::read_to_string(file).expect("a result.json");
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for check in result["checks"].as_array().into_iter().flatten().filter(|check| check["passed"] != true) {
        println!("not passed: {} ({})", check["name"], check["why"]);
    }
    for (name, own) in result["grid"]["observables"].as_object().into_iter().flatten() {
        println!("{name}: {} ± {}", own["value"], own["error"]);
    }
}
