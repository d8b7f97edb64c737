//! Server certificates that PostgreSQL users have and webpki refuses.
//!
//! The manual's own recipes make them: version 1 certificates, certificates with only a common name,
//! and a self-signed certificate that is its own root. libpq accepts all three.

use rustls_pki_types::{SignatureVerificationAlgorithm, TrustAnchor, UnixTime};

use crate::connect::dial::der;
use crate::connect::dial::der::{BIT_STRING, INTEGER, OID, SEQUENCE, SET};

const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 0x11];

/// The outline of a certificate; nothing in it is verified.
#[derive(Clone, Copy, Debug)]
pub(in crate::connect) struct Certificate<'a> {
    /// The bytes that the signature signs.
    signed: &'a [u8],
    /// Content of the AlgorithmIdentifier.
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    /// Content of the name.
    issuer: &'a [u8],
    /// Seconds since 1970, inclusive.
    not_before: u64,
    not_after: u64,
    /// Content of the name.
    subject: &'a [u8],
    /// The whole SubjectPublicKeyInfo.
    pub(in crate::connect) key_info: &'a [u8],
    pub(in crate::connect) is_version_1: bool,
    pub(in crate::connect) has_alternative_names: bool,
}

/// A public key, taken apart.
pub(in crate::connect) struct PublicKey<'a> {
    /// Content of the AlgorithmIdentifier.
    pub(in crate::connect) algorithm: &'a [u8],
    pub(in crate::connect) bits: &'a [u8],
}

impl<'a> Certificate<'a> {
    pub(in crate::connect) fn parse(der: &'a [u8]) -> Option<Certificate<'a>> {
        let mut rest = der;
        let mut outer = der::expect(&mut rest, SEQUENCE)?;
        if !rest.is_empty() {
            return None;
        }
        let signed = der::take(&mut outer).filter(|element| element.tag == SEQUENCE)?;
        let signature_algorithm = der::expect(&mut outer, SEQUENCE)?;
        let signature = whole_bytes(der::expect(&mut outer, BIT_STRING)?)?;

        let mut body = signed.content;
        let is_version_1 = body.first() != Some(&VERSION);
        if !is_version_1 {
            der::expect(&mut body, VERSION)?;
        }
        der::expect(&mut body, INTEGER)?;
        // The signed part must name the same algorithm.
        if der::expect(&mut body, SEQUENCE)? != signature_algorithm {
            return None;
        }
        let issuer = der::expect(&mut body, SEQUENCE)?;
        let mut validity = der::expect(&mut body, SEQUENCE)?;
        let not_before = time(der::take(&mut validity)?)?;
        let not_after = time(der::take(&mut validity)?)?;
        let subject = der::expect(&mut body, SEQUENCE)?;
        let key_info = der::take(&mut body).filter(|element| element.tag == SEQUENCE)?;
        let mut has_alternative_names = false;
        while let Some(element) = der::take(&mut body) {
            if element.tag == EXTENSIONS {
                has_alternative_names |= lists_alternative_names(element.content)?;
            }
        }
        Some(Certificate {
            signed: signed.whole,
            signature_algorithm,
            signature,
            issuer,
            not_before,
            not_after,
            subject,
            key_info: key_info.whole,
            is_version_1,
            has_alternative_names,
        })
    }

    pub(in crate::connect) fn is_valid_at(&self, now: UnixTime) -> bool {
        (self.not_before..=self.not_after).contains(&now.as_secs())
    }

    /// Whether one of the roots, with no intermediate between, issued and signed this certificate.
    pub(in crate::connect) fn is_signed_by(
        &self,
        roots: &[TrustAnchor<'_>],
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        roots.iter().any(|root| {
            *root.subject == *self.issuer
                && public_key(&root.subject_public_key_info).is_some_and(|key| {
                    algorithms.iter().any(|algorithm| {
                        *algorithm.public_key_alg_id() == *key.algorithm
                            && *algorithm.signature_alg_id() == *self.signature_algorithm
                            && algorithm
                                .verify_signature(key.bits, self.signed, self.signature)
                                .is_ok()
                    })
                })
        })
    }

    /// The server's own key.
    pub(in crate::connect) fn public_key(&self) -> Option<PublicKey<'a>> {
        public_key(der::expect(&mut &*self.key_info, SEQUENCE)?)
    }

    /// Whether the common name is for this host. It counts only where there are no alternative names.
    pub(in crate::connect) fn common_name_matches(&self, host: &str) -> bool {
        !self.has_alternative_names && self.common_name().is_some_and(|name| name_matches(name, host))
    }

    fn common_name(&self) -> Option<&'a str> {
        let mut subject = self.subject;
        while let Some(mut set) = der::expect(&mut subject, SET) {
            while let Some(mut pair) = der::expect(&mut set, SEQUENCE) {
                if der::expect(&mut pair, OID)? == COMMON_NAME {
                    return std::str::from_utf8(der::take(&mut pair)?.content).ok();
                }
            }
        }
        None
    }
}

/// `info` is the content of a SubjectPublicKeyInfo.
fn public_key(mut info: &[u8]) -> Option<PublicKey<'_>> {
    Some(PublicKey {
        algorithm: der::expect(&mut info, SEQUENCE)?,
        bits: whole_bytes(der::expect(&mut info, BIT_STRING)?)?,
    })
}

/// A bit string's bytes, when no bits are unused.
fn whole_bytes(bits: &[u8]) -> Option<&[u8]> {
    bits.strip_prefix(&[0])
}

fn lists_alternative_names(mut content: &[u8]) -> Option<bool> {
    let mut extensions = der::expect(&mut content, SEQUENCE)?;
    while !extensions.is_empty() {
        let mut extension = der::expect(&mut extensions, SEQUENCE)?;
        if der::expect(&mut extension, OID)? == SUBJECT_ALT_NAME {
            return Some(true);
        }
    }
    Some(false)
}

/// Compares without case; `*.` stands for exactly one label, as in libpq.
fn name_matches(pattern: &str, host: &str) -> bool {
    if pattern.contains('\0') || host.is_empty() {
        return false;
    }
    match pattern.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && domain.contains('.') && rest.eq_ignore_ascii_case(domain)
        }),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// UTCTime `YYMMDDhhmmssZ` or GeneralizedTime `YYYYMMDDhhmmssZ`, as seconds since 1970.
fn time(element: der::Element<'_>) -> Option<u64> {
    let digits = element.content.strip_suffix(b"Z")?;
    let year_digits = match element.tag {
        UTC_TIME => 2,
        GENERALIZED_TIME => 4,
        _ => return None,
    };
    if digits.len() != year_digits + 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'))
    };
    let (year, rest) = digits.split_at(year_digits);
    let year = match (year_digits, number(year)) {
        (2, year @ 0..50) => 2000 + year,
        (2, year) => 1900 + year,
        (_, year) => year,
    };
    let mut pairs = rest.chunks(2).map(number);
    let (month, day) = (pairs.next()?, pairs.next()?);
    let (hour, minute, second) = (pairs.next()?, pairs.next()?, pairs.next()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 {
        return None;
    }
    let seconds = (days_since_1970(year, month, day) * 24 + hour) * 3600 + minute * 60 + second;
    // A moment before 1970 is as good as the beginning of time.
    Some(u64::try_from(seconds).unwrap_or(0))
}

/// Counts in years that begin in March, so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let month_days = (153 * month + 2) / 5;
    // 719468 days lie between 1 March of year 0 and 1 January 1970.
    year * 365 + leap_days + month_days + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_names_match_as_libpq_has_it() {
        assert!(name_matches("DB.example.com", "db.EXAMPLE.com"));
        assert!(name_matches("*.example.com", "db.example.com"));
        assert!(!name_matches("*.example.com", "a.b.example.com"));
        assert!(!name_matches("*.example.com", "example.com"));
        assert!(!name_matches("*.com", "example.com"));
        assert!(!name_matches("*", "localhost"));
        assert!(!name_matches("good.com\0.evil.com", "good.com"));
        assert!(!name_matches("", ""));
    }

    #[test]
    fn times_are_read_from_both_forms() {
        let read = |tag, text: &'static [u8]| {
            time(der::Element {
                tag,
                whole: text,
                content: text,
            })
        };
        assert_eq!(read(UTC_TIME, b"700101000000Z"), Some(0));
        assert_eq!(read(UTC_TIME, b"000229120000Z"), Some(951_825_600));
        assert_eq!(read(UTC_TIME, b"491231235959Z"), Some(2_524_607_999));
        assert_eq!(read(GENERALIZED_TIME, b"20500101000000Z"), Some(2_524_608_000));
        assert_eq!(read(GENERALIZED_TIME, b"00000101000000Z"), Some(0));
        for broken in [
            &b""[..],
            b"Z",
            b"7001010000Z",
            b"701301000000Z",
            b"7001010x0000Z",
            b"700101000000",
        ] {
            assert_eq!(read(UTC_TIME, broken), None);
        }
        assert_eq!(read(INTEGER, b"700101000000Z"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            Certificate::parse(&bytes);
        }
    }
}
