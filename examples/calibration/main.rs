//! How often what a run claims of its errors holds: random problems whose truths come from elsewhere.
//!
//!     cargo run --release --example calibration > reports/calibration.md
//!
//! `-- grid 10` makes the part `grid` alone, with 10 problems a group; the parts are `grid`, `spectra`, `expectations` and
//! `particles`; `only=kernel` makes the groups and cells with that in their names. What misses a target of the page is marked in red there, and written to standard error.

mod expectations;
mod galerkin;
mod grid;
mod line;
mod particles;
mod plane;
mod random;
mod spectra;
mod tally;

/// A part of the page: its name, and what writes it with so many problems a group.
type Part = (&'static str, fn(usize), usize);

const PARTS: [Part; 4] = [
    ("grid", grid::write, 20),
    ("spectra", spectra::write, 100),
    ("expectations", expectations::write, 100),
    ("particles", particles::write, 500),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("# Calibration\n");
    println!(
        "Made by `cargo run --release --example calibration > reports/calibration.md` at {} on {}. What misses its target is \
         marked 🔴.\n",
        commit(),
        machine()
    );
    for (name, write, count) in PARTS {
        let wanted = arguments.iter().position(|argument| argument == name);
        if arguments.is_empty() || wanted.is_some() {
            let own = wanted.and_then(|place| arguments.get(place + 1)).and_then(|text| text.parse().ok());
            write(own.unwrap_or(count));
        }
    }
}

/// The commit of the working tree, with a mark if files differ from it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let clean = git(&["status", "--porcelain", "--", "src", "examples"]).is_some_and(|text| text.is_empty());
    let name = git(&["rev-parse", "--short", "HEAD"]).unwrap_or_else(|| "an unknown commit".into());
    if clean { format!("commit {name}") } else { format!("commit {name} with changes") }
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{} with {cores} cores, {}", model.unwrap_or("an unknown processor"), std::env::consts::OS)
}
