//! One field, the same in every row: its length word and its value.

use crate::codec::column::fields::{Column, WORD};
use crate::codec::column::output::Output;

/// Appends the field, if there are rows and all are equal.
pub(super) fn encode(column: &Column<'_>, out: &mut Output) -> Option<()> {
    let fields = column.fields;
    let bytes = fields.len().checked_div(column.rows)?;
    let uniform = column.nulls == column.rows || (column.nulls == 0 && column.width? + WORD == bytes);
    // All fields are equal if each equals the one before it.
    if !uniform || fields[bytes..] != fields[..fields.len() - bytes] {
        return None;
    }
    out.extend_from_slice(&fields[..bytes]);
    Some(())
}

/// Fills `out` with the field.
pub(super) fn decode(field: &[u8], rows: usize, out: &mut [u8]) -> Result<(), &'static str> {
    let column = Column::read(field, 1).map_err(|_| "it is not one field")?;
    if Some(out.len()) != column.fields.len().checked_mul(rows) {
        return Err("its rows are not as long as declared");
    }
    // Doubles the filled part until `out` is full.
    let mut filled = field.len().min(out.len());
    out[..filled].copy_from_slice(&field[..filled]);
    while filled < out.len() {
        let more = filled.min(out.len() - filled);
        out.copy_within(..more, filled);
        filled += more;
    }
    Ok(())
}
