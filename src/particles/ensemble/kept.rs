//! Batches as numbers in a row, for checkpoints.

use super::{BATCHES, BLOCK, Ensemble};
use crate::algebra::{LANES, Lanes};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub fn serialize<S: Serializer>(batches: &[Lanes], serializer: S) -> Result<S::Ok, S::Error> {
    let mut numbers = serializer.serialize_seq(Some(batches.len() * LANES))?;
    for number in batches.iter().flat_map(|batch| &batch.0) {
        numbers.serialize_element(number)?;
    }
    numbers.end()
}

pub fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<Vec<Lanes>, D::Error> {
    let numbers = Vec::<f64>::deserialize(deserializer)?;
    match numbers.as_chunks() {
        (batches, []) => Ok(batches.iter().map(|batch| Lanes(*batch)).collect()),
        _ => Err(D::Error::invalid_length(numbers.len(), &"whole batches")),
    }
}

impl Ensemble {
    /// Whether these are `count` particles in `dimension` dimensions, in full blocks.
    pub(in crate::particles) fn is_whole(&self, count: usize, dimension: usize) -> bool {
        (self.count, self.dimension, self.blocks.len()) == (count, dimension, count.div_ceil(BLOCK))
            && self.blocks.iter().all(|block| {
                let lengths = [block.x.len(), block.log_weight.len(), block.rate.len(), block.ancestor.len()];
                lengths == [BATCHES * dimension, BATCHES, BATCHES, BLOCK]
            })
    }
}
