//! Reads one task over one session, and hands its rows on.
//!
//! With brief locks, a task is a subtransaction. It is rolled back once the rows have been read, which gives the lock
//! back. Before that the table is checked to be the one that the snapshot sees.

use crate::connect::{ConnectError, CopyOut, Wire};
use crate::job::Job;
use crate::live::error::ReadError;
use crate::live::open::session;
use crate::live::rows::handed_on::HandedOn;
use crate::live::rows::meter::Meter;
use crate::live::rows::sink::RowSink;
use crate::live::rows::task::ReadTask;
use crate::model::ident;

pub(super) struct Reading<'a> {
    pub(super) brief_locks: bool,
    pub(super) job: &'a Job,
}

/// The state of a task that has not ended.
pub(super) struct Begun<'a> {
    handed_on: HandedOn,
    meter: Meter<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn alone<S: RowSink>(
        &self,
        wire: &mut Wire,
        task: &ReadTask,
        begun: &mut Option<Begun<'a>>,
        sink: &mut S,
    ) -> Result<(), ReadError> {
        self.begin(wire, task)?;
        self.read(wire, task, begun, sink)
    }

    /// With brief locks: begins the subtransaction that [`Reading::let_go`] rolls back.
    pub(super) fn begin(&self, wire: &mut Wire, task: &ReadTask) -> Result<(), ReadError> {
        if !self.brief_locks {
            return Ok(());
        }
        wire.execute("SAVEPOINT pgark_read").map_err(failed_at(task))
    }

    pub(super) fn let_go(&self, wire: &mut Wire, task: &ReadTask) -> Result<(), ReadError> {
        if !self.brief_locks {
            return Ok(());
        }
        let undo = ["ROLLBACK TO SAVEPOINT pgark_read", "RELEASE SAVEPOINT pgark_read"];
        wire.pipeline(&undo).map_err(|(_, error)| failed_at(task)(error))
    }

    pub(super) fn read<S: RowSink>(
        &self,
        wire: &mut Wire,
        task: &ReadTask,
        begun: &mut Option<Begun<'a>>,
        sink: &mut S,
    ) -> Result<(), ReadError> {
        let failed = failed_at(task);
        if task.foreign.is_some() {
            wire.execute(&session::restrict("view")).map_err(&failed)?;
        }
        let query = task.query();
        if let Some(query) = query {
            begin_query(wire, query).map_err(&failed)?;
        }
        let copy = wire.copy_out(&task.copy).map_err(&failed)?;
        let counted = self.stream(copy, task, begun, sink)?;
        if let Some(oid) = task.foreign {
            wire.execute(&session::restrict("view, foreign-table"))
                .map_err(&failed)?;
            check_name(wire, task, oid)?;
        }
        if self.brief_locks {
            check_table(wire, task)?;
        }
        if query.is_some() {
            // A query locks the table's indexes too. If the locks were kept, a REINDEX would wait for this session, and
            // the session that reads the next range would wait for the REINDEX.
            let undo = ["ROLLBACK TO SAVEPOINT pgark_range", "RELEASE SAVEPOINT pgark_range"];
            wire.pipeline(&undo).map_err(|(_, error)| failed(error))?;
        }
        self.let_go(wire, task)?;
        end(task, begun, counted, sink)
    }

    /// Hands on the rows that have not been handed on before. Gives the number of all rows.
    pub(super) fn stream<S: RowSink>(
        &self,
        mut copy: CopyOut<'_>,
        task: &ReadTask,
        begun: &mut Option<Begun<'a>>,
        sink: &mut S,
    ) -> Result<u64, ReadError> {
        let failed = failed_at(task);
        let other_rows = |_| ReadError::OtherRows {
            relation: task.label.clone(),
        };
        if begun.is_none() {
            sink.begin(task)?;
        }
        let Begun { handed_on, meter } = begun.get_or_insert_with(|| Begun {
            handed_on: HandedOn::new(),
            meter: Meter::new(task.pages, &self.job.progress),
        });
        handed_on.restart();
        while let Some(batch) = copy.next_batch().map_err(&failed)? {
            // A cancel request that came between two queries had no effect, so the flag is checked here too.
            if self.job.is_stopped() {
                return Err(ReadError::Stopped);
            }
            for data in batch {
                let data = handed_on.fresh(data).map_err(other_rows)?;
                sink.data(task, data)?;
                meter.add(data.len());
            }
        }
        handed_on.end().map_err(other_rows)?;
        Ok(copy.rows())
    }
}

/// Sets a savepoint, and plans the query once as a test: to plan it, the server may have to look into functions that an
/// index calls. If these do not find a name, the query gets the session's default `search_path`.
fn begin_query(wire: &mut Wire, query: &str) -> Result<(), ConnectError> {
    match wire.pipeline(&["SAVEPOINT pgark_range", &format!("EXPLAIN {query}")]) {
        Err((_, error)) if error.is_not_found() => {
            let own = ["ROLLBACK TO SAVEPOINT pgark_range", "SET LOCAL search_path TO DEFAULT"];
            wire.pipeline(&own).map_err(|(_, error)| error)
        }
        planned => planned.map_err(|(_, error)| error),
    }
}

/// Ends a task, all rows of which have arrived.
pub(super) fn end<S: RowSink>(
    task: &ReadTask,
    begun: &mut Option<Begun<'_>>,
    counted: u64,
    sink: &mut S,
) -> Result<(), ReadError> {
    sink.end(task, counted)?;
    if let Some(Begun { meter, .. }) = begun.take() {
        meter.finish();
    }
    Ok(())
}

/// Checks that the name still means the foreign table. The COPY has locked what it read until the transaction ends, so
/// the name cannot have changed since.
fn check_name(wire: &mut Wire, task: &ReadTask, oid: u32) -> Result<(), ReadError> {
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
        Err(ReadError::Replaced {
            relation: task.label.clone(),
        })
    }
}

/// Checks that the name still means the same table, in the same file: only then are the rows those that the snapshot
/// sees. The COPY holds the table locked.
fn check_table(wire: &mut Wire, task: &ReadTask) -> Result<(), ReadError> {
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
        return Err(ReadError::Rewritten { tables });
    }
    Ok(())
}

/// Wraps a connection error with the name of the relation that was being read.
pub(super) fn failed_at(task: &ReadTask) -> impl Fn(ConnectError) -> ReadError + '_ {
    |source| ReadError::Read {
        relation: task.label.clone(),
        source,
    }
}
