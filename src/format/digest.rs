//! Identifiers and digests with their CBOR form (byte strings) and their text form (hex).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! byte_string {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_bytes(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                d.deserialize_bytes(ByteString::<$len>).map(Self)
            }
        }
    };
}

byte_string! {
    /// BLAKE3 of something, 256 bits.
    Digest, 32
}
byte_string! {
    /// Names one archive: 16 random bytes, drawn when it is created.
    ArchiveId, 16
}
byte_string! {
    /// A [`RowDigest`]'s sum in CBOR: 16 bytes, little-endian.
    SumBytes, 16
}

impl ArchiveId {
    /// The part that every record header repeats.
    pub fn tag(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        [a, b, c, d, e, f, g, h]
    }
}

struct ByteString<const N: usize>;

impl<const N: usize> de::Visitor<'_> for ByteString<N> {
    type Value = [u8; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a byte string of {N} bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; N], E> {
        <[u8; N]>::try_from(bytes).map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}

/// Identifies a multiset of rows by their number and the wrapping sum of the XXH3-128 hashes of each row's COPY bytes
/// without the newline. Neither row order nor chunk borders change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RowDigest {
    /// How many rows.
    pub rows: u64,
    /// Wrapping sum of the rows' hashes.
    pub sum: u128,
}

impl RowDigest {
    /// Adds one row by its hash.
    pub fn add(&mut self, row_hash: u128) {
        // Saturation is never reached, because the rows of a chunk and the chunks of an archive are bounded.
        self.rows = self.rows.saturating_add(1);
        self.sum = self.sum.wrapping_add(row_hash);
    }

    /// Adds another set of rows.
    pub fn merge(&mut self, other: RowDigest) {
        self.rows = self.rows.saturating_add(other.rows);
        self.sum = self.sum.wrapping_add(other.sum);
    }

    /// The sum as metadata records hold it.
    pub fn sum_bytes(&self) -> SumBytes {
        SumBytes(self.sum.to_le_bytes())
    }

    /// The digest of `rows` rows with this sum.
    pub fn from_parts(rows: u64, sum: SumBytes) -> Self {
        Self {
            rows,
            sum: u128::from_le_bytes(sum.0),
        }
    }
}

/// The sum as 32 hex digits, most significant first.
impl fmt::Display for RowDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.sum)
    }
}
