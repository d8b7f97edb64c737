//! Addresses: `inet`, `cidr`, `macaddr`, `macaddr8`.

use super::bytes::{Bytes, fixed};
use super::digits::{push_u64, write_hex};
use super::error::PrintError;

const V4: u8 = 2;
const V6: u8 = 3;

/// Prints an address, without its netmask if that covers all bits.
pub(super) fn inet(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    address("inet", value, false, out)
}

pub(super) fn cidr(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    address("cidr", value, true, out)
}

fn address(kind: &'static str, value: &[u8], mask_always: bool, out: &mut Vec<u8>) -> Result<(), PrintError> {
    let mut bytes = Bytes::new(kind, value);
    let [family, mask, _is_cidr, length] = bytes.array()?;
    let all_bits = match (family, length) {
        (V4, 4) => {
            push_v4(bytes.array()?, out);
            32
        }
        (V6, 16) => {
            push_v6(bytes.array()?, out);
            128
        }
        _ => return Err(bytes.invalid("is of an unknown address family")),
    };
    bytes.end()?;
    if mask > all_bits {
        return Err(bytes.invalid("has a netmask of too many bits"));
    }
    if mask_always || mask < all_bits {
        out.push(b'/');
        push_u64(mask.into(), out);
    }
    Ok(())
}

fn push_v4(octets: [u8; 4], out: &mut Vec<u8>) {
    for (i, octet) in octets.into_iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        push_u64(octet.into(), out);
    }
}

fn push_v6(octets: [u8; 16], out: &mut Vec<u8>) {
    let words: [u16; 8] = std::array::from_fn(|i| u16::from_be_bytes([octets[2 * i], octets[2 * i + 1]]));
    let zeros = longest_zeros(&words);
    for (i, word) in words.into_iter().enumerate() {
        if zeros.contains(&i) {
            if i == zeros.start {
                out.push(b':');
            }
            continue;
        }
        if i > 0 {
            out.push(b':');
        }
        if i == 6 && ends_in_v4(&words, &zeros) {
            let [.., a, b, c, d] = octets;
            push_v4([a, b, c, d], out);
            return;
        }
        push_word(word, out);
    }
    if zeros.end == 8 {
        out.push(b':');
    }
}

/// The first of the longest runs of two or more zeros, which `::` stands for; empty if there is none.
fn longest_zeros(words: &[u16; 8]) -> std::ops::Range<usize> {
    let mut longest = 0..0;
    let mut start = 0;
    for (i, word) in words.iter().enumerate() {
        if *word != 0 {
            start = i + 1;
        } else if i + 1 - start >= 2 && i + 1 - start > longest.len() {
            longest = start..i + 1;
        }
    }
    longest
}

/// Whether the address is printed as `::1.2.3.4` or `::ffff:1.2.3.4`.
fn ends_in_v4(words: &[u16; 8], zeros: &std::ops::Range<usize>) -> bool {
    zeros.start == 0 && (zeros.len() == 6 || zeros.len() == 5 && words[5] == 0xffff)
}

/// Appends a word without leading zeros.
fn push_word(word: u16, out: &mut Vec<u8>) {
    let digits = (16 - (word | 1).leading_zeros()).div_ceil(4);
    let digit = |place: u32| b"0123456789abcdef"[usize::from(word >> (4 * place) & 15)];
    out.extend((0..digits).rev().map(digit));
}

pub(super) fn macaddr(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_mac(&fixed::<6>("macaddr", value)?, out);
    Ok(())
}

pub(super) fn macaddr8(value: &[u8], out: &mut Vec<u8>) -> Result<(), PrintError> {
    push_mac(&fixed::<8>("macaddr8", value)?, out);
    Ok(())
}

fn push_mac(octets: &[u8], out: &mut Vec<u8>) {
    let mut text = [b':'; 24];
    for (place, octet) in text.chunks_exact_mut(3).zip(octets) {
        write_hex(&[*octet], place);
    }
    out.extend_from_slice(&text[..3 * octets.len() - 1]);
}
