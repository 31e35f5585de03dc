//! The constant of the error, from the certificate: Talay and Tubaro's expansion (1990, Stoch. Anal. Appl. 8, 483).

mod coefficients;

use super::{Candidate, Judged};
use crate::format::significant;
use crate::law::{Dual, Mesh};
use crate::schemes::Equation;
use crate::schemes::certificate::{Certificate, certificate_with, post_processing_error};
use crate::statistics::{Interval, largest};
use crate::study::figure::OrderFit;
use crate::study::findings::StudyFindings;
use crate::study::fit::Point;
use crate::study::order::{Constant, OrderMethod};
use crate::study::verdict::Verdict;
use crate::symbolic::DifferentialPolynomial;
use coefficients::{Coefficients, Symbols};

/// Where the measured constant is not known to this share of the largest term, it says nothing.
const TELLING: f64 = 0.1;
/// The estimated errors are differences between two computations: what they may be short of, and rounding.
const MARGIN: f64 = 2.0;
const ROUNDING: f64 = 1e-6;
/// Share of the measured constant that the accuracy of the law may make up.
const QUIET: f64 = 1e-3;
/// Gregory's end corrections of the trapezoidal rule, which make it a rule of order 4.
const GREGORY: [f64; 3] = [3.0 / 8.0, 7.0 / 6.0, 23.0 / 24.0];

/// C in error = C hᵖ + O(hᵖ⁺¹).
#[derive(Clone, Copy, Debug)]
pub struct Predicted {
    pub constant: f64,
    /// Estimated error of `constant`.
    pub error: f64,
    /// p.
    pub order: u32,
}

impl Predicted {
    /// E_{h/2} − E_h on the line C hᵖ.
    pub fn difference(&self, h: f64) -> f64 {
        -self.constant * (1.0 - 0.5f64.powi(self.order as i32)) * h.powi(self.order as i32)
    }
}

/// C = ∫₀ᵀ ⟨D u(t,·), ρ_t⟩ dt + ⟨Q φ, ρ_T⟩ with the operators D of the local error and Q of the post-processing; for a
/// normalised flow, whose value is the ratio R = E φW/E W, with (u − R u₁)/E W for u, u₁ being that of φ = 1.
///
/// `duals` are three, the finest first: its differences to one that is coarser in space and to one in time tell the error.
/// `unknown` is the share of the law's limit that is not known, by what leaves the interval of the duals too: all of them lack
/// it. `None` if the equation has no certificate of its own shape, such as one with several noises for one component.
pub fn predict(
    candidate: Candidate<'_>,
    equation: &dyn Equation,
    centres: Option<&[f64]>,
    duals: &[Dual; 3],
    unknown: f64,
) -> Option<Predicted> {
    let symbols = Symbols::new(candidate.problem)?;
    let Certificate { half_powers, leading_error, .. } = own_certificate(candidate, symbols.dimension());
    let order = half_powers / 2 - 1;
    let noise = candidate.problem.dynamics.noise();
    let post = post_processing_error(candidate.scheme, symbols.dimension(), noise, order);
    let [constant, in_space, in_time] = duals.each_ref().map(|dual| {
        let coefficients = Coefficients::new(candidate.problem, equation, centres, dual);
        integral(candidate, &coefficients, &symbols, dual, [&leading_error, &post])
    });
    let error = (constant - in_space).abs() + (constant - in_time).abs() + unknown * constant.abs();
    (half_powers.is_multiple_of(2) && constant.is_finite() && error.is_finite()).then_some(Predicted {
        constant,
        error,
        order,
    })
}

fn own_certificate(candidate: Candidate<'_>, dimension: usize) -> Certificate {
    let noise = candidate.problem.dynamics.noise();
    let weight = candidate.problem.weighted().then(|| candidate.weight());
    certificate_with(candidate.scheme, weight, dimension, noise)
}

fn integral(
    candidate: Candidate<'_>,
    coefficients: &Coefficients<'_>,
    symbols: &Symbols,
    dual: &Dual,
    [local, post]: [&DifferentialPolynomial; 2],
) -> f64 {
    let steps = dual.steps();
    let h = candidate.problem.horizon / steps as f64;
    let along = |k: usize, operator: &DifferentialPolynomial| {
        let u = linearized(candidate, dual, k);
        dual.pairing(k, &symbols.apply(operator, coefficients, &u, k))
    };
    let share = |k: usize| GREGORY.get(k.min(steps - k)).copied().unwrap_or(1.0);
    let sum: f64 = (0..=steps).map(|k| share(k) * along(k, local)).sum();
    h * sum + along(steps, post)
}

/// What D acts on: u, or for a ratio R the linearisation (u − R u₁)/E W.
fn linearized(candidate: Candidate<'_>, dual: &Dual, k: usize) -> Vec<f64> {
    let [ratio, scale] = match candidate.problem.normalized() {
        true => [dual.expectation.ratio(), 1.0 / dual.expectation.mass],
        false => [0.0, 1.0],
    };
    dual.functions(k).iter().map(|[u, one]| scale * (u - ratio * one)).collect()
}

/// The constant against the one that the errors of the noise-free expectation tend to.
///
/// With cₖ = e(hₖ)/hₖᵖ on halved steps, 2cₙ − cₙ₋₁ is off by O(h²), and so is the same one step before, by four times as
/// much: their difference is three times the error.
pub fn judge(candidate: Candidate<'_>, predicted: Predicted, law: &[Point]) -> Judged {
    let Predicted { constant, error, order } = predicted;
    let power = |step: f64| step.powi(order as i32);
    // The finest three steps at which rounding is still small.
    let limits = law.windows(3).rev().filter(|points| halved(points)).map(|points| {
        let [a, b, c] = [0, 1, 2].map(|k| points[k].error / power(points[k].step));
        let noise = largest(points.iter().map(|point| point.stderr / power(point.step))).unwrap_or(0.0);
        let limit = 2.0 * c - b;
        let scale = a.abs().max(b.abs()).max(c.abs());
        (3.0 * noise <= QUIET * scale).then_some((limit, (limit - (2.0 * b - a)).abs() + 3.0 * noise, scale))
    });
    let measured = limits.flatten().next();
    let (verdict, why) = match measured {
        None => (
            Verdict::Inconclusive,
            "there are no three halved steps with a noise-free error of known size to compare with; a shorter horizon or an observable that grows less would settle it".to_string(),
        ),
        Some((limit, uncertainty, scale)) => {
            let tolerance = MARGIN * (uncertainty + error) + ROUNDING * (1.0 + scale);
            let distance = (constant - limit).abs();
            let found = format!(
                "predicted {}, noise-free limit {} ({distance:.1e} apart, {tolerance:.1e} allowed)",
                significant(constant, 7),
                significant(limit, 7)
            );
            let known = tolerance <= TELLING * scale.max(constant.abs()).max(1e-3);
            match distance <= tolerance {
                false => (Verdict::Fail, found),
                true if known => (Verdict::Pass, found),
                true => (Verdict::Inconclusive, format!("{found}: too uncertain to decide")),
            }
        }
    };
    let points: Vec<Point> = law
        .iter()
        .map(|point| Point {
            error: constant * power(point.step),
            stderr: error * power(point.step),
            ..*point
        })
        .collect();
    let p = f64::from(order);
    let fit = OrderFit::straight(constant.abs(), Interval { estimate: p, lower: p, upper: p });
    let all = 0..points.len();
    let mut findings = candidate.findings(OrderMethod::Prediction).of(&points, all.clone());
    let line = candidate.line(OrderMethod::Prediction, points, all, Some(fit));
    findings.constant = measured.map(|(limit, ..)| Constant { measured: limit, predicted: Some(constant) });
    Judged { findings: StudyFindings::new(findings, verdict, why), line: Some(line) }
}

/// Where no constant is predicted: a method that was asked for and says nothing is no pass.
pub fn absent(candidate: Candidate<'_>) -> Judged {
    let why = "no constant is predicted: the equation has no certificate of one component, or the noise-free expectation is not finite or leaves every interval; a shorter horizon or an observable that grows less would settle the latter";
    let findings = candidate.findings(OrderMethod::Prediction);
    Judged { findings: StudyFindings::new(findings, Verdict::Inconclusive, why.into()), line: None }
}

fn halved(points: &[Point]) -> bool {
    points.windows(2).all(|pair| (pair[0].step - 2.0 * pair[1].step).abs() <= 1e-9 * pair[0].step)
}

/// Values of a function and its derivatives at the points of a mesh.
fn derivative(mesh: &Mesh, values: &[f64], orders: &[usize]) -> Vec<f64> {
    match orders.iter().all(|&order| order == 0) {
        true => values.to_vec(),
        false => mesh.derivative(values, orders),
    }
}
