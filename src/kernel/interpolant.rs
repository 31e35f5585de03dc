//! A fast Gauss transform in one to three dimensions: Chebyshev moments of the sources in each cell, moved to the
//! targets' cells axis by axis, and summed there as local expansions.
//!
//! The plan is that of Greengard and Strain (1991); interpolation in place of Hermite expansions (Fong and Darve 2009)
//! makes the operators small tables and the translation separable, which costs d·(2·reach + 1)·pᵈ⁺¹
//! operations for each cell.

use super::cells::{Cells, Key, local};
use super::chebyshev::{self, MOST_TERMS, polynomials};
use crate::algebra::simd::vectorized;
use rayon::prelude::*;

/// Cells on either side that a source is felt in: beyond lie at least 2·4 standard deviations, where the kernel is below
/// e^{−32} = 1.3e-14.
pub(super) const REACH: i32 = 4;

/// One expansion for each of some cells, `terms`ᵈ coefficients each.
struct Expansions {
    /// The cells, in rising order.
    keys: Vec<Key>,
    coefficients: Vec<f64>,
    /// Σ weight·e^{−t²/4} over the sources, with t their distance along the axes that are summed already: the unit of
    /// the error.
    masses: Vec<f64>,
}

/// The sum over all sources, as expansions in the cells of the targets.
pub(super) struct Interpolant {
    dimension: usize,
    terms: usize,
    local: Expansions,
    /// Error in units of the masses.
    relative: f64,
    /// Error everywhere.
    absolute: f64,
}

impl Interpolant {
    /// Terms along each axis, such that the error is a hundredth of `tolerance` in units of the masses; so targets
    /// whose density is not far below that around them are within it. None if `tolerance` is too near to rounding.
    pub(super) fn terms(dimension: usize, tolerance: f64) -> Option<usize> {
        let fits = |&terms: &usize| dimension as f64 * chebyshev::error(terms) <= 1e-2 * tolerance.min(1.0);
        (4..=MOST_TERMS).find(fits)
    }

    /// Number of multiplications that the translations take, roughly, and of coefficients that are held at once.
    pub(super) fn cost(dimension: usize, terms: usize, sources: &Cells, targets: &Cells) -> [f64; 2] {
        let levels = intermediate_keys(dimension, &targets.keys);
        let cells: Vec<usize> = [sources.keys.len()].into_iter().chain(levels.iter().map(Vec::len)).collect();
        let block = (terms as f64).powi(dimension as i32);
        let translated = cells[1..].iter().sum::<usize>() as f64 * block;
        let held = cells.windows(2).map(|pair| pair[0] + pair[1]).max().unwrap_or(0) as f64 * block;
        [translated * (terms as f64) * f64::from(2 * REACH + 1), held]
    }

    /// Sums sources with these points (point after point) and weights.
    pub(super) fn new(
        dimension: usize,
        terms: usize,
        (points, weights, sources): (&[f64], &[f64], &Cells),
        targets: &Cells,
    ) -> Self {
        let tables: Vec<Table> = (-REACH..=REACH).map(|offset| Table::new(offset, terms)).collect();
        let total: f64 = weights.iter().sum();
        let mut level = moments(dimension, terms, points, weights, sources);
        for (axis, keys) in intermediate_keys(dimension, &targets.keys).into_iter().enumerate() {
            level = translated(&level, axis, keys, terms, &tables);
        }
        // Each factor of the kernel has its error, δ in units of its bound: (1 + δ)ᵈ − 1 for the product. Rounding
        // adds one unit for each operation on the way, relative to the sum of the absolute values.
        let spread = tables.iter().map(|table| table.spread).fold(0.0, f64::max);
        let largest = (0..sources.keys.len()).map(|place| sources.members(place).len()).max().unwrap_or(0);
        let operations = largest + dimension * (8 * terms + (2 * REACH as usize + 1) * terms);
        let rounding = operations as f64 * f64::EPSILON * spread.powi(dimension as i32);
        let relative = (dimension as f64 * chebyshev::error(terms).ln_1p()).exp_m1() + rounding;
        // The cut-off; and weights below the normal numbers.
        let absolute = total * (-2.0 * f64::from(REACH).powi(2)).exp() + 1e-300 * weights.len() as f64;
        Self { dimension, terms, local: level, relative, absolute }
    }

    /// For each target, in the order of `targets`, the sum and a bound on its error; none where no source is near.
    pub(super) fn values(&self, points: &[f64], targets: &Cells) -> Vec<Option<(f64, f64)>> {
        let cell = |place: usize| {
            let members = targets.members(place);
            let Ok(found) = self.local.keys.binary_search(&targets.keys[place]) else {
                return vec![None; members.len()];
            };
            let size = self.terms.pow(self.dimension as u32);
            let coefficients = &self.local.coefficients[found * size..][..size];
            let error = self.relative * self.local.masses[found] + self.absolute;
            let value = |&i: &u32| {
                let bases = Bases::new(&targets.keys[place], point(points, self.dimension, i), self.terms);
                Some((contract(&bases.0[..self.dimension], self.terms, coefficients), error))
            };
            members.iter().map(value).collect()
        };
        (0..targets.keys.len()).into_par_iter().flat_map_iter(cell).collect()
    }
}

/// The operator that moves moments to a cell at some offset.
struct Table {
    coefficients: Vec<f64>,
    /// e^{−t²/4}, t the distance between the cells.
    decay: f64,
    /// Σ |coefficients| in units of the decay.
    spread: f64,
}

impl Table {
    fn new(offset: i32, terms: usize) -> Self {
        let coefficients = chebyshev::coefficients(offset, terms);
        let distance = 2.0 * f64::from((offset.abs() - 1).max(0));
        let decay = (-0.25 * distance * distance).exp();
        let spread = coefficients.iter().map(|c| c.abs()).sum::<f64>() / decay;
        Self { coefficients, decay, spread }
    }
}

/// Chebyshev polynomials at the local coordinates of a point, axis by axis.
struct Bases([[f64; MOST_TERMS]; 3]);

impl Bases {
    fn new(key: &Key, x: &[f64], terms: usize) -> Self {
        let mut bases = [[0.0; MOST_TERMS]; 3];
        for ((basis, x), key) in bases.iter_mut().zip(x).zip(key) {
            polynomials(local(*key, *x), &mut basis[..terms]);
        }
        Self(bases)
    }
}

fn point(points: &[f64], dimension: usize, index: u32) -> &[f64] {
    &points[index as usize * dimension..][..dimension]
}

/// Σ w T_i(v₁) T_j(v₂) … over the sources of each cell.
fn moments(dimension: usize, terms: usize, points: &[f64], weights: &[f64], sources: &Cells) -> Expansions {
    let size = terms.pow(dimension as u32);
    let mut coefficients = vec![0.0; size * sources.keys.len()];
    coefficients.par_chunks_exact_mut(size).enumerate().for_each(|(place, block)| {
        for &i in sources.members(place) {
            let bases = Bases::new(&sources.keys[place], point(points, dimension, i), terms);
            add_product(weights[i as usize], &bases.0[..dimension], terms, block);
        }
    });
    let masses = coefficients.iter().step_by(size).copied().collect();
    Expansions { keys: sources.keys.clone(), coefficients, masses }
}

/// `block` += weight·(product of the bases).
fn add_product(weight: f64, bases: &[[f64; MOST_TERMS]], terms: usize, block: &mut [f64]) {
    let (first, rest) = bases.split_first().expect("d ≥ 1");
    if rest.is_empty() {
        for (out, value) in block.iter_mut().zip(first) {
            *out += weight * value;
        }
    } else {
        for (part, value) in block.chunks_exact_mut(block.len() / terms).zip(first) {
            add_product(weight * value, rest, terms, part);
        }
    }
}

/// Σ coefficient·(product of the bases).
fn contract(bases: &[[f64; MOST_TERMS]], terms: usize, coefficients: &[f64]) -> f64 {
    let (first, rest) = bases.split_first().expect("d ≥ 1");
    if rest.is_empty() {
        return coefficients.iter().zip(first).map(|(c, value)| c * value).sum();
    }
    let parts = coefficients.chunks_exact(coefficients.len() / terms);
    parts.zip(first).map(|(part, value)| value * contract(rest, terms, part)).sum()
}

/// For each axis the cells that are needed once the sum along it is done: the targets' after the last, and before it
/// also all within reach of them along the axes that are still to be summed.
fn intermediate_keys(dimension: usize, targets: &[Key]) -> Vec<Vec<Key>> {
    let mut all = vec![targets.to_vec()];
    for axis in (1..dimension).rev() {
        let mut keys: Vec<Key> = all[all.len() - 1].iter().flat_map(|key| reached(key, axis)).collect();
        keys.sort_unstable();
        keys.dedup();
        all.push(keys);
    }
    all.reverse();
    all
}

fn reached(key: &Key, axis: usize) -> impl Iterator<Item = Key> {
    let key = *key;
    (-REACH..=REACH).map(move |offset| {
        let mut other = key;
        other[axis] += offset;
        other
    })
}

/// The sum along one axis, in those of the cells `keys` where it has terms.
///
/// It contracts the first index of every block and puts the new one last, so that all axes share one loop, with
/// neighbours in memory, and d sums restore the order.
fn translated(from: &Expansions, axis: usize, keys: Vec<Key>, terms: usize, tables: &[Table]) -> Expansions {
    let size = from.coefficients.len() / from.keys.len();
    let near = |key: &Key| -> Vec<(usize, &Table)> {
        let found = reached(key, axis).zip(tables.iter().rev());
        found.filter_map(|(other, table)| Some((from.keys.binary_search(&other).ok()?, table))).collect()
    };
    let (keys, neighbours): (Vec<Key>, Vec<_>) =
        keys.into_iter().map(|key| (key, near(&key))).filter(|(_, near)| !near.is_empty()).unzip();
    let mut coefficients = vec![0.0; keys.len() * size];
    coefficients.par_chunks_exact_mut(size).zip(&neighbours).for_each(|(out, near)| {
        vectorized(
            #[inline(always)]
            || {
                for (place, table) in near {
                    let block = &from.coefficients[place * size..][..size];
                    let rows = table.coefficients.chunks_exact(terms);
                    for (values, row) in block.chunks_exact(size / terms).zip(rows) {
                        for (out, value) in out.chunks_exact_mut(terms).zip(values) {
                            for (out, c) in out.iter_mut().zip(row) {
                                *out += value * c;
                            }
                        }
                    }
                }
            },
        );
    });
    let mass =
        |near: &Vec<(usize, &Table)>| near.iter().map(|(i, table)| from.masses[*i] * table.decay).sum();
    Expansions { keys, coefficients, masses: neighbours.iter().map(mass).collect() }
}
