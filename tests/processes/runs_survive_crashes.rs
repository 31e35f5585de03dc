//! A run that is cut short, anywhere and in any way, goes on to the same bits, and what it leaves behind is never taken for
//! something else.

use crate::common::{flow, scenario};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wfr::checkpoint::{self, CheckpointError, Fingerprint, Keeper};
use wfr::particles::State;
use wfr::report::result_json;
use wfr::study::{Keeping, run, run_keeping};

const STEPS: usize = 12;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("crashes-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Of every kind of simulation one, in `STEPS` steps.
fn kinds() -> Vec<String> {
    let wells = |rest: &str| flow("(x^2 - 1)^2", -1.0, 0.04, 1.0, 1.0, rest);
    let grid = "[grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [100]\nstep = 0.05\n";
    let step = 1.0 / STEPS as f64;
    let oracle = |rest: &str| {
        wells(&format!(
            "{grid}[particles]\ncount = 1500\nstep = {step}\n{rest}\n[[study]]\nkind = \"compare\"\n"
        ))
    };
    let ensemble =
        |rest: &str| wells(&format!("[particles]\ncount = 200\nreplicates = 4\nstep = {step}\n{rest}\n"));
    let annealed = |rest: &str| {
        format!(
            "[target]\npotential = \"(x^2 - 4)^2/8\"\n[initial]\nmean = [0.0]\ncovariance = [[4.0]]\n\
             [flow]\ndynamics = \"annealed\"\nhorizon = 1.0\n{rest}\n[particles]\ncount = 1000\nstep = {step}\n"
        )
    };
    vec![
        oracle("ess-threshold = 0.99"),
        oracle("mode = \"birth-death\""),
        oracle("resampling = \"none\"\nscheme = \"leimkuhler-matthews\"\nweight = \"left\""),
        ensemble("density = \"transition-mixture\"\nscheme = \"platen\"\nsplitting = \"strang\""),
        ensemble("density = \"kernel\"\nsplitting = \"w-fr\""),
        annealed("schedule = \"t^2\""),
        annealed("schedule = \"adaptive\"\nschedule-ess = 0.6"),
    ]
}

#[test]
fn a_run_that_is_cut_after_every_single_step_has_the_same_bits() {
    let path = folder("steps").join("particles.bin");
    for text in kinds() {
        let scenario = scenario(&text);
        let (name, plan) = (&scenario.name, &scenario.plan);
        let whole = result_json(&run(name, plan, &scenario.warnings, &|_, _| ()).findings);
        let fingerprint = Fingerprint::of(&(name, plan));
        let mut from = None;
        for cut in 1..=STEPS {
            let interrupted = Arc::new(AtomicBool::new(false));
            let keeper = Keeper::new(path.clone(), fingerprint, Duration::MAX / 4, interrupted.clone());
            let progress = |stage: &str, _: f64| {
                interrupted.fetch_or(cut < STEPS && stage == "particles", Ordering::Relaxed);
            };
            let keeping = Keeping { keeper: Some(&keeper), from: from.take(), finished: None };
            let found = run_keeping(name, plan, &scenario.warnings, &progress, keeping).findings;
            if cut == STEPS {
                assert_eq!(result_json(&found), whole, "{text}");
            } else {
                let breakdown = found.breakdown.unwrap();
                assert!(breakdown.contains("interrupted at time"), "{breakdown}");
                let state: State = checkpoint::read(&path, fingerprint).unwrap();
                assert!(plan.accepts(&state));
                from = Some(state);
            }
        }
    }
}

/// What is kept by a run of `text` after its first step.
fn kept(path: &Path, text: &str) -> Fingerprint {
    let scenario = scenario(text);
    let fingerprint = Fingerprint::of(&(&scenario.name, &scenario.plan));
    let keeper = Keeper::new(path.into(), fingerprint, Duration::ZERO, Arc::default());
    let keeping = Keeping { keeper: Some(&keeper), ..Keeping::default() };
    run_keeping(&scenario.name, &scenario.plan, &[], &|_, _| (), keeping);
    fingerprint
}

#[test]
fn no_byte_of_a_checkpoint_can_be_changed_or_cut_off() {
    let path = folder("bytes").join("particles.bin");
    let fingerprint =
        kept(&path, &flow("x^2/2", 1.0, 0.5, 1.0, 0.0, "[particles]\ncount = 3\nstep = 0.25\n"));
    let read = || checkpoint::read::<State>(&path, fingerprint);
    let good = std::fs::read(&path).unwrap();
    assert!(read().is_ok());
    for place in (0..200).chain((200..good.len()).step_by(61)) {
        let mut bad = good.clone();
        bad[place] ^= 1 << (place % 8);
        std::fs::write(&path, &bad).unwrap();
        let error = read().expect_err("a changed byte");
        let expected = match place {
            0..15 => matches!(error, CheckpointError::Strange { .. }),
            15..19 => matches!(error, CheckpointError::Format { .. }),
            _ => matches!(error, CheckpointError::Damaged { .. }),
        };
        assert!(expected, "byte {place}: {error}");
        std::fs::write(&path, &good[..place]).unwrap();
        assert!(read().is_err(), "{place} bytes");
    }
}

#[test]
fn states_of_other_particles_are_not_accepted() {
    let path = folder("others").join("particles.bin");
    let text = |rest: &str| flow("x^2/2", 1.0, 0.5, 1.0, 0.0, &format!("[particles]\n{rest}\n"));
    let good = text("count = 700\nstep = 0.25");
    let fingerprint = kept(&path, &good);
    let state: State = checkpoint::read(&path, fingerprint).unwrap();
    assert!(scenario(&good).plan.accepts(&state));
    let planar = "dimension = 2\n[target]\npotential = \"x^2 + y^2\"\n[initial]\npoint = [0, 0]\n[flow]\nreaction = 0\nhorizon = 1\n\
                  [particles]\ncount = 700\nstep = 0.25\n";
    for other in [&text("count = 701\nstep = 0.25"), &text("count = 700\nstep = 1.0"), planar] {
        assert!(!scenario(other).plan.accepts(&state), "{other}");
    }
    let seeded = scenario(&text("count = 700\nstep = 0.25\nseed = 2"));
    let foreign = Fingerprint::of(&(&seeded.name, &seeded.plan));
    let error = checkpoint::read::<State>(&path, foreign).expect_err("another seed");
    assert!(matches!(error, CheckpointError::Foreign { .. }), "{error}");
}

/// A run of most of a second, of which particles take most.
const LONG: &str = "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n\
                    [initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n[flow]\nhorizon = 2.0\n\
                    [grid]\nlower = [-3.5]\nupper = [3.5]\ncells = [100]\nstep = 0.02\n\
                    [particles]\ncount = 12000\nstep = 0.004\n[[study]]\nkind = \"compare\"\n";

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
    command.current_dir(folder).args(arguments).stderr(Stdio::piped()).stdout(Stdio::null());
    command
}

fn wfr(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Waits until the run keeps something.
fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "{} is not written", path.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_killed_run_is_resumed_to_the_same_bytes() {
    let folder = folder("killed");
    std::fs::write(folder.join("long.toml"), LONG).unwrap();
    assert!(wfr(&folder, &["run", "long.toml", "--out", "whole", "--quiet"]).status.success());
    let whole = read(folder.join("whole/result.json"));
    let own = |out: &str| -> Vec<_> {
        let entries = std::fs::read_dir(folder.join(out).join(".wfr")).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(own("whole"), ["manifest.json"], "nothing is left behind");

    let state = folder.join("out/long/.wfr/particles.bin");
    for kill in 0..3 {
        let arguments: &[&str] = match kill {
            0 => &["run", "long.toml", "--checkpoint", "0"],
            _ => &["run", "--resume", "out/long", "--checkpoint", "0"],
        };
        let mut child = command(&folder, arguments).spawn().unwrap();
        wait_for(&state);
        std::thread::sleep(Duration::from_millis(20 + 40 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(read(folder.join("out/long/result.json")).contains("\"incomplete\": true"), "cut short");
    }
    // The scenario that counts is the one that was begun.
    std::fs::write(folder.join("long.toml"), "changed").unwrap();
    assert!(wfr(&folder, &["run", "--resume", "out/long", "--quiet"]).status.success());
    assert_eq!(read(folder.join("out/long/result.json")), whole);
    assert_eq!(own("out/long"), ["manifest.json"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_is_done_and_can_go_on() {
    let folder = folder("interrupted");
    std::fs::write(folder.join("long.toml"), LONG).unwrap();
    assert!(wfr(&folder, &["run", "long.toml", "--out", "whole", "--quiet"]).status.success());
    let child = command(&folder, &["run", "long.toml", "--checkpoint", "0"]).spawn().unwrap();
    wait_for(&folder.join("out/long/.wfr/particles.bin"));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("wfr run --resume out/long"), "{told}");
    let result: serde_json::Value = serde_json::from_str(&read(folder.join("out/long/result.json"))).unwrap();
    assert_eq!(result["incomplete"], true);
    assert!(result["breakdown"].as_str().unwrap().contains("interrupted"), "{result}");
    assert!(result["grid"]["mass"].is_number(), "the grid was done");
    assert!(folder.join("out/long/report.html").exists());
    assert!(wfr(&folder, &["run", "--resume", "out/long", "--quiet"]).status.success());
    assert_eq!(read(folder.join("out/long/result.json")), read(folder.join("whole/result.json")));
}

#[test]
fn what_cannot_be_resumed_is_refused_with_its_reason() {
    let folder = folder("refused");
    let refused = |arguments: &[&str], fragments: &[&str]| {
        let output = wfr(&folder, arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        for fragment in fragments {
            assert!(told.contains(fragment), "{told:?} lacks {fragment:?}");
        }
    };
    refused(&["run", "--resume", "nowhere"], &["--resume nowhere", "found no interrupted run"]);
    refused(&["run", "--resume", "out", "--seed", "1"], &["--resume", "--seed"]);
    refused(&["run", "x.toml", "--checkpoint=-1"], &["--checkpoint"]);

    // A posterior reads its data from a file beside it.
    let text = LONG.replace("\"(x^2 - 1)^2\"", "\"x^2/8\"\ndata = \"d.csv\"\nlikelihood = \"-(a - x)^2/2\"");
    std::fs::write(folder.join("long.toml"), text).unwrap();
    std::fs::write(folder.join("d.csv"), "a\n0.5\n-0.5\n").unwrap();
    let mut child =
        command(&folder, &["run", "long.toml", "--out", "a", "--checkpoint", "0"]).spawn().unwrap();
    let state = folder.join("a/.wfr/particles.bin");
    wait_for(&state);
    child.kill().unwrap();
    child.wait().unwrap();
    let request = read(folder.join("a/.wfr/run.json"));

    std::fs::write(folder.join("d.csv"), "a\n0.5\n-0.6\n").unwrap();
    refused(&["run", "--resume", "a"], &["a/.wfr/run.json", "have changed since"]);
    std::fs::write(folder.join("d.csv"), "a\n0.5\n-0.5\n").unwrap();
    for (from, to, fragment) in [
        ("\"version\": \"", "\"version\": \"9.", "a run of wfr 9."),
        ("\"seed\": null", "\"seed\": 7", "have changed since"),
        ("\"seed\": null", "\"seed\": \"x\"", "no request of wfr"),
    ] {
        std::fs::write(folder.join("a/.wfr/run.json"), request.replace(from, to)).unwrap();
        refused(&["run", "--resume", "a"], &[fragment]);
    }
    std::fs::write(folder.join("a/.wfr/run.json"), request).unwrap();
    let mut bytes = std::fs::read(&state).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&state, &bytes).unwrap();
    refused(&["run", "--resume", "a"], &["particles.bin", "damaged"]);
    kept(&state, &flow("x^2/2", 1.0, 0.5, 1.0, 0.0, "[particles]\ncount = 3\nstep = 0.25\n"));
    refused(&["run", "--resume", "a"], &["particles.bin", "another computation"]);
    std::fs::write(&state, "no checkpoint").unwrap();
    refused(&["run", "--resume", "a"], &["particles.bin", "found no checkpoint"]);
}
