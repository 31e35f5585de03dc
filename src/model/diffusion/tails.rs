use super::ReverseDiffusion;
use crate::model::GaussianMixture;
use thiserror::Error;

/// Noise levels that are looked at, from 0 to T.
const LEVELS: usize = 64;
/// Directions in the half-plane that are looked at.
const DIRECTIONS: usize = 720;
/// Distance, in units of the data's, at which the tails of a reward must have fallen.
const FAR: f64 = 1e3;

/// Why the target of a reverse diffusion is no probability.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Improper {
    /// Negative powers outweigh the positive ones.
    #[error(
        "Π q^β has no finite mass at the noise level t = {level}: along {direction:?} its logarithm goes as {curvature} · \
         ½|x|², and a density falls"
    )]
    Tails {
        /// τ.
        level: f64,
        /// u, of length 1.
        direction: Vec<f64>,
        /// −Σβᵢ min over the components of uᵀC⁻¹u.
        curvature: f64,
    },
    /// The reward grows faster than the density falls.
    #[error("the reward outgrows the density at the noise level t = {level} along {direction:?}")]
    Reward {
        /// τ.
        level: f64,
        /// u, of length 1.
        direction: Vec<f64>,
    },
    /// Bounds on the tails in many dimensions do not tell.
    #[error(
        "whether Π q^β has a finite mass at the noise level t = {level} is not plain in more than two dimensions: the \
         negative powers may outweigh the positive ones"
    )]
    Undecided {
        /// τ.
        level: f64,
    },
    /// Weights against the start have no variance.
    #[error(
        "the start is too narrow for the target at the noise level t = {level}: along {direction:?} its weights have no variance"
    )]
    Start {
        /// T.
        level: f64,
        /// u, of length 1.
        direction: Vec<f64>,
    },
}

impl ReverseDiffusion {
    /// Why some p_τ is no probability, or the weights of the start have no variance; `None` if all is well at 65 noise
    /// levels. A mixture falls in the direction u as its component with the smallest uᵀC⁻¹u.
    pub fn improper(&self) -> Option<Improper> {
        let levels = (0..=LEVELS).map(|k| self.horizon * k as f64 / LEVELS as f64);
        levels.into_iter().find_map(|level| self.improper_at(level)).or_else(|| self.narrow_start())
    }

    fn improper_at(&self, level: f64) -> Option<Improper> {
        let (factors, d) = (self.factors_at(level), self.dimension());
        if factors.iter().any(|(power, _)| *power < 0.0) || factors.iter().all(|(power, _)| *power == 0.0) {
            if d > 2 {
                let [positive, negative] = bounds(&factors);
                if positive <= negative {
                    return Some(Improper::Undecided { level });
                }
            }
            let falls = |u: &Vec<f64>| fall(&factors, u);
            let worst = directions(d).into_iter().min_by(|a, b| falls(a).total_cmp(&falls(b)));
            if let Some(direction) = worst.filter(|u| falls(u) <= 0.0) {
                let curvature = -falls(&direction);
                return Some(Improper::Tails { level, direction, curvature });
            }
        }
        self.reward.as_ref()?;
        let spread = factors.iter().flat_map(|(_, law)| reach(law)).fold(1.0, f64::max);
        let target = self.target(level);
        let rises = |u: &Vec<f64>| {
            let at = |s: f64| {
                let place: Vec<f64> = u.iter().map(|u| s * spread * u).collect();
                target.log_density(&place[..])
            };
            // Where the logarithm is −∞ it has fallen.
            !(at(2.0 * FAR) < at(FAR) || at(2.0 * FAR) == f64::NEG_INFINITY)
        };
        let both = directions(d).into_iter().flat_map(|u| [u.iter().map(|u| -u).collect(), u]);
        both.into_iter().find(rises).map(|direction| Improper::Reward { level, direction })
    }

    /// ∫p²/ρ₀ has to be finite.
    fn narrow_start(&self) -> Option<Improper> {
        let (level, factors) = (self.horizon, self.factors_at(self.horizon));
        let start = [(1.0, self.start.clone())];
        let narrow = |u: &Vec<f64>| 2.0 * fall(&factors, u) <= fall(&start, u);
        directions(self.dimension())
            .into_iter()
            .find(|u| self.corrected && narrow(u))
            .map(|direction| Improper::Start { level, direction })
    }
}

/// Σβᵢ min_k uᵀC_k⁻¹u: −log Π q^β goes as it times ½|x|² along u.
fn fall(factors: &[(f64, GaussianMixture)], u: &[f64]) -> f64 {
    let d = u.len();
    let form = |precision: &[f64]| {
        (0..d * d).map(|place| precision[place] * u[place / d] * u[place % d]).sum::<f64>()
    };
    let least = |law: &GaussianMixture| {
        (0..law.components().len()).map(|k| form(law.precision(k))).fold(f64::INFINITY, f64::min)
    };
    factors.iter().map(|(power, law)| power * least(law)).sum()
}

/// A lower bound of what positive powers add to [`fall`], and an upper bound of what negative ones take, in every
/// direction: 1/tr C is below the eigenvalues of C⁻¹, and tr C⁻¹ above.
fn bounds(factors: &[(f64, GaussianMixture)]) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for (power, law) in factors {
        let d = law.dimension();
        let each = law.components().iter().enumerate();
        let traces = each.map(|(k, component)| {
            let precision: f64 = (0..d).map(|i| law.precision(k)[i * d + i]).sum();
            let covariance: f64 = (0..d).map(|i| component.covariance[i][i]).sum();
            [1.0 / covariance, precision]
        });
        let least = traces.fold([f64::INFINITY; 2], |least, own| [0, 1].map(|i| least[i].min(own[i])));
        if *power > 0.0 {
            sums[0] += power * least[0];
        } else {
            sums[1] -= power * least[1];
        }
    }
    sums
}

/// Directions of length 1: all of them on the line, close ones in the plane, the axes beyond.
fn directions(d: usize) -> Vec<Vec<f64>> {
    match d {
        2 => (0..DIRECTIONS)
            .map(|k| {
                let angle = std::f64::consts::PI * k as f64 / DIRECTIONS as f64;
                vec![angle.cos(), angle.sin()]
            })
            .collect(),
        _ => (0..d).map(|i| (0..d).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect(),
    }
}

/// How far components reach along the axes.
fn reach(law: &GaussianMixture) -> impl Iterator<Item = f64> + '_ {
    law.components().iter().flat_map(|component| {
        (0..component.mean.len()).map(|i| component.mean[i].abs() + component.covariance[i][i].sqrt())
    })
}
