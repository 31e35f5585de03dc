use super::{Component, GaussianMixture};
use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Col, Mat, Side};
use std::f64::consts::PI;

/// Components of a product beyond which it is not written out.
const MOST_TERMS: usize = 4096;

/// A Gaussian up to its normaliser: log density = log_scale + linear·x − ½ xᵀ precision x.
#[derive(Clone)]
struct Term {
    log_scale: f64,
    linear: Col<f64>,
    precision: Mat<f64>,
}

impl GaussianMixture {
    /// Π qᵢ^βᵢ as a normalised mixture, with the log of its mass. `None` where that is no mixture in closed form: a mixture
    /// of several components to a power that is no whole number ≥ 0, more than 4096 components, or no finite mass.
    pub fn power_product(factors: &[(f64, Self)]) -> Option<(Self, f64)> {
        let d = factors.first()?.1.dimension();
        let mut terms = vec![Term { log_scale: 0.0, linear: Col::zeros(d), precision: Mat::zeros(d, d) }];
        for (power, law) in factors {
            let own: Vec<Term> = (0..law.components().len()).map(|k| law.term(k)).collect();
            match &own[..] {
                [single] => terms.iter_mut().for_each(|term| term.gain(*power, single)),
                _ if power.fract() == 0.0 && *power >= 0.0 => {
                    for _ in 0..*power as usize {
                        if terms.len() * own.len() > MOST_TERMS {
                            return None;
                        }
                        let times = |term: &Term| own.iter().map(|own| term.times(own)).collect::<Vec<_>>();
                        terms = terms.iter().flat_map(times).collect();
                    }
                }
                _ => return None,
            }
        }
        let (logs, mut components): (Vec<f64>, Vec<Component>) =
            terms.iter().map(Term::normalized).collect::<Option<Vec<_>>>()?.into_iter().unzip();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (component, log) in components.iter_mut().zip(&logs) {
            component.weight = (log - largest).exp();
        }
        // Weights may vanish beside the largest one.
        components.retain(|component| component.weight > 0.0);
        let log_mass = largest + components.iter().map(|component| component.weight).sum::<f64>().ln();
        Some((Self::new(components).ok()?, log_mass))
    }

    fn term(&self, k: usize) -> Term {
        let d = self.dimension();
        let precision = Mat::from_fn(d, d, |i, j| self.precision(k)[i * d + j]);
        let mean = Col::from_fn(d, |i| self.components()[k].mean[i]);
        let linear = &precision * &mean;
        let log_scale = self.log_scale(k) - 0.5 * (mean.transpose() * &linear);
        Term { log_scale, linear, precision }
    }
}

impl Term {
    fn gain(&mut self, power: f64, other: &Self) {
        self.log_scale += power * other.log_scale;
        self.linear += faer::Scale(power) * &other.linear;
        self.precision += faer::Scale(power) * &other.precision;
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = self.clone();
        product.gain(1.0, other);
        product
    }

    /// The log of the mass, and the Gaussian of weight 1; `None` if the mass is infinite.
    fn normalized(&self) -> Option<(f64, Component)> {
        let d = self.linear.nrows();
        let factor = self.precision.llt(Side::Lower).ok()?;
        let mean = factor.solve(&self.linear);
        let inverse = factor.inverse();
        let log_determinant: f64 = (0..d).map(|i| 2.0 * factor.L()[(i, i)].ln()).sum();
        let log_mass = self.log_scale
            + 0.5 * (self.linear.transpose() * &mean)
            + 0.5 * (d as f64 * (2.0 * PI).ln() - log_determinant);
        let entry = |i: usize, j: usize| 0.5 * (inverse[(i, j)] + inverse[(j, i)]);
        let covariance = (0..d).map(|i| (0..d).map(|j| entry(i, j)).collect()).collect();
        Some((log_mass, Component { weight: 1.0, mean: mean.iter().copied().collect(), covariance }))
    }
}
