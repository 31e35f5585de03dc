//! Splittings: the Baker–Campbell–Hausdorff expansions behind BAOAB and Strang, in the free algebra, and the
//! splitting errors of the nonlinear WFR flow.

use super::kit::{Kit, parameter, q};
use super::{Identity, Residual};
use crate::symbolic::free::Word;
use crate::symbolic::{DifferentialPolynomial as P, Evolution};

const HAIRER: &str = "Hairer, Lubich and Wanner 2006, section III.5";

/// The transport and the reaction field of ℓ = log ρ.
fn fields(kit: &Kit) -> (Evolution, Evolution) {
    let transport = parameter('α') * kit.transport();
    let reaction = -(parameter('β') * kit.s());
    (Evolution::new(kit.function('ℓ'), transport), Evolution::new(kit.function('ℓ'), reaction))
}

/// The coefficient of h^order in ℓ after a composition of flows (with rates, in order of application), minus that of
/// the exact flow: flows act on functions of ℓ as exponentials, the first one outermost.
fn defect(kit: &Kit, order: u32, stages: &[(&Evolution, P)]) -> P {
    let ℓ = kit.f('ℓ');
    let (w, r) = fields(kit);
    let total = Evolution::new(kit.function('ℓ'), w.rate(&ℓ) + r.rate(&ℓ));
    coefficient(&ℓ, order, stages) - coefficient(&ℓ, order, &[(&total, q(1, 1))])
}

/// The coefficient of h^order in e^{a₁D₁} e^{a₂D₂} … ℓ.
fn coefficient(ℓ: &P, order: u32, stages: &[(&Evolution, P)]) -> P {
    let [(first, rate), rest @ ..] = stages else {
        return if order == 0 { ℓ.clone() } else { P::zero() };
    };
    let mut sum = P::zero();
    let mut factor = q(1, 1);
    for n in 0..=order {
        if n > 0 {
            factor = factor * rate.clone() * q(1, n.into());
        }
        let inner = coefficient(ℓ, order - n, rest);
        sum += factor.clone() * (0..n).fold(inner, |term, _| first.rate(&term));
    }
    sum
}

/// That every coefficient of the difference of two elements of the free algebra vanishes.
fn pointwise(difference: Word) -> Vec<Residual> {
    difference.coefficients().map(Residual::Pointwise).collect()
}

/// Γ₂(s) = |∇²s|² + ∇sᵀ∇²V∇s.
fn gamma_2(kit: &Kit) -> P {
    kit.hessian_square(&kit.s()) + kit.hessian_form(&kit.f('V'), &kit.s(), &kit.s())
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "strang-bch",
        statement: r"e^{Q/2}e^{P}e^{Q/2} = \exp\left(P + Q - \tfrac1{24}[Q,[Q,P]] + \tfrac1{12}[P,[P,Q]] + O(5)\right)",
        source: HAIRER,
        dimensions: &[1],
        residuals: |_, k| {
            let (p, w) = (Word::letter('P'), Word::letter('Q'));
            let half = w.scaled(1, 2);
            let product = half.exp() * p.exp() * half.exp();
            let first = w.bracket(&w.bracket(&p)).scaled(-1, 24);
            let second = p.bracket(&p.bracket(&w)).scaled(1, 12);
            let logarithm = p + w + first + second.times(k);
            pointwise(product - logarithm.exp())
        },
    },
    Identity {
        id: "baoab-bch",
        statement: r"e^{B/2}e^{A/2}e^{O}e^{A/2}e^{B/2} = \exp\left(A + B + O - \tfrac1{24}[B,[B,A+O]] + \tfrac1{12}[A+O,[A+O,B]] - \tfrac1{24}[A,[A,O]] + \tfrac1{12}[O,[O,A]] + O(5)\right)",
        source: "Leimkuhler and Matthews 2013, arXiv 1203.5428",
        dimensions: &[1],
        residuals: |_, k| {
            let (a, b, o) = (Word::letter('A'), Word::letter('B'), Word::letter('O'));
            let (half_a, half_b) = (a.scaled(1, 2), b.scaled(1, 2));
            let product = half_b.exp() * half_a.exp() * o.exp() * half_a.exp() * half_b.exp();
            let ao = a.clone() + o.clone();
            let cubic = b.bracket(&b.bracket(&ao)).scaled(-1, 24)
                + ao.bracket(&ao.bracket(&b)).scaled(1, 12)
                + a.bracket(&a.bracket(&o)).scaled(-1, 24)
                + o.bracket(&o.bracket(&a)).scaled(1, 12).times(k);
            pointwise(product - (a + b + o + cubic).exp())
        },
    },
    Identity {
        id: "w-fr-splitting-error",
        statement: r"\ell_{W\text{-}FR} - \ell = \tfrac12 h^2[F_W, F_{FR}] + O(h^3) \text{ for the nonlinear flow of } \ell = \log\rho",
        source: "Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let defect = defect(kit, 2, &[(&w, q(1, 1)), (&r, q(1, 1))]);
            vec![Residual::Pointwise(defect - q(1, 2) * (k * &w.bracket(&r)))]
        },
    },
    Identity {
        id: "fr-w-splitting-error",
        statement: r"\ell_{FR\text{-}W} - \ell = -\tfrac12 h^2[F_W, F_{FR}] + O(h^3)",
        source: "Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let defect = defect(kit, 2, &[(&r, q(1, 1)), (&w, q(1, 1))]);
            vec![Residual::Pointwise(defect + q(1, 2) * (k * &w.bracket(&r)))]
        },
    },
    Identity {
        id: "strang-splitting-order",
        statement: r"\ell_{W/2,\,FR,\,W/2} - \ell = O(h^3) \text{ for the nonlinear flow}",
        source: HAIRER,
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            // The twins shift the half step: shares ½k and 1 − ½k.
            let first = q(1, 2) * k.clone();
            let second = q(1, 1) - first.clone();
            vec![Residual::Pointwise(defect(kit, 2, &[(&w, first), (&r, q(1, 1)), (&w, second)]))]
        },
    },
    Identity {
        id: "splitting-commutator",
        statement: r"[F_W, F_{FR}] = \alpha\beta\,|\nabla s|^2,\quad s = \log(\rho/\pi)",
        source: "derived here; consistent with Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2, 3],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let expected = parameter('α') * parameter('β') * kit.gamma(&kit.s(), &kit.s());
            vec![Residual::Pointwise(w.bracket(&r) - k * &expected)]
        },
    },
    Identity {
        id: "splitting-double-commutators",
        statement: r"[F_{FR},[F_{FR}, F_W]] = \alpha\beta^2\,|\nabla s|^2,\quad [F_W,[F_W, F_{FR}]] = -2\alpha^2\beta\,\Gamma_2(s)",
        source: "derived here, with Bochner's formula",
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let (α, β) = (parameter('α'), parameter('β'));
            let inner = Evolution::new(kit.function('ℓ'), w.bracket(&r));
            let reacted =
                r.bracket(&inner) + k.clone() * α.clone() * β.power(2) * kit.gamma(&kit.s(), &kit.s());
            let moved = w.bracket(&inner) + k.clone() * q(2, 1) * α.power(2) * β * gamma_2(kit);
            vec![Residual::Pointwise(reacted), Residual::Pointwise(moved)]
        },
    },
    Identity {
        id: "strang-w-fr-w-error",
        statement: r"\ell_{W/2,\,FR,\,W/2} - \ell = \tfrac1{12}h^3\left(\alpha^2\beta\,\Gamma_2(s) + \alpha\beta^2|\nabla s|^2\right) + O(h^4)",
        source: HAIRER,
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let (α, β) = (parameter('α'), parameter('β'));
            let error = defect(kit, 3, &[(&w, q(1, 2)), (&r, q(1, 1)), (&w, q(1, 2))]);
            let expected =
                α.power(2) * β.clone() * gamma_2(kit) + α * β.power(2) * kit.gamma(&kit.s(), &kit.s());
            vec![Residual::Pointwise(error - k.clone() * q(1, 12) * expected)]
        },
    },
    Identity {
        id: "strang-fr-w-fr-error",
        statement: r"\ell_{FR/2,\,W,\,FR/2} - \ell = -\tfrac1{24}h^3\left(4\alpha^2\beta\,\Gamma_2(s) + \alpha\beta^2|\nabla s|^2\right) + O(h^4)",
        source: HAIRER,
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let (α, β) = (parameter('α'), parameter('β'));
            let error = defect(kit, 3, &[(&r, q(1, 2)), (&w, q(1, 1)), (&r, q(1, 2))]);
            let expected = q(4, 1) * α.power(2) * β.clone() * gamma_2(kit)
                + α * β.power(2) * kit.gamma(&kit.s(), &kit.s());
            vec![Residual::Pointwise(error + k.clone() * q(1, 24) * expected)]
        },
    },
];
