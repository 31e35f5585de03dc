//! What moves and weighs particles: an equation, a scheme and a weight rule, which meet when the program runs
//! ([`Motion`]) or already when it is compiled ([`StaticMotion`]).

use crate::algebra::simd::vectorized;
use crate::algebra::{LANES, Lanes, Real, Scalar};
use crate::schemes::{OneStep, RateQuadrature, Sde, Step, Transition, WeightRule};
use crate::symbolic::Variate;

/// One step of weighted paths, for the batches of a block.
pub trait PathStep: Copy + Sync {
    /// Dimension d of the space.
    fn dimension(&self) -> usize;
    /// The laws of the variates of one step of one path.
    fn variates(&self) -> Vec<Variate>;
    /// Quadrature of the log-weight.
    fn quadrature(&self) -> RateQuadrature;
    /// Work space for [`PathStep::advance`].
    fn work(&self) -> Vec<Lanes>;
    /// The log-weight and the rate at the start of the paths, at time 0, if they are weighted.
    fn start(&self, x: &[Lanes], log_weight: &mut Lanes, rate: &mut Lanes);
    /// Advances batches over one step; `noise` has the variates of one after those of the other.
    fn advance(&self, moment: &StepTimes, paths: Paths<'_>, noise: &[Lanes], work: &mut [Lanes]);
    /// Whether functions in code are called, so that many paths are better advanced together.
    fn has_code(&self) -> bool {
        false
    }
    /// The laws of the variates of [`PathStep::post_process`]; `None` if there is none.
    fn post_variates(&self) -> Option<Vec<Variate>>;
    /// Turns the state of a batch of paths into the output.
    fn post_process(&self, step: &Step<Lanes>, x: &mut [Lanes], noise: &[Lanes], work: &mut [Lanes]);
}

/// Batches of weighted paths.
#[derive(Debug)]
pub struct Paths<'a> {
    /// Positions: batch by batch, d components each.
    pub x: &'a mut [Lanes],
    /// Log-weights, one for each batch.
    pub log_weight: &'a mut [Lanes],
    /// c(t, X), one for each batch.
    pub rate: &'a mut [Lanes],
}

impl<'a> Paths<'a> {
    /// One batch after the other, in d dimensions, with its m variates from `noise`.
    #[inline(always)]
    fn batches(self, d: usize, m: usize, noise: &'a [Lanes]) -> impl Iterator<Item = Batch<'a>> {
        let weights = self.log_weight.iter_mut().zip(self.rate);
        self.x.chunks_exact_mut(d).zip(weights).enumerate().map(
            #[inline(always)]
            move |(k, (x, (log_weight, rate)))| Batch { x, log_weight, rate, noise: &noise[k * m..][..m] },
        )
    }
}

/// One batch of weighted paths and its variates.
struct Batch<'a> {
    x: &'a mut [Lanes],
    log_weight: &'a mut Lanes,
    rate: &'a mut Lanes,
    noise: &'a [Lanes],
}

/// A step in time, and what the quadrature of the log-weight makes of it.
#[derive(Clone, Debug)]
pub struct StepTimes {
    quadrature: RateQuadrature,
    h: f64,
    point: Times<f64>,
    batch: Times<Lanes>,
}

/// The times of a step, for paths that are advanced on the scalars `S`.
#[derive(Clone, Debug)]
struct Times<S> {
    step: Step<S>,
    end: S,
    rate_times: [S; 2],
    rate_factors: [S; 2],
}

impl<S: Real> Times<S> {
    fn new(times: &Times<f64>) -> Self {
        Self {
            step: Step::new(times.step.t, times.step.h),
            end: S::constant(times.end),
            rate_times: times.rate_times.map(S::constant),
            rate_factors: times.rate_factors.map(S::constant),
        }
    }
}

impl StepTimes {
    /// The step of length `h` from time 0.
    pub fn new(quadrature: RateQuadrature, h: f64) -> Self {
        let rate_factors = quadrature.factors(&h);
        let point = Times { step: Step::new(0.0, h), end: h, rate_times: [0.0; 2], rate_factors };
        let mut moment = Self { quadrature, h, batch: Times::new(&point), point };
        moment.go_to(0);
        moment
    }

    /// Makes it the step number `k`, from k·h to (k + 1)·h. In place: to build and move it would take as long as the motion.
    pub fn go_to(&mut self, k: usize) {
        let Self { quadrature, h, point, batch } = self;
        point.step.t = k as f64 * *h;
        point.end = (k + 1) as f64 * *h;
        point.rate_times = quadrature.times(&point.step.t, h);
        vectorized(
            #[inline(always)]
            || {
                batch.step.t.0.fill(point.step.t);
                batch.end.0.fill(point.end);
                for (time, value) in batch.rate_times.iter_mut().zip(point.rate_times) {
                    time.0.fill(value);
                }
            },
        );
    }
}

fn start(sde: &(impl Sde<Lanes> + ?Sized), x: &[Lanes], log_weight: &mut Lanes, rate: &mut Lanes) {
    sde.write_rate(&Lanes::zero(), x, rate);
    if let Some(start) = sde.log_start_weight(x) {
        *log_weight = start;
    }
}

/// Moves x by `step` and adds the quadrature of −c to the log-weight; `add_product` is [`Scalar::add_product`].
#[inline(always)]
fn weighted_step<S: Scalar>(
    sde: &(impl Sde<S> + ?Sized),
    (quadrature, times): Quadrature<'_, S>,
    (x, log_weight, rate): (&mut [S], &mut S, &mut S),
    add_product: impl Fn(&mut S, &S, &S),
    step: impl FnOnce(&mut [S]),
) {
    let ([first, last], [before, after]) = (&times.rate_times, &times.rate_factors);
    if !quadrature.is_continuous() {
        sde.write_rate(first, x, rate);
    }
    add_product(log_weight, before, rate);
    step(x);
    sde.write_rate(last, x, rate);
    if quadrature.reads_end() {
        add_product(log_weight, after, rate);
    }
    if !quadrature.is_continuous() {
        sde.write_rate(&times.end, x, rate);
    }
}

/// The equation, the scheme and the weight rule that advance an ensemble, as a scenario names them.
#[derive(Clone, Copy)]
pub struct Motion<'a> {
    /// dX = b dt + σ dW with rate c.
    pub sde: &'a (dyn Sde<Lanes> + Sync),
    /// One-step scheme.
    pub scheme: &'static dyn Transition,
    /// Quadrature of the log-weight.
    pub weight: WeightRule,
    /// Whether there is a rate at all; without one the weights stay 1 and are not touched.
    pub weighted: bool,
}

impl PathStep for Motion<'_> {
    fn dimension(&self) -> usize {
        self.sde.dimension()
    }
    fn variates(&self) -> Vec<Variate> {
        self.scheme.variates(self.sde.noise_dimension())
    }
    fn quadrature(&self) -> RateQuadrature {
        self.weight.quadrature()
    }
    fn work(&self) -> Vec<Lanes> {
        vec![Lanes::zero(); self.scheme.claims().work_vectors * self.dimension()]
    }
    fn start(&self, x: &[Lanes], log_weight: &mut Lanes, rate: &mut Lanes) {
        if self.weighted {
            start(self.sde, x, log_weight, rate);
        }
    }
    fn advance(&self, moment: &StepTimes, paths: Paths<'_>, noise: &[Lanes], work: &mut [Lanes]) {
        let (d, m) = (self.dimension(), noise.len() / paths.log_weight.len());
        for Batch { x, log_weight, rate, noise } in paths.batches(d, m, noise) {
            let mut step =
                |x: &mut [Lanes]| self.scheme.advance(self.sde, &moment.batch.step, x, noise, work);
            if self.weighted {
                let times = (moment.quadrature, &moment.batch);
                weighted_step(self.sde, times, (x, log_weight, rate), add_product_of_lanes, step);
            } else {
                step(x);
            }
        }
    }
    fn has_code(&self) -> bool {
        self.sde.has_code()
    }
    fn post_variates(&self) -> Option<Vec<Variate>> {
        self.scheme.post_variates(self.sde.noise_dimension())
    }
    fn post_process(&self, step: &Step<Lanes>, x: &mut [Lanes], noise: &[Lanes], work: &mut [Lanes]) {
        self.scheme.finish(self.sde, step, x, noise, work);
    }
}

fn add_product_of_lanes(target: &mut Lanes, factor: &Lanes, direction: &Lanes) {
    vectorized(
        #[inline(always)]
        || target.add_product(factor, direction),
    );
}

/// An equation and a scheme whose code the compiler sees together, so that a path stays in registers for a step: a drift of a
/// few operations takes a third of the time. Write the equation for any [`Real`] and mark its functions `#[inline(always)]`.
/// Bits are those of [`Motion`].
#[derive(Debug)]
pub struct StaticMotion<'a, E, T> {
    /// dX = b dt + σ dW with rate c.
    pub sde: &'a E,
    /// One-step scheme.
    pub scheme: &'a T,
    /// Quadrature of the log-weight; none if there is no rate.
    pub weight: Option<WeightRule>,
}

impl<E, T> Clone for StaticMotion<'_, E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T> Copy for StaticMotion<'_, E, T> {}

/// Components of a point, of its noise or of the work space of a scheme up to which they are on the stack, and so in registers.
const CAPACITY: usize = 32;

type Quadrature<'a, S> = (RateQuadrature, &'a Times<S>);

impl<E, T: OneStep> StaticMotion<'_, E, T> {
    /// One path after the other, each in registers from the start of the step to its end, with the number of its components
    /// `d` and of its variates `m` known to the compiler, which makes a vector loop of it.
    #[inline(always)]
    fn advance_points(
        &self,
        (d, m): (usize, usize),
        paths: Paths<'_>,
        noise: &[Lanes],
        step: impl Fn(&mut [f64], &mut f64, &mut f64, &[f64]),
    ) {
        for Batch { x, log_weight, rate, noise } in paths.batches(d, m, noise) {
            let (x, noise) = (&mut x[..d], &noise[..m]);
            for lane in 0..LANES {
                let (mut point, mut variates) = ([0.0; CAPACITY], [0.0; CAPACITY]);
                for (coordinate, x) in point.iter_mut().zip(&*x) {
                    *coordinate = x.0[lane];
                }
                for (variate, noise) in variates.iter_mut().zip(noise) {
                    *variate = noise.0[lane];
                }
                step(&mut point[..d], &mut log_weight.0[lane], &mut rate.0[lane], &variates[..m]);
                for (coordinate, x) in point.iter().zip(&mut *x) {
                    x.0[lane] = *coordinate;
                }
            }
        }
    }

    /// One loop for each weight rule, without a choice in it.
    #[inline(always)]
    fn advance_by_rule(&self, moment: &StepTimes, (d, m): (usize, usize), paths: Paths<'_>, noise: &[Lanes])
    where
        E: Sde<f64>,
    {
        // A copy, of which the compiler knows that no path overlaps it.
        let times = moment.point.clone();
        let (sizes, vectors) = ((d, m), OneStep::claims(self.scheme).work_vectors);
        macro_rules! weighted_by {
            ($rule:expr) => {
                self.advance_points(
                    sizes,
                    paths,
                    noise,
                    #[inline(always)]
                    |x, log_weight, rate, noise| {
                        let mut work = [0.0; CAPACITY];
                        let quadrature = ($rule.quadrature(), &times);
                        self.weighted_step(
                            quadrature,
                            (x, log_weight, rate),
                            noise,
                            &mut work[..vectors * d],
                        );
                    },
                )
            };
        }
        match self.weight {
            None => self.advance_points(
                sizes,
                paths,
                noise,
                #[inline(always)]
                |x, _, _, noise| {
                    let mut work = [0.0; CAPACITY];
                    self.scheme.step(self.sde, &times.step, x, noise, &mut work[..vectors * d]);
                },
            ),
            Some(WeightRule::Left) => weighted_by!(WeightRule::Left),
            Some(WeightRule::Trapezoidal) => weighted_by!(WeightRule::Trapezoidal),
            Some(WeightRule::Strang) => weighted_by!(WeightRule::Strang),
        }
    }

    #[inline(always)]
    fn weighted_step<S: Scalar>(
        &self,
        quadrature: Quadrature<'_, S>,
        paths: (&mut [S], &mut S, &mut S),
        noise: &[S],
        work: &mut [S],
    ) where
        E: Sde<S>,
    {
        weighted_step(
            self.sde,
            quadrature,
            paths,
            #[inline(always)]
            |target, factor, direction| target.add_product(factor, direction),
            #[inline(always)]
            |x| self.scheme.step(self.sde, &quadrature.1.step, x, noise, work),
        );
    }
}

impl<E: Sde<f64> + Sde<Lanes> + Sync, T: OneStep + Sync> PathStep for StaticMotion<'_, E, T> {
    fn dimension(&self) -> usize {
        Sde::<f64>::dimension(self.sde)
    }
    fn variates(&self) -> Vec<Variate> {
        OneStep::variates(self.scheme, Sde::<f64>::noise_dimension(self.sde))
    }
    fn quadrature(&self) -> RateQuadrature {
        self.weight.unwrap_or(WeightRule::Left).quadrature()
    }
    fn work(&self) -> Vec<Lanes> {
        vec![Lanes::zero(); OneStep::claims(self.scheme).work_vectors * self.dimension()]
    }
    fn start(&self, x: &[Lanes], log_weight: &mut Lanes, rate: &mut Lanes) {
        if self.weight.is_some() {
            start(self.sde, x, log_weight, rate);
        }
    }
    fn advance(&self, moment: &StepTimes, paths: Paths<'_>, noise: &[Lanes], work: &mut [Lanes]) {
        let variates = noise.len() / paths.log_weight.len();
        vectorized(
            #[inline(always)]
            || {
                let (d, m) = (Sde::<f64>::dimension(self.sde), Sde::<f64>::noise_dimension(self.sde));
                if d.max(variates).max(work.len()) > CAPACITY {
                    for Batch { x, log_weight, rate, noise } in paths.batches(d, variates, noise) {
                        if self.weight.is_some() {
                            let quadrature = (moment.quadrature, &moment.batch);
                            self.weighted_step(quadrature, (x, log_weight, rate), noise, work);
                        } else {
                            self.scheme.step(self.sde, &moment.batch.step, x, noise, work);
                        }
                    }
                } else if variates == m {
                    // Most schemes have a variate for each component of the noise.
                    self.advance_by_rule(moment, (d, m), paths, noise);
                } else {
                    self.advance_by_rule(moment, (d, variates), paths, noise);
                }
            },
        );
    }
    fn post_variates(&self) -> Option<Vec<Variate>> {
        OneStep::post_variates(self.scheme, Sde::<f64>::noise_dimension(self.sde))
    }
    fn post_process(&self, step: &Step<Lanes>, x: &mut [Lanes], noise: &[Lanes], work: &mut [Lanes]) {
        self.scheme.post_process(self.sde, step, x, noise, work);
    }
}
