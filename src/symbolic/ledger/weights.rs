//! Feynman–Kac weights: which equation the density of a weighted SDE solves, and how drift and weight exchange.

use super::Identity;
use super::kit::{Kit, dot, parameter, q, times};
use super::labelled::{Expr as P, Flow, Op, Weighted, rate_along};
use super::sides::{Sides, pointwise};
use crate::symbolic::{Coordinate, Symbol};

const ALL: &[usize] = &[1, 2, 3];
const GAUGE: &str = "drift b(x), isotropic noise a(x) and a rate, ρ > 0";

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "weighted-sde-is-wfr",
        title: "paths of αL with log-weights −βs have the density of the unnormalised WFR flow (ℓ = log ρ)",
        source: "Rahimi 2025, arXiv 2512.17878; theory note, section 5.7",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics with log-weights −βs, ρ > 0",
        sides: |kit, k| {
            let (ψ, s, α, β) = (kit.f('ψ'), kit.s(), parameter('α'), parameter('β'));
            let weighted = &α * &kit.l(&ψ) - &β * &(&s * &ψ);
            let flow = α * kit.transport() - k * &(β * s);
            kit.integral(kit.f('ℓ'), weighted, ψ * flow)
        },
    },
    Identity {
        id: "feynman-kac-duality",
        title: "∫uρ is constant for ∂ₜρ = L*ρ − cρ and ∂ₜu = −Lu + cu",
        source: "Del Moral 2004, Feynman-Kac Formulae",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics with any killing rate c(x)",
        sides: |kit, k| {
            let (ρ, u, c, v) = (kit.f('ρ'), kit.f('u'), kit.f('c'), kit.f('V'));
            let forward = kit.laplacian(&ρ) + kit.gamma(&ρ, &v) + &ρ * &kit.laplacian(&v) - k * &(&c * &ρ);
            let backward = &c * &u - kit.l(&u);
            let pairing = &u * &ρ;
            let flows = [Flow::new(kit.function('ρ'), forward), Flow::new(kit.function('u'), backward)];
            let rate = rate_along(&flows, &q(0, 1), &pairing);
            kit.integral(q(0, 1), rate, q(0, 1))
        },
    },
    Identity {
        id: "normalised-weighted-sde",
        title: "paths of αL with log-weights −β(s − m), m = ⟨s⟩, have the density of the normalised WFR flow (ℓ = log ρ)",
        source: "Rahimi 2025, arXiv 2512.17878; theory note, section 2.1",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics with log-weights −β(s − m), ρ > 0, any number m",
        sides: |kit, k| {
            let (ψ, α, β) = (kit.f('ψ'), parameter('α'), parameter('β'));
            let excess = kit.s() - parameter('m');
            let weighted = &α * &kit.l(&ψ) - &β * &(&excess * &ψ);
            let flow = α * kit.transport() - k * &(β * excess);
            kit.integral(kit.f('ℓ'), weighted, ψ * flow)
        },
    },
    Identity {
        id: "drift-weight-gauge",
        title: "a growth rate g: (b, g) and (b + u, g + ∇·u + u·∇log ρ) move ρ = e^ℓ alike",
        source: "Albergo and Vanden-Eijnden 2024, arXiv 2410.02711",
        dimensions: ALL,
        domain: GAUGE,
        sides: |kit, k| gauge(kit, k, false),
    },
    Identity {
        id: "drift-weight-gauge-killing",
        title: "a killing rate c = −g: (b, c) and (b + u, c − ∇·u − u·∇log ρ) move ρ = e^ℓ alike",
        source: "Albergo and Vanden-Eijnden 2024, arXiv 2410.02711",
        dimensions: ALL,
        domain: GAUGE,
        sides: |kit, k| gauge(kit, k, true),
    },
    Identity {
        id: "doob-transform",
        title: "Doob's transform of L + W by h = e^η",
        source: "Doob 1957; Rogers and Williams 2000, section IV.39",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics with a potential W, h = e^η > 0",
        sides: |kit, k| {
            // h = e^η.
            let (f, η, v) = (kit.f('f'), kit.f('η'), kit.f('V'));
            let generator = |factor: &P| {
                kit.space().into_iter().fold(P::zero(), |sum, x| {
                    let first = Weighted::new(η.clone(), factor.clone()).derivative(x);
                    sum + first.derivative(x).factor() - v.derivative(x) * first.factor()
                })
            };
            let tilt = q(2, 1) * (k * &kit.gamma(&η, &f));
            let potential = &kit.f('W') * &f;
            let left = generator(&f) + potential.clone();
            pointwise(left, kit.l(&f) + tilt + &generator(&q(1, 1)) * &f + potential)
        },
    },
    Identity {
        id: "doob-dirichlet-form",
        title: "the Dirichlet form of Doob's transform by h = e^η",
        source: "Doob 1957; Pavliotis 2014, section 4.9",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics, h = e^η > 0",
        sides: |kit, k| {
            let (f, g, η) = (kit.f('f'), kit.f('g'), kit.f('η'));
            let tilted = kit.l(&g) + q(2, 1) * (k * &kit.gamma(&η, &g));
            kit.integral(q(2, 1) * η - kit.f('V'), f.clone() * tilted, -kit.gamma(&f, &g))
        },
    },
    Identity {
        id: "ito-log-density",
        title: "the drift of log ρₜ(Xₜ)",
        source: "Ito's formula with the Fokker-Planck equation",
        dimensions: ALL,
        domain: "overdamped Langevin dynamics with a density ρ > 0",
        sides: |kit, k| {
            let (ℓ, v) = (kit.f('ℓ'), kit.f('V'));
            let right = q(2, 1) * kit.laplacian(&ℓ) + k * &kit.gamma(&ℓ, &ℓ) + kit.laplacian(&v);
            pointwise(kit.transport() + kit.l(&ℓ), right)
        },
    },
    Identity {
        id: "girsanov-exponential",
        title: "with the log-weight dy = u·dW/√2 − ¼|u|²dt along dX = −∇V dt + √2 dW, weighted means e^y f follow the drift −∇V + u (last coordinate y)",
        source: "Girsanov 1960; Rogers and Williams 2000, section IV.38",
        dimensions: &[1, 2],
        domain: "overdamped Langevin dynamics with an added drift u(x); that the exponential is a martingale is not decided",
        sides: |kit, k| {
            let (f, u) = (kit.f('f'), kit.vector('u'));
            let weight = Coordinate::space(kit.d);
            let square = q(1, 4) * dot(&u, &u);
            // G = L + u·∇∂_y + ¼|u|²(∂_y² − ∂_y), applied to e^y f and divided by e^y.
            let exponential = P::from(Symbol::Coordinate(weight));
            let start = Weighted::new(exponential.clone(), f.clone());
            let once = start.derivative(weight);
            let twice = once.derivative(weight);
            let cross = kit
                .space()
                .into_iter()
                .zip(&u)
                .fold(P::zero(), |sum, (x, u)| sum + u.clone() * once.derivative(x).factor());
            let own = kit.l(&f) + cross + square * (twice.factor() - k.clone() * once.factor());
            pointwise(own, kit.l(&f) + dot(&u, &kit.gradient(&f)))
        },
    },
    Identity {
        id: "ito-stratonovich",
        title: "the Stratonovich equation with drift b and fields σ, κ is the Itô equation with drift b + ½(σ·∇)σ + ½(κ·∇)κ: one generator",
        source: "Kloeden and Platen 1992, section 4.9",
        dimensions: &[1, 2],
        domain: "autonomous equations with two noise fields",
        sides: |kit, k| {
            let b = kit.vector('b');
            let (mut stratonovich, mut ito) = (along(kit, &b), along(kit, &b));
            for field in [kit.vector('σ'), kit.vector('κ')] {
                let derivative = along(kit, &field);
                stratonovich += times(q(1, 2)) * derivative.clone() * derivative.clone();
                let correction: Vec<P> = field.iter().map(|σ| q(1, 2) * (k * &derivative.apply(σ))).collect();
                ito += along(kit, &correction);
                for (i, x) in kit.space().into_iter().enumerate() {
                    for (j, y) in kit.space().into_iter().enumerate() {
                        let second = Op::partial(x) * Op::partial(y);
                        ito += times(q(1, 2) * (&field[i] * &field[j])) * second;
                    }
                }
            }
            vec![Sides::Operators(stratonovich, ito)]
        },
    },
];

/// u·∇.
fn along(kit: &Kit, u: &[P]) -> Op {
    let terms = kit.space().into_iter().zip(u).map(|(x, u)| times(u.clone()) * Op::partial(x));
    terms.fold(Op::zero(), |sum, term| sum + term)
}

/// ∂ₜℓ of e^ℓ under the drift b, the noise a(x) and weights, before and after the exchange of drift u for weights.
fn gauge(kit: &Kit, k: &P, killing: bool) -> Vec<Sides> {
    let (ℓ, b, u) = (kit.f('ℓ'), kit.vector('b'), kit.vector('u'));
    let (a, rate) = (kit.f('a'), kit.f(if killing { 'c' } else { 'g' }));
    let sign = if killing { q(-1, 1) } else { q(1, 1) };
    // ½Δ(a e^ℓ)/e^ℓ.
    let spread = q(1, 2)
        * (kit.laplacian(&a) + q(2, 1) * kit.gamma(&a, &ℓ) + &a * &(kit.laplacian(&ℓ) + kit.gamma(&ℓ, &ℓ)));
    let moved = |drift: &[P], rate: &P| &spread + &(&sign * rate) - kit.flux_divergence(&ℓ, drift);
    let both: Vec<P> = b.iter().zip(&u).map(|(b, u)| b + u).collect();
    let exchanged = kit.divergence(&u) + k * &dot(&u, &kit.gradient(&ℓ));
    pointwise(moved(&b, &rate), moved(&both, &(&rate + &(&sign * &exchanged))))
}
