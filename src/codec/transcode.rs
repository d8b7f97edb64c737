//! Turns binary rows into text, for readers that cannot take them as they are.

use crate::codec::binary_rows::field_at;
use crate::codec::decode::DecodedChunk;
use crate::codec::error::CodecError;
use crate::codec::print::print_copy;
use crate::format::CopyFormat;
use crate::model::ValueType;

/// One column of fields as COPY text: each value and a newline.
pub(super) fn column_text(fields: &[u8], value_type: &ValueType, column: usize) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(fields.len());
    let (mut at, mut row) = (0, 0);
    while at < fields.len() {
        row += 1;
        let field = field_at(fields, at);
        at += field.len();
        match field.split_at_checked(4) {
            Some((length, value)) if length[0] < 0x80 => {
                print_copy(value_type, value, &mut out).map_err(|source| CodecError::Print { column, row, source })?;
            }
            Some(_) => out.extend_from_slice(b"\\N"),
            // The fields are known to be complete, so this cannot happen.
            None => break,
        }
        out.push(b'\n');
    }
    Ok(out)
}

impl DecodedChunk {
    /// The rows in COPY's text format; `types` are those of the columns. The digest that the chunk declares is then
    /// that of other bytes; [`DecodedChunk::digest`] is that of the text.
    ///
    /// # Errors
    /// A value is not of its column's type.
    pub fn into_text(self, types: &[&ValueType]) -> Result<Self, CodecError> {
        if self.copy_format() == CopyFormat::Text {
            return Ok(self);
        }
        if types.len() != self.columns() {
            return Err(CodecError::ColumnCount {
                row: 0,
                found: types.len(),
                expected: self.columns(),
            });
        }
        self.map_columns(CopyFormat::Text, |number, fields| {
            column_text(fields, types[number], number)
        })
    }
}
