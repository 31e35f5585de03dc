//! The *prove* reading: the weak order of a scheme with its weight rule, decided by exact algebra.

use super::{JetSeries, NoiseClass, Scheme, Sde, Step, WeightRule};
use crate::algebra::{Ring, Scalar, Series};
use crate::symbolic::{Axis, DifferentialPolynomial, Function, Jet, Name, Symbol};

/// Proof of the weak order of a scheme with a weight rule, in one dimension of space.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// d.
    pub dimension: usize,
    /// The weak order: the one-step expectation of φ(X')·weight agrees with the exact one up to and
    /// including h^order, for all smooth φ, b, σ and c.
    pub order: u32,
    /// Coefficient of h^{order + 1} in the one-step expectation, numerical minus exact; 0 if the search
    /// ended (one order above the claim) before a difference was found.
    pub leading_error: DifferentialPolynomial,
}

/// The equations for which an order is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// d ≤ 3; as many noises.
    pub dimension: usize,
    /// Constant σ, or σ(t, x).
    pub noise: NoiseClass,
    /// Whether the coefficients depend on t.
    pub time_dependent: bool,
}

/// Decides the weak order of `scheme` with the weight rule, searching up to one order above its claim.
///
/// The scheme's own generic code runs on power series in √h whose coefficients are polynomials in the
/// jets of abstract b, σ, c and φ; the expectation over the noise is exact; Σ hᵏ(∂ₜ + L − c)ᵏφ/k! is
/// subtracted (Milstein 1978; Talay and Tubaro 1990 for the role of the leading term).
pub fn certificate(scheme: &dyn Scheme, weight: WeightRule, setting: Setting) -> Certificate {
    let most = scheme.weak_order() as usize + 1;
    let error = one_step_error(scheme, weight, setting, most);
    for power in 0..=2 * most {
        let coefficient = error.coefficient(power);
        if !coefficient.is_zero() {
            // s^power = h^(power/2), and 1/h steps are made.
            return Certificate {
                dimension: setting.dimension,
                order: (power / 2).saturating_sub(1) as u32,
                leading_error: coefficient,
            };
        }
    }
    Certificate { dimension: setting.dimension, order: most as u32, leading_error: DifferentialPolynomial::default() }
}

/// E[φ(X')·weight] − Σ_{k ≤ most} hᵏ(∂ₜ + L − c)ᵏφ/k!, known up to and including h^most.
fn one_step_error(scheme: &dyn Scheme, weight: WeightRule, setting: Setting, most: usize) -> JetSeries {
    let abstract_sde = AbstractSde { setting, order: 2 * most + 1 };
    let one_step = abstract_sde.expectation(scheme, weight);
    let mut exact = abstract_sde.function("φ", false);
    let mut error = one_step - Series::constant(exact.clone());
    for k in 1..=most {
        exact = abstract_sde.backward(&exact) * DifferentialPolynomial::ratio(1, k as i64);
        error = error - Series::monomial(exact.clone(), 2 * k, usize::MAX);
    }
    error
}

/// dX = b dt + σ dW with rate c, of which nothing is known but smoothness.
struct AbstractSde {
    setting: Setting,
    /// Series are known below this power of √h.
    order: usize,
}

impl AbstractSde {
    fn named(&self, name: Name, time: bool) -> Jet {
        Jet::of(Function { name, dimension: self.setting.dimension as u8, time })
    }

    fn function(&self, letter: &'static str, time: bool) -> DifferentialPolynomial {
        DifferentialPolynomial::symbol(Symbol::Jet(self.named(Name::plain(letter), time)))
    }

    fn drift_jet(&self, i: usize) -> Jet {
        self.named(Name::component("b", i, self.setting.dimension), self.setting.time_dependent)
    }

    fn rate_jet(&self) -> Jet {
        self.named(Name::plain("c"), self.setting.time_dependent)
    }

    /// σ_ij as a function, if it is one.
    fn diffusion_name(&self, i: usize, j: usize) -> Name {
        Name::entry("σ", i, j, self.setting.dimension)
    }

    /// Coordinate x_i of the point where the step starts.
    fn base(i: usize) -> JetSeries {
        Series::constant(DifferentialPolynomial::symbol(Symbol::Parameter(Name::component("x", i, usize::MAX))))
    }

    /// Taylor expansion of a function around the start of the step.
    ///
    /// # Panics
    /// If x does not tend to the base point as h → 0: no one-step scheme does that.
    fn expand(&self, function: Jet, t: &JetSeries, x: &[JetSeries]) -> JetSeries {
        let mut offsets = vec![(Axis::Time, t.clone())];
        for (i, x) in x.iter().enumerate() {
            offsets.push((Axis::Space(i), x.clone() - Self::base(i)));
        }
        assert!(offsets.iter().all(|(_, offset)| offset.valuation() != Some(0)), "a step of length 0 moves x");
        let start = Series::monomial(DifferentialPolynomial::ratio(1, 1), 0, self.order);
        let mut sum = Series::monomial(DifferentialPolynomial::ratio(0, 1), 0, self.order);
        self.expand_along(function, &offsets, start, &mut sum);
        sum
    }

    /// Adds Σ ∂^α f · factor · offset^α/α! over all α in the axes that are left.
    fn expand_along(&self, jet: Jet, offsets: &[(Axis, JetSeries)], factor: JetSeries, sum: &mut JetSeries) {
        let Some(((axis, offset), rest)) = offsets.split_first() else {
            *sum += Series::constant(DifferentialPolynomial::symbol(Symbol::Jet(jet))) * factor;
            return;
        };
        let (mut jet, mut factor) = (jet, factor);
        for k in 1.. {
            self.expand_along(jet, rest, factor.clone(), sum);
            let Some(next) = jet.derivative(*axis) else { return };
            jet = next;
            factor = factor * offset.clone() * Series::ratio(1, k);
            if factor.valuation().is_none() {
                return;
            }
        }
    }

    /// E[φ(X') exp(log-weight increment)] over one step.
    fn expectation(&self, scheme: &dyn Scheme, weight: WeightRule) -> JetSeries {
        let d = self.setting.dimension;
        let power = |power| Series::monomial(DifferentialPolynomial::ratio(1, 1), power, self.order);
        let step = Step { t: Series::zero(), h: power(2), sqrt_h: power(1) };
        let start: Vec<JetSeries> = (0..d).map(Self::base).collect();
        let noise: Vec<JetSeries> =
            (0..d).map(|j| Series::constant(DifferentialPolynomial::symbol(Symbol::Noise(j)))).collect();
        let mut x = start.clone();
        let mut work = vec![Series::zero(); d * scheme.work_vectors()];
        scheme.step_series(self, &step, &mut x, &noise, &mut work);
        let before = self.rate(&step.t, &start);
        let after = self.rate(&step.h, &x);
        let weight = weight.log_increment(&step.h, before, after).exp();
        let φ = self.named(Name::plain("φ"), false);
        (self.expand(φ, &Series::zero(), &x) * weight).map(|coefficient| coefficient.gaussian_expectation())
    }

    /// (∂ₜ + L − c)u.
    fn backward(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial {
        let d = self.setting.dimension;
        let symbol = |jet| DifferentialPolynomial::symbol(Symbol::Jet(jet));
        let mut sum = u.derivative(Axis::Time) - symbol(self.rate_jet()) * u.clone();
        for i in 0..d {
            let slope = u.derivative(Axis::Space(i));
            sum += symbol(self.drift_jet(i)) * slope.clone();
            for j in 0..d {
                let mut a = DifferentialPolynomial::default();
                for k in 0..d {
                    a += self.diffusion_symbol(i, k) * self.diffusion_symbol(j, k);
                }
                sum += DifferentialPolynomial::ratio(1, 2) * a * slope.derivative(Axis::Space(j));
            }
        }
        sum
    }

    fn diffusion_symbol(&self, i: usize, j: usize) -> DifferentialPolynomial {
        let name = self.diffusion_name(i, j);
        DifferentialPolynomial::symbol(match self.setting.noise {
            NoiseClass::Additive => Symbol::Parameter(name),
            NoiseClass::General => Symbol::Jet(self.named(name, self.setting.time_dependent)),
        })
    }
}

impl Sde<JetSeries> for AbstractSde {
    fn dimension(&self) -> usize {
        self.setting.dimension
    }
    fn noise_dimension(&self) -> usize {
        self.setting.dimension
    }
    fn drift(&self, t: &JetSeries, x: &[JetSeries], out: &mut [JetSeries]) {
        for (i, component) in out.iter_mut().enumerate() {
            *component = self.expand(self.drift_jet(i), t, x);
        }
    }
    fn diffuse(&self, t: &JetSeries, x: &[JetSeries], noise: &[JetSeries], out: &mut [JetSeries]) {
        for (i, component) in out.iter_mut().enumerate() {
            *component = Series::zero();
            for (j, ξ) in noise.iter().enumerate() {
                let σ = match self.setting.noise {
                    NoiseClass::Additive => Series::constant(self.diffusion_symbol(i, j)),
                    NoiseClass::General => {
                        self.expand(self.named(self.diffusion_name(i, j), self.setting.time_dependent), t, x)
                    }
                };
                *component += σ * ξ.clone();
            }
        }
    }
    fn rate(&self, t: &JetSeries, x: &[JetSeries]) -> JetSeries {
        self.expand(self.rate_jet(), t, x)
    }
}
