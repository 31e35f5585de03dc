//! The ledger: every identity is proved, and every false twin of it (a sign flipped, a factor doubled, a term dropped) is
//! refuted.

use std::collections::BTreeSet;
use wfr::symbolic::ledger::identities;

#[test]
fn every_identity_is_proved() {
    for identity in identities() {
        assert!(identity.holds(), "{} is refuted: {}", identity.id, identity.statement);
    }
}

#[test]
fn every_false_twin_is_refuted() {
    for identity in identities() {
        for coefficient in [-1, 0, 2] {
            assert!(!identity.holds_with(coefficient), "{} with {coefficient} passes", identity.id);
        }
    }
}

#[test]
fn there_are_at_least_thirty_with_unique_ids() {
    let ids: BTreeSet<&str> = identities().map(|identity| identity.id).collect();
    assert_eq!(ids.len(), identities().count());
    assert!(ids.len() >= 30, "{}", ids.len());
}
