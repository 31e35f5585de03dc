//! Equations in numbers, of which every derivative is known.

use super::{AbstractEquation, AbstractLangevin, AbstractOverdamped, AbstractSde, Shape};
use crate::algebra::Real;
use crate::schemes::{EquationClass, Implicit, Langevin, NoiseClass, Overdamped, Sde};
use crate::symbolic::{Coordinate, Function, Jet, Name, Symbol};
use std::f64::consts::FRAC_PI_2;

/// α and γ.
const MOBILITY: f64 = 0.8;
const FRICTION: f64 = 0.7;
const AMPLITUDE: f64 = 0.9;
/// An implicit step is solved by as many rounds, each of which gains a factor of κ |∇b| ≪ 1.
const ROUNDS: usize = 40;

/// An equation with the names of the abstract one, whose coefficients are sines of t and x: what a certificate says of all
/// smooth coefficients can be evaluated for these.
#[derive(Clone, Copy, Debug)]
pub(super) enum Concrete {
    Ito(AbstractSde),
    Overdamped(AbstractOverdamped),
    Langevin(AbstractLangevin),
}

impl Concrete {
    pub(super) fn new(class: EquationClass, shape: Shape, noise: NoiseClass) -> Self {
        match class {
            EquationClass::Ito => Self::Ito(AbstractSde::new(shape, noise)),
            EquationClass::Overdamped => Self::Overdamped(AbstractOverdamped::new(shape.dimension)),
            EquationClass::Langevin => Self::Langevin(AbstractLangevin::new(shape.dimension)),
        }
    }

    /// The equation whose symbols are evaluated.
    pub(super) fn symbolic(&self) -> &dyn AbstractEquation {
        match self {
            Self::Ito(equation) => equation,
            Self::Overdamped(equation) => equation,
            Self::Langevin(equation) => equation,
        }
    }

    /// What a symbol is at `place` = (t, x); NaN for what no equation has.
    pub(super) fn value(&self, symbol: Symbol, place: &[f64]) -> f64 {
        match symbol {
            Symbol::Coordinate(axis) => place[axis.index()],
            Symbol::Jet(jet) => self.wave(jet, place),
            Symbol::Parameter(name) => match (name.letter(), name.indices().next()) {
                ('α', _) => MOBILITY,
                ('γ', _) => FRICTION,
                ('ϱ', None) => (2.0 * MOBILITY).sqrt(),
                ('ϱ', Some(multiple)) => (f64::from(multiple) * FRICTION).sqrt(),
                ('σ', _) => AMPLITUDE * number(name, 0).sin(),
                _ => f64::NAN,
            },
            Symbol::Noise(_) => f64::NAN,
        }
    }

    /// ∂^α of the sine that stands for a function.
    fn wave(&self, jet: Jet, place: &[f64]) -> f64 {
        let function = jet.function();
        let (mut angle, mut factor) = (number(function.name(), 0), AMPLITUDE);
        for axis in self.symbolic().time_and_space().into_iter().filter(|&axis| function.depends_on(axis)) {
            let slope = 0.6 * number(function.name(), 1 + axis.index()).cos() + 0.2;
            angle += slope * place[axis.index()] + FRAC_PI_2 * f64::from(jet.order(axis));
            factor *= slope.powi(jet.order(axis) as i32);
        }
        factor * angle.sin()
    }
}

/// A number that goes with a name, another one for each `k`.
fn number(name: Name, k: usize) -> f64 {
    let indices =
        name.indices().zip([1.3, 2.9]).fold(0.0, |sum, (index, factor)| sum + factor * f64::from(index));
    0.7 * f64::from(u32::from(name.letter()) % 97) + indices + 2.1 * k as f64
}

/// A function of (t, x), lane by lane.
fn lanewise<R: Real>(t: &R, x: &[R], f: impl Fn(&[f64]) -> f64) -> R {
    let mut out = R::zero();
    let mut place = vec![0.0; 1 + x.len()];
    for k in 0..R::COUNT {
        for (place, value) in place.iter_mut().zip(std::iter::once(t).chain(x)) {
            *place = value.lane(k);
        }
        out.set_lane(k, f(&place));
    }
    out
}

impl Concrete {
    fn function<R: Real>(&self, function: Function, t: &R, x: &[R]) -> R {
        lanewise(t, x, |place| self.wave(Jet::of(function), place))
    }
}

impl<R: Real> Sde<R> for Concrete {
    fn dimension(&self) -> usize {
        self.symbolic().dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.symbolic().noise_dimension()
    }
    fn drift(&self, t: &R, x: &[R], out: &mut [R]) {
        match self {
            Self::Ito(equation) => {
                for (i, out) in out.iter_mut().enumerate() {
                    *out = self.function(equation.drift_function(i), t, x);
                }
            }
            Self::Overdamped(equation) => {
                for (i, out) in out.iter_mut().enumerate() {
                    let slope = Jet::of(equation.potential_function()).derivative(Coordinate::space(i));
                    let slope = slope.expect("the potential is a function of every coordinate");
                    *out = R::constant(-MOBILITY) * lanewise(t, x, |place| self.wave(slope, place));
                }
            }
            Self::Langevin(_) => {
                let (q, p) = x.split_at(x.len() / 2);
                let (dq, dp) = out.split_at_mut(q.len());
                Langevin::<R>::force(self, q, dp);
                dq.copy_from_slice(p);
                for (dp, p) in dp.iter_mut().zip(p) {
                    *dp += R::constant(-FRICTION) * *p;
                }
            }
        }
    }
    fn diffuse(&self, t: &R, x: &[R], noise: &[R], out: &mut [R]) {
        match self {
            Self::Ito(equation) => {
                for (i, out) in out.iter_mut().enumerate() {
                    let σ = |j| lanewise(t, x, |place| self.value(equation.diffusion_symbol(i, j), place));
                    *out = noise.iter().enumerate().fold(R::zero(), |sum, (j, ξ)| sum + σ(j) * *ξ);
                }
            }
            Self::Overdamped(_) => {
                for (out, ξ) in out.iter_mut().zip(noise) {
                    *out = R::constant((2.0 * MOBILITY).sqrt()) * *ξ;
                }
            }
            Self::Langevin(_) => {
                let (dq, dp) = out.split_at_mut(x.len() / 2);
                dq.fill(R::zero());
                for (dp, ξ) in dp.iter_mut().zip(noise) {
                    *dp = R::constant((2.0 * FRICTION).sqrt()) * *ξ;
                }
            }
        }
    }
    fn rate(&self, _t: &R, _x: &[R]) -> R {
        R::zero()
    }
    fn langevin(&self) -> Option<&dyn Langevin<R>> {
        matches!(self, Self::Langevin(_)).then_some(self as _)
    }
    fn overdamped(&self) -> Option<&dyn Overdamped<R>> {
        matches!(self, Self::Overdamped(_)).then_some(self as _)
    }
    fn implicit(&self) -> Option<&dyn Implicit<R>> {
        Some(self)
    }
}

impl<R: Real> Implicit<R> for Concrete {
    fn solve_implicit(&self, t: &R, κ: &R, known: &[R], y: &mut [R]) {
        let mut drift = vec![R::zero(); y.len()];
        y.copy_from_slice(known);
        for _ in 0..ROUNDS {
            self.drift(t, y, &mut drift);
            for ((y, known), b) in y.iter_mut().zip(known).zip(&drift) {
                *y = *known + *κ * *b;
            }
        }
    }
}

impl<R: Real> Langevin<R> for Concrete {
    fn force(&self, q: &[R], out: &mut [R]) {
        let Self::Langevin(equation) = self else { return out.fill(R::constant(f64::NAN)) };
        // It depends on the positions alone.
        let place: Vec<R> = q.iter().chain(q).copied().collect();
        for (i, out) in out.iter_mut().enumerate() {
            *out = self.function(equation.force_function(i), &R::zero(), &place);
        }
    }
    fn friction(&self) -> R {
        R::constant(FRICTION)
    }
    fn root_friction(&self, multiple: u32) -> R {
        R::constant((f64::from(multiple) * FRICTION).sqrt())
    }
}

impl<R: Real> Overdamped<R> for Concrete {
    fn potential(&self, x: &[R]) -> R {
        let Self::Overdamped(equation) = self else { return R::constant(f64::NAN) };
        self.function(equation.potential_function(), &R::zero(), x)
    }
    fn mobility(&self) -> R {
        R::constant(MOBILITY)
    }
}
