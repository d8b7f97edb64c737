//! Reads and writes the little-endian fields of fixed structures, in order.

use crate::format::error::FormatError;

/// Takes fields from the front of a slice.
pub struct Fields<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Fields<'a> {
    /// `what` names the structure in errors.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// The next `N` bytes, or [`FormatError::Short`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(FormatError::Short {
                what: self.what,
                needed: N as u64,
                found: self.rest.len() as u64,
            });
        };
        self.rest = rest;
        Ok(*head)
    }

    /// The next byte, or [`FormatError::Short`].
    pub fn u8(&mut self) -> Result<u8, FormatError> {
        Ok(self.array::<1>()?[0])
    }

    /// The next two bytes, or [`FormatError::Short`].
    pub fn u16(&mut self) -> Result<u16, FormatError> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// The next four bytes, or [`FormatError::Short`].
    pub fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The next eight bytes, or [`FormatError::Short`].
    pub fn u64(&mut self) -> Result<u64, FormatError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The next 16 bytes, or [`FormatError::Short`].
    pub fn u128(&mut self) -> Result<u128, FormatError> {
        Ok(u128::from_le_bytes(self.array()?))
    }

    /// The next `N` bytes, which must be zero.
    pub fn zeros<const N: usize>(&mut self) -> Result<(), FormatError> {
        match self.array::<N>()?.iter().all(|b| *b == 0) {
            true => Ok(()),
            false => Err(FormatError::Reserved { what: self.what }),
        }
    }
}

/// Fills a fixed structure from its front.
pub struct Filler<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Filler<N> {
    /// A structure of `N` zero bytes, to be filled from its front.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { bytes: [0; N], at: 0 }
    }

    /// Puts the next field. Panics if the structure has no room for it.
    pub fn put(mut self, field: &[u8]) -> Self {
        self.bytes[self.at..self.at + field.len()].copy_from_slice(field);
        self.at += field.len();
        self
    }

    /// Leaves `count` zero bytes.
    pub fn skip(mut self, count: usize) -> Self {
        self.at += count;
        self
    }

    /// The structure with its last field, a CRC-32 of everything before.
    pub fn checksummed(self) -> [u8; N] {
        debug_assert_eq!(self.at + 4, N, "every field but the checksum is put");
        let crc = crc32fast::hash(&self.bytes[..N - 4]);
        self.put(&crc.to_le_bytes()).bytes
    }
}

/// Checks a structure against the CRC-32 in its last four bytes.
pub fn check_crc<const N: usize>(bytes: &[u8; N], what: &'static str) -> Result<(), FormatError> {
    let (body, tail) = bytes.split_at(N - 4);
    let found = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
    let computed = crc32fast::hash(body);
    if found != computed {
        return Err(FormatError::Checksum { what, found, computed });
    }
    Ok(())
}

/// The first `N` bytes of a slice, or [`FormatError::Short`].
pub fn fixed<'a, const N: usize>(bytes: &'a [u8], what: &'static str) -> Result<&'a [u8; N], FormatError> {
    bytes.first_chunk::<N>().ok_or(FormatError::Short {
        what,
        needed: N as u64,
        found: bytes.len() as u64,
    })
}

/// Whether only the magic bytes were damaged: with `magic` in their place the checksum would be right.
pub fn only_magic_damaged<const N: usize>(bytes: &[u8; N], magic: &[u8]) -> bool {
    let mut repaired = *bytes;
    repaired[..magic.len()].copy_from_slice(magic);
    check_crc(&repaired, "").is_ok()
}
