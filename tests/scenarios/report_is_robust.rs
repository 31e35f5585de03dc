//! A report can be written from any data, stands alone, and is the same every time.

use quickcheck::{Arbitrary, Gen, QuickCheck};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use wfr::report::{Facts, Index, IndexEntry, OrderRecord, Page, result_json, write, write_index};
use wfr::schemes::certificate::{Domain, Moments};
use wfr::schemes::{EquationClass, NoiseClass};
use wfr::statistics::Interval;
use wfr::study::Verdict;
use wfr::study::compare::CompareFindings;
use wfr::study::decay::DecayFindings;
use wfr::study::figure::{
    BandHistogram, DensityPlot, Figure, HistogramPlot, OrderFit, OrderLine, OrderPlot, PlanePlot, Plot,
    TimePlot,
};
use wfr::study::findings::{
    Check, Findings, GridEstimate, GridFindings, Origin, ParticleEstimate, ParticleFindings, StudyFindings,
};
use wfr::study::fit::Point;
use wfr::study::order::{CertificateFindings, OrderFindings, OrderMethod};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("wfr-report-{}-{number}", std::process::id())))
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Some tests never make it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Numbers as they come out of computations that went wrong, among ordinary ones.
#[derive(Clone, Copy, Debug)]
struct Hostile(f64);

impl Arbitrary for Hostile {
    fn arbitrary(g: &mut Gen) -> Self {
        const SPECIAL: [f64; 16] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            5e-324,
            1e-300,
            1e300,
            1e16,
            1e16 + 2.0,
            -1e-9,
        ];
        let special = *g.choose(&SPECIAL).expect("not empty");
        let ordinary = f64::from(i16::arbitrary(g)) / 1000.0;
        Self(if bool::arbitrary(g) { special } else { ordinary })
    }
}

/// One picture of every kind, of the same arbitrary numbers.
fn figures(numbers: &[Vec<Hostile>], [a, b]: [usize; 2], text: &str) -> Vec<Figure> {
    let list =
        |k: usize| -> Vec<f64> { numbers.get(k).into_iter().flatten().map(|number| number.0).collect() };
    let one = |k: usize| list(k).first().copied().unwrap_or(0.0);
    let points = |[step, error, stderr]: [usize; 3]| -> Vec<Point> {
        let point = |((step, error), stderr)| Point { step, error, stderr };
        list(step).into_iter().zip(list(error)).zip(list(stderr)).map(point).collect()
    };
    let plots = [
        Plot::Density(DensityPlot {
            logarithmic: false,
            x: list(0),
            curves: vec![(text.into(), list(1)), ("other".into(), list(2))],
            histogram: Some(BandHistogram {
                of: "particles",
                edges: list(3),
                density: list(4),
                stderr: list(5),
            }),
        }),
        Plot::Plane(PlanePlot {
            axes: ["x", "y"],
            lower: [one(0), one(1)],
            upper: [one(2), one(3)],
            bins: [a % 7, b % 7],
            panels: vec![(text.into(), list(4)), ("other".into(), list(5))],
        }),
        Plot::Orders(OrderPlot {
            step_name: text.into(),
            lines: vec![
                OrderLine {
                    label: text.into(),
                    points: points([0, 1, 2]),
                    fitted: a % 5..b % 9,
                    fit: Some(OrderFit {
                        constant: one(3),
                        order: one(4),
                        lower: one(5),
                        upper: one(0),
                        bend: [one(1), one(2)],
                        next: a as i32 % 4,
                    }),
                },
                OrderLine {
                    label: "scheme, law".into(),
                    points: points([3, 4, 5]),
                    fitted: 0..2,
                    fit: Some(OrderFit::straight(1.0, Interval { estimate: 2.0, lower: 1.9, upper: 2.1 })),
                },
            ],
        }),
        Plot::Time(TimePlot {
            quantity: text.into(),
            logarithmic: false,
            pairs: false,
            lines: vec![(text.into(), list(0), list(1))],
        }),
        Plot::Time(TimePlot {
            quantity: text.into(),
            logarithmic: true,
            pairs: false,
            lines: vec![("one".into(), list(2), list(3)), ("two".into(), list(4), list(5))],
        }),
        Plot::Histogram(HistogramPlot { quantity: text.into(), edges: list(0), shares: list(1) }),
    ];
    let figure = |(k, plot): (usize, Plot)| Figure {
        id: format!("f{k}"),
        title: text.into(),
        caption: text.into(),
        plot,
    };
    plots.into_iter().enumerate().map(figure).collect()
}

fn order(
    method: OrderMethod,
    steps: Vec<f64>,
    errors: Vec<f64>,
    verdict: Verdict,
    why: &str,
) -> StudyFindings {
    let proof = method == OrderMethod::Proof;
    let findings = OrderFindings {
        kind: "weak-order",
        subject: "weak order of platen".into(),
        scheme: "platen".into(),
        weight: Some("trapezoidal".into()),
        observable: "x^2".into(),
        method,
        differences: false,
        stderrs: vec![1e-4; steps.len()],
        local_orders: vec![Some(2.0); steps.len().saturating_sub(1)],
        fitted_from: 0,
        fitted_to: steps.len(),
        order: Some(Interval { estimate: 2.013, lower: 1.995, upper: 2.031 }),
        expected: 2,
        constant: None,
        paths_needed: (verdict == Verdict::Inconclusive).then_some(3_100_000_000),
        paths: None,
        estimator: None,
        leading_error: proof.then(|| "h³ (1/12 ∂ₓ²V <jets> & more)".into()),
        certificate: proof.then(|| CertificateFindings {
            source: "a <book>".into(),
            scope: "any smooth drift".into(),
            dimensions: vec![1, 2],
            orders: vec![2, 2],
            leading_errors: vec!["h³ (1/12 ∂ₓ²V <jets> & more)".into(), "h³ (more)".into()],
            claimed_invariant_order: 2,
            invariant_order: 2,
            invariant_error: "h² (V'')".into(),
            domain: Domain::new(
                &[1.into(), 2.into()],
                EquationClass::Ito,
                NoiseClass::Additive,
                2,
                Moments::Finite,
            ),
        }),
        steps,
        errors,
    };
    StudyFindings::new(findings, verdict, why.into())
}

fn findings(value: f64) -> Findings {
    Findings {
        schema_version: 1,
        name: "double-well".into(),
        origin: Origin::default(),
        passed: true,
        incomplete: false,
        breakdown: None,
        grid: Some(GridFindings {
            time: 1.0,
            absorbed: None,
            mass: 1.0,
            mass_error: 0.0,
            absorbed_error: None,
            minimum: value,
            kl: Some(0.1),
            kl_error: Some(value),
            w1: None,
            w2: None,
            log_normalizer: 0.0,
            log_normalizer_error: 0.0,
            observables: BTreeMap::from([("x".into(), GridEstimate { value: -0.262_553_412, error: 4e-7 })]),
        }),
        particles: Some(ParticleFindings {
            time: 1.0,
            count: 100_000,
            replicates: None,
            log_evidence: None,
            log_evidence_stderr: None,
            neighbours: Some(value),
            weight_tail: None,
            ess: 51_234.5,
            weight_entropy: 10.9,
            ancestors: 40_000,
            resamplings: 2.0,
            replacements: 0.3,
            log_normalizer: value,
            log_normalizer_stderr: value,
            observables: BTreeMap::from([(
                "x".into(),
                ParticleEstimate {
                    value,
                    stderr: value,
                    bias: Some(value),
                    bias_stderr: None,
                    ensemble_bias: None,
                    ensemble_bias_stderr: None,
                    spread: wfr::statistics::Spread::default(),
                },
            )]),
        }),
        studies: vec![
            StudyFindings::new(
                CompareFindings {
                    total_variation: value,
                    total_variation_expected: 0.01,
                    w1: Some(value),
                    z_scores: BTreeMap::from([("x".into(), value)]),
                },
                Verdict::Pass,
                "agreement".into(),
            ),
            order(OrderMethod::Proof, Vec::new(), Vec::new(), Verdict::Pass, "proved"),
            order(OrderMethod::Law, vec![0.25, 0.125], vec![4e-3, 1e-3], Verdict::Pass, "settled"),
            StudyFindings::new(
                DecayFindings {
                    rate: Interval { estimate: value, lower: value, upper: value },
                    expected: None,
                },
                Verdict::Pass,
                "decays".into(),
            ),
        ],
        checks: vec![Check { passed: true, ..Check::at_most("mass", value, 1e-11, "rounding") }],
        warnings: vec!["a warning".into()],
    }
}

fn write_page(folder: &Folder, findings: &Findings, figures: &[Figure], seconds: u64) {
    let page = Page {
        findings,
        figures,
        scenario_source: "name = \"a <b> & c\"\n",
        facts: Facts {
            version: "0.1.0".into(),
            machine: "linux".into(),
            seed: Some(1),
            command: "wfr run <x>".into(),
        },
        files: &[],
        index: None,
        problem: &[],
        pdf: false,
        sentence: "A <well>.",
        timings: &[("grid".into(), Duration::from_secs(seconds))],
    };
    write(&folder.0, &page).expect("the folder can be written to");
}

/// Start and end tags must match, attributes must be quoted, and only known entities may appear.
fn check_xml(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        check_text(&rest[..start])?;
        let end = start + rest[start..].find('>').ok_or("a tag has no end")?;
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let closed = tag.strip_suffix('/');
        let (name, attributes) = closed.unwrap_or(tag).split_once(' ').unwrap_or((tag, ""));
        if attributes.matches('"').count() % 2 != 0 {
            return Err(format!("quotes in <{tag}>"));
        }
        check_text(attributes)?;
        check_numbers(attributes)?;
        if closed.is_none() {
            open.push(name);
        }
    }
    check_text(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("left open: {open:?}")) }
}

fn check_text(text: &str) -> Result<(), String> {
    const ENTITIES: [&str; 5] = ["amp;", "lt;", "gt;", "quot;", "apos;"];
    let stray = |part: &str| !ENTITIES.iter().any(|entity| part.starts_with(entity));
    if text.split('&').skip(1).any(stray) {
        return Err(format!("stray & in {text:?}"));
    }
    let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    if text.contains(forbidden) { Err(format!("control character in {text:?}")) } else { Ok(()) }
}

/// Coordinates are numbers, and nothing is drawn off the paper (in tenths of a pixel).
fn check_numbers(attributes: &str) -> Result<(), String> {
    for (name, limit) in
        [("points", 20_000.0), ("cx", 7_000.0), ("x", 7_000.0), ("width", 7_000.0), ("height", 20_000.0)]
    {
        let Some((_, value)) = attributes
            .split_once(&format!("{name}=\""))
            .filter(|(before, _)| before.is_empty() || before.ends_with(' '))
        else {
            continue;
        };
        let value = value.split('"').next().unwrap_or_default();
        for number in value.split([' ', ',']).filter(|number| !number.is_empty()) {
            let number: f64 = number.parse().map_err(|_| format!("{name}: {number} is no number"))?;
            if !(-1.0..=limit).contains(&number) {
                return Err(format!("{name}: {number} is off the paper"));
            }
        }
    }
    Ok(())
}

#[test]
fn every_picture_can_be_drawn() {
    fn property(numbers: Vec<Vec<Hostile>>, bins: (usize, usize), text: String) -> Result<bool, String> {
        let folder = Folder::new();
        let figures = figures(&numbers, [bins.0, bins.1], &text);
        write_page(&folder, &findings(1.0), &figures, 1);
        for figure in &figures {
            check_xml(&folder.read(&format!("{}.svg", figure.id)))?;
        }
        Ok(true)
    }
    QuickCheck::new().tests(200).quickcheck(property as fn(_, _, _) -> _);
}

#[test]
fn pictures_of_little_can_be_drawn() {
    let lists: [&[f64]; 9] = [
        &[],
        &[0.0],
        &[f64::NAN; 3],
        &[0.0; 5],
        &[1e-300, 1e300],
        &[7.0; 4],
        &[f64::MAX; 2],
        &[5e-324; 2],
        &[f64::MIN, f64::MAX],
    ];
    for list in lists {
        let folder = Folder::new();
        let numbers = vec![list.iter().map(|number| Hostile(*number)).collect(); 6];
        let figures = figures(&numbers, [1, 1], "φ <&>");
        write_page(&folder, &findings(0.0), &figures, 1);
        for figure in &figures {
            let svg = folder.read(&format!("{}.svg", figure.id));
            check_xml(&svg).unwrap_or_else(|error| panic!("{} of {list:?}: {error}", figure.id));
        }
    }
}

#[test]
fn any_number_can_be_reported() {
    fn property(value: Hostile) -> bool {
        let folder = Folder::new();
        write_page(&folder, &findings(value.0), &[], 1);
        let json: serde_json::Value = serde_json::from_str(&folder.read("result.json")).expect("valid JSON");
        json["grid"]["minimum"].is_null() != value.0.is_finite()
    }
    QuickCheck::new().quickcheck(property as fn(_) -> _);
}

#[test]
fn the_page_needs_nothing_else() {
    let folder = Folder::new();
    let numbers: Vec<Vec<Hostile>> = vec![[0.5, 0.25, 0.125].map(Hostile).to_vec(); 6];
    write_page(&folder, &findings(1.0), &figures(&numbers, [2, 2], "text"), 1);
    let html = folder.read("report.html");
    for outside in ["http:", "https:", "<script src", "<link", "src=", "@import", "url("] {
        assert!(!html.contains(outside), "the page contains {outside}");
    }
    assert_eq!(html.matches("<figure").count(), 6);
    assert!(
        html.contains("name = &quot;a &lt;b&gt; &amp; c&quot;"),
        "the scenario is quoted, not interpreted"
    );
    assert!(html.contains("h³ (1/12 ∂ₓ²V &lt;jets&gt; &amp; more)"), "the certificate is shown");
    assert!(html.contains("−0.2625534 ± 4e-7"), "values are rounded by their errors");
}

#[test]
fn only_timings_differ_between_runs() {
    let numbers: Vec<Vec<Hostile>> = vec![[0.5, 0.25, 0.125].map(Hostile).to_vec(); 6];
    let figures = figures(&numbers, [2, 2], "text");
    let folders = [Folder::new(), Folder::new()];
    write_page(&folders[0], &findings(0.3), &figures, 1);
    write_page(&folders[1], &findings(0.3), &figures, 77);
    assert_eq!(folders[0].names(), folders[1].names());
    for name in folders[0].names() {
        let [one, two] = folders.each_ref().map(|folder| without_timings(&folder.read(&name)));
        assert_eq!(one, two, "{name}");
    }
    assert_ne!(folders[0].read("report.html"), folders[1].read("report.html"));
    assert_eq!(folders[0].read("result.json"), result_json(&findings(0.3)));
}

fn without_timings(text: &str) -> String {
    let Some((before, section)) = text.split_once("<section id=\"timings\">") else {
        return text.into();
    };
    let (_, after) = section.split_once("</section>").expect("the section ends");
    format!("{before}{after}")
}

#[test]
fn the_page_says_why_something_failed() {
    let folder = Folder::new();
    let mut found = findings(0.3);
    found.studies.push(order(
        OrderMethod::MonteCarlo,
        vec![0.25],
        vec![1.0],
        Verdict::Inconclusive,
        "noise rivals bias",
    ));
    write_page(&folder, &found, &[], 1);
    let html = folder.read("report.html");
    assert!(html.contains("<h1>double-well <span class=\"badge inconclusive\">"));
    assert!(html.contains("noise rivals bias") && html.contains("3.1e9 paths would settle it"));

    found.studies.push(order(
        OrderMethod::Law,
        vec![0.25],
        vec![1.0],
        Verdict::Fail,
        "the slope is 1, not 2",
    ));
    found.passed = false;
    write_page(&folder, &found, &[], 1);
    let html = folder.read("report.html");
    assert!(html.contains("<h1>double-well <span class=\"badge fail\">"));
    assert!(html.contains("the slope is 1, not 2"));

    found.incomplete = true;
    found.breakdown = Some("path 17 exploded".into());
    write_page(&folder, &found, &[], 1);
    let html = folder.read("report.html");
    assert!(html.contains("<h1>double-well <span class=\"badge incomplete\">"));
    assert!(html.contains("path 17 exploded"));
}

#[test]
fn files_are_replaced_as_a_whole() {
    let folder = Folder::new();
    let numbers: Vec<Vec<Hostile>> = vec![[0.5, 0.25].map(Hostile).to_vec(); 6];
    let figures = figures(&numbers, [2, 2], "text");
    write_page(&folder, &findings(0.3), &figures, 1);
    write_page(&folder, &findings(0.4), &figures, 1);
    let names = folder.names();
    assert!(names.iter().all(|name| !name.starts_with('.') && !name.contains("tmp")), "left over: {names:?}");
    assert_eq!(folder.read("result.json"), result_json(&findings(0.4)));
}

#[test]
fn an_error_names_the_path_and_leaves_nothing() {
    let folder = Folder::new();
    // A folder stands where a file should be.
    std::fs::create_dir_all(folder.0.join("index.html").join("occupied")).expect("a temporary folder");
    let error = write_index(&folder.0, &Index::default()).expect_err("a folder cannot be replaced by a file");
    assert_eq!(error.path, folder.0.join("index.html"));
    let text = error.to_string();
    assert!(text.contains("index.html") && text.contains(&error.reason.to_string()), "{text}");
    assert_eq!(folder.names(), ["index.html"]);
}

#[test]
fn the_index_links_every_scenario() {
    let folder = Folder::new();
    let numbers: Vec<Vec<Hostile>> = vec![[0.5, 0.25].map(Hostile).to_vec(); 6];
    let figures = figures(&numbers, [2, 2], "text");
    let mut entries = Vec::new();
    for (name, passed) in [("a well", true), ("b&c", false)] {
        let mut findings = findings(0.3);
        findings.name = name.into();
        findings.passed = passed;
        findings.checks[0].passed = passed;
        let scenario = Folder(folder.0.join(name));
        write_page(&scenario, &findings, &figures, 1);
        std::mem::forget(scenario);
        entries.push(IndexEntry {
            findings,
            figures: figures.clone(),
            sentence: "A well.".into(),
            group: "Flows".into(),
            duration: Duration::from_secs(3),
        });
    }
    write_index(&folder.0, &Index { entries: &entries, ..Index::default() })
        .expect("the folder can be written to");
    let html = folder.read("index.html");
    let links =
        html.split("href=\"").chain(html.split("src=\"")).skip(1).filter_map(|part| part.split('"').next());
    let files: Vec<String> =
        links.filter(|link| link.contains('/') && !link.contains('<')).map(decoded).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        // A picture may be shown by a part of it.
        let file = file.split('#').next().unwrap_or_default();
        assert!(Path::new(&folder.0).join(file).is_file(), "{file} is linked and not there");
    }
    assert!(html.contains("badge fail") && html.contains("badge pass"));
    assert!(html.contains("<section id=\"timings\">") && !without_timings(&html).contains("3.00 s"));
}

#[test]
fn the_history_shows_every_update_with_its_interval() {
    let folder = Folder::new();
    let record = |update: usize, estimate: f64| OrderRecord {
        update,
        version: format!("0.{update}.0"),
        date: Some("2026-11-30".into()),
        reason: Some("moved <for> a reason".into()),
        scenario: "a well".into(),
        subject: "platen (x^2)".into(),
        method: "monte-carlo".into(),
        expected: 2,
        order: Interval { estimate, lower: estimate - 0.1, upper: estimate + 0.1 },
    };
    write_index(&folder.0, &Index { orders: &[record(1, 2.05), record(2, 1.5)], ..Index::default() })
        .expect("the folder can be written to");
    assert!(folder.read("index.html").contains("href=\"history.html\""));
    let html = folder.read("history.html");
    assert!(
        html.contains("0.1.0") && html.contains("0.2.0") && html.contains("history-a well.svg"),
        "{html}"
    );
    assert_eq!(html.matches("moved &lt;for&gt; a reason").count(), 2, "each update once: {html}");
    let csv = folder.read("history-a well.csv");
    let rows: Vec<Vec<f64>> = csv
        .lines()
        .skip(1)
        .map(|row| row.split(',').filter_map(|field| field.parse().ok()).collect())
        .collect();
    // Update, order beyond the claim, and its standard error: half an interval of 1.96 to either side.
    for (row, expected) in rows.iter().zip([[1.0, 0.05, 0.1 / 1.96], [2.0, -0.5, 0.1 / 1.96]]) {
        assert!(row.iter().zip(expected).all(|(found, exact)| (found - exact).abs() < 1e-12), "{row:?}");
    }
    assert_eq!(rows.len(), 2, "{csv}");
}

fn decoded(link: &str) -> String {
    link.replace("%20", " ").replace("%26", "&")
}

#[test]
fn csv_holds_the_exact_numbers() {
    let folder = Folder::new();
    let values = vec![0.1 + 0.2, 1e-300, -0.0, f64::MAX];
    let plot = Plot::Time(TimePlot {
        quantity: "KL, relative".into(),
        logarithmic: true,
        pairs: false,
        lines: vec![("a \"line\"".into(), values.clone(), values.clone())],
    });
    let figure = Figure { id: "kl".into(), title: "KL".into(), caption: String::new(), plot };
    write_page(&folder, &findings(1.0), &[figure], 1);
    let csv = folder.read("kl.csv");
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("line,time,\"KL, relative\""));
    for (row, value) in rows.by_ref().zip(&values) {
        let fields = row.strip_prefix("\"a \"\"line\"\"\",").expect("quoted as in RFC 4180");
        let (time, written) = fields.split_once(',').expect("two numbers");
        let same = |text: &str| text.parse::<f64>().map(f64::to_bits) == Ok(value.to_bits());
        assert!(same(time) && same(written), "{row} is not {value:?}");
    }
    assert_eq!(rows.next(), None);
}

/// Momenta are not named as positions.
#[test]
fn the_problem_is_stated_in_the_names_of_the_scenario() {
    let text = "observables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0, 0.0]\n\
        covariance = [[1.0, 0.0], [0.0, 1.0]]\n[flow]\ndynamics = \"underdamped\"\nfriction = 1.0\nreaction = 0.0\n\
        rate = \"p^2 + x\"\nhorizon = 1.0\n";
    let lines = wfr::scenario::parse(text, "s.toml", &[]).unwrap().statement();
    assert!(lines.iter().any(|(_, line)| line.contains("c = p^2 + x;")), "{lines:?}");
}
