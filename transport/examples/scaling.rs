//! Time and memory against the number of points, for uniform random points in a square.

use std::time::Instant;
use transport::{Cloud, Settings, w2, wfr};

/// Numbers in (0, 1): SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let n: usize = arguments[1].parse().unwrap();
    let m: usize = arguments[2].parse().unwrap();
    let dimension: usize = arguments[3].parse().unwrap();
    let δ: f64 = arguments[4].parse().unwrap();
    let tolerance: f64 = arguments[5].parse().unwrap();
    let mut random = Random(7);
    let mut cloud = |n: usize, shift: f64, mass: f64| {
        let points = (0..n * dimension).map(|_| random.next() + shift).collect();
        let masses = if δ == 0.0 { vec![1.0 / n as f64; n] } else { (0..n).map(|_| mass * (0.5 + random.next()) / n as f64).collect() };
        Cloud::new(dimension, points, masses).unwrap()
    };
    let (μ, ν) = (cloud(n, 0.0, 1.0), cloud(m, 0.3, 1.5));
    let begin = Instant::now();
    let settings = Settings { tolerance };
    let distance = if δ == 0.0 { w2(&μ, &ν, &settings) } else { wfr(&μ, &ν, δ, &settings) }.unwrap();
    println!(
        "{n} x {m}: [{:.13e}, {:.13e}] gap {:.1e} met {} in {:.2} s, {} iterations, {} rounds, {} pairs, plan {}",
        distance.lower, distance.upper, distance.gap(), distance.met, begin.elapsed().as_secs_f64(),
        distance.iterations, distance.rounds, distance.pairs, distance.plan.len()
    );
}
