//! A second look as an adversary takes it: schemes with the slips that codes have, and unusual ones that are right. The orders
//! were derived by hand; the exact moments of one step confirm them wherever they can read the scheme.

use crate::exact::{Draw, Problem};
use wfr::algebra::{Ring, Scalar, add_scaled};
use wfr::schemes::certificate::{
    Moments, Shape, bounded_certificate, certificate, certificate_of, certificate_with,
    overdamped_certificate,
};
use wfr::schemes::{
    Claims, EquationClass, EulerMaruyama, Implicit, Kinetic, KineticStep, Langevin, NoiseClass, OneStep,
    Platen, PlatenGeneral, RateQuadrature, Scheme, Sde, Step, TamedEuler, Theta, WeightRule,
};
use wfr::symbolic::Variate;

use NoiseClass::{Additive, General};
use WeightRule::Trapezoidal;

/// What is made of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slip {
    /// b is always read at the start of the step: b(t, X̄) for b(t + h, X̄).
    DriftAtStart,
    /// σ is.
    NoiseAtStart,
    /// b is read at t + hξ², which is late enough on average only.
    RandomTime,
    /// √h^k η b is added, η a Hermite polynomial of this degree of the first variate of the step.
    Hermite(usize, u32),
    /// √h^k ζ b is added, ζ a variate of its own.
    Own(usize),
    /// b(X + √h³ η b) − b(X) is added, η the first variate of the step, or of its own.
    Inner(bool),
    /// Signs V_jk = s_j s_k and V_1k = s_k of m − 1 independent ones: uncorrelated, though dependent.
    FewSigns,
    /// The last pair of noises has the sign of the first: V₃₄ = V₁₂ for four.
    LastIsFirst,
    /// The last of three or more variates is ±1.
    TwoPointThird,
    /// h b for other numbers of components or noises than this.
    Beyond(usize, usize),
    /// h b in more than two dimensions, where the dynamics is known to be overdamped.
    HiddenThird,
}

/// A scheme with a slip, and the order that it claims.
struct Made<T>(T, Slip, u32);

impl<T: OneStep> OneStep for Made<T> {
    fn claims(&self) -> Claims {
        Claims { name: "made-up", weak_order: self.2, ..self.0.claims() }
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        let mut own = self.0.variates(m);
        match self.1 {
            Slip::FewSigns => own.truncate(2 * m - 1),
            Slip::LastIsFirst if m > 1 => own.truncate(m + m * (m - 1) / 2 - usize::from(m > 2)),
            Slip::TwoPointThird if m > 2 => own[m - 1] = Variate::TwoPoint,
            Slip::Own(_) | Slip::Inner(false) => own.push(Variate::Gaussian),
            _ => {}
        }
        own
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (start, m) = (x.to_vec(), sde.noise_dimension());
        let mut own = noise.to_vec();
        own.truncate(self.0.variates(m).len());
        match self.1 {
            Slip::FewSigns => {
                let signs = own.split_off(m);
                for j in 0..m {
                    for k in j + 1..m {
                        let last = signs[k - 1].clone();
                        own.push(if j == 0 { last } else { signs[j - 1].clone() * last });
                    }
                }
            }
            Slip::LastIsFirst if m > 2 => own.push(noise[m].clone()),
            _ => {}
        }
        let wrapped = Wrapped { inner: sde, slip: self.1, step, noise: &own[0] };
        self.0.step(&wrapped, step, x, &own, work);

        let root = |power: usize| (0..power).fold(S::one(), |product, _| product * step.sqrt_h.clone());
        let b = |place: &[S]| {
            let mut b = place.to_vec();
            sde.drift(&step.t, place, &mut b);
            b
        };
        let last = noise[noise.len() - 1].clone();
        match self.1 {
            Slip::Hermite(power, degree) => {
                let ξ = noise[0].clone();
                let η = match degree {
                    1 => ξ,
                    2 => ξ.clone() * ξ - S::one(),
                    _ => ξ.clone() * (ξ.clone() * ξ - S::ratio(3, 1)),
                };
                add_scaled(x, &(root(power) * η), &b(&start));
            }
            Slip::Own(power) => add_scaled(x, &(root(power) * last), &b(&start)),
            Slip::Inner(first) => {
                let η = if first { noise[0].clone() } else { last };
                let mut place = start.clone();
                add_scaled(&mut place, &(root(3) * η), &b(&start));
                add_scaled(x, &S::one(), &b(&place));
                add_scaled(x, &-S::one(), &b(&start));
            }
            Slip::Beyond(d, m) if (start.len(), sde.noise_dimension()) == (d, m) => {
                add_scaled(x, &step.h, &b(&start));
            }
            Slip::HiddenThird if start.len() > 2 && sde.overdamped().is_some() => {
                add_scaled(x, &step.h, &b(&start));
            }
            _ => {}
        }
    }
}

/// The equation as a scheme with a slip sees it.
struct Wrapped<'a, S, E: ?Sized> {
    inner: &'a E,
    slip: Slip,
    step: &'a Step<S>,
    noise: &'a S,
}

impl<S: Scalar, E: Sde<S> + ?Sized> Wrapped<'_, S, E> {
    fn drift_time(&self, t: &S) -> S {
        let start = self.step.t.clone();
        match self.slip {
            Slip::DriftAtStart => start,
            Slip::RandomTime => start.clone() + (t.clone() - start) * self.noise.clone() * self.noise.clone(),
            _ => t.clone(),
        }
    }
}

impl<S: Scalar, E: Sde<S> + ?Sized> Sde<S> for Wrapped<'_, S, E> {
    fn dimension(&self) -> usize {
        self.inner.dimension()
    }
    fn noise_dimension(&self) -> usize {
        self.inner.noise_dimension()
    }
    fn drift(&self, t: &S, x: &[S], out: &mut [S]) {
        self.inner.drift(&self.drift_time(t), x, out);
    }
    fn diffuse(&self, t: &S, x: &[S], noise: &[S], out: &mut [S]) {
        let t = if self.slip == Slip::NoiseAtStart { &self.step.t } else { t };
        self.inner.diffuse(t, x, noise, out);
    }
    fn rate(&self, t: &S, x: &[S]) -> S {
        self.inner.rate(t, x)
    }
    fn implicit(&self) -> Option<&dyn Implicit<S>> {
        self.inner.implicit().map(|_| self as _)
    }
}

impl<S: Scalar, E: Sde<S> + ?Sized> Implicit<S> for Wrapped<'_, S, E> {
    fn solve_implicit(&self, t: &S, κ: &S, known: &[S], y: &mut [S]) {
        solver(self.inner).solve_implicit(&self.drift_time(t), κ, known, y);
    }
}

fn solver<S, E: Sde<S> + ?Sized>(sde: &E) -> &dyn Implicit<S> {
    sde.implicit().expect("the equation solves implicit steps")
}

/// The half powers at which the exact moments of one step leave a local error, at most `most`: the least over some problems.
fn exact_start(
    scheme: &dyn Scheme,
    weight: Option<RateQuadrature>,
    shape: (usize, usize),
    noise: NoiseClass,
    most: usize,
) -> usize {
    let mut draw = Draw(5);
    let start = |problem: Problem| {
        let error = problem.local_error(scheme, weight, most);
        error.iter().position(|value| !value.is_zero()).unwrap_or(most)
    };
    (0..5).map(|_| start(Problem::rational(&mut draw, scheme, shape, noise))).min().unwrap_or(most)
}

/// Asserts that the certificate and the exact moments both have this order, given in halves.
#[track_caller]
fn has_order(what: &str, scheme: &dyn Scheme, shape: (usize, usize), noise: NoiseClass, halves: u32) {
    let claim = scheme.claims().weak_order;
    let proved = bounded_certificate(scheme, Some(Trapezoidal), shape, noise, claim);
    assert_eq!(proved.half_powers - 2, halves, "{what} in {shape:?}: {proved}");
    let most = halves as usize + 3;
    let exact = exact_start(scheme, Some(Trapezoidal.quadrature()), shape, noise, most);
    // Where the claim is fulfilled nothing beyond it is decided.
    match halves == 2 * claim {
        true => assert!(exact >= halves as usize + 2, "{what} in {shape:?}: exact moments say {exact}"),
        false => assert_eq!(exact, halves as usize + 2, "{what} in {shape:?}"),
    }
}

#[test]
fn coefficients_at_the_wrong_time_lose_an_order() {
    use Slip::{DriftAtStart, NoiseAtStart, RandomTime};
    for shape in [(1, 1), (2, 2)] {
        has_order("Heun", &Made(Platen::GAUSSIAN, DriftAtStart, 2), shape, Additive, 2);
        has_order("implicit", &Made(Theta::TRAPEZOIDAL, DriftAtStart, 2), shape, Additive, 2);
        // E hξ² = h, and what ξ² − 1 is correlated with is of order h³.
        has_order("Heun at t + hξ²", &Made(Platen::GAUSSIAN, RandomTime, 2), shape, Additive, 4);
        has_order("Euler", &Made(EulerMaruyama::GAUSSIAN, NoiseAtStart, 1), shape, General, 2);
    }
    for shape in [(1, 1), (1, 2)] {
        has_order("σ early", &Made(PlatenGeneral, NoiseAtStart, 2), shape, General, 2);
        has_order("b early", &Made(PlatenGeneral, DriftAtStart, 2), shape, General, 2);
    }
}

#[test]
fn mean_free_noise_counts_by_what_it_is_correlated_with() {
    let heun = |slip| Made(Platen::GAUSSIAN, slip, 2);
    for shape in [(1, 1), (2, 2)] {
        // √h³ ξ b against √h σξ, √h³ ζ b against itself alone, h(ξ² − 1) b against hσ²ξ², h²(ξ² − 1) b likewise, √h³ (ξ³ − 3ξ) b
        // against √h³σ³ξ³.
        for (slip, halves) in [
            (Slip::Hermite(3, 1), 2),
            (Slip::Own(3), 4),
            (Slip::Own(2), 2),
            (Slip::Hermite(2, 2), 2),
            (Slip::Hermite(4, 2), 4),
            (Slip::Hermite(3, 3), 4),
            (Slip::Inner(true), 2),
            (Slip::Inner(false), 4),
        ] {
            has_order(&format!("{slip:?}"), &heun(slip), shape, Additive, halves);
        }
    }
    // ξ³ − 3ξ = −2ξ for signs, and 0 for three points.
    has_order("signs", &Made(EulerMaruyama::TWO_POINT, Slip::Hermite(1, 3), 1), (1, 1), Additive, 0);
    has_order("three points", &Made(Platen::THREE_POINT, Slip::Hermite(1, 3), 2), (1, 1), Additive, 4);
}

#[test]
fn signs_of_pairs_need_be_uncorrelated_only() {
    // Products of two areas are all that order 2 sees: m − 1 signs are enough for all pairs.
    for shape in [(1, 3), (1, 4), (2, 3)] {
        has_order("few signs", &Made(PlatenGeneral, Slip::FewSigns, 2), shape, General, 4);
    }
    // Of three noises any two pairs have one in common: V₁₂ = V₂₃ shows at once; V₁₂ = V₃₄ for four noises alone.
    has_order("V₂₃ = V₁₂", &Made(PlatenGeneral, Slip::LastIsFirst, 2), (1, 3), General, 2);
    has_order("V₃₄ = V₁₂", &Made(PlatenGeneral, Slip::LastIsFirst, 2), (1, 4), General, 2);
    has_order("V₃₄ = V₁₂", &Made(PlatenGeneral, Slip::LastIsFirst, 2), (1, 2), General, 4);
    for (shape, halves) in [((1, 2), 4), ((2, 2), 4), ((1, 3), 2)] {
        has_order("a sign for ξ₃", &Made(Platen::GAUSSIAN, Slip::TwoPointThird, 2), shape, Additive, halves);
    }
}

/// What shows in one shape alone is beyond a proof in others, whose domain says so; where it is decided it is found.
#[test]
fn a_slip_in_one_shape_is_outside_of_the_domain_or_found() {
    let slip = Made(EulerMaruyama::GAUSSIAN, Slip::Beyond(2, 3), 1);
    for shape in Shape::decisive(EquationClass::Ito, General) {
        assert_ne!((shape.dimension, shape.noises), (2, 3));
        assert_eq!(bounded_certificate(&slip, Some(Trapezoidal), *shape, General, 1).order, 1, "{shape}");
    }
    has_order("in (2, 3)", &slip, (2, 3), General, 0);
    let hidden = Made(Platen::GAUSSIAN, Slip::HiddenThird, 2);
    let order = |d| overdamped_certificate(&hidden, Some(Trapezoidal), d, 2).order;
    assert_eq!([order(1), order(2), order(3)], [2, 2, 0]);
}

/// Whole schemes.
#[derive(Clone, Copy, Debug)]
enum Whole {
    /// X' = X + h b(t + ½h, X + ½hb + ½√hσ(ξ + ζ)) + √hσξ: the midpoint has half of the variance, and half of the covariance.
    Midpoint,
    /// The same with ½√hσξ: its variance is a quarter.
    QuarterMidpoint,
    /// X' = 2y − X, y = X + ½h b(t + ½h, y) + ½√hσξ.
    ImplicitMidpoint,
    /// y = X + hξ² b(t + h, y), and √hσξ.
    RandomImplicit,
    /// 3/2 b(X) − ½ b(before), kept in the work space.
    AdamsBashforth,
    /// X + hb₁/(1 + hb₁) …: a pole in the state.
    Pole,
}

impl OneStep for Whole {
    fn claims(&self) -> Claims {
        let weak_order = if matches!(self, Self::RandomImplicit | Self::Pole) { 1 } else { 2 };
        Claims {
            name: "made-up",
            reference: "",
            weak_order,
            invariant_order: weak_order,
            noise: Additive,
            equation: EquationClass::Ito,
            chain_moments: None,
            work_vectors: 1,
        }
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![Variate::Gaussian; if matches!(self, Self::Midpoint) { 2 * m } else { m }]
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (start, m) = (x.to_vec(), sde.noise_dimension());
        let half_h = S::ratio(1, 2) * step.h.clone();
        let middle = step.t.clone() + half_h.clone();
        let (mut b, mut σξ, mut y) = (start.clone(), start.clone(), start.clone());
        sde.drift(&step.t, &start, &mut b);
        sde.diffuse(&step.t, &start, &noise[..m], &mut σξ);
        let half_root = S::ratio(1, 2) * step.sqrt_h.clone();
        add_scaled(&mut y, &half_root, &σξ);
        match self {
            Self::Midpoint | Self::QuarterMidpoint => {
                add_scaled(&mut y, &half_h, &b);
                if let Self::Midpoint = self {
                    let mut σζ = start.clone();
                    sde.diffuse(&step.t, &start, &noise[m..], &mut σζ);
                    add_scaled(&mut y, &half_root, &σζ);
                }
                sde.drift(&middle, &y, &mut b);
            }
            Self::ImplicitMidpoint => {
                let known = y.clone();
                solver(sde).solve_implicit(&middle, &half_h, &known, &mut y);
                for ((x, y), start) in x.iter_mut().zip(&y).zip(&start) {
                    *x = S::ratio(2, 1) * y.clone() - start.clone();
                }
                return;
            }
            Self::RandomImplicit => {
                let κ = step.h.clone() * noise[0].clone() * noise[0].clone();
                solver(sde).solve_implicit(&step.end(), &κ, &start, x);
                add_scaled(x, &step.sqrt_h, &σξ);
                return;
            }
            Self::AdamsBashforth => {
                for (b, before) in b.iter_mut().zip(work) {
                    let own = b.clone();
                    *b = S::ratio(3, 2) * own.clone() - S::ratio(1, 2) * before.clone();
                    *before = own;
                }
            }
            Self::Pole => {
                let pole = (S::one() + step.h.clone() * b[0].clone()).inverse();
                for b in &mut b {
                    *b = b.clone() * pole.clone();
                }
            }
        }
        add_scaled(x, &step.h, &b);
        add_scaled(x, &step.sqrt_h, &σξ);
    }
}

#[test]
fn midpoints_are_told_by_the_variance_of_their_stage() {
    for shape in [(1, 1), (2, 2)] {
        has_order("midpoint", &Whole::Midpoint, shape, Additive, 4);
        has_order("quarter", &Whole::QuarterMidpoint, shape, Additive, 2);
        has_order("implicit", &Whole::ImplicitMidpoint, shape, Additive, 2);
        // What the work space held before is not known: nothing is proved by it.
        let history = certificate(&Whole::AdamsBashforth, Trapezoidal, shape, Additive);
        assert_eq!(history.order, 0);
        assert!(history.leading_error.to_string().contains('?'), "{history}");
    }
}

#[test]
fn poles_are_told() {
    // 1/(1 − hξ²b'…): not even the step has a mean.
    let random = certificate(&Whole::RandomImplicit, Trapezoidal, 1, Additive);
    assert_eq!((random.order, random.moments), (1, Moments::Unknown));
    assert!(!random.proves(1));
    // 1/(1 + hb(X)): it has one from a fixed X, but X has a density where hb = −1, so that no second step has.
    let pole = certificate(&Whole::Pole, Trapezoidal, 1, Additive);
    assert_eq!((pole.order, pole.moments), (1, Moments::Assumed));
    assert!(pole.to_string().contains("assumed"), "{pole}");
    for (scheme, moments) in [
        (&EulerMaruyama::GAUSSIAN as &dyn Scheme, Moments::Finite),
        (&Platen::THREE_POINT, Moments::Finite),
        (&Theta::IMPLICIT_EULER, Moments::Finite),
        (&PlatenGeneral, Moments::Finite),
        (&TamedEuler, Moments::Assumed),
    ] {
        let noise = scheme.claims().noise;
        assert_eq!(certificate(scheme, Trapezoidal, 1, noise).moments, moments, "{}", scheme.name());
    }
}

/// Heun's scheme with an output of its own.
#[derive(Clone, Copy, Debug)]
enum Output {
    /// X + √h^k b.
    Drift(usize),
    /// X + √h^k ζ b.
    Noise(usize),
    /// X/(1 + √h ζ).
    Pole,
}

impl OneStep for Output {
    fn claims(&self) -> Claims {
        Claims { name: "made-up", ..OneStep::claims(&Platen::GAUSSIAN) }
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        OneStep::step(&Platen::GAUSSIAN, sde, step, x, noise, work);
    }
    fn post_variates(&self, _m: usize) -> Option<Vec<Variate>> {
        Some(vec![Variate::Gaussian])
    }
    fn post_process<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        _work: &mut [S],
    ) {
        let mut b = x.to_vec();
        sde.drift(&step.t, x, &mut b);
        let root = |power: usize| (0..power).fold(S::one(), |product, _| product * step.sqrt_h.clone());
        match *self {
            Self::Drift(power) => add_scaled(x, &root(power), &b),
            Self::Noise(power) => add_scaled(x, &(root(power) * noise[0].clone()), &b),
            Self::Pole => {
                let pole = (S::one() + step.sqrt_h.clone() * noise[0].clone()).inverse();
                x.iter_mut().for_each(|x| *x = x.clone() * pole.clone());
            }
        }
    }
}

#[test]
fn outputs_add_their_own_order_once() {
    // √h^k b is off by its mean, √h^k ζ b by its variance.
    for (output, order) in [
        (Output::Drift(1), "1/2"),
        (Output::Drift(3), "3/2"),
        (Output::Drift(4), "2"),
        (Output::Noise(1), "1"),
        (Output::Noise(2), "2"),
        (Output::Noise(3), "2"),
    ] {
        for d in [1, 2] {
            let proved = certificate(&output, Trapezoidal, d, Additive);
            assert_eq!(proved.order_text(), order, "{output:?}: {proved}");
        }
    }
    assert_eq!(certificate(&Output::Pole, Trapezoidal, 1, Additive).moments, Moments::Unknown);
}

#[test]
fn weights_count_where_they_read_the_rate() {
    let rule = |shares, times| RateQuadrature { shares, times };
    let halves = [(1, 2), (1, 2)];
    for (weight, halves) in [
        // On average in the middle.
        (rule(halves, [(1, 1), (0, 1)]), 4),
        (rule(halves, [(1, 4), (3, 4)]), 4),
        (rule(halves, [(1, 4), (1, 4)]), 2),
        (rule(halves, [(0, 1), (1, 2)]), 2),
        (rule([(0, 1), (1, 1)], [(0, 1), (1, 1)]), 2),
        (rule([(1, 3), (2, 3)], [(0, 1), (1, 1)]), 2),
        (rule([(1, 2), (1, 3)], [(0, 1), (1, 1)]), 0),
    ] {
        for shape in [(1, 1), (2, 2)] {
            let proved = certificate_of(&Platen::GAUSSIAN, weight, shape, Additive);
            assert_eq!(proved.half_powers, halves + 2, "{weight:?}: {proved}");
            let exact = exact_start(&Platen::GAUSSIAN, Some(weight), shape, Additive, halves as usize + 3);
            assert_eq!(exact, halves as usize + 2, "{weight:?}");
        }
    }
}

/// Slips in kinetic schemes; a is 1 where the slip is not made.
macro_rules! kinetic {
    ($name:ident, $variates:expr, |$langevin:ident, $step:ident, $q:ident, $p:ident, $noise:ident, $force:ident| $body:block) => {
        struct $name;
        impl KineticStep for $name {
            const NAME: &'static str = "made-up";
            const REFERENCE: &'static str = "";
            const WEAK_ORDER: u32 = 2;
            const INVARIANT_ORDER: u32 = 2;
            fn variates(d: usize) -> Vec<Variate> {
                vec![Variate::Gaussian; $variates * d]
            }
            fn step<S: Scalar>(
                $langevin: &dyn Langevin<S>,
                $step: &Step<S>,
                $q: &mut [S],
                $p: &mut [S],
                $noise: &[S],
                $force: &mut [S],
            ) $body
        }
    };
}

/// p + h·share·F.
fn kick<S: Scalar>(langevin: &dyn Langevin<S>, factor: &S, q: &[S], p: &mut [S], force: &mut [S]) {
    langevin.force(q, force);
    add_scaled(p, factor, force);
}

/// p ← decay·p + spread·ξ.
fn damp<S: Scalar>(decay: &S, spread: &S, p: &mut [S], ξ: &[S]) {
    for (p, ξ) in p.iter_mut().zip(ξ) {
        *p = decay.clone() * p.clone() + spread.clone() * ξ.clone();
    }
}

/// e^{−γh/2} and √(1 − e^{−γh}).
fn half_thermostat<S: Scalar>(langevin: &dyn Langevin<S>, step: &Step<S>) -> [S; 2] {
    let exponent = -(S::ratio(1, 2) * langevin.friction() * step.h.clone());
    let spread = langevin.root_friction(1) * step.sqrt_h.clone();
    [exponent.phi(0), spread * (S::ratio(2, 1) * exponent).phi(1).sqrt()]
}

/// B(h/2) A(h) B(h/2).
fn verlet<S: Scalar>(langevin: &dyn Langevin<S>, step: &Step<S>, q: &mut [S], p: &mut [S], force: &mut [S]) {
    let half = S::ratio(1, 2) * step.h.clone();
    kick(langevin, &half, q, p, force);
    add_scaled(q, &step.h, p);
    kick(langevin, &half, q, p, force);
}

kinetic!(SharedThermostat, 1, |langevin, step, q, p, noise, force| {
    let [decay, spread] = half_thermostat(langevin, step);
    damp(&decay, &spread, p, noise);
    verlet(langevin, step, q, p, force);
    damp(&decay, &spread, p, noise);
});
kinetic!(LinearThermostat, 2, |langevin, step, q, p, noise, force| {
    let decay = S::one() - S::ratio(1, 2) * langevin.friction() * step.h.clone();
    let spread = langevin.root_friction(1) * step.sqrt_h.clone();
    let (first, second) = noise.split_at(p.len());
    damp(&decay, &spread, p, first);
    verlet(langevin, step, q, p, force);
    damp(&decay, &spread, p, second);
});
// (1 − a)/(1 + a) and √(γh)/(1 + a) for a = γh/4, which keep the variance of the momenta.
kinetic!(RationalThermostat, 2, |langevin, step, q, p, noise, force| {
    let a = S::ratio(1, 4) * langevin.friction() * step.h.clone();
    let inverse = (S::one() + a.clone()).inverse();
    let decay = (S::one() - a) * inverse.clone();
    let spread = langevin.root_friction(1) * step.sqrt_h.clone() * inverse;
    let (first, second) = noise.split_at(p.len());
    damp(&decay, &spread, p, first);
    verlet(langevin, step, q, p, force);
    damp(&decay, &spread, p, second);
});
kinetic!(ThermostatLast, 2, |langevin, step, q, p, noise, force| {
    verlet(langevin, step, q, p, force);
    let [decay, spread] = half_thermostat(langevin, step);
    let (first, second) = noise.split_at(p.len());
    damp(&decay, &spread, p, first);
    damp(&decay, &spread, p, second);
});
kinetic!(OldForce, 2, |langevin, step, q, p, noise, force| {
    let [decay, spread] = half_thermostat(langevin, step);
    let (first, second) = noise.split_at(p.len());
    damp(&decay, &spread, p, first);
    kick(langevin, &(S::ratio(1, 2) * step.h.clone()), q, p, force);
    add_scaled(q, &step.h, p);
    // The force of the start once more.
    add_scaled(p, &(S::ratio(1, 2) * step.h.clone()), force);
    damp(&decay, &spread, p, second);
});
kinetic!(NoisyForce, 3, |langevin, step, q, p, noise, force| {
    let [decay, spread] = half_thermostat(langevin, step);
    let (first, rest) = noise.split_at(p.len());
    let (second, own) = rest.split_at(p.len());
    damp(&decay, &spread, p, first);
    verlet(langevin, step, q, p, force);
    // √h³ ζF, of which the variance alone counts.
    let factor = step.h.clone() * step.sqrt_h.clone() * own[0].clone();
    add_scaled(p, &factor, force);
    damp(&decay, &spread, p, second);
});
kinetic!(CorrelatedForce, 2, |langevin, step, q, p, noise, force| {
    let [decay, spread] = half_thermostat(langevin, step);
    let (first, second) = noise.split_at(p.len());
    damp(&decay, &spread, p, first);
    verlet(langevin, step, q, p, force);
    let factor = step.h.clone() * step.sqrt_h.clone() * first[0].clone();
    add_scaled(p, &factor, force);
    damp(&decay, &spread, p, second);
});

#[test]
fn kinetic_slips_are_found() {
    for d in [1, 2] {
        let shape = (d, d);
        has_order("one noise for both thermostats", &Kinetic(SharedThermostat), shape, Additive, 0);
        has_order("1 − γh/2 for e^{−γh/2}", &Kinetic(LinearThermostat), shape, Additive, 2);
        has_order("(1 − a)/(1 + a) for e^{−γh/2}", &Kinetic(RationalThermostat), shape, Additive, 4);
        has_order("the thermostat last", &Kinetic(ThermostatLast), shape, Additive, 2);
        has_order("the force of the start", &Kinetic(OldForce), shape, Additive, 2);
        has_order("√h³ζF", &Kinetic(NoisyForce), shape, Additive, 4);
        has_order("√h³ξF", &Kinetic(CorrelatedForce), shape, Additive, 2);
    }
}

/// A rate that is read as a drift shows with weights; without a rate there is nothing to read.
#[test]
fn a_step_that_reads_the_rate_is_seen() {
    struct Reading;
    impl OneStep for Reading {
        fn claims(&self) -> Claims {
            Claims { name: "made-up", ..OneStep::claims(&EulerMaruyama::GAUSSIAN) }
        }
        fn step<S: Scalar>(
            &self,
            sde: &(impl Sde<S> + ?Sized),
            step: &Step<S>,
            x: &mut [S],
            noise: &[S],
            work: &mut [S],
        ) {
            let c = sde.rate(&step.t, x);
            OneStep::step(&EulerMaruyama::GAUSSIAN, sde, step, x, noise, work);
            x[0] += step.h.clone() * c;
        }
    }
    assert_eq!(certificate(&Reading, Trapezoidal, 1, General).order, 0);
    assert_eq!(certificate_with(&Reading, None, 1, General).order, 1);
}
