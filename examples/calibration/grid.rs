//! Values of the grid against closed forms.

use super::random::Random;
use super::tally::{Tally, is_wanted};
use super::{line, plane};
use rayon::prelude::*;
use wfr::scenario::parse;
use wfr::study::run;

/// Words of warnings by which a run gives up its claim.
const DISCLAIMERS: [&str; 5] = ["box cuts", "boundary", "feature", "jump", "continuous"];

/// A problem: its scenario, and the true values by name.
pub struct Trial {
    /// As TOML.
    pub scenario: String,
    /// By observable, or "mass".
    pub truths: Vec<(&'static str, f64)>,
}

/// A group of problems: its name, and what draws one.
pub type Group = (&'static str, fn(&mut Random) -> Trial);

/// Writes the table, of `problems` of each group.
pub fn write(problems: usize) {
    println!("## Grid values\n");
    let groups: Vec<Group> = line::GROUPS.into_iter().chain(plane::GROUPS).collect();
    println!(
        "{} random problems, {problems} of each group; every value against its closed form, or Galerkin's method. A value is \
         covered if it is within its claimed error of the truth. Values of runs that warn of the box, a boundary, a feature or a \
         jump, by which they give up the claim, are counted apart. Targets: 99 % covered, 99.9 % within twice the error, a \
         median of error/miss of at most 10, and in every group an interval (Clopper and Pearson) that contains 99 %.\n",
        problems * groups.len()
    );
    Tally::head();
    let mut all = Tally::default();
    for (number, (name, make)) in groups.iter().enumerate().filter(|(_, group)| is_wanted(group.0)) {
        let mut random = Random(1 + number as u64);
        let trials: Vec<Trial> = (0..problems).map(|_| make(&mut random)).collect();
        let mut tally = Tally::default();
        for own in trials.par_iter().map(|trial| count(name, trial)).collect::<Vec<_>>() {
            tally.join(&own);
        }
        tally.row(name, false);
        all.join(&tally);
    }
    all.row("all", true);
    println!();
}

fn count(group: &str, trial: &Trial) -> Tally {
    let mut tally = Tally::default();
    let scenario = parse(&trial.scenario, "trial.toml", &[])
        .unwrap_or_else(|error| panic!("{error}\n{}", trial.scenario));
    let findings = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
    let Some(grid) = &findings.grid else {
        eprintln!("{group} broke down: {:?}\n{}", findings.breakdown, trial.scenario);
        tally.add_broken();
        return tally;
    };
    let disclaims = findings.warnings.iter().any(|text| DISCLAIMERS.iter().any(|word| text.contains(word)));
    for (name, truth) in &trial.truths {
        let (value, error) = match *name {
            "mass" => (grid.mass, grid.mass_error),
            name => (grid.observables[name].value, grid.observables[name].error),
        };
        let ratio = tally.add(value, error, *truth, disclaims);
        if ratio < 1.0 {
            let what = if disclaims { "disclaimed, and " } else { "" };
            eprintln!(
                "{group}: {what}missed by {:.2} errors: {name} = {value:e} ± {error:e} for {truth:e}\n{}",
                1.0 / ratio,
                trial.scenario
            );
        }
    }
    tally
}
