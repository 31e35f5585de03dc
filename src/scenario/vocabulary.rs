use super::Access;
use crate::model::{CustomPotential, Potential};
use crate::schemes::{Catalogue, NameTaken, Scheme};
use std::collections::BTreeMap;

/// What names mean in a scenario (the schemes, and the potentials that a program has in code), and what it may read and take.
///
/// The default knows the schemes of wfr and no potential.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The schemes.
    pub catalogue: Catalogue,
    /// Potentials by the name that `[target] code` gives.
    pub potentials: BTreeMap<String, Potential>,
    /// What the scenario may read, and how much it may take.
    pub access: Access,
}

impl Vocabulary {
    /// With this scheme too, which scenarios name as it calls itself.
    ///
    /// # Errors
    /// If there is a scheme of its name.
    pub fn scheme(mut self, scheme: &'static dyn Scheme) -> Result<Self, NameTaken> {
        self.catalogue = self.catalogue.with(scheme)?;
        Ok(self)
    }

    /// Within these bounds.
    pub fn within(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// With this potential too, for `[target] code = "name"`.
    pub fn potential(mut self, name: impl Into<String>, potential: impl CustomPotential + 'static) -> Self {
        self.potentials.insert(name.into(), Potential::custom(potential));
        self
    }
}
