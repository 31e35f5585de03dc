//! Posteriors with the likelihood of data from a file: values, derivatives, evidence, and what is wrong with files.

use crate::common::close;
use std::path::{Path, PathBuf};
use wfr::model::{Dynamics, Potential};
use wfr::scenario::{Scenario, parse};
use wfr::study::run;

/// A folder of its own for each test, which holds `data.csv`.
fn folder(test: &str, data: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("wfr-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("data.csv"), data).unwrap();
    folder
}

fn scenario(folder: &Path, text: &str) -> Result<Scenario, String> {
    let file = folder.join("scenario.toml").display().to_string();
    parse(text, &file, &[]).map_err(|error| error.to_string())
}

fn potential(scenario: &Scenario) -> &Potential {
    match &scenario.plan.problem().dynamics {
        Dynamics::GradientFlow(flow) => &flow.potential,
        Dynamics::Annealed(flow) => &flow.potential,
        _ => unreachable!("a target"),
    }
}

/// Three data from N(μ, s), μ ~ N(1, 2): the evidence is the density of N(1, s I + 2·11ᵀ) at the data.
const NORMAL: &str = "[target]\ndata = \"data.csv\"\npotential = \"(x - 1)^2/4 + log(4*pi)/2\"\n\
                      likelihood = \"-(v - x)^2/(2*s) - log(2*pi*s)/2\"\n[constants]\ns = 0.5\n";

#[test]
fn the_evidence_of_a_conjugate_posterior_is_its_closed_form() {
    let folder = folder("conjugate", "# measured\nv\n0.3\n\n1.9\n2.2\n");
    let text = format!(
        "observables = [\"x\"]\n{NORMAL}[initial]\nmean = [1.0]\ncovariance = [[2.0]]\n[flow]\ndynamics = \"annealed\"\nhorizon = 1.0\n[particles]\ncount = 16384\nstep = 0.02\nscheme = \"mala\"\n"
    );
    let scenario = scenario(&folder, &text).unwrap();
    let findings = run("conjugate", &scenario.plan, &[], &|_, _| ()).findings;
    let particles = findings.particles.unwrap();
    let residuals = [-0.7, 0.9, 1.2];
    let (sum, squares): (f64, f64) = (residuals.iter().sum(), residuals.iter().map(|r| r * r).sum());
    // (s I + 2·11ᵀ)⁻¹ = (I − 2/(s + 6) 11ᵀ)/s and determinant s²(s + 6).
    let quadratic = (squares - 2.0 / 6.5 * sum * sum) / 0.5;
    let exact = -0.5 * (quadratic + (0.25f64 * 6.5).ln() + 3.0 * (2.0 * std::f64::consts::PI).ln());
    // 63 degrees of freedom: 7.14 standard errors are exceeded with probability 1e-9.
    let stderr = particles.log_evidence_stderr.unwrap();
    assert!(stderr < 0.02, "{stderr}");
    close(particles.log_evidence.unwrap(), exact, 7.14 * stderr, "log evidence");
    let mean = (0.5 + 4.4 / 0.5) / (0.5 + 3.0 / 0.5);
    let x = particles.observables["x"];
    close(x.value, mean, 7.14 * x.stderr, "posterior mean");
}

#[test]
fn derivatives_are_those_of_the_value_even_far_from_every_component() {
    let folder = folder("mixture", "v, u\n0.3, 1\n1.9, -1\n400.0, 0.5\n");
    let text = "dimension = 2\n[target]\ndata = \"data.csv\"\npotential = \"x^2/2 + y^2\"\n\
                likelihood = [\"-(v - x)^2/2 - u*y\", \"log(0.3) - (v - y)^2/2 + sin(u*x)\"]\n\
                [initial]\nmean = [0.0, 0.0]\ncovariance = [[1.0, 0.0], [0.0, 1.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
    let scenario = scenario(&folder, text).unwrap();
    let v = potential(&scenario);
    let place = [0.7, -0.4];
    // By hand: log-sum-exp over the two alternatives.
    let by_hand = |x: f64, y: f64| {
        let data = [(0.3, 1.0), (1.9, -1.0), (400.0, 0.5)];
        let one = |(v, u): (f64, f64)| {
            let a = -(v - x).powi(2) / 2.0 - u * y;
            let b = 0.3f64.ln() - (v - y).powi(2) / 2.0 + (u * x).sin();
            a.max(b) + (-(a - b).abs()).exp().ln_1p()
        };
        x * x / 2.0 + y * y - data.into_iter().map(one).sum::<f64>()
    };
    close(v.value(&place[..]), by_hand(place[0], place[1]), 1e-9, "V");
    let (mut gradient, mut hessian) = ([0.0; 2], [0.0; 4]);
    v.gradient(&place[..], &mut gradient);
    v.hessian(&place[..], &mut hessian);
    let h = 1e-4;
    for i in 0..2 {
        let moved = |by: f64| {
            let mut x = place;
            x[i] += by;
            x
        };
        // V is near 8e4: its rounding over h, 1e-11/1e-4, and h² times third derivatives.
        let slope = (v.value(&moved(h)[..]) - v.value(&moved(-h)[..])) / (2.0 * h);
        close(gradient[i], slope, 1e-5, "gradient");
        let mut ends = [[0.0; 2]; 2];
        v.gradient(&moved(h)[..], &mut ends[0]);
        v.gradient(&moved(-h)[..], &mut ends[1]);
        for j in 0..2 {
            close(hessian[2 * i + j], (ends[0][j] - ends[1][j]) / (2.0 * h), 1e-5, "Hessian");
        }
    }
    close(v.laplacian(&place[..]), hessian[0] + hessian[3], 1e-12, "Laplacian");
}

#[test]
fn what_is_wrong_with_data_is_said() {
    let rest = "[initial]\nmean = [1.0]\ncovariance = [[2.0]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";
    let text = format!("{NORMAL}{rest}");
    let refused = |data: &str, text: &str| scenario(&folder("wrong", data), text).unwrap_err();
    for (data, expected) in [
        ("v\n1.0\ntwo\n", "data.csv:3: found \"two\"; expected a finite number"),
        ("v\n1.0, 2.0\n", "data.csv:2: found 2 values; expected 1"),
        ("1.0\n2.0\n", "found \"1.0\" in the first line"),
        ("v\n", "found no datum"),
        ("", "which is empty"),
        ("x\n1.0\n", "a column called \"x\", which formulas know already"),
        ("w\n1.0\n", "unknown variable 'v'"),
    ] {
        let message = refused(data, &text);
        assert!(message.contains(expected), "{data:?}: {message}");
    }
    let message = refused("v\n1.0\n", &text.replace("data.csv", "none.csv"));
    assert!(
        message.contains("scenario.toml:2:8: [target] data: ")
            && message.contains("none.csv, which cannot be read"),
        "{message}"
    );
    let message = refused("v\n1.0\n", &text.replace("data = \"data.csv\"\n", ""));
    assert!(message.contains("[target] data: found nothing"), "{message}");
    let message = refused("v\n1.0\n", &text.replace("-(v - x)^2/(2*s)", "(v > x)"));
    assert!(message.contains("without jumps"), "{message}");
}
