//! Stops a running operation from another thread: no new work begins, running queries are cancelled, and where a server
//! does not answer, its connections are ended after ten seconds.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Canceller;

/// What sessions get to answer a request to cancel, before their connections are ended.
const GRACE: Duration = Duration::from_secs(10);

/// Shared by everything that takes part in one operation; cheap to clone.
#[derive(Clone, Default)]
pub struct Interrupt {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stopped: AtomicBool,
    by_user: AtomicBool,
    sessions: Mutex<Vec<Canceller>>,
}

impl Interrupt {
    /// Adds a session whose query is cancelled when the operation stops.
    pub fn watch(&self, canceller: Canceller) {
        if let Ok(mut sessions) = self.state.sessions.lock() {
            sessions.push(canceller);
        }
    }

    /// Stops because something failed; the first failure is what the caller reports.
    pub fn stop(&self) {
        if self.state.stopped.swap(true, SeqCst) {
            return;
        }
        let sessions = self.state.sessions.lock().map(|s| s.clone()).unwrap_or_default();
        for session in sessions {
            // Best effort: a session that is gone needs no cancel.
            let _ = session.cancel();
        }
    }

    /// Stops because the user asked for it (Ctrl-C, SIGTERM).
    pub fn stop_by_user(&self) {
        self.state.by_user.store(true, SeqCst);
        self.sever_later();
        self.stop();
    }

    /// Stops because something failed for which nothing is to be tidied up on the server.
    pub fn stop_for_good(&self) {
        if !self.stopped() {
            self.sever_later();
        }
        self.stop();
    }

    /// A server or a network that does not answer takes no request to cancel either.
    fn sever_later(&self) {
        let state = Arc::clone(&self.state);
        let severing = move || {
            std::thread::sleep(GRACE);
            let sessions = state.sessions.lock().map(|s| s.clone()).unwrap_or_default();
            sessions.iter().for_each(Canceller::sever);
        };
        // Without a thread it is up to the network when waiting ends.
        let _ = std::thread::Builder::new().name("sever".into()).spawn(severing);
    }

    /// Waits for so long, or until the operation stops.
    pub fn sleep(&self, time: Duration) {
        const STEP: Duration = Duration::from_millis(20);
        let mut left = time;
        while !self.stopped() && !left.is_zero() {
            std::thread::sleep(left.min(STEP));
            left = left.saturating_sub(STEP);
        }
    }

    pub fn stopped(&self) -> bool {
        self.state.stopped.load(SeqCst)
    }

    pub fn by_user(&self) -> bool {
        self.state.by_user.load(SeqCst)
    }
}
