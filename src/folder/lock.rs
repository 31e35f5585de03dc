//! One process at a time in a folder.

use super::FolderError;
use crate::files::WriteError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a lock whose file vanishes while it is taken is tried again.
const TRIES: usize = 100;
/// How long a holder may take to write down who it is.
const MANNERS: Duration = Duration::from_millis(20);

/// A lock of the operating system on a file, which ends with the process that holds it, however that ends. The file says who
/// holds it.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock of the file `path`, whose folder is made if it is missing.
    ///
    /// # Errors
    /// If another process holds it, or the file system has no locks.
    pub fn take(path: &Path) -> Result<Self, FolderError> {
        let failed = |reason| FolderError::Write(WriteError { path: path.into(), reason });
        for _ in 0..TRIES {
            let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
            let file = match opened {
                // Another process that had made the folder has just removed it.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
                    continue;
                }
                other => other.map_err(failed)?,
            };
            match file.try_lock() {
                Ok(()) if is_at(&file, path) => {
                    return Self { file, path: path.into() }.signed().map_err(failed);
                }
                // It was the file of a process that has ended since, and removed it.
                Ok(()) => (),
                Err(TryLockError::WouldBlock) => {
                    let folder = path.parent().and_then(Path::parent).unwrap_or(path).into();
                    return Err(FolderError::InUse { folder, holder: holder(path) });
                }
                Err(TryLockError::Error(reason)) => return Err(failed(reason)),
            }
        }
        Err(failed(Error::other("it vanishes whenever it is made")))
    }

    /// With who holds it written in the file.
    fn signed(mut self) -> Result<Self, Error> {
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let machine = if machine.is_empty() { String::new() } else { format!(" on {}", machine.trim()) };
        self.file.set_len(0)?;
        writeln!(self.file, "process {}{machine}", std::process::id())?;
        Ok(self)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is held, so that nobody else's file is removed; a file that stays does no harm.
        if cfg!(unix) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Who wrote itself down.
fn holder(path: &Path) -> String {
    let read = || {
        let mut text = String::new();
        File::open(path).and_then(|file| file.take(200).read_to_string(&mut text)).ok()?;
        let line: String = text.lines().next()?.chars().filter(|c| !c.is_control()).collect();
        (!line.is_empty()).then_some(line)
    };
    read()
        .or_else(|| {
            std::thread::sleep(MANNERS);
            read()
        })
        .unwrap_or_else(|| "another process".into())
}

/// Whether `path` still names this file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same = |a: &std::fs::Metadata, b: &std::fs::Metadata| a.dev() == b.dev() && a.ino() == b.ino();
    matches!((file.metadata(), path.symlink_metadata()), (Ok(a), Ok(b)) if same(&a, &b))
}

/// Elsewhere the file is never removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
