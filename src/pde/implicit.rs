use super::linear::LinearSolver;
use super::time_rule::{Coefficient, Stage};
use super::{Generator, GridBreakdown, ImplicitRule};
use faer::Col;

/// log of the largest ratio that the symmetrised variable ρ/√π can hold.
const LOG_RANGE: f64 = 1300.0;

/// Share of the mass that may come out negative in one step: the rules of order 2 are not positive, and in the
/// far tails of a narrow density their oscillations show. Such cells are counted and reported.
const NEGATIVE_MASS: f64 = 1e-10;

impl Stage for Col<f64> {
    fn combine(&self, a: Coefficient, other: &Self, b: Coefficient) -> Self {
        a.value() * self + b.value() * other
    }
}

/// Implicit transport steps by solves with I − θhS, S = π^{−1/2} A π^{1/2}, which is symmetric by detailed balance.
pub struct Implicit {
    generator: Generator,
    rule: ImplicitRule,
    solver: LinearSolver,
    /// ½ log π, shifted to have its maximum at 0.
    half_log_invariant: Vec<f64>,
    negative_mass: f64,
}

impl Implicit {
    /// The integrator `rule` for `generator`.
    ///
    /// # Errors
    /// If π varies too much over the box for ρ/√π to be held, or the analysis fails.
    pub fn new(generator: Generator, rule: ImplicitRule) -> Result<Self, GridBreakdown> {
        let log_π = generator.log_invariant();
        let (low, high) =
            log_π.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
        if high - low > LOG_RANGE {
            return Err(GridBreakdown::Range { range: high - low, limit: LOG_RANGE });
        }
        let half_log_invariant = log_π.iter().map(|v| 0.5 * (v - high)).collect();
        let solver = LinearSolver::new(&generator)?;
        Ok(Self { generator, rule, solver, half_log_invariant, negative_mass: 0.0 })
    }

    /// log ρ ← log(R(hA)ρ), in place; `time` is for messages.
    ///
    /// # Errors
    /// If more than 10⁻¹⁰ of the mass comes out negative.
    pub fn advance(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        let start = self.symmetric_variable(log_density);
        let rule = self.rule;
        let end = rule.step(&start, |y, θ| self.solver.solve(&self.generator, y.clone(), θ.value() * h))?;
        let density = |cell: usize, y: f64| y * self.half_log_invariant[cell].exp();
        let lowest = (0..end.nrows())
            .filter(|&cell| end[cell] < 0.0)
            .min_by(|&a, &b| density(a, end[a]).total_cmp(&density(b, end[b])));
        if let Some(cell) = lowest {
            let volume = self.generator.grid().volume();
            let total: f64 = (0..end.nrows()).map(|cell| density(cell, end[cell])).sum::<f64>() * volume;
            let negative: f64 =
                (0..end.nrows()).map(|cell| density(cell, end[cell]).min(0.0)).sum::<f64>() * -volume;
            if negative > NEGATIVE_MASS * total {
                return Err(GridBreakdown::Negative {
                    integrator: self.rule.name(),
                    value: density(cell, end[cell]),
                    place: self.generator.grid().centre(cell),
                    time,
                    step: h,
                });
            }
            self.negative_mass = self.negative_mass.max(negative);
        }
        // The sign of a density below the accuracy of the rule is not known; its size is.
        for ((log, value), s) in log_density.iter_mut().zip(end.iter()).zip(&self.half_log_invariant) {
            *log = value.abs().ln() + s;
        }
        Ok(())
    }

    /// The largest mass that came out negative in one step and was taken as positive.
    pub fn negative_mass(&self) -> f64 {
        self.negative_mass
    }

    /// ρ/√π.
    fn symmetric_variable(&self, log_density: &[f64]) -> Col<f64> {
        Col::from_fn(log_density.len(), |i| (log_density[i] - self.half_log_invariant[i]).exp())
    }
}
