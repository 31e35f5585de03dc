//! The work of the grid's integrators for an error in time.

use crate::common::{close, findings};
use wfr::study::Verdict;
use wfr::study::findings::StudyFindings;
use wfr::study::work_precision::WorkPrecisionFindings;

fn study(grid: &str) -> (StudyFindings, WorkPrecisionFindings) {
    let found = findings(&format!(
        "observables = [\"x^2\"]\n[target]\npotential = \"(x^2 - 1)^2\"\n[initial]\nmean = [-1.0]\ncovariance = [[0.04]]\n\
         [flow]\nhorizon = 1.0\n[grid]\nlower = [-3.0]\nupper = [3.0]\ncells = [600]\n{grid}\n\
         [[study]]\nkind = \"work-precision\"\naccuracy = 1e-6\nfactor = 10.0\n"
    ));
    let study = found.studies.into_iter().next().unwrap_or_else(|| panic!("{:?}", found.breakdown));
    let work = study.outcome_as::<WorkPrecisionFindings>().unwrap().clone();
    (study, work)
}

#[test]
fn a_millionth_takes_a_tenth_of_the_work_of_implicit_strang_steps() {
    let (study, work) = study("");
    assert_eq!(study.verdict, Verdict::Pass, "{}", study.why);
    assert!(work.reference_error < 1e-9, "{:e}", work.reference_error);
    let passes = |name: &str| {
        let line = work.lines.iter().find(|line| line.method == name).unwrap_or_else(|| panic!("{name}"));
        line.passes_to_accuracy.unwrap_or_else(|| panic!("{name} does not get there: {:?}", line.refused))
    };
    let own = passes("unsplit");
    assert_eq!(work.lines[0].method, "unsplit");
    assert!(passes("strang, backward-euler") > 10.0 * own, "{}", study.why);
    assert!(passes("strang, crank-nicolson") > 10.0 * own, "{}", study.why);
    // What makes Crank–Nicolson so dear is that its densities have to be positive.
    let refused = work.lines.iter().find(|line| line.method.ends_with("crank-nicolson")).unwrap();
    assert!(refused.refused.as_ref().unwrap().contains("negative density"), "{:?}", refused.refused);
    // h¹ of backward Euler: √2 times the steps, √2 times less error.
    let euler = work.lines.iter().find(|line| line.method.ends_with("backward-euler")).unwrap();
    let [.., before, last] = euler.errors[..] else { panic!("two levels") };
    close(before / last, 2f64.sqrt(), 0.02, "order 1");
}

#[test]
fn backward_euler_does_not_pass() {
    let (study, _) = study("step = 0.01\ntransport = \"backward-euler\"");
    assert_eq!(study.verdict, Verdict::Fail, "{}", study.why);
}
