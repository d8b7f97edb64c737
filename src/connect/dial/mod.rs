//! Opens one byte stream to one server: the order of hosts, sockets, TLS, and the parts of certificates that TLS needs.

pub(in crate::connect) mod attempt;
pub(in crate::connect) mod certificate;
pub(in crate::connect) mod channel_binding;
pub(in crate::connect) mod der;
pub(in crate::connect) mod stream;
pub(in crate::connect) mod tls;
pub(in crate::connect) mod tls_cache;
pub(in crate::connect) mod transport;
