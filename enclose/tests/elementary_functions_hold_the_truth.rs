//! exp, log, sin, cos, tanh and √ against values of Arb with 400 bits: each truth lies between the two neighbouring numbers of
//! the table, so that an enclosure holds it exactly if it holds both. Arguments near zeros of sin and cos and near 1 for log
//! are among them.

use enclose::Interval;

#[test]
fn every_value_of_the_table_is_inside() {
    let mut rows = 0;
    for line in include_str!("elementary_functions.tsv").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |k: usize| fields[k].parse::<f64>().unwrap();
        let x = Interval::point(number(1));
        let value = match fields[0] {
            "exp" => x.exp(),
            "log" => x.log(),
            "sin" => x.sin(),
            "cos" => x.cos(),
            "tanh" => x.tanh(),
            "sqrt" => x.sqrt(),
            other => panic!("{other}"),
        };
        assert!(value.encloses(Interval::new(number(2), number(3))), "{line}: {value}");
        // Near zeros of sin and cos, the reduction of the angle counts: |x| ≤ 2²⁰ is reduced to within 10⁻²⁰.
        assert!(value.width() < 3e-15 * value.magnitude() + 1e-20, "{line}: {value}");
        rows += 1;
    }
    assert_eq!(rows, 900);
}
