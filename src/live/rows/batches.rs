//! Many small tables in one go: one lock statement for all, and no waiting between their reads.
//!
//! ```text
//! SAVEPOINT, LOCK a, b, .. NOWAIT, COPY a, COPY b, .., ROLLBACK TO SAVEPOINT     one queue, answers in order
//! ```
//!
//! A small table read alone costs a session five waits for the other side, which cost more than its rows. In a batch
//! the server already has its next statement when it ends one. When the lock is refused, all statements queued behind
//! it fail in the aborted transaction, without waiting for anything; the tables are then read one by one. The locks end
//! with the savepoint: the leader holds its own to the end, and a second session's would only fill the server's lock
//! table.
//!
//! What batches gain is told in [`readers`](super::readers).

use std::collections::VecDeque;

use crate::connect::{ConnectError, Queued, Wire};
use crate::live::rows::task::ReadTask;

/// Upper limit for the tables of a batch: few enough that sessions end at about the same time.
const TABLES: usize = 64;

/// The next task with the small tables that follow it; empty when there is nothing left. `sessions` share the queue.
pub(super) fn next(queue: &mut VecDeque<ReadTask>, sessions: usize) -> Vec<ReadTask> {
    let wanted = (queue.len() / (4 * sessions.max(1))).clamp(1, TABLES);
    let small = queue.iter().take(wanted).take_while(|task| task.small).count();
    queue.drain(..small.max(1).min(queue.len())).collect()
}

const BEGIN: &str = "SAVEPOINT pgark_batch";
const END: [&str; 2] = ["ROLLBACK TO SAVEPOINT pgark_batch", "RELEASE SAVEPOINT pgark_batch"];

/// Queues the reads of `tasks`, all small, behind a lock on all of them; `None` when the lock is refused, and then
/// nothing was read.
pub(super) fn begin_locked<'a>(wire: &'a mut Wire, tasks: &[ReadTask]) -> Result<Option<Queued<'a>>, ConnectError> {
    let names: Vec<&str> = tasks.iter().map(|task| task.label.as_str()).collect();
    let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE NOWAIT", names.join(", "));
    let mut statements = vec![BEGIN, &lock];
    statements.extend(tasks.iter().map(|task| task.copy.as_str()));
    statements.extend(END);
    let mut queue = wire.queue(&statements)?;
    queue.execute()?;
    let Err(error) = queue.execute() else {
        return Ok(Some(queue));
    };
    for _ in tasks {
        if queue.is_broken() {
            return Err(error);
        }
        // The transaction is aborted, so that each of these statements fails.
        let _ = queue.execute();
    }
    end_locked(&mut queue)?;
    Ok(None)
}

/// Gives the locks of a batch back, once its rows have been read.
pub(super) fn end_locked(queue: &mut Queued<'_>) -> Result<(), ConnectError> {
    END.iter().try_for_each(|_| queue.execute())
}

/// Queues the reads of `tasks` in the session that has their locks.
pub(super) fn begin<'a>(wire: &'a mut Wire, tasks: &[ReadTask]) -> Result<Queued<'a>, ConnectError> {
    let statements: Vec<&str> = tasks.iter().map(|task| task.copy.as_str()).collect();
    wire.queue(&statements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::CopyFormat;

    fn task(relation: u32, small: bool) -> ReadTask {
        ReadTask {
            relation,
            label: format!("s.t{relation}"),
            range: None,
            copy: String::new(),
            lock: Some(String::new()),
            pages: 1,
            small,
            columns: 1,
            copy_format: CopyFormat::Text,
            table: Some(relation),
            foreign: None,
        }
    }

    #[test]
    fn big_tables_come_alone_and_the_last_small_ones_in_ever_smaller_batches() {
        let mut queue: VecDeque<ReadTask> = [task(1, false), task(2, false)].into();
        queue.extend((3..1_003).map(|relation| task(relation, true)));
        let mut sizes = Vec::new();
        while !queue.is_empty() {
            sizes.push(next(&mut queue, 2).len());
        }
        assert_eq!(sizes[..3], [1, 1, TABLES]);
        assert_eq!(sizes.iter().sum::<usize>(), 1_002);
        assert!(sizes[2..].windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!(sizes.last(), Some(&1));
        assert!(next(&mut queue, 2).is_empty());
    }
}
