//! The server's own count of the rows that a dump is about to read, to compare it with the rows that arrive.
//!
//! The leader, which holds the locks, runs `count(*)` in the dump's snapshot. This costs one more scan of every heap on
//! the server and no traffic. Rows of foreign tables are outside the snapshot and are not counted.

use std::collections::HashMap;

use crate::connect::{ConnectError, Row, Wire};
use crate::dump::error::DumpError;
use crate::job::Job;
use crate::live::error::{ReadError, RowCount, doing};
use crate::live::open::snapshot::SharedSnapshot;
use crate::model::ident::qualified;
use crate::model::{Relation, RelationId};

/// How many tables one query counts.
const AT_ONCE: usize = 50;

/// Rows by relation.
pub(super) type Counts = HashMap<RelationId, u64>;

/// Counts the rows of every table whose rows are dumped, except for foreign tables.
pub(super) fn count(snapshot: &mut SharedSnapshot, relations: &[Relation], job: &Job) -> Result<Counts, DumpError> {
    let counted = |r: &&Relation| !r.data_excluded && !r.large_objects && r.foreign_server.is_none();
    let wanted: Vec<&Relation> = relations.iter().filter(counted).collect();
    let failed = doing("cannot count the rows");
    let mut counts = Counts::new();
    for (done, batch) in wanted.chunks(AT_ONCE).enumerate() {
        if job.is_stopped() {
            return Err(ReadError::Stopped.into());
        }
        job.progress.stage(format!(
            "counting rows, table {} of {}",
            done * AT_ONCE + 1,
            wanted.len()
        ));
        let queries: Vec<String> = batch.iter().map(|r| query(r)).collect();
        let rows = ask(&mut snapshot.leader, &queries.join(" UNION ALL ")).map_err(&failed)?;
        for row in &rows {
            let number = |column| row.int(column).map(|n| n.max(0) as u64).map_err(&failed);
            counts.insert(number("id")? as RelationId, number("count")?);
        }
        if snapshot.brief_locks {
            snapshot.let_go()?;
        }
    }
    Ok(counts)
}

/// Runs a query in a savepoint. To plan it, the server may have to look into functions that an index calls. If these do
/// not find a name, the query is run again with the session's default `search_path`.
fn ask(leader: &mut Wire, sql: &str) -> Result<Vec<Row>, ConnectError> {
    leader.execute("SAVEPOINT pgark_count")?;
    let mut rows = leader.query(sql);
    if rows.as_ref().is_err_and(ConnectError::is_not_found) {
        leader.execute("ROLLBACK TO SAVEPOINT pgark_count")?;
        leader.execute("SET LOCAL search_path TO DEFAULT")?;
        rows = leader.query(sql);
    }
    let rows = rows?;
    leader.execute("ROLLBACK TO SAVEPOINT pgark_count")?;
    leader.execute("RELEASE SAVEPOINT pgark_count")?;
    Ok(rows)
}

fn query(relation: &Relation) -> String {
    format!(
        "SELECT {}::pg_catalog.int8 AS id, (SELECT pg_catalog.count(*) FROM ONLY {} {}) AS count",
        relation.id,
        qualified(&relation.schema, &relation.name),
        relation.filter.as_deref().unwrap_or_default(),
    )
}

/// Fails if a table gave another number of rows than the server has counted.
pub(super) fn check(
    counts: &Counts,
    relations: &[Relation],
    received: impl Fn(RelationId) -> u64,
) -> Result<(), DumpError> {
    for relation in relations {
        let received = received(relation.id);
        if let Some(&counted) = counts.get(&relation.id).filter(|counted| **counted != received) {
            let relation = qualified(&relation.schema, &relation.name);
            return Err(DumpError::RowCount(RowCount {
                relation,
                received,
                counted,
            }));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_differs_is_an_error() {
        let table = Relation {
            id: 7,
            schema: "s".into(),
            name: "t".into(),
            ..Relation::default()
        };
        let counts = Counts::from([(7, 3)]);
        assert!(check(&counts, std::slice::from_ref(&table), |_| 3).is_ok());
        let error = check(&counts, std::slice::from_ref(&table), |_| 2).unwrap_err();
        assert_eq!(error.to_string(), "`s.t` gave 2 rows, the server counted 3");
        assert!(check(&Counts::new(), &[table], |_| 2).is_ok());
    }
}
