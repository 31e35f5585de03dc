use super::{Coordinate, DifferentialPolynomial, Function, Jet, Symbol};
use crate::algebra::Ring;

/// A density e^{w}·p, with a differential polynomial w (such as −V or log ρ; 0 for none) and one p. Its derivatives
/// are e^{w}·(∂p + p ∂w), so that Gibbs integrals never leave the ring.
#[derive(Clone, Debug)]
pub struct Density {
    log_weight: DifferentialPolynomial,
    factor: DifferentialPolynomial,
}

impl Density {
    /// e^{log_weight}·factor.
    pub fn new(log_weight: DifferentialPolynomial, factor: DifferentialPolynomial) -> Self {
        Self { log_weight, factor }
    }

    /// p.
    pub fn factor(&self) -> &DifferentialPolynomial {
        &self.factor
    }

    /// The derivative in `coordinate`.
    pub fn derivative(&self, coordinate: Coordinate) -> Self {
        let slope = &self.factor * &self.log_weight.derivative(coordinate);
        Self { log_weight: self.log_weight.clone(), factor: self.factor.derivative(coordinate) + slope }
    }

    /// The variational derivative δ/δf of ∫ e^{w} p dx over these coordinates, divided by e^{w}: the Euler operator
    /// Σ_α (−∂)^α (e^{w}(∂p/∂f_α + p ∂w/∂f_α)).
    pub fn variation(&self, f: Function, coordinates: &[Coordinate]) -> DifferentialPolynomial {
        let mut own: Vec<Jet> =
            self.factor.jets().chain(self.log_weight.jets()).filter(|jet| jet.function() == f).collect();
        own.sort_unstable();
        own.dedup();
        let mut sum = DifferentialPolynomial::zero();
        for jet in own {
            let inner = partial(&self.factor, jet) + &self.factor * &partial(&self.log_weight, jet);
            let mut term = Self { log_weight: self.log_weight.clone(), factor: inner };
            let mut odd = false;
            for &x in coordinates {
                for _ in 0..jet.order(x) {
                    term = term.derivative(x);
                    odd = !odd;
                }
            }
            sum += if odd { -term.factor } else { term.factor };
        }
        sum
    }

    /// Whether the density is a divergence in these coordinates, so that its integral vanishes for all functions
    /// (that vanish at infinity): the Euler operator of every function of all coordinates vanishes, and nothing is
    /// left without such functions (Olver, Applications of Lie groups to differential equations, theorem 4.7;
    /// functions of fewer coordinates count as coefficients).
    pub fn integrates_to_zero(&self, coordinates: &[Coordinate]) -> bool {
        let varies = |f: Function| coordinates.iter().all(|&x| f.depends_on(x));
        let mut functions: Vec<Function> = self
            .factor
            .jets()
            .chain(self.log_weight.jets())
            .map(Jet::function)
            .filter(|&f| varies(f))
            .collect();
        functions.sort_unstable();
        functions.dedup();
        let weighted = self.log_weight.jets().any(|jet| varies(jet.function()));
        let bare = self.factor.without(|symbol| matches!(symbol, Symbol::Jet(jet) if varies(jet.function())));
        (weighted || Ring::is_zero(&bare))
            && functions.into_iter().all(|f| Ring::is_zero(&self.variation(f, coordinates)))
    }
}

/// ∂p/∂(jet), the jet taken as an indeterminate.
fn partial(polynomial: &DifferentialPolynomial, jet: Jet) -> DifferentialPolynomial {
    let symbol = Symbol::Jet(jet);
    let mut sum = DifferentialPolynomial::zero();
    for (monomial, coefficient) in polynomial.terms() {
        let power = monomial.power(symbol);
        if power > 0 {
            let rest = monomial.with_power(symbol, power - 1);
            let factor = <super::Rational as Ring>::ratio(power.into(), 1);
            sum += DifferentialPolynomial::term(coefficient * factor, rest);
        }
    }
    sum
}

/// An evolution equation ∂ₜu = F(jets of u), as a vector field on the jets of u.
#[derive(Clone, Debug)]
pub struct DensityEvolution {
    function: Function,
    field: DifferentialPolynomial,
}

impl DensityEvolution {
    /// ∂ₜ`function` = `field`.
    pub fn new(function: Function, field: DifferentialPolynomial) -> Self {
        Self { function, field }
    }

    /// The rate of change of a differential polynomial along the flow: Σ_α (∂^α F) ∂p/∂u_α.
    pub fn rate(&self, p: &DifferentialPolynomial) -> DifferentialPolynomial {
        let mut own: Vec<Jet> = p.jets().filter(|jet| jet.function() == self.function).collect();
        own.sort_unstable();
        own.dedup();
        let mut sum = DifferentialPolynomial::zero();
        for jet in own {
            let mut change = self.field.clone();
            for axis in (0..super::MAX_DIMENSION).map(Coordinate::space) {
                for _ in 0..jet.order(axis) {
                    change = change.derivative(axis);
                }
            }
            sum += change * partial(p, jet);
        }
        sum
    }

    /// The Lie bracket [F, G] of two flows of one function: F·G − G·F, each acting on the other's field.
    pub fn bracket(&self, other: &Self) -> DifferentialPolynomial {
        self.rate(&other.field) - other.rate(&self.field)
    }

    /// The rate of change of ∫e^{w}p as a density with the same weight: e^{w}(ṗ + p ẇ).
    pub fn rate_of(&self, density: &Density) -> Density {
        let factor = self.rate(&density.factor) + &density.factor * &self.rate(&density.log_weight);
        Density { log_weight: density.log_weight.clone(), factor }
    }
}
