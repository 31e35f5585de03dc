//! The page of claims (docs/src/coverage.md) is what tests/claims.json says, and what that says is so: every test that it
//! names exists, and every claim has at least three oracles, of different kinds for public schemes and solvers.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use wfr::particles::{BirthDeath, Resampling};
use wfr::pde::{Splitting, TransportIntegrator};
use wfr::schemes::{Catalogue, WeightRule};

/// Oracles that a claim needs; for a scheme or a solver they are of as many kinds.
const FEWEST: usize = 3;
/// The rooms of tests/.
const ROOMS: [&str; 8] =
    ["algebra", "proofs", "law", "particles", "ensembles", "grid", "scenarios", "processes"];

#[derive(Deserialize)]
struct Registry {
    /// (kind, file::test) by its short name. Kinds: exact algebra, closed form, published figure, independent method, negative
    /// control, noise-free law, sampling (with a stated false-alarm rate), conservation.
    oracles: BTreeMap<String, [String; 2]>,
    claims: Vec<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    subjects: Vec<String>,
    says: String,
    oracles: Vec<String>,
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn registry() -> Registry {
    serde_json::from_str(&read("tests/claims.json"))
        .unwrap_or_else(|error| panic!("tests/claims.json: {error}"))
}

#[test]
fn every_named_test_exists_and_every_oracle_serves() {
    let Registry { oracles, claims } = registry();
    let used: BTreeSet<&String> = claims.iter().flat_map(|claim| &claim.oracles).collect();
    assert_eq!(used, oracles.keys().collect(), "oracles that claims name, and those that there are");
    for [_, test] in oracles.values() {
        let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{test}: expected file::test"));
        let text = ROOMS
            .iter()
            .find_map(|room| std::fs::read_to_string(root(&format!("tests/{room}/{file}.rs"))).ok())
            .unwrap_or_else(|| panic!("{test}: no such file in {ROOMS:?}"));
        assert!(text.contains(&format!("#[test]\nfn {name}()")), "{test} is not there");
    }
}

#[test]
fn every_scheme_and_solver_has_three_kinds_of_oracles() {
    let Registry { oracles, claims } = registry();
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for claim in &claims {
        for subject in &claim.subjects {
            let own = claim.oracles.iter().map(|oracle| oracles[oracle][0].as_str());
            kinds.entry(subject).or_default().extend(own);
        }
    }
    let catalogue = Catalogue::default();
    let schemes = catalogue.transitions().map(|scheme| scheme.name().to_string());
    let weights = WeightRule::ALL.map(|rule| format!("weight {}", rule.name()));
    let resampling = Resampling::ALL
        .into_iter()
        .filter(|choice| *choice != Resampling::None)
        .map(|choice| choice.name().to_string());
    let jumps = BirthDeath::ALL.map(|form| format!("birth–death {}", form.name()));
    let transports = TransportIntegrator::ALL.map(|choice| format!("transport {}", choice.name()));
    let splittings = Splitting::ALL.map(|choice| format!("splitting {}", choice.name()));
    for subject in schemes.chain(weights).chain(resampling).chain(jumps).chain(transports).chain(splittings) {
        let found = kinds.get(subject.as_str()).unwrap_or_else(|| panic!("{subject} has no claim"));
        assert!(found.len() >= FEWEST, "{subject} has only {found:?}");
    }
    for claim in &claims {
        let own: BTreeSet<&String> = claim.oracles.iter().collect();
        assert!(own.len() >= FEWEST, "{:?} have only {own:?}", claim.subjects);
    }
}

#[test]
fn the_page_is_up_to_date() {
    let page = root("docs/src/coverage.md");
    let text = text(&registry());
    if std::env::var_os("WFR_WRITE_REPORTS").is_some() {
        std::fs::write(&page, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&page).is_ok_and(|found| found == text),
        "{} is not what tests/claims.json says: WFR_WRITE_REPORTS=1 cargo test --release --test scenarios claims_are_covered",
        page.display()
    );
}

fn text(registry: &Registry) -> String {
    let mut text = String::from(
        "# Who says so\n\nEvery claim, and the tests that hold it against something outside the code under test. Written by \
         `tests/scenarios/claims_are_covered.rs` from `tests/claims.json`, which also checks that the tests are there and that every \
         claim has three, of three kinds for schemes and solvers. Beside these, `validate` measures orders by Monte Carlo, and \
         [planted faults](../../reports/faults.md) show which check sees what.\n",
    );
    for Claim { subjects, says, oracles } in &registry.claims {
        let _ = write!(text, "\n## {}\n\n{says}.\n\n", subjects.join(", "));
        for oracle in oracles {
            let [kind, test] = &registry.oracles[oracle];
            let _ = writeln!(text, "- {kind}: `{test}`");
        }
    }
    text
}
