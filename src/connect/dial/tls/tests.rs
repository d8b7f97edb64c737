//! Which certificates pass, by what is checked of them.
//!
//! The certificates were made by `openssl req` and `openssl x509` and are valid for a hundred years.

use std::time::Duration;

use rustls_pki_types::pem::PemObject;

use super::*;

/// Self-signed, the issuer of the next two.
const ROOT: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBfzCCASWgAwIBAgIUX9uVaKePLBmRVwwJa7AMjDSVwa4wCgYIKoZIzj0EAwIw\n\
FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTI2MTEyMTEwMTcyN1oYDzIxMjYxMDI4\n\
MTAxNzI3WjAUMRIwEAYDVQQDDAl0ZXN0IHJvb3QwWTATBgcqhkjOPQIBBggqhkjO\n\
PQMBBwNCAASkrxssELkkZNGzhm9QNeeGLWUKk6S8IMcxHWa4r4Wi1s5hS6/dsCf3\n\
DT6xBJsuonRXeOFRE+FRH866bvMl2th+o1MwUTAdBgNVHQ4EFgQUn2P6yaDnwLJp\n\
g/UR20I1epMAhrswHwYDVR0jBBgwFoAUn2P6yaDnwLJpg/UR20I1epMAhrswDwYD\n\
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA6OOncTh1ClrsPHnVFh6G\n\
rqTYmmEdxf6F6Tc6ZmJoiYICIFOIrz6htzQ4O/8qJAT7VLLVB9irpmC/IV/BUlal\n\
piIJ\n\
-----END CERTIFICATE-----\n\
";

/// Version 1, common name `db.example.com`.
const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBKTCB0AIUThrEfCOogo8XGwPnHZn/vwLakI0wCgYIKoZIzj0EAwIwFDESMBAG\n\
A1UEAwwJdGVzdCByb290MCAXDTI2MTEyMTEwMTcyN1oYDzIxMjYxMDI4MTAxNzI3\n\
WjAZMRcwFQYDVQQDDA5kYi5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49\n\
AwEHA0IABGLK5EeZys7oCWY8WLIFNz+q0tHDJmpdFD25qm7Hb2z/Xy+QdjeL/90m\n\
u1ZjiNVHy8BTt+ibfhlKsszK1kXxMcQwCgYIKoZIzj0EAwIDSAAwRQIhAI0BTUSn\n\
b3yLkaQH51AZSMhJrlE7DeTPWaPTeGfffWAzAiB5qTIrBm2NzLZuK8V3zFoU06Wz\n\
hoDCzTqOwdbh81Pr+g==\n\
-----END CERTIFICATE-----\n\
";

/// Common name `db.example.com`, alternative name `other.example.com`.
const ALTERNATIVE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBkTCCATegAwIBAgIUThrEfCOogo8XGwPnHZn/vwLakI4wCgYIKoZIzj0EAwIw\n\
FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTI2MTEyMTEwMTcyN1oYDzIxMjYxMDI4\n\
MTAxNzI3WjAZMRcwFQYDVQQDDA5kYi5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEG\n\
CCqGSM49AwEHA0IABGLK5EeZys7oCWY8WLIFNz+q0tHDJmpdFD25qm7Hb2z/Xy+Q\n\
djeL/90mu1ZjiNVHy8BTt+ibfhlKsszK1kXxMcSjYDBeMBwGA1UdEQQVMBOCEW90\n\
aGVyLmV4YW1wbGUuY29tMB0GA1UdDgQWBBT/dys2Up4RDLWYbg/mMDZkRYFBPDAf\n\
BgNVHSMEGDAWgBSfY/rJoOfAsmmD9RHbQjV6kwCGuzAKBggqhkjOPQQDAgNIADBF\n\
AiEA4e1RrB4ewoDY9c7RDlo49lV3VgDvMdYVftdkM/QxHj8CIBlW6wQdw+Wi4geb\n\
kNYLaJRSJiGhrhJcqYj4cMH+mj4x\n\
-----END CERTIFICATE-----\n\
";

/// Self-signed, common name `db.example.com`.
const SELF_SIGNED: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBiTCCAS+gAwIBAgIUHI6QtOZUC+g8BEksZMcwqWT3vBwwCgYIKoZIzj0EAwIw\n\
GTEXMBUGA1UEAwwOZGIuZXhhbXBsZS5jb20wIBcNMjYxMTIxMTAxNzI3WhgPMjEy\n\
NjEwMjgxMDE3MjdaMBkxFzAVBgNVBAMMDmRiLmV4YW1wbGUuY29tMFkwEwYHKoZI\n\
zj0CAQYIKoZIzj0DAQcDQgAEuhr17DU7eGgey7qV3jl58PDAOk6YTqUq9ScBK2Tm\n\
KibbtXHnO3iFgROANuNBMHK3iB7iQxkCxI1mWlCg26GnhqNTMFEwHQYDVR0OBBYE\n\
FF2nUT3kOF2DOAVQ8B4pfQ2wzTDtMB8GA1UdIwQYMBaAFF2nUT3kOF2DOAVQ8B4p\n\
fQ2wzTDtMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAP/kAYWL\n\
BYk5eg+DGKrNtvzcbyhNaeoo2YSE9JEoZ1SbAiBVjLFC9lmZh5wxc1tILN3hkA88\n\
SGIiX+WKfLUtiX254A==\n\
-----END CERTIFICATE-----\n\
";

fn verifier(trust: Trust, roots: &[&str]) -> Verifier {
    let mut store = RootCertStore::empty();
    let mut certificates = Vec::new();
    for pem in roots {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        store.add(certificate.clone()).unwrap();
        certificates.push(certificate);
    }
    Verifier {
        trust,
        roots: Trusted { store, certificates },
        algorithms: ring::default_provider().signature_verification_algorithms,
    }
}

fn check(trust: Trust, roots: &[&str], pem: &str, host: &str, years: u64) -> Result<(), Error> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(years * 31_557_600));
    verifier(trust, roots)
        .verify_server_cert(&certificate, &[], &name, &[], now)
        .map(|_| ())
}

/// In years since 1970.
const THEN: u64 = 70;

#[test]
fn without_roots_anything_passes() {
    for pem in [ROOT, VERSION_1, ALTERNATIVE, SELF_SIGNED] {
        assert_eq!(check(Trust::Key, &[], pem, "nowhere", 500), Ok(()));
    }
}

#[test]
fn a_chain_must_end_at_a_root_and_be_valid_now() {
    for pem in [VERSION_1, ALTERNATIVE] {
        assert_eq!(check(Trust::Chain, &[ROOT], pem, "nowhere", THEN), Ok(()));
        assert!(check(Trust::Chain, &[SELF_SIGNED], pem, "nowhere", THEN).is_err());
        assert!(check(Trust::Chain, &[], pem, "nowhere", THEN).is_err());
        assert!(check(Trust::Chain, &[ROOT], pem, "nowhere", 20).is_err());
        assert!(check(Trust::Chain, &[ROOT], pem, "nowhere", 300).is_err());
    }
    assert_eq!(
        check(Trust::Chain, &[SELF_SIGNED], SELF_SIGNED, "nowhere", THEN),
        Ok(())
    );
    assert!(check(Trust::Chain, &[ROOT], SELF_SIGNED, "nowhere", THEN).is_err());
    assert!(check(Trust::Chain, &[SELF_SIGNED], SELF_SIGNED, "nowhere", 300).is_err());
}

#[test]
fn a_common_name_counts_only_without_alternative_names() {
    let full = |roots: &[&str], pem, host| check(Trust::Name, roots, pem, host, THEN).is_ok();
    assert!(full(&[ROOT], VERSION_1, "db.example.com"));
    assert!(!full(&[ROOT], VERSION_1, "other.example.com"));
    assert!(full(&[SELF_SIGNED], SELF_SIGNED, "db.example.com"));
    assert!(!full(&[SELF_SIGNED], SELF_SIGNED, "other.example.com"));
    assert!(full(&[ROOT], ALTERNATIVE, "other.example.com"));
    assert!(!full(&[ROOT], ALTERNATIVE, "db.example.com"));
    assert!(!full(&[SELF_SIGNED], VERSION_1, "db.example.com"));
}

#[test]
fn a_changed_certificate_is_not_signed_any_more() {
    let good = CertificateDer::from_pem_slice(VERSION_1.as_bytes()).unwrap();
    let verifier = verifier(Trust::Chain, &[ROOT]);
    let now = UnixTime::since_unix_epoch(Duration::from_secs(THEN * 31_557_600));
    assert_eq!(verifier.check_chain(&good, &[], now), Ok(()));
    for at in 0..good.len() {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1;
        let changed = CertificateDer::from(bytes);
        assert!(verifier.check_chain(&changed, &[], now).is_err(), "byte {at}");
    }
}

#[test]
fn the_channel_binding_hash_is_that_of_the_whole_certificate() {
    use sha2::{Digest, Sha256};
    let certificate = CertificateDer::from_pem_slice(ROOT.as_bytes()).unwrap();
    assert_eq!(
        crate::connect::dial::channel_binding::tls_server_end_point(&certificate),
        Some(Sha256::digest(&certificate).to_vec())
    );
}
