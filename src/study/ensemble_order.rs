//! The kind "ensemble-order": orders of ensembles that read log ρ from themselves, from replicated runs on ladders: of the bias and the variance in
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
use super::fit::{OrderJudgement, Point, PowerLaw, local_orders};
use super::mean_field_bias::{order, splitting_order};
use super::order::{Constant, OrderFindings, OrderMethod};
use super::prelude::*;
use super::sample;
use crate::model::Observable;
use crate::particles::mean_field::{Bandwidth, DensityEstimate};
use crate::particles::{MeanField, ParticleSettings, step_count};
use rungs::{Noise, Rungs, distance, distances_of_the_same, mean, variance, without_step};

/// What the seed of a run is ahead of that of the run before.
const APART: u64 = 1 << 34;
/// Standard errors beyond which a local slope is shown.
const RESOLVED: f64 = 3.0;

const REFERENCE: Key = Key {
    name: "reference",
    holds: Type::Number(Range::Any),
    unit: "that of the observable",
    default: Some("the value of the grid"),
    meaning: "The value of the observable along the flow.",
};
const AGAINST: Key = Key {
    name: "against",
    holds: Type::Name(|| Against::ALL.map(Against::name).into()),
    unit: "",
    default: Some("itself"),
    meaning: "What errors in N and in the bandwidth are distances from.",
};
const COUNTS: Key = Key {
    name: "counts",
    holds: Type::Numbers(Range::Within(2.0, 4_294_967_296.0), Order::Rising, 3),
    unit: "particles",
    default: Some("not refined"),
    meaning: "Numbers of particles of each replicate.",
};
const STEPS: Key = Key {
    name: "steps",
    holds: Type::Numbers(Range::Above(0.0), Order::Falling, 3),
    unit: "time",
    default: Some("not refined"),
    meaning: "Steps of the particles.",
};
const BANDWIDTHS: Key = Key {
    name: "bandwidths",
    holds: Type::Numbers(Range::Above(0.0), Order::Falling, 3),
    unit: "length",
    default: Some("not refined"),
    meaning: "Standard deviations of the kernel.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "ensemble-order",
    summary: "Orders of ensembles that read log ρ from themselves, in their number, step or bandwidth.",
    keys: &[OBSERVABLE, REFERENCE, AGAINST, COUNTS, STEPS, BANDWIDTHS],
    read: |values, basis| {
        let list = |key: &Key| values.numbers(key.name).map(<[f64]>::to_vec);
        let counts =
            list(&COUNTS).map(|counts| Refined::Counts(counts.iter().map(|&n| n as usize).collect()));
        let (steps, bandwidths) =
            (list(&STEPS).map(Refined::Steps), list(&BANDWIDTHS).map(Refined::Bandwidths));
        Ok(Arc::new(EnsembleOrder {
            observable: observable(values, basis)?,
            reference: values.number(REFERENCE.name),
            against: values.text(AGAINST.name).and_then(Against::find).unwrap_or(Against::Itself),
            refined: [counts, steps, bandwidths].into_iter().flatten().collect(),
        }))
    },
    outcome: Some(|generator| generator.subschema_for::<OrderFindings>()),
};

/// What of an ensemble is refined, and on what its error is measured.
#[derive(Clone, Debug)]
pub struct EnsembleOrder {
    /// What the error is measured on.
    pub observable: Observable,
    /// Its value along the flow; that of the grid if there is none.
    pub reference: Option<f64>,
    /// What errors in N and in the bandwidth are distances from.
    pub against: Against,
    /// One or several.
    pub refined: Vec<Refined>,
}

/// What errors are distances from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The next level, so that no reference is needed and much of the noise cancels.
    Itself,
    /// The value of the flow.
    Flow,
}

impl Against {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Itself, Self::Flow];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Flow => "flow",
        }
    }

    /// The choice called `name`, if there is one.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// What varies from level to level, coarse to fine.
#[derive(Clone, Debug, PartialEq)]
pub enum Refined {
    /// The number of particles of each replicate.
    Counts(Vec<usize>),
    /// The step.
    Steps(Vec<f64>),
    /// The standard deviation of the kernel.
    Bandwidths(Vec<f64>),
}

impl Study for EnsembleOrder {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn values(&self) -> Values {
        let with = |values: Values, refined: &Refined| match refined {
            Refined::Counts(counts) => {
                let counts: Vec<f64> = counts.iter().map(|&n| n as f64).collect();
                values.with(COUNTS.name, &counts[..])
            }
            Refined::Steps(steps) => values.with(STEPS.name, &steps[..]),
            Refined::Bandwidths(bandwidths) => values.with(BANDWIDTHS.name, &bandwidths[..]),
        };
        self.refined.iter().fold(Values::default(), with)
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let some = match self.refined.is_empty() {
            true => Err(Fault::at(
                COUNTS.name,
                "found nothing; expected counts, steps or bandwidths, an array of three numbers or more, coarse to fine",
            )),
            false => Ok(()),
        };
        let density = self.density(basis);
        let refined = match density {
            Ok((_, mean_field)) => {
                self.refined.iter().try_for_each(|own| self.supports(own, mean_field.density))
            }
            Err(_) => Ok(()),
        };
        unmet([some, density.map(drop), refined, self.known(basis)])
    }

    /// Refines one thing after the other.
    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (base, mean_field) = self.density(&context.basis)?;
        let exact = match self.reference {
            Some(value) => (value, 0.0),
            None => {
                let (_, grid) = context.solved()?;
                let value = grid.observables.get(&self.observable.name);
                value.map(|value| (value.value, value.error)).ok_or(Breakdown::Absent("the grid's value"))?
            }
        };
        // Studies of one run have random numbers of their own.
        let next = ((context.number as u64) << 8) + 1;
        let mut runs = Runs { basis: context.basis, settings: self, next, progress: context.progress };
        for refined in &self.refined {
            let (axis, rungs) = runs.climb(refined, base, mean_field, exact)?;
            let judged: Vec<_> = rungs.into_iter().map(|rungs| judge(&self.observable.name, rungs)).collect();
            let (findings, lines): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
            found.outcomes.extend(findings);
            found.figures.push(Figure {
                id: format!("ensemble-order-{}", axis.id),
                title: format!("Order of the ensemble in its {}", axis.name),
                caption: format!(
                    "{} Observable {}, with standard errors over the replicates.",
                    axis.caption, self.observable.name
                ),
                plot: Plot::Orders(OrderPlot { step_name: axis.label.into(), lines }),
            });
        }
        Ok(())
    }
}

impl EnsembleOrder {
    /// The particles, and how they read their own density.
    fn density<'a>(&self, basis: &Basis<'a>) -> Result<(&'a ParticleSettings, MeanField), Fault> {
        let own = basis.particles.and_then(|particles| Some((particles, particles.mean_field?)));
        own.ok_or_else(|| {
            Fault::at(
                "kind",
                "found an ensemble-order study without a density from the ensemble; expected [particles] with density = \
                 \"transition-mixture\", \"kernel\" or \"gaussian\"",
            )
        })
    }

    /// Whether the value of the flow is known.
    fn known(&self, basis: &Basis<'_>) -> Result<(), Fault> {
        if self.reference.is_some() {
            return Ok(());
        }
        let name = &self.observable.name;
        if basis.grid.is_none() {
            return Err(Fault::at(
                REFERENCE.name,
                "found nothing; expected a table [grid], or reference = the observable's value along the flow",
            ));
        }
        let names: Vec<&str> = basis.problem.observables.iter().map(|own| own.name.as_str()).collect();
        match names.contains(&name.as_str()) {
            true => Ok(()),
            false => Err(Fault::at(
                OBSERVABLE.name,
                format!(
                    "found \"{name}\", of which the grid has no value; expected one of the scenario's observables ({}), or \
                     reference = its value along the flow",
                    names.join(", ")
                ),
            )),
        }
    }

    /// Whether this can be refined beside this density.
    fn supports(&self, refined: &Refined, density: DensityEstimate) -> Result<(), Fault> {
        match (refined, density) {
            (Refined::Counts(counts), DensityEstimate::Kernel { bandwidth, .. }) => match bandwidth {
                Bandwidth::Fixed(_) => Ok(()),
                _ => Err(Fault::at(
                    COUNTS.name,
                    format!(
                        "found {counts:?}; expected it beside a bandwidth that is a number, as rules narrow the kernel with N"
                    ),
                )),
            },
            // Against the flow, which the mixture follows, kernels take its place on these levels.
            (Refined::Bandwidths(bandwidths), density) => match density {
                DensityEstimate::Kernel { .. } => Ok(()),
                DensityEstimate::TransitionMixture if self.against == Against::Flow => Ok(()),
                _ => Err(Fault::at(
                    BANDWIDTHS.name,
                    format!(
                        "found {bandwidths:?}; expected it beside density = \"kernel\" only, or beside \
                         \"transition-mixture\" with against = \"flow\""
                    ),
                )),
            },
            _ => Ok(()),
        }
    }
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
    basis: Basis<'a>,
    settings: &'a EnsembleOrder,
    /// Number of the next run.
    next: u64,
    progress: Progress<'a>,
}

impl Runs<'_> {
    fn climb(
        &mut self,
        refined: &Refined,
        base: &ParticleSettings,
        mean_field: MeanField,
        exact: (f64, f64),
    ) -> Result<(Axis, Vec<Rungs>), Breakdown> {
        match (refined, self.settings.against) {
            (Refined::Counts(counts), Against::Itself) => {
                let caption =
                    "Differences between the means of N and 2N particles, and the variance of one ensemble.";
                Ok((Axis::count(caption), self.numbers(counts, base)?))
            }
            (Refined::Counts(counts), Against::Flow) => {
                let caption = "Distance from the flow, less the error by the step, and the variance of one ensemble. All \
                               rungs have the same random numbers.";
                Ok((Axis::count(caption), self.numbers_from_flow(counts, base, mean_field, exact)?))
            }
            (Refined::Steps(steps), Against::Itself | Against::Flow) => {
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
            (Refined::Bandwidths(bandwidths), Against::Flow) => {
                let caption = "Distance from the flow, less the errors by the step and the number of particles. All rungs \
                               have the same random numbers.";
                let rungs = self.bandwidths_from_flow(bandwidths, base, mean_field, exact)?;
                Ok((Axis::bandwidth(caption), vec![rungs]))
            }
            (Refined::Bandwidths(bandwidths), Against::Itself) => {
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
        let horizon = self.basis.problem.horizon;
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
        let simulation = sample::particles(self.basis, settings, self.progress)?;
        Ok(sample::completed(simulation)?.replicate_means(&self.settings.observable))
    }

    /// A seed of its own for every rung.
    fn seed(&mut self, base: &ParticleSettings) -> u64 {
        self.next += 1;
        base.seed.wrapping_add(self.next.wrapping_mul(APART))
    }
}

/// With a kernel of this bandwidth in place of any other density.
fn with_bandwidth(mean_field: MeanField, deviation: f64) -> MeanField {
    let leave_one_out = matches!(mean_field.density, DensityEstimate::Kernel { leave_one_out: true, .. });
    let density = DensityEstimate::Kernel { bandwidth: Bandwidth::Fixed(deviation), leave_one_out };
    MeanField { density, ..mean_field }
}

/// A weighted fit of the signed errors.
fn judge(observable: &str, rungs: Rungs) -> (StudyFindings, OrderLine) {
    let law = rungs.fit();
    let Rungs { name, expected, points, next, .. } = rungs;
    let (verdict, why) = match &law {
        Some(law) => {
            let OrderJudgement { verdict, why, .. } = law.judge(f64::from(expected));
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
        kind: KIND.name,
        subject: format!("{name}, for {observable}"),
        scheme: name.into(),
        observable: observable.into(),
        method: OrderMethod::Replicates,
        local_orders: local_orders(&points, RESOLVED),
        steps,
        errors,
        stderrs,
        fitted_from: fitted.start,
        fitted_to: fitted.end,
        order,
        expected,
        constant: law.as_ref().map(|law| Constant { measured: law.constant, predicted: None }),
        ..OrderFindings::default()
    };
    (StudyFindings::new(findings, verdict, why), line)
}
