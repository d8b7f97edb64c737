//! A session that is being opened, and the interrupt that ends the waiting for it.
//!
//! What is being opened when the operation is ended is given up at once. What is opened afterwards is there to clear up,
//! and has until nothing is waited for any more.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};

use crate::connect::control::hang_up::Line;
use crate::connect::control::interrupt::{Interrupt, STEP};
use crate::connect::params::resolved::Params;

pub(in crate::connect) struct Opening {
    interrupt: Option<Interrupt>,
    /// The operation had ended before.
    clears_up: bool,
    is_open: Arc<AtomicBool>,
}

/// The wait is over before its time.
#[derive(Debug)]
pub(in crate::connect) struct GivenUp;

impl Opening {
    pub(in crate::connect) fn begin(params: &Params) -> Opening {
        Opening {
            clears_up: params.interrupt.as_ref().is_some_and(Interrupt::has_ended),
            interrupt: params.interrupt.clone(),
            is_open: Arc::default(),
        }
    }

    pub(in crate::connect) fn is_over(&self) -> bool {
        self.interrupt.as_ref().is_some_and(|interrupt| match self.clears_up {
            true => interrupt.is_over(),
            false => interrupt.has_ended(),
        })
    }

    /// The result of `future`, unless the wait for it is over first.
    pub(in crate::connect) async fn wait<T>(&self, future: impl Future<Output = T>) -> Result<T, GivenUp> {
        let mut future = std::pin::pin!(future);
        loop {
            if self.is_over() {
                return Err(GivenUp);
            }
            let step = match self.interrupt {
                Some(_) => tokio::time::timeout(STEP, &mut future).await,
                None => Ok(future.as_mut().await),
            };
            if let Ok(result) = step {
                return Ok(result);
            }
        }
    }

    /// The connection ends with the wait, and when the operation ends.
    pub(in crate::connect) fn hold(&self, line: &Line) {
        if let Some(interrupt) = &self.interrupt {
            interrupt.hold(line.severer(), Arc::clone(&self.is_open));
            // It may have come too late to be seen.
            if self.is_over() {
                line.severer().sever();
            }
        }
    }

    /// Addresses of a host by its name. Nothing ends a look-up: one that is given up goes on in its thread.
    pub(in crate::connect) fn look_up(
        &self,
        name: &str,
        port: u16,
    ) -> Result<std::io::Result<Vec<SocketAddr>>, GivenUp> {
        use std::net::ToSocketAddrs;
        let look_up = {
            let name = name.to_owned();
            move || (name.as_str(), port).to_socket_addrs().map(Iterator::collect)
        };
        if self.interrupt.is_none() {
            return Ok(look_up());
        }
        let (sender, found) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("look up".into());
        // Nobody may be waiting any more.
        let looking = move || drop(sender.send(look_up()));
        if let Err(error) = thread.spawn(looking) {
            return Ok(Err(error));
        }
        loop {
            match found.recv_timeout(STEP) {
                Ok(found) => return Ok(found),
                Err(_) if self.is_over() => return Err(GivenUp),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Err(std::io::Error::other("the look-up failed"))),
            }
        }
    }
}

impl Drop for Opening {
    /// Opened, or gone.
    fn drop(&mut self) {
        self.is_open.store(true, SeqCst);
    }
}
