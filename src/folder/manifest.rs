//! What wfr wrote into a folder: names with the SHA-256 of their contents.

use crate::files::{WriteError, write_atomically};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// Endings of the files of a report.
const ENDINGS: [&str; 6] = ["json", "html", "svg", "pdf", "csv", "npz"];

/// The files that wfr wrote into a folder. Only what is still as it was written counts as written by wfr.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of wfr that wrote them.
    wfr: String,
    /// SHA-256 in hexadecimal, by name.
    files: BTreeMap<String, String>,
    /// The same of files that are on their way to their places.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    next: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a manifest; an empty one if there is no file.
    ///
    /// # Errors
    /// If the file is there but cannot be read, or is no manifest.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            other => other?,
        };
        let manifest: Self = serde_json::from_str(&text)?;
        if let Some(name) = manifest.names().find(|name| !is_plain(name)) {
            let message =
                format!("found the name {name:?}; expected names of files of a report within the folder");
            return Err(Error::other(message));
        }
        Ok(manifest)
    }

    /// The manifest of the files `names` as they are in `folder` now.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(folder: &Path, names: &[String]) -> Result<Self, Error> {
        let entry = |name: &String| Ok((name.clone(), digest(&folder.join(name))?));
        let files = names.iter().map(entry).collect::<Result<_, Error>>()?;
        Ok(Self { wfr: env!("CARGO_PKG_VERSION").into(), files, next: BTreeMap::new() })
    }

    /// This one with the files of `other` that it does not list.
    pub fn with(mut self, other: &Self) -> Self {
        for (name, hash) in &other.files {
            self.files.entry(name.clone()).or_insert_with(|| hash.clone());
        }
        self
    }

    /// This one, while the files of `next` come to their places.
    pub fn followed_by(&self, next: &Self) -> Self {
        Self { next: next.files.clone(), ..self.clone() }
    }

    /// Writes what [`Self::read`] reads.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let text = serde_json::to_string_pretty(self).expect("a manifest is plain data with text keys");
        write_atomically(path, text + "\n")
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let others = self.next.keys().filter(|name| !self.files.contains_key(*name));
        self.files.keys().chain(others).map(String::as_str)
    }

    /// What the content of a file may be.
    fn hashes(&self, name: &str) -> impl Iterator<Item = &String> {
        self.files.get(name).into_iter().chain(self.next.get(name))
    }

    /// Whether `name` in `folder` is what was written there: a file, no link, with the same content.
    pub fn holds(&self, folder: &Path, name: &str) -> bool {
        let path = folder.join(name);
        self.hashes(name).next().is_some()
            && path.symlink_metadata().is_ok_and(|data| data.is_file())
            && digest(&path).is_ok_and(|found| self.hashes(name).any(|hash| *hash == found))
    }
}

/// Whether a name stays within its folder, and is one of a report: a list that somebody else made must not claim other files.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let within = matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(part)), None) if part == name);
    within && name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

fn digest(path: &Path) -> Result<String, Error> {
    let (mut file, mut sha) = (File::open(path)?, Sha256::new());
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            count => sha.update(&bytes[..count]),
        }
    }
}
