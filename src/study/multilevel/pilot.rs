//! A few particles beside the levels: where paths are at the horizon, which sums over levels do not keep.

use super::Multilevel;
use super::unseen::NONE;
use crate::model::Problem;
use crate::particles::{Interaction, Motion, ParticleSettings, Population, Resampling, Watch, simulate};
use crate::statistics::Spread;

/// Particles.
const COUNT: usize = 20_000;
/// Steps for one of the coarsest level: those of the third, which is always there.
const FINER: usize = 4;

/// The pilot.
pub struct Pilot {
    /// Its particles.
    pub population: Population,
    spread: Spread,
}

impl Pilot {
    /// `None` if its paths leave all bounds.
    pub fn run(problem: &Problem, settings: &Multilevel, motion: Motion<'_>) -> Option<Self> {
        let own = ParticleSettings {
            count: COUNT,
            step: problem.horizon / (FINER * settings.coarsest) as f64,
            scheme: settings.scheme,
            weight: settings.weight,
            mean_field: None,
            interaction: Interaction::Resampling(Resampling::None, 0.0),
            seed: settings.seed.wrapping_add(1 << 36),
            save: false,
        };
        let population = simulate(problem, &own, motion.sde, Watch::default()).population?;
        let observables = std::slice::from_ref(&settings.observable);
        let means = population.means(observables, problem.normalized());
        let spread = population.spreads(observables, &means, problem.normalized()).pop()?;
        Some(Self { population, spread })
    }

    /// What branches of the observable that none of `paths` has met may add to its mean, if that is more than `accuracy`.
    pub fn unmet(&self, settings: &Multilevel, paths: f64, accuracy: f64) -> Option<String> {
        let unseen = NONE / paths.max(1.0) * self.spread.unmet;
        (unseen > 0.5f64.sqrt() * accuracy).then(|| {
            format!(
                "rare: all paths are on one side of a comparison, a maximum or the like within {}: what is beyond it may add {unseen:.1e} \
                 (at 95 %)",
                settings.observable.name
            )
        })
    }
}
