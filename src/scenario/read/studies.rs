//! The studies.

use super::numerics::{fitting_schemes, mismatch, needs_oracle, without_oracle};
use super::reader::{Fault, Reader, finite, one_of, unknown_name};
use super::{barrier_study, ensemble_studies, formula, observable};
use crate::model::expression::Scope;
use crate::model::{Dynamics, Manufactured, Observable, Problem};
use crate::pde::TransportIntegrator;
use crate::scenario::document::Value;
use crate::schemes::{CATALOGUE, Scheme, WeightRule};
use crate::study::{
    DIVERGENCES, MultilevelSettings, OrderMethod, StudySettings, WeakOrderSettings, WorkPrecisionSettings,
};

const KINDS: [&str; 13] = [
    "compare",
    "weak-order",
    "grid-order",
    "manufactured",
    "spectrum",
    "decay",
    "barrier",
    "divergences",
    "multilevel",
    "ensemble-order",
    "reference",
    "target-law",
    "work-precision",
];
/// Those that need no grid.
const GRIDLESS: [&str; 5] = ["weak-order", "multilevel", "ensemble-order", "reference", "target-law"];
/// Levels: each halves the step, and nobody has paths for 2⁻²⁰ of the coarsest.
const MOST_LEVELS: u64 = 20;

/// All studies; empty if there are none.
pub fn studies(
    root: &Reader<'_>,
    scope: &Scope,
    horizon: f64,
    has_grid: bool,
    problem: Option<&Problem>,
) -> Option<Vec<StudySettings>> {
    if !root.has("study") {
        return Some(Vec::new());
    }
    let readers = root.tables("study")?;
    let context = Context { root, scope, horizon, has_grid, problem };
    // Each is read even if an earlier one failed, so that all mistakes show.
    let studies: Vec<Option<StudySettings>> = readers.iter().map(|table| context.study(table)).collect();
    studies.into_iter().collect()
}

struct Context<'a> {
    root: &'a Reader<'a>,
    scope: &'a Scope,
    horizon: f64,
    has_grid: bool,
    problem: Option<&'a Problem>,
}

impl Context<'_> {
    fn study(&self, table: &Reader<'_>) -> Option<StudySettings> {
        let kind = table
            .choice("kind", &KINDS, |name| KINDS.into_iter().find(|kind| *kind == name))
            .or_else(|| table.missing("kind", &one_of(&KINDS)))?;
        let settings = match kind {
            "compare" => {
                if !self.root.has("particles") {
                    table.note(
                        "kind",
                        "found a compare study without [particles]; expected [grid] and [particles]",
                    );
                }
                Some(StudySettings::Compare)
            }
            "weak-order" => self.weak_order(table).map(StudySettings::WeakOrder),
            "grid-order" => {
                let (observable, integrators) = (self.observable(table), integrators(table));
                observable
                    .zip(integrators)
                    .map(|(observable, integrators)| StudySettings::GridOrder { observable, integrators })
            }
            "manufactured" => self.manufactured(table),
            "spectrum" => {
                if !matches!(self.problem.map(|problem| &problem.dynamics), Some(Dynamics::Kinetic(_))) {
                    self.needs_transport(table);
                }
                table.whole_or("count", 4, 1).map(|count| StudySettings::Spectrum { count: count as usize })
            }
            "barrier" => barrier_study::barrier(table, self.problem).map(StudySettings::Barrier),
            "divergences" => self.divergences(table),
            "multilevel" => self.multilevel(table).map(StudySettings::Multilevel),
            "target-law" => {
                self.needs_corrected_diffusion(table);
                Some(StudySettings::TargetLaw)
            }
            "ensemble-order" => {
                let observable = self.observable(table);
                let settings = ensemble_studies::ensemble_order(self.root, table, observable, self.has_grid);
                settings.map(StudySettings::EnsembleOrder)
            }
            "reference" => {
                if !self.root.has("particles") {
                    table.note("kind", "found a reference study without [particles]; expected them");
                }
                ensemble_studies::reference(table, self.problem).map(StudySettings::Reference)
            }
            "work-precision" => self.work_precision(table),
            _ => {
                self.needs_transport(table);
                Some(StudySettings::Decay)
            }
        };
        if !GRIDLESS.contains(&kind) && !self.has_grid {
            table.note("kind", &format!("found a {kind} study without [grid]; expected a table [grid]"));
        }
        table.finish();
        settings
    }

    fn manufactured(&self, table: &Reader<'_>) -> Option<StudySettings> {
        let expected = "a formula of the density in t and the state";
        let solution = match table.has("solution") {
            true => table.scalar("solution", |value| {
                let expression = formula(value, &Scope { time: true, ..self.scope.clone() })?;
                match value {
                    _ if expression.has_jump() => Err(Fault::expected(value, "a formula without jumps")),
                    Value::String(text) => Ok((text.clone(), expression)),
                    other => Err(Fault::expected(other, expected)),
                }
            }),
            false => table.missing("solution", expected),
        };
        let integrators = match table.has("integrators") {
            true => integrators(table)?,
            false => TransportIntegrator::ALL.to_vec(),
        };
        let (name, expression) = solution?;
        match Manufactured::new(self.problem?, name, &expression) {
            Ok(solution) => Some(StudySettings::Manufactured { solution: Box::new(solution), integrators }),
            Err(error) => {
                table.note("solution", &format!("found {error}"));
                None
            }
        }
    }

    fn needs_corrected_diffusion(&self, table: &Reader<'_>) {
        if !self.root.has("particles") {
            table.note("kind", "found a target-law study without [particles]; expected them");
        }
        match self.problem.map(|problem| (problem.dimension(), &problem.dynamics)) {
            Some((1 | 2, Dynamics::ReverseDiffusion(flow))) if flow.corrected => (),
            Some(_) => table.wrong(
                "kind",
                "another study: this one needs dynamics = \"reverse-diffusion\", corrected, in one or two dimensions",
            ),
            None => (),
        }
    }

    fn divergences(&self, table: &Reader<'_>) -> Option<StudySettings> {
        match self.problem.map(|problem| (&problem.dynamics, problem.dimension())) {
            Some((Dynamics::GradientFlow(_), 1 | 2)) | None => (),
            Some(_) => table.wrong(
                "kind",
                "another study: this one needs a [target] and overdamped [flow] of one or two dimensions",
            ),
        }
        let infinite = match table.has("infinite") {
            true => table.array("infinite", "an array of names", |value| {
                let name = name(value, &DIVERGENCES)?;
                let known = DIVERGENCES.into_iter().find(|known| *known == name);
                known.ok_or_else(|| unknown(name, &DIVERGENCES))
            })?,
            false => Vec::new(),
        };
        Some(StudySettings::Divergences { infinite })
    }

    fn needs_transport(&self, table: &Reader<'_>) {
        match self.problem.map(|problem| &problem.dynamics) {
            Some(Dynamics::GradientFlow(flow)) if flow.transport > 0.0 => (),
            Some(_) => {
                table.wrong("kind", "another study: this one needs a [target] and [flow] with transport > 0")
            }
            None => (),
        }
    }

    /// The observable of a study: its own formula, or the first of the scenario's.
    fn observable(&self, table: &Reader<'_>) -> Option<Observable> {
        if table.has("observable") {
            return table.scalar("observable", |value| observable(value, self.scope));
        }
        match self.problem?.observables.first() {
            Some(first) => Some(first.clone()),
            None => table.missing("observable", "a formula, as the scenario lists no observables"),
        }
    }

    fn work_precision(&self, table: &Reader<'_>) -> Option<StudySettings> {
        let observable = self.observable(table);
        let accuracy =
            table.number_or("accuracy", 1e-6, "a number from 1e-9 to 0.1", |a| (1e-9..=0.1).contains(&a));
        let factor = table
            .has("factor")
            .then(|| table.number_or("factor", 10.0, "a number from 1 on", |factor| factor >= 1.0));
        // Kinetic steps are explicit, and are not counted.
        if let Some(Dynamics::Kinetic(_)) = self.problem.map(|problem| &problem.dynamics) {
            table.note("kind", "found a work-precision study of underdamped dynamics; expected another flow");
        }
        let factor = match factor {
            Some(factor) => Some(factor?),
            None => None,
        };
        let settings = WorkPrecisionSettings { observable: observable?, accuracy: accuracy?, factor };
        Some(StudySettings::WorkPrecision(settings))
    }

    fn weak_order(&self, table: &Reader<'_>) -> Option<WeakOrderSettings> {
        let schemes = self.schemes(table);
        let weights = WeightRule::ALL.map(WeightRule::name);
        let weight = table.choice_or("weight", WeightRule::Trapezoidal, &weights, WeightRule::find);
        let observable = self.observable(table);
        let steps = self.steps(table);
        let extrapolate = table.boolean_or("extrapolate", false);
        let methods = self.methods(table);
        let max_paths = table.whole_or("max-paths", 1_000_000, 1024);
        let seed = table.whole_or("seed", 1, 0);
        self.needs_log_density(table, "weak-order");
        Some(WeakOrderSettings {
            schemes: schemes?,
            weight: weight?,
            observable: observable?,
            steps: steps?,
            free_steps: !table.has("steps"),
            extrapolate: extrapolate?,
            methods: methods?,
            max_paths: max_paths?,
            seed: seed?,
        })
    }

    fn multilevel(&self, table: &Reader<'_>) -> Option<MultilevelSettings> {
        let names: Vec<&str> = CATALOGUE.iter().map(|scheme| scheme.name()).collect();
        let usual = self.problem.and_then(|problem| fitting_schemes(problem).next()).unwrap_or(CATALOGUE[0]);
        let scheme = table.choice_or("scheme", usual, &names, crate::schemes::find);
        if let (Some(scheme), Some(problem)) = (scheme, self.problem)
            && let Some(message) = mismatch(scheme, problem)
        {
            table.note("scheme", &message);
        }
        let weights = WeightRule::ALL.map(WeightRule::name);
        let weight = table.choice_or("weight", WeightRule::Trapezoidal, &weights, WeightRule::find);
        let observable = self.observable(table);
        let accuracies = accuracies(table);
        let coarsest = match table.has("coarsest") {
            true => table.scalar("coarsest", |value| self.step_count(value)),
            false => Some(4),
        };
        let max_levels = table
            .number_or("max-levels", 8.0, &format!("a whole number from 3 to {MOST_LEVELS}"), |levels| {
                levels.fract() == 0.0 && (3.0..=MOST_LEVELS as f64).contains(&levels)
            })
            .map(|levels| levels as usize);
        let max_paths = table.whole_or("max-paths", 100_000_000, 4096);
        let seed = table.whole_or("seed", 1, 0);
        self.needs_log_density(table, "multilevel");
        Some(MultilevelSettings {
            scheme: scheme?,
            weight: weight?,
            observable: observable?,
            accuracies: accuracies?,
            coarsest: coarsest?,
            max_levels: max_levels?,
            max_paths: max_paths?,
            seed: seed?,
        })
    }

    fn needs_log_density(&self, table: &Reader<'_>, kind: &str) {
        if self.problem.is_some_and(|problem| matches!(problem.dynamics, Dynamics::Annealed(_))) {
            table.note("kind", &format!("found a {kind} study of annealed dynamics; expected another flow"));
        }
        if let Some((what, why)) = self.problem.and_then(without_oracle) {
            table.note("kind", &format!("found a {kind} study of {what}; expected another flow: {why}"));
        }
        if self.problem.is_some_and(needs_oracle) && !self.has_grid {
            let message = format!(
                "found a {kind} study of a flow with reaction; expected a table [grid], which gives log ρ"
            );
            table.note("kind", &message);
        }
    }

    /// The number of steps that a step makes of the horizon.
    fn step_count(&self, value: &Value) -> Result<usize, Fault> {
        let (step, horizon) = (finite(value)?, self.horizon);
        let count = (horizon / step).round();
        let fits = step > 0.0 && step <= horizon && (count * step - horizon).abs() <= 1e-9 * horizon;
        let expected = format!("a step that divides the horizon, {horizon}, into equal parts");
        if fits { Ok(count as usize) } else { Err(Fault::expected(value, &expected)) }
    }

    fn schemes(&self, table: &Reader<'_>) -> Option<Vec<&'static dyn Scheme>> {
        let misfit = |scheme: &dyn Scheme| self.problem.and_then(|problem| mismatch(scheme, problem));
        if !table.has("schemes") {
            return Some(self.problem.map_or(Vec::new(), usual_schemes));
        }
        if table.is("schemes", "all") {
            return Some(self.problem.map_or(Vec::new(), |problem| fitting_schemes(problem).collect()));
        }
        let names: Vec<&str> = CATALOGUE.iter().map(|scheme| scheme.name()).collect();
        let schemes = table.array("schemes", "\"all\", or an array of scheme names", |value| {
            let name = name(value, &names)?;
            let scheme = crate::schemes::find(name).ok_or_else(|| unknown(name, &names))?;
            match misfit(scheme) {
                Some(message) => Err(Fault { offset: 0, message }),
                None => Ok(scheme),
            }
        })?;
        if schemes.is_empty() {
            table.wrong("schemes", "at least one scheme");
            return None;
        }
        Some(schemes)
    }

    fn kinetic(&self) -> bool {
        self.problem.is_some_and(|problem| matches!(problem.dynamics, Dynamics::Kinetic(_)))
    }

    fn methods(&self, table: &Reader<'_>) -> Option<Vec<OrderMethod>> {
        let d = self.problem.map_or(self.scope.dimension, Problem::dimension);
        if !table.has("methods") {
            let all = [OrderMethod::Proof, OrderMethod::Law, OrderMethod::MonteCarlo];
            return Some(all.into_iter().filter(|method| *method != OrderMethod::Law || d <= 2).collect());
        }
        let names = OrderMethod::ALL.map(OrderMethod::name);
        let methods = table.array("methods", "an array of methods", |value| {
            let name = name(value, &names)?;
            let method = OrderMethod::find(name).ok_or_else(|| unknown(name, &names))?;
            let most = match method {
                OrderMethod::Law => 2,
                OrderMethod::Prediction if self.kinetic() => 2,
                OrderMethod::Prediction => 1,
                OrderMethod::Proof | OrderMethod::MonteCarlo => usize::MAX,
            };
            if d > most {
                let message = format!(
                    "found \"{name}\" for a state of dimension {d}; expected at most {most} for it, or other methods"
                );
                return Err(Fault { offset: 0, message });
            }
            Ok(method)
        })?;
        if methods.is_empty() {
            table.wrong("methods", &one_of(&names));
            return None;
        }
        Some(methods)
    }

    fn steps(&self, table: &Reader<'_>) -> Option<Vec<f64>> {
        let horizon = self.horizon;
        if !table.has("steps") {
            return Some([4.0, 8.0, 16.0, 32.0].map(|n| horizon / n).to_vec());
        }
        let steps = table.array("steps", "an array of steps, coarse to fine", |value| {
            self.step_count(value)?;
            finite(value)
        })?;
        if steps.len() < 2 || steps.windows(2).any(|pair| pair[0] <= pair[1]) {
            table.note(
                "steps",
                &format!("found {steps:?}; expected at least two steps, each smaller than the one before"),
            );
            return None;
        }
        Some(steps)
    }
}

/// Integrators of the grid by name; none if none are named.
fn integrators(table: &Reader<'_>) -> Option<Vec<TransportIntegrator>> {
    if !table.has("integrators") {
        return Some(Vec::new());
    }
    let names = TransportIntegrator::ALL.map(TransportIntegrator::name);
    table.array("integrators", "an array of integrators of [grid] transport", |value| {
        let name = name(value, &names)?;
        TransportIntegrator::find(name).ok_or_else(|| unknown(name, &names))
    })
}

/// One accuracy, or several, falling.
fn accuracies(table: &Reader<'_>) -> Option<Vec<f64>> {
    let positive = |value: &Value| match finite(value)? {
        accuracy if accuracy > 0.0 => Ok(accuracy),
        _ => Err(Fault::expected(value, "an accuracy above 0")),
    };
    match (table.has("accuracy"), table.has("accuracies")) {
        (true, false) => table.scalar("accuracy", positive).map(|accuracy| vec![accuracy]),
        (false, true) => {
            let all = table.array("accuracies", "an array of accuracies, coarse to fine", positive)?;
            if all.is_empty() || all.windows(2).any(|pair| pair[0] <= pair[1]) {
                let message = format!(
                    "found {all:?}; expected at least one accuracy, each smaller than the one before"
                );
                table.note("accuracies", &message);
                return None;
            }
            Some(all)
        }
        (false, false) => table.missing("accuracy", "the standard error to reach, or accuracies = [...]"),
        (true, true) => {
            table.note("accuracies", "found it beside accuracy; expected one of the two");
            None
        }
    }
}

/// The first scheme of order 1 and the first of order 2 that fit: those that everybody knows.
fn usual_schemes(problem: &Problem) -> Vec<&'static dyn Scheme> {
    let first = |order| fitting_schemes(problem).find(|scheme| scheme.weak_order() == order);
    [1, 2].into_iter().filter_map(first).collect()
}

fn name<'v>(value: &'v Value, known: &[&str]) -> Result<&'v str, Fault> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(Fault::expected(other, &one_of(known))),
    }
}

fn unknown(name: &str, known: &[&str]) -> Fault {
    Fault { offset: 0, message: unknown_name(name, known) }
}
