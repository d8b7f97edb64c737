//! Counters of a running dump, restore or check, for an observer.
//!
//! Engines add to them; `cli` reads them from its own thread. No terminal and no clock here.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The work done so far, and the work to do as far as it is known.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of COPY data handled.
    pub raw_bytes: AtomicU64,
    /// Bytes of archive written or read.
    pub stored_bytes: AtomicU64,
    /// Rows handled, pieces of large objects too.
    pub rows: AtomicU64,
    /// Units done, and how many there are (0 = not known yet). A dump and a comparison count heap
    /// pages, a restore counts raw bytes, a check counts archive bytes.
    pub done: AtomicU64,
    /// See `done`.
    pub total: AtomicU64,
    stage: Mutex<String>,
}

impl Progress {
    /// Names the present step, e.g. `reading the catalog`.
    pub fn stage(&self, text: impl Into<String>) {
        if let Ok(mut stage) = self.stage.lock() {
            *stage = text.into();
        }
    }

    /// The present step; empty before the first.
    pub fn current_stage(&self) -> String {
        self.stage.lock().map(|stage| stage.clone()).unwrap_or_default()
    }

    /// Counts one chunk.
    pub fn chunk(&self, rows: u64, raw_bytes: u64) {
        self.rows.fetch_add(rows, Relaxed);
        self.raw_bytes.fetch_add(raw_bytes, Relaxed);
    }

    /// Counts units as done.
    pub fn advance(&self, units: u64) {
        self.done.fetch_add(units, Relaxed);
    }

    /// Sets both counters anew.
    pub fn set_done(&self, units: u64, total: u64) {
        self.set_total(total);
        self.done.store(units, Relaxed);
    }

    /// Sets the number of all units.
    pub fn set_total(&self, units: u64) {
        self.total.store(units, Relaxed);
    }
}
