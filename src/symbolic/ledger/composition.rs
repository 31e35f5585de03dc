//! Splittings: the Baker–Campbell–Hausdorff expansions behind BAOAB and Strang, in the free algebra, and the
//! splitting errors of the nonlinear WFR flow.

use super::Identity;
use super::kit::{Kit, parameter, q};
use super::labelled::{Expr as P, Flow, Free};
use super::sides::Sides;
use crate::symbolic::DifferentialPolynomial;

const HAIRER: &str = "Hairer, Lubich and Wanner 2006, section III.5";
const FORMAL: &str = "any operators; whether the series converges is not decided";
const SPLIT: &str = "the normalised WFR flow of KL(ρ|e^{−V}), ρ > 0; formal in h";

/// The transport and the normalised reaction field of ℓ = log ρ, m standing for ⟨s⟩.
fn fields(kit: &Kit) -> (Flow, Flow) {
    let transport = parameter('α') * kit.transport();
    let reaction = -(parameter('β') * (kit.s() - parameter('m')));
    let ℓ = kit.function('ℓ');
    (Flow::named(ℓ, transport, "F_W"), Flow::named(ℓ, reaction, "F_{FR}"))
}

/// The coefficient of h^order in ℓ after a composition of flows (with rates, in order of application), minus that of
/// the exact flow: flows act on functions of ℓ as exponentials, the first one outermost.
fn defect(kit: &Kit, order: u32, stages: &[(&Flow, P)]) -> P {
    let ℓ = kit.f('ℓ');
    let (w, r) = fields(kit);
    let total = Flow::named(kit.function('ℓ'), w.field() + r.field(), "F_W + F_{FR}");
    let one = q(1, 1);
    let value =
        coefficient(ℓ.value(), order, stages) - coefficient(ℓ.value(), order, &[(&total, one.clone())]);
    let exponential = |(flow, rate): &(&Flow, P)| match rate.latex() {
        "1" => format!("e^{{h{}}}", flow.name()),
        rate => format!(r"e^{{{rate}\,h{}}}", flow.name()),
    };
    let product: String = stages.iter().map(exponential).collect();
    let latex = format!(r"[h^{order}]\left({product} - e^{{h(F_W + F_{{FR}})}}\right)\ell");
    P::named(value, latex).using_those_of(w.field()).using_those_of(r.field())
}

/// The coefficient of h^order in e^{a₁D₁} e^{a₂D₂} … ℓ.
fn coefficient(ℓ: &DifferentialPolynomial, order: u32, stages: &[(&Flow, P)]) -> DifferentialPolynomial {
    let [(first, rate), rest @ ..] = stages else {
        return if order == 0 { ℓ.clone() } else { DifferentialPolynomial::zero() };
    };
    let mut sum = DifferentialPolynomial::zero();
    let mut factor = DifferentialPolynomial::one();
    for n in 0..=order {
        if n > 0 {
            factor = &(&factor * rate.value()) * q(1, n.into()).value();
        }
        let inner = coefficient(ℓ, order - n, rest);
        sum += &factor * &(0..n).fold(inner, |term, _| first.rate(&term));
    }
    sum
}

/// The gradients of both sides. The mean m = ⟨s⟩ of the normalised flow depends on ρ, but not on x: in what it moves the
/// gradient of ℓ by, it does not occur, so that it may stand as a parameter.
fn scores(kit: &Kit, left: &P, right: &P) -> Vec<Sides> {
    kit.space().into_iter().map(|x| Sides::Pointwise(left.derivative(x), right.derivative(x))).collect()
}

/// Γ₂(s) = |∇²s|² + ∇sᵀ∇²V∇s.
fn gamma_2(kit: &Kit) -> P {
    kit.hessian_square(&kit.s()) + kit.hessian_form(&kit.f('V'), &kit.s(), &kit.s())
}

pub(super) const IDENTITIES: &[Identity] = &[
    Identity {
        id: "strang-bch",
        title: "the Baker–Campbell–Hausdorff expansion of Strang's splitting, to degree 4",
        source: HAIRER,
        dimensions: &[1],
        domain: FORMAL,
        sides: |_, k| {
            let (p, w) = (Free::letter('P'), Free::letter('Q'));
            let half = w.scaled(1, 2);
            let product = half.exp() * p.exp() * half.exp();
            let first = w.bracket(&w.bracket(&p)).scaled(-1, 24);
            let second = p.bracket(&p.bracket(&w)).scaled(1, 12);
            let logarithm = p + w + first + second.times(k);
            vec![Sides::Words(product, logarithm.exp())]
        },
    },
    Identity {
        id: "baoab-bch",
        title: "the Baker–Campbell–Hausdorff expansion of BAOAB, to degree 4",
        source: "Leimkuhler and Matthews 2013, arXiv 1203.5428",
        dimensions: &[1],
        domain: FORMAL,
        sides: |_, k| {
            let (a, b, o) = (Free::letter('A'), Free::letter('B'), Free::letter('O'));
            let (half_a, half_b) = (a.scaled(1, 2), b.scaled(1, 2));
            let product = half_b.exp() * half_a.exp() * o.exp() * half_a.exp() * half_b.exp();
            let ao = a.clone() + o.clone();
            let cubic = b.bracket(&b.bracket(&ao)).scaled(-1, 24)
                + ao.bracket(&ao.bracket(&b)).scaled(1, 12)
                + a.bracket(&a.bracket(&o)).scaled(-1, 24)
                + o.bracket(&o.bracket(&a)).scaled(1, 12).times(k);
            vec![Sides::Words(product, (a + b + o + cubic).exp())]
        },
    },
    Identity {
        id: "w-fr-splitting-error",
        title: "W then FR for the normalised flow: the score ∂ᵢℓ is off by ½h²∂ᵢ[F_W, F_FR] + O(h³)",
        source: "Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            let defect = defect(kit, 2, &[(&w, q(1, 1)), (&r, q(1, 1))]);
            scores(kit, &defect, &(q(1, 2) * (k * &w.bracket(&r))))
        },
    },
    Identity {
        id: "fr-w-splitting-error",
        title: "FR then W for the normalised flow: the score ∂ᵢℓ is off by −½h²∂ᵢ[F_W, F_FR] + O(h³)",
        source: "Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            let defect = defect(kit, 2, &[(&r, q(1, 1)), (&w, q(1, 1))]);
            scores(kit, &defect, &-(q(1, 2) * (k * &w.bracket(&r))))
        },
    },
    Identity {
        id: "strang-splitting-order",
        title: "W/2, FR, W/2 for the normalised flow: the score ∂ᵢℓ is right to h²",
        source: HAIRER,
        dimensions: &[1, 2],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            // The negative controls shift the half step: shares ½k and 1 − ½k.
            let first = q(1, 2) * k.clone();
            let second = q(1, 1) - first.clone();
            scores(kit, &defect(kit, 2, &[(&w, first), (&r, q(1, 1)), (&w, second)]), &q(0, 1))
        },
    },
    Identity {
        id: "splitting-commutator",
        title: "∂ᵢ[F_W, F_FR] = αβ ∂ᵢ|∇s|² for the normalised flow, in which ⟨s⟩ depends on t alone",
        source: "derived here; consistent with Crucinio and Pathiraja 2025, arXiv 2511.18060",
        dimensions: &[1, 2, 3],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            let expected = parameter('α') * parameter('β') * kit.gamma(&kit.s(), &kit.s());
            scores(kit, &w.bracket(&r), &(k * &expected))
        },
    },
    Identity {
        id: "splitting-double-commutators",
        title: "the double commutators of the splitting, for the score: ∂ᵢ[F_FR, [F_FR, F_W]] and ∂ᵢ[F_W, [F_W, F_FR]] with Γ₂(s)",
        source: "derived here, with Bochner's formula",
        dimensions: &[1, 2],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            let (α, β) = (parameter('α'), parameter('β'));
            let inner = Flow::named(kit.function('ℓ'), w.bracket(&r), "[F_W, F_{FR}]");
            let reacted = -(k.clone() * α.clone() * β.power(2) * kit.gamma(&kit.s(), &kit.s()));
            let moved = -(k.clone() * q(2, 1) * α.power(2) * β * gamma_2(kit));
            let mut sides = scores(kit, &r.bracket(&inner), &reacted);
            sides.extend(scores(kit, &w.bracket(&inner), &moved));
            sides
        },
    },
    Identity {
        id: "strang-w-fr-w-error",
        title: "W/2, FR, W/2 for the normalised flow: the score ∂ᵢℓ is off by h³/12 ∂ᵢ(α²βΓ₂(s) + αβ²|∇s|²) + O(h⁴)",
        source: HAIRER,
        dimensions: &[1, 2],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            let (α, β) = (parameter('α'), parameter('β'));
            let error = defect(kit, 3, &[(&w, q(1, 2)), (&r, q(1, 1)), (&w, q(1, 2))]);
            let expected =
                α.power(2) * β.clone() * gamma_2(kit) + α * β.power(2) * kit.gamma(&kit.s(), &kit.s());
            scores(kit, &error, &(k.clone() * q(1, 12) * expected))
        },
    },
    Identity {
        id: "strang-fr-w-fr-error",
        title: "FR/2, W, FR/2 for the normalised flow: the score ∂ᵢℓ is off by −h³/24 ∂ᵢ(4α²βΓ₂(s) + αβ²|∇s|²) + O(h⁴)",
        source: HAIRER,
        dimensions: &[1, 2],
        domain: SPLIT,
        sides: |kit, k| {
            let (w, r) = fields(kit);
            let (α, β) = (parameter('α'), parameter('β'));
            let error = defect(kit, 3, &[(&r, q(1, 2)), (&w, q(1, 1)), (&r, q(1, 2))]);
            let expected = q(4, 1) * α.power(2) * β.clone() * gamma_2(kit)
                + α * β.power(2) * kit.gamma(&kit.s(), &kit.s());
            scores(kit, &error, &-(k.clone() * q(1, 24) * expected))
        },
    },
];
