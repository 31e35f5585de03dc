use crate::model::{CustomPotential, Potential};
use crate::schemes::{Catalogue, NameTaken, Scheme};
use std::collections::BTreeMap;

/// What names mean in a scenario: the schemes, and the potentials that a program has in code.
///
/// The default knows the schemes of wfr and no potential.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The schemes.
    pub catalogue: Catalogue,
    /// Potentials by the name that `[target] code` gives.
    pub potentials: BTreeMap<String, Potential>,
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

    /// With this potential too, for `[target] code = "name"`.
    pub fn potential(mut self, name: impl Into<String>, potential: impl CustomPotential + 'static) -> Self {
        self.potentials.insert(name.into(), Potential::custom(potential));
        self
    }
}
