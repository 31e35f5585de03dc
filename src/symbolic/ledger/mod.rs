//! The ledger: named identities that are decided by exact algebra.
//!
//! An identity is two sides that are built in code; they are compared, and the printed statement is made from them, so that
//! it says what is decided; [`Identity::domain`] says for what. Every identity carries one marked coefficient, 1 where the
//! identity is true. With −1 (a sign flipped), 2 (a wrong factor) or 0 (a term dropped) in its place it becomes a negative
//! control, which has to be refuted. An identity joins by one entry in the list of its file.

mod composition;
mod diffusion_models;
mod dissipation;
mod generator;
mod geodesics;
mod kinetic;
mod kit;
mod labelled;
mod particles;
mod sides;
mod weights;

use kit::Kit;
use labelled::Expr;
use sides::Sides;

/// A named identity.
pub struct Identity {
    /// Its id, as `wfr prove` takes it.
    pub id: &'static str,
    /// What it is about, in words. What is decided is the [`Identity::statement`].
    pub title: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// The dimensions in which it is decided; numbers of particles for identities about those.
    pub dimensions: &'static [usize],
    /// What equation, flow or class of functions it is about. The whole is [`Identity::domain`].
    domain: &'static str,
    /// The pairs of sides that have to agree, given the kit of functions and the marked coefficient.
    sides: fn(&Kit, &Expr) -> Vec<Sides>,
}

impl Identity {
    /// Whether the identity holds in all its dimensions.
    pub fn holds(&self) -> bool {
        self.holds_with(1)
    }

    /// Whether it would hold with this value of its marked coefficient.
    pub fn holds_with(&self, coefficient: i64) -> bool {
        let coefficient = Expr::ratio(coefficient, 1);
        self.dimensions.iter().all(|&d| (self.sides)(&Kit::new(d), &coefficient).iter().all(Sides::agree))
    }

    /// The two sides in the first of its dimensions, in LaTeX, as they are written in code, with the equations that were used.
    pub fn statement(&self) -> String {
        let first = self.dimensions.first().copied().unwrap_or(1);
        self.statements(first).join(r";\quad ")
    }

    /// Where the identity is decided: dimensions, class of equation, and what the kind of its sides requires.
    pub fn domain(&self) -> String {
        let dimensions: Vec<String> = self.dimensions.iter().map(usize::to_string).collect();
        // The kinds of sides are the same in all of them.
        let first = self.dimensions.first().copied().unwrap_or(1);
        let mut required: Vec<&str> = self.sides_in(first).iter().map(Sides::requirement).collect();
        required.dedup();
        format!("d = {}; {}; {}", dimensions.join(", "), self.domain, required.join("; "))
    }

    /// The equations that are decided in dimension d, in LaTeX.
    pub fn statements(&self, d: usize) -> Vec<String> {
        self.sides_in(d).iter().map(Sides::latex).collect()
    }

    /// The equations that are decided in dimension d, each by its kind and the normal forms of its sides in plain text; an integral's
    /// third is the logarithm of its weight.
    pub fn normal_forms(&self, d: usize) -> Vec<(&'static str, Vec<String>)> {
        self.sides_in(d).iter().map(|sides| (sides.kind(), sides.normal_forms())).collect()
    }

    fn sides_in(&self, d: usize) -> Vec<Sides> {
        (self.sides)(&Kit::new(d), &Expr::ratio(1, 1))
    }
}

/// Every identity.
pub fn identities() -> impl Iterator<Item = &'static Identity> {
    [
        generator::IDENTITIES,
        dissipation::IDENTITIES,
        geodesics::IDENTITIES,
        weights::IDENTITIES,
        particles::IDENTITIES,
        diffusion_models::IDENTITIES,
        kinetic::IDENTITIES,
        composition::IDENTITIES,
    ]
    .into_iter()
    .flatten()
}
