//! Formulas: printing and parsing agree, derivatives are right, programs compute what the tree says.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use wfr::algebra::{LANES, Lanes, Real};
use wfr::model::expression::{ParseError, Scope};
use wfr::model::{Expression, Program, Variable};

fn scope() -> Scope {
    Scope {
        dimension: 2,
        time: true,
        constants: [("a".to_string(), 1.5), ("minus".to_string(), -2.0)].into(),
    }
}

fn parse(text: &str) -> Expression {
    Expression::parse(text, &scope()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> ParseError {
    Expression::parse(text, &scope()).expect_err(text)
}

fn value(expression: &Expression, t: f64, x: [f64; 2]) -> f64 {
    let mut out = [0.0];
    Program::compile(std::slice::from_ref(expression)).evaluate(t, &x, &mut out);
    out[0]
}

/// A formula as random text, built by the grammar.
#[derive(Clone, Debug)]
struct Formula(String);

fn formula(g: &mut Gen, depth: u32) -> String {
    let leaf = ["x", "y", "t", "a", "minus", "pi", "2", "0.25", "1e-3", "7"];
    if depth == 0 {
        return g.choose(&leaf).unwrap().to_string();
    }
    let mut sub = || formula(g, depth - 1);
    let (a, b) = (sub(), sub());
    match u8::arbitrary(g) % 12 {
        0 => format!("{a} + {b}"),
        1 => format!("{a} - ({b})"),
        2 => format!("({a})*({b})"),
        3 => format!("({a})/(2 + ({b})^2)"),
        4 => format!("({a})^2"),
        5 => format!("({a})^3 - {b}"),
        6 => format!("-({a})^2"),
        7 => format!("sin({a})*exp(-({b})^2)"),
        8 => format!("tanh({a}) + cos({b})"),
        9 => format!("sqrt(1 + ({a})^2)"),
        10 => format!("log(2 + sin({a}))"),
        _ => format!("--{b}*({a}) - 2^-2"),
    }
}

impl Arbitrary for Formula {
    fn arbitrary(g: &mut Gen) -> Self {
        let depth = u32::arbitrary(g) % 4;
        Self(formula(g, depth))
    }
}

#[test]
fn what_is_printed_parses_to_the_same() {
    fn holds(Formula(text): Formula) -> bool {
        let expression = parse(&text);
        parse(&expression.to_string()) == expression
    }
    QuickCheck::new().tests(2000).quickcheck(holds as fn(Formula) -> bool);
}

#[test]
fn derivatives_agree_with_difference_quotients() {
    fn holds(Formula(text): Formula, seed: u8) -> bool {
        let expression = parse(&text);
        let at = [0.3 + f64::from(seed) / 300.0, -0.7 + f64::from(seed) / 500.0];
        (0..2).all(|i| {
            let f = |offset: f64| {
                let mut x = at;
                x[i] += offset;
                value(&expression, 0.4, x)
            };
            let exact = value(&expression.derivative(Variable::Space(i)), 0.4, at);
            // Central differences at h and h/2; their own difference bounds the truncation, rounding is eps·scale/h.
            let quotient = |h: f64| (f(h) - f(-h)) / (2.0 * h);
            let (coarse, fine) = (quotient(1e-3), quotient(5e-4));
            let scale = f(0.0).abs().max(f(1e-3).abs()) + exact.abs() + 1.0;
            !fine.is_finite() || (exact - fine).abs() <= (coarse - fine).abs() + 1e-8 * scale
        })
    }
    QuickCheck::new().tests(2000).quickcheck(holds as fn(Formula, u8) -> bool);
}

#[test]
fn known_derivatives() {
    let slope = |text: &str| parse(text).derivative(Variable::Space(0)).to_string();
    assert_eq!(slope("(x^2 - 1)^2"), "2 * (x1^2 - 1) * (2 * x1)");
    assert_eq!(slope("7*y"), "0");
    assert_eq!(slope("3*x"), "3");
    assert_eq!(slope("x^y"), "x2 * x1^(x2 - 1)");
    assert_eq!(value(&parse("abs(x)").derivative(Variable::Space(0)), 0.0, [-2.0, 0.0]), -1.0);
    assert_eq!(value(&parse("t^2*x").derivative(Variable::Time), 3.0, [2.0, 0.0]), 12.0);
}

#[test]
fn lanes_carry_the_bits_of_single_numbers() {
    fn holds(Formula(text): Formula) -> bool {
        let expressions = [parse(&text), parse(&text).derivative(Variable::Space(0))];
        let program = Program::compile(&expressions);
        let lane = |k: usize, i: usize| 0.11 * k as f64 - 0.8 + 0.37 * i as f64;
        let x = [0, 1].map(|i| Lanes(std::array::from_fn(|k| lane(k, i))));
        let mut together = [Lanes::constant(0.0); 2];
        program.evaluate(Lanes::constant(0.4), &x, &mut together);
        (0..LANES).all(|k| {
            let mut alone = [0.0; 2];
            program.evaluate(0.4, &[lane(k, 0), lane(k, 1)], &mut alone);
            (0..2).all(|j| alone[j].to_bits() == together[j].0[k].to_bits())
        })
    }
    QuickCheck::new().tests(500).quickcheck(holds as fn(Formula) -> bool);
}

#[test]
fn precedence_is_that_of_the_field() {
    let at = [3.0, 5.0];
    for (text, expected) in [
        ("-x^2", -9.0),
        ("2^3^2", 512.0),
        ("x^-2", 1.0 / 9.0),
        ("8/4/2", 1.0),
        ("1 - 2 - 3", -4.0),
        ("-x*y", -15.0),
        ("2 - -3", 5.0),
        ("x > 0", 1.0),
        ("x + 1 < y - 2", 0.0),
        ("x >= 3", 1.0),
        ("(x > 0)*(y < 0)", 0.0),
        ("x1 + x2", 8.0),
        ("sign(-x)", -1.0),
        ("x^0.5", 3f64.sqrt()),
        ("x^64", 3f64.powi(64)),
        ("2*pi", 2.0 * std::f64::consts::PI),
        (".5e1", 5.0),
        ("minus^2", 4.0),
    ] {
        assert_eq!(value(&parse(text), 0.0, at), expected, "{text}");
    }
}

#[test]
fn errors_point_at_the_character_and_say_what_would_be_right() {
    for (text, position, fragments) in [
        ("x + w", 4, vec!["unknown variable 'w'", "known here are x, y, t, pi"]),
        ("(x^2 - 1", 8, vec!["the end of the formula", "')'", "character 1"]),
        ("x + ", 4, vec!["the end of the formula", "a number"]),
        ("x^2)", 3, vec!["has no '('"]),
        ("2 x", 2, vec!["'x'", "an operator"]),
        ("x**2", 1, vec!["'^'"]),
        ("sinn(x)", 0, vec!["unknown function 'sinn'", "did you mean 'sin'"]),
        ("sin x", 4, vec!["'(' after sin"]),
        ("x3", 0, vec!["unknown variable 'x3'"]),
        ("x ? y", 2, vec!["'?'"]),
        ("1e999", 0, vec!["too large"]),
        ("", 0, vec!["the end of the formula"]),
        ("x + é", 4, vec!["é"]),
    ] {
        let error = error(text);
        assert_eq!(error.position, position, "{text}: {error}");
        for fragment in fragments {
            assert!(error.message.contains(fragment), "{text}: {error} lacks {fragment}");
        }
    }
}

#[test]
fn hostile_formulas_are_refused_politely() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(100_000) + "x",
        "x^".repeat(50_000) + "x",
        "x+".repeat(100_000) + "x",
    ] {
        assert!(error(&text).message.contains("formula"), "{}", error(&text).message);
    }
    let long = "x*y+".repeat(500) + "x";
    assert!(value(&parse(&long).derivative(Variable::Space(0)), 0.0, [1.0, 2.0]) == 1001.0);
    fn never_panics(text: String) -> bool {
        Expression::parse(&text, &scope()).is_ok() || !error(&text).message.is_empty()
    }
    QuickCheck::new().tests(5000).quickcheck(never_panics as fn(String) -> bool);
}
