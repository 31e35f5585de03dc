//! Paths that end, at absorbing sides or at a rate: how long they last, and how fast their number falls.

use super::elimination::Elimination;
use super::{Estimate, Generator, GridBreakdown};

/// Backward Euler steps to a time, whose results are extrapolated to steps of length 0.
const STEPS: [usize; 6] = [16, 32, 48, 64, 80, 96];
/// max |r(x) − e^{−x}| over x ≥ 0 of the extrapolated r(x): what it is off by in one mode of a reversible process, whatever its
/// rate and the time. A start of several modes is given three times that.
const ONE_MODE: f64 = 1.1e-9;
const MODES: f64 = 3.0;
/// Iterations for the rate, at most, and the distance of its bounds that ends them.
const ITERATIONS: usize = 400;
const SAME: f64 = 1e-12;

/// A jump process on cells whose paths end.
pub struct Killed<'a> {
    generator: &'a Generator,
    /// The rate at which paths end, by cell.
    rates: Vec<f64>,
    stationary: Elimination,
}

impl<'a> Killed<'a> {
    /// Paths of `generator`, which has positive rates, that end at its absorbing sides and at the rates `killing` ≥ 0 of
    /// the cells (empty for none).
    ///
    /// # Errors
    /// If from some cell no path ends.
    pub fn new(generator: &'a Generator, killing: &[f64]) -> Result<Self, GridBreakdown> {
        let at = |values: &[f64], cell: usize| values.get(cell).copied().unwrap_or(0.0);
        let cells = 0..generator.grid().len();
        let rates: Vec<f64> = cells.map(|cell| at(generator.loss(), cell) + at(killing, cell)).collect();
        let stationary = Elimination::new(generator, &rates)?;
        Ok(Self { generator, rates, stationary })
    }

    /// E ∫₀^τ f(X_t) dt from every cell, for f ≥ 0, τ the end of the path: 1 gives the mean of τ, the rate of one way to end
    /// the probability of that.
    pub fn expected(&self, mut f: Vec<f64>) -> Vec<f64> {
        self.stationary.solve(&mut f);
        f
    }

    /// The probability that a path from `start`, a law on the cells, lasts longer than `time` > 0. Its error is that of the
    /// steps in time: what the last extrapolation changed, and what it may be off by in any mode.
    ///
    /// # Errors
    /// If an elimination fails.
    pub fn survival(&self, start: &[f64], time: f64) -> Result<Estimate, GridBreakdown> {
        let mut table: Vec<f64> = Vec::new();
        let mut before = f64::NAN;
        for (level, &steps) in STEPS.iter().enumerate() {
            let per_step = steps as f64 / time;
            let rates: Vec<f64> = self.rates.iter().map(|rate| rate + per_step).collect();
            let implicit = Elimination::new(self.generator, &rates)?;
            let mut u = vec![1.0; rates.len()];
            for _ in 0..steps {
                u.iter_mut().for_each(|value| *value *= per_step);
                implicit.solve(&mut u);
            }
            // Neville's scheme in 1/steps: entry k is extrapolated with the k levels before.
            let mut value = start.iter().zip(&u).map(|(share, value)| share * value).sum::<f64>();
            for back in 1..=level {
                let ratio = steps as f64 / STEPS[level - back] as f64;
                let coarser = std::mem::replace(&mut table[back - 1], value);
                value += (value - coarser) / (ratio - 1.0);
            }
            before = table.last().copied().unwrap_or(f64::NAN);
            table.push(value);
        }
        let value = table[STEPS.len() - 1];
        Ok(Estimate { value, error: (value - before).abs() + MODES * ONE_MODE })
    }

    /// The rate at which the number of paths falls in the long run: the smallest eigenvalue of K − A. For every y > 0 it is
    /// between the least and the largest yᵢ/zᵢ, z = (K − Aᵀ)⁻¹y (Collatz and Wielandt); the iteration makes them meet.
    pub fn rate(&self) -> Estimate {
        let mut y = vec![1.0; self.rates.len()];
        let mut bounds = [0.0, f64::INFINITY];
        for _ in 0..ITERATIONS {
            let z = self.expected(y.clone());
            let ratios = || y.iter().zip(&z).map(|(y, z)| y / z);
            let [low, high] = [ratios().fold(f64::INFINITY, f64::min), ratios().fold(0.0, f64::max)];
            bounds = [low.max(bounds[0]), high.min(bounds[1])];
            if bounds[1] - bounds[0] <= SAME * bounds[1] {
                break;
            }
            let largest = z.iter().copied().fold(0.0, f64::max);
            y = z.into_iter().map(|value| value / largest).collect();
        }
        let [low, high] = bounds;
        Estimate { value: 0.5 * (low + high), error: 0.5 * (high - low).abs() }
    }
}
