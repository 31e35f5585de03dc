//! Time reversal, probability flow, and the weights that correct annealed, multiplied, guided and tilted diffusions.

use super::kit::{Kit, dot, parameter, q};
use super::{Identity, Residual};
use crate::symbolic::{Coordinate, Density, DifferentialPolynomial as P, Function, Jet, Name};

const ALL: &[usize] = &[1, 2, 3];
const ANDERSON: &str = "Anderson 1982; Song et al. 2021, arXiv 2011.13456";
const FKC: &str = "Skreta et al. 2025, arXiv 2503.02819; theory note, section 3.7";

/// −∇·(drift·ρ) + ½ζg²Δρ, divided by ρ = e^ℓ; G² stands for g².
fn fokker_planck(kit: &Kit, ℓ: &P, drift: &[P], ζ: &P) -> P {
    let mut sum = q(1, 2) * (&noise() * ζ) * (kit.laplacian(ℓ) + kit.gamma(ℓ, ℓ));
    for (x, b) in kit.space().into_iter().zip(drift) {
        sum += -Density::new(ℓ.clone(), b.clone()).derivative(x).factor().clone();
    }
    sum
}

/// g².
fn noise() -> P {
    parameter('g').power(2)
}

/// a·u + b·w.
fn combine(a: &P, u: &[P], b: &P, w: &[P]) -> Vec<P> {
    u.iter().zip(w).map(|(u, w)| a * u + b * w).collect()
}

/// ∂ log q in reversed time, for a forward process dX = f dτ + g dW with log-marginal ℓ.
fn reversed(kit: &Kit, ℓ: &P) -> P {
    -fokker_planck(kit, ℓ, &kit.vector('f'), &q(1, 1))
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "time-reversal",
        statement: r"\text{the process with drift } -f + g^2\nabla\log q \text{ and noise } g \text{ has the marginals of } dX = f\,d\tau + g\,dW \text{ backwards}",
        source: ANDERSON,
        dimensions: ALL,
        residuals: |kit, k| {
            let ℓ = kit.f('ℓ');
            let drift = combine(&q(-1, 1), &kit.vector('f'), &(k * &noise()), &kit.gradient(&ℓ));
            vec![Residual::Pointwise(fokker_planck(kit, &ℓ, &drift, &q(1, 1)) - reversed(kit, &ℓ))]
        },
    },
    Identity {
        id: "probability-flow",
        statement: r"\text{the ODE } \dot x = f - \tfrac12 g^2\nabla\log q \text{ has the marginals of } dX = f\,d\tau + g\,dW",
        source: ANDERSON,
        dimensions: ALL,
        residuals: |kit, k| {
            let (ℓ, f) = (kit.f('ℓ'), kit.vector('f'));
            let drift = combine(&q(1, 1), &f, &-(q(1, 2) * (k * &noise())), &kit.gradient(&ℓ));
            let ode = fokker_planck(kit, &ℓ, &drift, &q(0, 1));
            vec![Residual::Pointwise(ode - fokker_planck(kit, &ℓ, &f, &q(1, 1)))]
        },
    },
    Identity {
        id: "annealing-correction",
        statement: r"p \propto q^\beta,\ \text{drift } -f + \tfrac{\beta(1+\zeta)}{2}g^2S,\ \text{noise } \sqrt\zeta g:\ G = (\beta-1)\nabla\cdot f + \tfrac12 g^2\beta(\beta-1)|S|^2 \text{ for every } \zeta",
        source: FKC,
        dimensions: ALL,
        residuals: |kit, k| {
            let (ℓ, f, β, ζ) = (kit.f('ℓ'), kit.vector('f'), parameter('β'), parameter('ζ'));
            let share = q(1, 2) * (&β * &(q(1, 1) + ζ.clone())) * noise();
            let drift = combine(&q(-1, 1), &f, &share, &kit.gradient(&ℓ));
            let excess = &β - &q(1, 1);
            let weight = &excess * &kit.divergence(&f)
                + q(1, 2) * (k * &(noise() * β.clone() * excess)) * kit.gamma(&ℓ, &ℓ);
            let annealed = &β * &ℓ;
            vec![Residual::Pointwise(
                fokker_planck(kit, &annealed, &drift, &ζ) + weight - β * reversed(kit, &ℓ),
            )]
        },
    },
    Identity {
        id: "product-correction",
        statement: r"p \propto q_1^{\beta_1}q_2^{\beta_2}:\ G = (\beta_1 + \beta_2 - 1)\nabla\cdot f + \tfrac12 g^2\left(|\beta_1S_1 + \beta_2S_2|^2 - \beta_1|S_1|^2 - \beta_2|S_2|^2\right)",
        source: FKC,
        dimensions: ALL,
        residuals: |kit, k| product(kit, k, &parameter('a'), &parameter('b'), None),
    },
    Identity {
        id: "guidance-correction",
        statement: r"\beta = (1-w, w):\ G = \tfrac12 g^2 w(w-1)|S_1 - S_2|^2",
        source: FKC,
        dimensions: ALL,
        residuals: |kit, k| {
            let w = parameter('w');
            let apart = kit.f('ℓ') - kit.f('κ');
            let guided = q(1, 2) * noise() * (&w * &(&w - &q(1, 1))) * kit.gamma(&apart, &apart);
            product(kit, k, &(q(1, 1) - w.clone()), &w, Some(guided))
        },
    },
    Identity {
        id: "reward-correction",
        statement: r"p \propto q\,e^{cr},\ \text{drift } -f + g^2(S + \tfrac c2\nabla r):\ G = \dot c\,r - c f\cdot\nabla r + \tfrac12 g^2 c\,S\cdot\nabla r",
        source: FKC,
        dimensions: ALL,
        residuals: |kit, k| {
            let (ℓ, r, f) = (kit.f('ℓ'), kit.f('r'), kit.vector('f'));
            let clock = Function::new(Name::new('c', &[]), &[Coordinate::TIME]);
            let c = P::from(Jet::of(clock));
            let rate = c.derivative(Coordinate::TIME) * r.clone();
            let tilted = &ℓ + &(&c * &r);
            let pull = combine(&q(1, 1), &kit.gradient(&ℓ), &(q(1, 2) * c.clone()), &kit.gradient(&r));
            let drift = combine(&q(-1, 1), &f, &noise(), &pull);
            let weight = rate.clone() - &c * &dot(&f, &kit.gradient(&r))
                + q(1, 2) * (k * &(noise() * c)) * kit.gamma(&ℓ, &r);
            let flow = fokker_planck(kit, &tilted, &drift, &q(1, 1)) + weight;
            vec![Residual::Pointwise(flow - reversed(kit, &ℓ) - rate)]
        },
    },
    Identity {
        id: "tempering-path",
        statement: r"\pi_\lambda \propto e^{-\lambda V}:\ L_\lambda^*\pi_\lambda - \dot\lambda V\pi_\lambda = \partial_t\pi_\lambda",
        source: "Jarzynski 1997; Neal 2001",
        dimensions: ALL,
        residuals: |kit, k| {
            let clock = Function::new(Name::new('λ', &[]), &[Coordinate::TIME]);
            let (λ, v) = (P::from(Jet::of(clock)), kit.f('V'));
            let log_density = -(&λ * &v);
            let drift: Vec<P> = kit.gradient(&log_density);
            let stay = kit.space().into_iter().zip(drift).fold(P::zero(), |sum, (x, b)| {
                let moved = Density::new(log_density.clone(), b).derivative(x);
                let spread = Density::new(log_density.clone(), q(1, 1)).derivative(x).derivative(x);
                sum + spread.factor().clone() - moved.factor().clone()
            });
            let weight = -(λ.derivative(Coordinate::TIME) * v);
            vec![Residual::Pointwise(stay + k * &weight - log_density.derivative(Coordinate::TIME))]
        },
    },
];

/// Residual of the product correction for powers a of e^ℓ and b of e^κ, with ζ = 1 and the weight rewritten as
/// `weight` if given.
fn product(kit: &Kit, k: &P, a: &P, b: &P, weight: Option<P>) -> Vec<Residual> {
    let (ℓ, κ, f) = (kit.f('ℓ'), kit.f('κ'), kit.vector('f'));
    let both = a * &ℓ + b * &κ;
    let drift = combine(&q(-1, 1), &f, &noise(), &kit.gradient(&both));
    let separate = a * &kit.gamma(&ℓ, &ℓ) + b * &kit.gamma(&κ, &κ);
    let general =
        (a + b - q(1, 1)) * kit.divergence(&f) + q(1, 2) * noise() * (kit.gamma(&both, &both) - separate);
    let weight = weight.unwrap_or(general);
    let target = a * &reversed(kit, &ℓ) + b * &reversed(kit, &κ);
    vec![Residual::Pointwise(fokker_planck(kit, &both, &drift, &q(1, 1)) + k * &weight - target)]
}
