//! One call of a function in code for what many batches of particles, or many cells, need of it.
//!
//! The generic code of schemes asks for one batch after the other, in the middle of a step. So a step is run to find out what
//! it asks for, and run again once that is known: what a function costs is its call, and the arithmetic around it is cheap.

use super::code::Code;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

thread_local! {
    static GATHERING: RefCell<Option<Gathering>> = const { RefCell::new(None) };
}

/// What the units have asked for, and what is known.
#[derive(Default)]
struct Gathering {
    unit: usize,
    /// Number of requests of the unit in this run of it.
    asked: usize,
    /// Whether the unit has a request without an answer.
    waits: bool,
    answers: Vec<Vec<(Arc<Vec<f64>>, Range<usize>)>>,
    requests: Vec<Request>,
}

/// What is asked of one function at one time.
struct Request {
    code: Arc<Code>,
    order: usize,
    t: f64,
    points: Vec<f64>,
    /// The units, with their numbers of points.
    units: Vec<(usize, usize)>,
}

/// Runs `unit(0)` … `unit(count − 1)`, so that functions in code are called once for all of them. Each is run again, from the
/// same state, which it has to restore, until all is known that it asks for; until then, what is not known is 0.
pub fn gathered(count: usize, mut unit: impl FnMut(usize)) {
    let fresh = Gathering { answers: vec![Vec::new(); count], ..Gathering::default() };
    let outer = Outer(GATHERING.replace(Some(fresh)));
    let mut left: Vec<usize> = (0..count).collect();
    while !left.is_empty() {
        left.retain(|&number| {
            with(|own| (own.unit, own.asked, own.waits) = (number, 0, false));
            unit(number);
            with(|own| own.waits).unwrap_or(false)
        });
        let mut own = GATHERING.take().unwrap_or_default();
        for request in std::mem::take(&mut own.requests) {
            answer(&request, &mut own.answers);
        }
        GATHERING.set(Some(own));
    }
    drop(outer);
}

/// Puts back what was gathered around, also when a function ends the run.
struct Outer(Option<Gathering>);

impl Drop for Outer {
    fn drop(&mut self) {
        GATHERING.set(self.0.take());
    }
}

fn with<T>(f: impl FnOnce(&mut Gathering) -> T) -> Option<T> {
    GATHERING.with_borrow_mut(|own| own.as_mut().map(f))
}

fn answer(request: &Request, answers: &mut [Vec<(Arc<Vec<f64>>, Range<usize>)>]) {
    let Request { code, order, t, points, units } = request;
    let size = code.size(*order);
    let mut values = vec![0.0; points.len() / code.dimension * size];
    code.write(*order, *t, points, &mut values);
    let (values, mut start) = (Arc::new(values), 0);
    for (unit, count) in units {
        let end = start + count * size;
        answers[*unit].push((values.clone(), start..end));
        start = end;
    }
}

/// Writes all derivatives of this order at `points` (n × d) to `out`, at once or when all units have asked.
pub(super) fn write(code: &Arc<Code>, order: usize, t: f64, points: &[f64], out: &mut [f64]) {
    let noted = with(|own| own.note(code, order, t, points, out));
    if noted.is_none() {
        code.write(order, t, points, out);
    }
}

impl Gathering {
    fn note(&mut self, code: &Arc<Code>, order: usize, t: f64, points: &[f64], out: &mut [f64]) {
        let place = self.asked;
        self.asked += 1;
        if let Some((values, range)) = self.answers[self.unit].get(place) {
            out.copy_from_slice(&values[range.clone()]);
            return;
        }
        out.fill(0.0);
        if std::mem::replace(&mut self.waits, true) {
            return;
        }
        let t = if code.timed { t } else { 0.0 };
        let same = |known: &&mut Request| {
            Arc::ptr_eq(&known.code, code) && known.order == order && known.t.to_bits() == t.to_bits()
        };
        let own = (self.unit, points.len() / code.dimension);
        match self.requests.iter_mut().find(same) {
            Some(request) => {
                request.points.extend_from_slice(points);
                request.units.push(own);
            }
            None => {
                let (code, points) = (code.clone(), points.to_vec());
                self.requests.push(Request { code, order, t, points, units: vec![own] });
            }
        }
    }
}
