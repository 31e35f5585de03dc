//! wfr removes and replaces only what it wrote, leaves one consistent set of files, and lets one process at a time into a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const SHORT: &str = "name = \"short\"\nobservables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n\
                     [initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[flow]\nreaction = 0.0\nhorizon = 0.1\n\
                     [grid]\nlower = [-6.0]\nupper = [6.0]\ncells = [32]\nstep = 0.05\n";
/// Particles alone, for about a minute.
const LONG: &str = "name = \"long\"\nobservables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n\
                    [initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n\
                    [particles]\ncount = 100000\nstep = 0.00002\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("folders-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("short.toml"), SHORT).unwrap();
    std::fs::write(folder.join("long.toml"), LONG).unwrap();
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
    command.current_dir(folder).args(arguments).stderr(Stdio::piped()).stdout(Stdio::null());
    command
}

fn wfr(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn run(folder: &Path, out: &str) -> Output {
    wfr(folder, &["run", "short.toml", "--out", out, "--quiet"])
}

/// Every file below a folder with its content, but for wfr's own.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with(".wfr") {
            continue;
        }
        if path.symlink_metadata().unwrap().is_dir() {
            all.insert(path.clone(), Vec::new());
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), std::fs::read(&path).unwrap_or_default());
        }
    }
    all
}

#[test]
fn what_is_the_users_stays() {
    let folder = folder("users");
    let out = folder.join("out");
    std::fs::create_dir_all(out.join("checkpoint")).unwrap();
    std::fs::create_dir_all(out.join("new")).unwrap();
    let mine = [
        "checkpoint/model.pt",
        "new/x",
        ".wfr-probe",
        ".notes.tmp",
        "data.csv",
        "picture.svg",
        "lock",
        "manifest.json",
    ];
    for name in mine {
        std::fs::write(out.join(name), format!("mine: {name}")).unwrap();
    }
    for _ in 0..2 {
        let output = run(&folder, "out");
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        for name in mine {
            assert_eq!(std::fs::read_to_string(out.join(name)).unwrap(), format!("mine: {name}"));
        }
        assert!(out.join("result.json").exists() && out.join("density.svg").exists());
    }
}

#[test]
fn a_folder_in_which_something_is_in_the_way_is_refused_by_its_name() {
    let folder = folder("collides");
    for name in ["result.json", "report.html", "density.svg", "density.npz", "weak-order.csv", ".wfr"] {
        for kind in ["file", "folder", "link"] {
            let out = folder.join("out");
            let _ = std::fs::remove_dir_all(&out);
            std::fs::create_dir_all(&out).unwrap();
            let target = folder.join("target");
            std::fs::write(&target, "mine").unwrap();
            match kind {
                "file" => std::fs::write(out.join(name), "mine").unwrap(),
                "folder" => {
                    std::fs::create_dir(out.join(name)).unwrap();
                    std::fs::write(out.join(name).join("mine"), "mine").unwrap();
                }
                _ => link(&target, &out.join(name)),
            }
            let before = contents(&folder);
            let output = run(&folder, "out");
            assert_eq!(output.status.code(), Some(2), "{name} as {kind}: {}", told(&output));
            assert!(told(&output).contains(&format!("out/{name}")), "{}", told(&output));
            assert_eq!(contents(&folder), before, "{name} as {kind}");
            assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
        }
    }
}

#[cfg(unix)]
fn link(target: &Path, link: &Path) {
    std::os::unix::fs::symlink(target, link).unwrap();
}

#[cfg(not(unix))]
fn link(target: &Path, link: &Path) {
    std::fs::copy(target, link).unwrap();
}

/// Of what wfr wrote, what was changed since is the user's.
#[test]
fn a_report_that_was_edited_is_not_replaced() {
    let folder = folder("edited");
    assert!(run(&folder, "out").status.success());
    let report = folder.join("out/report.html");
    std::fs::write(&report, "my notes").unwrap();
    let output = run(&folder, "out");
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("out/report.html"));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "my notes");
    // A damaged list of what wfr wrote lets nothing be replaced.
    std::fs::write(folder.join("out/.wfr/manifest.json"), "{\"wfr\": \"0").unwrap();
    let output = run(&folder, "out");
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    for name in ["../short.toml", "/etc/passwd", "notes.txt", "a/b.svg", ""] {
        let forged = format!("{{\"wfr\": \"0\", \"files\": {{\"{name}\": \"\"}}}}");
        std::fs::write(folder.join("out/.wfr/manifest.json"), forged).unwrap();
        let output = run(&folder, "out");
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    }
    assert!(folder.join("short.toml").exists());
}

/// An earlier version kept no manifest; its folders are known by their result.json.
#[test]
fn folders_of_earlier_versions_are_recognised() {
    let folder = folder("earlier");
    assert!(run(&folder, "out").status.success());
    std::fs::remove_dir_all(folder.join("out/.wfr")).unwrap();
    std::fs::write(folder.join("out/decay.svg"), "of a study that is no more").unwrap();
    std::fs::write(folder.join("out/mine.txt"), "mine").unwrap();
    let output = run(&folder, "out");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(!folder.join("out/decay.svg").exists());
    assert!(folder.join("out/mine.txt").exists());
}

#[test]
fn nothing_of_another_run_is_left_beside_a_report() {
    let folder = folder("stale");
    let with_particles =
        format!("{SHORT}[particles]\ncount = 64\nstep = 0.05\n[[study]]\nkind = \"compare\"\n");
    std::fs::write(folder.join("more.toml"), with_particles).unwrap();
    wfr(&folder, &["run", "more.toml", "--out", "out", "--dump-path", "3", "--quiet"]);
    assert!(folder.join("out/path-3.csv").exists() && folder.join("out/density-histogram.csv").exists());
    wfr(&folder, &["run", "short.toml", "--out", "out", "--quiet"]);
    wfr(&folder, &["run", "short.toml", "--out", "alone", "--quiet"]);
    let names = |out: &str| -> Vec<PathBuf> {
        let root = folder.join(out);
        contents(&root).into_keys().map(|path| path.strip_prefix(&root).unwrap().to_path_buf()).collect()
    };
    assert_eq!(names("out"), names("alone"));
}

/// Exit status 2 leaves nothing behind.
#[test]
fn a_refused_run_leaves_no_folder() {
    let folder = folder("refused");
    std::fs::write(folder.join("bad.toml"), SHORT.replace("x^2/2", "x^2/")).unwrap();
    let before = contents(&folder);
    for arguments in [
        &["run", "bad.toml", "--out", "a/b/c"][..],
        &["run", "short.toml", "--out", "a/b/c", "--dump-path", "1"],
        &["run", "short.toml", "--out", "short.toml/b"],
        &["run", "--resume", "a/b/c"],
        &["validate", "bad.toml", "--out", "a/b"],
    ] {
        let output = wfr(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert_eq!(contents(&folder), before, "{arguments:?}");
    }
}

fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "{} is not written", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_second_process_is_told_who_is_there_and_a_dead_one_holds_nothing() {
    let folder = folder("two");
    assert!(run(&folder, "out").status.success());
    let mut first = command(&folder, &["run", "long.toml", "--out", "out", "--quiet"]).spawn().unwrap();
    wait_for(&folder.join("out/.wfr/run.json"));
    // From the first moment on, nothing looks complete.
    let result: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("out/result.json")).unwrap()).unwrap();
    assert_eq!((&result["incomplete"], &result["passed"]), (&true.into(), &false.into()), "{result}");
    assert_eq!(result["name"], "long");
    assert!(!folder.join("out/report.html").exists());
    for arguments in [&["run", "short.toml", "--out", "out"][..], &["run", "--resume", "out"]] {
        let second = wfr(&folder, arguments);
        assert_eq!(second.status.code(), Some(2), "{}", told(&second));
        assert!(told(&second).contains(&format!("process {}", first.id())), "{}", told(&second));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let result = std::fs::read_to_string(folder.join("out/result.json")).unwrap();
    assert!(result.contains("\"incomplete\": true"), "{result}");
    let third = run(&folder, "out");
    assert_eq!(third.status.code(), Some(0), "{}", told(&third));
}

#[test]
fn a_validation_is_as_careful() {
    let folder = folder("validation");
    let validate = || wfr(&folder, &["validate", "short.toml", "--out", "reports"]);
    assert!(validate().status.success());
    // As by an earlier version.
    std::fs::remove_dir_all(folder.join("reports/.wfr")).unwrap();
    std::fs::remove_dir_all(folder.join("reports/short/.wfr")).unwrap();
    assert!(validate().status.success());
    std::fs::write(folder.join("reports/mine.md"), "mine").unwrap();
    std::fs::write(folder.join("reports/short/kl.svg"), "mine").unwrap();
    std::fs::write(folder.join("reports/short/density.svg"), "mine").unwrap();
    let before = contents(&folder);
    let output = validate();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("reports/short/"), "{}", told(&output));
    assert_eq!(contents(&folder), before);
}

/// A baseline that cannot be used is no reason to compare with nothing.
#[test]
fn a_damaged_baseline_is_an_error() {
    let folder = folder("baseline");
    std::fs::create_dir(folder.join("cases")).unwrap();
    std::fs::rename(folder.join("short.toml"), folder.join("cases/short.toml")).unwrap();
    let validate = |more: &[&str]| wfr(&folder, &[&["validate", "cases", "--out", "reports"], more].concat());
    assert!(validate(&["--update-baseline=test"]).status.success());
    assert!(validate(&[]).status.success());
    let baseline = folder.join("cases/baseline/short.json");
    let good = std::fs::read(&baseline).unwrap();
    let before = contents(&folder.join("reports"));
    for bad in [&good[..good.len() / 2], b"", b"{}", b"null", b"\xff\xfe"] {
        std::fs::write(&baseline, bad).unwrap();
        let output = validate(&[]);
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert!(told(&output).contains("short.json"), "{}", told(&output));
    }
    std::fs::remove_file(&baseline).unwrap();
    std::fs::create_dir(&baseline).unwrap();
    assert_eq!(validate(&[]).status.code(), Some(2));
    std::fs::remove_dir(&baseline).unwrap();
    std::fs::write(&baseline, &good).unwrap();
    std::fs::write(folder.join("cases/baseline/orders.jsonl"), "{").unwrap();
    assert_eq!(validate(&[]).status.code(), Some(2));
    assert_eq!(contents(&folder.join("reports")), before);
}

/// What is committed under reports/ is what its manifests say, so that a fresh clone can be validated.
#[test]
fn the_committed_reports_are_wfrs_own() {
    let contents =
        |name: &str| if name == "index.html" { wfr::report::INDEX_FOLDER } else { wfr::report::RUN_FOLDER };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
    let mut folders = vec![(root.clone(), "index.html"), (root.join("schemes"), "index.html")];
    for parent in [&root, &root.join("schemes")] {
        let entries = std::fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(
            entries.filter(|path| path.join("result.json").exists()).map(|path| (path, "result.json")),
        );
    }
    assert!(folders.len() > 40);
    for (path, main) in folders {
        assert!(path.join(".wfr/manifest.json").exists(), "{}", path.display());
        // Refused if anything in it is in the way; nothing begins.
        wfr::folder::Folder::open(&path, contents(main)).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// `wfr prove --export` replaces only what it exported.
#[test]
fn an_export_is_as_careful() {
    let folder = folder("export");
    let export = || wfr(&folder, &["prove", "bochner", "--export", "out"]);
    assert!(export().status.success());
    assert!(export().status.success());
    let text = std::fs::read_to_string(folder.join("out/identities.txt")).unwrap();
    assert!(text.contains("identity bochner"), "{text}");
    std::fs::write(folder.join("out/certificates.txt"), "mine").unwrap();
    let output = export();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("certificates.txt"), "{}", told(&output));
    assert_eq!(std::fs::read_to_string(folder.join("out/certificates.txt")).unwrap(), "mine");
}

/// An index keeps the histories of scenarios that a later validation leaves out, and still knows them as its own.
#[test]
fn an_index_keeps_what_a_part_of_the_scenarios_leaves_alone() {
    use wfr::folder::Folder;
    let path = folder("index").join("reports");
    for files in [&["index.html", "history-a.svg", "history-b.svg"][..], &["index.html", "history-b.svg"]] {
        let mut own = Folder::open(&path, wfr::report::INDEX_FOLDER).unwrap();
        own.begin("<html></html>").unwrap();
        std::fs::create_dir_all(own.staging()).unwrap();
        for file in files {
            std::fs::write(own.staging().join(file), file).unwrap();
        }
        own.publish().unwrap();
    }
    assert_eq!(std::fs::read_to_string(path.join("history-a.svg")).unwrap(), "history-a.svg");
    assert!(Folder::open(&path, wfr::report::INDEX_FOLDER).is_ok());
}
