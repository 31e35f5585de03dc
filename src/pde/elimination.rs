//! (K − Aᵀ)⁻¹ for jumps at positive rates A and killing at rates K ≥ 0, by an elimination without a subtraction.

use super::{Generator, Grid, GridBreakdown, Sides};
use crate::algebra::simd::vectorized;

/// Cells one by one taken out of a jump process: a path that enters cell m leaves it for one of the others, or ends there.
///
/// With q the rates and k the killing, D = k_m + Σⱼ q_mj, and q_ij + q_im q_mj/D, kᵢ + q_im k_m/D are what is left for the
/// others (Grassmann, Taksar and Heyman 1985). No step subtracts, so that all entries of the inverse are right to a relative
/// error of some hundred roundings, however seldom paths end (O'Cinneide 1993): a factor of K − Aᵀ by its entries would lose
/// e^barrier of it. Cells are ordered such that those which exchange paths are at most a band apart.
pub struct Elimination {
    /// The cell at each place; the last place is taken out first.
    order: Vec<usize>,
    band: usize,
    /// For place m and k < band: the share of the paths in it that go on to place m − band + k.
    onward: Vec<f64>,
    /// For place m and k < band: paths that come from place m − band + k, in units of the rate at which m is left.
    inward: Vec<f64>,
    /// 1/D of every place.
    stay: Vec<f64>,
}

impl Elimination {
    /// Takes out all cells; `killing` is K for every cell.
    ///
    /// # Errors
    /// If from some cell no path ends.
    pub fn new(generator: &Generator, killing: &[f64]) -> Result<Self, GridBreakdown> {
        let (order, place) = ordering(generator.grid());
        let mut rates: Vec<Vec<(usize, f64)>> = vec![Vec::new(); order.len()];
        let mut band = 1;
        for (i, j, up, down) in generator.pairs() {
            let (i, j) = (place[i], place[j]);
            rates[i].push((j, up));
            rates[j].push((i, down));
            band = band.max(i.abs_diff(j));
        }
        let n = order.len();
        let killing: Vec<f64> = order.iter().map(|&cell| killing[cell]).collect();
        let mut own = Self {
            order,
            band,
            onward: vec![0.0; n * band],
            inward: vec![0.0; n * band],
            stay: vec![0.0; n],
        };
        let ends = vectorized(
            #[inline(always)]
            || own.eliminate(&rates, killing),
        );
        match ends {
            Some(place) => Err(GridBreakdown::Endless { place: generator.grid().centre(own.order[place]) }),
            None => Ok(own),
        }
    }

    /// Numbers that the factor for `grid` holds.
    pub fn numbers(grid: &Grid) -> usize {
        let axes = by_length(grid);
        let (last, inner) = axes.split_last().expect("a grid has an axis");
        let fold = if grid.sides(*last) == Sides::Periodic { 2 } else { 1 };
        2 * grid.len() * fold * inner.iter().map(|&axis| grid.cells()[axis]).product::<usize>()
    }

    /// The first place that is never left for good, if there is one. Rows are held in a window of a band: row i has the
    /// rates to i − band … i + band.
    #[inline(always)]
    fn eliminate(&mut self, rates: &[Vec<(usize, f64)>], mut killing: Vec<f64>) -> Option<usize> {
        let (n, band) = (rates.len(), self.band);
        let width = 2 * band + 1;
        let mut window = vec![0.0; (band + 1) * width];
        let load = |window: &mut [f64], i: usize| {
            let row = &mut window[i % (band + 1) * width..][..width];
            row.fill(0.0);
            for (j, rate) in &rates[i] {
                row[j + band - i] += rate;
            }
        };
        (n.saturating_sub(band)..n).for_each(|i| load(&mut window, i));
        let mut leaving = vec![0.0; band];
        for m in (0..n).rev() {
            if m >= band {
                load(&mut window, m - band);
            }
            leaving.copy_from_slice(&window[m % (band + 1) * width..][..band]);
            let total = killing[m] + leaving.iter().sum::<f64>();
            if !(total > 0.0 && total.is_finite()) {
                return Some(m);
            }
            self.stay[m] = 1.0 / total;
            for (share, rate) in self.onward[m * band..][..band].iter_mut().zip(&leaving) {
                *share = rate / total;
            }
            for i in m.saturating_sub(band)..m {
                let row = &mut window[i % (band + 1) * width..][..width];
                let arriving = row[m + band - i];
                if arriving == 0.0 {
                    continue;
                }
                let share = arriving / total;
                self.inward[m * band + i + band - m] = share;
                for (rate, onward) in row[m - i..][..band].iter_mut().zip(&leaving) {
                    *rate += share * onward;
                }
                // A path that comes back has not left.
                row[band] = 0.0;
                killing[i] += share * killing[m];
            }
        }
        None
    }

    /// u with Ku − Aᵀu = f, in place of f ≥ 0: E ∫f(X_t) dt up to the end of the path, from every cell.
    pub fn solve(&self, f: &mut [f64]) {
        let band = self.band;
        let mut u: Vec<f64> = self.order.iter().map(|&cell| f[cell]).collect();
        for m in (0..u.len()).rev() {
            let (reach, own) = (m.min(band), u[m]);
            let shares = &self.inward[m * band + band - reach..(m + 1) * band];
            for (value, share) in u[m - reach..m].iter_mut().zip(shares) {
                *value += share * own;
            }
        }
        for m in 0..u.len() {
            let reach = m.min(band);
            let shares = &self.onward[m * band + band - reach..(m + 1) * band];
            let later: f64 = shares.iter().zip(&u[m - reach..m]).map(|(share, value)| share * value).sum();
            u[m] = u[m] * self.stay[m] + later;
        }
        for (&cell, value) in self.order.iter().zip(u) {
            f[cell] = value;
        }
    }
}

/// The axes by how far apart the order may put neighbours along them, the longest last.
fn by_length(grid: &Grid) -> Vec<usize> {
    let mut axes: Vec<usize> = (0..grid.dimension()).collect();
    axes.sort_by_key(|&axis| grid.cells()[axis] / if grid.sides(axis) == Sides::Periodic { 2 } else { 1 });
    axes
}

/// The cells along the shortest axis first, and the place of every cell. A periodic axis is folded, so that its ends meet.
fn ordering(grid: &Grid) -> (Vec<usize>, Vec<usize>) {
    let axes = by_length(grid);
    let along = |cell: usize, axis: usize| {
        let (position, cells) = (grid.position(cell, axis), grid.cells()[axis]);
        match grid.sides(axis) {
            Sides::Periodic if 2 * position < cells => 2 * position,
            Sides::Periodic => 2 * (cells - 1 - position) + 1,
            _ => position,
        }
    };
    let of_cell = |cell: usize| {
        axes.iter().rev().fold(0, |place, &axis| place * grid.cells()[axis] + along(cell, axis))
    };
    let place: Vec<usize> = (0..grid.len()).map(of_cell).collect();
    let mut order = vec![0; grid.len()];
    place.iter().enumerate().for_each(|(cell, &place)| order[place] = cell);
    (order, place)
}
