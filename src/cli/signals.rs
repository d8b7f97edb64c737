//! Ctrl-C and SIGTERM: the first stops the operation cleanly, the second ends the process.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::failure::Failure;
use crate::connect::Interrupt;

/// An interrupt that the process's signals trigger.
pub fn interrupt() -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
        .map_err(|error| Failure::local(format!("cannot handle signals: {error}")))?;
    let target = interrupt.clone();
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let mut signals = signals.forever();
            if signals.next().is_some() {
                eprintln!("\ninterrupted: cancelling the server's queries");
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
