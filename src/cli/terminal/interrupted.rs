//! The stop of the process, and whether a signal has triggered it.

use std::sync::{Mutex, PoisonError};

use crate::job::Stop;

/// The process has only one, because it has only one set of signals.
pub(crate) static STOP: Mutex<Option<Stop>> = Mutex::new(None);

/// Whether a signal has come.
pub(crate) fn interrupted() -> bool {
    let known = STOP.lock().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().is_some_and(Stop::by_user)
}
