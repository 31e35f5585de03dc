//! A plan that exists can be run: every rule refuses a scenario with the place, and a plan made in Rust with the part.

use crate::common::scenario;
use std::sync::Arc;
use wfr::keys::{Fault, Key, Order, Range, Type, Value, Values};
use wfr::model::expression::Scope;
use wfr::model::{Expression, Initial, Observable, Variable};
use wfr::particles::ParticleSettings;
use wfr::pde::GridSettings;
use wfr::scenario::parse;
use wfr::schemes::{find, find_transition};
use wfr::study::ensemble_order::{Against, EnsembleOrder, Refined};
use wfr::study::findings::{Check, StudyFindings};
use wfr::study::kind::{Context, Found};
use wfr::study::order::{OrderFindings, OrderMethod};
use wfr::study::reference::{Quantity, Reference, Whose};
use wfr::study::samples::Samples;
use wfr::study::{Basis, Breakdown, KINDS, Kind, Part, Plan, Study, Verdict, run};

const WELL: &str = "observables = [\"x\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n[initial]\nmean = [-1.0]\n\
    covariance = [[0.04]]\n[flow]\nhorizon = 0.5\n";
const GRID: &str = "[grid]\nlower = [-2.8]\nupper = [2.8]\ncells = [100]\nstep = 0.05\n";
const PARTICLES: &str = "[particles]\ncount = 256\nstep = 0.05\n";

/// The parts of a sound plan.
fn parts() -> (wfr::model::Problem, GridSettings, ParticleSettings) {
    let plan = scenario(&format!("{WELL}{GRID}{PARTICLES}")).plan;
    (plan.problem().clone(), plan.grid().unwrap().clone(), plan.particles().unwrap().clone())
}

/// The parts and keys at which a plan made in Rust is refused.
fn refused(
    change: impl FnOnce(&mut wfr::model::Problem, &mut Option<GridSettings>, &mut Option<ParticleSettings>),
    studies: Vec<Arc<dyn Study>>,
) -> Vec<(Part, &'static str)> {
    let (mut problem, grid, particles) = parts();
    let (mut grid, mut particles) = (Some(grid), Some(particles));
    change(&mut problem, &mut grid, &mut particles);
    match Plan::new(problem, grid, particles, studies) {
        Ok(_) => Vec::new(),
        Err(reasons) => {
            assert!(reasons.iter().all(|reason| reason.to_string().contains("expected")), "{reasons:?}");
            reasons.into_iter().map(|reason| (reason.part, reason.fault.key)).collect()
        }
    }
}

#[track_caller]
fn refused_in_toml(text: &str, fragments: &[&str]) {
    let message = parse(text, "s.toml", &[]).expect_err(text).to_string();
    for fragment in fragments {
        assert!(message.contains(fragment), "{message:?} lacks {fragment:?} for {text}");
    }
}

#[test]
fn a_sound_plan_is_made() {
    assert_eq!(refused(|_, _, _| (), Vec::new()), Vec::new());
}

#[test]
fn grids_are_checked() {
    type Change = fn(&mut GridSettings);
    let rules: [(&str, Change, &str, &str); 7] = [
        ("cells", |grid| grid.cells = vec![4], "cells = [100]", "cells = [4]"),
        ("upper", |grid| grid.upper = vec![-3.0], "upper = [2.8]", "upper = [-3.0]"),
        ("lower", |grid| grid.lower = vec![-1.1], "lower = [-2.8]", "lower = [-1.1]"),
        ("step", |grid| grid.step = f64::NAN, "step = 0.05", "step = 7.0"),
        ("step", |grid| grid.step = 1e-15, "step = 0.05", "step = 1e-15"),
        ("tolerance", |grid| grid.tolerance = Some(2.0), "step = 0.05", "tolerance = 2.0"),
        ("cells", |grid| grid.cells = vec![100, 100], "cells = [100]", "cells = [100, 100]"),
    ];
    for (key, change, from, to) in rules {
        let found = refused(|_, grid, _| change(grid.as_mut().unwrap()), Vec::new());
        assert!(found.contains(&(Part::Grid, key)), "{key}: {found:?}");
        refused_in_toml(&format!("{WELL}{}", GRID.replace(from, to)), &["s.toml:", key]);
    }
}

#[test]
fn particles_are_checked() {
    type Change = fn(&mut ParticleSettings);
    let rules: [(&str, Change, &str, &str); 3] = [
        ("count", |particles| particles.count = 0, "count = 256", "count = 0"),
        ("step", |particles| particles.step = 9.0, "step = 0.05", "step = 9.0"),
        (
            "scheme",
            |particles| particles.scheme = find_transition("baoab").unwrap(),
            "step = 0.05",
            "scheme = \"baoab\"",
        ),
    ];
    for (key, change, from, to) in rules {
        let found = refused(|_, _, particles| change(particles.as_mut().unwrap()), Vec::new());
        assert!(found.contains(&(Part::Particles, key)), "{key}: {found:?}");
        refused_in_toml(&format!("{WELL}{GRID}{}", PARTICLES.replace(from, to)), &["s.toml:", key]);
    }
}

/// The oracle that panicked.
#[test]
fn a_reaction_without_a_grid_is_refused() {
    assert_eq!(refused(|_, grid, _| *grid = None, Vec::new()), vec![(Part::Problem, "grid")]);
    refused_in_toml(&format!("{WELL}{PARTICLES}"), &["grid", "log ρ"]);
}

#[test]
fn problems_are_checked() {
    let of_problem =
        |change: fn(&mut wfr::model::Problem)| refused(|problem, _, _| change(problem), Vec::new());
    assert_eq!(of_problem(|problem| problem.horizon = f64::INFINITY), vec![(Part::Problem, "horizon")]);
    let nowhere = |problem: &mut wfr::model::Problem| problem.initial = Initial::Point(vec![f64::NAN]);
    assert_eq!(of_problem(nowhere), vec![(Part::Problem, "initial")]);
    refused_in_toml(&WELL.replace("0.5", "-0.5"), &["horizon"]);
}

/// A value that a key may hold; with an `item`, that is a number in the place of the last one.
fn sample(key: &Key, item: Option<f64>) -> Value {
    let lowest = |range| match range {
        Range::Any => 1.0,
        Range::Above(least) => least + 1.0,
        Range::From(least) | Range::Within(least, _) => least,
    };
    match key.holds {
        Type::Number(range) | Type::Whole(range) => Value::Number(item.unwrap_or(lowest(range))),
        Type::Boolean => Value::Boolean(true),
        Type::Text(_) | Type::Structured(_) => Value::Text("x".into()),
        Type::Samples => Value::Samples(Arc::new(Samples::new("x.csv", &[2, 1], vec![0.0, 1.0]).unwrap())),
        Type::Formula | Type::SmoothFormula => {
            let scope = Scope { dimension: 1, ..Scope::default() };
            Value::Formula("exp(-x^2)".into(), Expression::parse("exp(-x^2)", &scope).unwrap())
        }
        Type::Name(names) => Value::Text(names()[0].into()),
        Type::Scheme | Type::Schemes => Value::Schemes(vec![find("platen").unwrap()], false),
        Type::Names(names, _) => Value::Names(vec![names()[0].into()]),
        Type::Numbers(range, order, least) => {
            let mut numbers: Vec<f64> = (0..least).map(|k| lowest(range) * 2f64.powi(k as i32)).collect();
            if matches!(order, Order::Falling) {
                numbers.reverse();
            }
            let place = if matches!(order, Order::Falling) { least - 1 } else { 0 };
            numbers[place] = item.unwrap_or(numbers[place]);
            Value::Numbers(numbers)
        }
    }
}

/// Values for the keys that are required, alone or as one of several.
fn required(kind: &Kind) -> Vec<(&'static str, Value)> {
    let one_of_several = ["counts", "accuracy"];
    let is_required = |key: &&Key| key.default.is_none() || one_of_several.contains(&key.name);
    let own = |name: &str| ["ensemble-order", "multilevel"].contains(&name);
    let keys = kind.keys.iter().filter(is_required);
    let keys = keys.filter(|key| own(kind.name) || !one_of_several.contains(&key.name));
    keys.map(|key| (key.name, sample(key, None))).collect()
}

fn values(list: Vec<(&'static str, Value)>) -> Values {
    let mut values = Values::default();
    list.into_iter().for_each(|(key, value)| values.insert(key, value));
    values
}

const LONE: &str = "observables = [\"x\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n";

/// Every kind but those that need neither names what it lacks, from TOML and from Rust.
#[test]
fn studies_say_what_they_lack() {
    for kind in KINDS.iter().filter(|kind| !["weak-order", "multilevel"].contains(&kind.name)) {
        let required = required(kind);
        let keys: Vec<String> =
            required.iter().map(|(key, value)| format!("{key} = {}\n", value.describe())).collect();
        let text = format!("{LONE}[[study]]\nkind = \"{}\"\n{}", kind.name, keys.concat());
        refused_in_toml(&text, &["s.toml:", "[[study]] 0"]);
        let plan = scenario(LONE).plan;
        let study = (kind.read)(&values(required), &plan.basis())
            .unwrap_or_else(|fault| panic!("{}: {fault:?}", kind.name));
        let reasons = Plan::new(plan.problem().clone(), None, None, vec![study]).expect_err(kind.name);
        assert!(reasons.iter().all(|reason| reason.part == Part::Study(0)), "{}: {reasons:?}", kind.name);
    }
}

/// A kind whose `values` leave out a key with bounds would hold plans made in Rust to none.
#[test]
fn every_kind_gives_back_the_values_that_have_bounds() {
    let plan = scenario(LONE).plan;
    for kind in KINDS {
        // A seed that is a `u64` is within its bounds.
        for key in kind.keys.iter().filter(|key| key.name != "seed") {
            let (Type::Number(range) | Type::Whole(range) | Type::Numbers(range, ..)) = key.holds else {
                continue;
            };
            let beyond = match range {
                Range::Any => continue,
                Range::Above(least) => least,
                Range::From(least) | Range::Within(least, _) => least - 1.0,
            };
            let mut list = required(kind);
            list.retain(|(name, _)| *name != key.name && !(key.name == "accuracies" && *name == "accuracy"));
            list.push((key.name, sample(key, Some(beyond))));
            let refused = match (kind.read)(&values(list), &plan.basis()) {
                Ok(study) => {
                    let faults = study.faults(&plan.basis());
                    !study.values().faults(kind.keys).is_empty()
                        || faults.iter().any(|fault| fault.key == key.name)
                }
                Err(fault) => fault.key == key.name,
            };
            assert!(refused, "{}: {} = {beyond} is not refused", kind.name, key.name);
        }
    }
}

#[test]
fn bounds_of_keys_hold_for_rust_too() {
    let study = wfr::study::spectrum::Spectrum { count: 0 };
    assert_eq!(refused(|_, _, _| (), vec![Arc::new(study)]), vec![(Part::Study(0), "count")]);
    refused_in_toml(
        &format!("{WELL}{GRID}[[study]]\nkind = \"spectrum\"\ncount = 0\n"),
        &["s.toml:16:9", "found 0", "at least 1"],
    );
    let study = wfr::study::barrier::Barrier { heights: vec![2.0, 1.0], friction: -1.0 };
    let found = refused(|_, _, _| (), vec![Arc::new(study)]);
    assert!(found.contains(&(Part::Study(0), "heights")) && found.contains(&(Part::Study(0), "friction")));
}

/// A value of what nobody estimates, and orders of what nobody knows.
#[test]
fn what_nothing_estimates_cannot_be_held() {
    let reference = |quantity| Reference {
        quantity,
        value: 1.0,
        error: 0.0,
        source: "nowhere".into(),
        law: Whose::Target,
    };
    let found = refused(|_, _, _| (), vec![Arc::new(reference(Quantity::LogEvidence))]);
    assert_eq!(found, vec![(Part::Study(0), "observable")]);
    let found = refused(|_, _, _| (), vec![Arc::new(reference(Quantity::Observable("y".into())))]);
    assert_eq!(found, vec![(Part::Study(0), "observable")]);
    let ensemble = "[particles]\ncount = 64\nreplicates = 4\nstep = 0.05\ndensity = \"gaussian\"\n";
    let study = "[[study]]\nkind = \"ensemble-order\"\nobservable = \"x^2\"\ncounts = [32, 64, 128]\n";
    refused_in_toml(&format!("{WELL}{GRID}{ensemble}{study}"), &["observable", "x^2", "reference ="]);
    let plan = scenario(&format!("{WELL}{GRID}{ensemble}")).plan;
    let study = EnsembleOrder {
        observable: Observable::new("y", &Expression::variable(Variable::Space(0))),
        reference: None,
        against: Against::Itself,
        refined: vec![Refined::Counts(vec![32, 64, 128])],
    };
    let (problem, grid) = (plan.problem().clone(), plan.grid().cloned());
    let reasons = Plan::new(problem, grid, plan.particles().cloned(), vec![Arc::new(study)]).unwrap_err();
    assert_eq!(reasons[0].fault.key, "observable");
}

/// A study that has nothing to say.
#[derive(Debug)]
struct Silent;

static SILENT: Kind = Kind {
    name: "silent",
    summary: "Says nothing.",
    needs: &[],
    keys: &[],
    read: |_, _| Ok(Arc::new(Silent)),
    outcome: None,
};

impl Study for Silent {
    fn kind(&self) -> &'static Kind {
        &SILENT
    }

    fn faults(&self, _basis: &Basis<'_>) -> Vec<Fault> {
        Vec::new()
    }

    fn run(&self, _context: &Context<'_>, _found: &mut Found) -> Result<(), Breakdown> {
        Ok(())
    }
}

#[test]
fn a_study_that_found_nothing_fails_by_name() {
    let (problem, grid, _) = parts();
    let plan = Plan::new(problem, Some(grid), None, vec![Arc::new(Silent)]).unwrap();
    let findings = run("silent", &plan, &[], &|_, _| ()).findings;
    let failed: Vec<&Check> = findings.checks.iter().filter(|check| !check.passed).collect();
    assert!(!findings.passed && failed.len() == 1 && failed[0].name.contains("silent"), "{failed:?}");
}

/// The prediction alone, which was left out in silence.
#[test]
fn a_prediction_alone_is_made() {
    let text = "observables = [\"x^2\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n\
                [[study]]\nkind = \"weak-order\"\nschemes = [\"euler-maruyama\"]\nmethods = [\"prediction\"]\n";
    let found = crate::common::findings(text);
    let orders = found.studies.iter().map(|study| study.outcome_as::<OrderFindings>().unwrap().method);
    assert_eq!(orders.collect::<Vec<_>>(), vec![OrderMethod::Prediction]);
    assert_eq!(found.studies[0].verdict, Verdict::Pass, "{}", found.studies[0].why);
}

/// Two studies of one kind keep their pictures.
#[test]
fn pictures_have_ids_of_their_own() {
    let study = "[[study]]\nkind = \"grid-order\"\n";
    let scenario = scenario(&format!("{WELL}{GRID}{study}{study}"));
    let run = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
    let mut ids: Vec<&str> = run.figures.iter().map(|figure| figure.id.as_str()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() == all && ids.contains(&"grid-order") && ids.contains(&"grid-order-2"), "{ids:?}");
    let kinds: Vec<&StudyFindings> = run.findings.studies.iter().collect();
    assert!(kinds.iter().all(|study| study.kind == "grid-order"));
}

/// Particles that do not read the grid run although it breaks down.
#[test]
fn particles_survive_a_breakdown_of_the_grid() {
    let text = "observables = [\"x\"]\n[initial]\npoint = [0.5]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(x)\"]]\nhorizon = 0.01\n\
                [grid]\nlower = [-3.0]\nupper = [3.0]\ncells = [64]\n[particles]\ncount = 512\nstep = 0.001\n";
    let found = crate::common::findings(text);
    assert!(found.incomplete && found.grid.is_none(), "{:?}", found.breakdown);
    assert!(found.particles.is_some());
}
