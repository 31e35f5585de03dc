use super::linear::LinearSolver;
use super::time_rule::{Coefficient, Stage};
use super::{Generator, GridBreakdown, ImplicitRule};
use faer::Col;

/// log of the largest ratio that the symmetrised variable ρ/√π can hold.
const LOG_RANGE: f64 = 1300.0;

/// Share of the mass that may come out negative in one step where the operator itself, the centred circulation of kinetic
/// dynamics, makes ripples in the far tails, whatever the rule. It is counted and reported.
const RIPPLES: f64 = 1e-10;

impl Stage for Col<f64> {
    fn combine(&self, a: Coefficient, other: &Self, b: Coefficient) -> Self {
        a.value() * self + b.value() * other
    }
}

/// Implicit transport steps by solves with I − θhS, S = π^{−1/2} A π^{1/2}, which is symmetric by detailed balance.
pub struct ImplicitTransport {
    generator: Generator,
    rule: ImplicitRule,
    solver: LinearSolver,
    /// ½ log π, shifted to have its maximum at 0.
    half_log_invariant: Vec<f64>,
    /// Whether all rates are positive, so that whoever comes out negative is the rule's fault.
    monotone: bool,
    unresolved_mass: f64,
}

impl ImplicitTransport {
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
        let monotone = generator.pairs().all(|(.., up, down)| up >= 0.0 && down >= 0.0);
        Ok(Self { generator, rule, solver, half_log_invariant, monotone, unresolved_mass: 0.0 })
    }

    /// log ρ ← log(R(hA)ρ), in place, and how many solves it took; `time` is for messages.
    ///
    /// # Errors
    /// As [`Self::repeat`].
    pub fn advance(&mut self, log_density: &mut [f64], h: f64, time: f64) -> Result<usize, GridBreakdown> {
        self.repeat(log_density, h, 1, time)
    }

    /// As [`Self::advance`], `steps` times.
    ///
    /// # Errors
    /// If a density comes out negative. Backward Euler is positive; the rules of order 2 are so for short steps only, and
    /// a density that they leave negative has no logarithm for the reaction to read. The sign counts wherever the solver
    /// resolves it: elimination in an M-matrix adds terms of one sign, so it is right in every cell, however small. Only
    /// where the operator itself is not monotone, on kinetic grids, 10⁻¹⁰ of the mass may be negative.
    pub fn repeat(
        &mut self,
        log_density: &mut [f64],
        h: f64,
        steps: usize,
        time: f64,
    ) -> Result<usize, GridBreakdown> {
        let mut y = self.symmetric_variable(log_density);
        let rule = self.rule;
        let mut solves = 0;
        for k in 0..steps {
            y = rule.step(&y, |y, θ| {
                solves += 1;
                let mut y = y.clone();
                self.solver.solve(&self.generator, y.as_mat_mut(), θ.value() * h)?;
                Ok(y)
            })?;
            self.look_for_negative(&y, h, time + k as f64 * h)?;
        }
        // The sign of a value below the accuracy of the solver is not known; its size is.
        for ((log, value), s) in log_density.iter_mut().zip(y.iter()).zip(&self.half_log_invariant) {
            *log = value.abs().ln() + s;
        }
        Ok(solves)
    }

    fn look_for_negative(&mut self, y: &Col<f64>, h: f64, time: f64) -> Result<(), GridBreakdown> {
        let least = y.iter().copied().fold(0.0, f64::min);
        if least == 0.0 {
            return Ok(());
        }
        let density = |cell: usize| y[cell] * self.half_log_invariant[cell].exp();
        let negative = || (0..y.nrows()).filter(|&cell| y[cell] < 0.0);
        // Of graded cells the masses are at hand, of equal ones the densities.
        let grid = self.generator.grid();
        let volume = if grid.is_graded() { 1.0 } else { grid.volume() };
        let mass_of = |cells: &mut dyn Iterator<Item = usize>| cells.map(density).sum::<f64>() * volume;
        let resolved = self.solver.accuracy() * y.norm_max();
        let wrong = || negative().filter(|&cell| -y[cell] > resolved);
        let allowed = if self.monotone { 0.0 } else { RIPPLES * mass_of(&mut (0..y.nrows())) };
        let lowest = wrong().min_by(|&a, &b| density(a).total_cmp(&density(b)));
        if let Some(cell) = lowest.filter(|_| -mass_of(&mut wrong()) > allowed) {
            return Err(GridBreakdown::Negative {
                integrator: self.rule.name(),
                value: density(cell),
                place: self.generator.grid().centre(cell),
                time,
                step: h,
            });
        }
        let mass = -mass_of(&mut negative());
        self.unresolved_mass = self.unresolved_mass.max(mass);
        Ok(())
    }

    /// How many matrices were factorised.
    pub fn factorizations(&self) -> usize {
        self.solver.factorizations()
    }

    /// The largest mass that came out negative in one step, below the accuracy of the solver or as ripples of a kinetic
    /// operator, and was taken as positive.
    pub fn unresolved_mass(&self) -> f64 {
        self.unresolved_mass
    }

    /// ρ/√π.
    fn symmetric_variable(&self, log_density: &[f64]) -> Col<f64> {
        Col::from_fn(log_density.len(), |i| (log_density[i] - self.half_log_invariant[i]).exp())
    }
}
