//! `tls-server-end-point` channel binding: the hash of the server's certificate.
//!
//! RFC 5929 section 4.1: the hash is that of the certificate's own signature, or SHA-256 where that
//! one is MD5 or SHA-1. Reads just enough DER to find the signature algorithm.

use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::connect::dial::der;
use crate::connect::dial::der::{OID, SEQUENCE};

const FIRST_PARAMETER: u8 = 0xa0;

/// The hash; absent when the certificate's signature has no hash of its own, e.g. Ed25519.
pub(in crate::connect) fn tls_server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let mut body = der::expect(&mut &certificate[..], SEQUENCE)?;
    der::expect(&mut body, SEQUENCE)?;
    let algorithm = der::expect(&mut body, SEQUENCE)?;
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
fn signature_hash(mut algorithm: &[u8]) -> Option<Hash> {
    let oid = der::expect(&mut algorithm, OID)?;
    let parameters = algorithm;
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
fn pss_hash(mut parameters: &[u8]) -> Option<Hash> {
    let mut fields = der::expect(&mut parameters, SEQUENCE)?;
    let Some(mut wrapped) = der::expect(&mut fields, FIRST_PARAMETER) else {
        return Some(Hash::Sha256);
    };
    let mut identifier = der::expect(&mut wrapped, SEQUENCE)?;
    let oid = der::expect(&mut identifier, OID)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(oid: &[u8], rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![OID, oid.len() as u8];
        bytes.extend_from_slice(oid);
        bytes.extend_from_slice(rest);
        bytes
    }

    const RSA: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];

    #[test]
    fn the_hash_is_the_signatures_own_but_never_weak() {
        let rsa = |kind: u8, rest: &[u8]| signature_hash(&identifier(&[&RSA[..], &[kind]].concat(), rest));
        assert_eq!(rsa(4, &[5, 0]), Some(Hash::Sha256));
        assert_eq!(rsa(5, &[5, 0]), Some(Hash::Sha256));
        assert_eq!(rsa(11, &[5, 0]), Some(Hash::Sha256));
        assert_eq!(rsa(12, &[5, 0]), Some(Hash::Sha384));
        assert_eq!(rsa(13, &[5, 0]), Some(Hash::Sha512));
        assert_eq!(rsa(10, &[0x30, 0]), Some(Hash::Sha256));
        assert_eq!(rsa(10, &[]), None);
        assert_eq!(rsa(99, &[]), None);
        let ecdsa = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
        let with = |kind: &[u8]| signature_hash(&identifier(&[&ecdsa[..], kind].concat(), &[]));
        assert_eq!(with(&[3, 3]), Some(Hash::Sha384));
        assert_eq!(with(&[1]), Some(Hash::Sha256));
        // Ed25519 has none.
        assert_eq!(signature_hash(&identifier(&[0x2b, 0x65, 0x70], &[])), None);
    }

    #[test]
    fn what_is_no_certificate_has_no_hash() {
        assert_eq!(tls_server_end_point(&[]), None);
        assert_eq!(tls_server_end_point(&[0x30, 2, 0x30, 0]), None);
    }
}
