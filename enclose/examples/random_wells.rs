//! Encloses the gaps of random wells and writes formula, ends and seconds, for `python/check_wells.py` to hold against an
//! independent discretisation.

use enclose::Expression;
use enclose::gap::gap;
use std::time::Instant;

/// SplitMix64 (Steele, Lea and Flood 2014) in [0, 1).
struct Random(u64);

impl Random {
    fn between(&mut self, a: f64, b: f64) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        a + (b - a) * ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    let mut random = Random(7);
    for k in 0..count {
        let mut r = |a, b| (random.between(a, b) * 1e4).round() / 1e4;
        let text = match k % 3 {
            0 => {
                let (a, b, c, d) = (r(0.1, 2.0), r(-1.0, 1.0), r(-6.0, 3.0), r(-1.0, 1.0));
                format!("{a}*x^4 + ({b})*x^3 + ({c})*x^2 + ({d})*x")
            }
            1 => {
                let (a, b, c, d, e) = (r(0.02, 0.5), r(-0.2, 0.2), r(-2.0, 2.0), r(-4.0, 4.0), r(-1.0, 1.0));
                format!("{a}*x^6 + ({b})*x^5 + ({c})*x^4 + ({d})*x^2 + ({e})*x")
            }
            _ => {
                let (a, b, c, d) = (r(0.2, 1.0), r(-1.5, 1.5), r(0.5, 3.0), r(-3.0, 3.0));
                format!("{a}*x^2 + ({b})*cos({c}*x + ({d}))")
            }
        };
        let begin = Instant::now();
        match gap(&Expression::parse(&text)?) {
            Ok(certificate) => {
                let claim = certificate.claim();
                let seconds = begin.elapsed().as_secs_f64();
                println!("{text}\t{:?}\t{:?}\t{seconds:.3}", claim.lower(), claim.upper());
            }
            Err(refusal) => println!("{text}\trefused\t{refusal}\t0"),
        }
    }
    Ok(())
}
