//! Reads a value's bytes in order.

use super::error::PrintError;

/// The rest of a value of the type `kind`.
pub(super) struct Bytes<'a> {
    kind: &'static str,
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) fn new(kind: &'static str, value: &'a [u8]) -> Self {
        Bytes { kind, rest: value }
    }

    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PrintError> {
        let (first, rest) = self.rest.split_first_chunk().ok_or(self.cut())?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn u8(&mut self) -> Result<u8, PrintError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, PrintError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, PrintError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn f64(&mut self) -> Result<f64, PrintError> {
        self.array().map(f64::from_be_bytes)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8], PrintError> {
        let (first, rest) = self.rest.split_at_checked(length).ok_or(self.cut())?;
        self.rest = rest;
        Ok(first)
    }

    /// The bytes before the next zero, which is skipped.
    pub(super) fn zero_terminated(&mut self) -> Result<&'a [u8], PrintError> {
        let end = memchr::memchr(0, self.rest).ok_or(self.cut())?;
        let text = self.slice(end)?;
        self.slice(1)?;
        Ok(text)
    }

    /// A value within this one: a length and that many bytes; `None` for a length of -1.
    pub(super) fn field(&mut self) -> Result<Option<&'a [u8]>, PrintError> {
        match self.i32()? {
            -1 => Ok(None),
            length => {
                let length = usize::try_from(length).map_err(|_| self.invalid("has a negative length"))?;
                self.slice(length).map(Some)
            }
        }
    }

    /// A count of items that follow. Each has at least `each` bytes, so the count is checked against the bytes that are
    /// left.
    pub(super) fn count(&mut self, each: usize) -> Result<usize, PrintError> {
        let count = usize::try_from(self.i32()?).map_err(|_| self.invalid("has a negative count"))?;
        match count.checked_mul(each) {
            Some(bytes) if bytes <= self.rest.len() => Ok(count),
            _ => Err(self.cut()),
        }
    }

    pub(super) fn end(&self) -> Result<(), PrintError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.invalid("has bytes after its end"))
        }
    }

    pub(super) fn invalid(&self, problem: &'static str) -> PrintError {
        let kind = self.kind;
        PrintError::Invalid { kind, problem }
    }

    fn cut(&self) -> PrintError {
        PrintError::Cut { kind: self.kind }
    }
}

/// A value of a type whose values all have the same length.
pub(super) fn fixed<const N: usize>(kind: &'static str, value: &[u8]) -> Result<[u8; N], PrintError> {
    let found = value.len();
    value.try_into().map_err(|_| PrintError::Length { kind, found })
}
