//! Finds the delimiters of COPY text: tabs and newlines, both in one pass.
//!
//! Values are short, so a new search for each would cost more than the bytes it reads. Here a block of bytes becomes a
//! mask with a bit for each delimiter, by a loop that compilers turn into a few vector instructions.

/// As many bytes as a mask has bits.
const BLOCK_BYTES: usize = 32;

/// The positions of all tabs and newlines, in order.
pub(super) struct Delimiters<'a> {
    data: &'a [u8],
    /// Where the block of `hits` begins.
    block: usize,
    /// Where the next block begins.
    next: usize,
    /// The delimiters of the block that have not been given yet.
    hits: u32,
}

impl<'a> Delimiters<'a> {
    pub(super) fn of(data: &'a [u8]) -> Self {
        Self {
            data,
            block: 0,
            next: 0,
            hits: 0,
        }
    }

    /// Reads the next block; false at the end.
    #[inline]
    fn advance(&mut self) -> bool {
        let rest = &self.data[self.next..];
        self.block = self.next;
        self.next += rest.len().min(BLOCK_BYTES);
        self.hits = if let Some(block) = rest.first_chunk() {
            delimiters(block)
        } else if rest.is_empty() {
            return false;
        } else if let Some(block) = self.data.last_chunk() {
            // This block overlaps bytes that have been read already.
            delimiters(block) >> (BLOCK_BYTES - rest.len())
        } else {
            let mut block = [0; BLOCK_BYTES];
            block[..rest.len()].copy_from_slice(rest);
            delimiters(&block)
        };
        true
    }
}

impl Iterator for Delimiters<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.hits == 0 {
            if !self.advance() {
                return None;
            }
        }
        let at = self.block + self.hits.trailing_zeros() as usize;
        self.hits &= self.hits - 1;
        Some(at)
    }
}

#[inline]
fn delimiters(block: &[u8; BLOCK_BYTES]) -> u32 {
    let mut hits = 0;
    for (at, byte) in block.iter().enumerate() {
        hits |= u32::from(*byte == b'\t' || *byte == b'\n') << at;
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expected(data: &[u8]) -> Vec<usize> {
        let is_delimiter = |at: &usize| matches!(data[*at], b'\t' | b'\n');
        (0..data.len()).filter(is_delimiter).collect()
    }

    #[test]
    fn a_delimiter_is_found_wherever_it_is() {
        for len in 0..=3 * BLOCK_BYTES {
            for at in 0..len {
                for delimiter in [b'\t', b'\n'] {
                    let mut data = vec![b'x'; len];
                    data[at] = delimiter;
                    assert_eq!(Delimiters::of(&data).collect::<Vec<_>>(), [at], "{len}");
                }
            }
            assert_eq!(Delimiters::of(&vec![b'\x08'; len]).count(), 0);
            assert_eq!(Delimiters::of(&vec![b'\t'; len]).count(), len);
        }
    }

    proptest! {
        #[test]
        fn all_delimiters_are_found(data in proptest::collection::vec(7..12_u8, 0..300)) {
            prop_assert_eq!(Delimiters::of(&data).collect::<Vec<_>>(), expected(&data));
        }
    }
}
