use super::expansion::Expansion;
use crate::algebra::{Ring, Scalar};
use crate::schemes::{JetSeries, NoiseClass, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol};

/// The equation whose coefficients are indeterminates: b(t, x), σ and c(t, x) stand for themselves.
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

    /// The Feynman–Kac rate c(t, x).
    pub fn rate_function(&self) -> Function {
        Function::new(Name::new('c', &[]), &self.time_and_space())
    }

    /// The observable φ(x).
    pub fn observable(&self) -> Function {
        Function::new(Name::new('φ', &[]), &self.space().collect::<Vec<_>>())
    }

    /// The entry σᵢⱼ of the diffusion matrix, i and j from 0; plain σ in one dimension.
    pub fn diffusion_symbol(&self, i: usize, j: usize) -> Symbol {
        let name = self.name('σ', &[i, j]);
        match self.noise {
            NoiseClass::Additive => Symbol::Parameter(name),
            NoiseClass::General => Symbol::Jet(Jet::of(Function::new(name, &self.time_and_space()))),
        }
    }

    /// The base point t, x₁, …, x_d.
    pub(super) fn base_point(&self) -> (JetSeries, Vec<JetSeries>) {
        (coordinate(Coordinate::TIME), self.space().map(coordinate).collect())
    }

    /// (∂ₜ + L − c) u with L = b·∇ + ½ σσᵀ : ∇².
    pub(super) fn generator(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial {
        let mut sum = u.derivative(Coordinate::TIME) - symbol(self.rate_function()) * u.clone();
        for (i, x) in self.space().enumerate() {
            let slope = u.derivative(x);
            for (k, y) in self.space().enumerate() {
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

    fn diffusion(&self, i: usize, j: usize) -> DifferentialPolynomial {
        self.diffusion_symbol(i, j).into()
    }

    fn space(&self) -> impl Iterator<Item = Coordinate> {
        (0..self.dimension).map(Coordinate::space)
    }

    fn time_and_space(&self) -> Vec<Coordinate> {
        std::iter::once(Coordinate::TIME).chain(self.space()).collect()
    }

    /// The letter with these indices (from 0), or bare in one dimension.
    fn name(&self, letter: char, indices: &[usize]) -> Name {
        let written: Vec<u8> = indices.iter().map(|&index| index as u8 + 1).collect();
        Name::new(letter, if self.dimension == 1 { &[] } else { &written })
    }

    /// The Taylor expansion about the base point, ready to be applied to functions at (t, x).
    pub(super) fn expansion(&self, t: &JetSeries, x: &[JetSeries]) -> Expansion {
        let displacements = self.time_and_space().into_iter().zip(std::iter::once(t).chain(x));
        Expansion::new(displacements.map(|(axis, value)| (axis, value.clone() - coordinate(axis))))
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
        let expansion = self.expansion(t, x);
        for (i, value) in out.iter_mut().enumerate() {
            *value = expansion.apply(self.drift_function(i));
        }
    }
    fn diffuse(&self, t: &JetSeries, x: &[JetSeries], noise: &[JetSeries], out: &mut [JetSeries]) {
        let expansion = self.expansion(t, x);
        for (i, value) in out.iter_mut().enumerate() {
            *value = JetSeries::zero();
            for (j, ξ) in noise.iter().enumerate() {
                let σ = match self.diffusion_symbol(i, j) {
                    Symbol::Jet(jet) => expansion.apply(jet.function()),
                    constant => JetSeries::constant(constant.into()),
                };
                *value += σ * ξ.clone();
            }
        }
    }
    fn rate(&self, t: &JetSeries, x: &[JetSeries]) -> JetSeries {
        self.expansion(t, x).apply(self.rate_function())
    }
}

fn coordinate(axis: Coordinate) -> JetSeries {
    JetSeries::constant(Symbol::Coordinate(axis).into())
}

fn symbol(function: Function) -> DifferentialPolynomial {
    Jet::of(function).into()
}
