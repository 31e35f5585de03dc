//! The noise-free method: the expectation that a scheme itself has, without Monte-Carlo noise (d = 1 and 2).
//!
//! One step is an integral over its variates, done by a [`NoiseRule`]; the function of x that it acts on is held by
//! [`LegendrePanels`], one axis of them or two. [`Law::expectation`] iterates the step backwards from φ to the initial law. The scheme is the same generic code that samples.
//!
//! Belongs here: quadrature over the variates of a step, in one and two dimensions. Does not: the formulas of the steps
//! ([`crate::schemes`]), and what the expectations are held against ([`crate::study`]).

mod backward;
mod dual;
mod gauss_hermite;
mod legendre;
mod line;
mod noise;
mod plane;
mod unseen;

pub use backward::Backward;
pub use dual::{Dual, Mesh};
pub use gauss_hermite::GaussHermite;
pub use legendre::LegendrePanels;
pub use noise::{NoiseRule, variate_nodes};

use crate::algebra::{LANES, Lanes, Scalar};
use crate::model::expression::gathered;
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

    /// As [`Resolution::line`], with growing panels to the distance `far` beyond both ends, for heavy tails.
    pub fn reaching(lower: f64, upper: f64, panels: usize, far: f64, nodes: usize) -> Self {
        let space = Space::Line(LegendrePanels::reaching(lower, upper, panels, far));
        Self { space, gaussian_nodes: nodes }
    }

    /// Two dimensions: `panels` Legendre panels along each side of the box, and `nodes` Gauss–Hermite nodes for the noise.
    pub fn plane(lower: [f64; 2], upper: [f64; 2], panels: usize, nodes: usize) -> Self {
        let axes = [0, 1].map(|axis| LegendrePanels::new(lower[axis], upper[axis], panels));
        Self { space: Space::Plane(axes), gaussian_nodes: nodes }
    }

    /// The ends of the interval on a line; none in a plane.
    pub fn ends(&self) -> Vec<f64> {
        match &self.space {
            Space::Line(panels) => vec![panels.lower(), panels.upper()],
            Space::Plane(_) => Vec::new(),
        }
    }

    /// On a line with half as many panels, and in a plane the same: a derivative of order n amplifies rounding by the nth
    /// power of their number.
    pub fn for_derivatives(&self) -> Self {
        match &self.space {
            Space::Line(panels) => {
                Self { space: Space::Line(panels.halved()), gaussian_nodes: self.gaussian_nodes }
            }
            Space::Plane(_) => self.clone(),
        }
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
#[error("the noise-free expectation is not finite: from {place:?} at time {time} the scheme gives {value}")]
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
        let post_rule = self.scheme.post_variates(m).map(|variates| rule(resolution, &variates));
        let observed = |place: &[f64]| {
            let Some(post_rule) = &post_rule else { return observable.value(place) };
            let step = Step::new(horizon, h);
            let mut work = vec![0.0; self.scheme.claims().work_vectors * place.len()];
            let value = |(noise, ω): (&[f64], f64)| {
                let mut x = place.to_vec();
                self.scheme.finish(sde, &step, &mut x, noise, &mut work);
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
    /// The variates of the nodes, one after the other, m each.
    variates: Vec<f64>,
    /// The probabilities of the nodes, and so of the places that are reached from one point.
    probabilities: Vec<f64>,
    h: f64,
}

impl Images {
    fn new(rule: &NoiseRule, h: f64) -> Self {
        let variates = rule.iter().flat_map(|(node, _)| node.iter().copied()).collect();
        Self { variates, probabilities: rule.iter().map(|(_, probability)| probability).collect(), h }
    }

    /// Where step number `k` leads from each of some points: their places one after the other, as many for each as there
    /// are probabilities, all by their coordinates. `inside` moves a place into the domain, and hears of the point it comes
    /// from and of the probability with which it is reached.
    fn of(
        &self,
        law: &Law<'_>,
        k: usize,
        starts: &[f64],
        mut inside: impl FnMut(&mut [f64], usize, f64),
    ) -> Result<Vec<f64>, LawError> {
        let d = Sde::<f64>::dimension(law.sde);
        let nodes = self.probabilities.len();
        let (m, count) = (self.variates.len() / nodes, starts.len() / d * nodes);
        let t = k as f64 * self.h;
        let step = Step::new(t, self.h);
        let (mut all, mut noise) = (vec![Lanes::zero(); count.div_ceil(LANES) * d], vec![Lanes::zero(); m]);
        let mut work = vec![Lanes::zero(); law.scheme.claims().work_vectors * d];
        let sde: &dyn Sde<Lanes> = law.sde;
        gathered(count.div_ceil(LANES), |batch, _| {
            let (first, reached) = (batch * LANES, &mut all[batch * d..][..d]);
            for lane in 0..LANES {
                // Behind the last pair of a point and a node stands that one.
                let pair = (first + lane).min(count - 1);
                let (start, node) = (pair / nodes, pair % nodes);
                for (x, start) in reached.iter_mut().zip(&starts[start * d..]) {
                    x.0[lane] = *start;
                }
                for (noise, variate) in noise.iter_mut().zip(&self.variates[node * m..]) {
                    noise.0[lane] = *variate;
                }
            }
            law.scheme.advance(sde, &step, reached, &noise, &mut work);
        });
        let mut places = Vec::with_capacity(count * d);
        for (batch, reached) in all.chunks_exact(d).enumerate() {
            let first = batch * LANES;
            for pair in first..count.min(first + LANES) {
                let start = pair / nodes;
                let place = places.len();
                places.extend(reached.iter().map(|x| x.0[pair - first]));
                let place = &mut places[place..];
                if let Some(&value) = place.iter().find(|value| !value.is_finite()) {
                    return Err(LawError { time: t, place: starts[start * d..][..d].to_vec(), value });
                }
                inside(place, start, self.probabilities[pair % nodes]);
            }
        }
        Ok(places)
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

/// K functions, one after the other instead of point by point.
fn apart<const K: usize>(points: impl Iterator<Item = [f64; K]>) -> [Vec<f64>; K] {
    let mut functions = [const { Vec::new() }; K];
    for point in points {
        for (function, value) in functions.iter_mut().zip(point) {
            function.push(value);
        }
    }
    functions
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
