//! Formulas: printing and parsing agree, derivatives are right, programs compute what the tree says.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;
use std::f64::consts::PI;
use wfr::algebra::elementary;
use wfr::algebra::{LANES, Lanes, Real};
use wfr::model::expression::{ParseError, Scope};
use wfr::model::{Expression, Program, Variable};

fn scope() -> Scope {
    Scope {
        momenta: false,
        dimension: 2,
        time: true,
        columns: Vec::new(),
        definitions: BTreeMap::new(),
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
    match u8::arbitrary(g) % 15 {
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
        11 => format!("atan({a}) - asinh({b})"),
        12 => format!("erf({a})*floor(3.5)"),
        13 => format!("max({a}, min({b}, 7, t))"),
        14 => format!("atan2({a}, 3 + ({b})^2)"),
        _ => format!("--{b}*({a}) - 2^-2"),
    }
}

impl Arbitrary for Formula {
    fn arbitrary(g: &mut Gen) -> Self {
        let depth = u32::arbitrary(g) % 4;
        Self(formula(g, depth))
    }
}

/// A formula that writes and evaluates itself, knowing nothing of the crate.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(&'static str),
    Negate(Box<Tree>),
    Binary(&'static str, Box<Tree>, Box<Tree>),
    /// An integer power.
    Power(Box<Tree>, i32),
    Call(&'static str, Box<Tree>),
}

impl Tree {
    fn random(g: &mut Gen, depth: u32) -> Self {
        if depth == 0 {
            return Self::Leaf(g.choose(&["x", "y", "t", "a", "minus", "pi", "2", "0.25", "1e-3"]).unwrap());
        }
        let mut sub = || Box::new(Self::random(g, depth - 1));
        let (a, b) = (sub(), sub());
        // Powers of numbers are folded by `powf` and powers of variables multiplied out: keep to the latter.
        let varying = |a| Box::new(Self::Binary("+", a, Box::new(Self::Leaf("x"))));
        match u8::arbitrary(g) % 8 {
            0 => Self::Negate(a),
            1 => Self::Power(varying(a), *g.choose(&[-3, -2, -1, 1, 2, 3, 4]).unwrap()),
            2 => Self::Binary("^", a, varying(b)),
            3 | 4 => {
                let names =
                    ["exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign"];
                Self::Call(g.choose(&names).unwrap(), a)
            }
            5 => Self::Binary(g.choose(&["<", "<=", ">", ">="]).unwrap(), a, b),
            _ => Self::Binary(g.choose(&["+", "-", "*", "/"]).unwrap(), a, b),
        }
    }

    /// With parentheses everywhere.
    fn text(&self) -> String {
        match self {
            Self::Leaf(name) => (*name).to_string(),
            Self::Negate(a) => format!("(-{})", a.text()),
            Self::Binary(operator, a, b) => format!("({} {operator} {})", a.text(), b.text()),
            Self::Power(a, n) => format!("({}^{n})", a.text()),
            Self::Call(name, a) => format!("{name}({})", a.text()),
        }
    }

    fn value(&self, t: f64, [x, y]: [f64; 2]) -> f64 {
        let at = |tree: &Self| tree.value(t, [x, y]);
        match self {
            Self::Leaf("x") => x,
            Self::Leaf("y") => y,
            Self::Leaf("t") => t,
            Self::Leaf("a") => 1.5,
            Self::Leaf("minus") => -2.0,
            Self::Leaf("pi") => std::f64::consts::PI,
            Self::Leaf(number) => number.parse().unwrap(),
            Self::Negate(a) => -at(a),
            Self::Power(a, n) => {
                let a = at(a);
                let product = match n.abs() {
                    1 => a,
                    2 => a * a,
                    3 => a * (a * a),
                    _ => (a * a) * (a * a),
                };
                if *n < 0 { 1.0 / product } else { product }
            }
            Self::Binary(operator, a, b) => {
                let (a, b) = (at(a), at(b));
                let truth =
                    |holds| if a.is_nan() || b.is_nan() { f64::NAN } else { f64::from(u8::from(holds)) };
                match *operator {
                    "+" => a + b,
                    "-" => a - b,
                    "*" => a * b,
                    "/" => a / b,
                    "<" => truth(a < b),
                    "<=" => truth(a <= b),
                    ">" => truth(a > b),
                    ">=" => truth(a >= b),
                    _ => a.powf(b),
                }
            }
            Self::Call(name, a) => {
                let a = at(a);
                match *name {
                    // Their accuracy is a claim of its own: `elementary_functions_are_accurate.rs`.
                    "exp" => elementary::exp(a),
                    "log" => elementary::ln(a),
                    "sqrt" => a.sqrt(),
                    "sin" => elementary::sin(a),
                    "cos" => elementary::cos(a),
                    "tan" => elementary::tan(a),
                    "sinh" => a.sinh(),
                    "cosh" => a.cosh(),
                    "tanh" => elementary::tanh(a),
                    "abs" => a.abs(),
                    _ if a == 0.0 || a.is_nan() => a,
                    _ => a.signum(),
                }
            }
        }
    }
}

impl Arbitrary for Tree {
    fn arbitrary(g: &mut Gen) -> Self {
        let depth = u32::arbitrary(g) % 6;
        Self::random(g, depth)
    }
}

/// The same number; NaN has many bit patterns.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn what_is_printed_parses_to_the_same() {
    fn formula(Formula(text): Formula) -> bool {
        let expression = parse(&text);
        parse(&expression.to_string()) == expression
    }
    // Here printing has to leave out parentheses, but not one too many.
    fn tree(tree: Tree) -> bool {
        let expression = parse(&tree.text());
        parse(&expression.to_string()) == expression
    }
    QuickCheck::new().tests(2000).quickcheck(formula as fn(Formula) -> bool);
    QuickCheck::new().tests(3000).quickcheck(tree as fn(Tree) -> bool);
}

#[test]
fn programs_compute_what_the_formula_says_to_the_bit() {
    fn holds(tree: Tree, seed: u8) -> bool {
        let at = [f64::from(seed) / 64.0 - 2.0, 1.7 - f64::from(seed) / 90.0];
        same(value(&parse(&tree.text()), 0.4, at), tree.value(0.4, at))
    }
    QuickCheck::new().tests(5000).quickcheck(holds as fn(Tree, u8) -> bool);
}

#[test]
fn many_outputs_and_registers_change_nothing() {
    // 12 outputs (on the stack), then 60 values alive at once (beyond it).
    for count in [12, 60] {
        let formulas: Vec<_> = (1..=count).map(|k| parse(&format!("sin({k}*x + y) - t/{k}"))).collect();
        let together = Program::compile(&formulas).with_outputs(0.4, &[0.3, -1.1], <[f64]>::to_vec);
        let alone: Vec<f64> = formulas.iter().map(|formula| value(formula, 0.4, [0.3, -1.1])).collect();
        assert_eq!(together, alone);
    }
}

#[test]
fn indicators_do_not_hide_nan() {
    for text in ["log(x) > 0", "0 >= sqrt(x)", "sign(log(x))", "(log(x) < 1)*2"] {
        assert!(value(&parse(text), 0.0, [-1.0, 0.0]).is_nan(), "{text}");
    }
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
    // Always the same formulas: one random one in some ten thousand turns faster than h can follow, or rounds an argument of
    // 10⁷, as sin((343 − y)³) does, and the bound does not hold there.
    let formulas = Gen::from_size_and_seed(100, 1);
    QuickCheck::new().rng(formulas).tests(2000).quickcheck(holds as fn(Formula, u8) -> bool);
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
fn derivatives_of_functions_are_those_of_the_tables() {
    type Real = fn(f64) -> f64;
    let table: [(&str, Real); 17] = [
        ("exp(x)", f64::exp),
        ("log(x)", |x| 1.0 / x),
        ("sqrt(x)", |x| 0.5 / x.sqrt()),
        ("sin(x)", f64::cos),
        ("cos(x)", |x| -x.sin()),
        ("tan(x)", |x| 1.0 / x.cos().powi(2)),
        ("sinh(x)", f64::cosh),
        ("cosh(x)", f64::sinh),
        ("tanh(x)", |x| 1.0 / x.cosh().powi(2)),
        ("atan(x)", |x| 1.0 / (1.0 + x * x)),
        ("asinh(x)", |x| 1.0 / (1.0 + x * x).sqrt()),
        ("erf(x)", |x| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp()),
        ("1/x", |x| -1.0 / (x * x)),
        ("x^-3", |x| -3.0 / x.powi(4)),
        ("x^2.5", |x| 2.5 * x.powf(1.5)),
        ("2^x", |x| 2f64.ln() * 2f64.powf(x)),
        ("x^x", |x| x.powf(x) * (x.ln() + 1.0)),
    ];
    for (text, slope) in table {
        for x in [0.3, 0.7, 1.4] {
            let ours = value(&parse(text).derivative(Variable::Space(0)), 0.0, [x, 0.0]);
            // A handful of roundings on either side; 1 − tanh² and 1 + tan² cost a few more.
            assert!(
                (ours - slope(x)).abs() <= 16.0 * f64::EPSILON * slope(x).abs().max(1.0),
                "{text} at {x}"
            );
        }
    }
}

#[test]
fn jumps_count_as_constant() {
    let slope = |text: &str| parse(text).derivative(Variable::Space(0)).to_string();
    assert_eq!(slope("x > y"), "0");
    assert_eq!(slope("sign(x)"), "0");
    assert_eq!(slope("abs(x)"), "sign(x1)");
    assert_eq!(slope("(x > 0)*x"), "x1 > 0");
    assert!(parse("1 + sign(x)").has_jump() && parse("2*(x < y)").has_jump() && !parse("abs(x)").has_jump());
}

#[test]
fn lanes_carry_the_bits_of_single_numbers() {
    fn holds(tree: Tree) -> bool {
        let expression = parse(&tree.text());
        let program = Program::compile(&[expression.clone(), expression.derivative(Variable::Space(0))]);
        let lane = |k: usize, i: usize| 0.11 * k as f64 - 0.8 + 0.37 * i as f64;
        let x = [0, 1].map(|i| Lanes(std::array::from_fn(|k| lane(k, i))));
        let mut together = [Lanes::constant(0.0); 2];
        program.evaluate(0.4, &x, &mut together);
        (0..LANES).all(|k| {
            let mut alone = [0.0; 2];
            program.evaluate(0.4, &[lane(k, 0), lane(k, 1)], &mut alone);
            (0..2).all(|j| same(alone[j], together[j].0[k]))
        })
    }
    QuickCheck::new().tests(2000).quickcheck(holds as fn(Tree) -> bool);
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
        ("Exp(x)", 0, vec!["did you mean 'exp'"]),
        ("sin x", 4, vec!["'(' after sin"]),
        ("x3", 0, vec!["unknown variable 'x3'"]),
        ("x ? y", 2, vec!["'?'"]),
        ("1e999", 0, vec!["too large"]),
        ("", 0, vec!["the end of the formula"]),
        ("x + é", 4, vec!["é"]),
        ("2x", 1, vec!["'x'", "'*'", "2*x"]),
        ("2(x + 1)", 1, vec!["'('", "'*'"]),
        ("ln(x)", 0, vec!["did you mean 'log'"]),
        ("arctan(x)", 0, vec!["did you mean 'atan'"]),
        ("x⁴", 1, vec!["'⁴'", "x^2"]),
        ("np.sin(x)", 2, vec!["'.'", "as in sin(x)"]),
    ] {
        let error = error(text);
        assert_eq!(error.position, position, "{text}: {error}");
        for fragment in fragments {
            assert!(error.message.contains(fragment), "{text}: {error} lacks {fragment}");
        }
    }
}

#[test]
fn functions_of_several_arguments_have_their_values() {
    let at = |text: &str, x: f64, y: f64| value(&parse(text), 0.5, [x, y]);
    assert_eq!(at("max(x, y, 1)", -2.0, 3.0), 3.0);
    assert_eq!(at("min(x, y, t)", -2.0, 3.0), -2.0);
    assert!(at("max(x, y)", f64::NAN, 3.0).is_nan() && at("min(x, y)", 1.0, f64::NAN).is_nan());
    assert_eq!(at("floor(x) + floor(y)", -1.5, 2.7), 0.0);
    for (y, x) in [(1.0, 2.0), (1.0, -2.0), (-1.0, 2.0), (-1.0, -2.0), (3.0, 0.0)] {
        assert_eq!(at("atan2(y, x)", x, y), f64::atan2(y, x));
    }
    // Abramowitz and Stegun 1964, table 7.1.
    assert!((at("erf(x)", 0.5, 0.0) - 0.520_499_877_8).abs() < 1e-10);
    let slope = |text: &str, x: f64, y: f64| value(&parse(text).derivative(Variable::Space(0)), 0.0, [x, y]);
    assert_eq!(slope("max(x^2, y)", 2.0, 1.0), 4.0);
    assert_eq!(slope("max(x^2, y)", 2.0, 5.0), 0.0);
    assert_eq!(slope("min(x^2, y)", 2.0, 5.0), 4.0);
    assert_eq!(slope("atan2(y, x)", 3.0, 4.0), -4.0 / 25.0);
    assert!(
        parse("floor(x)").has_jump() && parse("atan2(y, x)").has_jump() && !parse("max(x, y)").has_jump()
    );
    assert!(
        parse("max(x, y)").has_kink() && !parse("max(x, y)").is_smooth() && parse("erf(atan(x))").is_smooth()
    );
}

/// Places where floor and atan2 jump, and bounds over boxes that hold every value.
#[test]
fn jumps_and_bounds_of_new_functions() {
    let jumps = |text: &str| parse(text).jumps(Variable::Space(0), [-1.5, 2.4]);
    let places = jumps("floor(x)");
    assert!(places.len() == 4, "{places:?}");
    assert!(places.iter().zip([-1.0, 0.0, 1.0, 2.0]).all(|(own, at)| (own - at).abs() < 1e-9), "{places:?}");
    fn holds(Formula(text): Formula, low: [i8; 2], width: [u8; 2]) -> bool {
        let expression = parse(&text);
        let side = |i: usize| {
            let low = f64::from(low[i]) / 32.0;
            [low, low + f64::from(width[i]) / 64.0]
        };
        let [x, y] = [side(0), side(1)];
        let [lowest, highest] = expression.range([0.4; 2], &[x, y]);
        (0..25).all(|k| {
            let place = |[low, high]: [f64; 2], share: f64| low + share * (high - low);
            let own = value(
                &expression,
                0.4,
                [place(x, 0.25 * f64::from(k % 5)), place(y, 0.25 * f64::from(k / 5))],
            );
            let rounding = 1e-9 * (1.0 + own.abs());
            own.is_nan() || (lowest - rounding <= own && own <= highest + rounding)
        })
    }
    let formulas = Gen::from_size_and_seed(100, 2);
    QuickCheck::new().rng(formulas).tests(2000).quickcheck(holds as fn(Formula, [i8; 2], [u8; 2]) -> bool);
    let angle = parse("atan2(y, x)");
    let quadrant = |x: [f64; 2], y: [f64; 2]| angle.range([0.0; 2], &[x, y]);
    let [low, high] = quadrant([-2.0, -1.0], [1.0, 2.0]);
    assert!(
        low <= f64::atan2(1.0, -2.0) && high >= f64::atan2(2.0, -1.0) && high - low < 0.7,
        "{low} {high}"
    );
    assert_eq!(quadrant([-2.0, -1.0], [-1.0, 1.0]), [-PI, PI]);
}

#[test]
fn sums_and_products_run_over_the_components() {
    let five = Scope { dimension: 5, ..Scope::default() };
    let at = |text: &str, x: &[f64]| {
        let expression = Expression::parse(text, &five).unwrap_or_else(|error| panic!("{text}: {error}"));
        let mut out = [0.0];
        Program::compile(std::slice::from_ref(&expression)).evaluate(0.0, x, &mut out);
        out[0]
    };
    let x = [1.0, 2.0, 3.0, 4.0, 5.0];
    assert_eq!(at("sum(i, x[i]^2)/2", &x), 27.5);
    assert_eq!(at("product(i, x[i]) + x[2]", &x), 122.0);
    assert_eq!(at("sum(i, i*x[i]) - sum(k, sum(j, (j < k)*x[j]*x[k]))", &x), 55.0 - 85.0);
    for (text, fragments) in [
        ("sum(i, x[i]", vec!["')'", "character 4"]),
        ("sum(x1, x1)", vec!["'x1' for an index", "a name without a meaning"]),
        ("sum(2, x1)", vec!["as in sum(i, x[i]^2)"]),
        ("x[i]", vec!["no component of x", "from 1 to 5"]),
        ("x[6]", vec!["no component of x", "from 1 to 5"]),
        ("sum(i, sum(i, x[i]))", vec!["'i' for an index"]),
        ("max(x1)", vec!["another argument of max"]),
        ("atan2(x1, x2, x3)", vec!["','", "')'"]),
    ] {
        let error = Expression::parse(text, &five).expect_err(text);
        for fragment in fragments {
            assert!(error.message.contains(fragment), "{text}: {error} lacks {fragment}");
        }
    }
    let wide = Scope { dimension: 1000, ..Scope::default() };
    assert!(Expression::parse("sum(i, x[i]^2)", &wide).is_ok());
    let error = Expression::parse("sum(i, sum(j, x[i]*x[j]))", &wide).unwrap_err();
    assert!(error.message.contains("131072"), "{error}");
}

/// Definitions stand for their formulas, and cannot be doubled without end.
#[test]
fn definitions_stand_for_their_formulas() {
    let mut scope = scope();
    for (name, text) in [("r2", "x^2 + y^2"), ("decay", "exp(-t)*r2")] {
        let own = Expression::parse(text, &scope).unwrap();
        scope.definitions.insert(name.into(), own);
    }
    let both = Expression::parse("decay + r2", &scope).unwrap();
    assert_eq!(value(&both, 0.0, [1.0, 2.0]), 10.0);
    assert!(both.depends_on(Variable::Time));
    let still = Scope { time: false, ..scope.clone() };
    assert!(Expression::parse("r2", &still).is_ok());
    assert!(Expression::parse("decay", &still).unwrap_err().message.contains("reads t"));
    let mut doubled = "r2".to_string();
    let mut refused = None;
    for k in 0..60 {
        match Expression::parse(&format!("{doubled} + {doubled}"), &scope) {
            Ok(own) => drop(scope.definitions.insert(format!("d{k}"), own)),
            Err(error) => {
                refused = Some(error.message);
                break;
            }
        }
        doubled = format!("d{k}");
    }
    assert!(refused.is_some_and(|message| message.contains("131072")), "2⁶⁰ terms were taken");
}

#[test]
fn hostile_formulas_are_refused_politely() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(100_000) + "x",
        "x^".repeat(50_000) + "x",
        "x+".repeat(100_000) + "x",
        "(".repeat(1000),
        "-".repeat(1000) + "x",
        "x^".repeat(1000) + "x",
        "x+".repeat(2000) + "x",
    ] {
        assert!(error(&text).message.contains("formula"), "{}", error(&text).message);
    }
    let long = "x*y+".repeat(500) + "x";
    assert!(value(&parse(&long).derivative(Variable::Space(0)), 0.0, [1.0, 2.0]) == 1001.0);
    // The second derivative of a product has cubically many terms; as shared parts they are few.
    let product = parse(&("x*".repeat(900) + "x"));
    let curvature = product.derivative(Variable::Space(0)).derivative(Variable::Space(0));
    assert_eq!(value(&curvature, 0.0, [1.0, 0.0]), 901.0 * 900.0);
    fn never_panics(text: String) -> bool {
        Expression::parse(&text, &scope()).is_ok() || !error(&text).message.is_empty()
    }
    QuickCheck::new().tests(5000).quickcheck(never_panics as fn(String) -> bool);
}
