//! What a run found: the data of result.json and of the report's pictures.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that a run found; serialises to result.json (names as in the contract).
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// Version of this layout.
    pub schema_version: u32,
    /// The scenario's name.
    pub name: String,
    /// Whether no check and no study failed.
    pub passed: bool,
    /// Whether the computation broke down before its end.
    pub incomplete: bool,
    /// What broke down, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<String>,
    /// The deterministic solution at the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<GridFindings>,
    /// The weighted particles at the horizon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particles: Option<ParticleFindings>,
    /// One entry for each study, scheme and method.
    pub studies: Vec<StudyFindings>,
    /// The checks that were made along the way.
    pub checks: Vec<Check>,
    /// What the user should know although nothing failed.
    pub warnings: Vec<String>,
}

/// The grid solution at the horizon.
#[derive(Clone, Debug, Serialize)]
pub struct GridFindings {
    /// Final time.
    pub time: f64,
    /// ∫ρ.
    pub mass: f64,
    /// Estimated error of `mass`.
    pub mass_error: f64,
    /// The share of the mass that absorbing sides have taken; absent where there are none, or a rate or reaction besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absorbed: Option<f64>,
    /// Estimated error of `absorbed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absorbed_error: Option<f64>,
    /// Smallest cell value of ρ.
    pub minimum: f64,
    /// KL(ρ/∫ρ | π); absent for a general SDE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl: Option<f64>,
    /// Estimated error of `kl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl_error: Option<f64>,
    /// W₁ of ρ/∫ρ on this grid to the target, on a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w1: Option<f64>,
    /// W₂, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w2: Option<f64>,
    /// log ∫ρ, and its meaning for an SDE with a rate: log E[exp(−∫c dt)].
    pub log_normalizer: f64,
    /// Its estimated error.
    pub log_normalizer_error: f64,
    /// By observable.
    pub observables: BTreeMap<String, GridEstimate>,
}

/// A grid value with its estimated error.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GridEstimate {
    /// Extrapolated value.
    pub value: f64,
    /// Estimated |value − exact|.
    pub error: f64,
}

/// The weighted particles at the horizon.
#[derive(Clone, Debug, Serialize)]
pub struct ParticleFindings {
    /// Final time.
    pub time: f64,
    /// Number of particles, of all replicates together.
    pub count: u64,
    /// Number of independent ensembles, where log ρ is estimated from the particles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u64>,
    /// Effective sample size (Σw)²/Σw².
    pub ess: f64,
    /// Entropy of the weights, −ΣW log W: log N for even ones.
    pub weight_entropy: f64,
    /// Number of particles at time 0 that have offspring of positive weight.
    pub ancestors: u64,
    /// How often an island of particles was resampled, or its particles jumped, on average.
    pub resamplings: f64,
    /// How often a place was given to another particle's offspring, on average.
    pub replacements: f64,
    /// Log of the estimated normaliser (mean weight).
    pub log_normalizer: f64,
    /// Standard error of `log_normalizer`.
    pub log_normalizer_stderr: f64,
    /// Estimate of log ∫e^{−V} dx, where the transition mixture gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_evidence: Option<f64>,
    /// Standard error of `log_evidence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_evidence_stderr: Option<f64>,
    /// By observable.
    pub observables: BTreeMap<String, ParticleEstimate>,
}

/// A particle value with its statistical error and its estimated discretisation bias.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ParticleEstimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error, which respects weights and resampling.
    pub stderr: f64,
    /// Estimated bias by the time step (numerical minus exact), where a study measured it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<f64>,
    /// Standard error of `bias`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias_stderr: Option<f64>,
}

/// "pass", "fail" or "inconclusive".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The claim stands, with power to have seen it fall.
    Pass,
    /// The claim is refuted.
    Fail,
    /// The data cannot tell.
    Inconclusive,
}

/// An estimate with a 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The factor C in e(h) ≈ C h^p.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Constant {
    /// Fitted.
    pub measured: f64,
    /// From the error operator, where available.
    pub predicted: Option<f64>,
}

/// One study's finding.
#[derive(Clone, Debug, Serialize)]
pub struct StudyFindings {
    /// What was studied.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The verdict.
    pub verdict: Verdict,
    /// False only for "fail".
    pub passed: bool,
    /// Why, in one sentence.
    pub why: String,
}

impl StudyFindings {
    /// A finding with its verdict.
    pub fn new(outcome: Outcome, verdict: Verdict, why: String) -> Self {
        Self { outcome, verdict, passed: verdict != Verdict::Fail, why }
    }
}

/// What a study found, by kind.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// Particles against grid.
    Compare(CompareFindings),
    /// Weak order of a scheme.
    WeakOrder(OrderFindings),
    /// Order of the grid solver in space or in the splitting step.
    GridOrder(OrderFindings),
    /// Order of the grid solver toward a manufactured solution, in space or in the step.
    Manufactured(OrderFindings),
    /// Orders of an ensemble in its number, step or bandwidth.
    EnsembleOrder(OrderFindings),
    /// Smallest eigenvalues of −L.
    Spectrum(SpectrumFindings),
    /// Late-time exponential rate of KL.
    Decay(DecayFindings),
    /// Rates of decay against the height of a barrier.
    Barrier(BarrierFindings),
    /// Work of the grid's integrators against their error in time.
    WorkPrecision(WorkPrecisionFindings),
    /// Distances to the target at the horizon.
    Divergences(DivergenceFindings),
    /// Multilevel Monte Carlo.
    Multilevel(MultilevelFindings),
    /// A corrected reverse diffusion against its target.
    TargetLaw(TargetLawFindings),
}

/// A corrected reverse diffusion against its target, and the same paths without correction.
#[derive(Clone, Debug, Serialize)]
pub struct TargetLawFindings {
    /// By observable.
    pub observables: BTreeMap<String, TargetEstimate>,
    /// log ∫Π q^β e^r by quadrature.
    pub log_normalizer: f64,
    /// Its error.
    pub log_normalizer_error: f64,
    /// (particles − bias − exact) in standard errors.
    pub log_normalizer_z: f64,
    /// By the grid's law of the corrected paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_normalizer_grid: Option<GridEstimate>,
}

/// The mean of an observable under the target.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TargetEstimate {
    /// By quadrature of the density.
    pub exact: f64,
    /// Its error.
    pub exact_error: f64,
    /// (corrected paths − bias − exact) in standard errors.
    pub z: f64,
    /// Of the paths without weights.
    pub uncorrected: f64,
    /// Its standard error.
    pub uncorrected_stderr: f64,
    /// (uncorrected − exact) in standard errors.
    pub miss: f64,
    /// What the grid says.
    #[serde(flatten)]
    pub grid: Option<TargetGridEstimate>,
}

/// The means under the laws that paths of a reverse diffusion have on the grid.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TargetGridEstimate {
    /// With their weights.
    #[serde(rename = "grid")]
    pub corrected: GridEstimate,
    /// Without them.
    #[serde(rename = "uncorrected_grid")]
    pub uncorrected: GridEstimate,
    /// (uncorrected paths − bias − uncorrected grid) in standard errors.
    pub uncorrected_z: f64,
}

/// Particles against grid.
#[derive(Clone, Debug, Serialize)]
pub struct CompareFindings {
    /// ½ ∫|ρ_particles − ρ_grid| over the bins of the picture.
    pub total_variation: f64,
    /// What total variation the Monte-Carlo noise alone would give (mean).
    pub total_variation_expected: f64,
    /// W₁ distance (d = 1) of the two laws.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w1: Option<f64>,
    /// By observable: (particles − bias − grid) in standard errors.
    pub z_scores: BTreeMap<String, f64>,
}

/// An order study: errors against step sizes.
#[derive(Clone, Debug, Serialize)]
pub struct OrderFindings {
    /// Scheme, or for grid-order the discretisation ("space", "strang" …), or for ensemble-order the ladder ("bias by the
    /// number of particles" …).
    pub scheme: String,
    /// Weight rule, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// What the error is measured on.
    pub observable: String,
    /// "proof", "law", "prediction", "monte-carlo", "grid" or "replicates".
    pub method: String,
    /// Step sizes (or 1/N, or bandwidths), coarse to fine.
    pub steps: Vec<f64>,
    /// Numerical minus exact.
    pub errors: Vec<f64>,
    /// Standard errors of `errors` (0: free of noise).
    pub stderrs: Vec<f64>,
    /// Slopes between successive errors, where both are resolved.
    pub local_orders: Vec<Option<f64>>,
    /// Index of the first step of the asymptotic range that was fitted.
    pub fitted_from: usize,
    /// Index one past the last step that was fitted.
    pub fitted_to: usize,
    /// Fitted order with its 95 % interval.
    pub order: Option<Interval>,
    /// Claimed order.
    pub expected: u32,
    /// Fitted constant.
    pub constant: Option<Constant>,
    /// For an inconclusive study: how many paths would settle it.
    pub paths_needed: Option<u64>,
    /// Paths spent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<u64>,
    /// For method "monte-carlo": "coupled levels" or "control variate".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimator: Option<&'static str>,
    /// For method "proof": the leading error operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leading_error: Option<String>,
    /// For method "proof": everything that was proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFindings>,
}

/// What exact algebra proves of a scheme with its weight rule.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateFindings {
    /// Where the scheme is published.
    pub source: String,
    /// For what it is proved, such as "Itô equations with any smooth drift and additive noise".
    pub scope: String,
    /// Numbers of dimensions of the proofs of the weak order.
    pub dimensions: Vec<usize>,
    /// The order in each of them.
    pub orders: Vec<u32>,
    /// The leading local error in each of them, an operator on φ.
    pub leading_errors: Vec<String>,
    /// Claimed order of the invariant measure of Langevin dynamics.
    pub claimed_invariant_order: u32,
    /// The proved one.
    pub invariant_order: u32,
    /// The source of its bias in one dimension.
    pub invariant_error: String,
}

/// Smallest eigenvalues.
#[derive(Clone, Debug, Serialize)]
pub struct SpectrumFindings {
    /// In rising order (of their real parts).
    pub eigenvalues: Vec<Eigenvalue>,
    /// min λ(∇²V) over the cells, which λ₁ is not below where it is positive (Bakry and Émery); for a gradient flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curvature: Option<f64>,
    /// The Eyring–Kramers value of λ₁, for a gradient flow between two wells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyring_kramers: Option<f64>,
}

/// An eigenvalue of −L.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Eigenvalue {
    /// Extrapolated value; the real part.
    pub value: f64,
    /// The imaginary part, for a kinetic operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imaginary: Option<f64>,
    /// Estimated error.
    pub error: f64,
}

/// Late-time decay of KL.
#[derive(Clone, Debug, Serialize)]
pub struct DecayFindings {
    /// KL ≈ const · e^{−rate·t}.
    pub rate: Interval,
    /// 2(αλ₁ + β), when the spectrum is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
}

/// Rates of decay against the height of a barrier.
#[derive(Clone, Debug, Serialize)]
pub struct BarrierFindings {
    /// Friction of the kinetic dynamics.
    pub friction: f64,
    /// One for each height.
    pub heights: Vec<HeightFindings>,
}

/// What a barrier of one height does.
#[derive(Clone, Debug, Serialize)]
pub struct HeightFindings {
    /// What the potential of the scenario is multiplied with.
    pub height: f64,
    /// λ₁ of −L.
    pub gap: Eigenvalue,
    /// Its Eyring–Kramers value, between two wells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eyring_kramers: Option<f64>,
    /// The first non-zero eigenvalue of kinetic Langevin dynamics.
    pub kinetic_gap: Eigenvalue,
    /// Transport alone.
    pub langevin: FlowRates,
    /// Reaction alone.
    pub fisher_rao: FlowRates,
    /// Both.
    pub wfr: FlowRates,
    /// Relaxation of particles, where the scenario has them.
    pub particles: Vec<ParticleRate>,
}

/// Late-time rates on the grid.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FlowRates {
    /// Of KL(ρ | π).
    pub kl: f64,
    /// Of χ²(ρ | π).
    pub chi_squared: f64,
}

/// The rate at which the mean of x relaxes.
#[derive(Clone, Debug, Serialize)]
pub struct ParticleRate {
    /// "Langevin" or "WFR".
    pub flow: String,
    /// Between two times, by independent runs.
    pub rate: f64,
    /// Its standard error.
    pub stderr: f64,
    /// The same on the grid.
    pub expected: f64,
    /// Distance of the two in standard errors.
    pub z_score: f64,
    /// Degrees of freedom of the standard errors.
    pub degrees_of_freedom: usize,
}

/// Work against error in time, on one grid.
#[derive(Clone, Debug, Serialize)]
pub struct WorkPrecisionFindings {
    /// What the error is measured on.
    pub observable: String,
    /// The error to reach.
    pub accuracy: f64,
    /// The value on this grid without an error in time, by the extrapolated splitting with time-exact transport.
    pub reference: f64,
    /// Its estimated error.
    pub reference_error: f64,
    /// By method, the grid's own first.
    pub lines: Vec<WorkLine>,
}

/// Runs of one method, with finer and finer steps.
#[derive(Clone, Debug, Serialize)]
pub struct WorkLine {
    /// Splitting and integrator.
    pub method: String,
    /// Passes over the cells: solves, factorisations, products with the operator and reactions.
    pub passes: Vec<usize>,
    /// Solves among them.
    pub solves: Vec<usize>,
    /// Products among them.
    pub products: Vec<usize>,
    /// |value − reference|.
    pub errors: Vec<f64>,
    /// Why the finest of the steps that broke down did so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Passes for the accuracy.
    pub passes_to_accuracy: Option<f64>,
}

/// Distances to the target at the horizon, and what dissipates KL.
#[derive(Clone, Debug, Serialize)]
pub struct DivergenceFindings {
    /// "kl", "chi-squared", "squared-hellinger", "fisher" and "variance", as [`crate::pde::Quantities`] has them.
    pub divergences: Vec<Divergence>,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub struct Divergence {
    /// Its name.
    pub name: &'static str,
    /// Its value; null where doubling the box does not settle it.
    pub value: Option<f64>,
    /// Estimated |value − exact|.
    pub error: Option<f64>,
    /// Its values on the box, and on boxes twice and four times as wide, with half the cells.
    pub on_boxes: Vec<f64>,
}

/// A multilevel Monte-Carlo study.
#[derive(Clone, Debug, Serialize)]
pub struct MultilevelFindings {
    /// Scheme on every level.
    pub scheme: String,
    /// Weight rule, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// What is estimated.
    pub observable: String,
    /// Weak order of scheme and weight, from which the bias is estimated.
    pub expected: u32,
    /// α in |mean of a level's difference| ≈ const · h^α, from the estimate of the highest accuracy; none if the levels
    /// follow no power law.
    pub mean_order: Option<Interval>,
    /// β in its variance ≈ const · h^β, likewise.
    pub variance_order: Option<Interval>,
    /// One for each accuracy.
    pub estimates: Vec<MultilevelEstimate>,
    /// For an inconclusive study: the paths on all levels that would settle it.
    pub paths_needed: Option<u64>,
}

/// A multilevel estimate of an expectation (of the ratio E φW/E W for normalised flows).
#[derive(Clone, Debug, Serialize)]
pub struct MultilevelEstimate {
    /// The root-mean-square error that was asked for.
    pub accuracy: f64,
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub stderr: f64,
    /// Bound on its bias |numerical − exact|, as the last levels tell it.
    pub bias: f64,
    /// Whether both are at most accuracy/√2.
    pub reached: bool,
    /// Scheme steps taken on all levels.
    pub cost: f64,
    /// Scheme steps that single paths on the finest level would take for the same standard error, predicted from their
    /// variance.
    pub plain_cost: f64,
    /// Coarse to fine.
    pub levels: Vec<LevelFindings>,
}

/// One level of a multilevel estimate: single paths on the first, differences between coupled paths on the others.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LevelFindings {
    /// The (finer) step.
    pub step: f64,
    /// Number of (coupled) paths.
    pub paths: u64,
    /// Mean over them.
    pub mean: f64,
    /// Its standard error.
    pub mean_stderr: f64,
    /// Variance of one of them.
    pub variance: f64,
    /// Standard error of `variance`.
    pub variance_stderr: f64,
    /// Scheme steps of one of them.
    pub cost: f64,
}

/// A named check with its figure.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// Whether it held.
    pub passed: bool,
    /// The figure.
    pub value: f64,
    /// What it was held against.
    pub threshold: f64,
    /// Where the threshold comes from.
    pub why: String,
}
