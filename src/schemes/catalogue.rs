//! Which schemes there are: one line each.

use super::*;

/// Every scheme of wfr.
pub static CATALOGUE: &[&dyn Scheme] = &[
    &EulerMaruyama::GAUSSIAN,
    &EulerMaruyama::TWO_POINT,
    &TamedEuler,
    &Theta::IMPLICIT_EULER,
    &LeimkuhlerMatthews,
    &Milstein,
    &Platen::GAUSSIAN,
    &Platen::THREE_POINT,
    &Theta::TRAPEZOIDAL,
    &LocalLinearization,
    &RoesslerRi6,
    &RoesslerPairs,
    &PlatenGeneral,
    &Debrabant,
    &Kinetic(StochasticExponentialEuler),
    &Kinetic(Baoab),
    &Kinetic(Aboba),
    &Kinetic(Obabo),
    &Kinetic(Bbk),
    &Kinetic(Ubu),
];

/// Transitions that particles can make beside the schemes of the catalogue: no power series in √h, so without a proof.
pub static ADJUSTED: &[&dyn Transition] = &[&Mala];

/// The schemes that scenarios can name: those of wfr, and those that a program adds.
///
/// ```
/// # use wfr::algebra::{Scalar, add_combination};
/// # use wfr::schemes::{Claims, OneStep, Sde, Step};
/// # struct Mine;
/// # impl OneStep for Mine {
/// #     fn claims(&self) -> Claims {
/// #         Claims {
/// #             name: "mine",
/// #             work_vectors: 2,
/// #             ..Claims::default()
/// #         }
/// #     }
/// #     fn step<S: Scalar>(&self, _: &(impl Sde<S> + ?Sized), _: &Step<S>, _: &mut [S], _: &[S], _: &mut [S]) {}
/// # }
/// use wfr::schemes::Catalogue;
///
/// static MINE: Mine = Mine; // Mine implements OneStep
/// let catalogue = Catalogue::default().with(&MINE)?;
/// assert!(catalogue.find("mine").is_some() && catalogue.find("platen").is_some());
/// # Ok::<(), wfr::schemes::NameTaken>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalogue {
    schemes: Vec<&'static dyn Scheme>,
}

impl Default for Catalogue {
    /// The schemes of wfr.
    fn default() -> Self {
        Self { schemes: CATALOGUE.to_vec() }
    }
}

impl Catalogue {
    /// With this scheme too.
    ///
    /// # Errors
    /// If there is one of its name, or it is called "all", which names them all.
    pub fn with(mut self, scheme: &'static dyn Scheme) -> Result<Self, NameTaken> {
        if scheme.name() == "all" || self.find_transition(scheme.name()).is_some() {
            return Err(NameTaken(scheme.name()));
        }
        self.schemes.push(scheme);
        Ok(self)
    }

    /// The schemes, in order: each of them has a proof.
    pub fn schemes(&self) -> &[&'static dyn Scheme] {
        &self.schemes
    }

    /// The scheme of this name.
    pub fn find(&self, name: &str) -> Option<&'static dyn Scheme> {
        self.schemes.iter().copied().find(|scheme| scheme.name() == name)
    }

    /// Every transition that particles can make: the schemes, and the adjusted ones.
    pub fn transitions(&self) -> impl Iterator<Item = &'static dyn Transition> {
        let schemes = self.schemes.iter().map(|&scheme| scheme as &'static dyn Transition);
        schemes.chain(ADJUSTED.iter().copied())
    }

    /// The transition of this name.
    pub fn find_transition(&self, name: &str) -> Option<&'static dyn Transition> {
        self.transitions().find(|transition| transition.name() == name)
    }
}

/// A scheme cannot have the name of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is a scheme called \"{0}\" already; expected another name")]
pub struct NameTaken(pub &'static str);

/// The scheme of wfr called `name`.
pub fn find(name: &str) -> Option<&'static dyn Scheme> {
    Catalogue::default().find(name)
}

/// The transition of wfr called `name`.
pub fn find_transition(name: &str) -> Option<&'static dyn Transition> {
    Catalogue::default().find_transition(name)
}
