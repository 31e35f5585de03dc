use super::equation::{coordinate, expansion, expansion_for_factor, fixed_point, symbol, unseen};
use super::{AbstractEquation, Equilibrium};
use crate::algebra::{Ring, Scalar};
use crate::schemes::{Implicit, JetSeries, Overdamped, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol};

/// Overdamped Langevin dynamics dX = −α∇V dt + √(2α) dW with indeterminate potential and mobility and a rate c(t, x).
///
/// It has the structure [`Sde::overdamped`], as the particles' equation has: a scheme that does something else where it sees
/// the potential is found out here. √(2α) is a parameter of its own until the expectation is taken.
#[derive(Clone, Copy, Debug)]
pub struct AbstractOverdamped {
    dimension: usize,
}

impl AbstractOverdamped {
    /// The equation in this many dimensions.
    pub fn new(dimension: usize) -> Self {
        Self { dimension }
    }

    /// α.
    pub fn mobility_symbol(&self) -> Symbol {
        Symbol::Parameter(Name::new('α', &[]))
    }

    /// V.
    pub fn potential_function(&self) -> Function {
        Function::new(Name::new('V', &[]), &self.coordinates())
    }

    /// √(2α).
    fn root() -> Symbol {
        Symbol::Parameter(Name::new('ϱ', &[]))
    }
}

impl AbstractEquation for AbstractOverdamped {
    fn coordinates(&self) -> Vec<Coordinate> {
        (0..self.dimension).map(Coordinate::space).collect()
    }

    /// (∂ₜ + L − c) u with L = α(Δ − ∇V·∇).
    fn generator(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial {
        let α = DifferentialPolynomial::from(self.mobility_symbol());
        let mut sum = u.derivative(Coordinate::TIME) - symbol(self.rate_function()) * u.clone();
        for x in self.coordinates() {
            let slope = u.derivative(x);
            let pull = symbol(self.potential_function()).derivative(x) * slope.clone();
            sum += α.clone() * (slope.derivative(x) - pull);
        }
        sum
    }

    fn reduced(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
        let square =
            DifferentialPolynomial::ratio(2, 1) * DifferentialPolynomial::from(self.mobility_symbol());
        polynomial.substitute_power(Self::root(), 2, &square)
    }
}

impl Equilibrium for AbstractOverdamped {
    /// α = 1: it is a scale of the time.
    fn at_equilibrium(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
        let rateless = polynomial.insert(self.rate_function(), &DifferentialPolynomial::zero());
        rateless.substitute(self.mobility_symbol(), &DifferentialPolynomial::one())
    }

    fn potential(&self) -> Function {
        self.potential_function()
    }

    fn log_invariant(&self) -> DifferentialPolynomial {
        -symbol(self.potential_function())
    }
}

impl Sde<JetSeries> for AbstractOverdamped {
    fn dimension(&self) -> usize {
        self.dimension
    }
    fn noise_dimension(&self) -> usize {
        self.dimension
    }
    fn drift(&self, t: &JetSeries, x: &[JetSeries], out: &mut [JetSeries]) {
        let taylor = expansion_for_factor(self, t, x, 2);
        for (axis, value) in self.coordinates().into_iter().zip(out) {
            let slope = Jet::of(self.potential_function()).derivative(axis);
            let slope = slope.map_or_else(JetSeries::zero, |slope| taylor.apply_jet(slope));
            *value = -(self.mobility() * slope);
        }
    }
    fn diffuse(&self, _t: &JetSeries, _x: &[JetSeries], noise: &[JetSeries], out: &mut [JetSeries]) {
        assert_eq!(noise.len(), self.dimension, "diffuse takes one number for each noise");
        for (value, ξ) in out.iter_mut().zip(noise) {
            *value = JetSeries::constant(Self::root().into()) * ξ.clone();
        }
    }
    fn rate(&self, t: &JetSeries, x: &[JetSeries]) -> JetSeries {
        expansion_for_factor(self, t, x, 2).apply(self.rate_function())
    }
    fn overdamped(&self) -> Option<&dyn Overdamped<JetSeries>> {
        Some(self)
    }
    fn log_start_weight(&self, _x: &[JetSeries]) -> Option<JetSeries> {
        unseen()
    }
    fn implicit(&self) -> Option<&dyn Implicit<JetSeries>> {
        Some(self)
    }
}

impl Implicit<JetSeries> for AbstractOverdamped {
    fn solve_implicit(&self, t: &JetSeries, κ: &JetSeries, known: &[JetSeries], y: &mut [JetSeries]) {
        fixed_point(self, t, κ, known, y);
    }
}

impl Overdamped<JetSeries> for AbstractOverdamped {
    fn potential(&self, x: &[JetSeries]) -> JetSeries {
        expansion(self, &coordinate(Coordinate::TIME), x).apply(self.potential_function())
    }
    fn mobility(&self) -> JetSeries {
        JetSeries::constant(self.mobility_symbol().into())
    }
}
