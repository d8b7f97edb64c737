//! `tls-server-end-point` channel binding: the hash of the server's certificate.
//!
//! RFC 5929 section 4.1: the hash is that of the certificate's own signature, or SHA-256 where that
//! one is MD5 or SHA-1. Reads just enough DER to find the signature algorithm.

use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;
const FIRST_PARAMETER: u8 = 0xa0;

/// Absent when the certificate's signature has no hash of its own, e.g. Ed25519.
pub(super) fn tls_server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (body, _) = element(certificate, SEQUENCE)?;
    let (_, rest) = element(body, SEQUENCE)?;
    let (algorithm, _) = element(rest, SEQUENCE)?;
    Some(match signature_hash(algorithm)? {
        Hash::Sha224 => Sha224::digest(certificate).to_vec(),
        Hash::Sha256 => Sha256::digest(certificate).to_vec(),
        Hash::Sha384 => Sha384::digest(certificate).to_vec(),
        Hash::Sha512 => Sha512::digest(certificate).to_vec(),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// `algorithm` is the content of an AlgorithmIdentifier.
fn signature_hash(algorithm: &[u8]) -> Option<Hash> {
    let (oid, parameters) = element(algorithm, OID)?;
    match oid {
        // 1.2.840.113549.1.1: RSA with PKCS #1 padding, and 10: PSS.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, kind] => match kind {
            4 | 5 | 11 => Some(Hash::Sha256),
            12 => Some(Hash::Sha384),
            13 => Some(Hash::Sha512),
            14 => Some(Hash::Sha224),
            10 => pss_hash(parameters),
            _ => None,
        },
        // 1.2.840.10045.4: ECDSA.
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, kind @ ..] => match kind {
            [1] | [3, 2] => Some(Hash::Sha256),
            [3, 1] => Some(Hash::Sha224),
            [3, 3] => Some(Hash::Sha384),
            [3, 4] => Some(Hash::Sha512),
            _ => None,
        },
        _ => None,
    }
}

/// PSS names its hash in the first parameter; the default is SHA-1.
fn pss_hash(parameters: &[u8]) -> Option<Hash> {
    let (fields, _) = element(parameters, SEQUENCE)?;
    let Some((wrapped, _)) = element(fields, FIRST_PARAMETER) else {
        return Some(Hash::Sha256);
    };
    let (identifier, _) = element(wrapped, SEQUENCE)?;
    let (oid, _) = element(identifier, OID)?;
    match oid {
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => Some(Hash::Sha256),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, kind] => match kind {
            1 => Some(Hash::Sha256),
            2 => Some(Hash::Sha384),
            3 => Some(Hash::Sha512),
            4 => Some(Hash::Sha224),
            _ => None,
        },
        _ => None,
    }
}

/// Splits one DER element with the given tag into its content and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    if found != tag {
        return None;
    }
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 || digits > rest.len() {
            return None;
        }
        let (digits, rest) = rest.split_at(digits);
        let len = digits
            .iter()
            .fold(0_usize, |len, &digit| (len << 8) | usize::from(digit));
        (len, rest)
    };
    (len <= rest.len()).then(|| rest.split_at(len))
}
