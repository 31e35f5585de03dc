//! What the shape of a potential says about the spectral gap of −L, L = Δ − ∇V·∇: a bound below and an asymptotic value.

use crate::model::Potential;
use crate::pde::Grid;
use faer::{Mat, Side};

/// Newton steps from the centre of a cell to the critical point in it.
const NEWTON_STEPS: usize = 30;

/// min λ(∇²V) over the cell centres: where it is positive, λ₁ is at least that (Bakry and Émery 1985).
pub fn curvature(potential: &Potential, grid: &Grid) -> f64 {
    (0..grid.len())
        .map(|cell| eigenvalues(potential, &grid.centre(cell)).first().copied().unwrap_or(f64::NAN))
        .fold(f64::INFINITY, f64::min)
}

/// The Eyring–Kramers value of λ₁, for a potential with two wells: the rates over the saddle between them, out of either,
/// |λ₋|/2π √(det ∇²V(m)/|det ∇²V(s)|) e^{V(m) − V(s)} (Bovier, Gayrard and Klein 2005). It is the limit of small noise.
///
/// `None` unless there are exactly two minima with a saddle between them in the box.
pub fn eyring_kramers(potential: &Potential, grid: &Grid) -> Option<f64> {
    let (minima, saddle) = two_wells(potential, grid)?;
    let at = |cell: usize| critical_point(potential, grid.centre(cell));
    let top = at(saddle)?;
    let across = eigenvalues(potential, &top);
    let steepest = *across.first()?;
    if steepest >= 0.0 || across.get(1).is_some_and(|next| *next <= 0.0) {
        return None;
    }
    let rate = |cell: usize| {
        let bottom = at(cell)?;
        let ratio = product(&eigenvalues(potential, &bottom)) / -product(&across);
        let barrier = potential.value(&top[..]) - potential.value(&bottom[..]);
        Some(steepest.abs() / (2.0 * std::f64::consts::PI) * ratio.sqrt() * (-barrier).exp())
    };
    Some(rate(minima[0])? + rate(minima[1])?)
}

fn product(values: &[f64]) -> f64 {
    values.iter().product()
}

/// Rising eigenvalues of ∇²V(x).
fn eigenvalues(potential: &Potential, x: &[f64]) -> Vec<f64> {
    let hessian = hessian(potential, x);
    hessian.self_adjoint_eigenvalues(Side::Lower).unwrap_or_default()
}

fn hessian(potential: &Potential, x: &[f64]) -> Mat<f64> {
    let d = x.len();
    let mut entries = vec![0.0; d * d];
    potential.hessian(x, &mut entries);
    Mat::from_fn(d, d, |i, j| entries[i * d + j])
}

/// The two lowest cells of the two wells and the cell where, with a rising level, they become one; cells are flooded in the
/// order of V, each joining the pools of its neighbours.
fn two_wells(potential: &Potential, grid: &Grid) -> Option<([usize; 2], usize)> {
    let values = grid.sample(|x| potential.value(x));
    let mut order: Vec<usize> = (0..grid.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    // The lowest cell of the pool of each flooded cell, by way of others.
    let mut pool = vec![usize::MAX; grid.len()];
    let root = |pool: &[usize], mut cell: usize| {
        while pool[cell] != cell {
            cell = pool[cell];
        }
        cell
    };
    let (mut minima, mut saddles) = (Vec::new(), Vec::new());
    for &cell in &order {
        let mut pools: Vec<usize> = Vec::new();
        for axis in 0..grid.dimension() {
            let (place, stride) = (grid.position(cell, axis), grid.stride(axis));
            let below = (place > 0).then(|| cell - stride);
            let above = (place + 1 < grid.cells()[axis]).then(|| cell + stride);
            for neighbour in below.into_iter().chain(above).filter(|&n| pool[n] != usize::MAX) {
                pools.push(root(&pool, neighbour));
            }
        }
        pools.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        pools.dedup();
        pool[cell] = pools.first().copied().unwrap_or(cell);
        match pools[..] {
            [] => minima.push(cell),
            [_] => (),
            [lowest, ref others @ ..] => {
                saddles.push(cell);
                others.iter().for_each(|&other| pool[other] = lowest);
            }
        }
    }
    match (&minima[..], &saddles[..]) {
        (&[first, second], &[saddle]) => Some(([first, second], saddle)),
        _ => None,
    }
}

/// The critical point of V near x, by Newton's method; `None` if it leads nowhere.
fn critical_point(potential: &Potential, mut x: Vec<f64>) -> Option<Vec<f64>> {
    use faer::linalg::solvers::Solve;
    let mut gradient = vec![0.0; x.len()];
    for _ in 0..NEWTON_STEPS {
        potential.gradient(&x[..], &mut gradient);
        let mut step = Mat::from_fn(x.len(), 1, |i, _| gradient[i]);
        hessian(potential, &x).partial_piv_lu().solve_in_place(step.as_mut());
        for (i, x) in x.iter_mut().enumerate() {
            *x -= step[(i, 0)];
        }
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}
