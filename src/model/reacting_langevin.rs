use super::{KineticFlow, KineticLangevin, LogDensity};
use crate::algebra::{Lanes, Real};
use crate::schemes::{Langevin, Sde};

/// The weighted equation of a [`KineticFlow`] that reacts on its joint law: its Langevin dynamics, with
/// d log w = −β (log ρ_t(q, p) + V(q) + |p|²/2 − ⟨…⟩) dt.
pub struct ReactingLangevin<'a> {
    motion: KineticLangevin<'a>,
    density: &'a dyn LogDensity,
}

impl<'a> ReactingLangevin<'a> {
    /// The equation of `flow`, with log ρ_t from `density`.
    pub fn new(flow: &'a KineticFlow, density: &'a dyn LogDensity) -> Self {
        Self { motion: KineticLangevin(flow), density }
    }

    fn rate_of<R: Real>(&self, t: f64, x: &[R], log_density: R) -> R {
        let flow = self.motion.0;
        R::constant(flow.reaction) * (log_density + flow.energy(x) - R::constant(self.density.mean(t)))
    }
}

/// The motion is that of [`KineticLangevin`]; numbers and bundles of them differ in how they look up log ρ.
macro_rules! moves_like_langevin {
    ($scalar:ty, $time:expr, $log_density:ident) => {
        impl Sde<$scalar> for ReactingLangevin<'_> {
            fn dimension(&self) -> usize {
                Sde::<$scalar>::dimension(&self.motion)
            }
            fn noise_dimension(&self) -> usize {
                Sde::<$scalar>::noise_dimension(&self.motion)
            }
            fn drift(&self, t: &$scalar, x: &[$scalar], out: &mut [$scalar]) {
                self.motion.drift(t, x, out);
            }
            fn diffuse(&self, t: &$scalar, x: &[$scalar], noise: &[$scalar], out: &mut [$scalar]) {
                self.motion.diffuse(t, x, noise, out);
            }
            fn rate(&self, t: &$scalar, x: &[$scalar]) -> $scalar {
                let t = $time(t);
                self.rate_of(t, x, self.density.$log_density(t, x))
            }
            fn langevin(&self) -> Option<&dyn Langevin<$scalar>> {
                self.motion.langevin()
            }
            fn solve_implicit(&self, t: &$scalar, κ: &$scalar, known: &[$scalar], y: &mut [$scalar]) {
                self.motion.solve_implicit(t, κ, known, y);
            }
        }
    };
}

moves_like_langevin!(f64, |t: &f64| *t, log_density);
moves_like_langevin!(Lanes, |t: &Lanes| t.first(), log_density_lanes);
