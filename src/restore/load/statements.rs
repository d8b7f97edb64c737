//! How the rows of one relation are sent to the target, and in which of COPY's formats.

use std::sync::OnceLock;

use crate::catalog::relations::copy_columns;
use crate::codec::{CodecError, CopyFormat, DecodedChunk};
use crate::connect::{ConnectError, Wire};
use crate::model::entry::{CopyColumn, Relation};
use crate::model::{Source, ValueType, ident};
use crate::restore::record::journal::RowsRecord;
use crate::restore::session::UNTYPED;
use crate::version::Version;

/// Objects below this oid are made by `initdb` and have the same oid in every database.
const FIRST_UNPINNED_OID: u32 = 10_000;

/// The encoding of the archive's rows as it is told to the server. Told SQL_ASCII, the server stores any bytes
/// unchecked (14 and later); told its own encoding, it checks them.
fn encoding<'a>(source: &'a Source, wire: &'a Wire) -> &'a str {
    match (source.encoding.as_str(), wire.parameter("server_encoding")) {
        (UNTYPED, Some(own)) => own,
        (declared, _) => declared,
    }
}

/// Whether a target of this version reads binary values of a type as the source wrote them. Before 17 it takes an
/// infinite interval in binary for a finite one; in text it refuses it.
fn reads_alike(source: &Source, version: Version) -> impl Fn(&ValueType) -> bool + use<> {
    let infinite_intervals =
        Version(source.server_version_num).has_infinite_intervals() && !version.has_infinite_intervals();
    move |of| !infinite_intervals || !of.contains(&ValueType::Interval)
}

/// How a relation's rows are sent.
#[derive(Clone, Debug)]
pub struct CopyStatements {
    /// Quoted and qualified.
    table: String,
    /// `COPY table (columns) FROM STDIN WITH `
    copy: String,
    encoding: String,
    truncate: String,
    /// The archive's columns if its rows are binary; else empty.
    binary: Vec<CopyColumn>,
    /// The format that the target takes, once it is known.
    found: OnceLock<CopyFormat>,
    /// The table was created by this restore, so it may be truncated, which lets COPY skip work.
    pub fresh: bool,
    /// The rows are pieces of large objects, which are written by function calls.
    large_objects: bool,
    /// The `search_path` that its rows have turned out to need.
    pub path: OnceLock<String>,
    /// Records which rows were stored.
    pub record: Option<RowsRecord>,
}

impl CopyStatements {
    /// `encoding` is what the server is told of the rows' encoding; `fresh` as in [`CopyStatements::fresh`]; `alike` says
    /// whether the target reads a type's binary values as the source wrote them.
    pub fn new(relation: &Relation, encoding: &str, fresh: bool, alike: impl Fn(&ValueType) -> bool) -> Self {
        let (schema, name) = match &relation.load_via_root {
            Some((schema, name)) => (schema, name),
            None => (&relation.schema, &relation.name),
        };
        let table = ident::qualified(schema, name);
        let columns: Vec<String> = relation.copy_columns().map(|c| ident::quote_ident(&c.name)).collect();
        let list = if columns.is_empty() {
            String::new()
        } else {
            format!(" ({})", columns.join(", "))
        };
        let encoding = ident::quote_literal(encoding);
        Self {
            copy: format!("COPY {table}{list} FROM STDIN WITH "),
            truncate: format!("TRUNCATE TABLE ONLY {table}"),
            binary: match relation.binary {
                true => relation.copy_columns().cloned().collect(),
                false => Vec::new(),
            },
            found: match relation.copy_columns().filter_map(|c| c.value_type.as_ref()).all(alike) {
                true => OnceLock::new(),
                false => CopyFormat::Text.into(),
            },
            // Truncating a foreign table would truncate the table on the other server.
            fresh: fresh && relation.load_via_root.is_none() && relation.foreign_server.is_none(),
            large_objects: relation.large_objects,
            path: OnceLock::new(),
            record: None,
            table,
            encoding,
        }
    }

    /// The statements for a target of this version, to which `wire` is connected.
    pub fn onto(relation: &Relation, source: &Source, wire: &Wire, version: Version, fresh: bool) -> Self {
        Self::new(relation, encoding(source, wire), fresh, reads_alike(source, version))
    }

    /// The COPY statement.
    pub fn copy(&self, format: CopyFormat, freeze: bool) -> String {
        let options = match format {
            CopyFormat::Text => format!("FORMAT text, ENCODING {}", self.encoding),
            CopyFormat::Binary => "FORMAT binary".to_owned(),
        };
        let freeze = if freeze { ", FREEZE" } else { "" };
        format!("{}({options}{freeze})", self.copy)
    }

    /// Quoted and qualified.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// `TRUNCATE` of the table that takes the rows, without those that inherit from it.
    pub fn truncate(&self) -> &str {
        &self.truncate
    }

    /// Whether the rows are pieces of large objects, which are not loaded by COPY.
    pub fn large_objects(&self) -> bool {
        self.large_objects
    }

    /// Whether the archive has the rows in this format.
    pub fn is_stored_in(&self, format: CopyFormat) -> bool {
        (format == CopyFormat::Text) == self.binary.is_empty()
    }

    /// The format that the target takes, if it is known without a query.
    pub fn known_format(&self) -> Option<CopyFormat> {
        // A table made by this restore of built-in types has exactly the archive's types.
        let built_in = |c: &CopyColumn| c.type_oid < FIRST_UNPINNED_OID;
        if let Some(found) = self.found.get() {
            Some(*found)
        } else if self.binary.is_empty() {
            Some(CopyFormat::Text)
        } else if self.fresh && self.binary.iter().all(built_in) {
            Some(CopyFormat::Binary)
        } else {
            None
        }
    }

    /// The format that the target takes. Binary values mean something only to columns of the very types that they came
    /// from; any others take text.
    pub fn format(&self, wire: &mut Wire) -> Result<CopyFormat, ConnectError> {
        if let Some(known) = self.known_format() {
            return Ok(known);
        }
        let there = copy_columns::value_types(&self.table, &mut |sql| wire.query(sql))?;
        let format = match self.binary.iter().all(|c| there.get(&c.name) == Some(&c.value_type)) {
            true => CopyFormat::Binary,
            false => CopyFormat::Text,
        };
        Ok(*self.found.get_or_init(|| format))
    }

    /// Converts a chunk to the format that the target takes.
    ///
    /// # Errors
    /// Binary values that cannot be printed.
    pub fn fit(&self, format: CopyFormat, chunk: DecodedChunk) -> Result<DecodedChunk, CodecError> {
        if chunk.copy_format() == format {
            return Ok(chunk);
        }
        let types: Option<Vec<&ValueType>> = self.binary.iter().map(|c| c.value_type.as_ref()).collect();
        chunk.into_text(&types.ok_or(CodecError::UnknownTypes)?)
    }
}
