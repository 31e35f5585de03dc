use super::{Expression, Program, Variable};
use crate::algebra::{Real, elementary};

/// −log of a posterior: V(x) = V₀(x) − Σᵢ log Σₖ exp lₖ(x; yᵢ), with −log of the prior V₀ and the alternatives lₖ of the
/// log-likelihood of one datum y, such as the components of a mixture. Sums of exponentials are scaled, so that data far from
/// every component count right.
#[derive(Clone, Debug)]
pub struct Posterior {
    dimension: usize,
    alternatives: usize,
    /// Whether all lₖ have all derivatives everywhere.
    smooth: bool,
    /// The data, one row for each datum.
    rows: Vec<Vec<f64>>,
    /// lₖ, k = 1, …
    values: Program,
    /// ∂ᵢlₖ, all of the first alternative first.
    gradients: Program,
    /// ∂ᵢ∂ⱼlₖ, likewise.
    hessians: Program,
}

impl Posterior {
    /// The posterior on ℝᵈ, d = `dimension`, less its prior; the columns of `rows` are the coordinates of the formulas
    /// beyond d.
    pub fn new(alternatives: &[Expression], dimension: usize, rows: Vec<Vec<f64>>) -> Self {
        let slopes = |l: &Expression| -> Vec<Expression> {
            (0..dimension).map(|i| l.derivative(Variable::Space(i))).collect()
        };
        let gradients: Vec<Expression> = alternatives.iter().flat_map(slopes).collect();
        let hessians: Vec<Expression> = gradients.iter().flat_map(slopes).collect();
        Self {
            dimension,
            alternatives: alternatives.len(),
            smooth: alternatives.iter().all(Expression::is_smooth_everywhere),
            rows,
            values: Program::compile(alternatives),
            gradients: Program::compile(&gradients),
            hessians: Program::compile(&hessians),
        }
    }

    /// Whether the likelihood is plainly smooth everywhere.
    pub fn is_smooth(&self) -> bool {
        self.smooth
    }

    /// Whether the likelihood is that of a normal law in x.
    pub fn is_normal(&self) -> bool {
        self.alternatives == 1 && self.hessians.constants().is_some()
    }

    /// −Σᵢ log Σₖ exp lₖ(x; yᵢ).
    pub fn value<R: Real>(&self, x: &[R]) -> R {
        let mut sum = R::zero();
        self.for_each(x, |_, _, log| sum += -log);
        sum
    }

    /// Adds the gradient of that to `out`.
    pub fn add_gradient<R: Real>(&self, x: &[R], out: &mut [R]) {
        let mut slopes = vec![R::zero(); self.alternatives * self.dimension];
        self.for_each(x, |place, shares, _| {
            self.gradients.evaluate(0.0, place, &mut slopes);
            for (share, slopes) in shares.iter().zip(slopes.chunks_exact(self.dimension)) {
                for (out, slope) in out.iter_mut().zip(slopes) {
                    *out += -(*share * *slope);
                }
            }
        });
    }

    /// Adds the Hessian of that, row by row, to `out`: −Σₖ pₖ (∇²lₖ + (∇lₖ − s)(∇lₖ − s)ᵀ), s = Σₖ pₖ∇lₖ.
    pub fn add_hessian<R: Real>(&self, x: &[R], out: &mut [R]) {
        let d = self.dimension;
        let mut slopes = vec![R::zero(); self.alternatives * d];
        let mut curvatures = vec![R::zero(); self.alternatives * d * d];
        self.for_each(x, |place, shares, _| {
            self.gradients.evaluate(0.0, place, &mut slopes);
            self.hessians.evaluate(0.0, place, &mut curvatures);
            let mut mean = vec![R::zero(); d];
            for (share, slopes) in shares.iter().zip(slopes.chunks_exact(d)) {
                for (mean, slope) in mean.iter_mut().zip(slopes) {
                    *mean += *share * *slope;
                }
            }
            for (k, share) in shares.iter().enumerate() {
                for (entry, out) in out.iter_mut().enumerate() {
                    let excess = |i: usize| slopes[k * d + i] - mean[i];
                    let curvature = curvatures[k * d * d + entry] + excess(entry / d) * excess(entry % d);
                    *out += -(*share * curvature);
                }
            }
        });
    }

    /// Hands (x with the datum behind it, the shares of the alternatives, log Σₖ exp lₖ) of every datum to `f`.
    fn for_each<R: Real>(&self, x: &[R], mut f: impl FnMut(&[R], &[R], R)) {
        let columns = self.rows.first().map_or(0, Vec::len);
        let mut place = x.to_vec();
        place.resize(self.dimension + columns, R::zero());
        let mut terms = vec![R::zero(); self.alternatives];
        for row in &self.rows {
            for (coordinate, value) in place[self.dimension..].iter_mut().zip(row) {
                *coordinate = R::constant(*value);
            }
            self.values.evaluate(0.0, &place, &mut terms);
            let largest = terms.iter().skip(1).fold(terms[0], |largest, term| largest.larger(*term));
            if self.alternatives == 1 {
                f(&place, &[R::one()], largest);
                continue;
            }
            let mut total = R::zero();
            for term in &mut terms {
                *term = elementary::exp(*term - largest);
                total += *term;
            }
            for term in &mut terms {
                *term = term.over(total);
            }
            f(&place, &terms, largest + elementary::ln(total));
        }
    }
}
