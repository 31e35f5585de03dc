//! Orders of ensembles that read log ρ from themselves, from replicated runs on ladders: of the bias and the variance in
//! 1/N, and of the error in the step and in the bandwidth.
//!
//! An ensemble has a bias C/N beside that of its step. It is seen without any reference in differences between N and 2N
//! particles: two replicates of N and one of 2N are made of the same random numbers, so that the noise largely cancels. On
//! the ladder of steps it is taken out, by 2E_N − E_{N/2} from such pairs, and what is left is held against the flow. On that
//! of bandwidths, differences between s and s/2 with the same random numbers need no reference either, and no fine step; no
//! bandwidth that N particles fill is so small that the next power of s, which has the other sign, does not show.
//!
//! Held [against the flow](Against::Flow), all ladders measure the distance to one value that the particles know nothing of,
//! that of the grid or a given one. On those in N and s the error by the step is taken out in its turn, by
//! (2ᵖE_{h/2} − E_h)/(2ᵖ − 1) with independent runs; reactions under a kernel do not compose, which leaves an error of order s²h,
//! and that is of order 2 in s as well. Such a distance has the noise of an estimate, in which its differences from rung to
//! rung drown. So all rungs are made of the same random numbers, and the power law is fitted with the covariance of their
//! errors: what they have in common then says how far the whole ladder may stand from the flow, and little else.
//!
//! The next powers are in the fits: 1/N², and s⁴, as a Gaussian kernel is e^{s²Δ/2} and all that reads a density through it a
//! function of s².

mod rungs;

use super::figure::{Figure, OrderFit, OrderLine, OrderPlot, Plot};
use super::findings::{Constant, OrderFindings, Outcome, StudyFindings, Verdict};
use super::fit::{Judgement, Point, PowerLaw, local_orders};
use super::mean_field_bias::{order, splitting_order};
use super::{Against, Breakdown, EnsembleOrderSettings, Ladder, Plan, Progress, sample};
use crate::particles::mean_field::{Bandwidth, LogDensity};
use crate::particles::{MeanField, ParticleSettings, step_count};
use rungs::{Noise, Rungs, distance, distances_of_the_same, mean, variance, without_step};

/// What the seed of a run is ahead of that of the run before.
const APART: u64 = 1 << 34;
/// Standard errors beyond which a local slope is shown.
const RESOLVED: f64 = 3.0;

/// Climbs every ladder; `exact` is the value of the flow and its error. `number` tells the studies of a run apart.
///
/// # Errors
/// If an ensemble breaks down.
pub fn study(
    plan: &Plan,
    settings: &EnsembleOrderSettings,
    exact: (f64, f64),
    number: u64,
    progress: Progress<'_>,
) -> Result<(Vec<StudyFindings>, Vec<Figure>), Breakdown> {
    let Some((base, mean_field)) =
        plan.particles.as_ref().and_then(|particles| Some((particles, particles.mean_field?)))
    else {
        return Ok((Vec::new(), Vec::new()));
    };
    let mut runs = Runs { plan, settings, next: (number << 8) + 1, progress };
    let (mut findings, mut figures) = (Vec::new(), Vec::new());
    for ladder in &settings.ladders {
        let (axis, rungs) = runs.climb(ladder, base, mean_field, exact)?;
        let judged: Vec<_> = rungs.into_iter().map(|rungs| judge(&settings.observable.name, rungs)).collect();
        let (found, lines): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
        findings.extend(found);
        figures.push(Figure {
            id: format!(
                "ensemble-order-{}{}",
                axis.id,
                if number == 0 { String::new() } else { format!("-{}", number + 1) }
            ),
            title: format!("Order of the ensemble in its {}", axis.name),
            caption: format!(
                "{} Observable {}, with standard errors over the replicates.",
                axis.caption, settings.observable.name
            ),
            plot: Plot::Orders(OrderPlot { step_name: axis.label.into(), lines }),
        });
    }
    Ok((findings, figures))
}

/// The axis of a picture.
struct Axis {
    id: &'static str,
    name: &'static str,
    label: &'static str,
    caption: &'static str,
}

impl Axis {
    fn count(caption: &'static str) -> Self {
        Self { id: "count", name: "number of particles", label: "1/N", caption }
    }

    fn bandwidth(caption: &'static str) -> Self {
        Self { id: "bandwidth", name: "bandwidth", label: "bandwidth s", caption }
    }
}

struct Runs<'a> {
    plan: &'a Plan,
    settings: &'a EnsembleOrderSettings,
    /// Number of the next run.
    next: u64,
    progress: Progress<'a>,
}

impl Runs<'_> {
    fn climb(
        &mut self,
        ladder: &Ladder,
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<(Axis, Vec<Rungs>), Breakdown> {
        match (ladder, self.settings.against) {
            (Ladder::Counts(counts), Against::Itself) => {
                let caption =
                    "Differences between the means of N and 2N particles, and the variance of one ensemble.";
                Ok((Axis::count(caption), self.numbers(counts, base)?))
            }
            (Ladder::Counts(counts), Against::Flow) => {
                let caption = "Distance from the flow, less the error by the step, and the variance of one ensemble. All \
                               rungs have the same random numbers.";
                Ok((Axis::count(caption), self.numbers_from_flow(counts, base, mean_field, exact)?))
            }
            (Ladder::Steps(steps), Against::Itself | Against::Flow) => {
                let point = |&step: &f64| {
                    let seed = self.seed(base);
                    let values = self.without_bias(&ParticleSettings { step, seed, ..base.clone() })?;
                    Ok(distance(step, mean(&values), exact))
                };
                let points = steps.iter().map(point).collect::<Result<_, Breakdown>>()?;
                let name = "error by the step, without that by N";
                let caption = "Distance from the flow, less the bias by the number of particles.";
                let axis = Axis { id: "step", name: "step", label: "step h", caption };
                let expected = order(base, &mean_field).unsigned_abs();
                Ok((axis, vec![Rungs { name, expected, points, noise: Noise::Independent, next: 1 }]))
            }
            (Ladder::Bandwidths(bandwidths), Against::Flow) => {
                let caption = "Distance from the flow, less the errors by the step and the number of particles. All rungs \
                               have the same random numbers.";
                let rungs = self.bandwidths_from_flow(bandwidths, base, mean_field, exact)?;
                Ok((Axis::bandwidth(caption), vec![rungs]))
            }
            (Ladder::Bandwidths(bandwidths), Against::Itself) => {
                let point = |&deviation: &f64| {
                    let seed = self.seed(base);
                    let at = |deviation: f64| {
                        let mean_field = Some(with_bandwidth(mean_field, deviation));
                        self.without_bias(&ParticleSettings { mean_field, seed, ..base.clone() })
                    };
                    let (wide, narrow) = (at(deviation)?, at(0.5 * deviation)?);
                    let differences: Vec<f64> = wide.iter().zip(narrow).map(|(a, b)| a - b).collect();
                    Ok(distance(deviation, mean(&differences), (0.0, 0.0)))
                };
                let points = bandwidths.iter().map(point).collect::<Result<_, Breakdown>>()?;
                let name = "error by the bandwidth, without that by N";
                let caption =
                    "Differences between bandwidths s and s/2, less the bias by the number of particles.";
                Ok((
                    Axis::bandwidth(caption),
                    vec![Rungs { name, expected: 2, points, noise: Noise::Independent, next: 2 }],
                ))
            }
        }
    }

    /// E_N − E_{2N}, half of the bias, and the variance of an ensemble.
    fn numbers(&mut self, counts: &[usize], base: &ParticleSettings) -> Result<Vec<Rungs>, Breakdown> {
        let (mut biases, mut variances) = (Vec::new(), Vec::new());
        for &count in counts {
            let settings = ParticleSettings { count: 2 * count, seed: self.seed(base), ..base.clone() };
            let (halves, whole) = self.pairs(&settings)?;
            let step = 1.0 / count as f64;
            let differences: Vec<f64> = halves
                .chunks_exact(2)
                .zip(whole)
                .map(|(pair, whole)| 0.5 * (pair[0] + pair[1]) - whole)
                .collect();
            biases.push(distance(step, mean(&differences), (0.0, 0.0)));
            variances.push(variance(step, &halves));
        }
        Ok(Rungs::by_number("bias by the number of particles", biases, Noise::Independent, variances))
    }

    /// E_N less the value of the flow, and the variance of an ensemble.
    fn numbers_from_flow(
        &mut self,
        counts: &[usize],
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<Vec<Rungs>, Breakdown> {
        let (mut distances, mut variances) = (Vec::new(), Vec::new());
        let seed = self.seed(base);
        for &count in counts {
            // Every replicate of the scenario's number of particles makes so many ensembles of this one.
            let parts = base.count.div_ceil(count);
            let replicated = Some(MeanField { replicates: mean_field.replicates * parts, ..mean_field });
            let settings = ParticleSettings { count, mean_field: replicated, seed, ..base.clone() };
            let (coarse, fine) = (self.means(&settings)?, self.means(&self.finer(&settings))?);
            variances.push(variance(1.0 / count as f64, &coarse));
            let whole = |parted: &[f64]| -> Vec<f64> {
                parted.chunks_exact(parts).map(|ensembles| mean(ensembles).value).collect()
            };
            let order = splitting_order(base, &mean_field);
            distances.push(without_step(&whole(&coarse), &whole(&fine), order));
        }
        let steps = counts.iter().map(|&count| 1.0 / count as f64);
        let (points, covariance) = distances_of_the_same(steps, &distances, exact);
        let name = "error by the number of particles, without that by the step";
        Ok(Rungs::by_number(name, points, Noise::Shared(covariance), variances))
    }

    /// E_s less the value of the flow, without the errors by step and number.
    fn bandwidths_from_flow(
        &mut self,
        bandwidths: &[f64],
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<Rungs, Breakdown> {
        let seed = self.seed(base);
        let values = |&deviation: &f64| {
            let kernel = with_bandwidth(mean_field, deviation);
            let settings = ParticleSettings { mean_field: Some(kernel), seed, ..base.clone() };
            let (coarse, fine) = (self.without_bias(&settings)?, self.without_bias(&self.finer(&settings))?);
            Ok(without_step(&coarse, &fine, splitting_order(base, &mean_field)))
        };
        let values = bandwidths.iter().map(values).collect::<Result<Vec<_>, Breakdown>>()?;
        let (points, covariance) = distances_of_the_same(bandwidths.iter().copied(), &values, exact);
        let name = "error by the bandwidth, without those by step and N";
        Ok(Rungs { name, expected: 2, points, noise: Noise::Shared(covariance), next: 2 })
    }

    /// The same with half of the step, and random numbers of its own.
    fn finer(&self, settings: &ParticleSettings) -> ParticleSettings {
        let horizon = self.plan.problem.horizon;
        let step = 0.5 * horizon / step_count(horizon, settings.step) as f64;
        ParticleSettings { step, seed: settings.seed.wrapping_add(APART / 2), ..settings.clone() }
    }

    /// 2E_N − E_{N/2} of every replicate, whose bias is of order 1/N².
    fn without_bias(&self, settings: &ParticleSettings) -> Result<Vec<f64>, Breakdown> {
        let (halves, whole) = self.pairs(settings)?;
        let pairs = halves.chunks_exact(2).zip(whole);
        Ok(pairs.map(|(pair, whole)| 2.0 * whole - 0.5 * (pair[0] + pair[1])).collect())
    }

    /// The means of all replicates, cut in halves and as they are, of the same random numbers.
    fn pairs(&self, settings: &ParticleSettings) -> Result<(Vec<f64>, Vec<f64>), Breakdown> {
        let halved = settings
            .mean_field
            .map(|mean_field| MeanField { replicates: 2 * mean_field.replicates, ..mean_field });
        let halves = ParticleSettings { count: settings.count / 2, mean_field: halved, ..settings.clone() };
        Ok((self.means(&halves)?, self.means(settings)?))
    }

    fn means(&self, settings: &ParticleSettings) -> Result<Vec<f64>, Breakdown> {
        let simulation = sample::particles(self.plan, settings, self.progress)?;
        match (simulation.population, simulation.breakdown) {
            (_, Some(breakdown)) => Err(breakdown.into()),
            (Some(population), None) => Ok(population.replicate_means(&self.settings.observable)),
            (None, None) => Ok(Vec::new()),
        }
    }

    /// A seed of its own for every rung.
    fn seed(&mut self, base: &ParticleSettings) -> u64 {
        self.next += 1;
        base.seed.wrapping_add(self.next.wrapping_mul(APART))
    }
}

/// With a kernel of this bandwidth in place of any other density.
fn with_bandwidth(mean_field: MeanField, deviation: f64) -> MeanField {
    let leave_one_out = matches!(mean_field.density, LogDensity::Kernel { leave_one_out: true, .. });
    let density = LogDensity::Kernel { bandwidth: Bandwidth::Fixed(deviation), leave_one_out };
    MeanField { density, ..mean_field }
}

/// A weighted fit of the signed errors.
fn judge(observable: &str, rungs: Rungs) -> (StudyFindings, OrderLine) {
    let law = rungs.fit();
    let Rungs { name, expected, points, next, .. } = rungs;
    let (verdict, why) = match &law {
        Some(law) => {
            let Judgement { verdict, why, .. } = law.judge(f64::from(expected));
            (verdict, why)
        }
        None => (Verdict::Inconclusive, "the rungs have no standard errors: take more replicates".into()),
    };
    let order = law.as_ref().map(PowerLaw::interval);
    let fitted = 0..if law.is_some() { points.len() } else { 0 };
    let column = |value: fn(&Point) -> f64| points.iter().map(value).collect::<Vec<f64>>();
    let (steps, errors, stderrs) = (column(|p| p.step), column(|p| p.error), column(|p| p.stderr));
    let line = OrderLine {
        label: name.into(),
        steps: steps.clone(),
        errors: errors.clone(),
        stderrs: stderrs.clone(),
        fitted: fitted.clone(),
        fit: law.as_ref().zip(order).map(|(law, order)| OrderFit {
            bend: law.bend(),
            next,
            ..OrderFit::straight(law.constant.abs(), order)
        }),
    };
    let findings = OrderFindings {
        scheme: name.into(),
        weight: None,
        observable: observable.into(),
        method: "replicates".into(),
        local_orders: local_orders(&points, RESOLVED),
        steps,
        errors,
        stderrs,
        fitted_from: fitted.start,
        fitted_to: fitted.end,
        order,
        expected,
        constant: law.as_ref().map(|law| Constant { measured: law.constant, predicted: None }),
        paths_needed: None,
        paths: None,
        estimator: None,
        leading_error: None,
        certificate: None,
    };
    (StudyFindings::new(Outcome::EnsembleOrder(findings), verdict, why), line)
}
