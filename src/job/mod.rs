//! One operation, as others see it that watch or stop it.
//!
//! Every engine takes a [`Job`]: it looks at [`Stop`] between two steps, and counts in [`Progress`] what it has done. A
//! part that needs only one of the two takes only that one.

mod progress;
mod stop;

use std::sync::Arc;

pub use self::progress::Progress;
pub use self::stop::{STEP, Severable, Stop, Stoppable};

/// Stops an operation from another thread, and shows how far it is. A clone is the same job.
#[derive(Clone, Default)]
pub struct Job {
    pub(crate) stop: Stop,
    pub(crate) progress: Arc<Progress>,
}

impl Job {
    /// A job that nothing runs under yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A job that ends with this stop, and counts from the beginning: for a part whose numbers are its own.
    #[cfg(feature = "engine")]
    pub(crate) fn under(stop: &Stop) -> Self {
        Self {
            stop: stop.clone(),
            progress: Arc::default(),
        }
    }

    /// Ends what runs under this job: no new work begins, running queries are cancelled, and the call returns an error
    /// that says that it was interrupted.
    pub fn stop(&self) {
        self.stop.stop_by_user();
    }

    /// Whether what runs under this job is to end, for whatever reason.
    pub fn is_stopped(&self) -> bool {
        self.stop.stopped()
    }

    /// Counters of what runs under this job.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }
}
