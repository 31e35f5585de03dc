use super::equation::symbol;
use crate::algebra::Ring;
use crate::schemes::{JetSeries, Reversal};
use crate::symbolic::{Coordinate, DifferentialPolynomial as P, Function, Name, Symbol};

/// What is left of ∂_t p = −∇·(b p) + ½ζ Σ gᵢ²∂ᵢ²p + G p, divided by p, for p ∝ q₁^{β₁} q₂^{β₂} e^{c(t) r}, where b and G are what
/// `drift` and `growth` make of the parts, in `dimension` dimensions. f, q₁, q₂, r, c, the gᵢ and the powers
/// are indeterminates, and the qᵢ follow the forward equation backwards.
///
/// If it vanishes, weighted paths that start in p stay in it, and their mean weight is that of p.
pub fn reversal_defect(
    dimension: usize,
    drift: impl Fn(&Reversal<'_, JetSeries>, &mut [JetSeries]),
    growth: impl Fn(&Reversal<'_, JetSeries>) -> JetSeries,
) -> P {
    let space: Vec<Coordinate> = (0..dimension).map(Coordinate::space).collect();
    let function = |letter, indices: &[u8]| symbol(Function::new(Name::new(letter, indices), &space));
    let parameter = |letter, indices: &[u8]| P::from(Symbol::Parameter(Name::new(letter, indices)));
    let clock = symbol(Function::new(Name::new('c', &[]), &[Coordinate::TIME]));
    let gradient = |u: &P| -> Vec<P> { space.iter().map(|&x| u.derivative(x)).collect() };
    let divergence = |u: &[P]| space.iter().zip(u).fold(P::zero(), |sum, (&x, u)| sum + u.derivative(x));
    let product = |a: &[P], b: &[P]| a.iter().zip(b).fold(P::zero(), |sum, (a, b)| sum + a * b);
    let series = |all: &[P]| -> Vec<JetSeries> { all.iter().cloned().map(JetSeries::constant).collect() };
    let half = P::ratio(1, 2);

    let forward: Vec<P> = (1..=dimension as u8).map(|i| function('f', &[i])).collect();
    let noise: Vec<P> = (1..=dimension as u8).map(|i| parameter('g', &[i]).power(2)).collect();
    let (churn, reward) = (parameter('ζ', &[]), function('r', &[]));
    // Σ gᵢ²∂ᵢ² e^ℓ / e^ℓ.
    let spread = |slope: &[P]| {
        let each = space.iter().zip(&noise).zip(slope);
        each.fold(P::zero(), |sum, ((&x, noise), s)| sum + noise * &(s.derivative(x) + s * s))
    };
    let powers = [parameter('β', &[1]), parameter('β', &[2])];
    let logs = [function('ℓ', &[1]), function('ℓ', &[2])];
    // ∂_t log q = ∇·f + f·∇ℓ − ½Σ gᵢ²(∂ᵢ²ℓ + (∂ᵢℓ)²): the forward equation in reversed time.
    let reversed = |ℓ: &P| {
        let s = gradient(ℓ);
        divergence(&forward) + product(&forward, &s) - &half * &spread(&s)
    };
    let tilt_rate = clock.derivative(Coordinate::TIME) * reward.clone();
    let target = &powers[0] * &logs[0] + &powers[1] * &logs[1] + &clock * &reward;
    let target_rate = &powers[0] * &reversed(&logs[0]) + &powers[1] * &reversed(&logs[1]) + tilt_rate.clone();

    let scores: Vec<JetSeries> = logs.iter().flat_map(|log| series(&gradient(log))).collect();
    let tilt: Vec<P> = gradient(&reward).iter().map(|slope| &clock * slope).collect();
    let parts = Reversal {
        forward: &series(&forward),
        divergence: JetSeries::constant(divergence(&forward)),
        noise: &series(&noise),
        churn: JetSeries::constant(churn.clone()),
        powers: &series(&powers),
        scores: &scores,
        tilt: &series(&tilt),
        tilt_rate: JetSeries::constant(tilt_rate),
    };
    let exact = |series: JetSeries| series.coefficient(0).unwrap_or_else(P::zero);
    let mut pushed = series(&vec![P::zero(); dimension]);
    drift(&parts, &mut pushed);
    let drift: Vec<P> = pushed.into_iter().map(exact).collect();
    let slope = gradient(&target);
    let moved = -divergence(&drift) - product(&drift, &slope);
    moved + &half * &(&churn * &spread(&slope)) + exact(growth(&parts)) - target_rate
}
