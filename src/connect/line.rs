//! Ends a session's connection from another thread, for a server that does not answer any more.
//!
//! Whoever waits for it then sees the connection end. The session owns the second handle on its socket, so that nothing
//! of a connection outlives its session.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Weak};

use rustix::net::Shutdown;

/// A session's own.
pub(super) struct Line(Option<Arc<OwnedFd>>);

/// Does nothing once the session is gone.
#[derive(Clone)]
pub(super) struct Severer(Weak<OwnedFd>);

impl Line {
    /// Without a second handle the session works all the same.
    pub(super) fn of(socket: impl AsFd) -> Line {
        Line(socket.as_fd().try_clone_to_owned().ok().map(Arc::new))
    }

    pub(super) fn severer(&self) -> Severer {
        Severer(self.0.as_ref().map(Arc::downgrade).unwrap_or_default())
    }
}

impl Severer {
    pub(super) fn sever(&self) {
        if let Some(socket) = self.0.upgrade() {
            // It may have ended by itself.
            let _ = rustix::net::shutdown(&*socket, Shutdown::Both);
        }
    }
}
