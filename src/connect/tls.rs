//! TLS by rustls, with libpq's meaning of each `sslmode`.
//!
//! The crypto provider is chosen per configuration; nothing is installed process-wide.

use std::sync::{Arc, Mutex, PoisonError};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::ConnectError;
use super::params::{Host, HostName, Roots, SslMode, TlsSettings};

/// One TLS configuration for all sessions with the same parameters.
#[derive(Default)]
pub(super) struct ConfigCache(Mutex<Option<Arc<ClientConfig>>>);

/// How much of the server's certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Only that the server holds the certificate's key.
    Key,
    /// Also that a trusted root issued it.
    Chain,
    /// Also that it is for this host.
    Name,
}

pub(super) fn client_config(settings: &TlsSettings) -> Result<Arc<ClientConfig>, ConnectError> {
    let mut cached = settings
        .cache
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(config) = cached.as_ref() {
        return Ok(config.clone());
    }
    let config = Arc::new(build(settings)?);
    *cached = Some(config.clone());
    Ok(config)
}

fn build(settings: &TlsSettings) -> Result<ClientConfig, ConnectError> {
    let trust = trust(settings);
    let provider = ring::default_provider();
    let verifier = Verifier {
        trust,
        roots: if trust == Trust::Key {
            RootCertStore::empty()
        } else {
            load_roots(&settings.roots)?
        },
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions because they are built in")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.enable_sni = settings.send_server_name;
    if settings.direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(config)
}

/// `require` checks the chain when a root file is there, as libpq does for old times' sake.
fn trust(settings: &TlsSettings) -> Trust {
    match settings.mode {
        SslMode::VerifyFull => Trust::Name,
        SslMode::VerifyCa => Trust::Chain,
        SslMode::Require => match &settings.roots {
            Roots::File(path) if path.exists() => Trust::Chain,
            _ => Trust::Key,
        },
        SslMode::Disable | SslMode::Allow | SslMode::Prefer => Trust::Key,
    }
}

fn load_roots(source: &Roots) -> Result<RootCertStore, ConnectError> {
    let mut store = RootCertStore::empty();
    let path = match source {
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
            if store.is_empty() {
                let reason = match found.errors.first() {
                    Some(error) => error.to_string(),
                    None => "none installed".to_owned(),
                };
                return Err(ConnectError::SystemRoots { reason });
            }
            return Ok(store);
        }
        Roots::File(path) | Roots::Missing(path) => path,
    };
    let failed = |reason: String| ConnectError::RootCertificates {
        path: path.clone(),
        reason,
    };
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        store
            .add(certificate)
            .map_err(|error| failed(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(failed("no certificate in it".to_owned()));
    }
    Ok(store)
}

/// The name that the certificate must be for, also sent as SNI when it is not an address.
pub(super) fn server_name(host: &Host) -> Result<ServerName<'static>, String> {
    let HostName::Tcp { name, address } = &host.name else {
        return Err("not over a unix socket".to_owned());
    };
    match address {
        Some(address) if name.is_empty() => Ok(ServerName::IpAddress((*address).into())),
        _ => ServerName::try_from(name.clone()).map_err(|_| format!("`{name}` is not a host name")),
    }
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    roots: RootCertStore,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.trust == Trust::Key {
            return Ok(ServerCertVerified::assertion());
        }
        let certificate = ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.roots,
            intermediates,
            now,
            self.algorithms.all,
        )?;
        if self.trust == Trust::Name {
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
