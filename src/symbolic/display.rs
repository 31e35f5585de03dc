use super::{DifferentialPolynomial, Jet, Monomial, Name, Rational, Symbol};
use num_traits::{One, Signed};
use std::fmt::{Display, Formatter, Result};

const SUBSCRIPTS: [char; 10] = ['₀', '₁', '₂', '₃', '₄', '₅', '₆', '₇', '₈', '₉'];
const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

fn digits(f: &mut Formatter<'_>, number: u32, glyphs: [char; 10]) -> Result {
    number.to_string().bytes().try_for_each(|digit| write!(f, "{}", glyphs[usize::from(digit - b'0')]))
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.letter)?;
        self.indices.iter().filter(|&&i| i > 0).try_for_each(|&i| digits(f, i.into(), SUBSCRIPTS))
    }
}

impl Display for Jet {
    /// In dimension 1 as f', f'', f⁽⁴⁾, otherwise as ∂₁₁₂f; time derivatives as ∂ₜ.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for _ in 0..self.time {
            f.write_str("∂ₜ")?;
        }
        if self.function.dimension > 1 {
            if self.space.iter().any(|&count| count > 0) {
                f.write_str("∂")?;
            }
            for (axis, &count) in self.space.iter().enumerate() {
                (0..count).try_for_each(|_| digits(f, axis as u32 + 1, SUBSCRIPTS))?;
            }
            return write!(f, "{}", self.function.name);
        }
        write!(f, "{}", self.function.name)?;
        match self.space[0] {
            count @ 0..=3 => (0..count).try_for_each(|_| f.write_str("'")),
            count => {
                f.write_str("⁽")?;
                digits(f, count.into(), SUPERSCRIPTS)?;
                f.write_str("⁾")
            }
        }
    }
}

impl Display for Symbol {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Parameter(name) => write!(f, "{name}"),
            Self::Jet(jet) => write!(f, "{jet}"),
            Self::Noise(i) => {
                f.write_str("ξ")?;
                digits(f, *i as u32 + 1, SUBSCRIPTS)
            }
        }
    }
}

impl Display for Monomial {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (place, (symbol, power)) in self.factors().iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            if *power == 1 {
                write!(f, "{symbol}")?;
                continue;
            }
            // f'² would read as the second derivative of a square: parentheses keep it apart.
            if matches!(symbol, Symbol::Jet(jet) if jet.time > 0 || jet.space != [0; 3]) {
                write!(f, "({symbol})")?;
            } else {
                write!(f, "{symbol}")?;
            }
            digits(f, *power, SUPERSCRIPTS)?;
        }
        Ok(())
    }
}

impl Display for DifferentialPolynomial {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.terms().len() == 0 {
            return f.write_str("0");
        }
        for (place, (monomial, coefficient)) in self.terms().enumerate() {
            f.write_str(match (place, coefficient.is_negative()) {
                (0, false) => "",
                (0, true) => "−",
                (_, false) => " + ",
                (_, true) => " − ",
            })?;
            let size: Rational = coefficient.abs();
            match (size.is_one(), monomial.factors().is_empty()) {
                (_, true) => write!(f, "{size}")?,
                (true, false) => write!(f, "{monomial}")?,
                (false, false) => write!(f, "{size} {monomial}")?,
            }
        }
        Ok(())
    }
}
