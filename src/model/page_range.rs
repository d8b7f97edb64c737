//! A run of heap pages: the part of a large table that one read covers, and from which the rows of a chunk came.

/// One run of heap pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// First page, inclusive.
    pub first: u32,
    /// One past the last page; absent in a table's last range, because it may grow.
    pub end: Option<u32>,
}
