#![expect(
    clippy::redundant_closure,
    reason = "closures are always inlined, functions passed by name are not"
)]

use super::variate;
use crate::algebra::simd::vectorized;
use crate::algebra::{LANES, Lanes, Real};
use crate::symbolic::Variate;
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Dxsm;
use serde::{Deserialize, Serialize};

/// Distance between neighbouring streams: 2¹²⁸ divided by the golden ratio, rounded to odd.
///
/// Multiples of it stay far apart on the generator's cycle of 2¹²⁸ (three-gap theorem), and being
/// odd they do not share low bits as jumps by a power of two would. NumPy's `jumped` uses the same.
const JUMP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// Generators that take turns within a stream: the multiplications of one fill the waiting times of the others.
const TURNS: usize = 4;
/// Signs that a word holds.
const WORD: usize = u64::BITS as usize;

/// What a stream of random bits is for; streams of different purposes never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Initial positions and noise of the paths of one block.
    Paths,
    /// Resampling of one island.
    Resampling,
    /// Birth–death jumps on one island.
    Jumps,
    /// Post-processing of the paths of one block.
    PostProcessing,
    /// Coupled paths of one block, for the level of this number.
    Coupled(u32),
    /// Paths with a control variate of one block, for the level of this number.
    Controlled(u32),
}

/// A reproducible stream of variates, addressed by (seed, purpose, index).
///
/// Four PCG generators (O'Neill 2014; the DXSM output function) on the same cycle, 2¹²⁸ golden-section jumps apart,
/// take turns; `advance` brings them to their places. A batch of variates takes as many words as its law needs, however
/// many of its lanes are in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    generators: [Pcg64Dxsm; TURNS],
    /// Whose turn it is for a single word.
    turn: usize,
}

impl Stream {
    /// The stream number `index` for `purpose`.
    pub fn new(seed: u64, purpose: Purpose, index: usize) -> Self {
        let purpose = match purpose {
            Purpose::Paths => 0,
            Purpose::Resampling => 1,
            Purpose::Coupled(level) => 2 + u128::from(level),
            Purpose::PostProcessing => 1 << 40,
            Purpose::Jumps => 2 << 40,
            Purpose::Controlled(level) => (3 << 40) + u128::from(level),
        };
        let generators = std::array::from_fn(|turn| {
            let place = (purpose << 64) | (index * TURNS + turn) as u128;
            let mut generator = Pcg64Dxsm::seed_from_u64(seed);
            generator.advance(place.wrapping_mul(JUMP));
            generator
        });
        Self { generators, turn: 0 }
    }

    /// A uniform variate on [0, 1) with 53 random bits.
    pub fn uniform(&mut self) -> f64 {
        let word = self.generators[self.turn].next_u64();
        self.turn = (self.turn + 1) % TURNS;
        variate::uniform(word)
    }

    /// A batch of uniform variates.
    pub fn uniforms(&mut self) -> Lanes {
        Lanes(self.words::<LANES>().map(variate::uniform))
    }

    /// Fills `out` with variates of these laws, one batch each.
    pub fn variates(&mut self, laws: &[Variate], out: &mut [Lanes]) {
        let mut rest = out;
        for run in laws.chunk_by(|a, b| a == b) {
            let (lanes, others) = rest.split_at_mut(run.len());
            rest = others;
            match run[0] {
                Variate::Gaussian => self.normals(lanes),
                Variate::SpaceTimeArea => {
                    self.normals(lanes);
                    for area in lanes {
                        *area = Lanes::constant(AREA_DEVIATION) * *area;
                    }
                }
                Variate::ThreePoint => vectorized(
                    #[inline(always)]
                    || {
                        self.transform(
                            lanes,
                            #[inline(always)]
                            |words, out| variate::three_points(words, out),
                        )
                    },
                ),
                Variate::TwoPoint => {
                    for signs in lanes {
                        let words: [u64; LANES / WORD] = self.words();
                        vectorized(
                            #[inline(always)]
                            || {
                                for (word, signs) in words.iter().zip(signs.0.as_chunks_mut::<WORD>().0) {
                                    for (bit, sign) in signs.iter_mut().enumerate() {
                                        *sign = variate::sign(word >> bit);
                                    }
                                }
                            },
                        );
                    }
                }
            }
        }
    }

    /// Fills `out` with standard normal variates.
    pub fn normals(&mut self, out: &mut [Lanes]) {
        vectorized(
            #[inline(always)]
            || {
                self.transform(
                    out,
                    #[inline(always)]
                    |words, out| variate::normals(words, out),
                )
            },
        );
    }

    /// Fills `out` with what `f` makes of N words at a time, M variates. The next words are drawn meanwhile: the machine
    /// multiplies integers beside its vectors, and what was just stored word by word is slow to load as a vector.
    #[inline(always)]
    fn transform<const N: usize, const M: usize>(
        &mut self,
        out: &mut [Lanes],
        f: impl Fn(&[u64; N], &mut [f64; M]),
    ) {
        let mut left = out.len() * (LANES / M);
        let (mut words, mut next) = ([0; N], [0; N]);
        self.fill(&mut words);
        for lanes in out {
            for values in lanes.0.as_chunks_mut::<M>().0 {
                left -= 1;
                if left > 0 {
                    self.fill(&mut next);
                }
                f(&words, values);
                std::mem::swap(&mut words, &mut next);
            }
        }
    }

    /// The next words of all generators in turn. Never inlined, so that they go through memory: to move them into vectors
    /// one by one takes the vector units a fifth of the time of a Gaussian.
    #[inline(never)]
    fn fill<const N: usize>(&mut self, words: &mut [u64; N]) {
        // Copies of the generators stay in registers.
        let mut generators = self.generators.clone();
        for turn in words.chunks_mut(TURNS) {
            for (word, generator) in turn.iter_mut().zip(&mut generators) {
                *word = generator.next_u64();
            }
        }
        self.generators = generators;
    }

    /// The next words of all generators in turn.
    fn words<const N: usize>(&mut self) -> [u64; N] {
        let mut words = [0; N];
        self.fill(&mut words);
        words
    }
}

/// 1/√12.
const AREA_DEVIATION: f64 = 0.288_675_134_594_812_9;
