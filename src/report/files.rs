//! Files that are there as a whole or not at all.

use std::fs::{File, create_dir_all, remove_file, rename};
use std::io::{Error, Write};
use std::path::{Path, PathBuf};

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {reason}", path.display())]
pub struct ReportError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the operating system says.
    #[source]
    pub reason: Error,
}

/// Makes the folder and those above it.
pub fn make_folder(path: &Path) -> Result<(), ReportError> {
    create_dir_all(path).map_err(|reason| ReportError { path: path.into(), reason })
}

/// Writes to a temporary file in the same folder and renames it: a reader sees the old content or the new
/// one, also after a crash.
pub fn write_atomically(path: &Path, content: impl AsRef<[u8]>) -> Result<(), ReportError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    // Two runs into one folder must not share it.
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_through(&temporary, content.as_ref()).and_then(|()| rename(&temporary, path));
    written.map_err(|reason| {
        // Whether it can be removed does not matter: the first error is the one to report.
        let _ = remove_file(&temporary);
        ReportError { path: path.into(), reason }
    })
}

fn write_through(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}
