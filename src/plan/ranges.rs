//! Cuts large tables into heap page ranges that connections read independently.
//!
//! Pure: sizes in, ranges out. A range is `WHERE ctid >= '(first,0)' AND ctid < '(end,0)'`, which
//! PostgreSQL 14 and later scan without touching other pages. Bounds are multiples of a power of
//! two that depends on the table alone, never on the number of jobs, so that two dumps of an
//! unchanged table cut it at the same pages.

/// How much of a table, TOAST included, one range should hold.
pub const RANGE_BYTES: u64 = 64 << 20;

/// One run of heap pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// First page, inclusive.
    pub first: u32,
    /// One past the last page; absent in a table's last range, because it may grow.
    pub end: Option<u32>,
}

impl PageRange {
    /// The SQL condition that a row lies in it; `ctid` is that column's name.
    pub fn condition(self, ctid: &str) -> String {
        let first = format!("{ctid} >= '({},0)'::pg_catalog.tid", self.first);
        match self.end {
            Some(end) => format!("{first} AND {ctid} < '({end},0)'::pg_catalog.tid"),
            None => first,
        }
    }
}

/// What is known of a table's size when the dump is planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableSize {
    pub heap_pages: u64,
    pub toast_pages: u64,
    /// Bytes of a page, 8192 unless the server was built otherwise.
    pub page_bytes: u64,
}

/// The ranges of a table, in page order; a single `None` means "read it whole".
pub fn cut(size: TableSize) -> Vec<Option<PageRange>> {
    let heap = size.heap_pages.min(u64::from(u32::MAX));
    let step = u64::from(step_pages(size));
    if heap <= step {
        return vec![None];
    }
    let mut ranges = Vec::new();
    let mut first = 0;
    while first < heap {
        let next = first + step;
        let end = (next < heap).then_some(next as u32);
        ranges.push(Some(PageRange {
            first: first as u32,
            end,
        }));
        first = next;
    }
    ranges
}

/// Heap pages of one range: the largest power of two whose share of heap and TOAST is at most
/// [`RANGE_BYTES`]. A power of two moves only when the table's shape changes a lot.
fn step_pages(size: TableSize) -> u32 {
    let total = (size.heap_pages.saturating_add(size.toast_pages)).max(1);
    let wanted_pages = RANGE_BYTES / size.page_bytes.max(1);
    let share = u128::from(wanted_pages) * u128::from(size.heap_pages.max(1)) / u128::from(total);
    let share = share.clamp(1, 1 << 30) as u32;
    1 << (31 - share.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(heap_pages: u64, toast_pages: u64) -> TableSize {
        TableSize {
            heap_pages,
            toast_pages,
            page_bytes: 8192,
        }
    }

    #[test]
    fn a_small_table_is_read_whole() {
        assert_eq!(cut(size(0, 0)), [None]);
        assert_eq!(cut(size(8192, 0)), [None]);
    }

    #[test]
    fn ranges_meet_without_gap_and_the_last_is_open() {
        let ranges: Vec<PageRange> = cut(size(20_000, 0)).into_iter().map(|r| r.expect("cut")).collect();
        assert_eq!(ranges.first().map(|r| r.first), Some(0));
        assert!(ranges.windows(2).all(|pair| pair[0].end == Some(pair[1].first)));
        assert_eq!(ranges.last().and_then(|r| r.end), None);
        assert_eq!(ranges.len(), 3);
    }

    #[test]
    fn a_small_heap_with_much_toast_is_cut() {
        let ranges = cut(size(1_000, 1_000_000));
        assert!(ranges.len() > 50, "{} ranges", ranges.len());
        assert!(ranges.len() < 300, "{} ranges", ranges.len());
    }

    #[test]
    fn a_grown_table_keeps_its_earlier_bounds() {
        let before = cut(size(20_000, 0));
        let after = cut(size(30_000, 0));
        assert_eq!(before[..before.len() - 1], after[..before.len() - 1]);
    }

    #[test]
    fn extreme_sizes_end() {
        assert!(!cut(size(u64::MAX, 0)).is_empty());
        assert!(
            !cut(TableSize {
                heap_pages: 9,
                toast_pages: u64::MAX,
                page_bytes: 0
            })
            .is_empty()
        );
    }
}
