use super::stencil::rates;
use super::tails::Side;
use super::{Grid, GridBreakdown, Sides};

/// The finite-volume Fokker–Planck operator A: a jump process between neighbouring
/// cells, (Am)ᵢ = Σⱼ (q_{ji}mⱼ − q_{ij}mᵢ) − kᵢmᵢ, on the masses m of the cells, which on equal cells are the densities up to
/// a factor. Mass is lost, at rates k, only through absorbing sides.
///
/// Scharfetter–Gummel (= Chang–Cooper) rates: for ∂ₜρ = α∇·(ρ∇V + ∇ρ) on equal cells,
/// q_{i,i+1} = α B(V_{i+1} − Vᵢ)/Δx² and q_{i+1,i} = α B(Vᵢ − V_{i+1})/Δx². Mass is conserved, the
/// rates are positive for any Δx, and πᵢ ∝ e^{−Vᵢ} is in exact detailed balance.
#[derive(Clone, Debug)]
pub struct Generator {
    pub(super) grid: Grid,
    pub(super) links: Vec<Link>,
    /// k of each cell; empty without absorbing sides.
    pub(super) loss: Vec<f64>,
    /// (side, cell, rate): the parts of k.
    exits: Vec<(Side, usize, f64)>,
    pub(super) log_invariant: Vec<f64>,
    pub(super) reversible: bool,
}

/// Jumps between every cell and the one that comes `stride` cells later.
#[derive(Clone, Debug)]
pub struct Link {
    /// Distance in cell numbers.
    pub stride: usize,
    /// Rate from each cell to the later one; 0 where there is no way.
    pub up: Vec<f64>,
    /// Rate to each cell from the later one.
    pub down: Vec<f64>,
}

impl Link {
    /// No jumps, between `len` cells.
    fn new(stride: usize, len: usize) -> Self {
        Self { stride, up: vec![0.0; len], down: vec![0.0; len] }
    }

    /// (cell, later cell, rate up, rate down) where there is a way.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize, f64, f64)> + '_ {
        let rates = self.up.iter().zip(&self.down).enumerate();
        rates
            .filter(|(_, (up, down))| **up != 0.0 || **down != 0.0)
            .map(|(cell, (up, down))| (cell, cell + self.stride, *up, *down))
    }
}

/// The pairs of cells (lower, upper) that share a face across `axis`; over the ends of a periodic one, (last, first).
pub(super) fn neighbours(grid: &Grid, axis: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let periodic = grid.sides(axis) == Sides::Periodic;
    let around = grid.ends(axis).filter(move |_| periodic).map(|(first, last)| (last, first));
    grid.faces(axis).chain(around)
}

/// 1/(distance of the centres × width) of two cells that share a face across `axis`, for each of the two.
pub(super) fn face_factors(grid: &Grid, axis: usize, pair: (usize, usize)) -> [f64; 2] {
    let widths = [pair.0, pair.1].map(|cell| grid.cell_width(grid.position(cell, axis), axis));
    widths.map(|width| 2.0 / ((widths[0] + widths[1]) * width))
}

/// The cells at the absorbing ends of an axis, each with its side and the cell beside it further inside.
pub(super) fn absorbing_ends(grid: &Grid, axis: usize) -> Vec<(Side, usize, usize)> {
    let (sides, stride) = (grid.sides(axis), grid.stride(axis));
    let both = grid.ends(axis).flat_map(|(first, last)| {
        [((axis, false), first, first + stride), ((axis, true), last, last - stride)]
    });
    both.filter(|((_, upper), ..)| sides.absorbs(*upper)).collect()
}

impl Generator {
    /// The operator of ∂ₜρ = α ∇·(ρ∇V + ∇ρ), `potential` = V at the cell centres. At absorbing sides V goes on straight.
    ///
    /// # Errors
    /// If V is not finite, or jumps by more than 700 between neighbours.
    pub fn gradient_flow(grid: &Grid, potential: &[f64], α: f64) -> Result<Self, GridBreakdown> {
        if let Some(cell) = potential.iter().position(|v| !v.is_finite()) {
            return Err(GridBreakdown::NotFinite {
                quantity: "the potential V",
                value: potential[cell],
                place: grid.centre(cell),
            });
        }
        let volumes = grid.log_volumes();
        let log_invariant = potential.iter().zip(&volumes).map(|(v, volume)| volume - v).collect();
        let mut generator = Self::still(grid, log_invariant, true);
        for axis in 0..grid.dimension() {
            for (i, j) in neighbours(grid, axis) {
                let z = potential[j] - potential[i];
                if z.abs() > 700.0 {
                    return Err(GridBreakdown::CutOff { jump: z, place: grid.centre(i), axis });
                }
                let [upward, downward] = rates(&potential[i], &potential[j]);
                let [own, other] = face_factors(grid, axis, (i, j));
                generator.connect((i, j), [α * own * upward, α * other * downward]);
            }
            for (side, end, inner) in absorbing_ends(grid, axis) {
                let widths = [end, inner].map(|cell| grid.cell_width(grid.position(cell, axis), axis));
                let beyond = potential[end]
                    + (potential[end] - potential[inner]) * widths[0] / (widths[0] + widths[1]);
                let [outward, _] = rates(&potential[end], &beyond);
                generator.lose(side, end, α * outward * 2.0 / widths[0].powi(2));
            }
        }
        Ok(generator)
    }

    /// No jumps yet.
    pub(super) fn still(grid: &Grid, log_invariant: Vec<f64>, reversible: bool) -> Self {
        let (links, loss, exits) = (Vec::new(), Vec::new(), Vec::new());
        Self { grid: grid.clone(), links, loss, exits, log_invariant, reversible }
    }

    /// Jumps between two cells at further rates, forth and back.
    pub(super) fn connect(&mut self, (i, j): (usize, usize), [forth, back]: [f64; 2]) {
        let (first, stride) = (i.min(j), i.abs_diff(j));
        let known = self.links.iter().position(|link| link.stride == stride);
        let place = known.unwrap_or_else(|| {
            self.links.push(Link::new(stride, self.grid.len()));
            self.links.len() - 1
        });
        let link = &mut self.links[place];
        let [up, down] = if i < j { [forth, back] } else { [back, forth] };
        link.up[first] += up;
        link.down[first] += down;
    }

    /// Mass of `cell` lost through `side` at a further `rate`.
    pub(super) fn lose(&mut self, side: Side, cell: usize, rate: f64) {
        self.loss.resize(self.grid.len(), 0.0);
        self.loss[cell] += rate;
        self.exits.push((side, cell, rate));
    }

    /// An operator with given rates through the faces, which may be negative, and its invariant measure.
    pub(super) fn with_rates(
        grid: &Grid,
        up: Vec<Vec<f64>>,
        down: Vec<Vec<f64>>,
        log_invariant: Vec<f64>,
    ) -> Self {
        let axes = up.into_iter().zip(down).enumerate();
        let links = axes.map(|(axis, (up, down))| Link { stride: grid.stride(axis), up, down }).collect();
        Self { links, ..Self::still(grid, log_invariant, false) }
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Whether detailed balance is known to hold: of gradient flows, and on the line.
    pub fn reversible(&self) -> bool {
        self.reversible
    }

    /// Log of the invariant measure of the cells, up to a constant; 0 where it is not known.
    pub fn log_invariant(&self) -> &[f64] {
        &self.log_invariant
    }

    /// All jumps.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// (cell, later cell, rate up, rate down) of all jumps.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize, f64, f64)> + '_ {
        self.links.iter().flat_map(Link::pairs)
    }

    /// The rates at which the cells lose mass through absorbing sides; empty without such.
    pub fn loss(&self) -> &[f64] {
        &self.loss
    }

    /// The rates at which the cells lose mass through one side.
    pub fn loss_through(&self, side: Side) -> Vec<f64> {
        let mut loss = vec![0.0; self.grid.len()];
        for (_, cell, rate) in self.exits.iter().filter(|(own, ..)| *own == side) {
            loss[*cell] += rate;
        }
        loss
    }

    /// Total rate at which each cell is left.
    pub fn exit_rates(&self) -> Vec<f64> {
        let mut exit = vec![0.0; self.grid.len()];
        for (i, j, up, down) in self.pairs() {
            exit[i] += up;
            exit[j] += down;
        }
        for (exit, loss) in exit.iter_mut().zip(&self.loss) {
            *exit += loss;
        }
        exit
    }

    /// Am.
    pub fn apply(&self, masses: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; masses.len()];
        for (i, j, up, down) in self.pairs() {
            let flux = up * masses[i] - down * masses[j];
            out[i] -= flux;
            out[j] += flux;
        }
        for ((out, loss), mass) in out.iter_mut().zip(&self.loss).zip(masses) {
            *out -= loss * mass;
        }
        out
    }

    /// Aᵀu, the generator acting on functions.
    pub fn apply_transposed(&self, function: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; function.len()];
        for (i, j, up, down) in self.pairs() {
            let slope = function[j] - function[i];
            out[i] += up * slope;
            out[j] -= down * slope;
        }
        for ((out, loss), value) in out.iter_mut().zip(&self.loss).zip(function) {
            *out -= loss * value;
        }
        out
    }
}
