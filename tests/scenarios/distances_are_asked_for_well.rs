//! Mistakes in a study of distances: each is named with the key and the remedy.

use wfr::scenario::parse;

/// A scenario without reaction, with a grid and without particles.
fn scenario(study: &str) -> String {
    format!(
        "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.25]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n\
         [grid]\nlower = [-7.0]\nupper = [7.0]\ncells = [40]\n[[study]]\nkind = \"distance\"\n{study}\n"
    )
}

/// A study, and what the message must contain.
const MISTAKES: &[(&str, &[&str])] = &[
    ("metric = \"w2\"", &["from", "found nothing; expected"]),
    ("from = \"grid\"\nmetric = \"w1\"", &["s.toml:16:10", "found \"w1\"", "w2"]),
    ("from = \"grid\"", &["delta", "found none; expected a length scale"]),
    ("from = \"grid\"\ndelta = 0", &["s.toml:16:9", "found 0", "above 0"]),
    ("from = \"particles\"\nmetric = \"w2\"", &["s.toml:15:8", "\"particles\" without [particles]"]),
    ("from = \"file\"\nmetric = \"w2\"", &["s.toml:15:8", "\"file\" without file"]),
    ("from = \"target\"\nmetric = \"w2\"", &["to", "found \"target\" on both sides; expected two laws"]),
    ("from = \"initial\"\nmetric = \"w2\"\nfrom-time = 0.5", &["s.toml:17:13", "expected one of \"grid\""]),
    ("from = \"grid\"\nmetric = \"w2\"\nfrom-time = 2.0", &["s.toml:17:13", "found 2", "the horizon"]),
    ("from = \"grid\"\nmetric = \"w2\"\npoints = 0", &["s.toml:17:10", "found 0", "from 1 to 20000"]),
];

#[test]
fn every_mistake_is_named() {
    for good in
        ["from = \"grid\"\ndelta = 1.0", "from = \"grid\"\nto = \"grid\"\nfrom-time = 0.5\nmetric = \"w2\""]
    {
        let read = parse(&scenario(good), "s.toml", &[]);
        assert!(read.is_ok(), "{good}: {}", read.expect_err(good));
    }
    for (study, fragments) in MISTAKES {
        let message = parse(&scenario(study), "s.toml", &[]).expect_err(study).to_string();
        for fragment in *fragments {
            assert!(message.contains(fragment), "{study}: {message:?} lacks {fragment:?}");
        }
    }
}
