//! Eigenvalues of the grid against Galerkin's method.

use super::galerkin::Well;
use super::random::Random;
use super::tally::Tally;
use rayon::prelude::*;
use wfr::scenario::parse;
use wfr::study::run;
use wfr::study::spectrum::SpectrumFindings;

/// Eigenvalues of each well, with λ₀ = 0.
const COUNT: usize = 4;

/// Writes the table, of `wells` wells.
pub fn write(wells: usize) {
    println!("## Spectra\n");
    println!(
        "λ₁ to λ₃ of {wells} double wells b(x² − 1)² + cx against Galerkin's method on 160 Hermite functions. A run whose study \
         does not pass is counted apart.\n"
    );
    let mut random = Random(77);
    let trials: Vec<(Well, usize)> = (0..wells)
        .map(|_| {
            let well = Well { b: random.scale(0.2, 4.0), c: random.between(-1.0, 1.0) };
            (well, random.cells())
        })
        .collect();
    let mut tally = Tally::default();
    for own in trials.par_iter().map(|(well, cells)| count(well, *cells)).collect::<Vec<_>>() {
        tally.join(&own);
    }
    Tally::head();
    tally.row("wells", true);
    println!();
}

fn count(well: &Well, cells: usize) -> Tally {
    let mut tally = Tally::default();
    let text = format!(
        "observables = [\"x\"]\n[target]\npotential = \"{}\"\n[initial]\nmean = [0.0]\ncovariance = [[0.1]]\n[flow]\nreaction = 0.0\n\
         horizon = 0.1\n[grid]\ncells = [{cells}]\n[[study]]\nkind = \"spectrum\"\ncount = {COUNT}\n",
        well.formula()
    );
    let scenario = parse(&text, "well.toml", &[]).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let findings = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
    let Some(study) = findings.studies.first() else {
        tally.add_broken();
        return tally;
    };
    let Some(spectrum) = study.outcome_as::<SpectrumFindings>() else {
        tally.add_broken();
        return tally;
    };
    let disclaims = study.verdict != wfr::study::Verdict::Pass;
    for (found, truth) in spectrum.eigenvalues.iter().zip(well.eigenvalues(COUNT)).skip(1) {
        let ratio = tally.add(found.value, found.error, truth, disclaims);
        if ratio < 1.0 {
            eprintln!(
                "spectra: missed by {:.2} errors: {} ± {:e} for {truth}\n{text}",
                1.0 / ratio,
                found.value,
                found.error
            );
        }
    }
    tally
}
