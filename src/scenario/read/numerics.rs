//! [grid] and [particles]: what their keys say. Whether that fits the problem is asked of the plan.

use super::axes;
use super::density::{self, Choice};
use super::reader::{Fault, Reader, finite};
use crate::model::expression::Scope;
use crate::model::{Dynamics, Problem};
use crate::particles::{BirthDeath, Interaction, ParticleSettings, Resampling};
use crate::pde::{DEFAULT_TOLERANCE, GridSettings, Splitting, TransportIntegrator, Unsplit};
use crate::schemes::{CATALOGUE, Transition, WeightRule};
use crate::study::{FEWEST_CELLS, fitting_schemes};

/// [grid]: `None` for a mistake, `Some(None)` if absent.
pub fn grid(
    root: &Reader<'_>,
    scope: &Scope,
    horizon: f64,
    problem: Option<&Problem>,
    warnings: &mut Vec<String>,
) -> Option<Option<GridSettings>> {
    let Some(table) = root.table("grid") else {
        root.allow(&["grid"]);
        return if root.has("grid") { None } else { Some(None) };
    };
    table.allow(&["step", "method", "transport", "tolerance", "sides", "spacing", "times"]);
    // Positions and momenta are both axes.
    let kinetic = super::model::has_momenta(root);
    let positions = scope.dimension;
    let dimension = if kinetic { 2 * positions } else { positions };
    if let Err(unsupported) = problem.map_or(Ok(()), Problem::supports_grid) {
        root.note("grid", &unsupported.to_string());
        return None;
    }
    let (lower, upper) = axes::ends(&table, dimension, problem, warnings).unzip();
    let cells = table
        .array("cells", "an array of whole numbers, one for each axis, such as [200]", |value| {
            let cells = finite(value)?;
            let sound = cells.fract() == 0.0 && cells >= FEWEST_CELLS as f64 && cells < 1e15;
            let expected = format!("a whole number from {FEWEST_CELLS} on");
            if sound { Ok(cells as usize) } else { Err(Fault::expected(value, &expected)) }
        })
        .or_else(|| table.missing("cells", "an array of whole numbers, one for each axis, such as [200]"));
    let step = table.number_or("step", horizon / 100.0, "a step above 0", |_| true);
    let expected = "a number from 1e-12 to 0.1";
    let tolerance = table
        .has("tolerance")
        .then(|| table.number_or("tolerance", DEFAULT_TOLERANCE, expected, |t| (1e-12..=0.1).contains(&t)));
    // Where nothing is said of the steps, they are chosen.
    let plain = !["sides", "spacing"].iter().any(|key| table.has(key));
    let unsaid = !["step", "method", "transport"].iter().any(|key| table.has(key));
    let usual = match problem {
        Some(problem)
            if plain && Unsplit::suits(problem) && (tolerance.is_some() || (unsaid && problem.reacts())) =>
        {
            Splitting::Unsplit
        }
        _ if tolerance.is_some() => Splitting::Richardson,
        _ => Splitting::Strang,
    };
    let method = table.one_of("method", usual, &Splitting::ALL, Splitting::name);
    let integrators = &TransportIntegrator::ALL;
    let transport =
        table.one_of("transport", TransportIntegrator::TimeExact, integrators, TransportIntegrator::name);
    let sides = axes::sides(&table, dimension);
    let spacings = axes::spacings(&table, scope, dimension, lower.as_deref().zip(upper.as_deref()));
    let times = if table.has("times") { times(&table, horizon) } else { Some(Vec::new()) };
    table.finish();
    Some(Some(GridSettings {
        sides: sides?,
        open: !table.has("sides"),
        spacings: spacings?,
        lower: lower?,
        upper: upper?,
        cells: cells?,
        step: step?,
        method: method?,
        transport: transport?,
        tolerance: match tolerance {
            Some(tolerance) => Some(tolerance?),
            None => (method? == Splitting::Unsplit).then_some(DEFAULT_TOLERANCE),
        },
        times: times?,
    }))
}

/// Times at which the density is stored.
fn times(table: &Reader<'_>, horizon: f64) -> Option<Vec<f64>> {
    let expected = "an array of times from 0 to the horizon, such as [0.1, 0.5]";
    table.array("times", expected, |value| match finite(value)? {
        time if (0.0..=horizon).contains(&time) => Ok(time),
        _ => Err(Fault::expected(value, &format!("a time from 0 to the horizon, {horizon}"))),
    })
}

/// [particles]: `None` for a mistake, `Some(None)` if absent.
pub fn particles(
    root: &Reader<'_>,
    horizon: f64,
    grid: Option<&GridSettings>,
    problem: Option<&Problem>,
) -> Option<Option<ParticleSettings>> {
    let Some(table) = root.table("particles") else {
        root.allow(&["particles"]);
        return if root.has("particles") { None } else { Some(None) };
    };
    let density = Choice::read(&table);
    let usual = if density == Some(Choice::Oracle) { 100_000 } else { 10_000 };
    let count = table.whole_or("count", usual, 1);
    let usual = grid.map_or(horizon / 100.0, |grid| grid.step);
    let step = table.number_or("step", usual, "a step above 0", |_| true);
    let catalogue = &table.vocabulary().catalogue;
    let names: Vec<&str> = catalogue.transitions().map(|scheme| scheme.name()).collect();
    let default = problem.and_then(|problem| fitting_schemes(problem).next()).unwrap_or(CATALOGUE[0]);
    let scheme =
        table.choice_or("scheme", default as &dyn Transition, &names, |name| catalogue.find_transition(name));
    let weight = table.one_of("weight", WeightRule::Trapezoidal, &WeightRule::ALL, WeightRule::name);
    let mean_field = density.and_then(|choice| density::mean_field(&table, choice, scheme));
    let interaction = interaction(&table);
    let seed = table.whole_or("seed", 1, 0);
    let save = table.boolean_or("save", true);
    let annealed = problem.is_some_and(|problem| matches!(problem.dynamics, Dynamics::Annealed(_)));
    if annealed && table.has("weight") {
        table.wrong("weight", "none: the weights of annealed dynamics are exact, without a quadrature");
    }
    table.finish();
    Some(Some(ParticleSettings {
        count: count? as usize,
        step: step?,
        scheme: scheme?,
        weight: weight?,
        mean_field: mean_field?,
        interaction: interaction?,
        seed: seed?,
        save: save?,
    }))
}

/// The names of `mode`: weights with resampling, or jumps.
pub fn mode_name(jumps: bool) -> &'static str {
    if jumps { "birth-death" } else { "weights" }
}

/// What keeps the weights even: resampling or birth–death jumps, each with keys of its own.
fn interaction(table: &Reader<'_>) -> Option<Interaction> {
    let jumps = table.one_of("mode", false, &[false, true], mode_name)?;
    let resampling = table.one_of("resampling", Resampling::Systematic, &Resampling::ALL, Resampling::name);
    let threshold = table.number_or("ess-threshold", 0.5, "a share between 0 and 1", |_| true);
    let form = table.one_of("birth-death", BirthDeath::default(), &BirthDeath::ALL, BirthDeath::name);
    let (foreign, meaning): (&[&'static str], _) = if jumps {
        (&["resampling", "ess-threshold"], "none beside mode = \"birth-death\", whose weights stay 1")
    } else {
        (&["birth-death"], "it beside mode = \"birth-death\" only")
    };
    for key in foreign.iter().copied().filter(|key| table.has(key)) {
        table.wrong(key, meaning);
    }
    Some(if jumps {
        Interaction::BirthDeath(form?)
    } else {
        Interaction::Resampling(resampling?, threshold?)
    })
}
