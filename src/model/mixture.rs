use crate::algebra::Real;
use statrs::function::erf::erfc;
use std::f64::consts::{PI, SQRT_2};
use thiserror::Error;

mod evaluate;

/// One Gaussian of a mixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its share of the mass; any positive scale.
    pub weight: f64,
    /// Mean, d entries.
    pub mean: Vec<f64>,
    /// Covariance, d rows of d.
    pub covariance: Vec<Vec<f64>>,
}

/// A normalised mixture of Gaussians on ℝᵈ.
#[derive(Clone, Debug)]
pub struct GaussianMixture {
    dimension: usize,
    components: Vec<Component>,
    forms: Vec<QuadraticForm>,
}

/// What is needed to evaluate and sample a component.
#[derive(Clone, Debug)]
struct QuadraticForm {
    /// C⁻¹, row by row.
    precision: Vec<f64>,
    /// Whether C⁻¹ has zeros off its diagonal.
    diagonal: bool,
    /// Lower Cholesky factor of C, row by row.
    factor: Vec<f64>,
    /// log(weight) − ½ log det(2πC).
    log_scale: f64,
    /// tr C⁻¹.
    trace: f64,
    /// Share of the mass in this and the earlier components.
    cumulated: f64,
}

/// Why components do not make a mixture.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum MixtureError {
    /// There is no component.
    #[error("found no component; expected at least one")]
    Empty,
    /// A mean or covariance has another dimension than the first mean.
    #[error("component {component}: found {what} of dimension {found}; expected {expected}")]
    Dimension {
        /// Which component, from 0.
        component: usize,
        /// "a mean", "a covariance" or "a covariance row".
        what: &'static str,
        /// Its dimension.
        found: usize,
        /// The right one.
        expected: usize,
    },
    /// A weight is not positive and finite.
    #[error("component {component}: found weight {weight}; expected a positive number")]
    Weight {
        /// Which component, from 0.
        component: usize,
        /// The weight.
        weight: f64,
    },
    /// An entry is NaN or infinite.
    #[error("component {component}: found an entry that is not finite")]
    NotFinite {
        /// Which component, from 0.
        component: usize,
    },
    /// The covariance is not symmetric.
    #[error(
        "component {component}: found covariance entries [{row}][{column}] = {upper} and [{column}][{row}] = {lower}; expected a symmetric matrix"
    )]
    NotSymmetric {
        /// Which component, from 0.
        component: usize,
        /// Row of the first entry.
        row: usize,
        /// Its column.
        column: usize,
        /// The first entry.
        upper: f64,
        /// The mirrored entry.
        lower: f64,
    },
    /// The covariance is not positive definite.
    #[error(
        "component {component}: found a covariance that is not positive definite (pivot {pivot:e} in row {row})"
    )]
    NotPositive {
        /// Which component, from 0.
        component: usize,
        /// Row of the failing pivot, from 0.
        row: usize,
        /// The pivot of the Cholesky factorisation.
        pivot: f64,
    },
}

impl MixtureError {
    /// The component at fault, from 0.
    pub fn component(&self) -> Option<usize> {
        match self {
            Self::Empty => None,
            Self::Dimension { component, .. }
            | Self::Weight { component, .. }
            | Self::NotFinite { component }
            | Self::NotSymmetric { component, .. }
            | Self::NotPositive { component, .. } => Some(*component),
        }
    }
}

impl GaussianMixture {
    /// The mixture of these components, their weights scaled to sum 1.
    ///
    /// # Errors
    /// If a component is no Gaussian, or dimensions differ.
    pub fn new(mut components: Vec<Component>) -> Result<Self, MixtureError> {
        let dimension = components.first().ok_or(MixtureError::Empty)?.mean.len();
        for (index, component) in components.iter().enumerate() {
            check(index, component, dimension)?;
        }
        let sum = |scale: f64| components.iter().map(|component| scale * component.weight).sum::<f64>();
        // Huge weights can have an infinite sum; a power of two then scales them without rounding.
        let scale = if sum(1.0).is_finite() { 1.0 } else { f64::MIN_POSITIVE };
        let total = sum(scale);
        let mut cumulated = 0.0;
        let mut forms = Vec::with_capacity(components.len());
        for (index, component) in components.iter_mut().enumerate() {
            component.weight = scale * component.weight / total;
            cumulated += component.weight;
            forms.push(QuadraticForm::new(index, component, cumulated)?);
        }
        Ok(Self { dimension, components, forms })
    }

    /// Dimension d of the space.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The components, with weights of sum 1.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// C⁻¹ of component `k`, row by row.
    pub fn precision(&self, k: usize) -> &[f64] {
        &self.forms[k].precision
    }

    /// log(weight) − ½ log det(2πC) of component `k`.
    pub(super) fn log_scale(&self, k: usize) -> f64 {
        self.forms[k].log_scale
    }

    /// Mean.
    pub fn mean(&self) -> Vec<f64> {
        let moment = |i: usize| self.components.iter().map(|c| c.weight * c.mean[i]).sum();
        (0..self.dimension).map(moment).collect()
    }

    /// The law of the first `count` coordinates.
    ///
    /// # Panics
    /// Unless 1 ≤ `count` ≤ d.
    pub fn leading(&self, count: usize) -> Self {
        assert!((1..=self.dimension).contains(&count), "{count} of {} coordinates", self.dimension);
        let part = |c: &Component| Component {
            weight: c.weight,
            mean: c.mean[..count].to_vec(),
            covariance: c.covariance[..count].iter().map(|row| row[..count].to_vec()).collect(),
        };
        Self::new(self.components.iter().map(part).collect()).expect("blocks of covariances are covariances")
    }

    /// Covariance.
    pub fn covariance(&self) -> Vec<Vec<f64>> {
        let mean = self.mean();
        let entry = |i: usize, j: usize| {
            let part = |c: &Component| {
                c.weight * (c.covariance[i][j] + (c.mean[i] - mean[i]) * (c.mean[j] - mean[j]))
            };
            self.components.iter().map(part).sum()
        };
        (0..self.dimension).map(|i| (0..self.dimension).map(|j| entry(i, j)).collect()).collect()
    }

    /// The place in component `k` that `normals` stand for: mean + (Cholesky factor)·normals.
    pub fn place(&self, k: usize, normals: &[f64]) -> Vec<f64> {
        let row = |i: usize| {
            let factor = &self.forms[k].factor[i * self.dimension..=i * self.dimension + i];
            factor.iter().zip(normals).fold(self.components[k].mean[i], |sum, (entry, ξ)| sum + entry * ξ)
        };
        (0..self.dimension).map(row).collect()
    }

    /// A draw: `uniform` ∈ [0, 1) chooses the component, d standard `normals` the place in it.
    pub fn sample<R: Real>(&self, uniform: R, normals: &[R], out: &mut [R]) {
        let last = self.components.len() - 1;
        for (i, out) in out.iter_mut().enumerate() {
            *out = R::zero();
            let mut below = R::zero();
            for (k, (component, form)) in self.components.iter().zip(&self.forms).enumerate() {
                let mut place = R::constant(component.mean[i]);
                for (entry, ξ) in form.factor[i * self.dimension..=i * self.dimension + i].iter().zip(normals)
                {
                    place += R::constant(*entry) * *ξ;
                }
                // 1 where the uniform falls into the shares up to this one, else 0.
                let reached = uniform.map(|u| if u < form.cumulated || k == last { 1.0 } else { 0.0 });
                *out += (reached - below) * place;
                below = reached;
            }
        }
    }

    /// Upper bound on the mass outside the box: the sum over the axes of the marginal tails, each with the
    /// relative error of `erfc` in statrs, 1e-10.
    pub fn mass_outside(&self, lower: &[f64], upper: &[f64]) -> f64 {
        let tails = |component: &Component| -> f64 {
            (0..self.dimension)
                .map(|i| {
                    let scale = SQRT_2 * component.covariance[i][i].sqrt();
                    0.5 * (erfc((component.mean[i] - lower[i]) / scale)
                        + erfc((upper[i] - component.mean[i]) / scale))
                })
                .sum()
        };
        self.components.iter().map(|component| component.weight * tails(component)).sum()
    }
}

impl QuadraticForm {
    fn new(index: usize, component: &Component, cumulated: f64) -> Result<Self, MixtureError> {
        let d = component.mean.len();
        let factor = cholesky(index, &component.covariance)?;
        // Rows of L⁻¹ by forward substitution, then C⁻¹ = L⁻ᵀL⁻¹.
        let mut inverse = vec![0.0; d * d];
        for column in 0..d {
            for i in column..d {
                let mut value = if i == column { 1.0 } else { 0.0 };
                for j in column..i {
                    value -= factor[i * d + j] * inverse[j * d + column];
                }
                inverse[i * d + column] = value / factor[i * d + i];
            }
        }
        let entry = |i: usize, j: usize| (0..d).map(|k| inverse[k * d + i] * inverse[k * d + j]).sum::<f64>();
        let precision: Vec<f64> = (0..d * d).map(|place| entry(place / d, place % d)).collect();
        let log_determinant: f64 = (0..d).map(|i| 2.0 * factor[i * d + i].ln()).sum();
        let log_scale = component.weight.ln() - 0.5 * (log_determinant + d as f64 * (2.0 * PI).ln());
        let trace = (0..d).map(|i| precision[i * d + i]).sum();
        let diagonal = (0..d * d).all(|place| place / d == place % d || precision[place] == 0.0);
        Ok(Self { precision, diagonal, factor, log_scale, trace, cumulated })
    }
}

fn check(index: usize, component: &Component, dimension: usize) -> Result<(), MixtureError> {
    let Component { weight, mean, covariance } = component;
    let wrong = |what, found| MixtureError::Dimension { component: index, what, found, expected: dimension };
    if mean.len() != dimension {
        return Err(wrong("a mean", mean.len()));
    }
    if covariance.len() != dimension {
        return Err(wrong("a covariance", covariance.len()));
    }
    if let Some(row) = covariance.iter().find(|row| row.len() != dimension) {
        return Err(wrong("a covariance row", row.len()));
    }
    if !(weight.is_finite() && *weight > 0.0) {
        return Err(MixtureError::Weight { component: index, weight: *weight });
    }
    if !mean.iter().chain(covariance.iter().flatten()).all(|entry| entry.is_finite()) {
        return Err(MixtureError::NotFinite { component: index });
    }
    for (row, entries) in covariance.iter().enumerate() {
        for (column, &upper) in entries.iter().enumerate().skip(row + 1) {
            let lower = covariance[column][row];
            if (upper - lower).abs() > 1e-12 * upper.abs().max(lower.abs()) {
                return Err(MixtureError::NotSymmetric { component: index, row, column, upper, lower });
            }
        }
    }
    Ok(())
}

/// Lower Cholesky factor, row by row. Mixtures live in few dimensions: a plain loop does.
fn cholesky(index: usize, matrix: &[Vec<f64>]) -> Result<Vec<f64>, MixtureError> {
    let d = matrix.len();
    let mut factor = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| factor[i * d + k] * factor[j * d + k]).sum();
            let value = matrix[i][j] - inner;
            if i != j {
                factor[i * d + j] = value / factor[j * d + j];
            } else if value >= f64::MIN_POSITIVE {
                // A subnormal pivot would have an infinite inverse.
                factor[i * d + i] = value.sqrt();
            } else {
                return Err(MixtureError::NotPositive { component: index, row: i, pivot: value });
            }
        }
    }
    Ok(factor)
}
