//! Monte Carlo tells the order of schemes with discrete variates too: a control variate takes the place of coupled levels.
//! Its means are those of the scheme, by closed forms; more precision is had for less work with order 2.

use wfr::study::Verdict;
use wfr::study::figure::Plot;
use wfr::study::order::{OrderFindings, OrderMethod};

const ORNSTEIN_UHLENBECK: &str = r#"
observables = ["x^2"]
[target]
potential = "x^2/2"
[initial]
point = [1.0]
[flow]
reaction = 0.0
horizon = 1.0
[[study]]
kind = "weak-order"
schemes = ["euler-maruyama", "platen-three-point", "euler-maruyama-two-point"]
steps = [0.1, 0.05, 0.025, 0.0125]
observable = "x^2"
methods = ["law", "monte-carlo"]
"#;

fn study(text: &str) -> wfr::study::Run {
    let scenario = wfr::scenario::parse(text, "test.toml", &[]).unwrap();
    wfr::study::run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ())
}

fn monte_carlo<'a>(run: &'a wfr::study::Run, scheme: &str) -> (&'a OrderFindings, Verdict) {
    let found = run.findings.studies.iter().find_map(|study| {
        let order = study.outcome_as::<OrderFindings>()?;
        let own = order.method == OrderMethod::MonteCarlo && order.scheme == scheme;
        own.then_some((order, study.verdict))
    });
    found.expect(scheme)
}

#[test]
fn errors_are_the_closed_ones_with_a_control_variate() {
    let run = study(ORNSTEIN_UHLENBECK);
    assert!(run.findings.checks.iter().all(|check| check.passed), "{:?}", run.findings.checks);
    // E X_n² from x = 1: α^{2n} + s²(1 − α^{2n})/(1 − α²) of X' = αX + s ξ (theory.md §3.1); it stays 1 without steps.
    let heun = |h: f64| (1.0 - h + 0.5 * h * h, 2.0 * h * (1.0 - 0.5 * h).powi(2));
    let euler = |h: f64| (1.0 - h, 2.0 * h);
    let square = |(α, s2): (f64, f64), h: f64| {
        let decay = α.powf(2.0 / h);
        decay + s2 * (1.0 - decay) / (1.0 - α * α)
    };
    type Chain = fn(f64) -> (f64, f64);
    let cases: [(&str, Chain, f64); 2] =
        [("platen-three-point", heun, 2.0), ("euler-maruyama-two-point", euler, 1.0)];
    for (scheme, chain, claim) in cases {
        let (order, verdict) = monte_carlo(&run, scheme);
        assert_eq!(order.estimator, Some("control variate"), "{scheme}");
        // One interval of 20 misses the claim, which is no pass.
        assert_ne!(verdict, Verdict::Fail, "{scheme}");
        let interval = order.order.unwrap();
        assert!(interval.upper - interval.lower <= 0.5, "{scheme}: {interval:?}");
        assert!((interval.estimate - claim).abs() < 0.3, "{scheme}: {interval:?}");
        for ((h, error), stderr) in order.steps.iter().zip(&order.errors).zip(&order.stderrs) {
            let exact = square(chain(*h), *h) - 1.0;
            let distance = (error - exact).abs() / stderr;
            // Eight normal values: false alarm 8 · 2e-9. And worth something.
            assert!(distance < 6.0, "{scheme}, h = {h}: {error} for {exact}, {distance} s.e.");
            assert!(*stderr < 0.25 * exact.abs(), "{scheme}, h = {h}: ± {stderr} for {exact}");
        }
    }
    let (coupled, _) = monte_carlo(&run, "euler-maruyama");
    assert_eq!(coupled.estimator, Some("coupled levels"));
}

#[test]
fn order_two_with_three_points_takes_less_work_than_euler_maruyama() {
    let run = study(ORNSTEIN_UHLENBECK);
    let work = run.figures.iter().find_map(|figure| match &figure.plot {
        Plot::Powers(powers) if figure.id == "work" => Some(powers),
        _ => None,
    });
    let lines = &work.expect("a picture of the work").lines;
    // Work for a root-mean-square error of 1e-4, by the power law that the line ends with.
    let evaluations = |scheme: &str| {
        let fit = lines.iter().find(|line| line.label == scheme).unwrap().fit.unwrap();
        let (c, p) = (fit.constant, fit.order);
        // Error ∝ work^{−p/(2p + 1)}.
        let expected = if scheme == "platen-three-point" { -0.4 } else { -1.0 / 3.0 };
        assert!((p - expected).abs() < 0.01, "{scheme}: {p}");
        (1e-4 / c).powf(1.0 / p)
    };
    let ratio = evaluations("platen-three-point") / evaluations("euler-maruyama");
    assert!(ratio < 0.2, "{ratio}");
}

/// A constant in the rate scales everything by e^{−c}: the order is the same, however small the values; and where they are
/// too small for any number, nothing is said of it.
#[test]
fn small_weights_do_not_pass_for_rounding() {
    let found = |rate: &str| {
        let text = format!(
            "observables = [\"x^2\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\n\
             rate = \"{rate}\"\nhorizon = 1.0\n[[study]]\nkind = \"weak-order\"\nschemes = [\"euler-maruyama\"]\n\
             observable = \"x^2\"\nmethods = [\"monte-carlo\"]\n"
        );
        let run = study(&text);
        let (order, verdict) = monte_carlo(&run, "euler-maruyama");
        (order.clone(), verdict)
    };
    let (plain, verdict) = found("x^2");
    let (small, same) = found("x^2 + 100");
    assert_eq!(same, verdict);
    assert_ne!(verdict, Verdict::Fail);
    // The same paths; the weights differ by the rounding of log-weights near 100.
    let [plain, small] = [plain.order, small.order].map(Option::unwrap);
    assert!((plain.estimate - small.estimate).abs() < 1e-6, "{plain:?} {small:?}");
    let (nothing, verdict) = found("x^2 + 2000");
    assert_eq!((nothing.order, verdict), (None, Verdict::Inconclusive));
}

/// E X² of Euler–Maruyama for dX = −2X dt + X dW from 1: errors of +0.20, +0.013, +1.2e-4, −8.6e-4 and −6.2e-4 at h = 1/2 to
/// 1/32 by the recursion of moments. No seed takes them for an order; the same for a cosine, whose errors do so, too, by the
/// noise-free expectation, and for a leading term that is small.
#[test]
fn errors_that_change_their_sign_have_no_order() {
    let cases = [
        ("-2.0*x", "1.0*x", "x^2", "euler-maruyama"),
        ("-1.9*x", "0.9*x", "x^2", "euler-maruyama"),
        ("-x", "1.0", "x^2 + 0.8*x", "euler-maruyama"),
    ];
    for (drift, diffusion, observable, scheme) in cases {
        for seed in 0..10 {
            let run = study(&format!(
                "observables = [\"{observable}\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"{drift}\"]\n\
                 diffusion = [[\"{diffusion}\"]]\nhorizon = 1.0\n[[study]]\nkind = \"weak-order\"\n\
                 schemes = [\"{scheme}\"]\nobservable = \"{observable}\"\nmethods = [\"monte-carlo\"]\n\
                 steps = [0.5, 0.25, 0.125, 0.0625, 0.03125]\nmax-paths = 200000\nseed = {seed}\n"
            ));
            let (order, verdict) = monte_carlo(&run, scheme);
            let passed = verdict == Verdict::Pass;
            assert!(!(passed && order.order.unwrap().lower > 1.5), "{drift}, seed {seed}: {order:?}");
        }
    }
}

/// E W² of Brownian motion, which the scheme has exactly: what is left are digits of rounding.
#[test]
fn of_rounding_there_is_no_order() {
    let run = study(
        "observables = [\"x^2\"]\n[initial]\npoint = [1]\n[sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n\
         [[study]]\nkind = \"weak-order\"\nobservable = \"x^2\"\nschemes = [\"euler-maruyama\"]\n\
         steps = [0.25, 0.125, 0.0625, 0.03125]\nmethods = [\"monte-carlo\"]\n",
    );
    let (order, verdict) = monte_carlo(&run, "euler-maruyama");
    assert_eq!(verdict, Verdict::Inconclusive, "{:?}", order.order);
}
