//! COPY data in text format: in any pieces it gives what it gives in one, and the chunks taken between pieces add up to
//! the same rows.

use pgark::codec::{CodecError, RowDigest, RowSplitter};

use super::input::Input;
use super::{MIB, Target};

pub const TARGET: Target = Target {
    name: "splitter",
    run,
    memory: |data| 4 * MIB + 16 * data.len(),
};

fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let columns = usize::from(input.u8() % 5);
    let size = usize::from(input.u8()) + 1;
    let every = usize::from(input.u8() % 8);
    let data = input.rest();
    let whole = split(columns, data, data.len().max(1), 0);
    assert_eq!(split(columns, data, size, 0), whole);
    // Rows that were taken are counted from one again in messages.
    match (split(columns, data, size, every + 1), whole) {
        (Err(_), Err(_)) => {}
        (taken, whole) => assert_eq!(taken, whole),
    }
}

/// What the splitter gave, and how the rows end.
#[derive(Debug, PartialEq)]
struct Rows {
    rows: u64,
    raw_bytes: usize,
    digest: RowDigest,
    columns: Vec<Vec<u8>>,
    at_row_end: bool,
}

/// Gives the data in pieces of `size`; takes a chunk after every so many, if not 0, and puts them together.
fn split(columns: usize, data: &[u8], size: usize, every: usize) -> Result<Rows, CodecError> {
    let mut splitter = RowSplitter::new(columns);
    let mut rows = Rows {
        rows: 0,
        raw_bytes: 0,
        digest: RowDigest::default(),
        columns: vec![Vec::new(); columns],
        at_row_end: true,
    };
    let take = |splitter: &mut RowSplitter, rows: &mut Rows| {
        let chunk = splitter.take();
        rows.rows += chunk.rows;
        rows.raw_bytes += chunk.raw_bytes;
        rows.digest.merge(chunk.digest);
        for (all, column) in rows.columns.iter_mut().zip(&chunk.columns) {
            assert_eq!(column.iter().filter(|b| **b == b'\n').count() as u64, chunk.rows);
            all.extend_from_slice(column);
        }
        splitter.recycle(chunk);
    };
    for (number, piece) in data.chunks(size).enumerate() {
        splitter.push(piece)?;
        if every > 0 && number % every == 0 {
            take(&mut splitter, &mut rows);
        }
    }
    rows.at_row_end = splitter.at_row_end();
    take(&mut splitter, &mut rows);
    Ok(rows)
}
