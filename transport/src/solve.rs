//! From coarse to fine, and from few pairs to the right ones.
//!
//! The clouds are merged into coarser ones until all pairs can be afforded. Then, on each level, an interior-point method
//! solves the problem on a set of pairs: those with the smallest slack under the potentials of the coarser level. The
//! c-transform over all pairs makes its potentials feasible, and gives the gap; pairs that violate c ≥ a + b are added, and
//! it begins again, until the gap is as small as asked for.

use crate::Error;
use crate::cost::Cost;
use crate::forest::vertex;
use crate::interior::{Marginals, State, improve, measure, slacks};
use crate::order::{Points, halves};
use crate::pairs::Pairs;
use crate::search::Tiles;

/// As many pairs are used without selection.
const AFFORDED: usize = 40_000;
/// A cell of the coarser level has at most this many points.
const CELL: usize = 5;
/// How many pairs of smallest slack a point begins with.
const NEIGHBOURS: usize = 4;
/// How many violated pairs a point adds in a round.
const ADDED: usize = 4;
/// More rounds than any instance met has needed.
const ROUNDS: usize = 60;
/// What part of the mass of a coarse cell has to go to another for all pairs of their points to be used.
const PART: f64 = 0.03;
/// A cost of the cone beyond which a coarse point says nothing: so large close to the cut.
const FAR: f64 = 2.0;
/// Relative gap from which on a vertex is looked for.
const VERTEX: f64 = 0.1;
/// How often a first iterate is fitted to the marginals of both sides.
const SWEEPS: usize = 4;
/// How often a stalled iteration begins again.
const RESTARTS: usize = 2;
/// Relative gap at which the next finer level begins.
const COARSE: f64 = 1e-4;

/// A transport problem between points in tree order whose masses are all positive.
pub(crate) struct Problem<'a> {
    pub x: Points,
    pub y: Points,
    pub cost: Cost,
    pub marginals: Marginals,
    /// Asked before every iteration.
    pub goes_on: &'a dyn Fn() -> bool,
}

/// A plan with potentials, and how they were found.
pub(crate) struct Solution {
    pub pairs: Pairs,
    pub state: State,
    pub iterations: usize,
    pub rounds: usize,
}

/// Where a level starts.
struct Start {
    pairs: Vec<(usize, usize)>,
    potentials: Vec<f64>,
    /// The gap to be expected relative to the value, and the value.
    gap: f64,
    value: f64,
}

impl Problem<'_> {
    /// Solves to a relative gap of about `tolerance`, or as far as it gets.
    ///
    /// # Errors
    /// If memory does not suffice, or it should not go on.
    pub fn solve(&self, tolerance: f64) -> Result<Solution, Error> {
        let start = self.start()?;
        self.finish(start, tolerance)
    }

    fn start(&self) -> Result<Start, Error> {
        let (n, m) = (self.x.len(), self.y.len());
        if n * m <= AFFORDED || n.min(m) <= 2 * CELL {
            let pairs = (0..n).flat_map(|i| (0..m).map(move |j| (i, j))).collect();
            let potentials =
                half_of_nearest(&Tiles::new(&self.x, self.cost), &Tiles::new(&self.y, self.cost));
            return Ok(Start { pairs, potentials, gap: 1.0, value: 1.0 });
        }
        let (mut cells_x, mut cells_y) = (halves(n, CELL), halves(m, CELL));
        let mut coarse = Self { x: self.x.merged(&cells_x), y: self.y.merged(&cells_y), ..*self };
        // Cells may reach nothing where their points do.
        let to_y = Tiles::new(&coarse.y, self.cost).reaching(&coarse.x);
        let to_x = Tiles::new(&coarse.x, self.cost).reaching(&coarse.y);
        coarse = Self { x: coarse.x.select(&to_y), y: coarse.y.select(&to_x), ..coarse };
        cells_x = to_y.iter().map(|&k| cells_x[k].clone()).collect();
        cells_y = to_x.iter().map(|&k| cells_y[k].clone()).collect();
        let coarse_solution = coarse.solve(COARSE)?;
        let potentials = &coarse_solution.state.potentials;
        let (a, b) = potentials.split_at(coarse.x.len());
        // Both sides from the other side of the coarse level.
        let (tiles_x, tiles_y) = (Tiles::new(&self.x, self.cost), Tiles::new(&self.y, self.cost));
        let a_fine = self.extend(&self.x, &tiles_y, &coarse.y, b);
        let b_fine = self.extend(&self.y, &tiles_x, &coarse.x, a);
        let mut pairs = Vec::new();
        let by_row = tiles_y.smallest(&self.x, &b_fine, NEIGHBOURS, |_| f64::INFINITY);
        pairs.extend(by_row.iter().enumerate().flat_map(|(i, list)| list.iter().map(move |&(_, j)| (i, j))));
        let by_column = tiles_x.smallest(&self.y, &a_fine, NEIGHBOURS, |_| f64::INFINITY);
        pairs.extend(
            by_column.iter().enumerate().flat_map(|(j, list)| list.iter().map(move |&(_, i)| (i, j))),
        );
        let plan = &coarse_solution.state.plan;
        let (rows, columns) = coarse_solution.pairs.marginals(plan);
        for (i, j, e) in coarse_solution.pairs.iter() {
            if plan[e] > PART * rows[i].min(columns[j]) {
                pairs.extend(cells_x[i].clone().flat_map(|i| cells_y[j].clone().map(move |j| (i, j))));
            }
        }
        if self.marginals == Marginals::Hard {
            pairs.extend(self.feasible(&coarse_solution, &cells_x, &cells_y));
        }
        let value = coarse.value(&coarse_solution.pairs, &coarse_solution.state.plan);
        Ok(Start { pairs, potentials: [a_fine, b_fine].concat(), gap: 0.1, value })
    }

    /// Potentials of `points` from those of coarse points of the other side. Points that those hardly reach, if at all, get
    /// half of the cost to the nearest of the fine `tiles`.
    fn extend(&self, points: &Points, tiles: &Tiles<'_>, coarse: &Points, potentials: &[f64]) -> Vec<f64> {
        let found = Tiles::new(coarse, self.cost).smallest(points, potentials, 1, |_| f64::INFINITY);
        let near =
            |&(value, k): &(f64, usize)| value + potentials[k] < FAR || self.marginals == Marginals::Hard;
        let extended: Vec<Option<f64>> =
            found.iter().map(|list| list.first().filter(|found| near(found)).map(|found| found.0)).collect();
        if extended.iter().all(Option::is_some) {
            return extended.into_iter().flatten().collect();
        }
        let nearest = tiles.nearest(points);
        extended.iter().zip(nearest).map(|(known, c)| known.unwrap_or(0.5 * c)).collect()
    }

    /// Pairs on which a plan with the right marginals exists: the coarse plan, distributed among the points of its cells.
    fn feasible(
        &self,
        coarse: &Solution,
        cells_x: &[std::ops::Range<usize>],
        cells_y: &[std::ops::Range<usize>],
    ) -> Vec<(usize, usize)> {
        let (mut left_x, mut left_y) = (self.x.masses.clone(), self.y.masses.clone());
        let mut at_x: Vec<usize> = cells_x.iter().map(|cell| cell.start).collect();
        let mut at_y: Vec<usize> = cells_y.iter().map(|cell| cell.start).collect();
        let mut pairs = Vec::new();
        for (cell_x, cell_y, e) in coarse.pairs.iter() {
            let mut amount = coarse.state.plan[e];
            while amount > 1e-13 && at_x[cell_x] < cells_x[cell_x].end && at_y[cell_y] < cells_y[cell_y].end {
                let (i, j) = (at_x[cell_x], at_y[cell_y]);
                let moved = amount.min(left_x[i]).min(left_y[j]);
                pairs.push((i, j));
                amount -= moved;
                left_x[i] -= moved;
                left_y[j] -= moved;
                if left_x[i] <= 0.0 {
                    at_x[cell_x] += 1;
                }
                if left_y[j] <= 0.0 {
                    at_y[cell_y] += 1;
                }
            }
        }
        pairs.extend(corner(&mut left_x, &mut left_y).into_iter().map(|(i, j, _)| (i, j)));
        pairs
    }

    /// What a plan costs: transport, and the divergences of its marginals.
    pub fn value(&self, pairs: &Pairs, plan: &[f64]) -> f64 {
        let transport: f64 = pairs.cost.iter().zip(plan).map(|(c, γ)| c * γ).sum();
        let (rows, columns) = pairs.marginals(plan);
        let sums = rows.iter().zip(&self.x.masses).chain(columns.iter().zip(&self.y.masses));
        let divergence: f64 = match self.marginals {
            Marginals::Soft => sums.map(|(&g, &m)| if g > 0.0 { g * (g / m).ln() - g + m } else { m }).sum(),
            Marginals::Hard => 0.0,
        };
        transport + divergence
    }

    fn finish(&self, start: Start, tolerance: f64) -> Result<Solution, Error> {
        let n = self.x.len();
        let masses = [self.x.masses.as_slice(), &self.y.masses].concat();
        let (tiles_x, tiles_y) = (Tiles::new(&self.x, self.cost), Tiles::new(&self.y, self.cost));
        let mut pairs = Pairs::new(start.pairs, &self.x, &self.y, self.cost);
        let mut state = self.first(&pairs, &start.potentials, start.gap * start.value, &masses);
        let mut target = 0.01 * start.value;
        let (mut iterations, mut rounds, mut restarts, mut lowest) = (0, 0, 0, f64::INFINITY);
        // Feasible always; without a plan its gap is not known.
        let halved = half_of_nearest(&tiles_x, &tiles_y);
        let mut answer = (pairs.clone(), State { potentials: halved.clone(), plan: vec![0.0; pairs.len()] });
        loop {
            rounds += 1;
            let outcome = improve(&pairs, &masses, self.marginals, &mut state, target, self.goes_on)?;
            iterations += outcome.iterations;
            let (certified, value, gap) = self.certified(&pairs, &state, &masses, &tiles_x, &tiles_y);
            if gap < lowest {
                lowest = gap;
                answer = (pairs.clone(), certified);
            }
            // The vertex may be the solution, or not be the right one.
            let typical = value / state.plan.iter().sum::<f64>();
            if gap < VERTEX * value
                && let Some(vertex) = vertex(&pairs, &masses, self.marginals, &state, typical)
            {
                let (certified, _, gap) = self.certified(&pairs, &vertex, &masses, &tiles_x, &tiles_y);
                if gap < lowest {
                    lowest = gap;
                    answer = (pairs.clone(), certified);
                }
            }
            if lowest <= tolerance * value || rounds == ROUNDS {
                break;
            }
            let (a, b) = state.potentials.split_at(n);
            let violated = |tiles: &Tiles<'_>, from: &Points, near: &[f64], far: &[f64]| {
                tiles.smallest(from, far, ADDED, |i| near[i] - 1e-14 * near[i].abs())
            };
            let mut list: Vec<_> = pairs.iter().map(|(i, j, _)| (i, j)).collect();
            let by_row = violated(&tiles_y, &self.x, a, b);
            list.extend(
                by_row.iter().enumerate().flat_map(|(i, found)| found.iter().map(move |&(_, j)| (i, j))),
            );
            let by_column = violated(&tiles_x, &self.y, b, a);
            list.extend(
                by_column.iter().enumerate().flat_map(|(j, found)| found.iter().map(move |&(_, i)| (i, j))),
            );
            let more = Pairs::new(list, &self.x, &self.y, self.cost);
            let least = 0.3 * tolerance * value;
            if more.len() > pairs.len() {
                state = self.extended(&state, &pairs, &more, outcome.gap);
                pairs = more;
                target = (0.1 * gap).max(least);
            } else if outcome.gap <= target && target > least {
                target = least;
            } else if restarts < RESTARTS && outcome.gap > target {
                // Stalled: once more from potentials that are known to be feasible.
                restarts += 1;
                let potentials = if restarts == 1 { &answer.1.potentials } else { &halved };
                state = self.first(&pairs, potentials, lowest.min(1.0), &masses);
                target = (0.1 * lowest).max(least);
            } else {
                break;
            }
        }
        let (pairs, state) = answer;
        Ok(Solution { pairs, state, iterations, rounds })
    }

    /// The iterate with potentials that are feasible over all pairs, b from a and then a from b; the value of its plan, and
    /// the gap between the two.
    fn certified(
        &self,
        pairs: &Pairs,
        state: &State,
        masses: &[f64],
        tiles_x: &Tiles<'_>,
        tiles_y: &Tiles<'_>,
    ) -> (State, f64, f64) {
        let b = tiles_x.transform(&self.y, &state.potentials[..self.x.len()]);
        let a = tiles_y.transform(&self.x, &b);
        let certified = State { potentials: [a, b].concat(), plan: state.plan.clone() };
        let gap = measure(pairs, masses, self.marginals, &certified);
        (certified, self.value(pairs, &state.plan), gap)
    }

    /// A first iterate, from potentials that need not be feasible.
    fn first(&self, pairs: &Pairs, potentials: &[f64], gap: f64, masses: &[f64]) -> State {
        match self.marginals {
            Marginals::Soft => central(pairs, potentials, gap / pairs.len() as f64, masses),
            Marginals::Hard => lowered(pairs, potentials, gap, masses),
        }
    }

    /// The last iterate on more pairs. Where a new pair is violated, the potential of its row is lowered.
    fn extended(&self, last: &State, before: &Pairs, pairs: &Pairs, gap: f64) -> State {
        let n = pairs.rows();
        let mut state = State { potentials: last.potentials.clone(), plan: vec![0.0; pairs.len()] };
        let mut lowering = vec![0.0; n];
        let center = gap / pairs.len() as f64;
        let mut old = before.iter().peekable();
        for (i, j, e) in pairs.iter() {
            if let Some((_, _, known)) = old.next_if(|&(k, l, _)| (k, l) == (i, j)) {
                state.plan[e] = last.plan[known];
            } else {
                let slack = pairs.cost[e] - (last.potentials[i] + last.potentials[n + j]);
                lowering[i] = f64::max(lowering[i], gap - slack);
            }
        }
        state.potentials.iter_mut().zip(lowering).for_each(|(a, by)| *a -= by);
        for (γ, s) in state.plan.iter_mut().zip(slacks(pairs, &state.potentials)) {
            if *γ == 0.0 {
                *γ = center / s;
            }
        }
        state
    }
}

/// γs = `center` on all pairs, and nearly the right soft marginals. The potentials are changed for one side and the other in
/// turn, as in Sinkhorn's iteration, so that each marginal is right at its turn.
fn central(pairs: &Pairs, potentials: &[f64], center: f64, masses: &[f64]) -> State {
    let (n, mut potentials) = (pairs.rows(), potentials.to_vec());
    let mut of_column = vec![Vec::new(); pairs.columns];
    pairs.iter().for_each(|(i, j, e)| of_column[j].push((i, e)));
    for _ in 0..SWEEPS {
        for j in 0..pairs.columns {
            let reach: Vec<f64> = of_column[j].iter().map(|&(i, e)| pairs.cost[e] - potentials[i]).collect();
            potentials[n + j] = balance(&reach, center, masses[n + j]);
        }
        for i in 0..n {
            let row = pairs.start[i]..pairs.start[i + 1];
            let reach: Vec<f64> = row.map(|e| pairs.cost[e] - potentials[n + pairs.column[e]]).collect();
            potentials[i] = balance(&reach, center, masses[i]);
        }
    }
    let plan = slacks(pairs, &potentials).iter().map(|s| center / s).collect();
    State { potentials, plan }
}

/// The potential a < min(reach) for which Σ center/(reach − a) is m e^{−a}, about.
fn balance(reach: &[f64], center: f64, m: f64) -> f64 {
    let nearest = reach.iter().copied().fold(f64::INFINITY, f64::min);
    let excess =
        |t: f64| reach.iter().map(|r| center / (t + (r - nearest))).sum::<f64>() - m * (t - nearest).exp();
    // t = nearest − a is between these.
    let mut high = (reach.len() as f64 * center / m * nearest.exp()).clamp(f64::MIN_POSITIVE, f64::MAX);
    let mut low = high;
    while excess(low) < 0.0 && low > 0.0 {
        low *= 0.1;
    }
    while high > 1.1 * low {
        let middle = low.sqrt() * high.sqrt();
        if excess(middle) < 0.0 { high = middle } else { low = middle }
    }
    nearest - low
}

/// Potentials lowered to be feasible, and a plan in proportion to both masses and 1/slack, scaled to the hard marginals of one
/// side and the other.
fn lowered(pairs: &Pairs, potentials: &[f64], gap: f64, masses: &[f64]) -> State {
    let (n, mut potentials) = (pairs.rows(), potentials.to_vec());
    // Both points of a pair give half of what is too much.
    let mut excess = vec![0.0; potentials.len()];
    for ((i, j, _), s) in pairs.iter().zip(slacks(pairs, &potentials)) {
        excess[i] = f64::max(excess[i], -s);
        excess[n + j] = f64::max(excess[n + j], -s);
    }
    potentials.iter_mut().zip(excess).for_each(|(a, excess)| *a -= 0.5 * (excess + gap));
    let slack = slacks(pairs, &potentials);
    let mut plan: Vec<f64> = pairs.iter().map(|(i, j, e)| masses[i] * masses[n + j] / slack[e]).collect();
    for _ in 0..SWEEPS {
        let (_, columns) = pairs.marginals(&plan);
        pairs.iter().for_each(|(_, j, e)| plan[e] *= masses[n + j] / columns[j]);
        let (rows, _) = pairs.marginals(&plan);
        pairs.iter().for_each(|(i, _, e)| plan[e] *= masses[i] / rows[i]);
    }
    State { potentials, plan }
}

/// Potentials that are feasible for any cost: half of the cost to the nearest point of the other side.
fn half_of_nearest(x: &Tiles<'_>, y: &Tiles<'_>) -> Vec<f64> {
    let (to_y, to_x) = (y.nearest(x.points), x.nearest(y.points));
    to_y.iter().chain(&to_x).map(|c| 0.5 * c).collect()
}

/// Moves what is left in two lists of masses, from the first on; the rest of the larger total stays.
pub(crate) fn corner(left_x: &mut [f64], left_y: &mut [f64]) -> Vec<(usize, usize, f64)> {
    let (mut i, mut j, mut moves) = (0, 0, Vec::new());
    while i < left_x.len() && j < left_y.len() {
        let moved = left_x[i].min(left_y[j]);
        if moved > 0.0 {
            moves.push((i, j, moved));
        }
        left_x[i] -= moved;
        left_y[j] -= moved;
        if left_x[i] <= 0.0 {
            i += 1;
        } else {
            j += 1;
        }
    }
    moves
}
