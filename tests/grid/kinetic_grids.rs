//! The kinetic Fokker–Planck equation on a grid in (x, p): its structure, its closed form, and particles beside it.

use crate::common::{close, findings};
use quickcheck::QuickCheck;
use wfr::pde::{
    Circulation, Generator, Grid, ImplicitRule, ImplicitTransport, KineticTransport, log_sum_exp,
};

fn well(x: f64) -> f64 {
    (x * x - 1.0).powi(2) + 0.3 * x
}

fn grid(cells: [usize; 2]) -> Grid {
    Grid::new(vec![-2.2, -4.5], vec![2.3, 4.4], cells.to_vec())
}

fn centred(grid: &Grid, γ: f64) -> Generator {
    Circulation::new(grid, well, γ).unwrap().centred(grid)
}

/// ⟨g, Lf⟩ and the sum of its absolute terms, in L²(μ).
fn form(generator: &Generator, g: &[f64], f: &[f64]) -> (f64, f64) {
    let image = generator.apply_transposed(f);
    let terms = g.iter().zip(&image).zip(generator.log_invariant()).map(|((g, lf), log)| g * lf * log.exp());
    terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + f64::abs(term)))
}

#[test]
fn circulation_is_skew_and_friction_symmetric() {
    let grid = grid([24, 20]);
    let [free, damped] = [0.0, 1.7].map(|γ| centred(&grid, γ));
    let holds = |seed: u32| {
        let wave = |k: f64| -> Vec<f64> {
            (0..grid.len()).map(|i| (k * f64::from(seed % 97 + 1) * i as f64).sin()).collect()
        };
        let (f, g) = (wave(0.37), wave(0.91));
        let (one, size) = form(&free, &g, &f);
        let (other, _) = form(&free, &f, &g);
        // Sums of 480 terms, each product rounded a few times.
        let skew = (one + other).abs() < 1e-13 * size;
        let friction = |g: &[f64], f: &[f64]| form(&damped, g, f).0 - form(&free, g, f).0;
        let symmetric = (friction(&g, &f) - friction(&f, &g)).abs() < 1e-12 * form(&damped, &g, &f).1;
        let dissipates = friction(&f, &f) < 0.0;
        skew && symmetric && dissipates
    };
    for seed in 0..200 {
        assert!(holds(seed), "seed {seed}");
    }
}

#[test]
fn circulation_is_the_hamiltonian_vector_field_to_order_2() {
    // p ∂ₓf − V'∂ₚf − γp ∂ₚf + γ∂ₚₚf for f = sin x cos p at the cells around (0.7, 0.4).
    let worst = |cells: [usize; 2]| -> f64 {
        let grid = grid(cells);
        let image = centred(&grid, 1.5).apply_transposed(&grid.sample(|x| x[0].sin() * x[1].cos()));
        (0..grid.len())
            .filter(|&cell| {
                let x = grid.centre(cell);
                (x[0] - 0.7).abs() < 0.2 && (x[1] - 0.4).abs() < 0.3
            })
            .map(|cell| {
                let x = grid.centre(cell);
                let (sx, cx, sp, cp) = (x[0].sin(), x[0].cos(), x[1].sin(), x[1].cos());
                let slope = 4.0 * x[0] * (x[0] * x[0] - 1.0) + 0.3;
                let exact = x[1] * cx * cp + slope * sx * sp + 1.5 * (x[1] * sx * sp - sx * cp);
                (image[cell] - exact).abs()
            })
            .fold(0.0, f64::max)
    };
    let [coarse, fine] = [[120, 160], [240, 320]].map(worst);
    assert!((3.6..4.4).contains(&(coarse / fine)), "{coarse:e} {fine:e}");
}

fn gibbs(grid: &Grid) -> Vec<f64> {
    let log = grid.sample(|x| -well(x[0]) - 0.5 * x[1] * x[1]);
    let log_mass = log_sum_exp(&log) + grid.volume().ln();
    log.iter().map(|value| value - log_mass).collect()
}

#[test]
fn gibbs_measure_stays_put_in_every_cell() {
    let grid = grid([60, 48]);
    let start = gibbs(&grid);
    for γ in [0.0, 1.0] {
        let circulation = Circulation::new(&grid, well, γ).unwrap();
        let mut log = start.clone();
        KineticTransport::new(&grid, circulation.clone()).advance(&mut log, 0.05, 0.0).unwrap();
        let worst = log.iter().zip(&start).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // Rounding of log ρ, which reaches 40, over some hundred Euler steps.
        assert!(worst < 1e-12, "positive: {worst:e}");
        for rule in ImplicitRule::ALL {
            let mut log = start.clone();
            ImplicitTransport::new(circulation.centred(&grid), rule)
                .unwrap()
                .advance(&mut log, 0.05, 0.0)
                .unwrap();
            let worst = log.iter().zip(&start).map(|(a, b)| (a.exp() - b.exp()).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-13, "{rule:?}: {worst:e}");
        }
    }
}

#[test]
fn any_start_stays_positive_and_keeps_its_mass() {
    fn holds(seed: u16, depth: u8) -> bool {
        let grid = grid([24, 20]);
        let transport = KineticTransport::new(&grid, Circulation::new(&grid, well, 0.7).unwrap());
        // From smooth to hundreds of orders of magnitude between neighbours, and with empty cells.
        let rough = f64::from(depth);
        let mut log: Vec<f64> = (0..grid.len())
            .map(|i| {
                let phase = f64::from(seed) + 1.7 * i as f64;
                if depth > 200 && phase.sin() > 0.9 { f64::NEG_INFINITY } else { rough * phase.sin() }
            })
            .collect();
        let log_mass = log_sum_exp(&log) + grid.volume().ln();
        log.iter_mut().for_each(|value| *value -= log_mass);
        transport.advance(&mut log, 0.01, 0.0).unwrap();
        let mass = (log_sum_exp(&log) + grid.volume().ln()).exp();
        // Some ten explicit steps, with log ρ of size 500 held to 1e-16 of itself.
        (mass - 1.0).abs() < 1e-12 && log.iter().all(|value| value.is_finite())
    }
    QuickCheck::new().tests(40).quickcheck(holds as fn(u16, u8) -> bool);
}

fn oscillator(friction: f64, transport: &str, cells: usize) -> String {
    format!(
        "observables = [\"x\", \"p\", \"x^2\", \"x*p\", \"p^2\"]\n[target]\npotential = \"x^2/2\"\n\
         [initial]\nmean = [2.0, 0.0]\ncovariance = [[0.2, 0.0], [0.0, 0.5]]\n\
         [flow]\ndynamics = \"underdamped\"\nfriction = {friction:?}\nhorizon = 1.0\n\
         [grid]\nlower = [-6.5, -6.5]\nupper = [6.5, 6.5]\ncells = [{cells}, {cells}]\nstep = 0.02\n\
         transport = \"{transport}\"\n"
    )
}

/// theory.md §2.3 at ω = 1, γ = 1.5, t = 1: e^{tA} by scipy's expm, KL as tabulated.
const OSCILLATOR: [(&str, f64); 5] = [
    ("x", 1.403501417338397),
    ("p", -0.8773376131911963),
    ("x^2", 2.4796378218367083),
    ("x*p", -0.9946709984182658),
    ("p^2", 1.6148201081914508),
];
const OSCILLATOR_KL: f64 = 1.53786331794672;

/// A start nearly as wide as the equilibrium, for which rules that are not positive are made: N((1, 0), diag(.6, .9)).
const WIDE: [(&str, f64); 5] = [
    ("x", 0.7017507086691985),
    ("p", -0.43866880659559815),
    ("x^2", 1.2762294020826328),
    ("x*p", -0.18662075384767185),
    ("p^2", 1.11526680876309),
];
const WIDE_KL: f64 = 0.3679778098787716;

#[test]
fn the_oscillator_has_its_closed_form() {
    let wide = |transport| {
        oscillator(1.5, transport, 176).replacen("[2.0, 0.0]", "[1.0, 0.0]", 1).replacen(
            "[[0.2, 0.0], [0.0, 0.5]]",
            "[[0.6, 0.0], [0.0, 0.9]]",
            1,
        )
    };
    for (text, exact, kl, accuracy) in [
        (oscillator(1.5, "time-exact", 80), OSCILLATOR, OSCILLATOR_KL, 3e-2),
        (wide("tr-bdf2"), WIDE, WIDE_KL, 1e-3),
        (wide("backward-euler"), WIDE, WIDE_KL, 1e-3),
    ] {
        let found = findings(&text);
        assert!(found.passed, "{text}: {:?} {:?}", found.checks, found.breakdown);
        let grid = found.grid.unwrap();
        for (name, exact) in exact {
            let value = grid.observables[name];
            close(value.value, exact, value.error, &format!("{text}, {name}: the error covers the miss"));
            assert!(value.error < accuracy, "{text}, {name}: {:e} says little", value.error);
        }
        close(grid.kl.unwrap(), kl, grid.kl_error.unwrap(), &text);
    }
}

const PARTICLES: &str =
    "[particles]\ncount = 50000\nstep = 0.02\nscheme = \"baoab\"\n[[study]]\nkind = \"compare\"";

#[test]
fn the_reacting_oscillator_has_its_closed_form() {
    // theory.md §2.3: γ = 1.5, C₀ = diag(.2, .5), m₀ = (2, 0), t = 1.
    let tabulated = [
        (0.5, Some([1.21916361183619, -0.74548993333879, 0.58784915386949]), 1.12911703189490),
        (2.0, None, 0.24219470660849),
    ];
    for (β, moments, kl) in tabulated {
        let text =
            oscillator(1.5, "time-exact", 96).replacen("friction", &format!("reaction = {β:?}\nfriction"), 1);
        let particles = if β > 1.0 { "" } else { PARTICLES };
        let found = findings(&(text + particles));
        assert!(found.passed, "β = {β}: {:?} {:?}", found.checks, found.breakdown);
        assert_eq!(found.particles.is_some(), β < 1.0);
        let grid = found.grid.unwrap();
        if let Some([x, p, variance]) = moments {
            for (name, exact) in [("x", x), ("p", p), ("x^2", variance + x * x)] {
                let value = grid.observables[name];
                close(
                    value.value,
                    exact,
                    value.error,
                    &format!("β = {β}, {name}: the error covers the miss"),
                );
            }
        }
        close(grid.kl.unwrap(), kl, grid.kl_error.unwrap(), "KL");
        assert!(grid.kl_error.unwrap() < 3e-2, "{:e} says little", grid.kl_error.unwrap());
    }
}

#[test]
fn a_wrong_friction_is_seen() {
    // The negative control: 2 % more friction misses by more than the error that is claimed.
    let grid = findings(&oscillator(1.53, "time-exact", 80)).grid.unwrap();
    let missed = OSCILLATOR.iter().filter(|(name, exact)| {
        let value = grid.observables[*name];
        (value.value - exact).abs() > value.error
    });
    assert!(missed.count() > 0, "{:?}", grid.observables);
}

#[test]
fn a_narrow_start_is_refused_by_rules_that_are_not_positive() {
    let text = oscillator(1.5, "crank-nicolson", 64).replacen(
        "[[0.2, 0.0], [0.0, 0.5]]",
        "[[0.03, 0.0], [0.0, 0.03]]",
        1,
    );
    let breakdown = findings(&text).breakdown.expect("a narrow density comes out negative");
    for part in ["negative density", "crank-nicolson", "time 0", "time-exact"] {
        assert!(breakdown.contains(part), "{breakdown}");
    }
}

#[test]
fn particles_follow_the_grid_in_two_wells() {
    let found = findings(
        "observables = [\"x\", \"p^2\", \"x > 0\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n\
         [initial]\nmean = [-1.0]\ncovariance = [[0.15]]\n\
         [flow]\ndynamics = \"underdamped\"\nfriction = 1.0\nhorizon = 1.0\nrate = \"0.2*p^2\"\n\
         [grid]\nlower = [-3.2, -6.0]\nupper = [3.2, 6.0]\ncells = [80, 80]\nstep = 0.02\n\
         [particles]\ncount = 50000\nstep = 0.02\nscheme = \"baoab\"\n[[study]]\nkind = \"compare\"",
    );
    assert!(found.passed, "{:?} {:?}", found.checks, found.breakdown);
    let made =
        found.checks.iter().filter(|check| check.name.contains("agree") || check.name.contains("density"));
    assert_eq!(made.count(), 5, "{:?}", found.checks);
}

/// V = 400x²/7 on cells of width 1: from −15/2 to −13/2 it falls by 400/7·(225 − 169)/4 = 800, and e^{−800} is 0.
#[test]
fn a_jump_that_no_rate_can_hold_is_refused() {
    let text = "observables = [\"x\"]\n[target]\npotential = \"400/7*x^2\"\n[initial]\nmean = [0.0]\ncovariance = [[0.15]]\n\
                [flow]\ndynamics = \"underdamped\"\nfriction = 1.0\nhorizon = 1.0\n\
                [grid]\nlower = [-8.0, -6.0]\nupper = [8.0, 6.0]\ncells = [16, 40]\nstep = 0.02\n";
    let breakdown = findings(text).breakdown.expect("the potential jumps");
    for part in ["-8.000e2", "axis 0", "refine the grid"] {
        assert!(breakdown.contains(part), "{breakdown}");
    }
}
