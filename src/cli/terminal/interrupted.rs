//! The interrupt of the process, and whether a signal has triggered it.

use std::sync::{Mutex, PoisonError};

use crate::connect::Interrupt;

/// The process has only one, because it has only one set of signals.
pub static INTERRUPT: Mutex<Option<Interrupt>> = Mutex::new(None);

/// Whether a signal has come.
pub fn interrupted() -> bool {
    let known = INTERRUPT.lock().unwrap_or_else(PoisonError::into_inner);
    known.as_ref().is_some_and(Interrupt::by_user)
}
