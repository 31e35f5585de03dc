//! Time, accuracy and memory against the number of points: uniform points in a square and in a shifted one, with different
//! masses.
//!
//! ```text
//! cargo run --release -p transport --example scaling -- 10000 2 0.2 1e-6
//! ```
//!
//! Arguments: how many points each cloud has, the dimension, δ (0 for W₂² with equal masses), the relative tolerance.

use std::time::Instant;
use transport::{Cloud, Error, Settings, w2, wfr};

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

/// The most memory this process has had, in MiB, where the system says it.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

fn main() -> Result<(), Error> {
    let arguments: Vec<f64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [count, dimension, δ, tolerance] = arguments[..] else {
        eprintln!("four numbers: points, dimension, δ, tolerance");
        return Ok(());
    };
    let mut random = Random(7);
    let mut cloud = |shift: f64, mass: f64| {
        let points = (0..(count * dimension) as usize).map(|_| random.next() + shift).collect();
        let mut unequal = || if δ == 0.0 { 1.0 } else { mass * (0.5 + random.next()) };
        Cloud::new(dimension as usize, points, (0..count as usize).map(|_| unequal() / count).collect())
    };
    let (μ, ν) = (cloud(0.0, 1.0)?, cloud(0.3, 1.5)?);
    let begin = Instant::now();
    let settings = Settings { tolerance, ..Settings::default() };
    let distance = if δ == 0.0 { w2(&μ, &ν, &settings) } else { wfr(&μ, &ν, δ, &settings) }?;
    println!(
        "{count} points: [{:.12e}, {:.12e}], gap {:.1e}, met {}, {:.2} s, {} rounds, {} iterations, {} pairs, peak {:.0} MiB",
        distance.lower,
        distance.upper,
        distance.gap(),
        distance.met,
        begin.elapsed().as_secs_f64(),
        distance.rounds,
        distance.iterations,
        distance.pairs,
        peak().unwrap_or(f64::NAN),
    );
    Ok(())
}
