use super::blocks::Blocks;
use super::cells::Cells;
use super::curve::MOST_POINTS;
use super::interpolant::Interpolant;
use super::leaves::Leaves;
use super::log_sum::LogSum;
use super::sources::{Roundings, Sources};
use super::tree::Tree;
use super::{Cloud, KernelError};
use crate::algebra::elementary::COARSE;
use rayon::prelude::*;

/// The log of a sum, and a bound on its error.
type LogValue = (f64, f64);

/// The density ρ̂(x) = Σ_j W_j N(x; y_j, s²I): sources y_j with log-weights log W_j, and the variance s² of the kernel.
///
/// ```
/// use wfr::kernel::{Cloud, GaussianSum};
///
/// let cloud = Cloud { dimension: 1, points: &[-1.0, 1.0], log_weights: &[0.5f64.ln(); 2] };
/// let sum = GaussianSum::new(cloud, 0.25)?;
/// // At 0 both kernels have the value e^{−2}/√(2π/4); at 100 the density is e^{−19602}/2 of that, and not zero.
/// let log_density = sum.log_density(&[0.0, 100.0], 1e-9)?;
/// let peak = -0.5 * (0.5 * std::f64::consts::PI).ln();
/// assert!((log_density.values[0] - (peak - 2.0)).abs() < log_density.bound);
/// assert!((log_density.values[1] - (peak - 19_602.0 - 2f64.ln())).abs() < log_density.bound);
/// # Ok::<(), wfr::kernel::KernelError>(())
/// ```
pub struct GaussianSum {
    sources: Sources,
}

/// log ρ̂ at the targets.
#[derive(Clone, Debug, PartialEq)]
pub struct LogDensities {
    /// log ρ̂, target by target.
    pub values: Vec<f64>,
    /// Bound on the error of each value: the tolerance or less, and what rounding may add.
    pub bound: f64,
    /// Number of targets that the interpolant served; the others were summed over a tree, over its leaves or directly.
    pub interpolated: usize,
}

/// Targets for which direct sums are faster than growing a tree first.
const FEW: usize = 16;

/// Pairs of sources and targets up to which a flat list is faster than an interpolant, for each cell of that in one, two
/// and three dimensions; measured.
const PAIRS_PER_CELL: [f64; 3] = [1e4, 1e4, 5e4];

/// Pairs up to which a flat list is faster than a tree; from 250 to 3000 points in up to ten dimensions it takes an eighth
/// to a third of its time.
const MOST_PAIRS: f64 = 4e9;

/// What sums by groups leave of the tolerance, which is ten times as much at least, to rounding.
const FOR_ROUNDING: f64 = COARSE;

/// Time of a pair in the tree, its share of the nodes included, over that of a multiplication in the interpolant; measured
/// in two and three dimensions.
const PAIR: f64 = 60.0;

/// Numbers that an interpolant may hold: 1 GiB.
const MOST_NUMBERS: f64 = 1.3e8;

impl GaussianSum {
    /// Takes the sources and the variance s².
    pub fn new(cloud: Cloud<'_>, variance: f64) -> Result<Self, KernelError> {
        Ok(Self { sources: Sources::new(cloud, variance)? })
    }

    /// log ρ̂ at `targets` (point after point), to within `tolerance`.
    pub fn log_density(&self, targets: &[f64], tolerance: f64) -> Result<LogDensities, KernelError> {
        self.evaluate(&self.sources.targets(targets)?, false, tolerance)
    }

    /// log Σ_{j ≠ i} W_j N(y_i; y_j, s²I) at every source, to within `tolerance`; −∞ at the dead, which are passed over.
    pub fn leave_one_out(&self, tolerance: f64) -> Result<LogDensities, KernelError> {
        let places = &self.sources.places;
        if let [index] = places[..] {
            return Err(KernelError::Alone { index });
        }
        let mut log_density = self.evaluate(&self.sources.points, true, tolerance)?;
        let mut values = vec![f64::NEG_INFINITY; self.sources.count_with_dead];
        for (&place, value) in places.iter().zip(&log_density.values) {
            values[place] = *value;
        }
        log_density.values = values;
        Ok(log_density)
    }

    /// Log densities at scaled points; these are the sources themselves where each is to be left out of its own sum.
    fn evaluate(&self, points: &[f64], leave_out: bool, tolerance: f64) -> Result<LogDensities, KernelError> {
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(KernelError::Tolerance { value: tolerance });
        }
        let by_groups = self.goes_by_groups(points.len() / self.sources.dimension, tolerance);
        let ((mut values, interpolated), roundings) = if by_groups {
            let Sources { dimension, points: sources, log_weights, .. } = &self.sources;
            let leaves = Leaves::new(*dimension, sources, log_weights);
            // As these are rounded more than the others, the cut-off leaves some of the tolerance to that.
            let sums = leaves.log_sums(points, leave_out, tolerance - FOR_ROUNDING);
            ((sums, 0), Roundings::GROUPS)
        } else {
            (self.log_sums(points, leave_out, tolerance), Roundings::BLOCKS)
        };
        let log_density = self.sources.log_density(&roundings);
        values.par_iter_mut().for_each(|(value, error)| {
            let (log_density, rounding) = log_density(*value);
            *error += rounding;
            *value = log_density;
        });
        let bound = values.iter().fold(0.0, |bound: f64, (_, error)| bound.max(*error));
        Ok(LogDensities { values: values.into_iter().map(|(value, _)| value).collect(), bound, interpolated })
    }

    /// Log sums and bounds on their errors, by the interpolant where it serves and over a tree or directly elsewhere, but for
    /// rounding; and how many of them the interpolant gave.
    fn log_sums(&self, points: &[f64], leave_out: bool, tolerance: f64) -> (Vec<LogValue>, usize) {
        let count = points.len() / self.sources.dimension;
        let mut sums = self.interpolated(points, leave_out, tolerance).unwrap_or_else(|| vec![None; count]);
        let open: Vec<usize> = (0..count).filter(|&i| sums[i].is_none()).collect();
        for (&i, sum) in open.iter().zip(self.summed(points, &open, leave_out, tolerance)) {
            sums[i] = Some(sum);
        }
        let known = |sum: Option<LogValue>| sum.expect("what is not interpolated is summed");
        (sums.into_iter().map(known).collect(), count - open.len())
    }

    /// Whether a flat list is the fastest for so many targets.
    fn goes_by_groups(&self, count: usize, tolerance: f64) -> bool {
        let pairs = count as f64 * self.sources.count() as f64;
        let fastest = match PAIRS_PER_CELL.get(self.sources.dimension - 1) {
            Some(pairs_per_cell) => pairs <= pairs_per_cell * self.sources.cells(),
            None => true,
        };
        // Most of the tolerance is for what is cut off.
        let coarse = tolerance >= 10.0 * COARSE;
        coarse
            && fastest
            && count > FEW
            && pairs <= MOST_PAIRS
            && count.max(self.sources.count()) <= MOST_POINTS
    }

    /// Log sums and bounds on their errors from the interpolant, where it is accurate enough; None if it does not pay.
    fn interpolated(&self, points: &[f64], leave_out: bool, tolerance: f64) -> Option<Vec<Option<LogValue>>> {
        let d = self.sources.dimension;
        let terms = Interpolant::terms(d, tolerance)?;
        let sources = Cells::new(d, &self.sources.points)?;
        // Densities are often wanted at the sources themselves.
        let apart = if *points == self.sources.points { None } else { Some(Cells::new(d, points)?) };
        let targets = apart.as_ref().unwrap_or(&sources);
        let [translations, numbers] = Interpolant::cost(d, terms, &sources, targets);
        let expansions = (targets.order.len() + sources.order.len()) as f64 * (terms as f64).powi(d as i32);
        let tree = PAIR * sources.pairs(targets, d, (-2.0 * (0.1 * tolerance.min(1.0)).ln()).sqrt());
        if numbers > MOST_NUMBERS || translations + expansions > tree {
            return None;
        }
        let weights: Vec<f64> = self.sources.log_weights.par_iter().map(|l| l.exp()).collect();
        let interpolant = Interpolant::new(d, terms, (&self.sources.points, &weights, &sources), targets);
        let mut sums = vec![None; targets.order.len()];
        for (&i, value) in targets.order.iter().zip(interpolant.values(points, targets)) {
            let i = i as usize;
            sums[i] = value.and_then(|(value, error)| {
                let rest = if leave_out { value - weights[i] } else { value };
                let relative = error / (rest - error);
                (rest > error && relative <= tolerance).then(|| (rest.ln(), relative))
            });
        }
        Some(sums)
    }

    /// Log sums at the points with these indices, over the tree or, for a few, directly.
    fn summed(&self, points: &[f64], open: &[usize], leave_out: bool, tolerance: f64) -> Vec<LogValue> {
        let Sources { dimension, points: sources, log_weights, .. } = &self.sources;
        let target = |i: usize| (&points[i * dimension..][..*dimension], leave_out.then_some(i));
        if open.len() <= FEW {
            let order: Vec<u32> = (0..log_weights.len() as u32).collect();
            let blocks = Blocks::new(*dimension, sources, log_weights, &order);
            let sum = |&i: &usize| {
                let (x, without) = target(i);
                let mut total = LogSum::new();
                blocks.add(x, 0..log_weights.len(), without, &mut total);
                total.log()
            };
            return open.par_iter().map(sum).collect();
        }
        let tree = Tree::new(*dimension, sources, log_weights);
        let sum = |pending: &mut Vec<_>, &i: &usize| {
            let (x, without) = target(i);
            tree.log_sum(x, without, tolerance, pending)
        };
        open.par_iter().map_init(Vec::new, sum).collect()
    }
}
