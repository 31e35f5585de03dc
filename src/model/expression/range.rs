//! Bounds of a formula over a box, by interval arithmetic (Moore 1966). They locate jumps, and give the mean over a box
//! without missing a narrow feature.

use super::{Expression, Function, Node, Operator, Program, Variable};
use statrs::function::erf::erf;
use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::sync::Arc;

/// [lowest, highest].
pub type Interval = [f64; 2];

/// Every value.
const EVERYTHING: Interval = [f64::NEG_INFINITY, f64::INFINITY];
/// Halvings of an interval in which a jump is looked for.
const HALVINGS: usize = 50;
/// Intervals that may hold a jump at one time; of a formula that jumps more often no jump is reported.
const MOST_CANDIDATES: usize = 4096;
/// Nodes of the two-point Gauss rule on [−1, 1].
const NODE: f64 = 0.577_350_269_189_625_7;
/// Bounds of the halves of a box along all axes that are at most this share as wide as its own hold nothing hidden: those of a
/// straight line are half as wide, those of what is narrower than a half are as wide.
const SHRINKS: f64 = 0.75;
/// Share of what the nodes show by which the rule may change when its box is halved.
const STEADY: f64 = 0.02;
/// Boxes that a mean may look at, along one axis and along several.
const BUDGET: [usize; 2] = [2000, 256];

impl Expression {
    /// Bounds of the values at all times in `time` and points of the box `x` (d intervals), exact but for rounding; wider than
    /// the values are where a variable occurs more than once.
    pub fn range(&self, time: Interval, x: &[Interval]) -> Interval {
        let [low, high] = match &*self.0 {
            Node::Constant(value) => [*value; 2],
            Node::Variable(Variable::Time) => time,
            Node::Variable(Variable::Space(i)) => x[*i],
            Node::Code(_) => EVERYTHING,
            Node::Negate(a) => {
                let [low, high] = a.range(time, x);
                [-high, -low]
            }
            Node::Call(function, a) => function.range(a.range(time, x)),
            Node::Binary(Operator::Multiply, a, b) if Arc::ptr_eq(&a.0, &b.0) => power(a.range(time, x), 2.0),
            Node::Binary(Operator::Power, a, b) => match b.as_constant() {
                Some(exponent) => power(a.range(time, x), exponent),
                None => {
                    let log = Function::Log.range(a.range(time, x));
                    Function::Exp.range(product(b.range(time, x), log))
                }
            },
            Node::Binary(operator, a, b) => operator.range(a.range(time, x), b.range(time, x)),
        };
        if low.is_nan() || high.is_nan() { EVERYTHING } else { [low, high] }
    }

    /// The places between two ends at which a comparison, a sign, a whole part or an angle in the formula may jump, in rising
    /// order, of those that depend on `variable` alone.
    pub fn jumps(&self, variable: Variable, within: Interval) -> Vec<f64> {
        let mut deciders = Vec::new();
        self.collect_deciders(&mut deciders);
        let alone = |u: &&Self| {
            u.depends_on(variable)
                && !u.any(&|node| match node {
                    Node::Variable(other) => *other != variable,
                    node => matches!(node, Node::Code(_)),
                })
        };
        let mut found: Vec<f64> =
            deciders.iter().filter(alone).flat_map(|u| u.changes_of_sign(variable, within)).collect();
        found.sort_by(f64::total_cmp);
        let apart = 1e-12 * (within[1] - within[0]);
        found.dedup_by(|a, b| *a - *b <= apart);
        found.retain(|place| *place > within[0] + apart && *place < within[1] - apart);
        found
    }

    /// What changes its sign where something jumps.
    fn collect_deciders(&self, out: &mut Vec<Self>) {
        match &*self.0 {
            Node::Constant(_) | Node::Variable(_) | Node::Code(_) => {}
            Node::Negate(a) => a.collect_deciders(out),
            Node::Call(function, a) => {
                match function {
                    Function::Sign => out.push(a.clone()),
                    // sin(πu) changes its sign where u is whole.
                    Function::Floor => {
                        let turns = Self::product(Self::constant(PI), a.clone());
                        out.push(Self::new(Node::Call(Function::Sin, turns)));
                    }
                    _ => {}
                }
                a.collect_deciders(out);
            }
            Node::Binary(operator, a, b) => {
                if operator.compares() {
                    out.push(Self::new(Node::Binary(Operator::Subtract, a.clone(), b.clone())));
                } else if *operator == Operator::Angle {
                    out.push(a.clone());
                }
                a.collect_deciders(out);
                b.collect_deciders(out);
            }
        }
    }

    /// Of a formula of `variable` alone, by halving what may hold a zero.
    fn changes_of_sign(&self, variable: Variable, within: Interval) -> Vec<f64> {
        let axis = match variable {
            Variable::Time => 0,
            Variable::Space(i) => i,
        };
        let bounds = |own: Interval| {
            let mut x = vec![[0.0; 2]; axis + 1];
            x[axis] = own;
            self.range(own, &x)
        };
        let mut candidates = vec![within];
        for _ in 0..HALVINGS {
            let halves = candidates.iter().flat_map(|[low, high]| {
                let middle = 0.5 * (low + high);
                [[*low, middle], [middle, *high]]
            });
            candidates = halves
                .filter(|own| {
                    let [low, high] = bounds(*own);
                    low <= 0.0 && high >= 0.0
                })
                .collect();
            if candidates.len() > MOST_CANDIDATES {
                return Vec::new();
            }
        }
        let switches = |[low, high]: &&Interval| {
            let [before, after] = [low, high].map(|place| bounds([*place; 2])[0]);
            before.signum() != after.signum() || before == 0.0 || after == 0.0
        };
        candidates.iter().filter(switches).map(|[low, high]| 0.5 * (low + high)).collect()
    }
}

/// The mean of a formula over boxes of time and space, from its values at nodes, in parts that are halved until the bounds of
/// the formula leave no room for what the nodes do not see.
pub struct Mean<'a> {
    expression: &'a Expression,
    program: Program,
    tolerance: f64,
    left: usize,
}

impl<'a> Mean<'a> {
    /// Of `expression`; where its bounds are within `tolerance`, nothing is looked for.
    pub fn new(expression: &'a Expression, tolerance: f64) -> Self {
        Self { expression, program: Program::compile(std::slice::from_ref(expression)), tolerance, left: 0 }
    }

    /// f(t, x).
    pub fn value(&self, time: f64, x: &[f64]) -> f64 {
        let mut out = [0.0];
        self.program.evaluate(time, x, &mut out);
        out[0]
    }

    /// Over the times of `time` and the box `x`; either may be a point.
    pub fn over(&mut self, time: Interval, x: &[Interval]) -> f64 {
        let place: Vec<Interval> = [time].into_iter().chain(x.iter().copied()).collect();
        let (mean, _) = self.gauss(&place);
        let wide: Vec<usize> = (0..place.len()).filter(|&k| place[k][1] > place[k][0]).collect();
        self.left = BUDGET[usize::from(wide.len() > 1)];
        let [low, high] = self.expression.range(place[0], &place[1..]);
        if wide.is_empty() { mean } else { self.refine(&place, &wide, high - low) }
    }

    /// The mean over `place`, whose bounds are `width` wide. Where nothing is hidden, halves have bounds half as wide.
    fn refine(&mut self, place: &[Interval], wide: &[usize], width: f64) -> f64 {
        let (mean, spread) = self.gauss(place);
        if width <= self.tolerance || self.left == 0 {
            return mean;
        }
        let parts: Vec<(Vec<Interval>, f64, f64)> = halves(place, wide)
            .map(|part| {
                let [low, high] = self.expression.range(part[0], &part[1..]);
                let (mean, _) = self.gauss(&part);
                (part, high - low, mean)
            })
            .collect();
        self.left = self.left.saturating_sub(parts.len());
        let count = parts.len() as f64;
        let finer = parts.iter().map(|part| part.2).sum::<f64>() / count;
        let steady = (finer - mean).abs() <= STEADY * spread;
        let own = |(part, own, mean): (Vec<Interval>, f64, f64)| {
            if steady && own <= SHRINKS * width { mean } else { self.refine(&part, wide, own) }
        };
        parts.into_iter().map(own).sum::<f64>() / count
    }

    /// The product rule of two nodes along each axis, and how far apart the values at its nodes are.
    fn gauss(&self, place: &[Interval]) -> (f64, f64) {
        let nodes = 1usize << place.iter().filter(|[low, high]| high > low).count();
        let mut point = vec![0.0; place.len()];
        let (mut sum, mut lowest, mut highest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for node in 0..nodes {
            let mut bits = node;
            for (coordinate, [low, high]) in point.iter_mut().zip(place) {
                *coordinate = 0.5 * (low + high);
                if high > low {
                    let sign = if bits & 1 == 1 { 1.0 } else { -1.0 };
                    *coordinate += 0.5 * (high - low) * sign * NODE;
                    bits >>= 1;
                }
            }
            let value = self.value(point[0], &point[1..]);
            sum += value;
            (lowest, highest) = (lowest.min(value), highest.max(value));
        }
        (sum / nodes as f64, highest - lowest)
    }
}

/// The boxes that have half of `place` along each axis of `wide`.
fn halves<'a>(place: &'a [Interval], wide: &'a [usize]) -> impl Iterator<Item = Vec<Interval>> + 'a {
    (0..1usize << wide.len()).map(move |number| {
        let mut part = place.to_vec();
        for (k, &axis) in wide.iter().enumerate() {
            let [low, high] = place[axis];
            let middle = 0.5 * (low + high);
            part[axis] = if number >> k & 1 == 1 { [middle, high] } else { [low, middle] };
        }
        part
    })
}

impl Expression {
    /// Whether the bounds over the halves of a box of space along all axes are so much narrower than those over all of it that
    /// it hides nothing.
    pub fn hides_nothing(&self, time: f64, x: &[Interval], tolerance: f64) -> bool {
        let width = |x: &[Interval]| {
            let [low, high] = self.range([time; 2], x);
            high - low
        };
        let (whole, axes) = (width(x), (0..x.len()).collect::<Vec<_>>());
        whole <= tolerance || halves(x, &axes).all(|part| width(&part) <= SHRINKS * whole)
    }
}

impl Operator {
    /// Bounds of a ∘ b for all but powers.
    fn range(self, a: Interval, b: Interval) -> Interval {
        let known = |always: bool, never: bool| match (always, never) {
            (true, _) => [1.0; 2],
            (_, true) => [0.0; 2],
            _ => [0.0, 1.0],
        };
        match self {
            Self::Add => [a[0] + b[0], a[1] + b[1]],
            Self::Subtract => [a[0] - b[1], a[1] - b[0]],
            Self::Multiply => product(a, b),
            Self::Divide if b[0] <= 0.0 && b[1] >= 0.0 => EVERYTHING,
            Self::Divide => product(a, [1.0 / b[1], 1.0 / b[0]]),
            Self::Power => EVERYTHING,
            Self::Less | Self::LessOrEqual => known(a[1] < b[0], a[0] > b[1]),
            Self::Greater | Self::GreaterOrEqual => known(a[0] > b[1], a[1] < b[0]),
            Self::Maximum => [a[0].max(b[0]), a[1].max(b[1])],
            Self::Minimum => [a[0].min(b[0]), a[1].min(b[1])],
            // Off the cut, by the tangent or its inverse.
            Self::Angle if b[0] > 0.0 => Function::Atan.range(Self::Divide.range(a, b)),
            Self::Angle if a[0] > 0.0 || a[1] < 0.0 => {
                let [low, high] = Function::Atan.range(Self::Divide.range(b, a));
                let turn = FRAC_PI_2.copysign(a[0]);
                [turn - high, turn - low]
            }
            Self::Angle => [-PI, PI],
        }
    }
}

impl Function {
    /// Bounds of f over an interval; over that part of it where f is a number.
    fn range(self, [low, high]: Interval) -> Interval {
        let rising = |f: &dyn Fn(f64) -> f64| [f(low), f(high)];
        match self {
            Self::Exp => rising(&f64::exp),
            Self::Log => rising(&|a| a.max(0.0).ln()),
            Self::Sqrt => rising(&|a| a.max(0.0).sqrt()),
            Self::Sin => sine([low, high]),
            Self::Cos => sine([low + FRAC_PI_2, high + FRAC_PI_2]),
            Self::Tan => {
                let branch = |a: f64| (a / PI + 0.5).floor();
                if branch(low) == branch(high) { rising(&f64::tan) } else { EVERYTHING }
            }
            Self::Sinh => rising(&f64::sinh),
            Self::Cosh => Self::Abs.range([low, high]).map(f64::cosh),
            Self::Tanh => rising(&f64::tanh),
            Self::Atan => rising(&f64::atan),
            Self::Asinh => rising(&f64::asinh),
            Self::Erf => rising(&erf),
            Self::Floor => rising(&f64::floor),
            Self::Abs if low <= 0.0 && high >= 0.0 => [0.0, high.max(-low)],
            Self::Abs => [low.abs().min(high.abs()), low.abs().max(high.abs())],
            Self::Sign => rising(&|a| if a == 0.0 { a } else { a.signum() }),
        }
    }
}

fn sine([low, high]: Interval) -> Interval {
    if high - low >= TAU || (high - low).is_nan() {
        return [-1.0, 1.0];
    }
    let holds = |phase: f64| phase + ((low - phase) / TAU).ceil() * TAU <= high;
    let (a, b) = (low.sin(), high.sin());
    [if holds(-FRAC_PI_2) { -1.0 } else { a.min(b) }, if holds(FRAC_PI_2) { 1.0 } else { a.max(b) }]
}

fn product(a: Interval, b: Interval) -> Interval {
    // 0 · ∞ is a bound of 0: the other factor is as large as any number, not infinite.
    let times = |a: f64, b: f64| if a == 0.0 || b == 0.0 { 0.0 } else { a * b };
    let all = [times(a[0], b[0]), times(a[0], b[1]), times(a[1], b[0]), times(a[1], b[1])];
    if all.iter().any(|value| value.is_nan()) {
        return EVERYTHING;
    }
    [all.iter().copied().fold(f64::INFINITY, f64::min), all.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
}

/// aⁿ for a constant n.
fn power(a: Interval, n: f64) -> Interval {
    let whole = n.fract() == 0.0;
    let holds_zero = a[0] <= 0.0 && a[1] >= 0.0;
    match (whole, n % 2.0 == 0.0) {
        (true, true) if n >= 0.0 => Function::Abs.range(a).map(|a| a.powf(n)),
        (true, true) => {
            let [low, high] = Function::Abs.range(a).map(|a| a.powf(n));
            [high, low]
        }
        (true, false) if n > 0.0 => a.map(|a| a.powf(n)),
        (true, false) if holds_zero => EVERYTHING,
        (true, false) => [a[1].powf(n), a[0].powf(n)],
        (false, _) if a[1] < 0.0 => EVERYTHING,
        (false, _) => {
            let [low, high] = a.map(|a| a.max(0.0).powf(n));
            [low.min(high), low.max(high)]
        }
    }
}
