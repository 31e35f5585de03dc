//! The leading local error of every scheme with every weight rule, as the certificate says it, against exact moments of one
//! step for random polynomial equations: rationals, compared for equality.

use crate::exact::{Draw, Problem, q};
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

/// Problems with a leading error other than 0, at least, in the small shapes of one row; those in each of the shapes of which the
/// operators are long; and those in each of the shapes in which they are too long, so that the order alone is compared.
const TELLING: usize = 20;
const LONG: usize = 2;
const ORDER_ALONE: usize = 2;

/// (d, m).
type Shapes = &'static [(usize, usize)];

/// Shapes in which leading errors are compared; those in which that takes long, which only the run that writes the table
/// does; and shapes in which the order alone is compared.
fn shapes(claims: Claims) -> [Shapes; 3] {
    match (claims.equation, claims.noise) {
        (EquationClass::Langevin, _) => [&[(1, 1), (2, 2)], &[(3, 3)], &[(3, 3)]],
        (_, NoiseClass::Additive) if claims.weak_order > 2 => {
            [&[(1, 1), (1, 2)], &[(2, 2), (1, 4)], &[(2, 2), (3, 3), (1, 4)]]
        }
        (_, NoiseClass::Additive) => [&[(1, 1), (2, 2), (1, 3)], &[(3, 3), (1, 4)], &[(3, 3), (1, 4)]],
        (_, NoiseClass::Pair) => [&[(1, 1), (1, 2), (2, 1)], &[(2, 2), (3, 2)], &[(2, 2), (3, 2)]],
        _ => [&[(1, 1), (1, 2), (2, 1)], &[(2, 2), (1, 4), (3, 3)], &[(2, 2), (3, 3), (1, 4)]],
    }
}

/// What was compared for one scheme with one weight rule.
#[derive(Default)]
struct Row {
    order: String,
    /// The half powers of the leading local error, in the shape where it starts first.
    start: usize,
    problems: usize,
    /// Problems in which the leading error is not 0.
    telling: usize,
    /// Problems of large shapes, in which the local error has to start where it does in small ones.
    large: usize,
}

/// Asserts that the local error of a random problem starts with this operator, at √h^start; whether it is not 0 there.
fn agrees(
    (scheme, weight): (&dyn Scheme, Option<WeightRule>),
    shape: (usize, usize),
    operator: &DifferentialPolynomial,
    start: usize,
    draw: &mut Draw,
) -> bool {
    let noise = scheme.claims().noise;
    let problem = Problem::rational(draw, scheme, shape, noise);
    let error = problem.local_error(scheme, weight.map(WeightRule::quadrature), start + 1);
    let expected = problem.value_of(operator, noise);
    let name = scheme.name();
    assert!(error[..start].iter().all(Ring::is_zero), "{name} {weight:?} {shape:?}: {error:?}");
    assert_eq!(error[start], expected, "{name} {weight:?} {shape:?} {problem:?}");
    !expected.is_zero()
}

fn compare(scheme: &dyn Scheme, weight: Option<WeightRule>, draw: &mut Draw) -> Row {
    let claims = scheme.claims();
    let noise = claims.noise;
    let [small, _, large] = shapes(claims);
    let mut row = Row { start: usize::MAX, ..Row::default() };
    let mut most = u32::MAX;
    for &shape in small {
        let proved = certificate_with(scheme, weight, shape, noise);
        assert!(!proved.leading_error.is_zero(), "{} {shape:?}", scheme.name());
        row.order = proved.order_text();
        row.start = row.start.min(proved.half_powers as usize);
        most = most.min(proved.order);
        let enough = row.telling + TELLING.div_ceil(small.len());
        while row.telling < enough {
            let start = proved.half_powers as usize;
            row.telling += usize::from(agrees((scheme, weight), shape, &proved.leading_error, start, draw));
            row.problems += 1;
            assert!(row.problems < 3 * TELLING, "{}: hardly a problem has an error", scheme.name());
        }
    }
    for &shape in large {
        let proved = bounded_certificate(scheme, weight, shape, noise, most.min(2));
        let start = 2 * proved.order as usize + 2;
        for _ in 0..ORDER_ALONE {
            let problem = Problem::rational(draw, scheme, shape, noise);
            let error = problem.local_error(scheme, weight.map(WeightRule::quadrature), start);
            assert!(error.iter().all(Ring::is_zero), "{} {weight:?} {shape:?}: {error:?}", scheme.name());
            row.large += 1;
        }
    }
    row
}

/// Compares the leading errors in the shapes where their operators are long; in words, where and how many.
fn compare_long(scheme: &dyn Scheme, weight: Option<WeightRule>, start: usize, draw: &mut Draw) -> String {
    let claims = scheme.claims();
    let rule = weight.map(WeightRule::quadrature);
    let mut places = Vec::new();
    for &shape in shapes(claims)[1].iter().filter(|shape| is_feasible(claims, **shape, start)) {
        let series = local_error_series(scheme, rule, shape, claims.noise, start + 1);
        let operator = series.coefficient(start).expect("it is known to this order");
        let telling = (0..LONG).filter(|_| agrees((scheme, weight), shape, &operator, start, draw)).count();
        let terms = operator.terms().count();
        eprintln!("{} {rule:?} {shape:?}: {terms} terms", scheme.name());
        places.push(format!("{shape:?}: {telling} of {LONG}, {terms} terms"));
    }
    places.join("; ")
}

/// Operators of h³ for general noise have a hundred thousand terms and more from (3, 2) on, which take many minutes.
fn is_feasible(claims: Claims, (d, m): (usize, usize), start: usize) -> bool {
    let is_additive = claims.noise == NoiseClass::Additive;
    start <= 4 || d * m <= 4 || (is_additive && claims.weak_order < 3)
}

const HEAD: &str = "# Exact moments of one step

Random polynomial drifts, non-commuting noises, rates and observables over the rationals, time-dependent where the scheme
allows it. E[φ(X_h) w] of one step is computed exactly, as a polynomial in √h and the variates, from the scheme's own code;
the flow's series comes from Lᵏφ. The first coefficient that is left equals the certificate's error operator at the place,
as a rational number, in every problem. Problems are drawn until at least 20 of a row have an error other than 0 there.

In shapes (d, m) up to (3, 3) and (1, 4), where operators are long, all coefficients below the leading one vanish (`order alone`).
There the leading errors were compared too, in the run that wrote this table and not in every run of the test (`long`: problems
with an error other than 0, of those compared). Left out are the operators of h³ for general noise from (3, 2) on, which have a
hundred thousand terms and more, and that of h⁴ in (3, 3). Where a scheme divides, takes roots or solves an equation, its series in √h
is exact modulo √h^(2p + 3).
Written by `WFR_WRITE_REPORTS=1 cargo test --release --test proofs exact_moments_agree`.

| scheme | weight | order | problems that agree | of these with an error ≠ 0 | order alone | long |
|---|---|---|---|---|---|---|
";

#[test]
fn every_scheme_and_weight_has_the_local_error_of_its_certificate() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/exact-moments.md");
    let writes = std::env::var_os("WFR_WRITE_REPORTS").is_some();
    let (mut draw, mut long_draw) = (Draw(24), Draw(42));
    let (mut text, mut rows) = (String::from(HEAD), Vec::new());
    for scheme in CATALOGUE {
        for weight in WeightRule::ALL.map(Some).into_iter().chain([None]) {
            let row = compare(*scheme, weight, &mut draw);
            let rule = weight.map_or("none", WeightRule::name);
            let Row { order, start, problems, telling, large } = row;
            let line = format!("| {} | {rule} | {order} | {problems} | {telling} | {large} |", scheme.name());
            if writes {
                let long = compare_long(*scheme, weight, start, &mut long_draw);
                let _ = writeln!(text, "{line} {long} |");
            }
            rows.push(line);
        }
    }
    if writes {
        std::fs::write(&page, &text).unwrap();
    }
    let found = std::fs::read_to_string(&page).unwrap_or_default();
    let table = found.strip_prefix(HEAD).map(|table| table.lines().collect::<Vec<_>>()).unwrap_or_default();
    let same =
        table.len() == rows.len() && table.iter().zip(&rows).all(|(found, row)| found.starts_with(row));
    assert!(
        same,
        "{} is out of date: WFR_WRITE_REPORTS=1 cargo test --release --test proofs exact_moments_agree",
        page.display()
    );
}

/// Negative control: the operator with any one of its telling terms dropped is told apart.
#[test]
fn a_wrong_operator_is_seen() {
    let mut draw = Draw(7);
    let (noise, rule) = (NoiseClass::Additive, WeightRule::Trapezoidal);
    let proved = certificate(&Platen::GAUSSIAN, rule, 1, noise);
    let problem = Problem::rational(&mut draw, &Platen::GAUSSIAN, (1, 1), noise);
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
            chain_moments: None,
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
