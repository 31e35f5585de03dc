use super::{AbstractEquation, Moments};
use crate::algebra::Scalar;
use crate::schemes::{Implicit, Langevin, Overdamped, Scheme, Sde, Step};
use crate::symbolic::Variate;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// How large a scalar can be, as a function of the variates of one step: the reading that asks whether moments exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tail {
    /// A function of bounded variates.
    Bounded,
    /// Of polynomial growth in Gaussian variates: all moments are finite.
    Polynomial,
    /// Gaussian variates in an exponent, under a root or in a denominator.
    Unknown,
}

impl Tail {
    /// A function of this that may grow exponentially, or have a pole.
    fn beyond(self) -> Self {
        if self == Self::Bounded { self } else { Self::Unknown }
    }
}

impl Add for Tail {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.max(other)
    }
}
impl Sub for Tail {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.max(other)
    }
}
impl Mul for Tail {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.max(other)
    }
}
impl Neg for Tail {
    type Output = Self;
    fn neg(self) -> Self {
        self
    }
}
impl AddAssign for Tail {
    fn add_assign(&mut self, other: Self) {
        *self = (*self).max(other);
    }
}

impl Scalar for Tail {
    fn ratio(_numerator: i64, _denominator: i64) -> Self {
        Self::Bounded
    }
    fn inverse(&self) -> Self {
        self.beyond()
    }
    fn sqrt(&self) -> Self {
        self.beyond()
    }
    fn phi(&self, _k: u32) -> Self {
        self.beyond()
    }
}

/// An equation whose coefficients grow polynomially.
struct Growing<'a>(&'a dyn AbstractEquation);

fn largest(t: &Tail, x: &[Tail]) -> Tail {
    x.iter().copied().fold(*t, Tail::max)
}

impl Sde<Tail> for Growing<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.0.noise_dimension()
    }
    fn drift(&self, t: &Tail, x: &[Tail], out: &mut [Tail]) {
        out.fill(largest(t, x));
    }
    fn diffuse(&self, t: &Tail, x: &[Tail], noise: &[Tail], out: &mut [Tail]) {
        out.fill(largest(t, x).max(largest(&Tail::Bounded, noise)));
    }
    fn rate(&self, t: &Tail, x: &[Tail]) -> Tail {
        largest(t, x)
    }
    fn langevin(&self) -> Option<&dyn Langevin<Tail>> {
        self.0.langevin().map(|_| self as _)
    }
    fn overdamped(&self) -> Option<&dyn Overdamped<Tail>> {
        self.0.overdamped().map(|_| self as _)
    }
    fn implicit(&self) -> Option<&dyn Implicit<Tail>> {
        self.0.implicit().map(|_| self as _)
    }
}

impl Implicit<Tail> for Growing<'_> {
    /// Of linear growth in what is known, by the monotone drift that makes it solvable; with a variate in the factor it
    /// has a pole.
    fn solve_implicit(&self, t: &Tail, κ: &Tail, known: &[Tail], y: &mut [Tail]) {
        y.fill(largest(t, known).max(κ.beyond()));
    }
}

impl Langevin<Tail> for Growing<'_> {
    fn force(&self, q: &[Tail], out: &mut [Tail]) {
        out.fill(largest(&Tail::Bounded, q));
    }
    fn friction(&self) -> Tail {
        Tail::Bounded
    }
    fn root_friction(&self, _multiple: u32) -> Tail {
        Tail::Bounded
    }
}

impl Overdamped<Tail> for Growing<'_> {
    fn potential(&self, x: &[Tail]) -> Tail {
        largest(&Tail::Bounded, x)
    }
    fn mobility(&self) -> Tail {
        Tail::Bounded
    }
}

/// Whether one step of `scheme` has moments, post-processing included.
pub(super) fn moments(scheme: &dyn Scheme, equation: &dyn AbstractEquation) -> Moments {
    let sde = Growing(equation);
    let tails = |variates: Vec<Variate>| -> Vec<Tail> {
        let tail = |variate| match variate {
            Variate::Gaussian | Variate::SpaceTimeArea => Tail::Polynomial,
            Variate::TwoPoint | Variate::ThreePoint => Tail::Bounded,
        };
        variates.into_iter().map(tail).collect()
    };
    let (d, m) = (equation.dimension(), equation.noise_dimension());
    let step = Step { t: Tail::Bounded, h: Tail::Bounded, sqrt_h: Tail::Bounded };
    let mut work = vec![Tail::Bounded; scheme.claims().work_vectors * d];
    let mut x = vec![Tail::Bounded; d];
    scheme.advance(&sde, &step, &mut x, &tails(scheme.variates(m)), &mut work);
    // The state is of any size when the post-processing begins, but given: what counts is what that does to it.
    let mut output = vec![Tail::Bounded; d];
    if let Some(variates) = scheme.post_variates(m) {
        scheme.finish(&sde, &step, &mut output, &tails(variates), &mut work);
    }
    match x.into_iter().chain(output).max() {
        Some(Tail::Unknown) => Moments::Unknown,
        _ => Moments::Finite,
    }
}
