/// The largest number of space coordinates that a function may depend on.
pub const MAX_DIMENSION: usize = 6;

/// One of t, x₁, …, x_d.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinate(u8);

impl Coordinate {
    /// t.
    pub const TIME: Self = Self(0);

    /// The space coordinate with this index, counted from 0 like a slice: `space(0)` is x₁.
    ///
    /// # Panics
    /// If `index` is not below [`MAX_DIMENSION`].
    pub fn space(index: usize) -> Self {
        assert!(index < MAX_DIMENSION, "coordinate {index} of at most {MAX_DIMENSION}");
        Self(index as u8 + 1)
    }

    /// 0 for t, i for xᵢ.
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }
}

/// A letter with at most two indices, such as γ, b₁ or σ₁₂.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    letter: char,
    /// 0 where there is none.
    indices: [u8; 2],
}

impl Name {
    /// The letter with these indices, as one writes them: from 1.
    ///
    /// # Panics
    /// If there are more than two.
    pub fn new(letter: char, indices: &[u8]) -> Self {
        let mut padded = [0; 2];
        padded[..indices.len()].copy_from_slice(indices);
        Self { letter, indices: padded }
    }

    pub(crate) fn letter(self) -> char {
        self.letter
    }

    pub(crate) fn indices(self) -> impl Iterator<Item = u8> {
        self.indices.into_iter().filter(|&index| index != 0)
    }
}

/// A named, smooth, otherwise arbitrary function of some of the coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    name: Name,
    /// Bit i for the coordinate with index i.
    arguments: u8,
}

impl Function {
    /// The function `name` of these coordinates; it is constant in all others.
    pub fn new(name: Name, arguments: &[Coordinate]) -> Self {
        Self { name, arguments: arguments.iter().fold(0, |bits, coordinate| bits | 1 << coordinate.index()) }
    }

    /// What it is called.
    pub fn name(self) -> Name {
        self.name
    }

    /// Whether it depends on `coordinate`.
    pub fn depends_on(self, coordinate: Coordinate) -> bool {
        self.arguments & 1 << coordinate.index() != 0
    }
}

/// ∂^α f, with α a multi-index over (t, x₁, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jet {
    function: Function,
    orders: [u8; MAX_DIMENSION + 1],
}

impl Jet {
    /// The function itself: α = 0.
    pub fn of(function: Function) -> Self {
        Self { function, orders: [0; MAX_DIMENSION + 1] }
    }

    /// The function f of ∂^α f.
    pub fn function(self) -> Function {
        self.function
    }

    /// How often it is differentiated in `coordinate`.
    pub fn order(self, coordinate: Coordinate) -> u32 {
        self.orders[coordinate.index()].into()
    }

    /// The jet with the indices 1 and 2 of its function exchanged, and x₁ with x₂.
    pub(super) fn exchanged(mut self) -> Self {
        let other = |index| match index {
            1 => 2,
            2 => 1,
            index => index,
        };
        let Function { name, arguments } = self.function;
        let name = Name { indices: name.indices.map(other), ..name };
        let swapped = arguments & !0b110 | (arguments & 0b10) << 1 | (arguments & 0b100) >> 1;
        self.function = Function { name, arguments: swapped };
        self.orders.swap(1, 2);
        self
    }

    /// The next jet in the direction of `coordinate`; `None` if f does not depend on it, so that
    /// the derivative is 0.
    pub fn derivative(mut self, coordinate: Coordinate) -> Option<Self> {
        self.orders[coordinate.index()] += 1;
        self.function.depends_on(coordinate).then_some(self)
    }
}

/// What a differential polynomial is a polynomial in.
///
/// The order (parameters, coordinates, noise, jets by the name of their function) is the order in
/// which products are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// A constant.
    Parameter(Name),
    /// t or xᵢ.
    Coordinate(Coordinate),
    /// A standard Gaussian ξ, independent of all others; its number counts from 0.
    Noise(u32),
    /// ∂^α f.
    Jet(Jet),
}
