//! One operation, as others see it that watch or stop it.

use std::sync::Arc;

use crate::connect::Interrupt;
use crate::progress::Progress;

/// Stops an operation from another thread, and shows how far it is. A clone is the same job.
#[derive(Clone, Default)]
pub struct Job {
    pub(super) interrupt: Interrupt,
    pub(super) progress: Arc<Progress>,
}

impl Job {
    /// A job that nothing runs under yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends what runs under this job: no new work begins, running queries are cancelled, and the call returns an error for
    /// which [`Error::is_interrupt`](crate::Error::is_interrupt) holds.
    pub fn stop(&self) {
        self.interrupt.stop_by_user();
    }

    /// Counters of what runs under this job.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }
}
