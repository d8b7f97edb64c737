//! Which rows are not NULL: a flag byte, and a bitmap when some are NULL.

use crate::codec::column::fields::Column;
use crate::codec::column::input::Input;
use crate::codec::column::output::Output;

const ALL: u8 = 0;
const BITMAP: u8 = 1;

/// Appends the presence of the column's rows.
pub(super) fn encode(column: &Column<'_>, out: &mut Output) {
    if column.nulls == 0 {
        out.push(ALL);
        return;
    }
    out.push(BITMAP);
    let bitmap = out.append(column.rows.div_ceil(8));
    for (row, present) in column.present().enumerate() {
        bitmap[row / 8] |= u8::from(present) << (row % 8);
    }
    out.cut();
}

/// The presence of a column that is decoded.
#[derive(Clone, Copy)]
pub(super) enum Presence<'a> {
    All,
    /// A bit for each row, the lowest of each byte first, 1 for a value.
    Bitmap(&'a [u8]),
}

impl<'a> Presence<'a> {
    /// The presence, and how many rows are not NULL.
    pub(super) fn decode(input: &mut Input<'a>, rows: usize) -> Result<(Self, usize), &'static str> {
        match input.u8()? {
            ALL => Ok((Self::All, rows)),
            BITMAP => {
                let bitmap = input.bytes(rows.div_ceil(8))?;
                let unused = match (bitmap.last(), rows % 8) {
                    (Some(last), used @ 1..) => last >> used,
                    _ => 0,
                };
                if unused != 0 {
                    return Err("its bitmap has more rows than there are");
                }
                let values = bitmap.iter().map(|byte| byte.count_ones() as usize).sum();
                Ok((Self::Bitmap(bitmap), values))
            }
            _ => Err("it has an unknown kind of bitmap"),
        }
    }

    pub(super) fn is_bitmap(self) -> bool {
        matches!(self, Self::Bitmap(_))
    }

    #[inline]
    pub(super) fn has(self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::Bitmap(bitmap) => bitmap.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1),
        }
    }
}
