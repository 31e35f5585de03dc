//! Schemes that are given as data: the same certificates and the same steps as those of the code, and no unsound record.

use wfr::schemes::certificate::certificate;
use wfr::schemes::traced::{Operation, Program, Traced};
use wfr::schemes::{Claims, NoiseClass, OneStep, Platen, WeightRule};
use wfr::symbolic::Variate;

/// Heun's method; without the noise in its predictor if `blind`.
fn heun([d, m, n]: [usize; 3], blind: bool) -> Result<Program, String> {
    let x: Vec<usize> = (3..3 + d).collect();
    let mut operations = Vec::new();
    let mut known = 3 + d + n;
    let mut add = |operation: Operation, made: usize| {
        operations.push(operation);
        known += made;
        known - made
    };
    let b = add(Operation::Drift { t: 0, x: x.clone() }, d);
    let kick = add(Operation::Diffuse { t: 0, x: x.clone(), noise: (3 + d..3 + d + m).collect() }, d);
    let predicted: Vec<usize> = (0..d)
        .map(|i| {
            let drift = add(Operation::Multiply(1, b + i), 1);
            let noise = add(Operation::Multiply(2, kick + i), 1);
            let moved = add(Operation::Add(x[i], drift), 1);
            if blind { moved } else { add(Operation::Add(moved, noise), 1) }
        })
        .collect();
    let end = add(Operation::Add(0, 1), 1);
    let b_bar = add(Operation::Drift { t: end, x: predicted }, d);
    let half = add(Operation::Ratio(1, 2), 1);
    let half_h = add(Operation::Multiply(half, 1), 1);
    let outputs = (0..d)
        .map(|i| {
            let sum = add(Operation::Add(b + i, b_bar + i), 1);
            let drift = add(Operation::Multiply(half_h, sum), 1);
            let noise = add(Operation::Multiply(2, kick + i), 1);
            let moved = add(Operation::Add(x[i], drift), 1);
            add(Operation::Add(moved, noise), 1)
        })
        .collect();
    Program::new(operations, outputs, [d, m, n])
}

fn traced(blind: bool) -> Traced {
    let claims = Claims { name: "traced", weak_order: 2, noise: NoiseClass::Additive, ..Claims::default() };
    Traced::new(claims, vec![Variate::Gaussian], Box::new(move |shape| heun(shape, blind)))
}

#[test]
fn certificates_are_those_of_the_code() {
    let (data, blind) = (traced(false), traced(true));
    for d in [1, 2] {
        for weight in WeightRule::ALL {
            let [own, code] = [
                certificate(&data, weight, d, NoiseClass::Additive),
                certificate(&Platen::GAUSSIAN, weight, d, NoiseClass::Additive),
            ];
            assert_eq!((own.order, own.to_string()), (code.order, code.to_string()));
        }
        assert_eq!(certificate(&blind, WeightRule::Trapezoidal, d, NoiseClass::Additive).order, 1);
    }
}

#[test]
fn records_that_are_not_sound_are_refused() {
    let wrong = |operations: Vec<Operation>, outputs: Vec<usize>| {
        Program::new(operations, outputs, [1, 1, 1]).unwrap_err()
    };
    assert!(wrong(vec![Operation::Add(0, 5)], vec![3]).contains("found the operand 5"));
    assert!(wrong(vec![Operation::Ratio(1, 0)], vec![3]).contains("a denominator other than 0"));
    assert!(wrong(vec![Operation::Drift { t: 0, x: vec![3, 3] }], vec![3]).contains("expected 1 components"));
    assert!(wrong(Vec::new(), vec![5]).contains("places below 5"));
    assert!(wrong(Vec::new(), Vec::new()).contains("expected 1 places"));
    assert!(Program::new(Vec::new(), vec![3], [1, 1, 1]).is_ok());
}

/// The reason of a record that cannot be made reaches whoever asks for the shape.
#[test]
fn what_cannot_be_recorded_says_why() {
    let none =
        Traced::new(Claims::default(), vec![Variate::Gaussian], Box::new(|_| Err("no such shape".into())));
    assert_eq!(none.program(1, 1).unwrap_err(), "no such shape");
    assert_eq!(none.variates(2), [Variate::Gaussian; 2]);
}
