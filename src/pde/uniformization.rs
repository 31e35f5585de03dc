use super::{Generator, GridBreakdown, Sides};
use crate::algebra::simd::vectorized;
use rayon::prelude::*;
use statrs::function::gamma::ln_gamma;

/// Largest λh in one substep: e^{−λh}, which no cell's sum falls below, then stays well inside the range of f64; beyond
/// the mean about 8√λh more terms are summed, so longer substeps waste fewer.
const POISSON_MEAN: f64 = 600.0;
/// Bound on the growth e^{λh(c − 1)} of the scaled solution in one substep (in log).
const GROWTH: f64 = 300.0;
/// Growth in one jump above which ρ is too steep to be its own reference.
const STEEP: f64 = 1e6;
/// Modes of ρ from which a reference is continued, at most.
const MOST_MODES: usize = 64;
/// Terms between two looks at the remainder.
const LOOK_EVERY: usize = 8;
/// Cells handled by one rayon task.
const CHUNK: usize = 8192;
/// Cells whose neighbours along all axes are met before going on: they stay in the nearest cache.
const BLOCK: usize = 512;

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

    /// The operator again.
    pub fn into_generator(self) -> Generator {
        self.generator
    }

    /// log ρ ← log(e^{hA}ρ), in place, and how many products with the operator it took; `time` is for messages.
    ///
    /// # Errors
    /// If the series does not converge (neighbouring cells differ by hundreds in log ρ).
    pub fn advance(&self, log_density: &mut [f64], h: f64, time: f64) -> Result<usize, GridBreakdown> {
        let (mut left, mut products) = (if self.rate == 0.0 { 0.0 } else { h }, 0);
        while left > 0.0 {
            let (step, terms) = self.substep(log_density, left, time)?;
            left -= step;
            products += terms;
        }
        Ok(products)
    }

    /// Advances by at most `limit` and returns by how much, and the number of products.
    fn substep(&self, log_density: &mut [f64], limit: f64, time: f64) -> Result<(f64, usize), GridBreakdown> {
        let longest = limit.min(POISSON_MEAN / self.rate);
        let scale = self.scale(log_density, longest);
        let own = self.attempt(log_density, limit, &scale, false);
        // Where ρ is steeper than any solution, or has a front that moves slowly, it is what the mass that arrives makes it.
        let steep = || self.attempt(log_density, limit, &self.arrivals(log_density, longest), true);
        let (step, terms, next) = own.or_else(steep).ok_or(GridBreakdown::NoConvergence { time })?;
        log_density.copy_from_slice(&next);
        Ok((step, terms))
    }

    /// By how much the series of a step of at most `limit` with the reference `scale` advances, its number of products, and
    /// log ρ after it; none if it does not converge. A reference that is `lifted` is above ρ where ρ is too steep.
    fn attempt(
        &self,
        log_density: &[f64],
        limit: f64,
        scale: &[f64],
        lifted: bool,
    ) -> Option<(f64, usize, Vec<f64>)> {
        let stencil = Stencil::new(self, scale);
        let mut term = stencil.padded();
        for (value, (log, r)) in stencil.inner(&mut term).iter_mut().zip(log_density.iter().zip(scale)) {
            *value = (log - r).exp();
        }
        let mut next = stencil.padded();
        let mut sum = stencil.padded();
        stencil.add_next(&term, &mut next, &mut sum, 1.0);
        let growth = largest_ratio(stencil.view(&next), stencil.view(&term)).min(1e300);
        let filled = !lifted && stencil.view(&term).iter().all(|&u| u > 0.0);
        if filled && growth > STEEP {
            return None;
        }
        let mut μ = (self.rate * limit).min(POISSON_MEAN);
        if filled {
            μ = μ.min(GROWTH / (growth - 1.0).max(1e-3));
        }
        let step = if μ >= self.rate * limit { limit } else { μ / self.rate };

        let start = (-μ).exp();
        for value in &mut term {
            *value *= start;
        }
        sum.copy_from_slice(&term);
        // Beyond the Poisson bulk the terms decay; a wave front has to cross the grid first.
        let most = 4000 + 20 * (μ * growth.min(50.0)) as usize + 2 * self.generator.grid().len();
        for k in 1..=most {
            stencil.add_next(&term, &mut next, &mut sum, μ / k as f64);
            if k % LOOK_EVERY == 0 {
                let ratio = largest_ratio(stencil.view(&next), stencil.view(&term));
                let share = largest_ratio(stencil.view(&next), stencil.view(&sum));
                let certain = ratio < 1.0 && share * ratio / (1.0 - ratio) < f64::EPSILON / 2.0;
                if certain && stencil.view(&sum).iter().all(|&value| value > 0.0) {
                    let sums = stencil.view(&sum);
                    let next = sums.iter().zip(scale).map(|(value, r)| value.ln() + r).collect();
                    return Some((step, k + 1, next));
                }
            }
            std::mem::swap(&mut term, &mut next);
        }
        None
    }

    /// The reference of what has arrived after `h`, in the leading power of h: from each mode of ρ, jump by jump, the rate of
    /// the jump times h over the number of the jump, where that is below 1; ρ itself where it is larger.
    fn arrivals(&self, log_density: &[f64], h: f64) -> Vec<f64> {
        let grid = self.generator.grid();
        let axes = 0..grid.dimension();
        let beside = |cell: usize, axis: usize| [true, false].map(|upward| grid.beside(cell, axis, upward));
        let is_mode = |&cell: &usize| {
            let others = axes.clone().flat_map(|axis| beside(cell, axis)).flatten();
            log_density[cell].is_finite()
                && others.into_iter().all(|other| log_density[other] <= log_density[cell])
        };
        let mut modes: Vec<usize> = (0..grid.len()).filter(is_mode).collect();
        modes.sort_by(|&a, &b| log_density[b].total_cmp(&log_density[a]));
        modes.truncate(MOST_MODES);
        let mut reference = log_density.to_vec();
        for mode in modes {
            let falls: Vec<Vec<f64>> = axes.clone().map(|axis| self.falls(mode, axis, h)).collect();
            for (cell, reference) in reference.iter_mut().enumerate() {
                let fall: f64 = axes.clone().map(|axis| falls[axis][grid.position(cell, axis)]).sum();
                *reference = reference.max(log_density[mode] + fall);
            }
        }
        reference
    }

    /// By position along an axis, what is left in the leading power of h of what jumps there from `mode`, in log.
    fn falls(&self, mode: usize, axis: usize, h: f64) -> Vec<f64> {
        let grid = self.generator.grid();
        let (n, stride, start) = (grid.cells()[axis], grid.stride(axis), grid.position(mode, axis));
        let row = mode - start * stride;
        let link = self.generator.links().iter().find(|link| link.stride == stride);
        let mut falls = vec![0.0; n];
        let fall = |rate: f64, number: usize| (rate * h / number as f64).ln().min(0.0);
        for k in start + 1..n {
            let rate = link.map_or(0.0, |link| link.up[row + (k - 1) * stride]);
            falls[k] = falls[k - 1] + fall(rate, k - start);
        }
        for k in (0..start).rev() {
            let rate = link.map_or(0.0, |link| link.down[row + k * stride]);
            falls[k] = falls[k + 1] + fall(rate, start - k);
        }
        falls
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
                    .map(|axis| {
                        let apart = grid.position(cell, axis).abs_diff(grid.position(peak, axis));
                        let around = grid.sides(axis) == Sides::Periodic;
                        walk(if around { apart.min(grid.cells()[axis] - apart) } else { apart } as f64)
                    })
                    .sum();
                log_density[peak] + walks + 0.5 * (invariant[cell] - invariant[peak])
            })
            .collect()
    }
}

/// P in the scaled variable u: one weight for the cell itself and one for each neighbour.
struct Stencil<'a> {
    stay: &'a [f64],
    /// By link: (stride, weight of the earlier cell, weight of the later one).
    links: Vec<(usize, Vec<f64>, Vec<f64>)>,
    pad: usize,
}

impl<'a> Stencil<'a> {
    fn new(transport: &'a TimeExact, scale: &[f64]) -> Self {
        let links: Vec<_> = transport
            .generator
            .links()
            .iter()
            .map(|link| {
                let (mut below, mut above) = (vec![0.0; scale.len()], vec![0.0; scale.len()]);
                for (i, j, up, down) in link.pairs() {
                    let tilt = (scale[i] - scale[j]).exp();
                    below[j] = up * tilt / transport.rate;
                    above[i] = down / tilt / transport.rate;
                }
                (link.stride, below, above)
            })
            .collect();
        let pad = links.iter().map(|(stride, ..)| *stride).max().unwrap_or(1);
        Self { stay: &transport.stay, links, pad }
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

    /// `next = factor · P u` and `sum += next`.
    fn add_next(&self, u: &[f64], next: &mut [f64], sum: &mut [f64], factor: f64) {
        let n = self.stay.len();
        let inner = self.pad..self.pad + n;
        let (next, sum) = (&mut next[inner.clone()], &mut sum[inner]);
        let task = |(chunk, (next, sum)): (usize, (&mut [f64], &mut [f64]))| {
            vectorized(
                #[inline(always)]
                || {
                    for (block, (next, sum)) in next.chunks_mut(BLOCK).zip(sum.chunks_mut(BLOCK)).enumerate()
                    {
                        self.add_block(chunk * CHUNK + block * BLOCK, u, next, sum, factor);
                    }
                },
            );
        };
        if n <= CHUNK {
            task((0, (next, sum)));
        } else {
            next.par_chunks_mut(CHUNK).zip(sum.par_chunks_mut(CHUNK)).enumerate().for_each(task);
        }
    }

    /// Along an axis, for `len` cells from `from` on: (weight, u) of the lower neighbours, and of the upper ones.
    #[inline(always)]
    fn neighbours<'v>(
        &self,
        (stride, below, above): &'v (usize, Vec<f64>, Vec<f64>),
        u: &'v [f64],
        from: usize,
        len: usize,
    ) -> [&'v [f64]; 4] {
        let shifted = |offset: usize| &u[offset + from..offset + from + len];
        let own = from..from + len;
        [&below[own.clone()], shifted(self.pad - stride), &above[own], shifted(self.pad + stride)]
    }

    /// As [`Self::add_next`] for the cells from `from` on.
    #[inline(always)]
    fn add_block(&self, from: usize, u: &[f64], next: &mut [f64], sum: &mut [f64], factor: f64) {
        // Equal lengths that the compiler sees leave no bounds to check in the loops.
        let len = next.len();
        let (next, sum) = (&mut next[..len], &mut sum[..len]);
        let (centre, stay) = (&u[self.pad + from..self.pad + from + len], &self.stay[from..from + len]);
        let (last, others) = self.links.split_last().expect("cells are linked");
        let [below, lower, above, upper] = self.neighbours(last, u, from, len);
        if others.is_empty() {
            for i in 0..len {
                let value = (stay[i] * centre[i] + (below[i] * lower[i] + above[i] * upper[i])) * factor;
                next[i] = value;
                sum[i] += value;
            }
            return;
        }
        for i in 0..len {
            next[i] = stay[i] * centre[i];
        }
        for axis in others {
            let [below, lower, above, upper] = self.neighbours(axis, u, from, len);
            for i in 0..len {
                next[i] += below[i] * lower[i] + above[i] * upper[i];
            }
        }
        for i in 0..len {
            let value = (next[i] + (below[i] * lower[i] + above[i] * upper[i])) * factor;
            next[i] = value;
            sum[i] += value;
        }
    }
}

/// maxᵢ aᵢ/bᵢ, with 0/0 counted as 0 and a/0 as +∞.
fn largest_ratio(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).filter(|(a, _)| **a > 0.0).fold(0.0, |largest: f64, (a, b)| largest.max(a / b))
}
