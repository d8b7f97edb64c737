//! The TLS configuration that sessions of the same parameters share.

use std::sync::{Arc, Mutex};

use tokio_rustls::rustls::ClientConfig;

/// One TLS configuration for all sessions with the same parameters.
#[derive(Default)]
pub(in crate::connect) struct ConfigCache(pub(in crate::connect) Mutex<Option<Arc<ClientConfig>>>);
