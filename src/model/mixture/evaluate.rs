//! The log of the density of a mixture, and its derivatives.

use super::{Component, GaussianMixture, QuadraticForm};
use crate::algebra::simd::vectorized;
use crate::algebra::{Real, elementary};

/// Components whose terms fit on the stack.
const SMALL: usize = 8;

/// log Σ e^{term} as the largest term and Σ e^{term − largest}: far tails are right.
#[derive(Clone, Copy)]
struct LogSum<S> {
    largest: S,
    total: S,
}

/// What is made of Σ e^{term} over the components and of Σ e^{term − largest} s, s their scores.
trait Reading {
    /// Whether it reads the scores.
    const SCORES: bool;
    /// Turns the d `scores` into the result, from its first entry on.
    fn read<S: Real>(sum: LogSum<S>, scores: &mut [S]);
}

struct LogDensityReading;

impl Reading for LogDensityReading {
    const SCORES: bool = false;
    #[inline(always)]
    fn read<S: Real>(sum: LogSum<S>, scores: &mut [S]) {
        scores[0] = sum.largest + elementary::ln(sum.total);
    }
}

struct Score;

impl Reading for Score {
    const SCORES: bool = true;
    #[inline(always)]
    fn read<S: Real>(sum: LogSum<S>, scores: &mut [S]) {
        let normalizer = sum.total.inverse();
        for score in scores {
            *score = normalizer * *score;
        }
    }
}

impl GaussianMixture {
    /// Log of the density at `x`.
    pub fn log_density<R: Real>(&self, x: &[R]) -> R {
        let mut out = [R::zero()];
        self.evaluate::<R, LogDensityReading>(x, &mut out);
        out[0]
    }

    /// Writes ∇ log density at `x`: Σ p_k s_k with p_k the posterior shares and s_k the scores of the
    /// components.
    pub fn score<R: Real>(&self, x: &[R], out: &mut [R]) {
        self.evaluate::<R, Score>(x, out);
    }

    /// Δ log density at `x`: the posterior variance of the score less the posterior mean of tr C_k⁻¹,
    /// Σ p_k (|s_k − s|² − tr C_k⁻¹). In this form nothing cancels where the scores are large.
    pub fn log_density_laplacian<R: Real>(&self, x: &[R]) -> R {
        let (shares, scores, means) = self.posterior(x);
        let mut sum = R::zero();
        for ((share, form), scores) in shares.iter().zip(&self.forms).zip(scores.chunks_exact(self.dimension))
        {
            sum += -(*share * R::constant(form.trace));
            if shares.len() > 1 {
                for (score, mean) in scores.iter().zip(&means) {
                    let excess = *score - *mean;
                    sum += *share * excess * excess;
                }
            }
        }
        sum
    }

    /// Writes ∇² log density at `x`, row by row: Σ p_k ((s_k − s)(s_k − s)ᵀ − C_k⁻¹).
    pub fn log_density_hessian<R: Real>(&self, x: &[R], out: &mut [R]) {
        let d = self.dimension;
        let (shares, scores, means) = self.posterior(x);
        out.fill(R::zero());
        for ((share, form), scores) in shares.iter().zip(&self.forms).zip(scores.chunks_exact(d)) {
            let excess: Vec<R> = scores.iter().zip(&means).map(|(score, mean)| *score - *mean).collect();
            for (place, entry) in out.iter_mut().enumerate() {
                let curvature = excess[place / d] * excess[place % d] - R::constant(form.precision[place]);
                *entry += *share * curvature;
            }
        }
    }

    /// The probabilities that a point at `x` is one of each component.
    pub fn responsibilities<R: Real>(&self, x: &[R]) -> Vec<R> {
        self.posterior(x).0
    }

    /// The posterior probabilities p_k of the components at `x`, their scores s_k (component after component) and
    /// s = Σ p_k s_k.
    fn posterior<R: Real>(&self, x: &[R]) -> (Vec<R>, Vec<R>, Vec<R>) {
        let d = self.dimension;
        let [mut means, mut offset] = [(); 2].map(|()| vec![R::zero(); d]);
        let mut work = vec![R::zero(); self.work()];
        let sum = self.log_sum::<R, Score>(x, &mut offset, &mut means, &mut work);
        Score::read(sum, &mut means);
        let scores = work.split_off(self.components.len());
        (work.iter().map(|share| share.over(sum.total)).collect(), scores, means)
    }

    /// Numbers of work space that [`Self::log_sum`] needs: a share and a score for each component.
    fn work(&self) -> usize {
        self.components.len() * (1 + self.dimension)
    }

    fn evaluate<R: Real, F: Reading>(&self, x: &[R], out: &mut [R]) {
        vectorized(
            #[inline(always)]
            || match self.dimension {
                1 => self.evaluate_fused::<R, F, 1>(x, out),
                2 => self.evaluate_fused::<R, F, 2>(x, out),
                3 => self.evaluate_fused::<R, F, 3>(x, out),
                d => {
                    let [mut scores, mut offset] = [(); 2].map(|()| vec![R::zero(); d]);
                    let mut work = vec![R::zero(); self.work()];
                    let sum = self.log_sum::<R, F>(x, &mut offset, &mut scores, &mut work);
                    F::read(sum, &mut scores);
                    out.copy_from_slice(&scores[..out.len()]);
                }
            },
        );
    }

    /// In D = d dimensions, few passes over the lanes for each component: scores are calculated again rather than kept.
    #[inline(always)]
    fn evaluate_fused<R: Real, F: Reading, const D: usize>(&self, x: &[R], out: &mut [R]) {
        let x: [R; D] = std::array::from_fn(|i| x[i]);
        let x: [&R; D] = std::array::from_fn(|i| &x[i]);
        let (mut small, mut large) = ([R::zero(); SMALL], Vec::new());
        let terms = if self.components.len() <= SMALL {
            &mut small[..self.components.len()]
        } else {
            large.resize(self.components.len(), R::zero());
            &mut large
        };
        // Then its share is 1 even where its density is 0.
        let alone = self.components.len() == 1;
        let mut largest = R::constant(f64::NEG_INFINITY);
        for (term, normal) in terms.iter_mut().zip(self.normals::<D>()) {
            R::update(
                x,
                [term, &mut largest],
                #[inline(always)]
                |x, [_, largest]| {
                    let term = normal.log_term(x);
                    [term, if largest > term || largest.is_nan() { largest } else { term }]
                },
            );
        }
        let (mut total, mut scores) = (R::zero(), [R::zero(); D]);
        for (term, normal) in terms.iter_mut().zip(self.normals::<D>()) {
            // 0 where there is no number; a total of 0 tells.
            R::update(
                [&largest],
                [term, &mut total],
                #[inline(always)]
                |[largest], [term, total]| {
                    let weight = if alone { 1.0 } else { elementary::exp_of_negative(term - largest) };
                    [weight, total + weight]
                },
            );
            for (i, scores) in scores.iter_mut().enumerate().take(if F::SCORES { D } else { 0 }) {
                R::update(
                    x,
                    [scores, term],
                    #[inline(always)]
                    |x, [sum, weight]| [sum + weight * normal.score(x)[i], weight],
                );
            }
        }
        F::read(LogSum { largest, total }, &mut scores);
        out.copy_from_slice(&scores[..out.len()]);
    }

    /// The components in D = d dimensions.
    #[inline(always)]
    fn normals<const D: usize>(&self) -> impl Iterator<Item = Normal<D>> {
        self.components.iter().zip(&self.forms).map(|(component, form)| Normal::new(component, form))
    }

    /// Σ e^{term} over the components; writes the sum of their scores with the same weights, relative to the largest, if they
    /// are read, and to `work` the weights and the scores of all components.
    #[inline(always)]
    fn log_sum<S: Real, F: Reading>(
        &self,
        x: &[S],
        offset: &mut [S],
        scores: &mut [S],
        work: &mut [S],
    ) -> LogSum<S> {
        let (terms, own_scores) = work.split_at_mut(self.components.len());
        // Then its share is 1 even where its density is 0.
        let alone = self.components.len() == 1;
        let mut largest = S::constant(f64::NEG_INFINITY);
        for (k, (term, score)) in terms.iter_mut().zip(own_scores.chunks_exact_mut(x.len())).enumerate() {
            let value = self.log_term(k, x, offset, score);
            *term = value;
            largest = largest.larger(value);
        }
        let mut total = S::zero();
        for (term, score) in terms.iter_mut().zip(own_scores.chunks_exact(x.len())) {
            // 0 where there is no number; a total of 0 tells.
            let weight = if alone {
                S::one()
            } else {
                term.zip(
                    largest,
                    #[inline(always)]
                    |term, largest| elementary::exp_of_negative(term - largest),
                )
            };
            *term = weight;
            total += weight;
            if F::SCORES {
                for (sum, score) in scores.iter_mut().zip(score) {
                    sum.add_product(&weight, score);
                }
            }
        }
        LogSum { largest, total }
    }

    /// Writes the score −C⁻¹(x − m) of component `k`, and returns the log of its density times its weight; `offset` is work
    /// space.
    #[inline(always)]
    fn log_term<S: Real>(&self, k: usize, x: &[S], offset: &mut [S], score: &mut [S]) -> S {
        let (form, d) = (&self.forms[k], x.len());
        let (mean, precision) = (&self.components[k].mean[..d], &form.precision[..d * d]);
        let (offset, score) = (&mut offset[..d], &mut score[..d]);
        for i in 0..d {
            offset[i] = S::constant(mean[i]) - x[i];
        }
        for i in 0..d {
            score[i] = S::constant(precision[i * d + i]) * offset[i];
        }
        if !form.diagonal {
            for i in 0..d {
                for j in (0..i).chain(i + 1..d) {
                    score[i].add_product(&S::constant(precision[i * d + j]), &offset[j]);
                }
            }
        }
        let mut quadratic = score[0] * offset[0];
        for i in 1..d {
            quadratic.add_product(&score[i], &offset[i]);
        }
        S::constant(form.log_scale) - S::constant(0.5) * quadratic
    }
}

/// A component in D dimensions.
#[derive(Clone, Copy)]
struct Normal<const D: usize> {
    mean: [f64; D],
    precision: [[f64; D]; D],
    log_scale: f64,
}

impl<const D: usize> Normal<D> {
    #[inline(always)]
    fn new(component: &Component, form: &QuadraticForm) -> Self {
        let mut normal = Self { mean: [0.0; D], precision: [[0.0; D]; D], log_scale: form.log_scale };
        for i in 0..D {
            normal.mean[i] = component.mean[i];
            for j in 0..D {
                normal.precision[i][j] = form.precision[i * D + j];
            }
        }
        normal
    }

    #[inline(always)]
    fn offset(&self, x: [f64; D]) -> [f64; D] {
        let mut offset = [0.0; D];
        for i in 0..D {
            offset[i] = self.mean[i] - x[i];
        }
        offset
    }

    /// C⁻¹(m − x).
    #[inline(always)]
    fn score(&self, x: [f64; D]) -> [f64; D] {
        let (offset, mut score) = (self.offset(x), [0.0; D]);
        for (score, row) in score.iter_mut().zip(&self.precision) {
            for (entry, offset) in row.iter().zip(&offset) {
                *score += entry * offset;
            }
        }
        score
    }

    /// The log of its density times its weight.
    #[inline(always)]
    fn log_term(&self, x: [f64; D]) -> f64 {
        let (offset, score, mut quadratic) = (self.offset(x), self.score(x), 0.0);
        for i in 0..D {
            quadratic += score[i] * offset[i];
        }
        self.log_scale - 0.5 * quadratic
    }
}
