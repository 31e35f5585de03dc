use super::Failure;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Does `work` on as many items at a time as there are worker threads, as most of a scenario does not fill them, and gives the
/// results to `then` in the order of the items. The first error ends it all.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
    mut then: impl FnMut(&T, R) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(items.len()) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            let take = move || {
                while let Some((index, item)) = claim(next, items) {
                    // Nobody listens any more after an error.
                    if sender.send((index, work(item))).is_err() {
                        return;
                    }
                }
            };
            std::thread::Builder::new()
                .spawn_scoped(scope, take)
                .map_err(|error| Failure::Input(format!("no thread for a scenario: {error}")))?;
        }
        drop(sender);
        let mut done: BTreeMap<usize, R> = BTreeMap::new();
        let mut turn = 0;
        for (index, result) in receiver {
            done.insert(index, result?);
            while let Some(result) = done.remove(&turn) {
                then(&items[turn], result)?;
                turn += 1;
            }
        }
        Ok(())
    })
}

fn claim<'a, T>(next: &AtomicUsize, items: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    items.get(index).map(|item| (index, item))
}
