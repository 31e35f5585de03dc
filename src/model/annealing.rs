use super::{Expression, GaussianMixture, Potential, Program};
use crate::algebra::{Lanes, Real, Scalar};
use crate::schemes::{Implicit, Overdamped, Sde};

/// The Fisher–Rao geodesic of geometric means π_λ ∝ ρ₀^{1−λ} π^λ, λ from 0 to 1, with Langevin moves for the π_λ of the
/// moment: ∂ₜρ = α ∇·(ρ∇ log(ρ/π_λ)) + λ'ρ(log(π/ρ₀) − ⟨log(π/ρ₀)⟩_ρ). Moves keep π_λ, so that ρ_t = π_{λ(t)} whatever α.
#[derive(Clone, Debug)]
pub struct AnnealedFlow {
    /// V, with π ∝ e^{−V}.
    pub potential: Potential,
    /// ρ₀.
    pub start: GaussianMixture,
    /// α ≥ 0.
    pub transport: f64,
    /// How λ rises.
    pub schedule: AnnealingSchedule,
}

/// How λ rises from 0 to 1.
#[derive(Clone, Debug)]
pub enum AnnealingSchedule {
    /// λ(t), by a formula.
    Fixed(Program),
    /// As fast in every step as leaves this share of the effective sample size, in a run of its own that comes first: the
    /// schedule does not depend on the particles that use it, whose evidence therefore stays unbiased.
    Adaptive(f64),
}

impl AnnealingSchedule {
    /// The formula λ(t).
    pub fn fixed(formula: &Expression) -> Self {
        Self::Fixed(Program::compile(std::slice::from_ref(formula)))
    }
}

impl AnnealedFlow {
    /// log(ρ₀/e^{−V}) at x, which the weights lose for every unit of λ.
    pub fn excess<R: Real>(&self, x: &[R]) -> R {
        self.potential.value(x) + self.start.log_density(x)
    }

    /// −log π_λ, up to a constant.
    pub fn energy<R: Real>(&self, λ: f64, x: &[R]) -> R {
        let start = R::constant(1.0 - λ) * self.start.log_density(x);
        // At 0, V does not count even where it is infinite.
        if λ == 0.0 { -start } else { R::constant(λ) * self.potential.value(x) - start }
    }
}

/// The moves at one λ: dX = −α∇(−log π_λ) dt + √(2α) dW.
#[derive(Clone, Copy, Debug)]
pub struct AnnealedLangevin<'a> {
    /// The path.
    pub flow: &'a AnnealedFlow,
    /// Where on the path.
    pub λ: f64,
}

impl Sde<Lanes> for AnnealedLangevin<'_> {
    fn dimension(&self) -> usize {
        self.flow.start.dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.flow.start.dimension()
    }
    fn drift(&self, _t: &Lanes, x: &[Lanes], out: &mut [Lanes]) {
        let Self { flow, λ } = *self;
        if flow.transport == 0.0 {
            out.fill(Lanes::zero());
            return;
        }
        let mut score = vec![Lanes::zero(); x.len()];
        flow.start.score(x, &mut score);
        flow.potential.gradient(x, out);
        for (out, score) in out.iter_mut().zip(&score) {
            *out = Lanes::constant(flow.transport)
                * (Lanes::constant(1.0 - λ) * *score - Lanes::constant(λ) * *out);
        }
    }
    fn diffuse(&self, _t: &Lanes, _x: &[Lanes], noise: &[Lanes], out: &mut [Lanes]) {
        for (out, ξ) in out.iter_mut().zip(noise) {
            *out = Lanes::constant((2.0 * self.flow.transport).sqrt()) * *ξ;
        }
    }
    fn rate(&self, _t: &Lanes, _x: &[Lanes]) -> Lanes {
        Lanes::zero()
    }
    fn has_code(&self) -> bool {
        self.flow.potential.has_code()
    }
    fn overdamped(&self) -> Option<&dyn Overdamped<Lanes>> {
        Some(self)
    }
    fn implicit(&self) -> Option<&dyn Implicit<Lanes>> {
        Some(self)
    }
}

impl Implicit<Lanes> for AnnealedLangevin<'_> {
    fn solve_implicit(&self, t: &Lanes, κ: &Lanes, known: &[Lanes], y: &mut [Lanes]) {
        let Self { flow, λ } = *self;
        super::implicit::newton(
            *κ,
            known,
            y,
            |x, out| self.drift(t, x, out),
            |x, out| {
                let mut curvature = vec![Lanes::zero(); out.len()];
                flow.start.log_density_hessian(x, &mut curvature);
                flow.potential.hessian(x, out);
                for (out, curvature) in out.iter_mut().zip(&curvature) {
                    *out = Lanes::constant(flow.transport)
                        * (Lanes::constant(1.0 - λ) * *curvature - Lanes::constant(λ) * *out);
                }
            },
        );
    }
}

impl Overdamped<Lanes> for AnnealedLangevin<'_> {
    fn potential(&self, x: &[Lanes]) -> Lanes {
        self.flow.energy(self.λ, x)
    }
    fn mobility(&self) -> Lanes {
        Lanes::constant(self.flow.transport)
    }
}
