//! What a box cannot tell is no number.

use crate::common::{close, findings};
use wfr::study::Verdict;
use wfr::study::divergences::{Divergence, DivergenceFindings};
use wfr::study::findings::StudyFindings;

/// Fisher–Rao from N(0, 4) to N(0, 1): ρ_t = N(0, 1/λ), λ = 1 − ¾e^{−t}. χ² is infinite until λ = ½, t = log(3/2).
fn study(horizon: f64, rest: &str) -> StudyFindings {
    let found = findings(&format!(
        "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0]\ncovariance = [[4.0]]\n\
         [flow]\ntransport = 0.0\nreaction = 1.0\nhorizon = {horizon:?}\n\
         [grid]\ncells = [400]\nstep = 0.1\n\
         [[study]]\nkind = \"divergences\"\n{rest}\n"
    ));
    assert_eq!(found.breakdown, None);
    found.studies.into_iter().next().unwrap()
}

fn divergences(study: &StudyFindings) -> &[Divergence] {
    &study.outcome_as::<DivergenceFindings>().unwrap().divergences
}

#[test]
fn an_infinite_chi_squared_is_unresolved() {
    let t = 0.3;
    assert!(t < 1.5f64.ln());
    let found = study(t, "");
    assert_eq!(found.verdict, Verdict::Inconclusive);
    assert!(found.why.contains("unresolved") && found.why.contains("chi-squared"), "{}", found.why);
    let λ: f64 = 1.0 - 0.75 * (-t).exp();
    for divergence in divergences(&found) {
        match divergence.name {
            "chi-squared" => assert_eq!((divergence.value, divergence.error), (None, None)),
            "kl" => {
                let (value, error) = (divergence.value.unwrap(), divergence.error.unwrap());
                close(value, 0.5 * (1.0 / λ - 1.0 + λ.ln()), error, "KL");
                assert!(error < 1e-6, "{error:e}");
            }
            _ => assert!(divergence.value.is_some(), "{divergence:?}"),
        }
    }
    let json = serde_json::to_string(&found).unwrap();
    assert!(json.contains("\"name\":\"chi-squared\",\"value\":null"), "{json}");
    // As a claim, it passes; the claim that KL is infinite fails.
    assert_eq!(study(t, "infinite = [\"chi-squared\"]").verdict, Verdict::Pass);
    assert_eq!(study(t, "infinite = [\"chi-squared\", \"kl\"]").verdict, Verdict::Fail);
}

#[test]
fn after_its_time_it_is_a_number() {
    let t: f64 = 0.7;
    let λ = 1.0 - 0.75 * (-t).exp();
    let found = study(t, "");
    assert_eq!(found.verdict, Verdict::Pass, "{}", found.why);
    let exact = [
        ("kl", 0.5 * (1.0 / λ - 1.0 + λ.ln())),
        ("chi-squared", λ / (2.0 * λ - 1.0).sqrt() - 1.0),
        ("squared-hellinger", 2.0 - 2.0 * (2.0 * λ.sqrt() / (1.0 + λ)).sqrt()),
        // s' = (1 − λ)x, and s − ⟨s⟩ = ½(1 − λ)(x² − 1/λ).
        ("fisher", (1.0 - λ).powi(2) / λ),
        ("variance", 0.5 * ((1.0 - λ) / λ).powi(2)),
    ];
    for (divergence, (name, exact)) in divergences(&found).iter().zip(exact) {
        assert_eq!(divergence.name, name);
        let (value, error) = (divergence.value.unwrap(), divergence.error.unwrap());
        close(value, exact, error, name);
        assert!(error < 2e-2 * exact, "{name}: {error:e} says little of {exact}");
    }
}
