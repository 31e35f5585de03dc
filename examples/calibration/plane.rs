//! Problems in two and three dimensions, and kinetic ones.

use super::grid::{Group, Trial};
use super::random::{Random, integrate, reaction};
use faer::c64;
use std::f64::consts::PI;

/// All of them.
pub const GROUPS: [Group; 6] = [
    ("plane: correlated noise", plane),
    ("plane: Gaussian flow", correlated_target),
    ("degenerate: Heston, ρ = −0.57", heston),
    ("kinetic: oscillator", |random| oscillator(random, false)),
    ("kinetic: oscillator with reaction", |random| oscillator(random, true)),
    ("three dimensions", space),
];

/// dX = −AX dt + dW with correlated noise: C' = −AC − CAᵀ + Σ.
fn plane(random: &mut Random) -> Trial {
    let (a, b, c, ρ) = (
        random.scale(0.5, 2.0),
        random.scale(0.5, 2.0),
        random.between(-0.5, 0.5),
        random.between(-0.7, 0.7),
    );
    let (m, time) = ([random.between(-1.0, 1.0), random.between(-1.0, 1.0)], random.scale(0.2, 1.0));
    let s = random.scale(0.1, 0.5);
    let slope = |[x, y, xx, xy, yy]: [f64; 5]| {
        [
            -a * x + c * y,
            -b * y,
            2.0 * (-a * xx + c * xy) + 1.0,
            -(a + b) * xy + c * yy + ρ,
            -2.0 * b * yy + 1.0,
        ]
    };
    let [x, y, _, xy, yy] = integrate([m[0], m[1], s, 0.0, s], time, slope);
    let cells = random.between(50.0, 90.0) as usize;
    let scenario = format!(
        "dimension = 2\nobservables = [\"x\", \"x*y\", \"y^2\"]\n[initial]\nmean = [{:?}, {:?}]\ncovariance = [[{s:?}, 0.0], [0.0, {s:?}]]\n\
         [sde]\ndrift = [\"-{a:?}*x + {c:?}*y\", \"-{b:?}*y\"]\ndiffusion = [[\"1\", \"0\"], [\"{ρ:?}\", \"{:?}\"]]\nhorizon = {time:?}\n\
         [grid]\nlower = [-7.5, -7.5]\nupper = [7.5, 7.5]\ncells = [{cells}, {cells}]\n",
        m[0],
        m[1],
        (1.0 - ρ * ρ).sqrt()
    );
    Trial { scenario, truths: vec![("x", x), ("x*y", xy + x * y), ("y^2", yy + y * y)] }
}

/// N(m, C) to N(0, P⁻¹) in the plane, α = 1: m' = −(1 + βC)Pm, C' = 2 − PC − CP + β(C − CPC).
fn correlated_target(random: &mut Random) -> Trial {
    let (a, c) = (random.scale(0.5, 2.0), random.scale(0.5, 2.0));
    let b = random.between(-0.6, 0.6) * (a * c).sqrt();
    let β = if random.uniform() < 0.3 { 0.0 } else { random.scale(0.1, 3.0) };
    let (m, time) = ([random.between(-1.0, 1.0), random.between(-1.0, 1.0)], random.scale(0.2, 1.0));
    let s = random.scale(0.2, 1.0);
    let slope = |y: [f64; 5]| {
        let [x, y2, xx, xy, yy] = y;
        let own = [
            -a * x - b * y2,
            -b * x - c * y2,
            2.0 - 2.0 * (a * xx + b * xy),
            -(a * xy + b * yy) - (b * xx + c * xy),
            2.0 - 2.0 * (b * xy + c * yy),
        ];
        let reacting = reaction(β, [a, b, c], y);
        std::array::from_fn(|k| own[k] + reacting[k])
    };
    let [x, y, xx, xy, yy] = integrate([m[0], m[1], s, 0.0, s], time, slope);
    let cells = random.between(40.0, 80.0) as usize;
    let scenario = format!(
        "dimension = 2\nobservables = [\"x\", \"x^2\", \"x*y\", \"y^2\"]\n[target]\n\
         potential = \"{:?}*x^2 + {b:?}*x*y + {:?}*y^2\"\n[initial]\nmean = [{:?}, {:?}]\n\
         covariance = [[{s:?}, 0.0], [0.0, {s:?}]]\n[flow]\nreaction = {β:?}\nhorizon = {time:?}\n[grid]\ncells = [{cells}, {cells}]\n\
         step = {:?}\n",
        0.5 * a,
        0.5 * c,
        m[0],
        m[1],
        time / random.between(8.0, 40.0).round()
    );
    let truths = vec![("x", x), ("x^2", xx + x * x), ("x*y", xy + x * y), ("y^2", yy + y * y)];
    Trial { scenario, truths }
}

/// d log S = −½v dt + √v dB, dv = κ(θ − v) dt + ξ√v dW with correlation −0.57, from S = 1: E v, the martingale S, and a call at
/// the money by Heston's characteristic function.
fn heston(random: &mut Random) -> Trial {
    const CORRELATION: f64 = -0.57;
    let (κ, θ, v) = (random.scale(1.0, 4.0), random.scale(0.04, 0.1), random.scale(0.04, 0.1));
    let (ξ, time) = ((2.0 * κ * θ / random.scale(0.9, 4.0)).sqrt().min(1.0), random.scale(0.3, 1.0));
    let fade = (-κ * time).exp();
    let mean = θ + (v - θ) * fade;
    let reach = 8.0 * (θ.max(v) * time).sqrt() + 0.3;
    // Cells must not be much wider in √v dB than in √v dW, so that they can have jumps across their corners.
    let top = 1.3 * reach * ξ;
    let cells = random.between(80.0, 130.0) as usize;
    let scenario = format!(
        "dimension = 2\nobservables = [\"y\", \"exp(x)\", \"0.5*(exp(x) - 1 + abs(exp(x) - 1))\"]\n[initial]\npoint = [0.0, {v:?}]\n\
         [sde]\ndrift = [\"-0.5*y\", \"{κ:?}*({θ:?} - y)\"]\n\
         diffusion = [[\"sqrt(y)\", \"0\"], [\"{:?}*sqrt(y)\", \"{:?}*sqrt(y)\"]]\nhorizon = {time:?}\n[grid]\nlower = [{:?}, 0.0]\n\
         upper = [{reach:?}, {top:?}]\ncells = [{cells}, {cells}]\n",
        CORRELATION * ξ,
        (1.0 - CORRELATION * CORRELATION).sqrt() * ξ,
        -reach
    );
    let call = call([κ, θ, v, ξ, CORRELATION], time);
    Trial {
        scenario,
        truths: vec![("y", mean), ("exp(x)", 1.0), ("0.5*(exp(x) - 1 + abs(exp(x) - 1))", call)],
    }
}

/// E(S − 1)⁺ = 1 − π⁻¹∫₀^∞ Re φ(u − i/2)/(u² + ¼) du (Lewis 2001).
fn call([κ, θ, v, ξ, ρ]: [f64; 5], time: f64) -> f64 {
    const UNIT: c64 = c64 { re: 0.0, im: 1.0 };
    let characteristic = |u: c64| {
        let β = c64::from(κ) - UNIT * u * (ρ * ξ);
        let d = (β * β + (UNIT * u + u * u) * (ξ * ξ)).sqrt();
        let g = (β - d) / (β + d);
        let falling = (-d * time).exp();
        let one = c64::from(1.0);
        let level = ((β - d) * time - ((one - g * falling) / (one - g)).ln() * 2.0) * (κ * θ / (ξ * ξ));
        let start = (β - d) * (one - falling) / (one - g * falling) * (v / (ξ * ξ));
        (level + start).exp()
    };
    let (width, steps) = (0.02, 20_000);
    let terms = (0..steps).map(|k| (f64::from(k) + 0.5) * width);
    let sum: f64 = terms.map(|u| characteristic(c64 { re: u, im: -0.5 }).re / (u * u + 0.25)).sum();
    1.0 - width * sum / PI
}

/// dX = P dt, dP = −kX dt − γP dt + √(2γ) dW, with the reaction on the joint density.
fn oscillator(random: &mut Random, reacts: bool) -> Trial {
    let (k, γ) = (random.scale(0.5, 2.0), random.scale(0.3, 3.0));
    let β = if reacts { random.scale(0.1, 2.0) } else { 0.0 };
    let (m, time) = ([random.between(-1.0, 1.0), random.between(-1.0, 1.0)], random.scale(0.2, 1.5));
    let (s, r) = (random.scale(0.2, 1.0), random.scale(0.2, 1.0));
    let slope = |y: [f64; 5]| {
        let [x, p, xx, xp, pp] = y;
        let own = [p, -k * x - γ * p, 2.0 * xp, pp - k * xx - γ * xp, 2.0 * (γ - k * xp - γ * pp)];
        let reacting = reaction(β, [k, 0.0, 1.0], y);
        std::array::from_fn(|n| own[n] + reacting[n])
    };
    let [x, p, xx, xp, pp] = integrate([m[0], m[1], s, 0.0, r], time, slope);
    let (cells, reach) = (random.between(60.0, 120.0) as usize, 7.5);
    let scenario = format!(
        "observables = [\"x\", \"x^2\", \"x*p\", \"p^2\"]\n[target]\npotential = \"{:?}*x^2\"\n[initial]\nmean = [{:?}, {:?}]\n\
         covariance = [[{s:?}, 0.0], [0.0, {r:?}]]\n[flow]\ndynamics = \"underdamped\"\nfriction = {γ:?}\nreaction = {β:?}\n\
         horizon = {time:?}\n[grid]\nlower = [{:?}, -{reach:?}]\nupper = [{:?}, {reach:?}]\ncells = [{cells}, {cells}]\nstep = {:?}\n",
        0.5 * k,
        m[0],
        m[1],
        -reach / k.min(1.0).sqrt(),
        reach / k.min(1.0).sqrt(),
        time / random.between(8.0, 40.0).round()
    );
    let truths = vec![("x", x), ("x^2", xx + x * x), ("x*p", xp + x * p), ("p^2", pp + p * p)];
    Trial { scenario, truths }
}

/// Gaussian flows along three axes at once, m' = −(1 + βs)km, s' = (2 + βs)(1 − ks) along each.
fn space(random: &mut Random) -> Trial {
    let k: [f64; 3] = std::array::from_fn(|_| random.scale(0.7, 1.5));
    let m: [f64; 3] = std::array::from_fn(|_| random.between(-1.0, 1.0));
    let β = if random.uniform() < 0.3 { 0.0 } else { random.scale(0.1, 2.0) };
    let (s, time) = (random.scale(0.4, 1.0), random.scale(0.2, 0.6));
    let ends: [[f64; 2]; 3] = std::array::from_fn(|axis| {
        integrate([m[axis], s], time, |[m, s]| {
            [-(1.0 + β * s) * k[axis] * m, (2.0 + β * s) * (1.0 - k[axis] * s)]
        })
    });
    let cells = random.between(22.0, 30.0) as usize;
    let scenario = format!(
        "dimension = 3\nobservables = [\"x\", \"x*y\", \"z^2\"]\n[target]\npotential = \"{:?}*x^2 + {:?}*y^2 + {:?}*z^2\"\n\
         [initial]\nmean = [{:?}, {:?}, {:?}]\ncovariance = [[{s:?}, 0.0, 0.0], [0.0, {s:?}, 0.0], [0.0, 0.0, {s:?}]]\n[flow]\n\
         reaction = {β:?}\nhorizon = {time:?}\n[grid]\ncells = [{cells}, {cells}, {cells}]\nstep = {:?}\n",
        0.5 * k[0],
        0.5 * k[1],
        0.5 * k[2],
        m[0],
        m[1],
        m[2],
        time / random.between(4.0, 12.0).round()
    );
    let [[x, _], [y, _], [z, zz]] = ends;
    Trial { scenario, truths: vec![("x", x), ("x*y", x * y), ("z^2", zz + z * z)] }
}
