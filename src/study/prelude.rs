//! Imports for the file of a kind of study.

pub(super) use super::basis::Basis;
pub(super) use super::breakdown::{Breakdown, Progress};
pub(super) use super::common_keys::{
    OBSERVABLE, SEED, WEIGHT, integrators, observable, own_integrators, unmet, weight,
};
pub(super) use super::findings::{Check, StudyFindings};
pub(super) use super::kind::{Context, Found, Kind, Need, Quick, Study};
pub(super) use super::outcome::Outcome;
pub(super) use super::t_threshold;
pub(super) use super::table::Table;
pub(super) use super::verdict::Verdict;
pub(super) use crate::keys::{Fault, Key, Order, Range, Type, Values};
pub(super) use schemars::JsonSchema;
pub(super) use serde::Serialize;
pub(super) use std::sync::Arc;
