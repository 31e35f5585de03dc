//! Geodesics of the Wasserstein, Fisher–Rao and WFR metrics, and the second variation of the relative entropy along them.

use super::Identity;
use super::kit::{Kit, q};
use super::labelled::{Expr as P, Flow, Weighted, rate_along};
use super::sides::{Sides, pointwise};
use crate::symbolic::{Coordinate, Function, Jet, Name};

const ALL: &[usize] = &[1, 2, 3];
const METRIC: &str = "Liero, Mielke and Savare 2018; Chizat et al. 2018";
const CONVEXITY: &str = "Otto and Villani 2000; Liero, Mielke and Savare 2023";
const W_GEODESICS: &str = "Wasserstein geodesics, ρ > 0";
const FR_GEODESICS: &str = "Fisher–Rao geodesics, ρ > 0";
const WFR_GEODESICS: &str = "WFR geodesics, ρ > 0";

/// Equations of a geodesic for ℓ = log ρ and φ: ∂ₜℓ = −(Δφ + ∇ℓ·∇φ) + φ and ∂ₜφ = −½(|∇φ|² + φ²), without the parts of the
/// other metric.
fn geodesic(kit: &Kit, moves: bool, reacts: bool) -> [Flow; 2] {
    let (ℓ, φ) = (kit.f('ℓ'), kit.f('φ'));
    let (mut mass, mut potential) = (P::zero(), P::zero());
    if moves {
        mass += -(kit.laplacian(&φ) + kit.gamma(&ℓ, &φ));
        potential += q(-1, 2) * kit.gamma(&φ, &φ);
    }
    if reacts {
        mass += φ.clone();
        potential += q(-1, 2) * φ.power(2);
    }
    [Flow::new(kit.function('ℓ'), mass), Flow::new(kit.function('φ'), potential)]
}

/// |∇φ|² + φ², as far as the metric has them.
fn speed(kit: &Kit, moves: bool, reacts: bool) -> P {
    let φ = kit.f('φ');
    let mut sum = P::zero();
    if moves {
        sum += kit.gamma(&φ, &φ);
    }
    if reacts {
        sum += φ.power(2);
    }
    sum
}

/// The action density ρ∂ₜφ + ½ρ(|∇φ|² + φ²) of functions of (t, x).
fn action(kit: &Kit) -> (P, [Function; 2], Vec<Coordinate>) {
    let all: Vec<Coordinate> = std::iter::once(Coordinate::TIME).chain(kit.space()).collect();
    let functions = ['ρ', 'φ'].map(|letter| Function::new(Name::new(letter, &[]), &all));
    let [ρ, φ] = functions.map(|function| P::from(Jet::of(function)));
    let energy = kit.gamma(&φ, &φ) + φ.power(2);
    (&ρ * &(φ.derivative(Coordinate::TIME) + q(1, 2) * energy), functions, all)
}

/// d²/dt² ∫ρ(s − 1) along a geodesic.
fn second_variation(kit: &Kit, k: &P, moves: bool, reacts: bool) -> Vec<Sides> {
    let (ℓ, φ, s) = (kit.f('ℓ'), kit.f('φ'), kit.s());
    let flows = geodesic(kit, moves, reacts);
    let first = rate_along(&flows, &ℓ, &(s.clone() - q(1, 1)));
    let second = rate_along(&flows, &ℓ, &first);
    let mut expected = P::zero();
    if moves {
        expected += kit.hessian_square(&φ) + k * &kit.hessian_form(&kit.f('V'), &φ, &φ);
    }
    if reacts {
        expected += φ.power(2) + q(1, 2) * s.clone() * speed(kit, moves, reacts);
    }
    if moves && reacts {
        expected += q(2, 1) * kit.gamma(&φ, &φ) + φ.clone() * kit.gamma(&s, &φ);
    } else if reacts {
        expected = k * &expected;
    }
    kit.integral(ℓ, second, expected)
}

/// d²/dt² ∫ρ = ½∫ρ|φ|², whose right side is constant: the mass is a parabola.
fn parabola(kit: &Kit, k: &P, moves: bool) -> Vec<Sides> {
    let ℓ = kit.f('ℓ');
    let flows = geodesic(kit, moves, true);
    let first = rate_along(&flows, &ℓ, &q(1, 1));
    let second = rate_along(&flows, &ℓ, &first);
    kit.integral(ℓ, second, q(1, 2) * (k * &speed(kit, moves, true)))
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "wfr-geodesic-potential",
        title: "Euler–Lagrange: the variation of ∫∫ρ(∂ₜφ + ½|∇φ|² + ½φ²) in ρ is the Hamilton–Jacobi equation of WFR geodesics",
        source: METRIC,
        dimensions: ALL,
        domain: "the action of WFR geodesics, for ρ and φ of t and x",
        sides: |kit, k| {
            let (density, [ρ, φ], all) = action(kit);
            let φ = P::from(Jet::of(φ));
            let left = Weighted::new(P::zero(), density).variation(ρ, &all);
            let speed = kit.gamma(&φ, &φ) + k * &φ.power(2);
            pointwise(left, φ.derivative(Coordinate::TIME) + q(1, 2) * speed)
        },
    },
    Identity {
        id: "wfr-geodesic-continuity",
        title: "Euler–Lagrange: the variation of ∫∫ρ(∂ₜφ + ½|∇φ|² + ½φ²) in φ is the continuity equation with the source ρφ",
        source: METRIC,
        dimensions: ALL,
        domain: "the action of WFR geodesics, for ρ and φ of t and x",
        sides: |kit, k| {
            let (density, [ρ, φ], all) = action(kit);
            let left = Weighted::new(P::zero(), density).variation(φ, &all);
            let [ρ, φ] = [ρ, φ].map(|function| P::from(Jet::of(function)));
            let flux = kit.gamma(&ρ, &φ) + &ρ * &kit.laplacian(&φ);
            pointwise(left, k * &(&ρ * &φ) - flux - ρ.derivative(Coordinate::TIME))
        },
    },
    Identity {
        id: "wfr-geodesic-mass",
        title: "the mass of a WFR geodesic is a parabola in time: its second derivative is half of the conserved energy (ρ = e^ℓ)",
        source: METRIC,
        dimensions: ALL,
        domain: WFR_GEODESICS,
        sides: |kit, k| parabola(kit, k, true),
    },
    Identity {
        id: "fr-geodesic-mass",
        title: "the mass of a Fisher–Rao geodesic is a parabola in time",
        source: METRIC,
        dimensions: ALL,
        domain: FR_GEODESICS,
        sides: |kit, k| parabola(kit, k, false),
    },
    Identity {
        id: "w-geodesic-energy",
        title: "Wasserstein geodesics keep their kinetic energy; the half in ∂ₜφ = −½|∇φ|² is marked",
        source: "Benamou and Brenier 2000",
        dimensions: ALL,
        domain: W_GEODESICS,
        sides: |kit, k| {
            let (ℓ, φ) = (kit.f('ℓ'), kit.f('φ'));
            let [mass, _] = geodesic(kit, true, false);
            let potential = Flow::new(kit.function('φ'), q(-1, 2) * (k * &kit.gamma(&φ, &φ)));
            kit.integral(ℓ.clone(), rate_along(&[mass, potential], &ℓ, &kit.gamma(&φ, &φ)), q(0, 1))
        },
    },
    Identity {
        id: "kl-second-variation-w",
        title: "second variation of ∫ρ(s − 1) along Wasserstein geodesics: displacement convexity where ∇²V is bounded below",
        source: CONVEXITY,
        dimensions: &[1, 2],
        domain: W_GEODESICS,
        sides: |kit, k| second_variation(kit, k, true, false),
    },
    Identity {
        id: "kl-second-variation-fr",
        title: "second variation of ∫ρ(s − 1) along Fisher–Rao geodesics",
        source: CONVEXITY,
        dimensions: ALL,
        domain: FR_GEODESICS,
        sides: |kit, k| second_variation(kit, k, false, true),
    },
    Identity {
        id: "kl-second-variation-wfr",
        title: "second variation of ∫ρ(s − 1) along WFR geodesics",
        source: CONVEXITY,
        dimensions: &[1, 2],
        domain: WFR_GEODESICS,
        sides: |kit, k| second_variation(kit, k, true, true),
    },
];
