//! Writes the pieces of large objects, which COPY cannot load.
//!
//! A chunk's rows become a few statements in one transaction, which call `lo_put` for runs of adjacent pieces. Each
//! piece is written once, whichever session has its neighbours: sessions can write different pieces of one object at
//! the same time, and holes stay holes.

use std::fmt::Write;

use crate::codec::DecodedChunk;
use crate::connect::Wire;
use crate::job::Progress;
use crate::model::ValueType;
use crate::restore::load::error::LoadError;
use crate::restore::record::journal::RowsRecord;

/// The most hexadecimal digits in one run.
const RUN_DIGITS: usize = 256 << 10;
/// A statement is sent when its data have this many digits.
const STATEMENT_DIGITS: usize = 1 << 20;

/// Where the server's pages are larger than a piece (blocks over 8 kB), two sessions might want to change one page at
/// once: there they take turns.
const TAKE_TURNS: &str = "SELECT pg_catalog.pg_advisory_xact_lock(7305812646) \
     WHERE pg_catalog.current_setting('block_size')::pg_catalog.int8 > 8192";

/// Writes a chunk, records it under `number`, and returns how many pieces were written. Pieces of objects that do not
/// exist are left out and not counted. After a failure nothing of the chunk stays.
pub(super) fn write(
    wire: &mut Wire,
    chunk: DecodedChunk,
    number: u32,
    record: Option<&RowsRecord>,
    progress: &Progress,
) -> Result<u64, LoadError> {
    let raw_bytes = chunk.raw_bytes();
    let chunk = chunk.into_text(&[&ValueType::Oid, &ValueType::Int8, &ValueType::Bytea])?;
    let result = write_in_transaction(wire, &chunk, number, record);
    if !wire.is_broken() && wire.in_transaction() {
        wire.execute("ROLLBACK")?;
    }
    let written = result?;
    progress.chunk(written, raw_bytes);
    progress.advance(raw_bytes);
    Ok(written)
}

fn write_in_transaction(
    wire: &mut Wire,
    chunk: &DecodedChunk,
    number: u32,
    record: Option<&RowsRecord>,
) -> Result<u64, LoadError> {
    wire.execute("BEGIN")?;
    wire.execute(TAKE_TURNS)?;
    let mut written = 0;
    let mut batch = Batch::default();
    let mut pieces = chunk.pieces();
    let mut text = Vec::new();
    while pieces.next_into(&mut text) {
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |end| end + 1);
        for row in text[..whole].split(|byte| *byte == b'\n').filter(|row| !row.is_empty()) {
            batch.add(Piece::parse(row).ok_or(LoadError::NoPiece)?);
            if batch.digits >= STATEMENT_DIGITS {
                written += batch.run(wire)?;
            }
        }
        text.drain(..whole);
    }
    if !text.is_empty() {
        return Err(LoadError::NoPiece);
    }
    written += batch.run(wire)?;
    if let Some(record) = record {
        wire.execute(&record.chunks(written, [number].into_iter()))?;
    }
    wire.execute("COMMIT")?;
    Ok(written)
}

/// One row of COPY text. Its numbers are known to be digits alone, so they can be put into SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece<'a> {
    oid: u32,
    position: u64,
    hex: &'a str,
}

impl<'a> Piece<'a> {
    fn parse(row: &'a [u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(row).ok()?.split('\t');
        let (oid, position, data) = (fields.next()?, fields.next()?, fields.next()?);
        let hex = data.strip_prefix("\\\\x")?;
        let valid = fields.next().is_none() && hex.len() % 2 == 0 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        valid.then_some(Self {
            oid: oid.parse().ok()?,
            position: position.parse::<i64>().ok()?.try_into().ok()?,
            hex,
        })
    }

    fn end(&self) -> u64 {
        self.position.saturating_add(self.hex.len() as u64 / 2)
    }
}

/// Runs that wait to be sent: the elements of the statement's four arrays.
#[derive(Debug, Default)]
struct Batch {
    oids: String,
    positions: String,
    /// The number of pieces in each run but the last.
    counts: String,
    data: String,
    digits: usize,
    last: Option<Run>,
}

/// The run that the next piece may continue.
#[derive(Debug)]
struct Run {
    oid: u32,
    end: u64,
    pieces: u64,
    digits: usize,
}

impl Batch {
    fn add(&mut self, piece: Piece) {
        self.digits += piece.hex.len();
        if let Some(run) = &mut self.last
            && run.oid == piece.oid
            && run.end == piece.position
            && run.digits + piece.hex.len() <= RUN_DIGITS
        {
            self.data.push_str(piece.hex);
            run.end = piece.end();
            run.pieces += 1;
            run.digits += piece.hex.len();
            return;
        }
        self.end_run();
        let separator = if self.data.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(self.oids, "{separator}{}", piece.oid);
        let _ = write!(self.positions, "{separator}{}", piece.position);
        let _ = write!(self.data, "{separator}\"\\\\x{}", piece.hex);
        self.last = Some(Run {
            oid: piece.oid,
            end: piece.end(),
            pieces: 1,
            digits: piece.hex.len(),
        });
    }

    fn end_run(&mut self) {
        if let Some(run) = self.last.take() {
            let separator = if self.counts.is_empty() { "" } else { "," };
            let _ = write!(self.counts, "{separator}{}", run.pieces);
            self.data.push('"');
        }
    }

    /// The statement for all runs, if there are any. Leaves the batch empty.
    fn take(&mut self) -> Option<String> {
        self.end_run();
        let Self {
            oids,
            positions,
            counts,
            data,
            ..
        } = std::mem::take(self);
        if oids.is_empty() {
            return None;
        }
        Some(format!(
            "SELECT COALESCE(pg_catalog.sum(l.pieces), 0)::pg_catalog.int8 AS pieces, \
               pg_catalog.count(pg_catalog.lo_put(l.oid, l.position, l.data)) AS runs \
             FROM ROWS FROM (pg_catalog.unnest('{{{oids}}}'::pg_catalog.oid[]), \
               pg_catalog.unnest('{{{positions}}}'::pg_catalog.int8[]), \
               pg_catalog.unnest('{{{counts}}}'::pg_catalog.int8[]), \
               pg_catalog.unnest('{{{data}}}'::pg_catalog.bytea[])) AS l(oid, position, pieces, data) \
             JOIN pg_catalog.pg_largeobject_metadata AS m ON m.oid = l.oid"
        ))
    }

    fn run(&mut self, wire: &mut Wire) -> Result<u64, LoadError> {
        let Some(sql) = self.take() else { return Ok(0) };
        let rows = wire.query(&sql)?;
        let written = rows.first().map_or(Ok(0), |row| row.int("pieces"))?;
        Ok(written.max(0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(oid: u32, position: u64, hex: &str) -> Piece<'_> {
        Piece { oid, position, hex }
    }

    #[test]
    fn a_row_is_digits_or_nothing() {
        assert_eq!(Piece::parse(b"7\t2048\t\\\\x00ff"), Some(piece(7, 2048, "00ff")));
        assert_eq!(Piece::parse(b"7\t0\t\\\\x"), Some(piece(7, 0, "")));
        let bad: [&[u8]; 9] = [
            b"",
            b"7\t0",
            b"7\t0\t\\\\x00\t",
            b"-7\t0\t\\\\x00",
            b"7\t-1\t\\\\x00",
            b"7\t9223372036854775808\t\\\\x00",
            b"7\t0\t\\\\x0",
            b"7\t0\t\\\\x'}",
            b"7\t0\t\\N",
        ];
        for row in bad {
            assert_eq!(Piece::parse(row), None, "{row:?}");
        }
    }

    #[test]
    fn pieces_that_follow_each_other_are_one_run() {
        let mut batch = Batch::default();
        for piece in [
            piece(1, 0, "aabb"),
            piece(1, 2, "cc"),
            piece(1, 9, "dd"),
            piece(2, 10, "ee"),
        ] {
            batch.add(piece);
        }
        let sql = batch.take().expect("runs");
        for part in [
            "'{1,1,2}'",
            "'{0,9,10}'",
            "'{2,1,1}'",
            r#"'{"\\xaabbcc","\\xdd","\\xee"}'"#,
        ] {
            assert!(sql.contains(part), "{part} is not in {sql}");
        }
        assert_eq!(batch.take(), None);
    }

    #[test]
    fn runs_are_bounded() {
        let mut batch = Batch::default();
        let hex = "0".repeat(RUN_DIGITS / 2);
        for number in 0..5 {
            batch.add(piece(1, number * hex.len() as u64 / 2, &hex));
        }
        assert!(batch.take().expect("runs").contains("'{2,2,1}'"));
    }
}
