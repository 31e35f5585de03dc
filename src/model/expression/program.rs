mod builder;

use super::code::Code;
use super::{Expression, Function, Operator, gather};
use crate::algebra::Real;
use crate::algebra::simd::vectorized;
use builder::Builder;
use std::sync::Arc;

/// Outputs that fit on the stack.
const SMALL: usize = 8;
const LARGE: usize = 32;

/// Formulas compiled to a tape of instructions: common parts are computed once, integer powers are
/// products, and evaluation allocates nothing (up to 32 registers and 32 outputs).
#[derive(Clone, Debug)]
pub struct Program {
    instructions: Vec<Instruction<Target>>,
    /// Where each output comes from; `None` for one that an instruction writes itself.
    outputs: Vec<Option<Source>>,
    registers: usize,
    /// The functions in code, whose values come before everything else.
    calls: Vec<Call>,
}

/// All derivatives of one order of a function in code.
#[derive(Clone, Debug)]
struct Call {
    code: Arc<Code>,
    order: usize,
}

/// Where an instruction puts its value.
#[derive(Clone, Copy, Debug)]
enum Target {
    Register(usize),
    /// Straight to this output: nothing else reads the value.
    Output(usize),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Constant(f64),
    Time,
    Space(usize),
    Register(usize),
    /// A value of the functions in code, counted through all of them.
    Code(usize),
}

#[derive(Clone, Copy, Debug)]
struct Instruction<T> {
    operation: Operation,
    target: T,
    a: Source,
    b: Source,
    /// What is done with a product, and with which operand, in the same pass over the lanes.
    then: Option<(Then, Source)>,
}

/// What is done with the product of two operands and a third one; each operation is rounded by itself.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// a·b + c, as c + a·b is too.
    Add,
    /// a·b − c.
    Subtract,
    /// c − a·b.
    SubtractFrom,
    /// (a·b)·c.
    Multiply,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Negate,
    Binary(Operator),
    Call(Function),
}

impl Instruction<usize> {
    /// What it reads.
    fn sources(&self) -> impl Iterator<Item = Source> + use<> {
        [self.a, self.b].into_iter().chain(self.then.map(|(_, c)| c))
    }
}

impl Program {
    /// Compiles several formulas into one tape.
    pub fn compile(expressions: &[Expression]) -> Self {
        let mut builder = Builder::default();
        let outputs: Vec<Source> = expressions.iter().map(|expression| builder.visit(expression)).collect();
        builder.finish(outputs)
    }

    /// Evaluates all formulas at time `t` and point `x` (d entries) into `out`.
    pub fn evaluate<R: Real>(&self, t: f64, x: &[R], out: &mut [R]) {
        match self.calls.iter().map(|call| call.code.size(call.order)).sum() {
            0 => self.evaluate_with((t, x, &[]), out),
            1 => {
                let mut code = [R::zero()];
                self.call(t, x, &mut code);
                self.evaluate_with((t, x, &code), out);
            }
            size => {
                let mut code = vec![R::zero(); size];
                self.call(t, x, &mut code);
                self.evaluate_with((t, x, &code), out);
            }
        }
    }

    /// Evaluates all formulas at (time, point), with the values of functions in code, into `out`.
    fn evaluate_with<R: Real>(&self, inputs: (f64, &[R], &[R]), out: &mut [R]) {
        match self.registers {
            0 => self.run_vectorized(inputs, &mut [], out),
            1 => self.run_vectorized(inputs, &mut [R::zero(); 1], out),
            2 => self.run_vectorized(inputs, &mut [R::zero(); 2], out),
            3 => self.run_vectorized(inputs, &mut [R::zero(); 3], out),
            4 => self.run_vectorized(inputs, &mut [R::zero(); 4], out),
            5..=8 => self.run_vectorized(inputs, &mut [R::zero(); SMALL], out),
            9..=LARGE => self.run_vectorized(inputs, &mut [R::zero(); LARGE], out),
            registers => self.run_vectorized(inputs, &mut vec![R::zero(); registers], out),
        }
    }

    /// Writes the values of all functions in code.
    fn call<R: Real>(&self, t: f64, x: &[R], mut out: &mut [R]) {
        for Call { code, order } in &self.calls {
            let (own, rest) = out.split_at_mut(code.size(*order));
            match x.get(..code.dimension) {
                Some(x) => gather::write(code, *order, t, x, own),
                // Where there is no state, as in a function of t alone, there is no value.
                None => own.fill(R::constant(f64::NAN)),
            }
            out = rest;
        }
    }

    /// Whether a function in code is called.
    pub fn has_code(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Never inlined: its many loops need compiling once.
    #[inline(never)]
    fn run_vectorized<R: Real>(&self, inputs: (f64, &[R], &[R]), registers: &mut [R], out: &mut [R]) {
        vectorized(
            #[inline(always)]
            || self.run(inputs, registers, out),
        );
    }

    /// The values of all formulas, if none depends on t or x.
    pub fn constants(&self) -> Option<Vec<f64>> {
        let constant = |source: &Option<Source>| match source {
            Some(Source::Constant(value)) => Some(*value),
            _ => None,
        };
        self.outputs.iter().map(constant).collect()
    }

    /// Evaluates all formulas and hands the values to `f`.
    pub fn with_outputs<R: Real, T>(&self, t: f64, x: &[R], f: impl FnOnce(&[R]) -> T) -> T {
        let count = self.outputs.len();
        if count <= SMALL {
            let mut out = [R::zero(); SMALL];
            self.evaluate(t, x, &mut out[..count]);
            f(&out[..count])
        } else if count <= LARGE {
            let mut out = [R::zero(); LARGE];
            self.evaluate(t, x, &mut out[..count]);
            f(&out[..count])
        } else {
            let mut out = vec![R::zero(); count];
            self.evaluate(t, x, &mut out);
            f(&out)
        }
    }

    #[inline(always)]
    fn run<R: Real>(&self, (t, x, code): (f64, &[R], &[R]), registers: &mut [R], out: &mut [R]) {
        for instruction in &self.instructions {
            // Never the register of an operand, so that results go straight to their place.
            let (before, target, after) = match instruction.target {
                Target::Output(i) => (&registers[..], &mut out[i], &[][..]),
                Target::Register(i) => {
                    let (before, rest) = registers.split_at_mut(i);
                    let (target, after) = rest.split_first_mut().expect("every instruction has a register");
                    (&*before, target, &*after)
                }
            };
            let place = |i: usize| if i < before.len() { &before[i] } else { &after[i - before.len() - 1] };
            let operand = |source| match source {
                Source::Constant(value) => Operand::Constant(value),
                Source::Time => Operand::Constant(t),
                Source::Space(i) => Operand::Lanes(&x[i]),
                Source::Register(i) => Operand::Lanes(place(i)),
                Source::Code(i) => Operand::Lanes(&code[i]),
            };
            let (a, b) = (operand(instruction.a), operand(instruction.b));
            match instruction.then {
                None => instruction.operation.apply(a, b, target),
                Some((then, c)) => then.apply(a, b, operand(c), target),
            }
        }
        for (value, source) in out.iter_mut().zip(&self.outputs) {
            *value = match *source {
                None => continue,
                Some(Source::Constant(value)) => R::constant(value),
                Some(Source::Time) => R::constant(t),
                Some(Source::Space(i)) => x[i],
                Some(Source::Register(i)) => registers[i],
                Some(Source::Code(i)) => code[i],
            };
        }
    }
}

/// What an instruction reads.
#[derive(Clone, Copy)]
enum Operand<'a, R> {
    Constant(f64),
    Lanes(&'a R),
}

impl Operation {
    #[inline(always)]
    fn apply<R: Real>(self, a: Operand<'_, R>, b: Operand<'_, R>, target: &mut R) {
        match self {
            Self::Negate => combine(a, a, target, |a, _| -a),
            Self::Binary(Operator::Add) => combine(a, b, target, |a, b| a + b),
            Self::Binary(Operator::Subtract) => combine(a, b, target, |a, b| a - b),
            Self::Binary(Operator::Multiply) => combine(a, b, target, |a, b| a * b),
            Self::Binary(Operator::Divide) => combine(a, b, target, |a, b| a / b),
            Self::Binary(operator) => combine(a, b, target, |a, b| operator.apply(a, b)),
            Self::Call(function) => {
                *target = function.apply(match a {
                    Operand::Constant(value) => R::constant(value),
                    Operand::Lanes(a) => *a,
                });
            }
        }
    }
}

impl Then {
    #[inline(always)]
    fn apply<R: Real>(self, a: Operand<'_, R>, b: Operand<'_, R>, c: Operand<'_, R>, target: &mut R) {
        match self {
            Self::Add => combine_three(a, b, c, target, |product, c| product + c),
            Self::Subtract => combine_three(a, b, c, target, |product, c| product - c),
            Self::SubtractFrom => combine_three(a, b, c, target, |product, c| c - product),
            Self::Multiply => combine_three(a, b, c, target, |product, c| product * c),
        }
    }
}

/// target = f(a·b, c).
#[inline(always)]
fn combine_three<R: Real>(
    a: Operand<'_, R>,
    b: Operand<'_, R>,
    c: Operand<'_, R>,
    target: &mut R,
    f: impl Fn(f64, f64) -> f64,
) {
    let product = |a: f64, b: f64| a * b;
    match (a, b, c) {
        (Operand::Lanes(a), Operand::Lanes(b), Operand::Lanes(c)) => {
            target.assign_zip_three(a, b, c, |a, b, c| f(product(a, b), c))
        }
        (Operand::Lanes(a), Operand::Lanes(b), Operand::Constant(c)) => {
            target.assign_zip(a, b, |a, b| f(product(a, b), c))
        }
        (Operand::Lanes(a), Operand::Constant(b), Operand::Lanes(c))
        | (Operand::Constant(b), Operand::Lanes(a), Operand::Lanes(c)) => {
            target.assign_zip(a, c, |a, c| f(product(a, b), c))
        }
        (Operand::Lanes(a), Operand::Constant(b), Operand::Constant(c))
        | (Operand::Constant(b), Operand::Lanes(a), Operand::Constant(c)) => {
            target.assign(a, |a| f(product(a, b), c))
        }
        (Operand::Constant(a), Operand::Constant(b), Operand::Lanes(c)) => {
            target.assign(c, |c| f(product(a, b), c))
        }
        (Operand::Constant(a), Operand::Constant(b), Operand::Constant(c)) => {
            *target = R::constant(f(product(a, b), c))
        }
    }
}

#[inline(always)]
fn combine<R: Real>(a: Operand<'_, R>, b: Operand<'_, R>, target: &mut R, f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Operand::Lanes(a), Operand::Lanes(b)) => target.assign_zip(a, b, f),
        (Operand::Lanes(a), Operand::Constant(b)) => target.assign(a, |a| f(a, b)),
        (Operand::Constant(a), Operand::Lanes(b)) => target.assign(b, |b| f(a, b)),
        (Operand::Constant(a), Operand::Constant(b)) => *target = R::constant(f(a, b)),
    }
}
