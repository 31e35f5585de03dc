use super::milstein::column;
use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};
use crate::symbolic::Variate;

/// Rößler's stochastic Runge–Kutta scheme RI6 of weak order 2 for any noise: two evaluations of the drift and, for
/// every component of the noise, five of its column, however many components there are.
///
/// With ξ_k = 0 or ±√3, η_k = ±1 and the iterated integrals
/// I_kl = ½ (ξ_k ξ_l − η_k) for k < l, ½ (ξ_k ξ_l + η_l) for k > l, ½ (ξ_k² − 1) for k = l (in units of h):
///
/// H = X + h b + √h Σ_l σ_l ξ_l,
/// H_k^± = X + h b ± √h σ_k,  Ĥ_k^± = X ± √h Σ_{l≠k} σ_l I_kl,
/// X' = X + ½ h (b + b(H))
///    + √h Σ_k [½ σ_k ξ_k + ¼ (σ_k(H_k^+) + σ_k(H_k^−)) ξ_k + ½ (σ_k(H_k^+) − σ_k(H_k^−)) I_kk]
///    + √h Σ_k [−½ σ_k ξ_k + ¼ (σ_k(Ĥ_k^+) + σ_k(Ĥ_k^−)) ξ_k + ½ (σ_k(Ĥ_k^+) − σ_k(Ĥ_k^−))].
pub struct RoesslerRi6;

impl OneStep for RoesslerRi6 {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "roessler-ri6",
            reference: "Rößler 2009, SIAM J. Numer. Anal. 47, 1713, table 5.2",
            weak_order: 2,
            invariant_order: 2,
            noise: NoiseClass::General,
            equation: EquationClass::Ito,
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
        let (d, m) = (x.len(), sde.noise_dimension());
        let (ξ, η) = noise.split_at(m);
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
            half()
                * match k.cmp(&l) {
                    std::cmp::Ordering::Less => product - η[k].clone(),
                    std::cmp::Ordering::Greater => product + η[l].clone(),
                    std::cmp::Ordering::Equal => product - S::one(),
                }
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

                let others: Vec<S> =
                    (0..m).map(|l| if l == k { S::zero() } else { integral(k, l) }).collect();
                sde.diffuse(&step.t, &start, &others, σ);
                place.clone_from_slice(&start);
                add_scaled(place, &signed_root, σ);
                add(&step.t, place, ξ_k.clone() + S::ratio(sign, 1) * two.clone());
            }
        }
    }
}
