//! Exit times, survival and the sides of the exit against closed forms, quadrature, the absorbed spectrum and the limit of small
//! noise; stopped particles against the grid.

use crate::common::{close, findings, scenario};
use std::f64::consts::PI;
use wfr::pde::{Generator, smallest_modes};
use wfr::scenario::parse;
use wfr::study::Verdict;
use wfr::study::exit::{ExitEstimate, ExitFindings};

/// What the study of a scenario finds; all its checks hold.
fn exit(text: &str) -> ExitFindings {
    let found = findings(text);
    assert!(found.passed && !found.incomplete, "{:#?} {:?}\n{text}", found.checks, found.breakdown);
    let study = found.studies.iter().find(|study| study.kind == "exit").unwrap();
    assert_eq!(study.verdict, Verdict::Pass, "{}\n{text}", study.why);
    study.outcome_as::<ExitFindings>().unwrap().clone()
}

/// Right to 1e-6 of the larger of 1 and the value, with an error that covers and is not much more than that.
#[track_caller]
fn exact(own: ExitEstimate, exact: f64, name: &str) {
    let scale = exact.abs().max(1.0);
    println!("{name}: {:e} ± {:e}, off by {:e}", own.value, own.error, own.value - exact);
    close(own.value, exact, own.error, name);
    close(own.value, exact, 1e-6 * scale, name);
    assert!(own.error < 1e-4 * scale, "{name}: {:e} says little", own.error);
}

/// Σ over k < 400.
fn series(term: impl Fn(f64) -> f64) -> f64 {
    (0..400).map(|k| term(f64::from(k))).sum()
}

fn line(equation: &str, start: f64, ends: [f64; 2], sides: &str, study: &str) -> String {
    format!(
        "observables = [\"x\"]\n[initial]\npoint = [{start:?}]\n{equation}\nhorizon = 0.2\n\
         [grid]\nlower = [{:?}]\nupper = [{:?}]\ncells = [512]\nstep = 0.02\nsides = [{sides}]\n\
         [[study]]\nkind = \"exit\"\n{study}\n",
        ends[0], ends[1]
    )
}

const ALONE: &str = "particles = false";
const FREE: &str = "[target]\npotential = \"0\"\n[flow]\nreaction = 0.0";

#[test]
fn the_ornstein_uhlenbeck_process_leaves_after_its_time() {
    let flow = "[target]\npotential = \"x^2/2\"\n[flow]\nreaction = 0.0";
    let sde = "[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]";
    for equation in [flow, sde] {
        let study = format!("times = [2.0, 3.0]\n{ALONE}");
        let found = exit(&line(equation, 0.0, [-1.0, 1.0], "\"absorbing\"", &study));
        // ∫₀¹e^{y²/2}∫₀^y e^{−z²/2} dz dy, by quadrature elsewhere.
        exact(found.mean_time, 0.595_749_318_512_758, equation);
        exact(found.by_side[0].probability, 0.5, "lower");
        exact(found.by_side[1].probability, 0.5, "upper");
        // In the long run survival falls at the rate.
        let [early, late] = [0, 1].map(|k| found.survival[k].probability);
        let measured = (early.value / late.value).ln();
        close(measured, found.rate.value, (early.error + late.error) / late.value + found.rate.error, "late");
    }
}

#[test]
fn brownian_motion_with_drift_has_its_closed_forms() {
    // dX = μ dt + σ dW from x in (0, L).
    let (μ, σ, l, x) = (0.8f64, 0.9f64, 1.5f64, 0.4f64);
    let equation = format!("[sde]\ndrift = [\"{μ:?}\"]\ndiffusion = [[\"{σ:?}\"]]");
    let study = format!("times = [0.05, 0.2, 1.0]\n{ALONE}");
    let found = exit(&line(&equation, x, [0.0, l], "\"absorbing\"", &study));
    let ν = μ / (σ * σ);
    let upper = (-2.0 * ν * x).exp_m1() / (-2.0 * ν * l).exp_m1();
    exact(found.by_side[1].probability, upper, "upper");
    exact(found.mean_time, (l * upper - x) / μ, "mean");
    let survival = |t: f64| {
        series(|k| {
            let q = (k + 1.0) * PI / l;
            let end = if k % 2.0 == 0.0 { (ν * l).exp() } else { -(ν * l).exp() };
            let integral = q * (1.0 + end) / (ν * ν + q * q);
            2.0 / l * (q * x).sin() * integral * (-0.5 * (q * σ).powi(2) * t).exp()
        }) * (-ν * x - 0.5 * ν * μ * t).exp()
    };
    for own in &found.survival {
        exact(own.probability, survival(own.time), &format!("survival to {}", own.time));
    }
    exact(found.rate, 0.5 * (ν * μ + (PI * σ / l).powi(2)), "rate");
}

#[test]
fn one_end_may_reflect() {
    // −T'' = 1, T'(0) = 0 = T(1), and its mirror image.
    let x = 0.3f64;
    let survival = |t: f64| {
        series(|k| {
            let (q, sign) = ((k + 0.5) * PI, if k % 2.0 == 0.0 { 2.0 } else { -2.0 });
            sign / q * (q * x).cos() * (-q * q * t).exp()
        })
    };
    for (start, sides, side) in [
        (x, "[\"reflecting\", \"absorbing\"]", "upper"),
        (1.0 - x, "[\"absorbing\", \"reflecting\"]", "lower"),
    ] {
        let found = exit(&line(FREE, start, [0.0, 1.0], sides, ALONE));
        exact(found.mean_time, 0.5 * (1.0 - x * x), side);
        // E τ² by −U'' = 2T.
        let square = 5.0 / 12.0 - 0.5 * x * x + x.powi(4) / 12.0;
        exact(found.deviation, (square - found.mean_time.value.powi(2)).sqrt(), "deviation");
        exact(found.survival[0].probability, survival(0.2), "survival");
        exact(found.rate, 0.25 * PI * PI, "rate");
        assert_eq!((found.by_side.len(), found.by_side[0].side), (1, side));
        exact(found.by_side[0].probability, 1.0, "by the only side");
    }
}

#[test]
fn a_rate_kills() {
    let (c, x) = (1.5f64, 0.25f64);
    let equation = format!("[sde]\ndrift = [\"0\"]\ndiffusion = [[\"sqrt(2)\"]]\nrate = \"{c:?}\"");
    let found = exit(&line(&equation, x, [-1.0, 1.0], "\"absorbing\"", ALONE));
    let q = c.sqrt();
    let mean = (1.0 - (q * x).cosh() / q.cosh()) / c;
    exact(found.mean_time, mean, "mean");
    exact(found.killed.unwrap(), c * mean, "killed");
    exact(found.by_side[1].probability, (q * (1.0 + x)).sinh() / (2.0 * q).sinh(), "upper");
    exact(found.rate, c + 0.25 * PI * PI, "rate");
}

fn plane(equation: &str, start: [f64; 2], sides: &str, cells: usize, study: &str) -> String {
    format!(
        "dimension = 2\nobservables = [\"x\"]\n[initial]\npoint = [{:?}, {:?}]\n{equation}\nhorizon = 0.2\n\
         [grid]\nlower = [-1.0, -1.0]\nupper = [1.0, 1.0]\ncells = [{cells}, {cells}]\nstep = 0.02\nsides = {sides}\n\
         [[study]]\nkind = \"exit\"\n{study}\n",
        start[0], start[1]
    )
}

#[test]
fn a_square_has_its_series() {
    let (x, y) = (0.3f64, -0.2f64);
    let both = "[\"absorbing\", \"absorbing\"]";
    let found = exit(&plane(FREE, [x, y], both, 128, ALONE));
    let sign = |k: f64| if k % 2.0 == 0.0 { 1.0 } else { -1.0 };
    // cosh(qy)/cosh(q) and sinh(q(x + 1))/sinh(2q) without overflow.
    let cosh = |q: f64, y: f64| ((q * (y - 1.0)).exp() + (-q * (y + 1.0)).exp()) / (1.0 + (-2.0 * q).exp());
    let sinh = |q: f64, s: f64| ((q * (s - 2.0)).exp() - (-q * (s + 2.0)).exp()) / (1.0 - (-4.0 * q).exp());
    let q = |k: f64| (k + 0.5) * PI;
    let mean =
        0.5 * (1.0 - x * x) - series(|k| 2.0 * sign(k) * (q(k) * x).cos() * cosh(q(k), y) / q(k).powi(3));
    exact(found.mean_time, mean, "mean");
    let through = |x: f64, y: f64| series(|k| 2.0 * sign(k) / q(k) * (q(k) * y).cos() * sinh(q(k), x + 1.0));
    for (own, share) in
        found.by_side.iter().zip([through(-x, y), through(x, y), through(-y, x), through(y, x)])
    {
        exact(own.probability, share, &format!("axis {} {}", own.axis, own.side));
    }
    let along = |x: f64| series(|k| 2.0 * sign(k) / q(k) * (q(k) * x).cos() * (-0.2 * q(k).powi(2)).exp());
    exact(found.survival[0].probability, along(x) * along(y), "survival");
    exact(found.rate, 0.5 * PI * PI, "rate");
}

/// Coarse cells: what is off is within the errors.
#[test]
fn a_cube_is_covered() {
    let text = "dimension = 3\nobservables = [\"x\"]\n[target]\npotential = \"0\"\n[flow]\nreaction = 0.0\nhorizon = 0.1\n\
        [initial]\npoint = [0.3, -0.2, 0.0]\n\
        [grid]\nlower = [-1.0, -1.0, -1.0]\nupper = [1.0, 1.0, 1.0]\ncells = [20, 20, 20]\nstep = 0.02\n\
        sides = [\"absorbing\", [\"absorbing\", \"reflecting\"], \"absorbing\"]\n\
        [[study]]\nkind = \"exit\"\nparticles = false\n";
    let found = exit(text);
    let sign = |k: f64| if k % 2.0 == 0.0 { 1.0 } else { -1.0 };
    // On (−1, 1), and on (−1, 1) with a wall at 1, which is half of an interval of twice the length.
    let both = |x: f64, t: f64| {
        series(|k| {
            let q = (k + 0.5) * PI;
            2.0 * sign(k) / q * (q * x).cos() * (-q * q * t).exp()
        })
    };
    let survival = |t: f64| both(0.3, t) * both(-0.6, 0.25 * t) * both(0.0, t);
    // Each factor is 1 at first and falls exponentially: Simpson's rule in s = √t.
    let (n, end) = (4000, 3.0f64);
    let node = |k: usize| {
        let s = end * k as f64 / n as f64;
        let weight = if k == 0 || k == n { 1.0 } else { f64::from(2 + 2 * (k as u32 % 2)) };
        if k == 0 { 0.0 } else { weight * 2.0 * s * survival(s * s) }
    };
    let mean = (0..=n).map(node).sum::<f64>() * end / (3.0 * n as f64);
    for (name, own, exact) in [
        ("mean", found.mean_time, mean),
        ("survival", found.survival[0].probability, survival(0.1)),
        ("rate", found.rate, (0.5 + 0.0625) * PI * PI),
    ] {
        println!("{name}: {:e} ± {:e}, off by {:e}", own.value, own.error, own.value - exact);
        close(own.value, exact, own.error, name);
        close(own.value, exact, 2e-3 * exact, name);
    }
}

/// Noises that are correlated leave across corners too: T depends on x alone.
#[test]
fn correlated_noises_leave_at_the_right_place() {
    let equation = "[sde]\ndrift = [\"0\", \"0\"]\ndiffusion = [[\"1\", \"0\"], [\"0.6\", \"0.8\"]]";
    let found = exit(&plane(equation, [0.3, 0.1], "[\"absorbing\", \"periodic\"]", 64, ALONE));
    exact(found.mean_time, 1.0 - 0.09, "mean");
    exact(found.by_side[1].probability, 0.65, "upper");
}

/// E τ and the probability of the upper end from x in (l, r), by the trapezoidal sums of scale and speed on n and 2n intervals,
/// extrapolated (Karlin and Taylor 1981, section 15.3). The lower end reflects, or absorbs.
fn by_quadrature(
    b: &dyn Fn(f64) -> f64,
    square: &dyn Fn(f64) -> f64,
    [l, x, r]: [f64; 3],
    absorbs: bool,
) -> [f64; 2] {
    let on = |n: usize| -> [f64; 2] {
        // x is a node: its two sides have n intervals each.
        let place = |k: usize| {
            if k <= n { l + (x - l) * k as f64 / n as f64 } else { x + (r - x) * (k - n) as f64 / n as f64 }
        };
        let sum = |f: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let mut sums = vec![0.0];
            for k in 1..=2 * n {
                sums.push(sums[k - 1] + 0.5 * (place(k) - place(k - 1)) * (f(k - 1) + f(k)));
            }
            sums
        };
        let exponent = sum(&|k| -2.0 * b(place(k)) / square(place(k)));
        let scale = sum(&|k| exponent[k].exp());
        let speed = |k: usize| 2.0 / square(place(k)) * (-exponent[k]).exp();
        let (whole, own) = (scale[2 * n], scale[n]);
        if !absorbs {
            let below = sum(&speed);
            let time = sum(&|k| exponent[k].exp() * below[k]);
            return [time[2 * n] - time[n], 1.0];
        }
        let upper = own / whole;
        let left = sum(&|k| scale[k] * speed(k));
        let right = sum(&|k| (whole - scale[k]) * speed(k));
        [upper * (right[2 * n] - right[n]) + (1.0 - upper) * left[n], upper]
    };
    let [coarse, fine] = [on(20_000), on(40_000)];
    [0, 1].map(|k| fine[k] + (fine[k] - coarse[k]) / 3.0)
}

#[test]
fn scale_and_speed_say_the_same() {
    let equation = "[sde]\ndrift = [\"x - x^3\"]\ndiffusion = [[\"0.7 + 0.2*sin(x)\"]]";
    let text = line(equation, -0.4, [-1.5, 1.0], "\"absorbing\"", ALONE);
    let found = exit(&text.replace("cells = [512]", "cells = [1024]"));
    let square = |x: f64| (0.7 + 0.2 * x.sin()).powi(2);
    let [mean, upper] = by_quadrature(&|x| x - x.powi(3), &square, [-1.5, -0.4, 1.0], true);
    exact(found.mean_time, mean, "mean");
    exact(found.by_side[1].probability, upper, "upper");
}

/// Over a barrier B of V = B(x² − 1)², from the well at −1 to the bottom of the other.
#[test]
fn barriers_are_crossed_as_eyring_and_kramers_say() {
    let mut off = Vec::new();
    for barrier in [10.0f64, 20.0] {
        let equation = format!("[target]\npotential = \"{barrier:?}*(x^2 - 1)^2\"\n[flow]\nreaction = 0.0");
        let study = format!("{ALONE}\n[[study]]\nkind = \"spectrum\"\ncount = 1");
        let text = line(&equation, -1.0, [-1.8, 1.0], "[\"reflecting\", \"absorbing\"]", &study);
        let found = exit(&text);
        let drift = |x: f64| -4.0 * barrier * x * (x * x - 1.0);
        let [mean, _] = by_quadrature(&drift, &|_| 2.0, [-1.8, -1.0, 1.0], false);
        let relative = |own: ExitEstimate, exact: f64, name: &str| {
            println!(
                "barrier {barrier}, {name}: {:e} ± {:e}, off by {:e}",
                own.value,
                own.error,
                own.value - exact
            );
            close(own.value, exact, own.error, name);
            close(own.value / exact, 1.0, 1e-5, name);
        };
        relative(found.mean_time, mean, "mean");
        // 1/λ is the time from the quasi-stationary law, which the well forgets its start for: up to e^{−B} times a few.
        close(found.rate.value * mean, 1.0, 1e-3, "1/λ");
        // The absorbed spectrum of the Krylov solver on the same cells, by a sum of squares.
        let plan = scenario(&text).plan;
        let grid = plan.grid().unwrap().grid();
        let potential = grid.sample(|x| barrier * (x[0] * x[0] - 1.0).powi(2));
        let generator = Generator::gradient_flow(&grid, &potential, 1.0).unwrap();
        let λ = smallest_modes(&generator, 1).unwrap()[0].eigenvalue;
        close(found.rate.value / λ, 1.0, 1e-2, "the absorbed spectrum");
        let limit = found.eyring_kramers.unwrap();
        let formula = 2.0 * PI / (8.0 * barrier * 4.0 * barrier).sqrt() * barrier.exp();
        close(limit / formula, 1.0, 1e-12, "Eyring–Kramers");
        off.push(found.mean_time.value / limit - 1.0);
    }
    // Its relative error falls like 1/B.
    println!("{off:?}");
    assert!(off[0].abs() < 0.1 && (off[0] / off[1] - 2.0).abs() < 0.3, "{off:?}");
}

/// Student's t at 1e-9 for each of the checks: all of this file below 1e-7.
#[test]
fn stopped_particles_agree() {
    let study = "times = [0.1, 0.4]\nparticles = true";
    let drifting = "[sde]\ndrift = [\"1\"]\ndiffusion = [[\"1\"]]\nrate = \"0.5 + x^2\"";
    let multiplicative = "[sde]\ndrift = [\"x - x^3\"]\ndiffusion = [[\"0.7 + 0.2*sin(x)\"]]";
    let correlated = "[sde]\ndrift = [\"-y\", \"x\"]\ndiffusion = [[\"1\", \"0\"], [\"0.6\", \"0.8\"]]";
    for text in [
        line(drifting, 0.2, [-1.0, 1.0], "\"absorbing\"", study),
        line(multiplicative, -0.4, [-0.8, 0.4], "[\"reflecting\", \"absorbing\"]", study),
        plane(correlated, [0.3, 0.1], "[\"absorbing\", \"absorbing\"]", 64, study),
    ] {
        let found = exit(&text);
        for own in [found.mean_time].into_iter().chain(found.probabilities()) {
            let particles = own.particles.unwrap();
            println!("{:e} ± {:e}: {particles:?}", own.value, own.error);
            assert!(particles.stderr < 0.02 * own.value.max(1.0), "{particles:?} says little");
        }
    }
}

/// Ten steps to the exit: without the crossings between them, 0.065 would be left of the time after the extrapolation.
#[test]
fn crossings_between_coarse_steps_are_counted() {
    let found = exit(&line(FREE, 0.0, [-1.0, 1.0], "\"absorbing\"", "step = 0.05\ncount = 400000"));
    let particles = found.mean_time.particles.unwrap();
    println!("{particles:?}");
    close(particles.value, 0.5, 6.0 * particles.stderr, "mean");
    assert!(particles.stderr < 3e-3, "{particles:?}");
}

/// Along the conormal from a side that reflects: some probabilities of the grid are off by 1 %, and the particles agree.
#[test]
fn correlated_noises_are_reflected_alike() {
    let equation = "[sde]\ndrift = [\"0\", \"0\"]\ndiffusion = [[\"1\", \"0\"], [\"0.6\", \"0.8\"]]";
    let text = plane(equation, [0.3, 0.1], "[\"absorbing\", \"reflecting\"]", 64, "particles = true");
    let found = findings(&text);
    assert!(found.passed && !found.incomplete, "{:#?} {:?}", found.checks, found.breakdown);
    let mean = found.studies[0].outcome_as::<ExitFindings>().unwrap().mean_time;
    println!("{mean:?}");
    let particles = mean.particles.unwrap();
    close(particles.value, mean.value, mean.error + 6.0 * particles.stderr, "mean");
    // The rotated half of a noise that came back along the normal would be seen.
    assert!(mean.error < 0.1 * mean.value && particles.stderr < 0.02 * mean.value, "{mean:?}");
}

/// A grid that is wrong is found out: the particles leave another box.
#[test]
fn another_box_is_seen_by_the_particles() {
    let wider = line(FREE, 0.0, [-1.0, 1.0], "\"absorbing\"", "count = 65536");
    let found = findings(&wider);
    let mean = found.studies[0].outcome_as::<ExitFindings>().unwrap().mean_time;
    let particles = mean.particles.unwrap();
    // 4 % of the width are 8 % of the time, many standard errors away.
    assert!((1.08 * mean.value - particles.value).abs() > 8.0 * particles.stderr, "{mean:?}");
}

#[test]
fn what_is_no_exit_is_refused() {
    let refused = |text: &str, words: &str| {
        let message = parse(text, "s.toml", &[]).expect_err(text).to_string();
        assert!(message.contains(words), "{message} lacks {words}");
    };
    let absorbing = |equation: &str| line(equation, 0.0, [-1.0, 1.0], "\"absorbing\"", "");
    refused(&line(FREE, 0.0, [-1.0, 1.0], "\"reflecting\"", ""), "no side that absorbs");
    refused(&absorbing("[target]\npotential = \"x^2\"\n[flow]\nnormalized = false"), "reaction");
    refused(&absorbing("[sde]\ndrift = [\"sin(t)\"]\ndiffusion = [[\"1\"]]"), "depend on t");
    refused(&absorbing("[sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nrate = \"x\""), "rate");
    refused(&line(FREE, 0.0, [-1.0, 1.0], "[\"periodic\", \"absorbing\"]", ""), "lower and the upper end");
    refused(
        &line(FREE, 0.0, [-1.0, 1.0], "\"absorbing\", \"reflecting\"", ""),
        "[[\"reflecting\", \"absorbing\"]]",
    );
    let kinetic = "dimension = 1\nobservables = [\"x\"]\n[target]\npotential = \"x^2\"\n[initial]\nmean = [0.0, 0.0]\n\
        covariance = [[0.1, 0.0], [0.0, 0.1]]\n[flow]\ndynamics = \"underdamped\"\nfriction = 1.0\nreaction = 0.0\nhorizon = 1.0\n\
        [grid]\nlower = [-4.0, -6.0]\nupper = [4.0, 6.0]\ncells = [32, 32]\n[[study]]\nkind = \"exit\"\n";
    refused(kinetic, "underdamped");
}
