//! Writes the fields of a decoded column as COPY BINARY has them.

use crate::codec::column::fields::{NULL, WORD};
use crate::codec::column::presence::Presence;
use crate::codec::narrow::low_u32;

/// Writes the fields of a decoded column: exactly as many bytes as were declared.
pub(super) struct Sink<'a> {
    out: &'a mut [u8],
    at: usize,
    presence: Presence<'a>,
    row: usize,
    rows: usize,
}

impl<'a> Sink<'a> {
    pub(super) fn new(out: &'a mut [u8], presence: Presence<'a>, rows: usize) -> Self {
        Self {
            out,
            at: 0,
            presence,
            row: 0,
            rows,
        }
    }

    /// Appends fields of `W` bytes with the NULLs between them. `S` is `W` plus [`WORD`]: the compiler must know both
    /// to keep each field in registers.
    #[inline]
    pub(super) fn put_fixed<T, const W: usize, const S: usize>(
        &mut self,
        numbers: &[T],
        value: impl Fn(&T) -> [u8; W],
    ) -> Result<(), &'static str> {
        const { assert!(S == W + WORD) };
        if self.presence.is_bitmap() {
            return numbers.iter().try_for_each(|number| self.put(&value(number)));
        }
        let word = low_u32(W as u64).to_be_bytes();
        let end = self.at + numbers.len() * S;
        let room = self.out.get_mut(self.at..end).ok_or(TOO_LONG)?;
        for (field, number) in room.as_chunks_mut::<S>().0.iter_mut().zip(numbers) {
            field[..WORD].copy_from_slice(&word);
            field[WORD..].copy_from_slice(&value(number));
        }
        self.at = end;
        self.row += numbers.len();
        Ok(())
    }

    /// Appends the value that is the first `length` bytes of `values`, and the NULLs before it; returns the others.
    #[inline]
    pub(super) fn put_first<'v>(&mut self, values: &'v [u8], length: usize) -> Result<&'v [u8], &'static str> {
        const SHORT: usize = 32;
        let (value, rest) = values.split_at_checked(length).ok_or(TOO_LONG)?;
        match values.first_chunk::<SHORT>() {
            // A copy of a fixed size is a few instructions. Bytes that it writes beyond the value are overwritten by
            // later ones.
            Some(short)
                if length <= SHORT && self.out.len() >= self.at + WORD + SHORT && !self.presence.is_bitmap() =>
            {
                let room = &mut self.out[self.at..self.at + WORD + SHORT];
                room[..WORD].copy_from_slice(&low_u32(length as u64).to_be_bytes());
                room[WORD..].copy_from_slice(short);
                self.at += WORD + length;
                self.row += 1;
            }
            _ => self.put(value)?,
        }
        Ok(rest)
    }

    /// Appends a value, and the NULLs before it.
    #[inline]
    pub(super) fn put(&mut self, value: &[u8]) -> Result<(), &'static str> {
        self.skip_nulls()?;
        let end = self.at + WORD + value.len();
        let room = self.out.get_mut(self.at..end).ok_or(TOO_LONG)?;
        room[..WORD].copy_from_slice(&low_u32(value.len() as u64).to_be_bytes());
        room[WORD..].copy_from_slice(value);
        self.at = end;
        self.row += 1;
        Ok(())
    }

    /// Appends one field, and the NULLs before it. `fill` writes the field, length word included, to the front of the
    /// room that it gets, and returns its length. Writing a fixed number of bytes in place costs a fraction of copying
    /// just the field; the next field overwrites the surplus.
    #[inline]
    pub(super) fn put_with<const N: usize>(
        &mut self,
        fill: impl FnOnce(&mut [u8; N]) -> usize,
    ) -> Result<(), &'static str> {
        self.skip_nulls()?;
        let rest = self.out.get_mut(self.at..).ok_or(TOO_LONG)?;
        self.at += match rest.first_chunk_mut::<N>() {
            Some(room) => fill(room),
            None => {
                let mut room = [0; N];
                let length = fill(&mut room);
                let field = room.get(..length).ok_or(TOO_LONG)?;
                rest.get_mut(..length).ok_or(TOO_LONG)?.copy_from_slice(field);
                length
            }
        };
        self.row += 1;
        Ok(())
    }

    #[inline]
    fn skip_nulls(&mut self) -> Result<(), &'static str> {
        while self.row < self.rows && !self.presence.has(self.row) {
            let room = self.out.get_mut(self.at..self.at + WORD).ok_or(TOO_LONG)?;
            room.copy_from_slice(&NULL);
            self.at += WORD;
            self.row += 1;
        }
        Ok(())
    }

    /// Appends the last NULLs.
    ///
    /// # Errors
    /// The fields are fewer, or shorter, than declared.
    pub(super) fn finish(mut self) -> Result<(), &'static str> {
        self.skip_nulls()?;
        match (self.row == self.rows, self.at == self.out.len()) {
            (true, true) => Ok(()),
            (false, _) => Err("it has too few values"),
            (_, false) => Err("its values are shorter than declared"),
        }
    }
}

const TOO_LONG: &str = "its values are longer than declared";
