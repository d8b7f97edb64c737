//! Ctrl-C and SIGTERM: the first stops the operation cleanly, the second ends the process.
//! A limit on file sizes is an error of the write, as a full disk is, not the end of the process.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::cli::failure::Failure;
use crate::connect::Interrupt;

/// An interrupt that the process's signals trigger, for work on a server.
pub fn interrupt() -> Result<Interrupt, Failure> {
    interrupt_that("cancelling the server's queries")
}

/// An interrupt that the process's signals trigger; `does` is what happens then.
pub fn interrupt_that(does: &'static str) -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    // With a handler in place the write fails and says why.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))
        .map_err(|error| Failure::local(format!("cannot handle signals: {error}")))?;
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
        .map_err(|error| Failure::local(format!("cannot handle signals: {error}")))?;
    let target = interrupt.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut signals = signals.forever();
            if signals.next().is_some() {
                eprintln!("\ninterrupted: {does}");
                // Cancelling may take a moment; a second signal must not wait for it.
                let stopping = target.clone();
                std::thread::spawn(move || stopping.stop_by_user());
            }
            if signals.next().is_some() {
                std::process::exit(130);
            }
        })
        .map_err(|error| Failure::local(format!("cannot start a thread: {error}")))?;
    Ok(interrupt)
}
