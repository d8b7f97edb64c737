//! How a dump is made.

use crate::codec::Compression;
use crate::live::{CopyChoice, ReadOptions};
use crate::model::Source;

/// How to dump.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DumpOptions {
    /// Data sessions, at least 1.
    pub jobs: usize,
    /// Compression of the chunks.
    pub compression: Compression,
    /// The COPY format in which rows are read and stored.
    pub copy_format: CopyChoice,
    /// The user's name for the dump, for the source record.
    pub label: Option<String>,
    /// The user's reason for the dump, for the source record.
    pub purpose: Option<String>,
    /// Where the database is used, e.g. `production`.
    pub environment: Option<String>,
    /// Have the server count the rows first, and fail when another number arrives.
    pub count_rows: bool,
    /// Put planner statistics into the archive.
    pub statistics: bool,
    /// Put the verifiers of the roles' passwords into the archive.
    pub role_passwords: bool,
    /// The options that shaped the content, as `name=value`, for the source record.
    pub described: Vec<String>,
    /// How the database is read.
    pub read: ReadOptions,
}

/// One session, and otherwise the defaults of `pgark dump`.
impl Default for DumpOptions {
    fn default() -> Self {
        Self {
            jobs: 1,
            compression: Compression::default(),
            copy_format: CopyChoice::default(),
            label: None,
            purpose: None,
            environment: None,
            count_rows: false,
            statistics: false,
            role_passwords: false,
            described: Vec::new(),
            read: ReadOptions::default(),
        }
    }
}

impl DumpOptions {
    /// The source record of the archive: the facts read from the server, and the user's statements about the dump.
    pub(super) fn source_record(&self, read: Source) -> Source {
        Source {
            label: self.label.clone(),
            purpose: self.purpose.clone(),
            environment: self.environment.clone(),
            options: self.described.clone(),
            jobs: self.jobs as u32,
            ..read
        }
    }
}
