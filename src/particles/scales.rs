//! Paths that leave all scales without an overflow: a step that is too long for the steepness of the equation.

use super::{Ensemble, Motion, ParticleBreakdown};
use crate::algebra::{Lanes, Real, Scalar};
use crate::model::{Initial, Problem};
use crate::schemes::{Mala, Step, Transition};

/// Multiple of the reach of start and noise beyond which a path is looked at.
const FAR: f64 = 100.0;
/// Standard deviations of the start that are within its reach.
const DEVIATIONS: f64 = 6.0;
/// Steps, without noise, that a step is compared with.
const FINER: u32 = 64;
/// By what share of its distance from 0 a step may differ from these.
const ALLOWED: f64 = 0.5;

/// A particle that is farther out than [`FAR`] times the reach of start and noise, if a step without noise from there differs
/// from 64 shorter ones by half of its distance: paths may go far, but not by a step that the equation does not follow.
pub(super) fn runaway(
    problem: &Problem,
    ensemble: &Ensemble,
    motion: Motion<'_>,
    h: f64,
) -> Option<ParticleBreakdown> {
    if motion.scheme.name() == Transition::name(&Mala) {
        return None;
    }
    let reach = reach(problem, motion);
    // Without a start or noise of any size, there is no scale to leave.
    if reach == 0.0 || ensemble.is_within(FAR * reach) {
        return None;
    }
    let distances =
        ensemble.map(|x| x.iter().fold(Lanes::zero(), |far, x| far.zip(*x, |far, x| far.max(x.abs()))));
    let particle = (0..distances.len()).max_by(|&a, &b| distances[a].total_cmp(&distances[b]))?;
    let distance = distances[particle];
    // The last block has more particles than are asked for.
    if distance <= FAR * reach {
        return None;
    }
    let (time, position) = (ensemble.time(), ensemble.position(particle));
    let whole = silent(motion, time, h, 1, &position);
    let finer = silent(motion, time, h, FINER, &position);
    // What is no number is as far apart as can be.
    let gap = |a: f64, b: f64| Some((a - b).abs()).filter(|gap| !gap.is_nan()).unwrap_or(f64::INFINITY);
    let apart = whole.iter().zip(&finer).map(|(a, b)| gap(*a, *b)).fold(0.0, f64::max);
    let outward = |x: &[f64]| x.iter().fold(0.0f64, |far, x| far.max(x.abs())) > distance;
    let wrong = match (apart.is_finite(), finer.iter().all(|x| x.is_finite())) {
        (true, _) => apart > ALLOWED * distance,
        // The equation itself leaves the range of numbers, or so do 64 steps that are too long as well.
        (false, true) => true,
        (false, false) => outward(&whole) && points_inward(problem, motion, time, &position),
    };
    wrong.then_some(ParticleBreakdown::Stiff { time, particle, position, step: h, reach })
}

/// How far start and noise take a path: the largest coordinate of the start, and of the noise over the horizon.
fn reach(problem: &Problem, motion: Motion<'_>) -> f64 {
    let starts: Vec<(Vec<f64>, f64)> = match &problem.initial {
        Initial::Point(point) => vec![(point.clone(), 0.0)],
        Initial::Mixture(mixture) => mixture
            .components()
            .iter()
            .map(|component| {
                let widest =
                    (0..component.mean.len()).map(|k| component.covariance[k][k].sqrt()).fold(0.0, f64::max);
                (component.mean.clone(), DEVIATIONS * widest)
            })
            .collect(),
    };
    let size = |x: &[f64]| x.iter().fold(0.0f64, |far, x| far.max(x.abs()));
    let noise = |x: &[f64]| {
        let x: Vec<Lanes> = x.iter().map(|x| Lanes::constant(*x)).collect();
        let mut moved = vec![Lanes::zero(); x.len()];
        let unit = vec![Lanes::constant(1.0); motion.sde.noise_dimension()];
        motion.sde.diffuse(&Lanes::zero(), &x, &unit, &mut moved);
        let moved: Vec<f64> = moved.iter().map(|x| x.first()).filter(|x| x.is_finite()).collect();
        size(&moved) * problem.horizon.sqrt()
    };
    starts.iter().map(|(centre, width)| size(centre) + width + noise(centre)).fold(0.0, f64::max)
}

/// Where `count` steps without noise lead, which cover `h` together.
fn silent(motion: Motion<'_>, time: f64, h: f64, count: u32, position: &[f64]) -> Vec<f64> {
    let mut x: Vec<Lanes> = position.iter().map(|x| Lanes::constant(*x)).collect();
    let noise = vec![Lanes::zero(); motion.scheme.variates(motion.sde.noise_dimension()).len()];
    let mut work = vec![Lanes::zero(); motion.scheme.claims().work_vectors * x.len()];
    let step = h / f64::from(count);
    for k in 0..count {
        let step = Step::new(time + f64::from(k) * step, step);
        motion.scheme.advance(motion.sde, &step, &mut x, &noise, &mut work);
    }
    x.iter().map(|x| x.first()).collect()
}

/// Whether the drift points back to where the path came from; with momenta, whether the force does.
fn points_inward(problem: &Problem, motion: Motion<'_>, time: f64, position: &[f64]) -> bool {
    let d = problem.positions();
    let places = &position[..d];
    // At rest, the drift of the momenta is the force.
    let x = (0..position.len()).map(|k| Lanes::constant(if k < d { position[k] } else { 0.0 }));
    let x: Vec<Lanes> = x.collect();
    let mut drift = vec![Lanes::zero(); x.len()];
    motion.sde.drift(&Lanes::constant(time), &x, &mut drift);
    let force = &drift[drift.len() - d..];
    force.iter().zip(places).map(|(b, x)| b.first().signum() * x).sum::<f64>() < 0.0
}
