//! Chooses the COPY format in which each table is read.
//!
//! Binary costs the server and the target less, stores smaller and keeps every float's bits. It is chosen where pgark
//! can itself print every value as the server would, so that rows can always be had as text as well. Text in binary
//! rows is in the session's encoding, which must be the database's own. It is so in UTF8 and SQL_ASCII databases, whose
//! sessions use an encoding that needs no conversion.

use crate::live::error::ReadError;
use crate::model::{Relation, ValueType};

/// `--copy-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyChoice {
    /// Binary where it is safe.
    #[default]
    Auto,
    /// Binary, or an error that names the tables where it is not safe.
    Binary,
    /// Text, for every table.
    Text,
}

/// How many tables an error names at most.
const NAMED: usize = 10;

/// Chooses the format of every relation.
///
/// # Errors
/// [`ReadError::NotBinary`] where binary was demanded and cannot be had.
pub(crate) fn choose(relations: &mut [Relation], choice: CopyChoice, encoding: &str) -> Result<(), ReadError> {
    if choice == CopyChoice::Text {
        return Ok(());
    }
    for relation in relations.iter_mut() {
        relation.binary = is_safe(relation, encoding);
    }
    let with_rows = relations.iter().filter(|r| !r.data_excluded);
    let text: Vec<String> = with_rows
        .filter(|r| !r.binary && r.copy_columns().next().is_some())
        .map(Relation::label)
        .collect();
    match choice {
        CopyChoice::Binary if !text.is_empty() => Err(ReadError::NotBinary {
            more: text.len().saturating_sub(NAMED),
            tables: text.into_iter().take(NAMED).collect(),
        }),
        _ => Ok(()),
    }
}

/// Whether the relation's rows can be read in binary format and printed as text.
pub(crate) fn is_safe(relation: &Relation, encoding: &str) -> bool {
    let unconverted = matches!(encoding, "UTF8" | "SQL_ASCII");
    let has_text = || {
        let mut types = relation.copy_columns().filter_map(|c| c.value_type.as_ref());
        types.any(ValueType::has_text)
    };
    // Only the wrapper knows what the rows of a foreign server are made of.
    relation.is_decodable() && relation.foreign_server.is_none() && (unconverted || !has_text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::CopyColumn;

    fn relation(types: &[Option<ValueType>]) -> Relation {
        let column = |value_type: &Option<ValueType>| CopyColumn {
            value_type: value_type.clone(),
            ..CopyColumn::default()
        };
        Relation {
            schema: "s".into(),
            name: "t".into(),
            columns: types.iter().map(column).collect(),
            ..Relation::default()
        }
    }

    #[test]
    fn every_column_must_be_decodable() {
        let mut relations = [
            relation(&[Some(ValueType::Int4), Some(ValueType::Text)]),
            relation(&[Some(ValueType::Int4), None]),
            relation(&[]),
        ];
        choose(&mut relations, CopyChoice::Auto, "UTF8").unwrap();
        assert_eq!(relations.each_ref().map(|r| r.binary), [true, false, false]);
        let error = choose(&mut relations, CopyChoice::Binary, "UTF8").unwrap_err();
        assert!(matches!(error, ReadError::NotBinary { tables, more: 0 } if tables == ["s.t"]));
        choose(&mut relations[..1], CopyChoice::Binary, "UTF8").unwrap();
    }

    #[test]
    fn text_must_not_be_converted() {
        let text = Some(ValueType::Range(Box::new(ValueType::Text)));
        for (encoding, with_text) in [("UTF8", true), ("SQL_ASCII", true), ("LATIN1", false)] {
            assert_eq!(
                is_safe(&relation(std::slice::from_ref(&text)), encoding),
                with_text,
                "{encoding}"
            );
            assert!(is_safe(&relation(&[Some(ValueType::Numeric)]), encoding), "{encoding}");
        }
    }
}
