//! A session that is being opened, and the end of that wait by an stop.
//!
//! A session that is being opened when the operation ends is given up at once. A session that is opened afterwards
//! serves to clear up, and may take until `Stop::is_over` is true.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{self, RecvTimeoutError};

use crate::connect::control::hang_up::Line;
use crate::connect::params::resolved::Params;
use crate::job::{STEP, Severable, Stop};

pub(in crate::connect) struct Opening {
    stop: Option<Stop>,
    /// Whether the operation had already ended when the opening began.
    clears_up: bool,
    is_open: Arc<AtomicBool>,
}

/// The wait was ended by the stop.
#[derive(Debug)]
pub(in crate::connect) struct GivenUp;

impl Opening {
    pub(in crate::connect) fn begin(params: &Params) -> Opening {
        Opening {
            clears_up: params.stop.as_ref().is_some_and(Stop::has_ended),
            stop: params.stop.clone(),
            is_open: Arc::default(),
        }
    }

    pub(in crate::connect) fn is_over(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| match self.clears_up {
            true => stop.is_over(),
            false => stop.has_ended(),
        })
    }

    /// The result of `future`, or [`GivenUp`] if the stop ends the wait first.
    pub(in crate::connect) async fn wait<T>(&self, future: impl Future<Output = T>) -> Result<T, GivenUp> {
        let mut future = std::pin::pin!(future);
        loop {
            if self.is_over() {
                return Err(GivenUp);
            }
            let step = match self.stop {
                Some(_) => tokio::time::timeout(STEP, &mut future).await,
                None => Ok(future.as_mut().await),
            };
            if let Ok(result) = step {
                return Ok(result);
            }
        }
    }

    /// Registers the connection, which then ends when the wait or the operation ends.
    pub(in crate::connect) fn hold(&self, line: &Line) {
        if let Some(stop) = &self.stop {
            stop.hold(line.severer(), Arc::clone(&self.is_open));
            // The operation may have ended just before the connection was registered.
            if self.is_over() {
                line.severer().sever();
            }
        }
    }

    /// Looks up the addresses of a host by its name. Nothing can end a look-up: one that is given up goes on in its
    /// thread.
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
        if self.stop.is_none() {
            return Ok(look_up());
        }
        let (sender, found) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("look up".into());
        // The send fails when the caller has given up.
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
    /// Marks the end of the opening, whether the session was opened or given up.
    fn drop(&mut self) {
        self.is_open.store(true, SeqCst);
    }
}
