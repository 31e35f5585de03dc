//! What goes to the terminal. A reader that has gone away, as `head` does, ends nothing; nor does one that takes no more.

use super::Failure;
use std::io::{ErrorKind, Write};

/// Writes text to standard output. That nobody reads it any more is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::Output(format!("standard output: {error}"))),
    }
}

/// Writes a line to standard error. There is nobody to hear that this failed.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(line));
}

/// The text without what a terminal would obey: control characters, and those that turn the direction of writing, are shown as
/// escapes.
pub fn visible(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}
