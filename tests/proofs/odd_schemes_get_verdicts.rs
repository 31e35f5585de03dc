//! Schemes of a program whose code does what no formula should: each gets a verdict that names it, and the run goes on.

use crate::common::close;
use std::any::type_name;
use wfr::algebra::{Scalar, add_combination};
use wfr::law::NoiseRule;
use wfr::model::Dynamics;
use wfr::particles::coupled::Level;
use wfr::particles::{Motion, ParticleSettings, Watch, simulate_annealed};
use wfr::scenario::{Scenario, ScenarioError, Vocabulary, parse_with};
use wfr::schemes::certificate::{Moments, Shape, certificate, readings_agree};
use wfr::schemes::{CATALOGUE, Claims, EquationClass, NoiseClass, OneStep, Scheme, Sde, Step, WeightRule};
use wfr::study::Verdict;
use wfr::study::findings::{Findings, StudyFindings};
use wfr::study::run;
use wfr::symbolic::Variate;

/// What Euler–Maruyama does beside its step.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Quirk {
    /// X' = X + hb(X') + √hσξ, solved from the guess 10⁶.
    Guess,
    /// √(4 + x²) − √(4 + x²).
    Root,
    /// √(x²), which is |x|, for x.
    Mirror,
    /// Reads the weight of the start.
    StartWeight,
    /// Has no work vector, and takes one.
    NoWork,
    /// hb once more on numbers, one or many, whose type has this name.
    Type(&'static str),
    /// The same in the output.
    Output(&'static str),
    /// hb once more where it is found out that x is beyond 1.2, on numbers.
    Far,
    /// Says that it has the density of Euler–Maruyama, with b/(1 + h²b²).
    Density,
    /// The same step, and says nothing.
    Tamed,
    /// Panics where x is beyond 10.
    Bomb,
    /// Says so, with post-processing that does nothing.
    Processed,
    /// Post-processes three noises or more.
    Late,
    /// hb/(1 + √hξ) for hb.
    Pole,
    /// The same with ξ = ±1.
    BoundedPole,
    /// The same where it sees the potential.
    HiddenPole,
    /// hb·e^{h²ξ⁴} for hb.
    Exponential,
    /// hb·e^{h²x⁴} for hb.
    StateExponential,
    /// Gives `diffuse` more numbers than there are noises.
    Long,
    /// hb alone, and claims the invariant measure.
    Still,
    /// Made for overdamped dynamics.
    Overdamped,
}

struct Odd(&'static str, Quirk);

impl OneStep for Odd {
    fn claims(&self) -> Claims {
        let equation =
            if self.1 == Quirk::Overdamped { EquationClass::Overdamped } else { EquationClass::Ito };
        let work_vectors = if self.1 == Quirk::NoWork { 0 } else { 2 };
        let weak_order = u32::from(self.1 != Quirk::Still);
        let noise = NoiseClass::Additive;
        Claims { name: self.0, noise, equation, work_vectors, weak_order, ..Claims::default() }
    }
    fn variates(&self, m: usize) -> Vec<Variate> {
        vec![if self.1 == Quirk::BoundedPole { Variate::TwoPoint } else { Variate::Gaussian }; m]
    }
    fn has_euler_density(&self) -> bool {
        matches!(self.1, Quirk::Density | Quirk::Processed)
    }
    fn post_variates(&self, m: usize) -> Option<Vec<Variate>> {
        let processes = match self.1 {
            Quirk::Output(_) | Quirk::Processed => true,
            Quirk::Late => m >= 3,
            _ => false,
        };
        processes.then(Vec::new)
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let (b, σξ) = work.split_at_mut(x.len());
        sde.drift(&step.t, x, b);
        let long = [noise, noise].concat();
        sde.diffuse(&step.t, x, if self.1 == Quirk::Long { &long } else { noise }, σξ);
        if self.1 == Quirk::Still {
            return add_combination(x, [(&step.h, b)]);
        }
        let (one, ξ) = (S::one(), noise[0].clone());
        let square = |z: &S| z.clone() * z.clone();
        let far = || type_name::<S>() == "f64" && format!("{:?}", x[0]).parse::<f64>().is_ok_and(|x| x > 1.2);
        let pole = || (one.clone() + step.sqrt_h.clone() * ξ.clone()).inverse();
        let factor = match self.1 {
            Quirk::Type(name) if type_name::<S>().ends_with(name) => S::ratio(2, 1),
            Quirk::Far if far() => S::ratio(2, 1),
            Quirk::Pole | Quirk::BoundedPole => pole(),
            Quirk::HiddenPole if sde.overdamped().is_some() => pole(),
            Quirk::Exponential => square(&(step.h.clone() * square(&ξ))).phi(0),
            Quirk::StateExponential => square(&(step.h.clone() * square(&x[0]))).phi(0),
            Quirk::Density | Quirk::Tamed => {
                (one.clone() + square(&(step.h.clone() * b[0].clone()))).inverse()
            }
            _ => S::one(),
        };
        match self.1 {
            Quirk::Root => {
                let root = (S::ratio(4, 1) + square(&x[0])).sqrt();
                x[0] += root.clone() - root;
            }
            Quirk::Mirror => x[0] = square(&x[0]).sqrt(),
            Quirk::Bomb => assert!(
                !type_name::<S>().ends_with("Lanes") || !format!("{:?}", x[0]).starts_with("Lanes([11."),
                "a bomb"
            ),
            Quirk::StartWeight => drop(sde.log_start_weight(x)),
            _ => {}
        }
        let factor = step.h.clone() * factor;
        if self.1 != Quirk::Guess {
            return add_combination(x, [(&factor, b), (&step.sqrt_h, σξ)]);
        }
        let mut known = x.to_vec();
        add_combination(&mut known, [(&step.sqrt_h, σξ)]);
        x.fill(S::ratio(1_000_000, 1));
        sde.implicit().expect("a solver").solve_implicit(&step.end(), &step.h, &known, x);
    }
    fn post_process<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        _noise: &[S],
        work: &mut [S],
    ) {
        if matches!(self.1, Quirk::Output(name) if type_name::<S>().ends_with(name)) {
            let b = &mut work[..x.len()];
            sde.drift(&step.t, x, b);
            add_combination(x, [(&step.h, b)]);
        }
    }
}

static ODD: [Odd; 24] = [
    Odd("guess", Quirk::Guess),
    Odd("root", Quirk::Root),
    Odd("mirror", Quirk::Mirror),
    Odd("start-weight", Quirk::StartWeight),
    Odd("no-work", Quirk::NoWork),
    Odd("singly", Quirk::Type("f64")),
    Odd("in-batches", Quirk::Type("Lanes")),
    Odd("output-singly", Quirk::Output("f64")),
    Odd("output-in-batches", Quirk::Output("Lanes")),
    Odd("far", Quirk::Far),
    Odd("density", Quirk::Density),
    Odd("processed", Quirk::Processed),
    Odd("late", Quirk::Late),
    Odd("pole", Quirk::Pole),
    Odd("bounded-pole", Quirk::BoundedPole),
    Odd("hidden-pole", Quirk::HiddenPole),
    Odd("exponential", Quirk::Exponential),
    Odd("overdamped", Quirk::Overdamped),
    Odd("tamed", Quirk::Tamed),
    Odd("bomb", Quirk::Bomb),
    Odd("nothing", Quirk::Type("no type")),
    Odd("state-exponential", Quirk::StateExponential),
    Odd("long", Quirk::Long),
    Odd("still", Quirk::Still),
];

fn read(text: &str) -> Result<Scenario, ScenarioError> {
    let names = ODD.iter().fold(Vocabulary::default(), |names, odd| names.scheme(odd).unwrap());
    parse_with(text, "test.toml", &[], &names)
}

fn found(text: &str) -> Findings {
    let scenario = read(text).unwrap_or_else(|error| panic!("{error}"));
    run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ()).findings
}

const FLOW: &str = "observables = [\"x\"]\n[target]\npotential = \"x^2/2\"\n[initial]\npoint = [1.0]\n\
                    [flow]\nreaction = 0.0\nhorizon = 1.0\n";
const SDE: &str = "observables = [\"x\"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = [\"-x\"]\ndiffusion = [[\"1\"]]\n\
                   horizon = 1.0\n";

/// What the proof says of this scheme on the equation `start`.
fn proof(start: &str, name: &str) -> StudyFindings {
    let study = "[[study]]\nkind = \"weak-order\"\nobservable = \"x\"\nmethods = [\"proof\"]\n";
    found(&format!("{start}{study}schemes = [\"{name}\"]\n")).studies.remove(0)
}

#[test]
fn panics_are_verdicts() {
    let names = ["root", "mirror", "start-weight", "no-work", "guess", "nothing"];
    let schemes = names.map(|name| format!("\"{name}\"")).join(", ");
    for start in [FLOW, SDE] {
        let found = found(&format!(
            "{start}[[study]]\nkind = \"weak-order\"\nobservable = \"x\"\nmethods = [\"proof\"]\nschemes = [{schemes}]\n"
        ));
        assert_eq!(found.studies.len(), names.len());
        for (name, study) in names.iter().zip(&found.studies) {
            let expected = match *name {
                "guess" | "nothing" => Verdict::Pass,
                "no-work" => Verdict::Fail,
                _ => Verdict::Inconclusive,
            };
            assert_eq!(study.verdict, expected, "{name}: {}", study.why);
            if expected != Verdict::Pass {
                assert!(
                    study.why.starts_with("not proved: the code of ") && study.why.contains(name),
                    "{}",
                    study.why
                );
            }
        }
    }
}

#[test]
fn panics_where_schemes_run_are_verdicts_too() {
    let found = found(&format!(
        "{SDE}[[study]]\nkind = \"weak-order\"\nobservable = \"x\"\nmethods = [\"law\"]\nschemes = [\"no-work\", \"nothing\"]\n"
    ));
    let verdicts: Vec<Verdict> = found.studies.iter().map(|study| study.verdict).collect();
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Pass]);
    assert!(
        found.studies[0].why.starts_with("not measured: the code of no-work panics"),
        "{}",
        found.studies[0].why
    );
}

#[test]
fn particles_of_a_scheme_that_panics_are_refused() {
    let text = |name| format!("{FLOW}[particles]\ncount = 100\nstep = 0.1\nscheme = \"{name}\"\n");
    let error = read(&text("no-work")).unwrap_err().to_string();
    assert!(error.contains("no-work") && error.contains("panics"), "{error}");
    assert!(read(&text("nothing")).is_ok());
}

/// One that shows where particles are only.
#[test]
fn a_panic_ends_a_part_and_not_the_run() {
    let found = found(&format!(
        "{SDE}[particles]\ncount = 128\nstep = 0.1\nscheme = \"bomb\"\n[[study]]\nkind = \"weak-order\"\nobservable = \"x\"\n\
         methods = [\"proof\"]\nschemes = [\"nothing\"]\n"
    )
    .replace("point = [1.0]", "point = [11.5]"));
    assert!(
        found.incomplete && found.breakdown.as_ref().is_some_and(|why| why.contains("a bomb")),
        "{found:?}"
    );
    assert_eq!(found.studies[0].verdict, Verdict::Pass);
}

#[test]
fn other_code_on_numbers_is_found_out() {
    for name in ["singly", "in-batches", "output-singly", "output-in-batches", "far"] {
        for start in [FLOW, SDE] {
            let found = proof(start, name);
            assert_eq!(found.verdict, Verdict::Fail, "{name}: {}", found.why);
            assert!(found.why.contains(name) && found.why.contains("series"), "{}", found.why);
        }
    }
    assert_eq!(proof(FLOW, "nothing").verdict, Verdict::Pass);
}

/// Over all shapes of their domains that are cheap.
#[test]
fn the_catalogue_runs_as_it_is_proved() {
    for scheme in CATALOGUE {
        let claims = scheme.claims();
        for shape in Shape::decisive(claims.equation, claims.noise).iter().filter(|shape| shape.is_cheap()) {
            let agreed = readings_agree(*scheme, claims.equation, *shape, claims.noise);
            assert_eq!(agreed, Ok(()), "{} in {shape}", claims.name);
            if claims.equation == EquationClass::Ito {
                let agreed = readings_agree(*scheme, EquationClass::Overdamped, *shape, NoiseClass::Additive);
                assert_eq!(agreed, Ok(()), "{} in {shape}", claims.name);
            }
        }
    }
}

#[test]
fn what_is_said_of_the_density_is_tried() {
    let particles = |name| {
        format!(
            "observables = [\"x\"]\n[target]\npotential = \"x^2/2 + cos(2*x)/2\"\n[initial]\nmean = [1.0]\ncovariance = [[0.5]]\n\
             [flow]\ndynamics = \"annealed\"\nhorizon = 1.0\n[particles]\ncount = 64\nstep = 0.25\nscheme = \"{name}\"\n"
        )
    };
    for name in ["density", "processed"] {
        let error = read(&particles(name)).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("density of Euler–Maruyama"), "{error}");
        let found = proof(SDE, name);
        assert_eq!(found.verdict, Verdict::Fail, "{name}");
        assert!(found.why.contains("density of Euler–Maruyama"), "{}", found.why);
    }
    let plan = read(&particles("euler-maruyama")).unwrap().plan;
    // Without a plan that refuses it, what is said is not believed: as if it were not said.
    let Dynamics::Annealed(flow) = &plan.problem().dynamics else { unreachable!("annealed") };
    let evidence = |name: &str| {
        let scheme = ODD.iter().find(|odd| odd.0 == name).unwrap();
        let settings = ParticleSettings { scheme, ..plan.particles().unwrap().clone() };
        simulate_annealed(plan.problem(), flow, &settings, Watch::default()).log_evidence.unwrap().value
    };
    assert_eq!(evidence("density"), evidence("tamed"));
    assert_ne!(evidence("nothing"), evidence("tamed"));
    assert!(read(&particles("nothing")).is_ok());
}

#[test]
fn post_processing_of_three_noises_is_seen() {
    let text = |d: usize, name: &str| {
        let covariance: Vec<String> = (0..d)
            .map(|i| format!("{:?}", (0..d).map(|j| f64::from(u8::from(i == j))).collect::<Vec<_>>()))
            .collect();
        format!(
            "dimension = {d}\nobservables = [\"x1\"]\n[target]\npotential = \"x1^2\"\n[initial]\nmean = {:?}\ncovariance = [{}]\n\
             [flow]\nreaction = 1.0\nhorizon = 0.5\n[particles]\ncount = 100\nstep = 0.1\ndensity = \"gaussian\"\nscheme = \"{name}\"\n",
            vec![0.0; d],
            covariance.join(", ")
        )
    };
    let error = read(&text(3, "late")).unwrap_err().to_string();
    assert!(error.contains("late") && error.contains("post-processing"), "{error}");
    for (d, name) in [(3, "nothing"), (2, "late")] {
        assert!(read(&text(d, name)).is_ok(), "{:?}", read(&text(d, name)).err());
    }
}

#[test]
fn moments_that_are_not_shown_are_no_proof() {
    let cases = [
        ("pole", Moments::Unknown, Verdict::Inconclusive),
        ("hidden-pole", Moments::Unknown, Verdict::Inconclusive),
        ("exponential", Moments::Unknown, Verdict::Inconclusive),
        ("bounded-pole", Moments::Finite, Verdict::Pass),
        ("nothing", Moments::Finite, Verdict::Pass),
        ("tamed-euler", Moments::Assumed, Verdict::Pass),
        ("state-exponential", Moments::Assumed, Verdict::Inconclusive),
        ("tamed", Moments::Assumed, Verdict::Inconclusive),
    ];
    for (name, moments, verdict) in cases {
        let found = proof(FLOW, name);
        let json = serde_json::to_value(&found).unwrap().to_string();
        assert_eq!(found.verdict, verdict, "{name}: {}", found.why);
        let word = serde_json::to_value(moments).unwrap();
        assert!(json.contains(&format!("\"moments_exist\":{word}")), "{name}: {json}");
        assert!(json.contains(&format!("moments {}: ", word.as_str().unwrap())), "{name}: {json}");
        assert_eq!(found.why.contains("proved"), moments != Moments::Unknown, "{}", found.why);
        assert_eq!(found.why.contains("formal order 1"), moments == Moments::Unknown, "{}", found.why);
    }
    let own: &dyn Scheme = &ODD[13];
    let own = certificate(own, WeightRule::Trapezoidal, 1, NoiseClass::Additive).to_string();
    assert!(own.starts_with("formal order 1") && !own.contains("proved"), "{own}");
}

#[test]
fn noises_that_are_not_there_are_no_noise() {
    let found = proof(SDE, "long");
    assert_eq!(found.verdict, Verdict::Inconclusive, "{}", found.why);
    assert!(found.why.contains("diffuse takes one number for each noise"), "{}", found.why);
}

/// Without noise nothing is ergodic.
#[test]
fn a_scheme_without_noise_has_no_invariant_measure() {
    let found = proof(FLOW, "still");
    assert_ne!(found.verdict, Verdict::Pass, "{}", found.why);
}

/// The proof is for smooth coefficients and observables. E|W₁| by a scheme of order 2 has order 1 where the path starts in the kink
/// (the trinomial law, by exact convolution).
#[test]
fn runs_that_are_not_smooth_are_not_covered() {
    let verdict = |drift: &str, diffusion: &str, observable: &str| {
        let found = found(&format!(
            "observables = [\"{observable}\"]\n[initial]\npoint = [0.0]\n[sde]\ndrift = [\"{drift}\"]\n\
             diffusion = [[\"{diffusion}\"]]\nhorizon = 1.0\n[[study]]\nkind = \"weak-order\"\nschemes = [\"platen-general\"]\n\
             observable = \"{observable}\"\nmethods = [\"proof\"]\n"
        ));
        let study = &found.studies[0];
        let told = study.why.contains("not known to be smooth");
        assert_eq!(told, study.verdict == Verdict::Inconclusive, "{}", study.why);
        study.verdict
    };
    for (drift, diffusion, observable) in [
        ("0", "1", "abs(x)"),
        ("0", "1", "x > 0.5"),
        ("0", "1", "max(x, 0)"),
        ("(x>0)-(x<0)", "1", "x"),
        ("abs(t-0.3141)^0.5 - x", "1", "x"),
        ("1/x", "1", "x"),
        ("-x", "sqrt(abs(x))", "x"),
        ("-x", "sqrt(x)", "x"),
    ] {
        assert_eq!(
            verdict(drift, diffusion, observable),
            Verdict::Inconclusive,
            "{drift}, {diffusion}, {observable}"
        );
    }
    for (drift, diffusion, observable) in [
        ("sin(t) - x", "0.3*sqrt(1 + x^2)", "x^2"),
        ("-x/(2 + sin(x))", "exp(-x^2)", "tanh(x)"),
        ("-x^3/(1 + x^4)", "1/cosh(x)", "log(exp(x) + exp(-x))"),
        ("-atan(x)", "2^(-x^2)", "erf(x)"),
    ] {
        assert_eq!(
            verdict(drift, diffusion, observable),
            Verdict::Pass,
            "{drift}, {diffusion}, {observable}"
        );
    }
}

/// The rate of kinetic dynamics is a part of the equation, too.
#[test]
fn what_is_rough_beside_the_drift_is_seen() {
    let verdict = |equation: &str, scheme: &str| {
        let study = "[[study]]\nkind = \"weak-order\"\nobservable = \"x\"\nmethods = [\"proof\"]\n";
        let found = found(&format!("observables = [\"x\"]\n{equation}{study}schemes = [\"{scheme}\"]\n"));
        found.studies[0].verdict
    };
    let kinetic = |rate: &str| {
        format!(
            "[target]\npotential = \"x^2/2\"\n[initial]\npoint = [1.0, 0.0]\n[flow]\ndynamics = \"underdamped\"\nreaction = 0.0\n\
             rate = \"{rate}\"\nhorizon = 1.0\n"
        )
    };
    assert_eq!(verdict(&kinetic("x^2"), "baoab"), Verdict::Pass);
    assert_eq!(verdict(&kinetic("abs(x)"), "baoab"), Verdict::Inconclusive);
}

#[test]
fn a_scheme_for_overdamped_dynamics_has_that_domain() {
    let domain = |name| serde_json::to_value(proof(FLOW, name)).unwrap()["certificate"]["domain"].clone();
    let own = domain("overdamped");
    assert_eq!(own["noise"], "√(2α) on every component, with the gradient drift −α∇V(x)");
    assert_eq!(own["time"], "the rate c(t, x)");
    assert_eq!(domain("nothing")["noise"], "any constant σ");
}

/// Noise drives the velocities alone.
#[test]
fn noises_are_not_always_as_many_as_components() {
    let scenario = crate::common::scenario(include_str!("../../validation/diffusion/orders-kinetic.toml"));
    let problem = scenario.plan.problem();
    assert_eq!((problem.dimension(), problem.noises()), (2, 1));
}

/// X + √hσ(v₁ + 2v₂ + 3v₃) for variates of these laws.
struct Listed(&'static [Variate]);

impl OneStep for Listed {
    fn claims(&self) -> Claims {
        Claims { name: "listed", work_vectors: 1, ..Claims::default() }
    }
    fn variates(&self, _m: usize) -> Vec<Variate> {
        self.0.to_vec()
    }
    fn step<S: Scalar>(
        &self,
        sde: &(impl Sde<S> + ?Sized),
        step: &Step<S>,
        x: &mut [S],
        noise: &[S],
        work: &mut [S],
    ) {
        let sum = noise.iter().zip(1..).fold(S::zero(), |sum, (v, k)| sum + S::ratio(k, 1) * v.clone());
        sde.diffuse(&step.t, x, &[sum], work);
        add_combination(x, [(&step.sqrt_h, work)]);
    }
}

/// Of dX = dW in one step, the coarse path has the law of the step, whatever the variates are listed like: 2¹⁸ paths, and 6.2
/// standard errors, which are exceeded with probability 6e-10.
#[test]
fn areas_may_stand_anywhere() {
    use Variate::{Gaussian, SpaceTimeArea, ThreePoint};
    static LISTS: [Listed; 5] = [
        Listed(&[Gaussian, SpaceTimeArea]),
        Listed(&[SpaceTimeArea, Gaussian]),
        Listed(&[Gaussian, SpaceTimeArea, SpaceTimeArea]),
        Listed(&[SpaceTimeArea, SpaceTimeArea, Gaussian]),
        Listed(&[ThreePoint, SpaceTimeArea]),
    ];
    let text = "observables = [\"x^2\", \"x^4\", \"x^6\"]\n[initial]\npoint = [0.0]\n\
                [sde]\ndrift = [\"0\"]\ndiffusion = [[\"1\"]]\nhorizon = 1.0\n";
    let problem = crate::common::scenario(text).plan.problem().clone();
    let equation = crate::common::laws::sde(&["0"], &[&["1"]], None);
    for scheme in &LISTS {
        let share =
            |k: usize, law: &Variate| (k + 1).pow(2) as f64 / if *law == SpaceTimeArea { 12.0 } else { 1.0 };
        let variance: f64 = scheme.0.iter().enumerate().map(|(k, law)| share(k, law)).sum();
        // E (ξ + g)⁴ and E (ξ + g)⁶ with a Gaussian g of variance v and a three-point ξ, which lacks 6 of E ξ⁶ = 15.
        let lacks = if scheme.0[0] == ThreePoint { 6.0 } else { 0.0 };
        let moments = [variance, 3.0 * variance.powi(2), 15.0 * variance.powi(3) - lacks];
        let motion = Motion { sde: &equation, scheme, weight: WeightRule::Trapezoidal, weighted: false };
        let level = Level {
            problem: &problem,
            observables: &problem.observables,
            motion,
            steps: 1,
            seed: 7,
            number: 0,
        };
        let blocks = (1 << 18) / wfr::particles::BLOCK;
        for (sums, moment) in level.run(0..blocks).iter().zip(moments) {
            let coarse = sums.coarse_mean(false);
            close(coarse.value, moment, 6.2 * coarse.stderr, &format!("{:?}", scheme.0));
            // The mean over both fine paths.
            let [difference, ..] = sums.mean();
            let fine = coarse.value + difference;
            assert!(fine.is_finite() && difference.abs() < 0.2 * moment, "{:?}: {difference}", scheme.0);
        }
    }
}

/// However many there are: the sixth moment decides the leading error of `debrabant`.
#[test]
fn quadrature_knows_the_moments_of_areas() {
    for m in [1, 2] {
        let areas = vec![Variate::SpaceTimeArea; m];
        let rule = NoiseRule::new(&areas, 20);
        for (power, moment) in [(2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0)] {
            let sum: f64 = rule.iter().map(|(node, weight)| weight * node[m - 1].powi(power)).sum();
            close(sum * 12f64.powi(power / 2), moment, 1e-11 * moment, "a moment");
        }
    }
}
