//! From the document to a [`Scenario`], one file a group of tables.

mod annealing;
mod axes;
pub(super) mod density;
pub(super) mod diffusion;
pub(super) mod dynamics;
mod force;
mod initial;
pub(super) mod model;
pub(super) mod numerics;
mod reader;
mod samples;
mod studies;

use super::document::{self, Override, Value};
use super::{Scenario, ScenarioError, Vocabulary};
use crate::model::{Expression, Observable, Problem, expression::Scope};
use crate::particles::ParticleSettings;
use crate::pde::GridSettings;
use crate::study::{Basis, Part, Plan, Reason, dimension_fault};
use reader::{Fault, Notes, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use studies::Described;

/// Bytes of a name, which file systems take as that of a folder.
const LONGEST_NAME: usize = 200;

/// Reads a scenario file.
///
/// # Errors
/// If the file cannot be read, is not TOML, or is not a scenario; all findings at once.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Scenario, ScenarioError> {
    load_with(path, overrides, &Vocabulary::default())
}

/// Reads a scenario file that may name schemes and potentials of a program's own.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, overrides: &[Override], names: &Vocabulary) -> Result<Scenario, ScenarioError> {
    let unreadable = |reason| ScenarioError::Unreadable { path: path.into(), reason };
    let text = names.access.scenario(path).map_err(unreadable)?;
    parse_with(&text, &path.display().to_string(), overrides, names)
}

/// Reads a scenario from text; `file` names it in messages, and its stem names the scenario if the
/// text does not.
///
/// # Errors
/// As [`load`].
pub fn parse(text: &str, file: &str, overrides: &[Override]) -> Result<Scenario, ScenarioError> {
    parse_with(text, file, overrides, &Vocabulary::default())
}

/// Reads a scenario from text that may name schemes and potentials of a program's own.
///
/// # Errors
/// As [`load`].
pub fn parse_with(
    text: &str,
    file: &str,
    overrides: &[Override],
    names: &Vocabulary,
) -> Result<Scenario, ScenarioError> {
    let document = document::parse(text, file, overrides)?;
    let notes = Notes::new(file, names);
    let root = Reader::root(&notes, &document);
    let scenario = read(&root, file, text);
    root.finish();
    let mut scenario = notes.finish(scenario)?;
    scenario.overrides = overrides.iter().map(|own| own.text.clone()).collect();
    Ok(scenario)
}

/// The keys for which the reader of a scenario looks, with their tables: what [`TABLES`](super::TABLES) declares of them.
///
/// # Errors
/// If the text is not TOML.
#[doc(hidden)]
pub fn asked_keys(text: &str, file: &str) -> Result<BTreeSet<(String, &'static str)>, ScenarioError> {
    let document = document::parse(text, file, &[])?;
    let names = Vocabulary::default();
    let notes = Notes::new(file, &names);
    let root = Reader::root(&notes, &document);
    read(&root, file, text);
    root.finish();
    Ok(notes.asked())
}

fn read(root: &Reader<'_>, file: &str, text: &str) -> Option<Scenario> {
    let stem =
        Path::new(file).file_stem().map_or("scenario".into(), |stem| stem.to_string_lossy().into_owned());
    // What one mistake keeps from being read is not unknown.
    root.allow(&[
        "name",
        "constants",
        "definitions",
        "observables",
        "large",
        "dimension",
        "target",
        "initial",
        "flow",
        "sde",
    ]);
    root.allow(&["grid", "particles", "study"]);
    let name = if root.has("name") { root.string("name", "a string").map(String::from) } else { Some(stem) };
    let folder = |name: &String| {
        let sound = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        !name.is_empty() && name.len() <= LONGEST_NAME && !name.starts_with('.') && name.chars().all(sound)
    };
    if name.as_ref().is_some_and(|name| !folder(name)) {
        let expected = "up to 200 bytes of letters, digits, '-', '_' and '.', as it becomes a folder's name";
        root.wrong("name", expected);
    }
    let name = name.filter(folder);
    let large = root.boolean_or("large", false);
    // Everything is read before anything is given up, so that all mistakes show at once.
    let dimension = root.whole_or("dimension", 1, 1)?;
    if let Some(fault) = dimension_fault(dimension) {
        root.fault(&fault);
        return None;
    }
    let dimension = dimension as usize;
    let functions = root.vocabulary().functions.clone();
    let momenta = model::has_momenta(root);
    let scope = Scope { dimension, momenta, definitions: functions, ..Scope::default() };
    let scope = Scope { constants: constants(root, &Scope { time: true, ..scope.clone() }), ..scope };
    let scope = Scope { definitions: definitions(root, &scope), ..scope };
    let observables = observables(root, &scope);
    let problem = model::problem(root, &scope);
    let (dynamics, initial, horizon) = match problem {
        Some((dynamics, initial, horizon)) => (Some(dynamics), Some(initial), horizon),
        None => (None, None, initial::horizon_if_any(root).unwrap_or(1.0)),
    };
    let problem = match (dynamics, initial, observables) {
        (Some(dynamics), Some(initial), Some(observables)) => {
            Some(Problem { initial, dynamics, horizon, observables })
        }
        _ => None,
    };
    let mut warnings = Vec::new();
    let grid = numerics::grid(root, &scope, horizon, problem.as_ref(), &mut warnings);
    let particles =
        numerics::particles(root, horizon, grid.as_ref().and_then(Option::as_ref), problem.as_ref());
    let described = studies::described(root, &scope);
    let plan = plan(root, problem?, grid, particles, &described?)?;
    warnings.extend(plan.warnings());
    Some(Scenario { name: name?, plan, large: large?, warnings, source: text.into(), overrides: Vec::new() })
}

/// The plan, or notes on everything that keeps it from being run.
fn plan(
    root: &Reader<'_>,
    problem: Problem,
    grid: Option<Option<GridSettings>>,
    particles: Option<Option<ParticleSettings>>,
    described: &[Described<'_>],
) -> Option<Plan> {
    let (Some(grid), Some(particles)) = (grid.clone(), particles.clone()) else {
        // Nothing can be run; of particles that were understood, everything but a lack of the grid is noted all the same.
        let alone = Plan::new(problem, None, particles.flatten(), Vec::new()).err();
        let faults = alone.iter().flatten().filter(|reason| reason.part == Part::Particles);
        faults.for_each(|reason| root.table("particles").iter().for_each(|table| table.fault(&reason.fault)));
        return None;
    };
    let basis = Basis { problem: &problem, grid: grid.as_ref(), particles: particles.as_ref() };
    let studies: Option<Vec<_>> = described.iter().map(|own| own.study(&basis)).collect();
    let complete = studies.is_some();
    let noted = |reasons: Vec<Reason>| {
        for Reason { part, fault } in &reasons {
            match part {
                Part::Problem => root.fault(fault),
                Part::Study(number) => described[*number].table.fault(fault),
                Part::Grid | Part::Particles => {
                    let table = root.table(if *part == Part::Grid { "grid" } else { "particles" });
                    table.as_ref().unwrap_or(root).fault(fault);
                }
            }
        }
    };
    let plan = Plan::new(problem, grid, particles, studies.unwrap_or_default()).map_err(noted).ok();
    let plan = plan.filter(|_| complete)?;
    let long = plan.too_long(root.access().most_hours);
    let sound = long.is_empty();
    noted(long);
    sound.then_some(plan)
}

fn constants(root: &Reader<'_>, scope: &Scope) -> BTreeMap<String, f64> {
    let mut constants = BTreeMap::new();
    let Some(table) = root.table("constants") else {
        return constants;
    };
    for (key, _, item) in table.entries() {
        match item.value {
            _ if scope.knows(key) => {
                table.note_entry(key, "found a name that has a meaning already; expected a new one");
            }
            Value::Number(value, _) if value.is_finite() => {
                constants.insert(key.clone(), value);
            }
            ref other => {
                table.note_entry(key, &format!("found {}; expected a finite number", other.describe()))
            }
        }
    }
    constants
}

/// Formulas of the state and the time, each of which may use those before it.
fn definitions(root: &Reader<'_>, scope: &Scope) -> BTreeMap<String, Expression> {
    let mut scope = Scope { time: true, ..scope.clone() };
    let Some(table) = root.table("definitions") else {
        return scope.definitions;
    };
    for (key, _, item) in table.entries() {
        match formula(&item.value, &scope) {
            _ if scope.knows(key) => {
                table.note_entry(key, "found a name that has a meaning already; expected a new one");
            }
            Ok(expression) => drop(scope.definitions.insert(key.clone(), expression)),
            Err(fault) => table.note_entry(key, &fault.message),
        }
    }
    scope.definitions
}

fn observables(root: &Reader<'_>, scope: &Scope) -> Option<Vec<Observable>> {
    if root.has("observables") {
        return root.array("observables", "an array of formulas", |value| observable(value, scope));
    }
    let coordinates: Vec<String> = match scope.dimension {
        d @ 1..=3 => ["x", "y", "z"][..d].iter().map(ToString::to_string).collect(),
        d => (1..=d).map(|i| format!("x{i}")).collect(),
    };
    coordinates
        .iter()
        .map(|name| Expression::parse(name, scope).ok().map(|e| Observable::new(name, &e)))
        .collect()
}

/// An observable from its formula, or from a table with a formula and the tolerance of its expectation.
fn observable(value: &Value, scope: &Scope) -> Result<Observable, Fault> {
    if let Value::Table(table) = value {
        let expected = "a formula, or { formula = \"…\", tolerance = a number above 0 }";
        let known = table.entries.iter().all(|(key, ..)| ["formula", "tolerance"].contains(&key.as_str()));
        let tolerance = table.get("tolerance").map(|item| reader::finite(&item.value)).transpose()?;
        let (true, Some(formula)) = (known && tolerance.is_none_or(|t| t > 0.0), table.get("formula")) else {
            return Err(Fault::expected(value, expected));
        };
        let mut own = observable(&formula.value, scope)?;
        own.tolerance = tolerance;
        return Ok(own);
    }
    let expression = formula(value, scope)?;
    match value {
        Value::String(text) => Ok(Observable::new(text, &expression)),
        other => Err(Fault::expected(other, "a formula")),
    }
}

/// Characters of a long formula that are shown before and behind a fault.
const SHOWN: usize = 40;

/// `text`, or what is around the byte `position` of a long one.
fn excerpt(text: &str, position: usize) -> String {
    if text.chars().count() <= 2 * SHOWN {
        return text.into();
    }
    let (before, behind) = text.split_at(position);
    let front: String = before.chars().rev().take(SHOWN).collect::<Vec<_>>().into_iter().rev().collect();
    let back: String = behind.chars().take(SHOWN).collect();
    let dots = |cut: bool| if cut { "…" } else { "" };
    format!("{}{front}{back}{}", dots(front.len() < before.len()), dots(back.len() < behind.len()))
}

/// A formula; faults point at the character.
fn formula(value: &Value, scope: &Scope) -> Result<Expression, Fault> {
    match value {
        Value::String(text) => Expression::parse(text, scope).map_err(|error| Fault {
            // One more for the opening quotation mark.
            offset: 1 + text[..error.position].chars().count(),
            message: format!("in the formula \"{}\": {error}", excerpt(text, error.position)),
        }),
        Value::Number(number, _) if number.is_finite() => Ok(Expression::constant(*number)),
        other => Err(Fault::expected(other, "a formula (a string)")),
    }
}
