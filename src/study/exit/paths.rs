//! Particles that are stopped at the sides, by Euler–Maruyama steps with the crossings that a step does not see.
//!
//! Between two places at the distances d₀ and d₁ from a side, a Brownian bridge touches it with probability
//! exp(−2d₀d₁/(h nᵀσσᵀn)); with that the error of the stopped scheme is of order h instead of √h (Gobet 2000). At reflecting sides
//! what is beyond comes back along the conormal (Bossy, Gobet and Talay 2004), of order h too.

use super::solution::Solution;
use super::{Exit, killing};
use crate::algebra::elementary::exp;
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::model::{Initial, Problem};
use crate::particles::{Purpose, Stream};
use crate::pde::{Grid, GridSettings, Side, Sides};
use crate::schemes::{Equation, NoiseClass, Sde};
use crate::study::Breakdown;
use crate::study::basis::Paths;
use crate::study::oracle::Oracle;
use rayon::prelude::*;

/// Number of the first level in the random streams, far from those of other studies.
const NUMBER: u32 = 1 << 21;
/// Steps h, h/2 and h/4.
const LEVELS: usize = 3;
/// Paths of one random stream.
const BLOCK: usize = 4096;
/// Steps in the mean exit time, and the largest share of the time in which the drift changes by its own slope, and of a width
/// of the box that noise crosses in a step.
const STEPS: f64 = 100.0;
const STEEP: f64 = 0.1;
const NARROW: f64 = 0.125;
/// Mean exit times after which a path is given up.
const PATIENCE: f64 = 1000.0;

/// What is to be sampled.
pub struct Plan<'a> {
    problem: &'a Problem,
    grid: Grid,
    sides: Vec<Side>,
    paths: usize,
    seed: u64,
    mean: f64,
    /// h.
    pub step: f64,
}

/// Paths with steps of one length.
pub struct Level {
    /// (time of the end, number of the side by which it was left, or of the killing).
    pub ends: Vec<(f64, usize)>,
    /// Paths that left all bounds, or did not end.
    pub lost: usize,
}

impl<'a> Plan<'a> {
    pub fn new(problem: &'a Problem, settings: &GridSettings, solution: &Solution, exit: &Exit) -> Self {
        let grid = settings.grid();
        let mean = solution.mean_time.value;
        let sides = solution.by_side.iter().map(|(side, _)| *side).collect();
        let usual = || (mean / STEPS).min(resolved(problem, &grid.coarser().coarser()));
        let step = exit.step.unwrap_or_else(usual);
        Self { problem, grid, sides, paths: exit.count, seed: exit.seed, mean, step }
    }

    /// Scheme steps in all.
    pub fn work(&self) -> f64 {
        let finest = (1usize << LEVELS) - 1;
        self.paths as f64 * (self.mean / self.step + 1.0) * finest as f64
    }

    /// Paths with the step, its half and its quarter, each of their own noise.
    ///
    /// # Errors
    /// If the problem has no paths.
    pub fn run(&self, progress: &dyn Fn(f64)) -> Result<Vec<Level>, Breakdown> {
        let oracle = Oracle::new(Paths::new(self.problem, None)?, &[])?;
        let equation = oracle.equation();
        let mut levels = Vec::new();
        for level in 0..LEVELS {
            let h = self.step / (1u32 << level) as f64;
            let walk = Walk::new(self, equation.as_ref(), h);
            let blocks = self.paths.div_ceil(BLOCK);
            let block = |block: usize| {
                let stream = Stream::new(self.seed, Purpose::Coupled(NUMBER + level as u32), block);
                walk.paths(stream, BLOCK.min(self.paths - block * BLOCK))
            };
            let parts: Vec<Vec<Option<(f64, usize)>>> = (0..blocks).into_par_iter().map(block).collect();
            let all: Vec<Option<(f64, usize)>> = parts.into_iter().flatten().collect();
            let ends: Vec<(f64, usize)> = all.iter().copied().flatten().collect();
            levels.push(Level { lost: all.len() - ends.len(), ends });
            progress((level + 1) as f64 / LEVELS as f64);
        }
        Ok(levels)
    }
}

/// A step in which the drift hardly changes by its own slope, and noise does not cross the box, by differences between the cells.
fn resolved(problem: &Problem, grid: &Grid) -> f64 {
    let Ok(paths) = Paths::new(problem, None) else { return f64::INFINITY };
    let Ok(oracle) = Oracle::new(paths, &[]) else { return f64::INFINITY };
    let equation = oracle.equation();
    let sde: &dyn Sde<f64> = equation.as_ref();
    let drift = |cell: usize| {
        let mut b = vec![0.0; grid.dimension()];
        sde.drift(&0.0, &grid.centre(cell), &mut b);
        b
    };
    let mut h = f64::INFINITY;
    for axis in 0..grid.dimension() {
        for (i, j) in grid.faces(axis) {
            let width =
                grid.coordinate(grid.position(j, axis), axis) - grid.coordinate(grid.position(i, axis), axis);
            let change = drift(i).iter().zip(drift(j)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            h = h.min(STEEP * width / change);
        }
        let crossed = NARROW * (grid.upper()[axis] - grid.lower()[axis]);
        for cell in 0..grid.len() {
            let own = covariance(sde, &grid.centre(cell))[axis * (grid.dimension() + 1)];
            h = h.min(crossed * crossed / own);
        }
    }
    h
}

/// σσᵀ at x, row by row.
fn covariance<R: Real>(sde: &(impl Sde<R> + ?Sized), x: &[R]) -> Vec<R> {
    let (d, noises) = (x.len(), sde.noise_dimension());
    let mut sum = vec![R::zero(); d * d];
    for noise in 0..noises {
        let (mut unit, mut column) = (vec![R::zero(); noises], vec![R::zero(); d]);
        unit[noise] = R::constant(1.0);
        sde.diffuse(&R::zero(), x, &unit, &mut column);
        for k in 0..d {
            for l in 0..d {
                sum[k * d + l] += column[k] * column[l];
            }
        }
    }
    sum
}

/// Steps of one length.
struct Walk<'a> {
    plan: &'a Plan<'a>,
    equation: &'a dyn Equation,
    h: f64,
    /// Steps after which a path is given up.
    most: u64,
    /// σσᵀ, if it is the same everywhere.
    constant: Option<Vec<Lanes>>,
    killed: bool,
}

/// The paths that travel together.
struct Travellers {
    x: Vec<Lanes>,
    age: [u64; LANES],
    /// Paths that have not started.
    waiting: usize,
    alive: [bool; LANES],
    /// Work space.
    normals: Vec<Lanes>,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan<'a>, equation: &'a dyn Equation, h: f64) -> Self {
        let middle: Vec<Lanes> =
            plan.grid.centre(plan.grid.len() / 2).into_iter().map(Lanes::constant).collect();
        let additive = plan.problem.dynamics.noise() == NoiseClass::Additive;
        Self {
            plan,
            equation,
            h,
            most: (PATIENCE * (plan.mean / h + 1.0)) as u64,
            constant: additive.then(|| covariance::<Lanes>(equation, &middle)),
            killed: killing(plan.problem, &plan.grid).iter().any(|rate| *rate > 0.0),
        }
    }

    /// The ends of `count` paths; `None` for one that is lost. Whoever ends makes room for the next.
    fn paths(&self, mut stream: Stream, count: usize) -> Vec<Option<(f64, usize)>> {
        let d = self.plan.grid.dimension();
        let travelling = count.min(LANES);
        let mut all = Travellers {
            x: vec![Lanes::zero(); d],
            age: [0; LANES],
            waiting: count - travelling,
            alive: std::array::from_fn(|lane| lane < travelling),
            normals: vec![Lanes::zero(); d],
        };
        self.draw(&mut stream, &mut all);
        let mut ends = Vec::with_capacity(count);
        let noises = Sde::<Lanes>::noise_dimension(self.equation);
        let (mut noise, mut moved) = (vec![Lanes::zero(); noises], vec![Lanes::zero(); d]);
        let mut y = vec![Lanes::zero(); d];
        while all.alive.contains(&true) {
            stream.normals(&mut noise);
            let crossing: Vec<Lanes> = self.plan.sides.iter().map(|_| stream.uniforms()).collect();
            let [within, killing] = [stream.uniforms(), stream.uniforms()];
            Sde::<Lanes>::drift(self.equation, &Lanes::zero(), &all.x, &mut y);
            Sde::<Lanes>::diffuse(self.equation, &Lanes::zero(), &all.x, &noise, &mut moved);
            let (h, root) = (Lanes::constant(self.h), Lanes::constant(self.h.sqrt()));
            for ((y, x), noise) in y.iter_mut().zip(&all.x).zip(&moved) {
                *y = *x + h * *y + root * *noise;
            }
            let own;
            let squares = match &self.constant {
                Some(squares) => squares,
                None => {
                    own = covariance::<Lanes>(self.equation, &all.x);
                    &own
                }
            };
            let rate = |x: &[Lanes]| match self.killed {
                true => Sde::<Lanes>::rate(self.equation, &Lanes::zero(), x),
                false => Lanes::zero(),
            };
            let rates = [rate(&all.x), rate(&y)];
            let mut ended = [false; LANES];
            for lane in (0..LANES).filter(|&lane| all.alive[lane]) {
                let time = (all.age[lane] as f64 + within.0[lane]) * self.h;
                let lost = all.age[lane] > self.most || y.iter().any(|y| !y.0[lane].is_finite());
                let side = self.crossed(lane, [&all.x, &y], squares, &crossing);
                let kill = self.kills(rates.map(|rate| rate.0[lane]), side.is_some(), killing.0[lane]);
                let end = if kill { Some(self.plan.sides.len()) } else { side };
                ended[lane] = lost || end.is_some();
                if lost {
                    ends.push(None);
                } else if let Some(end) = end {
                    ends.push(Some((time, end)));
                } else {
                    self.keep_inside(lane, &mut y, squares);
                    all.age[lane] += 1;
                }
            }
            std::mem::swap(&mut all.x, &mut y);
            self.replace(&mut stream, &mut all, ended);
        }
        ends
    }

    /// The side through which a step leads, the one that is farthest behind if there are several.
    fn crossed(
        &self,
        lane: usize,
        [x, y]: [&[Lanes]; 2],
        squares: &[Lanes],
        uniforms: &[Lanes],
    ) -> Option<usize> {
        let (grid, d) = (&self.plan.grid, x.len());
        let mut found: Option<(f64, usize)> = None;
        for (number, (&(axis, upper), uniform)) in self.plan.sides.iter().zip(uniforms).enumerate() {
            let distance = |x: &[Lanes]| match upper {
                true => grid.upper()[axis] - x[axis].0[lane],
                false => x[axis].0[lane] - grid.lower()[axis],
            };
            let [before, after] = [distance(x), distance(y)];
            let touches = || {
                let exponent = 2.0 * before * after / (self.h * squares[axis * (d + 1)].0[lane]);
                exponent < 40.0 && uniform.0[lane] < exp(-exponent)
            };
            let hit = before <= 0.0 || after <= 0.0 || touches();
            if hit && found.is_none_or(|(nearest, _)| after < nearest) {
                found = Some((after, number));
            }
        }
        found.map(|(_, number)| number)
    }

    /// Whether a path is killed in a step, or in the first half of one that leads through a side.
    fn kills(&self, [before, after]: [f64; 2], leaves: bool, uniform: f64) -> bool {
        let exponent = if leaves { 0.5 * self.h * before } else { 0.5 * self.h * (before + after) };
        self.killed && uniform < -(-exponent).exp_m1()
    }

    /// Around periodic axes, and back from reflecting sides.
    fn keep_inside(&self, lane: usize, y: &mut [Lanes], squares: &[Lanes]) {
        let (grid, d) = (&self.plan.grid, y.len());
        for axis in 0..d {
            let [low, high] = [grid.lower()[axis], grid.upper()[axis]];
            let here = y[axis].0[lane];
            if grid.sides(axis) == Sides::Periodic {
                y[axis].0[lane] = low + (here - low).rem_euclid(high - low);
                continue;
            }
            let beyond = [(false, low, here < low), (true, high, here > high)];
            for (_, end, _) in
                beyond.into_iter().filter(|(upper, _, beyond)| *beyond && grid.sides(axis).reflects(*upper))
            {
                for l in 0..d {
                    let along = squares[l * d + axis].0[lane] / squares[axis * (d + 1)].0[lane];
                    y[l].0[lane] -= 2.0 * (here - end) * along;
                }
                y[axis].0[lane] = y[axis].0[lane].clamp(low, high);
            }
        }
    }

    /// Starts in the lanes of those who ended, as long as there are any who wait.
    fn replace(&self, stream: &mut Stream, all: &mut Travellers, ended: [bool; LANES]) {
        if !ended.contains(&true) {
            return;
        }
        let staying = all.x.clone();
        self.draw(stream, all);
        for (lane, ended) in ended.into_iter().enumerate() {
            if !ended {
                all.x.iter_mut().zip(&staying).for_each(|(x, own)| x.0[lane] = own.0[lane]);
                continue;
            }
            all.age[lane] = 0;
            all.alive[lane] = all.waiting > 0;
            all.waiting = all.waiting.saturating_sub(1);
        }
    }

    /// A start in every lane.
    fn draw(&self, stream: &mut Stream, all: &mut Travellers) {
        match &self.plan.problem.initial {
            Initial::Point(point) => {
                all.x.iter_mut().zip(point).for_each(|(x, value)| *x = Lanes::constant(*value));
            }
            Initial::Mixture(mixture) => {
                let uniform = stream.uniforms();
                stream.normals(&mut all.normals);
                mixture.sample(uniform, &all.normals, &mut all.x);
            }
        }
    }
}
