//! Panics of code that is not of wfr, such as the schemes of a program, as values.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `computation` gives, or what its panic says. What it was changing at that moment stays as it is then.
///
/// # Errors
/// If it panics.
pub fn caught<R>(computation: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(computation)).map_err(|panic| text(panic.as_ref()))
}

/// What a panic says.
pub fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic").into()
}
