//! Large objects, in groups that share owner and privileges.

use crate::model::entry::{CopyColumn, Relation};
use crate::model::objects::remarks::SecurityLabel;
use crate::model::value_type::ValueType;

/// The size of pieces: content is read and stored in pieces that begin at multiples of it. A server of the usual block
/// size keeps that much in one row of `pg_largeobject`.
pub const PIECE_BYTES: u64 = 2048;

/// Large objects with one owner and one list of privileges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LargeObjects {
    /// Ascending; at least one.
    pub oids: Vec<u32>,
    /// Comments by oid, for the objects that have one.
    pub comments: Vec<(u32, String)>,
    pub security_labels: Vec<(u32, SecurityLabel)>,
}

/// A short name for a set of oids, unique among sets that share no oid.
pub fn describe(oids: &[u32]) -> String {
    match oids {
        [] => String::new(),
        [only] => only.to_string(),
        [first, .., last] => format!("{first} .. {last} ({})", oids.len()),
    }
}

/// The relation whose rows are the pieces of all large objects: object, byte offset, content.
pub fn relation() -> Relation {
    let column = |name: &str, type_name: &str, type_oid, value_type| CopyColumn {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        type_oid,
        value_type: Some(value_type),
        not_null: true,
        ..CopyColumn::default()
    };
    Relation {
        schema: "pg_catalog".to_owned(),
        name: "pg_largeobject".to_owned(),
        columns: vec![
            column("loid", "oid", 26, ValueType::Oid),
            column("position", "bigint", 20, ValueType::Int8),
            column("data", "bytea", 17, ValueType::Bytea),
        ],
        oid: 2613,
        large_objects: true,
        ..Relation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn a_group_is_named_by_its_ends_and_size() {
        assert_eq!(describe(&[7]), "7");
        assert_eq!(describe(&[7, 9, 12]), "7 .. 12 (3)");
    }
}
