//! The overdamped generator L = Δ − ∇V·∇ and the Gibbs measure π ∝ e^{−V}.

use super::Identity;
use super::kit::q;
use super::labelled::Weighted;
use super::sides::{Sides, pointwise};

const ALL: &[usize] = &[1, 2, 3];
const BAKRY: &str = "Bakry, Gentil and Ledoux 2014, Analysis and Geometry of Markov Diffusion Operators";
const LANGEVIN: &str = "overdamped Langevin dynamics with any V";

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "adjoint",
        title: "the adjoint of L with respect to dx",
        source: BAKRY,
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (ρ, φ, v) = (kit.f('ρ'), kit.f('φ'), kit.f('V'));
            let forward = kit.laplacian(&ρ) + kit.gamma(&ρ, &v) + &ρ * &kit.laplacian(&v);
            kit.integral(q(0, 1), ρ * kit.l(&φ), k * &(φ * forward))
        },
    },
    Identity {
        id: "gibbs-stationary",
        title: "e^{−V} has no flux under L*",
        source: BAKRY,
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let v = kit.f('V');
            let flux = kit.space().into_iter().map(|x| {
                let gradient = Weighted::new(-v.clone(), q(1, 1)).derivative(x);
                let total = gradient.factor() + k * &v.derivative(x);
                Weighted::new(-v.clone(), total).derivative(x).factor()
            });
            pointwise(flux.fold(q(0, 1), |sum, term| sum + term), q(0, 1))
        },
    },
    Identity {
        id: "symmetry",
        title: "L is symmetric in L²(e^{−V})",
        source: BAKRY,
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (f, g) = (kit.f('f'), kit.f('g'));
            kit.integral(-kit.f('V'), &f * &kit.l(&g), k * &(&g * &kit.l(&f)))
        },
    },
    Identity {
        id: "dirichlet-form",
        title: "integration by parts for L",
        source: BAKRY,
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (f, g) = (kit.f('f'), kit.f('g'));
            kit.integral(-kit.f('V'), &f * &kit.l(&g), -(k * &kit.gamma(&f, &g)))
        },
    },
    Identity {
        id: "carre-du-champ",
        title: "the carré du champ of L",
        source: BAKRY,
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (f, g) = (kit.f('f'), kit.f('g'));
            let left = q(1, 2) * (kit.l(&(&f * &g)) - &f * &kit.l(&g) - &g * &kit.l(&f));
            pointwise(left, k * &kit.gamma(&f, &g))
        },
    },
    Identity {
        id: "chain-rule",
        title: "the chain rule of a diffusion, for a cube",
        source: BAKRY,
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let f = kit.f('f');
            let right = q(3, 1) * f.power(2) * kit.l(&f) + q(6, 1) * (k * &(&f * &kit.gamma(&f, &f)));
            pointwise(kit.l(&f.power(3)), right)
        },
    },
    Identity {
        id: "bochner",
        title: "Bochner's formula: the iterated carré du champ Γ₂",
        source: "Bakry and Emery 1985",
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (f, v) = (kit.f('f'), kit.f('V'));
            let left = q(1, 2) * kit.l(&kit.gamma(&f, &f)) - kit.gamma(&f, &kit.l(&f));
            pointwise(left, kit.hessian_square(&f) + k * &kit.hessian_form(&v, &f, &f))
        },
    },
    Identity {
        id: "integrated-gamma2",
        title: "Γ₂ under the invariant measure",
        source: "Bakry and Emery 1985",
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (f, v) = (kit.f('f'), kit.f('V'));
            let gamma2 = kit.hessian_square(&f) + kit.hessian_form(&v, &f, &f);
            kit.integral(-v, gamma2, k * &kit.l(&f).power(2))
        },
    },
    Identity {
        id: "intertwining",
        title: "gradients intertwine L with L − ∇²V",
        source: "theory of Brascamp-Lieb and Witten-Helffer-Sjostrand; Arnaudon, Bonnefont and Joulin 2018",
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (f, v) = (kit.f('f'), kit.f('V'));
            let side = |x| kit.l(&f.derivative(x)) - k * &kit.gamma(&v.derivative(x), &f);
            kit.space().into_iter().map(|x| Sides::Pointwise(kit.l(&f).derivative(x), side(x))).collect()
        },
    },
    Identity {
        id: "schrodinger",
        title: "L is a Schrödinger operator after the ground-state transform",
        source: "Pavliotis 2014, Stochastic Processes and Applications, section 4.9",
        dimensions: ALL,
        domain: LANGEVIN,
        sides: |kit, k| {
            let (ψ, v) = (kit.f('ψ'), kit.f('V'));
            let conjugated = kit.space().into_iter().map(|x| {
                let first = Weighted::new(q(1, 2) * v.clone(), ψ.clone()).derivative(x);
                first.derivative(x).factor() - v.derivative(x) * first.factor()
            });
            let left = conjugated.fold(q(0, 1), |sum, term| sum + term);
            let well = q(1, 4) * kit.gamma(&v, &v) - q(1, 2) * kit.laplacian(&v);
            pointwise(left, kit.laplacian(&ψ) - k * &(well * ψ))
        },
    },
    Identity {
        id: "stein",
        title: "Stein's identity for e^{−V}",
        source: "Stein 1972; Gorham and Mackey 2015",
        dimensions: ALL,
        domain: "any V and vector field u",
        sides: |kit, k| {
            let (u, v) = (kit.vector('u'), kit.f('V'));
            let pull = super::kit::dot(&u, &kit.gradient(&v));
            kit.integral(-v, kit.divergence(&u), k * &pull)
        },
    },
];
