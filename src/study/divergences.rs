//! The kind "divergences": how far the law at the horizon is from its target, and whether a box can show it.

use super::prelude::*;
use crate::format::{short, with_error};
use crate::model::{GradientFlow, Problem};
use crate::pde::{Evolution, Generator, Grid, GridSettings, Quantities, potential_on_cells, quantities};

/// Those that are finite for any two laws.
const BOUNDED: [&str; 1] = ["squared-hellinger"];
/// What is studied, by name.
const NAMES: [&str; 5] = ["kl", "chi-squared", "squared-hellinger", "fisher", "variance"];
/// How many times larger a divergence that is infinite on the line is on a box of twice the size, at least: what is finite may
/// double before it settles.
const GROWS: f64 = 10.0;
/// By how much it may change with cells of half the width on the box that is twice as wide: more are errors far out.
const CELLS: f64 = 2.0;
/// The largest error of a divergence that is known, relative to it, or else absolute.
const KNOWN: f64 = 0.05;
const KNOWN_ABSOLUTELY: f64 = 1e-8;
/// Boxes: each is twice as wide as the one before.
const BOXES: usize = 3;
/// A quantity is reported where its last change by a wider box is at most this share of the one before it, or of itself …
const SHRINKS: f64 = 0.7;
/// … or rounding.
const STILL: f64 = 1e-10;

const INFINITE: Key = Key {
    name: "infinite",
    holds: Type::Names(|| NAMES.into(), 0),
    unit: "",
    default: Some("none"),
    meaning: "Divergences that are claimed to be infinite.",
};

/// The kind.
pub static KIND: Kind = Kind {
    name: "divergences",
    summary: "Distances to the target at the horizon, on boxes of three sizes.",
    needs: &[Need::Grid],
    keys: &[INFINITE],
    read: |values, _| {
        let infinite = values.all_named(INFINITE.name, &NAMES, |name| name).unwrap_or_default();
        Ok(Arc::new(Divergences { infinite }))
    },
    outcome: Some(|generator| generator.subschema_for::<DivergenceFindings>()),
};

/// Distances to the target at the horizon.
#[derive(Clone, Debug)]
pub struct Divergences {
    /// Those that are claimed to be infinite.
    pub infinite: Vec<&'static str>,
}

impl Study for Divergences {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn faults(&self, basis: &Basis<'_>) -> Vec<Fault> {
        let small = match basis.problem.dimension() {
            1 | 2 => Ok(()),
            d => Err(Fault::at(
                "kind",
                format!("found dimension {d}; expected one or two for a divergences study"),
            )),
        };
        unmet([
            basis.problem.gradient_flow().map(drop).map_err(Fault::from),
            small,
            basis.needs_plain_box("the study doubles the box"),
        ])
    }

    fn run(&self, context: &Context<'_>, found: &mut Found) -> Result<(), Breakdown> {
        let (settings, flow) = (context.basis.needs_grid()?, context.problem().gradient_flow()?);
        let findings = on_boxes(context.problem(), flow, settings, &self.infinite)?;
        found.outcomes.push(context.unless_hidden(findings));
        Ok(())
    }
}

/// Distances to the target at the horizon, and what dissipates KL.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DivergenceFindings {
    /// "kl", "chi-squared", "squared-hellinger", "fisher" and "variance", as [`crate::pde::Quantities`] has them.
    pub divergences: Vec<Divergence>,
}

/// One of them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Divergence {
    /// Its name.
    pub name: &'static str,
    /// Its value, on the widest box; null where doubling the box does not settle it, or its error is more than 5 % of it.
    pub value: Option<f64>,
    /// Estimated |value − exact|.
    pub error: Option<f64>,
    /// Its values on the box, and on boxes twice and four times as wide, with half the cells; null where that box cannot be solved.
    #[schemars(with = "Vec<Option<f64>>")]
    pub on_boxes: Vec<f64>,
}

impl Outcome for DivergenceFindings {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    fn subject(&self) -> String {
        "distances to the target at the horizon, on boxes of three sizes".into()
    }

    fn found(&self) -> String {
        let each = self.divergences.iter().map(|divergence| match divergence.value {
            Some(value) => format!("{} {}", divergence.name, short(value)),
            None => format!("{} unresolved", divergence.name),
        });
        each.collect::<Vec<_>>().join("\n")
    }

    fn tables(&self) -> Vec<Table> {
        let columns = ["divergence", "value ± error", "on the box", "twice as wide", "four times as wide"];
        let mut table = Table::new("Distances to the target at the horizon", &columns);
        for Divergence { name, value, error, on_boxes } in &self.divergences {
            let value = value.zip(*error).map(|(value, error)| with_error(value, error));
            let value = value.unwrap_or_else(|| "unresolved".into());
            table
                .row([name.to_string(), value].into_iter().chain(on_boxes.iter().map(|value| short(*value))));
        }
        vec![table]
    }
}

/// Each of [`NAMES`] on the grid of `settings`, on one with half the cells and with half the step, for its error, and with
/// half the cells on boxes that are twice and four times as wide. A quantity whose changes by a wider box do not shrink is
/// no number: it may be infinite on the line.
fn on_boxes(
    problem: &Problem,
    flow: &GradientFlow,
    settings: &GridSettings,
    infinite: &[&'static str],
) -> Result<StudyFindings, Breakdown> {
    let on = |grid: &Grid, step: f64| -> Result<[f64; NAMES.len()], Breakdown> {
        let mut evolution = Evolution::new(problem, grid, settings.method, settings.transport, step)?;
        let (trajectory, breakdown) = evolution.run(&[problem.horizon], |_| ());
        if let Some(breakdown) = breakdown {
            return Err(breakdown.into());
        }
        let potential = potential_on_cells(grid, &flow.potential);
        let generator = Generator::gradient_flow(grid, &potential, 1.0)?;
        let Quantities { kl, chi_squared, squared_hellinger, fisher, variance, .. } =
            quantities(&generator, &trajectory.last().log_density);
        Ok([kl, chi_squared, squared_hellinger, fisher, variance])
    };
    let fine = on(&settings.grid(), settings.step)?;
    let coarse = settings.grid().coarser();
    // Far out a potential may be too steep for the solver, which leaves what that box says unresolved.
    let beyond = |grid: &Grid| match on(grid, settings.step) {
        Err(breakdown) if !breakdown.interrupts() => Ok([f64::NAN; NAMES.len()]),
        other => other,
    };
    let first = on(&coarse, settings.step)?;
    let rest = (1..BOXES).map(|k| beyond(&wider(&coarse, k)));
    let boxes = std::iter::once(Ok(first)).chain(rest).collect::<Result<Vec<_>, Breakdown>>()?;
    let claimed = (!infinite.is_empty()).then(|| beyond(&wider(&settings.grid(), 1))).transpose()?;
    let halved = on(&coarse, 0.5 * settings.step)?;
    let divergence = |q: usize| {
        let on_boxes: Vec<f64> = boxes.iter().map(|values| values[q]).collect();
        let [first, second] = [1, 2].map(|k| on_boxes[k] - on_boxes[k - 1]);
        let size = on_boxes.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        // Where the widest box is too steep, two that agree to rounding say the same.
        let early = on_boxes[2].is_nan() && first.abs() <= STILL * size.max(1.0);
        // The start is finite on every box, and so is each number here, unless it overflows.
        let tells = early
            || second.abs() <= STILL * size.max(1.0)
            || (second.abs() <= SHRINKS * first.abs() && first.abs() <= SHRINKS * size);
        let error = {
            let second = if early { 0.0 } else { second };
            let ratio = if first == 0.0 { 0.0 } else { (second / first).abs().min(SHRINKS) };
            // A wider box still, as a geometric series; cells, whose error falls four times from half as many; steps.
            let rest = second.abs() / (1.0 - ratio);
            rest + (fine[q] - boxes[0][q]).abs() + 2.0 * (halved[q] - boxes[0][q]).abs() + STILL * size
        };
        // The widest box, with what more cells change on the first.
        let widest = if early { on_boxes[1] } else { on_boxes[BOXES - 1] };
        let value = fine[q] + (widest - on_boxes[0]);
        let exact = error <= (KNOWN * value.abs()).max(KNOWN_ABSOLUTELY);
        let all = early || on_boxes.iter().all(|own| own.is_finite());
        let known = (tells && exact && all).then_some((value, error));
        Divergence {
            name: NAMES[q],
            value: known.map(|(value, _)| value),
            error: known.map(|(_, error)| error),
            on_boxes,
        }
    };
    let divergences: Vec<Divergence> = (0..NAMES.len()).map(divergence).collect();
    let (verdict, why) = judge(&divergences, infinite, claimed.as_ref());
    Ok(StudyFindings::new(DivergenceFindings { divergences }, verdict, why))
}

/// The grid on a box that is 2ᵏ times as wide.
fn wider(grid: &Grid, k: usize) -> Grid {
    let factor = (1 << k) as f64;
    let ends = |sign: f64| {
        let axes = grid.lower().iter().zip(grid.upper());
        axes.map(|(l, u)| 0.5 * (l + u) + sign * 0.5 * factor * (u - l)).collect()
    };
    Grid::new(ends(-1.0), ends(1.0), grid.cells().iter().map(|n| n << k).collect())
}

/// Pass if those that do not settle are those that should not; `finer` has each on the box that is twice as wide, in cells of
/// half the width.
fn judge(
    divergences: &[Divergence],
    infinite: &[&'static str],
    finer: Option<&[f64; NAMES.len()]>,
) -> (Verdict, String) {
    let claimed = |divergence: &&Divergence| infinite.contains(&divergence.name);
    let unknown = || divergences.iter().filter(|divergence| divergence.value.is_none());
    let list = |named: Vec<&Divergence>| {
        let each = named.iter().map(|divergence| {
            let values: Vec<String> =
                divergence.on_boxes.iter().map(|value| format!("{value:.3e}")).collect();
            format!("{} ({})", divergence.name, values.join(", "))
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let unexpected: Vec<&Divergence> = unknown().filter(|divergence| !claimed(divergence)).collect();
    let finite: Vec<&Divergence> =
        divergences.iter().filter(|divergence| divergence.value.is_some() && claimed(divergence)).collect();
    // What is infinite grows with every box, ever faster; what two boxes agree on is blown up by errors far out on the third, and
    // what is finite slows down, though it may not on these.
    let grows = |divergence: &&Divergence| {
        let place = NAMES.iter().position(|name| *name == divergence.name);
        let ratio = finer.zip(place).map_or(f64::NAN, |(finer, place)| finer[place] / divergence.on_boxes[1]);
        let by_cells = !(1.0 / CELLS..=CELLS).contains(&ratio);
        !by_cells && divergence.on_boxes.windows(2).all(|pair| pair[1] >= GROWS * pair[0])
    };
    let overflows = |divergence: &Divergence| divergence.on_boxes.iter().any(|value| !value.is_finite());
    let still: Vec<&Divergence> = unknown().filter(|own| claimed(own) && !grows(own)).collect();
    if !finite.is_empty() {
        (
            Verdict::Fail,
            format!("claimed to be infinite, but settled as the box was doubled twice: {}", list(finite)),
        )
    } else if unexpected.iter().any(|own| overflows(own)) {
        let why =
            "unresolved on some box, by overflow or too few cells there; take more cells or a narrower box";
        let lost = unexpected.into_iter().filter(|own| overflows(own)).collect();
        (Verdict::Inconclusive, format!("{why}: {}", list(lost)))
    } else if unexpected.iter().all(|own| BOUNDED.contains(&own.name)) && !unexpected.is_empty() {
        let why = "known to no 5 %, as the box is doubled and the cells are halved; take a wider box and more cells";
        (Verdict::Inconclusive, format!("{why}: {}", list(unexpected)))
    } else if !unexpected.is_empty() {
        let why = "unresolved to 5 %, as doubling the box twice and halving the cells does not settle it, so that it may be infinite \
                   on the line";
        (Verdict::Inconclusive, format!("{why}: {}", list(unexpected)))
    } else if !still.is_empty() {
        let why = "claimed to be infinite, but does not grow tenfold with each box, so that it may be finite, or errors far out are what is \
                   seen; take a wider box or more cells";
        (Verdict::Inconclusive, format!("{why}: {}", list(still)))
    } else if infinite.is_empty() {
        let unsolved = divergences.iter().any(|own| own.on_boxes.iter().any(|value| value.is_nan()));
        let twice = if unsolved {
            "all settle as the box is doubled; a box four times as wide could not be solved"
        } else {
            "all settle as the box is doubled twice"
        };
        (Verdict::Pass, twice.into())
    } else {
        (Verdict::Pass, format!("unresolved, as claimed: {}; all others settle", list(unknown().collect())))
    }
}
