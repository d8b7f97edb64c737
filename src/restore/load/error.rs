//! Errors of loading rows.

use crate::archive::ArchiveError;
use crate::codec::CodecError;
use crate::connect::{ConnectError, ErrorResponse};

/// Why rows were not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{0}")]
    Server(#[from] ConnectError),
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    #[error("{0}")]
    Decode(#[from] CodecError),
    #[error("the server stored {stored} of {sent} rows")]
    RowCount { sent: u64, stored: u64 },
    #[error("decoding ended before the rows did")]
    NotDecoded,
    #[error("a row of the archive is no piece of a large object")]
    NoPiece,
}

impl LoadError {
    pub fn server(&self) -> Option<ErrorResponse> {
        match self {
            Self::Server(error) => error.server().cloned(),
            _ => None,
        }
    }

    /// Whether the session cannot be used any more.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Server(error) if error.is_fatal())
    }
}
