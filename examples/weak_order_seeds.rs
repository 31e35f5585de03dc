//! Repeats the Monte-Carlo order study of three schemes of weak order 2 with many seeds, and counts the verdicts:
//! `cargo run --release --example weak_order_seeds -- 100`.

use std::time::Instant;
use wfr::study::Verdict;
use wfr::study::order::{OrderFindings, OrderMethod};

const SCENARIO: &str = r#"
observables = ["x^2"]
[target]
potential = "x^2/2"
[initial]
point = [3.0]
[flow]
reaction = 0.0
horizon = 1.0
[[study]]
kind = "weak-order"
schemes = ["platen", "platen-three-point", "implicit-trapezoidal"]
observable = "x^2"
methods = ["law", "monte-carlo"]
max-paths = 4000000
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seeds: u64 = std::env::args().nth(1).map_or(Ok(100), |count| count.parse())?;
    let start = Instant::now();
    let (mut studies, mut failed, mut inconclusive, mut outside) = (0, 0, 0, 0);
    let mut widest: f64 = 0.0;
    for seed in 0..seeds {
        let scenario = wfr::scenario::parse(&format!("{SCENARIO}seed = {seed}\n"), "seeds.toml", &[])?;
        let run = wfr::study::run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
        for study in &run.findings.studies {
            let Some(order) = study.outcome_as::<OrderFindings>() else { continue };
            let (Some(band), OrderMethod::MonteCarlo) = (order.order, order.method) else { continue };
            studies += 1;
            failed += usize::from(study.verdict == Verdict::Fail);
            inconclusive += usize::from(study.verdict == Verdict::Inconclusive);
            outside += usize::from(!(band.lower..=band.upper).contains(&f64::from(order.expected)));
            widest = widest.max(0.5 * (band.upper - band.lower));
            if study.verdict != Verdict::Pass {
                println!("seed {seed}, {}: {}", order.scheme, study.why);
            }
        }
    }
    println!("{studies} studies of {seeds} seeds in {:.0} s", start.elapsed().as_secs_f64());
    println!("failed: {failed}, inconclusive: {inconclusive}, order 2 outside the 95 % band: {outside}");
    println!("widest band (half): {widest:.3}");
    Ok(())
}
