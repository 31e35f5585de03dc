//! Bounds from a plan and potentials, by formulas of their own: nothing here is shared with the solver.
//!
//! Every plan γ ≥ 0 costs at least S, and potentials with a + b ≤ c on all pairs with mass bound it from below. Numbers are
//! taken as they are stored, and rounding is accounted for as follows, with EPS = 2⁻⁵² (twice the error of an operation). sin,
//! cos, log, log1p and expm1 of the platform are taken to be wrong by at most 2 EPS of their value; that is the one assumption.
//! - z = |x − y|/(2δ) is known to (d + 10) EPS/2 of its value. The cost grows with z: it is computed at z lowered or raised by
//!   (d + 10) EPS, and the result, known to 10 EPS, is lowered or raised by 16 EPS of its value.
//! - a term m(1 − e^{−a}) is known to 4 EPS of its size; 8 EPS Σ|term| cover the terms and their compensated sum.
//! - a marginal γ₁ is a compensated sum, known to 2 EPS. m φ(γ₁/m) is wrong by at most 8 EPS(γ₁|log(γ₁/m)| + |γ₁ − m| + m φ), and
//!   to second order, where γ₁ = m as far as is known, by (2 EPS)² γ₁; 8 EPS² γ₁ are added.
//! - squares of distances may underflow: W₂² has a cost of at most d MIN_POSITIVE more, or less.
//! - sums of what is positive are raised by 4 EPS of their value.

use crate::sum::Sum;
use crate::{Cloud, Error};
use rayon::prelude::*;
use std::f64::consts::FRAC_PI_2;

/// Twice the error of one operation.
const EPS: f64 = f64::EPSILON;

/// A plan as a list of (i, j, mass).
pub type Plan = [(usize, usize, f64)];

/// Bounds of S_δ, the squared Wasserstein–Fisher–Rao distance between `μ` and `ν` at the length scale `δ`, from any plan and
/// any potentials (a on the points of `μ`, b on those of `ν`): (lower, upper).
///
/// The lower bound is also at least (√M − √N)², which needs no potentials. Takes the time of one look at all pairs.
///
/// # Errors
/// If a length or an index does not fit, the plan is negative somewhere, or the potentials are not feasible: by whatever
/// little a + b exceeds the cost, between points with mass, they are refused.
pub fn certify(
    μ: &Cloud,
    ν: &Cloud,
    δ: f64,
    plan: &Plan,
    potentials: (&[f64], &[f64]),
) -> Result<(f64, f64), Error> {
    check_scale(δ)?;
    let cost = |x: &[f64], y: &[f64], side| cone_cost(distance(x, y, side) / (2.0 * δ), side);
    let bend = |w: f64| w * (1.0 + w / 6.0);
    check_feasible(μ, ν, potentials, |x, y, room| {
        // −log cos² z > z² + z⁴/6: the exact cost is needed only where this does not suffice.
        let w = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() / (4.0 * δ * δ);
        if bend(w) * 0.999 > room { f64::INFINITY } else { cost(x, y, Side::Below) }
    })?;
    let [on_x, on_y] = marginals(μ, ν, plan)?;
    let (mut upper, mut errors) = (Sum::default(), Sum::default());
    for &(i, j, mass) in plan.iter().filter(|entry| entry.2 > 0.0) {
        upper.add(mass * cost(μ.point(i), ν.point(j), Side::Above));
    }
    for (&g, &m) in on_x.iter().zip(μ.masses()).chain(on_y.iter().zip(ν.masses())) {
        let divergence = divergence(g, m);
        upper.add(divergence);
        if g > 0.0 {
            let first = 8.0 * EPS * (g * (g / m).ln().abs() + (g - m).abs() + divergence);
            errors.add(first + 8.0 * EPS * EPS * g);
        }
    }
    let upper = (upper.value() + errors.value()) * (1.0 + 4.0 * EPS) + f64::MIN_POSITIVE;
    let (a, b) = potentials;
    let (mut lower, mut sizes) = (Sum::default(), Sum::default());
    for (&m, &a) in μ.masses().iter().zip(a).chain(ν.masses().iter().zip(b)) {
        if m > 0.0 {
            let term = -m * (-a).exp_m1();
            lower.add(term);
            sizes.add(term.abs());
        }
    }
    let lower = lower.value() - 8.0 * EPS * sizes.value();
    Ok((lower.max(of_totals(μ, ν)).min(upper), upper))
}

/// Bounds of the squared Wasserstein distance of order 2 between `μ` and `ν` scaled to the mass of `μ`: (lower, upper), in
/// the unit of mass times length squared.
///
/// Mass that the plan leaves or puts in wrong places is charged the squared diameter of both clouds.
///
/// # Errors
/// As of [`certify`].
pub fn certify_w2(
    μ: &Cloud,
    ν: &Cloud,
    plan: &Plan,
    potentials: (&[f64], &[f64]),
) -> Result<(f64, f64), Error> {
    let least = (2 * μ.dimension()) as f64 * f64::MIN_POSITIVE;
    let cost = |x: &[f64], y: &[f64], side: Side| {
        distance(x, y, side).powi(2) * (1.0 + side.sign() * 4.0 * EPS) + side.sign() * least
    };
    check_feasible(μ, ν, potentials, |x, y, _| cost(x, y, Side::Below))?;
    let [on_x, on_y] = marginals(μ, ν, plan)?;
    let factor = μ.total() / ν.total();
    let mut upper = Sum::default();
    for &(i, j, mass) in plan {
        upper.add(mass * cost(μ.point(i), ν.point(j), Side::Above));
    }
    // The factor is known to 6 EPS, and the marginals to 2 EPS.
    let mut astray = Sum::default();
    for (g, m) in on_x.iter().zip(μ.masses()) {
        astray.add((g - m).abs() + 4.0 * EPS * m);
    }
    for (g, n) in on_y.iter().zip(ν.masses()) {
        astray.add((g - n * factor).abs() + 12.0 * EPS * n * factor);
    }
    let upper =
        (upper.value() + astray.value() * squared_diameter(μ, ν)) * (1.0 + 8.0 * EPS) + f64::MIN_POSITIVE;
    let (a, b) = potentials;
    let (mut lower, mut sizes) = (Sum::default(), Sum::default());
    let terms = μ.masses().iter().zip(a).map(|(m, a)| (*m, *a));
    for (m, a) in terms.chain(ν.masses().iter().zip(b).map(|(n, b)| (n * factor, *b))) {
        if m > 0.0 {
            lower.add(m * a);
            sizes.add((m * a).abs());
        }
    }
    let lower = lower.value() - 12.0 * EPS * sizes.value();
    Ok((lower.max(0.0).min(upper), upper))
}

/// On which side of the truth a computed number has to be.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Below,
    Above,
}

impl Side {
    fn sign(self) -> f64 {
        if self == Self::Below { -1.0 } else { 1.0 }
    }
}

pub(crate) fn check_scale(δ: f64) -> Result<(), Error> {
    let largest = crate::cloud::LARGEST;
    if (1.0 / largest..=largest).contains(&δ) { Ok(()) } else { Err(Error::Scale(δ)) }
}

/// |x − y|, on one side of the truth even after a division.
fn distance(x: &[f64], y: &[f64], side: Side) -> f64 {
    let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
    square.sqrt() * (1.0 + side.sign() * (x.len() as f64 + 10.0) * EPS)
}

/// −log cos² z, or ∞ from π/2 on.
fn cone_cost(z: f64, side: Side) -> f64 {
    let cost = if z >= FRAC_PI_2 {
        f64::INFINITY
    } else if z < 0.5 {
        let sine = z.sin();
        -(-sine * sine).ln_1p()
    } else {
        -2.0 * z.cos().ln()
    };
    cost * (1.0 + side.sign() * 16.0 * EPS)
}

/// m φ(g/m), φ(r) = r log r − r + 1, and m for g = 0.
fn divergence(g: f64, m: f64) -> f64 {
    let t = (g - m) / m;
    if g == 0.0 {
        m
    } else if t.abs() < 0.1 {
        // (1 + t) log(1 + t) − t = Σ (−t)^k/(k(k − 1)), k ≥ 2.
        let series = (2..=18).rev().fold(0.0, |sum, k| 1.0 / f64::from(k * (k - 1)) - t * sum);
        m * t * t * series
    } else {
        g * (g / m).ln() - (g - m)
    }
}

/// (√M − √N)², from below.
fn of_totals(μ: &Cloud, ν: &Cloud) -> f64 {
    let (m, n) = (μ.total(), ν.total());
    let difference = ((m - n).abs() - 4.0 * EPS * (m + n)).max(0.0) / (m.sqrt() + n.sqrt());
    difference * difference * (1.0 - 8.0 * EPS)
}

/// The squared diagonal of the box around all points, from above.
pub(crate) fn squared_diameter(μ: &Cloud, ν: &Cloud) -> f64 {
    let range = |axis: usize| {
        let values = [μ, ν].into_iter().flat_map(|cloud| (0..cloud.len()).map(move |i| cloud.point(i)[axis]));
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
    };
    let sides = (0..μ.dimension()).map(range).map(|(low, high)| (high - low).powi(2));
    sides.sum::<f64>() * (1.0 + (μ.dimension() as f64 + 10.0) * EPS)
}

/// Marginals of a plan, of which all entries have to be between points with mass.
fn marginals(μ: &Cloud, ν: &Cloud, plan: &Plan) -> Result<[Vec<f64>; 2], Error> {
    let (mut on_x, mut on_y) = (vec![Sum::default(); μ.len()], vec![Sum::default(); ν.len()]);
    for (entry, &(i, j, mass)) in plan.iter().enumerate() {
        let has_mass = i < μ.len() && j < ν.len() && μ.masses()[i] > 0.0 && ν.masses()[j] > 0.0;
        if !(mass >= 0.0 && mass.is_finite() && (has_mass || mass == 0.0)) {
            return Err(Error::Plan(entry));
        }
        if has_mass {
            on_x[i].add(mass);
            on_y[j].add(mass);
        }
    }
    let values = |sums: Vec<Sum>| sums.into_iter().map(Sum::value).collect();
    Ok([values(on_x), values(on_y)])
}

/// Checks a + b ≤ c for all pairs of points with mass; `cost` is at most the true one, and may be any number that is larger
/// than the third argument where the cost is.
fn check_feasible(
    μ: &Cloud,
    ν: &Cloud,
    (a, b): (&[f64], &[f64]),
    cost: impl Fn(&[f64], &[f64], f64) -> f64 + Sync,
) -> Result<(), Error> {
    μ.check_dimension(ν)?;
    for (cloud, potential) in [(μ, a), (ν, b)] {
        if potential.len() != cloud.len() {
            return Err(Error::Length { found: potential.len(), needed: cloud.len() });
        }
        let bad = |(m, a): (&f64, &f64)| *m > 0.0 && (a.is_nan() || *a == f64::NEG_INFINITY);
        if let Some(index) = cloud.masses().iter().zip(potential).position(bad) {
            return Err(Error::Potential(index));
        }
    }
    let with_mass: Vec<usize> = (0..ν.len()).filter(|&j| ν.masses()[j] > 0.0).collect();
    let worst = |i: usize| {
        let x = μ.point(i);
        with_mass.iter().find_map(|&j| {
            // Rounded up.
            let sum = (a[i] + b[j]).next_up();
            let c = cost(x, ν.point(j), sum);
            (c < sum).then_some(Error::Infeasible(i, j, sum - c))
        })
    };
    let rows = (0..μ.len()).into_par_iter().filter(|&i| μ.masses()[i] > 0.0);
    rows.find_map_first(worst).map_or(Ok(()), Err)
}
