//! On a quadratic potential a scheme is a linear map x' = Mx + Nξ with output y = Px + Rη. The maps are taken from the
//! code that runs, the discrete Lyapunov equation S = MSMᵀ + N Var(ξ) Nᵀ is solved, and the covariance of the output
//! is held against closed forms: theory.md §3.1 and §3.2, and for UBU and the stochastic exponential Euler scheme,
//! whose published forms are leading terms, the ones derived here.
//!
//! Tolerance: rounding ε of the maps is amplified by Σ‖Mᵏ‖², which is about 1/(1 − ρ²) ≤ 270 in these cases (the most
//! for the stochastic exponential Euler scheme near its limit h = 2γ/ω²: 1 − ρ² ≈ h(γ − ½hω²) = 0.0037), and collects
//! over some ten operations: 270·10·2.2e-16 < 1e-12, relative to the largest entry.

use crate::common::close;
use faer::Mat;
use std::collections::BTreeMap;
use wfr::algebra::Lanes;
use wfr::model::expression::Scope;
use wfr::model::{
    Dynamics, Energy, Expression, GradientFlow, Initial, KineticFlow, KineticLangevin, Observable, Potential,
    Problem, WeightedFlow,
};
use wfr::particles::{Interaction, ParticleSettings, Resampling, Watch, simulate};
use wfr::schemes::{CATALOGUE, EquationClass, Scheme, Sde, Step, WeightRule, find};
use wfr::symbolic::Variate;

const TOLERANCE: f64 = 1e-12;

/// The principal axes of the potentials in the plane; an angle that mixes the components well.
const ANGLE: f64 = 0.6;

/// R diag(values) Rᵀ with R the rotation by [`ANGLE`].
fn rotated(values: [f64; 2]) -> Mat<f64> {
    let (sin, cos) = ANGLE.sin_cos();
    let rotation = Mat::from_fn(2, 2, |i, j| [[cos, -sin], [sin, cos]][i][j]);
    let diagonal = Mat::from_fn(2, 2, |i, j| if i == j { values[i] } else { 0.0 });
    &rotation * diagonal * rotation.transpose()
}

/// V(q) = ½ qᵀKq in the plane, K with these eigenvalues.
fn potential(curvatures: [f64; 2]) -> Potential {
    let k = rotated(curvatures);
    let constants =
        BTreeMap::from([("a".into(), k[(0, 0)]), ("b".into(), k[(0, 1)]), ("c".into(), k[(1, 1)])]);
    let scope = Scope { dimension: 2, constants, ..Scope::default() };
    Potential::formula(Expression::parse("(a*x^2 + 2*b*x*y + c*y^2)/2", &scope).unwrap(), 2)
}

/// The matrix and the noise matrix of a linear map (state, noise) ↦ state, from its values at unit vectors.
fn linear_map(d: usize, m: usize, map: impl Fn(&mut [f64], &[f64])) -> [Mat<f64>; 2] {
    let image = |x: &[f64], ξ: &[f64]| {
        let mut x = x.to_vec();
        map(&mut x, ξ);
        x
    };
    let unit = |n: usize, j: usize| (0..n).map(|i| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
    let rest = image(&vec![0.0; d], &vec![0.0; m]);
    assert!(rest.iter().all(|value| *value == 0.0), "the minimum at rest stays there: {rest:?}");
    let columns = |n: usize, column: &dyn Fn(usize) -> Vec<f64>| {
        let columns: Vec<Vec<f64>> = (0..n).map(column).collect();
        Mat::from_fn(d, n, |i, j| columns[j][i])
    };
    let state = columns(d, &|j| image(&unit(d, j), &vec![0.0; m]));
    let noise = columns(m, &|j| image(&vec![0.0; d], &unit(m, j)));
    // It is linear indeed, products of the noises included.
    let x: Vec<f64> = (0..d).map(|i| 1.3 - 0.8 * i as f64).collect();
    let ξ: Vec<f64> = (0..m).map(|j| 0.7 * j as f64 - 1.1).collect();
    for (i, value) in image(&x, &ξ).into_iter().enumerate() {
        let sum: f64 = (0..d).map(|j| state[(i, j)] * x[j]).chain((0..m).map(|j| noise[(i, j)] * ξ[j])).sum();
        close(value, sum, 1e-14 * (d + m) as f64 * 10.0, "linear");
    }
    [state, noise]
}

/// N Var(ξ) Nᵀ.
fn spread(noise: &Mat<f64>, laws: &[Variate]) -> Mat<f64> {
    let variance = |law: &Variate| if *law == Variate::SpaceTimeArea { 1.0 / 12.0 } else { 1.0 };
    let scaled = Mat::from_fn(noise.nrows(), noise.ncols(), |i, j| noise[(i, j)] * variance(&laws[j]));
    scaled * noise.transpose()
}

/// The covariance of the output of `scheme` in its stationary law, for steps of length `h`.
fn stationary_covariance(scheme: &'static dyn Scheme, sde: &dyn Sde<f64>, h: f64) -> Mat<f64> {
    let (d, m, step) = (sde.dimension(), sde.noise_dimension(), Step::new(0.0, h));
    // Work vectors hold anything: NaN shows whether a scheme reads one before it writes it.
    let work = || vec![f64::NAN; scheme.claims().work_vectors * d];
    let (laws, output_laws) = (scheme.variates(m), scheme.post_variates(m).unwrap_or_default());
    let [mut power, noise] = linear_map(d, laws.len(), |x, ξ| scheme.advance(sde, &step, x, ξ, &mut work()));
    // Doubling: S_{2n} = S_n + Mⁿ S_n (Mⁿ)ᵀ. 2⁴⁰ steps forget everything in a stable case.
    let mut covariance = spread(&noise, &laws);
    for _ in 0..40 {
        covariance = &covariance + &power * &covariance * power.transpose();
        power = &power * &power;
    }
    assert!(power.norm_max() == 0.0, "{scheme:?} is not stable at h = {h}");
    let [output, rest] =
        linear_map(d, output_laws.len(), |x, η| scheme.finish(sde, &step, x, η, &mut work()));
    &output * covariance * output.transpose() + spread(&rest, &output_laws)
}

#[track_caller]
fn same(found: &Mat<f64>, expected: &Mat<f64>, what: &str) {
    let error = (found - expected).norm_max() / expected.norm_max();
    assert!(error <= TOLERANCE, "{what}: relative error {error:e}, found {found:?}, expected {expected:?}");
}

/// k·Var of the output of an overdamped scheme on V = kx²/2, z = αkh (theory.md §3.1; additive noise makes Milstein
/// Euler–Maruyama, and the general schemes of order 2 Heun's). `None` for the tamed scheme, which is not linear.
fn overdamped(scheme: &str, z: f64) -> Option<f64> {
    match scheme {
        "euler-maruyama" | "euler-maruyama-two-point" | "milstein" => Some(1.0 / (1.0 - z / 2.0)),
        "implicit-euler" => Some(1.0 / (1.0 + z / 2.0)),
        "implicit-trapezoidal" | "leimkuhler-matthews" | "local-linearization" => Some(1.0),
        "platen" | "platen-three-point" | "platen-general" | "roessler-ri6" | "roessler-pairs" => {
            Some((4.0 - 2.0 * z) / (4.0 - 2.0 * z + z * z))
        }
        // X' = αX + √(2h)(βξ + γω), Var ω = 1/12, by hand from the stages; α and β agree with e^{−z} and its noise to
        // their orders.
        "debrabant" => {
            let α = 1.0 - z + z * z / 2.0 - z.powi(3) / 6.0 + z.powi(4) / 48.0;
            let β = 1.0 - z / 2.0 + z * z / 6.0 - z.powi(3) / 48.0;
            let γ = -z + 2.0 / 3.0 * z * z - z.powi(3) / 8.0;
            Some(2.0 * z * (β * β + γ * γ / 12.0) / (1.0 - α * α))
        }
        "tamed-euler" => None,
        _ => panic!("{scheme} has no closed form here yet"),
    }
}

#[test]
fn overdamped_schemes_have_their_closed_covariances() {
    let (curvatures, transport) = ([0.5, 2.0], 1.7);
    let flow = GradientFlow {
        potential: potential(curvatures),
        transport,
        reaction: 0.0,
        normalized: true,
        energy: Energy::default(),
    };
    let sde = WeightedFlow::new(&flow, 2, None);
    for scheme in CATALOGUE.iter().filter(|scheme| scheme.claims().equation == EquationClass::Ito) {
        for h in [0.01, 0.1, 0.25, 0.45] {
            let closed = curvatures.map(|k| overdamped(scheme.name(), transport * k * h).map(|z| z / k));
            if let [Some(a), Some(b)] = closed {
                same(&stationary_covariance(*scheme, &sde, h), &rotated([a, b]), scheme.name());
            }
        }
    }
}

/// [ω²⟨q²⟩, ⟨qp⟩, ⟨p²⟩] of a scheme for kinetic dynamics on V = ω²q²/2; `None` where it is not stable.
///
/// UBU: just before a kick, S = U(kick S kickᵀ)Uᵀ + Q with U(h) = [[1, r], [0, η]], η = e^{−γh}, r = (1 − η)/γ,
/// Q_pp = 1 − η², Q_qp = γr², Q_qq = (2γh − 3 + 4η − η²)/γ². With D = ⟨p²⟩ − 1 and B = ⟨qp⟩ just after the kick its
/// three equations become ω²⟨q²⟩h = h + ½r(1 + η)D, B = −½rD − (h − r)/(1 − η),
/// (1 − η²)D = −ω²h(2B + ω²h⟨q²⟩), and half a flight leads to the output.
///
/// Stochastic exponential Euler: its three linear equations, with L = h(1 + η) − 2r, have the solution below.
fn kinetic(scheme: &str, h: f64, ω: f64, γ: f64) -> Option<[f64; 3]> {
    let (k, u) = (ω * ω, (h * ω).powi(2));
    let (η, r) = ((-γ * h).exp(), -(-γ * h).exp_m1() / γ);
    let excess = h * (1.0 + η) - 2.0 * r;
    match scheme {
        "baoab" => (u < 4.0).then_some([1.0, 0.0, 1.0 - u / 4.0]),
        "aboba" => (u < 4.0).then_some([1.0, 0.0, 1.0 / (1.0 - u / 4.0)]),
        "obabo" => (u < 4.0).then_some([1.0 / (1.0 - u / 4.0), 0.0, 1.0]),
        "bbk" => (u < 4.0).then_some([(1.0 + (γ * h / 2.0).powi(2)) / (1.0 - u / 4.0), 0.0, 1.0]),
        "ubu" => {
            let slack = 1.0 + η - k * h * r / 2.0;
            let d = k * h * excess / ((1.0 - η).powi(2) * slack);
            let b = -r * d / 2.0 - (h - r) / (1.0 - η);
            let (η, r_half) = ((-γ * h / 2.0).exp(), -(-γ * h / 2.0).exp_m1() / γ);
            let qq = 1.0 / k
                + r * (1.0 + η * η) * d / (2.0 * h * k)
                + 2.0 * r_half * b
                + r_half * r_half * d
                + 2.0 / γ * (h / 2.0 - r_half);
            (slack > 0.0).then_some([k * qq, r_half + η * (b + r_half * d), 1.0 + η * η * d])
        }
        "stochastic-exponential-euler" => {
            let [first, second] = [γ * γ * r - k * (r - h * η), 2.0 * γ * (1.0 + η) - k * excess];
            let qq = 2.0 * γ * (γ * γ * r * (1.0 + η) + k * η * excess) / (k * first * second);
            let qp = γ * k * r * excess / (first * second);
            let pp = 1.0 + k * (r * k * qq - 2.0 * η * qp) / (γ * (1.0 + η));
            (first > 0.0 && second > 0.0).then_some([k * qq, qp, pp])
        }
        "euler-maruyama" => {
            let (left, right) = (γ - h * k, 4.0 - 2.0 * γ * h + u);
            let d = left * right;
            let closed = [2.0 * γ * (2.0 - γ * h + u) / d, -2.0 * γ * h / d, 4.0 * γ / d];
            (left > 0.0 && right > 0.0).then_some(closed)
        }
        _ => panic!("{scheme} has no closed form here yet"),
    }
}

#[test]
fn kinetic_schemes_have_their_closed_covariances() {
    let kinetic_schemes =
        CATALOGUE.iter().filter(|scheme| scheme.claims().equation == EquationClass::Langevin);
    for scheme in kinetic_schemes.copied().chain(find("euler-maruyama")) {
        let mut stable = 0;
        // h, the two frequencies, γ: from ballistic (γ ≪ ω) to overdamped (γh = 8).
        for (h, frequencies, γ) in [
            (0.05, [0.7, 1.0], 0.3),
            (0.15, [1.0, 0.8], 0.1),
            (0.15, [0.4, 0.6], 0.1),
            (0.5, [1.0, 0.5], 1.0),
            (0.25, [2.0, 1.0], 5.0),
            (0.9, [1.3, 0.9], 2.0),
            (0.01, [3.0, 4.0], 20.0),
            (0.2, [1.0, 3.0], 40.0),
        ] {
            let closed = frequencies.map(|ω| kinetic(scheme.name(), h, ω, γ));
            let [Some(first), Some(second)] = closed else { continue };
            stable += 1;
            let flow = KineticFlow::new(potential(frequencies.map(|ω| ω * ω)), γ, 2, None);
            let part = |i: usize| rotated([first[i], second[i]]);
            let [ω, ν] = frequencies;
            let blocks = [[rotated([first[0] / (ω * ω), second[0] / (ν * ν)]), part(1)], [part(1), part(2)]];
            let expected = Mat::from_fn(4, 4, |i, j| blocks[i / 2][j / 2][(i % 2, j % 2)]);
            let found = stationary_covariance(scheme, &KineticLangevin(&flow), h);
            same(&found, &expected, &format!("{scheme:?}, h = {h}, ω = {frequencies:?}, γ = {γ}"));
        }
        assert!(stable >= 4, "{scheme:?} ran in {stable} cases only");
    }
}

/// The forms derived here start with the published terms (theory.md §3.2, γ = 2, ω = 1). One Richardson step takes the next
/// term away; what is left is of order h³ for UBU and h² for the other, with coefficients below 1.
#[test]
fn derived_forms_start_with_the_published_terms() {
    let h: f64 = 0.02;
    let extrapolated = |scheme: &str, order: i32, component: usize, exact: f64, next: i32| {
        let leading = |h: f64| (kinetic(scheme, h, 1.0, 2.0).unwrap()[component] - exact) / h.powi(order);
        let factor = f64::from(1 << next);
        (factor * leading(h / 2.0) - leading(h)) / (factor - 1.0)
    };
    for (component, exact, published) in [(0, 1.0, -1.0 / 6.0), (1, 0.0, 1.0 / 12.0), (2, 1.0, 1.0 / 12.0)] {
        close(extrapolated("ubu", 2, component, exact, 2), published, h.powi(3), "ubu");
    }
    for component in [0, 2] {
        let found = extrapolated("stochastic-exponential-euler", 1, component, 1.0, 1);
        close(found, 0.25, h * h, "stochastic exponential Euler");
    }
}

/// Second moments of 200 000 particles after the transient (e^{−rate·T} < 1e-14 of it is left) lie within 6.2 standard
/// errors of the closed forms: ten comparisons at 6e-10. The steps are so long that the exact law lies more than 20 standard errors away wherever the closed
/// form differs from it.
#[test]
fn particles_have_the_closed_covariances() {
    let scope = Scope { dimension: 1, momenta: true, ..Scope::default() };
    let parse = |text: &str| Expression::parse(text, &scope).unwrap();
    let potential = Potential::formula(parse("x^2/2"), 1);
    let moments =
        |dynamics: Dynamics, sde: &(dyn Sde<Lanes> + Sync), scheme: &str, h: f64, texts: &[&str]| {
            let initial = Initial::Point(vec![0.0; Sde::<Lanes>::dimension(sde)]);
            let observables = texts.iter().map(|text| Observable::new(*text, &parse(text))).collect();
            let problem = Problem { initial, dynamics, horizon: 36.0, observables };
            let settings = ParticleSettings {
                count: 200_000,
                step: h,
                scheme: find(scheme).unwrap(),
                weight: WeightRule::Trapezoidal,
                mean_field: None,
                interaction: Interaction::Resampling(Resampling::None, 0.5),
                seed: 20,
                save: false,
            };
            let population = simulate(&problem, &settings, sde, Watch::default()).population.unwrap();
            population.means(&problem.observables, true)
        };
    let check = |found: Vec<wfr::particles::Mean>, closed: &[f64], exact: &[f64], scheme: &str| {
        for ((mean, closed), exact) in found.iter().zip(closed).zip(exact) {
            close(mean.value, *closed, 6.2 * mean.stderr, scheme);
            let bias = (closed - exact).abs();
            assert!(bias == 0.0 || bias > 20.0 * mean.stderr, "{scheme}: {closed} and {exact} look the same");
        }
    };
    let kinetic_flow = KineticFlow::new(potential.clone(), 1.0, 1, None);
    for scheme in ["baoab", "obabo", "ubu"] {
        let dynamics = Dynamics::Kinetic(kinetic_flow.clone());
        let found = moments(dynamics, &KineticLangevin(&kinetic_flow), scheme, 1.0, &["x^2", "x*p", "p^2"]);
        check(found, &kinetic(scheme, 1.0, 1.0, 1.0).unwrap(), &[1.0, 0.0, 1.0], scheme);
    }
    let flow = GradientFlow {
        potential,
        transport: 1.0,
        reaction: 0.0,
        normalized: true,
        energy: Energy::default(),
    };
    let dynamics = Dynamics::GradientFlow(flow.clone());
    let found = moments(dynamics, &WeightedFlow::new(&flow, 1, None), "leimkuhler-matthews", 0.4, &["x^2"]);
    check(found, &[1.0], &[1.0], "leimkuhler-matthews");
}
