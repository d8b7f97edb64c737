//! Dumps a live database into one archive.
//!
//! ```text
//! live: list, lock, snapshot, catalog --> entries --> archive head
//!   --> live: N sessions: COPY TO STDOUT of tables and page ranges, biggest first
//!   --> chunks --> CPU pool: encode --> appender --> archive
//!   --> live: sequence positions --> manifest
//! ```
//!
//! The sessions are those of [`live`](crate::live). Memory: see [`pipeline`].

mod counting;
pub(crate) mod error;
pub(crate) mod options;
pub(crate) mod pipeline;
pub(crate) mod run;

pub use error::DumpError;
pub use options::DumpOptions;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use run::DumpReport;
pub(crate) use run::run;
