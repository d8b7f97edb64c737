//! Cuts large objects, whose sizes are known, into reads that connections run independently.
//!
//! Pure: sizes in, ranges out.

/// A run of bytes of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ObjectRange {
    pub oid: u32,
    /// First byte, and one past the last.
    pub start: u64,
    pub end: u64,
    /// Size of the whole object, in bytes.
    pub size: u64,
}

/// Reads of about `read_bytes` each: parts of one huge object, or many small ones, at most `objects`. Ranges begin at
/// multiples of `unit`, which divides `read_bytes`. Empty objects are in no read.
pub(crate) fn gather(sizes: &[(u32, u64)], unit: u64, read_bytes: u64, objects: usize) -> Vec<Vec<ObjectRange>> {
    let mut reads = Vec::new();
    let mut open: Vec<ObjectRange> = Vec::new();
    let mut room = read_bytes;
    for &(oid, size) in sizes {
        let mut start = 0;
        while start < size {
            if room < unit || open.len() >= objects {
                reads.push(std::mem::take(&mut open));
                room = read_bytes;
            }
            let end = size.min(start + room / unit * unit);
            room -= (end - start).min(room);
            open.push(ObjectRange { oid, start, end, size });
            start = end;
        }
    }
    if !open.is_empty() {
        reads.push(open);
    }
    reads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_objects_share_a_read_and_a_huge_one_has_many() {
        let reads = gather(&[(1, 3), (2, 0), (3, 95), (4, 1)], 10, 40, 100);
        let flat: Vec<Vec<(u32, u64, u64)>> = reads
            .iter()
            .map(|read| read.iter().map(|r| (r.oid, r.start, r.end)).collect())
            .collect();
        assert_eq!(
            flat,
            [
                vec![(1, 0, 3), (3, 0, 30)],
                vec![(3, 30, 70)],
                vec![(3, 70, 95), (4, 0, 1)]
            ]
        );
    }

    #[test]
    fn ranges_meet_without_gap_and_reads_are_bounded() {
        let sizes: Vec<(u32, u64)> = (1..500).map(|oid| (oid, u64::from(oid) * 37 % 911)).collect();
        let reads = gather(&sizes, 16, 512, 7);
        assert!(reads.iter().all(|read| !read.is_empty() && read.len() <= 7));
        for (oid, size) in sizes {
            let mut at = 0;
            for range in reads.iter().flatten().filter(|range| range.oid == oid) {
                assert_eq!((range.start, range.start % 16, range.size), (at, 0, size));
                assert!(range.end > range.start);
                at = range.end;
            }
            assert_eq!(at, size);
        }
    }
}
