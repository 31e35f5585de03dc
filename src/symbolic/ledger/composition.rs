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

/// The coefficient of h² in ℓ after a composition of flows (rates in order of application), minus that of the
/// exact flow: flows act on functions of ℓ as exponentials, the first one outermost.
fn second_order_defect(kit: &Kit, stages: &[(&Evolution, P)]) -> P {
    let ℓ = kit.f('ℓ');
    let mut composed = P::zero();
    for (place, (outer, share)) in stages.iter().enumerate() {
        composed += q(1, 2) * share.power(2) * outer.rate(&outer.rate(&ℓ));
        for (inner, other) in &stages[place + 1..] {
            composed += share * other * outer.rate(&inner.rate(&ℓ));
        }
    }
    let (w, r) = fields(kit);
    let total = Evolution::new(kit.function('ℓ'), w.rate(&ℓ) + r.rate(&ℓ));
    composed - q(1, 2) * total.rate(&total.rate(&ℓ))
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
            (product - logarithm.exp()).residuals()
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
            (product - (a + b + o + cubic).exp()).residuals()
        },
    },
    Identity {
        id: "w-fr-splitting-error",
        statement: r"\ell_{W\text{-}FR} - \ell = \tfrac12 h^2[F_W, F_{FR}] + O(h^3) \text{ for the nonlinear flow of } \ell = \log\rho",
        source: "Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2],
        residuals: |kit, k| {
            let (w, r) = fields(kit);
            let defect = second_order_defect(kit, &[(&w, q(1, 1)), (&r, q(1, 1))]);
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
            let defect = second_order_defect(kit, &[(&r, q(1, 1)), (&w, q(1, 1))]);
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
            vec![Residual::Pointwise(second_order_defect(kit, &[(&w, first), (&r, q(1, 1)), (&w, second)]))]
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
];
