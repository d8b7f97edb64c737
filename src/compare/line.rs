//! Renders a difference as one line, for reports that keep no SQL.

use std::fmt;

use crate::compare::report::{Difference, Which};

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyIn { side, kind, identity } => write!(f, "only in {side}: {kind} {identity}"),
            Self::Object {
                kind, identity, aspect, ..
            } => write!(f, "{aspect} of {kind} {identity} differs"),
            Self::Rows { relation, a, b } if a.rows == b.rows => write!(f, "rows of {relation} differ in content"),
            Self::Rows { relation, a, b } => {
                write!(f, "rows of {relation} differ: {} in A, {} in B", a.rows, b.rows)
            }
            Self::Columns { relation, .. } => write!(f, "columns of {relation} differ, rows were not compared"),
            Self::Column { relation, column, a, b } => {
                write!(f, "column {column} of {relation} differs: {a} in A, {b} in B")
            }
            Self::RowsOnlyIn { side, relation } => write!(f, "rows only in {side}: {relation}"),
            Self::Generated { relation, columns, .. } => write!(
                f,
                "generated values of {relation} ({}) differ, in equal rows: a restore computes them anew, and what computes \
                 them was replaced or reads a table",
                columns.join(", ")
            ),
            Self::Sequence { sequence, a, b } => {
                write!(f, "position of sequence {sequence} differs: {} in A, {} in B", a.0, b.0)
            }
            Self::SequenceOnlyIn { side, sequence, .. } => {
                write!(f, "position of sequence {sequence} only in {side}")
            }
        }
    }
}
