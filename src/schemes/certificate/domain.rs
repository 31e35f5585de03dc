//! Where a certificate holds.

use crate::schemes::{EquationClass, NoiseClass};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::{Display, Formatter};

/// (d, m): the dimensions of X and of W; for kinetic dynamics both are the number of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// d.
    pub dimension: usize,
    /// m.
    pub noises: usize,
}

impl Shape {
    /// The shapes in which orders for this noise are decided. Schemes for general noise see more noises than components
    /// and fewer: products of two area variates have four indices, which four noises tell apart.
    pub fn decisive(equation: EquationClass, noise: NoiseClass) -> &'static [Self] {
        const fn shape(dimension: usize, noises: usize) -> Shape {
            Shape { dimension, noises }
        }
        const SQUARE: &[Shape] = &[shape(1, 1), shape(2, 2), shape(3, 3)];
        const ADDITIVE: &[Shape] = &[shape(1, 1), shape(2, 2), shape(3, 3), shape(2, 1), shape(1, 3)];
        const PAIR: &[Shape] = &[shape(1, 1), shape(2, 2), shape(3, 1), shape(3, 2), shape(1, 2)];
        const GENERAL: &[Shape] =
            &[shape(1, 1), shape(2, 2), shape(3, 1), shape(3, 2), shape(3, 3), shape(1, 4)];
        match (equation, noise) {
            (EquationClass::Langevin, _) => SQUARE,
            (_, NoiseClass::Additive) => ADDITIVE,
            (_, NoiseClass::Pair) => PAIR,
            (_, NoiseClass::Commutative | NoiseClass::General) => GENERAL,
        }
    }
}

impl Shape {
    /// Whether an order of 2 is decided in this shape in seconds for all schemes.
    pub fn is_cheap(self) -> bool {
        self.dimension * self.noises <= 4
    }
}

/// As many noises as components.
impl From<usize> for Shape {
    fn from(dimension: usize) -> Self {
        Self { dimension, noises: dimension }
    }
}

impl From<(usize, usize)> for Shape {
    fn from((dimension, noises): (usize, usize)) -> Self {
        Self { dimension, noises }
    }
}

impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "({}, {})", self.dimension, self.noises)
    }
}

/// Whether the state after a step has moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Moments {
    /// It is a polynomial of its unbounded variates, with coefficients evaluated at such polynomials.
    #[serde(rename = "shown")]
    Finite,
    /// So it is from every fixed state, but the state stands in an exponent, under a root or in a denominator: moments of the
    /// chain are an assumption then, which a pole can make false for every h.
    #[serde(rename = "assumed")]
    Assumed,
    /// An unbounded variate stands in an exponent, under a root or in a denominator. The expansion in √h is then formal:
    /// the expectation need not exist for any h.
    #[serde(rename = "not shown")]
    Unknown,
}

impl Moments {
    /// What is proved of an order of the expansion in √h.
    pub fn order(self, order: &str) -> String {
        match self {
            Self::Finite | Self::Assumed => format!("order {order} proved"),
            Self::Unknown => format!("formal order {order}, of expectations that need not exist,"),
        }
    }

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Finite => {
                "moments shown: one step has all of them where the coefficients grow polynomially"
            }
            Self::Assumed => {
                "moments assumed: one step has all of them from a fixed state; those of the chain are assumed, for the state stands in an exponent, a root or a denominator"
            }
            Self::Unknown => {
                "moments not shown: an unbounded variate stands in an exponent, a root or a denominator, so that the expectations of one step need not exist"
            }
        }
    }
}

/// Where a certificate holds: the shapes (d, m) in which it was decided, and for what noise, time dependence and
/// smoothness. A run outside of it is not covered by the proof.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Domain {
    /// All (d, m) in which the order was decided.
    pub dimensions: Vec<[usize; 2]>,
    /// The diffusion coefficient that it holds for.
    pub noise: &'static str,
    /// What may depend on time.
    pub time: &'static str,
    /// What the coefficients and φ need.
    pub smoothness: String,
    /// Whether moments of the step exist: "shown", "assumed" or "not shown".
    pub moments_exist: Moments,
    /// The same in words.
    pub moments: &'static str,
}

impl Domain {
    /// The domain of a certificate of this order for the equations that a scheme of this class is proved for.
    pub fn new(
        shapes: &[Shape],
        equation: EquationClass,
        noise: NoiseClass,
        order: u32,
        moments: Moments,
    ) -> Self {
        let (noise, time) = match (equation, noise) {
            (EquationClass::Langevin, _) => ("√(2γ) on the momenta", "the rate c(t, q, p)"),
            (EquationClass::Overdamped, _) => {
                ("√(2α) on every component, with the gradient drift −α∇V(x)", "the rate c(t, x)")
            }
            (_, NoiseClass::Additive) => ("any constant σ", "b(t, x) and c(t, x)"),
            (_, NoiseClass::Commutative | NoiseClass::Pair | NoiseClass::General) => {
                ("any σ(t, x), commuting or not", "b(t, x), σ(t, x) and c(t, x)")
            }
        };
        Self {
            dimensions: shapes.iter().map(|shape| [shape.dimension, shape.noises]).collect(),
            noise,
            time,
            smoothness: format!(
                "coefficients and φ with {} derivatives of polynomial growth, rates bounded below, moments of the chain bounded in h",
                2 * (order + 1)
            ),
            moments_exist: moments,
            moments: moments.text(),
        }
    }

    /// The same with no more said of the moments than this.
    pub fn at_best(self, moments: Moments) -> Self {
        let moments = moments.max(self.moments_exist);
        Self { moments_exist: moments, moments: moments.text(), ..self }
    }

    /// Whether an equation of this shape was among those in which the order was decided.
    pub fn covers(&self, shape: Shape) -> bool {
        self.dimensions.contains(&[shape.dimension, shape.noises])
    }
}

impl Display for Domain {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let shapes: Vec<String> = self.dimensions.iter().map(|[d, m]| format!("({d}, {m})")).collect();
        write!(
            f,
            "(d, m) = {}; noise: {}; in time: {}; {}; {}",
            shapes.join(", "),
            self.noise,
            self.time,
            self.smoothness,
            self.moments
        )
    }
}
