//! Runs many small changes at once. Each mostly waits for the disk, and the disk can take several together.

const THREADS: usize = 8;

/// Calls `work` for each item: in no order on several threads if there are many, else one after the other.
pub(super) fn at_once<T: Send>(items: &mut [T], work: &(dyn Fn(&mut T) + Sync)) {
    if items.len() < 2 * THREADS {
        return items.iter_mut().for_each(work);
    }
    let size = items.len().div_ceil(THREADS);
    std::thread::scope(|scope| {
        for part in items.chunks_mut(size) {
            scope.spawn(move || part.iter_mut().for_each(work));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::at_once;

    #[test]
    fn each_is_done_once() {
        for count in [0, 1, 15, 16, 17, 100] {
            let mut items = vec![0; count];
            at_once(&mut items, &|item| *item += 1);
            assert!(items.iter().all(|item| *item == 1));
        }
    }
}
