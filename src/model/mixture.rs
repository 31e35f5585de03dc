use crate::algebra::Real;
use crate::algebra::elementary;
use crate::algebra::simd::vectorized;
use statrs::function::erf::erfc;
use std::f64::consts::{PI, SQRT_2};
use thiserror::Error;

/// Coordinates, and components, that fit on the stack.
const SMALL: usize = 8;

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
    forms: Vec<Form>,
}

/// What is needed to evaluate and sample a component.
#[derive(Clone, Debug)]
struct Form {
    /// C⁻¹, row by row.
    precision: Vec<f64>,
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
            forms.push(Form::new(index, component, cumulated)?);
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

    /// Log of the density at `x`; the log-sum-exp is scaled, so far tails are right.
    pub fn log_density<R: Real>(&self, x: &[R]) -> R {
        vectorized(
            #[inline(always)]
            || match self.components[..] {
                [_] => self.log_term(0, x),
                _ => self.with_exponentials(x, |largest, total, _| largest + elementary::ln(total)),
            },
        )
    }

    /// Writes ∇ log density at `x`: Σ p_k s_k with p_k the posterior shares and s_k the scores of the
    /// components.
    pub fn score<R: Real>(&self, x: &[R], out: &mut [R]) {
        vectorized(
            #[inline(always)]
            || {
                self.with_shares(x, |shares| {
                    for (i, out) in out.iter_mut().enumerate() {
                        *out = self.mean_score(shares, x, i);
                    }
                });
            },
        );
    }

    /// Δ log density at `x`: the posterior variance of the score less the posterior mean of tr C_k⁻¹,
    /// Σ p_k (|s_k − s|² − tr C_k⁻¹). In this form nothing cancels where the scores are large.
    pub fn log_density_laplacian<R: Real>(&self, x: &[R]) -> R {
        self.with_shares(x, |shares| {
            let mut sum = R::zero();
            for (share, form) in shares.iter().zip(&self.forms) {
                sum += -(*share * R::constant(form.trace));
            }
            if shares.len() == 1 {
                return sum;
            }
            for i in 0..self.dimension {
                let mean = self.mean_score(shares, x, i);
                for (k, share) in shares.iter().enumerate() {
                    let excess = self.component_score(k, x, i) - mean;
                    sum += *share * excess * excess;
                }
            }
            sum
        })
    }

    /// Writes ∇² log density at `x`, row by row: Σ p_k ((s_k − s)(s_k − s)ᵀ − C_k⁻¹).
    pub fn log_density_hessian<R: Real>(&self, x: &[R], out: &mut [R]) {
        let d = self.dimension;
        self.with_shares(x, |shares| {
            let means: Vec<R> = (0..d).map(|i| self.mean_score(shares, x, i)).collect();
            out.fill(R::zero());
            for (k, (share, form)) in shares.iter().zip(&self.forms).enumerate() {
                let excess: Vec<R> = (0..d).map(|i| self.component_score(k, x, i) - means[i]).collect();
                for (place, entry) in out.iter_mut().enumerate() {
                    let curvature =
                        excess[place / d] * excess[place % d] - R::constant(form.precision[place]);
                    *entry += *share * curvature;
                }
            }
        });
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

    #[inline(always)]
    fn log_term<R: Real>(&self, k: usize, x: &[R]) -> R {
        let (mean, form, d) = (&self.components[k].mean, &self.forms[k], self.dimension);
        let mut quadratic = R::zero();
        if d <= SMALL {
            let mut offset = [R::zero(); SMALL];
            for i in 0..d {
                offset[i] = x[i] - R::constant(mean[i]);
            }
            for i in 0..d {
                quadratic += R::constant(form.precision[i * d + i]) * offset[i] * offset[i];
                for j in 0..i {
                    quadratic += R::constant(2.0 * form.precision[i * d + j]) * offset[i] * offset[j];
                }
            }
        } else {
            for i in 0..d {
                quadratic += -(self.component_score(k, x, i) * (x[i] - R::constant(mean[i])));
            }
        }
        R::constant(form.log_scale) - R::constant(0.5) * quadratic
    }

    /// Hands (largest log term, Σ e^{term − largest}, those exponentials) to `f`.
    #[inline(always)]
    fn with_exponentials<R: Real, T>(&self, x: &[R], f: impl FnOnce(R, R, &mut [R]) -> T) -> T {
        let count = self.components.len();
        if count <= SMALL {
            let mut terms = [R::zero(); SMALL];
            let (largest, total) = self.exponentials(x, &mut terms[..count]);
            f(largest, total, &mut terms[..count])
        } else {
            let mut terms = vec![R::zero(); count];
            let (largest, total) = self.exponentials(x, &mut terms);
            f(largest, total, &mut terms)
        }
    }

    /// Writes e^{log term − largest} of every component, and returns the largest log term and the sum.
    #[inline(always)]
    fn exponentials<R: Real>(&self, x: &[R], terms: &mut [R]) -> (R, R) {
        let mut largest = self.log_term(0, x);
        terms[0] = largest;
        for (k, term) in terms.iter_mut().enumerate().skip(1) {
            *term = self.log_term(k, x);
            largest = largest.larger(*term);
        }
        let mut total = R::zero();
        for term in terms {
            *term = elementary::exp(*term - largest);
            total += *term;
        }
        (largest, total)
    }

    /// Hands the posterior probabilities of the components at x to `f`.
    #[inline(always)]
    fn with_shares<R: Real, T>(&self, x: &[R], f: impl FnOnce(&[R]) -> T) -> T {
        if let [_] = self.components[..] {
            return f(&[R::one()]);
        }
        self.with_exponentials(x, |_, total, terms| {
            for term in terms.iter_mut() {
                *term = term.over(total);
            }
            f(terms)
        })
    }

    /// Component i of Σ p_k s_k, for the posterior `shares` p_k.
    #[inline(always)]
    fn mean_score<R: Real>(&self, shares: &[R], x: &[R], i: usize) -> R {
        let mut sum = R::zero();
        for (k, share) in shares.iter().enumerate() {
            sum += *share * self.component_score(k, x, i);
        }
        sum
    }

    /// Component i of −C⁻¹(x − m) for component k.
    #[inline(always)]
    fn component_score<R: Real>(&self, k: usize, x: &[R], i: usize) -> R {
        let (mean, precision, d) = (&self.components[k].mean, &self.forms[k].precision, self.dimension);
        let mut sum = R::zero();
        for j in 0..d {
            sum += R::constant(precision[i * d + j]) * (R::constant(mean[j]) - x[j]);
        }
        sum
    }
}

impl Form {
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
        Ok(Self { precision, factor, log_scale, trace, cumulated })
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
