//! The overdamped generator L = Δ − ∇V·∇ and the Gibbs measure π ∝ e^{−V}.

use super::kit::q;
use super::{Identity, Residual};
use crate::symbolic::Density;

const ALL: &[usize] = &[1, 2, 3];
const BAKRY: &str = "Bakry, Gentil and Ledoux 2014, Analysis and Geometry of Markov Diffusion Operators";

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "adjoint",
        statement: r"\int \rho\,L\varphi\,dx = \int \varphi\,L^*\rho\,dx,\quad L^*\rho = \nabla\cdot(\nabla\rho + \rho\nabla V)",
        source: BAKRY,
        dimensions: ALL,
        residuals: |kit, k| {
            let (ρ, φ, v) = (kit.f('ρ'), kit.f('φ'), kit.f('V'));
            let forward = kit.laplacian(&ρ) + kit.gamma(&ρ, &v) + &ρ * &kit.laplacian(&v);
            vec![kit.integral(q(0, 1), ρ * kit.l(&φ) - k * &(φ * forward))]
        },
    },
    Identity {
        id: "gibbs-stationary",
        statement: r"L^* e^{-V} = \nabla\cdot(\nabla e^{-V} + e^{-V}\nabla V) = 0",
        source: BAKRY,
        dimensions: ALL,
        residuals: |kit, k| {
            let v = kit.f('V');
            let flux = kit.space().into_iter().map(|x| {
                let gradient = Density::new(-v.clone(), q(1, 1)).derivative(x);
                let total = gradient.factor().clone() + k * &v.derivative(x);
                Density::new(-v.clone(), total).derivative(x).factor().clone()
            });
            vec![Residual::Pointwise(flux.fold(q(0, 1), |sum, term| sum + term))]
        },
    },
    Identity {
        id: "symmetry",
        statement: r"\int f\,Lg\,e^{-V} = \int g\,Lf\,e^{-V}",
        source: BAKRY,
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, g) = (kit.f('f'), kit.f('g'));
            vec![kit.integral(-kit.f('V'), &f * &kit.l(&g) - k * &(&g * &kit.l(&f)))]
        },
    },
    Identity {
        id: "dirichlet-form",
        statement: r"\int f\,Lg\,e^{-V} = -\int \nabla f\cdot\nabla g\,e^{-V}",
        source: BAKRY,
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, g) = (kit.f('f'), kit.f('g'));
            vec![kit.integral(-kit.f('V'), &f * &kit.l(&g) + k * &kit.gamma(&f, &g))]
        },
    },
    Identity {
        id: "carre-du-champ",
        statement: r"\tfrac12\left(L(fg) - f\,Lg - g\,Lf\right) = \nabla f\cdot\nabla g",
        source: BAKRY,
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, g) = (kit.f('f'), kit.f('g'));
            let left = q(1, 2) * (kit.l(&(&f * &g)) - &f * &kit.l(&g) - &g * &kit.l(&f));
            vec![Residual::Pointwise(left - k * &kit.gamma(&f, &g))]
        },
    },
    Identity {
        id: "chain-rule",
        statement: r"L(f^3) = 3f^2\,Lf + 6f\,|\nabla f|^2",
        source: BAKRY,
        dimensions: ALL,
        residuals: |kit, k| {
            let f = kit.f('f');
            let right = q(3, 1) * f.power(2) * kit.l(&f) + q(6, 1) * (k * &(&f * &kit.gamma(&f, &f)));
            vec![Residual::Pointwise(kit.l(&f.power(3)) - right)]
        },
    },
    Identity {
        id: "bochner",
        statement: r"\tfrac12 L|\nabla f|^2 - \nabla f\cdot\nabla Lf = |\nabla^2 f|^2 + \nabla f^\top\nabla^2V\,\nabla f",
        source: "Bakry and Emery 1985",
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, v) = (kit.f('f'), kit.f('V'));
            let left = q(1, 2) * kit.l(&kit.gamma(&f, &f)) - kit.gamma(&f, &kit.l(&f));
            vec![Residual::Pointwise(left - kit.hessian_square(&f) - k * &kit.hessian_form(&v, &f, &f))]
        },
    },
    Identity {
        id: "integrated-gamma2",
        statement: r"\int \left(|\nabla^2 f|^2 + \nabla f^\top\nabla^2V\,\nabla f\right)e^{-V} = \int (Lf)^2 e^{-V}",
        source: "Bakry and Emery 1985",
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, v) = (kit.f('f'), kit.f('V'));
            let gamma2 = kit.hessian_square(&f) + kit.hessian_form(&v, &f, &f);
            vec![kit.integral(-v, gamma2 - k * &kit.l(&f).power(2))]
        },
    },
    Identity {
        id: "intertwining",
        statement: r"\partial_i Lf = L\partial_i f - (\nabla^2V\,\nabla f)_i",
        source: "theory of Brascamp-Lieb and Witten-Helffer-Sjostrand; Arnaudon, Bonnefont and Joulin 2018",
        dimensions: ALL,
        residuals: |kit, k| {
            let (f, v) = (kit.f('f'), kit.f('V'));
            let residual =
                |x| kit.l(&f).derivative(x) - kit.l(&f.derivative(x)) + k * &kit.gamma(&v.derivative(x), &f);
            kit.space().into_iter().map(|x| Residual::Pointwise(residual(x))).collect()
        },
    },
    Identity {
        id: "schrodinger",
        statement: r"e^{-V/2}L(e^{V/2}\psi) = \Delta\psi - \left(\tfrac14|\nabla V|^2 - \tfrac12\Delta V\right)\psi",
        source: "Pavliotis 2014, Stochastic Processes and Applications, section 4.9",
        dimensions: ALL,
        residuals: |kit, k| {
            let (ψ, v) = (kit.f('ψ'), kit.f('V'));
            let conjugated = kit.space().into_iter().map(|x| {
                let first = Density::new(q(1, 2) * v.clone(), ψ.clone()).derivative(x);
                first.derivative(x).factor().clone() - &v.derivative(x) * first.factor()
            });
            let left = conjugated.fold(q(0, 1), |sum, term| sum + term);
            let well = q(1, 4) * kit.gamma(&v, &v) - q(1, 2) * kit.laplacian(&v);
            vec![Residual::Pointwise(left - kit.laplacian(&ψ) + k * &(well * ψ))]
        },
    },
    Identity {
        id: "stein",
        statement: r"\int \left(\nabla\cdot u - u\cdot\nabla V\right)e^{-V} = 0",
        source: "Stein 1972; Gorham and Mackey 2015",
        dimensions: ALL,
        residuals: |kit, k| {
            let (u, v) = (kit.vector('u'), kit.f('V'));
            let pull = super::kit::dot(&u, &kit.gradient(&v));
            vec![kit.integral(-v, kit.divergence(&u) - k * &pull)]
        },
    },
];
