//! The progress of one read.

use crate::job::Progress;

/// Counts a task's pages while its rows arrive: as many as their bytes would fill, at most all, and
/// the rest at the end.
pub(super) struct Meter<'a> {
    progress: &'a Progress,
    pages_left: u64,
    bytes: usize,
}

impl<'a> Meter<'a> {
    /// How many bytes are gathered before the progress is told, because all sessions share it.
    const STEP_BYTES: usize = 1 << 20;
    const PAGE_BYTES: usize = 8192;

    pub(super) fn new(pages: u64, progress: &'a Progress) -> Self {
        Self {
            progress,
            pages_left: pages,
            bytes: 0,
        }
    }

    pub(super) fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes >= Self::STEP_BYTES {
            let pages = ((self.bytes / Self::PAGE_BYTES) as u64).min(self.pages_left);
            self.pages_left -= pages;
            self.bytes = 0;
            self.progress.advance(pages);
        }
    }

    pub(super) fn finish(self) {
        self.progress.advance(self.pages_left);
    }
}
