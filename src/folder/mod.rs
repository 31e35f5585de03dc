//! The folder that a run writes into, which may hold what is not wfr's.
//!
//! wfr removes or replaces only what it wrote: what its `manifest` lists, and what is still as it was written. Its own files
//! (the manifest, the lock, what a run needs to go on, and what is not finished) lie in the folder `.wfr` there. No symbolic
//! link in the folder is followed. A `lock` keeps other processes out.
//!
//! A report is one consistent set: [`Folder::begin`] removes the old one and leaves a result that says that it is incomplete;
//! the new files are written aside, into [`Folder::staging`]; [`Folder::publish`] moves them to their places, the main one last.

mod lock;
mod manifest;

pub use manifest::Manifest;

use crate::files::{WriteError, sync_folder, write_atomically};
use lock::Lock;
use std::fs::{create_dir_all, read_dir, remove_dir, remove_dir_all, remove_file, rename};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// wfr's own folder within the one that it writes into.
const OWN: &str = ".wfr";
const MANIFEST: &str = "manifest.json";
const LOCK: &str = "lock";
/// Where files wait until all are written.
const STAGING: &str = "new";
/// What a run was asked for.
const REQUEST: &str = "run.json";
/// The state of its particles.
const STATE: &str = "particles.bin";

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// What the operating system says.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Something is in the way that wfr did not write.
    #[error(
        "{}: found a {what} that wfr did not write, or that was changed since; it is left as it is: choose another folder, or move \
         it away", path.display()
    )]
    Foreign {
        /// What is in the way.
        path: PathBuf,
        /// File, folder or link.
        what: &'static str,
    },
    /// Another process writes into it.
    #[error("{}: found it in use by wfr, {holder}; expected a folder that no other run writes into", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// The list of what wfr wrote cannot be read.
    #[error("{}: the list of what wfr wrote into this folder cannot be used: {reason}; choose another folder", path.display())]
    Manifest {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        reason: Error,
    },
}

/// A kind of folder: which files wfr puts there.
#[derive(Clone, Copy, Debug)]
pub struct Contents {
    /// The file that says what was found, moved to its place last.
    pub main: &'static str,
    /// Whether wfr may come to write a file of this name.
    pub includes: fn(&str) -> bool,
    /// Whether an earlier version of wfr, which kept no manifest, wrote this text of the main file.
    pub recognises: fn(&str) -> bool,
    /// Whether files stay that the next run does not write again, as an index keeps those of scenarios that were left out.
    pub keeps: bool,
}

/// A folder that this process writes into, and no other.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    contents: Contents,
    manifest: Manifest,
    /// What was made for it, the outermost first; removed again unless a run begins.
    made: Vec<PathBuf>,
    begun: bool,
    lock: Option<Lock>,
}

impl Folder {
    /// Opens a folder for writing, and makes it if it is missing.
    ///
    /// # Errors
    /// If it cannot be written to, another process writes into it, or something in it is in the way that wfr did not write.
    /// Nothing is changed then.
    pub fn open(path: &Path, contents: Contents) -> Result<Self, FolderError> {
        let failed = |path: &Path| {
            let path = path.to_path_buf();
            move |reason| WriteError { path, reason }
        };
        let mut made: Vec<PathBuf> = Vec::new();
        let own = path.join(OWN);
        let all = own.ancestors().take_while(|folder| !folder.as_os_str().is_empty());
        made.extend(all.take_while(|folder| folder.symlink_metadata().is_err()).map(Path::to_path_buf));
        made.reverse();
        let unmake = Unmake(&made);
        create_dir_all(path).map_err(failed(path))?;
        if !made.contains(&own) {
            check_own(&own)?;
        }
        let lock = Lock::take(&own.join(LOCK))?;
        remove_unfinished(&own)?;
        let manifest = manifest(path, contents)?;
        std::mem::forget(unmake);
        let folder = Self { path: path.into(), contents, manifest, made, begun: false, lock: Some(lock) };
        let there = names(path)?.into_iter().filter(|name| (contents.includes)(name));
        folder.clear(&there.collect::<Vec<_>>())?;
        Ok(folder)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the state of a run's particles is kept.
    pub fn state_file(&self) -> PathBuf {
        self.path.join(OWN).join(STATE)
    }

    /// Where a run in the folder `path` has written down what it was asked for.
    pub fn request_file(path: &Path) -> PathBuf {
        path.join(OWN).join(REQUEST)
    }

    /// Where files are written before they are published.
    pub fn staging(&self) -> PathBuf {
        self.path.join(OWN).join(STAGING)
    }

    /// Leaves `marker` in the place of the main file, at once, and removes the rest of the report that is there.
    ///
    /// # Errors
    /// As [`Self::publish`].
    pub fn begin(&mut self, marker: impl AsRef<[u8]>) -> Result<(), FolderError> {
        self.begun = true;
        let staging = self.staging();
        create_dir_all(&staging).map_err(|reason| WriteError { path: staging.clone(), reason })?;
        write_atomically(&staging.join(self.contents.main), marker)?;
        self.publish()
    }

    /// Puts everything that was written aside in the place of what is there. The main file, which is replaced as a whole, comes
    /// last; before that, it says that the report is incomplete.
    ///
    /// # Errors
    /// If something is in the way that wfr did not write; the new files then stay where they are. Else what the operating system
    /// says.
    pub fn publish(&mut self) -> Result<(), FolderError> {
        let staging = self.staging();
        let failed = |path: &Path, reason| WriteError { path: path.into(), reason };
        let names = names(&staging)?;
        self.clear(&names)?;
        let list = self.path.join(OWN).join(MANIFEST);
        let next = Manifest::of(&staging, &names).map_err(|reason| failed(&staging, reason))?;
        let next = if self.contents.keeps { next.with(&self.manifest) } else { next };
        let old: Vec<String> = self.manifest.names().map(String::from).collect();
        self.manifest = self.manifest.followed_by(&next);
        self.manifest.write(&list)?;
        let is_main = |name: &&String| **name == self.contents.main;
        for name in names.iter().filter(|name| !is_main(name)).chain(names.iter().filter(is_main)) {
            let path = self.path.join(name);
            rename(staging.join(name), &path).map_err(|reason| failed(&path, reason))?;
        }
        for name in old.iter().filter(|name| {
            !self.contents.keeps && !names.contains(name) && self.manifest.holds(&self.path, name)
        }) {
            let path = self.path.join(name);
            remove_file(&path).map_err(|reason| failed(&path, reason))?;
        }
        sync_folder(Some(&self.path)).map_err(|reason| failed(&self.path, reason))?;
        next.write(&list)?;
        self.manifest = next;
        Ok(remove_dir(&staging).map_err(|reason| failed(&staging, reason))?)
    }

    /// Removes what a run needs to go on.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn forget(&self) -> Result<(), FolderError> {
        for path in [self.state_file(), Self::request_file(&self.path)] {
            match remove_file(&path) {
                Err(reason) if reason.kind() != ErrorKind::NotFound => {
                    return Err(WriteError { path, reason }.into());
                }
                _ => (),
            }
        }
        Ok(())
    }

    /// Makes sure that each of these names is free, or holds what wfr wrote.
    fn clear(&self, names: &[String]) -> Result<(), FolderError> {
        for name in names {
            let path = self.path.join(name);
            let Ok(found) = path.symlink_metadata() else { continue };
            if !self.manifest.holds(&self.path, name) {
                return Err(foreign(path, &found));
            }
        }
        Ok(())
    }
}

/// Exit status 2 leaves nothing behind.
impl Drop for Folder {
    fn drop(&mut self) {
        if !self.begun {
            let _ = remove_dir_all(self.staging());
            // The lock first, as its file is in there.
            drop(self.lock.take());
            drop(Unmake(&self.made));
        }
    }
}

/// Removes folders that were made, as far as they are empty.
struct Unmake<'a>(&'a [PathBuf]);

impl Drop for Unmake<'_> {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // What is not empty has become somebody's.
            let _ = remove_dir(folder);
        }
    }
}

/// wfr's own folder is a folder, and has in it what wfr puts there.
fn check_own(own: &Path) -> Result<(), FolderError> {
    let failed = |reason| WriteError { path: own.into(), reason };
    let found = own.symlink_metadata().map_err(failed)?;
    if !found.is_dir() {
        return Err(foreign(own.into(), &found));
    }
    for name in names(own)? {
        let path = own.join(&name);
        let found = path.symlink_metadata().map_err(failed)?;
        let known = match name.as_str() {
            STAGING => found.is_dir(),
            MANIFEST | LOCK | REQUEST | STATE => found.is_file(),
            name => crate::files::is_unfinished(name) && found.is_file(),
        };
        if !known {
            return Err(foreign(path, &found));
        }
    }
    Ok(())
}

fn foreign(path: PathBuf, found: &std::fs::Metadata) -> FolderError {
    let what = match found.file_type() {
        kind if kind.is_symlink() => "symbolic link",
        kind if kind.is_dir() => "folder",
        kind if kind.is_file() => "file",
        _ => "special file",
    };
    FolderError::Foreign { path, what }
}

/// Removes what a killed run has left half-written in wfr's own folder.
fn remove_unfinished(own: &Path) -> Result<(), FolderError> {
    for name in names(own)? {
        let path = own.join(&name);
        let removed = match name.as_str() {
            STAGING => remove_dir_all(&path),
            name if crate::files::is_unfinished(name) => remove_file(&path),
            _ => Ok(()),
        };
        removed.map_err(|reason| WriteError { path, reason })?;
    }
    Ok(())
}

/// What wfr wrote into a folder. An earlier version kept no list: then it is all that wfr may write, if the main file is wfr's.
fn manifest(folder: &Path, contents: Contents) -> Result<Manifest, FolderError> {
    let list = folder.join(OWN).join(MANIFEST);
    let failed = |path: PathBuf| |reason| FolderError::Manifest { path, reason };
    let is_file = |name: &str| folder.join(name).symlink_metadata().is_ok_and(|data| data.is_file());
    if list.exists()
        || !is_file(contents.main)
        || !std::fs::read_to_string(folder.join(contents.main)).is_ok_and(|text| (contents.recognises)(&text))
    {
        // Of a report that was on its way to its place when the process was killed, what has come there.
        let read = Manifest::read(&list).map_err(failed(list))?;
        let held: Vec<String> =
            read.names().filter(|name| read.holds(folder, name)).map(String::from).collect();
        return Manifest::of(folder, &held).map_err(failed(folder.into()));
    }
    let mut found = names(folder)?;
    found.retain(|name| (contents.includes)(name) && is_file(name));
    Manifest::of(folder, &found).map_err(failed(folder.into()))
}

/// Names of everything in a folder, in order; those that are no text are nobody's that wfr knows.
fn names(folder: &Path) -> Result<Vec<String>, FolderError> {
    let failed = |reason| WriteError { path: folder.into(), reason };
    let mut names = Vec::new();
    for entry in read_dir(folder).map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}
