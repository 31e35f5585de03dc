//! Minima of V: where descents from many places end.

use crate::model::{Component, Dynamics, Energy, GradientFlow, Initial, Potential, Problem};
use crate::pde::{Grid, extent};
use faer::{Mat, Side};

/// Cells along each axis of a look at V, by dimension.
const CELLS: [usize; 3] = [2000, 160, 48];
/// Heights of V above its lowest value at which a minimum does not count.
const HIGH: f64 = 34.0;
/// Places from which descents begin in each look, at most.
const MOST: usize = 64;
/// Steps of a descent, and halvings of a step.
const STEPS: usize = 60;
const HALVINGS: usize = 40;
/// What another step would gain, in units of V, when a descent ends.
const GAIN: f64 = 1e-9;
/// Sizes of the boxes that are looked at in many dimensions, in units of what start and particles need.
const BOXES: [f64; 3] = [1.0, 3.0, 9.0];
/// Particles that descend.
const PARTICLES: usize = 16;
/// Standard deviations of the start that the box of a look holds.
const DEVIATIONS: f64 = 4.0;
/// Square roots of these have parts that fill a cube evenly.
const PRIMES: [f64; 24] = [
    2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0, 37.0, 41.0, 43.0, 47.0, 53.0, 59.0, 61.0,
    67.0, 71.0, 73.0, 79.0, 83.0, 89.0,
];

/// The k-th of points that fill the unit cube evenly (Weyl's sequence), in up to 24 dimensions.
pub fn even_point(k: usize, dimension: usize) -> Vec<f64> {
    PRIMES[..dimension].iter().map(|prime| (k as f64 * prime.sqrt()).fract()).collect()
}

/// Where particles are: the box that holds them, and some of them.
pub struct Cloud {
    ends: Vec<[f64; 2]>,
    some: Vec<Vec<f64>>,
}

impl Cloud {
    /// That of `count` places in `d` dimensions: all their coordinates along an axis, and the places one by one.
    pub fn new(
        d: usize,
        along: impl Fn(usize) -> Vec<f64>,
        count: usize,
        at: impl Fn(usize) -> Vec<f64>,
    ) -> Self {
        let ends = (0..d).map(|axis| {
            let all = along(axis).into_iter().filter(|x| x.is_finite());
            all.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
        });
        let some = (0..count).step_by(count.div_ceil(PARTICLES)).map(|place| at(place)[..d].to_vec());
        Self { ends: ends.collect(), some: some.filter(|x| x.iter().all(|x| x.is_finite())).collect() }
    }
}

/// Where descents end, the lowest first: from the lowest cells of looks at V in up to three dimensions, from points of boxes around
/// start and particles in more, and from particles.
pub fn minima(problem: &Problem, potential: &Potential, cloud: &Cloud) -> Vec<Vec<f64>> {
    let d = problem.positions();
    let near = near(problem, cloud);
    let mut starts = cloud.some.clone();
    if let Some(cells) = CELLS.get(d - 1) {
        let wide = extent(&overdamped(problem, potential)).map(|found| {
            let ends = found.lower.into_iter().zip(found.upper);
            ends.map(|(low, high)| [low, high]).collect::<Vec<_>>()
        });
        let looks = wide.into_iter().chain(BOXES.map(|size| scaled(&near, size)));
        starts.extend(looks.flat_map(|ends| lowest_cells(potential, &ends, *cells)));
    } else {
        let points = BOXES.iter().flat_map(|size| {
            let ends = scaled(&near, *size);
            (1..=MOST).map(move |k| {
                let point = even_point(k, d);
                ends.iter().zip(point).map(|([low, high], u)| low + u * (high - low)).collect::<Vec<f64>>()
            })
        });
        starts.extend(points);
    }
    let reach = near.iter().map(|[low, high]| high - low).fold(0.0, f64::max);
    let mut ends: Vec<(f64, Vec<f64>)> = starts
        .into_iter()
        .map(|start| descent(potential, start, reach))
        .map(|end| (potential.value(&end[..]), end))
        .filter(|(v, end)| v.is_finite() && end.iter().all(|x| x.is_finite()))
        .collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends.into_iter().map(|(_, end)| end).collect()
}

/// The same target, of a flow without reaction and momenta.
pub fn overdamped(problem: &Problem, potential: &Potential) -> Problem {
    let d = problem.positions();
    let initial = match &problem.initial {
        Initial::Mixture(start) => Initial::Mixture(start.leading(d)),
        Initial::Point(point) => Initial::Point(point[..d].to_vec()),
    };
    let flow = GradientFlow {
        potential: potential.clone(),
        transport: 1.0,
        reaction: 0.0,
        normalized: true,
        energy: Energy::default(),
    };
    Problem { initial, dynamics: Dynamics::GradientFlow(flow), horizon: 1.0, observables: Vec::new() }
}

/// The box that start and particles need.
fn near(problem: &Problem, cloud: &Cloud) -> Vec<[f64; 2]> {
    let along = |axis: usize| {
        let own = |low: f64, high: f64| [low, high];
        let start = match &problem.initial {
            Initial::Point(point) => vec![own(point[axis] - 1.0, point[axis] + 1.0)],
            Initial::Mixture(start) => start.components().iter().map(|law| reach(law, axis)).collect(),
        };
        let all = start.into_iter().chain([cloud.ends[axis]]);
        all.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], [a, b]| [low.min(a), high.max(b)])
    };
    (0..problem.positions()).map(along).collect()
}

fn reach(law: &Component, axis: usize) -> [f64; 2] {
    let far = DEVIATIONS * law.covariance[axis][axis].sqrt();
    [law.mean[axis] - far, law.mean[axis] + far]
}

fn scaled(ends: &[[f64; 2]], size: f64) -> Vec<[f64; 2]> {
    let scale = |[low, high]: &[f64; 2]| {
        let (middle, half) = (0.5 * (low + high), 0.5 * size * (high - low));
        [middle - half, middle + half]
    };
    ends.iter().map(scale).collect()
}

/// The centres of the cells in which V is not above that in the cells beside, the lowest first.
fn lowest_cells(potential: &Potential, ends: &[[f64; 2]], cells: usize) -> Vec<Vec<f64>> {
    let [lower, upper] = [0, 1].map(|end| ends.iter().map(|ends| ends[end]).collect());
    let grid = Grid::new(lower, upper, vec![cells; ends.len()]);
    let values = grid.sample(|x| potential.value(x));
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let low = |cell: &usize| {
        let sides = (0..grid.dimension()).flat_map(|axis| [(axis, false), (axis, true)]);
        let mut beside = sides.filter_map(|(axis, upward)| grid.beside(*cell, axis, upward));
        values[*cell] <= lowest + HIGH && beside.all(|b| values[b] >= values[*cell] || values[b].is_nan())
    };
    let mut found: Vec<usize> = (0..grid.len()).filter(low).collect();
    found.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    found.truncate(MOST);
    found.into_iter().map(|cell| grid.centre(cell)).collect()
}

/// Newton's method with |λ| for the eigenvalues of ∇²V, which only descends; no step is longer than `reach`.
fn descent(potential: &Potential, mut x: Vec<f64>, reach: f64) -> Vec<f64> {
    let mut v = potential.value(&x[..]);
    for _ in 0..STEPS {
        let Some((step, gain)) = step(potential, &x, reach) else { return x };
        if gain < GAIN {
            return x;
        }
        let mut share = 1.0;
        let next = (0..HALVINGS).find_map(|_| {
            let place: Vec<f64> = x.iter().zip(&step).map(|(x, step)| x + share * step).collect();
            let value = potential.value(&place[..]);
            let descends = value <= v - 1e-4 * share * gain;
            share *= 0.5;
            descends.then_some((place, value))
        });
        match next {
            Some((place, value)) => (x, v) = (place, value),
            None => return x,
        }
    }
    x
}

/// A step down, and what it would gain by the slope.
fn step(potential: &Potential, x: &[f64], reach: f64) -> Option<(Vec<f64>, f64)> {
    let d = x.len();
    let mut slope = vec![0.0; d];
    potential.gradient(x, &mut slope);
    let (values, vectors) = eigen(potential, x)?;
    let mut step = vec![0.0; d];
    for (k, value) in values.iter().enumerate() {
        let along: f64 = (0..d).map(|i| vectors[(i, k)] * slope[i]).sum();
        let length = along / value.abs().max(along.abs() / reach).max(f64::MIN_POSITIVE);
        (0..d).for_each(|i| step[i] -= length * vectors[(i, k)]);
    }
    let gain: f64 = -step.iter().zip(&slope).map(|(a, b)| a * b).sum::<f64>();
    gain.is_finite().then_some((step, gain))
}

/// Rising eigenvalues of ∇²V(x) and its eigenvectors, in columns.
pub fn eigen(potential: &Potential, x: &[f64]) -> Option<(Vec<f64>, Mat<f64>)> {
    let d = x.len();
    let mut entries = vec![0.0; d * d];
    potential.hessian(x, &mut entries);
    if entries.iter().any(|entry| !entry.is_finite()) {
        return None;
    }
    let hessian = Mat::from_fn(d, d, |i, j| 0.5 * (entries[i * d + j] + entries[j * d + i]));
    let found = hessian.self_adjoint_eigen(Side::Lower).ok()?;
    let values = (0..d).map(|k| found.S()[k]).collect();
    Some((values, found.U().to_owned()))
}
