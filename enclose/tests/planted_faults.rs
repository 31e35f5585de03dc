//! Proofs with a fault in them are refused, each for its own reason.

use enclose::gap::half::{Bound, Fault, check_half};
use enclose::gap::piece::{Chart, Piece};
use enclose::gap::side::Side;
use enclose::gap::{Certificate, gap};
use enclose::{Expression, Interval};

fn certificate(text: &str) -> Certificate {
    gap(&Expression::parse(text).unwrap()).unwrap()
}

/// λ₁ of 3(x² − 1)² + x/2.
const ASYMMETRIC: &str = "3*(x^2 - 1)^2 + x/2";

#[test]
fn the_proof_itself_holds() {
    let certificate = certificate(ASYMMETRIC);
    assert_eq!(certificate.check(), Ok(certificate.claim()));
}

#[test]
fn bounds_beyond_the_truth_are_refused() {
    let good = certificate(ASYMMETRIC);
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.lower {
        proof.lambda = good.claim().upper() * (1.0 + 1e-14);
    }
    assert!(matches!(bad.check(), Err(Fault::Defect(..))));
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.upper {
        proof.lambda = good.claim().lower() * (1.0 - 1e-14);
    }
    assert!(matches!(bad.check(), Err(Fault::Defect(..))));
    // A lower bound is no upper bound.
    let bad = Certificate { lower: good.upper.clone(), upper: good.lower.clone(), ..good };
    assert!(bad.check().is_err());
}

/// The defect at `t` with every operation rounded to nearest, in the order of [`Piece::defect`].
fn nearest_defect(piece: &Piece, drift: &[f64], lambda: f64, t: f64) -> f64 {
    let horner = |c: &[f64]| c.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let p = &piece.coefficients;
    let derivative: Vec<f64> = p.iter().enumerate().skip(1).map(|(k, c)| k as f64 * c).collect();
    let (value, slope, v) = (horner(p), horner(&derivative), horner(drift));
    match piece.chart {
        Chart::Slope => slope + lambda - v * value + value * value,
        Chart::Ratio => slope - 1.0 + v * value - lambda * value * value,
    }
}

/// Rounding to nearest accepts, at many points of a piece, what is not true: λ a little beyond what the piece proves.
#[test]
fn rounding_to_nearest_proves_nothing() {
    let good = certificate(ASYMMETRIC);
    let [side, _] = Side::both(&good.potential);
    let proof = good.lower.clone().unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for piece in &proof.halves[0].pieces {
        let drift = side.drift(piece.from, 4);
        for ulps in 0..60 {
            // The slope falls by some units in the last place, towards the wrong side.
            let mut tilted = piece.clone();
            for _ in 0..ulps {
                let c = &mut tilted.coefficients[1];
                *c = if Bound::Lower.rises(piece.chart) { c.next_down() } else { c.next_up() };
            }
            let nearest = Interval::point(nearest_defect(&tilted, &drift, proof.lambda, 0.0));
            let rigorous = tilted.defect(&tilted.drift_model(side), proof.lambda);
            if Bound::Lower.allows(piece.chart, nearest) && !Bound::Lower.allows(piece.chart, rigorous) {
                accepted += 1;
                let mut bad = good.clone();
                bad.lower.as_mut().unwrap().halves[0].pieces.iter_mut().for_each(|p| {
                    if p.from == tilted.from {
                        *p = tilted.clone();
                    }
                });
                refused += usize::from(bad.check().is_err());
                break;
            }
        }
    }
    assert!(accepted > 10, "{accepted}");
    assert_eq!(accepted, refused);
}

#[test]
fn a_lost_tail_is_found() {
    let good = certificate(ASYMMETRIC);
    // The tail is cut nearer, without an answer to what is beyond.
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.lower {
        let half = &mut proof.halves[0];
        half.pieces.drain(..10);
        half.start = -half.pieces[0].from;
    }
    assert!(matches!(bad.check(), Err(Fault::TailSlope(_))), "{:?}", bad.check());
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.upper {
        let half = &mut proof.halves[1];
        half.pieces.drain(..10);
        half.start = -half.pieces[0].from;
        half.slope = 1.0;
    }
    assert!(matches!(bad.check(), Err(Fault::TailValue(_))), "{:?}", bad.check());
    // A slope that V does not have.
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.upper {
        proof.halves[1].slope *= 1.01;
    }
    assert!(matches!(bad.check(), Err(Fault::TailSlope(_))));
    // A piece is missing.
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.upper {
        proof.halves[1].pieces.remove(20);
    }
    assert!(matches!(bad.check(), Err(Fault::Cover(_))));
}

#[test]
fn a_sign_in_the_inequality_is_found() {
    let good = certificate(ASYMMETRIC);
    // V(−x) instead of V(x): the sign of V′.
    let mirrored = Expression::parse("3*(x^2 - 1)^2 - x/2").unwrap();
    let bad = Certificate { potential: mirrored, ..good.clone() };
    assert!(bad.check().is_err());
    // u² with the wrong sign: the mirrored function solves that equation.
    let mut bad = good.clone();
    if let Some(proof) = &mut bad.lower {
        for piece in &mut proof.halves[0].pieces {
            piece.coefficients.iter_mut().for_each(|c| *c = -*c);
        }
    }
    assert!(bad.check().is_err());
    // The first step of a jump in the wrong direction.
    let mut bad = good;
    if let Some(proof) = &mut bad.upper {
        let first = &mut proof.halves[0].pieces[12].coefficients[0];
        *first -= 1e-9 * first.abs();
    }
    assert!(bad.check().is_err());
}

/// g = e^V has R = Hg/g = 0 for every V, so that sup R = 0 would bound every gap by 0; but ∫g² e^{−V} = ∞. Here it is w ≡ 0: the
/// flux f′ e^{−V} is constant.
#[test]
fn the_exponential_of_v_is_no_upper_bound() {
    let v = Expression::parse("(x^2 - 1)^2").unwrap();
    let mut bad = gap(&v).unwrap();
    let proof = bad.upper.as_mut().unwrap();
    proof.lambda = 1e-6;
    for half in &mut proof.halves {
        // w = 0 is a subsolution for every λ: 0 ≤ 1. Only the tail can refuse it.
        let zero =
            Piece { chart: Chart::Ratio, from: -half.start, to: bad.split, coefficients: vec![0.0, 0.0] };
        let [side, _] = Side::both(&v);
        assert!(Bound::Upper.allows(Chart::Ratio, zero.defect(&zero.drift_model(side), 1e-6)));
        half.pieces = vec![zero];
    }
    assert!(matches!(bad.check(), Err(Fault::TailValue(_))));
}

/// A tail that is entered with the growing solution proves nothing.
#[test]
fn undefined_places_are_no_proof() {
    let v = Expression::parse("x^2/2 + 1/x^2").unwrap();
    assert!(gap(&v).is_err());
    let v = Expression::parse("x^2 + abs(x - 0.3)").unwrap();
    assert!(gap(&v).map_or(true, |c| c.lower.is_none() && c.upper.is_none()));
    let good = certificate("x^2/2");
    let proof = good.lower.unwrap();
    let kinked = Expression::parse("x^2/2 + abs(x + 1)*0").unwrap();
    let [side, _] = Side::both(&kinked);
    assert!(check_half(side, proof.lambda, Bound::Lower, good.split, &proof.halves[0]).is_err());
}
