//! Writes random formulas, intervals and what was enclosed, for `python/check_formulas.py` to hold against Arb:
//! formula, ends of x, ends of the value, and ends of the Taylor coefficients of t¹ to t⁴ about the lower end of x.

use enclose::expression::{Function, Operator};
use enclose::{Elementary, Expression, Interval, Taylor};
use std::io::{BufWriter, Write};

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn formula(random: &mut Random, depth: u32) -> Expression {
    use Expression::{Binary, Call, Negate, Number, Power, Variable};
    if depth == 0 || random.below(6) == 0 {
        return match random.below(5) {
            0 => Number((random.below(9) + 1) as f64 * 0.5),
            1 => Number(random.unit() * 4.0),
            _ => Variable,
        };
    }
    let mut part = || Box::new(formula(random, depth - 1));
    let (a, b) = (part(), part());
    match random.below(16) {
        0 | 1 => Binary(Operator::Add, a, b),
        2 | 3 => Binary(Operator::Subtract, a, b),
        4 | 5 => Binary(Operator::Multiply, a, b),
        6 => Binary(Operator::Divide, a, b),
        7 => Negate(a),
        8 => Power(a, random.below(8) as i32 - 2),
        n => {
            let functions = [
                Function::Exp,
                Function::Log,
                Function::Sqrt,
                Function::Sin,
                Function::Cos,
                Function::Tanh,
                Function::Abs,
            ];
            Call(functions[(n - 9) as usize], a)
        }
    }
}

fn main() -> std::io::Result<()> {
    let count: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let mut random = Random(20_261_201);
    let mut out = BufWriter::new(std::io::stdout().lock());
    for _ in 0..count {
        let depth = 1 + random.below(4) as u32;
        let expression = formula(&mut random, depth);
        let scale = 10f64.powi(random.below(7) as i32 - 4);
        let from = (random.unit() - 0.4) * scale;
        let width = match random.below(4) {
            0 | 1 => 0.0,
            2 => 1e-6 * scale,
            _ => random.unit() * scale,
        };
        let x = Interval::new(from, from + width);
        let value = expression.evaluate(&x);
        let series = expression.evaluate(&Taylor::variable(Interval::point(from), 5));
        write!(
            out,
            "{expression}\t{:?}\t{:?}\t{:?}\t{:?}",
            x.lower(),
            x.upper(),
            value.lower(),
            value.upper()
        )?;
        for k in 1..5 {
            let c =
                if series.length() == usize::MAX { Elementary::constant(0.0) } else { series.coefficient(k) };
            let c: Interval = c;
            write!(out, "\t{:?}\t{:?}", c.lower(), c.upper())?;
        }
        writeln!(out)?;
    }
    Ok(())
}
