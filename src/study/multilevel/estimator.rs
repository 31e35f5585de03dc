//! The algorithm of Giles (2015, Acta Numerica 24, 259–328, §3.1; arXiv 1304.5472), on antithetic levels.

use super::{LevelFindings, Multilevel, MultilevelEstimate};
use crate::model::Problem;
use crate::particles::coupled::{self, Difference, LevelSums};
use crate::particles::{BLOCK, Motion};
use crate::statistics::largest;
use crate::study::step_bias::{Levels, StepBias};

/// Blocks of paths that every level starts with.
const FIRST_BLOCKS: usize = 8;
/// Groups of blocks whose spread gives the standard error of a level's variance.
const GROUPS: usize = 32;
/// Fewest levels: two differences, so that the estimate of the bias does not hang on one.
const FEWEST_LEVELS: usize = 3;
/// Levels whose means bound the bias.
const BIAS_LEVELS: usize = 3;
/// Scheme steps between two reports of progress.
const STRETCH: usize = 20_000_000;
/// Numbers of the levels in the random streams start here, far from those of the weak-order study.
const FIRST_NUMBER: u32 = 1 << 20;

/// Why an estimate ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ending {
    /// Bias and standard error are small enough.
    Reached,
    /// The bias is not, on the last level that is allowed.
    Levels,
    /// The standard error is not, with the paths that are allowed; this many would do, on all levels.
    Paths(u64),
    /// What no path, or few, have met may add more than half of the accuracy: this much, at 95 %.
    Rare(f64),
    /// This many paths exploded, of so many, at this step.
    Unstable(f64, u64, u64),
}

/// An estimate in the making.
pub struct Estimator<'a> {
    pub problem: &'a Problem,
    pub settings: &'a Multilevel,
    pub motion: Motion<'a>,
    /// Weak order of scheme and weight together.
    pub order: u32,
    /// ε.
    pub accuracy: f64,
    pub(super) levels: Vec<Level>,
}

/// E P₀ or E P_ℓ − E P_{ℓ−1}, sampled.
#[derive(Default)]
pub(super) struct Level {
    pub(super) blocks: usize,
    pub(super) sums: LevelSums,
    /// Block b adds to the group b mod [`GROUPS`].
    groups: Vec<LevelSums>,
}

impl<'a> Estimator<'a> {
    pub fn new(
        problem: &'a Problem,
        settings: &'a Multilevel,
        motion: Motion<'a>,
        order: u32,
        accuracy: f64,
    ) -> Self {
        Self { problem, settings, motion, order, accuracy, levels: Vec::new() }
    }

    /// Adds levels until the bias is below ε/√2, with paths on each until the standard error is.
    pub fn run(&mut self, progress: &dyn Fn(f64)) -> Ending {
        loop {
            self.levels.push(Level::default());
            self.sample(progress);
            if let Some(unstable) = self.explosion() {
                return unstable;
            }
            if self.levels.len() < FEWEST_LEVELS {
                continue;
            }
            let half = 0.5f64.sqrt() * self.accuracy;
            let (_, stderr) = self.value();
            if stderr > half {
                let paths: f64 = self.wanted().iter().map(|blocks| *blocks as f64 * BLOCK as f64).sum();
                return Ending::Paths(paths as u64);
            }
            let unseen = self.unseen();
            if unseen > half {
                return Ending::Rare(unseen);
            }
            if self.bias() <= half {
                return Ending::Reached;
            }
            if self.levels.len() >= self.settings.max_levels {
                return Ending::Levels;
            }
        }
    }

    /// Steps of the (finer) path of a level.
    pub(super) fn steps(&self, level: usize) -> usize {
        self.settings.coarsest << level
    }

    /// Scheme steps of one (coupled) path: on a difference, two fine ones and a coarse one.
    fn cost(&self, level: usize) -> usize {
        if level == 0 { self.steps(0) } else { 2 * self.steps(level) + self.steps(level - 1) }
    }

    /// Blocks for each level that minimise Σ N_ℓ C_ℓ for Σ V_ℓ/N_ℓ = ε²/2: N_ℓ ∝ √(V_ℓ/C_ℓ).
    fn wanted(&self) -> Vec<usize> {
        let g = self.gradient();
        let terms = || {
            let levels = self.levels.iter().enumerate();
            levels.map(|(level, own)| (own.sums.variance(g), self.cost(level) as f64))
        };
        let total: f64 = terms().map(|(variance, cost)| (variance * cost).sqrt()).sum();
        let paths =
            |(variance, cost): (f64, f64)| 2.0 / self.accuracy.powi(2) * (variance / cost).sqrt() * total;
        let normal = |term: (f64, f64)| ((paths(term) / BLOCK as f64).ceil() as usize).max(FIRST_BLOCKS);
        terms().enumerate().map(|(level, term)| normal(term).max(self.wanted_for_rare(level))).collect()
    }

    /// Brings every level to the paths it needs, or may have. Better variances ask for other numbers: until they do not.
    fn sample(&mut self, progress: &dyn Fn(f64)) {
        let most = self.most();
        let newest = self.levels.len() - 1;
        self.extend(newest, FIRST_BLOCKS);
        loop {
            let wanted: Vec<usize> = self.wanted().into_iter().map(|blocks| blocks.min(most)).collect();
            let work = |blocks: &dyn Fn(usize) -> usize| -> f64 {
                (0..=newest).map(|level| (blocks(level) * self.cost(level)) as f64).sum()
            };
            let planned = work(&|level| wanted[level].max(self.levels[level].blocks));
            progress(work(&|level| self.levels[level].blocks) / planned);
            // The level that lags most is next, a stretch at a time.
            let open = (0..=newest).filter(|&level| self.levels[level].blocks < wanted[level]);
            let Some(next) = open.min_by(|&a, &b| {
                let done = |level: usize| self.levels[level].blocks as f64 / wanted[level] as f64;
                done(a).total_cmp(&done(b))
            }) else {
                return;
            };
            if self.explosion().is_some() {
                return;
            }
            let stretch = (STRETCH / (BLOCK * self.cost(next))).max(FIRST_BLOCKS);
            self.extend(next, stretch.min(wanted[next] - self.levels[next].blocks));
        }
    }

    /// Blocks that a level may have.
    pub(super) fn most(&self) -> usize {
        (self.settings.max_paths as usize).div_ceil(BLOCK).max(FIRST_BLOCKS)
    }

    fn extend(&mut self, level: usize, blocks: usize) {
        let paths = coupled::Level {
            problem: self.problem,
            observables: std::slice::from_ref(&self.settings.observable),
            motion: self.motion,
            steps: self.steps(level.saturating_sub(1)),
            seed: self.settings.seed,
            number: FIRST_NUMBER + level as u32,
        };
        let own = &mut self.levels[level];
        let range = own.blocks..own.blocks + blocks;
        let parts = if level == 0 { paths.single_blocks(range) } else { paths.blocks(range) };
        own.groups.resize(GROUPS, LevelSums::default());
        for part in parts {
            own.sums.merge(&part[0]);
            own.groups[own.blocks % GROUPS].merge(&part[0]);
            own.blocks += 1;
        }
    }

    fn explosion(&self) -> Option<Ending> {
        let unstable = |(level, own): (usize, &Level)| {
            let exploded = own.sums.exploded();
            let step = self.problem.horizon / self.steps(level) as f64;
            (exploded > 0).then(|| Ending::Unstable(step, exploded, own.sums.paths() + exploded))
        };
        self.levels.iter().enumerate().find_map(unstable)
    }

    /// Σ over the levels of the means of (ΔΦ, ΔW): E Φ and E W on the finest.
    pub(super) fn sums(&self) -> [f64; 2] {
        let means = self.levels.iter().map(|own| own.sums.mean());
        means.fold([0.0; 2], |sum, mean| [sum[0] + mean[0], sum[1] + mean[1]])
    }

    /// g such that gᵀ(ΔΦ, ΔW) is how a path's values move the estimate: for a ratio R = Φ/W it is (1, −R)/W (delta
    /// method).
    pub(super) fn gradient(&self) -> [f64; 2] {
        match (self.problem.normalized(), self.sums()) {
            (true, [φ, w]) => [1.0 / w, -φ / (w * w)],
            (false, _) => [1.0, 0.0],
        }
    }

    /// The estimate and its standard error.
    fn value(&self) -> (f64, f64) {
        let [φ, w] = self.sums();
        (if self.problem.normalized() { φ / w } else { φ }, self.stderr())
    }

    /// Standard error of the sum over the levels.
    fn stderr(&self) -> f64 {
        (0..self.levels.len()).map(|level| self.difference(level).stderr.powi(2)).sum::<f64>().sqrt()
    }

    /// The mean of a level's difference.
    fn mean(&self, level: usize) -> f64 {
        let (g, [φ, w]) = (self.gradient(), self.levels[level].sums.mean());
        if level == 0 && self.problem.normalized() { φ / w } else { g[0] * φ + g[1] * w }
    }

    /// Σ_{ℓ>L} 2^{−p(ℓ−L)} = 1/(2ᵖ − 1): what all finer levels would add, in units of the last.
    fn rest(&self) -> f64 {
        1.0 / (2f64.powi(self.order as i32) - 1.0)
    }

    /// Bound on the bias: the largest of what each of the last levels predicts by the weak order.
    fn bias(&self) -> f64 {
        let last = self.levels.len() - 1;
        let prediction = |back: usize| {
            0.5f64.powi((self.order as usize * back) as i32) * self.mean(last - back).abs() * self.rest()
        };
        largest((0..BIAS_LEVELS.min(last)).map(prediction)).unwrap_or(0.0)
    }

    /// The bias on the finest level, from the last two differences; without a standard error where only the mean of one is
    /// known.
    pub fn step_bias(&self) -> StepBias {
        let newest = self.levels.len() - 1;
        let levels = Levels {
            differences: [self.difference(newest - 1), self.difference(newest)],
            order: self.order as i32,
        };
        let [value, allowance, stderr] = levels.bias(2);
        let step = self.problem.horizon / self.steps(newest) as f64;
        let spread = self.levels[newest].sums.coarse_variance(self.gradient()).sqrt();
        StepBias {
            value,
            stderr,
            allowance,
            settled: levels.settled(),
            step,
            order: levels.order,
            spread,
            coupled: true,
            turn: None,
        }
    }

    /// The estimate without that bias (Richardson's extrapolation on the levels, Giles 2008), and its standard error.
    pub fn corrected(&self) -> (f64, f64) {
        let newest = self.levels.len() - 1;
        let bias = self.step_bias();
        let levels = Levels {
            differences: [self.difference(newest - 1), self.difference(newest)],
            order: self.order as i32,
        };
        let [factors, _] = levels.factors(2);
        let share = |level: usize| match newest - level {
            back @ (0 | 1) => 1.0 - factors[1 - back],
            _ => 1.0,
        };
        let variance = |level: usize| (share(level) * self.difference(level).stderr).powi(2);
        let stderr = (0..self.levels.len()).map(variance).sum::<f64>().sqrt();
        (self.value().0 - bias.value, stderr)
    }

    fn difference(&self, level: usize) -> Difference {
        let sums = &self.levels[level].sums;
        let stderr = (sums.variance(self.gradient()) / sums.paths() as f64).sqrt();
        Difference { value: self.mean(level), stderr }
    }

    /// What was found.
    pub fn findings(&self, ending: Ending) -> MultilevelEstimate {
        let (value, stderr) = self.value();
        let levels: Vec<LevelFindings> = (0..self.levels.len()).map(|level| self.level(level)).collect();
        let finest = self.levels.len() - 1;
        let single = self.levels[finest].sums.coarse_variance(self.gradient());
        MultilevelEstimate {
            accuracy: self.accuracy,
            value,
            stderr,
            bias: self.bias(),
            reached: ending == Ending::Reached,
            cost: levels.iter().map(|level| level.paths as f64 * level.cost).sum(),
            plain_cost: 2.0 * single / self.accuracy.powi(2) * self.steps(finest) as f64,
            levels,
        }
    }

    fn level(&self, level: usize) -> LevelFindings {
        let g = self.gradient();
        let Level { sums, groups, .. } = &self.levels[level];
        let variance = sums.variance(g);
        let spread: Vec<f64> =
            groups.iter().filter(|group| group.paths() > 1).map(|group| group.variance(g)).collect();
        let n = spread.len() as f64;
        let mean = spread.iter().sum::<f64>() / n;
        let square = spread.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        LevelFindings {
            step: self.problem.horizon / self.steps(level) as f64,
            paths: sums.paths(),
            mean: self.mean(level),
            mean_stderr: self.difference(level).stderr,
            variance,
            variance_stderr: (square / n).sqrt(),
            cost: self.cost(level) as f64,
        }
    }
}
