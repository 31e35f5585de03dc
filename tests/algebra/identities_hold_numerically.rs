//! Identities of the ledger on random polynomials and Gaussians, by integer arithmetic of its own: nothing of
//! `wfr::symbolic` is used here.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;
use std::ops::{Add, Mul, Neg, Sub};

/// A polynomial in two variables with integer coefficients.
#[derive(Clone, Debug, Default, PartialEq)]
struct Poly(BTreeMap<[u32; 2], i128>);

impl Poly {
    fn constant(value: i128) -> Self {
        Self([([0, 0], value)].into()).clean()
    }

    fn variable(axis: usize) -> Self {
        let mut powers = [0, 0];
        powers[axis] = 1;
        Self([(powers, 1)].into())
    }

    fn clean(mut self) -> Self {
        self.0.retain(|_, coefficient| *coefficient != 0);
        self
    }

    fn d(&self, axis: usize) -> Self {
        let lower = |(powers, c): (&[u32; 2], &i128)| {
            let mut lower = *powers;
            lower[axis] = lower[axis].checked_sub(1)?;
            Some((lower, c * i128::from(powers[axis])))
        };
        Self(self.0.iter().filter_map(lower).collect()).clean()
    }

    /// The mean under the standard Gaussian of the plane.
    fn gaussian_mean(&self) -> i128 {
        let moment =
            |power: u32| if power % 2 == 1 { 0 } else { (1..i128::from(power)).step_by(2).product::<i128>() };
        self.0.iter().map(|(powers, c)| c * moment(powers[0]) * moment(powers[1])).sum()
    }
}

impl Add for Poly {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        for (powers, c) in other.0 {
            *self.0.entry(powers).or_default() += c;
        }
        self.clean()
    }
}

impl Neg for Poly {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.into_iter().map(|(powers, c)| (powers, -c)).collect())
    }
}

impl Sub for Poly {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for &Poly {
    type Output = Poly;
    fn mul(self, other: Self) -> Poly {
        let mut product = BTreeMap::new();
        for (p, a) in &self.0 {
            for (q, b) in &other.0 {
                *product.entry([p[0] + q[0], p[1] + q[1]]).or_default() += a * b;
            }
        }
        Poly(product).clean()
    }
}

impl Arbitrary for Poly {
    fn arbitrary(g: &mut Gen) -> Self {
        let term =
            |g: &mut Gen| ([u32::arbitrary(g) % 4, u32::arbitrary(g) % 3], i128::from(i8::arbitrary(g) % 10));
        Self((0..4).map(|_| term(g)).collect()).clean()
    }
}

fn times(factor: i128, p: &Poly) -> Poly {
    &Poly::constant(factor) * p
}

fn gamma(f: &Poly, g: &Poly) -> Poly {
    &f.d(0) * &g.d(0) + &f.d(1) * &g.d(1)
}

/// Lf = Δf − ∇V·∇f.
fn l(v: &Poly, f: &Poly) -> Poly {
    f.d(0).d(0) + f.d(1).d(1) - gamma(v, f)
}

fn hessian_square(f: &Poly) -> Poly {
    pairs().fold(Poly::default(), |sum, (i, j)| sum + &f.d(i).d(j) * &f.d(i).d(j))
}

fn hessian_form(v: &Poly, f: &Poly) -> Poly {
    pairs().fold(Poly::default(), |sum, (i, j)| sum + &(&f.d(i) * &f.d(j)) * &v.d(i).d(j))
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter()
}

/// Twice |x|²/2 is |x|²: V of the standard Gaussian has the gradient x.
fn pull(f: &Poly) -> Poly {
    &Poly::variable(0) * &f.d(0) + &Poly::variable(1) * &f.d(1)
}

/// L of the standard Gaussian.
fn ou(f: &Poly) -> Poly {
    f.d(0).d(0) + f.d(1).d(1) - pull(f)
}

fn check(holds: fn(Poly, Poly) -> bool) {
    QuickCheck::new().tests(300).quickcheck(holds as fn(Poly, Poly) -> bool);
}

#[test]
fn bochner() {
    fn residual(v: &Poly, f: &Poly, k: i128) -> Poly {
        // Doubled: LΓ(f) − 2Γ(f, Lf) = 2|∇²f|² + 2k ∇fᵀ∇²V∇f.
        l(v, &gamma(f, f))
            - times(2, &gamma(f, &l(v, f)))
            - times(2, &hessian_square(f))
            - times(2 * k, &hessian_form(v, f))
    }
    check(|v, f| residual(&v, &f, 1) == Poly::default());
    let (x, y) = (Poly::variable(0), Poly::variable(1));
    assert_ne!(residual(&(&x * &x), &(&x * &y), -1), Poly::default());
}

#[test]
fn carre_du_champ() {
    fn residual(v: &Poly, f: &Poly, g: &Poly, k: i128) -> Poly {
        l(v, &(f * g)) - f * &l(v, g) - g * &l(v, f) - times(2 * k, &gamma(f, g))
    }
    check(|f, g| residual(&(&f * &f), &f, &g, 1) == Poly::default());
    assert_ne!(residual(&Poly::default(), &Poly::variable(0), &Poly::variable(0), 2), Poly::default());
}

#[test]
fn reversibility_and_the_dirichlet_form() {
    check(|f, g| (&f * &ou(&g)).gaussian_mean() == (&g * &ou(&f)).gaussian_mean());
    check(|f, g| (&f * &ou(&g)).gaussian_mean() == -gamma(&f, &g).gaussian_mean());
    let x = Poly::variable(0);
    assert_ne!((&x * &ou(&x)).gaussian_mean(), gamma(&x, &x).gaussian_mean());
}

#[test]
fn integrated_gamma2() {
    // For V = |x|²/2 the Hessian form is |∇f|².
    fn sides(f: &Poly) -> (i128, i128) {
        ((hessian_square(f) + gamma(f, f)).gaussian_mean(), (&ou(f) * &ou(f)).gaussian_mean())
    }
    check(|f, _| sides(&f).0 == sides(&f).1);
    let x = Poly::variable(0);
    assert_ne!((hessian_square(&x) - gamma(&x, &x)).gaussian_mean(), sides(&x).1);
}

#[test]
fn stein() {
    check(|u, w| {
        let weighted = &u * &Poly::variable(0) + &w * &Poly::variable(1);
        (u.d(0) + w.d(1)).gaussian_mean() == weighted.gaussian_mean()
    });
    let x = Poly::variable(0);
    assert_ne!(x.d(0).gaussian_mean(), -(&x * &x).gaussian_mean());
}

#[test]
fn hypocoercive_commutators_and_kinetic_invariance() {
    // (q, p) = (x, y): X = p ∂_q − V'(q) ∂_p.
    fn transport(force: &Poly, f: &Poly) -> Poly {
        &Poly::variable(1) * &f.d(0) - force * &f.d(1)
    }
    // V' is a polynomial of q alone.
    fn force(v: &Poly) -> Poly {
        Poly(v.0.iter().map(|(powers, c)| ([powers[0], 0], *c)).collect()).clean()
    }
    check(|v, f| {
        let force = force(&v);
        let first = transport(&force, &f).d(1) - transport(&force, &f.d(1)) == f.d(0);
        let second = transport(&force, &f).d(0) - transport(&force, &f.d(0)) == -(&force.d(0) * &f.d(1));
        first && second
    });
    check(|f, _| {
        let friction = f.d(1).d(1) - &Poly::variable(1) * &f.d(1);
        (transport(&Poly::variable(0), &f) + friction).gaussian_mean() == 0
    });
}

#[test]
fn kl_dissipation_along_gaussian_wfr_flows() {
    // KL(N(m, v) | N(0, g)); E s'² and Var s of the quadratic s by their closed forms (theory.md §2.4):
    // s' = −A(x − m) + B with A = 1/v − 1/g and B = m/g, so E s'² = A²v + B², Var s = A²v²/2 + B²v.
    let balance = |a: f64, b: f64, m: f64, v: f64, g: f64, k: f64| {
        let kl = |m: f64, v: f64| 0.5 * (v / g + m * m / g - 1.0 - (v / g).ln());
        let (dm, dv) = (-(a + b * v) * m / g, (2.0 * a + b * v) * (1.0 - v / g));
        let h = 1e-4;
        let rate = (kl(m + h * dm, v + h * dv) - kl(m - h * dm, v - h * dv)) / (2.0 * h);
        let (curvature, slope) = (1.0 / v - 1.0 / g, m / g);
        let fisher = curvature * curvature * v + slope * slope;
        let variance = 0.5 * curvature * curvature * v * v + slope * slope * v;
        rate + a * fisher + k * b * variance
    };
    for (a, b, m, v, g) in [(1.0, 1.0, 3.0, 0.25, 1.0), (0.5, 2.0, -1.0, 2.0, 0.7), (0.0, 1.0, 0.4, 1.3, 2.0)]
    {
        // Central differences: h² times a third derivative below 1e4 here.
        assert!(balance(a, b, m, v, g, 1.0).abs() < 1e-4, "{}", balance(a, b, m, v, g, 1.0));
        assert!(balance(a, b, m, v, g, -1.0).abs() > 1e-2);
    }
}
