//! Bulk queries over many relations: one statement per fifty thousand oids, never one per object.
//!
//! Each statement makes the server go through whole catalogs, so more statements cost more:
//! `docs/decisions/007-statements-for-many-relations.md`.

use crate::catalog::Scope;
use crate::connect::{ConnectError, Row};
use crate::version::Version;

/// Keeps a statement's text below a megabyte.
const RELATIONS_PER_QUERY: usize = 50_000;

/// Runs the statement that `sql` makes for each piece of the scope, given the piece's
/// [`Scope::relation_array`], and returns all rows.
pub(crate) fn query(scope: &Scope, sql: impl Fn(&str) -> String) -> Result<Vec<Row>, ConnectError> {
    let pieces = scope.relations.chunks(RELATIONS_PER_QUERY).map(|relations| {
        let piece = Scope {
            control: scope.control,
            version: scope.version,
            relations,
        };
        sql(&piece.relation_array())
    });
    // All pieces are sent at once: the server works on the next piece while the rows of this one are read.
    let mut answers = scope.control.query_all(&pieces.collect::<Vec<_>>())?.into_iter();
    let mut rows = answers.next().unwrap_or_default();
    for mut answer in answers {
        rows.append(&mut answer);
    }
    Ok(rows)
}

/// Chooses SQL for columns that came later: `with` if the server has what came with `version`, else `without`.
pub(crate) fn since(scope: &Scope, version: Version, with: &'static str, without: &'static str) -> &'static str {
    if scope.version >= version { with } else { without }
}
