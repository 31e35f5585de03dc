use crate::algebra::{Lanes, Real};
use crate::symbolic::Variate;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Dxsm;

/// Distance between neighbouring streams: 2¹²⁸ divided by the golden ratio, rounded to odd.
///
/// Multiples of it stay far apart on the generator's cycle of 2¹²⁸ (three-gap theorem), and being
/// odd they do not share low bits as jumps by a power of two would. NumPy's `jumped` uses the same.
const JUMP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// What a stream of random bits is for; streams of different purposes never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial positions and noise of the paths of one block.
    Paths,
    /// Resampling of one island.
    Resampling,
    /// Post-processing of the paths of one block.
    PostProcessing,
    /// Coupled paths of one block, for the level of this number.
    Coupled(u32),
}

/// A reproducible stream of variates, addressed by (seed, purpose, index).
#[derive(Clone, Debug)]
pub struct Stream(Pcg64Dxsm);

impl Stream {
    /// The stream number `index` for `purpose`.
    pub fn new(seed: u64, purpose: Purpose, index: usize) -> Self {
        let purpose = match purpose {
            Purpose::Paths => 0,
            Purpose::Resampling => 1,
            Purpose::Coupled(level) => 2 + u128::from(level),
            Purpose::PostProcessing => 1 << 40,
        };
        let mut rng = Pcg64Dxsm::seed_from_u64(seed);
        rng.advance(((purpose << 64) | index as u128).wrapping_mul(JUMP));
        Self(rng)
    }

    /// A uniform variate on [0, 1) with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * 2f64.powi(-53)
    }

    /// A bundle of uniform variates.
    pub fn uniforms(&mut self) -> Lanes {
        Lanes(std::array::from_fn(|_| self.uniform()))
    }

    /// Fills `out` with variates of these laws, one bundle each.
    pub fn variates(&mut self, laws: &[Variate], out: &mut [Lanes]) {
        for (law, lanes) in laws.iter().zip(out) {
            match law {
                Variate::Gaussian => self.normals(std::slice::from_mut(lanes)),
                Variate::SpaceTimeArea => {
                    self.normals(std::slice::from_mut(lanes));
                    *lanes = Lanes::constant(AREA_DEVIATION) * *lanes;
                }
                Variate::ThreePoint => *lanes = self.uniforms().map(three_point),
                Variate::TwoPoint => {
                    let bits = self.0.next_u64();
                    *lanes =
                        Lanes(std::array::from_fn(|lane| if bits >> lane & 1 == 0 { -1.0 } else { 1.0 }));
                }
            }
        }
    }

    /// Fills `out` with standard normal variates.
    pub fn normals(&mut self, out: &mut [Lanes]) {
        for value in out.iter_mut().flat_map(|lanes| &mut lanes.0) {
            *value = StandardNormal.sample(&mut self.0);
        }
    }
}

/// 1/√12.
const AREA_DEVIATION: f64 = 0.288_675_134_594_812_9;

/// −√3, 0 or √3 with probabilities 1/6, 2/3 and 1/6, rising with `u` ∈ [0, 1).
pub(super) fn three_point(u: f64) -> f64 {
    const ROOT: f64 = 1.732_050_807_568_877_2;
    if u < 1.0 / 6.0 {
        -ROOT
    } else if u < 5.0 / 6.0 {
        0.0
    } else {
        ROOT
    }
}

/// −1 or 1 with probability ½ each, rising with `u` ∈ [0, 1).
pub(super) fn two_point(u: f64) -> f64 {
    if u < 0.5 { -1.0 } else { 1.0 }
}
