//! What callers are told while it goes on.

use std::path::PathBuf;

/// Something that takes a while has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
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
