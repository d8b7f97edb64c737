//! Ends a session's connection from another thread, for a server that no longer answers.
//!
//! A thread that waits for the server then sees the connection end. The session owns the second handle on its socket,
//! so that no part of a connection outlives its session.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};

use rustix::net::Shutdown;

use crate::job::Severable;

/// The session's own second handle on its socket.
pub(in crate::connect) struct Line(Option<Arc<Handle>>);

struct Handle {
    socket: OwnedFd,
    is_severed: AtomicBool,
}

/// Ends the connection of a session from elsewhere; does nothing once the session is gone.
#[derive(Clone)]
pub(in crate::connect) struct Severer(Weak<Handle>);

impl Line {
    /// If the system gives no second handle, the session still works, but cannot be severed.
    pub(in crate::connect) fn of(socket: impl AsFd) -> Line {
        let handle = |socket| Handle {
            socket,
            is_severed: AtomicBool::new(false),
        };
        let socket = socket.as_fd().try_clone_to_owned();
        Line(socket.ok().map(|socket| Arc::new(handle(socket))))
    }

    pub(in crate::connect) fn severer(&self) -> Severer {
        Severer(self.0.as_ref().map(Arc::downgrade).unwrap_or_default())
    }

    /// The error to report for a connection that has ended: another one if this side ended it.
    pub(in crate::connect) fn explain(&self, error: io::Error) -> io::Error {
        match &self.0 {
            Some(handle) if handle.is_severed.load(SeqCst) => io::Error::new(
                io::ErrorKind::ConnectionAborted,
                "the operation was ended, and the server did not answer within seconds",
            ),
            _ => error,
        }
    }
}

impl Severable for Severer {
    fn sever(&self) {
        if let Some(handle) = self.0.upgrade() {
            handle.is_severed.store(true, SeqCst);
            // An error here means that the connection has already ended by itself.
            let _ = rustix::net::shutdown(&handle.socket, Shutdown::Both);
        }
    }

    fn is_of_use(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// The error of a connection that the other side has ended.
pub(in crate::connect) fn closed() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the server closed the connection unexpectedly",
    )
}
