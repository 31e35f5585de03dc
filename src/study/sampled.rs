//! The particles of a run: estimates with errors, what the user should know of them, and pictures of their weights.

use super::basis::Basis;
use super::breakdown::{Breakdown, Progress};
use super::ensemble_warnings::{closure_warnings, lonely, missed_evidence};
use super::figure::{Figure, HistogramPlot, Plot, TimePlot};
use super::findings::{ParticleEstimate, ParticleFindings};
use super::modes::Missed;
use super::narrow_in_space::narrow_in_space;
use super::sample::{kept_particles, time_warnings};
use super::series::TimeSeries;
use super::step_bias::{self, Biases, LOG_EVIDENCE};
use super::turning::note_turns;
use super::uncoupled_bias::{interact, uncoupled_bias};
use super::unmet_rate::unmet_rate;
use crate::checkpoint::Keeper;
use crate::model::{Initial, Problem};
use crate::particles::mean_field::{EnsembleBias, closure_bias, ensemble_bias};
use crate::particles::{
    Instant, Mean, MeanField, ParticleBreakdown, ParticleSettings, Population, Simulation, State, Watch,
    WeightHistogram,
};
use crate::pde::Trajectory;
use crate::statistics;

/// Bins of the histogram of the log-weights.
const WEIGHT_BINS: usize = 60;

/// The particles at the horizon, and what is known of them.
#[derive(Default)]
pub struct Sampled {
    /// The particles; `None` after a breakdown.
    pub population: Option<Population>,
    /// Their estimates.
    pub findings: Option<ParticleFindings>,
    /// Means at the recorded times.
    pub series: TimeSeries,
    /// The bias of their step, where a study judges them.
    pub biases: Biases,
    /// Modes that they have missed.
    pub missed: Missed,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// Pictures of the weights.
    pub figures: Vec<Figure>,
}

/// How the particles are watched.
pub struct Watched<'a> {
    /// Keeps their state, and may end the run.
    pub keeper: Option<&'a Keeper>,
    /// What they go on from; `None` for time 0.
    pub from: Option<State>,
    /// Whether a study judges them, so that the bias of their step has to be known.
    pub judged: bool,
    /// Whether a study says that they are about the law at the horizon, whatever the target.
    pub of_flow: bool,
    /// The grid's solution, if there is one.
    pub solved: Option<&'a Trajectory>,
}

/// Runs the particles. On a breakdown, what is known until then comes with it.
///
/// # Errors
/// If the grid that their weights read breaks down, or the runs that measure their bias.
pub fn sampled(
    basis: Basis<'_>,
    settings: &ParticleSettings,
    watched: Watched<'_>,
    progress: Progress<'_>,
) -> Result<(Sampled, Option<ParticleBreakdown>), Breakdown> {
    let problem = basis.problem;
    let watch = Watch {
        progress: &|share| progress("particles", share),
        keeper: watched.keeper,
        from: watched.from,
        followed: true,
    };
    let simulation = kept_particles(basis, settings, watch)?;
    let mut sampled = Sampled { series: TimeSeries::of(&simulation), ..Sampled::default() };
    if problem.weighted() {
        sampled.figures.push(weight_history(&simulation, settings.total_count()));
    }
    let (None, Some(population)) = (&simulation.breakdown, &simulation.population) else {
        return Ok((sampled, simulation.breakdown));
    };
    if problem.weighted() {
        sampled.figures.extend(weight_histogram(population));
    }
    let means = population.means(&problem.observables, problem.normalized());
    let by_number =
        settings.mean_field.as_ref().and_then(|own| ensemble_bias(problem, settings, own, &means));
    let by_number = by_number.unwrap_or_default();
    sampled.biases = match watched.judged {
        judged if interact(problem, settings) => {
            uncoupled_bias(basis, settings, &simulation, &by_number, judged, progress)?
        }
        true => step_bias::measure(basis, settings, step_bias::paths(problem, settings))?,
        false => step_bias::scout(basis, settings),
    };
    note_turns(problem, settings.step, population, &mut sampled.biases);
    let mut findings =
        particle_findings(problem, settings, &simulation, (population, &means), &sampled.biases);
    // Of draws that agree although they are at different places, nothing is known that a bias could be held against.
    let agree = |own: &ParticleEstimate| own.spread.is_zero(own.stderr) && !own.spread.one_place;
    let known = findings.observables.iter().filter(|(_, own)| !agree(own));
    let estimates = known.map(|(name, own)| (name.as_str(), own.stderr));
    let estimates = estimates.chain(findings.log_evidence_stderr.map(|stderr| (LOG_EVIDENCE, stderr)));
    let biased = estimates.filter_map(|(name, stderr)| sampled.biases.get(name)?.warning(name, stderr));
    sampled.warnings = time_warnings(problem, settings.step).into_iter().chain(biased).collect();
    sampled.warnings.extend(undrawn_start(problem, settings.total_count()));
    let mut blind = Vec::from_iter(narrow_in_space(problem, settings.step, population));
    blind.extend(unmet_rate(problem, population));
    if let Some(mean_field) = &settings.mean_field {
        let warnings = ensemble_biases(problem, settings, mean_field, (&means, &by_number), &mut findings);
        sampled.warnings.extend(warnings);
        blind.extend(closure_warnings(problem, settings, mean_field, population, &means));
        blind.extend(lonely(&findings));
    }
    sampled.missed = Missed::by(problem, basis.grid, watched.solved, population);
    sampled.missed.evidence = missed_evidence(problem, &findings);
    sampled.missed.blind = blind;
    sampled.warnings.extend(sampled.missed.warnings(problem, watched.of_flow));
    let groups = (population.degrees_of_freedom(), population.island_count());
    sampled.warnings.extend(estimate_warnings(problem, &findings, groups));
    sampled.findings = Some(findings);
    sampled.population = simulation.population;
    Ok((sampled, None))
}

/// Notes the bias of the ensembles beside the means, and returns what the user has to know.
fn ensemble_biases(
    problem: &Problem,
    settings: &ParticleSettings,
    mean_field: &MeanField,
    (means, measured): (&[Mean], &[EnsembleBias]),
    found: &mut ParticleFindings,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for ((observable, mean), bias) in problem.observables.iter().zip(means).zip(measured) {
        let name = &observable.name;
        let Some(estimate) = found.observables.get_mut(name) else { continue };
        estimate.ensemble_bias = Some(bias.value);
        estimate.ensemble_bias_stderr = Some(bias.stderr);
        let deviation = estimate.spread.deviation;
        let theory = closure_bias(problem, mean_field, estimate.spread.draws, deviation);
        if bias.matters(mean.stderr) || theory > mean.stderr {
            let size = bias.value.abs().max(theory);
            warnings.push(format!(
                "bias: the mean of {name} is off by about {size:.1e}, {:.1} standard errors, by the density that {} particles read \
                 from themselves ({}measured: {:.1e} ± {:.0e}): take more of them, or another density",
                size / mean.stderr,
                settings.count,
                if theory > bias.value.abs() { "by theory; " } else { "" },
                bias.value,
                bias.stderr
            ));
        }
    }
    warnings
}

/// Components of the start that hardly any particle is drawn from.
fn undrawn_start(problem: &Problem, count: usize) -> Option<String> {
    /// Expected particles of a component, and of all such ones together, below which they are not represented.
    const FEW: [f64; 2] = [3.0, 10.0];
    let Initial::Mixture(start) = &problem.initial else { return None };
    let expected = |weight: f64| weight * count as f64;
    let rare: Vec<f64> = start
        .components()
        .iter()
        .map(|own| expected(own.weight))
        .filter(|own| (0.0..FEW[0]).contains(own))
        .collect();
    let total: f64 = rare.iter().sum();
    (!rare.is_empty() && total < FEW[1]).then(|| {
        format!(
            "rare: {} of the components of [initial] have {total:.2} of the {count} particles together, on average, so that most \
             runs do not see them, and the standard errors do not count them: take more particles, or leave them out",
            rare.len()
        )
    })
}

/// What the user has to know of the estimates of particles in (`degrees` of freedom, islands).
fn estimate_warnings(
    problem: &Problem,
    found: &ParticleFindings,
    (degrees, islands): (usize, usize),
) -> Vec<String> {
    let varying = problem.observables.iter().filter(|observable| !observable.is_constant());
    let estimates = varying.filter_map(|observable| {
        let estimate = found.observables.get(&observable.name)?;
        Some((observable.name.as_str(), estimate.stderr, &estimate.spread))
    });
    let estimates: Vec<_> = estimates.collect();
    let mut warnings = Vec::from_iter(statistics::few_groups(degrees, islands, found.replicates.is_some()));
    warnings.extend(statistics::rare_warnings(&estimates));
    warnings.extend(statistics::tail_warnings(found.weight_tail.as_ref(), &estimates));
    warnings
}

fn particle_findings(
    problem: &Problem,
    settings: &ParticleSettings,
    simulation: &Simulation,
    (population, means): (&Population, &[Mean]),
    biases: &Biases,
) -> ParticleFindings {
    let weight_tail = problem.weighted().then(|| simulation.mass_tail()).flatten();
    let heavy_weights = weight_tail.is_some_and(|tail| tail.is_heavy());
    let mut spreads = population.spreads(&problem.observables, means, problem.normalized());
    spreads.iter_mut().for_each(|spread| spread.heavy_weights = heavy_weights);
    let log_normalizer = population.log_normalizer();
    let summary = population.summary();
    ParticleFindings {
        weight_tail,
        time: population.ensemble.time(),
        count: settings.total_count() as u64,
        replicates: settings.mean_field.map(|mean_field| mean_field.replicates as u64),
        ess: summary.ess,
        weight_entropy: summary.entropy,
        ancestors: summary.ancestors as u64,
        resamplings: simulation.resamplings,
        replacements: simulation.replacements,
        log_normalizer: log_normalizer.value,
        log_normalizer_stderr: log_normalizer.stderr,
        log_evidence: simulation.log_evidence.map(|evidence| evidence.value),
        log_evidence_stderr: simulation.log_evidence.map(|evidence| evidence.stderr),
        neighbours: simulation.neighbours,
        observables: problem
            .observables
            .iter()
            .zip(means.iter().zip(spreads))
            .map(|(observable, (mean, spread))| {
                let known = biases.get(&observable.name).filter(|bias| bias.value.is_finite());
                let (bias, bias_stderr) = known.map(|bias| (bias.value, bias.stderr)).unzip();
                let estimate = ParticleEstimate {
                    value: mean.value,
                    stderr: mean.stderr,
                    bias,
                    bias_stderr,
                    ensemble_bias: None,
                    ensemble_bias_stderr: None,
                    spread,
                };
                (observable.name.clone(), estimate)
            })
            .collect(),
    }
}

fn weight_history(simulation: &Simulation, count: usize) -> Figure {
    let line = |name: &str, size: fn(&Instant) -> f64| {
        let points = simulation.history.iter().map(|instant| (instant.time, size(instant) / count as f64));
        let (times, shares) = points.unzip();
        (name.to_string(), times, shares)
    };
    Figure {
        id: "ess".into(),
        title: "Effective sample size and ancestors".into(),
        caption: "As shares of the particles: (Σw)²/Σw² and e^H, H the entropy of the weights, which rise where an island \
                  resamples or jumps, and the particles at time 0 that still have offspring."
            .into(),
        plot: Plot::Time(TimePlot {
            quantity: "share of N".into(),
            logarithmic: false,
            pairs: false,
            lines: vec![
                line("effective sample size", |instant| instant.ess),
                line("e^entropy", |instant| instant.entropy.exp()),
                line("ancestors", |instant| instant.ancestors as f64),
            ],
        }),
    }
}

fn weight_histogram(population: &Population) -> Option<Figure> {
    let WeightHistogram { low, high, shares } = population.weight_histogram(WEIGHT_BINS)?;
    let edge = |k: usize| low + (high - low) * k as f64 / WEIGHT_BINS as f64;
    Some(Figure {
        id: "weights".into(),
        title: "Weights at the horizon".into(),
        caption: "Shares of the particles by log₁₀ of their weight; 0 is the mean weight.".into(),
        plot: Plot::Histogram(HistogramPlot {
            quantity: "log₁₀(weight / mean weight)".into(),
            edges: (0..=WEIGHT_BINS).map(|k| edge(k) / std::f64::consts::LN_10).collect(),
            shares,
        }),
    })
}
