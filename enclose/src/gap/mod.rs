//! The spectral gap λ₁ of L = d²/dx² − V′ d/dx on the line, from both sides.
//!
//! Split the line at any c. Then λ₁ lies between the lowest eigenvalues of −L on the two halves with f(c) = 0 (the proof is in
//! the README). Each of these is bounded by trial functions that satisfy a differential inequality ([`half`]), piecewise
//! polynomials ([`piece`]) that are found by following a solution ([`march`]).

pub mod certificate;
pub mod half;
pub mod march;
pub mod piece;
pub mod side;

use crate::decay::{Decay, centre, tails};
use crate::refusal::Refusal;
use crate::{Expression, Interval};
use half::{Bound, Fault, Half, check_half};
use march::{Start, node, prove_half};
use side::Side;

/// Two halves that prove the same bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The bound on λ₁.
    pub lambda: f64,
    /// (−∞, c], and [c, ∞) in a mirror.
    pub halves: [Half; 2],
}

/// V is so flat beyond a distance that λ₁ ≤ sup (V′)²/4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlatTail {
    /// Whether towards −∞.
    pub mirrored: bool,
    /// The distance.
    pub distance: f64,
    /// The bound on λ₁.
    pub lambda: f64,
}

/// What was proved about λ₁, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// V.
    pub potential: Expression,
    /// What is proved is proved of y ↦ V(y + shift), whose gap is the same.
    pub shift: f64,
    /// c, as a value of y.
    pub split: f64,
    /// λ₁ ≥ its bound.
    pub lower: Option<Proof>,
    /// λ₁ ≤ its bound.
    pub upper: Option<Proof>,
    /// λ₁ ≤ its bound.
    pub flat: Option<FlatTail>,
}

impl Certificate {
    /// The enclosure that the certificate claims; 0 and ∞ where it has no bound.
    pub fn claim(&self) -> Interval {
        let lower = self.lower.as_ref().map_or(0.0, |proof| proof.lambda);
        let upper = self.upper.as_ref().map_or(f64::INFINITY, |proof| proof.lambda);
        Interval::new(lower, self.flat.map_or(upper, |flat| flat.lambda.min(upper)))
    }

    /// Proves the claim again from what is written, without searching.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<Interval, Fault> {
        let potential = centred(&self.potential, self.shift);
        for (proof, bound) in [(&self.lower, Bound::Lower), (&self.upper, Bound::Upper)] {
            let Some(proof) = proof else { continue };
            for (side, half) in Side::both(&potential).into_iter().zip(&proof.halves) {
                check_half(side, proof.lambda, bound, side.place(self.split), half)?;
            }
        }
        if let Some(flat) = self.flat {
            flat.check(&potential)?;
        }
        let claim = self.claim();
        if claim.is_defined() { Ok(claim) } else { Err(Fault::End(claim)) }
    }
}

impl FlatTail {
    /// The bound beyond `distance`, if there is one.
    fn found(v: &Expression, mirrored: bool, distance: f64) -> Option<Self> {
        let slope = Decay::of(v, mirrored, distance).slope;
        let lambda = (slope.powi(2) / Interval::point(4.0)).upper();
        lambda.is_finite().then_some(Self { mirrored, distance, lambda })
    }

    fn check(&self, v: &Expression) -> Result<(), Fault> {
        let slope = Decay::of(v, self.mirrored, self.distance).slope;
        let bound = slope.powi(2) / Interval::point(4.0);
        // e^{−V} has to have an integral on both sides.
        let integrable =
            [true, false].iter().all(|side| Decay::of(v, *side, self.distance).integrable().is_ok());
        if integrable && bound.upper() <= self.lambda { Ok(()) } else { Err(Fault::TailSlope(slope)) }
    }
}

fn centred(v: &Expression, shift: f64) -> Expression {
    if shift == 0.0 { v.clone() } else { v.shifted(shift) }
}

/// Relative distances of the bounds from the estimate that are tried.
const MARGINS: [f64; 14] =
    [3e-15, 1e-14, 3e-14, 1e-13, 3e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2];
/// Of the tails that are looked at for [`FlatTail`].
const FAR: f64 = 1e8;

/// Encloses λ₁. The lower bound is 0 and the upper ∞ where none was proved.
///
/// # Errors
/// If e^{−V} has no integral, if no tail bound was found, or if V is not smooth enough for any bound.
pub fn gap(v: &Expression) -> Result<Certificate, Refusal> {
    let shift = centre(v, tails(v)?.iter().map(|tail| tail.distance).fold(0.0, f64::max));
    if shift != 0.0
        && let Ok(certificate) = gap_of(&centred(v, shift))
        && certificate.lower.is_some()
        && certificate.upper.is_some()
    {
        return Ok(Certificate { potential: v.clone(), shift, ..certificate });
    }
    gap_of(v)
}

/// [`gap`] of a potential with its well near 0.
fn gap_of(v: &Expression) -> Result<Certificate, Refusal> {
    let tails = tails(v)?;
    let flat = [true, false]
        .into_iter()
        .filter_map(|mirrored| FlatTail::found(v, mirrored, FAR))
        .filter(|flat| flat.check(v).is_ok())
        .min_by(|a, b| a.lambda.total_cmp(&b.lambda));
    let mut certificate =
        Certificate { potential: v.clone(), shift: 0.0, split: 0.0, lower: None, upper: None, flat };
    let mut starts = tails.map(|tail| Start { distance: tail.distance, slope: tail.slope.lower() });
    if !starts.iter().all(|start| start.slope > 0.0) {
        // Without exponential tails there is no lower bound here.
        return if flat.is_some() { Ok(certificate) } else { Err(Refusal::NoEstimate) };
    }
    let (mut lambda, mut split) = estimate(v, starts).ok_or(Refusal::NoEstimate)?;
    if steepen(v, &mut starts, lambda) {
        (lambda, split) = estimate(v, starts).ok_or(Refusal::NoEstimate)?;
    }
    for start in &mut starts {
        // Not the last digit where it does not matter, so that a checker with other rounding finds it as well.
        if start.slope * start.slope > 5.0 * lambda {
            start.slope *= 1.0 - 1e-6;
        }
    }
    certificate.split = split;
    let prove = |lambda: f64, bound: Bound| {
        let [left, right] = Side::both(v);
        let half = |side: Side<'_>, start| prove_half(side, lambda, bound, side.place(split), start).ok();
        let halves = [half(left, starts[0])?, half(right, starts[1])?];
        let holds = |(side, half): (Side<'_>, &Half)| {
            check_half(side, lambda, bound, side.place(split), half).is_ok()
        };
        [left, right].into_iter().zip(&halves).all(holds).then_some(Proof { lambda, halves })
    };
    certificate.upper = MARGINS.iter().find_map(|margin| prove(lambda * (1.0 + margin), Bound::Upper));
    // The tails alone allow λ ≤ m²/4, no more.
    let slope = starts[0].slope.min(starts[1].slope);
    let most = 0.25 * slope * slope;
    let below = |λ: f64| MARGINS.iter().map(move |margin| λ * (1.0 - margin));
    certificate.lower = if lambda < most {
        below(lambda).find_map(|λ| prove(λ, Bound::Lower))
    } else {
        std::iter::once(most).chain(below(most)).find_map(|λ| prove(λ, Bound::Lower))
    };
    let claim = certificate.claim();
    let proved = claim.is_defined() && (claim.lower() > 0.0 || claim.upper().is_finite());
    if proved { Ok(certificate) } else { Err(Refusal::NoProof(lambda)) }
}

/// Moves starts outwards until m² > 5λ, or as far as m grows; whether any was moved.
fn steepen(v: &Expression, starts: &mut [Start; 2], lambda: f64) -> bool {
    /// Steps outwards, by a quarter each.
    const STEPS: usize = 16;
    let mut moved = false;
    for (start, mirrored) in starts.iter_mut().zip([true, false]) {
        for _ in 0..STEPS {
            if start.slope * start.slope > 5.0 * lambda {
                break;
            }
            let distance = start.distance * 1.25;
            let slope = Decay::of(v, mirrored, distance).slope.lower();
            if slope.is_nan() || slope <= start.slope {
                break;
            }
            *start = Start { distance, slope };
            moved = true;
        }
    }
    moved
}

/// λ₁ and the zero of its eigenfunction as far as floating-point numbers tell: with growing λ the zeros of the solutions from
/// the left and from the right move towards each other and meet at λ₁.
fn estimate(v: &Expression, starts: [Start; 2]) -> Option<(f64, f64)> {
    let [left, right] = Side::both(v);
    let nodes = |lambda: f64| -> Option<(f64, f64)> {
        let from_left = node(left, lambda, starts[0], starts[1].distance)?;
        let from_right = -node(right, lambda, starts[1], starts[0].distance)?;
        (from_left <= from_right).then_some((from_left, from_right))
    };
    let (mut low, mut high) = (1.0, 1.0);
    let mut met = nodes(high);
    while met.is_none() {
        low = high;
        high *= 4.0;
        met = nodes(high);
        if high > 1e12 {
            return None;
        }
    }
    while low == high || nodes(low).is_some() {
        high = low;
        low /= 4.0;
        if low < 1e-280 {
            return None;
        }
    }
    for _ in 0..80 {
        let middle = if high > 1.5 * low { (low * high).sqrt() } else { 0.5 * (low + high) };
        if !(low < middle && middle < high) {
            break;
        }
        match nodes(middle) {
            Some(found) => (high, met) = (middle, Some(found)),
            None => low = middle,
        }
    }
    let (from_left, from_right) = met?;
    // Where one of the two hardly feels λ, as in a deep well beside a shallow one, the other determines the place.
    let (near_left, near_right) = nodes(high * (1.0 + 1e-7)).unwrap_or((from_left, from_right));
    let left_moves = (near_left - from_left).abs() > (near_right - from_right).abs();
    Some((high, if left_moves { from_right } else { from_left }))
}
