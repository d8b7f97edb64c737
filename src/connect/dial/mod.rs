//! Opens one byte stream to one server: which hosts are tried, sockets, TLS and what it needs of certificates.

pub(in crate::connect) mod attempt;
pub(in crate::connect) mod certificate;
pub(in crate::connect) mod channel_binding;
pub(in crate::connect) mod der;
pub(in crate::connect) mod stream;
pub(in crate::connect) mod tls;
pub(in crate::connect) mod tls_cache;
pub(in crate::connect) mod transport;
