//! The distance between two clouds in text files, a point and its mass on each line, separated by blanks.
//!
//! ```text
//! cargo run --release -p transport --example two_files -- first.txt second.txt 0.2 1e-10
//! ```
//!
//! The third argument is δ, or 0 for W₂². Prints lower and upper bound, their relative difference and the time in seconds.

use std::error::Error;
use std::time::Instant;
use transport::{Cloud, Settings, w2, wfr};

fn read(path: &str) -> Result<Cloud, Box<dyn Error>> {
    let (mut points, mut masses, mut dimension) = (Vec::new(), Vec::new(), 0);
    for line in std::fs::read_to_string(path)?.lines() {
        let mut numbers = line.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        masses.extend(numbers.pop());
        dimension = numbers.len();
        points.extend(numbers);
    }
    Ok(Cloud::new(dimension, points, masses)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, second, δ, tolerance] = arguments.as_slice() else {
        return Err("four arguments: two files, δ, and the relative tolerance".into());
    };
    let (μ, ν, δ, settings) = (
        read(first)?,
        read(second)?,
        δ.parse()?,
        Settings { tolerance: tolerance.parse()?, ..Settings::default() },
    );
    let begin = Instant::now();
    let distance = if δ == 0.0 { w2(&μ, &ν, &settings) } else { wfr(&μ, &ν, δ, &settings) }?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{:.17e} {:.17e} {:.1e} {seconds:.3}", distance.lower, distance.upper, distance.gap());
    Ok(())
}
