use outside::{Killed, OwnHeun, Valley, WrongValley};
use wfr::Experiment;
use wfr::model::{Expression, Initial, Observable, expression::Scope};
use wfr::particles::{StaticMotion, sample};
use wfr::scenario::{Vocabulary, parse, parse_with};
use wfr::schemes::{LeimkuhlerMatthews, WeightRule};
use wfr::study::{Verdict, run};

static RIGHT: OwnHeun = OwnHeun { name: "own-heun", noisy: true };
static WRONG: OwnHeun = OwnHeun { name: "own-heun-without-noise", noisy: false };

fn vocabulary() -> Vocabulary {
    Vocabulary::default().scheme(&RIGHT).unwrap().scheme(&WRONG).unwrap().potential("valley", Valley)
}

const FLOW: &str = "observables = [\"x^2\"]\n[target]\npotential = \"x^2/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n[flow]\nreaction = 0.0\nhorizon = 1.0\n";

fn verdicts(scheme: &str, methods: &str) -> Vec<Verdict> {
    let study = format!(
        "[[study]]\nkind = \"weak-order\"\nschemes = [\"{scheme}\"]\nobservable = \"x^2\"\nmethods = {methods}\n"
    );
    let scenario = parse_with(&(FLOW.to_string() + &study), "own.toml", &[], &vocabulary()).unwrap();
    let run = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
    run.findings.studies.iter().map(|study| study.verdict).collect()
}

/// A scheme from outside, named in TOML: proved, measured without noise, predicted, and sampled.
#[test]
fn an_own_scheme_is_proved_and_measured() {
    let found = verdicts("own-heun", r#"["proof", "law", "prediction", "monte-carlo"]"#);
    assert_eq!(found, [Verdict::Pass; 4]);
}

/// Its claim is not believed.
#[test]
fn a_wrong_claim_of_an_own_scheme_fails() {
    assert_eq!(verdicts("own-heun-without-noise", r#"["proof", "law"]"#), [Verdict::Fail; 2]);
}

#[test]
fn names_from_outside_are_unknown_without_the_vocabulary() {
    let text = FLOW.to_string() + "[particles]\nscheme = \"own-heun\"\n";
    assert!(parse(&text, "own.toml", &[]).unwrap_err().to_string().contains("found \"own-heun\""));
    assert!(parse_with(&text, "own.toml", &[], &vocabulary()).is_ok());
    assert!(vocabulary().scheme(&RIGHT).is_err(), "a name is taken once");
}

/// Grid and particles read the potential in code, and find what they find for its formula.
#[test]
fn an_own_potential_has_the_flow_of_its_formula() {
    let put = |experiment: Experiment| {
        let flow = experiment.start(&[1.0, 0.5], &[&[0.3, 0.0], &[0.0, 0.3]]).horizon(0.5);
        let flow = flow
            .observe("x^2")
            .observe("y^2")
            .set("grid.lower", [-5.0, -16.0])
            .set("grid.upper", [5.0, 16.0]);
        flow.set("grid.step", 0.05)
            .grid(&[50, 80])
            .particles(4_000, 0.05)
            .study("compare")
            .run()
            .unwrap()
            .findings
    };
    let (own, formula) =
        (put(Experiment::potential(Valley)), put(Experiment::formula("x^2/2 + log(cosh(y))")));
    assert!(own.passed && formula.passed);
    let (own, formula) = (own.grid.unwrap().observables, formula.grid.unwrap().observables);
    for (name, value) in &formula {
        assert!((own[name].value - value.value).abs() <= 1e-9, "{name}: {} {}", own[name].value, value.value);
    }
}

#[test]
fn a_gradient_that_is_not_that_of_the_values_is_refused() {
    let experiment =
        Experiment::potential(WrongValley).start(&[1.0, 0.5], &[&[0.3, 0.0], &[0.0, 0.3]]).horizon(0.5);
    let refused =
        experiment.particles(100, 0.1).set("particles.density", "gaussian").run().unwrap_err().to_string();
    assert!(refused.contains("gradient whose component 1"), "{refused}");
}

/// E e^{−∫1 dt} = e^{−1}, exactly; E X² = 1 in the long run, which Leimkuhler and Matthews' scheme meets by its post-processing to
/// order 2: at h = 0.5 their output has the variance of the target for a Gaussian, the chain before it 1 + O(h). The standard
/// error is √2/400; seven of them are exceeded with probability 3e-12.
#[test]
fn an_own_equation_is_sampled_with_its_post_processing() {
    let motion = StaticMotion { sde: &Killed, scheme: &LeimkuhlerMatthews, weight: Some(WeightRule::Left) };
    let population = sample(&Initial::Point(vec![0.0]), (160_000, 1), motion, (0.5, 40)).unwrap();
    let square = Observable::new(
        "x^2",
        &Expression::parse("x^2", &Scope { dimension: 1, ..Scope::default() }).unwrap(),
    );
    let mean = population.means(&[square], true)[0];
    assert!((mean.value - 1.0).abs() < 7.0 * mean.stderr, "{mean:?}");
    assert!((population.summary().log_normalizer + 20.0).abs() < 1e-9);
}
