//! Tails: how fast V grows beyond a distance R, and what the integral of e^{−V} beyond R is then.
//!
//! With y = |x|: from m ≤ V′ ≤ M for y ≥ R follows e^{−V(R)}/M ≤ ∫_R^∞ e^{−V} ≤ e^{−V(R)}/m, and for yⁿ e^{−V} with the
//! decay m − n/R instead of m. From p ≤ y V′ ≤ P follows e^{−V(R)} R/(P − 1) ≤ ∫_R^∞ e^{−V} ≤ e^{−V(R)} R/(p − 1), and for
//! yⁿ e^{−V} with p − n instead of p. If y V′ ≤ 1 for all y ≥ R, then e^{−V} ≥ e^{−V(R)} R/y, which has no integral.

use crate::refusal::{End, Refusal};
use crate::tail::{Tail, slope_of_tail};
use crate::{Expression, Interval};

/// The growth of V beyond a distance, in the direction of x or −x.
#[derive(Clone, Copy, Debug)]
pub struct Decay {
    /// R.
    pub distance: f64,
    /// The values of V′ beyond (by |x|).
    pub slope: Interval,
    /// The values of |x| V′ beyond.
    pub power: Interval,
    mirrored: bool,
    /// Whether V has a value everywhere beyond: x − log x has a slope, but no value, for x < 0.
    defined: bool,
}

impl Decay {
    /// What is known of V beyond `distance`, towards −∞ if `mirrored`.
    pub fn of(v: &Expression, mirrored: bool, distance: f64) -> Self {
        let slope = slope_of_tail(|x| v.evaluate(&x), mirrored, distance);
        let power = (Tail::variable(distance) * slope.clone()).range();
        let y = Tail::variable(distance);
        let defined = v.evaluate(&if mirrored { -y } else { y }).range().is_defined();
        Self { distance, slope: slope.range(), power, mirrored, defined }
    }

    /// Whether e^{−V} has an integral there.
    ///
    /// # Errors
    /// If it has none, or if that was not found out, or V is not defined.
    pub fn integrable(&self) -> Result<(), Refusal> {
        let end = End::of(self.mirrored);
        if !self.defined {
            return Err(Refusal::NotDefined(if self.mirrored { -self.distance } else { self.distance }));
        }
        if self.slope.lower() > 0.0 || self.power.lower() > 1.0 {
            Ok(())
        } else if self.power.upper() <= 1.0 {
            Err(Refusal::NotIntegrable(end, self.power.upper()))
        } else {
            Err(Refusal::NoTailBound(end, self.distance, self.slope))
        }
    }

    /// The integral beyond R of h e^{−(V − V(R))}, for an observable of this growth, or for 1.
    ///
    /// # Errors
    /// If no bound was found.
    pub fn integral(&self, observable: Option<&Expression>) -> Result<Interval, Refusal> {
        self.integrable()?;
        let r = Interval::point(self.distance);
        let Some(observable) = observable else {
            let by_slope = (self.slope.lower() > 0.0).then(|| Interval::ONE / self.slope);
            let by_power = (self.power.lower() > 1.0).then(|| r / (self.power - Interval::ONE));
            // Both hold.
            let both =
                [by_slope, by_power].into_iter().flatten().reduce(|a, b| a.intersection(b).unwrap_or(a));
            return both.ok_or(Refusal::NoMoment(End::of(self.mirrored)));
        };
        let y = Tail::variable(self.distance);
        let (n, factor) = observable.evaluate(&if self.mirrored { -y } else { y }).leading();
        let growth = Interval::point(f64::from(n.max(0)));
        let slope = (self.slope - growth / r).lower();
        let power = (self.power - Interval::point(f64::from(n)) - Interval::ONE).lower();
        let lengths = [(slope > 0.0).then(|| Interval::ONE / Interval::point(slope)), {
            (power > 0.0).then(|| r / Interval::point(power))
        }];
        let length = lengths.into_iter().flatten().map(Interval::upper).fold(f64::INFINITY, f64::min);
        let bound = (factor.abs() * r.powi(n) * Interval::new(0.0, length)).upper();
        if bound.is_finite() {
            Ok(Interval::new(-bound, bound))
        } else {
            Err(Refusal::NoMoment(End::of(self.mirrored)))
        }
    }
}

/// How far V has to rise above its lowest value for the rest to be cut: e^{−45} < 3·10⁻²⁰.
const RISE: f64 = 45.0;
/// Distances that are tried: 2^{k/4}/16 for k up to here; the last is about 10⁷.
const DISTANCES: i32 = 108;
/// Powers of 2 by quarters.
const QUARTERS: [f64; 4] = [1.0, 1.189_207_115_002_721, std::f64::consts::SQRT_2, 1.681_792_830_507_429];

/// Where V is looked at to find its lowest value: evenly and geometrically spaced.
pub(crate) fn sample(distance: f64) -> impl Iterator<Item = f64> {
    let evenly = (-100..=100).map(move |k| distance * f64::from(k) / 100.0);
    let geometrically = (0..150).flat_map(move |k| {
        let x = (0..k).fold(distance, |x, _| 0.875 * x);
        [-x, x]
    });
    evenly.chain(geometrically)
}

/// The lowest value of V on [−distance, distance], as far as samples tell; it is used for scaling only.
pub fn lowest_value(v: &Expression, distance: f64) -> f64 {
    sample(distance).map(|x| v.evaluate(&x)).filter(|value| value.is_finite()).fold(f64::INFINITY, f64::min)
}

/// A place near the deepest well if V(0) is far above it and there is no other well on the way from the other side of 0; else 0.
/// Steps from far above to far below are many.
pub(crate) fn centre(v: &Expression, distance: f64) -> f64 {
    /// How far is far.
    const FAR: f64 = 60.0;
    let value = |x: f64| v.evaluate(&x);
    let lowest =
        sample(distance).filter(|x| value(*x).is_finite()).min_by(|a, b| value(*a).total_cmp(&value(*b)));
    let Some(place) = lowest else { return 0.0 };
    let (_, reached) = descent(v, place > 0.0, distance);
    if reached * place > 0.0 && value(0.0) - value(place) > FAR { place } else { 0.0 }
}

/// How far V falls from ±`distance` towards 0 and beyond before it rises again, and where that is, as far as samples tell: the
/// nearest well, which need not be the deepest.
fn descent(v: &Expression, mirrored: bool, distance: f64) -> (f64, f64) {
    const SAMPLES: i32 = 200;
    let place = |k: i32| {
        let x = distance * (1.0 - f64::from(k) * 2.0 / f64::from(SAMPLES));
        if mirrored { -x } else { x }
    };
    let first = v.evaluate(&place(0));
    let (mut lowest, mut bottom) = (first, place(0));
    for k in 1..=SAMPLES {
        let next = v.evaluate(&place(k));
        // Or where V is not defined.
        if next > lowest || next.is_nan() {
            break;
        }
        (lowest, bottom) = (next, place(k));
    }
    (first - lowest, bottom)
}

/// The tails towards −∞ and ∞, at distances where V has risen far and is known to rise on, or at the largest distance at which
/// e^{−V} has an integral.
///
/// # Errors
/// If e^{−V} has no integral, or if that was not found out.
pub fn tails(v: &Expression) -> Result<[Decay; 2], Refusal> {
    let mut best: [Option<Decay>; 2] = [None, None];
    let mut settled = [false; 2];
    let mut refusal = None;
    for k in 0..=DISTANCES {
        let distance = (0..k / 4).fold(0.0625 * QUARTERS[k as usize % 4], |x, _| 2.0 * x);
        if settled == [true; 2] {
            break;
        }
        for (side, mirrored) in [true, false].into_iter().enumerate() {
            if settled[side] {
                continue;
            }
            let (rise, _) = descent(v, mirrored, distance);
            let last = k == DISTANCES;
            if !(rise >= RISE || last || k % 8 == 0) {
                continue;
            }
            let decay = Decay::of(v, mirrored, distance);
            match decay.integrable() {
                Ok(()) => {
                    best[side] = Some(decay);
                    settled[side] = rise >= RISE;
                }
                Err(reason) => refusal = Some(reason),
            }
        }
    }
    match best {
        [Some(left), Some(right)] => Ok([left, right]),
        _ => Err(refusal.unwrap_or(Refusal::NoEstimate)),
    }
}
