/// The energy whose gradient in the Fisher–Rao geometry is the reaction; transport is that of KL whatever the reaction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Energy {
    /// KL(ρ|π): the reaction −βρ(s − ⟨s⟩_ρ), s = log(ρ/π).
    #[default]
    KullbackLeibler,
    /// χ²(ρ|π)/2: the reaction −βρ(f − ⟨f⟩_ρ), f = ρ/π. It needs π with its normaliser.
    ChiSquared {
        /// log ∫e^{−V}.
        log_evidence: f64,
    },
}

/// Newton steps, at most; each that fails to stay in the bracket halves it instead.
const MOST_STEPS: usize = 200;
/// Beyond this, log(1 + e^z) is z to rounding.
const SATURATED: f64 = 40.0;

/// By how much the χ² reaction changes log ρ over time β·t = `time`, up to a constant: −log(1 + S f), where S solves
/// E_π log(1 + S f) = βt. It is exact (f_t ∝ f/(1 + S f), and S' = β/E_ρ[1/(1 + S f)]), so reactions compose.
///
/// `log_masses` are the logs of masses of sum 1, particles or cells, and `log_ratios` their log f; expectations under π are
/// those of e^{−log f} under the masses. Masses of 0 stay, and f = ∞ takes all mass.
pub fn chi_squared_reaction(log_masses: &[f64], log_ratios: &[f64], time: f64) -> Vec<f64> {
    let alive = || log_masses.iter().zip(log_ratios).filter(|(mass, _)| **mass > f64::NEG_INFINITY);
    // σ = log S. In it, log E_π log(1 + S f) = σ + log ⟨φ(σ + log f)⟩, with φ(z) = log(1 + e^z)/e^z.
    let smallest = alive().map(|(_, ratio)| *ratio).fold(f64::INFINITY, f64::min);
    let excess = |σ: f64| {
        let (mut mean, mut slope) = (0.0, 0.0);
        for (mass, ratio) in alive() {
            let [φ, derivative] = share(σ + ratio);
            mean += mass.exp() * φ;
            slope += mass.exp() * derivative;
        }
        [σ + mean.ln() - time.ln(), slope / mean]
    };
    let (mut low, mut high) = (time.ln(), SATURATED - smallest);
    let saturates = high <= low || excess(high)[0] < 0.0;
    let change = |ratio: f64, σ: f64| if saturates { -ratio } else { -softplus(σ + ratio) };
    let mut σ = low;
    if !saturates {
        for _ in 0..MOST_STEPS {
            let [value, slope] = excess(σ);
            if value > 0.0 {
                high = σ
            } else {
                low = σ
            }
            let newton = σ - value / slope;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - σ).abs() <= 1e-15 * σ.abs().max(1.0) {
                break;
            }
            σ = next;
        }
    }
    let each = log_masses.iter().zip(log_ratios);
    each.map(|(mass, ratio)| if *mass > f64::NEG_INFINITY { change(*ratio, σ) } else { 0.0 }).collect()
}

/// log(1 + e^z).
fn softplus(z: f64) -> f64 {
    if z > 0.0 { z + (-z).exp().ln_1p() } else { z.exp().ln_1p() }
}

/// [log(1 + e^z)/e^z, 1/(1 + e^z)]; the second is d/dσ of e^σ times the first, over e^σ.
fn share(z: f64) -> [f64; 2] {
    let e = z.exp();
    if e == 0.0 {
        [1.0, 1.0]
    } else if z > SATURATED {
        [z * (-z).exp(), (-z).exp()]
    } else {
        [e.ln_1p() / e, 1.0 / (1.0 + e)]
    }
}
