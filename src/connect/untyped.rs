//! Text of a database whose encoding is `SQL_ASCII`: bytes that need not be UTF-8, kept in strings without loss.
//!
//! A byte that is no part of valid UTF-8 becomes one of the 128 last code points of the last private use plane,
//! U+10FF80 for 0x80 to U+10FFFF for 0xFF. A code point of that range that is really there is four such bytes,
//! so no two texts become the same string.

use std::borrow::Cow;

/// The server's name for no declared encoding. A session with it passes bytes through unchanged.
pub(super) const SQL_ASCII: &str = "SQL_ASCII";

const FIRST: u32 = 0x10_FF80;
const LAST: u32 = 0x10_FFFF;
/// Subtracted from a code point to get its byte.
const BASE: u32 = 0x10_FF00;

/// The string for bytes of the server.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if is_byte(letter) {
                let mut buffer = [0; 4];
                text.extend(letter.encode_utf8(&mut buffer).bytes().map(stand_in));
            } else {
                text.push(letter);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(stand_in));
    }
    text
}

/// The bytes that [`decode`] made a string of.
pub(super) fn encode(text: &str) -> Cow<'_, [u8]> {
    if !text.chars().any(is_byte) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match byte(letter) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

fn is_byte(letter: char) -> bool {
    (FIRST..=LAST).contains(&u32::from(letter))
}

fn byte(letter: char) -> Option<u8> {
    u8::try_from(u32::from(letter).checked_sub(BASE)?)
        .ok()
        .filter(|byte| !byte.is_ascii())
}

fn stand_in(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn utf8_stays_as_it_is() {
        assert_eq!(decode("naïve 日本".as_bytes()), "naïve 日本");
        assert!(matches!(encode("naïve"), Cow::Borrowed(_)));
    }

    #[test]
    fn other_bytes_stand_in_the_private_use_area() {
        assert_eq!(decode(b"caf\xe9"), "caf\u{10ffe9}");
        assert_eq!(*encode("caf\u{10ffe9}"), *b"caf\xe9");
        let real = "\u{10ff80}";
        assert_eq!(decode(real.as_bytes()).chars().count(), 4);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let text = decode(&bytes);
            prop_assert_eq!(&*encode(&text), &bytes[..]);
        }

        #[test]
        fn code_points_near_the_range_come_back(letters in proptest::collection::vec(0x10_FF70u32..0x11_0000, 0..8)) {
            let text: String = letters.into_iter().filter_map(char::from_u32).collect();
            let decoded = decode(text.as_bytes());
            prop_assert_eq!(&*encode(&decoded), text.as_bytes());
        }
    }
}
