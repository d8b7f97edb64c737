//! Damage to archives, by kind and place or at random from a seed: what disks, copies and people do to files.

use std::ops::Range;

use pgark::format::header::HEADER_BYTES;
use pgark::format::trailer::TRAILER_BYTES;
use pgark::format::{RecordHeader, RecordKind, Scan, ScanItem};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// One bit is another.
    Flip,
    /// Up to 16 bytes become 0.
    Zero,
    /// The rest is gone.
    Truncate,
    /// Up to 16 bytes come twice.
    Duplicate,
    /// Up to 16 bytes change places with those behind them.
    Reorder,
    /// Up to 16 bytes are those of another archive.
    Splice,
    /// A whole part comes twice.
    DuplicatePart,
    /// A whole part changes places with the next.
    ReorderPart,
    /// A whole part is that of another archive.
    SplicePart,
    /// A whole part is missing.
    DropPart,
}

pub const ACTIONS: [Action; 10] = [
    Action::Flip,
    Action::Zero,
    Action::Truncate,
    Action::Duplicate,
    Action::Reorder,
    Action::Splice,
    Action::DuplicatePart,
    Action::ReorderPart,
    Action::SplicePart,
    Action::DropPart,
];

const FEW: usize = 16;

/// Header, record or trailer.
#[derive(Clone, Debug)]
pub struct Part {
    pub range: Range<usize>,
    /// Of a record.
    pub header: Option<RecordHeader>,
}

impl Part {
    pub fn kind(&self) -> Option<RecordKind> {
        self.header.as_ref().map(|header| header.kind)
    }

    pub fn is_chunk(&self) -> bool {
        self.kind() == Some(RecordKind::Chunk)
    }
}

/// The parts of a good archive; every byte is in one.
pub fn parts(bytes: &[u8]) -> Vec<Part> {
    let part = |range: Range<usize>, header| Part { range, header };
    let records = Scan::new(bytes, None).filter_map(|item| match item {
        ScanItem::Record { offset, header } => {
            let end = offset + header.record_bytes() as usize;
            Some(part(offset..end, Some(header)))
        }
        _ => None,
    });
    let mut parts = vec![part(0..HEADER_BYTES, None)];
    parts.extend(records);
    parts.push(part(bytes.len() - TRAILER_BYTES..bytes.len(), None));
    parts
}

/// The archive after `action` at byte `at`, which is in the part `number`. May be what it was.
pub fn damaged(bytes: &[u8], parts: &[Part], number: usize, at: usize, action: Action, other: &[u8]) -> Vec<u8> {
    let mut new = bytes.to_vec();
    let few = at..(at + FEW).min(bytes.len());
    let part = parts[number].range.clone();
    match action {
        Action::Flip => new[at] ^= 1 << (at % 8),
        Action::Zero => new[few].fill(0),
        Action::Truncate => new.truncate(at),
        Action::Duplicate => drop(new.splice(at..at, bytes[few].iter().copied())),
        Action::Reorder => new[at..(at + 2 * FEW).min(bytes.len())].rotate_left(few.len().min((bytes.len() - at) / 2)),
        Action::Splice => {
            let from = at.min(other.len().saturating_sub(few.len()));
            new[few.clone()].copy_from_slice(&other[from..from + few.len()]);
        }
        Action::DuplicatePart => drop(new.splice(part.end..part.end, bytes[part].iter().copied())),
        Action::ReorderPart => {
            if let Some(next) = parts.get(number + 1) {
                new[part.start..next.range.end].rotate_left(part.len());
            }
        }
        Action::SplicePart => {
            let of_other = self::parts(other);
            let same = &of_other[number.min(of_other.len() - 1)];
            drop(new.splice(part, other[same.range.clone()].iter().copied()));
        }
        Action::DropPart => drop(new.drain(part)),
    }
    new
}

/// One to four damages from a seed, and what was done. Parts are hit alike, whatever their length; half of the
/// places are at a border of the part.
pub fn at_random(bytes: &[u8], other: &[u8], seed: u64) -> (String, Vec<u8>) {
    let mut numbers = Numbers(seed);
    let mut new = bytes.to_vec();
    let mut done = format!("seed {seed}:");
    for _ in 0..1 + numbers.below(8).saturating_sub(4) {
        let parts = match new.len() > HEADER_BYTES + TRAILER_BYTES {
            true => parts(&new),
            false => break,
        };
        let number = numbers.below(parts.len());
        let part = parts[number].range.clone();
        if part.is_empty() {
            break;
        }
        let at = match numbers.below(4) {
            0 => part.start,
            1 => part.end - 1,
            _ => part.start + numbers.below(part.len()),
        };
        let action = ACTIONS[numbers.below(ACTIONS.len())];
        new = damaged(&new, &parts, number, at, action, other);
        done.push_str(&format!(
            " {action:?} at {at} in part {number} {:?};",
            parts[number].kind()
        ));
    }
    (done, new)
}

/// Repeatable numbers (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// How many damaged archives a test makes: `PGARK_DAMAGED`, or so many.
pub fn count(usual: u64) -> u64 {
    let set = std::env::var("PGARK_DAMAGED").ok();
    set.map_or(usual, |count| count.parse().expect("PGARK_DAMAGED is a number"))
}

/// Whether everything is to be tried: some tests leave most of it to the long run.
pub fn is_long() -> bool {
    std::env::var_os("PGARK_DAMAGED").is_some()
}

/// The most memory that this process had at a time, in KiB.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
