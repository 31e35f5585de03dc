//! Bad input: exit status 2, nothing written, a message with file, line, column, what was found and what would be right.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use wfr::scenario::{Override, parse, starter};

const GOOD: &str = r#"name = "good"
observables = ["x", "x^2"]

[target]
potential = "(x^2 - 1)^2"

[initial]
mean = [-1.0]
covariance = [[0.04]]

[flow]
horizon = 1.0

[grid]
lower = [-3.0]
upper = [3.0]
cells = [100]
step = 0.05

[particles]
count = 1000
step = 0.05
scheme = "platen"

[[study]]
kind = "compare"
"#;

/// A folder of its own under the target folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn wfr(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wfr")).current_dir(folder).args(arguments).output().unwrap()
}

fn message(text: &str) -> String {
    parse(text, "s.toml", &[]).expect_err("bad input").to_string()
}

/// What is replaced in the good scenario, by what, and what the message must contain.
const MISTAKES: &[(&str, &str, &[&str])] = &[
    (
        "(x^2 - 1)^2",
        "(x^2 - 1)^2 - 1e17",
        &["target", "found a potential of 1e17", "with a smaller constant"],
    ),
    (
        "step = 0.05\n\n[particles]",
        "tolerance = 0.5\n\n[particles]",
        &["s.toml:18:13", "tolerance", "found 0.5", "a number from 1e-12 to 0.1"],
    ),
    (
        "step = 0.05\n\n[particles]",
        "tolerance = 1e-6\nmethod = \"strang\"\n\n[particles]",
        &["s.toml:18:13", "tolerance", "\"unsplit\" and \"richardson\""],
    ),
    (
        "step = 0.05\n\n[particles]",
        "tolerance = 1e-6\ntransport = \"tr-bdf2\"\n\n[particles]",
        &["s.toml:19:13", "transport", "\"time-exact\" where steps are chosen"],
    ),
    (
        "mean = [-1.0]\ncovariance = [[0.04]]\n\n[flow]\nhorizon = 1.0\n\n[grid]\n",
        "point = [-1.0]\n\n[flow]\nhorizon = 1.0\n\n[grid]\nmethod = \"unsplit\"\n",
        &["s.toml:14:10", "\"strang\" or \"richardson\"", "a start that is no point"],
    ),
    (
        "step = 0.05\n\n[particles]",
        "stepp = 0.05\n\n[particles]",
        &["s.toml:18:1", "[grid]", "stepp", "did you mean \"step\""],
    ),
    (
        "\"platen\"",
        "\"platten\"",
        &["s.toml:23:10", "[particles] scheme", "\"platten\"", "did you mean \"platen\""],
    ),
    ("\"(x^2 - 1)^2\"", "\"(x^2 - 1^2\"", &["s.toml:5:24", "')'", "character 1"]),
    ("\"(x^2 - 1)^2\"", "\"(x^2 - q)^2\"", &["s.toml:5:21", "unknown variable 'q'"]),
    ("[[0.04]]", "[[-0.04]]", &["s.toml:9:14", "not positive definite"]),
    ("[[0.04]]", "[[0.04, 0.0]]", &["s.toml:9:14", "dimension 2", "expected 1"]),
    ("mean = [-1.0]", "mean = [-1.0, 2.0]", &["s.toml:8:8", "found 2 numbers; expected 1"]),
    ("cells = [100]", "cells = [0]", &["s.toml:17:10", "found 0", "a whole number from 16 on"]),
    ("cells = [100]", "cells = [100.5]", &["s.toml:17:10", "found 100.5"]),
    ("step = 0.05\n\n[particles]", "step = 0.0\n\n[particles]", &["s.toml:18:8", "found 0;", "above 0"]),
    ("step = 0.05\nscheme", "step = -1.0\nscheme", &["s.toml:22:8", "found -1", "above 0"]),
    ("step = 0.05\nscheme", "step = 1.5\nscheme", &["s.toml:22:8", "found 1.5", "horizon, 1"]),
    (
        "lower = [-3.0]",
        "lower = [-1.5]",
        &["s.toml:15:9", "cuts off", "of the initial mass", "[-2.400, 3.000]"],
    ),
    ("count = 1000", "count = 1000000000000000", &["s.toml:21:9", "GiB"]),
    ("count = 1000", "count = 5000000000", &["s.toml:21:9", "found 5000000000", "at most 4294967296"]),
    ("count = 1000", "count = 1000\nmode = \"birth\"", &["s.toml:22:8", "found \"birth\"", "birth-death"]),
    (
        "count = 1000",
        "count = 1000\nmode = \"birth-death\"\nbirth-death = \"morran\"",
        &["s.toml:23:15", "did you mean \"moran\""],
    ),
    (
        "count = 1000",
        "count = 1000\nmode = \"birth-death\"\nresampling = \"ssp\"",
        &["s.toml:23:14", "[particles] resampling", "expected none"],
    ),
    (
        "count = 1000",
        "count = 1000\nbirth-death = \"moran\"",
        &["s.toml:22:15", "mode = \"birth-death\" only"],
    ),
    (
        "horizon = 1.0\n\n[grid]\nlower = [-3.0]\nupper = [3.0]\ncells = [100]\nstep = 0.05\n\n[particles]",
        "horizon = 1.0\nreaction = 0.0\n\n[particles]\nmode = \"birth-death\"",
        &["s.toml:16:8", "[particles] mode", "without a reaction"],
    ),
    ("count = 1000", "count = 0", &["s.toml:21:9", "found 0", "at least 1"]),
    ("count = 1000", "count = \"many\"", &["s.toml:21:9", "the string \"many\"", "whole number"]),
    ("horizon = 1.0", "horizon = inf", &["s.toml:12:11", "positive number"]),
    (
        "horizon = 1.0",
        "horizon = 1.0\ndynamics = \"underdamped\"",
        &["lower", "found 1", "2", "platen", "baoab"],
    ),
    ("horizon = 1.0", "horizon = 1.0\ntransport = 0\nreaction = 0", &["nothing moves"]),
    ("\"compare\"", "\"comparison\"", &["s.toml:26:8", "did you mean \"compare\""]),
    ("[initial]\nmean", "[initial]\npoint = [0.0]\nmean", &["several initial laws"]),
    ("[flow]\nhorizon = 1.0\n", "", &["flow", "found nothing", "horizon"]),
    ("potential = \"(x^2 - 1)^2\"", "", &["[target] potential", "found nothing"]),
    ("potential = \"(x^2 - 1)^2\"", "potential = \"log(x)\"", &["potential is NaN"]),
    ("name = \"good\"", "name = \"a/b\"", &["s.toml:1:8", "folder"]),
    ("name = \"good\"", "name = \"good", &["s.toml:1:"]),
    (
        "[initial]\nmean = [-1.0]\ncovariance = [[0.04]]",
        "[initial]\nmixture = [{ weight = 0.5, mean = [0.0], covariance = [[1.0]] }, { weight = -0.5, mean = [0.0], covariance = [[1.0]] }]",
        &["s.toml:8:77", "weight", "found -0.5", "positive"],
    ),
];

#[test]
fn every_mistake_is_named_with_its_place_and_the_remedy() {
    assert!(parse(GOOD, "s.toml", &[]).is_ok());
    for (from, to, fragments) in MISTAKES {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from} is in the scenario");
        let message = message(&text);
        for fragment in *fragments {
            assert!(message.contains(fragment), "{to}: {message:?} lacks {fragment:?}");
        }
    }
}

#[test]
fn all_mistakes_of_a_file_show_at_once() {
    let text = GOOD
        .replacen("\"platen\"", "\"platten\"", 1)
        .replacen("[100]", "[0]", 1)
        .replacen("x^2 - 1", "x^2 - q", 1);
    let message = message(&text);
    assert_eq!(message.lines().count(), 3, "{message}");
}

#[test]
fn a_multiplicative_noise_needs_a_scheme_that_can() {
    let text = "[initial]\npoint = [1.0]\n[sde]\ndrift = [\"1.5*x\"]\ndiffusion = [[\"0.1*x\"]]\nhorizon = 1.0\n\
                [particles]\nscheme = \"platen\"\n";
    let message = message(text);
    assert!(message.contains("s.toml:8:10") && message.contains("euler-maruyama"), "{message}");
}

#[test]
fn a_box_that_floating_point_numbers_do_not_resolve_is_refused() {
    let without = GOOD.replacen("lower = [-3.0]\nupper = [3.0]\n", "", 1);
    assert!(parse(&without, "s.toml", &[]).is_ok());
    for (from, to) in [
        ("mean = [-1.0]\ncovariance = [[0.04]]", "mean = [1e17]\ncovariance = [[1e-9]]"),
        ("mean = [-1.0]", "mean = [1e307]"),
        ("(x^2 - 1)^2", "1e40*(x - 1)^2"),
    ] {
        let message = message(&without.replacen(from, to, 1));
        assert!(message.contains("[grid] lower") && message.contains("floating-point"), "{to}: {message}");
    }
}

#[test]
fn a_reaction_without_a_grid_says_so() {
    let start = GOOD.find("[grid]").unwrap();
    let end = GOOD.find("[particles]").unwrap();
    let message = message(&(GOOD[..start].to_string() + &GOOD[end..]));
    assert!(message.contains("[grid]") && message.contains("log ρ"), "{message}");
}

#[test]
fn a_little_lost_mass_is_a_warning() {
    // 5.5 deviations: 2·1.9e-8.
    let scenario = parse(&GOOD.replacen("lower = [-3.0]", "lower = [-2.1]", 1), "s.toml", &[]).unwrap();
    assert!(
        scenario.warnings.iter().any(|warning| warning.contains("initial mass")),
        "{:?}",
        scenario.warnings
    );
}

#[test]
fn overrides_replace_one_key() {
    let set = |text: &str| Override::parse(text).unwrap();
    let overrides = [set("particles.count=500"), set("grid.method=w-fr"), set("study.0.kind=grid-order")];
    let plan = parse(GOOD, "s.toml", &overrides).unwrap().plan;
    assert_eq!(plan.particles().unwrap().count, 500);
    assert_eq!(plan.grid().unwrap().method.name(), "w-fr");
    assert!(Override::parse("particles.count").is_err());
    let wrong = parse(GOOD, "s.toml", &[set("particles.count=-1")]).unwrap_err().to_string();
    assert!(wrong.contains("--set particles.count") && wrong.contains("found -1"), "{wrong}");
    let nowhere = parse(GOOD, "s.toml", &[set("study.7.kind=compare")]).unwrap_err().to_string();
    assert!(nowhere.contains("an array of 1"), "{nowhere}");
}

#[test]
fn the_starter_is_a_scenario() {
    let scenario = parse(&starter(), "starter.toml", &[]).unwrap();
    assert!(scenario.warnings.is_empty());
}

#[test]
fn mutilated_scenarios_never_panic() {
    fn holds(cut: usize, length: usize, insert: String) -> bool {
        let boundary = |at: usize| (0..=at % GOOD.len()).rev().find(|&at| GOOD.is_char_boundary(at)).unwrap();
        let start = boundary(cut);
        let end = boundary(start + length % 40).max(start);
        let text = format!("{}{insert}{}", &GOOD[..start], &GOOD[end..]);
        let _ = parse(&text, "s.toml", &[]);
        true
    }
    quickcheck::QuickCheck::new().tests(3000).quickcheck(holds as fn(usize, usize, String) -> bool);
}

#[test]
fn the_command_exits_with_2_and_writes_nothing() {
    let folder = folder("bad_input");
    std::fs::write(folder.join("bad.toml"), GOOD.replacen("\"platen\"", "\"platten\"", 1)).unwrap();
    std::fs::write(folder.join("good.toml"), GOOD).unwrap();
    for arguments in [
        &["run", "bad.toml"][..],
        &["run", "missing.toml"],
        &["run", "bad.toml", "--set", "nonsense"],
        &["run", "good.toml", "--dump-path", "1000"],
        &["validate", "missing-folder"],
        &["prove", "no-such-claim"],
        &["no-such-command"],
    ] {
        let output = wfr(&folder, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty() && errors.contains("error:"), "{arguments:?}: {errors}");
    }
    let errors = wfr(&folder, &["run", "missing.toml"]).stderr;
    assert!(String::from_utf8_lossy(&errors).contains("missing.toml"));
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing was written: {left:?}");
}

#[test]
fn a_path_that_blows_up_is_reported_with_time_and_particle() {
    let folder = folder("blow_up");
    let text = "[target]\npotential = \"-x^4\"\n[initial]\nmean = [0.5]\ncovariance = [[0.01]]\n\
                [flow]\nreaction = 0.0\nhorizon = 3.0\n[particles]\ncount = 2000\nstep = 0.01\n\
                [grid]\nlower = [-2.0]\nupper = [2.0]\ncells = [100]\n";
    std::fs::write(folder.join("explosive.toml"), text).unwrap();
    let output = wfr(&folder, &["run", "explosive.toml", "--json", "--dump-path", "7"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{errors}");
    assert!(errors.contains("blew up at time") && errors.contains("particle "), "{errors}");
    let result = String::from_utf8_lossy(&output.stdout);
    assert!(
        result.contains("\"incomplete\": true") && result.contains("\"grid\": {"),
        "what was computed is kept: {result}"
    );
    assert!(folder.join("out/explosive/result.json").exists());
    let path = std::fs::read_to_string(folder.join("out/explosive/path-7.csv")).unwrap();
    assert!(path.starts_with("t,x,log-weight\n0.0,"), "{path}");
}

#[test]
fn particles_that_all_die_are_reported_with_the_remedy() {
    let folder = folder("extinct");
    for interaction in ["resampling = \"none\"", "ess-threshold = 0.9", "mode = \"birth-death\""] {
        let text = format!(
            "[initial]\npoint = [1.0]\n[sde]\ndrift = [\"0\"]\ndiffusion = [[\"0.01\"]]\nrate = \"exp(8000*t)\"\n\
             horizon = 1.0\n[particles]\ncount = 500\nstep = 0.1\n{interaction}\n"
        );
        std::fs::write(folder.join("doomed.toml"), text).unwrap();
        let output = wfr(&folder, &["run", "doomed.toml"]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{interaction}: {errors}");
        for fragment in ["all 500 particles had died by time", "where the rate is finite"] {
            assert!(errors.contains(fragment), "{interaction}: {errors}");
        }
    }
}

/// A box that is found for the problem is not missed where the problem itself is not understood.
#[test]
fn one_mistake_is_told_once() {
    let text = "observables = [\"x\"]\n[target]\npotential = \"x^4/4\"\n[initial]\nmean = [1.0]\ncovariance = [[0.1]]\n\
                [flow]\nhorizont = 1.0\n[grid]\ncells = [200]\n";
    let message = wfr::scenario::parse(text, "s.toml", &[]).unwrap_err().to_string();
    assert!(message.contains("did you mean \"horizon\""), "{message}");
    assert!(!message.contains("[grid]"), "{message}");
    // With the horizon, the same grid finds its box.
    assert!(wfr::scenario::parse(&text.replace("horizont", "horizon"), "s.toml", &[]).is_ok());
}

/// Target laws are integrated when their scenario is read, on threads that --threads has to have made by then.
#[test]
fn threads_are_no_bad_input() {
    let folder = folder("threads");
    let text = "observables = [\"x\"]\n[target]\nmixture = [{ mean = [1.0], covariance = [[0.25]] }]\n[flow]\n\
                dynamics = \"reverse-diffusion\"\nhorizon = 1.0\n[particles]\ncount = 1000\nstep = 0.1\n\
                scheme = \"platen-general\"\n[[study]]\nkind = \"target-law\"\n";
    std::fs::write(folder.join("s.toml"), text).unwrap();
    let output = wfr(&folder, &["run", "s.toml", "--threads", "1", "--out", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
