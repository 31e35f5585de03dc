use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};

/// X' = X + h ((1 − θ) b(t, X) + θ b(t + h, X')) + √h σ(t, X) ξ, implicit in the drift.
///
/// θ = 1 damps stiff wells, at weak order 1. θ = ½ has weak order 2 for additive noise (the noise is inside b(X'), as
/// in Heun's predictor), and keeps the variance of a quadratic well exactly, which must not be taken for the order.
pub struct Theta {
    name: &'static str,
    twice_θ: i64,
    order: u32,
    noise: NoiseClass,
}

impl Theta {
    /// θ = 1.
    pub const IMPLICIT_EULER: Self =
        Self { name: "implicit-euler", twice_θ: 2, order: 1, noise: NoiseClass::General };
    /// θ = ½.
    pub const TRAPEZOIDAL: Self =
        Self { name: "implicit-trapezoidal", twice_θ: 1, order: 2, noise: NoiseClass::Additive };
}

impl OneStep for Theta {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: self.name,
            reference: "Kloeden and Platen 1992, equation (15.4.2)",
            weak_order: self.order,
            invariant_order: self.order,
            noise: self.noise,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 3,
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
        let (b, work) = work.split_at_mut(x.len());
        let (σξ, known) = work.split_at_mut(x.len());
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        known.clone_from_slice(x);
        add_scaled(known, &(S::ratio(2 - self.twice_θ, 2) * step.h.clone()), b);
        add_scaled(known, &step.sqrt_h, σξ);
        // The guess is X: that is near X' even where the explicit step would overshoot.
        let solver = sde.implicit().expect("the equation has a solver of implicit steps");
        solver.solve_implicit(&step.end(), &(S::ratio(self.twice_θ, 2) * step.h.clone()), known, x);
    }
}
