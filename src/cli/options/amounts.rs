//! Amounts as people write them.

/// Bytes: a number, with kB, MB, GB or TB, each 1024 of the one before, as in the server's settings.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let expected = || "expected bytes, or a number with kB, MB, GB or TB".to_owned();
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "kb" | "kib" => 10,
        "mb" | "mib" => 20,
        "gb" | "gib" => 30,
        "tb" | "tib" => 40,
        _ => return Err(expected()),
    };
    number.checked_mul(1 << shift).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn units_are_those_of_the_server() {
        assert_eq!(bytes("512"), Ok(512));
        assert_eq!(bytes("20 GB"), Ok(20 << 30));
        assert_eq!(bytes("3kB"), Ok(3072));
        for wrong in ["", "x", "1.5GB", "-1", "99999999999TB", "3 apples"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
