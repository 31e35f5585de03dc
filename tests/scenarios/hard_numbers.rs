//! Hard numbers (validation/hard/*.toml): each a right answer, a refusal, a breakdown with time, place and remedy, or a
//! check that fails.
//!
//! The head of each scenario says what is hard, what the exit status and the message have to be (`Expected`), and what the
//! values have to be (`Exact`). `WFR_WRITE_REPORTS=1 cargo test --release --test scenarios hard_numbers` writes the table of
//! outcomes to reports/hard-cases.md.

use std::fmt::Write;
use std::path::Path;
use wfr::scenario::load;
use wfr::study::findings::Findings;
use wfr::study::run;

/// What the head of a scenario says.
struct Head {
    hard: String,
    status: u8,
    fragments: Vec<String>,
    exact: Vec<Exact>,
}

struct Exact {
    method: String,
    name: String,
    value: f64,
    tolerance: f64,
    source: String,
}

fn head(text: &str) -> Head {
    let comments = text.lines().map_while(|line| line.strip_prefix("# "));
    let mut head = Head { hard: String::new(), status: 0, fragments: Vec::new(), exact: Vec::new() };
    for line in comments {
        if let Some(expected) = line.strip_prefix("Expected: ") {
            head.status = expected[..1].parse().expect("a digit");
            head.fragments = expected.split('"').skip(1).step_by(2).map(String::from).collect();
        } else if let Some(exact) = line.strip_prefix("Exact: ") {
            let (quantity, rest) = exact.split_once(" = ").expect("QUANTITY = VALUE");
            let (method, name) = quantity.split_once(' ').expect("METHOD NAME");
            let (numbers, source) = rest.split_once(": ").expect("VALUE ± TOLERANCE: SOURCE");
            let (value, tolerance) = numbers.split_once(" ± ").expect("VALUE ± TOLERANCE");
            head.exact.push(Exact {
                method: method.into(),
                name: name.into(),
                value: value.parse().expect("a number"),
                tolerance: tolerance.parse().expect("a number"),
                source: source.into(),
            });
        } else {
            head.hard += line;
            head.hard += " ";
        }
    }
    head
}

/// Exit status, and what is told.
fn outcome(path: &Path) -> (u8, String, Option<Findings>) {
    let scenario = match load(path, &[]) {
        Ok(scenario) => scenario,
        Err(error) => return (2, error.to_string(), None),
    };
    let found = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
    let failed = found.checks.iter().filter(|check| !check.passed).map(|check| {
        format!("a check fails: {}: {:.1e} exceeds {:.1e}", check.name, check.value, check.threshold)
    });
    let told = found.breakdown.iter().chain(&found.warnings).cloned().chain(failed);
    let told = told.collect::<Vec<_>>().join("\n");
    let status = if found.incomplete {
        3
    } else if found.passed {
        0
    } else {
        1
    };
    (status, told, Some(found))
}

fn value(found: &Findings, exact: &Exact) -> f64 {
    match (exact.method.as_str(), exact.name.as_str()) {
        ("grid", name) => found.grid.as_ref().unwrap().observables[name].value,
        (_, "log_normalizer") => found.particles.as_ref().unwrap().log_normalizer,
        (_, name) => found.particles.as_ref().unwrap().observables[name].value,
    }
}

#[test]
fn every_hard_case_is_right_or_refused_with_a_remedy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("validation/hard");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 25, "the cases are there");
    let mut table = String::from(
        "# Hard cases\n\nOutcomes of [validation/hard](../validation/hard), written by \
         `WFR_WRITE_REPORTS=1 cargo test --release --test scenarios hard_numbers`, which fails where one is not as expected.\n\n\
         | case | what is hard | exit status | found |\n|---|---|---|---|\n",
    );
    let mut faults = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let head = head(&std::fs::read_to_string(&path).unwrap());
        let (status, told, found) = outcome(&path);
        let mut cell =
            told.replace(&format!("{}/", root.display()), "").replace('\n', "; ").replace('|', "\\|");
        if status != head.status {
            faults.push(format!("{name}: status {status}, expected {}: {told}", head.status));
        }
        for fragment in head.fragments.iter().filter(|fragment| !told.contains(*fragment)) {
            faults.push(format!("{name}: {told:?} lacks {fragment:?}"));
        }
        if let Some(found) = found.filter(|found| !found.incomplete) {
            for exact in &head.exact {
                let value = value(&found, exact);
                let estimated = found.grid.as_ref().and_then(|grid| grid.observables.get(&exact.name));
                if let Some(grid) =
                    estimated.filter(|grid| (grid.value - exact.value).abs() > grid.error + 1e-9)
                {
                    faults.push(format!("{name}: the error of {grid:?} does not cover {}", exact.value));
                }
                let Exact { method, name: quantity, value: expected, tolerance, source } = exact;
                if (value - expected).abs() > *tolerance || value.is_nan() {
                    faults.push(format!("{name}: {quantity} = {value}, expected {expected} ± {tolerance}"));
                }
                write!(
                    cell,
                    " {method}: {quantity} = {value:.6}, expected {expected} ± {tolerance} ({source})."
                )
                .unwrap();
            }
        }
        writeln!(table, "| {name} | {} | {status} | {} |", head.hard.trim(), cell.trim()).unwrap();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    if std::env::var_os("WFR_WRITE_REPORTS").is_some() {
        std::fs::write(root.join("reports/hard-cases.md"), table).unwrap();
    }
}
