//! Every TOML block of the guide is a scenario that runs, and its commands are those of the program. Rust blocks are doc tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use wfr::scenario::{Override, parse};
use wfr::study::Verdict;
use wfr::study::run;

/// The texts of the blocks of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(source(page)).unwrap();
    let fence = format!("```{language}\n");
    let block = |rest: &str| rest[..rest.find("```").unwrap()].to_string();
    text.split(&fence).skip(1).map(block).collect()
}

fn source(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src").join(page)
}

#[test]
fn every_scenario_of_the_guide_holds() {
    let mut count = 0;
    for page in ["start.md", "mathematics.md", "reports.md", "recipes.md", "limits.md"] {
        for text in blocks(page, "toml") {
            let scenario =
                parse(&text, "guide.toml", &[]).unwrap_or_else(|error| panic!("{page}: {error}\n{text}"));
            let found = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
            assert!(found.passed && !found.incomplete, "{page}: {found:#?}\n{text}");
            for study in &found.studies {
                assert_eq!(study.verdict, Verdict::Pass, "{page}: {}\n{text}", study.why);
            }
            count += 1;
        }
    }
    assert!(count >= 8, "{count} scenarios");
}

/// The numbers in words of the second scenario of the first page.
#[test]
fn langevin_dynamics_is_as_slow_as_the_guide_says() {
    let text = &blocks("start.md", "toml")[0];
    let share = |overrides: &[Override]| {
        let scenario = parse(text, "guide.toml", overrides).unwrap();
        let found = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings;
        found.grid.unwrap().observables["x > 0"].value
    };
    let [wfr, langevin] = [share(&[]), share(&[Override::parse("flow.reaction=0").unwrap()])];
    assert!((wfr - 0.53).abs() < 0.005 && (langevin - 0.36).abs() < 0.005, "{wfr}, {langevin}");
}

#[test]
fn the_commands_of_the_first_page_do_what_it_says() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("tilted.toml"), &blocks("start.md", "toml")[0]).unwrap();
    let commands = blocks("start.md", "sh").concat();
    let mut ran = 0;
    for line in commands.lines() {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("wfr"), "{line}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfr"));
        command.current_dir(&folder).args(words);
        if line == "wfr run my.toml" {
            // The starter is a study of its own; here it has to be read.
            for smaller in ["particles.count=2000", "study.1.methods=[\"proof\"]"] {
                command.args(["--set", smaller]);
            }
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let expected = if line.contains("platten") { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{line}: {told}");
        ran += 1;
    }
    assert_eq!(ran, 5);
    assert!(folder.join("out/double-well/report.html").exists());
    assert!(
        folder.join("out/tilted/result.json").exists() && folder.join("out/langevin/result.json").exists()
    );
}

#[test]
fn the_summary_has_every_page() {
    let summary = std::fs::read_to_string(source("SUMMARY.md")).unwrap();
    for entry in std::fs::read_dir(source("")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
    }
}
