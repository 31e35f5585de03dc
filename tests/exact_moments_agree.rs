//! The leading local error of every scheme with every weight rule, as the certificate says it, against exact moments of one
//! step for random polynomial equations: rationals, compared for equality.

mod exact;

use exact::{Draw, Problem, q};
use std::fmt::Write;
use wfr::algebra::{Ring, Scalar, add_scaled};
use wfr::schemes::certificate::{
    Shape, bounded_certificate, certificate, certificate_with, local_error_series,
};
use wfr::schemes::{
    CATALOGUE, Claims, EquationClass, EulerMaruyama, NoiseClass, OneStep, Platen, Scheme, Sde, Step,
    WeightRule,
};
use wfr::symbolic::DifferentialPolynomial;

/// Problems in each of the shapes in which the leading error is compared, and where only its order is.
const PROBLEMS: usize = 7;
const LARGE_PROBLEMS: usize = 2;

/// (d, m).
type Shapes = Vec<(usize, usize)>;

/// Shapes with the leading error, and those in which it has too many terms.
fn shapes(claims: Claims) -> (Shapes, Shapes) {
    match (claims.equation, claims.noise) {
        (EquationClass::Langevin, _) => (vec![(1, 1), (2, 2)], vec![(3, 3)]),
        (_, NoiseClass::Additive) if claims.weak_order > 2 => {
            (vec![(1, 1), (1, 2)], vec![(2, 2), (3, 3), (1, 4)])
        }
        (_, NoiseClass::Additive) => (vec![(1, 1), (2, 2), (1, 3)], vec![(3, 3), (1, 4)]),
        (_, NoiseClass::Pair) => (vec![(1, 1), (1, 2), (2, 1)], vec![(2, 2), (3, 2)]),
        _ => (vec![(1, 1), (1, 2), (2, 1)], vec![(2, 2), (3, 3), (1, 4)]),
    }
}

fn random(draw: &mut Draw, scheme: &dyn Scheme, shape: (usize, usize), noise: NoiseClass) -> Problem {
    let root = draw.number();
    let square = &root * &root;
    // Schemes use √γ or √(2γ): a friction for which theirs is rational.
    let state = draw.0;
    let problem = Problem::random(draw, scheme, shape, noise, square.clone());
    let _ = problem.local_error(scheme, None, 2);
    if !problem.is_irrational() {
        return problem;
    }
    draw.0 = state;
    Problem::random(draw, scheme, shape, noise, square / q(2, 1))
}

/// What was compared for one scheme with one weight rule.
#[derive(Default)]
struct Row {
    order: String,
    problems: usize,
    /// Problems in which the leading error is not 0.
    telling: usize,
    /// Problems of large shapes, in which the local error has to start where it does in small ones.
    large: usize,
}

fn compare(scheme: &dyn Scheme, weight: Option<WeightRule>, draw: &mut Draw) -> Row {
    let claims = scheme.claims();
    let noise = claims.noise;
    let (small, large) = shapes(claims);
    let quadrature = weight.map(WeightRule::quadrature);
    let mut row = Row::default();
    let mut most = u32::MAX;
    for shape in small {
        let proved = certificate_with(scheme, weight, shape, noise);
        assert!(!proved.leading_error.is_zero(), "{} {shape:?}", scheme.name());
        row.order = proved.order_text();
        most = most.min(proved.order);
        let start = proved.half_powers as usize;
        for _ in 0..PROBLEMS {
            let problem = random(draw, scheme, shape, noise);
            let error = problem.local_error(scheme, quadrature, start + 1);
            let expected = problem.value_of(&proved.leading_error, noise);
            assert!(
                error[..start].iter().all(Ring::is_zero),
                "{} {weight:?} {shape:?}: {error:?}",
                scheme.name()
            );
            assert_eq!(error[start], expected, "{} {weight:?} {shape:?} {problem:?}", scheme.name());
            row.problems += 1;
            row.telling += usize::from(!expected.is_zero());
        }
    }
    for shape in large {
        let proved = bounded_certificate(scheme, weight, shape, noise, most.min(2));
        let start = 2 * proved.order as usize + 2;
        for _ in 0..LARGE_PROBLEMS {
            let problem = random(draw, scheme, shape, noise);
            let error = problem.local_error(scheme, quadrature, start);
            assert!(error.iter().all(Ring::is_zero), "{} {weight:?} {shape:?}: {error:?}", scheme.name());
            row.large += 1;
        }
    }
    row
}

#[test]
fn every_scheme_and_weight_has_the_local_error_of_its_certificate() {
    let mut draw = Draw(24);
    let mut text = String::from(
        "# Exact moments of one step\n\n\
         Random polynomial drifts, non-commuting noises, rates and observables over the rationals, time-dependent where the scheme\n\
         allows it. E[φ(X_h) w] of one step is computed exactly, as a polynomial in √h and the variates, from the scheme's own code;\n\
         the flow's series comes from Lᵏφ. The first coefficient that is left equals the certificate's error operator at the place,\n\
         as a rational number, in every problem. In shapes whose operators are too long, (d, m) up to (3, 3) and (1, 4), all\n\
         coefficients below it vanish. Where a scheme divides, takes roots or solves an equation, its series in √h is exact modulo\n\
         √h^(2p + 3). Written by `WFR_WRITE_REPORTS=1 cargo test --release --test exact_moments_agree`.\n\n\
         | scheme | weight | order | problems that agree | of these with an error ≠ 0 | in large shapes |\n|---|---|---|---|---|---|\n",
    );
    for scheme in CATALOGUE {
        let weights = WeightRule::ALL.map(Some).into_iter().chain([None]);
        for weight in weights {
            let row = compare(*scheme, weight, &mut draw);
            let rule = weight.map_or("none", WeightRule::name);
            let Row { order, problems, telling, large } = row;
            assert!(telling > 0, "{} {rule}", scheme.name());
            let _ =
                writeln!(text, "| {} | {rule} | {order} | {problems} | {telling} | {large} |", scheme.name());
        }
    }
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/exact-moments.md");
    if std::env::var_os("WFR_WRITE_REPORTS").is_some() {
        std::fs::write(&page, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&page).is_ok_and(|found| found == text),
        "{} is out of date: WFR_WRITE_REPORTS=1 cargo test --release --test exact_moments_agree",
        page.display()
    );
}

/// Negative control: the operator with any one of its telling terms dropped is told apart.
#[test]
fn a_wrong_operator_is_seen() {
    let mut draw = Draw(7);
    let (noise, rule) = (NoiseClass::Additive, WeightRule::Trapezoidal);
    let proved = certificate(&Platen::GAUSSIAN, rule, 1, noise);
    let problem = random(&mut draw, &Platen::GAUSSIAN, (1, 1), noise);
    let error = problem.local_error(&Platen::GAUSSIAN, Some(rule.quadrature()), 7);
    assert_eq!(error[6], problem.value_of(&proved.leading_error, noise));
    let mut telling = 0;
    for (monomial, coefficient) in proved.leading_error.terms() {
        let term = DifferentialPolynomial::term(coefficient.clone(), monomial.clone());
        let without = problem.value_of(&(&proved.leading_error - &term), noise);
        telling += usize::from(without != error[6]);
    }
    assert!(telling >= 5, "{telling}");
    let euler = problem.local_error(&EulerMaruyama::GAUSSIAN, Some(rule.quadrature()), 7);
    assert!(!euler[4].is_zero());
}

/// A random explicit scheme: every stage evaluates b or σξ at X plus a combination of former stages, and X' is X plus such a
/// combination; differences of stages of one kind may stand there without a power of √h.
#[derive(Clone, Debug)]
struct Random {
    stages: Vec<Stage>,
    output: Vec<Term>,
    differences: Vec<(i64, usize, usize)>,
}

#[derive(Clone, Debug)]
struct Stage {
    drift: bool,
    later: bool,
    place: Vec<Term>,
}

/// (number, denominator, power of √h, stage).
type Term = (i64, i64, usize, usize);

impl Random {
    fn new(draw: &mut Draw) -> Self {
        let term = |draw: &mut Draw, stages: usize| {
            (draw.below(5) as i64 - 2, 1 + draw.below(3) as i64, 1 + draw.below(5), draw.below(stages))
        };
        let mut stages: Vec<Stage> = Vec::new();
        for k in 0..2 + draw.below(3) {
            let count = if k == 0 { 0 } else { draw.below(3) };
            let place = (0..count).map(|_| term(draw, k)).collect();
            stages.push(Stage { drift: k == 0 || draw.below(3) > 0, later: draw.below(2) == 0, place });
        }
        let output = (0..2 + draw.below(3)).map(|_| term(draw, stages.len())).collect();
        let drifts: Vec<usize> = (0..stages.len()).filter(|&k| stages[k].drift).collect();
        let pick = |draw: &mut Draw| drifts[draw.below(drifts.len())];
        let differences = (0..draw.below(2)).map(|_| (1, pick(draw), pick(draw))).collect();
        Self { stages, output, differences }
    }
}

impl OneStep for Random {
    fn claims(&self) -> Claims {
        Claims {
            name: "random",
            reference: "",
            weak_order: 1,
            invariant_order: 1,
            noise: NoiseClass::General,
            equation: EquationClass::Ito,
            work_vectors: 0,
        }
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        _work: &mut [S],
    ) {
        let scale = |(numerator, denominator, power, _): &Term| {
            (0..*power).fold(S::ratio(*numerator, *denominator), |product, _| product * step.sqrt_h.clone())
        };
        let mut values: Vec<Vec<S>> = Vec::new();
        for stage in &self.stages {
            let mut place = x.to_vec();
            for term in &stage.place {
                add_scaled(&mut place, &scale(term), &values[term.3]);
            }
            let t = if stage.later { step.end() } else { step.t.clone() };
            let mut value = x.to_vec();
            match stage.drift {
                true => sde.drift(&t, &place, &mut value),
                false => sde.diffuse(&t, &place, noise, &mut value),
            }
            values.push(value);
        }
        for term in &self.output {
            add_scaled(x, &scale(term), &values[term.3]);
        }
        for &(factor, a, b) in &self.differences {
            add_scaled(x, &S::ratio(factor, 1), &values[a]);
            add_scaled(x, &S::ratio(-factor, 1), &values[b]);
        }
    }
}

/// A reading modulo √h^(N + k) agrees with that modulo √h^N, and both with the exact moments: what is not known is never 0.
#[test]
fn random_schemes_are_read_as_they_are() {
    let mut draw = Draw(99);
    let rule = WeightRule::Trapezoidal.quadrature();
    let mut telling = 0;
    for (shape, count, orders) in [((1, 1), 60, [3, 4, 6]), ((1, 2), 20, [3, 4, 5]), ((2, 2), 10, [2, 3, 5])]
    {
        for number in 0..count {
            let scheme = Random::new(&mut draw);
            let readings = orders
                .map(|order| local_error_series(&scheme, Some(rule), shape, NoiseClass::General, order));
            let problem = Problem::random(&mut draw, &scheme, shape, NoiseClass::General, q(1, 1));
            let exact = problem.local_error(&scheme, Some(rule), orders[2]);
            for (series, order) in readings.iter().zip(orders) {
                for (power, exact) in exact.iter().enumerate().take(order) {
                    let own = series.coefficient(power).expect("it is known to this order");
                    assert_eq!(Some(own.clone()), readings[2].coefficient(power), "{number} {scheme:?}");
                    let value = problem.value_of(&own, NoiseClass::General);
                    assert_eq!(value, *exact, "{number}, √h^{power}: {scheme:?}");
                    telling += usize::from(!value.is_zero());
                }
            }
        }
    }
    assert!(telling > 300, "{telling}");
}

#[test]
fn shapes_are_those_of_the_domain() {
    let general = Shape::decisive(EquationClass::Ito, NoiseClass::General);
    for shape in [(1, 1), (2, 2), (3, 1), (3, 2), (3, 3), (1, 4)] {
        assert!(general.contains(&shape.into()), "{shape:?}");
    }
}
