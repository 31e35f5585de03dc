use super::{Expression, Function, Node, Operator, Variable};
use crate::algebra::Real;
use crate::algebra::simd::vectorized;
use std::collections::HashMap;

/// Outputs that fit on the stack.
const SMALL: usize = 8;
const LARGE: usize = 32;
/// Largest integer exponent that is expanded into multiplications.
const MULTIPLIED_POWER: f64 = 64.0;

/// Formulas compiled to a tape of instructions: common parts are computed once, integer powers are
/// products, and evaluation allocates nothing (up to 32 registers and 32 outputs).
#[derive(Clone, Debug)]
pub struct Program {
    instructions: Vec<Instruction<Target>>,
    /// Where each output comes from; `None` for one that an instruction writes itself.
    outputs: Vec<Option<Source>>,
    registers: usize,
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
}

#[derive(Clone, Copy, Debug)]
struct Instruction<T> {
    operation: Operation,
    target: T,
    a: Source,
    b: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Negate,
    Binary(Operator),
    Call(Function),
}

impl Program {
    /// Compiles several formulas into one tape.
    pub fn compile(expressions: &[Expression]) -> Self {
        let mut builder = Builder::default();
        let outputs: Vec<Source> = expressions.iter().map(|expression| builder.visit(expression)).collect();
        builder.finish(outputs)
    }

    /// Evaluates all formulas at time `t` and point `x` (d entries) into `out`.
    pub fn evaluate<R: Real>(&self, t: R, x: &[R], out: &mut [R]) {
        vectorized(
            #[inline(always)]
            || match self.registers {
                0 => self.run(t, x, &mut [], out),
                1 => self.run(t, x, &mut [R::zero(); 1], out),
                2 => self.run(t, x, &mut [R::zero(); 2], out),
                3 => self.run(t, x, &mut [R::zero(); 3], out),
                4 => self.run(t, x, &mut [R::zero(); 4], out),
                5..=8 => self.run(t, x, &mut [R::zero(); SMALL], out),
                9..=LARGE => self.run(t, x, &mut [R::zero(); LARGE], out),
                registers => self.run(t, x, &mut vec![R::zero(); registers], out),
            },
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
    pub fn with_outputs<R: Real, T>(&self, t: R, x: &[R], f: impl FnOnce(&[R]) -> T) -> T {
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
    fn run<R: Real>(&self, t: R, x: &[R], registers: &mut [R], out: &mut [R]) {
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
                Source::Time => Operand::Lanes(&t),
                Source::Space(i) => Operand::Lanes(&x[i]),
                Source::Register(i) => Operand::Lanes(place(i)),
            };
            let (a, b) = (operand(instruction.a), operand(instruction.b));
            instruction.operation.apply(a, b, target);
        }
        for (value, source) in out.iter_mut().zip(&self.outputs) {
            *value = match *source {
                None => continue,
                Some(Source::Constant(value)) => R::constant(value),
                Some(Source::Time) => t,
                Some(Source::Space(i)) => x[i],
                Some(Source::Register(i)) => registers[i],
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

#[inline(always)]
fn combine<R: Real>(a: Operand<'_, R>, b: Operand<'_, R>, target: &mut R, f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Operand::Lanes(a), Operand::Lanes(b)) => target.assign_zip(a, b, f),
        (Operand::Lanes(a), Operand::Constant(b)) => target.assign(a, |a| f(a, b)),
        (Operand::Constant(a), Operand::Lanes(b)) => target.assign(b, |b| f(a, b)),
        (Operand::Constant(a), Operand::Constant(b)) => *target = R::constant(f(a, b)),
    }
}

impl Source {
    /// A key that tells sources apart by their bits.
    fn key(self) -> (u8, u64) {
        match self {
            Self::Constant(value) => (0, value.to_bits()),
            Self::Time => (1, 0),
            Self::Space(i) => (2, i as u64),
            Self::Register(i) => (3, i as u64),
        }
    }
}

type Key = (Operation, (u8, u64), (u8, u64));

/// Collects instructions, each with a register of its own, so that equal ones can be recognised.
#[derive(Default)]
struct Builder {
    instructions: Vec<Instruction<usize>>,
    known: HashMap<Key, usize>,
    /// Shared parts of the formulas (by address, while they are alive) that were visited already.
    visited: HashMap<*const Node, Source>,
}

impl Builder {
    fn visit(&mut self, expression: &Expression) -> Source {
        let address = std::sync::Arc::as_ptr(&expression.0);
        if let Some(source) = self.visited.get(&address) {
            return *source;
        }
        let source = match &*expression.0 {
            Node::Constant(value) => Source::Constant(*value),
            Node::Variable(Variable::Time) => Source::Time,
            Node::Variable(Variable::Space(i)) => Source::Space(*i),
            Node::Negate(a) => match self.visit(a) {
                Source::Constant(value) => Source::Constant(-value),
                a => self.emit(Operation::Negate, a, a),
            },
            Node::Call(function, a) => match self.visit(a) {
                Source::Constant(value) => Source::Constant(function.apply(value)),
                a => self.emit(Operation::Call(*function), a, a),
            },
            Node::Binary(operator, a, b) => {
                let (a, b) = (self.visit(a), self.visit(b));
                match (operator, a, b) {
                    (_, Source::Constant(a), Source::Constant(b)) => Source::Constant(operator.apply(a, b)),
                    (Operator::Power, a, Source::Constant(exponent)) => self.power(a, exponent),
                    (Operator::Divide, a, Source::Constant(divisor)) if has_exact_inverse(divisor) => {
                        self.emit(Operation::Binary(Operator::Multiply), a, Source::Constant(1.0 / divisor))
                    }
                    _ => self.emit(Operation::Binary(*operator), a, b),
                }
            }
        };
        self.visited.insert(address, source);
        source
    }

    /// aⁿ by squaring; other exponents through `sqrt` and `powf`.
    fn power(&mut self, a: Source, exponent: f64) -> Source {
        if exponent == 0.5 {
            return self.emit(Operation::Call(Function::Sqrt), a, a);
        }
        if exponent.fract() != 0.0 || exponent.abs() > MULTIPLIED_POWER {
            return self.emit(Operation::Binary(Operator::Power), a, Source::Constant(exponent));
        }
        let mut left = exponent.abs() as u32;
        let (mut square, mut product) = (a, None);
        while left > 0 {
            if left & 1 == 1 {
                product = Some(match product {
                    None => square,
                    Some(product) => self.emit(Operation::Binary(Operator::Multiply), product, square),
                });
            }
            left >>= 1;
            if left > 0 {
                square = self.emit(Operation::Binary(Operator::Multiply), square, square);
            }
        }
        let product = product.unwrap_or(Source::Constant(1.0));
        if exponent < 0.0 {
            self.emit(Operation::Binary(Operator::Divide), Source::Constant(1.0), product)
        } else {
            product
        }
    }

    fn emit(&mut self, operation: Operation, a: Source, b: Source) -> Source {
        let target = self.instructions.len();
        let place = *self.known.entry((operation, a.key(), b.key())).or_insert(target);
        if place == target {
            self.instructions.push(Instruction { operation, target, a, b });
        }
        Source::Register(place)
    }

    /// Lets instructions share registers once their values are no longer needed; a value that is but one output needs none.
    fn finish(self, outputs: Vec<Source>) -> Program {
        let mut last_use = vec![0; self.instructions.len()];
        let mut readers = vec![0; self.instructions.len()];
        for (place, instruction) in self.instructions.iter().enumerate() {
            for source in [instruction.a, instruction.b] {
                if let Source::Register(register) = source {
                    last_use[register] = place;
                    readers[register] += 1;
                }
            }
        }
        let mut sole = vec![None; self.instructions.len()];
        for (output, source) in outputs.iter().enumerate() {
            if let Source::Register(register) = source {
                last_use[*register] = usize::MAX;
                readers[*register] += 1;
                sole[*register] = Some(output);
            }
        }
        for (sole, readers) in sole.iter_mut().zip(readers) {
            *sole = sole.filter(|_| readers == 1);
        }
        let mut home = vec![0; self.instructions.len()];
        let mut free: Vec<usize> = Vec::new();
        let mut registers = 0;
        let mut instructions = Vec::with_capacity(self.instructions.len());
        for (place, instruction) in self.instructions.iter().enumerate() {
            let moved = |source: Source, home: &[usize]| match source {
                Source::Register(register) => Source::Register(home[register]),
                other => other,
            };
            let (a, b) = (moved(instruction.a, &home), moved(instruction.b, &home));
            let mut freed = [instruction.a, instruction.b].map(|source| match source {
                Source::Register(register) if last_use[register] == place => Some(home[register]),
                _ => None,
            });
            if freed[0] == freed[1] {
                freed[1] = None;
            }
            let target = match sole[place] {
                Some(output) => Target::Output(output),
                None => {
                    let register = free.pop().unwrap_or_else(|| {
                        registers += 1;
                        registers - 1
                    });
                    home[place] = register;
                    Target::Register(register)
                }
            };
            free.extend(freed.into_iter().flatten());
            instructions.push(Instruction { operation: instruction.operation, target, a, b });
        }
        let outputs = outputs
            .into_iter()
            .map(|source| match source {
                Source::Register(place) if sole[place].is_some() => None,
                Source::Register(place) => Some(Source::Register(home[place])),
                other => Some(other),
            })
            .collect();
        Program { instructions, outputs, registers }
    }
}

/// Powers of two: dividing by them and multiplying by their inverse have the same bits.
fn has_exact_inverse(divisor: f64) -> bool {
    divisor.is_normal() && (1.0 / divisor).is_normal() && divisor.to_bits() << 12 == 0
}
