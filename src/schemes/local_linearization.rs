use super::matrix::Matrix;
use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};

/// X̄ = X + h φ₁(Z) b(t, X) + √h φ₁(2Z)^½ σ ξ,  X' = X̄ + ½ (h b(t + h, X̄) − h b(t, X) − Z (X̄ − X)),
/// with Zⱼ = b(t, X + h eⱼ) − b(t, X), which is h∂ⱼb.
///
/// The step of the linearised equation, and half of what the linearisation misses at its end: weak order 2 for additive
/// noise. Where b is affine with a symmetric matrix and σ is a multiple of the identity, as on every quadratic potential,
/// Z is exact, nothing is missed, and X' has the exact law of the Ornstein–Uhlenbeck process at any h, however stiff. (The
/// covariance of that process is hφ₁(2Z)σσᵀ only if Z and σσᵀ commute; elsewhere it is matched to order 2.)
pub struct LocalLinearization;

impl OneStep for LocalLinearization {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "local-linearization",
            reference: "Ozaki 1992, Statistica Sinica 2, 113; residual as in Heun's method",
            weak_order: 2,
            invariant_order: 2,
            noise: NoiseClass::Additive,
            equation: EquationClass::Ito,
            chain_moments: Some("bounded in h where the Jacobian of b is bounded above, and with it φ₁(Z)"),
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
        let (moved, other) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        let mut columns = Vec::with_capacity(d);
        moved.clone_from_slice(x);
        for j in 0..d {
            moved[j] += step.h.clone();
            sde.drift(&step.t, moved, other);
            moved[j] = x[j].clone();
            let column: Vec<S> =
                other.iter().zip(&*b).map(|(end, start)| end.clone() - start.clone()).collect();
            columns.push(column);
        }
        let z = Matrix::from_fn(d, |i, j| columns[j][i].clone());
        let twice_z = Matrix::from_fn(d, |i, j| S::ratio(2, 1) * columns[j][i].clone());

        moved.fill(S::zero());
        z.phi_1().add_product(&step.h, b, moved);
        twice_z.phi_1().sqrt().add_product(&step.sqrt_h, σξ, moved);
        add_scaled(x, &S::one(), moved);
        sde.drift(&step.end(), x, other);

        let half_h = S::ratio(1, 2) * step.h.clone();
        add_scaled(x, &half_h, other);
        add_scaled(x, &-half_h, b);
        z.add_product(&S::ratio(-1, 2), moved, x);
    }
}
