//! A run of heap pages: what one read of a large table takes, and what a chunk says of its rows.

/// One run of heap pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// First page, inclusive.
    pub first: u32,
    /// One past the last page; absent in a table's last range, because it may grow.
    pub end: Option<u32>,
}
