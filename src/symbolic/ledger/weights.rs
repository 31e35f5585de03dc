//! Feynman–Kac weights: which equation the density of a weighted SDE solves, and how drift and weight exchange.

use super::kit::{dot, parameter, q};
use super::{Identity, Residual};
use crate::symbolic::{Density, DifferentialPolynomial as P, Evolution};

const ALL: &[usize] = &[1, 2, 3];

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "weighted-sde-is-wfr",
        statement: r"\int\rho\left(\alpha L\psi - \beta(\log\rho + V)\psi\right) = \int\psi\left(\alpha\nabla\cdot(\rho\nabla(\log\rho + V)) - \beta\rho(\log\rho + V)\right)",
        source: "Rahimi 2025, arXiv 2512.17878; theory note, section 5.7",
        dimensions: ALL,
        residuals: |kit, k| {
            let (ψ, s, α, β) = (kit.f('ψ'), kit.s(), parameter('α'), parameter('β'));
            let weighted = &α * &kit.l(&ψ) - &β * &(&s * &ψ);
            let flow = α * kit.transport() - k * &(β * s);
            vec![kit.integral(kit.f('ℓ'), weighted - ψ * flow)]
        },
    },
    Identity {
        id: "feynman-kac-duality",
        statement: r"\frac{d}{dt}\int u\rho = 0 \text{ for } \partial_t\rho = L^*\rho - c\rho,\ \partial_t u = -Lu + cu",
        source: "Del Moral 2004, Feynman-Kac Formulae",
        dimensions: ALL,
        residuals: |kit, k| {
            let (ρ, u, c, v) = (kit.f('ρ'), kit.f('u'), kit.f('c'), kit.f('V'));
            let forward = kit.laplacian(&ρ) + kit.gamma(&ρ, &v) + &ρ * &kit.laplacian(&v) - k * &(&c * &ρ);
            let backward = &c * &u - kit.l(&u);
            let pairing = &u * &ρ;
            let rate = Evolution::new(kit.function('ρ'), forward).rate(&pairing)
                + Evolution::new(kit.function('u'), backward).rate(&pairing);
            vec![kit.integral(q(0, 1), rate)]
        },
    },
    Identity {
        id: "birth-death-is-reaction",
        statement: r"-\langle\varphi\Lambda^+\rangle + \langle\Lambda^+\rangle\langle\varphi\rangle + \langle\varphi\Lambda^-\rangle - \langle\Lambda^-\rangle\langle\varphi\rangle = -\langle\varphi(\Lambda - \langle\Lambda\rangle)\rangle",
        source: "Lu, Lu and Nolen 2019, arXiv 1905.09863; Rotskoff et al. 2019",
        dimensions: ALL,
        residuals: |kit, k| {
            // P and N stand for ⟨Λ⁺⟩ and ⟨Λ⁻⟩; kills are replaced by uniform copies, births replace uniform victims.
            let (φ, p, n) = (kit.f('φ'), kit.f('p'), kit.f('n'));
            let (kills, births) = (parameter('P'), parameter('N'));
            let jumps = -(&φ * &p) + &kills * &φ + &φ * &n - &births * &φ;
            let reaction = φ * (p - n - kills + births);
            vec![kit.integral(kit.f('ℓ'), jumps + k * &reaction)]
        },
    },
    Identity {
        id: "drift-weight-gauge",
        statement: r"-\nabla\cdot(\rho u) + \rho\,(\nabla\cdot u + u\cdot\nabla\log\rho) = 0",
        source: "Albergo and Vanden-Eijnden 2024, arXiv 2410.02711",
        dimensions: ALL,
        residuals: |kit, k| {
            let (ℓ, u) = (kit.f('ℓ'), kit.vector('u'));
            let flux = kit
                .space()
                .into_iter()
                .zip(&u)
                .map(|(x, u)| Density::new(ℓ.clone(), u.clone()).derivative(x));
            let divergence = flux.fold(P::zero(), |sum, density| sum + density.factor().clone());
            let weight = kit.divergence(&u) + k * &dot(&u, &kit.gradient(&ℓ));
            vec![Residual::Pointwise(weight - divergence)]
        },
    },
    Identity {
        id: "doob-transform",
        statement: r"h^{-1}(L + W)(hf) = Lf + 2\nabla\log h\cdot\nabla f + \left(h^{-1}Lh + W\right)f",
        source: "Doob 1957; Rogers and Williams 2000, section IV.39",
        dimensions: ALL,
        residuals: |kit, k| {
            // h = e^η.
            let (f, η, v) = (kit.f('f'), kit.f('η'), kit.f('V'));
            let generator = |factor: &P| {
                kit.space().into_iter().fold(P::zero(), |sum, x| {
                    let first = Density::new(η.clone(), factor.clone()).derivative(x);
                    sum + first.derivative(x).factor().clone() - &v.derivative(x) * first.factor()
                })
            };
            let tilt = q(2, 1) * (k * &kit.gamma(&η, &f));
            let potential = &kit.f('W') * &f;
            let left = generator(&f) + potential.clone();
            vec![Residual::Pointwise(left - kit.l(&f) - tilt - &generator(&q(1, 1)) * &f - potential)]
        },
    },
    Identity {
        id: "girsanov-exchange",
        statement: r"\int h^2 f\,(L + 2\nabla\log h\cdot\nabla)g\,e^{-V} = -\int h^2\,\nabla f\cdot\nabla g\,e^{-V}",
        source: "Girsanov 1960; Pavliotis 2014, section 4.9",
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, g, η) = (kit.f('f'), kit.f('g'), kit.f('η'));
            let tilted = kit.l(&g) + q(2, 1) * (k * &kit.gamma(&η, &g));
            vec![kit.integral(q(2, 1) * η - kit.f('V'), &f * &tilted + kit.gamma(&f, &g))]
        },
    },
    Identity {
        id: "ito-log-density",
        statement: r"\partial_t\ell + L\ell = 2\Delta\ell + |\nabla\ell|^2 + \Delta V \text{: the drift of } \log\rho_t(X_t)",
        source: "Ito's formula with the Fokker-Planck equation",
        dimensions: ALL,
        residuals: |kit, k| {
            let (ℓ, v) = (kit.f('ℓ'), kit.f('V'));
            let right = q(2, 1) * kit.laplacian(&ℓ) + k * &kit.gamma(&ℓ, &ℓ) + kit.laplacian(&v);
            vec![Residual::Pointwise(kit.transport() + kit.l(&ℓ) - right)]
        },
    },
];
