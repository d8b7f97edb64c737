//! Cuts large tables into heap page ranges that connections read independently.
//!
//! Pure: sizes in, ranges out. A range is `WHERE ctid >= '(first,0)' AND ctid < '(end,0)'`, which
//! PostgreSQL 14 and later scan without touching other pages. Bounds are multiples of a power of
//! two that depends on the table alone, never on the number of jobs, so that two dumps of an
//! unchanged table cut it at the same pages.
//!
//! A table is measured when its snapshot is there. Pages that it gains afterwards hold no row that the snapshot sees,
//! and the last range is open all the same. The table cannot shrink below such a row either: VACUUM keeps the row, and
//! cuts no pages off a table that somebody has locked. A range without visible rows gives no rows, which does no harm.
//!
//! A server of version 13 scans the whole heap for every range and drops the rows of the others, which is cheap
//! compared with printing those that it keeps (`docs/decisions/006-page-ranges-of-13.md`). So a table has as many
//! ranges there as there are sessions, and only one if every scan would come from the disk.

use crate::model::PageRange;

/// How much of a table, TOAST included, one range should hold.
pub(crate) const RANGE_BYTES: u64 = 64 << 20;

/// The SQL condition that a row lies in the range; `ctid` is that column's name.
pub(crate) fn condition(range: PageRange, ctid: &str) -> String {
    let first = format!("{ctid} >= '({},0)'::pg_catalog.tid", range.first);
    match range.end {
        Some(end) => format!("{first} AND {ctid} < '({end},0)'::pg_catalog.tid"),
        None => first,
    }
}

/// A table's size, as known when the dump is planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableSize {
    pub heap_pages: u64,
    pub toast_pages: u64,
    /// Bytes of a page, 8192 unless the server was built otherwise.
    pub page_bytes: u64,
}

/// The ranges of a table, in page order; a single `None` means "read it whole".
pub(crate) fn cut(size: TableSize) -> Vec<Option<PageRange>> {
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

/// The cost of a condition on `ctid` for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cutting {
    /// The server reads the pages of the range: 14 and later.
    Pages,
    /// The server scans the whole heap: 13. A table is cut for as many simultaneous scans as there are sessions, and
    /// only if its heap stays in memory between them. TOAST is read only for the rows of the range.
    Scans { sessions: u64, memory_bytes: u64 },
}

impl Cutting {
    /// The ranges of a table, in page order; a single `None` means "read it whole".
    pub(crate) fn cut(self, size: TableSize) -> Vec<Option<PageRange>> {
        match self {
            Self::Pages => cut(size),
            Self::Scans { sessions, memory_bytes }
                if size.heap_pages.saturating_mul(size.page_bytes) <= memory_bytes =>
            {
                cut_for_scans(size, sessions)
            }
            Self::Scans { .. } => vec![None],
        }
    }
}

/// At most `scans` ranges, whose bounds are among those of [`cut`].
fn cut_for_scans(size: TableSize, scans: u64) -> Vec<Option<PageRange>> {
    let ranges = cut(size);
    let merged = (ranges.len() as u64).div_ceil(scans.max(1)) as usize;
    if merged >= ranges.len() {
        return vec![None];
    }
    let whole = |run: &[Option<PageRange>]| {
        let (first, last) = (run.first().copied().flatten()?, run.last().copied().flatten()?);
        Some(PageRange {
            first: first.first,
            end: last.end,
        })
    };
    ranges.chunks(merged.max(1)).map(whole).collect()
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
    fn one_page_of_much_toast_is_a_range() {
        // 100 pages, 5 GB: every page has more TOAST than a range should hold.
        let ranges = cut(size(100, 655_360));
        assert_eq!(ranges.len(), 100);
        assert_eq!(
            ranges[42],
            Some(PageRange {
                first: 42,
                end: Some(43)
            })
        );
        assert_eq!(ranges[99], Some(PageRange { first: 99, end: None }));
    }

    #[test]
    fn scans_share_a_table_without_gap() {
        assert_eq!(cut_for_scans(size(8192, 0), 4), [None]);
        assert_eq!(cut_for_scans(size(100_000, 0), 1), [None]);
        let cutting = Cutting::Scans {
            sessions: 2,
            memory_bytes: 1 << 30,
        };
        assert_eq!(cutting.cut(size(100_000, 0)).len(), 2);
        assert_eq!(cutting.cut(size(200_000, 0)), [None]);
        for (heap, scans) in [(8193, 2), (20_000, 2), (100_000, 3), (100_000, 8), (100_000, 1000)] {
            let ranges: Vec<PageRange> = cut_for_scans(size(heap, 0), scans).into_iter().flatten().collect();
            assert!(ranges.len() > 1 && ranges.len() as u64 <= scans);
            assert_eq!(ranges.first().map(|r| r.first), Some(0));
            assert!(ranges.windows(2).all(|pair| pair[0].end == Some(pair[1].first)));
            assert!(ranges.iter().all(|r| r.first % 8192 == 0));
            assert_eq!(ranges.last().and_then(|r| r.end), None);
        }
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
