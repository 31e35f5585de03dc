//! The ledger: every identity is proved, and every negative control of it (a sign flipped, a factor doubled, a term dropped)
//! is refuted.

use std::collections::{BTreeMap, BTreeSet};
use wfr::symbolic::ledger::identities;

#[test]
fn every_identity_is_proved() {
    for identity in identities() {
        assert!(identity.holds(), "{} is refuted: {}", identity.id, identity.statement());
    }
}

#[test]
fn every_negative_control_is_refuted() {
    for identity in identities() {
        for coefficient in [-1, 0, 2] {
            assert!(!identity.holds_with(coefficient), "{} with {coefficient} passes", identity.id);
        }
    }
}

#[test]
fn there_are_at_least_seventy_with_unique_ids() {
    let ids: BTreeSet<&str> = identities().map(|identity| identity.id).collect();
    assert_eq!(ids.len(), identities().count());
    assert!(ids.len() >= 70, "{}", ids.len());
}

/// The statement is made from the sides: it is an equation, and says the same for no two identities.
#[test]
fn statements_are_made_from_the_sides() {
    let mut seen = BTreeMap::new();
    for identity in identities() {
        let last = *identity.dimensions.last().unwrap();
        let before = seen.insert(identity.statements(last), identity.id);
        assert_eq!(before, None, "{} says the same", identity.id);
    }
    for identity in identities() {
        let statement = identity.statement();
        assert!(statement.contains(" = ") && !statement.starts_with("0 ="), "{}: {statement}", identity.id);
        assert_eq!(statement.matches('{').count(), statement.matches('}').count(), "{}", identity.id);
        assert!(!identity.title.is_empty() && !identity.source.is_empty(), "{}", identity.id);
    }
    let of = |id| identities().find(|identity| identity.id == id).unwrap().statement();
    assert_eq!(of("chain-rule"), r"L\left(f^{3}\right) = 3\,f^{2}\,Lf + 6\,f\,|\nabla f|^2");
}

/// A claim carries its domain: the dimensions, the class of equation and what its kind of equation requires, none of them empty.
#[test]
fn every_identity_names_its_domain() {
    for identity in identities() {
        let domain = identity.domain();
        let parts: Vec<&str> = domain.split("; ").collect();
        assert!(parts.len() >= 3 && parts.iter().all(|part| part.len() > 4), "{}: {domain}", identity.id);
        let dimensions: Vec<String> = identity.dimensions.iter().map(usize::to_string).collect();
        assert_eq!(parts[0], format!("d = {}", dimensions.join(", ")), "{}", identity.id);
    }
    let of = |id| identities().find(|identity| identity.id == id).unwrap().domain();
    assert!(of("symmetry").contains("without boundary terms"), "{}", of("symmetry"));
    assert!(of("strang-bch").contains("formal series"), "{}", of("strang-bch"));
}
