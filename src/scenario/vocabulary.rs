use super::Access;
use crate::model::{Code, CustomPotential, Expression, Potential};
use crate::schemes::{Catalogue, NameTaken, Scheme};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What names mean in a scenario: the schemes, the potentials and functions that a program has in code, and the files that may
/// be read.
///
/// The default knows the schemes of wfr and no potential.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// The schemes.
    pub catalogue: Catalogue,
    /// Potentials by the name that `[target] code` gives.
    pub potentials: BTreeMap<String, Potential>,
    /// Functions in code, by the names that formulas call them.
    pub functions: BTreeMap<String, Expression>,
    /// What a scenario may read, and how much it may take.
    pub access: Access,
}

impl Vocabulary {
    /// The schemes of wfr and no potential, within these bounds.
    pub fn within(access: Access) -> Self {
        Self { access, ..Self::default() }
    }

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

    /// With this function too, which formulas call by its name; several values have numbers behind it, from 1.
    pub fn function(mut self, code: Code) -> Self {
        let (name, outputs, code) = (code.name.clone(), code.outputs, Arc::new(code));
        for output in 0..outputs {
            let own = if outputs == 1 { name.clone() } else { format!("{name}{}", output + 1) };
            self.functions.insert(own, Expression::code(code.clone(), output));
        }
        self
    }
}
