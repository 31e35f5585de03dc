//! Kinetic transport that keeps log ρ accurate: positive, of order 2 in the cells.

use super::circulation::Circulation;
use super::{Grid, GridBreakdown, TimeExact};
use rayon::prelude::*;

/// Share of the step at which a cell would be emptied.
const SAFETY: f64 = 0.9;
/// Most e-folds between a cell's centre and its face: where f changes by more than that, the grid does not resolve it,
/// and the bound keeps the steps from shrinking with the slope.
const STEEPEST: f64 = 1.0;
/// Halvings of a step that empties a cell.
const HALVINGS: usize = 40;

/// The kinetic flow in s = log(ρ/μ): friction and circulation by Strang, in pieces as long as the fastest crossing of a
/// cell, so that the splitting has the order of the cells, and less error.
///
/// Friction acts on the lines of p, time-exact. Linear schemes of order 2 for the circulation have negative rates (Godunov
/// 1959), and log ρ of a density that comes out negative is lost. So s on a face is extrapolated from the cell upwind,
/// s + (2Δ₊ + Δ₋)/6, as in van Leer's κ = 1/3 scheme: f > 0 there by construction, a constant s stays put to rounding, and
/// where log ρ is smooth, in the tails of a Gaussian say, the error is *relatively* of order Δx². Time by the third-order
/// rule of Shu and Osher (1988), a convex combination of Euler steps, each short enough to leave something in every cell.
#[derive(Clone, Debug)]
pub struct KineticTransport {
    grid: Grid,
    circulation: Circulation,
    friction: Option<TimeExact>,
    /// The largest share of a cell that the circulation replaces in a unit of time at equilibrium.
    fastest: f64,
}

/// s on the upper faces, by axis.
struct Faces([Vec<f64>; 2]);

impl KineticTransport {
    /// The transport by `circulation` on `grid`.
    pub fn new(grid: &Grid, circulation: Circulation) -> Self {
        let friction = circulation.friction(grid).map(TimeExact::new);
        let mut transport = Self { grid: grid.clone(), circulation, friction, fastest: 0.0 };
        let equilibrium = vec![0.0; grid.len()];
        transport.fastest = transport.fastest_exit(&equilibrium, &transport.faces(&equilibrium));
        transport
    }

    /// The largest share of a cell that the circulation replaces in a unit of time at equilibrium.
    pub fn fastest(&self) -> f64 {
        self.fastest
    }

    /// log ρ after `h`, in place; `time` is for messages.
    ///
    /// # Errors
    /// If no step, however short, leaves every cell positive.
    pub fn advance(&self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        let Some(friction) = &self.friction else {
            return self.circulate(log_density, h, time);
        };
        let pieces = (h * self.fastest).ceil().max(1.0) as usize;
        let piece = h / pieces as f64;
        friction.advance(log_density, 0.5 * piece, time)?;
        for k in 0..pieces {
            self.circulate(log_density, piece, time)?;
            let rest = if k + 1 < pieces { piece } else { 0.5 * piece };
            friction.advance(log_density, rest, time)?;
        }
        Ok(())
    }

    /// The Hamiltonian part alone.
    fn circulate(&self, log_density: &mut [f64], h: f64, time: f64) -> Result<(), GridBreakdown> {
        let energy = &self.circulation.energy;
        let mut s: Vec<f64> = log_density.iter().zip(energy).map(|(log, energy)| log + energy).collect();
        let mut left = h;
        while left > 0.0 {
            let faces = self.faces(&s);
            let mut step = left.min(SAFETY / self.fastest_exit(&s, &faces));
            let next = (0..HALVINGS).find_map(|_| {
                let next = self.third_order(&s, &faces, step);
                if next.is_none() {
                    step *= 0.5;
                }
                next
            });
            s = next.ok_or(GridBreakdown::NoConvergence { time })?;
            left = if step < left { left - step } else { 0.0 };
        }
        for ((log, s), energy) in log_density.iter_mut().zip(&s).zip(energy) {
            *log = s - energy;
        }
        Ok(())
    }

    /// Shu and Osher: u₁ = E(u), u₂ = ¾u + ¼E(u₁), ⅓u + ⅔E(u₂), E an Euler step.
    fn third_order(&self, s: &[f64], faces: &Faces, step: f64) -> Option<Vec<f64>> {
        let mix = |a: f64, u: &[f64], v: Vec<f64>| -> Vec<f64> {
            u.par_iter().zip(v).map(|(u, v)| log_add(a.ln() + u, (1.0 - a).ln() + v)).collect()
        };
        let first = self.euler(s, faces, step)?;
        let second = mix(0.75, s, self.euler(&first, &self.faces(&first), step)?);
        Some(mix(1.0 / 3.0, s, self.euler(&second, &self.faces(&second), step)?))
    }

    /// s on every upper face, from upwind.
    fn faces(&self, s: &[f64]) -> Faces {
        let along = |axis: usize| {
            let stride = self.grid.stride(axis);
            let cells = self.grid.cells()[axis];
            let current = &self.circulation.outward[axis];
            let face = |cell: usize| {
                let place = self.grid.position(cell, axis);
                if place + 1 == cells {
                    return 0.0;
                }
                let upwind = if current[cell] >= 0.0 { cell } else { cell + stride };
                let downwind = cell + cell + stride - upwind;
                let ahead = s[downwind] - s[upwind];
                // Behind the upwind cell; none at the wall.
                let behind = match upwind {
                    _ if upwind == cell && place > 0 => s[cell] - s[cell - stride],
                    _ if upwind > cell && place + 2 < cells => s[upwind] - s[upwind + stride],
                    _ => ahead,
                };
                let rise = (2.0 * ahead + behind) / 6.0;
                s[upwind] + if rise.is_finite() { rise.clamp(-STEEPEST, STEEPEST) } else { 0.0 }
            };
            (0..s.len()).into_par_iter().with_min_len(1024).map(face).collect()
        };
        Faces([along(0), along(1)])
    }

    /// The currents into `cell` through its faces, those out of it negative: (rate per mass of the cell, s on the face).
    fn currents(&self, cell: usize, Faces(faces): &Faces) -> [(f64, f64); 4] {
        let Circulation { outward, inward, .. } = &self.circulation;
        let mut currents = [(0.0, 0.0); 4];
        for axis in 0..2 {
            currents[2 * axis] = (-outward[axis][cell], faces[axis][cell]);
            if let Some(below) = cell.checked_sub(self.grid.stride(axis)) {
                currents[2 * axis + 1] = (inward[axis][below], faces[axis][below]);
            }
        }
        currents
    }

    /// The largest share of its mass that a cell loses in a unit of time.
    fn fastest_exit(&self, s: &[f64], faces: &Faces) -> f64 {
        let exit = |cell: usize| {
            // An empty cell has nothing to lose.
            let filled = s[cell] > f64::NEG_INFINITY;
            let currents = self.currents(cell, faces).into_iter().filter(|(rate, _)| filled && *rate < 0.0);
            currents.map(|(rate, face)| -rate * (face - s[cell]).exp()).sum::<f64>()
        };
        (0..s.len()).into_par_iter().with_min_len(1024).map(exit).reduce(|| 0.0, f64::max)
    }

    /// An Euler step in f; `None` if it empties a cell that was not empty.
    fn euler(&self, s: &[f64], faces: &Faces, step: f64) -> Option<Vec<f64>> {
        let next = |cell: usize| {
            let currents = self.currents(cell, faces);
            let own = s[cell];
            let met = currents.iter().filter(|(rate, _)| *rate != 0.0).map(|(_, there)| *there);
            let largest = met.fold(own, f64::max);
            // In units of f in the cell itself, unless a neighbour has so much more that it would overflow.
            let unit = if largest < own + 600.0 { own } else { largest };
            if unit == f64::NEG_INFINITY {
                return Some(unit);
            }
            let gained: f64 = currents
                .iter()
                .map(|(rate, there)| if *rate == 0.0 { 0.0 } else { rate * (there - unit).exp() })
                .sum();
            let stays = if unit == own { 1.0 } else { (own - unit).exp() };
            let share = stays + step * gained;
            (share > 0.0).then(|| unit + share.ln())
        };
        (0..s.len()).into_par_iter().with_min_len(1024).map(next).collect()
    }
}

/// log(eᵃ + eᵇ).
pub(super) fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}
