//! What a run leaves for scripts: particles, time series, and what made it.

use crate::common::{close, flow, scenario};
use std::path::Path;
use wfr::report::{result_json, write_particles, write_series};
use wfr::study::{Run, run};

const GRID: &str = "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [140]\nstep = 0.05\n";

fn wells(rest: &str) -> Run {
    let scenario = scenario(&flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 1.0, rest));
    let mut run = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
    scenario.sign(&mut run.findings);
    run
}

/// Σwφ/Σw of the particles in the file is the estimate, and the mean weight is the normaliser, resampled or not.
#[test]
fn particles_give_the_estimates_again() {
    for keys in
        ["", "ess-threshold = 0.99\n", "density = \"gaussian\"\nreplicates = 4\n", "mode = \"birth-death\"\n"]
    {
        let run = wells(&format!("{GRID}[particles]\ncount = 3000\nstep = 0.05\n{keys}"));
        let particles = run.particles.unwrap();
        let weights: Vec<f64> = particles.log_weights.iter().map(|log| log.exp()).collect();
        let total: f64 = weights.iter().sum();
        let findings = run.findings.particles.unwrap();
        let mean: f64 = weights.iter().zip(&particles.positions).map(|(w, x)| w * x).sum();
        close(mean / total, findings.observables["x"].value, 1e-12, keys);
        close((total / weights.len() as f64).ln(), findings.log_normalizer, 1e-12, keys);
        let distinct: std::collections::BTreeSet<u32> = particles.ancestors.iter().copied().collect();
        assert_eq!(distinct.len() as u64, findings.ancestors, "{keys}");
        assert_eq!(particles.positions.len(), weights.len() * particles.dimension);
    }
}

#[test]
fn series_begin_at_the_start_and_end_at_the_findings() {
    let run = wells(&format!(
        "{}[particles]\ncount = 3000\nstep = 0.05\n",
        GRID.replace("step", "times = [0.26, 0.5]\nstep")
    ));
    let (grid, particles) = (run.series.grid.unwrap(), run.series.particles.unwrap());
    assert_eq!(run.series.observables, ["x", "x^2", "x^4", "x > 0"]);
    assert_eq!((grid.times[0], *grid.times.last().unwrap()), (0.0, 1.0));
    close(grid.means[0][0], -1.0, 1e-9, "start by the grid");
    close(particles.means[0][0].value, -1.0, 7.0 * particles.means[0][0].stderr, "start by the particles");
    let found = &run.findings;
    let (solved, sampled) = (found.grid.as_ref().unwrap(), found.particles.as_ref().unwrap());
    close(grid.means.last().unwrap()[0], solved.observables["x"].value, 2e-3, "extrapolation");
    assert_eq!(particles.means.last().unwrap()[0].value, sampled.observables["x"].value);
    assert!(grid.kl.windows(2).all(|pair| pair[1] < pair[0]), "KL falls");
    for (found, exact) in grid.density_times.iter().zip([0.25, 0.5]) {
        close(*found, exact, 1e-12, "the nearest end of a step");
    }
    assert_eq!(grid.log_densities.len(), 2);
}

#[test]
fn files_hold_what_is_asked_for() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("taken-away");
    let _ = std::fs::remove_dir_all(&folder);
    let oscillator = |keys: &str| {
        let rest =
            format!("[particles]\ncount = 500\nreplicates = 4\ndensity = \"gaussian\"\nstep = 0.1\n{keys}");
        let scenario = scenario(&flow("x^2/2", 1.0, 0.5, 1.0, 1.0, &rest));
        run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ())
    };
    let run = oscillator("");
    write_series(&folder, &run.series).unwrap();
    write_particles(&folder, run.particles.as_ref().unwrap()).unwrap();
    let csv = std::fs::read_to_string(folder.join("series.csv")).unwrap();
    assert_eq!(csv.lines().next(), Some("time,method,quantity,value,stderr"));
    assert_eq!(csv.lines().nth(1).unwrap().split(',').nth(2), Some("E[x]"));
    let bytes = std::fs::read(folder.join("particles.npz")).unwrap();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("'<f8', 'fortran_order': True, 'shape': (2000, 1,)") && has("ancestors.npy") && has("'<i8'"));

    let without = oscillator("save = false\n");
    assert!(without.findings.particles.is_some());
    assert!(without.particles.is_none());
}

#[test]
fn a_result_says_what_made_it() {
    let run =
        wells("[particles]\ncount = 200\nreplicates = 4\ndensity = \"gaussian\"\nstep = 0.1\nseed = 7\n");
    let result: serde_json::Value = serde_json::from_str(&result_json(&run.findings)).unwrap();
    assert_eq!(result["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(result["seed"], 7);
    assert!(result["scenario"].as_str().unwrap().contains("seed = 7"));
    assert!(result["commit"].is_null() || result["commit"].is_string());
}
