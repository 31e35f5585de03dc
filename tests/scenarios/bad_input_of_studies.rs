//! Bad keys of the studies of acceleration: place, key, what was found, what would be right.

use wfr::scenario::parse;

fn scenario(study: &str) -> String {
    format!(
        "observables = [\"x^2\"]\n[initial]\npoint = [1.0]\n\
         [sde]\ndrift = [\"-x\"]\ndiffusion = [[\"sqrt(2)\"]]\nhorizon = 1.0\n[[study]]\n{study}\n"
    )
}

/// A study, and what the message must contain.
const MISTAKES: &[(&str, &[&str])] = &[
    ("kind = \"multilevel\"", &["s.toml:8:", "accuracy", "found nothing", "the standard error to reach"]),
    ("kind = \"multilevel\"\naccuracy = 0", &["s.toml:10:12", "accuracy", "found 0", "above 0"]),
    (
        "kind = \"multilevel\"\naccuracy = \"high\"",
        &["s.toml:10:12", "the string \"high\"", "a number above 0"],
    ),
    ("kind = \"multilevel\"\naccuracies = [0.1, -0.1]", &["s.toml:10:20", "accuracies[1]", "found -0.1"]),
    ("kind = \"multilevel\"\naccuracies = []", &["s.toml:10:14", "at least 1 number"]),
    ("kind = \"multilevel\"\naccuracies = [0.1, 0.2]", &["s.toml:10:14", "smaller than the one before"]),
    ("kind = \"multilevel\"\naccuracy = 0.1\naccuracies = [0.1]", &["s.toml:11:14", "one of the two"]),
    (
        "kind = \"multilevel\"\naccuracy = 0.1\nscheme = \"plato\"",
        &["s.toml:11:10", "did you mean \"platen\""],
    ),
    ("kind = \"multilevel\"\naccuracy = 0.1\nscheme = \"baoab\"", &["s.toml:11:10", "underdamped", "platen"]),
    (
        "kind = \"multilevel\"\naccuracy = 0.1\ncoarsest = 0.3",
        &["s.toml:11:12", "found 0.3", "divides the horizon, 1"],
    ),
    (
        "kind = \"multilevel\"\naccuracy = 0.1\ncoarsest = 2",
        &["s.toml:11:12", "found 2", "divides the horizon, 1"],
    ),
    ("kind = \"multilevel\"\naccuracy = 0.1\nmax-levels = 2", &["s.toml:11:14", "found 2", "from 3 to 20"]),
    ("kind = \"multilevel\"\naccuracy = 0.1\nmax-levels = 4.5", &["s.toml:11:14", "found 4.5"]),
    ("kind = \"multilevel\"\naccuracy = 0.1\nmax-paths = 10", &["s.toml:11:13", "found 10", "at least 4096"]),
    ("kind = \"multilevel\"\naccuracy = 0.1\nsteps = [0.1]", &["s.toml:11:1", "the unknown key \"steps\""]),
    ("kind = \"work-precision\"\naccuracy = 1.0", &["s.toml:10:12", "found 1", "from 1e-9 to 0.1"]),
    ("kind = \"work-precision\"\nfactor = 0.5", &["s.toml:10:10", "found 0.5", "at least 1"]),
    ("kind = \"multilevl\"", &["s.toml:9:8", "did you mean \"multilevel\""]),
    ("kind = \"weak-order\"\nextrapolate = 1", &["s.toml:10:15", "extrapolate", "found 1", "true or false"]),
];

#[test]
fn every_mistake_is_named_with_its_place_and_the_remedy() {
    for good in ["kind = \"multilevel\"\naccuracy = 0.1", "kind = \"weak-order\"\nextrapolate = true"] {
        assert!(parse(&scenario(good), "s.toml", &[]).is_ok(), "{good}");
    }
    for (study, fragments) in MISTAKES {
        let message = parse(&scenario(study), "s.toml", &[]).expect_err(study).to_string();
        for fragment in *fragments {
            assert!(message.contains(fragment), "{study}: {message:?} lacks {fragment:?}");
        }
    }
}

#[test]
fn a_multilevel_study_of_a_reaction_needs_a_grid() {
    let text = "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[flow]\nhorizon = 1.0\n\
                [[study]]\nkind = \"multilevel\"\naccuracy = 0.1\n";
    let message = parse(text, "s.toml", &[]).expect_err("no grid").to_string();
    assert!(message.contains("s.toml:9:8") && message.contains("[grid], which gives log ρ"), "{message}");
}
