//! Integers in decimal and hexadecimal.

use crate::codec::narrow::{low_u8, to_usize};

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i as usize] = [b'0' + i / 10, b'0' + i % 10];
        i += 1;
    }
    pairs
};

const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        pairs[i] = [digits[i >> 4], digits[i & 15]];
        i += 1;
    }
    pairs
};

/// Digits of the largest `u64`.
const MAX_DIGITS: usize = 20;

fn pair(value: u64) -> [u8; 2] {
    PAIRS[to_usize(value % 100)]
}

pub(super) fn push_u64(value: u64, out: &mut Vec<u8>) {
    let mut buffer = [0; MAX_DIGITS];
    let start = write_u64(value, &mut buffer);
    out.extend_from_slice(&buffer[start..]);
}

pub(super) fn push_i64(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    push_u64(value.unsigned_abs(), out);
}

/// Writes the digits to the end of `buffer`; returns where they start.
pub(super) fn write_u64(mut value: u64, buffer: &mut [u8; MAX_DIGITS]) -> usize {
    let mut at = MAX_DIGITS;
    while value >= 100 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&pair(value));
        value /= 100;
    }
    if value >= 10 {
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&pair(value));
    } else {
        at -= 1;
        buffer[at] = b'0' + low_u8(value);
    }
    at
}

/// Two digits of a value under 100.
pub(super) fn push_2(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&pair(value));
}

/// The four digits of a value under 10,000.
pub(super) fn four(value: u64) -> [u8; 4] {
    let ([a, b], [c, d]) = (pair(value / 100), pair(value));
    [a, b, c, d]
}

/// The six digits of a value under a million.
pub(super) fn six(value: u64) -> [u8; 6] {
    let ([a, b], [c, d, e, f]) = (pair(value / 10_000), four(value));
    [a, b, c, d, e, f]
}

pub(super) fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    write_hex(bytes, &mut out[start..]);
}

/// Writes two digits for each byte, as far as `text` reaches.
pub(super) fn write_hex(bytes: &[u8], text: &mut [u8]) {
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&HEX[usize::from(*byte)]);
    }
}
