//! Every TOML block of the guide and of the README is a scenario that runs, commands are those of the program, and links lead
//! somewhere. Rust blocks are doc tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use wfr::scenario::{Override, parse};
use wfr::study::Verdict;
use wfr::study::run;

const README: &str = "../../README.md";

/// The texts of the blocks of a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = read(page);
    let fence = format!("```{language}\n");
    let block = |rest: &str| rest[..rest.find("```").unwrap()].to_string();
    text.split(&fence).skip(1).map(block).collect()
}

fn source(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src").join(page)
}

fn read(page: &str) -> String {
    std::fs::read_to_string(source(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The pages of the guide.
fn pages() -> Vec<String> {
    let entries = std::fs::read_dir(source("")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    read(page).split("```").step_by(2).collect()
}

/// The name that links use for a heading.
fn anchor(heading: &str) -> String {
    let lower = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    lower.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

#[test]
fn every_scenario_of_the_guide_holds() {
    let mut count = 0;
    for page in pages().iter().map(String::as_str).chain([README]) {
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
    assert!(count >= 17, "{count} scenarios");
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
    let summary = read("SUMMARY.md");
    for name in pages() {
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name}");
    }
}

#[test]
fn the_readme_is_one_page() {
    let words = prose(README).split_whitespace().count();
    assert!(words <= 600, "{words} words outside of its blocks of code");
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = pages();
    pages.extend([README, "../../CONTRIBUTING.md", "../../CHANGELOG.md"].map(String::from));
    let mut count = 0;
    for page in pages {
        let text = prose(&page);
        for rest in text.split("](").skip(1) {
            let link = rest.split(')').next().unwrap();
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if file.is_empty() { source(&page) } else { source(&page).parent().unwrap().join(file) };
            assert!(target.exists(), "{page}: {link} is not there");
            let has =
                |text: String| text.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
            assert!(
                heading.is_empty() || has(std::fs::read_to_string(&target).unwrap()),
                "{page}: {link} is no heading"
            );
            count += 1;
        }
    }
    assert!(count > 50, "{count} links");
}
