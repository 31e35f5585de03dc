//! Orders of ensembles that read log ρ from themselves, from replicated runs on ladders: of the bias and the variance in
//! 1/N, and of the error in the step and in the bandwidth.
//!
//! An ensemble has a bias C/N beside that of its step. It is seen without any reference in differences between N and 2N
//! particles: two replicates of N and one of 2N are made of the same random numbers, so that the noise largely cancels. On
//! the ladder of steps it is taken out, by 2E_N − E_{N/2} from such pairs, and what is left is held against the flow. On that
//! of bandwidths, differences between s and s/2 with the same random numbers need no reference either, and no fine step; no
//! bandwidth that N particles fill is so small that the next power of s, which has the other sign, does not show.

use super::figure::{Figure, OrderFit, OrderLine, OrderPlot, Plot};
use super::findings::{Constant, OrderFindings, Outcome, StudyFindings, Verdict};
use super::fit::{Point, PowerLaw, local_orders};
use super::mean_field_bias::order;
use super::{Breakdown, EnsembleOrderSettings, Ladder, Plan, Progress, sample};
use crate::particles::mean_field::{Bandwidth, LogDensity};
use crate::particles::{Mean, MeanField, ParticleSettings};

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

/// Errors that should follow one power law.
struct Rungs {
    name: &'static str,
    expected: u32,
    /// Whether the next power is always fitted too.
    curved: bool,
    points: Vec<Point>,
}

/// The axis of a picture.
struct Axis {
    id: &'static str,
    name: &'static str,
    label: &'static str,
    caption: &'static str,
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
        match ladder {
            Ladder::Counts(counts) => {
                let caption =
                    "Differences between the means of N and 2N particles, and the variance of one ensemble.";
                let axis = Axis { id: "count", name: "number of particles", label: "1/N", caption };
                Ok((axis, self.numbers(counts, base)?))
            }
            Ladder::Steps(steps) => {
                let point = |&step: &f64| {
                    let seed = self.seed(base);
                    let values = self.without_bias(&ParticleSettings { step, seed, ..base.clone() })?;
                    let found = mean(&values);
                    let stderr = found.stderr.hypot(exact.1);
                    Ok(Point { step, error: found.value - exact.0, stderr })
                };
                let points = steps.iter().map(point).collect::<Result<_, Breakdown>>()?;
                let expected = order(base, &mean_field).unsigned_abs();
                let caption = "Distance from the flow, less the bias by the number of particles.";
                let axis = Axis { id: "step", name: "step", label: "step h", caption };
                Ok((
                    axis,
                    vec![Rungs {
                        name: "error by the step, without that by N",
                        expected,
                        curved: false,
                        points,
                    }],
                ))
            }
            Ladder::Bandwidths(bandwidths) => {
                let point = |&deviation: &f64| {
                    let seed = self.seed(base);
                    let at = |deviation: f64| ParticleSettings {
                        mean_field: Some(with_bandwidth(mean_field, deviation)),
                        seed,
                        ..base.clone()
                    };
                    let wide = self.without_bias(&at(deviation))?;
                    let narrow = self.without_bias(&at(0.5 * deviation))?;
                    let found = mean(&wide.iter().zip(narrow).map(|(a, b)| a - b).collect::<Vec<f64>>());
                    Ok(Point { step: deviation, error: found.value, stderr: found.stderr })
                };
                let points = bandwidths.iter().map(point).collect::<Result<_, Breakdown>>()?;
                let caption =
                    "Differences between bandwidths s and s/2, less the bias by the number of particles.";
                let axis = Axis { id: "bandwidth", name: "bandwidth", label: "bandwidth s", caption };
                Ok((
                    axis,
                    vec![Rungs {
                        name: "error by the bandwidth, without that by N",
                        expected: 2,
                        curved: true,
                        points,
                    }],
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
            let bias = mean(
                &halves
                    .chunks_exact(2)
                    .zip(whole)
                    .map(|(pair, b)| 0.5 * (pair[0] + pair[1]) - b)
                    .collect::<Vec<f64>>(),
            );
            biases.push(Point { step, error: bias.value, stderr: bias.stderr });
            let size = halves.len() as f64;
            let variance = size * mean(&halves).stderr.powi(2);
            // That of the variance of nearly normal data.
            let stderr = variance * (2.0 / (size - 1.0)).sqrt();
            variances.push(Point { step, error: variance, stderr });
        }
        Ok(vec![
            Rungs { name: "bias by the number of particles", expected: 1, curved: false, points: biases },
            Rungs { name: "variance of an ensemble", expected: 1, curved: false, points: variances },
        ])
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

fn with_bandwidth(mean_field: MeanField, deviation: f64) -> MeanField {
    let leave_one_out = matches!(mean_field.density, LogDensity::Kernel { leave_one_out: true, .. });
    let density = LogDensity::Kernel { bandwidth: Bandwidth::Fixed(deviation), leave_one_out };
    MeanField { density, ..mean_field }
}

fn mean(values: &[f64]) -> Mean {
    let count = values.len() as f64;
    let value = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|x| (x - value).powi(2)).sum();
    Mean { value, stderr: (squares / (count * (count - 1.0))).sqrt() }
}

/// A weighted fit of the signed errors.
fn judge(observable: &str, rungs: Rungs) -> (StudyFindings, OrderLine) {
    let Rungs { name, expected, curved, points } = rungs;
    let law = curved.then(|| PowerLaw::fit_curved(&points)).flatten().or_else(|| PowerLaw::fit(&points));
    let (verdict, why) = match &law {
        Some(law) => law.judge(f64::from(expected)),
        None => (Verdict::Inconclusive, "the rungs have no standard errors: take more replicates".into()),
    };
    let order = law.as_ref().map(PowerLaw::interval);
    let fitted = law.as_ref().map_or(0..0, |law| law.first..points.len());
    let column = |value: fn(&Point) -> f64| points.iter().map(value).collect::<Vec<f64>>();
    let (steps, errors, stderrs) = (column(|p| p.step), column(|p| p.error), column(|p| p.stderr));
    let line = OrderLine {
        label: name.into(),
        steps: steps.clone(),
        errors: errors.clone(),
        stderrs: stderrs.clone(),
        fitted: fitted.clone(),
        fit: law.as_ref().zip(order).map(|(law, order)| OrderFit {
            constant: law.constant.abs(),
            order: order.estimate,
            lower: order.lower,
            upper: order.upper,
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
