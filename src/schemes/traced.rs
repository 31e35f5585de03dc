//! A scheme that is given as data: the operations of its step, as a program in another language has recorded them.
//!
//! Belongs here: what such a record is, what makes one sound, and its reading on any scalars. Does not: how it is recorded.

use super::{Claims, OneStep, Sde, Step};
use crate::algebra::Scalar;
use crate::symbolic::Variate;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// One operation. Operands are the places of earlier values: t, h, √h, the d components of x, the variates, then the values of
/// the operations so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The constant numerator / denominator.
    Ratio(i64, i64),
    /// a + b.
    Add(usize, usize),
    /// a − b.
    Subtract(usize, usize),
    /// a · b.
    Multiply(usize, usize),
    /// −a.
    Negate(usize),
    /// 1/a, where a is 1 + O(√h).
    Inverse(usize),
    /// √a, where a is 1 + O(√h).
    Sqrt(usize),
    /// φ_k(a), where a is O(√h); φ₀ is exp.
    Phi(usize, u32),
    /// b(t, x): d values.
    Drift {
        /// Place of t.
        t: usize,
        /// Places of x, d of them.
        x: Vec<usize>,
    },
    /// σ(t, x)·noise: d values.
    Diffuse {
        /// Place of t.
        t: usize,
        /// Places of x, d of them.
        x: Vec<usize>,
        /// Places of the noise, m of them.
        noise: Vec<usize>,
    },
}

/// A step in d dimensions with m noises, as a straight line of operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    operations: Vec<Operation>,
    outputs: Vec<usize>,
}

impl Program {
    /// The program of a step for d components, m noises and so many variates; `outputs` are the places of the new x.
    ///
    /// # Errors
    /// In words, if an operand is not there yet, a denominator is 0, or there are too few or too many of something.
    pub fn new(
        operations: Vec<Operation>,
        outputs: Vec<usize>,
        [d, m, variates]: [usize; 3],
    ) -> Result<Self, String> {
        let mut known = 3 + d + variates;
        for (k, operation) in operations.iter().enumerate() {
            let (operands, made) = operation.reads(d);
            if let Some(place) = operands.iter().find(|place| **place >= known) {
                return Err(format!("operation {k}: found the operand {place}; expected one of {known}"));
            }
            let sizes = match operation {
                Operation::Ratio(_, denominator) => *denominator != 0,
                Operation::Drift { x, .. } => x.len() == d,
                Operation::Diffuse { x, noise, .. } => x.len() == d && noise.len() == m,
                _ => true,
            };
            if !sizes {
                return Err(format!(
                    "operation {k}: found {operation:?}; expected {d} components and {m} noises, or a denominator other than 0"
                ));
            }
            known += made;
        }
        if outputs.len() != d || outputs.iter().any(|place| *place >= known) {
            return Err(format!("found the outputs {outputs:?}; expected {d} places below {known}"));
        }
        Ok(Self { operations, outputs })
    }

    fn run<S: Scalar>(&self, sde: &(impl Sde<S> + ?Sized), step: &Step<S>, x: &mut [S], noise: &[S]) {
        let mut values: Vec<S> = [&step.t, &step.h, &step.sqrt_h].into_iter().cloned().collect();
        values.extend_from_slice(x);
        values.extend_from_slice(noise);
        let gather = |values: &[S], places: &[usize]| -> Vec<S> {
            places.iter().map(|place| values[*place].clone()).collect()
        };
        for operation in &self.operations {
            let value = |place: &usize| values[*place].clone();
            let made = match operation {
                Operation::Ratio(numerator, denominator) => S::ratio(*numerator, *denominator),
                Operation::Add(a, b) => value(a) + value(b),
                Operation::Subtract(a, b) => value(a) - value(b),
                Operation::Multiply(a, b) => value(a) * value(b),
                Operation::Negate(a) => -value(a),
                Operation::Inverse(a) => values[*a].inverse(),
                Operation::Sqrt(a) => values[*a].sqrt(),
                Operation::Phi(a, k) => values[*a].phi(*k),
                Operation::Drift { t, x } => {
                    let mut out = vec![S::zero(); x.len()];
                    sde.drift(&values[*t], &gather(&values, x), &mut out);
                    values.append(&mut out);
                    continue;
                }
                Operation::Diffuse { t, x, noise } => {
                    let mut out = vec![S::zero(); x.len()];
                    sde.diffuse(&values[*t], &gather(&values, x), &gather(&values, noise), &mut out);
                    values.append(&mut out);
                    continue;
                }
            };
            values.push(made);
        }
        for (own, place) in x.iter_mut().zip(&self.outputs) {
            own.clone_from(&values[*place]);
        }
    }
}

impl Operation {
    /// The places that it reads, and how many values it makes.
    fn reads(&self, d: usize) -> (Vec<usize>, usize) {
        match self {
            Self::Ratio(..) => (Vec::new(), 1),
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) => (vec![*a, *b], 1),
            Self::Negate(a) | Self::Inverse(a) | Self::Sqrt(a) | Self::Phi(a, _) => (vec![*a], 1),
            Self::Drift { t, x } => (x.iter().chain([t]).copied().collect(), d),
            Self::Diffuse { t, x, noise } => (x.iter().chain(noise).chain([t]).copied().collect(), d),
        }
    }
}

/// Records the step for (d, m, number of variates), or says why it cannot.
type Recorder = Box<dyn Fn([usize; 3]) -> Result<Program, String> + Send + Sync>;

/// A scheme by its records, each made when it is first asked for. A step that cannot be recorded panics with the reason.
pub struct Traced {
    claims: Claims,
    /// Laws of the variates; each stands for m of them.
    variates: Vec<Variate>,
    recorder: Recorder,
    programs: RwLock<HashMap<[usize; 2], Arc<Program>>>,
}

impl Traced {
    /// A scheme with these claims. A step has m variates of each of these laws, one law after the other.
    pub fn new(claims: Claims, variates: Vec<Variate>, recorder: Recorder) -> Self {
        Self { claims: Claims { work_vectors: 0, ..claims }, variates, recorder, programs: RwLock::default() }
    }

    /// The record for d components and m noises.
    ///
    /// # Errors
    /// What the recorder says.
    pub fn program(&self, d: usize, m: usize) -> Result<Arc<Program>, String> {
        let known = self.programs.read().unwrap_or_else(PoisonError::into_inner).get(&[d, m]).cloned();
        if let Some(program) = known {
            return Ok(program);
        }
        let program = Arc::new((self.recorder)([d, m, m * self.variates.len()])?);
        let mut programs = self.programs.write().unwrap_or_else(PoisonError::into_inner);
        Ok(programs.entry([d, m]).or_insert(program).clone())
    }
}

impl OneStep for Traced {
    fn claims(&self) -> Claims {
        self.claims
    }

    fn variates(&self, m: usize) -> Vec<Variate> {
        self.variates.iter().flat_map(|law| vec![*law; m]).collect()
    }

    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        _work: &mut [S],
    ) {
        match self.program(x.len(), sde.noise_dimension()) {
            Ok(program) => program.run(sde, step, x, noise),
            Err(reason) => panic!("{}: {reason}", self.claims.name),
        }
    }
}
