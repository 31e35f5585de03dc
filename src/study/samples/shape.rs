//! Whole distributions: Kolmogorov–Smirnov and binned χ² along lines, energy distance in the plane and above.

use super::closed;
use super::draws::{Arrangement, Draws, two_sided};
use super::law::Line;
use super::truth::{Law, Truth};
use crate::model::GaussianMixture;
use crate::particles::{Purpose, Stream};
use crate::statistics::QuadraticForm;
use faer::{Mat, Side};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

/// Axes that are looked at, at most, and random directions beside them.
pub const AXES: usize = 64;
const DIRECTIONS: usize = 4;
/// Bins of a line, at most, and expected draws in each, at least: from so many on, their squares have a χ² law far out.
const MOST_BINS: usize = 40;
const FEWEST_IN_BIN: f64 = 25.0;
const FEWEST_BINS: usize = 5;
/// Deciles at which the noise of a distribution function is measured.
const DECILES: usize = 9;
/// Draws of the law that an energy distance is from.
const REFERENCE: usize = 4000;
/// Seed of the choice of samples that are looked at.
const SEED: u64 = 0x7415;
/// Samples of statistics whose work is quadratic in their number.
pub const SUBSAMPLE: usize = 500;

/// A direction, with the law along it.
pub struct Direction {
    /// In words.
    pub name: String,
    /// u.
    pub along: Vec<f64>,
    below: Below,
}

enum Below {
    Mixture(GaussianMixture),
    Cells(Line),
}

impl Direction {
    /// F(x) of u·X.
    pub fn below(&self, x: f64) -> f64 {
        match &self.below {
            Below::Cells(line) => line.below(x),
            Below::Mixture(law) => law
                .components()
                .iter()
                .map(|own| {
                    own.weight * Normal::standard().cdf((x - own.mean[0]) / own.covariance[0][0].sqrt())
                })
                .sum(),
        }
    }

    /// What F may be off by.
    pub fn error(&self) -> f64 {
        match &self.below {
            Below::Cells(line) => line.error,
            Below::Mixture(_) => 0.0,
        }
    }
}

/// The coordinates, and random directions if the law along these is known.
pub fn directions(truth: &Truth, d: usize) -> Vec<Direction> {
    let unit = |axis: usize| (0..d).map(|i| if i == axis { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let name = |axis: usize| format!("coordinate {}", axis + 1);
    match &truth.law {
        Law::Unknown => Vec::new(),
        Law::Cells(cells) => (0..d.min(AXES))
            .map(|axis| Direction {
                name: name(axis),
                along: unit(axis),
                below: Below::Cells(cells.line(axis)),
            })
            .collect(),
        Law::Mixture(law) => {
            let mut all: Vec<(String, Vec<f64>)> =
                (0..d.min(AXES)).map(|axis| (name(axis), unit(axis))).collect();
            if d > 1 {
                // In units of the standard deviations, so that no coordinate drowns the others.
                let covariance = law.covariance();
                let isotropic = GaussianMixture::new(vec![crate::model::Component {
                    weight: 1.0,
                    mean: vec![0.0; d],
                    covariance: (0..d).map(unit).collect(),
                }]);
                closed::draws(&isotropic.expect("the identity"), DIRECTIONS, 1, |x| {
                    let size = x.iter().map(|x| x * x).sum::<f64>().sqrt();
                    let along =
                        x.iter().enumerate().map(|(i, x)| x / size / covariance[i][i].sqrt()).collect();
                    all.push((format!("random direction {}", all.len() + 1 - d.min(AXES)), along));
                });
            }
            let of = |(name, along): (String, Vec<f64>)| {
                let below = Below::Mixture(closed::projected(law, &along));
                Direction { name, along, below }
            };
            all.into_iter().map(of).collect()
        }
    }
}

/// The distance of two distribution functions.
#[derive(Clone, Debug)]
pub struct Kolmogorov {
    /// sup|F_n − F|.
    pub distance: f64,
    /// What F may be off by.
    pub allowed: f64,
    /// As many independent draws have the same noise, where it is largest.
    pub draws: f64,
    /// Degrees of freedom of that.
    pub degrees: f64,
    /// Why it is not judged.
    pub open: Option<String>,
}

impl Kolmogorov {
    /// Of the samples along a direction; `values` are F at each of them.
    pub fn of(draws: &Draws<'_>, values: &[f64], allowed: f64) -> Self {
        let n = values.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
        let (mut distance, mut sum, mut first) = (0.0f64, 0.0, 0);
        while first < n {
            let value = values[order[first]];
            let same = order[first..].iter().take_while(|&&k| values[k] == value).count();
            let mass: f64 = order[first..first + same].iter().map(|&k| draws.weight(k) / n as f64).sum();
            distance = distance.max(value - sum).max(sum + mass - value);
            sum += mass;
            first += same;
        }
        let (mut least, mut degrees, mut open) = (n as f64, f64::INFINITY, None);
        if draws.arrangement != Arrangement::Independent || draws.weights.is_some() {
            for decile in 1..=DECILES {
                let p = decile as f64 / (DECILES + 1) as f64;
                let below: Vec<f64> = values.iter().map(|v| f64::from(u8::from(*v <= p))).collect();
                let score = draws.score(&below, p, allowed, 0.0);
                if score.stderr > 0.0 {
                    least = least.min(p * (1.0 - p) / (score.stderr * score.stderr));
                    degrees = degrees.min(score.degrees);
                }
                open = open.or(score.open);
            }
        }
        Self { distance, allowed, draws: least, degrees, open }
    }

    /// What the distance exceeds with probability `level` at most (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant; wider where the
    /// noise is estimated).
    pub fn threshold(&self, level: f64) -> f64 {
        let wider = if self.degrees.is_finite() {
            two_sided(self.degrees, level) / two_sided(f64::INFINITY, level)
        } else {
            1.0
        };
        self.allowed + wider * ((2.0 / level).ln() / (2.0 * self.draws)).sqrt()
    }

    /// A distance that is found with at least this probability: where it is, the noise is that of a share, at most ½/√n.
    pub fn detectable(&self, threshold: f64, power: f64) -> f64 {
        self.allowed + threshold + Normal::standard().inverse_cdf(power) * 0.5 / self.draws.sqrt()
    }
}

/// A statistic whose law is that of a sum of weighted squares: χ² of bins, discrepancies of kernels.
#[derive(Clone, Debug)]
pub struct Squares {
    /// The root of the statistic.
    pub root: f64,
    /// What the root may be off by.
    pub allowed: f64,
    /// The law of its square.
    pub law: QuadraticForm,
    /// Samples in it.
    pub count: usize,
}

impl Squares {
    /// What the root exceeds with probability `level`.
    pub fn threshold(&self, level: f64) -> f64 {
        self.allowed + self.law.quantile(level).sqrt()
    }

    /// A root of the truth's deviation that is found with at least this probability: by the triangle inequality, noise takes no more away
    /// than its own root.
    pub fn detectable(&self, threshold: f64, power: f64) -> f64 {
        self.allowed + threshold + self.law.quantile(1.0 - power).sqrt()
    }
}

/// Bins of equal mass along a direction.
pub struct Binned {
    /// √Σ(p̂ − q)²/q, which is at least twice the total variation.
    pub squares: Squares,
    /// ½Σ|p̂ − q|.
    pub total_variation: f64,
    /// What the noise alone would make of that, on average.
    pub expected: f64,
}

/// χ² of F at samples in `chosen`, whose error is `error`; `None` if they are too few for bins.
pub fn binned(draws: &Draws<'_>, chosen: &[usize], values: &[f64], error: f64) -> Option<Binned> {
    let weights: Vec<f64> = chosen.iter().map(|&k| draws.weight(k)).collect();
    let total: f64 = weights.iter().sum();
    let ess = total * total / weights.iter().map(|w| w * w).sum::<f64>();
    let bins = MOST_BINS.min((ess / FEWEST_IN_BIN) as usize);
    if bins < FEWEST_BINS {
        return None;
    }
    let q = 1.0 / bins as f64;
    let bin = |value: f64| ((value * bins as f64) as usize).min(bins - 1);
    let (mut shares, mut squares) = (vec![0.0; bins], vec![0.0; bins]);
    for (&k, weight) in chosen.iter().zip(&weights) {
        let share = weight / total;
        shares[bin(values[k])] += share;
        squares[bin(values[k])] += share * share;
    }
    let all: f64 = squares.iter().sum();
    // Of Σ W(1_k − q), by the squares of the weights in each bin.
    let covariance = |k: usize, l: usize| {
        let own = if k == l { squares[k] } else { 0.0 };
        own - q * (squares[k] + squares[l]) + q * q * all
    };
    let law = match draws.weights {
        None => vec![1.0 / chosen.len() as f64; bins - 1],
        Some(_) => eigenvalues(&Mat::from_fn(bins, bins, |k, l| covariance(k, l) / q))?,
    };
    let root = shares.iter().map(|p| (p - q).powi(2) / q).sum::<f64>().sqrt();
    let total_variation = 0.5 * shares.iter().map(|p| (p - q).abs()).sum::<f64>();
    // E|N(0, s²)| = s √(2/π).
    let expected = 0.5
        * (0..bins).map(|k| covariance(k, k).max(0.0).sqrt()).sum::<f64>()
        * (2.0 / std::f64::consts::PI).sqrt();
    // A distribution function off by ε moves the mass of a bin by 2ε.
    let allowed = 2.0 * error * (bins as f64 / q).sqrt();
    let squares = Squares { root, allowed, law: QuadraticForm::new(&law), count: chosen.len() };
    Some(Binned { squares, total_variation, expected })
}

/// Samples that are nearly independent, at most `most`, or all of them: one in 2.5τ of chains with the autocorrelation time τ, none of
/// groups in which anything may depend. Which one of so many is chance: a fixed distance would meet the period of sequences
/// and strata that are more even than chance.
pub fn thinned(draws: &Draws<'_>, time: f64, most: usize) -> Vec<usize> {
    let (count, length) = (draws.samples.count(), draws.samples.length());
    let every = match draws.arrangement {
        Arrangement::Groups | Arrangement::Families => return Vec::new(),
        Arrangement::Independent => 1,
        Arrangement::Chains if time.is_finite() => (2.5 * time).floor().max(1.0) as usize,
        Arrangement::Chains => return Vec::new(),
    };
    let per_chain = length.div_ceil(every);
    let every = every * (per_chain * (count / length)).div_ceil(most).max(1);
    let mut chance = Stream::new(SEED, Purpose::Resampling, 0);
    let chains = (0..count).step_by(length);
    chains
        .flat_map(|start| {
            (0..length).step_by(every).map(move |first| (start + first, every.min(length - first)))
        })
        .map(|(first, among)| first + ((chance.uniform() * among as f64) as usize).min(among - 1))
        .collect()
}

/// Draws of a law, in units of its standard deviations, from which energy distances are.
pub struct Reference {
    scale: Vec<f64>,
    places: Vec<Vec<f64>>,
    /// Their mean distance from each other.
    own: f64,
}

impl Reference {
    /// Those of a law.
    pub fn of(law: &GaussianMixture) -> Self {
        let scale = law.covariance().iter().enumerate().map(|(i, row)| row[i].sqrt()).collect();
        let mut found = Self { scale, places: Vec::new(), own: 0.0 };
        let mut places = Vec::new();
        closed::draws(law, REFERENCE, 2, |x| places.push(found.scaled(x)));
        found.places = places;
        let far: Vec<f64> = found.places.par_iter().map(|x| found.distance(x)).collect();
        found.own = far.iter().sum::<f64>() / REFERENCE as f64;
        found
    }

    fn scaled(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.scale).map(|(x, s)| x / s).collect()
    }

    /// The mean distance of a place from the draws.
    fn distance(&self, x: &[f64]) -> f64 {
        self.places.iter().map(|y| distance(x, y)).sum::<f64>() / REFERENCE as f64
    }
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
}

/// The energy distance of samples from draws of the law (Székely and Rizzo 2013), with the law that it has if the samples are of it: by
/// the eigenvalues of their distances, centred by those from the draws.
pub fn energy(draws: &Draws<'_>, chosen: &[usize], reference: &Reference) -> Option<Squares> {
    let places: Vec<Vec<f64>> = chosen.iter().map(|&k| reference.scaled(draws.samples.at(k))).collect();
    let total: f64 = chosen.iter().map(|&k| draws.weight(k)).sum();
    let shares: Vec<f64> = chosen.iter().map(|&k| draws.weight(k) / total).collect();
    let means: Vec<f64> = places.iter().map(|x| reference.distance(x)).collect();
    let n = places.len();
    let centred = |i: usize, j: usize| {
        shares[i] * shares[j] * (means[i] + means[j] - distance(&places[i], &places[j]) - reference.own)
    };
    let matrix = Mat::from_fn(n, n, centred);
    let statistic: f64 = (0..n).map(|j| (0..n).map(|i| matrix[(i, j)]).sum::<f64>()).sum();
    // The draws have noise too.
    let more = 1.0 + 1.0 / (REFERENCE as f64 * shares.iter().map(|share| share * share).sum::<f64>());
    let weights: Vec<f64> = eigenvalues(&matrix)?.iter().map(|λ| more * λ).collect();
    let law = QuadraticForm::new(&weights);
    let found = Squares { root: statistic.max(0.0).sqrt(), allowed: 0.0, law, count: n };
    (!found.law.is_empty()).then_some(found)
}

/// Of a symmetric matrix.
pub fn eigenvalues(matrix: &Mat<f64>) -> Option<Vec<f64>> {
    matrix.self_adjoint_eigenvalues(Side::Lower).ok()
}
