//! Eigenvalues of −L on the grid against values of independent methods; the errors have to cover the truth.

use crate::common::{close, findings};
use wfr::study::Verdict;
use wfr::study::spectrum::{Eigenvalue, SpectrumFindings};

fn spectrum(dimension: usize, potential: &str, flow: &str, grid: &str, count: usize) -> SpectrumFindings {
    let kinetic = flow.contains("underdamped");
    let axes = if kinetic { 2 } else { dimension };
    let rows: Vec<Vec<f64>> =
        (0..axes).map(|i| (0..axes).map(|j| if i == j { 0.02 } else { 0.0 }).collect()).collect();
    let found = findings(&format!(
        "dimension = {dimension}\n[target]\npotential = \"{potential}\"\n\
         [initial]\nmean = {:?}\ncovariance = {rows:?}\n[flow]\nhorizon = 0.01\n{flow}\n[grid]\n{grid}\n\
         [[study]]\nkind = \"spectrum\"\ncount = {count}\n",
        vec![0.0; axes]
    ));
    let study = found.studies.first().unwrap_or_else(|| panic!("{:?}", found.breakdown));
    assert_eq!(study.verdict, Verdict::Pass, "{potential}: {}", study.why);
    study.outcome_as::<SpectrumFindings>().unwrap().clone()
}

/// The value within its error, and an error that says something.
#[track_caller]
fn covers(found: &Eigenvalue, exact: f64, accuracy: f64, what: &str) {
    close(found.value, exact, found.error, &format!("{what}: the error covers the miss"));
    assert!(found.error < accuracy, "{what}: {:e} says little", found.error);
}

#[test]
fn gaps_of_double_wells_are_the_tabulated_ones() {
    // theory.md §3.4: λ₁, λ₂, λ₃ of β(x² − 1)² by Rayleigh–Ritz and by sinc collocation.
    let table = [
        (1.0, [0.748681672348394, 6.00411367085091, 11.6606955576713]),
        (3.0, [0.241859582572302, 10.4847165136811, 18.4398760136993]),
        (5.0, [0.0555228127314545, 16.4449424900147, 26.2831063734311]),
    ];
    for (β, exact) in table {
        // A quarter of 200 cells is few enough for the dense matrix.
        for cells in [200, 1200] {
            let grid = format!("lower = [-2.9]\nupper = [2.9]\ncells = [{cells}]");
            let found = spectrum(1, &format!("{β:?}*(x^2 - 1)^2"), "", &grid, 4);
            for (eigenvalue, exact) in found.eigenvalues[1..].iter().zip(exact) {
                covers(eigenvalue, exact, 1e-3, &format!("β = {β}, {cells} cells"));
            }
            // (4√2 β/π) e^{−β}: both wells over the barrier; V'' = −4β on its top is the least curvature.
            let kramers = 4.0 * 2f64.sqrt() * β / std::f64::consts::PI * (-β).exp();
            close(found.eyring_kramers.unwrap(), kramers, 1e-12, "Eyring–Kramers");
            let width = 5.8 / f64::from(cells);
            close(
                found.curvature.unwrap(),
                β * (3.0 * width * width - 4.0),
                1e-12,
                "V'' at the innermost cells",
            );
        }
    }
}

#[test]
fn a_separable_plane_has_the_sums_of_its_lines() {
    let sums = |dimension: usize, potential: &str, count| {
        let grid = format!(
            "lower = {:?}\nupper = {:?}\ncells = {:?}",
            vec![-2.7; dimension],
            vec![2.7; dimension],
            vec![96; dimension]
        );
        spectrum(dimension, potential, "", &grid, count).eigenvalues
    };
    let line = sums(1, "(x^2 - 1)^2", 3);
    let plane = sums(2, "(x^2 - 1)^2 + (y^2 - 1)^2", 5);
    let λ = |k: usize| line[k].value;
    // 0, λ₁ twice, 2λ₁, λ₂: the same cells along both axes make the sums exact, but for what extrapolation leaves.
    for (found, exact) in plane.iter().zip([0.0, λ(1), λ(1), 2.0 * λ(1), λ(2)]) {
        close(found.value, exact, 1e-9, "a sum of eigenvalues");
    }
    covers(&plane[1], 0.748681672348394, 1e-4, "the gap of the plane");
}

#[test]
fn a_convex_potential_is_not_below_its_curvature() {
    let found = spectrum(1, "x^2/2 + x^4/4", "", "lower = [-4.0]\nupper = [4.0]\ncells = [200]", 3);
    assert!(found.curvature.is_some_and(|bound| bound >= 1.0 && bound < found.eigenvalues[1].value));
    assert_eq!(found.eyring_kramers, None, "one well has no saddle");
    // Of a Gaussian the bound is sharp: λ₁ = V'' = 2.
    let sharp = spectrum(1, "x^2", "", "lower = [-5.0]\nupper = [5.0]\ncells = [200]", 3);
    covers(&sharp.eigenvalues[1], 2.0, 1e-5, "the Ornstein–Uhlenbeck process");
    close(sharp.curvature.unwrap(), 2.0, 1e-12, "V''");
}

#[test]
fn the_kinetic_oscillator_has_its_closed_spectrum() {
    // n₁λ₊ + n₂λ₋, λ± = (γ ± √(γ² − 4))/2, at ω = 1.
    let grid = "lower = [-6.0, -6.0]\nupper = [6.0, 6.0]\ncells = [112, 112]";
    let of = |γ: f64| {
        spectrum(1, "x^2/2", &format!("dynamics = \"underdamped\"\nfriction = {γ:?}"), grid, 4).eigenvalues
    };
    let slow = (3.0 - 5f64.sqrt()) / 2.0;
    for (found, multiple) in of(3.0)[1..].iter().zip([1.0, 2.0, 3.0]) {
        covers(found, multiple * slow, 5e-3, "γ = 3");
    }
    let underdamped = of(1.5);
    let frequency = (1.0 - 0.75f64 * 0.75).sqrt();
    for (found, imaginary) in underdamped[1..3].iter().zip([frequency, -frequency]) {
        covers(found, 0.75, 1e-3, "γ = 1.5");
        close(found.imaginary.unwrap(), imaginary, found.error, "γ = 1.5, frequency");
    }
    covers(&underdamped[3], 1.5, 1e-3, "γ = 1.5, λ₊ + λ₋");
}

#[test]
fn the_slowest_kinetic_modes_of_double_wells_are_the_tabulated_ones() {
    // theory.md §3.4, Hermite × polynomial Galerkin.
    for (β, γ, half_width, exact) in [
        (1.0, 1.0, 2.7, 0.3006310854),
        (1.0, 2.0, 2.7, 0.27301583165),
        (3.0, 1.0, 2.2, 0.0514660),
        (3.0, 5.0, 2.2, 0.0378826132),
    ] {
        let flow = format!("dynamics = \"underdamped\"\nfriction = {γ:?}");
        let grid = format!("lower = [-{half_width}, -6.0]\nupper = [{half_width}, 6.0]\ncells = [112, 112]");
        let found = spectrum(1, &format!("{β:?}*(x^2 - 1)^2"), &flow, &grid, 2).eigenvalues[1];
        covers(&found, exact, 1e-4, &format!("β = {β}, γ = {γ}"));
        assert!(found.imaginary.unwrap().abs() <= found.error, "it is real");
    }
}
