use super::{AbstractEquation, Moments};
use crate::algebra::Scalar;
use crate::schemes::{Implicit, Langevin, Overdamped, Scheme, Sde, Step};
use crate::symbolic::Variate;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// How large a scalar can be, as a function of the variates of one step: the reading that decides whether moments exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Growth {
    /// A function of bounded variates.
    Bounded,
    /// Of polynomial growth in Gaussian variates: all moments are finite.
    Polynomial,
    /// Gaussian variates in an exponent, under a root or in a denominator.
    Unknown,
}

impl Growth {
    /// A function of this that may grow exponentially, or have a pole.
    fn beyond(self) -> Self {
        if self == Self::Bounded { self } else { Self::Unknown }
    }
}

impl Add for Growth {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.max(other)
    }
}
impl Sub for Growth {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.max(other)
    }
}
impl Mul for Growth {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.max(other)
    }
}
impl Neg for Growth {
    type Output = Self;
    fn neg(self) -> Self {
        self
    }
}
impl AddAssign for Growth {
    fn add_assign(&mut self, other: Self) {
        *self = (*self).max(other);
    }
}

impl Scalar for Growth {
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

fn largest(t: &Growth, x: &[Growth]) -> Growth {
    x.iter().copied().fold(*t, Growth::max)
}

impl Sde<Growth> for Growing<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.0.noise_dimension()
    }
    fn drift(&self, t: &Growth, x: &[Growth], out: &mut [Growth]) {
        out.fill(largest(t, x));
    }
    fn diffuse(&self, t: &Growth, x: &[Growth], noise: &[Growth], out: &mut [Growth]) {
        out.fill(largest(t, x).max(largest(&Growth::Bounded, noise)));
    }
    fn rate(&self, t: &Growth, x: &[Growth]) -> Growth {
        largest(t, x)
    }
    fn langevin(&self) -> Option<&dyn Langevin<Growth>> {
        self.0.langevin().map(|_| self as _)
    }
    fn overdamped(&self) -> Option<&dyn Overdamped<Growth>> {
        self.0.overdamped().map(|_| self as _)
    }
    fn implicit(&self) -> Option<&dyn Implicit<Growth>> {
        self.0.implicit().map(|_| self as _)
    }
}

impl Implicit<Growth> for Growing<'_> {
    /// Of linear growth in what is known, by the monotone drift that makes it solvable; with a variate in the factor it
    /// has a pole.
    fn solve_implicit(&self, t: &Growth, κ: &Growth, known: &[Growth], y: &mut [Growth]) {
        y.fill(largest(t, known).max(κ.beyond()));
    }
}

impl Langevin<Growth> for Growing<'_> {
    fn force(&self, q: &[Growth], out: &mut [Growth]) {
        out.fill(largest(&Growth::Bounded, q));
    }
    fn friction(&self) -> Growth {
        Growth::Bounded
    }
    fn root_friction(&self, _multiple: u32) -> Growth {
        Growth::Bounded
    }
}

impl Overdamped<Growth> for Growing<'_> {
    fn potential(&self, x: &[Growth]) -> Growth {
        largest(&Growth::Bounded, x)
    }
    fn mobility(&self) -> Growth {
        Growth::Bounded
    }
}

/// Whether one step of `scheme` has moments, post-processing included.
pub(super) fn moments(scheme: &dyn Scheme, equation: &dyn AbstractEquation) -> Moments {
    // A given state, and one of any size, as after a step before.
    let [given, any] =
        [Growth::Bounded, Growth::Polynomial].map(|state| growth(scheme, equation, state) == Growth::Unknown);
    match (given, any) {
        (true, _) => Moments::Unknown,
        (false, true) => Moments::Assumed,
        (false, false) => Moments::Finite,
    }
}

/// How large the state after one step and its output can be, from a state like this.
fn growth(scheme: &dyn Scheme, equation: &dyn AbstractEquation, state: Growth) -> Growth {
    let sde = Growing(equation);
    let tails = |variates: Vec<Variate>| -> Vec<Growth> {
        let tail = |variate| match variate {
            Variate::Gaussian | Variate::SpaceTimeArea => Growth::Polynomial,
            Variate::TwoPoint | Variate::ThreePoint => Growth::Bounded,
        };
        variates.into_iter().map(tail).collect()
    };
    let (d, m) = (equation.dimension(), equation.noise_dimension());
    let step = Step { t: Growth::Bounded, h: Growth::Bounded, sqrt_h: Growth::Bounded };
    let mut work = vec![Growth::Bounded; scheme.claims().work_vectors * d];
    let mut x = vec![state; d];
    scheme.advance(&sde, &step, &mut x, &tails(scheme.variates(m)), &mut work);
    // What counts is what the post-processing does to a state, not what that state is.
    let mut output = vec![state; d];
    if let Some(variates) = scheme.post_variates(m) {
        scheme.finish(&sde, &step, &mut output, &tails(variates), &mut work);
    }
    x.into_iter().chain(output).max().unwrap_or(Growth::Bounded)
}
