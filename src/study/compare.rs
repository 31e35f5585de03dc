//! The kind "compare": particles against grid, densities and observables.

use super::bins::Bins;
use super::density_figure;
use super::distance::{DISTANCES, DistanceStudy, Law, beside, faults_beside};
use super::findings::{GridFindings, ParticleFindings};
use super::grid::GridRun;
use super::modes::Missed;
use super::prelude::*;
use super::step_bias::{self, Biases, Exact, LOG_NORMALIZER};
use crate::format::{short, significant};
use crate::model::{Initial, Observable, Problem};
use crate::particles::{Histogram, Population};
use crate::statistics::Evidence;
use std::collections::BTreeMap;

/// Bins along one axis, at most, by dimension.
const BINS: [usize; 3] = [80, 40, 16];
/// Degrees of freedom of the standard errors below which a pass would mean nothing.
const FEWEST_DEGREES: usize = 10;
/// Gaussian concentration: a Lipschitz function of the noise exceeds its mean by 6.5 σ with probability 7e-10.
const CONCENTRATION: f64 = 6.5;

/// The kind.
pub static KIND: Kind = Kind {
    name: "compare",
    summary: "Particles against grid: densities and observables.",
    needs: &[Need::Grid, Need::Particles],
    keys: &[DISTANCES],
    read: |values, basis| {
        Ok(Arc::new(Compare { distances: beside(values, basis, Law::Particles, Law::Grid) }))
    },
    outcome: Some(|generator| generator.subschema_for::<CompareFindings>()),
};

/// Particles against grid.
#[derive(Clone, Debug)]
pub struct Compare {
    /// Distances that are told as well.
    pub distances: Vec<DistanceStudy>,
}

impl Study for Compare {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        faults_beside(&self.distances, basis)
    }

    fn judges_particles(&self) -> bool {
        true
    }

    fn draws_density(&self) -> bool {
        true
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let ((grid, grid_findings), (particles, particle_findings)) = (context.solved()?, context.sampled()?);
        let (problem, biases) = (context.problem(), context.biases);
        let missed = &context.missed;
        let both = Both { problem, grid, grid_findings, particles, particle_findings, biases, missed };
        compare(&both, found);
        found.first_figures = density_figure::density(problem, grid, Some(particles));
        self.distances.iter().try_for_each(|distance| distance.run(context, found))
    }
}

/// Particles against grid.
#[derive(Clone, Debug, Serialize, JsonSchema)]
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

impl Outcome for CompareFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "particles against the grid".into()
    }

    fn found(&self) -> String {
        let largest = self.z_scores.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        // Beyond what the grid's errors and the step's bias explain.
        let z = largest.map(|(name, z)| match z.abs() {
            0.0 => "no difference beyond the known errors\n".into(),
            z => format!("z at most {}, for {name}\n", short(z)),
        });
        let w1 = self.w1.map(|w1| format!("\nW₁ {}", short(w1)));
        format!(
            "{}total variation {}{}",
            z.unwrap_or_default(),
            short(self.total_variation),
            w1.unwrap_or_default()
        )
    }

    fn claim(&self) -> String {
        format!("total variation {} by the noise alone", short(self.total_variation_expected))
    }

    fn tables(&self) -> Vec<Table> {
        let caption = "Particles against grid: (particles − bias − grid) in standard errors, beyond what the grid's error and \
                       the next order of the bias allow";
        let mut table = Table::new(caption, &["observable", "z"]);
        for (name, z) in &self.z_scores {
            table.row([name.clone(), significant(*z, 2)]);
        }
        vec![table]
    }
}

/// What is compared.
struct Both<'a> {
    problem: &'a Problem,
    grid: &'a GridRun,
    grid_findings: &'a GridFindings,
    particles: &'a Population,
    particle_findings: &'a ParticleFindings,
    biases: &'a Biases,
    /// Why the particles cannot have the grid's law.
    missed: &'a Missed,
}

/// Compares observables and densities.
fn compare(both: &Both<'_>, found: &mut Found) {
    let (z_scores, mut checks, mut open) = observables(both);
    let Both { problem, grid, particles, .. } = both;
    let cells = &grid.trajectory.grid;
    let axes: Vec<usize> = (0..cells.dimension()).collect();
    let bins = Bins::new(cells, &axes, BINS[cells.dimension() - 1]);
    let last = grid.trajectory.last();
    let exact = bins.gather(cells, &last.log_density);
    let histogram = particles.histogram(bins.len(), |x| bins.find(x));

    let distance = |share: &crate::particles::Mean, exact: &f64| (share.value - exact).abs();
    let inside: f64 = histogram.shares.iter().zip(&exact).map(|(s, e)| distance(s, e)).sum();
    let outside = (1.0 - histogram.shares.iter().map(|share| share.value).sum::<f64>()).max(0.0);
    let total_variation = 0.5 * (inside + outside);
    // E|N(0, s²)| = s √(2/π).
    let spread: f64 = histogram.shares.iter().map(|share| share.stderr).sum();
    let expected = 0.5 * spread * (2.0 / std::f64::consts::PI).sqrt();
    if open.is_empty() {
        checks.extend(density_check(both, &histogram, total_variation, expected));
    }
    open.extend(both.missed.flow.iter().chain(&both.missed.blind).cloned());

    let w1 = (cells.dimension() == 1).then(|| {
        let fine = Bins::new(cells, &axes, usize::MAX);
        let shares = particles.histogram(fine.len(), |x| fine.find(x)).shares;
        let exact = fine.gather(cells, &last.log_density);
        let mut excess = 0.0;
        let sum: f64 = shares
            .iter()
            .zip(&exact)
            .map(|(share, exact)| {
                excess += share.value - exact;
                f64::abs(excess)
            })
            .sum();
        sum * cells.width(0)
    });

    // Without a standard error there is nothing to compare with.
    let made = z_scores.len() == problem.observables.len()
        && checks.len() > z_scores.len()
        && particles.degrees_of_freedom() >= FEWEST_DEGREES;
    let (verdict, why) = match checks.iter().find(|check| !check.passed) {
        Some(check) => {
            (Verdict::Fail, format!("{}: {:.3} exceeds {:.3}", check.name, check.value, check.threshold))
        }
        None if !open.is_empty() => (Verdict::Inconclusive, open.join("; ")),
        None if made => {
            (Verdict::Pass, format!("all {} comparisons agree within their errors", checks.len()))
        }
        None => (Verdict::Inconclusive, "too few particles, or too even ones, for standard errors".into()),
    };
    let findings = CompareFindings { total_variation, total_variation_expected: expected, w1, z_scores };
    found.outcomes.push(StudyFindings::new(findings, verdict, why));
    found.checks.extend(checks);
}

/// The distances in standard errors, the checks, and what cannot be decided.
fn observables(both: &Both<'_>) -> (BTreeMap<String, f64>, Vec<Check>, Vec<String>) {
    let Both { problem, grid, grid_findings, particle_findings, .. } = both;
    let mut z_scores = BTreeMap::new();
    let (mut checks, mut open) = (Vec::new(), Vec::new());
    let mut judge = |name: &str, particle: &Evidence, exact: Exact| {
        let threshold = t_threshold(both.particles.degrees_of_freedom());
        let comparison = step_bias::compare(particle, both.biases.get(name), exact, threshold);
        let title = format!("{name}: particles agree with the grid");
        let why = "the grid's error, also as an oracle, and the next order of the time-step bias";
        match comparison.check(title, threshold, why) {
            Err(why) => open.push(format!("{name}: {why}")),
            Ok(check) => {
                z_scores.insert(name.to_string(), check.value);
                checks.push(check);
            }
        }
    };
    for observable in &problem.observables {
        let name = &observable.name;
        let (Some(found), Some(particle)) =
            (grid_findings.observables.get(name), particle_findings.observables.get(name))
        else {
            continue;
        };
        let oracle = oracle_error(both, observable, found.value);
        let exact = Exact {
            value: found.value,
            error: found.error + oracle,
            spread: grid.spread(problem, observable),
            tolerance: observable.tolerance,
        };
        judge(name, &particle.evidence(), exact);
    }
    // A start in one point has no entropy, which leaves a constant in the oracle free.
    let free = problem.normalized() && matches!(problem.initial, Initial::Point(_));
    // The mass of a normalised flow is kept by the particles as well.
    let kept = problem.normalized() && particle_findings.replicates.is_some();
    if problem.weighted() && !free && !kept {
        let particle = particle_findings.log_normalizer_evidence();
        let (value, error) = (grid_findings.log_normalizer, grid_findings.log_normalizer_error);
        judge(LOG_NORMALIZER, &particle, Exact { value, error, spread: 1.0, tolerance: None });
    }
    z_scores.remove(LOG_NORMALIZER);
    (z_scores, checks, open)
}

/// What the error of the grid as an oracle does to the particles; nothing if they read their own density.
fn oracle_error(both: &Both<'_>, observable: &Observable, value: f64) -> f64 {
    match both.particle_findings.replicates {
        Some(_) => 0.0,
        None => both.grid.oracle_error(both.problem, observable, value),
    }
}

/// The total variation should be what the noise makes it.
fn density_check(
    both: &Both<'_>,
    histogram: &Histogram,
    total_variation: f64,
    expected: f64,
) -> Option<Check> {
    // As many independent draws would give the same noise.
    let scatter: f64 = histogram.shares.iter().map(|share| share.value * (1.0 - share.value)).sum();
    let draws = scatter / histogram.noise;
    // ½ Σ ±p_k has a standard deviation of at most ½/√draws.
    let fluctuation = CONCENTRATION * 0.5 / draws.sqrt();
    // A shift of the law by the time step or the oracle shows in the observables first: the largest bias, in units of
    // the observable's spread, stands for the shift of the density.
    let shift = both
        .problem
        .observables
        .iter()
        .filter_map(|observable| {
            let name = &observable.name;
            let bias = both.biases.get(name)?;
            let grid = both.grid_findings.observables.get(name)?;
            let oracle = oracle_error(both, observable, grid.value);
            let spread = both.grid.spread(both.problem, observable);
            (spread > 0.0).then(|| (bias.value.abs() + 3.0 * bias.stderr + oracle) / spread)
        })
        .fold(0.0, f64::max);
    let threshold = expected + fluctuation + shift;
    threshold.is_finite().then(|| {
        Check::at_most(
            "density: total variation within the noise",
            total_variation,
            threshold,
            "mean of the noise, 6.5 standard deviations, and the bias of time step and oracle",
        )
    })
}
