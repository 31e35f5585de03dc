//! The weak orders that the catalogue claims are theorems, and the proof refutes negative controls.

use wfr::algebra::{Ring, Scalar, add_scaled};
use wfr::schemes::certificate::{
    AbstractEquation, AbstractSde, Certificate, certificate, certificate_of, summary,
};
use wfr::schemes::{
    CATALOGUE, Claims, EquationClass, EulerMaruyama, NoiseClass, OneStep, Platen, PlatenGeneral,
    RateQuadrature, RoesslerRi6, Scheme, Sde, Step, WeightRule,
};
use wfr::symbolic::{Coordinate, DifferentialPolynomial, Function, Jet, Symbol, Variate};

use NoiseClass::{Additive, General};
use WeightRule::{Left, Trapezoidal};

fn is_time_derivative(symbol: Symbol) -> bool {
    matches!(symbol, Symbol::Jet(jet) if jet.order(Coordinate::TIME) > 0)
}

fn is_of(function: Function) -> impl Fn(Symbol) -> bool {
    move |symbol| matches!(symbol, Symbol::Jet(jet) if jet.function() == function)
}

/// The leading error in one dimension for coefficients b(x), c(x) and σ² = 2, as in theory.md.
fn langevin_error(certificate: &Certificate) -> DifferentialPolynomial {
    let σ = AbstractSde::new(1, certificate.noise).diffusion_symbol(0, 0);
    let two = DifferentialPolynomial::ratio(2, 1);
    certificate.leading_error.without(is_time_derivative).substitute_power(σ, 2, &two)
}

fn without_rate(polynomial: &DifferentialPolynomial) -> DifferentialPolynomial {
    polynomial.without(is_of(AbstractSde::new(1, Additive).rate_function()))
}

#[test]
fn every_claim_of_the_catalogue_is_exact() {
    for scheme in CATALOGUE {
        for weight in WeightRule::ALL {
            for dimension in [1, 2] {
                let proved = certificate(*scheme, weight, dimension, scheme.claims().noise);
                assert_eq!(
                    proved.order,
                    scheme.weak_order().min(weight.weak_order()),
                    "{scheme:?} {weight:?}: {proved}"
                );
                assert_eq!(proved.half_powers, 2 * proved.order + 2);
                assert!(!proved.leading_error.is_zero());
            }
        }
    }
}

#[test]
fn euler_maruyama_has_the_known_error_operator() {
    let proved = certificate(&EulerMaruyama::GAUSSIAN, Trapezoidal, 1, Additive);
    let error = without_rate(&langevin_error(&proved));
    assert_eq!(error.to_string(), "−1/2 b b' φ' − b' φ'' − 1/2 b'' φ'");
}

/// The counts of design.md §1; its 6 terms for Euler–Maruyama belong to the left-point weight.
#[test]
fn error_operators_have_the_known_numbers_of_terms() {
    let terms =
        |scheme: &dyn Scheme, weight| langevin_error(&certificate(scheme, weight, 1, Additive)).terms().len();
    assert_eq!(terms(&EulerMaruyama::GAUSSIAN, Left), 6);
    assert_eq!(terms(&EulerMaruyama::GAUSSIAN, Trapezoidal), 3);
    assert_eq!(terms(&Platen::GAUSSIAN, Trapezoidal), 19);
}

#[test]
fn the_additive_formula_of_platen_loses_its_order_on_general_noise() {
    for dimension in [1, 2] {
        assert_eq!(certificate(&Platen::GAUSSIAN, Trapezoidal, dimension, General).order, 1);
    }
}

#[test]
fn general_noise_contains_additive_noise() {
    for scheme in &[&EulerMaruyama::GAUSSIAN as &dyn Scheme, &Platen::GAUSSIAN] {
        let additive = certificate(*scheme, Left, 1, Additive);
        let general = certificate(*scheme, Left, 1, General);
        let σ = AbstractSde::new(1, General).diffusion_symbol(0, 0);
        let parameter = AbstractSde::new(1, Additive).diffusion_symbol(0, 0).into();
        let constant_σ = general
            .leading_error
            .without(|symbol| matches!((symbol, σ), (Symbol::Jet(a), Symbol::Jet(b)) if a.function() == b.function() && a != b))
            .substitute(σ, &parameter);
        assert_eq!(constant_σ, additive.leading_error, "{scheme:?}");
    }
}

/// Nothing depends on x₂, and x₁ does not feel the second noise: what is left is the error in d = 1.
#[test]
fn two_dimensions_contain_one() {
    let plane = AbstractSde::new(2, Additive);
    let across = |symbol| match symbol {
        Symbol::Jet(jet) => jet.order(Coordinate::space(1)) > 0 || jet.function() == plane.drift_function(1),
        other => [(0, 1), (1, 0), (1, 1)].iter().any(|&(i, j)| other == plane.diffusion_symbol(i, j)),
    };
    for scheme in &[&EulerMaruyama::GAUSSIAN as &dyn Scheme, &Platen::GAUSSIAN] {
        let error = |dimension| certificate(*scheme, Trapezoidal, dimension, Additive).leading_error;
        let coefficients = |error: DifferentialPolynomial| {
            let mut list: Vec<_> = error.terms().map(|(_, coefficient)| coefficient.clone()).collect();
            list.sort();
            list
        };
        assert_eq!(coefficients(error(2).without(across)), coefficients(error(1)), "{scheme:?}");
    }
}

/// Claims of a scheme for additive noise that no catalogue has.
fn wrong(name: &'static str, weak_order: u32, work_vectors: usize) -> Claims {
    let (noise, equation) = (Additive, EquationClass::Ito);
    let invariant_order = weak_order;
    Claims { name, weak_order, invariant_order, noise, equation, work_vectors, ..Claims::default() }
}

/// X' = X + h b(t + ½h, X + ½ √h σξ + ½ h b) + √h σξ: half the noise is not enough for f''.
struct Midpoint;

impl OneStep for Midpoint {
    fn claims(&self) -> Claims {
        wrong("midpoint", 2, 4)
    }

    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (middle, b_middle) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        let half = S::ratio(1, 2);
        let half_h = half.clone() * step.h.clone();
        middle.clone_from_slice(x);
        add_scaled(middle, &half_h, b);
        add_scaled(middle, &(half * step.sqrt_h.clone()), σξ);
        sde.drift(&(step.t.clone() + half_h), middle, b_middle);
        add_scaled(x, &step.h, b_middle);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

/// Platen's scheme with a predictor that forgets the noise.
struct DeafHeun;

impl OneStep for DeafHeun {
    fn claims(&self) -> Claims {
        wrong("deaf-heun", 2, 4)
    }

    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (x_bar, b_bar) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        x_bar.clone_from_slice(x);
        add_scaled(x_bar, &step.h, b);
        sde.drift(&(step.t.clone() + step.h.clone()), x_bar, b_bar);
        let half_h = S::ratio(1, 2) * step.h.clone();
        add_scaled(x, &half_h, b);
        add_scaled(x, &half_h, b_bar);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

/// Heun with the drift shared ⅓ to ⅔ instead of ½ to ½.
struct UnevenHeun;

impl OneStep for UnevenHeun {
    fn claims(&self) -> Claims {
        wrong("uneven-heun", 2, 4)
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, work) = work.split_at_mut(d);
        let (x_bar, b_bar) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        x_bar.clone_from_slice(x);
        add_scaled(x_bar, &step.h, b);
        add_scaled(x_bar, &step.sqrt_h, σξ);
        sde.drift(&(step.t.clone() + step.h.clone()), x_bar, b_bar);
        add_scaled(x, &(S::ratio(1, 3) * step.h.clone()), b);
        add_scaled(x, &(S::ratio(2, 3) * step.h.clone()), b_bar);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

#[test]
fn uneven_shares_of_the_drift_have_order_1() {
    for dimension in [1, 2] {
        assert_eq!(certificate(&UnevenHeun, Trapezoidal, dimension, Additive).order, 1);
    }
}

/// Euler–Maruyama with a drift of h^{3/2} b too many.
struct OddPower;

impl OneStep for OddPower {
    fn claims(&self) -> Claims {
        wrong("odd-power", 1, 2)
    }

    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (b, σξ) = work.split_at_mut(x.len());
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        add_scaled(x, &(step.h.clone() + step.h.clone() * step.sqrt_h.clone()), b);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

/// Euler–Maruyama that adds to a work vector without clearing it.
struct Unwritten;

impl OneStep for Unwritten {
    fn claims(&self) -> Claims {
        wrong("unwritten", 1, 3)
    }

    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let d = x.len();
        let (b, work) = work.split_at_mut(d);
        let (σξ, sum) = work.split_at_mut(d);
        sde.drift(&step.t, x, b);
        sde.diffuse(&step.t, x, noise, σξ);
        add_scaled(sum, &S::one(), b);
        add_scaled(x, &step.h, sum);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

#[test]
fn a_midpoint_predictor_has_order_1() {
    let proved = certificate(&Midpoint, Trapezoidal, 1, Additive);
    assert_eq!(proved.order, 1);
    assert_eq!(langevin_error(&proved).to_string(), "−1/4 b'' φ'");
    assert_eq!(certificate(&Midpoint, Trapezoidal, 2, Additive).order, 1);
}

#[test]
fn a_predictor_without_noise_has_order_1() {
    for dimension in [1, 2] {
        let proved = certificate(&DeafHeun, Trapezoidal, dimension, Additive);
        assert_eq!(proved.order, 1);
        // Without noise it is Heun's method: what is wrong is due to the noise alone.
        let sde = AbstractSde::new(dimension, Additive);
        let is_noise = |symbol| {
            (0..dimension * dimension).any(|k| symbol == sde.diffusion_symbol(k / dimension, k % dimension))
        };
        assert!(proved.leading_error.without(is_noise).is_zero());
    }
}

#[test]
fn a_half_power_left_over_is_found() {
    let proved = certificate(&OddPower, Trapezoidal, 1, Additive);
    assert_eq!((proved.order, proved.half_powers), (0, 3));
    assert_eq!(proved.to_string(), "order 1/2 proved in d = 1; leading error h³ᐟ²·[b φ']");
}

#[test]
fn reading_an_unwritten_work_vector_is_found() {
    let proved = certificate(&Unwritten, Trapezoidal, 1, Additive);
    assert_eq!(proved.order, 0);
    assert!(proved.leading_error.to_string().contains('?'));
}

#[test]
fn a_wrong_weight_lowers_the_order() {
    let with = |before, after| {
        let quadrature = RateQuadrature { shares: [before, after], times: [(0, 1), (1, 1)] };
        certificate_of(&Platen::GAUSSIAN, quadrature, 1, Additive).order
    };
    assert_eq!(with((1, 2), (1, 2)), 2, "the trapezoid");
    assert_eq!(with((0, 1), (1, 1)), 1, "the right point");
    assert_eq!(with((1, 3), (2, 3)), 1, "unequal parts");
    assert_eq!(with((1, 2), (1, 1)), 0, "too much");
    assert_eq!(with((-1, 2), (-1, 2)), 0, "the sign");
    let strang = |time| RateQuadrature { shares: [(1, 2); 2], times: [time; 2] };
    let order = |time| certificate_of(&Platen::GAUSSIAN, strang(time), 1, Additive).order;
    assert_eq!([order((1, 2)), order((0, 1)), order((1, 1))], [2, 1, 1], "the rate is frozen at the middle");
}

/// A scheme with other variates.
struct WithVariates<T>(T, Variate);

impl<T: OneStep> OneStep for WithVariates<T> {
    fn claims(&self) -> Claims {
        self.0.claims()
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![self.1; self.0.variates(m).len()]
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        self.0.step(sde, step, x, noise, work);
    }
}

#[test]
fn variates_need_the_moments_that_the_order_asks_for() {
    let order = |scheme: &dyn Scheme, noise| [1, 2].map(|d| certificate(scheme, Trapezoidal, d, noise).order);
    // Kloeden and Platen 1992, sections 14.1 and 14.2: two points for order 1, three points for order 2.
    assert_eq!(order(&WithVariates(Platen::GAUSSIAN, Variate::ThreePoint), Additive), [2, 2]);
    assert_eq!(
        order(&WithVariates(Platen::GAUSSIAN, Variate::TwoPoint), Additive),
        [1, 1],
        "the fourth moment"
    );
    assert_eq!(
        order(&WithVariates(Platen::GAUSSIAN, Variate::SpaceTimeArea), Additive),
        [0, 0],
        "the variance"
    );
    // In d = 1 the second variates play no role.
    assert_eq!(order(&WithVariates(RoesslerRi6, Variate::Gaussian), General), [2, 2], "signs by Gaussians");
    assert_eq!(order(&WithVariates(PlatenGeneral, Variate::SpaceTimeArea), General), [0, 0], "the variance");
}

#[test]
fn moments_of_the_variates() {
    let moments = |variate: Variate| [0, 1, 2, 3, 4, 5, 6].map(|power| variate.moment(power).to_string());
    assert_eq!(moments(Variate::Gaussian), ["1", "0", "1", "0", "3", "0", "15"]);
    assert_eq!(moments(Variate::ThreePoint), ["1", "0", "1", "0", "3", "0", "9"]);
    assert_eq!(moments(Variate::TwoPoint), ["1", "0", "1", "0", "1", "0", "1"]);
    // N(0, 1/12).
    assert_eq!(moments(Variate::SpaceTimeArea), ["1", "0", "1/12", "0", "1/48", "0", "5/576"]);
}

#[test]
fn a_summary_names_the_dimensions_and_the_error() {
    let proved =
        [1, 2].map(|dimension| certificate(&EulerMaruyama::GAUSSIAN, Trapezoidal, dimension, Additive));
    let line = summary(&proved).unwrap();
    assert_eq!(
        line,
        "order 1 proved in d = 1, 2; leading error in d = 1: \
         h²·[−1/2 σ² b' φ'' − 1/4 σ² b'' φ' − 1/2 b b' φ' − 1/2 ∂ₜb φ']"
    );
    assert!(proved[1].to_string().ends_with("+ … (34 terms)]"), "{}", proved[1]);
    assert_eq!(summary(&[]), None);
}

/// The jets of c are there to be evaluated: the error operator is linear in those of φ.
#[test]
fn error_operators_are_linear_in_the_observable() {
    let φ = AbstractSde::new(2, Additive).observable();
    let proved = certificate(&Platen::GAUSSIAN, Trapezoidal, 2, Additive);
    for (monomial, _) in proved.leading_error.terms() {
        let degree: u32 =
            monomial.factors().iter().filter(|(symbol, _)| is_of(φ)(*symbol)).map(|factor| factor.1).sum();
        assert_eq!(degree, 1, "{monomial}");
    }
    let undifferentiated = Symbol::Jet(Jet::of(φ));
    assert!(proved.leading_error.terms().any(|(monomial, _)| monomial.power(undifferentiated) == 1));
}
