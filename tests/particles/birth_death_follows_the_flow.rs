//! Birth–death jumps and weights are two realisations of one reaction.

use crate::common::laws::{Run, ornstein_uhlenbeck};
use crate::common::{close, findings, flow};
use wfr::law::Resolution;
use wfr::model::expression::Scope;
use wfr::model::{Dynamics, Expression, Initial, Observable, Problem};
use wfr::particles::{BirthDeath, Interaction, ParticleSettings, Simulation, Watch, simulate};
use wfr::schemes::{WeightRule, find};

/// Student's t with 63 degrees of freedom exceeds it with probability 1e-9 (two-sided). All checks of this file, fewer
/// than 50, stay below 1e-7 together.
const DEVIATIONS: f64 = 7.14;

/// Four standard errors of 50 000 particles are 7.14 of 160 000.
#[test]
fn every_form_agrees_with_the_grid_on_the_double_well() {
    let run = |reaction: f64, mode: &str| {
        let rest = format!(
            "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [400]\nstep = 0.02\n\
             [particles]\ncount = 160000\nstep = 0.02\nscheme = \"platen\"\n{mode}\n"
        );
        findings(&flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, reaction, &rest))
    };
    let still = run(0.0, "resampling = \"none\"").grid.unwrap();
    let forms =
        BirthDeath::ALL.map(|form| format!("mode = \"birth-death\"\nbirth-death = \"{}\"", form.name()));
    for mode in forms.iter().map(String::as_str).chain(["ess-threshold = 0.95"]) {
        let found = run(1.0, mode);
        let (grid, particles) = (found.grid.unwrap(), found.particles.unwrap());
        assert!(particles.replacements > 0.0, "{mode}: particles are replaced");
        for (name, exact) in &grid.observables {
            let estimate = particles.observables[name];
            // The time step of order 2 moves the values by up to 1e-3 (compare's coupled paths); the grid by far less.
            let allowed = DEVIATIONS * estimate.stderr + exact.error + 1e-3;
            close(estimate.value, exact.value, allowed, &format!("{mode} {name}"));
            let without = still.observables[name].value;
            let shows = (without - exact.value).abs() > 5.0 * allowed;
            assert!(shows || name != "x", "{mode}: the reaction shows");
        }
        let allowed = DEVIATIONS * particles.log_normalizer_stderr + 1e-3;
        close(particles.log_normalizer, 0.0, allowed, mode);
    }
}

/// dX = −X dt + √2 dW, killed at rate 2X², from 1, in 5 steps.
fn killed(form: BirthDeath, weight: WeightRule, seed: u64) -> (Simulation, Vec<Observable>) {
    let sde = ornstein_uhlenbeck(1.0, 2f64.sqrt(), 2.0);
    let scope = Scope { dimension: 1, ..Scope::default() };
    let observable = |text: &str| Observable::new(text, &Expression::parse(text, &scope).unwrap());
    let observables: Vec<Observable> = ["1", "x^2"].map(observable).into();
    let problem = Problem {
        initial: Initial::Point(vec![1.0]),
        dynamics: Dynamics::Sde(sde.clone()),
        horizon: 1.0,
        observables: observables.clone(),
    };
    let settings = ParticleSettings {
        count: 200_000,
        step: 0.2,
        scheme: find("platen").unwrap(),
        weight,
        mean_field: None,
        interaction: Interaction::BirthDeath(form),
        seed,
        save: false,
    };
    (simulate(&problem, &settings, &sde, Watch::default()), observables)
}

/// Unnormalised expectations are those of the weighted scheme's noise-free expectation at the same, coarse step: the jumps add
/// no error of their own in time, so their weak order is that of scheme and weight rule, proved by `wfr prove`.
#[test]
fn jumps_have_the_law_of_the_weights_at_any_step() {
    let sde = ornstein_uhlenbeck(1.0, 2f64.sqrt(), 2.0);
    for weight in [WeightRule::Left, WeightRule::Trapezoidal] {
        let resolution = Resolution::line(-11.0, 11.0, 30, 40);
        let law = Run::from_point(&sde, "platen", weight, resolution, &[1.0]);
        for form in BirthDeath::ALL {
            let (simulation, observables) = killed(form, weight, 1);
            let means = simulation.population.unwrap().means(&observables, false);
            let mut shows = false;
            for (mean, name) in means.iter().zip(["1", "x^2"]) {
                let [coarse, fine] = [5, 80].map(|steps| law.expectation(name, 1.0, steps).value);
                close(mean.value, coarse, DEVIATIONS * mean.stderr, &format!("{form:?} {weight:?} {name}"));
                shows |= (coarse - fine).abs() > DEVIATIONS * mean.stderr;
            }
            assert!(shows, "{form:?} {weight:?}: the step is coarse");
        }
    }
}

#[test]
fn numbers_are_kept_and_weights_stay_one() {
    let replaced = BirthDeath::ALL.map(|form| {
        let (simulation, _) = killed(form, WeightRule::Trapezoidal, 2);
        let population = simulation.population.unwrap();
        assert_eq!(population.ensemble.count(), 200_000);
        assert!(population.ensemble.log_weights().iter().all(|log| *log == 0.0), "{form:?}");
        assert_eq!(simulation.resamplings, 5.0, "after every step");
        let last = simulation.history.last().unwrap();
        let mut ancestors = population.ensemble.ancestors();
        ancestors.sort_unstable();
        ancestors.dedup();
        assert_eq!(last.ancestors, ancestors.len(), "{form:?}");
        simulation.replacements
    });
    // Rates of jumps: (c − c̄)⁺ ≤ mean of (c − c')⁺ ≤ c − min c.
    assert!(replaced[0] < replaced[1] && replaced[1] < replaced[2], "{replaced:?}");
}
