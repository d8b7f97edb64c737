//! The data sessions: threads that take tasks and stream rows.
//!
//! ```text
//! queue (biggest first) --> session 1 .. N-1 --> sink     each: LOCK .. NOWAIT, COPY TO STDOUT
//!         \                      | lock refused
//!          `--> leader <---------'                         owns all locks, never waits for one
//! ```
//!
//! N sessions are N threads; the leader is one of them. When another session would have to wait for a task's lock, it
//! gives the task to the leader. The first failure stops all sessions and is the one reported.
//!
//! A session that loses its connection is replaced by one that imports the same snapshot (`joining`). Its tasks are
//! read again, without the rows that had been handed on (`handed_on`), and a warning tells of it. This covers a network
//! that fails and an administrator who ends the server's process, up to five times in a row for each task. A session
//! that cannot be replaced is an error. So is the loss of the leader, because the snapshot is lost with it, and the
//! rows read before would not match those read later. The loss of the control session becomes an error as soon as the
//! leader takes its next task. A server that restarts ends all sessions.
//!
//! Small tables are read many at a time (`batches`). What that saves:
//! `docs/decisions/011-where-the-time-of-a-dump-goes.md`.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::Scope;

use crate::connect::{ConnectError, Control, Queued, Wire, read_in_batches};
use crate::job::{Job, Stop};
use crate::live::error::ReadError;
use crate::live::open::joining::{self, Lost};
use crate::live::open::snapshot::SharedSnapshot;
use crate::live::rows::batches;
use crate::live::rows::data_session::DataSession;
use crate::live::rows::reading::{Begun, Reading, end, failed_at};
use crate::live::rows::sink::{RowSink, lock};
use crate::live::rows::task::ReadTask;

struct Queue<'a, S> {
    common: VecDeque<ReadTask>,
    /// Tasks that only the leader can read without waiting for a lock.
    leader: VecDeque<Given<'a, S>>,
    /// Sessions other than the leader that may still hand a task back.
    others: usize,
}

/// A task for the leader. If a lost session had read some of its rows, the sink that has these comes with it.
struct Given<'a, S> {
    task: ReadTask,
    begun: Option<(Begun<'a>, S)>,
}

/// The first of the tasks that a session has taken.
#[derive(Default)]
struct First<'a> {
    begun: Option<Begun<'a>>,
    /// How often the session was lost while it read this task.
    losses: u32,
}

struct Shared<'a, S> {
    queue: Mutex<Queue<'a, S>>,
    changed: Condvar,
    failure: Mutex<Option<ReadError>>,
    /// Sessions that were lost and replaced, in words.
    losses: Mutex<Vec<String>>,
    reading: Reading<'a>,
    sessions: usize,
    stop: &'a Stop,
}

/// Reads all tasks over `jobs` sessions, the leader included. The strings are warnings about sessions that were
/// replaced or could not be opened.
pub(crate) fn read_all<S: RowSink>(
    snapshot: &mut SharedSnapshot,
    tasks: Vec<ReadTask>,
    jobs: usize,
    new_sink: impl Fn() -> S + Sync,
    job: &Job,
) -> Result<Vec<String>, ReadError> {
    snapshot.let_go()?;
    let others = jobs.min(tasks.len()).saturating_sub(1);
    let joining = snapshot.joining();
    let mut sessions = Vec::with_capacity(others);
    let mut fewer = None;
    for opened in 0..others {
        match DataSession::open(&joining, &job.stop) {
            Ok(session) => sessions.push(session),
            Err(error) if error.connect().is_some_and(ConnectError::lacks_connections) => {
                fewer = Some(fewer_sessions(opened + 1, others + 1, &error));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let others = sessions.len();
    job.progress.set_total(tasks.iter().map(|t| t.pages).sum());
    let shared = Shared {
        queue: Mutex::new(Queue {
            common: tasks.into(),
            leader: VecDeque::new(),
            others,
        }),
        changed: Condvar::new(),
        failure: Mutex::new(None),
        losses: Mutex::default(),
        reading: Reading {
            brief_locks: snapshot.brief_locks,
            job,
        },
        sessions: others + 1,
        stop: &job.stop,
    };
    std::thread::scope(|scope| {
        for (number, session) in sessions.into_iter().enumerate() {
            let (shared, new_sink) = (&shared, &new_sink);
            let started = start(scope, number + 1, move || shared.run_other(session, new_sink));
            if let Err(error) = started {
                shared.session_ended();
                shared.fail(error);
            }
        }
        let (leader, control, sink) = (&mut snapshot.leader, &snapshot.control, new_sink());
        // The leader gets a thread of its own too, because the scheduling of this one is the caller's.
        if let Err(error) = start(scope, 0, || shared.run_leader(leader, control, sink)) {
            shared.fail(error);
        }
    });
    let failure = lock(&shared.failure).take();
    match failure {
        _ if job.stop.by_user() => return Err(ReadError::Interrupted),
        Some(error) => return Err(error),
        None if job.is_stopped() => return Err(ReadError::Stopped),
        None => {}
    }
    let losses = std::mem::take(&mut *lock(&shared.losses));
    if !losses.is_empty() {
        joining::still_held(&mut snapshot.leader)?;
    }
    Ok(fewer.into_iter().chain(losses).collect())
}

fn fewer_sessions(had: usize, wanted: usize, error: &ReadError) -> String {
    let why = crate::model::causes::chain(error);
    format!("rows were read over {had} connections in place of {wanted}, because there were no more: {why}")
}

/// Runs one session in a thread of its own.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    number: usize,
    session: impl FnOnce() + Send + 'scope,
) -> Result<(), ReadError> {
    let thread = std::thread::Builder::new().name(format!("read-{number}"));
    let started = thread.spawn_scoped(scope, move || {
        read_in_batches();
        session();
    });
    started.map(drop).map_err(|source| ReadError::Thread {
        what: "a reader",
        source,
    })
}

impl<'a, S: RowSink> Shared<'a, S> {
    fn run_other(&self, mut session: DataSession<'_>, new_sink: &impl Fn() -> S) {
        let mut sink = new_sink();
        // Tells the leader that this session ends, even by a panic: the leader waits for all of them.
        let _ended = SessionEnd(self);
        loop {
            let tasks = self.next(&mut lock(&self.queue).common);
            if tasks.is_empty() || self.stop.stopped() {
                break;
            }
            let read = self
                .read_at_last(&mut session, tasks.into(), &mut sink, new_sink)
                .and_then(|()| sink.flush());
            if let Err(error) = read {
                self.fail(error);
                break;
            }
        }
    }

    fn run_leader(&self, wire: &mut Wire, control: &Control, mut sink: S) {
        while let Some(next) = self.next_for_leader() {
            let read = match next {
                ForLeader::Given(Given { task, begun: None }) => self.reading.alone(wire, &task, &mut None, &mut sink),
                ForLeader::Given(Given {
                    task,
                    begun: Some((begun, mut sink)),
                }) => self
                    .reading
                    .alone(wire, &task, &mut Some(begun), &mut sink)
                    .and_then(|()| sink.flush()),
                ForLeader::Common(tasks) => self.read_as_leader(wire, tasks.into(), &mut sink),
            };
            let read = read.and_then(|()| sink.flush()).map_err(snapshot_lost);
            let read = read.and_then(|()| control.check_open().map_err(|source| ReadError::ControlLost { source }));
            if let Err(error) = read {
                self.fail(error);
            }
        }
    }

    fn read_as_leader(&self, wire: &mut Wire, mut tasks: VecDeque<ReadTask>, sink: &mut S) -> Result<(), ReadError> {
        match tasks.make_contiguous() {
            [] => Ok(()),
            [task] => self.reading.alone(wire, task, &mut None, sink),
            [first, ..] => {
                let first = first.clone();
                let mut queue = batches::begin(wire, tasks.make_contiguous()).map_err(failed_at(&first))?;
                self.read_queued(&mut queue, &mut tasks, &mut First::default(), sink)
            }
        }
    }

    /// Reads tasks in a session that is replaced when it is lost.
    fn read_at_last(
        &self,
        session: &mut DataSession<'_>,
        mut tasks: VecDeque<ReadTask>,
        sink: &mut S,
        new_sink: &impl Fn() -> S,
    ) -> Result<(), ReadError> {
        let mut first = First::default();
        while !tasks.is_empty() {
            session.replace_if_lost(self.stop)?;
            let Err(error) = self.read_locked(session, &mut tasks, &mut first, sink, new_sink) else {
                break;
            };
            if first.losses == joining::ATTEMPTS || self.stop.stopped() {
                return Err(error);
            }
            let lost = Lost::from_error(error)?;
            first.losses += 1;
            lock(&self.losses).push(lost.to_string());
            session.lose(lost);
        }
        Ok(())
    }

    /// The tasks that a session takes at once. With brief locks it takes one, which is a subtransaction of its own.
    fn next(&self, queue: &mut VecDeque<ReadTask>) -> Vec<ReadTask> {
        if self.reading.brief_locks {
            queue.pop_front().into_iter().collect()
        } else {
            batches::next(queue, self.sessions)
        }
    }

    /// Reads tasks in a session that has to lock their tables first. Tasks whose lock would have to wait go to the
    /// leader. On failure, `tasks` keeps those that were not read.
    fn read_locked(
        &self,
        session: &mut DataSession<'_>,
        tasks: &mut VecDeque<ReadTask>,
        first: &mut First<'a>,
        sink: &mut S,
        new_sink: &impl Fn() -> S,
    ) -> Result<(), ReadError> {
        if let [task, _, ..] = tasks.make_contiguous() {
            let task = task.clone();
            let begun = batches::begin_locked(&mut session.wire, tasks.make_contiguous()).map_err(failed_at(&task))?;
            if let Some(mut queue) = begun {
                self.read_queued(&mut queue, tasks, first, sink)?;
                return batches::end_locked(&mut queue).map_err(failed_at(&task));
            }
        }
        while let Some(task) = tasks.pop_front() {
            let read = self.read_or_give(session, &task, &mut first.begun, sink);
            match read {
                Ok(true) => {}
                Ok(false) => {
                    let begun = first.begun.take();
                    let begun = begun.map(|begun| (begun, std::mem::replace(sink, new_sink())));
                    lock(&self.queue).leader.push_back(Given { task, begun });
                    self.changed.notify_all();
                }
                Err(error) => {
                    tasks.push_front(task);
                    return Err(error);
                }
            }
            *first = First::default();
        }
        Ok(())
    }

    /// Reads the task; false when the leader must read it.
    fn read_or_give(
        &self,
        session: &mut DataSession<'_>,
        task: &ReadTask,
        begun: &mut Option<Begun<'a>>,
        sink: &mut S,
    ) -> Result<bool, ReadError> {
        self.reading.begin(&mut session.wire, task)?;
        let is_locked = session
            .acquire(task, self.reading.brief_locks)
            .map_err(failed_at(task))?;
        if is_locked {
            self.reading.read(&mut session.wire, task, begun, sink)?;
        } else {
            self.reading.let_go(&mut session.wire, task)?;
        }
        Ok(is_locked)
    }

    /// Reads tasks that have been queued, and removes those that were read from `tasks`.
    fn read_queued(
        &self,
        queue: &mut Queued<'_>,
        tasks: &mut VecDeque<ReadTask>,
        first: &mut First<'a>,
        sink: &mut S,
    ) -> Result<(), ReadError> {
        while let Some(task) = tasks.front() {
            let copy = queue.copy_out().map_err(failed_at(task))?;
            let counted = self.reading.stream(copy, task, &mut first.begun, sink)?;
            end(task, &mut first.begun, counted, sink)?;
            *first = First::default();
            tasks.pop_front();
        }
        Ok(())
    }

    /// The next work for the leader; waits while another session may still hand a task back. `None` when all tasks are
    /// done.
    fn next_for_leader(&self) -> Option<ForLeader<'a, S>> {
        let mut queue = lock(&self.queue);
        loop {
            if self.stop.stopped() {
                return None;
            }
            if let Some(given) = queue.leader.pop_front() {
                return Some(ForLeader::Given(given));
            }
            let tasks = self.next(&mut queue.common);
            if !tasks.is_empty() {
                return Some(ForLeader::Common(tasks));
            }
            if queue.others == 0 {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn session_ended(&self) {
        lock(&self.queue).others -= 1;
        self.changed.notify_all();
    }

    fn fail(&self, error: ReadError) {
        lock(&self.failure).get_or_insert(error);
        self.stop.stop_for_good();
        self.changed.notify_all();
    }
}

/// Tells the leader on drop that a session ends, in whatever way.
struct SessionEnd<'s, 'a, S: RowSink>(&'s Shared<'a, S>);

impl<S: RowSink> Drop for SessionEnd<'_, '_, S> {
    fn drop(&mut self) {
        self.0.session_ended();
    }
}

/// What the leader does next.
enum ForLeader<'a, S> {
    Given(Given<'a, S>),
    Common(Vec<ReadTask>),
}

/// Turns the loss of the leader into [`ReadError::SnapshotLost`], because the leader is never replaced.
fn snapshot_lost(error: ReadError) -> ReadError {
    match error {
        ReadError::Read { relation, source } if source.is_lost() => ReadError::SnapshotLost { relation, source },
        error => error,
    }
}
