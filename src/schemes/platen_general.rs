use super::milstein::column;
use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};
use crate::symbolic::Variate;

/// Platen's explicit scheme of weak order 2 for any noise. With the columns σ_j of σ and
/// X̄ = X + h b + √h σ ξ,  R_j^± = X + h b ± √h σ_j,  U_j^± = X ± √h σ_j:
///
/// X' = X + ½ h (b(X̄) + b)
///    + ¼ √h Σ_j [(σ_j(R_j^+) + σ_j(R_j^−) + 2σ_j) ξ_j + (σ_j(R_j^+) − σ_j(R_j^−)) (ξ_j² − 1)]
///    + ¼ √h Σ_{j≠r} [(σ_j(U_r^+) + σ_j(U_r^−) − 2σ_j) ξ_j + (σ_j(U_r^+) − σ_j(U_r^−)) (ξ_j ξ_r + V_rj)],
///
/// V_rj = −V_jr = ±1. X̄ and R are at time t + h, X and U at time t.
pub struct PlatenGeneral;

impl OneStep for PlatenGeneral {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "platen-general",
            reference: "Kloeden and Platen 1992, equation (15.1.3)",
            weak_order: 2,
            invariant_order: 2,
            noise: NoiseClass::General,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 4,
        }
    }

    /// ξ₁ … ξ_m, then V_rj for r < j, row by row.
    fn variates(&self, m: usize) -> Vec<Variate> {
        let pairs = std::iter::repeat_n(Variate::TwoPoint, m * (m - 1) / 2);
        std::iter::repeat_n(Variate::Gaussian, m).chain(pairs).collect()
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
        let (ξ, pairs) = noise.split_at(m);
        let (b, work) = work.split_at_mut(d);
        let (σ, work) = work.split_at_mut(d);
        let (place, value) = work.split_at_mut(d);
        let start = x.to_vec();
        let end = step.end();
        let half_h = S::ratio(1, 2) * step.h.clone();
        let quarter_root = S::ratio(1, 4) * step.sqrt_h.clone();

        sde.drift(&step.t, &start, b);
        sde.diffuse(&step.t, &start, ξ, σ);
        place.clone_from_slice(&start);
        add_scaled(place, &step.h, b);
        add_scaled(place, &step.sqrt_h, σ);
        sde.drift(&end, place, value);
        add_scaled(x, &half_h, b);
        add_scaled(x, &half_h, value);
        // The terms 2σ_j ξ_j, and −2σ_j ξ_j once for every r ≠ j.
        add_scaled(x, &(quarter_root.clone() * S::ratio(4 - 2 * m as i64, 1)), σ);

        for r in 0..m {
            for sign in [1, -1] {
                column(sde, &step.t, &start, r, m, σ);
                place.clone_from_slice(&start);
                add_scaled(place, &(S::ratio(sign, 1) * step.sqrt_h.clone()), σ);
                // Σ_{j≠r} σ_j(U_r^±) (ξ_j ± (ξ_j ξ_r + V_rj))
                let factor = |j: usize| match j == r {
                    true => S::zero(),
                    false => {
                        ξ[j].clone()
                            + S::ratio(sign, 1) * (ξ[j].clone() * ξ[r].clone() + pair(pairs, m, r, j))
                    }
                };
                let factors: Vec<S> = (0..m).map(factor).collect();
                sde.diffuse(&step.t, place, &factors, value);
                add_scaled(x, &quarter_root, value);
                // σ_r(R_r^±) (ξ_r ± (ξ_r² − 1))
                add_scaled(place, &step.h, b);
                let own = ξ[r].clone() + S::ratio(sign, 1) * (ξ[r].clone() * ξ[r].clone() - S::one());
                let factors: Vec<S> = (0..m).map(|j| if j == r { own.clone() } else { S::zero() }).collect();
                sde.diffuse(&end, place, &factors, value);
                add_scaled(x, &quarter_root, value);
            }
        }
    }
}

/// V_rj = −V_jr from those with r < j, which are stored row by row.
pub(super) fn pair<S: Scalar>(pairs: &[S], m: usize, r: usize, j: usize) -> S {
    let index = |r: usize, j: usize| r * (2 * m - r - 1) / 2 + j - r - 1;
    if r < j { pairs[index(r, j)].clone() } else { -pairs[index(j, r)].clone() }
}
