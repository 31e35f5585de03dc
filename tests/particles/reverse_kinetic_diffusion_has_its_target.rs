//! Data with velocities, of which the noise drives the velocities alone, taken to noise by the damped oscillator and back:
//! its flow by matrix exponentials, drift and weights by the Fokker–Planck equation at points, the whole by closed forms.

use crate::common::diffusions::{OTHER, TWO_MODES, diffusion, reverse_diffusion};
use crate::common::{close, findings};
use wfr::model::Problem;
use wfr::schemes::{Implicit, Sde};

/// The targets that the tests go through: (target, keys of [flow]).
fn cases() -> Vec<(String, &'static str)> {
    // Position and velocity that are correlated.
    let joint = "mixture = [{ weight = 0.4, mean = [-1.0, 0.5], covariance = [[0.4, 0.2], [0.2, 0.5]] }, { weight = 0.6, mean = [0.8, 0.0], covariance = [[0.3, 0.0], [0.0, 1.0]] }]";
    vec![
        (format!("power = 2.0\n{TWO_MODES}"), "schedule = \"0.4 + t\""),
        (
            format!("factors = [{{ power = 1.0, {TWO_MODES} }}, {{ power = 1.0, {OTHER} }}]"),
            "churn = 0.5\nfriction = 1.0\nschedule = \"0.8\"",
        ),
        (
            format!("factors = [{{ power = -0.8, {OTHER} }}, {{ power = 1.8, {TWO_MODES} }}]"),
            "friction = 3.0\nschedule = \"1.2\"",
        ),
        (
            format!("{joint}\nreward = \"0.5*x + 0.3*sin(x + p)\""),
            "schedule = \"1 + t^2\"\nreward-schedule = \"(1 - t/2)^2\"",
        ),
    ]
}

fn problem(target: &str, keys: &str, horizon: f64) -> Problem {
    reverse_diffusion(target, &format!("forward = \"kinetic\"\n{keys}"), horizon)
}

/// e^{sA} and ∫₀ˢ e^{uA} Q e^{uAᵀ} du for s = ∫β = 0.855 below, at and above critical damping, with 25 digits in mpmath.
#[test]
fn the_forward_flow_is_the_matrix_exponential() {
    type Case = (f64, [f64; 4], [f64; 3]);
    let cases: [Case; 3] = [
        (
            0.5,
            [
                0.699_838_083_430_018_6,
                0.614_248_597_566_481_4,
                -0.614_248_597_566_481_4,
                0.392_713_784_646_777_8,
            ],
            [0.132_925_317_368_609_2, 0.188_650_669_806_194_6, 0.468_474_543_736_015],
        ),
        (
            2.0,
            [
                0.788_900_319_457_618_5,
                0.363_617_128_375_344_4,
                -0.363_617_128_375_344_4,
                0.061_666_062_706_929_75,
            ],
            [0.245_418_869_911_735_8, 0.264_434_832_095_863_3, 0.863_979_880_662_293_3],
        ),
        (
            3.0,
            [
                0.826_399_365_291_255_3,
                0.274_928_601_549_065_2,
                -0.274_928_601_549_065_2,
                0.001_613_560_644_059_633_4,
            ],
            [0.241_478_353_096_485_75, 0.226_757_207_849_174, 0.924_411_660_472_323_3],
        ),
    ];
    for (friction, transfer, [positions, mixed, velocities]) in cases {
        let keys = format!("friction = {friction:?}\nschedule = \"0.5 + t\"");
        let problem = problem(TWO_MODES, &keys, 2.0);
        let noising = diffusion(&problem).forward.noising(0.9);
        let covariance = [positions, mixed, mixed, velocities];
        for (found, exact) in
            noising.transfer.iter().zip(transfer).chain(noising.covariance.iter().zip(covariance))
        {
            close(*found, exact, 1e-14, &keys);
        }
    }
}

/// ∂_t p = −∇·(b p) + ½σ²∂²p/∂v² − c p for b, σ, c of the equation and p of the target, by central differences.
#[test]
fn the_equation_solves_the_fokker_planck_equation() {
    for (target, keys) in cases() {
        let problem = problem(&target, keys, 2.0);
        let flow = diffusion(&problem);
        let equation = flow.equation();
        let p = |t: f64, x: [f64; 2]| flow.target(flow.horizon - t).log_density(&x[..]).exp();
        let b = |t: f64, x: [f64; 2], axis: usize| {
            let mut out = [0.0; 2];
            equation.drift(&t, &x, &mut out);
            out[axis]
        };
        let h = 1e-4;
        for (t, x) in [(0.3, [-0.7, 0.4]), (1.1, [0.4, -1.0]), (1.7, [1.2, 0.3]), (1.9, [-1.5, -0.6])] {
            let moved =
                |axis: usize, by: f64| std::array::from_fn(|i| x[i] + if i == axis { by } else { 0.0 });
            let flux = |axis: usize, by: f64| b(t, moved(axis, by), axis) * p(t, moved(axis, by));
            let mut noise = [f64::NAN; 2];
            equation.diffuse(&t, &x, &[1.0], &mut noise);
            assert_eq!(noise[0], 0.0, "positions have no noise");
            let curvature = (p(t, moved(1, h)) - 2.0 * p(t, x) + p(t, moved(1, -h))) / (h * h);
            let left = (p(t + h, x) - p(t - h, x)) / (2.0 * h);
            let out: f64 = [0, 1].map(|axis| (flux(axis, h) - flux(axis, -h)) / (2.0 * h)).iter().sum();
            let right =
                0.5 * noise[1] * noise[1] * curvature - out - Sde::<f64>::rate(&equation, &t, &x) * p(t, x);
            // Differences of order h², with fourth derivatives up to some hundreds, and rounding over h².
            close(left, right, 1e-5, &format!("{target} {keys} at ({t}, {x:?})"));
        }
    }
}

/// y = known + κ b(t, y): what implicit schemes solve, with the derivatives of the drift; at this κ, with wrong ones they do
/// not converge.
#[test]
fn implicit_equations_are_solved() {
    for (target, keys) in cases() {
        let problem = problem(&target, keys, 2.0);
        let equation = diffusion(&problem).equation();
        let (known, κ) = ([0.3, -0.8], 0.5);
        let mut y = known;
        equation.solve_implicit(&0.7, &κ, &known, &mut y);
        let mut drift = [0.0; 2];
        equation.drift(&0.7, &y, &mut drift);
        for i in 0..2 {
            close(y[i], known[i] + κ * drift[i], 1e-12, keys);
        }
    }
}

/// Generation of 0.3 N(−1.2, 0.3) + 0.7 N(1, 0.2) with velocities N(0, 1): mean 0.34, E x² = 0.3·1.74 + 0.7·1.2 = 1.362,
/// P(x > 0) = 0.3 Φ(−1.2/√0.3) + 0.7 Φ(1/√0.2) by erfc in mpmath, E p² = 1, E xp = 0. In 200 steps of a scheme of order 2
/// the time-step bias is below a tenth of the standard errors. 63 degrees of freedom: 7.14 are exceeded with probability 1e-9.
#[test]
fn generation_has_the_shares_and_moments_of_the_data() {
    let text = format!(
        "observables = [\"x\", \"x^2\", \"x > 0\", \"p^2\", \"x*p\"]\n[target]\n{TWO_MODES}\n[flow]\ndynamics = \"reverse-diffusion\"\nforward = \"kinetic\"\nschedule = \"0.5 + t\"\nhorizon = 2.0\n[particles]\ncount = 32768\nstep = 0.01\nscheme = \"platen-general\"\n"
    );
    let found = findings(&text);
    assert_eq!(found.breakdown, None);
    let particles = found.particles.unwrap();
    let exact = [("x", 0.34), ("x^2", 1.362), ("x > 0", SHARE), ("p^2", 1.0), ("x*p", 0.0)];
    for (name, exact) in exact {
        let own = particles.observables[name];
        close(own.value, exact, 7.14 * own.stderr, name);
        assert!(own.stderr < 0.01, "{name}: {}", own.stderr);
    }
}

/// P(x > 0) of [`TWO_MODES`].
const SHARE: f64 = 0.695_397_399_000_332_7;

/// With weights the paths end in guided and tilted laws; every check at Student's t of 1e-9.
#[test]
fn corrected_particles_end_in_the_target() {
    for (target, keys) in cases().into_iter().skip(2) {
        let text = format!(
            "observables = [\"x\", \"p\"]\n[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\nforward = \"kinetic\"\nhorizon = 2.0\n{keys}\n[particles]\ncount = 8192\nstep = 0.05\nscheme = \"platen-general\"\n[[study]]\nkind = \"target-law\"\n"
        );
        let findings = findings(&text);
        for check in &findings.checks {
            assert!(check.passed, "{target} {keys}: {} {} {}", check.name, check.value, check.threshold);
        }
        assert!(findings.checks.len() == 3 && findings.passed, "{target} {keys}");
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let grid = "[grid]\nlower = [-8.0, -8.0]\nupper = [8.0, 8.0]\ncells = [64, 64]";
    let kinetic = "forward = \"kinetic\"";
    let cases = [
        (
            "forward = \"variance-preserving\"\nfriction = 2.0",
            "",
            "friction: found",
            "it beside forward = \"kinetic\"",
        ),
        ("forward = \"kinetic\"\nfriction = 0.0", "", "friction: found 0", "a number above 0"),
        ("forward = \"kinetic\"\nreaction = 1.0", "", "reaction: found", "reads the grid"),
        ("forward = \"underdamped\"", "", "forward: found", "variance-exploding, kinetic"),
        (kinetic, grid, "found a grid for a reverse diffusion of data with velocities", "expected none"),
    ];
    for (flow, rest, found, expected) in cases {
        let text = format!(
            "[target]\n{TWO_MODES}\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = 1.0\n{flow}\n{rest}\n"
        );
        let message = wfr::scenario::parse(&text, "kinetic.toml", &[]).unwrap_err().to_string();
        assert!(message.contains(found) && message.contains(expected), "{flow}: {message}");
    }
}
