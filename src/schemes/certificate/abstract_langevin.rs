use super::equation::{coordinate, expansion_for_factor, fixed_point, symbol, unseen};
use super::{AbstractEquation, Equilibrium};
use crate::algebra::{Ring, Scalar};
use crate::schemes::{Implicit, JetSeries, Langevin, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Name, Symbol};

/// Kinetic Langevin dynamics with indeterminate force and friction: dq = p dt, dp = F(q) dt − γp dt + √(2γ) dW with a
/// rate c(t, q, p). The force need not be a gradient.
///
/// Square roots of multiples of γ, which scale the noise, are parameters of their own until the expectation is taken;
/// only even powers of them are left then ([`AbstractEquation::reduced`]).
#[derive(Clone, Copy, Debug)]
pub struct AbstractLangevin {
    /// Number of positions.
    degrees_of_freedom: usize,
}

/// The multiples of γ whose roots may occur.
const MULTIPLES: [u32; 2] = [1, 2];

impl AbstractLangevin {
    /// The equation with this many positions, and as many momenta.
    pub fn new(degrees_of_freedom: usize) -> Self {
        Self { degrees_of_freedom }
    }

    /// The component Fᵢ(q) of the force, i from 0; plain F for one position.
    pub fn force_function(&self, i: usize) -> Function {
        let index = [i as u8 + 1];
        Function::new(
            Name::new('F', if self.degrees_of_freedom == 1 { &[] } else { &index }),
            &self.positions(),
        )
    }

    /// γ.
    pub fn friction_symbol(&self) -> Symbol {
        Symbol::Parameter(Name::new('γ', &[]))
    }

    fn positions(&self) -> Vec<Coordinate> {
        (0..self.degrees_of_freedom).map(Coordinate::space).collect()
    }

    /// √(multiple·γ).
    fn root(multiple: u32) -> Symbol {
        Symbol::Parameter(Name::new('ϱ', &[multiple as u8]))
    }
}

impl AbstractEquation for AbstractLangevin {
    fn coordinates(&self) -> Vec<Coordinate> {
        (0..2 * self.degrees_of_freedom).map(Coordinate::space).collect()
    }

    /// (∂ₜ + L − c) u with L = p·∂_q + (F − γp)·∂_p + γ Δ_p.
    fn generator(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial {
        let γ = DifferentialPolynomial::from(self.friction_symbol());
        let mut sum = u.derivative(Coordinate::TIME) - symbol(self.rate_function()) * u.clone();
        for i in 0..self.degrees_of_freedom {
            let (q, p) = (Coordinate::space(i), Coordinate::space(self.degrees_of_freedom + i));
            let momentum = DifferentialPolynomial::from(Symbol::Coordinate(p));
            let slope = u.derivative(p);
            sum += momentum.clone() * u.derivative(q);
            sum += (symbol(self.force_function(i)) - γ.clone() * momentum) * slope.clone();
            sum += γ.clone() * slope.derivative(p);
        }
        sum
    }

    fn reduced(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
        MULTIPLES.into_iter().fold(polynomial.clone(), |polynomial, multiple| {
            let square = DifferentialPolynomial::ratio(multiple.into(), 1)
                * DifferentialPolynomial::from(self.friction_symbol());
            polynomial.substitute_power(Self::root(multiple), 2, &square)
        })
    }
}

impl Equilibrium for AbstractLangevin {
    /// F = −∇V.
    fn at_equilibrium(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
        let rateless = polynomial.insert(self.rate_function(), &DifferentialPolynomial::zero());
        self.positions().into_iter().enumerate().fold(rateless, |polynomial, (i, q)| {
            polynomial.insert(self.force_function(i), &-symbol(self.potential()).derivative(q))
        })
    }

    fn potential(&self) -> Function {
        Function::new(Name::new('V', &[]), &self.positions())
    }

    /// −V(q) − ½|p|².
    fn log_invariant(&self) -> DifferentialPolynomial {
        (0..self.degrees_of_freedom).fold(-symbol(self.potential()), |sum, i| {
            let p = DifferentialPolynomial::from(Symbol::Coordinate(Coordinate::space(
                self.degrees_of_freedom + i,
            )));
            sum - DifferentialPolynomial::ratio(1, 2) * p.power(2)
        })
    }
}

impl Sde<JetSeries> for AbstractLangevin {
    fn dimension(&self) -> usize {
        2 * self.degrees_of_freedom
    }
    fn noise_dimension(&self) -> usize {
        self.degrees_of_freedom
    }
    fn drift(&self, _t: &JetSeries, x: &[JetSeries], out: &mut [JetSeries]) {
        let (q, p) = x.split_at(self.degrees_of_freedom);
        let (dq, dp) = out.split_at_mut(self.degrees_of_freedom);
        self.force(q, dp);
        dq.clone_from_slice(p);
        for (dp, p) in dp.iter_mut().zip(p) {
            *dp += -(self.friction() * p.clone());
        }
    }
    fn diffuse(&self, _t: &JetSeries, _x: &[JetSeries], noise: &[JetSeries], out: &mut [JetSeries]) {
        assert_eq!(noise.len(), self.degrees_of_freedom, "diffuse takes one number for each noise");
        let (dq, dp) = out.split_at_mut(self.degrees_of_freedom);
        dq.fill(JetSeries::zero());
        for (dp, ξ) in dp.iter_mut().zip(noise) {
            *dp = self.root_friction(2) * ξ.clone();
        }
    }
    fn rate(&self, t: &JetSeries, x: &[JetSeries]) -> JetSeries {
        expansion_for_factor(self, t, x, 2).apply(self.rate_function())
    }
    fn langevin(&self) -> Option<&dyn Langevin<JetSeries>> {
        Some(self)
    }
    fn log_start_weight(&self, _x: &[JetSeries]) -> Option<JetSeries> {
        unseen()
    }
    fn implicit(&self) -> Option<&dyn Implicit<JetSeries>> {
        Some(self)
    }
}

impl Implicit<JetSeries> for AbstractLangevin {
    fn solve_implicit(&self, t: &JetSeries, κ: &JetSeries, known: &[JetSeries], y: &mut [JetSeries]) {
        fixed_point(self, t, κ, known, y);
    }
}

impl Langevin<JetSeries> for AbstractLangevin {
    fn force(&self, q: &[JetSeries], out: &mut [JetSeries]) {
        // The force does not depend on time or momentum: any value of those would do.
        let momenta =
            (self.degrees_of_freedom..2 * self.degrees_of_freedom).map(|i| coordinate(Coordinate::space(i)));
        let place: Vec<JetSeries> = q.iter().cloned().chain(momenta).collect();
        let taylor = expansion_for_factor(self, &coordinate(Coordinate::TIME), &place, 2);
        for (i, value) in out.iter_mut().enumerate() {
            *value = taylor.apply(self.force_function(i));
        }
    }
    fn friction(&self) -> JetSeries {
        JetSeries::constant(self.friction_symbol().into())
    }
    fn root_friction(&self, multiple: u32) -> JetSeries {
        assert!(MULTIPLES.contains(&multiple), "√({multiple}γ) is not declared");
        JetSeries::constant(Self::root(multiple).into())
    }
}
