//! After a rearrangement, every place holds exactly what its ancestor owned.

use crate::common::laws::sde;
use quickcheck::QuickCheck;
use wfr::model::Initial;
use wfr::particles::resampling::{ancestors, offspring};
use wfr::particles::{Ensemble, Motion, Purpose, Resampling, Stream, Weights};
use wfr::schemes::{EulerMaruyama, WeightRule};

/// x, y, rate, log-weight and Eve of every particle.
fn belongings(ensemble: &Ensemble) -> Vec<[f64; 5]> {
    let [x, y] = [0, 1].map(|i| ensemble.map(|x| x[i]));
    let (rates, logs, ancestors) = (ensemble.rates(), ensemble.log_weights(), ensemble.ancestors());
    (0..ensemble.count()).map(|i| [x[i], y[i], rates[i], logs[i], f64::from(ancestors[i])]).collect()
}

#[test]
fn every_place_holds_what_its_ancestor_owned() {
    fn holds(count: u16, start: u16, end: u16, seed: u64) -> bool {
        let equation = sde(&["-x", "x - y"], &[&["1", "0"], &["0", "1"]], Some("x*x + y"));
        let motion = Motion {
            sde: &equation,
            scheme: &EulerMaruyama::GAUSSIAN,
            weight: WeightRule::Trapezoidal,
            weighted: true,
        };
        let count = usize::from(count % 2000) + 1;
        let (start, end) = (usize::from(start) % count, usize::from(end) % count);
        let members = start.min(end)..start.max(end) + 1;
        let mut ensemble = Ensemble::new(&Initial::Point(vec![1.0, 2.0]), count, seed, motion);
        // Twice, so that ancestors have ancestors.
        (0..2).all(|round| {
            ensemble.advance(motion, 0.1, round, 1).unwrap();
            let before = belongings(&ensemble);
            let weights = Weights::from_logs(&ensemble.log_weights()[members.clone()]).unwrap();
            let mut stream = Stream::new(seed, Purpose::Resampling, round);
            let parents = ancestors(&offspring(Resampling::Multinomial, &weights, &mut stream));
            ensemble.rearrange(members.clone(), &parents);
            let expected = |place: usize| match place.checked_sub(members.start) {
                Some(member) if place < members.end => {
                    let [x, y, rate, _, ancestor] = before[members.start + parents[member] as usize];
                    [x, y, rate, 0.0, ancestor]
                }
                _ => before[place],
            };
            belongings(&ensemble).into_iter().enumerate().all(|(place, owned)| owned == expected(place))
        })
    }
    QuickCheck::new().tests(100).quickcheck(holds as fn(u16, u16, u16, u64) -> bool);
}
