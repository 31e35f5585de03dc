//! W₂² on the line and between Gaussian distributions.

mod common;

use common::{Random, holds, shifted};
use transport::{Cloud, Distance, Settings, w2};

fn solve(μ: &Cloud, ν: &Cloud) -> Distance {
    let distance = w2(μ, ν, &Settings::default()).unwrap();
    assert!(distance.met, "gap {:e} of [{:e}, {:e}]", distance.gap(), distance.lower, distance.upper);
    distance
}

/// On the line the sorted masses are moved in order.
fn by_quantiles(μ: &Cloud, ν: &Cloud) -> f64 {
    let sorted = |cloud: &Cloud| {
        let mut list: Vec<(f64, f64)> =
            cloud.points().iter().copied().zip(cloud.masses().iter().map(|m| m / cloud.total())).collect();
        list.sort_by(|a, b| a.0.total_cmp(&b.0));
        list
    };
    let (mut a, mut b) = (sorted(μ), sorted(ν));
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        let moved = a[i].1.min(b[j].1);
        sum += moved * (a[i].0 - b[j].0).powi(2);
        a[i].1 -= moved;
        b[j].1 -= moved;
        if a[i].1 <= b[j].1 {
            i += 1;
        } else {
            j += 1;
        }
    }
    sum * μ.total()
}

#[test]
fn on_the_line_quantiles_are_moved() {
    let mut random = Random(21);
    for count in [3, 10, 40, 200, 900] {
        let (μ, ν) = (random.probability(count, 1), shifted(&random.probability(count + 7, 1), 0.4));
        assert!(holds(&solve(&μ, &ν), by_quantiles(&μ, &ν), 1e-12), "{count}");
    }
    // Equal masses on equal grids: as degenerate as it gets.
    let grid = |shift: f64| {
        Cloud::new(1, (0..50).map(|i| f64::from(i) / 50.0 + shift).collect(), vec![0.02; 50]).unwrap()
    };
    assert!(holds(&solve(&grid(0.0), &grid(0.26)), 0.26f64.powi(2), 1e-12));
}

/// The Gaussian distribution with standard deviations (σ₁, σ₂) along axes turned by `angle`, on a grid of spacing `h` of the
/// standard normal distribution up to 5 deviations.
fn gaussian(h: f64, mean: f64, σ: [f64; 2], angle: f64) -> Cloud {
    let steps = (5.0 / h) as i32;
    let (sine, cosine) = f64::sin_cos(angle);
    let (mut points, mut masses) = (Vec::new(), Vec::new());
    for i in -steps..=steps {
        for j in -steps..=steps {
            let (x, y) = (h * f64::from(i), h * f64::from(j));
            if x * x + y * y <= 25.0 {
                points.extend([
                    mean + cosine * σ[0] * x - sine * σ[1] * y,
                    sine * σ[0] * x + cosine * σ[1] * y,
                ]);
                masses.push((-0.5 * (x * x + y * y)).exp());
            }
        }
    }
    let total: f64 = masses.iter().sum();
    Cloud::new(2, points, masses.iter().map(|m| m / total).collect()).unwrap()
}

/// |mean|² + tr(A + B − 2(A^{1/2} B A^{1/2})^{1/2}), for 2 × 2: the trace of the root is √(tr(AB) + 2√det(AB)).
#[test]
fn gaussians_are_as_far_apart_as_bures_says() {
    let (σ, τ, angle) = ([1.0f64, 0.5], [0.7f64, 1.4], 0.6f64);
    let squares = |s: [f64; 2]| [s[0] * s[0], s[1] * s[1]];
    let (a, b) = (squares(σ), squares(τ));
    let (sine, cosine) = angle.sin_cos();
    let diagonal = [cosine * cosine * b[0] + sine * sine * b[1], sine * sine * b[0] + cosine * cosine * b[1]];
    let trace_ab = a[0] * diagonal[0] + a[1] * diagonal[1];
    let det: f64 = a[0] * a[1] * b[0] * b[1];
    let bures = a[0] + a[1] + b[0] + b[1] - 2.0 * (trace_ab + 2.0 * det.sqrt()).sqrt();
    let exact: f64 = 0.3f64.powi(2) + bures;
    let mut errors = Vec::new();
    for h in [0.8, 0.4, 0.2] {
        let found = solve(&gaussian(h, 0.0, σ, 0.0), &gaussian(h, 0.3, τ, angle));
        let error = found.upper.sqrt() - exact.sqrt();
        // Each cell is moved to its centre: W₂ ≤ h √((σ₁² + σ₂²)/12) for each of the two.
        let moved = h * (((a[0] + a[1]) / 12.0).sqrt() + ((b[0] + b[1]) / 12.0).sqrt());
        assert!(error.abs() < moved + 1e-4, "h {h}: {error:e} against {moved:e}");
        errors.push(error.abs());
    }
    println!("error of W₂ at h = 0.8, 0.4, 0.2: {errors:?}");
    assert!(errors[2] < 0.3 * errors[1] && errors[1] < 0.3 * errors[0], "{errors:?}");
}

/// Masses of a normal law on a grid fall to 1e-43: on a line the plan is known, and in the plane what is less than rounding is left out.
#[test]
fn densities_on_a_grid_have_tiny_masses() {
    let normal = |x: f64, mean: f64, variance: f64| (-0.5 * (x - mean).powi(2) / variance).exp();
    let on = |count: usize, mean: f64, variance: f64| -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..count).map(|k| -7.0 + 14.0 * (k as f64 + 0.5) / count as f64).collect();
        let masses: Vec<f64> = x.iter().map(|x| normal(*x, mean, variance)).collect();
        let total: f64 = masses.iter().sum();
        (x, masses.iter().map(|m| m / total).collect())
    };
    for count in [64, 100, 200, 400] {
        let [(x, p), (_, q)] = [on(count, 1.0, 0.25), on(count, 0.0, 1.0)];
        let line = |masses: &[f64]| Cloud::new(1, x.clone(), masses.to_vec()).unwrap();
        let distance = w2(&line(&p), &line(&q), &Settings::default()).unwrap();
        // ∫(F⁻¹ − G⁻¹)², cell by cell.
        let (mut i, mut j, mut left, mut exact) = (0, 0, [p[0], q[0]], 0.0);
        while i < count && j < count {
            let moved = left[0].min(left[1]);
            exact += moved * (x[i] - x[j]).powi(2);
            left = left.map(|own| own - moved);
            if left[0] <= 0.0 {
                i += 1;
                left[0] = p.get(i).copied().unwrap_or_default();
            }
            if left[1] <= 0.0 {
                j += 1;
                left[1] = q.get(j).copied().unwrap_or_default();
            }
        }
        assert!(distance.met && distance.gap() < 1e-12, "{count}: {distance:?}");
        assert!(distance.lower <= exact * (1.0 + 1e-12) && exact <= distance.upper * (1.0 + 1e-12));
    }
    // In the plane squares add, and so do products of masses multiply.
    let plane = |mean: f64, variance: f64| {
        let (x, p) = on(12, mean, variance);
        let points = x.iter().flat_map(|a| x.iter().flat_map(move |b| [*a, *b])).collect();
        Cloud::new(2, points, p.iter().flat_map(|a| p.iter().map(move |b| a * b)).collect()).unwrap()
    };
    let line = |mean: f64, variance: f64| {
        let (x, p) = on(12, mean, variance);
        Cloud::new(1, x, p).unwrap()
    };
    let settings = Settings { tolerance: 1e-8, ..Settings::default() };
    let both = w2(&plane(1.0, 0.25), &plane(0.0, 1.0), &settings).unwrap();
    let one = w2(&line(1.0, 0.25), &line(0.0, 1.0), &settings).unwrap();
    assert!(both.met && both.lower <= 2.0 * one.upper && 2.0 * one.lower <= both.upper, "{both:?} {one:?}");
}

/// Squares that underflow are something.
#[test]
fn tiny_distances_have_upper_bounds() {
    for (place, mass) in [(1e-200, 1e140), (1e-160, 1e140), (1e-300, 1.0)] {
        let (μ, ν) =
            (Cloud::new(1, vec![0.0], vec![mass]).unwrap(), Cloud::new(1, vec![place], vec![mass]).unwrap());
        let distance = w2(&μ, &ν, &Settings::default()).unwrap();
        let exact = mass * place * place;
        assert!(distance.lower <= exact && exact <= distance.upper && distance.upper > 0.0, "{distance:?}");
    }
}
