//! `wfr sweep`: a run for every value, one table, and the statuses of `wfr run`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SCENARIO: &str = "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n\
    [flow]\nreaction = 0.0\nhorizon = 0.5\n[grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [100]\n\
    [particles]\ncount = 500\nstep = 0.1\n[[study]]\nkind = \"compare\"\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sweep-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("well.toml"), SCENARIO).unwrap();
    folder
}

fn sweep(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wfr")).current_dir(folder).arg("sweep").args(arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_combination_has_a_row_and_a_report() {
    let folder = folder("rows");
    let output =
        sweep(&folder, &["well.toml", "particles.count=500,2000", "particles.scheme=euler-maruyama,platen"]);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{}", told(&output));
    let out = folder.join("out/well-sweep");
    let table = std::fs::read_to_string(out.join("sweep.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 5, "{table}");
    assert_eq!(rows[0][..3], ["particles.count", "particles.scheme", "verdict"]);
    assert_eq!(rows[1][..2], ["500", "euler-maruyama"]);
    assert_eq!(rows[4][..2], ["2000", "platen"]);
    let column = rows[0].iter().position(|name| *name == "E[x] by grid").unwrap();
    let mean: f64 = rows[1][column].parse().unwrap();
    assert!((mean - (-0.5f64).exp()).abs() < 1e-4, "{mean}");
    let name = "count-2000_scheme-platen";
    let html = std::fs::read_to_string(out.join("sweep.html")).unwrap();
    assert!(html.contains(&format!("href=\"{name}/report.html\"")) && html.contains("<svg"));
    let result = std::fs::read_to_string(out.join(name).join("result.json")).unwrap();
    assert!(result.contains("\"particles.count=2000\"") && out.join(name).join("report.html").exists());
    assert!(out.join("sweep.svg").exists());
    // Its own folders are not in its way.
    let again = sweep(&folder, &["well.toml", "particles.count=500"]);
    assert!(matches!(again.status.code(), Some(0 | 4)), "{}", told(&again));
    assert!(out.join("count-500/report.html").exists());
}

#[test]
fn a_wrong_value_leaves_nothing() {
    let folder = folder("wrong");
    for (argument, word) in [
        ("particles.count=500,many", "count"),
        ("particles.counts=500", "counts"),
        ("particles.count", "no '='"),
        ("particles.count=1,,2", "an empty value"),
    ] {
        let output = sweep(&folder, &["well.toml", argument]);
        assert_eq!(output.status.code(), Some(2), "{argument}: {}", told(&output));
        assert!(told(&output).contains(word), "{}", told(&output));
        assert!(!folder.join("out").exists(), "{argument} leaves nothing");
    }
}

#[test]
fn a_sweep_that_ended_has_nothing_to_resume() {
    let folder = folder("resume");
    assert!(matches!(sweep(&folder, &["well.toml", "grid.cells=[100],[120]"]).status.code(), Some(0 | 4)));
    assert!(folder.join("out/well-sweep/cells-120/result.json").exists());
    let output = sweep(&folder, &["--resume", "out/well-sweep"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("no interrupted sweep"), "{}", told(&output));
}
