//! The kind "ensemble-order": orders of ensembles that read log ρ from themselves, from replicated runs on several levels: of
//! the bias and the variance in 1/N, and of the error in the step and in the bandwidth.
//!
//! An ensemble has a bias C/N beside that of its step. It is seen without any reference in differences between N and 2N
//! particles: two replicates of N and one of 2N are made of the same random numbers, so that the noise largely cancels.
//! Where steps are refined it is taken out, by 2E_N − E_{N/2} from such pairs, and what is left is held against the flow.
//! Where bandwidths are, differences between s and s/2 with the same random numbers need no reference either, and no fine
//! step; no bandwidth that N particles fill is so small that the next power of s, which has the other sign, does not show.
//!
//! Held [against the flow](Against::Flow), all levels measure the distance to one value that the particles know nothing of,
//! that of the grid or a given one. Where N or s is refined, the error by the step is taken out in its turn, by
//! (2ᵖE_{h/2} − E_h)/(2ᵖ − 1) with independent runs; reactions under a kernel do not compose, which leaves an error of order
//! s²h, and that is of order 2 in s as well. Such a distance has the noise of an estimate, in which its differences from
//! level to level drown. So all levels are made of the same random numbers, and the power law is fitted with the covariance
//! of their errors: what they have in common then says how far all of them may stand from the flow, and little else.
//!
//! The next powers are in the fits: 1/N², and s⁴, as a Gaussian kernel is e^{s²Δ/2} and all that reads a density through it a
//! function of s².

mod levels;
mod runs;

use super::figure::{Figure, OrderPlot, Plot};
use super::order::OrderFindings;
use super::prelude::*;
use crate::model::Observable;
use crate::particles::mean_field::{Bandwidth, DensityEstimate};
use crate::particles::{MeanField, ParticleSettings};
use levels::judge;
use runs::Runs;

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
    needs: &[],
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
            against: values.named(AGAINST.name, &Against::ALL, Against::name).unwrap_or(Against::Itself),
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
            let (axis, levels) = runs.refine(refined, base, mean_field, exact)?;
            let judged: Vec<_> =
                levels.into_iter().map(|levels| judge(&self.observable.name, levels)).collect();
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
