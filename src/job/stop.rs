//! Stops a running operation from another thread: no new work begins, running queries are cancelled, and where a server
//! does not answer, its connections are ended.
//!
//! No wait for a server lasts for ever once a user or a limit of time has ended the operation:
//!
//! ```text
//! at once         no session is opened any more that was being opened; running queries are cancelled
//! after GRACE     the connections of the sessions whose queries were cancelled are ended
//! after CLEARING  every connection is ended, also of those that clear up, and none is opened any more
//! ```
//!
//! What has a session or a connection registers it here; nothing in this module knows of servers.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Time that sessions have to answer a request to cancel, before their connections are ended.
const GRACE: Duration = Duration::from_secs(3);
/// Time after the end of the operation at which all connections are ended, whatever is still being done.
const CLEARING: Duration = Duration::from_secs(8);
/// Interval at which a wait checks whether it is over.
pub const STEP: Duration = Duration::from_millis(20);

/// Shared by everything that takes part in one operation; cheap to clone.
#[derive(Clone, Default)]
pub struct Stop {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    stopped: AtomicBool,
    by_user: AtomicBool,
    /// When the user or a limit of time ended the operation.
    ended: OnceLock<Instant>,
    sessions: Mutex<Vec<Arc<dyn Stoppable>>>,
    connections: Mutex<Vec<Connection>>,
}

/// A connection that can be ended from another thread.
pub trait Severable: Send + Sync {
    /// Whether the connection still exists.
    fn is_of_use(&self) -> bool;
    /// Ends the connection, whatever waits for it.
    fn sever(&self);
}

/// A session as an operation that stops sees it.
pub trait Stoppable: Severable {
    /// Asks the server to end what the session runs, if there is anything.
    fn cancel(&self);
}

/// The connection of one of the operation's sessions.
#[derive(Clone)]
struct Connection {
    line: Arc<dyn Severable>,
    /// Set once the session has been opened.
    is_open: Arc<AtomicBool>,
}

impl Stop {
    /// Adds a session whose query is cancelled when the operation stops.
    pub fn watch(&self, session: impl Stoppable + 'static) {
        let mut sessions = lock(&self.state.sessions);
        sessions.retain(|session| session.is_of_use());
        sessions.push(Arc::new(session));
    }

    /// Adds a connection that is ended when the operation ends: at once if the session is not open by then, otherwise
    /// once `CLEARING` has passed.
    pub fn hold(&self, line: impl Severable + 'static, is_open: Arc<AtomicBool>) {
        let mut connections = lock(&self.state.connections);
        connections.retain(|connection| connection.line.is_of_use());
        connections.push(Connection {
            line: Arc::new(line),
            is_open,
        });
    }

    /// Stops because something failed; the first failure is what the caller reports.
    pub fn stop(&self) {
        if self.state.stopped.swap(true, SeqCst) {
            return;
        }
        let sessions = lock(&self.state.sessions).clone();
        std::thread::scope(|scope| {
            for session in sessions.iter().filter(|session| session.is_of_use()) {
                let _ = std::thread::Builder::new().spawn_scoped(scope, || session.cancel());
            }
        });
    }

    /// Stops because the user asked for it (Ctrl-C, SIGTERM).
    pub fn stop_by_user(&self) {
        self.state.by_user.store(true, SeqCst);
        self.stop_for_good();
    }

    /// Stops because the user or a limit of time has ended the operation; clearing up gets `CLEARING`.
    pub fn stop_for_good(&self) {
        if self.state.ended.set(Instant::now()).is_ok() {
            self.sever_later();
        }
        self.stop();
    }

    /// Ends connections step by step, because a server or a network that does not answer takes no request to cancel
    /// either.
    fn sever_later(&self) {
        let state = Arc::clone(&self.state);
        let severing = move || {
            for connection in lock(&state.connections).iter() {
                if !connection.is_open.load(SeqCst) {
                    connection.line.sever();
                }
            }
            std::thread::sleep(GRACE);
            lock(&state.sessions).iter().for_each(|session| session.sever());
            std::thread::sleep(CLEARING.saturating_sub(GRACE));
            for connection in lock(&state.connections).iter() {
                connection.line.sever();
            }
        };
        // If the thread cannot be started, only the network ends the waits.
        let _ = std::thread::Builder::new().name("sever".into()).spawn(severing);
    }

    /// Waits for `time`, or until the operation stops.
    pub fn sleep(&self, time: Duration) {
        let mut left = time;
        while !self.stopped() && !left.is_zero() {
            std::thread::sleep(left.min(STEP));
            left = left.saturating_sub(STEP);
        }
    }

    /// Whether the operation is to stop, for whatever reason.
    pub fn stopped(&self) -> bool {
        self.state.stopped.load(SeqCst)
    }

    /// Whether it was the user who stopped it.
    pub fn by_user(&self) -> bool {
        self.state.by_user.load(SeqCst)
    }

    /// Whether the user or a limit of time has ended the operation.
    pub fn has_ended(&self) -> bool {
        self.state.ended.get().is_some()
    }

    /// Whether `CLEARING` has passed since the operation was ended.
    pub fn is_over(&self) -> bool {
        self.state.ended.get().is_some_and(|ended| ended.elapsed() >= CLEARING)
    }
}

fn lock<T>(list: &Mutex<Vec<T>>) -> std::sync::MutexGuard<'_, Vec<T>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
