use super::{Expression, Potential, Program, Variable};
use crate::algebra::Real;
use crate::schemes::{Implicit, Langevin, Sde};

/// Kinetic Langevin dynamics dq = p dt, dp = −∇V(q) dt − γp dt + √(2γ) dW, whose invariant measure is
/// e^{−V(q) − |p|²/2}; the state is x = (q, p).
///
/// With a rate c(t, x) the measure is μ_T(φ) = E[φ(X_T) exp(−∫₀ᵀ c(t, X_t) dt)].
///
/// With a reaction β > 0 the density, which stays normalised, loses βρ(s − ⟨s⟩_ρ), where s is log(ρ/π) of the joint law or
/// of the positions alone ([`ReactionReads`]); both leave the invariant measure as it is.
#[derive(Clone, Debug)]
pub struct KineticFlow {
    /// V(q).
    pub potential: Potential,
    /// γ ≥ 0.
    pub friction: f64,
    /// Number of positions.
    pub degrees_of_freedom: usize,
    /// β ≥ 0.
    pub reaction: f64,
    /// What the reaction reads.
    pub reads: ReactionReads,
    rate: Option<(Expression, Program)>,
}

/// The density that the reaction of a [`KineticFlow`] reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReactionReads {
    /// ρ(q, p), against e^{−V(q) − |p|²/2}.
    #[default]
    Joint,
    /// ∫ρ(q, p) dp, against e^{−V(q)}.
    Marginal,
}

impl ReactionReads {
    /// Every choice that a scenario can name.
    pub const ALL: [Self; 2] = [Self::Joint, Self::Marginal];

    /// The name that scenarios use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Joint => "joint",
            Self::Marginal => "marginal",
        }
    }
}

impl KineticFlow {
    /// The dynamics with `degrees_of_freedom` positions, without a reaction.
    pub fn new(
        potential: Potential,
        friction: f64,
        degrees_of_freedom: usize,
        rate: Option<Expression>,
    ) -> Self {
        let rate = rate.map(|rate| {
            let program = Program::compile(std::slice::from_ref(&rate));
            (rate, program)
        });
        Self { potential, friction, degrees_of_freedom, reaction: 0.0, reads: ReactionReads::Joint, rate }
    }

    /// The same with the reaction β = `reaction`.
    pub fn with_reaction(self, reaction: f64, reads: ReactionReads) -> Self {
        Self { reaction, reads, ..self }
    }

    /// −log of the target of the reaction, up to a constant, at x = (q, p): V(q), and |p|²/2 if it reads the joint law.
    pub fn energy<R: Real>(&self, x: &[R]) -> R {
        let (q, p) = x.split_at(self.degrees_of_freedom);
        let potential = self.potential.value(q);
        match self.reads {
            ReactionReads::Joint => p.iter().fold(potential, |sum, p| sum + R::constant(0.5) * *p * *p),
            ReactionReads::Marginal => potential,
        }
    }

    /// c.
    pub fn rate(&self) -> Option<&Expression> {
        self.rate.as_ref().map(|(rate, _)| rate)
    }

    /// Whether the rate depends on t.
    pub fn time_dependent(&self) -> bool {
        self.rate().is_some_and(|rate| rate.depends_on(Variable::Time))
    }
}

/// The equation of a [`KineticFlow`].
#[derive(Clone, Debug)]
pub struct KineticLangevin<'a>(pub &'a KineticFlow);

impl<R: Real> Sde<R> for KineticLangevin<'_> {
    fn dimension(&self) -> usize {
        2 * self.0.degrees_of_freedom
    }
    fn noise_dimension(&self) -> usize {
        self.0.degrees_of_freedom
    }
    fn drift(&self, _t: &R, x: &[R], out: &mut [R]) {
        let (q, p) = x.split_at(self.0.degrees_of_freedom);
        let (dq, dp) = out.split_at_mut(self.0.degrees_of_freedom);
        Langevin::<R>::force(self, q, dp);
        dq.copy_from_slice(p);
        let γ: R = self.friction();
        for (dp, p) in dp.iter_mut().zip(p) {
            *dp = *dp - γ * *p;
        }
    }
    fn diffuse(&self, _t: &R, _x: &[R], noise: &[R], out: &mut [R]) {
        let (dq, dp) = out.split_at_mut(self.0.degrees_of_freedom);
        dq.fill(R::zero());
        let σ: R = self.root_friction(2);
        for (dp, ξ) in dp.iter_mut().zip(noise) {
            *dp = σ * *ξ;
        }
    }
    fn rate(&self, t: &R, x: &[R]) -> R {
        let mut out = [R::zero()];
        if let Some((_, program)) = &self.0.rate {
            program.evaluate(t.first(), x, &mut out);
        }
        out[0]
    }
    fn has_code(&self) -> bool {
        self.0.potential.has_code() || self.0.rate.as_ref().is_some_and(|(_, program)| program.has_code())
    }
    fn langevin(&self) -> Option<&dyn Langevin<R>> {
        Some(self)
    }
    fn implicit(&self) -> Option<&dyn Implicit<R>> {
        Some(self)
    }
}

impl<R: Real> Implicit<R> for KineticLangevin<'_> {
    fn solve_implicit(&self, _t: &R, κ: &R, known: &[R], y: &mut [R]) {
        // q = a + κp and p = b + κ(F(q) − γp): an equation of q alone remains, q = a + (κ/(1 + γκ)) (b + κF(q)).
        let KineticFlow { potential, degrees_of_freedom, .. } = self.0;
        let γ: R = self.friction();
        let (a, b) = known.split_at(*degrees_of_freedom);
        let share = κ.over(R::one() + γ * *κ);
        let known_q: Vec<R> = a.iter().zip(b).map(|(a, b)| *a + share * *b).collect();
        let (q, p) = y.split_at_mut(*degrees_of_freedom);
        super::implicit::newton(
            share * *κ,
            &known_q,
            q,
            |q, out| self.force(q, out),
            |q, out| {
                potential.hessian(q, out);
                for entry in out {
                    *entry = -*entry;
                }
            },
        );
        for ((p, q), a) in p.iter_mut().zip(q.iter()).zip(a) {
            *p = (*q - *a).over(*κ);
        }
    }
}

impl<R: Real> Langevin<R> for KineticLangevin<'_> {
    fn force(&self, q: &[R], out: &mut [R]) {
        self.0.potential.gradient(q, out);
        for component in out {
            *component = -*component;
        }
    }
    fn friction(&self) -> R {
        R::constant(self.0.friction)
    }
    fn root_friction(&self, multiple: u32) -> R {
        R::constant((f64::from(multiple) * self.0.friction).sqrt())
    }
}
