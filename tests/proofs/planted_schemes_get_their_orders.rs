//! Schemes made up to get a false proof or a false refutation, with their true orders.

use wfr::algebra::{Ring, Scalar, add_scaled};
use wfr::schemes::certificate::{
    Moments, bounded_certificate, certificate, certificate_with, invariant_order, overdamped_certificate,
};
use wfr::schemes::{
    Claims, Debrabant, EquationClass, EulerMaruyama, NoiseClass, OneStep, Platen, PlatenGeneral,
    RoesslerPairs, RoesslerRi6, Scheme, Sde, Step, WeightRule, find, fits,
};
use wfr::symbolic::Variate;

use NoiseClass::{Additive, General};
use WeightRule::Trapezoidal;

fn claims(weak_order: u32, noise: NoiseClass) -> Claims {
    Claims {
        name: "planted",
        reference: "",
        weak_order,
        invariant_order: weak_order.min(2),
        noise,
        equation: EquationClass::Ito,
        chain_moments: None,
        work_vectors: 6,
    }
}

/// What is added to X' of a scheme of the catalogue.
#[derive(Clone, Copy, Debug)]
enum Extra {
    /// b(X + √h^k b) − b(X).
    Drift(usize),
    /// √h^k (b₂ − b₁), for the next component in turn.
    Turned(usize),
    /// An independent noise in the predictor alone, behind as many variates that do nothing.
    Predictor(usize),
    /// h b where the dynamics is not known to be overdamped.
    Hidden,
    /// h b in more than two dimensions.
    Third,
    /// X/(1 + √h ξ) for X, as far as it is not X.
    Pole,
    /// h b (e^{h²ξ⁴} − 1).
    Exponential,
}

struct Planted<T>(T, Extra, u32);

impl<T: OneStep> OneStep for Planted<T> {
    fn claims(&self) -> Claims {
        claims(self.2, self.0.claims().noise)
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        match self.1 {
            Extra::Predictor(silent) => vec![Variate::Gaussian; m * (silent + 2)],
            _ => self.0.variates(m),
        }
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let start = x.to_vec();
        let (d, m) = (x.len(), sde.noise_dimension());
        let root = |power: usize| (0..power).fold(S::one(), |product, _| product * step.sqrt_h.clone());
        let mut b = start.clone();
        sde.drift(&step.t, &start, &mut b);
        let own = self.0.variates(m).len();
        if !matches!(self.1, Extra::Predictor(_)) {
            self.0.step(sde, step, x, &noise[..own], work);
        }
        match self.1 {
            Extra::Drift(power) => {
                let (mut place, mut value) = (start.clone(), start.clone());
                add_scaled(&mut place, &root(power), &b);
                sde.drift(&step.t, &place, &mut value);
                add_scaled(x, &S::one(), &value);
                add_scaled(x, &-S::one(), &b);
            }
            Extra::Turned(power) => {
                for i in 0..d {
                    let turn = b[(i + 1) % d].clone() - b[i].clone();
                    x[i].add_product(&root(power), &turn);
                }
            }
            Extra::Predictor(_) => {
                let (mut σξ, mut σζ, mut bar) = (start.clone(), start.clone(), start.clone());
                sde.diffuse(&step.t, &start, &noise[..m], &mut σξ);
                sde.diffuse(&step.t, &start, &noise[noise.len() - m..], &mut σζ);
                add_scaled(&mut bar, &step.h, &b);
                add_scaled(&mut bar, &step.sqrt_h, &σζ);
                let mut later = start.clone();
                sde.drift(&step.end(), &bar, &mut later);
                let half = S::ratio(1, 2) * step.h.clone();
                add_scaled(x, &half, &b);
                add_scaled(x, &half, &later);
                add_scaled(x, &step.sqrt_h, &σξ);
            }
            Extra::Hidden if sde.overdamped().is_some() => add_scaled(x, &-step.h.clone(), &b),
            Extra::Third if d > 2 => add_scaled(x, &step.h, &b),
            Extra::Hidden | Extra::Third => {}
            Extra::Pole => {
                let pole = (S::one() + step.sqrt_h.clone() * noise[0].clone()).inverse() - S::one();
                add_scaled(x, &(step.h.clone() * pole), &b);
            }
            Extra::Exponential => {
                let square = step.h.clone() * noise[0].clone() * noise[0].clone();
                let growth = (square.clone() * square).phi(0) - S::one();
                add_scaled(x, &(step.h.clone() * growth), &b);
            }
        }
    }
}

fn order(scheme: &dyn Scheme, shape: (usize, usize), noise: NoiseClass) -> String {
    certificate(scheme, Trapezoidal, shape, noise).order_text()
}

#[test]
fn shared_signs_lose_an_order_for_three_noises() {
    assert_eq!(order(&RoesslerRi6, (1, 2), General), "2");
    let three = certificate(&RoesslerRi6, Trapezoidal, (1, 3), General);
    assert_eq!(three.order, 1);
    // ¼h² φ''([σ₁, σ₂], [σ₁, σ₃]).
    let error = three.leading_error.to_string();
    assert!(error.contains("φ''") && !error.contains("φ'''"), "{error}");
    assert_eq!(bounded_certificate(&RoesslerRi6, Some(Trapezoidal), (3, 3), General, 2).order, 1);
    for shape in [(1, 3), (1, 4), (3, 3)] {
        assert_eq!(
            bounded_certificate(&RoesslerPairs, Some(Trapezoidal), shape, General, 2).order,
            2,
            "{shape:?}"
        );
    }
    let ri6 = find("roessler-ri6").unwrap();
    assert!(fits(ri6, EquationClass::Ito, NoiseClass::Pair) && !fits(ri6, EquationClass::Ito, General));
}

/// RI6 for σ = (x, 1, 1), φ = x², x = 0: all 27·4 atoms of one step. The variance after h is 2h + h²/2; the step adds ½h².
#[test]
fn the_atoms_of_ri6_miss_half_of_h_squared() {
    struct Three;
    impl Sde<f64> for Three {
        fn dimension(&self) -> usize {
            1
        }
        fn noise_dimension(&self) -> usize {
            3
        }
        fn drift(&self, _t: &f64, _x: &[f64], out: &mut [f64]) {
            out[0] = 0.0;
        }
        fn diffuse(&self, _t: &f64, x: &[f64], noise: &[f64], out: &mut [f64]) {
            out[0] = x[0] * noise[0] + noise[1] + noise[2];
        }
        fn rate(&self, _t: &f64, _x: &[f64]) -> f64 {
            0.0
        }
    }
    let excess = |scheme: &dyn Scheme, h: f64| {
        let step = Step { t: 0.0, h, sqrt_h: h.sqrt() };
        let mut atoms = vec![(Vec::new(), 1.0)];
        for variate in scheme.variates(3) {
            let law: &[(f64, f64)] = match variate {
                Variate::ThreePoint => &[
                    (-1.732_050_807_568_877_2, 1.0 / 6.0),
                    (0.0, 2.0 / 3.0),
                    (1.732_050_807_568_877_2, 1.0 / 6.0),
                ],
                _ => &[(-1.0, 0.5), (1.0, 0.5)],
            };
            atoms = atoms
                .iter()
                .flat_map(|(noise, weight): &(Vec<f64>, f64)| {
                    law.iter().map(move |&(value, share)| {
                        (noise.iter().copied().chain([value]).collect(), weight * share)
                    })
                })
                .collect();
        }
        let second: f64 = atoms
            .iter()
            .map(|(noise, weight)| {
                let (mut x, mut work) = (vec![0.0], vec![0.0; 4]);
                scheme.advance(&Three as &dyn Sde<f64>, &step, &mut x, noise, &mut work);
                weight * x[0] * x[0]
            })
            .sum();
        // dE X² = (E X² + 2) dt.
        (second - 2.0 * h.exp_m1()) / (h * h)
    };
    assert!((excess(&RoesslerRi6, 1e-3) - 0.5).abs() < 1e-2, "{}", excess(&RoesslerRi6, 1e-3));
    assert!(excess(&RoesslerPairs, 1e-3).abs() < 1e-2, "{}", excess(&RoesslerPairs, 1e-3));
}

/// Slips in Platen's scheme for general noise.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slip {
    None,
    /// The columns are as many as the components.
    LoopOverComponents,
    /// One V for all pairs.
    SharedSign,
    /// V₁₃ = V₃₁.
    SymmetricSign,
    /// V_jk is stored at the place j + k.
    CollidingSigns,
}

struct Slipped(Slip);

impl OneStep for Slipped {
    fn claims(&self) -> Claims {
        claims(2, General)
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        PlatenGeneral.variates(m)
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        _work: &mut [S],
    ) {
        let (d, m) = (x.len(), sde.noise_dimension());
        let (ξ, pairs) = noise.split_at(m);
        let start = x.to_vec();
        let count = if self.0 == Slip::LoopOverComponents { m.min(d) } else { m };
        // (0,1), (0,2), …, row by row; or by j + k, counted from 1.
        let stored = |j: usize, k: usize| match self.0 {
            Slip::SharedSign => pairs[0].clone(),
            Slip::CollidingSigns => pairs[(j + k - 1).min(pairs.len() - 1)].clone(),
            _ => pairs[j * (2 * m - j - 1) / 2 + k - j - 1].clone(),
        };
        let sign = |r: usize, j: usize| match r < j {
            true => stored(r, j),
            false if self.0 == Slip::SymmetricSign && (j, r) == (0, 2) => stored(j, r),
            false => -stored(j, r),
        };
        let column = |t: &S, place: &[S], j: usize| {
            let unit: Vec<S> = (0..m).map(|k| if k == j { S::one() } else { S::zero() }).collect();
            let mut out = place.to_vec();
            sde.diffuse(t, place, &unit, &mut out);
            out
        };
        let moved = |terms: &[(&S, &[S])]| {
            let mut place = start.clone();
            for (factor, direction) in terms {
                add_scaled(&mut place, factor, direction);
            }
            place
        };
        let (mut b, mut σξ, mut later) = (start.clone(), start.clone(), start.clone());
        sde.drift(&step.t, &start, &mut b);
        sde.diffuse(&step.t, &start, ξ, &mut σξ);
        sde.drift(&step.end(), &moved(&[(&step.h, &b), (&step.sqrt_h, &σξ)]), &mut later);
        let half_h = S::ratio(1, 2) * step.h.clone();
        add_scaled(x, &half_h, &b);
        add_scaled(x, &half_h, &later);
        let quarter = S::ratio(1, 4) * step.sqrt_h.clone();
        let minus = -step.sqrt_h.clone();
        for j in 0..count {
            let own = column(&step.t, &start, j);
            let [up, down] = [&step.sqrt_h, &minus]
                .map(|root| column(&step.end(), &moved(&[(&step.h, &b), (root, &own)]), j));
            let square = ξ[j].clone() * ξ[j].clone() - S::one();
            add_scaled(x, &(quarter.clone() * (ξ[j].clone() + square.clone())), &up);
            add_scaled(x, &(quarter.clone() * (ξ[j].clone() - square)), &down);
            add_scaled(x, &(S::ratio(2, 1) * quarter.clone() * ξ[j].clone()), &own);
            for r in (0..count).filter(|&r| r != j) {
                let other = column(&step.t, &start, r);
                let [up, down] =
                    [&step.sqrt_h, &minus].map(|root| column(&step.t, &moved(&[(root, &other)]), j));
                let area = ξ[j].clone() * ξ[r].clone() + sign(r, j);
                add_scaled(x, &(quarter.clone() * (ξ[j].clone() + area.clone())), &up);
                add_scaled(x, &(quarter.clone() * (ξ[j].clone() - area)), &down);
                add_scaled(x, &(S::ratio(-2, 1) * quarter.clone() * ξ[j].clone()), &own);
            }
        }
    }
}

#[test]
fn slips_that_show_in_larger_shapes_only_are_found() {
    let order = |slip, shape| bounded_certificate(&Slipped(slip), Some(Trapezoidal), shape, General, 2).order;
    for shape in [(1, 1), (2, 2), (1, 3), (1, 4)] {
        assert_eq!(order(Slip::None, shape), 2, "{shape:?}");
    }
    for slip in [Slip::LoopOverComponents, Slip::SharedSign, Slip::SymmetricSign, Slip::CollidingSigns] {
        assert_eq!([order(slip, (1, 1)), order(slip, (2, 2))], [2, 2], "{slip:?} is right where m = d ≤ 2");
    }
    assert_eq!(order(Slip::LoopOverComponents, (1, 2)), 0);
    assert_eq!(order(Slip::SharedSign, (1, 3)), 1);
    assert_eq!(order(Slip::SymmetricSign, (1, 3)), 1);
    assert_eq!([order(Slip::CollidingSigns, (1, 3)), order(Slip::CollidingSigns, (1, 4))], [2, 1]);
    let third = Planted(PlatenGeneral, Extra::Third, 2);
    assert_eq!([1, 2].map(|d| bounded_certificate(&third, Some(Trapezoidal), d, General, 2).order), [2, 2]);
    assert_eq!(bounded_certificate(&third, Some(Trapezoidal), (3, 1), General, 2).order, 0);
}

#[test]
fn what_is_not_known_is_not_zero() {
    let euler = |power| Planted(EulerMaruyama::GAUSSIAN, Extra::Drift(power), 1);
    let heun = |power| Planted(Platen::GAUSSIAN, Extra::Drift(power), 2);
    for shape in [(1, 1), (2, 2)] {
        assert_eq!(order(&euler(3), shape, Additive), "1/2", "{shape:?}");
        assert_eq!(order(&heun(5), shape, Additive), "3/2", "{shape:?}");
        assert_eq!(order(&heun(4), shape, Additive), "1", "{shape:?}");
    }
    assert_eq!(invariant_order(&heun(4), 1).order, 1);
    // −½ b b' of Euler–Maruyama, and b b' that is added.
    let error = certificate(&euler(4), Trapezoidal, 1, Additive).leading_error.to_string();
    assert!(error.contains("+ 1/2 b b' φ'"), "{error}");
}

/// X + hb + √hσξ + ½[b(t + h², X + h²b + h√hσξ) − b] + ¼h Σ_j Σ_± [b(X ± √hσ_j) − b]: Taylor's scheme of order 2.
struct DerivativeFreeTaylor(bool);

impl OneStep for DerivativeFreeTaylor {
    fn claims(&self) -> Claims {
        claims(2, Additive)
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        _work: &mut [S],
    ) {
        let start = x.to_vec();
        let (mut b, mut σξ, mut value) = (start.clone(), start.clone(), start.clone());
        sde.drift(&step.t, &start, &mut b);
        sde.diffuse(&step.t, &start, noise, &mut σξ);
        add_scaled(x, &step.h, &b);
        add_scaled(x, &step.sqrt_h, &σξ);
        let mut difference = |x: &mut [S], t: &S, place: &[S], factor: &S| {
            sde.drift(t, place, &mut value);
            add_scaled(x, factor, &value);
            add_scaled(x, &-factor.clone(), &b);
        };
        let square = step.h.clone() * step.h.clone();
        let mut place = start.clone();
        add_scaled(&mut place, &square, &b);
        add_scaled(&mut place, &(step.h.clone() * step.sqrt_h.clone()), &σξ);
        difference(x, &(step.t.clone() + square), &place, &S::ratio(1, 2));
        if !self.0 {
            return;
        }
        let m = sde.noise_dimension();
        for j in 0..m {
            let unit: Vec<S> = (0..m).map(|k| if k == j { S::one() } else { S::zero() }).collect();
            let mut column = start.clone();
            sde.diffuse(&step.t, &start, &unit, &mut column);
            for sign in [1, -1] {
                let mut place = start.clone();
                add_scaled(&mut place, &(S::ratio(sign, 1) * step.sqrt_h.clone()), &column);
                difference(x, &step.t, &place, &(S::ratio(1, 4) * step.h.clone()));
            }
        }
    }
}

#[test]
fn a_true_scheme_is_not_refuted() {
    for shape in [(1, 1), (2, 2)] {
        assert_eq!(order(&DerivativeFreeTaylor(true), shape, Additive), "2", "{shape:?}");
        assert_eq!(
            order(&DerivativeFreeTaylor(false), shape, Additive),
            "1",
            "{shape:?} without its corrector"
        );
    }
}

#[test]
fn half_powers_count_for_high_orders_in_the_plane() {
    let planted = Planted(Debrabant, Extra::Turned(7), 3);
    let proved = certificate_with(&planted, None, 2, Additive);
    assert_eq!(proved.order_text(), "5/2");
    assert!(!proved.proves(3));
}

#[test]
fn variates_beyond_255_are_their_own() {
    for silent in [0, 255] {
        let planted = Planted(Platen::GAUSSIAN, Extra::Predictor(silent), 2);
        assert_eq!(order(&planted, (1, 1), Additive), "1", "{silent} variates between");
    }
}

/// Heun's scheme with the output X + h b(X), with and without a variate of its own.
struct Moved(bool);

impl OneStep for Moved {
    fn claims(&self) -> Claims {
        claims(2, Additive)
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
    fn post_variates(&self, m: usize) -> Option<Vec<Variate>> {
        Some(if self.0 { vec![Variate::Gaussian; m] } else { Vec::new() })
    }
    fn post_process<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        _noise: &[S],
        _work: &mut [S],
    ) {
        let mut b = x.to_vec();
        sde.drift(&step.t, x, &mut b);
        add_scaled(x, &step.h, &b);
    }
}

#[test]
fn the_output_is_part_of_the_order() {
    for variate in [true, false] {
        let proved = certificate(&Moved(variate), Trapezoidal, 1, Additive);
        assert_eq!(proved.order, 1, "a variate: {variate}");
        assert_eq!(proved.output_error.to_string(), "b φ'");
        assert!(proved.leading_error.is_zero());
        assert_eq!(invariant_order(&Moved(variate), 1).order, 1);
    }
}

#[test]
fn structure_is_seen() {
    let planted = Planted(Platen::GAUSSIAN, Extra::Hidden, 2);
    assert_eq!(order(&planted, (1, 1), Additive), "2", "where it is not told");
    assert_eq!(overdamped_certificate(&planted, Some(Trapezoidal), 1, 2).order, 0);
    assert_eq!(overdamped_certificate(&Platen::GAUSSIAN, Some(Trapezoidal), 2, 2).order, 2);
    assert_eq!(invariant_order(&planted, 1).order, 0);
}

#[test]
fn expectations_that_need_not_exist_prove_nothing() {
    for extra in [Extra::Pole, Extra::Exponential] {
        let proved = certificate(&Planted(EulerMaruyama::GAUSSIAN, extra, 1), Trapezoidal, 1, Additive);
        assert_eq!((proved.order, proved.moments), (1, Moments::Unknown), "{extra:?}");
        assert!(!proved.proves(1), "{extra:?}");
        // Bounded variates have moments.
        let bounded = certificate(&Planted(EulerMaruyama::TWO_POINT, extra, 1), Trapezoidal, 1, Additive);
        assert!(bounded.proves(1), "{extra:?}");
    }
}
