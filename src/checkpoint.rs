//! Checkpoints: the stored state of a computation, from which it continues to the same bits after a crash.
//!
//! A checkpoint is one file: `MAGIC`, the number of the format, the [`Fingerprint`] of what is computed, the state
//! ([postcard](https://postcard.jamesmunns.com)), and the SHA-256 of everything before it. It is replaced as a whole, so a
//! kill at any moment leaves either the old or the new one. Storing a checkpoint does not affect the results.

use crate::files::{WriteError, write_atomically_with};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::fmt::{Debug, Write as _};
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const MAGIC: &[u8] = b"wfr checkpoint\n";
/// Number of the layout of the file and of what is in it.
const FORMAT: u32 = 2;
const HEADER: usize = MAGIC.len() + 4 + DIGEST;
const DIGEST: usize = 32;
/// Writing takes no more than one part in so many of the time.
const SHARE: u32 = 20;

/// Tells computations apart: a checkpoint of one is refused by every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint([u8; DIGEST]);

impl Fingerprint {
    /// The SHA-256 of this version of wfr and of all that `computation` prints: derived `Debug` shows every number to
    /// the last bit.
    pub fn of(computation: &impl Debug) -> Self {
        struct Digesting(Sha256);
        impl std::fmt::Write for Digesting {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                self.0.update(text);
                Ok(())
            }
        }
        let mut digesting = Digesting(Sha256::new());
        let written = write!(digesting, "{} {computation:?}", env!("CARGO_PKG_VERSION"));
        written.expect("a digest takes any text");
        Self(digesting.0.finalize().into())
    }
}

/// Why a checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        reason: Error,
    },
    /// The file is something else.
    #[error("{}: found no checkpoint of wfr", path.display())]
    Strange {
        /// The file.
        path: PathBuf,
    },
    /// Another version wrote it.
    #[error("{}: found a checkpoint of format {found}; expected {FORMAT}: continue with the version of wfr that wrote it", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Number of its format.
        found: u32,
    },
    /// It belongs to another computation.
    #[error(
        "{}: found the checkpoint of another computation: its scenario, data, seed or version of wfr differ; \
         start anew without --resume", path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Not all of it is as it was written.
    #[error("{}: the checkpoint is damaged: {what}; start anew without --resume", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// Reads the state that the computation `fingerprint` has left in `path`.
///
/// # Errors
/// If the file cannot be read, is no checkpoint, or is one of another computation, of another format, or damaged.
pub fn read<T: DeserializeOwned>(path: &Path, fingerprint: Fingerprint) -> Result<T, CheckpointError> {
    let bytes =
        std::fs::read(path).map_err(|reason| CheckpointError::Unreadable { path: path.into(), reason })?;
    let path = || path.into();
    let damaged = |what| CheckpointError::Damaged { path: path(), what };
    if !bytes.starts_with(MAGIC) {
        return Err(CheckpointError::Strange { path: path() });
    }
    let Some((content, digest)) = bytes.split_last_chunk::<DIGEST>().filter(|(rest, _)| rest.len() >= HEADER)
    else {
        return Err(damaged("it ends early"));
    };
    let (format, rest) = content[MAGIC.len()..].split_first_chunk().ok_or(damaged("it ends early"))?;
    let found = u32::from_le_bytes(*format);
    if found != FORMAT {
        return Err(CheckpointError::Format { path: path(), found });
    }
    if Sha256::digest(content).as_slice() != digest {
        return Err(damaged("its checksum is wrong"));
    }
    let (owner, state) = rest.split_at(DIGEST);
    if owner != fingerprint.0 {
        return Err(CheckpointError::Foreign { path: path() });
    }
    decode(state).ok_or(damaged("its content makes no sense"))
}

/// The state in the bytes of a checkpoint between its header and its checksum; `None` if there is no such state.
pub fn decode<T: DeserializeOwned>(state: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(state) {
        Ok((state, [])) => Some(state),
        _ => None,
    }
}

/// Writes what [`read`] reads.
///
/// # Errors
/// What the operating system says.
pub fn write(path: &Path, fingerprint: Fingerprint, state: &impl Serialize) -> Result<(), WriteError> {
    write_atomically_with(path, |file| {
        let mut digesting = Digesting { file: &mut *file, digest: Sha256::new(), error: None };
        digesting.write_all(MAGIC)?;
        digesting.write_all(&FORMAT.to_le_bytes())?;
        digesting.write_all(&fingerprint.0)?;
        if let Err(error) = postcard::to_io(state, &mut digesting) {
            return Err(digesting.error.unwrap_or_else(|| Error::other(error)));
        }
        let digest = digesting.digest.finalize();
        file.write_all(&digest)
    })
}

/// Computes the checksum of what passes through.
struct Digesting<W> {
    file: W,
    digest: Sha256,
    /// What went wrong, which postcard does not pass on.
    error: Option<Error>,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let written = self.file.write(bytes).map_err(|error| {
            let copy = error.raw_os_error().map_or_else(|| error.kind().into(), Error::from_raw_os_error);
            self.error = Some(error);
            copy
        })?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }
    fn flush(&mut self) -> Result<(), Error> {
        self.file.flush()
    }
}

/// Keeps the state of one computation.
#[derive(Debug)]
pub struct Keeper {
    /// Where; `None` if nothing is written.
    path: Option<PathBuf>,
    fingerprint: Fingerprint,
    interval: Duration,
    next: Mutex<Instant>,
    interrupted: Arc<AtomicBool>,
    failure: Mutex<Option<WriteError>>,
}

impl Keeper {
    /// Keeps the state of the computation `fingerprint` in `path` every `interval`, or less often where writing takes
    /// long, and once `interrupted` is set.
    pub fn new(
        path: PathBuf,
        fingerprint: Fingerprint,
        interval: Duration,
        interrupted: Arc<AtomicBool>,
    ) -> Self {
        let next = Mutex::new(Instant::now() + interval);
        Self { path: Some(path), fingerprint, interval, next, interrupted, failure: Mutex::default() }
    }

    /// Writes nothing; the computation ends once `interrupted` is set.
    pub fn watching(interrupted: Arc<AtomicBool>) -> Self {
        let (next, fingerprint) = (Mutex::new(Instant::now()), Fingerprint::of(&()));
        Self {
            path: None,
            fingerprint,
            interval: Duration::ZERO,
            next,
            interrupted,
            failure: Mutex::default(),
        }
    }

    /// Whether the computation is to keep its state and end.
    pub fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Keeps the state if it is time to. A failure does not end the computation, which may still come to its end:
    /// [`Self::failure`] tells of it.
    pub fn keep(&self, state: &impl Serialize) {
        let Some(path) = &self.path else { return };
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let start = Instant::now();
        if start < *next && !self.interrupted() {
            return;
        }
        let written = write(path, self.fingerprint, state);
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = written.err();
        *next = Instant::now() + self.interval.max(SHARE * start.elapsed());
    }

    /// Why the state could not be kept the last time, once.
    pub fn failure(&self) -> Option<WriteError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
