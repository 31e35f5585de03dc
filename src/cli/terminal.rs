//! What goes to the terminal. A reader that has gone away, as `head` does, ends nothing.

use std::io::{ErrorKind, Write};

/// Writes text to standard output; false if nobody reads it any more.
pub fn print(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => false,
        Err(error) => {
            note(&format!("error: standard output: {error}"));
            false
        }
        Ok(()) => true,
    }
}

/// Writes a line to standard error. There is nobody to hear that this failed.
pub fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
