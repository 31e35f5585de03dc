//! Time reversal, probability flow, and the weights that correct annealed, multiplied, guided and tilted diffusions.

use super::Identity;
use super::kit::{Kit, dot, parameter, q};
use super::labelled::{Expr as P, Weighted};
use super::sides::{Sides, pointwise};
use crate::symbolic::{Coordinate, Function, Jet, Name, Symbol};

const ALL: &[usize] = &[1, 2, 3];
const ANDERSON: &str = "Anderson 1982; Song et al. 2021, arXiv 2011.13456";
const FKC: &str = "Skreta et al. 2025, arXiv 2503.02819; theory note, section 3.7";
const FORWARD: &str = "forward processes with drift f(x) and a noise g without x, marginals q > 0";

/// −∇·(drift·ρ) + ½ζg²Δρ, divided by ρ = e^ℓ; G² stands for g².
fn fokker_planck(kit: &Kit, ℓ: &P, drift: &[P], ζ: &P) -> P {
    let mut sum = q(1, 2) * (&noise() * ζ) * (kit.laplacian(ℓ) + kit.gamma(ℓ, ℓ));
    for (x, b) in kit.space().into_iter().zip(drift) {
        sum += -Weighted::new(ℓ.clone(), b.clone()).derivative(x).factor();
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
        title: "the process with drift −f + g²∇log q and noise g has the marginals q = e^ℓ of dX = f dτ + g dW backwards",
        source: ANDERSON,
        dimensions: ALL,
        domain: FORWARD,
        sides: |kit, k| {
            let ℓ = kit.f('ℓ');
            let drift = combine(&q(-1, 1), &kit.vector('f'), &(k * &noise()), &kit.gradient(&ℓ));
            pointwise(fokker_planck(kit, &ℓ, &drift, &q(1, 1)), reversed(kit, &ℓ))
        },
    },
    Identity {
        id: "probability-flow",
        title: "the equation ẋ = f − ½g²∇log q moves the marginals of dX = f dτ + g dW",
        source: ANDERSON,
        dimensions: ALL,
        domain: FORWARD,
        sides: |kit, k| {
            let (ℓ, f) = (kit.f('ℓ'), kit.vector('f'));
            let drift = combine(&q(1, 1), &f, &-(q(1, 2) * (k * &noise())), &kit.gradient(&ℓ));
            let ode = fokker_planck(kit, &ℓ, &drift, &q(0, 1));
            pointwise(ode, fokker_planck(kit, &ℓ, &f, &q(1, 1)))
        },
    },
    Identity {
        id: "annealing-correction",
        title: "p ∝ q^β, drift −f + ½β(1 + ζ)g²S, noise √ζ g: weights (β − 1)∇·f + ½g²β(β − 1)|S|² for every ζ",
        source: FKC,
        dimensions: ALL,
        domain: FORWARD,
        sides: |kit, k| {
            let (ℓ, f, β, ζ) = (kit.f('ℓ'), kit.vector('f'), parameter('β'), parameter('ζ'));
            let share = q(1, 2) * (&β * &(q(1, 1) + ζ.clone())) * noise();
            let drift = combine(&q(-1, 1), &f, &share, &kit.gradient(&ℓ));
            let excess = &β - &q(1, 1);
            let weight = &excess * &kit.divergence(&f)
                + q(1, 2) * (k * &(noise() * β.clone() * excess)) * kit.gamma(&ℓ, &ℓ);
            let annealed = &β * &ℓ;
            pointwise(fokker_planck(kit, &annealed, &drift, &ζ) + weight, β * reversed(kit, &ℓ))
        },
    },
    Identity {
        id: "product-correction",
        title: "p ∝ q₁^a q₂^b: weights (a + b − 1)∇·f + ½g²(|aS₁ + bS₂|² − a|S₁|² − b|S₂|²)",
        source: FKC,
        dimensions: ALL,
        domain: FORWARD,
        sides: |kit, k| product(kit, k, &parameter('a'), &parameter('b'), None),
    },
    Identity {
        id: "guidance-correction",
        title: "powers (1 − w, w): weights ½g²w(w − 1)|S₁ − S₂|²",
        source: FKC,
        dimensions: ALL,
        domain: FORWARD,
        sides: |kit, k| {
            let w = parameter('w');
            let apart = kit.f('ℓ') - kit.f('κ');
            let guided = q(1, 2) * noise() * (&w * &(&w - &q(1, 1))) * kit.gamma(&apart, &apart);
            product(kit, k, &(q(1, 1) - w.clone()), &w, Some(guided))
        },
    },
    Identity {
        id: "reward-correction",
        title: "p ∝ q e^{cr}, drift −f + g²(S + ½c∇r): weights ċ r − c f·∇r + ½g²c S·∇r",
        source: FKC,
        dimensions: ALL,
        domain: "forward processes with drift f(x) and a noise g without x, marginals q > 0, a reward r(x) and a clock c(t)",
        sides: |kit, k| {
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
            pointwise(flow, reversed(kit, &ℓ) + rate)
        },
    },
    Identity {
        id: "tempering-path",
        title: "π_λ = e^{−λV − z}, z = log ∫e^{−λV} with ż = −λ̇m for m = ⟨V⟩: L_λ* with the weights −λ̇(V − m) follows the normalised path",
        source: "Jarzynski 1997; Neal 2001",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics of λV, any clock λ(t), z finite",
        sides: |kit, k| {
            let time = Coordinate::TIME;
            let clock = |letter| Jet::of(Function::new(Name::new(letter, &[]), &[time]));
            let (λ, z, m) = (P::from(clock('λ')), P::from(clock('z')), P::from(clock('m')));
            let v = kit.f('V');
            let log_density = -(&λ * &v) - z;
            let drift = kit.gradient(&-(&λ * &v));
            let spread: P = kit.laplacian(&log_density) + kit.gamma(&log_density, &log_density);
            let stay = spread - kit.flux_divergence(&log_density, &drift);
            let weight = -(&λ.derivative(time) * &(v - k * &m));
            let normaliser = clock('z').derivative(time).map_or(Symbol::Coordinate(time), Symbol::Jet);
            let moved = log_density.derivative(time).substitute(normaliser, &-(λ.derivative(time) * m));
            pointwise(moved, stay + weight)
        },
    },
    Identity {
        id: "time-reversal-multiplicative",
        title: "noise with a = σσᵀ(x): the process with drift −f + ∇·a + a∇ℓ and the same noise has the marginals e^ℓ of dX = f dτ + σ dW backwards",
        source: "Anderson 1982; Haussmann and Pardoux 1986",
        dimensions: &[1, 2],
        domain: "forward processes with drift f(x) and a noise σ(x), marginals q > 0",
        sides: |kit, k| {
            let (ℓ, f) = (kit.f('ℓ'), kit.vector('f'));
            let slope = kit.gradient(&ℓ);
            let entry = |i: usize, j: usize| -> P {
                let index = [i.min(j) as u8 + 1, i.max(j) as u8 + 1];
                Jet::of(Function::new(Name::new('a', &index), &kit.space())).into()
            };
            // (∇·a + a∇ℓ)ᵢ, and e^{−ℓ} ½∇²:(a e^ℓ), which is half of its divergence.
            let pull: Vec<P> = (0..kit.d)
                .map(|i| {
                    let row = kit.space().into_iter().enumerate();
                    row.fold(P::zero(), |sum, (j, x)| {
                        sum + entry(i, j).derivative(x) + entry(i, j) * slope[j].clone()
                    })
                })
                .collect();
            let spread = q(1, 2) * kit.flux_divergence(&ℓ, &pull);
            let backward = combine(&q(-1, 1), &f, k, &pull);
            let forward = spread.clone() - kit.flux_divergence(&ℓ, &f);
            pointwise(spread - kit.flux_divergence(&ℓ, &backward), -forward)
        },
    },
];

/// Both sides of the product correction for powers a of e^ℓ and b of e^κ, with ζ = 1 and the weight rewritten as
/// `weight` if given.
fn product(kit: &Kit, k: &P, a: &P, b: &P, weight: Option<P>) -> Vec<Sides> {
    let (ℓ, κ, f) = (kit.f('ℓ'), kit.f('κ'), kit.vector('f'));
    let both = a * &ℓ + b * &κ;
    let drift = combine(&q(-1, 1), &f, &noise(), &kit.gradient(&both));
    let separate = a * &kit.gamma(&ℓ, &ℓ) + b * &kit.gamma(&κ, &κ);
    let general =
        (a + b - q(1, 1)) * kit.divergence(&f) + q(1, 2) * noise() * (kit.gamma(&both, &both) - separate);
    let weight = weight.unwrap_or(general);
    let target = a * &reversed(kit, &ℓ) + b * &reversed(kit, &κ);
    pointwise(fokker_planck(kit, &both, &drift, &q(1, 1)) + k * &weight, target)
}
