//! Reversed diffusions with their weights end in the annealed, multiplied, guided or tilted law: the formulas by proof, the
//! code by the Fokker–Planck equation at points, the whole without noise by the law of a scheme.

use crate::common::diffusions::{OTHER, TWO_MODES, diffusion, reverse_diffusion};
use crate::common::{close, findings, scenario};
use wfr::algebra::{Ring, Scalar};
use wfr::exact::ExactTargetLaw;
use wfr::law::{Law, Resolution};
use wfr::model::{GaussianMixture, ReverseDiffusion, TimeDependence};
use wfr::schemes::certificate::reversal_defect;
use wfr::schemes::{JetSeries, Reversal, Sde, WeightRule, find};

/// The targets that the tests go through: (target, keys of [flow]).
fn cases() -> Vec<(String, &'static str)> {
    vec![
        (format!("power = 2.0\n{TWO_MODES}"), "schedule = \"0.4 + t\""),
        (format!("power = 1.5\n{TWO_MODES}"), "churn = 1.5\nschedule = \"0.8\""),
        (
            format!("factors = [{{ power = 1.0, {TWO_MODES} }}, {{ power = 1.0, {OTHER} }}]"),
            "churn = 0.5\nschedule = \"0.8\"",
        ),
        (
            format!("factors = [{{ power = -0.8, {OTHER} }}, {{ power = 1.8, {TWO_MODES} }}]"),
            "forward = \"variance-exploding\"\nschedule = \"0.8*t\"",
        ),
        (
            format!("{TWO_MODES}\nreward = \"0.7*x + 0.3*sin(2*x)\""),
            "schedule = \"1 + t^2\"\nreward-schedule = \"(1 - t/2)^2\"",
        ),
    ]
}

#[test]
fn drift_and_growth_are_proved_and_false_ones_refuted() {
    let drift = |parts: &Reversal<'_, JetSeries>, out: &mut [JetSeries]| parts.drift(out);
    for d in [1, 2] {
        assert!(Ring::is_zero(&reversal_defect(d, drift, |parts| parts.growth())), "d = {d}");
        let controls: [fn(&Reversal<'_, JetSeries>) -> JetSeries; 4] = [
            |parts| -parts.growth(),
            |parts| parts.growth() - parts.tilt_rate.clone(),
            |parts| parts.growth() + parts.noise[0].clone() * parts.tilt[0].clone(),
            |parts| parts.growth() - parts.divergence.clone(),
        ];
        for control in controls {
            assert!(!Ring::is_zero(&reversal_defect(d, drift, control)), "d = {d}");
        }
        let push = |parts: &Reversal<'_, JetSeries>, out: &mut [JetSeries]| {
            parts.drift(out);
            for ((out, tilt), noise) in out.iter_mut().zip(parts.tilt).zip(parts.noise) {
                *out += JetSeries::ratio(1, 2) * noise.clone() * tilt.clone();
            }
        };
        assert!(!Ring::is_zero(&reversal_defect(d, push, |parts| parts.growth())), "d = {d}");
    }
}

/// Target, [τ, log ∫] or NaN, and rows of [τ, mean, variance].
type Case<'a> = (String, [f64; 2], &'a [[f64; 3]]);

/// Mean and variance of powers and products at noise levels, and log ∫: the theory note, by mpmath.
#[test]
fn products_of_gaussians_are_in_closed_form() {
    let flow = "horizon = 2.0";
    let gaussian = |mean: f64, variance: f64| {
        format!("mixture = [{{ mean = [{mean:?}], covariance = [[{variance:?}]] }}]")
    };
    let cases: [Case<'_>; 3] = [
        (
            format!("power = 2.0\n{}", gaussian(1.5, 0.25)),
            [2.0, -1.25859614795406],
            &[
                [0.0, 1.5, 0.125],
                [0.5, 0.90979598956895, 0.362045209560709],
                [2.0, 0.203002924854919, 0.493131635416725],
            ],
        ),
        (
            format!(
                "factors = [{{ power = 1.0, {} }}, {{ power = 1.0, {} }}]",
                gaussian(1.5, 0.5),
                gaussian(-1.0, 0.25)
            ),
            [f64::NAN; 2],
            &[[0.0, -1.0 / 6.0, 1.0 / 6.0], [0.5, 0.10635905948638, 0.383664683145116]],
        ),
        (
            format!(
                "factors = [{{ power = -1.0, {} }}, {{ power = 2.0, {} }}]",
                gaussian(1.5, 0.5),
                gaussian(-1.0, 0.25)
            ),
            [f64::NAN; 2],
            &[[0.0, -11.0 / 6.0, 1.0 / 6.0], [0.5, -1.81569492749497, 0.650750899017522]],
        ),
    ];
    for (target, [level, log_mass], moments) in cases {
        let text = format!("[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\n{flow}\n");
        let problem = scenario(&text).plan.problem().clone();
        let flow = diffusion(&problem);
        for &[τ, mean, variance] in moments {
            let (law, _) = GaussianMixture::power_product(&flow.factors_at(τ)).unwrap();
            // The note has 13 digits.
            close(law.mean()[0], mean, 1e-12, &target);
            close(law.covariance()[0][0], variance, 1e-12, &target);
        }
        if level.is_finite() {
            let (_, mass) = GaussianMixture::power_product(&flow.factors_at(level)).unwrap();
            close(mass, log_mass, 1e-12, &target);
        }
    }
}

/// ∂_t p = −∇·(b p) + ½σ²Δp − c p for b, σ, c of the equation and p of the target, by central differences: what the proof
/// takes for granted of schedules, marginals and signs.
#[test]
fn the_equation_solves_the_fokker_planck_equation() {
    for (target, keys) in cases() {
        let problem = reverse_diffusion(&target, keys, 2.0);
        let flow = diffusion(&problem);
        let equation = flow.equation();
        let p = |t: f64, x: f64| flow.target(flow.horizon - t).log_density(&[x][..]).exp();
        let b = |t: f64, x: f64| {
            let mut out = [0.0];
            equation.drift(&t, &[x], &mut out);
            out[0]
        };
        let h = 1e-4;
        for (t, x) in [(0.3, -0.7), (1.1, 0.4), (1.7, 1.2), (1.9, -1.5)] {
            let slope = |f: &dyn Fn(f64) -> f64, at: f64| (f(at + h) - f(at - h)) / (2.0 * h);
            let mut noise = [0.0];
            equation.diffuse(&t, &[x], &[1.0], &mut noise);
            let curvature = (p(t, x + h) - 2.0 * p(t, x) + p(t, x - h)) / (h * h);
            let left = slope(&|t| p(t, x), t);
            let right = -slope(&|x| b(t, x) * p(t, x), x) + 0.5 * noise[0] * noise[0] * curvature
                - Sde::<f64>::rate(&equation, &t, &[x]) * p(t, x);
            // Differences of order h², with fourth derivatives up to some hundreds, and rounding over h².
            close(left, right, 1e-5, &format!("{target} {keys} at ({t}, {x})"));
        }
    }
}

/// The motion is a gradient flow with potential V: drift = −D∇V, σ² = 2D, by central differences.
#[test]
fn the_motion_has_a_potential() {
    for (target, keys) in cases() {
        let problem = reverse_diffusion(&target, keys, 2.0);
        let flow = diffusion(&problem);
        let equation = flow.equation();
        let h = 1e-5;
        for (t, x) in [(0.3, -0.7), (1.1, 0.4), (1.7, 1.2), (1.9, -1.5)] {
            let (mut drift, mut noise) = ([0.0], [0.0]);
            equation.drift(&t, &[x], &mut drift);
            equation.diffuse(&t, &[x], &[1.0], &mut noise);
            let v = |x: f64| equation.potential(t, &[x][..]);
            let pull = -equation.diffusivity(t) * (v(x + h) - v(x - h)) / (2.0 * h);
            // Differences of order h², and rounding of V over h.
            close(pull, drift[0], 1e-7, &format!("{target} {keys} at ({t}, {x})"));
            close(equation.diffusivity(t), 0.5 * noise[0] * noise[0], 1e-14, keys);
        }
    }
}

/// On the grid the weighted law has the mass and the means of the target, within its own error, and without weights it has
/// not.
#[test]
fn the_grid_ends_in_the_target() {
    for (target, keys) in cases() {
        // Far out, where weights grow without bound, coarse cells tell nothing: boxes hold the laws and no more.
        let (side, cells) = if keys.contains("exploding") { (11.0, 880) } else { (6.0, 480) };
        let solve = |corrected: bool| {
            let text = format!(
                "observables = [\"x\", \"x^2\", \"x > 0\"]\n[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = 2.0\n{keys}\ncorrected = {corrected}\n[grid]\nlower = [-{side:?}]\nupper = [{side:?}]\ncells = [{cells}]\nstep = 0.02\n"
            );
            findings(&text).grid.unwrap()
        };
        let problem = reverse_diffusion(&target, keys, 2.0);
        let law = ExactTargetLaw::new(diffusion(&problem)).unwrap();
        let (weighted, plain) = (solve(true), solve(false));
        close(weighted.log_normalizer, law.log_mass.0, weighted.log_normalizer_error, "log mass");
        close(plain.mass, 1.0, 1e-10, "mass without weights");
        let mut missed: f64 = 0.0;
        let text = "observables = [\"x\", \"x^2\", \"x > 0\"]\n[target]\nmixture = [{ mean = [0.0], covariance = [[1.0]] }]\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = 1.0\n";
        for observable in &scenario(text).plan.problem().observables {
            let (exact, _) = law.mean(observable);
            let (with, without) =
                (weighted.observables[&observable.name], plain.observables[&observable.name]);
            close(with.value, exact, with.error, &format!("{target} {keys}, {}", observable.name));
            missed = missed.max((without.value - exact).abs() - with.error - without.error);
        }
        assert!(missed > 0.005, "{target} {keys}: without weights off by {missed} beyond the errors");
    }
}

/// Without noise: the weighted law of a scheme of order 2 has the mass and the means of the target, which quadrature knows;
/// without weights it misses them.
#[test]
fn the_weighted_law_ends_in_the_target() {
    for (target, keys) in cases() {
        let problem = reverse_diffusion(&target, keys, 1.5);
        let flow = diffusion(&problem);
        let law = ExactTargetLaw::new(flow).unwrap();
        let start = &flow.start.components()[0];
        // Paths count by what they will weigh. For q^β with stationary q that makes q of the start, though p_T ∝ q^β is what
        // they start from: 7 is six deviations of it, or more, where the start itself would be well within 5.
        let side = (start.mean[0].abs() + 5.5 * start.covariance[0][0].sqrt()).max(7.0);
        let coarse = Resolution::line(-side, side, (4.0 * side) as usize, 20);
        let fine = Resolution::line(-1.3 * side, 1.3 * side, (6.0 * side) as usize, 24);
        let expect = |flow: &ReverseDiffusion, observable: usize, resolution: &Resolution, steps: usize| {
            let equation = flow.equation();
            let law = Law {
                sde: &equation,
                scheme: find("platen-general").unwrap(),
                weight: WeightRule::Trapezoidal,
                time: TimeDependence::Motion,
            };
            let observable = &problem.observables[observable];
            let found =
                law.expectation(resolution, &problem.initial, observable, flow.horizon, steps).unwrap();
            [found.ratio(), found.mass.ln()]
        };
        let (mut missed, mut widest): (f64, f64) = (0.0, 0.0);
        for (k, observable) in problem.observables.iter().enumerate() {
            let (exact, error) = law.mean(observable);
            assert!(error < 1e-9, "{target}: {error}");
            let levels = [16, 32, 64].map(|steps| expect(flow, k, &coarse, steps));
            let checked = expect(flow, k, &fine, 32);
            for (which, exact, name) in
                [(0, exact, observable.name.as_str()), (1, law.log_mass.0, "log mass")]
            {
                let [a, b, c] = levels.map(|level| level[which]);
                // Richardson's limits are off by a third power of the step: the last one by a seventh of how they differ.
                let [before, limit] = [(a, b), (b, c)].map(|(coarse, fine)| fine + (fine - coarse) / 3.0);
                let quadrature = 2.0 * (checked[which] - b).abs();
                let tolerance = (limit - before).abs() + quadrature;
                widest = widest.max(tolerance);
                close(limit, exact, tolerance, &format!("{target} {keys}, {name}"));
            }
            let heuristic = ReverseDiffusion { corrected: false, ..flow.clone() };
            missed = f64::max(missed, (expect(&heuristic, k, &coarse, 16)[0] - exact).abs());
        }
        assert!(missed > 10.0 * widest, "{target} {keys}: without weights {missed} off, known to {widest}");
    }
}

/// The same by particles, in the plane too; every check at Student's t of 1e-9.
#[test]
fn corrected_particles_end_in_the_target() {
    let plane = "factors = [{ power = -1.0, mixture = [{ mean = [0.0, 0.0], covariance = [[1.0, 0.2], [0.2, 0.8]] }] }, { power = 2.0, mixture = [{ weight = 0.6, mean = [1.0, 0.5], covariance = [[0.4, 0.0], [0.0, 0.4]] }, { weight = 0.4, mean = [-0.8, -0.5], covariance = [[0.3, 0.1], [0.1, 0.4]] }] }]";
    let mut all: Vec<(String, &str, &str)> = cases()
        .into_iter()
        .map(|(target, keys)| (target, keys, "observables = [\"x\", \"x > 0\"]"))
        .collect();
    all.push((format!("power = 1.5\n{TWO_MODES}"), "churn = 0.0", "observables = [\"x\", \"x^2\"]"));
    all.push((plane.into(), "", "dimension = 2\nobservables = [\"x\", \"x*y\", \"y > 0\"]"));
    let (number, mut judged) = (all.len(), 0);
    for (target, keys, head) in all {
        let text = format!(
            "{head}\n[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = 2.0\n{keys}\n[particles]\ncount = 8192\nstep = 0.1\nscheme = \"platen-general\"\n[[study]]\nkind = \"target-law\"\n"
        );
        let findings = findings(&text);
        for check in &findings.checks {
            assert!(check.passed, "{target} {keys}: {} {} {}", check.name, check.value, check.threshold);
        }
        // Where the weights may have no variance, a normal interval of them is no judge.
        let open = findings.studies.iter().any(|study| study.why.contains("may have no variance"));
        assert!((findings.checks.len() >= 3 || open) && findings.passed, "{target} {keys}");
        judged += usize::from(!open);
    }
    assert!(2 * judged > number, "{judged} of {number} are judged");
}

#[test]
fn targets_that_are_no_probabilities_are_refused() {
    let refused = |dimension: usize, target: &str, flow: &str| {
        let text = format!(
            "dimension = {dimension}\n[target]\n{target}\n[flow]\ndynamics = \"reverse-diffusion\"\nhorizon = 2.0\n{flow}\n"
        );
        wfr::scenario::parse(&text, "improper.toml", &[]).unwrap_err().to_string()
    };
    let guided = |own: f64, other: f64| {
        format!(
            "factors = [{{ power = -1.0, mixture = [{{ mean = [0.0], covariance = [[{own:?}]] }}] }}, {{ power = 2.0, mixture = [{{ mean = [1.0], covariance = [[{other:?}]] }}] }}]"
        )
    };
    // The caution of the theory note: precision −4 + 4 = 0 at the data.
    for (own, other) in [(0.25, 0.5), (0.25, 0.6)] {
        let message = refused(1, &guided(own, other), "");
        assert!(message.contains("no finite mass at the noise level t = 0"), "{message}");
    }
    // A mixture falls as its widest component, in the one direction of the plane that it has.
    let plane = "factors = [{ power = -1.0, mixture = [{ mean = [0.0, 0.0], covariance = [[0.5, 0.0], [0.0, 0.5]] }] }, { power = 2.0, mixture = [{ mean = [1.0, 0.0], covariance = [[0.5, 0.0], [0.0, 0.5]] }, { mean = [0.0, 0.0], covariance = [[0.8, 0.4], [0.4, 0.8]] }] }]";
    let message = refused(2, plane, "");
    assert!(message.contains("no finite mass") && message.contains("[0.7"), "{message}");
    let message = refused(1, &format!("{TWO_MODES}\nreward = \"x^4\""), "");
    assert!(message.contains("the reward outgrows the density"), "{message}");
    let message = refused(1, TWO_MODES, "churn = 0.0\n[grid]\nlower = [-8.0]\nupper = [8.0]\ncells = [64]");
    assert!(message.contains("found a grid for churn = 0"), "{message}");
    let narrow = format!("{TWO_MODES}\n[initial]\nmean = [0.0]\ncovariance = [[0.3]]");
    let message = refused(1, &narrow, "");
    assert!(message.contains("the start is too narrow"), "{message}");
}
