//! The finite-volume operator of an Itô equation given by its coefficients.

use super::generator::{absorbing_ends, face_factors, neighbours};
use super::stencil::FluxScalar;
use super::{Generator, Grid, GridBreakdown, Sides};
use crate::model::ItoSde;
use crate::model::expression::gathered;
use crate::schemes::Sde;

/// Five-point Gauss–Legendre rule on [−1, 1]: (node, weight).
const GAUSS_LEGENDRE: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    (-0.538_469_310_105_683, 0.478_628_670_499_366_47),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];
/// σ² at the end of an axis, relative to that in the cell beside it, which has vanished.
const VANISHED: f64 = 1e-9;
/// Powers of the distance, plus one, as which the invariant density rises from such an end and is not smooth there.
const ROUGH: f64 = 3.0;
/// Share of the distance to such an end at which the powers of the coefficients are read.
const NEAR: f64 = 1e-3;
/// Halvings of the distance to such an end over which a mean is followed.
const OCTAVES: usize = 60;
/// σσᵀ off its diagonal, beside the diagonal, that is rounding.
const UNCORRELATED: f64 = 1e-13;

/// The coefficients at one time, on cells of these widths.
struct Coefficients<'a> {
    sde: &'a ItoSde,
    time: f64,
    widths: Vec<f64>,
    /// Parts of each interval over which the coefficients are integrated.
    parts: usize,
}

impl Coefficients<'_> {
    /// b.
    fn drift(&self, x: &[f64]) -> Vec<f64> {
        let mut b = vec![0.0; x.len()];
        Sde::<f64>::drift(self.sde, &self.time, x, &mut b);
        b
    }

    /// The column of σ for one noise.
    fn column(&self, x: &[f64], noise: usize) -> Vec<f64> {
        let mut unit = vec![0.0; Sde::<f64>::noise_dimension(self.sde)];
        unit[noise] = 1.0;
        let mut σ = vec![0.0; x.len()];
        self.sde.diffuse(&self.time, x, &unit, &mut σ);
        σ
    }

    /// ½(σσᵀ)ₖₗ.
    fn half_covariance(&self, x: &[f64], k: usize, l: usize) -> f64 {
        let noises = 0..Sde::<f64>::noise_dimension(self.sde);
        0.5 * noises.map(|noise| self.column(x, noise)).map(|σ| σ[k] * σ[l]).sum::<f64>()
    }

    /// What of ½(σσᵀ)ₖₖ is left for jumps along the axis, beside those across corners.
    fn along(&self, x: &[f64], axis: usize) -> f64 {
        let others = (0..x.len()).filter(|&other| other != axis);
        let corners = others
            .map(|other| self.half_covariance(x, axis, other).abs() * self.widths[axis] / self.widths[other]);
        self.half_covariance(x, axis, axis) - corners.sum::<f64>()
    }

    /// [`Self::along`] at the centre of a cell, or where intervals have parts its harmonic mean over them: what resists adds up.
    fn resistance(&self, grid: &Grid, cell: usize, axis: usize) -> f64 {
        let mut place = grid.centre(cell);
        if self.parts == 1 {
            return self.along(&place, axis);
        }
        let [low, high] = grid.side(grid.position(cell, axis), axis);
        let inverse = (0..self.parts).map(|part| {
            place[axis] = low + (high - low) * (part as f64 + 0.5) / self.parts as f64;
            1.0 / self.along(&place, axis)
        });
        self.parts as f64 / inverse.sum::<f64>()
    }

    /// [`Self::resistance`] of every cell, where it is positive.
    fn diffusivity(&self, grid: &Grid, axis: usize) -> Result<Vec<f64>, GridBreakdown> {
        let at = |cell: usize| {
            let place = grid.centre(cell);
            let whole = self.half_covariance(&place, axis, axis);
            if !whole.is_finite() {
                return Err(GridBreakdown::NotFinite { quantity: "σ²", value: whole, place });
            }
            if whole <= 0.0 {
                return Err(GridBreakdown::Degenerate { value: 2.0 * whole, place });
            }
            let along = self.resistance(grid, cell, axis);
            let shared = along + (self.share_at_centre(grid, cell, axis) - 1.0) * whole;
            let value = if shared > 0.0 { shared } else { along };
            if value <= 0.0 && place.len() == 1 {
                return Err(GridBreakdown::Degenerate { value: 2.0 * value, place });
            }
            if value <= 0.0 {
                let mixed = self.half_covariance(&place, 0, 1);
                return Err(GridBreakdown::Correlated {
                    value: 2.0 * mixed,
                    ratio: self.widths[0] / self.widths[1],
                    least: mixed.abs() / self.half_covariance(&place, 1, 1),
                    most: self.half_covariance(&place, 0, 0) / mixed.abs(),
                    place,
                });
            }
            Ok(value)
        };
        together(grid.len(), at)
    }

    /// 1, but where the invariant density of the line along `axis` is not smooth at an end at which D vanishes, its value at the
    /// centre of the cell as a share of its mean over the cell: with D times that, the cells have their exact shares of it.
    fn share_at_centre(&self, grid: &Grid, cell: usize, axis: usize) -> f64 {
        let centre = grid.centre(cell);
        let at = |x: f64| {
            let mut place = centre.clone();
            place[axis] = x;
            (self.drift(&place)[axis], self.half_covariance(&place, axis, axis))
        };
        let sides: Vec<(f64, f64)> = [(false, grid.lower()[axis], 1.0), (true, grid.upper()[axis], -1.0)]
            .into_iter()
            .filter(|(upper, ..)| grid.sides(axis).reflects(*upper))
            .map(|(_, end, inward)| (end, inward))
            .collect();
        let distance = |end: f64| (centre[axis] - end).abs();
        let (own, half) = (at(centre[axis]).1, 0.5 * grid.cell_width(grid.position(cell, axis), axis));
        // The density is a power of the distance: its exponent is that of e^{∫b/D}, less that of D.
        let singular = |(end, inward): &(f64, f64)| {
            let near = NEAR * distance(*end);
            let ((b, diffusivity), at_end) = (at(end + inward * near), at(*end).1);
            at_end.abs() <= VANISHED * own && inward * b * near < ROUGH * diffusivity
        };
        if !sides.iter().any(singular) {
            return 1.0;
        }
        let nearer = |side: &&(f64, f64)| distance(side.0);
        let Some(&(end, inward)) = sides.iter().min_by(|a, b| nearer(a).total_cmp(&nearer(b))) else {
            return 1.0;
        };
        // ∫e^{∫b/D}/D from the centre to both ends of the cell, by the distance to the side.
        let piece = |from: f64, to: f64, exponent: &mut f64| -> f64 {
            let own = GAUSS_LEGENDRE.iter().map(|(node, weight)| {
                let share = 0.5 * weight * (to - from);
                let (b, diffusivity) = at(end + inward * (from + 0.5 * (to - from) * (1.0 + node)));
                let rise = share * inward * b / diffusivity;
                let value = share.abs() * (*exponent + 0.5 * rise).exp() / diffusivity;
                *exponent += rise;
                value
            });
            own.sum()
        };
        let from = distance(end);
        let (mut exponent, mut mass, mut last) = (0.0, piece(from, from + half, &mut 0.0), from);
        for _ in 0..OCTAVES {
            let next = (0.5 * last).max(from - half);
            mass += piece(last, next, &mut exponent);
            last = next;
            if last <= from - half {
                break;
            }
        }
        let share = 2.0 * half / (own * mass);
        if share.is_finite() && share > 0.0 { share } else { 1.0 }
    }

    /// −∫b/D along `axis` from `place` over a `distance`, with D of the jumps along the axis.
    fn rise(&self, place: &[f64], axis: usize, distance: f64) -> Result<f64, GridBreakdown> {
        let mut place = place.to_vec();
        let (start, length) = (place[axis], distance / self.parts as f64);
        let nodes = (0..self.parts).flat_map(|part| GAUSS_LEGENDRE.iter().map(move |node| (part, node)));
        let z: f64 = nodes
            .map(|(part, (node, weight))| {
                place[axis] = start + length * (part as f64 + 0.5 * (1.0 + node));
                -0.5 * length * weight * self.drift(&place)[axis] / self.along(&place, axis)
            })
            .sum();
        place[axis] = start;
        if !z.is_finite() {
            return Err(GridBreakdown::NotFinite { quantity: "2b/σ²", value: z, place });
        }
        if z.abs() > 700.0 {
            return Err(GridBreakdown::CutOff { jump: z, place, axis });
        }
        Ok(z)
    }
}

/// f of 0 … `count` − 1, or the first failure; functions in code are called for all at once.
fn together(
    count: usize,
    f: impl Fn(usize) -> Result<f64, GridBreakdown>,
) -> Result<Vec<f64>, GridBreakdown> {
    let mut all: Vec<Result<f64, GridBreakdown>> = (0..count).map(|_| Ok(0.0)).collect();
    gathered(count, |place, _| all[place] = f(place));
    all.into_iter().collect()
}

impl Generator {
    /// The operator of ∂ₜρ = Σₖ ∂ₖ(−bₖρ + ½Σₗ ∂ₗ((σσᵀ)ₖₗρ)), coefficients taken at `time`.
    ///
    /// Along an axis it is written for f = Dρ, whose flux is (b/D)f − ∂f; the integral of b/D over a centre-to-centre
    /// interval is by Gauss–Legendre, so a drift −∇V with V a polynomial of degree below 10 gives the
    /// rates of V itself. Where noises are correlated, D is what is left of ½σ²ₖ beside jumps to the cells across a corner,
    /// ½|(σσᵀ)ₖₗ|/(ΔxₖΔxₗ) each: then rates are positive, second differences have (σσᵀ)ₖₗ to order 2 (Kushner and Dupuis
    /// 2001, section 5.3), and jumps that a side keeps back leave it along the conormal, without a flux. Jumps through an
    /// absorbing side are lost at twice their rate, as it lies half way.
    ///
    /// # Errors
    /// If a coefficient is not finite, σσᵀ is not positive or too far from diagonal for these cells, or the drift is too
    /// steep for them.
    pub fn diffusion(grid: &Grid, sde: &ItoSde, time: f64) -> Result<Self, GridBreakdown> {
        Self::diffusion_by_parts(grid, sde, time, 1)
    }

    /// As [`Self::diffusion`], with intervals cut into `parts` over which coefficients are integrated: what is narrower than a cell
    /// is seen from a part on.
    pub(super) fn diffusion_by_parts(
        grid: &Grid,
        sde: &ItoSde,
        time: f64,
        parts: usize,
    ) -> Result<Self, GridBreakdown> {
        let widths = (0..grid.dimension()).map(|axis| grid.width(axis)).collect();
        let coefficients = Coefficients { sde, time, widths, parts };
        // On the line every flux without a source is a gradient, unless it goes round; in the plane circulation may be driven.
        let reversible = grid.dimension() == 1 && grid.sides(0) != Sides::Periodic;
        let mut generator = Self::still(grid, vec![0.0; grid.len()], reversible);
        for axis in 0..grid.dimension() {
            let diffusivity = coefficients.diffusivity(grid, axis)?;
            let width = |cell: usize| grid.cell_width(grid.position(cell, axis), axis);
            let pairs: Vec<(usize, usize)> = neighbours(grid, axis).collect();
            let rises = together(pairs.len(), |pair| {
                let (i, j) = pairs[pair];
                coefficients.rise(&grid.centre(i), axis, 0.5 * (width(i) + width(j)))
            })?;
            for ((i, j), z) in pairs.into_iter().zip(rises) {
                let [own, other] = face_factors(grid, axis, (i, j));
                let [forth, back] = [diffusivity[i] * z.bernoulli(), diffusivity[j] * (-z).bernoulli()];
                generator.connect((i, j), [own * forth, other * back]);
                if reversible {
                    let ratio = (diffusivity[i] * width(j) / (diffusivity[j] * width(i))).ln();
                    generator.log_invariant[j] = generator.log_invariant[i] - z + ratio;
                }
            }
            for (side, end, _) in absorbing_ends(grid, axis) {
                let outward = if side.1 { 0.5 } else { -0.5 };
                let z = coefficients.rise(&grid.centre(end), axis, outward * width(end))?;
                generator.lose(side, end, diffusivity[end] * z.bernoulli() * 2.0 / width(end).powi(2));
            }
            for other in 0..axis {
                generator.across_corners(&coefficients, [other, axis])?;
            }
        }
        Ok(generator)
    }

    /// Jumps to the cells across corners in the plane of two axes.
    fn across_corners(
        &mut self,
        coefficients: &Coefficients<'_>,
        axes: [usize; 2],
    ) -> Result<(), GridBreakdown> {
        let grid = self.grid.clone();
        let [k, l] = axes;
        for cell in 0..grid.len() {
            let place = grid.centre(cell);
            let mixed = coefficients.half_covariance(&place, k, l);
            if mixed.abs() <= UNCORRELATED * coefficients.half_covariance(&place, k, k) {
                continue;
            }
            if grid.is_graded() {
                return Err(GridBreakdown::GradedCorners { value: 2.0 * mixed, place });
            }
            let rate = mixed.abs() / (coefficients.widths[k] * coefficients.widths[l]);
            for forward in [true, false] {
                let upward = [forward, forward == (mixed > 0.0)];
                let there = grid.beside(cell, k, upward[0]).and_then(|cell| grid.beside(cell, l, upward[1]));
                let gone = |axis: usize, upward: bool| {
                    grid.sides(axis).absorbs(upward) && grid.beside(cell, axis, upward).is_none()
                };
                let exit = axes.into_iter().zip(upward).find(|(axis, upward)| gone(*axis, *upward));
                match (there, exit) {
                    (Some(there), _) => self.connect((cell, there), [rate, 0.0]),
                    (None, Some(side)) => self.lose(side, cell, 2.0 * rate),
                    (None, None) => (),
                }
            }
        }
        Ok(())
    }
}
