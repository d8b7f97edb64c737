//! Takes the parts of an encoded column off its front.

/// The rest of an encoded column. Nothing is allocated by the sizes that it declares.
pub(super) struct Input<'a> {
    rest: &'a [u8],
}

const CUT: &str = "it is cut off";

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(CUT)?;
        self.rest = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(CUT)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, &'static str> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u32(&mut self) -> Result<usize, &'static str> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    pub(super) fn i64(&mut self) -> Result<i64, &'static str> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// # Errors
    /// Bytes are left.
    pub(super) fn finish(&self) -> Result<(), &'static str> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => Err("bytes follow its end"),
        }
    }
}
