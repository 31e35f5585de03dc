//! Blocks of coupled or single paths, step by step; several together where functions in code are called, once for all of them.

use super::{Level, LevelSums, Path};
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::model::expression::gathered;
use crate::particles::stream::Purpose;
use crate::particles::variate::{three_point, two_point};
use crate::particles::{BLOCK, Stream};
use crate::symbolic::Variate;
use rayon::prelude::*;
use std::ops::Range;

/// Blocks that share the calls of functions in code: about as many points as the particles of an ensemble.
const TOGETHER: usize = 16;

/// A batch of coupled paths, with the variates of a step: of its halves, and of the whole.
struct Coupled {
    one: Path,
    other: Path,
    coarse: Path,
    noise: [Vec<Lanes>; 3],
}

/// What the variates of a step are, and work space.
struct Drawn {
    variates: Vec<Variate>,
    increments: Vec<Option<usize>>,
    post: Vec<Variate>,
    work: Vec<Lanes>,
}

impl Level<'_> {
    /// As [`Level::run`], block by block.
    pub fn blocks(&self, blocks: Range<usize>) -> Vec<Vec<LevelSums>> {
        self.groups(blocks, |group| self.coupled(group))
    }

    /// Blocks of single paths with `steps` steps. Below them is nothing: ΔΦ and ΔW are Φ and W themselves, and the
    /// coarse path counts as 0.
    pub fn single_blocks(&self, blocks: Range<usize>) -> Vec<Vec<LevelSums>> {
        self.groups(blocks, |group| self.single(group))
    }

    fn groups(
        &self,
        blocks: Range<usize>,
        run: impl Fn(Range<usize>) -> Vec<Vec<LevelSums>> + Sync,
    ) -> Vec<Vec<LevelSums>> {
        let size = if self.motion.sde.has_code() { TOGETHER } else { 1 };
        let count = blocks.len().div_ceil(size);
        let group = |number: usize| {
            let start = blocks.start + number * size;
            run(start..blocks.end.min(start + size))
        };
        let all: Vec<Vec<Vec<LevelSums>>> = (0..count).into_par_iter().map(group).collect();
        all.into_iter().flatten().collect()
    }

    fn drawn(&self) -> Drawn {
        let variates = self.motion.scheme.variates(self.motion.sde.noise_dimension());
        Drawn {
            increments: Variate::increments(&variates),
            post: self.motion.scheme.post_variates(self.motion.sde.noise_dimension()).unwrap_or_default(),
            work: vec![Lanes::zero(); self.problem.dimension() * self.motion.scheme.claims().work_vectors],
            variates,
        }
    }

    fn streams(&self, group: Range<usize>) -> Vec<Stream> {
        group.map(|index| Stream::new(self.seed, Purpose::Coupled(self.number), index)).collect()
    }

    /// Advances the paths of all batches, `advance(batch, work)` one path, with the calls of all at once if there are any.
    fn advance(
        &self,
        paths: &mut [&mut Path],
        work: &mut [Lanes],
        step: impl Fn(&mut Path, usize, &mut [Lanes]),
    ) {
        if !self.motion.sde.has_code() {
            paths.iter_mut().enumerate().for_each(|(number, path)| step(path, number, work));
            return;
        }
        let before: Vec<Path> = paths.iter().map(|path| (*path).clone()).collect();
        gathered(paths.len(), |number, again| {
            if again {
                paths[number].copy_from(&before[number]);
            }
            step(paths[number], number, work);
        });
    }

    fn single(&self, group: Range<usize>) -> Vec<Vec<LevelSums>> {
        let Drawn { variates, post, mut work, .. } = self.drawn();
        let h = self.problem.horizon / self.steps as f64;
        let mut all = vec![vec![LevelSums::default(); self.observables.len()]; group.len()];
        let mut streams = self.streams(group);
        let mut noise = vec![vec![Lanes::zero(); variates.len()]; streams.len()];
        let mut post_noise = vec![Lanes::zero(); post.len()];
        for _ in 0..BLOCK / LANES {
            let draw = |stream: &mut Stream| Path::draw(self.problem, self.motion, stream);
            let mut paths: Vec<Path> = streams.iter_mut().map(draw).collect();
            for k in 0..self.steps {
                for (stream, noise) in streams.iter_mut().zip(&mut noise) {
                    stream.variates(&variates, noise);
                }
                let mut each: Vec<&mut Path> = paths.iter_mut().collect();
                self.advance(&mut each, &mut work, |path, number, work| {
                    path.step(self.motion, k as f64 * h, h, &noise[number], work);
                });
            }
            for ((path, stream), all) in paths.iter_mut().zip(&mut streams).zip(&mut all) {
                stream.variates(&post, &mut post_noise);
                path.post_process(self.motion, self.problem.horizon, h, &post_noise, &mut work);
                let weight = path.log_weight.map(f64::exp);
                for (sums, observable) in all.iter_mut().zip(self.observables) {
                    let φ = weight * observable.value(&path.x);
                    for (φ, w) in φ.0.into_iter().zip(weight.0) {
                        sums.push([φ, w, 0.0, 0.0]);
                    }
                }
            }
        }
        all
    }

    fn coupled(&self, group: Range<usize>) -> Vec<Vec<LevelSums>> {
        let mut drawn = self.drawn();
        let h = self.problem.horizon / self.steps as f64;
        let mut all = vec![vec![LevelSums::default(); self.observables.len()]; group.len()];
        let mut streams = self.streams(group);
        for _ in 0..BLOCK / LANES {
            let draw = |stream: &mut Stream| {
                let one = Path::draw(self.problem, self.motion, stream);
                let noise = [(); 3].map(|()| vec![Lanes::zero(); drawn.variates.len()]);
                Coupled { other: one.clone(), coarse: one.clone(), one, noise }
            };
            let mut batches: Vec<Coupled> = streams.iter_mut().map(draw).collect();
            for k in 0..self.steps {
                for (batch, stream) in batches.iter_mut().zip(&mut streams) {
                    batch.draw_noise(&drawn, stream);
                }
                self.coupled_step(&mut batches, k as f64 * h, h, &mut drawn.work);
            }
            for ((batch, stream), all) in batches.iter_mut().zip(&mut streams).zip(&mut all) {
                self.finish(batch, stream, h, &mut drawn, all);
            }
        }
        all
    }

    /// The halves of a step in either order, and the whole of it.
    fn coupled_step(&self, batches: &mut [Coupled], t: f64, h: f64, work: &mut [Lanes]) {
        let motion = self.motion;
        let noises: Vec<[Vec<Lanes>; 3]> =
            batches.iter_mut().map(|batch| std::mem::take(&mut batch.noise)).collect();
        let mut paths: Vec<&mut Path> =
            batches.iter_mut().flat_map(|Coupled { one, other, coarse, .. }| [one, other, coarse]).collect();
        self.advance(&mut paths, work, |path, number, work| {
            let [first, second, whole] = &noises[number / 3];
            let halves = match number % 3 {
                0 => [first, second],
                1 => [second, first],
                _ => return path.step(motion, t, h, whole, work),
            };
            path.step(motion, t, 0.5 * h, halves[0], work);
            path.step(motion, t + 0.5 * h, 0.5 * h, halves[1], work);
        });
        for (batch, noise) in batches.iter_mut().zip(noises) {
            batch.noise = noise;
        }
    }

    /// Adds what the paths have come to at the horizon.
    fn finish(
        &self,
        batch: &mut Coupled,
        stream: &mut Stream,
        h: f64,
        drawn: &mut Drawn,
        all: &mut [LevelSums],
    ) {
        let mut noise = vec![Lanes::zero(); drawn.post.len()];
        stream.variates(&drawn.post, &mut noise);
        let Coupled { one, other, coarse, .. } = batch;
        for (path, h) in [(&mut *one, 0.5 * h), (&mut *other, 0.5 * h), (&mut *coarse, h)] {
            path.post_process(self.motion, self.problem.horizon, h, &noise, &mut drawn.work);
        }
        let weights = [&*one, &*other, &*coarse].map(|path| path.log_weight.map(f64::exp));
        for (sums, observable) in all.iter_mut().zip(self.observables) {
            let [φ_one, φ_other, φ] = [(&one, weights[0]), (&other, weights[1]), (&coarse, weights[2])]
                .map(|(path, weight)| weight * observable.value(&path.x));
            for lane in 0..LANES {
                let [w_one, w_other, w] = weights.map(|weight| weight.0[lane]);
                let (φ_one, φ_other, φ) = (φ_one.0[lane], φ_other.0[lane], φ.0[lane]);
                sums.push([0.5 * (φ_one + φ_other) - φ, 0.5 * (w_one + w_other) - w, φ, w]);
            }
        }
    }
}

impl Coupled {
    /// Draws the variates of both halves of a step, and makes those of the whole.
    fn draw_noise(&mut self, Drawn { variates, increments, .. }: &Drawn, stream: &mut Stream) {
        let [first, second, whole] = &mut self.noise;
        stream.variates(variates, first);
        stream.variates(variates, second);
        for (j, law) in variates.iter().enumerate() {
            whole[j] = match increments[j] {
                Some(i) => coarse_area([first[i], second[i]], [first[j], second[j]]),
                None => coarse_variate(*law, first[j], second[j], stream),
            };
        }
    }
}

/// The space-time area of two halves of a step from their increments and areas, in units of the step.
fn coarse_area([ξ, υ]: [Lanes; 2], [ω, η]: [Lanes; 2]) -> Lanes {
    let share = |value: f64| Lanes::constant(value * 0.5f64.sqrt());
    share(0.25) * (ξ - υ) + share(0.5) * (ω + η)
}

/// A variate of the coarse step that has its law and goes with the two of the fine steps: their sum over √2 where that
/// is a variate, and else the value that takes the same rank, ties being broken at random.
fn coarse_variate(law: Variate, first: Lanes, second: Lanes, stream: &mut Stream) -> Lanes {
    let sum = first + second;
    // (probability of a smaller sum, of this sum)
    let place: fn(f64) -> (f64, f64) = match law {
        Variate::Gaussian | Variate::SpaceTimeArea => return Lanes::constant(0.5f64.sqrt()) * sum,
        Variate::ThreePoint => |sum| match (sum / 3f64.sqrt()).round() as i32 {
            ..=-2 => (0.0, 1.0 / 36.0),
            -1 => (1.0 / 36.0, 8.0 / 36.0),
            0 => (9.0 / 36.0, 18.0 / 36.0),
            1 => (27.0 / 36.0, 8.0 / 36.0),
            _ => (35.0 / 36.0, 1.0 / 36.0),
        },
        Variate::TwoPoint => |sum| match sum.round() as i32 {
            ..=-1 => (0.0, 0.25),
            0 => (0.25, 0.5),
            _ => (0.75, 0.25),
        },
    };
    let rank = sum.zip(stream.uniforms(), |sum, u| {
        let (below, own) = place(sum);
        below + u * own
    });
    rank.map(if law == Variate::ThreePoint { three_point } else { two_point })
}
