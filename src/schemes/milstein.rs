use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};

/// X' = X + h b + √h σ ξ + ½ √h Σ_jr (σ_r(X̄_j) − σ_r(X)) (ξ_j ξ_r − δ_jr),  X̄_j = X + h b + √h σ_j,
/// with σ_j the columns of σ.
///
/// Milstein's scheme with difference quotients instead of derivatives of σ. Strong order 1 for commutative noise; its
/// weak order is no more than that of Euler–Maruyama.
pub struct Milstein;

impl OneStep for Milstein {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "milstein",
            reference: "Milstein 1974; Kloeden and Platen 1992, equation (11.1.7)",
            weak_order: 1,
            invariant_order: 1,
            noise: NoiseClass::Commutative,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 4,
        }
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
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (x_bar, correction) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        let start = x.to_vec();
        add_scaled(x, &step.h, b);
        add_scaled(x, &step.sqrt_h, σξ);
        let half_root = S::ratio(1, 2) * step.sqrt_h.clone();
        for j in 0..noise.len() {
            // The factors (ξ_j ξ_r − δ_jr) of all r at once.
            let mut factors: Vec<S> = noise.iter().map(|ξ| noise[j].clone() * ξ.clone()).collect();
            factors[j] += -S::one();
            column(sde, &step.t, &start, j, noise.len(), correction);
            x_bar.clone_from_slice(&start);
            add_scaled(x_bar, &step.h, b);
            add_scaled(x_bar, &step.sqrt_h, correction);
            sde.diffuse(&step.t, x_bar, &factors, correction);
            add_scaled(x, &half_root, correction);
            sde.diffuse(&step.t, &start, &factors, correction);
            add_scaled(x, &-half_root.clone(), correction);
        }
    }
}

/// Writes the column j (of m) of σ(t, x).
pub(super) fn column<S: Scalar>(
    sde: &(impl Sde<S> + ?Sized),
    t: &S,
    x: &[S],
    j: usize,
    m: usize,
    out: &mut [S],
) {
    let unit: Vec<S> = (0..m).map(|k| if k == j { S::one() } else { S::zero() }).collect();
    sde.diffuse(t, x, &unit, out);
}
