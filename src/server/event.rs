//! Progress messages for callers.

use std::path::PathBuf;

/// The beginning of something that takes a while.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// `program` downloads `package` into the cache `folder`.
    Fetching {
        package: String,
        program: &'static str,
        folder: PathBuf,
    },
    Unpacking {
        package: String,
    },
}
