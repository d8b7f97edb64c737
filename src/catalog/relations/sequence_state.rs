//! The positions of sequences. Sequences are not transactional: a value may run ahead of the snapshot.

use std::collections::HashMap;

use crate::connect::{ConnectError, Control};
use crate::model::ident::qualified;
use crate::version::Version;

/// Why sequence states could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SequenceStateError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The role lacks SELECT on it, or it was dropped meanwhile, or it is unlogged and this is a standby.
    #[error("the state of sequence `{schema}.{name}` cannot be read")]
    Unreadable { schema: String, name: String },
}

/// Keeps each statement's text and plan small.
const SEQUENCES_PER_QUERY: usize = 1_000;

/// (oid, `last_value`, `is_called`) of each sequence given as (oid, schema, name), in that order.
pub(crate) fn read(
    control: &Control,
    version: Version,
    sequences: &[(u32, String, String)],
) -> Result<Vec<(u32, i64, bool)>, SequenceStateError> {
    let mut states = Vec::with_capacity(sequences.len());
    for piece in sequences.chunks(SEQUENCES_PER_QUERY) {
        let sql = if version.has_sequence_data() {
            by_function(piece)
        } else {
            by_relation(piece)
        };
        let mut found = HashMap::with_capacity(piece.len());
        for row in &control.query(&sql)? {
            // The function gives NULLs where the role has no privilege.
            if let (Some(last_value), Some(_)) = (row.opt_int("last_value")?, row.opt("is_called")?) {
                found.insert(row.oid("oid")?, (last_value, row.bool("is_called")?));
            }
        }
        for (oid, schema, name) in piece {
            let Some((last_value, is_called)) = found.get(oid) else {
                return Err(SequenceStateError::Unreadable {
                    schema: schema.clone(),
                    name: name.clone(),
                });
            };
            states.push((*oid, *last_value, *is_called));
        }
    }
    Ok(states)
}

fn by_function(sequences: &[(u32, String, String)]) -> String {
    let oids: Vec<String> = sequences.iter().map(|(oid, ..)| oid.to_string()).collect();
    format!(
        "SELECT src.o AS oid, d.last_value, d.is_called
         FROM pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]) AS src(o)
         CROSS JOIN LATERAL pg_catalog.pg_get_sequence_data(src.o::pg_catalog.regclass) AS d",
        oids.join(",")
    )
}

fn by_relation(sequences: &[(u32, String, String)]) -> String {
    let selects: Vec<String> = sequences
        .iter()
        .map(|(oid, schema, name)| {
            format!(
                "SELECT {oid}::pg_catalog.oid AS oid, last_value, is_called FROM {}",
                qualified(schema, name)
            )
        })
        .collect();
    selects.join(" UNION ALL ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_joined_into_one_statement() {
        let sequences = [
            (7, "public".to_owned(), "s".to_owned()),
            (8, "My".to_owned(), "a\"b".to_owned()),
        ];
        assert_eq!(
            by_relation(&sequences),
            "SELECT 7::pg_catalog.oid AS oid, last_value, is_called FROM public.s UNION ALL \
             SELECT 8::pg_catalog.oid AS oid, last_value, is_called FROM \"My\".\"a\"\"b\""
        );
        assert!(by_function(&sequences).contains("'{7,8}'::pg_catalog.oid[]"));
    }
}
