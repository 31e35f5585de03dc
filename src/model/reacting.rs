use super::{KineticLangevin, LogDensity, OracleScalar};
use crate::algebra::Real;
use crate::schemes::{Implicit, Langevin, Sde};

/// A motion whose weights can also react on the law of the particles.
pub trait Reactive {
    /// β.
    fn reaction(&self) -> f64;
    /// −log of the density that the reaction pulls the law to at time t, up to what does not depend on x.
    fn aim<R: Real>(&self, t: f64, x: &[R]) -> R;
}

impl Reactive for KineticLangevin<'_> {
    fn reaction(&self) -> f64 {
        self.0.reaction
    }
    fn aim<R: Real>(&self, _t: f64, x: &[R]) -> R {
        self.0.energy(x)
    }
}

/// A motion with weights that react on its law ρ_t beside those of its own:
/// d log w = −c dt − β (log ρ_t(X) + V_t(X) − ⟨…⟩) dt, with V_t = [`Reactive::aim`].
pub struct Reacting<'a, M> {
    motion: M,
    density: &'a dyn LogDensity,
}

impl<'a, M: Reactive> Reacting<'a, M> {
    /// The equation of `motion`, with log ρ_t and its mean from `density`.
    pub fn new(motion: M, density: &'a dyn LogDensity) -> Self {
        Self { motion, density }
    }
}

impl<R: OracleScalar, M: Reactive + Sde<R>> Sde<R> for Reacting<'_, M> {
    fn dimension(&self) -> usize {
        self.motion.dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.motion.noise_dimension()
    }
    fn drift(&self, t: &R, x: &[R], out: &mut [R]) {
        self.motion.drift(t, x, out);
    }
    fn diffuse(&self, t: &R, x: &[R], noise: &[R], out: &mut [R]) {
        self.motion.diffuse(t, x, noise, out);
    }
    fn rate(&self, t: &R, x: &[R]) -> R {
        let now = t.first();
        let log_density = R::log_density(self.density, now, x);
        let excess = log_density + self.motion.aim(now, x) - R::constant(self.density.mean(now));
        R::constant(self.motion.reaction()) * excess + self.motion.rate(t, x)
    }
    fn has_code(&self) -> bool {
        self.motion.has_code()
    }
    fn log_start_weight(&self, x: &[R]) -> Option<R> {
        self.motion.log_start_weight(x)
    }
    fn langevin(&self) -> Option<&dyn Langevin<R>> {
        self.motion.langevin()
    }
    fn implicit(&self) -> Option<&dyn Implicit<R>> {
        self.motion.implicit()
    }
}
