//! The target that a reversed diffusion ends in, as a potential.

use crate::model::{CustomPotential, GaussianMixture, Potential, ReverseDiffusion};

/// −log(Π qᵢ^βᵢ e^{c r}) at the data.
#[derive(Clone, Debug)]
struct DataTarget {
    factors: Vec<(f64, GaussianMixture)>,
    reward: Option<(f64, Potential)>,
}

/// That of the target at the data.
pub fn potential(flow: &ReverseDiffusion) -> Potential {
    let share = flow.reward_share(0.0)[0];
    let reward = flow.reward.as_ref().map(|reward| (share, reward.value.clone()));
    Potential::custom(DataTarget { factors: flow.factors_at(0.0), reward })
}

impl CustomPotential for DataTarget {
    fn value(&self, x: &[f64]) -> f64 {
        let laws: f64 = self.factors.iter().map(|(power, law)| power * law.log_density(x)).sum();
        let reward = self.reward.as_ref().map_or(0.0, |(share, reward)| share * reward.value(x));
        -laws - reward
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let mut slope = vec![0.0; x.len()];
        for (power, law) in &self.factors {
            law.score(x, &mut slope);
            out.iter_mut().zip(&slope).for_each(|(out, slope)| *out -= power * slope);
        }
        if let Some((share, reward)) = &self.reward {
            reward.gradient(x, &mut slope);
            out.iter_mut().zip(&slope).for_each(|(out, slope)| *out -= share * slope);
        }
    }
}
