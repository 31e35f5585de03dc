//! The flow of ℓ = log ρ in the Wasserstein, Fisher–Rao and WFR geometries, and what it dissipates.

use super::kit::{Kit, parameter, q};
use super::{Identity, Residual};
use crate::symbolic::{
    Coordinate, Density, DifferentialPolynomial as P, Evolution, Function, Jet, Name, Symbol,
};

const ALL: &[usize] = &[1, 2, 3];
const OTTO: &str = "Jordan, Kinderlehrer and Otto 1998";
const WFR: &str = "Gallouet and Monsaingeon 2017; Lu, Lu and Nolen 2019";

/// ∂ₜℓ = α(Δℓ + |∇ℓ|² + ∇V·∇ℓ + ΔV) − β(ℓ + V − m), m standing for ⟨ℓ + V⟩.
fn wfr(kit: &Kit, transports: bool, reacts: bool) -> Evolution {
    let mut field = P::zero();
    if transports {
        field += parameter('α') * kit.transport();
    }
    if reacts {
        field += -(parameter('β') * (kit.s() - parameter('m')));
    }
    Evolution::new(kit.function('ℓ'), field)
}

/// d/dt ∫ρ(ℓ + V) + k·(α∫ρ|∇s|² + β∫ρ(s − m)²), up to a multiple of ∫ρ(s − m) = 0.
fn entropy_balance(kit: &Kit, k: &P, transports: bool, reacts: bool) -> Vec<Residual> {
    let (ℓ, s, m) = (kit.f('ℓ'), kit.s(), parameter('m'));
    let rate = wfr(kit, transports, reacts).rate_of(&Density::new(ℓ.clone(), s.clone()));
    let mut loss = P::zero();
    let mut constraint = P::zero();
    if transports {
        loss += parameter('α') * kit.gamma(&s, &s);
    }
    if reacts {
        let excess = s - m.clone();
        loss += parameter('β') * excess.power(2);
        constraint = parameter('β') * (q(1, 1) + m) * excess;
    }
    vec![kit.integral(ℓ, rate.factor().clone() + k * &loss + constraint)]
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "mass-under-transport",
        statement: r"\frac{d}{dt}\int\rho = 0 \text{ under } \partial_t\rho = \nabla\cdot(\rho\nabla(\log\rho + V))",
        source: OTTO,
        dimensions: ALL,
        residuals: |kit, k| {
            let ℓ = kit.f('ℓ');
            let rest = kit.transport() - kit.gamma(&ℓ, &ℓ);
            vec![kit.integral(ℓ.clone(), rest + k * &kit.gamma(&ℓ, &ℓ))]
        },
    },
    Identity {
        id: "mass-under-reaction",
        statement: r"\frac{d}{dt}\int\rho = -\beta\int\rho\,(s - \langle s\rangle) = 0,\quad s = \log(\rho/\pi)",
        source: WFR,
        dimensions: ALL,
        residuals: |kit, k| {
            let ℓ = kit.f('ℓ');
            let rate = wfr(kit, false, true).rate_of(&Density::new(ℓ.clone(), q(1, 1)));
            let constraint = parameter('β') * (kit.s() - parameter('m'));
            vec![kit.integral(ℓ, rate.factor().clone() + k * &constraint)]
        },
    },
    Identity {
        id: "fisher-information",
        statement: r"\int \rho\,\Delta\log\rho = -\int\rho\,|\nabla\log\rho|^2",
        source: "Cover and Thomas 2006, section 17.7",
        dimensions: ALL,
        residuals: |kit, k| {
            let ℓ = kit.f('ℓ');
            vec![kit.integral(ℓ.clone(), kit.laplacian(&ℓ) + k * &kit.gamma(&ℓ, &ℓ))]
        },
    },
    Identity {
        id: "entropy-equation",
        statement: r"\partial_t s = \alpha(Ls + |\nabla s|^2) \text{ for } s = \log(\rho/\pi) \text{ under transport}",
        source: "design note, section 4",
        dimensions: ALL,
        residuals: |kit, k| {
            let s = kit.s();
            vec![Residual::Pointwise(kit.transport() - kit.l(&s) - k * &kit.gamma(&s, &s))]
        },
    },
    Identity {
        id: "kl-dissipation-w",
        statement: r"\frac{d}{dt}\mathrm{KL}(\rho|\pi) = -\alpha\int\rho\,|\nabla s|^2",
        source: OTTO,
        dimensions: ALL,
        residuals: |kit, k| entropy_balance(kit, k, true, false),
    },
    Identity {
        id: "kl-dissipation-fr",
        statement: r"\frac{d}{dt}\mathrm{KL}(\rho|\pi) = -\beta\,\mathrm{Var}_\rho(s)",
        source: WFR,
        dimensions: ALL,
        residuals: |kit, k| entropy_balance(kit, k, false, true),
    },
    Identity {
        id: "kl-dissipation-wfr",
        statement: r"\frac{d}{dt}\mathrm{KL}(\rho|\pi) = -\alpha\int\rho\,|\nabla s|^2 - \beta\,\mathrm{Var}_\rho(s)",
        source: WFR,
        dimensions: ALL,
        residuals: |kit, k| entropy_balance(kit, k, true, true),
    },
    Identity {
        id: "chi2-dissipation-w",
        statement: r"\frac{d}{dt}\int\rho^2/\pi = -2\alpha\int\frac{\rho^2}{\pi}\,|\nabla s|^2",
        source: "Chewi et al. 2020, arXiv 2006.02509",
        dimensions: ALL,
        residuals: |kit, k| {
            let weight = q(2, 1) * kit.f('ℓ') + kit.f('V');
            let rate = wfr(kit, true, false).rate_of(&Density::new(weight.clone(), q(1, 1)));
            let loss = q(2, 1) * parameter('α') * kit.gamma(&kit.s(), &kit.s());
            vec![kit.integral(weight, rate.factor().clone() + k * &loss)]
        },
    },
    Identity {
        id: "chi2-dissipation-wfr",
        statement: r"\frac{d}{dt}\int\rho^2/\pi = -2\int\frac{\rho^2}{\pi}\left(\alpha|\nabla s|^2 + \beta(s - \langle s\rangle)\right)",
        source: WFR,
        dimensions: ALL,
        residuals: |kit, k| {
            let weight = q(2, 1) * kit.f('ℓ') + kit.f('V');
            let rate = wfr(kit, true, true).rate_of(&Density::new(weight.clone(), q(1, 1)));
            let transport = parameter('α') * kit.gamma(&kit.s(), &kit.s());
            let reaction = parameter('β') * (kit.s() - parameter('m'));
            vec![kit.integral(weight, rate.factor().clone() + q(2, 1) * (transport + k * &reaction))]
        },
    },
    Identity {
        id: "fisher-dissipation",
        statement: r"\frac{d}{dt}\int\rho|\nabla s|^2 = -2\int\rho\left(|\nabla^2 s|^2 + \nabla s^\top\nabla^2V\,\nabla s\right)",
        source: "Bakry and Emery 1985",
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (ℓ, s) = (kit.f('ℓ'), kit.s());
            let flow = Evolution::new(kit.function('ℓ'), kit.transport());
            let rate = flow.rate_of(&Density::new(ℓ.clone(), kit.gamma(&s, &s)));
            let gamma2 = kit.hessian_square(&s) + kit.hessian_form(&kit.f('V'), &s, &s);
            vec![kit.integral(ℓ, rate.factor().clone() + q(2, 1) * (k * &gamma2))]
        },
    },
    Identity {
        id: "fisher-rao-path",
        statement: r"\ell_t = \theta\,\ell_0 - (1-\theta)V + C,\ \dot\theta = -\beta\theta \text{ solves } \partial_t\ell = -\beta(\ell + V) + \dot C + \beta C",
        source: "Chen et al. 2023, arXiv 2302.11024; Domingo-Enrich and Pooladian 2023",
        dimensions: ALL,
        residuals: |kit, k| {
            let time = Coordinate::TIME;
            let clock = |letter| Jet::of(Function::new(Name::new(letter, &[]), &[time]));
            let (θ, c) = (P::from(clock('θ')), P::from(clock('C')));
            let (start, v) = (kit.f('ℓ'), kit.f('V'));
            let path = &θ * &start - k * &(&(q(1, 1) - θ.clone()) * &v) + c.clone();
            let source = c.derivative(time) + parameter('β') * c;
            let residual = path.derivative(time) + parameter('β') * (path + v) - source;
            let slope = clock('θ').derivative(time).map_or(Symbol::Coordinate(time), Symbol::Jet);
            vec![Residual::Pointwise(residual.substitute(slope, &-(parameter('β') * θ)))]
        },
    },
    Identity {
        id: "wfr-geodesic-energy",
        statement: r"\frac{d}{dt}\int\rho\,(|\nabla\phi|^2 + \phi^2) = 0 \text{ along } \partial_t\rho = -\nabla\cdot(\rho\nabla\phi) + \rho\phi,\ \partial_t\phi = -\tfrac12(|\nabla\phi|^2 + \phi^2)",
        source: "Liero, Mielke and Savare 2018; Chizat et al. 2018",
        dimensions: ALL,
        residuals: |kit, k| {
            let (ρ, φ) = (kit.f('ρ'), kit.f('φ'));
            let energy = kit.gamma(&φ, &φ) + φ.power(2);
            let mass = -(kit.gamma(&ρ, &φ) + &ρ * &kit.laplacian(&φ)) + &ρ * &φ;
            let hamilton_jacobi = -(q(1, 2) * (kit.gamma(&φ, &φ) + k * &φ.power(2)));
            let total = &ρ * &energy;
            let rate = Evolution::new(kit.function('ρ'), mass).rate(&total)
                + Evolution::new(kit.function('φ'), hamilton_jacobi).rate(&total);
            vec![kit.integral(q(0, 1), rate)]
        },
    },
];
