//! Clouds that the tests share.
#![allow(dead_code, reason = "each test file uses some of this")]

use transport::{Cloud, Distance, Settings, wfr};

/// Numbers in (0, 1): SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// Points in the unit cube with masses of about `mass` together.
    pub fn cloud(&mut self, count: usize, dimension: usize, mass: f64) -> Cloud {
        let points = (0..count * dimension).map(|_| self.next()).collect();
        let masses = (0..count).map(|_| mass * (0.5 + self.next()) / count as f64).collect();
        Cloud::new(dimension, points, masses).unwrap()
    }

    /// The same of mass 1.
    pub fn probability(&mut self, count: usize, dimension: usize) -> Cloud {
        let cloud = self.cloud(count, dimension, 1.0);
        let total = cloud.total();
        scaled(&cloud, 1.0 / total)
    }
}

pub fn dirac(place: &[f64], mass: f64) -> Cloud {
    Cloud::new(place.len(), place.to_vec(), vec![mass]).unwrap()
}

pub fn scaled(cloud: &Cloud, factor: f64) -> Cloud {
    let masses = cloud.masses().iter().map(|m| factor * m).collect();
    Cloud::new(cloud.dimension(), cloud.points().to_vec(), masses).unwrap()
}

pub fn shifted(cloud: &Cloud, by: f64) -> Cloud {
    let points = cloud.points().iter().map(|x| x + by).collect();
    Cloud::new(cloud.dimension(), points, cloud.masses().to_vec()).unwrap()
}

/// S_δ, which has to reach the accuracy asked for.
pub fn solve(μ: &Cloud, ν: &Cloud, δ: f64) -> Distance {
    let distance = wfr(μ, ν, δ, &Settings::default()).unwrap();
    assert!(distance.met, "gap {:e} of [{:e}, {:e}]", distance.gap(), distance.lower, distance.upper);
    distance
}

/// Whether the interval holds the value, up to `error` of the value.
pub fn holds(distance: &Distance, value: f64, error: f64) -> bool {
    distance.lower <= value * (1.0 + error) && value * (1.0 - error) <= distance.upper
}

/// The instances of the reference values: points at multiples of irrational numbers modulo 1.
pub fn instance(n: usize, m: usize, dimension: usize) -> (Cloud, Cloud) {
    let steps = [
        [0.6180339887498949, 0.7548776662466927, 0.5698402909980532],
        [0.4142135623730951, 0.7320508075688772, 0.2360679774997898],
    ];
    let points = |count: usize, steps: [f64; 3], shift: f64| -> Vec<f64> {
        (1..=count)
            .flat_map(|i| steps[..dimension].iter().map(move |g| (i as f64 * g) % 1.0 + shift))
            .collect()
    };
    let p = (0..n).map(|i| (1.0 + 0.5 * (i % 3) as f64) / n as f64).collect();
    let q = (0..m).map(|j| (0.5 + 0.75 * (j % 4) as f64) / m as f64).collect();
    (
        Cloud::new(dimension, points(n, steps[0], 0.0), p).unwrap(),
        Cloud::new(dimension, points(m, steps[1], 0.25), q).unwrap(),
    )
}
