use super::{Generator, GridBreakdown};
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

/// An implicit one-step rule; each is a chain of solves with I − θhA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImplicitRule {
    /// (I − hA)⁻¹: order 1, positive.
    BackwardEuler,
    /// (I − ½hA)⁻¹(I + ½hA): order 2, A-stable, not positive.
    CrankNicolson,
    /// Trapezoid to γh, γ = 2 − √2, then BDF2 (Bank et al. 1985): order 2, L-stable, not positive.
    TrBdf2,
}

impl ImplicitRule {
    fn name(self) -> &'static str {
        match self {
            Self::BackwardEuler => "backward-euler",
            Self::CrankNicolson => "crank-nicolson",
            Self::TrBdf2 => "tr-bdf2",
        }
    }

    /// θ in the one matrix I − θhA that the rule solves with.
    fn implicit_share(self) -> f64 {
        match self {
            Self::BackwardEuler => 1.0,
            Self::CrankNicolson => 0.5,
            Self::TrBdf2 => 1.0 - std::f64::consts::FRAC_1_SQRT_2,
        }
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
        let end = self.step(&start, h)?;
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

    fn step(&mut self, start: &Col<f64>, h: f64) -> Result<Col<f64>, GridBreakdown> {
        let θh = self.rule.implicit_share() * h;
        match self.rule {
            ImplicitRule::BackwardEuler => self.solve(start.clone(), θh),
            // (I − ½hS)⁻¹(I + ½hS) y = 2(I − ½hS)⁻¹ y − y
            ImplicitRule::CrankNicolson => {
                let middle = self.solve(start.clone(), θh)?;
                Ok(2.0 * middle - start)
            }
            ImplicitRule::TrBdf2 => {
                let stage = 2.0 * self.solve(start.clone(), θh)? - start;
                let γ = 2.0 - std::f64::consts::SQRT_2;
                let (a, b) = (1.0 / (γ * (2.0 - γ)), (1.0 - γ).powi(2) / (γ * (2.0 - γ)));
                self.solve(a * stage - b * start, θh)
            }
        }
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
