//! What a scheme does to the invariant measure e^{−V}, from its error operator and integration by parts.

use wfr::algebra::{Ring, Scalar, add_scaled};
use wfr::schemes::certificate::{AbstractSde, certificate};
use wfr::schemes::{EulerMaruyama, NoiseClass, OneStep, Scheme, Sde, Step, WeightRule};
use wfr::symbolic::{Coordinate, Density, DifferentialPolynomial, Function, Jet, Name, Symbol};

type P = DifferentialPolynomial;

fn q(numerator: i64, denominator: i64) -> P {
    P::ratio(numerator, denominator)
}

/// dX = −∇V dt + √2 dW in d dimensions.
struct Langevin {
    d: usize,
}

impl Langevin {
    fn space(&self) -> Vec<Coordinate> {
        (0..self.d).map(Coordinate::space).collect()
    }

    fn potential(&self) -> P {
        Jet::of(Function::new(Name::new('V', &[]), &self.space())).into()
    }

    fn observable(&self) -> P {
        Jet::of(Function::new(Name::new('φ', &[]), &self.space())).into()
    }

    fn laplacian(&self, a: &P) -> P {
        self.space().into_iter().fold(P::zero(), |sum, x| sum + a.derivative(x).derivative(x))
    }

    fn gamma(&self, a: &P, b: &P) -> P {
        self.space().into_iter().fold(P::zero(), |sum, x| sum + a.derivative(x) * b.derivative(x))
    }

    fn generator(&self, a: &P) -> P {
        self.laplacian(a) - self.gamma(&self.potential(), a)
    }

    /// A₁φ: the coefficient of h² in the error of one step.
    fn error(&self, scheme: &dyn Scheme) -> P {
        let sde = AbstractSde::new(self.d, NoiseClass::Additive);
        let proof = certificate(scheme, WeightRule::Trapezoidal, self.d, NoiseClass::Additive);
        assert_eq!(proof.order, 1);
        let mut error = proof.leading_error.insert(sde.rate_function(), &q(0, 1));
        error = error.insert(sde.observable(), &self.observable());
        for (i, x) in self.space().into_iter().enumerate() {
            error = error.insert(sde.drift_function(i), &-self.potential().derivative(x));
            for j in 0..self.d {
                let σ = sde.diffusion_symbol(i, j);
                error = if i == j {
                    error.substitute_power(σ, 2, &q(2, 1))
                } else {
                    error.substitute(σ, &q(0, 1))
                };
            }
        }
        error
    }

    /// Whether ∫ p e^{−V} = 0 for all φ and V.
    fn vanishes(&self, p: P) -> bool {
        Density::new(-self.potential(), p).integrates_to_zero(&self.space())
    }
}

/// Y' = Y + √(2h) ξ − h∇V(Y + √(h/2) ξ), the Markov chain of Leimkuhler and Matthews (2013).
struct LeimkuhlerMatthewsChain;

impl OneStep for LeimkuhlerMatthewsChain {
    const NAME: &'static str = "leimkuhler-matthews-chain";
    const REFERENCE: &'static str = "Leimkuhler and Matthews 2013";
    const WEAK_ORDER: u32 = 1;
    const NOISE: NoiseClass = NoiseClass::Additive;
    const WORK_VECTORS: usize = 3;
    fn step<S: Scalar>(
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (b, work) = work.split_at_mut(x.len());
        let (σξ, middle) = work.split_at_mut(x.len());
        sde.diffuse(&step.t, x, noise, σξ);
        middle.clone_from_slice(x);
        add_scaled(middle, &(S::ratio(1, 2) * step.sqrt_h.clone()), σξ);
        sde.drift(&step.t, middle, b);
        add_scaled(x, &step.h, b);
        add_scaled(x, &step.sqrt_h, σξ);
    }
}

#[test]
fn euler_maruyama_has_the_published_first_order_bias() {
    // π_h = π(1 + h g + …), g = |∇V|²/4 − ΔV/2 up to a constant: ∫(A₁φ + φ Lg)π = 0 (theory.md §5.15).
    for d in [1, 2] {
        let langevin = Langevin { d };
        let v = langevin.potential();
        let g = q(1, 4) * langevin.gamma(&v, &v) - q(1, 2) * langevin.laplacian(&v);
        let error = langevin.error(&EulerMaruyama);
        assert!(!langevin.vanishes(error.clone()), "the invariant measure has an error of order 1");
        let balance = |g: P| error.clone() + langevin.observable() * langevin.generator(&g);
        assert!(langevin.vanishes(balance(g.clone())), "d = {d}");
        assert!(!langevin.vanishes(balance(-g.clone())) && !langevin.vanishes(balance(q(2, 1) * g)), "twins");
    }
}

#[test]
fn the_postprocessed_leimkuhler_matthews_chain_has_order_2_for_the_invariant_measure() {
    // X = Y + √(h/2) ξ adds [L, ¼Δ]: (A₁ + [L, ¼Δ])†1 = 0 (Vilmart 2015; theory.md §5.15).
    for d in [1, 2] {
        let langevin = Langevin { d };
        let φ = langevin.observable();
        let commutator =
            langevin.generator(&langevin.laplacian(&φ)) - langevin.laplacian(&langevin.generator(&φ));
        let error = langevin.error(&LeimkuhlerMatthewsChain);
        let with = |share: P| error.clone() + share * commutator.clone();
        assert!(langevin.vanishes(with(q(1, 4))), "d = {d}");
        assert!(!langevin.vanishes(with(q(0, 1))), "the chain itself has order 1");
        assert!(!langevin.vanishes(with(q(1, 2))), "a wrong post-processor");
    }
}

#[test]
fn no_parameter_is_left_over() {
    // A symbol σ that is left over would show that the substitution above was incomplete.
    let error = Langevin { d: 2 }.error(&EulerMaruyama);
    let left = error
        .terms()
        .flat_map(|(monomial, _)| monomial.factors())
        .any(|(symbol, _)| matches!(symbol, Symbol::Parameter(_)));
    assert!(!left, "{error}");
}
