//! What a scenario may read, and how much it may take.

use crate::files::{ReadError, read_bounded};
use std::path::{Component, Path, PathBuf};

/// Bytes of a scenario or of its data, at most, unless another bound is given.
pub const MOST_BYTES: u64 = 64 << 20;
/// Hours on all threads, unless another bound is given.
pub const MOST_HOURS: f64 = 12.0;

/// What a scenario may read, and how much it may take.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Bytes of the scenario, and of each file of data.
    pub most_bytes: u64,
    /// Hours that one part may take on all threads, as far as can be counted beforehand.
    pub most_hours: f64,
    /// Whether files out of the scenario's own folder are refused.
    pub confined: bool,
}

impl Default for Access {
    fn default() -> Self {
        Self { most_bytes: MOST_BYTES, most_hours: MOST_HOURS, confined: false }
    }
}

impl Access {
    /// The content of the scenario `file`, as text.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn scenario(&self, file: &Path) -> Result<String, String> {
        let bytes = read_bounded(file, self.most_bytes).map_err(|error| error.to_string())?;
        String::from_utf8(bytes)
            .map_err(|error| format!("found bytes that are no text: {error}; expected UTF-8"))
    }

    /// The content of the file `name` beside the scenario `file`.
    ///
    /// # Errors
    /// What was found, and what would be right.
    pub fn beside(&self, file: &str, name: &str) -> Result<(PathBuf, Vec<u8>), String> {
        let folder = Path::new(file).parent().unwrap_or(Path::new(""));
        let path = folder.join(name);
        if self.confined {
            let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
            let real =
                |path: &Path| if path.as_os_str().is_empty() { Path::new(".") } else { path }.canonicalize();
            let inside = match (real(folder), path.canonicalize()) {
                (Ok(folder), Ok(path)) => path.starts_with(folder),
                // Reading says why.
                _ => true,
            };
            if !Path::new(name).components().all(within) || !inside {
                return Err(format!(
                    "found \"{name}\"; expected a file in the folder of the scenario, as it is sandboxed"
                ));
            }
        }
        let unread = |error: ReadError| match error {
            ReadError::Unreadable(_) => format!("found {}, which {error}", path.display()),
            _ => format!("{}: {error}", path.display()),
        };
        let content = read_bounded(&path, self.most_bytes).map_err(unread)?;
        Ok((path, content))
    }
}
