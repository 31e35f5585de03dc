use super::{BLOCK, Block};
use crate::algebra::LANES;
use crate::model::Problem;
use crate::particles::Motion;
use crate::particles::{ParticleSettings, step_count};

/// One particle's way through time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// The time after every step, from 0 on.
    pub times: Vec<f64>,
    /// Its position at these times: states of the chain, which some schemes post-process at the horizon.
    pub positions: Vec<Vec<f64>>,
    /// −∫c dt at these times.
    pub log_weights: Vec<f64>,
}

/// The path of particle `index` as it is without resampling and jumps, from the random stream of its block alone; it
/// ends early where it leaves the range of f64.
pub fn path(problem: &Problem, settings: &ParticleSettings, motion: Motion<'_>, index: usize) -> Path {
    let steps = step_count(problem.horizon, settings.step);
    let h = problem.horizon / steps as f64;
    let d = motion.sde.dimension();
    let (place, lane) = (index % BLOCK / LANES, index % LANES);
    let mut block = Block::new(&problem.initial, settings.seed, index / BLOCK, motion);
    let mut path = Path::default();
    for k in 0..=steps {
        if k > 0 {
            // A failure may be that of another particle of the block; this one is looked at below.
            let _ = block.advance(motion, d, h, k - 1..k, BLOCK);
        }
        let position: Vec<f64> = block.x[place * d..(place + 1) * d].iter().map(|x| x.0[lane]).collect();
        let exploded = position.iter().any(|x| !x.is_finite());
        path.times.push(k as f64 * h);
        path.positions.push(position);
        path.log_weights.push(block.log_weight[place].0[lane]);
        if exploded {
            break;
        }
    }
    path
}
