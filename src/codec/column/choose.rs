//! Chooses the encoding of a column.
//!
//! The rule: in a relation's first chunk, every encoding that fits the values is tried on a sample. The one with the
//! least *price* wins: the bytes that zstd at level 1 makes of it, plus one for every [`PASSED_BYTES_PER_BYTE`] that
//! zstd had to read. Whether an encoding fits is seen from the values themselves (one width, the shape of `numeric`),
//! not from types. Later chunks are encoded in the same way. If a chunk does not fit, it chooses again, and the new
//! choice holds from then on.

use crate::codec::column::fields::Column;
use crate::codec::column::output::{Output, Parts};
use crate::codec::column::{decimals, dictionary, digits, floats, integers, plain, planes, terminated};
use crate::codec::error::CodecError;
use crate::format::Encoding;

/// As many bytes passed to zstd cost as much as one byte stored: one percent of size is worth one percent of time.
const PASSED_BYTES_PER_BYTE: usize = 64;

/// Rows of a sample; fewer if the rows are long.
const SAMPLE_ROWS: usize = 8192;
const MIN_SAMPLE_ROWS: usize = 512;
const SAMPLE_BYTES: usize = 128 << 10;
const SAMPLE_SLICES: usize = 8;

/// Encoded samples up to this length are priced by their length: zstd would take longer than the whole column does.
const UNMEASURED_BYTES: usize = 512;

/// The choice for a column.
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
    Floats { differences: bool },
    Terminated,
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
            Self::Floats { .. } => Encoding::Floats,
            Self::Terminated => Encoding::Terminated,
        }
    }
}

impl Chosen {
    pub fn encoding(self) -> Encoding {
        self.way.encoding()
    }

    /// Whether a column that was encoded in this way is worth compressing. If the sample was not, parts of the column
    /// are tried.
    pub fn compresses(self, encoded: &[u8]) -> bool {
        const PROBE: usize = 4096;
        let probe = |at: usize| encoded.get(at..at + PROBE).unwrap_or_default();
        let last = encoded.len().saturating_sub(PROBE);
        self.compress
            || [0, last / 2, last]
                .into_iter()
                .any(|at| compressed_bytes(Parts::whole(probe(at))).is_ok_and(|bytes| is_smaller(bytes, PROBE)))
    }
}

/// Encodes the column as chosen before, or in the way that this function chooses and returns.
pub(super) fn encode(
    column: &Column<'_>,
    chosen: Option<Chosen>,
    scratch: &mut Vec<i64>,
    out: &mut Output,
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

/// Replaces `out` by the encoded column and says how many of its bytes grow with the rows; `None` if the encoding does
/// not fit.
pub(super) fn encode_as(way: Way, column: &Column<'_>, scratch: &mut Vec<i64>, out: &mut Output) -> Option<usize> {
    out.clear();
    match way {
        Way::Plain => plain::encode(column, scratch, out),
        Way::Planes => planes::encode(column, out)?,
        Way::Dictionary => return dictionary::encode(column, scratch, out),
        Way::Integers { differences } => integers::encode(column, differences, scratch, out)?,
        Way::Decimals { differences } => decimals::encode(column, differences, scratch, out)?,
        Way::Digits { differences } => digits::encode(column, differences, scratch, out)?,
        Way::Floats { differences } => floats::encode(column, differences, scratch, out)?,
        Way::Terminated => terminated::encode(column, out)?,
    }
    Some(out.bytes.len())
}

/// The ways that may fit a column by the first look at its values; the simpler ones first.
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
        None => ways.extend([Way::Plain, Way::Terminated]),
    }
    if let Some(4 | 8) = column.width {
        ways.extend(BOTH.map(|differences| Way::Floats { differences }));
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
    space: &mut Output,
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
/// bytes grow with the number of rows; the others (a dictionary) do not.
fn price(encoded: &Output, growing: usize, rows: usize, sample_rows: usize) -> Result<(usize, bool), CodecError> {
    let length = encoded.bytes.len();
    if length <= UNMEASURED_BYTES {
        return Ok((length * rows / sample_rows, true));
    }
    let fixed = length - growing;
    let fixed_bytes = compressed_bytes(Parts::whole(&encoded.bytes[..fixed]))?;
    let growing_bytes = match fixed {
        0 => compressed_bytes(encoded.parts())?,
        _ => compressed_bytes(Parts::whole(&encoded.bytes[fixed..]))?,
    };
    let price_of = |compressed: usize, passed: usize| compressed.min(passed) + passed / PASSED_BYTES_PER_BYTE;
    let price = price_of(fixed_bytes, fixed) + price_of(growing_bytes, growing) * rows / sample_rows;
    Ok((price, is_smaller(fixed_bytes + growing_bytes, length)))
}

fn compressed_bytes(parts: Parts<'_>) -> Result<usize, CodecError> {
    if parts.bytes.is_empty() {
        return Ok(0);
    }
    let mut compressed = Vec::new();
    parts.compress(1, &mut compressed)?;
    Ok(compressed.len())
}

/// Whether compression saves enough to be worth undoing it.
fn is_smaller(compressed: usize, plain: usize) -> bool {
    compressed < plain - plain / 64
}
