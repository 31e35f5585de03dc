//! Bundles as numbers in a row, for checkpoints.

use super::{BLOCK, BUNDLES, Ensemble};
use crate::algebra::{LANES, Lanes};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub fn serialize<S: Serializer>(bundles: &[Lanes], serializer: S) -> Result<S::Ok, S::Error> {
    let mut numbers = serializer.serialize_seq(Some(bundles.len() * LANES))?;
    for number in bundles.iter().flat_map(|bundle| &bundle.0) {
        numbers.serialize_element(number)?;
    }
    numbers.end()
}

pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<Lanes>, D::Error> {
    let numbers = Vec::<f64>::deserialize(deserializer)?;
    match numbers.as_chunks() {
        (bundles, []) => Ok(bundles.iter().map(|bundle| Lanes(*bundle)).collect()),
        _ => Err(D::Error::invalid_length(numbers.len(), &"whole bundles")),
    }
}

impl Ensemble {
    /// Whether these are `count` particles in `dimension` dimensions, in full blocks.
    pub(in crate::particles) fn is_whole(&self, count: usize, dimension: usize) -> bool {
        (self.count, self.dimension, self.blocks.len()) == (count, dimension, count.div_ceil(BLOCK))
            && self.blocks.iter().all(|block| {
                let lengths = [block.x.len(), block.log_weight.len(), block.rate.len(), block.eve.len()];
                lengths == [BUNDLES * dimension, BUNDLES, BUNDLES, BLOCK]
            })
    }
}
