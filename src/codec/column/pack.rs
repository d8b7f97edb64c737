//! Numbers of a few bits or bytes each: packed bits, or one plane of bytes after the other.
//!
//! Up to 4 bits, several numbers share a byte, the first in the lowest bits. From 8 bits on, the lowest bytes of all
//! numbers come first, then all next ones. Each plane is as regular as its place in the numbers, which helps zstd, and
//! a plane of noise costs zstd next to nothing.

use crate::codec::column::output::Output;
use crate::codec::narrow::low_u8;

/// How many numbers are unpacked at a time; they stay in the first cache.
pub(super) const BLOCK: usize = 1024;

/// The fewest bits that hold `most`: 0, 1, 2, 4 or a multiple of 8.
pub(super) fn bits_for(most: u64) -> u8 {
    let bits = match 64 - most.leading_zeros() {
        bits @ 0..=2 => bits,
        3..=4 => 4,
        bits => bits.next_multiple_of(8),
    };
    low_u8(bits.into())
}

/// Whether [`bits_for`] can have given `bits`.
pub(super) fn are_bits(bits: u8) -> bool {
    matches!(bits, 0 | 1 | 2 | 4 | 8 | 16 | 24 | 32 | 40 | 48 | 56 | 64)
}

/// Bytes of `count` numbers of `bits`.
pub(super) fn packed_bytes(count: usize, bits: u8) -> Option<usize> {
    match bits {
        0..8 => Some(count.checked_mul(bits.into())?.div_ceil(8)),
        _ => count.checked_mul(usize::from(bits / 8)),
    }
}

/// Appends the lowest `bits` of each number.
pub(super) fn pack(numbers: impl ExactSizeIterator<Item = u64> + Clone, bits: u8, out: &mut Output) {
    match bits {
        0 => {}
        1 => pack_bits::<1>(numbers, out),
        2 => pack_bits::<2>(numbers, out),
        4 => pack_bits::<4>(numbers, out),
        _ => {
            for shift in (0..bits).step_by(8) {
                out.cut();
                out.bytes.extend(numbers.clone().map(|number| low_u8(number >> shift)));
            }
        }
    }
}

fn pack_bits<const BITS: usize>(mut numbers: impl ExactSizeIterator<Item = u64>, out: &mut Output) {
    for _ in 0..(numbers.len() * BITS).div_ceil(8) {
        let byte = (0..8 / BITS)
            .zip(&mut numbers)
            .fold(0, |byte, (at, number)| byte | number << (at * BITS));
        out.push(low_u8(byte));
    }
}

/// Unpacks the numbers from `first` on, a multiple of [`BLOCK`], into as much of `block` as there are numbers. `packed`
/// holds all `count` numbers, in as many bytes as [`packed_bytes`] says.
pub(super) fn unpack<'b>(
    packed: &[u8],
    count: usize,
    bits: u8,
    first: usize,
    block: &'b mut [u64; BLOCK],
) -> &'b mut [u64] {
    let found = count.saturating_sub(first).min(BLOCK);
    match bits {
        0 => block.fill(0),
        1 => unpack_bits::<1>(packed, first, block),
        2 => unpack_bits::<2>(packed, first, block),
        4 => unpack_bits::<4>(packed, first, block),
        8 => unpack_planes::<1>(packed, count, first, block),
        16 => unpack_planes::<2>(packed, count, first, block),
        24 => unpack_planes::<3>(packed, count, first, block),
        32 => unpack_planes::<4>(packed, count, first, block),
        40 => unpack_planes::<5>(packed, count, first, block),
        48 => unpack_planes::<6>(packed, count, first, block),
        56 => unpack_planes::<7>(packed, count, first, block),
        _ => unpack_planes::<8>(packed, count, first, block),
    }
    &mut block[..found]
}

fn unpack_bits<const BITS: usize>(packed: &[u8], first: usize, block: &mut [u64; BLOCK]) {
    let bytes = packed.get(first * BITS / 8..).unwrap_or_default();
    let mask = (1 << BITS) - 1;
    for (numbers, byte) in block.chunks_exact_mut(8 / BITS).zip(bytes) {
        for (at, number) in numbers.iter_mut().enumerate() {
            *number = u64::from(*byte) >> (at * BITS) & mask;
        }
    }
}

fn unpack_planes<const PLANES: usize>(packed: &[u8], count: usize, first: usize, block: &mut [u64; BLOCK]) {
    let mut padded = [[0; BLOCK]; PLANES];
    let planes: [&[u8; BLOCK]; PLANES] = {
        let mut pads = padded.iter_mut();
        std::array::from_fn(|plane| {
            let begin = plane * count + first;
            let pad = pads.next();
            match packed.get(begin..begin + BLOCK).and_then(<[u8]>::first_chunk) {
                Some(whole) if first + BLOCK <= count => whole,
                _ => pad_block(packed.get(begin..(plane + 1) * count), pad),
            }
        })
    };
    for (at, number) in block.iter_mut().enumerate() {
        *number = (0..PLANES).fold(0, |number, plane| number | u64::from(planes[plane][at]) << (8 * plane));
    }
}

/// The last, short block of a plane, with zeros behind it.
fn pad_block<'p>(plane: Option<&[u8]>, pad: Option<&'p mut [u8; BLOCK]>) -> &'p [u8; BLOCK] {
    match (plane, pad) {
        (Some(plane), Some(pad)) => {
            for (to, from) in pad.iter_mut().zip(plane) {
                *to = *from;
            }
            pad
        }
        _ => &[0; BLOCK],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_and_count_round_trips() {
        for bits in (0..=64).filter(|bits| are_bits(*bits)) {
            for count in [0, 1, 2, 7, 8, 9, 1023, 1024, 1025, 3000] {
                let mask = if bits == 0 { 0 } else { u64::MAX >> (64 - bits) };
                let numbers: Vec<u64> = (0..count as u64)
                    .map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) & mask)
                    .collect();
                let mut out = Output::default();
                pack(numbers.iter().copied(), bits, &mut out);
                let packed = out.bytes;
                assert_eq!(Some(packed.len()), packed_bytes(count, bits));
                let mut back = Vec::new();
                for first in (0..count).step_by(BLOCK) {
                    let mut block = [u64::MAX; BLOCK];
                    back.extend_from_slice(unpack(&packed, count, bits, first, &mut block));
                }
                assert_eq!(back, numbers, "{bits} bits, {count} numbers");
            }
        }
    }

    #[test]
    fn bits_are_the_fewest() {
        let expected = [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 2),
            (4, 4),
            (15, 4),
            (16, 8),
            (255, 8),
            (256, 16),
            (u64::MAX, 64),
        ];
        for (most, bits) in expected {
            assert_eq!(bits_for(most), bits, "{most}");
            assert!(are_bits(bits));
        }
    }
}
