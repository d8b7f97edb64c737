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
pub mod error;
pub mod options;
pub mod pipeline;
pub mod run;

pub use error::DumpError;
pub use options::DumpOptions;
pub use run::{DumpReport, run};
