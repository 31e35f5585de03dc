//! Problems on the line.

use super::galerkin::Well;
use super::grid::{Group, Trial};
use super::random::{Random, integrate};
use std::f64::consts::PI;

/// All of them.
pub const GROUPS: [Group; 16] = [
    ("Gaussian flows, chosen steps", |random| {
        let cells = random.cells();
        gaussian_flow(random, cells, 0.03, "")
    }),
    ("Gaussian flows, given steps", |random| {
        let steps = given_steps(random);
        let cells = random.cells();
        gaussian_flow(random, cells, 0.03, &steps)
    }),
    ("harsh: coarse cells", |random| {
        let steps = given_steps(random);
        let cells = random.between(24.0, 80.0) as usize;
        gaussian_flow(random, cells, 0.1, &steps)
    }),
    ("harsh: narrow starts", |random| {
        let s = random.scale(1e-4, 1e-2);
        let (steps, cells) = (given_steps(random), random.cells());
        gaussian_flow(random, cells, s, &steps)
    }),
    ("Fisher–Rao between wells", fisher_rao),
    ("Langevin in wells", wells),
    ("Ornstein–Uhlenbeck, periodic drive", driven),
    ("drift that jumps in time", jumping),
    ("periodic: a driven pendulum", pendulum),
    ("killed Brownian motion", killed),
    ("geometric Brownian motion", geometric),
    ("degenerate: square root, Feller's condition fulfilled", |random| square_root(random, 1.5, 6.0)),
    ("degenerate: square root, violated", |random| square_root(random, 0.1, 0.9)),
    ("degenerate: Wright–Fisher", wright_fisher),
    ("absorbed Brownian motion", absorbed),
    ("kinks and jumps of observables", kinks),
];

/// A splitting, an integrator and a step.
fn given_steps(random: &mut Random) -> String {
    let method = random.choose(&["strang", "w-fr", "fr-w", "richardson"]);
    let transport = random.choose(&["time-exact", "tr-bdf2", "crank-nicolson", "backward-euler"]);
    let step = 1.0 / random.between(20.0, 200.0).round();
    // What has no accurate tails is not to be lifted by a reaction.
    let transport = if transport.contains('-') && random.uniform() < 0.5 { "time-exact" } else { transport };
    format!("method = \"{method}\"\ntransport = \"{transport}\"\nstep = {step:?}")
}

/// N(m, s) to N(0, 1/k): m' = −(α + βs)km, s' = (2α + βs)(1 − ks).
fn gaussian_flow(random: &mut Random, cells: usize, least: f64, steps: &str) -> Trial {
    let narrow = least < 0.02;
    let (k, m) = (random.scale(0.3, 4.0), random.between(-3.0, 3.0));
    let s = if narrow { least } else { random.scale(least, 3.0) };
    let (α, β, time) = (random.scale(0.1, 3.0), random.scale(0.1, 10.0), random.scale(0.1, 3.0));
    let β = if random.uniform() < 0.3 { 0.0 } else { β };
    let [mean, variance] =
        integrate([m, s], time, |[m, s]| [-(α + β * s) * k * m, (2.0 * α + β * s) * (1.0 - k * s)]);
    let steps = match steps.is_empty() || time >= 0.2 {
        true => steps.to_string(),
        false => steps.replace("step = 0.", "step = 0.0"),
    };
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"{:?}*x^2\"\n[initial]\nmean = [{m:?}]\ncovariance = [[{s:?}]]\n\
         [flow]\ntransport = {α:?}\nreaction = {β:?}\nhorizon = {time:?}\n[grid]\ncells = [{cells}]\n{steps}\n",
        0.5 * k
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// dX = (−aX + b sin ωt) dt + σ dW.
fn driven(random: &mut Random) -> Trial {
    let (a, b, ω) = (random.scale(0.2, 3.0), random.between(-2.0, 2.0), random.scale(0.5, 30.0));
    let (σ, m, s, time) =
        (random.scale(0.4, 1.5), random.between(-1.0, 1.0), random.scale(0.1, 1.0), random.scale(0.3, 3.0));
    let (sin, cos) = (ω * time).sin_cos();
    let fade = (-a * time).exp();
    let mean = m * fade + b * (a * sin - ω * cos + ω * fade) / (a * a + ω * ω);
    let still = 0.5 * σ * σ / a;
    let variance = still + (s - still) * fade * fade;
    let end = 1.0 + b.abs() / a.max(ω) + b.abs() * time.min(1.0 / a) + 8.0 * still.max(s).sqrt();
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [{m:?}]\ncovariance = [[{s:?}]]\n[sde]\n\
         drift = [\"-{a:?}*x + {b:?}*sin({ω:?}*t)\"]\ndiffusion = [[\"{σ:?}\"]]\nhorizon = {time:?}\n[grid]\nlower = [{:?}]\n\
         upper = [{end:?}]\ncells = [{}]\nstep = {:?}\n",
        -end,
        random.cells(),
        time / random.between(10.0, 200.0).round()
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// E exp(−½ω²∫W²) = cosh(ωT)^{−1/2}.
fn killed(random: &mut Random) -> Trial {
    let (ω, time) = (random.scale(0.2, 4.0), random.scale(0.2, 2.0));
    let end = 8.5 * time.sqrt() + 0.5;
    let scenario = format!(
        "observables = [\"1\"]\n[initial]\npoint = [0.0]\n[sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nrate = \"{:?}*x^2\"\n\
         horizon = {time:?}\n[grid]\nlower = [{:?}]\nupper = [{end:?}]\ncells = [{}]\nstep = {:?}\ntransport = \"{}\"\n",
        0.5 * ω * ω,
        -end,
        random.cells(),
        time / random.between(10.0, 200.0).round(),
        random.choose(&["time-exact", "backward-euler"])
    );
    let mass = (ω * time).cosh().powf(-0.5);
    Trial { scenario, truths: vec![("1", mass), ("mass", mass)] }
}

/// E Xᵖ = x₀ᵖ exp((pμ + ½p(p − 1)σ²)T).
fn geometric(random: &mut Random) -> Trial {
    let (μ, σ, time, x) =
        (random.between(-0.5, 0.8), random.scale(0.1, 0.5), random.scale(0.2, 1.5), random.between(0.5, 2.0));
    let end = x * ((μ.max(0.0) + 0.5 * σ * σ) * time + 8.5 * σ * time.sqrt() + 0.1).exp();
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\npoint = [{x:?}]\n[sde]\ndrift = [\"{μ:?}*x\"]\ndiffusion = [[\"{σ:?}*x\"]]\n\
         horizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [{end:?}]\ncells = [{}]\n",
        2 * random.cells()
    );
    let moment = |p: f64| x.powf(p) * ((p * μ + 0.5 * p * (p - 1.0) * σ * σ) * time).exp();
    Trial { scenario, truths: vec![("x", moment(1.0)), ("x^2", moment(2.0))] }
}

/// dX = a(b − X) dt + σ√X dW with 2ab/σ² between two numbers.
fn square_root(random: &mut Random, least: f64, most: f64) -> Trial {
    let (a, b, x) = (random.scale(0.3, 3.0), random.scale(0.05, 1.0), random.scale(0.1, 1.0));
    let (σ, time) = ((2.0 * a * b / random.between(least, most)).sqrt(), random.scale(0.2, 2.0));
    let fade = (-a * time).exp();
    let mean = b + (x - b) * fade;
    let variance = x * σ * σ / a * (fade - fade * fade) + 0.5 * b * σ * σ / a * (1.0 - fade).powi(2);
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\npoint = [{x:?}]\n[sde]\ndrift = [\"{a:?}*({b:?} - x)\"]\n\
         diffusion = [[\"{σ:?}*sqrt(x)\"]]\nhorizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [{:?}]\ncells = [{}]\n",
        x.max(b) + 14.0 * variance.sqrt() + 12.0 * σ * σ * (1.0 - fade) / (2.0 * a),
        2 * random.cells()
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// Between absorbing ends, by the sine series.
fn absorbed(random: &mut Random) -> Trial {
    let (length, share, time) = (random.scale(1.0, 4.0), random.between(0.3, 0.7), random.scale(0.05, 1.0));
    let s = (random.between(0.01, 0.04) * length).powi(2);
    let mass: f64 = (0..200)
        .map(|k| {
            let k = f64::from(2 * k + 1);
            4.0 / (k * PI) * (k * PI * share).sin() * (-(k * PI / length).powi(2) * (time + 0.5 * s)).exp()
        })
        .sum();
    let scenario = format!(
        "observables = [\"1\"]\n[target]\npotential = \"0\"\n[initial]\nmean = [{:?}]\ncovariance = [[{s:?}]]\n[flow]\nreaction = 0.0\n\
         horizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [{length:?}]\ncells = [{}]\nsides = [\"absorbing\"]\n\
         transport = \"{}\"\nstep = {:?}\n",
        share * length,
        random.cells(),
        random.choose(&["time-exact", "backward-euler"]),
        time / random.between(10.0, 200.0).round()
    );
    Trial { scenario, truths: vec![("mass", mass)] }
}

/// ρ_t ∝ ρ₀^{e^{−t}} π^{1 − e^{−t}} for a double well, by the trapezoidal rule.
fn fisher_rao(random: &mut Random) -> Trial {
    let (b, c) = (random.scale(0.3, 6.0), random.between(-0.5, 0.5));
    let (m, s, time) = (random.between(-1.5, 1.5), random.scale(0.02, 0.5), random.scale(0.2, 6.0));
    let keep = (-time).exp();
    let log = |x: f64| -keep * 0.5 * (x - m).powi(2) / s - (1.0 - keep) * (b * (x * x - 1.0).powi(2) + c * x);
    let moment = |power: i32| -> f64 {
        (0..20_000).map(|k| -8.0 + 16.0 * f64::from(k) / 20_000.0).map(|x| x.powi(power) * log(x).exp()).sum()
    };
    let whole = moment(0);
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"{b:?}*(x^2 - 1)^2 + {c:?}*x\"\n[initial]\nmean = [{m:?}]\n\
         covariance = [[{s:?}]]\n[flow]\ntransport = 0.0\nhorizon = {time:?}\n[grid]\ncells = [{}]\n",
        random.cells()
    );
    Trial { scenario, truths: vec![("x", moment(1) / whole), ("x^2", moment(2) / whole)] }
}

/// Langevin dynamics of V = b(x² − 1)² + cx, by Galerkin's method.
fn wells(random: &mut Random) -> Trial {
    let well = Well { b: random.scale(0.2, 1.5), c: random.between(-0.5, 0.5) };
    let (m, s, time) = (random.between(-1.2, 1.2), random.scale(0.02, 0.06), random.scale(0.1, 2.0));
    let [mean, square] = well.moments([m, s], time);
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"{}\"\n[initial]\nmean = [{m:?}]\ncovariance = [[{s:?}]]\n\
         [flow]\nreaction = 0.0\nhorizon = {time:?}\n[grid]\ncells = [{}]\nstep = {:?}\ntransport = \"{}\"\n",
        well.formula(),
        random.cells(),
        time / random.between(10.0, 200.0).round(),
        random.choose(&["time-exact", "tr-bdf2", "crank-nicolson", "backward-euler"])
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", square)] }
}

/// dX = (−aX + b 1{t > τ}) dt + σ dW.
fn jumping(random: &mut Random) -> Trial {
    let (a, b, σ) = (random.scale(0.2, 3.0), random.between(-3.0, 3.0), random.scale(0.4, 1.5));
    let (m, s, time) = (random.between(-1.0, 1.0), random.scale(0.1, 1.0), random.scale(0.3, 3.0));
    let τ = time * random.between(0.05, 0.95);
    let mean = m * (-a * time).exp() + b / a * (1.0 - (-a * (time - τ)).exp());
    let still = 0.5 * σ * σ / a;
    let variance = still + (s - still) * (-2.0 * a * time).exp();
    let end = 1.0 + b.abs() * time.min(1.0 / a) + 8.0 * still.max(s).sqrt();
    let scenario = format!(
        "observables = [\"x\", \"x^2\"]\n[initial]\nmean = [{m:?}]\ncovariance = [[{s:?}]]\n[sde]\n\
         drift = [\"-{a:?}*x + {b:?}*(t > {τ:?})\"]\ndiffusion = [[\"{σ:?}\"]]\nhorizon = {time:?}\n[grid]\nlower = [{:?}]\n\
         upper = [{end:?}]\ncells = [{}]\nstep = {:?}\n",
        -end,
        random.cells(),
        time / random.between(10.0, 100.0).round()
    );
    Trial { scenario, truths: vec![("x", mean), ("x^2", variance + mean * mean)] }
}

/// Modes of a law on the circle.
const MODES: usize = 24;

/// ∂ₜρ = ∂ₓ(ρ(V′ − f)) + ∂ₓₓρ on the circle, V = a cos x, by its Fourier coefficients:
/// cₖ' = −k²cₖ − ifkcₖ − ½ak(cₖ₋₁ − cₖ₊₁).
fn pendulum(random: &mut Random) -> Trial {
    let (a, f) = (random.between(-2.0, 2.0), random.between(-3.0, 3.0));
    let (m, s, time) = (random.between(-1.0, 1.0), random.scale(0.03, 0.15), random.scale(0.1, 1.5));
    let start = |k: usize| {
        let k = k as f64;
        let size = (-0.5 * k * k * s).exp();
        [size * (k * m).cos(), -size * (k * m).sin()]
    };
    let mut y = [0.0; 2 * (MODES + 1)];
    for k in 0..=MODES {
        [y[2 * k], y[2 * k + 1]] = start(k);
    }
    let y = integrate(y, time, |y| {
        let c = |k: usize| if k > MODES { [0.0; 2] } else { [y[2 * k], y[2 * k + 1]] };
        let mut slope = [0.0; 2 * (MODES + 1)];
        for k in 1..=MODES {
            let (own, [before, after]) = (c(k), [c(k - 1), c(k + 1)]);
            let n = k as f64;
            for part in 0..2 {
                // −if times the other part.
                let turned = if part == 0 { f * n * own[1] } else { -f * n * own[0] };
                slope[2 * k + part] =
                    -n * n * own[part] + turned - 0.5 * a * n * (before[part] - after[part]);
            }
        }
        slope
    });
    let scenario = format!(
        "observables = [\"cos(x)\", \"sin(x)\", \"cos(2*x)\"]\n[target]\npotential = \"{a:?}*cos(x)\"\n[initial]\n\
         mean = [{m:?}]\ncovariance = [[{s:?}]]\n[flow]\nreaction = 0.0\nforce = [\"{f:?}\"]\nhorizon = {time:?}\n[grid]\n\
         lower = [-3.141592653589793]\nupper = [3.141592653589793]\ncells = [{}]\nsides = [\"periodic\"]\nstep = {:?}\n\
         transport = \"{}\"\n",
        random.cells(),
        time / random.between(10.0, 200.0).round(),
        random.choose(&["time-exact", "backward-euler"])
    );
    Trial { scenario, truths: vec![("cos(x)", y[2]), ("sin(x)", -y[3]), ("cos(2*x)", y[4])] }
}

/// dX = √(X(1 − X)) dW: E X = x, and E X(1 − X) falls like e^{−t}.
fn wright_fisher(random: &mut Random) -> Trial {
    let (x, time) = (random.between(0.2, 0.8), random.scale(0.05, 2.0));
    let scenario = format!(
        "observables = [\"x\", \"x*(1 - x)\"]\n[initial]\npoint = [{x:?}]\n[sde]\ndrift = [\"0\"]\n\
         diffusion = [[\"sqrt(x*(1 - x))\"]]\nhorizon = {time:?}\n[grid]\nlower = [0.0]\nupper = [1.0]\ncells = [{}]\n",
        random.cells()
    );
    Trial { scenario, truths: vec![("x", x), ("x*(1 - x)", x * (1.0 - x) * (-time).exp())] }
}

/// P(X > c), E|X − c|, E e^X and E cos 3X of an Ornstein–Uhlenbeck process from a point.
fn kinks(random: &mut Random) -> Trial {
    let (x, time) = (random.between(-1.0, 1.0), random.scale(0.3, 2.0));
    let (mean, variance) = (x * (-time).exp(), 0.5 * (1.0 - (-2.0 * time).exp()));
    let deviation = variance.sqrt();
    let z = (mean - 0.123) / deviation;
    let above = 0.5 * statrs::function::erf::erfc(-z / 2f64.sqrt());
    let bell = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    let scenario = format!(
        "observables = [\"x > 0.123\", \"abs(x - 0.123)\", \"exp(x)\", \"cos(3*x)\"]\n[initial]\npoint = [{x:?}]\n[sde]\n\
         drift = [\"-x\"]\ndiffusion = [[\"1\"]]\nhorizon = {time:?}\n[grid]\nlower = [-7.0]\nupper = [8.0]\ncells = [{}]\n\
         step = {:?}\ntransport = \"{}\"\n",
        random.cells(),
        time / random.between(5.0, 100.0).round(),
        random.choose(&["time-exact", "tr-bdf2", "crank-nicolson", "backward-euler"])
    );
    let truths = vec![
        ("x > 0.123", above),
        ("abs(x - 0.123)", (mean - 0.123) * (2.0 * above - 1.0) + 2.0 * deviation * bell),
        ("exp(x)", (mean + 0.5 * variance).exp()),
        ("cos(3*x)", (3.0 * mean).cos() * (-4.5 * variance).exp()),
    ];
    Trial { scenario, truths }
}
