use super::equation::{expansion_for_factor, fixed_point, symbol, unseen};
use super::{AbstractEquation, Shape};
use crate::algebra::{Ring, Scalar};
use crate::schemes::{Implicit, JetSeries, NoiseClass, Sde};
use crate::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Name, Symbol};

/// The Itô equation whose coefficients are indeterminates: b(t, x), σ and c(t, x) stand for themselves.
///
/// It is evaluated near its base point (t, x) only, where the coefficients are their Taylor
/// series. What is proved for it holds for every equation of its shape with smooth coefficients. σ is a d × m matrix of
/// parameters for additive noise, of functions of (t, x) for general noise.
#[derive(Clone, Copy, Debug)]
pub struct AbstractSde {
    shape: Shape,
    noise: NoiseClass,
}

impl AbstractSde {
    /// The equation of shape (d, m); a number stands for as many components as noises.
    pub fn new(shape: impl Into<Shape>, noise: NoiseClass) -> Self {
        Self { shape: shape.into(), noise }
    }

    /// The drift component bᵢ(t, x), i from 0; plain b in one dimension.
    pub fn drift_function(&self, i: usize) -> Function {
        let index = [i];
        Function::new(name('b', if self.shape.dimension == 1 { &[] } else { &index }), &self.time_and_space())
    }

    /// The entry σᵢⱼ of the diffusion matrix, i and j from 0; an index that has one value only is left out.
    pub fn diffusion_symbol(&self, i: usize, j: usize) -> Symbol {
        let indices = [i, j];
        let written = match (self.shape.dimension, self.shape.noises) {
            (1, 1) => &[][..],
            (1, _) => &indices[1..],
            (_, 1) => &indices[..1],
            _ => &indices[..],
        };
        let name = name('σ', written);
        match self.noise {
            NoiseClass::Additive => Symbol::Parameter(name),
            NoiseClass::Commutative | NoiseClass::Pair | NoiseClass::General => {
                Symbol::Jet(Jet::of(Function::new(name, &self.time_and_space())))
            }
        }
    }

    fn diffusion(&self, i: usize, j: usize) -> DifferentialPolynomial {
        self.diffusion_symbol(i, j).into()
    }
}

/// The letter with these indices, from 0.
fn name(letter: char, indices: &[usize]) -> Name {
    let written: Vec<u8> = indices.iter().map(|&index| index as u8 + 1).collect();
    Name::new(letter, &written)
}

impl AbstractEquation for AbstractSde {
    fn coordinates(&self) -> Vec<Coordinate> {
        (0..self.shape.dimension).map(Coordinate::space).collect()
    }

    /// (∂ₜ + L − c) u with L = b·∇ + ½ σσᵀ : ∇².
    fn generator(&self, u: &DifferentialPolynomial) -> DifferentialPolynomial {
        let mut sum = u.derivative(Coordinate::TIME) - symbol(self.rate_function()) * u.clone();
        for (i, x) in self.coordinates().into_iter().enumerate() {
            let slope = u.derivative(x);
            for (k, y) in self.coordinates().into_iter().enumerate() {
                let curvature = slope.derivative(y);
                for j in 0..self.shape.noises {
                    let σσ = self.diffusion(i, j) * self.diffusion(k, j);
                    sum += DifferentialPolynomial::ratio(1, 2) * σσ * curvature.clone();
                }
            }
            sum += symbol(self.drift_function(i)) * slope;
        }
        sum
    }
}

impl Sde<JetSeries> for AbstractSde {
    fn dimension(&self) -> usize {
        self.shape.dimension
    }
    fn noise_dimension(&self) -> usize {
        self.shape.noises
    }
    fn drift(&self, t: &JetSeries, x: &[JetSeries], out: &mut [JetSeries]) {
        let taylor = expansion_for_factor(self, t, x, 2);
        for (i, value) in out.iter_mut().enumerate() {
            *value = taylor.apply(self.drift_function(i));
        }
    }
    fn diffuse(&self, t: &JetSeries, x: &[JetSeries], noise: &[JetSeries], out: &mut [JetSeries]) {
        assert_eq!(noise.len(), self.shape.noises, "diffuse takes one number for each noise");
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
    fn log_start_weight(&self, _x: &[JetSeries]) -> Option<JetSeries> {
        unseen()
    }
    fn implicit(&self) -> Option<&dyn Implicit<JetSeries>> {
        Some(self)
    }
}

impl Implicit<JetSeries> for AbstractSde {
    fn solve_implicit(&self, t: &JetSeries, κ: &JetSeries, known: &[JetSeries], y: &mut [JetSeries]) {
        fixed_point(self, t, κ, known, y);
    }
}
