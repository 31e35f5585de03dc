use super::Failure;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use wfr::scenario::starter;

pub fn run(file: &Path) -> Result<u8, Failure> {
    if file.as_os_str() == "-" {
        super::terminal::print(&starter())?;
        return Ok(0);
    }
    let failed = |error: std::io::Error| {
        let reason = match error.kind() {
            std::io::ErrorKind::AlreadyExists => "exists already; it was not changed".into(),
            _ => format!("cannot be written: {error}"),
        };
        Failure::Input(format!("{}: {reason}", file.display()))
    };
    let mut target = OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    target.write_all(starter().as_bytes()).map_err(failed)?;
    super::terminal::note(&format!("wrote {0}; run it with: wfr run {0}", file.display()));
    Ok(0)
}
