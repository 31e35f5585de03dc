//! wfr from Python: what `python/wfr` is made of.
//!
//! `function` lets formulas call functions of Python, `driver` runs a scenario on threads of its own while signals are heard,
//! `result` hands out what was found, `scheme` takes schemes that Python wrote, `claims` decides what `wfr prove`
//! decides, `distance` has the distances of the crate `transport`. Words for users, and everything that needs no speed, are in
//! Python.

mod claims;
mod distance;
mod driver;
mod function;
mod result;
mod scheme;

use pyo3::prelude::*;

#[pymodule]
fn _wfr(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("Refused", module.py().get_type::<driver::Refused>())?;
    module.add_class::<function::Function>()?;
    module.add_class::<result::Result>()?;
    module.add_class::<scheme::Scheme>()?;
    module.add_class::<distance::Curve>()?;
    module.add_function(wrap_pyfunction!(distance::distance, module)?)?;
    module.add_function(wrap_pyfunction!(distance::hellinger, module)?)?;
    module.add_function(wrap_pyfunction!(driver::run, module)?)?;
    module.add_function(wrap_pyfunction!(driver::shape, module)?)?;
    module.add_function(wrap_pyfunction!(claims::prove, module)?)?;
    module.add_function(wrap_pyfunction!(claims::list_schemes, module)?)?;
    module.add_function(wrap_pyfunction!(claims::scenario_schema, module)?)
}
