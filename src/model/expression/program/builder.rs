use super::{Call, Instruction, Operation, Program, Source, Target, Then};
use crate::model::expression::code::Leaf;
use crate::model::expression::{Expression, Function, Node, Operator, Variable};
use std::collections::HashMap;
use std::sync::Arc;

/// Largest integer exponent that is expanded into multiplications.
const MULTIPLIED_POWER: f64 = 64.0;

impl Source {
    /// A key that tells sources apart by their bits.
    fn key(self) -> (u8, u64) {
        match self {
            Self::Constant(value) => (0, value.to_bits()),
            Self::Time => (1, 0),
            Self::Space(i) => (2, i as u64),
            Self::Register(i) => (3, i as u64),
            Self::Code(i) => (4, i as u64),
        }
    }
}

type Key = (Operation, (u8, u64), (u8, u64));

/// Collects instructions, each with a register of its own, so that equal ones can be recognised.
#[derive(Default)]
pub(super) struct Builder {
    instructions: Vec<Instruction<usize>>,
    known: HashMap<Key, usize>,
    calls: Vec<Call>,
    /// Shared parts of the formulas (by address, while they are alive) that were visited already.
    visited: HashMap<*const Node, Source>,
}

impl Builder {
    pub(super) fn visit(&mut self, expression: &Expression) -> Source {
        let address = Arc::as_ptr(&expression.0);
        if let Some(source) = self.visited.get(&address) {
            return *source;
        }
        let source = match &*expression.0 {
            Node::Constant(value) => Source::Constant(*value),
            Node::Variable(Variable::Time) => Source::Time,
            Node::Variable(Variable::Space(i)) => Source::Space(*i),
            Node::Code(leaf) => Source::Code(self.call(leaf) + leaf.place()),
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

    /// Where the values begin of the call that has this one.
    fn call(&mut self, leaf: &Leaf) -> usize {
        let order = leaf.axes.len();
        let mut start = 0;
        for call in &self.calls {
            if Arc::ptr_eq(&call.code, &leaf.code) && call.order == order {
                return start;
            }
            start += call.code.size(call.order);
        }
        self.calls.push(Call { code: leaf.code.clone(), order });
        start
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
            self.instructions.push(Instruction { operation, target, a, b, then: None });
        }
        Source::Register(place)
    }

    /// Joins products to the one instruction that reads them: a pass over the lanes, and a look at what is to be done,
    /// less.
    fn join_products(&mut self, outputs: &mut [Source]) {
        let mut readers = vec![0; self.instructions.len()];
        let sources = self.instructions.iter().flat_map(Instruction::sources);
        for source in sources.chain(outputs.iter().copied()) {
            if let Source::Register(register) = source {
                readers[register] += 1;
            }
        }
        let multiply = Operation::Binary(Operator::Multiply);
        // A product that nothing else reads and that is joined to nothing itself.
        let product = |source: Source, instructions: &[Instruction<usize>]| match source {
            Source::Register(place) => {
                let Instruction { operation, a, b, then, .. } = instructions[place];
                (operation == multiply && readers[place] == 1 && then.is_none()).then_some((place, a, b))
            }
            _ => None,
        };
        let mut joined = vec![false; self.instructions.len()];
        for place in 0..self.instructions.len() {
            let Instruction { operation: Operation::Binary(operator), a, b, .. } = self.instructions[place]
            else {
                continue;
            };
            let [first, second] = match operator {
                Operator::Add => [Then::Add, Then::Add],
                Operator::Subtract => [Then::Subtract, Then::SubtractFrom],
                Operator::Multiply => [Then::Multiply, Then::Multiply],
                _ => continue,
            };
            let found = match (product(a, &self.instructions), product(b, &self.instructions)) {
                (Some(product), _) => Some((product, first, b)),
                (None, Some(product)) => Some((product, second, a)),
                (None, None) => None,
            };
            if let Some(((from, a, b), then, c)) = found {
                joined[from] = true;
                self.instructions[place] =
                    Instruction { operation: multiply, target: place, a, b, then: Some((then, c)) };
            }
        }
        // The others move up.
        let mut moved = vec![0; self.instructions.len()];
        let mut left = 0;
        for (place, joined) in joined.iter().enumerate() {
            moved[place] = left;
            left += usize::from(!joined);
        }
        let at = |source: &mut Source| {
            if let Source::Register(register) = source {
                *register = moved[*register];
            }
        };
        let mut joined = joined.into_iter();
        self.instructions.retain(|_| !joined.next().unwrap_or(false));
        for (place, instruction) in self.instructions.iter_mut().enumerate() {
            instruction.target = place;
            at(&mut instruction.a);
            at(&mut instruction.b);
            if let Some((_, c)) = &mut instruction.then {
                at(c);
            }
        }
        outputs.iter_mut().for_each(at);
    }

    /// Lets instructions share registers once their values are no longer needed; a value that is but one output needs none.
    pub(super) fn finish(mut self, mut outputs: Vec<Source>) -> Program {
        self.join_products(&mut outputs);
        let mut last_use = vec![0; self.instructions.len()];
        let mut readers = vec![0; self.instructions.len()];
        for (place, instruction) in self.instructions.iter().enumerate() {
            for source in instruction.sources() {
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
            let then = instruction.then.map(|(then, c)| (then, moved(c, &home)));
            let mut freed: Vec<usize> = Vec::new();
            for source in instruction.sources() {
                if let Source::Register(register) = source
                    && last_use[register] == place
                    && !freed.contains(&home[register])
                {
                    freed.push(home[register]);
                }
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
            free.extend(freed);
            instructions.push(Instruction { operation: instruction.operation, target, a, b, then });
        }
        let outputs = outputs
            .into_iter()
            .map(|source| match source {
                Source::Register(place) if sole[place].is_some() => None,
                Source::Register(place) => Some(Source::Register(home[place])),
                other => Some(other),
            })
            .collect();
        Program { instructions, outputs, registers, calls: self.calls }
    }
}

/// Powers of two: dividing by them and multiplying by their inverse have the same bits.
fn has_exact_inverse(divisor: f64) -> bool {
    divisor.is_normal() && (1.0 / divisor).is_normal() && divisor.to_bits() << 12 == 0
}
