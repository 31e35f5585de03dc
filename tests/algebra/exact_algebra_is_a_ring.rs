//! Differential polynomials are a commutative differential ring over ℚ, and series over them
//! never state a wrong coefficient.

use quickcheck::{Arbitrary, Gen, TestResult, quickcheck};
use wfr::algebra::{Ring, Scalar, Series};
use wfr::symbolic::{
    Coordinate, DifferentialPolynomial, Function, Jet, MAX_DIMENSION, Monomial, Name, Rational, Symbol,
    Variate,
};

const ORDER: usize = 5;

fn symbols() -> Vec<Symbol> {
    let (t, x, z) = (Coordinate::TIME, Coordinate::space(0), Coordinate::space(1));
    let f = Jet::of(Function::new(Name::new('f', &[]), &[t, x]));
    let g = Jet::of(Function::new(Name::new('g', &[1]), &[x, z]));
    let jets = [Some(f), f.derivative(x), f.derivative(t), Some(g), g.derivative(z)];
    let others = [
        Symbol::Parameter(Name::new('β', &[])),
        Symbol::Coordinate(x),
        Symbol::Coordinate(t),
        Symbol::Noise(0),
        Symbol::Noise(1),
    ];
    jets.into_iter().flatten().map(Symbol::Jet).chain(others).collect()
}

#[derive(Clone, Debug)]
struct Polynomial(DifferentialPolynomial);

impl Arbitrary for Polynomial {
    fn arbitrary(g: &mut Gen) -> Self {
        let symbols = symbols();
        let mut sum = DifferentialPolynomial::zero();
        for _ in 0..u8::arbitrary(g) % 4 {
            let mut monomial = Monomial::one();
            for _ in 0..u8::arbitrary(g) % 4 {
                monomial = monomial.times(&g.choose(&symbols).copied().unwrap().into());
            }
            let (n, d) = (i64::from(i8::arbitrary(g)), i64::from(u8::arbitrary(g)) + 1);
            sum += DifferentialPolynomial::term(Rational::ratio(n, d), monomial);
        }
        Self(sum)
    }
}

/// A series in s without constant term, of order [`ORDER`].
#[derive(Clone, Debug)]
struct Small(Series<DifferentialPolynomial>);

impl Arbitrary for Small {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut sum = Series::zero();
        for power in 1..ORDER {
            sum += Series::monomial(Polynomial::arbitrary(g).0, power, ORDER);
        }
        Self(sum)
    }
}

fn direction(index: u8) -> Coordinate {
    match index % 3 {
        0 => Coordinate::TIME,
        space => Coordinate::space(usize::from(space) - 1),
    }
}

quickcheck! {
    fn ring_axioms(a: Polynomial, b: Polynomial, c: Polynomial) -> bool {
        let (a, b, c) = (a.0, b.0, c.0);
        let sums = (a.clone() + b.clone()) + c.clone() == a.clone() + (b.clone() + c.clone())
            && a.clone() + b.clone() == b.clone() + a.clone()
            && (a.clone() - a.clone()).is_zero();
        let products = &(&a * &b) * &c == &a * &(&b * &c) && &a * &b == &b * &a;
        let both = &a * &(b.clone() + c.clone()) == &a * &b + &a * &c;
        sums && products && both && &a * &DifferentialPolynomial::one() == a
    }

    fn derivations_obey_leibniz(a: Polynomial, b: Polynomial, along: u8) -> bool {
        let (a, b, x) = (a.0, b.0, direction(along));
        (&a * &b).derivative(x) == &a.derivative(x) * &b + &a * &b.derivative(x)
            && (a.clone() + b.clone()).derivative(x) == a.derivative(x) + b.derivative(x)
    }

    fn derivations_commute(a: Polynomial, first: u8, second: u8) -> bool {
        let (x, z) = (direction(first), direction(second));
        a.0.derivative(x).derivative(z) == a.0.derivative(z).derivative(x)
    }

    fn substitution_is_a_homomorphism(a: Polynomial, b: Polynomial, value: Polynomial, which: usize) -> bool {
        let symbols = symbols();
        let symbol = symbols[which % symbols.len()];
        let image = |p: &DifferentialPolynomial| p.substitute(symbol, &value.0);
        image(&(&a.0 * &b.0)) == &image(&a.0) * &image(&b.0)
            && image(&DifferentialPolynomial::from(symbol)) == value.0
            && a.0.substitute(symbol, &symbol.into()) == a.0
    }

    fn independent_noise_factorises(a: Polynomial, b: Polynomial) -> bool {
        let first = a.0.without(|symbol| symbol == Symbol::Noise(1));
        let second = b.0.without(|symbol| symbol == Symbol::Noise(0));
        (&first * &second).expectation_over(&GAUSSIANS) == &first.expectation_over(&GAUSSIANS) * &second.expectation_over(&GAUSSIANS)
    }

    /// Stein's identity E[ξ p(ξ)] = E[p'(ξ)] determines the Gaussian moments; the derivative is
    /// taken as the linear part of p(ξ + x₂), with a coordinate that does not occur.
    fn noise_is_gaussian(a: Polynomial) -> bool {
        let (ξ, shift) = (Symbol::Noise(0), Symbol::Coordinate(Coordinate::space(1)));
        let p = a.0.without(|symbol| matches!(symbol, Symbol::Jet(_)));
        let shifted = p.substitute(ξ, &(DifferentialPolynomial::from(ξ) + shift.into()));
        let slope = shifted.derivative(Coordinate::space(1)).without(|symbol| symbol == shift);
        (&DifferentialPolynomial::from(ξ) * &p).expectation_over(&GAUSSIANS) == slope.expectation_over(&GAUSSIANS)
    }

    fn exponential_turns_sums_into_products(a: Small, b: Small) -> bool {
        (a.0.clone() + b.0.clone()).exp() == a.0.exp() * b.0.exp()
    }

    /// Computing with fewer coefficients gives the same ones.
    fn truncation_commutes_with_arithmetic(a: Small, b: Small, order: usize) -> TestResult {
        let order = 1 + order % ORDER;
        let short = |series: &Series<_>| series.clone() + Series::monomial(DifferentialPolynomial::zero(), 0, order);
        let same = short(&(a.0.clone() * b.0.clone() - a.0.exp())) == short(&a.0) * short(&b.0) - short(&a.0).exp();
        TestResult::from_bool(same)
    }
}

#[test]
fn gaussian_moments_are_double_factorials() {
    let ξ = DifferentialPolynomial::from(Symbol::Noise(0));
    let moments: Vec<String> = (0..=8).map(|k| ξ.power(k).expectation_over(&GAUSSIANS).to_string()).collect();
    assert_eq!(moments, ["1", "0", "1", "0", "3", "0", "15", "0", "105"]);
}

#[test]
fn a_series_says_how_far_it_is_known() {
    let one = Series::<Rational>::one();
    let s = Series::<Rational>::variable(4);
    assert_eq!(one.order(), None);
    assert_eq!(one.coefficient(100), Some(Rational::ratio(0, 1)));
    let product = (one + s.clone()) * s;
    assert_eq!(product.order(), Some(4));
    assert_eq!((product.coefficient(2), product.coefficient(4)), (Some(Rational::ratio(1, 1)), None));
    assert_eq!(product.valuation(), Some(1));
}

#[test]
fn the_exponential_of_s_has_reciprocal_factorials() {
    let exponential = Series::<Rational>::variable(7).exp();
    assert_eq!(exponential.coefficient(6), Some(Rational::ratio(1, 720)));
    assert_eq!(exponential.coefficient(7), None);
}

#[test]
#[should_panic(expected = "constant term")]
fn the_exponential_of_a_constant_is_refused() {
    let _ = Series::<Rational>::one().exp();
}

#[test]
fn derivatives_stop_where_a_function_is_constant() {
    let x = Coordinate::space(0);
    let f = Jet::of(Function::new(Name::new('f', &[]), &[x]));
    assert_eq!(f.derivative(Coordinate::TIME), None);
    assert_eq!(f.derivative(Coordinate::space(MAX_DIMENSION - 1)), None);
    let product = DifferentialPolynomial::from(Symbol::Coordinate(x)) * f.into();
    assert_eq!(product.derivative(x).to_string(), "x₁ f' + f");
}

#[test]
fn polynomials_print_in_the_notation_of_the_field() {
    let (t, x, z) = (Coordinate::TIME, Coordinate::space(0), Coordinate::space(1));
    let f = DifferentialPolynomial::from(Jet::of(Function::new(Name::new('f', &[]), &[t, x])));
    let φ = DifferentialPolynomial::from(Jet::of(Function::new(Name::new('φ', &[]), &[x, z])));
    let slope = f.derivative(x);
    let fourth = slope.derivative(x).derivative(x).derivative(x);
    assert_eq!((slope.power(2) - f.power(3)).to_string(), "−f³ + (f')²");
    assert_eq!(fourth.to_string(), "f⁽⁴⁾");
    assert_eq!(slope.derivative(t).derivative(t).to_string(), "∂ₜ²f'");
    assert_eq!(φ.derivative(z).derivative(x).to_string(), "∂₁₂φ");
    let β = DifferentialPolynomial::from(Symbol::Parameter(Name::new('β', &[])));
    let sum = DifferentialPolynomial::ratio(3, 2) - φ.clone() * β * DifferentialPolynomial::ratio(2, 3);
    assert_eq!(sum.to_string(), "3/2 − 2/3 β φ");
    assert_eq!(DifferentialPolynomial::zero().to_string(), "0");
    assert_eq!(sum.abridged(1).to_string(), "3/2 + … (2 terms)");
}

#[test]
fn polynomials_print_in_latex() {
    use wfr::schemes::certificate::certificate;
    use wfr::schemes::{EulerMaruyama, NoiseClass, WeightRule};
    let line = certificate(&EulerMaruyama::GAUSSIAN, WeightRule::Trapezoidal, 1, NoiseClass::Additive)
        .leading_error
        .latex();
    assert!(line.contains(r"-\tfrac{1}{2}\,\sigma^{2}\,b'\,\varphi''"), "{line}");
    assert!(line.contains(r"\partial_t b\,\varphi'"), "{line}");
    let plane = certificate(&EulerMaruyama::GAUSSIAN, WeightRule::Trapezoidal, 2, NoiseClass::Additive)
        .leading_error
        .latex();
    assert!(plane.contains(r"\partial_{12} \varphi") && plane.contains(r"\sigma_{12}"), "{plane}");
    assert_eq!(DifferentialPolynomial::zero().latex(), "0");
    assert_eq!(DifferentialPolynomial::one().latex(), "1");
}

/// As many as noise symbols occur.
const GAUSSIANS: [Variate; 4] = [Variate::Gaussian; 4];
