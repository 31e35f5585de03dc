use super::{Generator, GridBreakdown, Link, Sides};
use crate::algebra::simd::vectorized;
use rayon::prelude::*;

/// Largest λh in one substep: e^{−λh}, which no cell's sum falls below, then stays well inside the range of f64; beyond
/// the mean about 8√λh more terms are summed, so longer substeps waste fewer.
const POISSON_MEAN: f64 = 600.0;
/// Bound on the growth e^{λh(c − 1)} of the scaled solution in one substep (in log).
const GROWTH: f64 = 300.0;
/// λ beside the largest exit rate: above it, the diagonal of P stays away from 0, hence accurate.
const MARGIN: f64 = 1.05;
/// The most that log ρ may change between neighbours for log ρ itself to be the reference.
const STEEPEST: f64 = 300.0;
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
        let rate = MARGIN * exit.iter().fold(0.0, |a: f64, &b| a.max(b));
        let stay = exit.iter().map(|q| 1.0 - q / rate).collect();
        Self { generator, rate, stay }
    }

    /// λ.
    pub fn rate(&self) -> f64 {
        self.rate
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
        let scale = self.scale(log_density, limit.min(POISSON_MEAN / self.rate));
        let stencil = Stencil::new(self, &scale);
        let mut term = stencil.padded();
        for (value, (log, r)) in stencil.inner(&mut term).iter_mut().zip(log_density.iter().zip(&scale)) {
            *value = (log - r).exp();
        }
        let mut next = stencil.padded();
        let mut sum = stencil.padded();
        stencil.add_next(&term, &mut next, &mut sum, 1.0);
        let growth = largest_ratio(stencil.view(&next), stencil.view(&term)).min(1e300);
        let filled = growth.is_finite() && scale == log_density;
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
                    for (log, (value, r)) in log_density.iter_mut().zip(sums.iter().zip(&scale)) {
                        *log = value.ln() + r;
                    }
                    return Ok((step, k + 1));
                }
            }
            std::mem::swap(&mut term, &mut next);
        }
        Err(GridBreakdown::NoConvergence { time })
    }

    /// The reference r: log ρ itself, and where that vanishes, or falls by more than [`STEEPEST`] from cell to cell, what the
    /// transport brings there in a time `h`, if that is more.
    fn scale(&self, log_density: &[f64], h: f64) -> Vec<f64> {
        let steep =
            |link: &Link| link.pairs().any(|(i, j, ..)| (log_density[i] - log_density[j]).abs() > STEEPEST);
        let vanishes = log_density.iter().any(|value| !value.is_finite());
        if vanishes || self.generator.links().iter().any(steep) {
            self.reach(log_density, h)
        } else {
            log_density.to_vec()
        }
    }

    /// About log ρ after a short time `h`, one axis after the other: of jumps at rates q in a row, the n-th brings the share qh/n
    /// along, or all. Any finite reference is right; one near the solution keeps u inside the range of f64.
    fn reach(&self, log_density: &[f64], h: f64) -> Vec<f64> {
        let grid = self.generator.grid();
        let mut reach = log_density.to_vec();
        for axis in 0..grid.dimension() {
            let (stride, cells) = (grid.stride(axis), grid.cells()[axis]);
            // Twice around where the ends meet.
            let rounds = if grid.sides(axis) == Sides::Periodic { 2 } else { 1 };
            let link = self.generator.links().iter().find(|link| link.stride == stride);
            let source = reach.clone();
            for start in (0..grid.len()).filter(|&cell| grid.position(cell, axis) == 0) {
                let cell = |position: usize| start + position % cells * stride;
                for upward in [true, false] {
                    let (mut value, mut jumps) = (f64::NEG_INFINITY, 0.0);
                    for place in 0..rounds * cells {
                        let position = if upward { place } else { rounds * cells - 1 - place };
                        // Between it and the one before; over the ends as beside them.
                        let lower = if upward { position.wrapping_sub(1) } else { position } % cells;
                        let face = start + lower.min(cells - 2) * stride;
                        let rate =
                            link.map_or(0.0, |link| if upward { link.up[face] } else { link.down[face] });
                        // Where there is no way, the reference stays finite.
                        let arriving = value + (rate * h / (jumps + 1.0)).clamp(f64::MIN_POSITIVE, 1.0).ln();
                        let own = source[cell(position)];
                        // Without links along the axis only empty cells need it.
                        let stays = own >= arriving || (link.is_none() && own.is_finite());
                        (value, jumps) = if stays { (own, 0.0) } else { (arriving, jumps + 1.0) };
                        reach[cell(position)] = reach[cell(position)].max(value);
                    }
                }
            }
        }
        reach
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
