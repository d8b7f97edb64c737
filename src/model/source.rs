//! The origin of an archive.

use serde::{Deserialize, Serialize};

/// The facts about one dump: the `source` record of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// `server_version_num`, e.g. 150018.
    pub server_version_num: u32,
    /// `server_version`, as the server prints it.
    pub server_version: String,
    /// `pg_control_system().system_identifier`; absent when the role may not read it.
    pub system_identifier: Option<u64>,
    /// Name of the database, unquoted.
    pub database: String,
    /// Database encoding. COPY data in the archive is in this encoding; SQL text is UTF-8.
    pub encoding: String,
    /// `libc`, `icu` or `builtin`.
    pub locale_provider: String,
    /// `LC_COLLATE` of the database.
    pub lc_collate: String,
    /// `LC_CTYPE` of the database.
    pub lc_ctype: String,
    /// The ICU or builtin locale, and ICU rules, where the provider has them.
    pub locale: Option<String>,
    /// Rules that tailor the ICU locale; absent without them.
    pub icu_rules: Option<String>,
    /// WAL position when the snapshot was taken (`X/Y`); absent where it cannot be read.
    pub lsn: Option<String>,
    /// When the snapshot was taken, microseconds since the Unix epoch, UTC, by the server's clock.
    pub taken_at_micros: i64,
    /// Version of the pgark that wrote the archive.
    pub tool_version: String,
    /// The dump options that shaped the content, as `name=value`.
    pub options: Vec<String>,
    /// A short text of the user for listings; absent if none was given.
    pub label: Option<String>,
    /// What the archive was made for, in words of the user; absent if none were given.
    pub purpose: Option<String>,
    /// Where the database is used, e.g. `production`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The settings of `search_path` that sessions had, the dumping role's own first, for functions that need one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub search_paths: Vec<String>,
    /// Connections that read data.
    pub jobs: u32,
}
