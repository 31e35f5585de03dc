use super::{Failure, terminal};
use std::path::Path;
use wfr::scenario::starter;

pub fn run(file: &Path) -> Result<u8, Failure> {
    if file.as_os_str() == "-" {
        terminal::print(&starter())?;
        return Ok(0);
    }
    super::write_new(file, &starter())?;
    terminal::note(&format!("wrote {0}; run it with: wfr run {0}", file.display()));
    Ok(0)
}
