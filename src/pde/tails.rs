//! What lies beyond the sides of a box that only cuts the line off.

use super::{Frame, Grid, Trajectory};

/// Share of the cells of an axis over which log ρ is continued beyond its end.
const REACH: usize = 32;
/// Cells for which a law without a slope is continued.
const FLAT: usize = 10;
/// Terms this small, relative to the sum so far, end it.
const SMALL: f64 = 1e-18;

/// The lower (`false`) or the upper side of an axis.
pub type Side = (usize, bool);

/// −log of an invariant density, also beyond the sides.
pub type Energy<'a> = dyn Fn(&[f64]) -> f64 + 'a;

/// ∫ f(x, log ρ) ρ beyond the open sides of the box, with log ρ continued as the parabola through three cells at each side
/// (straight where that would bend upward), as far as the box is long, or for ten cells where it would not fall; or, if that is
/// less, as −V with log(ρ/π) continued by its parabola, by which walls of V let nothing through. Sides that absorb or are periodic
/// have no beyond.
pub fn beyond(
    trajectory: &Trajectory,
    frame: &Frame,
    closed: &[Side],
    energy: &Energy<'_>,
    f: &(dyn Fn(&[f64], f64) -> f64 + '_),
) -> f64 {
    let grid = &trajectory.grid;
    let sides = (0..grid.dimension()).flat_map(|axis| [(axis, false), (axis, true)]);
    let open = sides.filter(|side| grid.sides(side.0).reflects(side.1) && !closed.contains(side));
    open.map(|side| beyond_side(grid, frame, side, energy, f)).sum()
}

fn beyond_side(
    grid: &Grid,
    frame: &Frame,
    (axis, upper): Side,
    energy: &Energy<'_>,
    f: &(dyn Fn(&[f64], f64) -> f64 + '_),
) -> f64 {
    let (n, stride) = (grid.cells()[axis], grid.stride(axis));
    let end = if upper { n - 1 } else { 0 };
    let apart = (n / REACH).max(1);
    let inner = |steps: usize| if upper { end - steps } else { end + steps };
    let outward = if upper { 1.0 } else { -1.0 };
    let width = grid.cell_width(end, axis);
    let mut sum = 0.0;
    for cell in (0..grid.len()).filter(|&cell| grid.position(cell, axis) == end) {
        let row = cell - end * stride;
        let [near, middle, far] =
            [0, apart, 2 * apart].map(|steps| frame.log_density[row + inner(steps) * stride]);
        if near == f64::NEG_INFINITY {
            continue;
        }
        // Per cell; at the middle between the first two.
        // A law that rises toward its side is continued flat and not far: how far it would rise is not known.
        let slope = ((near - middle) / apart as f64).min(0.0);
        let reach = if slope < 0.0 { n } else { FLAT.min(n) };
        let bend = ((near - 2.0 * middle + far) / (apart * apart) as f64).min(0.0);
        let bend = if bend.is_finite() { bend } else { 0.0 };
        let mut place = grid.centre(cell);
        let excess = [(0, near), (apart, middle), (2 * apart, far)].map(|(steps, log)| {
            place[axis] = grid.coordinate(inner(steps), axis);
            log + energy(&place)
        });
        let tilt = (excess[0] - excess[1]) / apart as f64;
        let curve = (excess[0] - 2.0 * excess[1] + excess[2]) / (apart * apart) as f64;
        let mut own = 0.0;
        for k in 1..=reach {
            let k = k as f64;
            let log = near + slope * k + 0.5 * bend * k * (k + apart as f64);
            place[axis] = grid.coordinate(end, axis) + outward * width * k;
            let along = excess[0] + tilt * k + 0.5 * curve * k * (k + apart as f64) - energy(&place);
            // Where V is no number there is nothing.
            let log =
                if along.is_nan() && far > f64::NEG_INFINITY { f64::NEG_INFINITY } else { log.min(along) };
            let term = match log {
                f64::NEG_INFINITY => 0.0,
                log => f(&place, log) * log.exp() * grid.cell_volume(cell),
            };
            if term.is_nan() {
                break;
            }
            own += term;
            if term.abs() <= SMALL * own.abs() {
                break;
            }
        }
        sum += own;
    }
    sum
}
