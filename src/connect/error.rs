//! What can go wrong on a connection, with the server's fields kept apart.
use std::io;

/// An error of a connection or of a statement sent over it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    #[error("{0}")]
    Server(Box<ServerError>),
    #[error("connection lost: {0}")]
    Io(#[source] io::Error),
    /// The server sent something that the protocol does not allow here.
    #[error("protocol violation: {0}")]
    Protocol(String),
}

/// An ErrorResponse, field by field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (SQLSTATE {sqlstate})")]
pub struct ServerError {
    pub severity: String,
    pub sqlstate: String,
    pub message: String,
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// The CONTEXT lines, e.g. the COPY line that failed.
    pub context: Option<String>,
    /// 1-based character position in the statement.
    pub position: Option<u32>,
}
