//! Reusable buffers of decoded columns.
//!
//! A chunk's columns have some megabytes. The system gives these to a program page by page and cleared each time it
//! asks for them (what that costs: `docs/decisions/003-copies-and-buffers-of-chunks.md`). A chunk that is dropped
//! leaves its buffers here for the next one, on any thread. That chunk is mostly one of the same relation, so the
//! buffers have the right sizes.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use crate::format::limits::CHUNK_TARGET_BYTES;

/// How many sets of buffers are kept.
const SETS: usize = 8;
/// A set with more bytes is dropped: a huge row must not keep its memory for good.
const SET_BYTES: usize = 2 * CHUNK_TARGET_BYTES;

static SPARE: Mutex<Vec<Vec<Vec<u8>>>> = Mutex::new(Vec::new());

fn spare<T>(with: impl FnOnce(&mut Vec<Vec<Vec<u8>>>) -> T) -> T {
    with(&mut SPARE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The columns of a decoded chunk.
#[derive(Debug)]
pub(super) struct Columns(Vec<Vec<u8>>);

impl Columns {
    /// Takes `count` buffers, whose content is undefined.
    pub(super) fn take(count: usize) -> Self {
        let mut columns = spare(Vec::pop).unwrap_or_default();
        columns.resize_with(count, Vec::new);
        Self(columns)
    }
}

impl Drop for Columns {
    fn drop(&mut self) {
        let columns = std::mem::take(&mut self.0);
        if !columns.is_empty() && columns.iter().map(Vec::capacity).sum::<usize>() <= SET_BYTES {
            spare(|sets| {
                if sets.len() < SETS {
                    sets.push(columns);
                }
            });
        }
    }
}

impl From<Vec<Vec<u8>>> for Columns {
    fn from(columns: Vec<Vec<u8>>) -> Self {
        Self(columns)
    }
}

impl Deref for Columns {
    type Target = [Vec<u8>];

    fn deref(&self) -> &[Vec<u8>] {
        &self.0
    }
}

impl DerefMut for Columns {
    fn deref_mut(&mut self) -> &mut [Vec<u8>] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_used_again_unless_they_are_huge() {
        // Other tests use the same buffers at the same time, so the expected one may come only after many tries.
        let again = (0..1000).any(|_| {
            let mut columns = Columns::take(3);
            columns[2] = Vec::with_capacity(12_345);
            drop(columns);
            Columns::take(3)[2].capacity() == 12_345
        });
        assert!(again);
        drop(Columns::from(vec![vec![0; SET_BYTES + 1]]));
        let all = spare(|sets| sets.concat());
        assert!(all.iter().all(|buffer| buffer.capacity() <= SET_BYTES));
        assert!(spare(|sets| sets.len()) <= SETS);
    }
}
