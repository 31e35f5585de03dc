//! Functions in code are leaves of formulas: values, slopes with and without their author's, and one call for many batches.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wfr::algebra::{LANES, Lanes, Real, Scalar};
use wfr::model::expression::{Scope, gathered};
use wfr::model::{BatchFunction, Code, Expression, Program, Variable};

/// (sin(x₁) x₂ + t, x₁² x₂³), which notes how many points each call has.
struct Pair {
    slopes: bool,
    calls: Arc<Mutex<Vec<usize>>>,
}

impl BatchFunction for Pair {
    fn values(&self, t: f64, points: &[f64], out: &mut [f64]) {
        self.calls.lock().unwrap().push(points.len() / 2);
        for (x, out) in points.chunks_exact(2).zip(out.chunks_exact_mut(2)) {
            out.copy_from_slice(&[x[0].sin() * x[1] + t, x[0] * x[0] * x[1] * x[1] * x[1]]);
        }
    }
    fn slopes(&self, _t: f64, points: &[f64], out: &mut [f64]) {
        for (x, out) in points.chunks_exact(2).zip(out.chunks_exact_mut(4)) {
            let (a, b) = (x[0], x[1]);
            out.copy_from_slice(&[a.cos() * b, a.sin(), 2.0 * a * b * b * b, 3.0 * a * a * b * b]);
        }
    }
    fn has_slopes(&self) -> bool {
        self.slopes
    }
}

/// The function as a leaf of formulas, f1 and f2, and its calls.
fn pair(slopes: bool) -> (Scope, Arc<Mutex<Vec<usize>>>) {
    let calls = Arc::default();
    let function = Arc::new(Pair { slopes, calls: Arc::clone(&calls) });
    let code =
        Arc::new(Code { name: "f".into(), dimension: 2, outputs: 2, timed: true, smooth: true, function });
    let leaf = |output| (format!("f{}", output + 1), Expression::code(code.clone(), output));
    let scope = Scope {
        momenta: false,
        dimension: 2,
        time: true,
        columns: Vec::new(),
        definitions: [leaf(0), leaf(1)].into(),
        constants: BTreeMap::new(),
    };
    (scope, calls)
}

/// The same formulas, written out.
fn written(text: &str) -> Expression {
    let text = text.replace("f1", "(sin(x)*y + t)").replace("f2", "(x*x*y*y*y)");
    let scope = Scope { definitions: BTreeMap::new(), ..pair(true).0 };
    Expression::parse(&text, &scope).unwrap()
}

fn value(formula: &Expression, t: f64, x: [f64; 2]) -> f64 {
    let mut out = [0.0];
    Program::compile(std::slice::from_ref(formula)).evaluate(t, &x, &mut out);
    out[0]
}

const FORMULAS: [&str; 4] = ["f1", "f1*f2 - x^2", "exp(-f1^2)", "t*f2/(1 + f1^2)"];
const PLACES: [[f64; 2]; 4] = [[0.3, -1.2], [0.0, 0.0], [2.5, 0.7], [-1.0, 3.0]];

/// Distance relative to the size of the larger.
fn apart(a: f64, b: f64) -> f64 {
    (a - b).abs() / (1.0 + a.abs().max(b.abs()))
}

#[test]
fn values_and_slopes_are_those_of_the_formula() {
    // Differences of order 4 err by h⁴ f⁽⁵⁾/30 + ε/h, h = ε^{1/5} = 7e-4: 1e-12 times derivatives up to a hundred. For second ones,
    // from slopes so too; from values h = ε^{1/6} = 2.5e-3, and 4e-11 times these.
    for (slopes, allowed) in [(true, [1e-14, 1e-14, 1e-9]), (false, [1e-14, 1e-9, 1e-7])] {
        let (scope, _) = pair(slopes);
        for text in FORMULAS {
            let (mut own, mut exact) = (Expression::parse(text, &scope).unwrap(), written(text));
            for (order, allowed) in allowed.into_iter().enumerate() {
                for x in PLACES {
                    let (found, expected) = (value(&own, 0.4, x), value(&exact, 0.4, x));
                    let scale = format!("{text}, order {order}, slopes {slopes}, x = {x:?}");
                    assert!(apart(found, expected) < allowed, "{scale}: {found} for {expected}");
                }
                let axis = Variable::Space(order % 2);
                (own, exact) = (own.derivative(axis), exact.derivative(axis));
            }
        }
    }
}

#[test]
fn what_it_has_not_is_not_a_number() {
    let (scope, _) = pair(true);
    let own = Expression::parse("f1", &scope).unwrap();
    let x = Variable::Space(0);
    assert!(value(&own.derivative(Variable::Time), 0.0, [1.0, 1.0]).is_nan());
    assert!(value(&own.derivative(x).derivative(x).derivative(x), 0.0, [1.0, 1.0]).is_nan());
    assert!(own.depends_on(Variable::Time) && own.has_code() && own.is_smooth());
    assert_eq!(own.derivative(Variable::Space(1)).to_string(), "f1'x2");
}

#[test]
fn lanes_have_the_bits_of_numbers_and_one_call_is_enough() {
    let (scope, calls) = pair(false);
    let program = Program::compile(&FORMULAS.map(|text| Expression::parse(text, &scope).unwrap()));
    let mut x = [Lanes::zero(); 2];
    for lane in 0..LANES {
        x[0].set_lane(lane, 0.01 * lane as f64);
        x[1].set_lane(lane, 1.0 - 0.02 * lane as f64);
    }
    let mut out = [Lanes::zero(); 4];
    program.evaluate(0.25, &x, &mut out);
    assert_eq!(*calls.lock().unwrap(), [LANES], "all formulas share the values");
    for lane in 0..LANES {
        let mut alone = [0.0; 4];
        program.evaluate(0.25, &[x[0].lane(lane), x[1].lane(lane)], &mut alone);
        assert_eq!(alone, out.map(|values| values.lane(lane)));
    }
}

#[test]
fn batches_are_gathered_and_run_until_all_is_known() {
    let (scope, calls) = pair(true);
    let program = Program::compile(&[Expression::parse("f1", &scope).unwrap()]);
    let f = |t: f64, x: [f64; 2]| {
        let mut out = [0.0];
        program.evaluate(t, &x, &mut out);
        out[0]
    };
    // f at the place that f gives: the second call depends on the first.
    let twice = |k: usize| f(0.5, [f(0.25, [k as f64, 1.0]), 2.0]);
    let expected: Vec<f64> = (0..10).map(twice).collect();
    calls.lock().unwrap().clear();
    let mut found = vec![0.0; 10];
    let runs = AtomicUsize::new(0);
    gathered(10, |k, _| {
        runs.fetch_add(1, Ordering::Relaxed);
        found[k] = twice(k);
    });
    assert_eq!(found, expected);
    assert_eq!(*calls.lock().unwrap(), [10, 10], "one call for each of the two");
    assert_eq!(runs.into_inner(), 30);
    // Units that ask at different times, and those that ask for nothing.
    calls.lock().unwrap().clear();
    gathered(6, |k, _| found[k] = if k < 4 { f((k % 2) as f64, [1.0, k as f64]) } else { 7.0 });
    assert_eq!(*calls.lock().unwrap(), [2, 2]);
    let alone: Vec<f64> = (0..4).map(|k| f((k % 2) as f64, [1.0, k as f64])).chain([7.0, 7.0]).collect();
    assert_eq!(found[..6], alone);
}
