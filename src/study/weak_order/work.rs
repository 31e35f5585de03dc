//! Work against precision: what a scheme has to compute for an expectation to a given root-mean-square error.

use super::Candidate;
use super::law::Value;
use super::step_counts::StepCounts;
use crate::schemes::{Equation, Implicit, Langevin, Sde, Step};
use crate::statistics::Interval;
use crate::study::figure::{OrderFit, PowerLine};
use crate::study::fit::NOISE_FREE;
use std::cell::Cell;

/// Share of the spread of φ at which the work of two schemes is compared.
const PRECISION: f64 = 1e-3;

/// Work and root-mean-square error of one scheme, on the steps where its bias is known.
pub struct Work {
    scheme: String,
    /// (evaluations, error), errors falling.
    points: Vec<[f64; 2]>,
    /// Standard deviation of φ over the paths.
    deviation: f64,
}

impl Work {
    /// The paths whose standard error equals the bias that the noise-free expectation has with n steps, `reference` being the
    /// exact value and `deviation` the standard deviation over the paths, for all of the numbers of steps n. None if the work of
    /// a step cannot be counted.
    pub fn new(
        candidate: Candidate<'_>,
        equation: &dyn Equation,
        step_counts: &StepCounts,
        law: &[Value],
        reference: Value,
        deviation: f64,
    ) -> Option<Self> {
        let evaluations = evaluations(candidate, equation)? as f64;
        let point = |(steps, value): (&usize, &Value)| {
            let bias = (value.value - reference.value).abs();
            let known = bias > NOISE_FREE * (value.error + reference.error);
            let paths = (deviation / bias).powi(2);
            known.then(|| [paths * *steps as f64 * evaluations, 2f64.sqrt() * bias])
        };
        let mut points: Vec<[f64; 2]> = step_counts.all().iter().zip(law).filter_map(point).collect();
        // Where the bias changes its sign it is small by accident.
        points.dedup_by(|next, before| next[1] >= before[1]);
        (points.len() >= 2 && deviation > 0.0).then(|| Self { scheme: candidate.name(), points, deviation })
    }

    /// The line in the picture.
    pub fn line(&self) -> PowerLine {
        let [.., a, b] = self.points[..] else { unreachable!("there are two points at least") };
        let slope = (b[1] / a[1]).ln() / (b[0] / a[0]).ln();
        let (x, y) = self.points.iter().map(|point| (point[0], point[1])).unzip();
        let interval = Interval { estimate: slope, lower: slope, upper: slope };
        let fit = Some(OrderFit::straight(b[1] / b[0].powf(slope), interval));
        PowerLine { label: self.scheme.clone(), x, y, fit }
    }

    /// Evaluations for an error of [`PRECISION`] times the spread, by a power law between the points and beyond them.
    fn at_precision(&self) -> f64 {
        let target = PRECISION * self.deviation;
        let next = self.points.partition_point(|point| point[1] > target).clamp(1, self.points.len() - 1);
        let [a, b] = [self.points[next - 1], self.points[next]];
        let slope = (b[0] / a[0]).ln() / (b[1] / a[1]).ln();
        b[0] * (target / b[1]).powf(slope)
    }
}

/// What the picture of these lines says in a sentence: the work of every scheme for one precision, cheapest first.
pub fn summary(works: &[Work]) -> String {
    let mut costs: Vec<(f64, &str)> = works.iter().map(|work| (work.at_precision(), &*work.scheme)).collect();
    costs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let costs: Vec<String> = costs.iter().map(|(cost, scheme)| format!("{scheme} {cost:.1e}")).collect();
    format!("evaluations for {PRECISION} of the spread: {}", costs.join(", "))
}

/// Evaluations of drift, force and noise in one step, each counted as one; none for schemes that solve equations, whose
/// iterations differ from place to place.
fn evaluations(candidate: Candidate<'_>, equation: &dyn Equation) -> Option<usize> {
    let counting = Counting { equation, count: Cell::new(0), solves: Cell::new(false) };
    let problem = candidate.problem;
    let variates = candidate.scheme.variates(Sde::<f64>::noise_dimension(equation));
    let mut x = vec![0.0; problem.dimension()];
    let mut work = vec![0.0; x.len() * candidate.scheme.claims().work_vectors];
    let step = Step::new(0.0, problem.horizon);
    candidate.scheme.advance(&counting, &step, &mut x, &vec![0.0; variates.len()], &mut work);
    let per_step = if candidate.extrapolated { 3 } else { 1 };
    (!counting.solves.get()).then_some(per_step * counting.count.get())
}

/// An equation that counts how often it is asked.
struct Counting<'a> {
    equation: &'a dyn Equation,
    count: Cell<usize>,
    solves: Cell<bool>,
}

impl Counting<'_> {
    fn count(&self) {
        self.count.set(self.count.get() + 1);
    }
}

impl Sde<f64> for Counting<'_> {
    fn dimension(&self) -> usize {
        Sde::<f64>::dimension(self.equation)
    }
    fn noise_dimension(&self) -> usize {
        Sde::<f64>::noise_dimension(self.equation)
    }
    fn drift(&self, t: &f64, x: &[f64], out: &mut [f64]) {
        self.count();
        self.equation.drift(t, x, out);
    }
    fn diffuse(&self, t: &f64, x: &[f64], noise: &[f64], out: &mut [f64]) {
        self.count();
        self.equation.diffuse(t, x, noise, out);
    }
    fn rate(&self, t: &f64, x: &[f64]) -> f64 {
        self.equation.rate(t, x)
    }
    fn langevin(&self) -> Option<&dyn Langevin<f64>> {
        Sde::<f64>::langevin(self.equation).map(|_| self as _)
    }
    fn implicit(&self) -> Option<&dyn Implicit<f64>> {
        Sde::<f64>::implicit(self.equation).map(|_| self as _)
    }
}

impl Implicit<f64> for Counting<'_> {
    fn solve_implicit(&self, t: &f64, κ: &f64, known: &[f64], y: &mut [f64]) {
        self.solves.set(true);
        if let Some(solver) = Sde::<f64>::implicit(self.equation) {
            solver.solve_implicit(t, κ, known, y);
        }
    }
}

impl Langevin<f64> for Counting<'_> {
    fn force(&self, q: &[f64], out: &mut [f64]) {
        self.count();
        if let Some(langevin) = Sde::<f64>::langevin(self.equation) {
            langevin.force(q, out);
        }
    }
    fn friction(&self) -> f64 {
        Sde::<f64>::langevin(self.equation).map_or(0.0, |langevin| langevin.friction())
    }
    fn root_friction(&self, multiple: u32) -> f64 {
        Sde::<f64>::langevin(self.equation).map_or(0.0, |langevin| langevin.root_friction(multiple))
    }
}
