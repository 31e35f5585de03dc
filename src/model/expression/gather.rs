//! One call of a function in code for what many batches of particles, or many cells, need of it.
//!
//! The generic code of schemes asks for one batch after the other, in the middle of a step. So a step is run to find out what
//! it asks for, and run again once that is known: what a function costs is its call, and the arithmetic around it is cheap.

use super::code::Code;
use crate::algebra::Real;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static GATHERING: RefCell<Option<Gathering>> = const { RefCell::new(None) };
}

/// What the units have asked for, and what is known.
struct Gathering {
    count: usize,
    unit: usize,
    /// Number of requests of the unit in this run of it.
    asked: usize,
    /// Number of requests of each unit that have answers, if it is not done.
    round: usize,
    /// Whether the unit has a request without an answer.
    waits: bool,
    /// Of the request number k of a unit, at k·count + unit: whose values answer it, and from where on.
    answers: Vec<(usize, usize)>,
    values: Vec<Vec<f64>>,
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

/// Runs `unit(0, false)` … `unit(count − 1, false)`, so that functions in code are called once for all of them. Each is run again,
/// as `unit(k, true)`, from the same state, which it then has to restore, until all is known that it asks for; until then, what is
/// not known is 0.
pub fn gathered(count: usize, mut unit: impl FnMut(usize, bool)) {
    let fresh = Gathering {
        count,
        unit: 0,
        asked: 0,
        round: 0,
        waits: false,
        answers: Vec::new(),
        values: Vec::new(),
        requests: Vec::new(),
    };
    let outer = Outer(GATHERING.replace(Some(fresh)));
    let mut left: Vec<usize> = (0..count).collect();
    let mut again = false;
    loop {
        left.retain(|&number| {
            with(|own| (own.unit, own.asked, own.waits) = (number, 0, false));
            unit(number, again);
            with(|own| own.waits).unwrap_or(false)
        });
        // Functions that gather themselves, or evaluate formulas, find nothing to take part in.
        let Some(mut own) = GATHERING.take().filter(|_| !left.is_empty()) else { break };
        own.answer();
        GATHERING.set(Some(own));
        again = true;
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

/// Writes all derivatives of this order at x to `out`, at once or when all units have asked.
pub(super) fn write<R: Real>(code: &Arc<Code>, order: usize, t: f64, x: &[R], out: &mut [R]) {
    if with(|own| own.note(code, order, t, x, out)).is_none() {
        let mut points = Vec::with_capacity(R::COUNT * x.len());
        add_points(x, &mut points);
        let mut values = vec![0.0; R::COUNT * out.len()];
        code.write(order, t, &points, &mut values);
        take_values(&values, out);
    }
}

/// Adds the points of all lanes, one after the other.
fn add_points<R: Real>(x: &[R], points: &mut Vec<f64>) {
    if let [x] = x {
        points.extend_from_slice(x.lanes());
        return;
    }
    for lane in 0..R::COUNT {
        points.extend(x.iter().map(|x| x.lane(lane)));
    }
}

fn take_values<R: Real>(values: &[f64], out: &mut [R]) {
    let size = out.len();
    for (place, out) in out.iter_mut().enumerate() {
        for (lane, point) in out.lanes_mut().iter_mut().zip(values.chunks_exact(size)) {
            *lane = point[place];
        }
    }
}

impl Gathering {
    fn note<R: Real>(&mut self, code: &Arc<Code>, order: usize, t: f64, x: &[R], out: &mut [R]) {
        let place = self.asked;
        self.asked += 1;
        if place < self.round {
            let (values, start) = self.answers[place * self.count + self.unit];
            take_values(&self.values[values][start..], out);
            return;
        }
        out.fill(R::zero());
        if std::mem::replace(&mut self.waits, true) {
            return;
        }
        let t = if code.timed { t } else { 0.0 };
        let same = |known: &Request| {
            Arc::ptr_eq(&known.code, code) && known.order == order && known.t.to_bits() == t.to_bits()
        };
        let known = self.requests.iter().position(same).unwrap_or_else(|| {
            let points = Vec::with_capacity(self.count * R::COUNT * x.len());
            let units = Vec::with_capacity(self.count);
            self.requests.push(Request { code: code.clone(), order, t, points, units });
            self.requests.len() - 1
        });
        let request = &mut self.requests[known];
        add_points(x, &mut request.points);
        request.units.push((self.unit, R::COUNT));
    }

    /// Calls the functions.
    fn answer(&mut self) {
        self.round += 1;
        self.answers.resize(self.round * self.count, (0, 0));
        for Request { code, order, t, points, units } in std::mem::take(&mut self.requests) {
            let size = code.size(order);
            let mut values = vec![0.0; points.len() / code.dimension * size];
            code.write(order, t, &points, &mut values);
            let mut start = 0;
            for (unit, count) in units {
                self.answers[(self.round - 1) * self.count + unit] = (self.values.len(), start);
                start += count * size;
            }
            self.values.push(values);
        }
    }
}
