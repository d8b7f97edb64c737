//! What can stop a dump.

use crate::archive::ArchiveError;
use crate::catalog::CatalogError;
use crate::catalog::sequence_state::SequenceStateError;
use crate::codec::CodecError;
use crate::connect::ConnectError;
use crate::plan::pattern::PatternError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    #[error("cannot connect to {server}")]
    Connect { server: String, source: ConnectError },
    #[error("server is PostgreSQL {version}; pgark reads {oldest} to {newest}")]
    UnsupportedServer { version: String, oldest: u32, newest: u32 },
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("{doing}")]
    Server { doing: String, source: ConnectError },
    #[error("cannot read `{relation}`")]
    Read { relation: String, source: ConnectError },
    #[error("cannot read `{relation}`: the COPY stream is not what its columns say")]
    Stream { relation: String, source: CodecError },
    #[error("`{relation}` gave {received} rows, the server counted {counted}")]
    RowCount {
        relation: String,
        received: u64,
        counted: u64,
    },
    #[error("cannot read the catalog")]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    Sequence(#[from] SequenceStateError),
    #[error("cannot lock the tables: they changed {attempts} times between listing and locking")]
    Unsettled { attempts: u32 },
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error("cannot start {what}")]
    Thread { what: &'static str, source: std::io::Error },
    #[error("interrupted")]
    Interrupted,
    /// Another part failed first; that failure is the one reported.
    #[error("stopped")]
    Stopped,
}
