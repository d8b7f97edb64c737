//! A column as COPY BINARY's fields: for each row a length word, and a value unless the word says NULL.

use crate::codec::error::CodecError;

/// Bytes of a length word.
pub(super) const WORD: usize = 4;

/// The length word of NULL.
pub(super) const NULL: [u8; WORD] = [0xFF; WORD];

/// A column whose length words have been checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    pub fields: &'a [u8],
    pub rows: usize,
    pub nulls: usize,
    /// The length of every value, if there are values and all have the same.
    pub width: Option<usize>,
}

impl<'a> Column<'a> {
    /// # Errors
    /// There are not as many fields as `rows`, or bytes follow the last field.
    pub(super) fn read(fields: &'a [u8], rows: usize) -> Result<Self, CodecError> {
        match Self::read_uniform(fields, rows) {
            Some(column) => Ok(column),
            None => Self::walk(fields, rows).map_err(|problem| CodecError::Fields { problem }),
        }
    }

    /// Reads the usual column, with one width and no NULL, without following one field to the next.
    pub(super) fn read_uniform(fields: &'a [u8], rows: usize) -> Option<Self> {
        let word = fields.first_chunk::<WORD>()?;
        let width = usize::try_from(i32::from_be_bytes(*word)).ok()?;
        if fields.len() != rows.checked_mul(WORD + width)? {
            return None;
        }
        let mut uniform = true;
        // In pieces, so that another kind of column is noticed early.
        for piece in fields.chunks(256 * (WORD + width)) {
            uniform &= match width {
                1 => same_words::<5>(piece, word),
                2 => same_words::<6>(piece, word),
                4 => same_words::<8>(piece, word),
                8 => same_words::<12>(piece, word),
                _ => piece.chunks_exact(WORD + width).all(|field| field.starts_with(word)),
            };
            if !uniform {
                return None;
            }
        }
        Some(Self {
            fields,
            rows,
            nulls: 0,
            width: Some(width),
        })
    }

    fn walk(fields: &'a [u8], rows: usize) -> Result<Self, &'static str> {
        let mut rest = fields;
        let mut nulls = 0;
        let (mut least, mut most) = (usize::MAX, 0);
        for _ in 0..rows {
            let (word, after) = rest.split_first_chunk::<WORD>().ok_or("a length word is cut off")?;
            rest = after;
            match i32::from_be_bytes(*word) {
                -1 => nulls += 1,
                length => {
                    let length = usize::try_from(length).map_err(|_| "a length is negative")?;
                    rest = rest.get(length..).ok_or("a value is cut off")?;
                    least = least.min(length);
                    most = most.max(length);
                }
            }
        }
        if !rest.is_empty() {
            return Err("bytes follow the last field");
        }
        Ok(Self {
            fields,
            rows,
            nulls,
            width: (least == most).then_some(most),
        })
    }

    /// Rows that are not NULL.
    pub(super) fn values_count(&self) -> usize {
        self.rows - self.nulls
    }

    /// The values that are not NULL.
    pub(super) fn values(&self) -> Values<'a> {
        Values {
            rest: self.fields,
            stride: self.width.filter(|_| self.nulls == 0).map(|width| WORD + width),
        }
    }

    /// Calls `each` with every value that is not NULL: where it begins in [`Column::fields`], and where it ends.
    #[inline]
    pub(super) fn each_range(&self, mut each: impl FnMut(usize, usize)) {
        let mut at = 0;
        while let Some(word) = self.fields.get(at..).and_then(<[u8]>::first_chunk) {
            at += WORD;
            if let Ok(length) = usize::try_from(i32::from_be_bytes(*word)) {
                each(at, at + length);
                at += length;
            }
        }
    }

    /// For each row, whether it is not NULL.
    pub(super) fn present(&self) -> impl Iterator<Item = bool> {
        let mut rest = self.fields;
        std::iter::from_fn(move || {
            let (word, after) = rest.split_first_chunk::<WORD>()?;
            let length = usize::try_from(i32::from_be_bytes(*word));
            rest = after.get(length.unwrap_or(0)..)?;
            Some(length.is_ok())
        })
    }

    /// Calls `each` with every value; all have `W` bytes.
    #[inline]
    pub(super) fn each_fixed<const W: usize>(&self, mut each: impl FnMut(&[u8; W])) {
        if self.nulls == 0 {
            for field in self.fields.chunks_exact(WORD + W) {
                if let Some(value) = field[WORD..].first_chunk() {
                    each(value);
                }
            }
        } else {
            self.values().filter_map(|value| value.first_chunk()).for_each(each);
        }
    }

    /// Some of the fields: up to `slices` runs of about `rows / slices` rows, evenly spread.
    pub(super) fn sample(&self, rows: usize, slices: usize) -> (Vec<u8>, usize) {
        let (run, period) = (rows / slices, self.rows / slices);
        let mut sample = Vec::new();
        let mut taken = 0;
        let (mut row, mut begin, mut at) = (0, 0, 0);
        while row < self.rows {
            let slice_row = row % period;
            if slice_row == 0 {
                begin = at;
            }
            at = self.after(at, 1);
            row += 1;
            if slice_row + 1 == run {
                sample.extend_from_slice(&self.fields[begin..at]);
                taken += run;
                let skipped = (period - run).min(self.rows - row);
                at = self.after(at, skipped);
                row += skipped;
            }
        }
        (sample, taken)
    }

    /// The beginning of the field that is `count` fields after the one at `at`.
    fn after(&self, at: usize, count: usize) -> usize {
        if let (Some(width), 0) = (self.width, self.nulls) {
            return at + count * (WORD + width);
        }
        (0..count).fold(at, |at, _| match self.fields.get(at..at + WORD) {
            Some(&[a, b, c, d]) => at + WORD + usize::try_from(i32::from_be_bytes([a, b, c, d])).unwrap_or(0),
            _ => at,
        })
    }
}

fn same_words<const STRIDE: usize>(fields: &[u8], word: &[u8; WORD]) -> bool {
    let word = u32::from_ne_bytes(*word);
    fields
        .chunks_exact(STRIDE)
        .fold(0, |different, field| match field.first_chunk() {
            Some(found) => different | (u32::from_ne_bytes(*found) ^ word),
            None => 1,
        })
        == 0
}

/// Iterator of [`Column::values`].
#[derive(Clone)]
pub(super) struct Values<'a> {
    rest: &'a [u8],
    /// The length of every field, if all have the same: the next field is then found without looking at this one.
    stride: Option<usize>,
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if let Some(stride) = self.stride {
            let (field, rest) = self.rest.split_at_checked(stride)?;
            self.rest = rest;
            return field.get(WORD..);
        }
        loop {
            let (word, rest) = self.rest.split_first_chunk::<WORD>()?;
            let Ok(length) = usize::try_from(i32::from_be_bytes(*word)) else {
                self.rest = rest;
                continue;
            };
            let (value, rest) = rest.split_at_checked(length)?;
            self.rest = rest;
            return Some(value);
        }
    }
}
