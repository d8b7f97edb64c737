//! The data sessions of a dump or a comparison: threads that take tasks and stream rows.
//!
//! ```text
//! queue (biggest first) --> session 1 .. N-1 --> sink     each: LOCK .. NOWAIT, COPY TO STDOUT
//!         \                      | lock refused
//!          `--> leader <---------'                         owns all locks, never waits for one
//! ```
//!
//! N sessions are N threads; the leader is one of them. A task whose lock another session refuses
//! to wait for goes to the leader alone. The first failure stops all and is the one reported.
//!
//! Small tables are read many at a time (`batches`). Measured with 20,000 tables of three rows and two sessions, as
//! CPU of client and server together: one by one their rows took as long as half of everything else, most of it the
//! kernel's, for waking whoever waits at the other end and the encoder and the appender in between. In batches they take
//! a quarter of that, and the catalog nine tenths of the dump: half of it in the server's queries (columns with their
//! defaults and not-null constraints before all), half in putting its objects in order and rendering them.
//!
//! Where locks are brief, a task is a subtransaction that is rolled back once its rows have been read, and
//! with it the lock goes. Before that it is checked whether the table is the one that the snapshot sees.

use std::collections::{HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;

use crate::connect::{ConnectError, CopyOut, Interrupt, Queued, Wire, read_in_batches};
use crate::dump::batches;
use crate::dump::error::DumpError;
use crate::dump::leader::Snapshot;
use crate::dump::meter::Meter;
use crate::dump::session;
use crate::dump::tasks::ReadTask;
use crate::model::ident;
use crate::progress::Progress;

/// Takes the rows that one session reads; each session has its own.
pub trait RowSink: Send {
    fn begin(&mut self, task: &ReadTask) -> Result<(), DumpError>;
    /// A piece of the COPY stream, split anywhere.
    fn data(&mut self, task: &ReadTask, data: &[u8]) -> Result<(), DumpError>;
    /// The stream ended well; `counted` is the server's row count.
    fn end(&mut self, task: &ReadTask, counted: u64) -> Result<(), DumpError>;
    /// Nothing more comes for a while: what was kept back to go on together goes on.
    fn flush(&mut self) -> Result<(), DumpError> {
        Ok(())
    }
}

struct Queue {
    common: VecDeque<ReadTask>,
    /// Tasks that only the leader can read without waiting for a lock.
    leader: VecDeque<ReadTask>,
    /// Sessions other than the leader that may still hand a task back.
    others: usize,
}

struct Shared<'a> {
    queue: Mutex<Queue>,
    changed: Condvar,
    failure: Mutex<Option<DumpError>>,
    brief_locks: bool,
    sessions: usize,
    interrupt: &'a Interrupt,
    progress: &'a Progress,
}

/// Reads all tasks over `jobs` sessions, the leader included.
pub fn read_all<S: RowSink>(
    snapshot: &mut Snapshot,
    tasks: Vec<ReadTask>,
    jobs: usize,
    new_sink: impl Fn() -> S,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<(), DumpError> {
    snapshot.let_go()?;
    let others = jobs.min(tasks.len()).saturating_sub(1);
    let mut wires = Vec::with_capacity(others);
    for _ in 0..others {
        wires.push(snapshot.join(interrupt)?);
    }
    progress.set_total(tasks.iter().map(|t| t.pages).sum());
    let shared = Shared {
        queue: Mutex::new(Queue {
            common: tasks.into(),
            leader: VecDeque::new(),
            others,
        }),
        changed: Condvar::new(),
        failure: Mutex::new(None),
        brief_locks: snapshot.brief_locks,
        sessions: others + 1,
        interrupt,
        progress,
    };
    std::thread::scope(|scope| {
        for (number, mut wire) in wires.into_iter().enumerate() {
            let (shared, sink) = (&shared, new_sink());
            let started = start(scope, number + 1, move || shared.run_other(&mut wire, sink));
            if let Err(error) = started {
                shared.session_ended();
                shared.fail(error);
            }
        }
        let (leader, sink) = (&mut snapshot.leader, new_sink());
        // Not this thread, whose scheduling is the caller's.
        if let Err(error) = start(scope, 0, || shared.run_leader(leader, sink)) {
            shared.fail(error);
        }
    });
    let failure = lock(&shared.failure).take();
    match failure {
        _ if interrupt.by_user() => Err(DumpError::Interrupted),
        Some(error) => Err(error),
        None if interrupt.stopped() => Err(DumpError::Stopped),
        None => Ok(()),
    }
}

/// Runs one session in a thread of its own.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    number: usize,
    session: impl FnOnce() + Send + 'scope,
) -> Result<(), DumpError> {
    let thread = std::thread::Builder::new().name(format!("read-{number}"));
    let started = thread.spawn_scoped(scope, move || {
        read_in_batches();
        session();
    });
    started.map(drop).map_err(|source| DumpError::Thread {
        what: "a reader",
        source,
    })
}

impl Shared<'_> {
    fn run_other<S: RowSink>(&self, wire: &mut Wire, mut sink: S) {
        let mut locked = HashSet::new();
        // Also when this thread panics: the leader waits for the last of the others.
        let _ended = SessionEnd(self);
        loop {
            let tasks = self.next(&mut lock(&self.queue).common);
            if tasks.is_empty() || self.interrupt.stopped() {
                break;
            }
            let read = self
                .read_locked(wire, tasks, &mut locked, &mut sink)
                .and_then(|()| sink.flush());
            if let Err(error) = read {
                self.fail(error);
                break;
            }
        }
    }

    fn run_leader<S: RowSink>(&self, wire: &mut Wire, mut sink: S) {
        loop {
            let tasks = self.next_for_leader();
            let read = match tasks.as_slice() {
                [] => break,
                [task] => self.begin(wire, task).and_then(|()| self.read(wire, task, &mut sink)),
                tasks => self.read_batch(wire, tasks, &mut sink),
            };
            if let Err(error) = read.and_then(|()| sink.flush()) {
                self.fail(error);
            }
        }
    }

    /// The tasks that a session takes at once. Where locks are brief, each is a transaction of its own.
    fn next(&self, queue: &mut VecDeque<ReadTask>) -> Vec<ReadTask> {
        if self.brief_locks {
            queue.pop_front().into_iter().collect()
        } else {
            batches::next(queue, self.sessions)
        }
    }

    /// Reads tasks in a session that has to lock their tables first. What it would have to wait for goes to the leader.
    fn read_locked<S: RowSink>(
        &self,
        wire: &mut Wire,
        tasks: Vec<ReadTask>,
        locked: &mut HashSet<u32>,
        sink: &mut S,
    ) -> Result<(), DumpError> {
        if let [first, _, ..] = tasks.as_slice() {
            let begun = batches::begin_locked(wire, &tasks).map_err(failed_at(first))?;
            if let Some(mut queue) = begun {
                self.read_queued(&mut queue, &tasks, sink)?;
                return batches::end_locked(&mut queue).map_err(failed_at(first));
            }
        }
        for task in tasks {
            if self.brief_locks {
                locked.clear();
            }
            self.begin(wire, &task)?;
            if acquire(wire, &task, locked)? {
                self.read(wire, &task, sink)?;
            } else {
                self.let_go(wire, &task)?;
                lock(&self.queue).leader.push_back(task);
                self.changed.notify_all();
            }
        }
        Ok(())
    }

    fn read_batch<S: RowSink>(&self, wire: &mut Wire, tasks: &[ReadTask], sink: &mut S) -> Result<(), DumpError> {
        let Some(first) = tasks.first() else { return Ok(()) };
        let mut queue = batches::begin(wire, tasks).map_err(failed_at(first))?;
        self.read_queued(&mut queue, tasks, sink)
    }

    fn read_queued<S: RowSink>(
        &self,
        queue: &mut Queued<'_>,
        tasks: &[ReadTask],
        sink: &mut S,
    ) -> Result<(), DumpError> {
        for task in tasks {
            sink.begin(task)?;
            let copy = queue.copy_out().map_err(failed_at(task))?;
            let (counted, meter) = self.stream(copy, task, sink)?;
            sink.end(task, counted)?;
            meter.finish();
        }
        Ok(())
    }

    /// Begins what [`Shared::let_go`] ends: where locks are brief, nothing is kept of a task.
    fn begin(&self, wire: &mut Wire, task: &ReadTask) -> Result<(), DumpError> {
        if !self.brief_locks {
            return Ok(());
        }
        wire.execute("SAVEPOINT pgark_read").map_err(failed_at(task))
    }

    fn let_go(&self, wire: &mut Wire, task: &ReadTask) -> Result<(), DumpError> {
        if !self.brief_locks {
            return Ok(());
        }
        let undo = ["ROLLBACK TO SAVEPOINT pgark_read", "RELEASE SAVEPOINT pgark_read"];
        wire.pipeline(&undo).map_err(|(_, error)| failed_at(task)(error))
    }

    /// Waits while another session may still hand a task back; none when all are done.
    fn next_for_leader(&self) -> Vec<ReadTask> {
        let mut queue = lock(&self.queue);
        loop {
            if self.interrupt.stopped() {
                return Vec::new();
            }
            if let Some(task) = queue.leader.pop_front() {
                return vec![task];
            }
            let tasks = self.next(&mut queue.common);
            if !tasks.is_empty() || queue.others == 0 {
                return tasks;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn read<S: RowSink>(&self, wire: &mut Wire, task: &ReadTask, sink: &mut S) -> Result<(), DumpError> {
        let failed = failed_at(task);
        sink.begin(task)?;
        if task.foreign.is_some() {
            wire.execute(&session::restrict("view")).map_err(&failed)?;
        }
        let ranged = task.range.is_some();
        if ranged {
            wire.execute("SAVEPOINT pgark_range").map_err(&failed)?;
        }
        let copy = wire.copy_out(&task.copy).map_err(&failed)?;
        let (counted, meter) = self.stream(copy, task, sink)?;
        if let Some(oid) = task.foreign {
            wire.execute(&session::restrict("view, foreign-table"))
                .map_err(&failed)?;
            check_name(wire, task, oid)?;
        }
        if self.brief_locks {
            check_table(wire, task)?;
        }
        if ranged {
            // A query locks the table's indexes too. Kept, that would let a REINDEX wait for this session, and
            // the session that reads the next range for the REINDEX.
            let undo = ["ROLLBACK TO SAVEPOINT pgark_range", "RELEASE SAVEPOINT pgark_range"];
            wire.pipeline(&undo).map_err(|(_, error)| failed(error))?;
        }
        self.let_go(wire, task)?;
        sink.end(task, counted)?;
        meter.finish();
        Ok(())
    }

    /// Hands the rows on; how many there were.
    fn stream<S: RowSink>(
        &self,
        mut copy: CopyOut<'_>,
        task: &ReadTask,
        sink: &mut S,
    ) -> Result<(u64, Meter<'_>), DumpError> {
        let failed = failed_at(task);
        let mut meter = Meter::new(task.pages, self.progress);
        while let Some(batch) = copy.next_batch().map_err(&failed)? {
            // A cancel request that came between two queries has been lost.
            if self.interrupt.stopped() {
                return Err(DumpError::Stopped);
            }
            for data in batch {
                sink.data(task, data)?;
                meter.add(data.len());
            }
        }
        Ok((copy.rows(), meter))
    }

    fn session_ended(&self) {
        lock(&self.queue).others -= 1;
        self.changed.notify_all();
    }

    fn fail(&self, error: DumpError) {
        lock(&self.failure).get_or_insert(error);
        self.interrupt.stop();
        self.changed.notify_all();
    }
}

/// Tells the leader that a session ends, however it does.
struct SessionEnd<'a>(&'a Shared<'a>);

impl Drop for SessionEnd<'_> {
    fn drop(&mut self) {
        self.0.session_ended();
    }
}

/// Locks the table for this session without waiting; false when the lock would have to wait.
fn acquire(wire: &mut Wire, task: &ReadTask, locked: &mut HashSet<u32>) -> Result<bool, DumpError> {
    let Some(statement) = task.lock.as_ref().filter(|_| !locked.contains(&task.relation)) else {
        return Ok(true);
    };
    let failed = failed_at(task);
    match wire.pipeline(&["SAVEPOINT pgark_lock", statement, "RELEASE SAVEPOINT pgark_lock"]) {
        Ok(()) => {
            locked.insert(task.relation);
            Ok(true)
        }
        // lock_not_available
        Err((1, error)) if error.sqlstate() == Some("55P03") => {
            let undo = ["ROLLBACK TO SAVEPOINT pgark_lock", "RELEASE SAVEPOINT pgark_lock"];
            wire.pipeline(&undo).map_err(|(_, error)| failed(error))?;
            Ok(false)
        }
        Err((_, error)) => Err(failed(error)),
    }
}

/// The COPY has locked what it read until the transaction ends, so that its name cannot have changed since.
fn check_name(wire: &mut Wire, task: &ReadTask, oid: u32) -> Result<(), DumpError> {
    let failed = failed_at(task);
    let now = wire
        .query(&format!(
            "SELECT COALESCE(pg_catalog.to_regclass({})::pg_catalog.oid, 0) AS oid",
            ident::quote_literal(&task.label)
        ))
        .map_err(&failed)?;
    let now = now.first().map_or(Ok(0), |row| row.oid("oid")).map_err(&failed)?;
    if now == oid {
        Ok(())
    } else {
        Err(DumpError::Replaced {
            relation: task.label.clone(),
        })
    }
}

/// The COPY holds its table locked: the rows are those that the snapshot sees if the name still means the same
/// table, in the same file.
fn check_table(wire: &mut Wire, task: &ReadTask) -> Result<(), DumpError> {
    let Some(oid) = task.table else { return Ok(()) };
    let failed = failed_at(task);
    let rows = wire
        .query(&format!(
            "SELECT c.oid FROM pg_catalog.pg_class c \
             WHERE c.oid = {oid} AND pg_catalog.to_regclass({name})::pg_catalog.oid = c.oid \
             AND pg_catalog.pg_relation_filenode(c.oid) IS NOT DISTINCT FROM NULLIF(c.relfilenode, 0)",
            name = ident::quote_literal(&task.label)
        ))
        .map_err(&failed)?;
    if rows.is_empty() {
        let tables = vec![task.label.clone()];
        return Err(DumpError::Rewritten { tables });
    }
    Ok(())
}

/// Wraps a connection error with what was being read.
fn failed_at(task: &ReadTask) -> impl Fn(ConnectError) -> DumpError + '_ {
    |source| DumpError::Read {
        relation: task.label.clone(),
        source,
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
