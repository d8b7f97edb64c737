//! Which encoding a column gets.
//!
//! The rule: of a relation's first chunk, every encoding that its values fit is tried on a sample, and the one wins whose
//! *price* is the least: the bytes that zstd at level 1 makes of it, and one more for every [`PASSED_BYTES_PER_BYTE`]
//! that zstd had to look at. What fits is seen from the values themselves (one width, the shape of `numeric`), not from
//! types. Later chunks are encoded in the same way; one that does not fit chooses again, and what it chose holds on.

use crate::codec::column::fields::Column;
use crate::codec::column::{decimals, dictionary, digits, integers, plain, planes};
use crate::codec::compress::compress;
use crate::codec::error::CodecError;
use crate::format::Encoding;

/// So many bytes passed to zstd cost as much as one byte stored: one percent of size is worth one percent of time.
const PASSED_BYTES_PER_BYTE: usize = 64;

/// Rows of a sample: fewer when they are long.
const SAMPLE_ROWS: usize = 8192;
const MIN_SAMPLE_ROWS: usize = 512;
const SAMPLE_BYTES: usize = 128 << 10;
const SAMPLE_SLICES: usize = 8;

/// Encoded samples so short are priced by their length: zstd would take longer than the whole column does.
const UNMEASURED_BYTES: usize = 512;

/// What was chosen for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    way: Way,
    /// Whether zstd made the sample smaller.
    compress: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Plain,
    Planes,
    Dictionary,
    Integers { differences: bool },
    Decimals { differences: bool },
    Digits { differences: bool },
}

impl Way {
    pub(super) fn encoding(self) -> Encoding {
        match self {
            Self::Plain => Encoding::Plain,
            Self::Planes => Encoding::Planes,
            Self::Dictionary => Encoding::Dictionary,
            Self::Integers { .. } => Encoding::Integers,
            Self::Decimals { .. } => Encoding::Decimals,
            Self::Digits { .. } => Encoding::Digits,
        }
    }
}

impl Chosen {
    pub fn encoding(self) -> Encoding {
        self.way.encoding()
    }

    /// Whether a column that was encoded in this way is worth compressing. Where the sample was not, some of the column is tried.
    pub fn compresses(self, encoded: &[u8]) -> bool {
        const PROBE: usize = 4096;
        let probes = || (0..3).map(|at| at * (encoded.len() - PROBE) / 2);
        self.compress
            || encoded.len() > 3 * PROBE
                && probes().any(|at| {
                    let probe = &encoded[at..at + PROBE];
                    compressed_bytes(probe).is_ok_and(|bytes| is_smaller(bytes, PROBE))
                })
    }
}

/// Encodes the column as chosen before, or in the way that it chooses now and returns.
pub fn encode(
    column: &Column<'_>,
    chosen: Option<Chosen>,
    scratch: &mut Vec<i64>,
    out: &mut Vec<u8>,
) -> Result<Chosen, CodecError> {
    if let Some(chosen) = chosen
        && encode_as(chosen.way, column, scratch, out).is_some()
    {
        return Ok(chosen);
    }
    let mut priced = price_all(column, scratch, out)?;
    priced.sort_by_key(|(price, _)| *price);
    for (_, chosen) in priced {
        if encode_as(chosen.way, column, scratch, out).is_some() {
            return Ok(chosen);
        }
    }
    encode_as(Way::Plain, column, scratch, out);
    Ok(Chosen {
        way: Way::Plain,
        compress: true,
    })
}

/// Replaces `out` by the encoded column and says how many of its bytes grow with the rows; `None` if it does not fit.
pub(super) fn encode_as(way: Way, column: &Column<'_>, scratch: &mut Vec<i64>, out: &mut Vec<u8>) -> Option<usize> {
    out.clear();
    match way {
        Way::Plain => plain::encode(column, scratch, out),
        Way::Planes => planes::encode(column, out)?,
        Way::Dictionary => return dictionary::encode(column, scratch, out),
        Way::Integers { differences } => integers::encode(column, differences, scratch, out)?,
        Way::Decimals { differences } => decimals::encode(column, differences, scratch, out)?,
        Way::Digits { differences } => digits::encode(column, differences, scratch, out)?,
    }
    Some(out.len())
}

/// The ways that may fit a column, by the look of its values; the simpler ones first.
fn candidates(column: &Column<'_>) -> Vec<Way> {
    const BOTH: [bool; 2] = [false, true];
    let first = column.values().next().unwrap_or_default();
    let mut ways = Vec::new();
    if decimals::is_likely(first) {
        ways.extend(BOTH.map(|differences| Way::Decimals { differences }));
    }
    match column.width {
        Some(1 | 2 | 4 | 8) => ways.extend(BOTH.map(|differences| Way::Integers { differences })),
        Some(_) => ways.extend([Way::Plain, Way::Planes]),
        None => ways.push(Way::Plain),
    }
    if column.width.is_some() && first.iter().any(u8::is_ascii_digit) {
        ways.extend(BOTH.map(|differences| Way::Digits { differences }));
    }
    ways.push(Way::Dictionary);
    ways
}

fn price_all(
    column: &Column<'_>,
    scratch: &mut Vec<i64>,
    space: &mut Vec<u8>,
) -> Result<Vec<(usize, Chosen)>, CodecError> {
    let wanted = (SAMPLE_BYTES * column.rows / column.fields.len()).clamp(MIN_SAMPLE_ROWS, SAMPLE_ROWS);
    let taken;
    let sample = match column.rows > wanted {
        true => {
            taken = column.sample(wanted, SAMPLE_SLICES);
            Column::read(&taken.0, taken.1)?
        }
        false => *column,
    };
    let mut priced = Vec::new();
    for way in candidates(column) {
        if let Some(growing) = encode_as(way, &sample, scratch, space) {
            let (price, compress) = price(space, growing, column.rows, sample.rows)?;
            priced.push((price, Chosen { way, compress }));
        }
    }
    Ok(priced)
}

/// The price of the whole column, of which `encoded` is a sample, and whether zstd makes it smaller. The last `growing`
/// bytes are as many times more as there are rows, the others (a dictionary) are not.
fn price(encoded: &[u8], growing: usize, rows: usize, sample_rows: usize) -> Result<(usize, bool), CodecError> {
    if encoded.len() <= UNMEASURED_BYTES {
        return Ok((encoded.len() * rows / sample_rows, true));
    }
    let (fixed, growing) = encoded.split_at(encoded.len() - growing);
    let (fixed_bytes, growing_bytes) = (compressed_bytes(fixed)?, compressed_bytes(growing)?);
    let price_of = |compressed: usize, passed: usize| compressed.min(passed) + passed / PASSED_BYTES_PER_BYTE;
    let growing_price = price_of(growing_bytes, growing.len()) * rows / sample_rows;
    let compress = is_smaller(fixed_bytes + growing_bytes, encoded.len());
    Ok((price_of(fixed_bytes, fixed.len()) + growing_price, compress))
}

fn compressed_bytes(bytes: &[u8]) -> Result<usize, CodecError> {
    if bytes.is_empty() {
        return Ok(0);
    }
    let mut compressed = Vec::new();
    compress(bytes, 1, &mut compressed)?;
    Ok(compressed.len())
}

/// Whether compression saves enough to be worth undoing it.
fn is_smaller(compressed: usize, plain: usize) -> bool {
    compressed < plain - plain / 64
}
