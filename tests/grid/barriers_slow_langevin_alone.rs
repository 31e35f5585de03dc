//! Reweighting removes the barrier: rates of decay of V = b(x² − 1)² against the height b.

use crate::common::{close, findings};
use wfr::scenario::parse;
use wfr::study::Verdict;
use wfr::study::barrier::BarrierFindings;

const SCENARIO: &str = "observables = [\"x\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n\
    [initial]\nmean = [-0.5]\ncovariance = [[0.2]]\n[flow]\ntransport = 1.0\nreaction = 1.0\nhorizon = 1.0\n\
    [grid]\nlower = [-2.8]\nupper = [2.8]\ncells = [480]\nstep = 0.02\n";

fn sweep(rest: &str) -> BarrierFindings {
    let found = findings(&format!("{SCENARIO}{rest}"));
    let study = found.studies.first().unwrap_or_else(|| panic!("{:?}", found.breakdown));
    assert!(found.passed, "{:?}", found.checks.iter().find(|check| !check.passed));
    assert_eq!(study.verdict, Verdict::Pass, "{}", study.why);
    study.outcome_as::<BarrierFindings>().unwrap().clone()
}

#[test]
fn the_gap_closes_and_the_rate_of_the_reaction_stays() {
    let found = sweep("[[study]]\nkind = \"barrier\"\nheights = [1, 3, 8]\nfriction = 2.0\n");
    // theory.md §3.4: λ₁ by Rayleigh–Ritz with exact moments (130 digits) and by sinc collocation; the kinetic gaps for
    // friction 2 by Hermite–Galerkin, as far as they are given.
    let table = [
        (0.748681672348394, Some(0.27301583165)),
        (0.241859582572305, Some(0.0546555)),
        (0.0045749511109485, None),
    ];
    for (height, (gap, kinetic)) in found.heights.iter().zip(table) {
        let b = height.height;
        close(height.gap.value, gap, 1e-6 * gap, &format!("gap at {b}"));
        if let Some(kinetic) = kinetic {
            close(height.kinetic_gap.value, kinetic, 0.01 * kinetic, &format!("kinetic gap at {b}"));
        }
        // (4√2 b/π)e^{−b}, both wells over the barrier.
        let kramers = 4.0 * 2f64.sqrt() * b / std::f64::consts::PI * (-b).exp();
        close(height.eyring_kramers.unwrap(), kramers, 1e-9 * kramers, &format!("Eyring–Kramers at {b}"));
        // The issue allows 2 %; KL near equilibrium is ½⟨s²⟩(1 + O(e^{−rate·t})), at most 1e-3 off where it is read.
        for (rate, expected, what) in [
            (height.langevin.kl, 2.0 * gap, "KL of Langevin"),
            (height.langevin.chi_squared, 2.0 * gap, "χ² of Langevin"),
            (height.wfr.kl, 2.0 * (1.0 + gap), "KL of WFR"),
            (height.wfr.chi_squared, 2.0 * (1.0 + gap), "χ² of WFR"),
            (height.fisher_rao.kl, 2.0, "KL of Fisher–Rao"),
        ] {
            close(rate, expected, 0.02 * expected, &format!("{what} at {b}"));
        }
        assert!(height.wfr.kl >= 2.0, "{}", height.wfr.kl);
    }
}

#[test]
fn particles_relax_at_the_same_rates() {
    let found = sweep(
        "[particles]\ncount = 32768\nstep = 0.02\nscheme = \"platen\"\n\
         [[study]]\nkind = \"barrier\"\nheights = [2]\n",
    );
    for rate in &found.heights[0].particles {
        let asymptotic = if rate.flow == "WFR" { 1.0 } else { 0.0 } + 0.4545466020172993;
        // z-scores are checked by the study; the band itself has to tell the two flows apart.
        assert!(rate.stderr < 0.1 * asymptotic, "{rate:?}");
        close(rate.expected, asymptotic, 0.1 * asymptotic, &rate.flow);
    }
    assert_eq!(found.heights[0].particles.len(), 2);
}

#[test]
fn mistakes_are_named() {
    let message = |study: &str| {
        parse(&format!("{SCENARIO}[[study]]\nkind = \"barrier\"\n{study}"), "s.toml", &[])
            .unwrap_err()
            .to_string()
    };
    assert!(message("heights = [1, -2]").contains("a number above 0"));
    assert!(message("heights = [2, 1]").contains("larger than the one before"));
    assert!(message("friction = 0").contains("a number above 0"));
    let mixture = SCENARIO.replace(
        "potential = \"(x^2 - 1)^2\"",
        "mixture = [{ weight = 1.0, mean = [0.0], covariance = [[1.0]] }]",
    );
    let error =
        parse(&format!("{mixture}[[study]]\nkind = \"barrier\"\n"), "s.toml", &[]).unwrap_err().to_string();
    assert!(error.contains("given by a formula"), "{error}");
}
