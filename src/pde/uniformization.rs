use super::{Generator, GridBreakdown};
use rayon::prelude::*;
use statrs::function::gamma::ln_gamma;

/// Largest λh in one substep: e^{−λh} and the Poisson terms then stay inside the range of f64.
const POISSON_MEAN: f64 = 256.0;
/// Bound on the growth e^{λh(c − 1)} of the scaled solution in one substep (in log).
const GROWTH: f64 = 300.0;
/// Terms between two looks at the remainder.
const LOOK_EVERY: usize = 8;
/// Cells handled by one rayon task.
const CHUNK: usize = 8192;

/// Time-exact transport e^{hA} with every component relatively accurate, at any depth of the tails.
///
/// Uniformisation e^{hA} = e^{−λh} Σ (λh)ᵏ/k! Pᵏ, P = I + A/λ ≥ 0 has no subtraction anywhere. It
/// is applied to u = ρ/e^r with r = log ρ at the start of the substep, so u starts at 1 in every
/// cell and neither the dynamic range of ρ nor underflow plays a role. The truncation is
/// certified cell by cell: for P ≥ 0 the ratio maxᵢ (P^{k+1}u)ᵢ/(Pᵏu)ᵢ never increases with k
/// (Collatz–Wielandt), so once two successive terms have ratio r < 1 everywhere, the remainder is at
/// most r/(1 − r) times the last term, in each cell.
#[derive(Clone, Debug)]
pub struct TimeExact {
    generator: Generator,
    /// λ.
    rate: f64,
    /// Diagonal of P.
    stay: Vec<f64>,
}

impl TimeExact {
    /// The propagator of `generator`.
    pub fn new(generator: Generator) -> Self {
        let exit = generator.exit_rates();
        // 5 % above the largest exit rate keeps the diagonal of P away from 0, hence accurate.
        let rate = 1.05 * exit.iter().fold(0.0, |a: f64, &b| a.max(b));
        let stay = exit.iter().map(|q| 1.0 - q / rate).collect();
        Self { generator, rate, stay }
    }

    /// log ρ ← log(e^{hA}ρ), in place; `time` is for messages.
    ///
    /// # Errors
    /// If the series does not converge (neighbouring cells differ by hundreds in log ρ).
    pub fn advance(&self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        if h == 0.0 || self.rate == 0.0 {
            return Ok(());
        }
        let mut left = h;
        while left > 0.0 {
            left -= self.substep(log_density, left, time)?;
        }
        Ok(())
    }

    /// Advances by at most `limit` and returns by how much.
    fn substep(&self, log_density: &mut [f64], limit: f64, time: f64) -> Result<f64, GridBreakdown> {
        let scale = self.scale(log_density, limit.min(POISSON_MEAN / self.rate));
        let stencil = Stencil::new(self, &scale);
        let mut term = stencil.padded();
        for (value, (log, r)) in stencil.inner(&mut term).iter_mut().zip(log_density.iter().zip(&scale)) {
            *value = (log - r).exp();
        }
        let mut next = stencil.padded();
        stencil.apply(&term, &mut next, 1.0);
        let growth = largest_ratio(stencil.view(&next), stencil.view(&term)).min(1e300);
        let filled = growth.is_finite() && stencil.view(&term).iter().all(|&u| u > 0.0);
        let mut μ = (self.rate * limit).min(POISSON_MEAN);
        if filled {
            μ = μ.min(GROWTH / (growth - 1.0).max(1e-3));
        }
        let step = if μ >= self.rate * limit { limit } else { μ / self.rate };

        let start = (-μ).exp();
        for value in &mut term {
            *value *= start;
        }
        let mut sum = term.clone();
        // Beyond the Poisson bulk the terms decay; a wave front has to cross the grid first.
        let most = 4000 + 20 * (μ * growth.min(50.0)) as usize + 2 * self.generator.grid().len();
        for k in 1..=most {
            let look = k % LOOK_EVERY == 0;
            stencil.apply(&term, &mut next, μ / k as f64);
            if look {
                let ratio = largest_ratio(stencil.view(&next), stencil.view(&term));
                let share = largest_ratio(stencil.view(&next), stencil.view(&sum));
                let certain = ratio < 1.0 && share * (1.0 + ratio / (1.0 - ratio)) < f64::EPSILON / 2.0;
                if certain && stencil.view(&sum).iter().all(|&value| value > 0.0) {
                    let sums = stencil.view(&sum);
                    for (log, (value, r)) in log_density.iter_mut().zip(sums.iter().zip(&scale)) {
                        *log = value.ln() + r;
                    }
                    return Ok(step);
                }
            }
            add_assign(&mut sum, &next);
            std::mem::swap(&mut term, &mut next);
        }
        Err(GridBreakdown::NoConvergence { time })
    }

    /// The reference r: log ρ itself, continued by the short-time heat kernel where ρ = 0.
    fn scale(&self, log_density: &[f64], h: f64) -> Vec<f64> {
        if log_density.iter().all(|value| value.is_finite()) {
            return log_density.to_vec();
        }
        // ρ vanishes in some cells (a start in one point). Any finite reference is right; one near
        // the solution keeps u inside the range of f64: a Poisson walk of μ jumps to each side,
        // tilted by half the change of log π.
        let grid = self.generator.grid();
        let peak = (0..grid.len()).max_by(|&a, &b| log_density[a].total_cmp(&log_density[b])).unwrap_or(0);
        let μ = (0.25 * self.rate * h / grid.dimension() as f64).max(1e-300);
        let walk = |jumps: f64| {
            if jumps <= μ {
                0.0
            } else {
                jumps * μ.ln() - ln_gamma(jumps + 1.0) - (μ * μ.ln() - ln_gamma(μ + 1.0))
            }
        };
        let invariant = self.generator.log_invariant();
        (0..grid.len())
            .map(|cell| {
                if log_density[cell].is_finite() {
                    return log_density[cell];
                }
                let walks: f64 = (0..grid.dimension())
                    .map(|axis| walk(grid.position(cell, axis).abs_diff(grid.position(peak, axis)) as f64))
                    .sum();
                log_density[peak] + walks + 0.5 * (invariant[cell] - invariant[peak])
            })
            .collect()
    }
}

/// P in the scaled variable u: one weight for the cell itself and one for each neighbour.
struct Stencil<'a> {
    stay: &'a [f64],
    /// By axis: (stride, weight of the lower neighbour, weight of the upper neighbour).
    axes: Vec<(usize, Vec<f64>, Vec<f64>)>,
    pad: usize,
}

impl<'a> Stencil<'a> {
    fn new(transport: &'a TimeExact, scale: &[f64]) -> Self {
        let generator = &transport.generator;
        let grid = generator.grid();
        let axes: Vec<_> = (0..grid.dimension())
            .map(|axis| {
                let (mut below, mut above) = (vec![0.0; grid.len()], vec![0.0; grid.len()]);
                for (i, j) in grid.faces(axis) {
                    let tilt = (scale[i] - scale[j]).exp();
                    below[j] = generator.up(axis)[i] * tilt / transport.rate;
                    above[i] = generator.down(axis)[i] / tilt / transport.rate;
                }
                (grid.stride(axis), below, above)
            })
            .collect();
        let pad = axes.iter().map(|(stride, ..)| *stride).max().unwrap_or(1);
        Self { stay: &transport.stay, axes, pad }
    }

    /// A vector with room for the neighbours of the first and last cells, which weigh 0.
    fn padded(&self) -> Vec<f64> {
        vec![0.0; self.stay.len() + 2 * self.pad]
    }

    fn view<'v>(&self, padded: &'v [f64]) -> &'v [f64] {
        &padded[self.pad..self.pad + self.stay.len()]
    }

    fn inner<'v>(&self, padded: &'v mut [f64]) -> &'v mut [f64] {
        &mut padded[self.pad..self.pad + self.stay.len()]
    }

    /// `out = factor · P u`.
    fn apply(&self, u: &[f64], out: &mut [f64], factor: f64) {
        let n = self.stay.len();
        let shifted = |offset: usize, from: usize, len: usize| &u[offset + from..offset + from + len];
        let task = |from: usize, out: &mut [f64]| {
            let len = out.len();
            let centre = shifted(self.pad, from, len);
            let stay = &self.stay[from..from + len];
            for (value, (u, p)) in out.iter_mut().zip(centre.iter().zip(stay)) {
                *value = p * u;
            }
            for (stride, below, above) in &self.axes {
                let lower = shifted(self.pad - stride, from, len).iter().zip(&below[from..from + len]);
                let upper = shifted(self.pad + stride, from, len).iter().zip(&above[from..from + len]);
                for (value, ((u, p), (v, q))) in out.iter_mut().zip(lower.zip(upper)) {
                    *value += p * u + q * v;
                }
            }
            for value in out.iter_mut() {
                *value *= factor;
            }
        };
        let inner = &mut out[self.pad..self.pad + n];
        if n <= CHUNK {
            task(0, inner);
        } else {
            inner.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, out)| task(chunk * CHUNK, out));
        }
    }
}

fn add_assign(sum: &mut [f64], term: &[f64]) {
    for (a, b) in sum.iter_mut().zip(term) {
        *a += b;
    }
}

/// maxᵢ aᵢ/bᵢ, with 0/0 counted as 0 and a/0 as +∞.
fn largest_ratio(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).filter(|(a, _)| **a > 0.0).fold(0.0, |largest: f64, (a, b)| largest.max(a / b))
}
