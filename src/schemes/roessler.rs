use super::milstein::column;
use super::platen_general::pair;
use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};
use crate::symbolic::Variate;

/// Rößler's stochastic Runge–Kutta scheme RI6: two evaluations of the drift and, for every component of the noise, five of
/// its column, however many components there are.
///
/// With ξ_k = 0 or ±√3, η_k = ±1 and the iterated integrals
/// I_kl = ½ (ξ_k ξ_l − η_k) for k < l, ½ (ξ_k ξ_l + η_l) for k > l, ½ (ξ_k² − 1) for k = l (in units of h):
///
/// H = X + h b + √h Σ_l σ_l ξ_l,
/// H_k^± = X + h b ± √h σ_k,  Ĥ_k^± = X ± √h Σ_{l≠k} σ_l I_kl,
/// X' = X + ½ h (b + b(H))
///    + √h Σ_k [½ σ_k ξ_k + ¼ (σ_k(H_k^+) + σ_k(H_k^−)) ξ_k + ½ (σ_k(H_k^+) − σ_k(H_k^−)) I_kk]
///    + √h Σ_k [−½ σ_k ξ_k + ¼ (σ_k(Ĥ_k^+) + σ_k(Ĥ_k^−)) ξ_k + ½ (σ_k(Ĥ_k^+) − σ_k(Ĥ_k^−))].
///
/// The 2m − 1 variates of a step are as published (and as in StochasticDiffEq.jl). I₁₂ and I₁₃ then share the sign η₁, so
/// that E I₁₂I₁₃ = ¼ instead of 0, and the step misses ¼h² φ''([σ₁, σ₂], [σ₁, σ₃]): weak order 2 holds for two noises, and
/// for more if they commute; else the order is 1. See [`RoesslerPairs`].
pub struct RoesslerRi6;

/// [`RoesslerRi6`] with an independent sign V_kl for each pair of noises, as in Platen's schemes: I_kl = ½ (ξ_k ξ_l − V_kl),
/// V_lk = −V_kl. Weak order 2 for any noise; m(m + 1)/2 variates a step. For two noises it is RI6.
pub struct RoesslerPairs;

impl OneStep for RoesslerRi6 {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "roessler-ri6",
            reference: "Rößler 2009, SIAM J. Numer. Anal. 47, 1713, table 5.2",
            weak_order: 2,
            invariant_order: 2,
            noise: NoiseClass::Pair,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 4,
        }
    }

    /// ξ₁ … ξ_m, then η₁ … η_{m−1}.
    fn variates(&self, m: usize) -> Vec<Variate> {
        let signs = std::iter::repeat_n(Variate::TwoPoint, m - 1);
        std::iter::repeat_n(Variate::ThreePoint, m).chain(signs).collect()
    }

    #[inline(always)]
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (ξ, η) = noise.split_at(sde.noise_dimension());
        let sign = |k: usize, l: usize| if k < l { η[k].clone() } else { -η[l].clone() };
        advance(sde, step, x, ξ, sign, work);
    }
}

impl OneStep for RoesslerPairs {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "roessler-pairs",
            reference: "Rößler 2009, SIAM J. Numer. Anal. 47, 1713, table 5.2, with the signs of Kloeden and Platen 1992, (15.1.3)",
            noise: NoiseClass::General,
            ..OneStep::claims(&RoesslerRi6)
        }
    }

    /// ξ₁ … ξ_m, then V_kl for k < l, row by row.
    fn variates(&self, m: usize) -> Vec<Variate> {
        let pairs = std::iter::repeat_n(Variate::TwoPoint, m * (m - 1) / 2);
        std::iter::repeat_n(Variate::ThreePoint, m).chain(pairs).collect()
    }

    #[inline(always)]
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let m = sde.noise_dimension();
        let (ξ, pairs) = noise.split_at(m);
        advance(sde, step, x, ξ, |k, l| pair(pairs, m, k, l), work);
    }
}

/// The step with `sign`(k, l) = V_kl = −V_lk for k ≠ l.
#[inline(always)]
fn advance<S: Scalar>(
    sde: &(impl Sde<S> + ?Sized),
    step: &Step<S>,
    x: &mut [S],
    ξ: &[S],
    sign_of: impl Fn(usize, usize) -> S,
    work: &mut [S],
) {
    let (d, m) = (x.len(), ξ.len());
    let (b, work) = work.split_at_mut(d);
    let (σ, work) = work.split_at_mut(d);
    let (place, value) = work.split_at_mut(d);
    let start = x.to_vec();
    let end = step.end();
    let half = || S::ratio(1, 2);
    let quarter_root = S::ratio(1, 4) * step.sqrt_h.clone();

    sde.drift(&step.t, &start, b);
    sde.diffuse(&step.t, &start, ξ, σ);
    place.clone_from_slice(&start);
    add_scaled(place, &step.h, b);
    add_scaled(place, &step.sqrt_h, σ);
    sde.drift(&end, place, value);
    add_scaled(x, &(half() * step.h.clone()), b);
    add_scaled(x, &(half() * step.h.clone()), value);
    // The terms ±½ σ_k ξ_k of the two lines cancel.

    let integral = |k: usize, l: usize| {
        let product = ξ[k].clone() * ξ[l].clone();
        half() * (product - if k == l { S::one() } else { sign_of(k, l) })
    };
    let two = S::ratio(2, 1);
    for (k, ξ_k) in ξ.iter().enumerate() {
        for sign in [1, -1] {
            let signed_root = S::ratio(sign, 1) * step.sqrt_h.clone();
            let mut add = |t: &S, place: &[S], factor: S| {
                let factors: Vec<S> =
                    (0..m).map(|j| if j == k { factor.clone() } else { S::zero() }).collect();
                sde.diffuse(t, place, &factors, value);
                add_scaled(x, &quarter_root, value);
            };
            column(sde, &step.t, &start, k, m, σ);
            place.clone_from_slice(&start);
            add_scaled(place, &step.h, b);
            add_scaled(place, &signed_root, σ);
            add(&end, place, ξ_k.clone() + S::ratio(sign, 1) * two.clone() * integral(k, k));

            let others: Vec<S> = (0..m).map(|l| if l == k { S::zero() } else { integral(k, l) }).collect();
            sde.diffuse(&step.t, &start, &others, σ);
            place.clone_from_slice(&start);
            add_scaled(place, &signed_root, σ);
            add(&step.t, place, ξ_k.clone() + S::ratio(sign, 1) * two.clone());
        }
    }
}
