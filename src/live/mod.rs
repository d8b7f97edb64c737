//! A live database, open at one snapshot and read in parallel: a dump stores its rows, a comparison hashes them.
//!
//! ```text
//! open:      list, lock, snapshot --> leader + control session
//! contents:      --> control: catalog --> entries, relations, facts about the server
//! rows:          --> N sessions: COPY TO STDOUT of tables and page ranges, biggest first --> a sink for each
//! contents:      --> control: sequence positions
//! ```
//!
//! `jobs` data sessions (the leader is one of them) and one control session are open, all in one snapshot. The caller
//! decides what happens to the rows: it gives a [`RowSink`] for each session.
//!
//! `contents` uses `rows` and `open`, `rows` uses `open`, and `open` uses neither.

pub(crate) mod contents;
pub(crate) mod error;
pub(crate) mod open;
pub(crate) mod options;
pub(crate) mod rows;

pub use contents::formats::CopyChoice;
pub(crate) use contents::live::Live;
pub(crate) use error::{ReadError, RowCount};
pub use options::ReadOptions;
pub use rows::digests::Content;
pub(crate) use rows::sink::RowSink;
