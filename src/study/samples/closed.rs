//! Laws in closed form: of targets that are normal or mixtures, and of flows that keep them so.

use crate::algebra::{LANES, Lanes};
use crate::exact::{Gaussian, GaussianFlow, KineticGaussianFlow};
use crate::model::{
    Component, Dynamics, Energy, GaussianMixture, Initial, Potential, Problem, ReactionReads,
};
use crate::particles::{Purpose, Stream};
use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Col, Mat, Side};
use std::f64::consts::PI;

/// The target, with the log of ∫e^{−V}.
pub fn target(problem: &Problem) -> Option<(GaussianMixture, f64)> {
    let potential = problem.dynamics.potential()?;
    let (law, log_mass) = match potential {
        Potential::Mixture(law) => (law.clone(), 0.0),
        _ if potential.is_quadratic() => {
            let (law, log_mass) = normal(potential, problem.positions())?;
            (mixture(vec![(1.0, &law)])?, log_mass)
        }
        _ => return None,
    };
    match &problem.dynamics {
        Dynamics::Kinetic(_) => {
            let d = problem.positions();
            let log_mass = log_mass + 0.5 * d as f64 * (2.0 * PI).ln();
            Some((with_momenta(&law)?, log_mass))
        }
        _ => Some((law, log_mass)),
    }
}

/// The law at the horizon.
pub fn flow(problem: &Problem) -> Option<GaussianMixture> {
    let starts: Vec<(f64, Gaussian)> = match &problem.initial {
        Initial::Point(point) => vec![(1.0, point_law(point))],
        Initial::Mixture(start) => start.components().iter().map(|own| (own.weight, gaussian(own))).collect(),
    };
    let ended: Vec<(f64, Gaussian)> = match &problem.dynamics {
        Dynamics::GradientFlow(flow) => {
            let linear = flow.reaction == 0.0;
            let keeps =
                linear || flow.energy == Energy::KullbackLeibler && flow.normalized && starts.len() == 1;
            if !keeps || !flow.potential.is_quadratic() || flow.transport == 0.0 {
                return None;
            }
            let (target, _) = normal(&flow.potential, problem.dimension())?;
            let moves = GaussianFlow { transport: flow.transport, reaction: flow.reaction, target };
            starts.into_iter().map(|(weight, law)| (weight, moves.at(&law, problem.horizon))).collect()
        }
        Dynamics::Kinetic(flow) => {
            let single = flow.reaction == 0.0 || starts.len() == 1;
            let point = matches!(problem.initial, Initial::Point(_));
            if !single || point || flow.rate().is_some() || !flow.potential.is_quadratic() {
                return None;
            }
            let (target, _) = normal(&flow.potential, problem.positions())?;
            let stiffness = target.covariance.llt(Side::Lower).ok()?.inverse();
            let reads = if flow.reaction == 0.0 { ReactionReads::Joint } else { flow.reads };
            let (friction, reaction) = (flow.friction, flow.reaction);
            let moves = KineticGaussianFlow { centre: target.mean, stiffness, friction, reaction, reads };
            starts.into_iter().map(|(weight, law)| (weight, moves.at(&law, problem.horizon))).collect()
        }
        _ => return None,
    };
    mixture(ended.iter().map(|(weight, law)| (*weight, law)).collect())
}

/// The law e^{−V}/∫e^{−V} of a quadratic V, with the log of the integral.
fn normal(potential: &Potential, d: usize) -> Option<(Gaussian, f64)> {
    let origin = vec![0.0; d];
    let (mut slope, mut entries) = (vec![0.0; d], vec![0.0; d * d]);
    potential.gradient(&origin[..], &mut slope);
    potential.hessian(&origin[..], &mut entries);
    let precision = Mat::from_fn(d, d, |i, j| 0.5 * (entries[i * d + j] + entries[j * d + i]));
    let factor = precision.llt(Side::Lower).ok()?;
    let mean: Col<f64> = factor.solve(Col::from_fn(d, |i| -slope[i]));
    let lowest: f64 = potential.value(&mean.iter().copied().collect::<Vec<_>>()[..]);
    let log_determinant: f64 = (0..d).map(|i| 2.0 * factor.L()[(i, i)].ln()).sum();
    let log_mass = 0.5 * (d as f64 * (2.0 * PI).ln() - log_determinant) - lowest;
    Some((Gaussian { mean, covariance: factor.inverse() }, log_mass))
}

fn point_law(point: &[f64]) -> Gaussian {
    Gaussian {
        mean: Col::from_fn(point.len(), |i| point[i]),
        covariance: Mat::zeros(point.len(), point.len()),
    }
}

fn gaussian(own: &Component) -> Gaussian {
    let d = own.mean.len();
    Gaussian {
        mean: Col::from_fn(d, |i| own.mean[i]),
        covariance: Mat::from_fn(d, d, |i, j| own.covariance[i][j]),
    }
}

fn mixture(laws: Vec<(f64, &Gaussian)>) -> Option<GaussianMixture> {
    let component = |(weight, law): (f64, &Gaussian)| {
        let d = law.mean.nrows();
        let entry = |i: usize, j: usize| 0.5 * (law.covariance[(i, j)] + law.covariance[(j, i)]);
        let covariance = (0..d).map(|i| (0..d).map(|j| entry(i, j)).collect()).collect();
        Component { weight, mean: law.mean.iter().copied().collect(), covariance }
    };
    GaussianMixture::new(laws.into_iter().map(component).collect()).ok()
}

/// The same law of positions, and N(0, I) of momenta.
fn with_momenta(law: &GaussianMixture) -> Option<GaussianMixture> {
    let d = law.dimension();
    let component = |own: &Component| {
        let mut mean = own.mean.clone();
        mean.resize(2 * d, 0.0);
        let entry = |i: usize, j: usize| match (i < d, j < d) {
            (true, true) => own.covariance[i][j],
            (false, false) if i == j => 1.0,
            _ => 0.0,
        };
        let covariance = (0..2 * d).map(|i| (0..2 * d).map(|j| entry(i, j)).collect()).collect();
        Component { weight: own.weight, mean, covariance }
    };
    GaussianMixture::new(law.components().iter().map(component).collect()).ok()
}

/// The law of some coordinates.
pub fn marginal(law: &GaussianMixture, axes: &[usize]) -> GaussianMixture {
    let part = |own: &Component| Component {
        weight: own.weight,
        mean: axes.iter().map(|&axis| own.mean[axis]).collect(),
        covariance: axes.iter().map(|&i| axes.iter().map(|&j| own.covariance[i][j]).collect()).collect(),
    };
    GaussianMixture::new(law.components().iter().map(part).collect()).expect("a part of a covariance is one")
}

/// The law of u·x.
pub fn projected(law: &GaussianMixture, u: &[f64]) -> GaussianMixture {
    let d = u.len();
    let part = |own: &Component| {
        let mean = (0..d).map(|i| u[i] * own.mean[i]).sum();
        let variance: f64 =
            (0..d).map(|i| (0..d).map(|j| u[i] * own.covariance[i][j] * u[j]).sum::<f64>()).sum();
        Component { weight: own.weight, mean: vec![mean], covariance: vec![vec![variance]] }
    };
    GaussianMixture::new(law.components().iter().map(part).collect()).expect("a covariance along a direction")
}

/// Independent draws of a law, `count` of them, each given to `take`; another `stream` gives others.
pub fn draws(law: &GaussianMixture, count: usize, stream: usize, mut take: impl FnMut(&[f64])) {
    const SEED: u64 = 0x5eed_0f5a_3b1e_5eed;
    let d = law.dimension();
    let mut source = Stream::new(SEED, Purpose::Paths, stream);
    let (mut normals, mut out) = (vec![Lanes([0.0; LANES]); d], vec![Lanes([0.0; LANES]); d]);
    let mut point = vec![0.0; d];
    for batch in 0..count.div_ceil(LANES) {
        let uniform = source.uniforms();
        source.normals(&mut normals);
        law.sample(uniform, &normals, &mut out);
        for lane in 0..LANES.min(count - batch * LANES) {
            point.iter_mut().zip(&out).for_each(|(x, lanes)| *x = lanes.0[lane]);
            take(&point);
        }
    }
}
