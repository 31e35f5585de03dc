use crate::algebra::{Lanes, Real, Scalar};

/// An Itô equation dX = b(t, X) dt + σ(t, X) dW with a Feynman–Kac rate c(t, X) (the path weight
/// is exp(−∫c dt)), evaluated on the scalars `S`.
pub trait Sde<S> {
    /// Number of components of X.
    fn dimension(&self) -> usize;
    /// Number of components of W.
    fn noise_dimension(&self) -> usize;
    /// Writes b(t, x), one entry for each component of x.
    fn drift(&self, t: &S, x: &[S], out: &mut [S]);
    /// Writes σ(t, x)·noise, one entry for each component of x. `noise` has m = [`Sde::noise_dimension`] entries, which the scheme
    /// chooses; a scheme with more variates than that passes a part of them.
    fn diffuse(&self, t: &S, x: &[S], noise: &[S], out: &mut [S]);
    /// c(t, x).
    fn rate(&self, t: &S, x: &[S]) -> S;
    /// Writes c(t, x), for scalars that take time to copy.
    #[inline(always)]
    fn write_rate(&self, t: &S, x: &[S], out: &mut S) {
        *out = self.rate(t, x);
    }
    /// The log-weight with which a path starts at x, where the target at time 0 is not the initial law.
    fn log_start_weight(&self, _x: &[S]) -> Option<S> {
        None
    }
    /// Whether coefficients are functions in code, which are best called for many points at once.
    fn has_code(&self) -> bool {
        false
    }
    /// Force and friction, if this is kinetic Langevin dynamics; then x holds the positions, then the momenta.
    fn langevin(&self) -> Option<&dyn Langevin<S>> {
        None
    }
    /// Potential and mobility, if this is overdamped Langevin dynamics.
    fn overdamped(&self) -> Option<&dyn Overdamped<S>> {
        None
    }
    /// The solver of implicit steps, which schemes need that are implicit in the drift.
    fn implicit(&self) -> Option<&dyn Implicit<S>> {
        None
    }
}

/// An equation that both samples and is integrated without noise.
pub trait Equation: Sde<f64> + Sde<Lanes> + Sync {}
impl<T: Sde<f64> + Sde<Lanes> + Sync> Equation for T {}

/// Kinetic Langevin dynamics dq = p dt, dp = F(q) dt − γp dt + √(2γ) dW, at temperature 1 and mass 1.
pub trait Langevin<S> {
    /// Writes F(q) = −∇V(q).
    fn force(&self, q: &[S], out: &mut [S]);
    /// γ.
    fn friction(&self) -> S;
    /// √(`multiple`·γ).
    fn root_friction(&self, multiple: u32) -> S;
}

/// An equation whose implicit steps can be solved.
pub trait Implicit<S> {
    /// Solves y = `known` + κ b(t, y) for y; `y` starts as a guess. Numbers that do not converge become NaN.
    fn solve_implicit(&self, t: &S, κ: &S, known: &[S], y: &mut [S]);
}

/// Overdamped Langevin dynamics dX = −α∇V dt + √(2α) dW, which is reversible for e^{−V}.
pub trait Overdamped<S> {
    /// V(x).
    fn potential(&self, x: &[S]) -> S;
    /// α.
    fn mobility(&self) -> S;
}

/// The step from t to t + h; √h comes along because the proof reading expands in it.
#[derive(Clone, Debug)]
pub struct Step<S> {
    /// Start of the step.
    pub t: S,
    /// Length of the step.
    pub h: S,
    /// Square root of the length.
    pub sqrt_h: S,
}

impl<S: Scalar> Step<S> {
    /// t + h.
    pub fn end(&self) -> S {
        self.t.clone() + self.h.clone()
    }
}

impl<R: Real> Step<R> {
    /// The step of length `h` that starts at `t`.
    pub fn new(t: f64, h: f64) -> Self {
        Self { t: R::constant(t), h: R::constant(h), sqrt_h: R::constant(h.sqrt()) }
    }
}
