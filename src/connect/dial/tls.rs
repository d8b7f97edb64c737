//! TLS by rustls, with libpq's meaning of each `sslmode`.
//!
//! The crypto provider is chosen per configuration; nothing is installed process-wide.

use std::io;
use std::sync::{Arc, PoisonError};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use crate::connect::ConnectError;
use crate::connect::dial::certificate::Certificate;
use crate::connect::params::resolved::{Host, HostName, Roots, SslMode, TlsSettings};

/// How much of the server's certificate is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Only whether the server holds the certificate's key.
    Key,
    /// Also whether a trusted root issued it.
    Chain,
    /// Also whether it is for this host.
    Name,
}

pub(in crate::connect) fn client_config(settings: &TlsSettings) -> Result<Arc<ClientConfig>, ConnectError> {
    let mut cached = settings.cache.0.lock().unwrap_or_else(PoisonError::into_inner);
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
            Trusted {
                store: RootCertStore::empty(),
                certificates: Vec::new(),
            }
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

/// How much the mode demands. `require` checks the chain when a root file is there, as libpq does for compatibility.
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

fn load_roots(source: &Roots) -> Result<Trusted, ConnectError> {
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
            return Ok(Trusted {
                store,
                certificates: Vec::new(),
            });
        }
        Roots::File(path) => path,
        Roots::Missing(path) => {
            return Err(ConnectError::RootCertificates {
                path: path.clone(),
                reason: "there is no such file".to_owned(),
            });
        }
    };
    let failed = |reason: String| ConnectError::RootCertificates {
        path: path.clone(),
        reason,
    };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
    let certificates: Vec<_> = certificates
        .collect::<Result<_, _>>()
        .map_err(|error| failed(error.to_string()))?;
    for certificate in &certificates {
        // A certificate that webpki refuses as a root can still be the server's own.
        match store.add(certificate.clone()) {
            Err(error) if Certificate::parse(certificate).is_none() => {
                return Err(failed(error.to_string()));
            }
            _ => {}
        }
    }
    if certificates.is_empty() {
        return Err(failed("no certificate in it".to_owned()));
    }
    Ok(Trusted { store, certificates })
}

/// The name that the certificate must be for, also sent as SNI when it is not an address.
pub(in crate::connect) fn server_name(host: &Host) -> Result<ServerName<'static>, String> {
    let HostName::Tcp { name, address } = &host.name else {
        return Err("not over a unix socket".to_owned());
    };
    match address {
        Some(address) if name.is_empty() => Ok(ServerName::IpAddress((*address).into())),
        _ => ServerName::try_from(name.clone()).map_err(|_| format!("`{name}` is not a host name")),
    }
}

/// Why a handshake failed, in words a user can act on.
pub(in crate::connect) fn explain(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match inner {
        Some(Error::InvalidCertificate(reason)) => match reason {
            CertificateError::UnknownIssuer => "the server's certificate is not issued by a trusted root".to_owned(),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired or is not valid yet".to_owned()
            }
            // webpki says only this of a self-signed certificate that is not a trusted root.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                "the server's certificate is self-signed and not itself a trusted root".to_owned()
            }
            CertificateError::NotValidForName => "the server's certificate is for another host name".to_owned(),
            other => format!("the server's certificate is refused: {other}"),
        },
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the handshake".to_owned()
        }
        _ => error.to_string(),
    }
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    roots: Trusted,
    algorithms: WebPkiSupportedAlgorithms,
}

/// The trusted roots, also as the certificates that they were read from.
#[derive(Debug)]
struct Trusted {
    store: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn check_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let itself_trusted = self
            .roots
            .certificates
            .iter()
            .any(|root| root.as_ref() == end_entity.as_ref());
        match Certificate::parse(end_entity) {
            Some(outline) if itself_trusted || outline.is_version_1 => {
                if !outline.is_valid_at(now) {
                    return Err(CertificateError::Expired.into());
                }
                let issued = itself_trusted || outline.is_signed_by(&self.roots.store.roots, self.algorithms.all);
                if !issued {
                    return Err(CertificateError::UnknownIssuer.into());
                }
                Ok(())
            }
            _ => verify_server_cert_signed_by_trust_anchor(
                &ParsedCertificate::try_from(end_entity)?,
                &self.roots.store,
                intermediates,
                now,
                self.algorithms.all,
            ),
        }
    }

    fn check_name(&self, end_entity: &CertificateDer<'_>, server_name: &ServerName<'_>) -> Result<(), Error> {
        let outline = Certificate::parse(end_entity);
        if outline.is_some_and(|outline| outline.common_name_matches(&server_name.to_str())) {
            return Ok(());
        }
        if outline.is_some_and(|outline| outline.is_version_1) {
            return Err(CertificateError::NotValidForName.into());
        }
        verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)
    }
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
        if self.trust != Trust::Key {
            self.check_chain(end_entity, intermediates, now)?;
        }
        if self.trust == Trust::Name {
            self.check_name(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Some(outline) = version_1(certificate) else {
            return verify_tls12_signature(message, certificate, signature, &self.algorithms);
        };
        let key = outline.public_key().ok_or(CertificateError::BadEncoding)?;
        let usable = self
            .algorithms
            .mapping
            .iter()
            .filter(|(scheme, _)| *scheme == signature.scheme)
            .flat_map(|(_, algorithms)| algorithms.iter())
            .filter(|algorithm| *algorithm.public_key_alg_id() == *key.algorithm);
        for algorithm in usable {
            let verified = algorithm.verify_signature(key.bits, message, signature.signature());
            if verified.is_ok() {
                return Ok(HandshakeSignatureValid::assertion());
            }
        }
        Err(CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match version_1(certificate) {
            Some(outline) => verify_tls13_signature_with_raw_key(
                message,
                &SubjectPublicKeyInfoDer::from(outline.key_info),
                signature,
                &self.algorithms,
            ),
            None => verify_tls13_signature(message, certificate, signature, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn version_1<'a>(certificate: &'a CertificateDer<'_>) -> Option<Certificate<'a>> {
    Certificate::parse(certificate).filter(|outline| outline.is_version_1)
}

#[cfg(test)]
mod tests;
