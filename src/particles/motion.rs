//! What moves and weighs particles: an equation, a scheme and a weight rule, which meet when the program runs
//! ([`Motion`]) or already when it is compiled ([`StaticMotion`]).

use crate::algebra::simd::vectorized;
use crate::algebra::{Lanes, Real, Scalar};
use crate::schemes::{OneStep, RateQuadrature, Sde, Step, Transition, WeightRule};
use crate::symbolic::Variate;

/// One step of weighted paths, for a bundle of particles.
pub trait Kernel: Copy + Sync {
    /// Dimension d of the space.
    fn dimension(&self) -> usize;
    /// The laws of the variates of one step of one path.
    fn variates(&self) -> Vec<Variate>;
    /// Quadrature of the log-weight.
    fn quadrature(&self) -> RateQuadrature;
    /// Work space for [`Kernel::advance`].
    fn work(&self) -> Vec<Lanes>;
    /// The log-weight and the rate at the start of the paths, at time 0, if they are weighted.
    fn start(&self, x: &[Lanes], log_weight: &mut Lanes, rate: &mut Lanes);
    /// Advances a bundle over one step.
    fn advance(&self, moment: &Moment, paths: Paths<'_>, noise: &[Lanes], work: &mut [Lanes]);
}

/// A bundle of weighted paths.
#[derive(Debug)]
pub struct Paths<'a> {
    /// Positions, d components.
    pub x: &'a mut [Lanes],
    /// Log-weights.
    pub log_weight: &'a mut Lanes,
    /// c(t, X).
    pub rate: &'a mut Lanes,
}

/// A step in time, and what the quadrature of the log-weight makes of it.
#[derive(Clone, Debug)]
pub struct Moment {
    quadrature: RateQuadrature,
    h: f64,
    step: Step<Lanes>,
    end: Lanes,
    rate_times: [Lanes; 2],
    rate_factors: [Lanes; 2],
}

impl Moment {
    /// The step of length `h` from time 0.
    pub fn new(quadrature: RateQuadrature, h: f64) -> Self {
        let mut moment = Self {
            quadrature,
            h,
            step: Step { t: Lanes::zero(), h: Lanes::constant(h), sqrt_h: Lanes::constant(h.sqrt()) },
            end: Lanes::zero(),
            rate_times: [Lanes::zero(); 2],
            rate_factors: quadrature.factors(&h).map(Lanes::constant),
        };
        moment.go_to(0);
        moment
    }

    /// Makes it the step number `k`, from k·h to (k + 1)·h. In place: to build and move it would take as long as the motion.
    pub fn go_to(&mut self, k: usize) {
        let t = k as f64 * self.h;
        let [first, last] = self.quadrature.times(&t, &self.h);
        vectorized(
            #[inline(always)]
            || {
                self.step.t.0.fill(t);
                self.end.0.fill((k + 1) as f64 * self.h);
                self.rate_times[0].0.fill(first);
                self.rate_times[1].0.fill(last);
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
fn weighted_step(
    sde: &(impl Sde<Lanes> + ?Sized),
    moment: &Moment,
    (x, log_weight, rate): (&mut [Lanes], &mut Lanes, &mut Lanes),
    add_product: impl Fn(&mut Lanes, &Lanes, &Lanes),
    step: impl FnOnce(&mut [Lanes]),
) {
    let ([first, last], [before, after]) = (&moment.rate_times, &moment.rate_factors);
    let quadrature = moment.quadrature;
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
        sde.write_rate(&moment.end, x, rate);
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

impl Kernel for Motion<'_> {
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
    fn advance(&self, moment: &Moment, paths: Paths<'_>, noise: &[Lanes], work: &mut [Lanes]) {
        let Paths { x, log_weight, rate } = paths;
        let mut step = |x: &mut [Lanes]| self.scheme.step_lanes(self.sde, &moment.step, x, noise, work);
        if self.weighted {
            let paths = (x, log_weight, rate);
            weighted_step(self.sde, moment, paths, add_product_of_lanes, step);
        } else {
            step(x);
        }
    }
}

fn add_product_of_lanes(target: &mut Lanes, factor: &Lanes, direction: &Lanes) {
    vectorized(
        #[inline(always)]
        || target.add_product(factor, direction),
    );
}

/// An equation and a scheme whose code the compiler sees together: without calls between them, a drift of a few operations
/// takes half the time. Mark the functions of the equation `#[inline(always)]`. Bits are those of [`Motion`].
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

impl<E: Sde<Lanes> + Sync, T: OneStep + Sync> Kernel for StaticMotion<'_, E, T> {
    fn dimension(&self) -> usize {
        self.sde.dimension()
    }
    fn variates(&self) -> Vec<Variate> {
        OneStep::variates(self.scheme, self.sde.noise_dimension())
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
    fn advance(&self, moment: &Moment, paths: Paths<'_>, noise: &[Lanes], work: &mut [Lanes]) {
        let Paths { x, log_weight, rate } = paths;
        vectorized(
            #[inline(always)]
            || {
                // A length that the compiler knows.
                let x = &mut x[..self.sde.dimension()];
                if self.weight.is_some() {
                    weighted_step(
                        self.sde,
                        moment,
                        (x, log_weight, rate),
                        #[inline(always)]
                        |target, factor, direction| target.add_product(factor, direction),
                        #[inline(always)]
                        |x| self.scheme.step(self.sde, &moment.step, x, noise, work),
                    );
                } else {
                    self.scheme.step(self.sde, &moment.step, x, noise, work);
                }
            },
        );
    }
}
