use super::{FAILED, Failure, ProveArguments};
use serde::Serialize;
use wfr::schemes::certificate::{Certificate, certificate, summary};
use wfr::schemes::{CATALOGUE, NoiseClass, Scheme, WeightRule};

/// One decided claim; the JSON of `wfr prove --json`.
#[derive(Serialize)]
struct Claim {
    id: String,
    kind: &'static str,
    statement: String,
    source: &'static str,
    verdict: &'static str,
    order: u32,
    leading_error: String,
    dimensions: Vec<usize>,
}

const DIMENSIONS: [usize; 2] = [1, 2];

pub fn run(arguments: &ProveArguments) -> Result<u8, Failure> {
    let all: Vec<(String, &'static dyn Scheme, WeightRule)> = CATALOGUE
        .iter()
        .flat_map(|&scheme| {
            WeightRule::ALL.map(|weight| (format!("{}+{}", scheme.name(), weight.name()), scheme, weight))
        })
        .collect();
    for id in &arguments.ids {
        if !all.iter().any(|(known, ..)| known == id) {
            let known: Vec<&str> = all.iter().map(|(known, ..)| known.as_str()).collect();
            return Err(Failure::Input(format!("unknown claim \"{id}\"; known are {}", known.join(", "))));
        }
    }
    let asked = |id: &String| arguments.ids.is_empty() || arguments.ids.contains(id);
    let claims: Vec<Claim> = all
        .into_iter()
        .filter(|(id, ..)| asked(id))
        .map(|(id, scheme, weight)| decide(id, scheme, weight))
        .collect();
    if arguments.json {
        let text =
            serde_json::to_string_pretty(&claims).map_err(|error| Failure::Input(error.to_string()))?;
        println!("{text}");
    } else {
        for claim in &claims {
            println!(
                "{:8}  {}\n          {}\n          {}\n",
                claim.verdict, claim.id, claim.statement, claim.leading_error
            );
        }
    }
    Ok(if claims.iter().all(|claim| claim.verdict == "proved") { 0 } else { FAILED })
}

fn decide(id: String, scheme: &'static dyn Scheme, weight: WeightRule) -> Claim {
    let claimed = scheme.weak_order().min(weight.weak_order());
    let certificates: Vec<Certificate> =
        DIMENSIONS.iter().map(|&dimension| certificate(scheme, weight, dimension, scheme.noise())).collect();
    let order = certificates.iter().map(|certificate| certificate.order).min().unwrap_or(0);
    let noise = match scheme.noise() {
        NoiseClass::Additive => "additive noise",
        NoiseClass::General => "any noise",
    };
    Claim {
        id,
        kind: "scheme-order",
        statement: format!(
            "{} with the {} weight has weak order {claimed} for {noise} and any smooth b, c and φ",
            scheme.name(),
            weight.name()
        ),
        source: scheme.reference(),
        verdict: if order >= claimed { "proved" } else { "refuted" },
        order,
        leading_error: summary(&certificates).unwrap_or_default(),
        dimensions: DIMENSIONS.to_vec(),
    }
}
