//! Ctrl-C, SIGTERM and SIGHUP: the first stops the operation cleanly, the second ends the process. Exceeding a limit on
//! file sizes fails the write, like a full disk, and does not end the process.
//!
//! A signal that was ignored when the process began stays ignored: `nohup` and `trap '' INT` ask for that. Child
//! processes get their signals unchanged.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::interrupted::STOP;
use crate::job::{Job, Stop};

/// A job that signals end, for work on a server.
pub(crate) fn job() -> Result<Job, CommandFailure> {
    job_that("cancelling the server's queries")
}

/// A job that signals end; `does` says what then happens.
pub(crate) fn job_that(does: &'static str) -> Result<Job, CommandFailure> {
    Ok(Job::under(&stop_that(does)?))
}

/// The stop that signals trigger, for work on a server.
pub(crate) fn stop() -> Result<Stop, CommandFailure> {
    Ok(job()?.stop)
}

fn stop_that(does: &'static str) -> Result<Stop, CommandFailure> {
    let mut known = STOP.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(stop) = known.as_ref() {
        return Ok(stop.clone());
    }
    let stop = Stop::default();
    let ignored = ignored();
    let is_ignored = |signal: &i32| ignored >> (signal - 1) & 1 == 1;
    let failed = |error: std::io::Error| CommandFailure::local(format!("cannot handle signals: {error}"));
    if !is_ignored(&SIGXFSZ) {
        // With a handler the write fails and reports the reason.
        signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map_err(failed)?;
    }
    let handled = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| !is_ignored(signal));
    let mut signals = Signals::new(handled).map_err(failed)?;
    let target = stop.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut signals = signals.forever();
            if signals.next().is_some() {
                // Cancelling may take a moment; a second signal must not wait for it.
                let stopping = target.clone();
                std::thread::spawn(move || stopping.stop_by_user());
                eprintln!("\ninterrupted: {does}");
            }
            if signals.next().is_some() {
                #[expect(clippy::exit, reason = "whoever asks twice does not want to wait")]
                std::process::exit(130);
            }
        })
        .map_err(|error| CommandFailure::local(format!("cannot start a thread: {error}")))?;
    *known = Some(stop.clone());
    Ok(stop)
}

/// The signals that were ignored when the process began, bit 0 for signal 1. Only Linux tells this without an unsafe
/// call; on other systems the result is 0.
fn ignored() -> u64 {
    std::fs::read_to_string("/proc/self/status").map_or(0, |status| ignored_in(&status))
}

fn ignored_in(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_from_the_status() {
        assert_eq!(
            ignored_in("Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001003\n"),
            0x1003
        );
        assert_eq!(ignored_in("Name:\tx\n"), 0);
        assert_eq!(ignored_in("SigIgn:\tx\n"), 0);
    }
}
