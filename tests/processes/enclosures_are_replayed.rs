//! `wfr enclose`: the certificate of a gap is written, replayed, and refused where it was changed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("enclosures-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn wfr(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
    command.current_dir(folder).arg("enclose").args(arguments).output().unwrap()
}

#[test]
fn certificates_are_replayed_and_changed_ones_refused() {
    let folder = folder("replayed");
    let run = |arguments: &[&str]| wfr(&folder, arguments);
    let proved = run(&["3*(x^2 - 1)^2 + x/2", "--out", "gap.json"]);
    assert_eq!(proved.status.code(), Some(0));
    // Hermite–Galerkin, theory.md §3.4.
    assert!(String::from_utf8_lossy(&proved.stdout).contains("λ₁           [0.263469009"));

    let replayed = run(&["--check", "gap.json"]);
    assert_eq!(replayed.status.code(), Some(0));
    let claim = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().find_map(|line| line.split_once('[').map(|(_, bounds)| bounds.to_string())).unwrap()
    };
    assert_eq!(claim(&proved), claim(&replayed));
    assert_eq!(run(&["x^2/2", "--out", "gap.json"]).status.code(), Some(2), "files are not replaced");

    let text = std::fs::read_to_string(folder.join("gap.json")).unwrap();
    let changed = [
        ("\"split\": ", "\"split\": 0.5, \"unused\": ", 1),
        ("\"claim\": [0.263469009", "\"claim\": [0.263469010", 1),
        ("\"potential\": \"((3.0", "\"potential\": \"((3.1", 1),
        ("\"format\": \"enclose gap 1\"", "\"format\": \"enclose gap 0\"", 2),
    ];
    for (from, to, status) in changed {
        assert!(text.contains(from), "{from}");
        std::fs::write(folder.join("changed.json"), text.replacen(from, to, 1)).unwrap();
        let refused = run(&["--check", "changed.json"]);
        assert_eq!(refused.status.code(), Some(status), "{to}: {}", String::from_utf8_lossy(&refused.stdout));
        assert!(!refused.stderr.is_empty());
    }
}

#[test]
fn what_has_no_proof_is_refused_with_the_reason() {
    let folder = folder("refused");
    for (formula, status, said) in
        [("exp(-x^2)", 4, "refused"), ("x^^2", 2, "at byte 2"), ("sinh(x)", 2, "sinh")]
    {
        let output = wfr(&folder, &[formula]);
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{formula}: {text}");
        assert!(text.contains(said), "{formula}: {text}");
    }
}
