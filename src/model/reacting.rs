use super::{KineticLangevin, LogDensity};
use crate::algebra::{Lanes, Real};
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

    fn rate_of<R: Real>(&self, t: f64, x: &[R], log_density: R) -> R {
        let excess = log_density + self.motion.aim(t, x) - R::constant(self.density.mean(t));
        R::constant(self.motion.reaction()) * excess
    }
}

/// The motion is that without a reaction; numbers and batches of them differ in how they look up log ρ.
macro_rules! moves_alike {
    ($scalar:ty, $time:expr, $log_density:ident) => {
        impl<M: Reactive + Sde<$scalar>> Sde<$scalar> for Reacting<'_, M> {
            fn dimension(&self) -> usize {
                self.motion.dimension()
            }
            fn noise_dimension(&self) -> usize {
                self.motion.noise_dimension()
            }
            fn drift(&self, t: &$scalar, x: &[$scalar], out: &mut [$scalar]) {
                self.motion.drift(t, x, out);
            }
            fn diffuse(&self, t: &$scalar, x: &[$scalar], noise: &[$scalar], out: &mut [$scalar]) {
                self.motion.diffuse(t, x, noise, out);
            }
            fn rate(&self, t: &$scalar, x: &[$scalar]) -> $scalar {
                let now = $time(t);
                self.rate_of(now, x, self.density.$log_density(now, x)) + self.motion.rate(t, x)
            }
            fn log_start_weight(&self, x: &[$scalar]) -> Option<$scalar> {
                self.motion.log_start_weight(x)
            }
            fn langevin(&self) -> Option<&dyn Langevin<$scalar>> {
                self.motion.langevin()
            }
            fn implicit(&self) -> Option<&dyn Implicit<$scalar>> {
                self.motion.implicit()
            }
        }
    };
}

moves_alike!(f64, |t: &f64| *t, log_density);
moves_alike!(Lanes, |t: &Lanes| t.first(), log_density_lanes);
