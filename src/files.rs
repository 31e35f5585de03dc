//! Files that are there as a whole or not at all.

use std::fs::{File, create_dir_all, read_dir, remove_file, rename};
use std::io::{BufWriter, Error, Write};
use std::path::{Path, PathBuf};

/// Ending of the names of files that are being written.
const UNFINISHED: &str = ".tmp";

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {reason}", path.display())]
pub struct WriteError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the operating system says.
    #[source]
    pub reason: Error,
}

/// Makes the folder and those above it.
///
/// # Errors
/// What the operating system says.
pub fn make_folder(path: &Path) -> Result<(), WriteError> {
    create_dir_all(path).map_err(|reason| WriteError { path: path.into(), reason })
}

/// Writes to a temporary file in the same folder and renames it: a reader sees the old content or the new
/// one, also after a crash.
///
/// # Errors
/// What the operating system says.
pub fn write_atomically(path: &Path, content: impl AsRef<[u8]>) -> Result<(), WriteError> {
    write_atomically_with(path, |file| file.write_all(content.as_ref()))
}

/// [`write_atomically`] for content that is made while it is written.
///
/// # Errors
/// What the operating system, or `write`, says.
pub fn write_atomically_with(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Error>,
) -> Result<(), WriteError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    // Two runs into one folder must not share it.
    name.push(format!(".{}{UNFINISHED}", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_through(&temporary, write)
        .and_then(|()| rename(&temporary, path))
        .and_then(|()| sync_folder(path.parent()));
    written.map_err(|reason| {
        // Whether it can be removed does not matter: the first error is the one to report.
        let _ = remove_file(&temporary);
        WriteError { path: path.into(), reason }
    })
}

/// Removes what a killed run has left half-written in the folder.
///
/// # Errors
/// What the operating system says.
pub fn remove_unfinished(folder: &Path) -> Result<(), WriteError> {
    let failed = |reason| WriteError { path: folder.into(), reason };
    for entry in read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}

fn write_through(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut file = BufWriter::new(File::create(path)?);
    write(&mut file)?;
    file.into_inner()?.sync_all()
}

/// Makes sure that a new name outlives a crash of the machine. Only Unix lets folders be opened for that.
fn sync_folder(folder: Option<&Path>) -> Result<(), Error> {
    match folder.filter(|_| cfg!(unix)) {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
