//! What would take more memory or time than there is, and files that are none, are refused before anything is computed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use wfr::scenario::{Access, Vocabulary, load_with, parse};

const BASE: &str = "observables = [\"x\", \"x^2\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n[initial]\nmean = [-1.0]\n\
                    covariance = [[0.04]]\n[flow]\nhorizon = 1.0\n[grid]\nlower = [-3.0]\nupper = [3.0]\ncells = [400]\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("limits-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn wfr(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn message(text: &str) -> String {
    parse(text, "s.toml", &[]).expect_err(text).to_string()
}

/// Something in the base, what stands in its place, and what is said.
#[test]
fn endless_runs_are_refused_with_what_would_be_possible() {
    let particles = |rest: &str| format!("[particles]\n{rest}\n");
    let free = |rest: &str| {
        BASE[..BASE.find("[grid]").unwrap()].replace("horizon", "reaction = 0.0\nhorizon") + rest
    };
    let grid = |from: &str, to: &str| BASE.replace(from, to);
    let order = "[[study]]\nkind = \"weak-order\"\nschemes = [\"euler-maruyama\"]\nobservable = \"x\"\n";
    let multilevel = "[[study]]\nkind = \"multilevel\"\nscheme = \"euler-maruyama\"\nobservable = \"x\"\n";
    for (text, fragments) in [
        (
            grid("cells = [400]", "cells = [400]\nstep = 1e-300"),
            &["step", "found 1e-300", "one from 1e-12 on"][..],
        ),
        (grid("cells = [400]", "cells = [400]\nstep = 1e-11"), &["cells", "hours", "longer steps"]),
        (grid("horizon = 1.0", "horizon = 1e8"), &["cells", "over the horizon 1e8", "hours", "a horizon of"]),
        (grid("horizon = 1.0", "horizon = 1e300"), &["cells", "hours"]),
        (grid("horizon = 1.0", "horizon = 1e8\nreaction = 0.0"), &["cells", "hours"]),
        (grid("horizon = 1.0", "horizon = 1.0\ntransport = 1e15"), &["hours"]),
        (free(&particles("count = 10000000\nstep = 1e-9")), &["count", "hours"]),
        (free(&format!("{order}steps = [0.5, 1e-300]\n")), &["steps"]),
        (free(&format!("{order}steps = [0.5, 1e-12]\n")), &["steps"]),
        (free(&format!("{multilevel}accuracy = 1e-300\n")), &["accuracy", "1e-300"]),
        (free(&format!("{multilevel}accuracy = 1e-9\nmax-paths = 9000000000000\n")), &["max-paths", "hours"]),
    ] {
        let message = message(&text);
        for fragment in fragments {
            assert!(message.contains(fragment), "{text}\n{message:?} lacks {fragment:?}");
        }
        assert!(message.lines().count() <= 2, "{message}");
    }
    // Whoever has the time may take it.
    let path = folder("hours").join("s.toml");
    std::fs::write(&path, grid("horizon = 1.0", "horizon = 1e8")).unwrap();
    assert!(
        load_with(&path, &[], &Vocabulary::within(Access { most_hours: 1e6, ..Access::default() })).is_ok()
    );
}

#[test]
fn what_does_not_fit_into_the_memory_is_refused() {
    let ensemble = "observables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[flow]\n\
                    horizon = 0.1\n[particles]\ncount = 64\nreplicates = 4\nstep = 0.05\ndensity = \"kernel\"\nbandwidth = 0.3\n[[study]]\n\
                    kind = \"ensemble-order\"\nreference = 1.0\n";
    for (text, fragments) in [
        (BASE.replace("[400]", "[99999999]"), &["cells", "GiB", "at most"][..]),
        (format!("dimension = 1000000000\n{BASE}"), &["dimension", "found 1000000000", "GiB", "at most"]),
        (format!("{ensemble}counts = [8, 16, 1e200]\n"), &["counts", "1e200"]),
        (format!("{ensemble}counts = [8, 16, 4000000000]\n"), &["counts", "GiB"]),
        (format!("{BASE}[particles]\ncount = 1000000000000000\n"), &["count", "at most 4294967296"]),
        (format!("{BASE}[particles]\ncount = 100\nstep = 1e-9\n"), &["cells", "recorded times"]),
    ] {
        let message = message(&text);
        for fragment in fragments {
            assert!(message.contains(fragment), "{text}\n{message:?} lacks {fragment:?}");
        }
        assert_eq!(message.lines().count(), 1, "one mistake is told once: {message}");
    }
}

/// The limits of the process count: here 300 MB of data.
#[cfg(target_os = "linux")]
#[test]
fn the_limits_of_the_process_are_heeded() {
    let folder = folder("process");
    let text = BASE[..BASE.find("[grid]").unwrap()].replace("horizon", "reaction = 0.0\nhorizon");
    std::fs::write(folder.join("s.toml"), format!("{text}[particles]\ncount = 20000000\nstep = 0.5\n"))
        .unwrap();
    let limited = |limit: &str| {
        let line =
            format!("ulimit {limit}; exec {} run s.toml --quiet --threads 1", env!("CARGO_BIN_EXE_wfr"));
        Command::new("sh").current_dir(&folder).args(["-c", &line]).output().unwrap()
    };
    for limit in ["-d 300000", "-v 600000"] {
        let output = limited(limit);
        assert_eq!(output.status.code(), Some(2), "{limit}: {}", told(&output));
        assert!(told(&output).contains("GiB"), "{}", told(&output));
        assert!(!folder.join("out").exists());
    }
    // Threads alone take more address space than this: an abort (134) without a word is what they ended with.
    std::fs::write(folder.join("s.toml"), format!("{text}[particles]\ncount = 100000\nstep = 0.5\n"))
        .unwrap();
    for limit in ["-v 60000", "-v 120000", "-v 200000"] {
        let output = limited(limit);
        assert_eq!(output.status.code(), Some(2), "{limit}: {}", told(&output));
        assert!(told(&output).contains("MiB"), "{}", told(&output));
    }
}

#[cfg(unix)]
#[test]
fn files_that_are_none_are_refused_at_once() {
    use std::os::unix::fs::symlink;
    let folder = folder("files");
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    symlink("/dev/zero", folder.join("zero")).unwrap();
    let sparse = std::fs::File::create(folder.join("sparse")).unwrap();
    sparse.set_len(5 << 30).unwrap();
    for file in ["pipe", "zero", "/dev/zero", "sparse", ".", "missing"] {
        let output = wfr(&folder, &["run", file]);
        assert_eq!(output.status.code(), Some(2), "{file}: {}", told(&output));
        let text = BASE.replace(
            "potential = \"(x^2 - 1)^2\"",
            &format!("potential = \"x^2/8\"\ndata = \"{file}\"\nlikelihood = \"-(a - x)^2/2\""),
        );
        std::fs::write(folder.join("s.toml"), text).unwrap();
        let output = wfr(&folder, &["run", "s.toml"]);
        assert_eq!(output.status.code(), Some(2), "{file}: {}", told(&output));
        assert!(told(&output).contains("data") && told(&output).lines().count() == 1, "{}", told(&output));
    }
    std::fs::write(folder.join("large.toml"), format!("{BASE}{}", "#".repeat(2 << 20))).unwrap();
    let output = wfr(&folder, &["run", "large.toml", "--max-data", "1"]);
    assert!(told(&output).contains("--max-data"), "{}", told(&output));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_sandboxed_scenario_reads_nothing_of_others() {
    let folder = folder("sandbox");
    std::fs::create_dir(folder.join("inside")).unwrap();
    std::fs::write(folder.join("outside.csv"), "a\n1\n").unwrap();
    std::fs::write(folder.join("inside/own.csv"), "a\n1\n").unwrap();
    let absolute = folder.join("outside.csv").display().to_string();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.join("outside.csv"), folder.join("inside/link.csv")).unwrap();
    let run = |data: &str| {
        let text = BASE.replace(
            "potential = \"(x^2 - 1)^2\"",
            &format!("potential = \"x^2/8\"\ndata = \"{data}\"\nlikelihood = \"-(a - x)^2/2\""),
        );
        std::fs::write(folder.join("inside/s.toml"), text.replace("400", "32")).unwrap();
        wfr(&folder, &["run", "inside/s.toml", "--sandboxed", "--quiet"])
    };
    for data in ["../outside.csv", "./../outside.csv", &absolute, "link.csv", "/etc/passwd"] {
        if data == "link.csv" && cfg!(not(unix)) {
            continue;
        }
        let output = run(data);
        assert_eq!(output.status.code(), Some(2), "{data}: {}", told(&output));
        assert!(told(&output).contains("sandboxed"), "{}", told(&output));
    }
    assert_eq!(run("own.csv").status.code(), Some(0));
    // A sandboxed run ends in time, with what is done.
    let text = BASE.replace("[400]", "[3000]").replace("horizon = 1.0", "horizon = 1.0\nreaction = 0.0");
    std::fs::write(folder.join("inside/s.toml"), text).unwrap();
    let arguments = ["run", "inside/s.toml", "--sandboxed", "--quiet", "--max-hours", "0.00001"];
    let output = wfr(&folder, &arguments);
    assert!(matches!(output.status.code(), Some(2 | 3)), "{}", told(&output));
}

#[test]
fn tables_of_all_kinds_are_read() {
    let folder = folder("tables");
    let text = BASE.replace(
        "potential = \"(x^2 - 1)^2\"",
        "potential = \"x^2/8\"\ndata = \"d.csv\"\nlikelihood = \"-(a - x)^2/2 + 0*b\"",
    );
    std::fs::write(folder.join("s.toml"), &text).unwrap();
    let read = |content: &[u8]| {
        std::fs::write(folder.join("d.csv"), content).unwrap();
        load_with(&folder.join("s.toml"), &[], &Vocabulary::default())
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    for good in [
        &b"a,b\n1,2\n3,4\n"[..],
        b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n",
        b"# a comment\n\n a , b \n 1 , 2 \n   \n3,4",
        b"\"a\",\"b\"\n\"1\",\"2\"\n",
        b"a;b\n1;2\n3;4\n",
    ] {
        assert_eq!(read(good), Ok(()), "{}", String::from_utf8_lossy(good));
    }
    for (bad, fragment) in [
        (&b"a,a\n1,2\n"[..], "two columns called \"a\""),
        (b"a;b\n1,5;2\n", "1,5"),
        (b"a,b\n1\n", "d.csv:2: found 1 values; expected 2"),
        (b"a,b\n1,nan\n", "d.csv:2"),
        (b"a,b\n", "no datum"),
        (b"", "empty"),
        (b"1,2\n3,4\n", "names of the columns"),
        (b"a,b\n1,\xff\n", "UTF-8"),
    ] {
        let message = read(bad).expect_err(fragment);
        assert!(message.contains(fragment), "{message:?} lacks {fragment:?}");
        assert_eq!(message.lines().count(), 1, "one mistake is told once: {message}");
    }
}

#[test]
fn one_mistake_does_not_make_others() {
    for (from, to, fragment) in [
        ("observables", "name = \"a/b\"\nobservables", "name"),
        ("observables", "name = 1\nobservables", "name"),
        ("observables", "dimension = 1.5\nobservables", "dimension"),
        ("observables", "dimension = 0\nobservables", "dimension"),
        ("observables", "large = 1\nobservables", "large"),
        ("[flow]", "[particles]\nseed = 9007199254740993\ncount = 10\n[flow]", "below 2^53"),
    ] {
        let message = message(&BASE.replacen(from, to, 1));
        assert!(message.contains(fragment), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

/// Escape sequences, and what turns the direction of writing, are shown, not obeyed.
#[test]
fn no_escape_sequence_of_a_scenario_reaches_the_terminal() {
    let folder = folder("escapes");
    let evil = "\\u001b[31m\\u009b2J\\u202e\\u0007";
    for (number, text) in [
        BASE.replace("\"(x^2 - 1)^2\"", &format!("\"{evil}\"")),
        BASE.replace("observables", &format!("name = \"{evil}\"\nobservables")),
        BASE.replace("cells", &format!("\"{evil}\" = 1\ncells")),
        format!("{BASE}[[study]]\nkind = \"reference\"\nobservable = \"x\"\nvalue = -1.0\nerror = 3.0\nsource = \"{evil}\"\n")
            .replace("400", "64")
            .replace("[[study]]", "[particles]\ncount = 500\nstep = 0.01\n[[study]]"),
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::write(folder.join("s.toml"), text).unwrap();
        let output = wfr(&folder, &["run", "s.toml", "--json"]);
        for bytes in [&output.stderr, &output.stdout] {
            let text = String::from_utf8_lossy(bytes);
            let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(obeyed), "{number}: {text:?}");
        }
        assert_eq!(output.status.code(), Some(if number == 3 { 0 } else { 2 }), "{}", told(&output));
    }
}

/// Nobody need listen: what was computed is written all the same.
#[cfg(unix)]
#[test]
fn a_full_or_closed_terminal_loses_nothing() {
    let folder = folder("full");
    std::fs::write(folder.join("s.toml"), BASE.replace("400", "32")).unwrap();
    for (place, redirection) in
        ["2>/dev/full", ">&- 2>&-", ">/dev/full", "2>&1 >/dev/full", "| true"].into_iter().enumerate()
    {
        let line = format!("{} run s.toml --json --out {place} {redirection}", env!("CARGO_BIN_EXE_wfr"));
        let output = Command::new("sh").current_dir(&folder).args(["-c", &line]).output().unwrap();
        let expected = if redirection.contains(">/dev/full") && !redirection.starts_with('2')
            || redirection.starts_with("2>&1")
        {
            3
        } else {
            0
        };
        assert_eq!(output.status.code(), Some(expected), "{redirection}: {}", told(&output));
        let result = std::fs::read_to_string(folder.join(place.to_string()).join("result.json")).unwrap();
        assert!(result.contains("\"incomplete\": false"), "{redirection}");
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_no_panic() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder("bytes");
    let name = OsStr::from_bytes(b"s\xff.toml");
    std::fs::write(folder.join(name), format!("name = \"s\"\n{}", BASE.replace("400", "32"))).unwrap();
    let run = |arguments: &[&OsStr]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
        command.current_dir(&folder).args(arguments).output().unwrap().status.code()
    };
    let out = OsStr::from_bytes(b"o\xff");
    assert_eq!(run(&["run".as_ref(), name, "--out".as_ref(), out]), Some(0));
    assert!(folder.join(out).join("result.json").exists());
    assert_eq!(run(&["run".as_ref(), name, "--set".as_ref(), out]), Some(2));
    assert_eq!(run(&[out]), Some(2));
}

/// More threads than the limits of the process allow.
#[cfg(target_os = "linux")]
#[test]
fn too_many_threads_are_refused() {
    let folder = folder("threads");
    std::fs::write(folder.join("s.toml"), BASE.replace("400", "32")).unwrap();
    let line = format!("ulimit -v 1000000; exec {} run s.toml --threads 2000", env!("CARGO_BIN_EXE_wfr"));
    let output = Command::new("sh").current_dir(&folder).args(["-c", &line]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("--threads"), "{}", told(&output));
}

/// Writing beyond a limit is an error that is reported, with a result that says that it is incomplete.
#[cfg(target_os = "linux")]
#[test]
fn files_that_may_not_grow_are_an_error() {
    let folder = folder("growth");
    std::fs::write(folder.join("s.toml"), BASE.replace("400", "64")).unwrap();
    let line = format!("ulimit -f 8; exec {} run s.toml --quiet", env!("CARGO_BIN_EXE_wfr"));
    let output = Command::new("sh").current_dir(&folder).args(["-c", &line]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    let result = std::fs::read_to_string(folder.join("out/s/result.json")).unwrap();
    assert!(result.contains("\"incomplete\": true"), "{result}");
}

/// Covariances beside which the noise is lost in rounding.
#[test]
fn huge_covariances_of_kinetic_diffusions_are_refused() {
    let text = |covariance: &str| {
        format!(
            "observables = [\"x\"]\n[target]\nmixture = [{{ mean = [1.0], covariance = [[{covariance}]] }}]\n[flow]\n\
             dynamics = \"reverse-diffusion\"\nforward = \"kinetic\"\nhorizon = 1.0\n[particles]\ncount = 100\nstep = 0.1\n"
        )
    };
    for covariance in ["1e17", "1e20", "1e100", "1e300"] {
        let message = message(&text(covariance));
        assert!(message.contains("rounding") || message.contains("covariance"), "{message}");
    }
    assert!(parse(&text("1e6"), "s.toml", &[]).is_ok());
}
