//! Every key of a scenario, with what it holds and means: lists, `wfr explain`, the reference of the guide and the schema of
//! scenarios come from here. Studies declare their own.

use super::read::diffusion::Process;
use super::read::model::energy_name;
use super::read::numerics::mode_name;
use super::read::{density, dynamics};
use crate::keys::{Key, Range, Type};
use crate::model::ReactionReads;
use crate::model::diffusion::Toward;
use crate::particles::mean_field::Alternation;
use crate::particles::{BirthDeath, Resampling};
use crate::pde::{Splitting, TransportIntegrator};
use crate::schemes::WeightRule;
use crate::study::KINDS;

/// A table of a scenario and its keys.
#[derive(Clone, Copy, Debug)]
pub struct TableKeys {
    /// Its name; empty for the top of the file, "study.KIND" for a study.
    pub name: &'static str,
    /// One sentence on what it says.
    pub summary: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// The tables of a scenario, without studies.
pub static TABLES: &[TableKeys] = &[
    TableKeys { name: "", summary: "What is solved and what is asked about it.", keys: TOP },
    TableKeys {
        name: "target", summary: "The law π ∝ e^(−V) toward which the flow goes.", keys: TARGET
    },
    TableKeys {
        name: "initial",
        summary: "The law at time 0: a Gaussian, a mixture of them, or a point.",
        keys: INITIAL,
    },
    TableKeys { name: "flow", summary: "The flow toward the target.", keys: FLOW },
    TableKeys {
        name: "sde",
        summary: "An Itô equation with a Feynman–Kac rate, in the place of [target] and [flow].",
        keys: SDE,
    },
    TableKeys { name: "grid", summary: "The solution on a grid.", keys: GRID },
    TableKeys { name: "particles", summary: "The solution by weighted particles.", keys: PARTICLES },
];

/// All tables with their keys: first those of the scenario itself, then a table for each kind of study.
pub fn tables() -> impl Iterator<Item = (String, String, &'static [Key])> {
    let own = TABLES.iter().map(|table| (table.name.to_string(), table.summary.to_string(), table.keys));
    own.chain(KINDS.iter().map(|kind| {
        let needed = kind.needed();
        let needed = if needed.is_empty() { needed } else { format!(" It {needed}.") };
        (format!("study.{}", kind.name), format!("{}{needed}", kind.summary), kind.keys)
    }))
}

/// Tables and keys that came after version 0.2.0, each with the first version that has it.
const NEWER: &[(&str, &str)] = &[("study.samples", "0.3.0")];

/// The first version that reads this key of a table.
pub fn since(table: &str, key: &str) -> &'static str {
    let path = format!("{table}.{key}");
    NEWER.iter().find(|(name, _)| *name == table || *name == path).map_or("0.2.0", |(_, version)| version)
}

/// The choices of `[particles] density`: the name of each, what it does, and what it needs or costs.
pub fn densities() -> impl Iterator<Item = (&'static str, [&'static str; 2])> {
    density::Choice::ALL.into_iter().map(|choice| (choice.name(), choice.description()))
}

/// A key with a default.
const fn optional(name: &'static str, holds: Type, default: &'static str, meaning: &'static str) -> Key {
    Key { name, holds, unit: "", default: Some(default), meaning }
}

/// A key that its table needs.
const fn required(name: &'static str, holds: Type, meaning: &'static str) -> Key {
    Key { name, holds, unit: "", default: None, meaning }
}

/// The same key with a unit.
const fn with_unit(key: Key, unit: &'static str) -> Key {
    Key { unit, ..key }
}

const RATE: Type = Type::Number(Range::From(0.0));
const POSITIVE: Type = Type::Number(Range::Above(0.0));
const ONE_FOR_EACH_AXIS: Type = Type::Structured("an array of numbers, one for each axis");

const TOP: &[Key] = &[
    optional(
        "name",
        Type::Text("letters, digits, '-', '_' and '.'"),
        "the file's",
        "What the run is called; its folder has this name.",
    ),
    optional("dimension", Type::Whole(Range::From(1.0)), "1", "The dimension d of the positions."),
    optional(
        "observables",
        Type::Structured("an array of formulas, or of { formula, tolerance }"),
        "the coordinates",
        "Functions whose expectations at the horizon are computed; a comparison is 1 or 0.",
    ),
    optional("large", Type::Boolean, "false", "Whether a quick validation leaves the scenario out."),
    optional("constants", Type::Structured("a table of numbers"), "none", "Names that formulas may use."),
    optional(
        "definitions",
        Type::Structured("a table of formulas"),
        "none",
        "Named formulas of the state and t that other formulas, and later definitions, may use.",
    ),
    optional("target", Type::Structured("a table"), "none", "See the keys of [target]."),
    optional("initial", Type::Structured("a table"), "none", "See the keys of [initial]."),
    optional("flow", Type::Structured("a table"), "none", "See the keys of [flow]."),
    optional("sde", Type::Structured("a table"), "none", "See the keys of [sde]."),
    optional("grid", Type::Structured("a table"), "no grid", "See the keys of [grid]."),
    optional("particles", Type::Structured("a table"), "no particles", "See the keys of [particles]."),
    optional("study", Type::Structured("an array of tables"), "no studies", "See the kinds of studies."),
];

const TARGET: &[Key] = &[
    optional("potential", Type::Formula, "mixture", "V, up to a constant; with data, −log of the prior."),
    optional(
        "mixture",
        Type::Structured("an array of { weight, mean, covariance }"),
        "potential",
        "The target as a mixture of Gaussians, in the place of a potential.",
    ),
    optional(
        "data",
        Type::Text("the name of a file of comma-separated values"),
        "none",
        "Data of a posterior; its columns are names in the likelihood.",
    ),
    optional(
        "likelihood",
        Type::Structured("a formula, or an array of them"),
        "none",
        "The log-likelihood of a row of the data, or those of alternatives whose exponentials add up.",
    ),
    optional(
        "log-evidence",
        Type::Number(Range::Any),
        "unknown",
        "log ∫e^(−V), where it is known; the χ² reaction needs it.",
    ),
    optional("code", Type::Text("a name"), "none", "A potential that the program brings in code."),
    optional(
        "factors",
        Type::Structured("an array of { mixture, power }"),
        "one mixture",
        "Reverse diffusion: the target is the product of these mixtures to their powers.",
    ),
    optional("power", Type::Number(Range::Any), "1", "Reverse diffusion: the power of the mixture."),
    optional("reward", Type::Formula, "none", "Reverse diffusion: r, for a target that is tilted by e^r."),
];

const INITIAL: &[Key] = &[
    optional("mean", Type::Structured("an array of d numbers"), "mixture or point", "Mean of a Gaussian."),
    optional("covariance", Type::Structured("d rows of d numbers"), "mixture or point", "Its covariance."),
    optional(
        "mixture",
        Type::Structured("an array of { weight, mean, covariance }"),
        "mean or point",
        "A mixture of Gaussians.",
    ),
    optional(
        "file",
        Type::Text("the name of a file, .npz with x (n, d) or comma-separated values"),
        "mean or mixture",
        "Samples of the start, with log_weights or without, and a Gaussian around each.",
    ),
    optional("bandwidth", POSITIVE, "Silverman's", "That of the samples of a file, in spreads of them."),
    optional("point", Type::Structured("an array of d numbers"), "mean or mixture", "All mass in one point."),
];

const FLOW: &[Key] = &[
    optional(
        "dynamics",
        Type::Name(|| dynamics::Choice::ALL.map(dynamics::Choice::name).into()),
        "\"overdamped\"",
        "The dynamics of the paths.",
    ),
    with_unit(required("horizon", POSITIVE, "The final time T."), "time"),
    with_unit(
        optional("transport", RATE, "1", "α, the rate of the Wasserstein part; 0 is Fisher–Rao alone."),
        "1/time",
    ),
    with_unit(
        optional(
            "reaction",
            RATE,
            "1; 0 if underdamped or reversed",
            "β, the rate of the Fisher–Rao part; 0 is Langevin dynamics.",
        ),
        "1/time",
    ),
    optional(
        "normalized",
        Type::Boolean,
        "true",
        "Overdamped: whether the mass is kept at 1; false is Hellinger–Kantorovich.",
    ),
    optional(
        "energy",
        Type::Name(|| [false, true].map(energy_name).into()),
        "\"kl\"",
        "Overdamped: the energy whose gradient the reaction is.",
    ),
    optional(
        "force",
        Type::Structured("an array of d formulas"),
        "none",
        "Overdamped without reaction: what drives the flow beside the gradient.",
    ),
    with_unit(
        optional(
            "friction",
            RATE,
            "1; 2 if reversed",
            "Underdamped, and forward = \"kinetic\": the friction γ.",
        ),
        "1/time",
    ),
    optional("rate", Type::Formula, "none", "Underdamped: a Feynman–Kac rate c(t, x, p)."),
    optional(
        "reads",
        Type::Name(|| ReactionReads::ALL.map(ReactionReads::name).into()),
        "\"joint\"",
        "Underdamped with reaction: whether the reaction reads the density of (x, p) or of x.",
    ),
    optional(
        "schedule",
        Type::Structured("a formula of t, or \"adaptive\" for annealed dynamics"),
        "t/horizon; β = 2 if reversed",
        "Annealed: λ(t) from 0 to 1. Reverse diffusion: the noise σ(t), from the data at 0.",
    ),
    optional(
        "schedule-ess",
        Type::Number(Range::Within(0.0, 1.0)),
        "0.99",
        "Annealed, \"adaptive\": the share of the effective sample size that every step keeps.",
    ),
    optional(
        "forward",
        Type::Name(|| Process::ALL.map(Process::name).into()),
        "\"variance-preserving\"",
        "Reverse diffusion: the process from data to noise that is reversed.",
    ),
    optional(
        "churn",
        RATE,
        "1",
        "Reverse diffusion: the noise of the reversed paths, relative to the forward process; 0 is the probability flow.",
    ),
    optional(
        "corrected",
        Type::Boolean,
        "true",
        "Reverse diffusion: whether paths carry the weights that make the target exact.",
    ),
    optional(
        "reward-schedule",
        Type::Formula,
        "1 − t/horizon",
        "Reverse diffusion: the share of the reward at noise level t.",
    ),
    optional(
        "toward",
        Type::Name(|| Toward::ALL.map(Toward::name).into()),
        "\"marginal\"",
        "Reverse diffusion with reaction: the law that the reaction pulls toward.",
    ),
];

const SDE: &[Key] = &[
    required(
        "drift",
        Type::Structured("an array of d formulas in t and the state"),
        "b of dX = b dt + σ dW.",
    ),
    required(
        "diffusion",
        Type::Structured("d rows of m formulas in t and the state"),
        "σ of dX = b dt + σ dW.",
    ),
    optional("rate", Type::Formula, "none", "c, of the weights e^(−∫c dt)."),
    optional(
        "interpretation",
        Type::Name(|| vec!["ito", "stratonovich"]),
        "\"ito\"",
        "How the noise is read.",
    ),
    with_unit(required("horizon", POSITIVE, "The final time T."), "time"),
];

const GRID: &[Key] = &[
    optional("lower", ONE_FOR_EACH_AXIS, "a box that holds the flow", "The lower corner."),
    optional("upper", ONE_FOR_EACH_AXIS, "a box that holds the flow", "The upper corner."),
    required(
        "cells",
        Type::Structured("an array of whole numbers from 16 on, one for each axis"),
        "The number of cells along each axis.",
    ),
    with_unit(
        optional(
            "step",
            POSITIVE,
            "a hundredth of the horizon, or chosen by the tolerance",
            "The splitting step.",
        ),
        "time",
    ),
    optional(
        "method",
        Type::Name(|| Splitting::ALL.map(Splitting::name).into()),
        "\"unsplit\" where it can be, else \"strang\"",
        "How transport and reaction are put together.",
    ),
    optional(
        "transport",
        Type::Name(|| TransportIntegrator::ALL.map(TransportIntegrator::name).into()),
        "\"time-exact\"",
        "The time integrator of the transport.",
    ),
    optional(
        "tolerance",
        Type::Number(Range::Within(1e-12, 0.1)),
        "1e-8 with \"unsplit\"",
        "The error of log ρ by which steps are chosen.",
    ),
    optional(
        "sides",
        Type::Structured(
            "an array of \"reflecting\", \"periodic\" or \"absorbing\", one for each axis, or [lower, upper] of one",
        ),
        "reflecting",
        "What happens at the sides of the box.",
    ),
    optional(
        "spacing",
        Type::Structured("an array of formulas, one for each axis"),
        "equal cells",
        "The size of a cell is proportional to this formula of its coordinate.",
    ),
    with_unit(
        optional(
            "times",
            Type::Structured("an array of times from 0 to the horizon"),
            "the horizon alone",
            "Times, to a step, at which series.npz has the density.",
        ),
        "time",
    ),
];

const PARTICLES: &[Key] = &[
    optional("count", Type::Whole(Range::From(1.0)), "1e5; 1e4 for ensembles", "The number of particles."),
    with_unit(
        optional(
            "step",
            POSITIVE,
            "that of the grid, or a hundredth of the horizon",
            "The time step; the next shorter one that divides the horizon.",
        ),
        "time",
    ),
    optional("scheme", Type::Scheme, "the first that fits", "The scheme of the paths; `wfr list schemes`."),
    optional(
        "weight",
        Type::Name(|| WeightRule::ALL.map(WeightRule::name).into()),
        "\"trapezoidal\"",
        "The quadrature of the weights.",
    ),
    optional(
        "density",
        Type::Name(|| density::Choice::ALL.map(density::Choice::name).into()),
        "\"oracle\"",
        "Where the reaction reads log ρ: from the grid, or from the particles themselves.",
    ),
    optional(
        "replicates",
        Type::Whole(Range::From(1.0)),
        "16",
        "Density from the particles: the number of independent ensembles.",
    ),
    optional(
        "splitting",
        Type::Name(|| Alternation::ALL.map(Alternation::name).into()),
        "that of the scheme's order",
        "Density from the particles: how motion and reaction alternate.",
    ),
    optional("density-tolerance", POSITIVE, "1e-3", "Density by sums over particles: their error in log ρ."),
    optional(
        "bandwidth",
        Type::Structured("\"silverman\", \"scott\", \"cross-validated\", or a standard deviation"),
        "\"silverman\"",
        "Kernel density: its width.",
    ),
    optional(
        "leave-one-out",
        Type::Boolean,
        "false",
        "Kernel density: whether a particle is left out of its own density.",
    ),
    optional(
        "mode",
        Type::Name(|| [false, true].map(mode_name).into()),
        "\"weights\"",
        "Weights with resampling, or jumps after every step.",
    ),
    optional(
        "resampling",
        Type::Name(|| Resampling::ALL.map(Resampling::name).into()),
        "\"systematic\"",
        "How offspring are drawn.",
    ),
    optional(
        "ess-threshold",
        Type::Number(Range::Within(0.0, 1.0)),
        "0.5",
        "The share of the effective sample size below which particles are resampled.",
    ),
    optional(
        "birth-death",
        Type::Name(|| BirthDeath::ALL.map(BirthDeath::name).into()),
        "\"minimal\"",
        "With that mode: the form of the jumps.",
    ),
    optional("seed", Type::Whole(Range::From(0.0)), "1", "Seed of all random streams of the particles."),
    optional("save", Type::Boolean, "true", "Whether `wfr run` writes the particles, to particles.npz."),
];
