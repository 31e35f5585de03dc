//! Files that are there as a whole or not at all.

use std::fs::{File, OpenOptions, create_dir_all, remove_file, rename};
use std::io::{BufWriter, Error, ErrorKind, Read, Write};
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
    let failed = |reason| WriteError { path: path.into(), reason };
    let (temporary, file) = temporary(path).map_err(failed)?;
    let written = write_through(file, write)
        .and_then(|()| rename(&temporary, path))
        .and_then(|()| sync_folder(path.parent()));
    written.map_err(|reason| {
        // Whether it can be removed does not matter: the first error is the one to report.
        let _ = remove_file(&temporary);
        failed(reason)
    })
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// What the operating system says.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] Error),
    /// It is something else.
    #[error("found {0}; expected a file")]
    NoFile(&'static str),
    /// It is larger than it may be.
    #[error("found {found} bytes; expected at most {most} (--max-data)")]
    TooLarge {
        /// Its size, or more than it may be.
        found: u64,
        /// What it may be.
        most: u64,
    },
}

/// The content of a regular file of at most `most` bytes. Nothing else is opened: a pipe would wait for its writer, and a
/// device may have no end.
///
/// # Errors
/// Why it cannot be read.
pub fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let data = path.metadata()?;
    if !data.is_file() {
        return Err(ReadError::NoFile(if data.is_dir() {
            "a folder"
        } else {
            "a pipe, a socket or a device"
        }));
    }
    let fits = |found: u64| if found > most { Err(ReadError::TooLarge { found, most }) } else { Ok(()) };
    fits(data.len())?;
    let mut content = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut content)?;
    fits(content.len() as u64).map(|()| content)
}

/// Whether a file of this name was being written by [`write_atomically`].
pub fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(UNFINISHED)
}

/// A new file beside `path`: no other one is opened, not even through a link.
fn temporary(path: &Path) -> Result<(PathBuf, File), Error> {
    let mut number = 0;
    loop {
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}-{number}{UNFINISHED}", std::process::id()));
        let temporary = path.with_file_name(name);
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            opened => return Ok((temporary, opened?)),
        }
    }
}

fn write_through(
    file: File,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut file = BufWriter::new(file);
    write(&mut file)?;
    file.into_inner()?.sync_all()
}

/// Makes sure that a new name outlives a crash of the machine. Only Unix lets folders be opened for that.
pub(crate) fn sync_folder(folder: Option<&Path>) -> Result<(), Error> {
    match folder.filter(|_| cfg!(unix)) {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
