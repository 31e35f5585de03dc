//! The numbers of steps at which noise-free expectations are computed.

use super::WeakOrder;
use crate::model::{Problem, TimeDependence};

/// Steps of the finest level for coefficients without and with time dependence (there, the weights or the whole step
/// operator have to be computed anew at every step).
const FINEST_AUTONOMOUS: usize = 1024;
const FINEST_TIMED: usize = 256;
const FINEST_IN_THE_PLANE: usize = 64;
/// Extrapolated levels of the reference: the finest level and three coarser ones.
pub const REFERENCE_LEVELS: usize = 4;

/// Numbers of steps, rising: the study's own, their doubles (and fourfolds for extrapolation), and halvings down to the
/// finest.
pub struct StepCounts {
    counts: Vec<usize>,
    /// The largest, from which the limit is extrapolated.
    pub reference: usize,
}

impl StepCounts {
    pub fn new(problem: &Problem, settings: &WeakOrder) -> Self {
        let own = settings.steps.iter().map(|step| (problem.horizon / step).round() as usize);
        let doubles = if settings.extrapolate { 2 } else { 1 };
        let finest = match (problem.dimension(), problem.dynamics.time_dependence()) {
            (1, TimeDependence::Nothing) => FINEST_AUTONOMOUS,
            (1, _) => FINEST_TIMED,
            _ => FINEST_IN_THE_PLANE,
        };
        let mut counts: Vec<usize> = own.flat_map(|n| (0..=doubles).map(move |k| n << k)).collect();
        let mut last = counts.iter().copied().max().unwrap_or(1);
        while 2 * last <= finest {
            last *= 2;
            counts.push(last);
        }
        // The reference is extrapolated from one halving more.
        let reference = 2 * last;
        counts.push(reference);
        counts.extend((1..REFERENCE_LEVELS).map(|k| reference >> k));
        counts.sort_unstable();
        counts.dedup();
        Self { counts, reference }
    }

    /// All of them; the oracle has to record them.
    pub fn all(&self) -> &[usize] {
        &self.counts
    }

    /// Index of a number of steps.
    pub fn position(&self, steps: usize) -> Option<usize> {
        self.counts.binary_search(&steps).ok()
    }
}
