use super::{Energy, Potential};
use crate::algebra::simd::vectorized;
use crate::algebra::{Lanes, Real, Scalar};
use crate::schemes::{Implicit, Overdamped, Sde};

/// Gradient flow of KL(ρ|π), π ∝ e^{−V}:
/// ∂ₜρ = α ∇·(ρ∇(log ρ + V)) − β ρ (log ρ + V − ⟨log ρ + V⟩).
///
/// With the [`Energy`] χ² the reaction is −βρ(ρ/π − ⟨ρ/π⟩) instead.
///
/// β = 0 is the Wasserstein flow (Langevin), α = 0 the Fisher–Rao flow. Unnormalised
/// (Hellinger–Kantorovich) the mean is dropped and the mass moves; V then counts with its
/// additive constant.
#[derive(Clone, Debug)]
pub struct GradientFlow {
    /// V.
    pub potential: Potential,
    /// α ≥ 0.
    pub transport: f64,
    /// β ≥ 0.
    pub reaction: f64,
    /// Whether the mass is kept at 1.
    pub normalized: bool,
    /// Whose gradient the reaction is.
    pub energy: Energy,
}

/// log ρ_t(x) from some other solver; the *oracle* of a weighted SDE.
pub trait LogDensity: Sync {
    /// log ρ at time `t` and point `x` (d entries).
    fn log_density(&self, t: f64, x: &[f64]) -> f64;
    /// ⟨log ρ_t + V⟩, the mean that a normalised flow subtracts; 0 where none is subtracted.
    fn mean(&self, t: f64) -> f64;
    /// log ρ for a batch of points.
    fn log_density_lanes(&self, t: f64, x: &[Lanes]) -> Lanes {
        let mut out = Lanes::zero();
        let mut point = vec![0.0; x.len()];
        for (lane, value) in out.0.iter_mut().enumerate() {
            for (coordinate, lanes) in point.iter_mut().zip(x) {
                *coordinate = lanes.0[lane];
            }
            *value = self.log_density(t, &point);
        }
        out
    }
}

/// Scalars at which an oracle gives log ρ: one point, or a batch of them.
pub trait OracleScalar: Real {
    /// log ρ at time `t` and x.
    fn log_density(oracle: &dyn LogDensity, t: f64, x: &[Self]) -> Self;
}

impl OracleScalar for f64 {
    fn log_density(oracle: &dyn LogDensity, t: f64, x: &[f64]) -> f64 {
        oracle.log_density(t, x)
    }
}

impl OracleScalar for Lanes {
    fn log_density(oracle: &dyn LogDensity, t: f64, x: &[Lanes]) -> Lanes {
        oracle.log_density_lanes(t, x)
    }
}

/// The weighted SDE of a [`GradientFlow`]:
/// dX = −α∇V dt + √(2α) dW, d log w = −β (log ρ_t(X) + V(X) − ⟨log ρ_t + V⟩) dt.
///
/// With α = 0 or β = 0 the part that vanishes is never evaluated.
pub struct WeightedFlow<'a> {
    flow: &'a GradientFlow,
    density: Option<&'a dyn LogDensity>,
    dimension: usize,
}

impl<'a> WeightedFlow<'a> {
    /// The weighted SDE of `flow` in dimension `dimension`.
    ///
    /// # Panics
    /// If the flow reacts (β > 0) and there is no `density`, or its reaction is not that of KL: the caller has to check
    /// that first.
    pub fn new(flow: &'a GradientFlow, dimension: usize, density: Option<&'a dyn LogDensity>) -> Self {
        let reads = density.is_some() && flow.energy == Energy::KullbackLeibler;
        assert!(flow.reaction == 0.0 || reads, "a reaction needs log ρ, and weights follow that of KL");
        Self { flow, density, dimension }
    }
}

impl<R: OracleScalar> Sde<R> for WeightedFlow<'_> {
    fn dimension(&self) -> usize {
        self.dimension
    }
    fn noise_dimension(&self) -> usize {
        self.dimension
    }
    fn drift(&self, _t: &R, x: &[R], out: &mut [R]) {
        if self.flow.transport == 0.0 {
            out.fill(R::zero());
            return;
        }
        self.flow.potential.gradient(x, out);
        scale(-self.flow.transport, out);
    }
    fn diffuse(&self, _t: &R, _x: &[R], noise: &[R], out: &mut [R]) {
        out.copy_from_slice(noise);
        scale((2.0 * self.flow.transport).sqrt(), out);
    }
    fn rate(&self, t: &R, x: &[R]) -> R {
        match self.density {
            Some(density) if self.flow.reaction != 0.0 => {
                let log_density = R::log_density(density, t.first(), x);
                let excess =
                    log_density + self.flow.potential.value(x) - R::constant(density.mean(t.first()));
                R::constant(self.flow.reaction) * excess
            }
            _ => R::zero(),
        }
    }
    fn has_code(&self) -> bool {
        self.flow.potential.has_code()
    }
    fn implicit(&self) -> Option<&dyn Implicit<R>> {
        Some(self)
    }
    fn overdamped(&self) -> Option<&dyn Overdamped<R>> {
        Some(self)
    }
}

impl<R: OracleScalar> Implicit<R> for WeightedFlow<'_> {
    fn solve_implicit(&self, t: &R, κ: &R, known: &[R], y: &mut [R]) {
        super::implicit::newton(
            *κ,
            known,
            y,
            |x, out| self.drift(t, x, out),
            |x, out| {
                self.flow.potential.hessian(x, out);
                scale(-self.flow.transport, out);
            },
        );
    }
}

impl<R: Real> Overdamped<R> for WeightedFlow<'_> {
    fn potential(&self, x: &[R]) -> R {
        self.flow.potential.value(x)
    }
    fn mobility(&self) -> R {
        R::constant(self.flow.transport)
    }
}

/// Multiplies all of `values` by `factor`.
fn scale<R: Real>(factor: f64, values: &mut [R]) {
    vectorized(
        #[inline(always)]
        || {
            for value in values {
                *value = R::constant(factor) * *value;
            }
        },
    );
}
