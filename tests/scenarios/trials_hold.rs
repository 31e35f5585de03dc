//! The project's own trials: each kind of misjudgement as a small scenario whose right answer is known, and easy twins (`c-…`).
//!
//! The head of a scenario in `validation/trials/` says, on lines of its own, what is `right` and how that is known, what `must` hold of
//! the run, and further `args` of `wfr run`. All `must` lines have to hold. They are made of the words below, with `not`, `and`
//! and `or`:
//!
//! - `exit == 0`, `exit in (0, 4)`: the exit status; `'text' in err`: on the terminal;
//! - `covers(pair, 1.5)`: within the claimed error; `near(pair, 1.5)`: within five standard errors, which chance exceeds at 6e-7; seeds
//!   are fixed. A pair is `grid('x')`, `particles('x')`, or two places such as `(r['grid']['mass'], r['grid']['mass_error'])`;
//! - `r['studies'][0]['order']['lower'] > 1.5`: a figure of result.json, or a text with == and !=;
//! - `warned('tail', 'rare')`: a warning with one of the words, in result.json and on the terminal;
//! - `unpassed`: the run judged, and something did not pass, or it broke down with a reason;
//! - `honest(pair, 1.5, 'box', …)`: covers, or unpassed, or warned with one of the words, or refused (exit 2) with one of them.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What a run left.
struct Trial {
    exit: i64,
    result: Value,
    terminal: String,
}

impl Trial {
    fn run(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy();
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("trial-{name}"));
        let _ = fs::remove_dir_all(&out);
        let text = fs::read_to_string(path).unwrap();
        let args = heads(&text, "args").into_iter().flat_map(str::split_whitespace);
        let run = Command::new(env!("CARGO_BIN_EXE_wfr"))
            .arg("run")
            .arg(path)
            .arg("--out")
            .arg(&out)
            .args(args)
            .output()
            .unwrap();
        let result = fs::read_to_string(out.join("result.json"));
        let result = result.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
        let _ = fs::remove_dir_all(&out);
        let terminal = String::from_utf8_lossy(&run.stderr).into_owned();
        Self { exit: run.status.code().unwrap_or(-1).into(), result, terminal }
    }

    /// Whether an expression holds: alternatives of conjunctions of words.
    fn holds(&self, text: &str) -> bool {
        let all = |text: &str| split(text, " and ").into_iter().all(|text| self.word(text.trim()));
        split(text, " or ").into_iter().any(all)
    }

    fn word(&self, text: &str) -> bool {
        if let Some(rest) = text.strip_prefix("not ") {
            return !self.word(rest);
        }
        if text == "unpassed" {
            return self.unpassed();
        }
        if let Some(text) = text.strip_suffix(" in err") {
            return self.terminal.contains(unquoted(text));
        }
        if let Some(list) = text.strip_prefix("exit in (").and_then(|rest| rest.strip_suffix(')')) {
            return list.split(',').any(|status| status.trim().parse() == Ok(self.exit));
        }
        match text.split_once('(').map(|(name, rest)| (name, arguments(rest.strip_suffix(')').unwrap()))) {
            Some(("warned", words)) => self.warned(&words),
            Some(("covers", of)) => self.within(of[0], of[1], 1.0),
            Some(("near", of)) => self.within(of[0], of[1], 5.0),
            Some(("honest", of)) => {
                let refused =
                    || self.exit == 2 && of[2..].iter().any(|word| self.terminal.contains(unquoted(word)));
                self.within(of[0], of[1], 1.0) || self.unpassed() || self.warned(&of[2..]) || refused()
            }
            _ => self.compared(text),
        }
    }

    /// `place == value` and its like.
    fn compared(&self, text: &str) -> bool {
        let [place, sign, value] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("no word: {text}") };
        if value.starts_with('\'') {
            let found = self.place(place).as_str().map(String::from);
            return (found.as_deref() == Some(unquoted(value))) == (sign == "==");
        }
        let number: f64 = value.parse().unwrap();
        let Some(found) = self.place(place).as_f64() else { return false };
        match sign {
            "==" => found == number,
            "<" => found < number,
            ">" => found > number,
            _ => panic!("no comparison: {text}"),
        }
    }

    /// `exit`, or `r['a'][0]` and its like.
    fn place(&self, text: &str) -> Value {
        if text == "exit" {
            return self.exit.into();
        }
        let mut value = &self.result;
        for step in text.strip_prefix("r[").unwrap().trim_end_matches(']').split("][") {
            value = match step.parse::<usize>() {
                Ok(index) => &value[index],
                Err(_) => &value[unquoted(step)],
            };
        }
        value.clone()
    }

    fn within(&self, pair: &str, truth: &str, times: f64) -> bool {
        let (part, inside) = pair.split_once('(').unwrap();
        let inside = arguments(inside.strip_suffix(')').unwrap());
        let of = |part: &str, error: &str| {
            let own = &self.result[part]["observables"][unquoted(inside[0])];
            [own["value"].clone(), own[error].clone()]
        };
        let [value, error] = match part {
            "grid" => of("grid", "error"),
            "particles" => of("particles", "stderr"),
            _ => [self.place(inside[0]), self.place(inside[1])],
        };
        let both = value.as_f64().zip(error.as_f64());
        both.is_some_and(|(value, error)| (value - truth.parse::<f64>().unwrap()).abs() <= times * error)
    }

    fn warned(&self, words: &[&str]) -> bool {
        let warnings = self.result["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut told = warnings.filter(|warning| self.terminal.contains(*warning));
        told.any(|warning| words.iter().any(|word| warning.contains(unquoted(word))))
    }

    fn unpassed(&self) -> bool {
        let each = |key: &str| self.result[key].as_array().into_iter().flatten().cloned().collect::<Vec<_>>();
        let judged = each("checks").iter().any(|check| check["passed"] == false)
            || each("studies").iter().any(|study| study["verdict"] != "pass");
        (matches!(self.exit, 1 | 4) && judged) || (self.exit == 3 && self.result["breakdown"].is_string())
    }
}

/// What the lines `# key: …` of a scenario say.
fn heads<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(&format!("# {key}: "))).collect()
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('\'')
}

/// The arguments of a call.
fn arguments(text: &str) -> Vec<&str> {
    split(text, ",").into_iter().map(str::trim).collect()
}

/// The parts of `text` between `separator`s that are neither in parentheses nor in quotation marks.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0, false);
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => (),
        }
        if depth == 0 && !quoted && place >= start && text[place..].starts_with(separator) {
            parts.push(&text[start..place]);
            start = place + separator.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

#[test]
fn every_trial_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("validation/trials");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 30, "{} trials", paths.len());
    let mut lost = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let musts = heads(&text, "must");
        assert!(!musts.is_empty() && !heads(&text, "right").is_empty(), "{}: no head", path.display());
        let trial = Trial::run(&path);
        for must in musts.into_iter().filter(|must| !trial.holds(must)) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            lost.push(format!(
                "{name}: {must}\n  exit {}, {}",
                trial.exit,
                trial.terminal.replace('\n', "\n  ")
            ));
        }
    }
    assert!(lost.is_empty(), "{} do not hold:\n{}", lost.len(), lost.join("\n"));
}

/// The words can be false.
#[test]
fn words_can_fail() {
    let result = serde_json::json!({
        "warnings": ["tail: heavy", "rare: not on the terminal"],
        "grid": {"mass": 1.0, "mass_error": 0.1, "observables": {"x, (y)": {"value": 1.0, "error": 0.5}}},
        "studies": [{"verdict": "inconclusive"}]
    });
    let trial = Trial { exit: 4, result, terminal: "warning: tail: heavy".into() };
    for (text, expected) in [
        ("exit == 4", true),
        ("exit == 0", false),
        ("exit in (0, 4)", true),
        ("exit in (0, 1)", false),
        ("unpassed", true),
        ("warned('tail')", true),
        ("warned('rare', 'bias')", false),
        ("not warned('rare')", true),
        ("'heavy' in err", true),
        ("'light or heavy' in err", false),
        ("covers(grid('x, (y)'), 1.4)", true),
        ("covers(grid('x, (y)'), 1.6)", false),
        ("near((r['grid']['mass'], r['grid']['mass_error']), 1.4)", true),
        ("near((r['grid']['mass'], r['grid']['mass_error']), 1.6)", false),
        ("covers(grid('absent'), 1.0)", false),
        ("r['studies'][0]['verdict'] == 'pass'", false),
        ("r['studies'][0]['verdict'] != 'pass'", true),
        ("r['grid']['mass'] > 0.9", true),
        ("r['grid']['mass'] < 0.9 or exit == 1", false),
        ("exit == 4 and exit == 1", false),
        ("honest(grid('x, (y)'), 9, 'box')", true),
    ] {
        assert_eq!(trial.holds(text), expected, "{text}");
    }
}
