use super::{AbstractEquation, expansion_for_factor, fixed_point, symbol};
use crate::algebra::{Ring, Scalar};
use crate::schemes::{JetSeries, NoiseClass, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol};

/// The Itô equation whose coefficients are indeterminates: b(t, x), σ and c(t, x) stand for themselves.
///
/// It is evaluated near its base point (t, x) only, where the coefficients are their Taylor
/// series. What is proved for it holds for every equation with smooth coefficients. σ is a square
/// matrix of parameters for additive noise, of functions of (t, x) for general noise.
#[derive(Clone, Copy, Debug)]
pub struct AbstractSde {
    dimension: usize,
    noise: NoiseClass,
}

impl AbstractSde {
    /// The equation in this many space dimensions, which are as many as the noise has.
    pub fn new(dimension: usize, noise: NoiseClass) -> Self {
        Self { dimension, noise }
    }

    /// The drift component bᵢ(t, x), i from 0; plain b in one dimension.
    pub fn drift_function(&self, i: usize) -> Function {
        Function::new(self.name('b', &[i]), &self.time_and_space())
    }

    /// The entry σᵢⱼ of the diffusion matrix, i and j from 0; plain σ in one dimension.
    pub fn diffusion_symbol(&self, i: usize, j: usize) -> Symbol {
        let name = self.name('σ', &[i, j]);
        match self.noise {
            NoiseClass::Additive => Symbol::Parameter(name),
            NoiseClass::Commutative | NoiseClass::General => {
                Symbol::Jet(Jet::of(Function::new(name, &self.time_and_space())))
            }
        }
    }

    fn diffusion(&self, i: usize, j: usize) -> DifferentialPolynomial {
        self.diffusion_symbol(i, j).into()
    }

    /// The letter with these indices (from 0), or bare in one dimension.
    fn name(&self, letter: char, indices: &[usize]) -> Name {
        let written: Vec<u8> = indices.iter().map(|&index| index as u8 + 1).collect();
        Name::new(letter, if self.dimension == 1 { &[] } else { &written })
    }
}

impl AbstractEquation for AbstractSde {
    fn coordinates(&self) -> Vec<Coordinate> {
        (0..self.dimension).map(Coordinate::space).collect()
    }

    /// (∂ₜ + L − c) u with L = b·∇ + ½ σσᵀ : ∇².
    fn generator(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial {
        let mut sum = u.derivative(Coordinate::TIME) - symbol(self.rate_function()) * u.clone();
        for (i, x) in self.coordinates().into_iter().enumerate() {
            let slope = u.derivative(x);
            for (k, y) in self.coordinates().into_iter().enumerate() {
                let curvature = slope.derivative(y);
                for j in 0..self.dimension {
                    let σσ = self.diffusion(i, j) * self.diffusion(k, j);
                    sum += DifferentialPolynomial::ratio(1, 2) * σσ * curvature.clone();
                }
            }
            sum += symbol(self.drift_function(i)) * slope;
        }
        sum
    }

    /// b = −∇V and σ = √2: dX = −∇V dt + √2 dW.
    fn at_equilibrium(&self, polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
        let mut polynomial = polynomial.insert(self.rate_function(), &DifferentialPolynomial::zero());
        for (i, x) in self.coordinates().into_iter().enumerate() {
            polynomial = polynomial.insert(self.drift_function(i), &-symbol(self.potential()).derivative(x));
            for j in 0..self.dimension {
                let σ = self.diffusion_symbol(i, j);
                polynomial = match i == j {
                    true => polynomial.substitute_power(σ, 2, &DifferentialPolynomial::ratio(2, 1)),
                    false => polynomial.substitute(σ, &DifferentialPolynomial::zero()),
                };
            }
        }
        polynomial
    }

    fn potential(&self) -> Function {
        Function::new(Name::new('V', &[]), &self.coordinates())
    }

    fn log_invariant(&self) -> DifferentialPolynomial {
        -symbol(self.potential())
    }
}

impl Sde<JetSeries> for AbstractSde {
    fn dimension(&self) -> usize {
        self.dimension
    }
    fn noise_dimension(&self) -> usize {
        self.dimension
    }
    fn drift(&self, t: &JetSeries, x: &[JetSeries], out: &mut [JetSeries]) {
        let taylor = expansion_for_factor(self, t, x, 2);
        for (i, value) in out.iter_mut().enumerate() {
            *value = taylor.apply(self.drift_function(i));
        }
    }
    fn diffuse(&self, t: &JetSeries, x: &[JetSeries], noise: &[JetSeries], out: &mut [JetSeries]) {
        let taylor = expansion_for_factor(self, t, x, 1);
        for (i, value) in out.iter_mut().enumerate() {
            *value = JetSeries::zero();
            for (j, ξ) in noise.iter().enumerate() {
                let σ = match self.diffusion_symbol(i, j) {
                    Symbol::Jet(jet) => taylor.apply(jet.function()),
                    constant => JetSeries::constant(constant.into()),
                };
                *value += σ * ξ.clone();
            }
        }
    }
    fn rate(&self, t: &JetSeries, x: &[JetSeries]) -> JetSeries {
        expansion_for_factor(self, t, x, 2).apply(self.rate_function())
    }
    fn solve_implicit(&self, t: &JetSeries, κ: &JetSeries, known: &[JetSeries], y: &mut [JetSeries]) {
        fixed_point(self, t, κ, known, y);
    }
}
