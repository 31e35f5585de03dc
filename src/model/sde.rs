use super::{Expression, Program, TimeDependence, Variable};
use crate::algebra::Real;
use crate::algebra::simd::vectorized;
use crate::schemes::{Implicit, NoiseClass, Sde};

/// dX = b(t, X) dt + σ(t, X) dW (Itô) with rate c(t, X); the measure is
/// μ_T(φ) = E[φ(X_T) exp(−∫₀ᵀ c(t, X_t) dt)].
#[derive(Clone, Debug)]
pub struct ItoSde {
    dimension: usize,
    noise_dimension: usize,
    drift: Vec<Expression>,
    diffusion: Vec<Vec<Expression>>,
    rate: Option<Expression>,
    drift_program: Program,
    jacobian_program: Program,
    diffusion_program: Program,
    /// The entries of σ, if all are constant.
    constant_diffusion: Option<Vec<f64>>,
    rate_program: Option<Program>,
}

impl ItoSde {
    /// The equation with these coefficients: `drift` has d entries, `diffusion` d rows of m.
    pub fn new(drift: Vec<Expression>, diffusion: Vec<Vec<Expression>>, rate: Option<Expression>) -> Self {
        let flat: Vec<Expression> = diffusion.iter().flatten().cloned().collect();
        let jacobian: Vec<Expression> =
            drift.iter().flat_map(|b| (0..drift.len()).map(|j| b.derivative(Variable::Space(j)))).collect();
        let diffusion_program = Program::compile(&flat);
        Self {
            dimension: drift.len(),
            noise_dimension: diffusion.first().map_or(0, Vec::len),
            drift_program: Program::compile(&drift),
            jacobian_program: Program::compile(&jacobian),
            constant_diffusion: diffusion_program.constants(),
            diffusion_program,
            rate_program: rate.as_ref().map(|c| Program::compile(std::slice::from_ref(c))),
            drift,
            diffusion,
            rate,
        }
    }

    /// The Itô equation that has the solutions of the Stratonovich equation with these coefficients: the drift gains
    /// ½ Σ_jk σ_kj ∂_k σ_ij (Kloeden and Platen 1992, equation (4.9.11)).
    pub fn from_stratonovich(
        drift: Vec<Expression>,
        diffusion: Vec<Vec<Expression>>,
        rate: Option<Expression>,
    ) -> Self {
        let corrected = drift.into_iter().zip(&diffusion).map(|(b, row)| {
            let mut terms = vec![b];
            for (j, σ_ij) in row.iter().enumerate() {
                for (k, row_k) in diffusion.iter().enumerate() {
                    let slope = σ_ij.derivative(Variable::Space(k));
                    let half = Expression::product(Expression::constant(0.5), row_k[j].clone());
                    terms.push(Expression::product(half, slope));
                }
            }
            Expression::sum(terms)
        });
        Self::new(corrected.collect(), diffusion, rate)
    }

    /// Dimension d of X.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// b, one formula for each component.
    pub fn drift(&self) -> &[Expression] {
        &self.drift
    }

    /// σ, one row for each component of X.
    pub fn diffusion(&self) -> &[Vec<Expression>] {
        &self.diffusion
    }

    /// c.
    pub fn rate(&self) -> Option<&Expression> {
        self.rate.as_ref()
    }

    /// ∂bᵢ/∂xⱼ at time `t`, by rows.
    pub fn jacobian(&self, t: f64, x: &[f64], out: &mut [f64]) {
        self.jacobian_program.evaluate(t, x, out);
    }

    /// Whether some noise drives more than one component.
    pub fn is_correlated(&self) -> bool {
        let drives =
            |noise: usize| self.diffusion.iter().filter(|row| row[noise].as_constant() != Some(0.0)).count();
        (0..self.noise_dimension).any(|noise| drives(noise) > 1)
    }

    /// Additive if σ depends neither on t nor on x; commutative if there is one noise, or each noise drives one component
    /// with a σ of that component alone (the cases in which that is plain from the formulas).
    pub fn noise(&self) -> NoiseClass {
        let own = |i: usize, j: usize| {
            let σ = &self.diffusion[i][j];
            let others = (0..self.dimension).filter(|&k| k != i).any(|k| σ.depends_on(Variable::Space(k)));
            if i == j { !others } else { σ.as_constant() == Some(0.0) }
        };
        let entries = || (0..self.dimension).flat_map(|i| (0..self.noise_dimension).map(move |j| (i, j)));
        if !self.diffusion.iter().flatten().any(|σ| self.varies(σ)) {
            NoiseClass::Additive
        } else if self.noise_dimension == 1 || entries().all(|(i, j)| own(i, j)) {
            NoiseClass::Commutative
        } else if self.noise_dimension == 2 {
            NoiseClass::Pair
        } else {
            NoiseClass::General
        }
    }

    /// What of the equation depends on t.
    pub fn time_dependence(&self) -> TimeDependence {
        let timed = |expression: &Expression| expression.depends_on(Variable::Time);
        if self.drift.iter().chain(self.diffusion.iter().flatten()).any(timed) {
            TimeDependence::Motion
        } else if self.rate.iter().any(timed) {
            TimeDependence::Rate
        } else {
            TimeDependence::Nothing
        }
    }

    fn varies(&self, expression: &Expression) -> bool {
        expression.depends_on(Variable::Time)
            || (0..self.dimension).any(|i| expression.depends_on(Variable::Space(i)))
    }
}

impl<R: Real> Sde<R> for ItoSde {
    fn dimension(&self) -> usize {
        self.dimension
    }
    fn noise_dimension(&self) -> usize {
        self.noise_dimension
    }
    fn drift(&self, t: &R, x: &[R], out: &mut [R]) {
        self.drift_program.evaluate(t.first(), x, out);
    }
    fn diffuse(&self, t: &R, x: &[R], noise: &[R], out: &mut [R]) {
        if let Some(σ) = &self.constant_diffusion {
            vectorized(
                #[inline(always)]
                || {
                    for (component, row) in out.iter_mut().zip(σ.chunks_exact(self.noise_dimension)) {
                        component.assign(&noise[0], |ξ| row[0] * ξ);
                        for (σ, ξ) in row.iter().zip(noise).skip(1) {
                            component.add_product(&R::constant(*σ), ξ);
                        }
                    }
                },
            );
            return;
        }
        self.diffusion_program.with_outputs(t.first(), x, |σ| {
            for (component, row) in out.iter_mut().zip(σ.chunks_exact(self.noise_dimension)) {
                *component = row.iter().zip(noise).fold(R::zero(), |sum, (σ, ξ)| sum + *σ * *ξ);
            }
        });
    }
    fn rate(&self, t: &R, x: &[R]) -> R {
        let mut rate = R::zero();
        self.write_rate(t, x, &mut rate);
        rate
    }
    fn write_rate(&self, t: &R, x: &[R], out: &mut R) {
        match &self.rate_program {
            Some(program) => program.evaluate(t.first(), x, std::slice::from_mut(out)),
            None => *out = R::zero(),
        }
    }
    fn has_code(&self) -> bool {
        let programs = [&self.drift_program, &self.diffusion_program].into_iter().chain(&self.rate_program);
        programs.into_iter().any(Program::has_code)
    }
    fn implicit(&self) -> Option<&dyn Implicit<R>> {
        Some(self)
    }
}

impl<R: Real> Implicit<R> for ItoSde {
    fn solve_implicit(&self, t: &R, κ: &R, known: &[R], y: &mut [R]) {
        super::implicit::newton(
            *κ,
            known,
            y,
            |x, out| self.drift_program.evaluate(t.first(), x, out),
            |x, out| self.jacobian_program.evaluate(t.first(), x, out),
        );
    }
}
