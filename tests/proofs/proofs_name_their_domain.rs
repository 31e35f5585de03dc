//! Every decision of `wfr prove` names its domain: printed, in its JSON and in what it exports.

use std::process::Command;

/// One claim of every kind.
const CLAIMS: [&str; 9] = [
    "symmetry",
    "strang-bch",
    "birth-death-moran",
    "platen+trapezoidal",
    "baoab/invariant-measure",
    "mala/detailed-balance",
    "reverse-diffusion/weights",
    "scharfetter-gummel",
    "crank-nicolson",
];

fn prove(arguments: &[&str]) -> String {
    let run =
        Command::new(env!("CARGO_BIN_EXE_wfr")).arg("prove").args(arguments).args(CLAIMS).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn every_decision_has_a_domain() {
    let text = prove(&[]);
    assert_eq!(text.matches("\n          domain: ").count(), CLAIMS.len(), "{text}");

    let decisions: serde_json::Value = serde_json::from_str(&prove(&["--json"])).unwrap();
    for decision in decisions.as_array().unwrap() {
        let domain = &decision["domain"];
        match domain.as_str() {
            Some(words) => assert!(words.len() > 20, "{decision}"),
            // Of an order: an object.
            None => assert!(!domain["dimensions"].as_array().unwrap().is_empty(), "{decision}"),
        }
    }

    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported-domains");
    prove(&["--export", folder.to_str().unwrap()]);
    for file in ["identities.txt", "certificates.txt"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let blocks: Vec<&str> = text.split("\n\n").skip(1).collect();
        assert!(blocks.len() >= 3, "{file}");
        for block in blocks {
            let domain = block.lines().find_map(|line| line.strip_prefix("domain "));
            assert!(domain.is_some_and(|domain| domain.len() > 20), "{file}: {block}");
        }
    }
}
