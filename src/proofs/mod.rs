//! Every claim that exact algebra decides: orders of schemes, identities, stencils; what `wfr prove` shows.
//!
//! Belongs here: which claims there are, and their decisions. Does not: the algebra ([`crate::symbolic`]) and the certificates
//! ([`crate::schemes::certificate`]).

mod claim;

pub use claim::{Claim, claims, claims_about, invariant_domain};

use crate::schemes::certificate::Domain;
use serde::Serialize;
use std::fmt::{Display, Formatter};

/// Where a decision holds: of an order the domain of its certificates, of everything else a sentence.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Scope {
    /// Of the certificates of an order.
    Order(Domain),
    /// In words.
    Words(String),
}

impl Display for Scope {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Order(domain) => write!(f, "{domain}"),
            Self::Words(words) => f.write_str(words),
        }
    }
}

/// A decided claim; the JSON of `wfr prove --json`.
#[derive(Serialize)]
pub struct Decision {
    /// The id that `wfr prove` takes.
    pub id: String,
    /// What kind of claim it is: "identity", "scheme-order", …
    pub kind: &'static str,
    /// What an identity is about, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<&'static str>,
    /// The claim.
    pub statement: String,
    /// Where it is from.
    pub source: &'static str,
    /// "proved", "refuted", or "inconclusive" where the expansion has the order but its expectations need not exist.
    pub verdict: &'static str,
    /// The order that was found.
    pub order: Option<u32>,
    /// The leading errors, as formulas.
    pub leading_error: Option<String>,
    /// The dimensions in which it was decided.
    pub dimensions: Vec<usize>,
    /// Where the decision holds.
    pub domain: Scope,
}

impl Decision {
    /// Of what has no order and was decided in one and two dimensions.
    fn new(
        id: String,
        kind: &'static str,
        (statement, source): (String, &'static str),
        domain: Scope,
        holds: bool,
    ) -> Self {
        let verdict = if holds { "proved" } else { "refuted" };
        Self {
            id,
            kind,
            title: None,
            statement,
            source,
            verdict,
            order: None,
            leading_error: None,
            dimensions: vec![1, 2],
            domain,
        }
    }
}
