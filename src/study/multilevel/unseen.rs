//! What few paths of a level have met, or none: a spread of 0 is no certainty.

use super::estimator::Estimator;
use crate::particles::BLOCK;
use crate::statistics::clopper_pearson;

/// Paths that have to make a variance before it is one.
const FEWEST_TERMS: f64 = 30.0;
/// The bounds on what was not seen hold at confidence 1 − this.
const LEVEL: f64 = 0.05;
/// −log [`LEVEL`]: what no path of n has met has a share of this over n at most.
pub const NONE: f64 = 3.0;
/// Paths of a level that are spent on what they can not settle.
const VAIN: usize = 1 << 20;
/// Differences between levels are rounding below this share of the values.
const ROUNDING: f64 = 1e-12;

impl Estimator<'_> {
    /// What few paths have met, or none, may add to the estimate, at 95 % on each level.
    pub fn unseen(&self) -> f64 {
        (0..self.levels.len()).map(|level| self.unseen_on(level)).sum()
    }

    /// What is to be said of it.
    pub fn rare(&self) -> Option<String> {
        let unseen = self.unseen();
        let few = (0..self.levels.len()).filter(|&level| self.unseen_on(level) > 0.0).count();
        let bound = if unseen.is_finite() { format!("up to {unseen:.1e}") } else { "anything".into() };
        (unseen > 0.5f64.sqrt() * self.accuracy).then(|| {
            format!(
                "rare: on {few} of {} levels of {} fewer than {FEWEST_TERMS} paths make the variance, or none: what they have not \
                 met may add {bound} (at 95 %)",
                self.levels.len(),
                self.settings.observable.name
            )
        })
    }

    /// Blocks with which a level would have seen enough; those it has where that is beyond what it may have.
    pub fn wanted_for_rare(&self, level: usize) -> usize {
        let blocks = self.levels[level].blocks;
        let (unseen, share) = (self.unseen_on(level), self.share());
        if unseen <= share || blocks == 0 {
            return 0;
        }
        let needed = match self.events(level) {
            0.0 => NONE * self.size(level) / share / BLOCK as f64,
            events => blocks as f64 * FEWEST_TERMS / events,
        };
        let vain = needed > self.most() as f64;
        if vain && blocks * BLOCK >= VAIN { blocks } else { 2 * blocks }
    }

    /// What may be unseen on a level.
    fn share(&self) -> f64 {
        0.5f64.sqrt() * self.accuracy / self.levels.len() as f64
    }

    fn unseen_on(&self, level: usize) -> f64 {
        let paths = self.levels[level].sums.paths() as f64;
        let events = self.events(level);
        if events >= FEWEST_TERMS || paths == 0.0 {
            return 0.0;
        }
        let [_, most] = clopper_pearson(events, paths, LEVEL);
        let size = self.size(level);
        if size == 0.0 { 0.0 } else { size * (most - events / paths) }
    }

    /// Paths that make the variance of a level; 0 where it is rounding.
    fn events(&self, level: usize) -> f64 {
        let (g, sums) = (self.gradient(), &self.levels[level].sums);
        let rounding = sums.variance(g) <= ROUNDING * ROUNDING * sums.coarse_square(g);
        if rounding { 0.0 } else { sums.terms(g) }
    }

    /// How much a path that met what few have, or none, adds. What is smooth shows on every path: there a spread of 0 is one.
    fn size(&self, level: usize) -> f64 {
        let (g, sums, events) = (self.gradient(), &self.levels[level].sums, self.events(level));
        if events > 0.0 {
            return (sums.variance(g) * sums.paths() as f64 / events).sqrt();
        }
        let observable = &self.settings.observable;
        let smooth = !observable.is_rough();
        if observable.is_constant() || smooth && (level > 0 || sums.mean()[0] != 0.0) {
            return 0.0;
        }
        let everywhere = vec![[f64::NEG_INFINITY, f64::INFINITY]; self.problem.dimension()];
        let [low, high] = observable.expression().range([0.0; 2], &everywhere);
        let range = (high - low) * (g[0] * self.sums()[1]).abs();
        if range.is_finite() {
            range
        } else if level > 0 && self.events(0) >= FEWEST_TERMS {
            self.size(0)
        } else {
            f64::INFINITY
        }
    }
}
