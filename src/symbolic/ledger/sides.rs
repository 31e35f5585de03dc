use super::labelled::{Algebra, Expr, Free, Labelled, Op};
use crate::algebra::Ring;
use crate::symbolic::{Coordinate, Density};

/// Two sides that have to agree.
pub(super) enum Sides {
    /// At every point, for all functions.
    Pointwise(Expr, Expr),
    /// As operators.
    Operators(Op, Op),
    /// In the free algebra up to degree 4: for all operators.
    Words(Free, Free),
    /// As integrals with weight e^{log_weight} over the coordinates, for all functions.
    Integral {
        /// The logarithm of the weight; 0 for none.
        log_weight: Expr,
        /// What is integrated over.
        over: Vec<Coordinate>,
        /// The left integrand.
        left: Expr,
        /// The right integrand.
        right: Expr,
    },
    /// As integrals over two independent copies of space: after summing over both namings of the copies, which functions
    /// with the index 1 and 2 live on.
    Exchange(Expr, Expr),
}

impl Sides {
    /// Whether they agree.
    pub fn agree(&self) -> bool {
        match self {
            Self::Pointwise(left, right) => left.value() == right.value(),
            Self::Operators(left, right) => left.value() == right.value(),
            Self::Words(left, right) => left.value() == right.value(),
            Self::Integral { log_weight, over, left, right } => {
                Density::new(log_weight.value().clone(), left.value() - right.value())
                    .integrates_to_zero(over)
            }
            Self::Exchange(left, right) => {
                let difference = left.value() - right.value();
                Ring::is_zero(&(difference.exchanged() + difference))
            }
        }
    }

    /// The equation as it was written, in LaTeX, with the equations that were used.
    pub fn latex(&self) -> String {
        match self {
            Self::Pointwise(left, right) => equation(left, right, |side| side.into()),
            Self::Operators(left, right) => equation(left, right, |side| side.into()),
            Self::Words(left, right) => equation(left, right, |side| format!("{side} + O(5)")),
            Self::Exchange(left, right) => {
                equation(left, right, |side| integral(r"\iint", "", side, r"dx_1\,dx_2"))
            }
            Self::Integral { log_weight, left, right, .. } => {
                let weight = match log_weight.latex() {
                    "0" => String::new(),
                    weight => format!("e^{{{weight}}}"),
                };
                // ∫e^w (e^{−w}∂ₜ(…)) is written as ∫∂ₜ(…).
                let inverse = format!("e^{{{}}}", (-log_weight.clone()).latex());
                equation(left, right, |side| match side.strip_prefix(&inverse) {
                    Some(rate) if !weight.is_empty() && rate.starts_with(r"\partial_t") => {
                        format!(r"\int {rate}\,dx")
                    }
                    _ => integral(r"\int", &weight, side, "dx"),
                })
            }
        }
    }

    /// The two sides in normal form, for others to check; integrals by their weight and integrands.
    pub fn normal_forms(&self) -> Vec<String> {
        match self {
            Self::Pointwise(left, right) | Self::Exchange(left, right) => {
                [left, right].map(|side| side.value().plain()).into()
            }
            Self::Operators(left, right) => [left, right].map(|side| side.value().plain()).into(),
            Self::Words(left, right) => [left, right].map(|side| side.value().plain()).into(),
            Self::Integral { log_weight, left, right, .. } => {
                [left, right, log_weight].map(|side| side.value().plain()).into()
            }
        }
    }

    /// What this kind of equation requires of its functions.
    pub fn requirement(&self) -> &'static str {
        match self {
            Self::Pointwise(..) => "at every point, for smooth functions",
            Self::Operators(..) => "as operators on smooth functions, with smooth coefficients",
            Self::Words(..) => "as formal series to degree 4",
            Self::Integral { .. } => "for smooth functions whose integrals exist, without boundary terms",
            Self::Exchange(..) => "for functions whose integrals over both copies exist",
        }
    }

    /// What kind of equation it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Pointwise(..) => "pointwise",
            Self::Operators(..) => "operators",
            Self::Words(..) => "free algebra to degree 4",
            Self::Integral { .. } => "integrals",
            Self::Exchange(..) => "integrals over two copies",
        }
    }
}

fn integral(sign: &str, weight: &str, side: &str, measure: &str) -> String {
    match side {
        "0" => "0".into(),
        side => format!(r"{sign} {weight}\left({side}\right){measure}"),
    }
}

fn equation<T: Algebra>(left: &Labelled<T>, right: &Labelled<T>, whole: impl Fn(&str) -> String) -> String {
    let given: Vec<&str> = left.given().union(right.given()).map(String::as_str).collect();
    let given = match given.is_empty() {
        true => String::new(),
        false => format!(r"\quad\text{{where }} {}", given.join(r",\ ")),
    };
    format!("{} = {}{given}", whole(left.latex()), whole(right.latex()))
}

/// One equation between functions.
pub(super) fn pointwise(left: Expr, right: Expr) -> Vec<Sides> {
    vec![Sides::Pointwise(left, right)]
}
