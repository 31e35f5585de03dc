//! The flow of ℓ = log ρ in the Wasserstein, Fisher–Rao and WFR geometries, and what it dissipates.

use super::Identity;
use super::kit::{Kit, parameter, q};
use super::labelled::{Expr as P, Flow, rate_along};
use super::sides::{Sides, pointwise};
use crate::symbolic::{Coordinate, Function, Jet, Name, Symbol};

const ALL: &[usize] = &[1, 2, 3];
const OTTO: &str = "Jordan, Kinderlehrer and Otto 1998";
const WFR: &str = "Gallouet and Monsaingeon 2017; Lu, Lu and Nolen 2019";
const TRANSPORT: &str = "the Wasserstein flow of KL(ρ|e^{−V}), ρ > 0";
const REACTION: &str = "the Fisher–Rao flow of KL(ρ|e^{−V}), ρ > 0, any number m";
const BOTH: &str = "the WFR flow of KL(ρ|e^{−V}), ρ > 0, any number m";
const CHI_SQUARED: &str = "the flow of χ², f = ρ/π > 0, any number m";

/// ∂ₜℓ = α(Δℓ + |∇ℓ|² + ∇V·∇ℓ + ΔV) − β(ℓ + V − m), m standing for ⟨ℓ + V⟩.
fn wfr(kit: &Kit, transports: bool, reacts: bool) -> Flow {
    let mut field = P::zero();
    if transports {
        field += parameter('α') * kit.transport();
    }
    if reacts {
        field += -(parameter('β') * (kit.s() - parameter('m')));
    }
    Flow::new(kit.function('ℓ'), field)
}

/// d/dt ∫ρ(ℓ + V) = −k·(α∫ρ|∇s|² + β∫ρ(s − m)²), up to a multiple of ∫ρ(s − m) = 0.
fn entropy_balance(kit: &Kit, k: &P, transports: bool, reacts: bool) -> Vec<Sides> {
    let (ℓ, s, m) = (kit.f('ℓ'), kit.s(), parameter('m'));
    let rate = rate_along(&[wfr(kit, transports, reacts)], &ℓ.clone(), &s.clone());
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
    kit.integral(ℓ, rate, -(k * &loss) - constraint)
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "mass-under-transport",
        title: "transport keeps the mass: ∂ₜρ = ∇·(ρ∇(log ρ + V)), ρ = e^ℓ",
        source: OTTO,
        dimensions: ALL,
        domain: TRANSPORT,
        sides: |kit, k| {
            let (ℓ, v) = (kit.f('ℓ'), kit.f('V'));
            let field = kit.laplacian(&ℓ) + k * &kit.gamma(&ℓ, &ℓ) + kit.gamma(&v, &ℓ) + kit.laplacian(&v);
            let flow = Flow::new(kit.function('ℓ'), field);
            kit.integral(ℓ.clone(), rate_along(&[flow], &ℓ, &q(1, 1)), q(0, 1))
        },
    },
    Identity {
        id: "mass-under-reaction",
        title: "the reaction −β(s − ⟨s⟩) keeps the mass: ∫ρ₁ ∫ρ₂ (s₁ − s₂) = 0 over two copies of a space of one dimension",
        source: WFR,
        dimensions: &[2],
        domain: "a reaction with any s(x); d counts copies of a line",
        sides: |kit, k| {
            let on = |letter, copy: u8| -> P {
                let x = kit.space()[usize::from(copy) - 1];
                Jet::of(Function::new(Name::new(letter, &[copy]), &[x])).into()
            };
            let pair = on('ρ', 1) * on('ρ', 2);
            let rate = parameter('β') * pair * (k * &on('s', 2) - on('s', 1));
            vec![Sides::Exchange(rate, q(0, 1))]
        },
    },
    Identity {
        id: "fisher-information",
        title: "the Fisher information by parts (ρ = e^ℓ)",
        source: "Cover and Thomas 2006, section 17.7",
        dimensions: ALL,
        domain: "any density ρ > 0",
        sides: |kit, k| {
            let ℓ = kit.f('ℓ');
            kit.integral(ℓ.clone(), kit.laplacian(&ℓ), -(k * &kit.gamma(&ℓ, &ℓ)))
        },
    },
    Identity {
        id: "entropy-equation",
        title: "∂ₜs = α(Ls + |∇s|²) under transport (α = 1 here), s = log(ρ/π)",
        source: "design note, section 4",
        dimensions: ALL,
        domain: TRANSPORT,
        sides: |kit, k| {
            let s = kit.s();
            pointwise(kit.transport(), kit.l(&s) + k * &kit.gamma(&s, &s))
        },
    },
    Identity {
        id: "kl-dissipation-w",
        title: "KL falls along transport by the relative Fisher information",
        source: OTTO,
        dimensions: ALL,
        domain: TRANSPORT,
        sides: |kit, k| entropy_balance(kit, k, true, false),
    },
    Identity {
        id: "kl-dissipation-fr",
        title: "KL falls along the reaction by Var s: the last term on the right vanishes for m = ⟨s⟩",
        source: WFR,
        dimensions: ALL,
        domain: REACTION,
        sides: |kit, k| entropy_balance(kit, k, false, true),
    },
    Identity {
        id: "kl-dissipation-wfr",
        title: "KL falls along the WFR flow: the last term on the right vanishes for m = ⟨s⟩",
        source: WFR,
        dimensions: ALL,
        domain: BOTH,
        sides: |kit, k| entropy_balance(kit, k, true, true),
    },
    Identity {
        id: "chi2-dissipation-w",
        title: "∫ρ²/π falls along transport",
        source: "Chewi et al. 2020, arXiv 2006.02509",
        dimensions: ALL,
        domain: TRANSPORT,
        sides: |kit, k| {
            let weight = q(2, 1) * kit.f('ℓ') + kit.f('V');
            let rate = rate_along(&[wfr(kit, true, false)], &weight.clone(), &q(1, 1));
            let loss = q(2, 1) * parameter('α') * kit.gamma(&kit.s(), &kit.s());
            kit.integral(weight, rate, -(k * &loss))
        },
    },
    Identity {
        id: "chi2-dissipation-wfr",
        title: "the change of ∫ρ²/π along the WFR flow of KL",
        source: WFR,
        dimensions: ALL,
        domain: BOTH,
        sides: |kit, k| {
            let weight = q(2, 1) * kit.f('ℓ') + kit.f('V');
            let rate = rate_along(&[wfr(kit, true, true)], &weight.clone(), &q(1, 1));
            let transport = parameter('α') * kit.gamma(&kit.s(), &kit.s());
            let reaction = parameter('β') * (kit.s() - parameter('m'));
            kit.integral(weight, rate, -(q(2, 1) * (transport + k * &reaction)))
        },
    },
    Identity {
        id: "fisher-dissipation",
        title: "the relative Fisher information falls along transport by Γ₂(s) (α = 1)",
        source: "Bakry and Emery 1985",
        dimensions: &[1, 2],
        domain: TRANSPORT,
        sides: |kit, k| {
            let (ℓ, s) = (kit.f('ℓ'), kit.s());
            let flow = Flow::new(kit.function('ℓ'), kit.transport());
            let rate = rate_along(&[flow], &ℓ, &kit.gamma(&s, &s));
            let gamma2 = kit.hessian_square(&s) + kit.hessian_form(&kit.f('V'), &s, &s);
            kit.integral(ℓ, rate, -(q(2, 1) * (k * &gamma2)))
        },
    },
    Identity {
        id: "fisher-rao-path",
        title: "ℓ_t = θℓ₀ − (1 − θ)V + C with θ̇ = −βθ solves ∂ₜℓ = −β(ℓ + V) + Ċ + βC",
        source: "Chen et al. 2023, arXiv 2302.11024; Domingo-Enrich and Pooladian 2023",
        dimensions: ALL,
        domain: "the Fisher–Rao flow of KL(ρ|e^{−V}), ρ₀ > 0, clocks θ(t) and C(t)",
        sides: |kit, k| {
            let time = Coordinate::TIME;
            let clock = |letter| Jet::of(Function::new(Name::new(letter, &[]), &[time]));
            let (θ, c) = (P::from(clock('θ')), P::from(clock('C')));
            let (start, v) = (kit.f('ℓ'), kit.f('V'));
            let path = &θ * &start - k * &(&(q(1, 1) - θ.clone()) * &v) + c.clone();
            let source = c.derivative(time) + parameter('β') * c;
            let slope = clock('θ').derivative(time).map_or(Symbol::Coordinate(time), Symbol::Jet);
            let moved = path.derivative(time).substitute(slope, &-(parameter('β') * θ));
            pointwise(moved, source - parameter('β') * (path + v))
        },
    },
    Identity {
        id: "wfr-geodesic-energy",
        title: "WFR geodesics ∂ₜρ = −∇·(ρ∇φ) + ρφ, ∂ₜφ = −½(|∇φ|² + φ²) keep their energy",
        source: "Liero, Mielke and Savare 2018; Chizat et al. 2018",
        dimensions: ALL,
        domain: "WFR geodesics with smooth ρ and φ",
        sides: |kit, k| {
            let (ρ, φ) = (kit.f('ρ'), kit.f('φ'));
            let energy = kit.gamma(&φ, &φ) + φ.power(2);
            let mass = -(kit.gamma(&ρ, &φ) + &ρ * &kit.laplacian(&φ)) + &ρ * &φ;
            let hamilton_jacobi = -(q(1, 2) * (kit.gamma(&φ, &φ) + k * &φ.power(2)));
            let total = &ρ * &energy;
            let flows = [Flow::new(kit.function('ρ'), mass), Flow::new(kit.function('φ'), hamilton_jacobi)];
            let rate = rate_along(&flows, &q(0, 1), &total);
            kit.integral(q(0, 1), rate, q(0, 1))
        },
    },
    Identity {
        id: "fisher-dissipation-fr",
        title: "the relative Fisher information along the reaction −β(s − m)",
        source: "derived here",
        dimensions: ALL,
        domain: REACTION,
        sides: |kit, k| {
            let (ℓ, s, β) = (kit.f('ℓ'), kit.s(), parameter('β'));
            let square = kit.gamma(&s, &s);
            let rate = rate_along(&[wfr(kit, false, true)], &ℓ.clone(), &square.clone());
            let loss = &β * &((s - parameter('m')) * square.clone()) + q(2, 1) * (k * &(&β * &square));
            kit.integral(ℓ, rate, -loss)
        },
    },
    Identity {
        id: "fisher-dissipation-wfr",
        title: "the relative Fisher information along the WFR flow: Γ₂(s) by transport, and the reaction's part",
        source: "derived here, with Bakry and Emery 1985",
        dimensions: &[1, 2],
        domain: BOTH,
        sides: |kit, k| {
            let (ℓ, s, α, β) = (kit.f('ℓ'), kit.s(), parameter('α'), parameter('β'));
            let square = kit.gamma(&s, &s);
            let rate = rate_along(&[wfr(kit, true, true)], &ℓ.clone(), &square.clone());
            let gamma2 = kit.hessian_square(&s) + kit.hessian_form(&kit.f('V'), &s, &s);
            let reaction = &β * &((s - parameter('m') + q(2, 1)) * square);
            kit.integral(ℓ, rate, -(q(2, 1) * (k * &(α * gamma2))) - reaction)
        },
    },
    Identity {
        id: "variance-dissipation-w",
        title: "∫ρ(s − m)² along transport, for any number m",
        source: "derived here",
        dimensions: ALL,
        domain: TRANSPORT,
        sides: |kit, k| variance_balance(kit, k, true, false),
    },
    Identity {
        id: "variance-dissipation-fr",
        title: "∫ρ(s − m)² along the reaction −β(s − m): by its third moment and by itself",
        source: "derived here",
        dimensions: ALL,
        domain: REACTION,
        sides: |kit, k| variance_balance(kit, k, false, true),
    },
    Identity {
        id: "variance-dissipation-wfr",
        title: "∫ρ(s − m)² along the WFR flow",
        source: "derived here",
        dimensions: ALL,
        domain: BOTH,
        sides: |kit, k| variance_balance(kit, k, true, true),
    },
    Identity {
        id: "chi2-flow-w",
        title: "the transport part of the χ² flow lowers ½∫(f − 1)²π, f = ρ/π",
        source: "Chewi et al. 2020, arXiv 2006.02509",
        dimensions: ALL,
        domain: CHI_SQUARED,
        sides: |kit, k| chi2_balance(kit, k, true, false),
    },
    Identity {
        id: "chi2-flow-fr",
        title: "the χ² reaction −βρ(f − m) lowers ½∫(f − 1)²π: the last term on the right vanishes for m = ∫ρf",
        source: "Lu, Slepcev and Wang 2023",
        dimensions: ALL,
        domain: CHI_SQUARED,
        sides: |kit, k| chi2_balance(kit, k, false, true),
    },
    Identity {
        id: "chi2-flow-wfr",
        title: "the WFR flow of χ² lowers ½∫(f − 1)²π: the last term on the right vanishes for m = ∫ρf",
        source: "theory note, section 2.2",
        dimensions: ALL,
        domain: CHI_SQUARED,
        sides: |kit, k| chi2_balance(kit, k, true, true),
    },
];

/// d/dt ∫ρ(s − m)² with a constant m; where m follows ⟨s⟩ that adds ∫ρ(s − m) = 0 times its rate.
fn variance_balance(kit: &Kit, k: &P, transports: bool, reacts: bool) -> Vec<Sides> {
    let (ℓ, s) = (kit.f('ℓ'), kit.s());
    let excess = &s - &parameter('m');
    let rate = rate_along(&[wfr(kit, transports, reacts)], &ℓ.clone(), &excess.power(2));
    let mut loss = P::zero();
    if transports {
        loss += q(2, 1) * parameter('α') * (excess.clone() + q(1, 1)) * kit.gamma(&s, &s);
    }
    if reacts {
        loss += parameter('β') * (excess.power(3) + q(2, 1) * excess.power(2));
    }
    kit.integral(ℓ, rate, -(k * &loss))
}

/// d/dt ½∫(f − 1)² e^{−V} along ∂ₜf = α(|∇f|² + f Lf) − βf(f − m), which is the WFR flow of this energy for ρ = f e^{−V}.
fn chi2_balance(kit: &Kit, k: &P, transports: bool, reacts: bool) -> Vec<Sides> {
    let (f, m) = (kit.f('f'), parameter('m'));
    let (mut field, mut loss, mut constraint) = (P::zero(), P::zero(), P::zero());
    if transports {
        field += parameter('α') * (kit.gamma(&f, &f) + &f * &kit.l(&f));
        loss += parameter('α') * f.clone() * kit.gamma(&f, &f);
    }
    if reacts {
        let reaction = parameter('β') * f.clone() * (&f - &m);
        field += -reaction.clone();
        loss += reaction.clone() * (&f - &m);
        constraint = reaction * (m - q(1, 1));
    }
    let (weight, energy) = (-kit.f('V'), q(1, 2) * (f - q(1, 1)).power(2));
    let rate = rate_along(&[Flow::new(kit.function('f'), field)], &weight, &energy);
    kit.integral(-kit.f('V'), rate, -(k * &loss) - constraint)
}
