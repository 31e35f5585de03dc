//! The noise-free witness: the expectation that a scheme itself has, without Monte-Carlo noise (d = 1 and 2).
//!
//! One step is an integral over its variates, done by a [`NoiseRule`]; the function of x that it acts on is held by
//! [`LegendrePanels`], one axis of them or two. [`Law::expectation`] iterates the step backwards from φ to the initial law. The scheme is the same generic code that samples.

mod backward;
mod dual;
mod gauss_hermite;
mod legendre;
mod line;
mod noise;
mod plane;

pub use backward::Backward;
pub use dual::{Dual, Mesh};
pub use gauss_hermite::GaussHermite;
pub use legendre::LegendrePanels;
pub use noise::{NoiseRule, variate_nodes};

use crate::algebra::{LANES, Lanes, Real};
use crate::model::{Initial, Observable, TimeDependence};
use crate::schemes::{Equation, Scheme, Sde, Step, WeightRule};
use crate::symbolic::Variate;
use thiserror::Error;

/// A scheme with its weight rule on an equation in one or two dimensions.
#[derive(Clone, Copy)]
pub struct Law<'a> {
    /// Equation with its rate.
    pub sde: &'a dyn Equation,
    /// One-step scheme.
    pub scheme: &'static dyn Scheme,
    /// Quadrature of the log-weight.
    pub weight: WeightRule,
    /// What depends on time: without any of it, all steps are one and the same operator.
    pub time: TimeDependence,
}

/// How finely the law is computed.
#[derive(Clone, Debug)]
pub struct Resolution {
    space: Space,
    /// Gauss–Hermite nodes where a step has one Gaussian variate.
    gaussian_nodes: usize,
}

/// Where the functions of the state live.
#[derive(Clone, Debug)]
enum Space {
    Line(LegendrePanels),
    Plane([LegendrePanels; 2]),
}

impl Resolution {
    /// One dimension: `panels` Legendre panels on [lower, upper] and `nodes` Gauss–Hermite nodes for the noise.
    pub fn line(lower: f64, upper: f64, panels: usize, nodes: usize) -> Self {
        let space = Space::Line(LegendrePanels::new(lower, upper, panels));
        Self { space, gaussian_nodes: nodes }
    }

    /// Two dimensions: `panels` Legendre panels along each side of the box, and `nodes` Gauss–Hermite nodes for the noise.
    pub fn plane(lower: [f64; 2], upper: [f64; 2], panels: usize, nodes: usize) -> Self {
        let axes = [0, 1].map(|axis| LegendrePanels::new(lower[axis], upper[axis], panels));
        Self { space: Space::Plane(axes), gaussian_nodes: nodes }
    }

    /// Nodes for each of `gaussians` Gaussian variates of one step. What n nodes miss is of order hⁿ, with a constant of
    /// n!/(2n)!: a few are enough where there are several.
    fn nodes(&self, gaussians: usize) -> usize {
        match gaussians {
            0 | 1 => self.gaussian_nodes,
            2 => 8,
            _ => 6,
        }
    }
}

/// Expectations under the discrete law of the scheme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// E φ(Xₙ)Wₙ.
    pub value: f64,
    /// E Wₙ.
    pub mass: f64,
    /// Weighted probability of having left the interval, where values are continued as constants.
    pub leak: f64,
}

impl Expectation {
    /// Σwφ/Σw.
    pub fn ratio(&self) -> f64 {
        self.value / self.mass
    }
}

/// The law could not be computed.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("the noise-free law is not finite: from {place:?} at time {time} the scheme gives {value}")]
pub struct LawError {
    /// Start of the step.
    pub time: f64,
    /// Where from.
    pub place: Vec<f64>,
    /// A coordinate or the weight.
    pub value: f64,
}

impl Law<'_> {
    /// E φ(Xₙ)Wₙ and E Wₙ after `steps` equal steps to `horizon`.
    ///
    /// # Errors
    /// If the scheme or its weight leaves the range of f64 from a point that counts.
    pub fn expectation(
        &self,
        resolution: &Resolution,
        initial: &Initial,
        observable: &Observable,
        horizon: f64,
        steps: usize,
    ) -> Result<Expectation, LawError> {
        self.iterate(resolution, initial, observable, horizon, steps, |_, _| ())
    }

    /// As [`Law::expectation`]; `record` sees (E φW, E W) from every point of the panels at every time k·h, the last
    /// first.
    fn iterate(
        &self,
        resolution: &Resolution,
        initial: &Initial,
        observable: &Observable,
        horizon: f64,
        steps: usize,
        mut record: impl FnMut(usize, &mut dyn Iterator<Item = [f64; 2]>),
    ) -> Result<Expectation, LawError> {
        let h = horizon / steps as f64;
        let sde: &(dyn Sde<f64> + Sync) = self.sde;
        let m = sde.noise_dimension();
        let images = Images::new(&rule(resolution, &self.scheme.variates(m)), h);
        // The output at the horizon is what the post-processing makes of the state.
        let post_rule = rule(resolution, &self.scheme.post_variates(m));
        let observed = |place: &[f64]| {
            let step = Step::new(horizon, h);
            let mut work = vec![0.0; self.scheme.claims().work_vectors * place.len()];
            let value = |(noise, ω): (&[f64], f64)| {
                let mut x = place.to_vec();
                self.scheme.post_point(sde, &step, &mut x, noise, &mut work);
                ω * observable.value(&x)
            };
            post_rule.iter().map(value).sum()
        };
        let (places, mut weights) = start(initial, resolution.gaussian_nodes);
        for (place, weight) in places.chunks_exact(sde.dimension()).zip(&mut weights) {
            *weight *= sde.log_start_weight(place).map_or(1.0, f64::exp);
        }
        let start = (&places[..], &weights[..]);
        let [value, mass, leak] = match &resolution.space {
            Space::Line(panels) => {
                let record =
                    |k, functions: &[[f64; 3]]| record(k, &mut functions.iter().map(|f| [f[0], f[1]]));
                line::iterate(self, panels, |x| observed(&[x]), &images, start, steps, record)
            }
            Space::Plane(axes) => {
                let record = |k, functions: &[[f64; 2]]| record(k, &mut functions.iter().copied());
                plane::iterate(self, axes, observed, &images, start, steps, record)
            }
        }?;
        Ok(Expectation { value, mass, leak })
    }
}

fn rule(resolution: &Resolution, variates: &[Variate]) -> NoiseRule {
    let gaussians = variates.iter().filter(|variate| **variate == Variate::Gaussian).count();
    NoiseRule::new(variates, resolution.nodes(gaussians))
}

/// Where one step of length `h` leads, by quadrature over its variates.
struct Images {
    nodes: Vec<Nodes>,
    h: f64,
}

/// Some nodes of a rule, which are as many lanes of the variates at most; in others, the last of them stands.
struct Nodes {
    noise: Vec<Lanes>,
    probabilities: Vec<f64>,
}

impl Images {
    fn new(rule: &NoiseRule, h: f64) -> Self {
        let all: Vec<(&[f64], f64)> = rule.iter().collect();
        let bundle = |nodes: &[(&[f64], f64)]| {
            let noise = |i: usize| Lanes(std::array::from_fn(|lane| nodes[lane.min(nodes.len() - 1)].0[i]));
            Nodes {
                noise: (0..nodes[0].0.len()).map(noise).collect(),
                probabilities: nodes.iter().map(|node| node.1).collect(),
            }
        };
        Self { nodes: all.chunks(LANES).map(bundle).collect(), h }
    }

    /// Places (their coordinates one after the other) and their probabilities, from x in step number `k`. `inside` moves a
    /// place into the domain, and hears of the probability with which it is reached.
    fn of(
        &self,
        law: &Law<'_>,
        k: usize,
        x: &[f64],
        mut inside: impl FnMut(&mut [f64], f64),
    ) -> Result<(Vec<f64>, Vec<f64>), LawError> {
        let t = k as f64 * self.h;
        let step = Step::new(t, self.h);
        let mut work = vec![Lanes::constant(0.0); law.scheme.claims().work_vectors * x.len()];
        let (mut places, mut probabilities) = (Vec::new(), Vec::new());
        for nodes in &self.nodes {
            let mut reached: Vec<Lanes> = x.iter().map(|x| Lanes::constant(*x)).collect();
            law.scheme.step_lanes(law.sde, &step, &mut reached, &nodes.noise, &mut work);
            for (lane, &ω) in nodes.probabilities.iter().enumerate() {
                let start = places.len();
                places.extend(reached.iter().map(|x| x.0[lane]));
                let place = &mut places[start..];
                if let Some(&value) = place.iter().find(|value| !value.is_finite()) {
                    return Err(LawError { time: t, place: x.to_vec(), value });
                }
                inside(place, ω);
                probabilities.push(ω);
            }
        }
        Ok((places, probabilities))
    }

    /// The weight of step number `k` is the product of a factor of the place where the step starts and one of the place
    /// where it ends, as any quadrature of the rate at both ends is linear in it. (The one, the other) at x.
    fn weights(&self, law: &Law<'_>, k: usize, x: &[f64]) -> Result<[f64; 2], LawError> {
        let (t, h) = (k as f64 * self.h, self.h);
        let sde: &dyn Sde<f64> = law.sde;
        let quadrature = law.weight.quadrature();
        let [first, last] = quadrature.times(&t, &h);
        let weights = [
            quadrature.log_increment(&h, [sde.rate(&first, x), 0.0]),
            quadrature.log_increment(&h, [0.0, sde.rate(&last, x)]),
        ]
        .map(f64::exp);
        match weights.iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(LawError { time: t, place: x.to_vec(), value }),
            None => Ok(weights),
        }
    }
}

/// The first failure in order, whichever thread met one first.
fn in_order<T>(found: Vec<Result<T, LawError>>) -> Result<Vec<T>, LawError> {
    found.into_iter().collect()
}

/// Places (their coordinates one after the other) and weights that stand for the initial law.
fn start(initial: &Initial, nodes: usize) -> (Vec<f64>, Vec<f64>) {
    match initial {
        Initial::Point(point) => (point.clone(), vec![1.0]),
        Initial::Mixture(mixture) => {
            let rule = NoiseRule::new(&vec![Variate::Gaussian; mixture.dimension()], nodes);
            let (mut places, mut weights) = (Vec::new(), Vec::new());
            for (k, component) in mixture.components().iter().enumerate() {
                for (ξ, ω) in rule.iter() {
                    places.extend(mixture.place(k, ξ));
                    weights.push(component.weight * ω);
                }
            }
            (places, weights)
        }
    }
}
