//! Stein's method: under π ∝ e^{−V}, E[Δf − ∇V·∇f] = 0 for every f that is smooth and grows no faster than π allows. No normaliser
//! and no sample of π is needed.

use super::draws::Draws;
use super::shape::{AXES, Squares, eigenvalues};
use crate::model::Potential;
use crate::statistics::QuadraticForm;
use faer::Mat;
use rayon::prelude::*;

/// −∇ log of a density, of positions and of momenta beside them if there are any.
pub struct Slope<'a> {
    potential: &'a Potential,
    momenta: bool,
}

impl<'a> Slope<'a> {
    /// That of e^{−V}, or of e^{−V(q) − |p|²/2}.
    pub fn new(potential: &'a Potential, momenta: bool) -> Self {
        Self { potential, momenta }
    }

    fn at(&self, x: &[f64], out: &mut [f64]) {
        let d = if self.momenta { x.len() / 2 } else { x.len() };
        self.potential.gradient(&x[..d], &mut out[..d]);
        out[d..].copy_from_slice(&x[d..]);
    }
}

/// Samples in units of their own spread, with the slopes there in these units.
pub struct Scaled {
    d: usize,
    places: Vec<f64>,
    slopes: Vec<f64>,
}

/// The mean and the standard deviation; where a few that are far out make that more than three times what the middle half of the
/// values has, the median and as much: in one unit with those, all others would be in one place.
fn unit(values: &[f64], draws: &Draws<'_>) -> (f64, f64) {
    /// Of the distance of the quartiles, which is 1.35 standard deviations of a normal law.
    const WIDEST: f64 = 3.0 / 1.349;
    let mean = draws.mean(values);
    let deviation = draws.mean(&values.iter().map(|x| (x - mean).powi(2)).collect::<Vec<_>>()).sqrt();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let total: f64 = order.iter().map(|&k| draws.weight(k)).sum();
    let quantile = |share: f64| {
        let mut below = 0.0;
        let place = order.iter().find(|&&k| {
            below += draws.weight(k);
            below >= share * total
        });
        place.map_or(f64::NAN, |&k| values[k])
    };
    let widest = WIDEST * (quantile(0.75) - quantile(0.25));
    if widest > 0.0 && (deviation > widest || !deviation.is_finite()) {
        (quantile(0.5), widest)
    } else {
        (mean, deviation)
    }
}

/// Lf at every sample, with the name of f.
pub type Test = (String, Vec<f64>);

impl Scaled {
    /// Of all samples; `None` if they have no spread in some direction.
    pub fn new(draws: &Draws<'_>, slope: &Slope<'_>) -> Option<Self> {
        let samples = draws.samples;
        let d = samples.dimension;
        let along = |axis: usize| samples.map(|x| x[axis]);
        let (centre, scale): (Vec<f64>, Vec<f64>) = (0..d).map(|axis| unit(&along(axis), draws)).unzip();
        if !scale.iter().all(|scale| *scale > 0.0 && scale.is_finite()) {
            return None;
        }
        let mut own = vec![0.0; d];
        let (mut places, mut slopes) =
            (Vec::with_capacity(samples.positions.len()), Vec::with_capacity(samples.positions.len()));
        for x in samples.positions.chunks_exact(d) {
            slope.at(x, &mut own);
            for axis in 0..d {
                places.push((x[axis] - centre[axis]) / scale[axis]);
                slopes.push(own[axis] * scale[axis]);
            }
        }
        Some(Self { d, places, slopes })
    }

    fn map(&self, f: impl Fn(&[f64], &[f64]) -> f64) -> Vec<f64> {
        self.places.chunks_exact(self.d).zip(self.slopes.chunks_exact(self.d)).map(|(u, g)| f(u, g)).collect()
    }

    /// Lf = Δf − ∇V·∇f for f = u, u²/2, sin u and cos u of each coordinate u, and for |u|²/2.
    pub fn tests(&self) -> Vec<Test> {
        let mut tests: Vec<Test> = Vec::new();
        for i in 0..self.d.min(AXES) {
            let name = |f: &str| format!("Stein: f = {}", f.replace('u', &format!("u{}", i + 1)));
            tests.push((name("u"), self.map(|_, g| -g[i])));
            tests.push((name("u²/2"), self.map(|u, g| 1.0 - u[i] * g[i])));
            tests.push((name("sin u"), self.map(|u, g| -u[i].sin() - g[i] * u[i].cos())));
            tests.push((name("cos u"), self.map(|u, g| -u[i].cos() + g[i] * u[i].sin())));
        }
        if self.d > 1 {
            let radial = |u: &[f64], g: &[f64]| u.iter().zip(g).map(|(u, g)| 1.0 - u * g).sum();
            tests.push(("Stein: f = |u|²/2".into(), self.map(radial)));
        }
        tests
    }

    /// The same for products of two coordinates, f = uᵢuⱼ and f = uᵢ²uⱼ²/2: of each kind that of the pair whose mean is the farthest from
    /// 0, with the number of pairs.
    pub fn products(&self, draws: &Draws<'_>) -> Vec<(Test, usize)> {
        let d = self.d.min(AXES);
        let pairs: Vec<(usize, usize)> = (0..d).flat_map(|i| (i + 1..d).map(move |j| (i, j))).collect();
        let farthest = |name: &str, f: fn([f64; 2], [f64; 2]) -> f64| {
            let values = |&(i, j): &(usize, usize)| self.map(|u, g| f([u[i], u[j]], [g[i], g[j]]));
            // In units of their own spread; errors are judged for the one that is taken.
            let distance = |pair: &(usize, usize)| {
                let values = values(pair);
                let size = draws.mean(&values.iter().map(|f| f * f).collect::<Vec<_>>()).sqrt();
                if size > 0.0 { (draws.mean(&values) / size).abs() } else { 0.0 }
            };
            let far: Vec<f64> = pairs.par_iter().map(distance).collect();
            let most = (0..pairs.len()).max_by(|&a, &b| far[a].total_cmp(&far[b]))?;
            let (i, j) = pairs[most];
            let [first, second] = [i, j].map(|axis| format!("u{}", axis + 1));
            let name = format!("Stein: f = {}", name.replace('u', &first).replace('v', &second));
            let of = if pairs.len() > 1 {
                format!(", the farthest of {} pairs", pairs.len())
            } else {
                String::new()
            };
            Some(((name + &of, values(&pairs[most])), pairs.len()))
        };
        let plain = farthest("u v", |[u, v], [g, h]| -u * h - v * g);
        let squared = farthest("u² v²/2", |[u, v], [g, h]| u * u + v * v - u * v * (g * v + h * u));
        plain.into_iter().chain(squared).collect()
    }

    /// The kernel Stein discrepancy of samples with the kernel (d + |u − v|²)^{−1/2} (Gorham and Mackey 2017), and the law of its square
    /// under π: Σ λₖ Zₖ² for the eigenvalues λₖ of the weighted kernel matrix.
    pub fn discrepancy(&self, draws: &Draws<'_>, chosen: &[usize]) -> Option<Squares> {
        let d = self.d;
        let total: f64 = chosen.iter().map(|&k| draws.weight(k)).sum();
        let row = |k: usize, own: &'_ [f64]| own[chosen[k] * d..(chosen[k] + 1) * d].to_vec();
        let places: Vec<Vec<f64>> = (0..chosen.len()).map(|k| row(k, &self.places)).collect();
        let slopes: Vec<Vec<f64>> = (0..chosen.len()).map(|k| row(k, &self.slopes)).collect();
        let kernel = |i: usize, j: usize| {
            let (u, v, g, h) = (&places[i], &places[j], &slopes[i], &slopes[j]);
            let [mut square, mut slopes, mut across] = [0.0; 3];
            for a in 0..d {
                let gap = u[a] - v[a];
                square += gap * gap;
                slopes += g[a] * h[a];
                across += (g[a] - h[a]) * gap;
            }
            let base = 1.0 / (d as f64 + square);
            let root = base.sqrt();
            // s(u)·s(v) k + s(u)·∇ᵥk + s(v)·∇ᵤk + tr ∇ᵤ∇ᵥk with s = −g.
            slopes * root - across * base * root + d as f64 * base * root - 3.0 * square * base * base * root
        };
        let weight = |k: usize| draws.weight(chosen[k]) / total;
        let n = chosen.len();
        let matrix = Mat::from_fn(n, n, |i, j| weight(i) * weight(j) * kernel(i, j));
        let statistic: f64 = (0..n).map(|j| (0..n).map(|i| matrix[(i, j)]).sum::<f64>()).sum();
        let law = QuadraticForm::new(&eigenvalues(&matrix)?);
        let found = Squares { root: statistic.max(0.0).sqrt(), allowed: 0.0, law, count: n };
        (statistic.is_finite() && !found.law.is_empty()).then_some(found)
    }
}
