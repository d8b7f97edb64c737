//! Works on many items at once, and gives the results in the order of the items.
//!
//! Each of n threads takes every n-th item and has a bounded queue of results. The queues are emptied item by item. So
//! memory is bounded however unlike the items are, because a thread that is ahead waits.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::export::error::ExportError;

/// How many pieces may wait in a queue: those of an ordinary chunk.
const PIECES: usize = 64;

/// Passes a piece on; false when no more are wanted.
pub(super) type Give<'a> = dyn FnMut(Vec<u8>) -> bool + 'a;

enum Made {
    Piece(Vec<u8>),
    End(Result<(), ExportError>),
}

/// Lets `make` turn each item into pieces, on `threads` threads, and passes them to `take` in order. The first failure
/// is the result.
pub(super) fn in_order<T: Sync>(
    items: &[T],
    threads: usize,
    make: impl Fn(&T, &mut Give) -> Result<(), ExportError> + Sync,
    take: impl FnMut(Vec<u8>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let threads = threads.clamp(1, items.len().max(1));
    thread::scope(|scope| {
        let mut queues = Vec::with_capacity(threads);
        for first in 0..threads {
            let (give, queue) = sync_channel(PIECES);
            queues.push(queue);
            let (make, own) = (&make, items.iter().skip(first).step_by(threads));
            thread::Builder::new()
                .name("export".to_owned())
                .spawn_scoped(scope, move || work(own, make, &give))
                .map_err(ExportError::Thread)?;
        }
        // The queues end with this call, which stops threads that are still making pieces.
        empty(queues, items.len(), take)
    })
}

fn work<'a, T: 'a>(
    items: impl Iterator<Item = &'a T>,
    make: impl Fn(&T, &mut Give) -> Result<(), ExportError>,
    queue: &SyncSender<Made>,
) {
    for item in items {
        let made = make(item, &mut |piece| queue.send(Made::Piece(piece)).is_ok());
        let failed = made.is_err();
        if queue.send(Made::End(made)).is_err() || failed {
            return;
        }
    }
}

fn empty(
    queues: Vec<Receiver<Made>>,
    items: usize,
    mut take: impl FnMut(Vec<u8>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    for item in 0..items {
        let queue = &queues[item % queues.len()];
        loop {
            match queue.recv() {
                Ok(Made::Piece(piece)) => take(piece)?,
                Ok(Made::End(result)) => break result?,
                Err(_) => return Err(ExportError::NotDecoded),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(items: &[u32], threads: usize, wrong: Option<u32>, most: usize) -> (Vec<u8>, Result<(), ExportError>) {
        let mut all = Vec::new();
        let make = |item: &u32, give: &mut Give| {
            if Some(*item) == wrong {
                return Err(ExportError::Interrupted);
            }
            // The items have different amounts, so that some threads run ahead, with more pieces than a queue holds.
            for part in 0..(item * 37 % 200) {
                if !give(vec![*item as u8, part as u8]) {
                    break;
                }
            }
            Ok(())
        };
        let result = in_order(items, threads, make, |piece| {
            all.extend(piece);
            match all.len() < most {
                true => Ok(()),
                false => Err(ExportError::NotDecoded),
            }
        });
        (all, result)
    }

    #[test]
    fn pieces_come_in_the_order_of_their_items() {
        let items: Vec<u32> = (0..50).collect();
        let (one, _) = made(&items, 1, None, usize::MAX);
        for threads in [2, 3, 7, 100] {
            let (many, result) = made(&items, threads, None, usize::MAX);
            assert!(result.is_ok() && many == one, "{threads}");
        }
        assert!(made(&[], 3, None, usize::MAX).1.is_ok());
    }

    #[test]
    fn the_first_failure_ends_it() {
        let items: Vec<u32> = (0..50).collect();
        let (before, result) = made(&items, 3, Some(10), usize::MAX);
        assert!(matches!(result, Err(ExportError::Interrupted)));
        assert_eq!(before, made(&items[..10], 1, None, usize::MAX).0);
        // The pieces are no longer taken; even so, no thread waits for ever.
        assert!(matches!(made(&items, 4, None, 1000).1, Err(ExportError::NotDecoded)));
    }
}
