//! The part of an archive that a scan looks at, and the payloads that are taken from it on the way.
//!
//! A source that lends its bytes lends all of them at once. Of another one the window holds a piece
//! ([`ReadAt::piece_bytes`]) and what is left of the one before; a scan from front to back reads each byte once.

use std::borrow::Cow;
use std::io;

use crate::format::View;
use crate::format::limits::MAX_TRUSTED_ALLOCATION;
use crate::read_at::{ReadAt, exactly};

pub(crate) struct Window<'a> {
    source: &'a dyn ReadAt,
    len: u64,
    piece: usize,
    /// The place of `held`.
    start: u64,
    held: Cow<'a, [u8]>,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            source,
            len: source.len(),
            piece: source.piece_bytes().max(1),
            start: 0,
            held: Cow::Borrowed(&[]),
        }
    }

    /// Bytes for the caller to keep: borrowed from a source that lends them. They must lie within the source.
    pub(super) fn take(&mut self, from: u64, bytes: u64) -> io::Result<Cow<'a, [u8]>> {
        let length = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let skipped = self.skipped(from);
        if let (Cow::Borrowed(held), Some(skipped)) = (&self.held, skipped)
            && let Some(taken) = held.get(skipped..).and_then(|rest| rest.get(..length))
        {
            return Ok(Cow::Borrowed(taken));
        }
        let held = skipped.and_then(|skipped| self.held.get(skipped..)).unwrap_or_default();
        let mut taken = Vec::with_capacity(length.min(MAX_TRUSTED_ALLOCATION));
        taken.extend_from_slice(&held[..held.len().min(length)]);
        while taken.len() < length {
            let at = from + taken.len() as u64;
            let piece = (length - taken.len()).min(self.piece);
            let read = exactly(self.source, at..at + piece as u64)?;
            if piece == length {
                return Ok(read);
            }
            taken.extend_from_slice(&read);
        }
        Ok(Cow::Owned(taken))
    }

    /// How many of the held bytes lie before a place, if it is among them or right behind them.
    fn skipped(&self, from: u64) -> Option<usize> {
        let skipped = usize::try_from(from.checked_sub(self.start)?).ok()?;
        (skipped <= self.held.len()).then_some(skipped)
    }

    fn held_from(&self, from: u64) -> &[u8] {
        let held = self.skipped(from).and_then(|skipped| self.held.get(skipped..));
        held.unwrap_or_default()
    }

    fn fill(&mut self, from: u64, least: usize) -> io::Result<()> {
        let kept = match &self.held {
            Cow::Owned(_) => self.held_from(from).to_vec(),
            // It costs nothing to borrow the same bytes once more.
            Cow::Borrowed(_) => Vec::new(),
        };
        let at = from + kept.len() as u64;
        let more = least.saturating_sub(kept.len()).max(self.piece) as u64;
        // What was held goes before more is read.
        self.held = Cow::Borrowed(&[]);
        let read = exactly(self.source, at..at.saturating_add(more).min(self.len))?;
        self.held = match kept.is_empty() {
            true => read,
            false => Cow::Owned([&kept, &*read].concat()),
        };
        self.start = from;
        Ok(())
    }
}

impl View for Window<'_> {
    type Error = io::Error;

    fn len(&self) -> u64 {
        self.len
    }

    fn show(&mut self, from: u64, least: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.len.saturating_sub(from)).unwrap_or(usize::MAX);
        let least = least.min(left);
        if self.held_from(from).len() < least {
            self.fill(from, least)?;
        }
        Ok(self.held_from(from))
    }
}
