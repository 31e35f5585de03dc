//! What a scheme does to the invariant measure e^{−V}: the orders that the catalogue claims are theorems, and the
//! published biases and negative controls are told apart.

use wfr::algebra::{Ring, Scalar, add_scaled};
use wfr::schemes::certificate::{
    AbstractEquation, AbstractLangevin, AbstractOverdamped, Equilibrium, invariant_order,
};
use wfr::schemes::{
    CATALOGUE, Claims, EulerMaruyama, Kinetic, LeimkuhlerMatthews, OneStep, Scheme, Sde, Step,
    StochasticExponentialEuler,
};
use wfr::symbolic::{Coordinate, DifferentialPolynomial, Jet, Symbol, Variate};

type P = DifferentialPolynomial;

fn q(numerator: i64, denominator: i64) -> P {
    P::ratio(numerator, denominator)
}

fn sum(terms: impl Iterator<Item = P>) -> P {
    terms.fold(P::zero(), |sum, term| sum + term)
}

#[test]
fn every_claim_of_the_catalogue_is_exact() {
    for scheme in CATALOGUE {
        for dimension in [1, 2] {
            let proved = invariant_order(*scheme, dimension);
            assert_eq!(proved.order, scheme.claims().invariant_order, "{scheme:?}: {proved}");
            // High orders are proved in d = 2 without asking for the next error.
            assert!(!proved.leading_defect.is_zero() || (dimension > 1 && proved.order >= 3));
        }
    }
}

/// The source of the bias g, π_h = π (1 + h g + …), is D†1 = −L g for the reversible L (theory.md §5.15).
#[test]
fn euler_maruyama_has_the_published_first_order_bias() {
    for d in [1, 2] {
        let equation = AbstractOverdamped::new(d);
        let axes: Vec<Coordinate> = equation.coordinates();
        let v: P = Jet::of(equation.potential()).into();
        let laplacian = |f: &P| sum(axes.iter().map(|&x| f.derivative(x).derivative(x)));
        let gamma = |f: &P, g: &P| sum(axes.iter().map(|&x| f.derivative(x) * g.derivative(x)));
        let bias = q(1, 4) * gamma(&v, &v) - q(1, 2) * laplacian(&v);
        let generated = laplacian(&bias) - gamma(&v, &bias);
        let proved = invariant_order(&EulerMaruyama::GAUSSIAN, d);
        assert!((proved.leading_defect.clone() + generated.clone()).is_zero(), "d = {d}");
        assert!(!(proved.leading_defect - generated).is_zero(), "the sign counts");
    }
}

/// The bias of the momenta at order h: D†1 = ½ γ⁰ V''(p² − 1) in d = 1, as for ω²h/(2γ) on a quadratic (theory.md §3.2).
#[test]
fn the_stochastic_exponential_euler_scheme_heats() {
    let proved = invariant_order(&Kinetic(StochasticExponentialEuler), 1);
    let equation = AbstractLangevin::new(1);
    let v: P = Jet::of(equation.potential()).into();
    let [x, y] = [0, 1].map(Coordinate::space);
    let p = P::from(Symbol::Coordinate(y));
    let expected = q(1, 2) * v.derivative(x).derivative(x) * (p.power(2) - q(1, 1));
    assert_eq!(proved.leading_defect, expected);
}

/// The scheme of Leimkuhler and Matthews with `share`/4 of √h σ η added to the output.
struct Processed(i64);

impl OneStep for Processed {
    fn claims(&self) -> Claims {
        OneStep::claims(&LeimkuhlerMatthews)
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        LeimkuhlerMatthews.step(sde, step, x, noise, work);
    }
    fn post_variates(&self, m: usize) -> Option<Vec<Variate>> {
        Some(vec![Variate::Gaussian; m])
    }
    fn post_process<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let ση = &mut work[..x.len()];
        sde.diffuse(&step.t, x, noise, ση);
        add_scaled(x, &(S::ratio(self.0, 4) * step.sqrt_h.clone()), ση);
    }
}

#[test]
fn the_post_processing_decides() {
    let order = |scheme: &dyn Scheme| [1, 2].map(|d| invariant_order(scheme, d).order);
    assert_eq!(order(&Processed(2)), [2, 2], "½ √h σ η is right");
    assert_eq!(order(&Processed(0)), [1, 1], "the chain itself");
    assert_eq!(order(&Processed(1)), [1, 1]);
    assert_eq!(order(&Processed(4)), [1, 1]);
}

#[test]
fn no_parameter_is_left_over() {
    for scheme in [&EulerMaruyama::GAUSSIAN as &dyn Scheme, &LeimkuhlerMatthews] {
        let defect = invariant_order(scheme, 2).leading_defect;
        let left = defect
            .terms()
            .flat_map(|(monomial, _)| monomial.factors())
            .any(|(symbol, _)| matches!(symbol, Symbol::Parameter(_)));
        assert!(!left, "{defect}");
    }
}
