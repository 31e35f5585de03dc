use super::{Claims, EquationClass, NoiseClass, Reads, Sde, Step, Transition};
use crate::algebra::simd::vectorized;
use crate::algebra::{Lanes, Real, Scalar, add_scaled};
use crate::symbolic::Variate;

/// The Metropolis-adjusted Langevin algorithm: an Euler–Maruyama step Y = X + h b(X) + √(2αh) ξ, b = −α∇V, is taken with
/// probability min(1, r), r = e^{−V(Y)} q(Y, X)/(e^{−V(X)} q(X, Y)) with the normal density q of the step, and X stays
/// where it is otherwise.
///
/// It is reversible for e^{−V} at every step length, so its invariant measure has no bias. min(1, r) is not analytic in
/// √h, so there is no certificate of its order. At finite time it is of order 1 (Bou-Rabee and Hairer 2013): rejections
/// have probability O(h^{3/2}).
pub struct Mala;

impl Transition for Mala {
    fn claims(&self) -> Claims {
        Claims {
            name: "mala",
            reference: "Roberts and Tweedie 1996; Bou-Rabee and Hairer 2013, IMA J. Numer. Anal. 33, 80",
            weak_order: 1,
            invariant_order: u32::MAX,
            noise: NoiseClass::Additive,
            equation: EquationClass::Overdamped,
            chain_moments: None,
            work_vectors: 4,
        }
    }

    /// ξ, and two that make −log of a uniform variate: half of the sum of their squares is exponential.
    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![Variate::Gaussian; m + 2]
    }
}

impl Reads<Lanes> for Mala {
    /// # Panics
    /// If the equation is not overdamped Langevin dynamics: scenarios are checked for that.
    fn advance(
        &self,
        sde: &dyn Sde<Lanes>,
        step: &Step<Lanes>,
        x: &mut [Lanes],
        noise: &[Lanes],
        work: &mut [Lanes],
    ) {
        let target = sde.overdamped().expect("the adjusted step is for overdamped Langevin dynamics");
        let d = x.len();
        let (ξ, exponential) = noise.split_at(d);
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (y, b_y) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, ξ, σξ);
        y.copy_from_slice(x);
        add_scaled(y, &step.h, b);
        add_scaled(y, &step.sqrt_h, σξ);
        sde.drift(&step.t, y, b_y);
        let (α, v_x, v_y) = (target.mobility(), target.potential(x), target.potential(y));
        let ratio = scaled_log_ratio(&α, &step.h, (x, &v_x, b), (y, &v_y, b_y));
        vectorized(
            #[inline(always)]
            || {
                let four_αh = Lanes::constant(4.0) * α * step.h;
                for (x, y) in x.iter_mut().zip(y) {
                    for lane in 0..x.0.len() {
                        let [a, b] = [exponential[0].0[lane], exponential[1].0[lane]];
                        // Accepted where log r ≥ log u. A wall is not entered: V = ∞, or NaN beyond the domain of its
                        // formula, as of a logarithm. Any other NaN is one.
                        let accepted = ratio.0[lane] >= -0.5 * (a * a + b * b) * four_αh.0[lane];
                        let v = v_y.0[lane];
                        let stays = ratio.0[lane] < f64::INFINITY || v == f64::INFINITY || v.is_nan();
                        let otherwise = if stays { x.0[lane] } else { f64::NAN };
                        x.0[lane] = if accepted { y.0[lane] } else { otherwise };
                    }
                }
            },
        );
    }
}

/// 4αh log r = 4αh (V(x) − V(y)) + |y − x − h b(x)|² − |x − y − h b(y)|², from each of the two points with its potential
/// and its drift. It is antisymmetric in them, for any drift, and so e^{−V(x)} q(x, y) min(1, r) is symmetric: detailed
/// balance, since a min(1, b/a) = min(a, b).
pub fn scaled_log_ratio<S: Scalar>(
    α: &S,
    h: &S,
    (x, v_x, b_x): (&[S], &S, &[S]),
    (y, v_y, b_y): (&[S], &S, &[S]),
) -> S {
    let square = |from: &[S], to: &[S], b: &[S]| {
        from.iter().zip(to).zip(b).fold(S::zero(), |mut sum, ((from, to), b)| {
            let miss = to.clone() - from.clone() - h.clone() * b.clone();
            sum.add_product(&miss, &miss);
            sum
        })
    };
    let difference = v_x.clone() - v_y.clone();
    S::ratio(4, 1) * α.clone() * h.clone() * difference + square(x, y, b_x) - square(y, x, b_y)
}
