//! The kinetic generator L = p·∇_q − ∇V·∇_p + γ(Δ_p − p·∇_p) and μ ∝ e^{−V(q) − |p|²/2}; A = ∇_p, C = ∇_q with
//! adjoints in L²(μ).

use super::Identity;
use super::kit::{Kit, parameter, q, times};
use super::labelled::{Expr as P, Flow, Op, Weighted, rate_along};
use super::sides::{Sides, pointwise};
use crate::symbolic::{Coordinate, Function, Jet, Name, Symbol};

const ALL: &[usize] = &[1, 2, 3];
const VILLANI: &str = "Villani 2009, Hypocoercivity; Pavliotis 2014, chapter 6";
const KINETIC: &str = "kinetic Langevin dynamics with any V; d counts positions";
const KINETIC_FLOW: &str = "kinetic Langevin dynamics with any V, ρ > 0; d counts positions";

/// d positions (the first d coordinates) and d momenta (the next d).
struct Phase {
    d: usize,
}

impl Phase {
    fn new(kit: &Kit) -> Self {
        Self { d: kit.d }
    }

    fn position(i: usize) -> Coordinate {
        Coordinate::space(i)
    }

    fn momentum(&self, i: usize) -> Coordinate {
        Coordinate::space(self.d + i)
    }

    fn all(&self) -> Vec<Coordinate> {
        (0..2 * self.d).map(Coordinate::space).collect()
    }

    fn p(&self, i: usize) -> P {
        Symbol::Coordinate(self.momentum(i)).into()
    }

    /// V(q).
    fn potential(&self) -> P {
        let positions: Vec<Coordinate> = (0..self.d).map(Self::position).collect();
        Jet::of(Function::new(Name::new('V', &[]), &positions)).into()
    }

    /// A function of (q, p).
    fn f(&self, letter: char) -> P {
        Jet::of(Function::new(Name::new(letter, &[]), &self.all())).into()
    }

    /// −V − |p|²/2.
    fn log_invariant(&self) -> P {
        (0..self.d).fold(-self.potential(), |sum, i| sum - q(1, 2) * self.p(i).power(2))
    }

    fn a(&self, i: usize) -> Op {
        Op::partial(self.momentum(i))
    }

    fn c(i: usize) -> Op {
        Op::partial(Self::position(i))
    }

    /// Aᵢ* = pᵢ − ∂_{pᵢ}.
    fn a_star(&self, i: usize) -> Op {
        times(self.p(i)) - self.a(i)
    }

    /// Cᵢ* = ∂ᵢV − ∂_{qᵢ}.
    fn c_star(&self, i: usize) -> Op {
        times(self.potential().derivative(Self::position(i))) - Self::c(i)
    }

    fn sum(&self, term: impl Fn(usize) -> Op) -> Op {
        (0..self.d).map(term).fold(Op::zero(), |sum, term| sum + term)
    }

    /// S = −A*A.
    fn symmetric(&self) -> Op {
        -self.sum(|i| self.a_star(i) * self.a(i))
    }

    /// X = p·∇_q − ∇V·∇_p.
    fn transport(&self) -> Op {
        let force = |i| times(self.potential().derivative(Self::position(i)));
        self.sum(|i| times(self.p(i)) * Self::c(i) - force(i) * self.a(i))
    }

    /// ∫ … dμ on both sides.
    fn integral(&self, left: P, right: P) -> Vec<Sides> {
        self.weighted(self.log_invariant(), left, right)
    }

    /// ∫ e^{log_weight} … dq dp on both sides.
    fn weighted(&self, log_weight: P, left: P, right: P) -> Vec<Sides> {
        vec![Sides::Integral { log_weight, over: self.all(), left, right }]
    }

    /// ∂ₜℓ of ρ = e^ℓ under the kinetic Fokker–Planck equation.
    fn fokker_planck(&self, ℓ: &P) -> P {
        let (mut sum, potential) = (P::zero(), self.potential());
        for i in 0..self.d {
            let (q, p) = (Self::position(i), self.momentum(i));
            let slope = ℓ.derivative(p);
            sum += potential.derivative(q) * slope.clone() - self.p(i) * ℓ.derivative(q);
            let flux = self.p(i) + slope.clone();
            sum += parameter('γ') * (flux.derivative(p) + flux * slope);
        }
        sum
    }
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "kinetic-invariance",
        title: "μ is invariant under kinetic Langevin dynamics",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let f = phase.f('f');
            let friction = phase.sum(|i| times(phase.p(i)) * phase.a(i)).apply(&f);
            let spread = phase.sum(|i| phase.a(i) * phase.a(i)).apply(&f);
            let thermostat = parameter('γ') * (spread - k * &friction);
            phase.integral(phase.transport().apply(&f) + thermostat, P::zero())
        },
    },
    Identity {
        id: "kinetic-split",
        title: "the Hamiltonian part by A, C and their adjoints in L²(μ)",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let factored = phase
                .sum(|i| phase.a_star(i) * Phase::c(i) - times(k.clone()) * phase.c_star(i) * phase.a(i));
            vec![Sides::Operators(phase.transport(), factored)]
        },
    },
    Identity {
        id: "kinetic-symmetric-part",
        title: "the thermostat is symmetric in L²(μ)",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let (f, g) = (phase.f('f'), phase.f('g'));
            let form =
                (0..phase.d).fold(P::zero(), |sum, i| sum + phase.a(i).apply(&f) * phase.a(i).apply(&g));
            phase.integral(&f * &phase.symmetric().apply(&g), -(k * &form))
        },
    },
    Identity {
        id: "kinetic-antisymmetric-part",
        title: "the Hamiltonian part is antisymmetric in L²(μ)",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let (f, g, x) = (phase.f('f'), phase.f('g'), phase.transport());
            phase.integral(&f * &x.apply(&g), -(k * &(&g * &x.apply(&f))))
        },
    },
    Identity {
        id: "momentum-creation",
        title: "momenta are created and annihilated",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let pairs = (0..phase.d).flat_map(|i| (0..phase.d).map(move |j| (i, j)));
            let delta = |i, j| if i == j { times(k.clone()) } else { Op::zero() };
            pairs
                .map(|(i, j)| Sides::Operators(phase.a(i).commutator(&phase.a_star(j)), delta(i, j)))
                .collect()
        },
    },
    Identity {
        id: "hypocoercive-first",
        title: "the first commutator of hypocoercivity",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let commutator = |i| phase.a(i).commutator(&phase.transport());
            (0..phase.d).map(|i| Sides::Operators(commutator(i), times(k.clone()) * Phase::c(i))).collect()
        },
    },
    Identity {
        id: "hypocoercive-second",
        title: "the second commutator of hypocoercivity",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let pair = |i: usize| {
                let force = phase.potential().derivative(Phase::position(i));
                let hessian = phase.sum(|j| times(k * &force.derivative(Phase::position(j))) * phase.a(j));
                Sides::Operators(Phase::c(i).commutator(&phase.transport()), -hessian)
            };
            (0..phase.d).map(pair).collect()
        },
    },
    Identity {
        id: "lebesgue-adjoint",
        title: "the adjoint of the kinetic generator with respect to dq dp",
        source: VILLANI,
        dimensions: ALL,
        domain: KINETIC,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let γ = || times(parameter('γ'));
            let generator = phase.transport() + γ() * phase.symmetric();
            let thermostat = phase.sum(|i| phase.a(i) * (phase.a(i) + times(k * &phase.p(i))));
            vec![Sides::Operators(generator.adjoint(), γ() * thermostat - phase.transport())]
        },
    },
    Identity {
        id: "kinetic-kl-dissipation",
        title: "KL falls along kinetic Langevin dynamics by the Fisher information of the momenta (ℓ = log ρ)",
        source: VILLANI,
        dimensions: &[1, 2],
        domain: KINETIC_FLOW,
        sides: |kit, k| kl_balance(kit, k, false),
    },
    Identity {
        id: "kinetic-kl-dissipation-reaction",
        title: "KL along the kinetic flow with reaction −β(s − m): the last term on the right vanishes for m = ⟨s⟩",
        source: "theory note, section 2.1",
        dimensions: &[1, 2],
        domain: "kinetic Langevin dynamics with a reaction −β(s − m), ρ > 0; d counts positions",
        sides: |kit, k| kl_balance(kit, k, true),
    },
    Identity {
        id: "time-reversal-kinetic",
        title: "the reversed kinetic process has drift (−p, ∇V + γp + 2γ∂ₚℓ) and the same noise: its Fokker–Planck equation is the forward one backwards",
        source: "Anderson 1982; Dockhorn, Vahdat and Kreis 2022, arXiv 2112.07068",
        dimensions: ALL,
        domain: KINETIC_FLOW,
        sides: |kit, k| {
            let phase = Phase::new(kit);
            let ℓ = phase.f('ℓ');
            let γ = parameter('γ');
            let mut reversed = P::zero();
            for i in 0..phase.d {
                let (x, p) = (Phase::position(i), phase.momentum(i));
                let slope = ℓ.derivative(p);
                let force =
                    phase.potential().derivative(x) + &γ * &phase.p(i) + q(2, 1) * (k * &(&γ * &slope));
                let moved = Weighted::new(ℓ.clone(), force).derivative(p).factor();
                reversed += phase.p(i) * ℓ.derivative(x) - moved;
                reversed += &γ * &(slope.derivative(p) + slope.power(2));
            }
            pointwise(reversed, -phase.fokker_planck(&ℓ))
        },
    },
];

/// d/dt ∫ρ(ℓ + V + |p|²/2) along the kinetic flow, with or without the reaction −β(s − m).
fn kl_balance(kit: &Kit, k: &P, reacts: bool) -> Vec<Sides> {
    let phase = Phase::new(kit);
    let ℓ = phase.f('ℓ');
    let s = &ℓ - &phase.log_invariant();
    let slopes = (0..phase.d).fold(P::zero(), |sum, i| sum + s.derivative(phase.momentum(i)).power(2));
    let mut field = phase.fokker_planck(&ℓ);
    let mut loss = -(parameter('γ') * (k * &slopes));
    if reacts {
        let (β, m) = (parameter('β'), parameter('m'));
        let excess = &s - &m;
        field += -(&β * &excess);
        loss += -(&β * &excess.power(2)) - β * (q(1, 1) + m) * excess;
    }
    let function = Function::new(Name::new('ℓ', &[]), &phase.all());
    let rate = rate_along(&[Flow::new(function, field)], &ℓ, &s);
    phase.weighted(ℓ, rate, loss)
}
