/// A letter with up to two indices (0: none), such as b₂ or σ₁₂.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The letter.
    pub letter: &'static str,
    /// The indices, counted from 1.
    pub indices: [u8; 2],
}

impl Name {
    /// A letter without indices.
    pub fn plain(letter: &'static str) -> Self {
        Self { letter, indices: [0, 0] }
    }

    /// A letter with one index, counted from 0; in dimension 1 the index is left out.
    pub fn component(letter: &'static str, i: usize, dimension: usize) -> Self {
        if dimension == 1 { Self::plain(letter) } else { Self { letter, indices: [i as u8 + 1, 0] } }
    }

    /// A letter with two indices, counted from 0; in dimension 1 they are left out.
    pub fn entry(letter: &'static str, i: usize, j: usize, dimension: usize) -> Self {
        if dimension == 1 { Self::plain(letter) } else { Self { letter, indices: [i as u8 + 1, j as u8 + 1] } }
    }
}

/// A smooth function of (t, x₁ … x_d), known by its name only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    /// What it is called.
    pub name: Name,
    /// d ≤ 3.
    pub dimension: u8,
    /// Whether it depends on t.
    pub time: bool,
}

/// A coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// t.
    Time,
    /// x_i, i from 0.
    Space(usize),
}

/// A derivative ∂ₜᵏ∂^α of a function, as an indeterminate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jet {
    /// The function.
    pub function: Function,
    /// k.
    pub time: u8,
    /// α.
    pub space: [u8; 3],
}

/// An indeterminate of a [`super::DifferentialPolynomial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// A constant.
    Parameter(Name),
    /// A derivative of a function.
    Jet(Jet),
    /// A noise variable ξ of mean 0 and variance 1, i from 0.
    Noise(usize),
}

impl Jet {
    /// The function itself.
    pub fn of(function: Function) -> Self {
        Self { function, time: 0, space: [0; 3] }
    }

    /// One derivative more; `None` where it vanishes.
    pub fn derivative(mut self, axis: Axis) -> Option<Self> {
        match axis {
            Axis::Time if !self.function.time => return None,
            Axis::Time => self.time += 1,
            Axis::Space(i) => self.space[i] += 1,
        }
        Some(self)
    }
}

impl Symbol {
    /// The derivative along `axis`; `None` where it vanishes.
    pub fn derivative(self, axis: Axis) -> Option<Self> {
        match self {
            Self::Jet(jet) => jet.derivative(axis).map(Self::Jet),
            Self::Parameter(_) | Self::Noise(_) => None,
        }
    }
}
