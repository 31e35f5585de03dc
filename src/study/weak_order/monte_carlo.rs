//! The weak order by Monte Carlo: differences between levels, their fit and the verdict.

mod verdict;

use super::{Candidate, Judged, controlled, controlled::Controlled, extrapolation};
use crate::law::Backward;
use crate::particles::coupled::{self, Difference, LevelSums};
use crate::particles::{BLOCK, Motion};
use crate::schemes::Equation;
use crate::study::fit::{Corrections, Point, PowerLaw};

/// The study ends when the 95 % interval of the order is this narrow (half).
const HALF_WIDTH: f64 = 0.2;
/// Local orders are shown where errors are beyond this many standard errors.
const RESOLVED: f64 = 4.0;
/// Differences up to here are rounding, in units of the values themselves.
const ROUNDING: f64 = 1e-13;
/// An interval that would stay wider than this (half) with all the paths that are allowed is not waited for.
const POWERLESS: f64 = 0.25;
/// Errors of so many standard deviations of Φ are those of a scheme that explodes, even if to finite values.
const FINITE: f64 = 100.0;
/// The order that noise-free expectations settle at may be off by this much.
const SETTLED: f64 = 0.1;
/// Numbers of the levels of extrapolated schemes start here: far from those of the others, whose paths are not theirs.
const EXTRAPOLATED: u32 = 1 << 16;

/// How the difference between a step and its half is sampled.
#[derive(Clone, Copy)]
enum Sampler<'a> {
    /// On the same Brownian paths.
    Coupled,
    /// Independently, by local errors along the paths.
    Controlled(&'a Backward),
}

/// What a study with a control variate needs.
pub struct Control<'a> {
    pub backward: &'a Backward,
    /// Coarse to fine.
    pub steps: Vec<f64>,
}

/// What the noise-free expectation knows.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// The difference between a number of steps and its double. Only the number of paths depends on it.
    pub difference: &'a dyn Fn(usize) -> Option<f64>,
    /// The order at which its errors settle.
    pub order: Option<f64>,
}

/// One level as it was measured.
#[derive(Clone, Copy)]
pub struct Measured {
    /// Number of coarse steps.
    pub steps: usize,
    /// Fine minus coarse.
    pub difference: Difference,
    /// The expectation with the coarse steps, without the control variate; where there is one.
    pub plain: Option<Difference>,
    /// Standard deviation over the paths with the coarse steps.
    pub deviation: f64,
}

/// The levels of a study that can be used, and those that cannot.
struct Levels<'a> {
    candidate: Candidate<'a>,
    motion: Motion<'a>,
    sampler: Sampler<'a>,
    /// Coarse to fine.
    steps: Vec<f64>,
    usable: Vec<Level>,
    /// (step, paths, exploded paths) of the levels where the scheme is unstable.
    unstable: Vec<(f64, u64, u64)>,
}

/// What was sampled for one step.
struct Level {
    number: usize,
    /// Blocks of paths.
    blocks: usize,
    /// Of steps h and h/2; for an extrapolated scheme, independently, also of h/2 and h/4.
    sums: Vec<Vec<LevelSums>>,
}

impl Level {
    fn paths(&self) -> u64 {
        self.sums.iter().flatten().map(LevelSums::paths).sum()
    }

    fn exploded(&self) -> u64 {
        self.sums.iter().flatten().map(LevelSums::exploded).sum()
    }
}

impl Sampler<'_> {
    /// Blocks of paths that every level starts with.
    fn first_blocks(self) -> usize {
        match self {
            Self::Coupled => 16,
            Self::Controlled(_) => 4,
        }
    }

    /// The most blocks of paths of a level; a path with a control variate has to be worth several others.
    fn most_blocks(self, most_paths: usize) -> usize {
        let most_paths = match self {
            Self::Coupled => most_paths,
            Self::Controlled(_) => most_paths / 8,
        };
        most_paths.div_ceil(BLOCK)
    }

    /// The sums of these blocks: one for both steps together, or one for each.
    fn run(
        self,
        level: coupled::Level<'_>,
        candidate: Candidate<'_>,
        blocks: std::ops::Range<usize>,
    ) -> Vec<LevelSums> {
        let coupled::Level { motion, steps, number, .. } = level;
        match self {
            Self::Coupled => level.run(blocks),
            Self::Controlled(backward) => [0, 1]
                .map(|half| {
                    let (steps, number) = (steps << half, 2 * number + half);
                    Controlled { candidate, motion, backward, steps, number }.run(blocks.clone())
                })
                .into(),
        }
    }

    fn difference(self, sums: &[LevelSums], normalized: bool) -> Difference {
        match (self, sums) {
            (Self::Controlled(backward), [coarse, fine]) => {
                controlled::difference(backward, [coarse, fine], normalized)
            }
            (_, sums) => sums[0].difference(normalized),
        }
    }
}

/// Measures E_{h/2} − E_h (or that of the extrapolated values) for every step h, and doubles the paths of the level that
/// promises the most until the order is known well enough or the paths are spent.
///
/// If the error is C h^p, the difference is −C(1 − 2^{−p}) h^p: a power law of the same order, without any
/// reference value. What stops the doubling is the width that the interval has around the differences as they should be,
/// which their noise does not move. Levels on which
/// paths explode have no expectation to speak of, and are left out by name.
///
/// The levels are coupled paths at `steps` where those can tell the order, and have the `control` variate where it promises
/// more, as with discrete variates: the coarse ones are no function of the fine ones. Where no coupled levels are to be
/// tried, `steps` is none.
///
/// `expected` decides how many paths are worth while, and gives reasons for orders that are not the claimed one.
pub fn judge<'a>(
    candidate: Candidate<'a>,
    equation: &'a dyn Equation,
    steps: Option<Vec<f64>>,
    control: impl FnOnce() -> Option<Control<'a>>,
    expected: Expected<'_>,
    progress: &dyn Fn(f64),
) -> (Judged, Vec<Measured>) {
    let Candidate { problem, settings, scheme, .. } = candidate;
    let motion = Motion { sde: equation, scheme, weight: candidate.weight(), weighted: problem.weighted() };
    let most_paths = settings.max_paths as usize;
    let start = |sampler: Sampler<'a>, steps: Vec<f64>| {
        let mut levels =
            Levels { candidate, motion, sampler, steps, usable: Vec::new(), unstable: Vec::new() };
        for number in 0..levels.steps.len() {
            let differences = if candidate.extrapolated { 2 } else { 1 };
            levels.usable.push(Level { number, blocks: 0, sums: vec![Vec::new(); differences] });
            levels.extend(number, sampler.first_blocks().min(sampler.most_blocks(most_paths)));
        }
        levels.drop_unstable();
        levels
    };
    let coupled = steps.map(|steps| start(Sampler::Coupled, steps));
    let attainable =
        |levels: &Levels<'_>| levels.attainable(expected, levels.sampler.most_blocks(most_paths));
    let controlled = || {
        let Control { backward, steps } = control()?;
        Some(start(Sampler::Controlled(backward), steps))
    };
    let mut levels = match coupled {
        Some(coupled) if attainable(&coupled) <= HALF_WIDTH => coupled,
        Some(coupled) => match controlled() {
            Some(controlled) if attainable(&controlled) < attainable(&coupled) => controlled,
            _ => coupled,
        },
        None => controlled().unwrap_or_else(|| start(Sampler::Coupled, settings.steps.clone())),
    };
    let hopeless = attainable(&levels) > POWERLESS;
    let most_blocks = levels.sampler.most_blocks(most_paths);
    loop {
        let now = levels.noise_free(expected);
        let width = half_width(&now);
        if hopeless || width <= HALF_WIDTH {
            break;
        }
        // By how much would the interval shrink, for the work of doubling this level?
        let gain = |place: usize| {
            let mut better = now.clone();
            better[place].stderr /= 2f64.sqrt();
            let Level { number, blocks, .. } = levels.usable[place];
            (width - half_width(&better)).max(1e-12) / (blocks * levels.steps(number)) as f64
        };
        let open = (0..levels.usable.len()).filter(|&place| 2 * levels.usable[place].blocks <= most_blocks);
        let Some(best) = open.max_by(|&a, &b| gain(a).total_cmp(&gain(b))) else { break };
        levels.extend(best, levels.usable[best].blocks);
        levels.drop_unstable();
        progress((HALF_WIDTH / width).powi(2).min(1.0));
    }
    let measured = levels.usable.iter().map(|level| levels.measured(level)).collect();
    (levels.conclude(expected), measured)
}

/// The points moved onto the power law of the claimed order that fits them best, with the standard errors that they have.
///
/// The width of the interval of the points as they are depends on where they happen to lie: it is narrow where the finest
/// difference comes out large, or where the curvature meets its bound. A study that ended there would tend to low orders,
/// in intervals that are too narrow.
fn on_claim(points: &[Point], order: f64) -> Vec<Point> {
    let power = |point: &Point| point.step.powf(order);
    let sum = |f: &dyn Fn(&Point) -> f64| -> f64 {
        points.iter().map(|point| f(point) / (point.stderr * point.stderr)).sum()
    };
    let constant = sum(&|point| point.error * power(point)) / sum(&|point| power(point).powi(2));
    points.iter().map(|point| Point { error: constant * power(point), ..*point }).collect()
}

fn half_width(points: &[Point]) -> f64 {
    PowerLaw::fit(points, Corrections::OF_STEPS).map_or(f64::INFINITY, |law| law.half_width())
}

impl Levels<'_> {
    fn steps(&self, number: usize) -> usize {
        (self.candidate.problem.horizon / self.steps[number]).round() as usize
    }

    /// E_{h/2} − E_h of the candidate.
    fn difference(&self, level: &Level) -> Difference {
        let normalized = self.candidate.problem.normalized();
        let one = |sums: &Vec<LevelSums>| self.sampler.difference(sums, normalized);
        match &level.sums[..] {
            [coarse, fine] => extrapolation::difference(self.candidate, one(coarse), one(fine)),
            sums => one(&sums[0]),
        }
    }

    /// The mean of Φ over the coarse paths, and its standard deviation.
    fn coarse(&self, level: &Level) -> (Difference, f64) {
        let coarse = &level.sums[0][0];
        let mean = coarse.coarse_mean(self.candidate.problem.normalized());
        (mean, mean.stderr * (coarse.paths() as f64).sqrt())
    }

    fn measured(&self, level: &Level) -> Measured {
        let (mean, deviation) = self.coarse(level);
        let controlled = matches!(self.sampler, Sampler::Controlled(_)) && !self.candidate.extrapolated;
        Measured {
            steps: self.steps(level.number),
            difference: self.difference(level),
            plain: controlled.then_some(mean),
            deviation,
        }
    }

    /// Adds `blocks` blocks of paths to a level.
    fn extend(&mut self, place: usize, blocks: usize) {
        let candidate = self.candidate;
        let Candidate { problem, settings, .. } = candidate;
        let steps = self.steps(self.usable[place].number);
        let level = &mut self.usable[place];
        let first = match candidate.extrapolated {
            false => level.number as u32,
            true => EXTRAPOLATED + 2 * level.number as u32,
        };
        for (halvings, own) in (0u32..).zip(&mut level.sums) {
            let coupled = coupled::Level {
                problem,
                observables: std::slice::from_ref(&settings.observable),
                motion: self.motion,
                steps: steps << halvings,
                seed: settings.seed,
                number: first + halvings,
            };
            let new = self.sampler.run(coupled, candidate, level.blocks..level.blocks + blocks);
            own.resize(new.len(), LevelSums::default());
            for (sums, new) in own.iter_mut().zip(&new) {
                sums.merge(new);
            }
        }
        level.blocks += blocks;
    }

    /// Half the width that the interval would have with `most_blocks` blocks on every level, if the differences are as
    /// expected; 0 where nothing is known of them.
    fn attainable(&self, expected: Expected<'_>, most_blocks: usize) -> f64 {
        let Some(mut points) = self.by_law(expected) else { return 0.0 };
        for (point, level) in points.iter_mut().zip(&self.usable) {
            point.stderr *= (level.blocks as f64 / most_blocks as f64).sqrt();
        }
        half_width(&points)
    }

    /// The points with the differences of the noise-free expectation; `None` where it does not know one.
    fn by_law(&self, expected: Expected<'_>) -> Option<Vec<Point>> {
        let error = |(point, level): (Point, &Level)| {
            Some(Point { error: (expected.difference)(self.steps(level.number))?, ..point })
        };
        self.points().into_iter().zip(&self.usable).map(error).collect()
    }

    /// The points with differences that have no noise: those of the law, or where it is not known those of the claim.
    fn noise_free(&self, expected: Expected<'_>) -> Vec<Point> {
        let claim = f64::from(self.candidate.claim());
        self.by_law(expected).unwrap_or_else(|| on_claim(&self.points(), claim))
    }

    /// Leaves out levels of which paths have exploded, be it to finite values: an error of many standard deviations of Φ at the finest step.
    fn drop_unstable(&mut self) {
        let scale = self.usable.last().map_or(f64::INFINITY, |finest| FINITE * self.coarse(finest).1);
        let beyond: Vec<bool> =
            self.usable.iter().map(|own| scale > 0.0 && self.difference(own).value.abs() > scale).collect();
        let numbers: Vec<usize> =
            self.usable.iter().zip(beyond).filter(|(_, beyond)| *beyond).map(|(own, _)| own.number).collect();
        let steps = &self.steps;
        for level in
            self.usable.extract_if(.., |level| level.exploded() > 0 || numbers.contains(&level.number))
        {
            let paths = level.paths() + level.exploded();
            self.unstable.push((steps[level.number], paths, level.exploded()));
        }
    }

    /// The measured differences.
    fn points(&self) -> Vec<Point> {
        let point = |level: &Level| {
            let difference = self.difference(level);
            Point { step: self.steps[level.number], error: difference.value, stderr: difference.stderr }
        };
        self.usable.iter().map(point).collect()
    }
}
