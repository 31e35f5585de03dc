use super::{Claims, EquationClass, NoiseClass, OneStep, Sde, Step};
use crate::algebra::{Scalar, add_scaled};
use crate::symbolic::Variate;

/// A Runge–Kutta scheme of weak order 3 for additive noise of any dimension, with four evaluations of b and two
/// variates, ξ and the area ω, for each component of the noise. With bᵢ = b(t + cᵢ h, Hᵢ), c = 0, ¼, ¾, ¾:
///
/// H₁ = X,
/// H₂ = X + ¼ h b₁ + √h σ (¼ ξ + 3/2 ω),
/// H₃ = X + ¾ h b₂ + √h σ (¾ ξ + 3/2 ω),
/// H₄ = X + h (b₃ − ¼ b₁) + √h σ (¾ ξ − 3/2 ω),
/// X' = X + h/9 (b₁ + 3b₂ + 4b₃ + b₄) + √h σ ξ.
///
/// The family and its order conditions are Debrabant's, these coefficients our own. For the noises zᵢ of the stages
/// and the weights a of their slopes, the conditions contain Σ aᵢ (cᵢ − E zᵢξ)² = 0 and Σ aᵢ (E zᵢξ − E zᵢ²)² = 0. For
/// positive a, then, zᵢ is to first and second moment the path at its own time, zᵢ = cᵢ ξ + qᵢ ω with
/// qᵢ² = 12 cᵢ(1 − cᵢ); the coefficients come from rational points of this conic. Σ aᵢ zᵢ = ½ξ + ω is the time average
/// of the path. Three stages of this kind cannot have order 3.
///
/// Moments of ξ up to the seventh and of ω up to the fifth count.
pub struct Debrabant;

impl OneStep for Debrabant {
    #[inline(always)]
    fn claims(&self) -> Claims {
        Claims {
            name: "debrabant",
            reference: "family of Debrabant 2010 (BIT 50, 541–558), own coefficients",
            weak_order: 3,
            invariant_order: 3,
            noise: NoiseClass::Additive,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 6,
        }
    }

    /// ξ₁ … ξ_m, then ω₁ … ω_m.
    fn variates(&self, m: usize) -> Vec<Variate> {
        let areas = std::iter::repeat_n(Variate::SpaceTimeArea, m);
        std::iter::repeat_n(Variate::Gaussian, m).chain(areas).collect()
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
        let (ξ, ω) = noise.split_at(sde.noise_dimension());
        let (σξ, work) = work.split_at_mut(d);
        let (σω, work) = work.split_at_mut(d);
        let (first, work) = work.split_at_mut(d);
        let (slope, work) = work.split_at_mut(d);
        let (start, stage) = work.split_at_mut(d);
        let times_h = |numerator, denominator| S::ratio(numerator, denominator) * step.h.clone();
        let times_root = |numerator, denominator| S::ratio(numerator, denominator) * step.sqrt_h.clone();
        let (quarter, three_quarters) = (step.t.clone() + times_h(1, 4), step.t.clone() + times_h(3, 4));

        start.clone_from_slice(x);
        sde.diffuse(&step.t, start, ξ, σξ);
        sde.diffuse(&step.t, start, ω, σω);
        add_scaled(x, &step.sqrt_h, σξ);

        sde.drift(&step.t, start, first);
        add_scaled(x, &times_h(1, 9), first);

        stage.clone_from_slice(start);
        add_scaled(stage, &times_h(1, 4), first);
        add_scaled(stage, &times_root(1, 4), σξ);
        add_scaled(stage, &times_root(3, 2), σω);
        sde.drift(&quarter, stage, slope);
        add_scaled(x, &times_h(1, 3), slope);

        stage.clone_from_slice(start);
        add_scaled(stage, &times_h(3, 4), slope);
        add_scaled(stage, &times_root(3, 4), σξ);
        add_scaled(stage, &times_root(3, 2), σω);
        sde.drift(&three_quarters, stage, slope);
        add_scaled(x, &times_h(4, 9), slope);

        stage.clone_from_slice(start);
        add_scaled(stage, &step.h, slope);
        add_scaled(stage, &times_h(-1, 4), first);
        add_scaled(stage, &times_root(3, 4), σξ);
        add_scaled(stage, &times_root(-3, 2), σω);
        sde.drift(&three_quarters, stage, slope);
        add_scaled(x, &times_h(1, 9), slope);
    }
}
