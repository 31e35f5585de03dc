//! The kinetic generator L = p·∇_q − ∇V·∇_p + γ(Δ_p − p·∇_p) and μ ∝ e^{−V(q) − |p|²/2}; A = ∇_p, C = ∇_q with
//! adjoints in L²(μ).

use super::kit::{Kit, parameter, q, times};
use super::{Identity, Residual};
use crate::symbolic::{
    Coordinate, Density, DifferentialPolynomial as P, Function, Jet, Name, Operator, Symbol,
};

const ALL: &[usize] = &[1, 2, 3];
const VILLANI: &str = "Villani 2009, Hypocoercivity; Pavliotis 2014, chapter 6";

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

    fn a(&self, i: usize) -> Operator {
        Operator::partial(self.momentum(i))
    }

    fn c(i: usize) -> Operator {
        Operator::partial(Self::position(i))
    }

    /// Aᵢ* = pᵢ − ∂_{pᵢ}.
    fn a_star(&self, i: usize) -> Operator {
        times(self.p(i)) - self.a(i)
    }

    /// Cᵢ* = ∂ᵢV − ∂_{qᵢ}.
    fn c_star(&self, i: usize) -> Operator {
        times(self.potential().derivative(Self::position(i))) - Self::c(i)
    }

    fn sum(&self, term: impl Fn(usize) -> Operator) -> Operator {
        (0..self.d).map(term).fold(Operator::default(), |sum, term| sum + term)
    }

    /// S = −A*A.
    fn symmetric(&self) -> Operator {
        -self.sum(|i| self.a_star(i) * self.a(i))
    }

    /// X = p·∇_q − ∇V·∇_p.
    fn transport(&self) -> Operator {
        let force = |i| times(self.potential().derivative(Self::position(i)));
        self.sum(|i| times(self.p(i)) * Self::c(i) - force(i) * self.a(i))
    }

    /// ∫ … dμ.
    fn integral(&self, factor: P) -> Residual {
        Residual::Integral(Density::new(self.log_invariant(), factor), self.all())
    }
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "kinetic-invariance",
        statement: r"\int L f\,d\mu = 0",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let f = phase.f('f');
            let friction = phase.sum(|i| times(phase.p(i)) * phase.a(i)).apply(&f);
            let spread = phase.sum(|i| phase.a(i) * phase.a(i)).apply(&f);
            let thermostat = parameter('γ') * (spread - k * &friction);
            vec![phase.integral(phase.transport().apply(&f) + thermostat)]
        },
    },
    Identity {
        id: "kinetic-split",
        statement: r"p\cdot\nabla_q - \nabla V\cdot\nabla_p = \sum_i A_i^*C_i - C_i^*A_i",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let factored = phase
                .sum(|i| phase.a_star(i) * Phase::c(i) - times(k.clone()) * phase.c_star(i) * phase.a(i));
            vec![Residual::Operator(phase.transport() - factored)]
        },
    },
    Identity {
        id: "kinetic-symmetric-part",
        statement: r"\int f\,Sg\,d\mu = -\int\nabla_pf\cdot\nabla_pg\,d\mu,\quad S = \Delta_p - p\cdot\nabla_p",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let (f, g) = (phase.f('f'), phase.f('g'));
            let form =
                (0..phase.d).fold(P::zero(), |sum, i| sum + phase.a(i).apply(&f) * phase.a(i).apply(&g));
            vec![phase.integral(&f * &phase.symmetric().apply(&g) + k * &form)]
        },
    },
    Identity {
        id: "kinetic-antisymmetric-part",
        statement: r"\int f\,Xg\,d\mu = -\int g\,Xf\,d\mu",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let (f, g, x) = (phase.f('f'), phase.f('g'), phase.transport());
            vec![phase.integral(&f * &x.apply(&g) + k * &(&g * &x.apply(&f)))]
        },
    },
    Identity {
        id: "momentum-creation",
        statement: r"[A_i, A_j^*] = \delta_{ij}",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let pairs = (0..phase.d).flat_map(|i| (0..phase.d).map(move |j| (i, j)));
            let delta = |i, j| if i == j { times(k.clone()) } else { Operator::default() };
            pairs
                .map(|(i, j)| Residual::Operator(phase.a(i).commutator(&phase.a_star(j)) - delta(i, j)))
                .collect()
        },
    },
    Identity {
        id: "hypocoercive-first",
        statement: r"[A_i, X] = C_i",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let residual = |i| phase.a(i).commutator(&phase.transport()) - times(k.clone()) * Phase::c(i);
            (0..phase.d).map(|i| Residual::Operator(residual(i))).collect()
        },
    },
    Identity {
        id: "hypocoercive-second",
        statement: r"[C_i, X] = -\sum_j \partial_{ij}V\,A_j",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let residual = |i: usize| {
                let force = phase.potential().derivative(Phase::position(i));
                let hessian = phase.sum(|j| times(k * &force.derivative(Phase::position(j))) * phase.a(j));
                Phase::c(i).commutator(&phase.transport()) + hessian
            };
            (0..phase.d).map(|i| Residual::Operator(residual(i))).collect()
        },
    },
    Identity {
        id: "lebesgue-adjoint",
        statement: r"L^* = -X + \gamma\nabla_p\cdot(\nabla_p + p) \text{ with respect to } dq\,dp",
        source: VILLANI,
        dimensions: ALL,
        residuals: |kit, k| {
            let phase = Phase::new(kit);
            let γ = || times(parameter('γ'));
            let generator = phase.transport() + γ() * phase.symmetric();
            let thermostat = phase.sum(|i| phase.a(i) * (phase.a(i) + times(k * &phase.p(i))));
            vec![Residual::Operator(generator.adjoint() + phase.transport() - γ() * thermostat)]
        },
    },
];
