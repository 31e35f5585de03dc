//! What the symbols of a certificate stand for in one equation, in numbers.

use super::derivative;
use crate::law::Dual;
use crate::model::{Dynamics, Problem, TimeDependence};
use crate::schemes::certificate::{AbstractEquation, AbstractLangevin, AbstractSde};
use crate::schemes::{Equation, EquationClass, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Symbol};
use num_traits::ToPrimitive;
use std::collections::BTreeMap;

/// Neighbouring times that derivatives in time are taken from.
const TIMES: usize = 5;
/// Cells that one value between the centres of a grid is interpolated from.
const CELLS: usize = 10;

/// A coefficient of the equation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Coefficient {
    /// b, or the force F of kinetic dynamics.
    Drift,
    Diffusion,
    Rate,
}

/// The names that a certificate has for the coefficients of an equation of one component, or of one position with its
/// momentum.
pub struct Symbols {
    abstract_equation: Box<dyn AbstractEquation>,
    drift: Function,
    diffusion: Option<Symbol>,
    friction: Option<(Symbol, f64)>,
}

impl Symbols {
    /// `None` for other equations.
    pub fn new(problem: &Problem) -> Option<Self> {
        match (&problem.dynamics, problem.dimension()) {
            (Dynamics::Kinetic(flow), 2) => {
                let equation = AbstractLangevin::new(1);
                Some(Self {
                    drift: equation.force_function(0),
                    diffusion: None,
                    friction: Some((equation.friction_symbol(), flow.friction)),
                    abstract_equation: Box::new(equation),
                })
            }
            (dynamics, 1) if dynamics.equation() != EquationClass::Langevin => {
                if matches!(dynamics, Dynamics::Sde(sde) if sde.diffusion().iter().any(|row| row.len() != 1))
                {
                    return None;
                }
                let equation = AbstractSde::new(1, dynamics.noise());
                Some(Self {
                    drift: equation.drift_function(0),
                    diffusion: Some(equation.diffusion_symbol(0, 0)),
                    friction: None,
                    abstract_equation: Box::new(equation),
                })
            }
            _ => None,
        }
    }

    /// Dimension of the certificate: of the state, or of the positions.
    pub fn dimension(&self) -> usize {
        1
    }

    /// The operator applied to u, given at the points of the mesh, at the time k·h.
    pub fn apply(
        &self,
        operator: &DifferentialPolynomial,
        coefficients: &Coefficients<'_>,
        u: &[f64],
        k: usize,
    ) -> Vec<f64> {
        let mut known: BTreeMap<Symbol, Vec<f64>> = BTreeMap::new();
        let mut sum = vec![0.0; u.len()];
        for (monomial, coefficient) in operator.terms() {
            let mut term = vec![coefficient.to_f64().unwrap_or(f64::NAN); u.len()];
            for &(symbol, power) in monomial.factors() {
                let values = known.entry(symbol).or_insert_with(|| self.values(symbol, coefficients, u, k));
                for (term, value) in term.iter_mut().zip(values) {
                    *term *= value.powi(power as i32);
                }
            }
            for (sum, term) in sum.iter_mut().zip(&term) {
                *sum += term;
            }
        }
        sum
    }

    fn values(&self, symbol: Symbol, coefficients: &Coefficients<'_>, u: &[f64], k: usize) -> Vec<f64> {
        let constant = |value: f64| vec![value; u.len()];
        match symbol {
            _ if Some(symbol) == self.diffusion && !matches!(symbol, Symbol::Jet(_)) => {
                coefficients.derivative(Coefficient::Diffusion, k, 0, &[])
            }
            Symbol::Coordinate(Coordinate::TIME) => constant(coefficients.time(k)),
            Symbol::Coordinate(axis) => {
                let place = (0..).find(|&i| Coordinate::space(i) == axis).unwrap_or(0);
                coefficients.points.iter().map(|x| x[place]).collect()
            }
            Symbol::Jet(jet) => {
                let orders: Vec<usize> =
                    self.abstract_equation.coordinates().iter().map(|&x| jet.order(x) as usize).collect();
                let timed = jet.order(Coordinate::TIME) as usize;
                let function = jet.function();
                let diffusion = self.diffusion.is_some_and(|σ| σ == Symbol::Jet(Jet::of(function)));
                if function == self.abstract_equation.observable() {
                    derivative(coefficients.dual.mesh(), u, &orders)
                } else if function == self.drift {
                    coefficients.derivative(Coefficient::Drift, k, timed, &orders)
                } else if function == self.abstract_equation.rate_function() {
                    coefficients.derivative(Coefficient::Rate, k, timed, &orders)
                } else if diffusion {
                    coefficients.derivative(Coefficient::Diffusion, k, timed, &orders)
                } else {
                    constant(f64::NAN)
                }
            }
            // Roots of the friction are gone from expectations.
            _ => match self.friction {
                Some((own, value)) if own == symbol => constant(value),
                _ => constant(f64::NAN),
            },
        }
    }
}

/// The coefficients of an equation on the points of a mesh.
pub struct Coefficients<'a> {
    equation: &'a dyn Equation,
    kinetic: bool,
    time: TimeDependence,
    horizon: f64,
    /// Centres of the cells of the grid whose log ρ the rate reads.
    centres: Option<&'a [f64]>,
    dual: &'a Dual,
    points: Vec<Vec<f64>>,
}

impl<'a> Coefficients<'a> {
    pub fn new(
        problem: &Problem,
        equation: &'a dyn Equation,
        centres: Option<&'a [f64]>,
        dual: &'a Dual,
    ) -> Self {
        Self {
            equation,
            kinetic: matches!(problem.dynamics, Dynamics::Kinetic(_)),
            time: problem.dynamics.time_dependence(),
            horizon: problem.horizon,
            centres,
            dual,
            points: dual.mesh().points(),
        }
    }

    fn time(&self, k: usize) -> f64 {
        k as f64 * (self.horizon / self.dual.steps() as f64)
    }

    fn steady(&self, coefficient: Coefficient) -> bool {
        match self.time {
            TimeDependence::Nothing => true,
            TimeDependence::Rate => coefficient != Coefficient::Rate,
            TimeDependence::Motion => false,
        }
    }

    /// ∂ₜ^`timed` ∂^`orders` of the coefficient at the time k·h.
    fn derivative(&self, coefficient: Coefficient, k: usize, timed: usize, orders: &[usize]) -> Vec<f64> {
        let values = match timed {
            0 => self.values(coefficient, k),
            _ if self.steady(coefficient) => return vec![0.0; self.points.len()],
            _ => {
                let steps = self.dual.steps();
                let first = k.saturating_sub(TIMES / 2).min(steps + 1 - TIMES);
                let h = self.time(1);
                let nodes: Vec<f64> = (0..TIMES).map(|i| (first + i) as f64 - k as f64).collect();
                let mut sum = vec![0.0; self.points.len()];
                for (i, weight) in differences(&nodes, timed).into_iter().enumerate() {
                    let weight = weight / h.powi(timed as i32);
                    for (sum, value) in sum.iter_mut().zip(self.values(coefficient, first + i)) {
                        *sum += weight * value;
                    }
                }
                sum
            }
        };
        derivative(self.dual.mesh(), &values, orders)
    }

    fn values(&self, coefficient: Coefficient, k: usize) -> Vec<f64> {
        let t = self.time(k);
        if let (Coefficient::Rate, Some(centres)) = (coefficient, self.centres) {
            let rates: Vec<f64> = centres.iter().map(|&x| self.rate(t, &[x])).collect();
            return self.points.iter().map(|x| self.between(t, centres, &rates, x[0])).collect();
        }
        let mut out = [0.0; 2];
        let value = |x: &Vec<f64>| match coefficient {
            Coefficient::Rate => self.rate(t, x),
            Coefficient::Diffusion => {
                Sde::<f64>::diffuse(self.equation, &t, x, &[1.0], &mut out[..x.len()]);
                out[0]
            }
            Coefficient::Drift if self.kinetic => {
                if let Some(langevin) = Sde::<f64>::langevin(self.equation) {
                    langevin.force(&x[..1], &mut out[..1]);
                }
                out[0]
            }
            Coefficient::Drift => {
                Sde::<f64>::drift(self.equation, &t, x, &mut out[..x.len()]);
                out[0]
            }
        };
        self.points.iter().map(value).collect()
    }

    fn rate(&self, t: f64, x: &[f64]) -> f64 {
        Sde::<f64>::rate(self.equation, &t, x)
    }

    /// The rate at x from those at the centres, by a polynomial through the nearest [`CELLS`]: the equation's own
    /// interpolation is continuous, but has no derivatives to speak of. Beyond the centres, that one.
    fn between(&self, t: f64, centres: &[f64], rates: &[f64], x: f64) -> f64 {
        let next = centres.partition_point(|centre| *centre < x);
        if next == 0 || next == centres.len() || centres.len() < CELLS {
            return self.rate(t, &[x]);
        }
        let first = next.saturating_sub(CELLS / 2).min(centres.len() - CELLS);
        let width = centres[1] - centres[0];
        let nodes: Vec<f64> = centres[first..first + CELLS].iter().map(|c| (c - x) / width).collect();
        differences(&nodes, 0).iter().zip(&rates[first..]).map(|(weight, rate)| weight * rate).sum()
    }
}

/// Weights of the values at `nodes` in the derivative of this order, at 0, of the polynomial through them (Fornberg 1988,
/// Math. Comp. 51, 699).
fn differences(nodes: &[f64], order: usize) -> Vec<f64> {
    let mut weights = vec![vec![0.0; nodes.len()]; order + 1];
    weights[0][0] = 1.0;
    let mut product = 1.0;
    for n in 1..nodes.len() {
        let mut next = 1.0;
        for i in 0..n {
            let gap = nodes[n] - nodes[i];
            next *= gap;
            if i == n - 1 {
                for m in (0..=order.min(n)).rev() {
                    let rise = if m > 0 { m as f64 * weights[m - 1][n - 1] } else { 0.0 };
                    weights[m][n] = product / next * (rise - nodes[n - 1] * weights[m][n - 1]);
                }
            }
            for m in (0..=order.min(n)).rev() {
                let fall = if m > 0 { m as f64 * weights[m - 1][i] } else { 0.0 };
                weights[m][i] = (nodes[n] * weights[m][i] - fall) / gap;
            }
        }
        product = next;
    }
    weights.swap_remove(order)
}
