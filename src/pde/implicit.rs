use super::time_rule::{Coefficient, Stage};
use super::{Generator, GridBreakdown, ImplicitRule};
use faer::linalg::solvers::Solve;
use faer::sparse::linalg::solvers::{Llt, SymbolicLlt};
use faer::sparse::{SparseColMat, Triplet};
use faer::{Col, Side};
use std::collections::HashMap;

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

/// Implicit transport steps by sparse Cholesky of the symmetrised I − θhA.
///
/// S = π^{−1/2} A π^{1/2} is symmetric by detailed balance; its symbolic factorisation is shared by
/// all step sizes and each step size is factorised once.
pub struct Implicit {
    generator: Generator,
    rule: ImplicitRule,
    symbolic: SymbolicLlt<usize>,
    factors: HashMap<u64, Llt<usize, f64>>,
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
        let pattern = symmetrized(&generator, 1.0)?;
        let symbolic = SymbolicLlt::try_new(pattern.symbolic(), Side::Lower)
            .map_err(|error| GridBreakdown::Factorization { step: 0.0, reason: format!("{error:?}") })?;
        Ok(Self {
            generator,
            rule,
            symbolic,
            factors: HashMap::new(),
            half_log_invariant,
            negative_mass: 0.0,
        })
    }

    /// log ρ ← log(R(hA)ρ), in place; `time` is for messages.
    ///
    /// # Errors
    /// If more than 10⁻¹⁰ of the mass comes out negative.
    pub fn advance(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        let start = self.symmetric_variable(log_density);
        let rule = self.rule;
        let end = rule.step(&start, |y, θ| self.solve(y.clone(), θ.value() * h))?;
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

    /// (I − θhS)⁻¹ y.
    fn solve(&mut self, mut y: Col<f64>, θh: f64) -> Result<Col<f64>, GridBreakdown> {
        if !self.factors.contains_key(&θh.to_bits()) {
            let matrix = symmetrized(&self.generator, θh)?;
            let factor = Llt::try_new_with_symbolic(self.symbolic.clone(), matrix.as_ref(), Side::Lower)
                .map_err(|error| GridBreakdown::Factorization { step: θh, reason: format!("{error:?}") })?;
            self.factors.insert(θh.to_bits(), factor);
        }
        self.factors[&θh.to_bits()].solve_in_place(y.as_mat_mut());
        Ok(y)
    }
}

/// Lower triangle of I − θh S, S = π^{−1/2} A π^{1/2}.
pub(super) fn symmetrized(
    generator: &Generator, θh: f64
) -> Result<SparseColMat<usize, f64>, GridBreakdown> {
    let grid = generator.grid();
    let mut triplets: Vec<_> = generator
        .exit_rates()
        .iter()
        .enumerate()
        .map(|(i, exit)| Triplet::new(i, i, 1.0 + θh * exit))
        .collect();
    for axis in 0..grid.dimension() {
        let (up, down) = (generator.up(axis), generator.down(axis));
        triplets.extend(grid.faces(axis).map(|(i, j)| Triplet::new(j, i, -θh * (up[i] * down[i]).sqrt())));
    }
    SparseColMat::try_new_from_triplets(grid.len(), grid.len(), &triplets)
        .map_err(|error| GridBreakdown::Factorization { step: θh, reason: format!("{error:?}") })
}
