//! What cannot be computed is refused with the reason.

mod common;

use common::dirac;
use transport::{Cloud, Error, Settings, hellinger, w2, wfr};

#[test]
fn clouds_are_checked() {
    let cloud = |dimension, points: &[f64], masses: &[f64]| {
        Cloud::new(dimension, points.to_vec(), masses.to_vec()).map(|_| ())
    };
    assert_eq!(cloud(0, &[], &[]), Err(Error::Dimension(0, 0)));
    assert_eq!(cloud(2, &[1.0, 2.0, 3.0], &[1.0]), Err(Error::Length { found: 3, needed: 2 }));
    assert_eq!(
        cloud(1, &[1.0, f64::INFINITY], &[1.0, 1.0]),
        Err(Error::Coordinate { point: 1, axis: 0, found: f64::INFINITY })
    );
    assert_eq!(cloud(1, &[1e200], &[1.0]), Err(Error::Coordinate { point: 0, axis: 0, found: 1e200 }));
    assert_eq!(cloud(1, &[0.0, 1.0], &[1.0, -1.0]), Err(Error::Mass(1, -1.0)));
    assert!(matches!(cloud(1, &[0.0], &[f64::NAN]), Err(Error::Mass(0, _))));
    assert_eq!(cloud(1, &[0.0, 1.0], &[0.0, 0.0]), Err(Error::TotalMass(0.0)));
    assert_eq!(cloud(3, &[], &[]), Err(Error::TotalMass(0.0)));
}

#[test]
fn pairs_of_clouds_are_checked() {
    let (line, plane) = (dirac(&[0.0], 1.0), dirac(&[0.0, 0.0], 1.0));
    let settings = Settings::default();
    assert_eq!(wfr(&line, &plane, 1.0, &settings), Err(Error::Dimension(1, 2)));
    assert_eq!(w2(&line, &plane, &settings), Err(Error::Dimension(1, 2)));
    assert_eq!(hellinger(&line, &plane), Err(Error::Dimension(1, 2)));
    for δ in [0.0, -1.0, f64::INFINITY] {
        assert_eq!(wfr(&line, &line, δ, &settings), Err(Error::Scale(δ)));
    }
    for tolerance in [0.0, 1.0, -1e-3] {
        assert_eq!(
            wfr(&line, &line, 1.0, &Settings { tolerance, ..settings }),
            Err(Error::Tolerance(tolerance))
        );
    }
    assert_eq!(w2(&line, &dirac(&[1.0], 1.1), &settings), Err(Error::UnequalMasses(1.0, 1.1)));
    assert_eq!(hellinger(&line, &dirac(&[1.0], 1.0)), Err(Error::UnequalPoints(0)));
}

#[test]
fn messages_say_what_is_wrong_and_what_would_be_right() {
    let message = Error::Mass(3, -0.5).to_string();
    assert_eq!(message, "mass 3 is -5e-1: it has to be a number that is at least 0");
}
