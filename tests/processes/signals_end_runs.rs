//! A signal ends everything soon, with a report of what is done; a second one at once.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Steps that take hours, by kind of computation. No run of a test takes so long: whoever ignores the signal is killed.
const ENDLESS: [(&str, &str); 6] = [
    ("grid", "[grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [2000]\nstep = 0.05\n"),
    (
        "plane",
        "[grid]\nlower = [-6.0, -6.0]\nupper = [6.0, 6.0]\ncells = [400, 400]\nstep = 0.05\ntransport = \"crank-nicolson\"\n",
    ),
    ("particles", "[particles]\ncount = 300000\nstep = 0.0005\n"),
    (
        "noise-free",
        "[[study]]\nkind = \"weak-order\"\nschemes = [\"euler-maruyama\"]\nobservable = \"x^2\"\nsteps = [0.01, 0.00002]\nmethods = [\"law\"]\n",
    ),
    (
        "multilevel",
        "[[study]]\nkind = \"multilevel\"\nscheme = \"euler-maruyama\"\nobservable = \"x^2\"\naccuracy = 1e-7\nmax-paths = 100000000\n",
    ),
    (
        "grid-order",
        "[grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [1500]\nstep = 0.05\n[[study]]\nkind = \"grid-order\"\n",
    ),
];

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("signals-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn scenario(name: &str, rest: &str) -> String {
    let (dimension, potential, mean, covariance) = match name {
        "plane" => (2, "(x^2 + y^2)/2", "[1.0, 0.0]", "[[0.5, 0.0], [0.0, 0.5]]"),
        "noise-free" | "multilevel" => (1, "x^2/2", "[0.5]", "[[0.04]]"),
        _ => (1, "(x^2 - 1)^2", "[0.5]", "[[0.04]]"),
    };
    // Scouts take long steps.
    let horizon = if name == "noise-free" {
        20.0
    } else if name == "multilevel" {
        1.0
    } else {
        500.0
    };
    format!(
        "name = \"{name}\"\ndimension = {dimension}\nobservables = [\"x^2\"]\n[target]\npotential = \"{potential}\"\n\
         [initial]\nmean = {mean}\ncovariance = {covariance}\n[flow]\nreaction = 0.0\nhorizon = {horizon}\n{rest}"
    )
}

fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
    command.current_dir(folder).args(arguments).stderr(Stdio::null()).stdout(Stdio::null());
    command.spawn().unwrap()
}

fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "{} is not written", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Waits for the end, which comes within seconds also on a busy machine; an ignored signal would leave hours.
fn end(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the signal was ignored");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn result(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_kind_of_run_ends_with_what_is_there() {
    let folder = folder("kinds");
    for (place, (name, rest)) in ENDLESS.into_iter().enumerate() {
        let signal = ["-TERM", "-INT", "-HUP"][place % 3];
        std::fs::write(folder.join("s.toml"), scenario(name, rest)).unwrap();
        let mut child = start(&folder, &["run", "s.toml", "--out", name, "--quiet"]);
        wait_for(&folder.join(name).join(".wfr/run.json"));
        std::thread::sleep(Duration::from_millis(300));
        send(&child, signal);
        assert_eq!(end(&mut child).code(), Some(3), "{name}");
        let result = result(&folder.join(name).join("result.json"));
        assert_eq!(result["incomplete"], true, "{name}");
        assert!(result["breakdown"].as_str().unwrap().contains("interrupted"), "{name}: {result}");
        assert!(folder.join(name).join("report.html").exists(), "{name}");
        assert!(folder.join(name).join(".wfr/run.json").exists(), "{name} can go on");
    }
}

#[test]
fn a_validation_ends_with_what_is_there() {
    let folder = folder("validation");
    std::fs::create_dir(folder.join("cases")).unwrap();
    for (name, rest) in ENDLESS {
        std::fs::write(folder.join(format!("cases/{name}.toml")), scenario(name, rest)).unwrap();
    }
    let mut child = start(&folder, &["validate", "cases", "--out", "reports"]);
    wait_for(&folder.join("reports/grid-order/result.json"));
    std::thread::sleep(Duration::from_millis(300));
    send(&child, "-TERM");
    assert_eq!(end(&mut child).code(), Some(3));
    assert!(std::fs::read_to_string(folder.join("reports/index.html")).unwrap().contains("grid"));
    assert_eq!(result(&folder.join("reports/grid/result.json"))["incomplete"], true);
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = folder("second");
    let (name, rest) = ENDLESS[0];
    std::fs::write(folder.join("s.toml"), scenario(name, rest)).unwrap();
    let mut child = start(&folder, &["run", "s.toml", "--out", "out", "--quiet"]);
    wait_for(&folder.join("out/.wfr/run.json"));
    send(&child, "-TERM");
    std::thread::sleep(Duration::from_millis(50));
    send(&child, "-TERM");
    assert_eq!(end(&mut child).code(), Some(130));
    assert_eq!(result(&folder.join("out/result.json"))["incomplete"], true);
}
