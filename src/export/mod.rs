//! Rows of an archive as CSV, JSON lines or SQL, without a server.
//!
//! ```text
//! chunk -> checked, decoded, as COPY text -> rows -> a piece of output --+
//! chunk -> checked, decoded, as COPY text -> rows -> a piece of output --+-> in order -> file or pipe
//! ```
//!
//! Chunks are rendered on several threads and written in their order. A thread holds one chunk and only as much
//! rendered text as its queue takes (`in_order.rs`), so memory does not grow with the table, only with its largest row
//! (`docs/decisions/008-memory-of-an-export.md`). A damaged chunk ends the export with an error that names it.
//!
//! Rows are in the database's encoding in an archive, and stay so; names and definitions beside them must be in it too.
//! Values are printed as the dump's session printed them: dates in ISO, times with a zone in UTC.

mod csv;
pub mod error;
mod fields;
mod in_order;
mod json_lines;
mod shape;
mod sql;

use std::io::Write;

use crate::archive::{Archive, ChunkRef};
use crate::codec::CopyFormat;
use crate::export::error::ExportError;
use crate::export::fields::Value;
use crate::export::in_order::{Give, in_order};
use crate::export::json_lines::Key;
use crate::export::shape::Shape;
use crate::export::sql::Insert;
use crate::job::Job;
use crate::model::entry::CopyColumn;
use crate::model::{Catalog, Entry, EntryId, Relation, ident};
use crate::select::one_table::{Definition, OneTable};

const UTF8: &str = "UTF8";

/// A piece of output ends with the row that exceeds this many bytes, or after this many rows. In SQL a piece is one
/// statement.
const PIECE_BYTES: usize = 256 << 10;
const PIECE_ROWS: usize = 500;

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// As `COPY .. CSV` writes it: NULL is an empty field, an empty text is quoted.
    Csv,
    /// One object for each row and line.
    JsonLines,
    /// INSERT statements of many rows each.
    Sql,
}

/// The content and form of an export.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportOptions {
    /// What the output is.
    pub format: Format,
    /// Names of columns in the order to write them in; absent for all.
    pub columns: Option<Vec<String>>,
    /// Write the names of the columns as the first line of CSV.
    pub header: bool,
    /// Write the table's definition around the rows of SQL.
    pub with_definition: bool,
    /// Threads that decode.
    pub jobs: usize,
}

/// The result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Rows that were written.
    pub rows: u64,
    /// Bytes of output.
    pub bytes: u64,
    /// Names of the columns that were written, unquoted, in the order of the output.
    pub columns: Vec<String>,
}

/// Writes the rows of a table. The job counts bytes of COPY data.
pub fn run(
    archive: &Archive,
    table: &OneTable,
    options: &ExportOptions,
    out: &mut dyn Write,
    job: &Job,
) -> Result<Exported, ExportError> {
    let export = Export::new(archive, table, options)?;
    let chunks = export.chunks();
    let total = chunks
        .iter()
        .fold(0, |sum: u64, (_, chunk)| sum.saturating_add(chunk.raw_bytes));
    job.progress.set_total(total);
    let mut bytes = 0;
    let mut write = |piece: &[u8]| {
        if job.is_stopped() {
            return Err(ExportError::Interrupted);
        }
        bytes += piece.len() as u64;
        out.write_all(piece).map_err(ExportError::Write)
    };
    write(&export.head()?)?;
    let render = |(relation, chunk): &(&Relation, &ChunkRef), give: &mut Give| {
        export.render(relation, chunk, give)?;
        job.progress.chunk(chunk.rows, chunk.raw_bytes);
        job.progress.advance(chunk.raw_bytes);
        Ok(())
    };
    in_order(&chunks, options.jobs, render, |piece| write(&piece))?;
    write(&export.tail()?)?;
    out.flush().map_err(ExportError::Write)?;
    Ok(Exported {
        rows: chunks.iter().map(|(_, chunk)| chunk.rows).sum(),
        bytes,
        columns: export.columns.iter().map(|c| c.name.clone()).collect(),
    })
}

/// How a row is written.
enum Writer {
    Csv,
    JsonLines(Vec<Key>),
    Sql(Insert),
}

struct Export<'a> {
    archive: &'a Archive,
    table: &'a OneTable,
    options: &'a ExportOptions,
    /// The columns in the order of the output.
    columns: Vec<&'a CopyColumn>,
    writer: Writer,
    definition: Definition,
}

impl<'a> Export<'a> {
    fn new(archive: &'a Archive, table: &'a OneTable, options: &'a ExportOptions) -> Result<Self, ExportError> {
        let catalog = archive.catalog();
        let encoding = &archive.source().encoding;
        let all = table.columns(catalog).map_err(|column| ExportError::Columns {
            table: table.label(),
            column,
        })?;
        let columns = match &options.columns {
            Some(names) => chosen(catalog, table, &all, names)?,
            None => all,
        };
        let writer = match options.format {
            Format::Csv => Writer::Csv,
            Format::JsonLines if encoding != UTF8 => {
                return Err(ExportError::NotUtf8 {
                    encoding: encoding.clone(),
                });
            }
            Format::JsonLines => Writer::JsonLines(columns.iter().map(|c| Key::new(&c.name, Shape::of(c))).collect()),
            Format::Sql => {
                let (schema, name) = table.takes_rows(catalog);
                let columns: Vec<_> = columns.iter().map(|c| (c.name.as_str(), Shape::of(c))).collect();
                Writer::Sql(Insert::new(&ident::qualified(schema, name), &columns, encoding)?)
            }
        };
        let definition = match options.with_definition {
            true => table.definition(catalog),
            false => Definition::default(),
        };
        if options.with_definition && definition.before_rows.is_empty() {
            return Err(ExportError::NoDefinition { table: table.label() });
        }
        Ok(Self {
            archive,
            table,
            options,
            columns,
            writer,
            definition,
        })
    }

    /// The chunks of all relations, in the order of the archive.
    fn chunks(&self) -> Vec<(&'a Relation, &'a ChunkRef)> {
        let (catalog, manifest) = (self.archive.catalog(), self.archive.manifest());
        let relations = self.table.relations.iter().filter_map(|id| catalog.relation(*id));
        relations
            .flat_map(|relation| {
                let chunks = manifest.relation(relation.id).map_or(&[][..], |r| &r.chunks);
                chunks.iter().map(move |chunk| (relation, chunk))
            })
            .collect()
    }

    /// The text before the rows.
    fn head(&self) -> Result<Vec<u8>, ExportError> {
        let encoding = &self.archive.source().encoding;
        match self.writer {
            Writer::Csv if self.options.header => {
                let names = self.columns.iter().map(|c| sql::encoded(&c.name, encoding));
                let names: Vec<Vec<u8>> = names.collect::<Result<_, _>>()?;
                let names: Vec<Value> = names.iter().map(|name| Some(name.into())).collect();
                let mut line = Vec::new();
                csv::row(&names, &mut line);
                Ok(line)
            }
            Writer::Sql(_) => {
                let text = sql::begin(encoding, self.options.with_definition);
                sql::encoded(&(text + &self.statements(&self.definition.before_rows)), encoding)
            }
            Writer::Csv | Writer::JsonLines(_) => Ok(Vec::new()),
        }
    }

    /// The text after the rows.
    fn tail(&self) -> Result<Vec<u8>, ExportError> {
        if !matches!(self.writer, Writer::Sql(_)) {
            return Ok(Vec::new());
        }
        let made = |entry: EntryId| self.definition.before_rows.contains(&entry);
        let positions = self.archive.sequences().iter().filter(|state| made(state.entry));
        let mut text: String = positions
            .map(|state| {
                let name = ident::quote_literal(&ident::qualified(&state.schema, &state.name));
                format!(
                    "SELECT pg_catalog.setval({name}, {}, {});\n",
                    state.last_value, state.is_called
                )
            })
            .collect();
        text.push_str(&self.statements(&self.definition.after_rows));
        text.push_str(sql::END);
        sql::encoded(&text, &self.archive.source().encoding)
    }

    /// The statements that make these entries, with their comments.
    fn statements(&self, entries: &[EntryId]) -> String {
        let entries = entries.iter().filter_map(|id| self.archive.catalog().entry(*id));
        let statements = entries.flat_map(|entry: &Entry| entry.create.iter().chain(&entry.comments));
        statements.map(|sql| format!("{sql};\n")).collect()
    }

    /// Passes on a chunk's rows as pieces of output.
    fn render(&self, relation: &Relation, chunk: &ChunkRef, give: &mut Give) -> Result<(), ExportError> {
        let decode_error = |source| ExportError::Decode {
            table: relation.label(),
            chunk: chunk.chunk,
            source,
        };
        let decoded = self.archive.chunk(chunk).map_err(|source| ExportError::Archive {
            table: relation.label(),
            source,
        })?;
        let decoded = match decoded.copy_format() {
            CopyFormat::Text => decoded,
            CopyFormat::Binary => {
                let types = relation.value_types();
                let types = types
                    .ok_or(crate::codec::CodecError::UnknownTypes)
                    .map_err(decode_error)?;
                decoded.into_text(&types).map_err(decode_error)?
            }
        };
        let places = self.places(relation)?;
        let mut text = Vec::new();
        let mut seen = 0;
        let mut pieces = decoded.pieces();
        while pieces.next_into(&mut text) {
            // A row that is larger than a piece arrives in several.
            let Some(end) = memchr::memrchr(b'\n', &text[seen..]).map(|end| seen + end) else {
                seen = text.len();
                continue;
            };
            let wrong = |(column, expected): (usize, &'static str)| ExportError::Value {
                table: relation.label(),
                chunk: chunk.chunk,
                column: self.columns.get(column).map_or_else(String::new, |c| c.name.clone()),
                expected,
            };
            if !self.rows(&text[..=end], &places, give).map_err(wrong)? {
                return Ok(());
            }
            text.drain(..=end);
            seen = text.len();
        }
        Ok(())
    }

    /// The places of the output's columns in the rows of a relation.
    fn places(&self, relation: &Relation) -> Result<Vec<usize>, ExportError> {
        let place = |wanted: &&CopyColumn| {
            let place = relation.copy_columns().position(|c| c.name == wanted.name);
            place.ok_or_else(|| ExportError::Columns {
                table: self.table.label(),
                column: wanted.name.clone(),
            })
        };
        self.columns.iter().map(place).collect()
    }

    /// Writes whole rows of COPY text; false when no more are wanted.
    fn rows(&self, text: &[u8], places: &[usize], give: &mut Give) -> Result<bool, (usize, &'static str)> {
        let (mut fields, mut values) = (Vec::new(), Vec::new());
        let (mut piece, mut rows) = (Vec::new(), 0);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text) {
            fields.clear();
            fields::split(&text[start..end], &mut fields);
            start = end + 1;
            values.clear();
            // The reader has checked that there are as many fields as columns.
            values.extend(places.iter().map(|place| fields.get_mut(*place).and_then(Option::take)));
            match &self.writer {
                Writer::Csv => csv::row(&values, &mut piece),
                Writer::JsonLines(keys) => json_lines::row(keys, &values, &mut piece)?,
                Writer::Sql(insert) => insert.row(rows == 0, &values, &mut piece),
            }
            rows += 1;
            if piece.len() >= PIECE_BYTES || rows >= PIECE_ROWS {
                if !give(self.ended(&mut piece)) {
                    return Ok(false);
                }
                rows = 0;
            }
        }
        Ok(rows == 0 || give(self.ended(&mut piece)))
    }

    /// The finished piece; a new one begins.
    fn ended(&self, piece: &mut Vec<u8>) -> Vec<u8> {
        if let Writer::Sql(insert) = &self.writer {
            insert.end(piece);
        }
        std::mem::take(piece)
    }
}

/// The columns with these names, in the order of the names.
fn chosen<'a>(
    catalog: &Catalog,
    table: &OneTable,
    all: &[&'a CopyColumn],
    names: &[String],
) -> Result<Vec<&'a CopyColumn>, ExportError> {
    let generated = table.generated(catalog);
    let find = |(number, name): (usize, &String)| {
        if names[..number].contains(name) {
            return Err(ExportError::Repeated { column: name.clone() });
        }
        match all.iter().find(|c| c.name == *name) {
            Some(column) => Ok(*column),
            None if generated.contains(&name.as_str()) => Err(ExportError::Generated {
                table: table.label(),
                column: name.clone(),
            }),
            None => Err(ExportError::NoColumn {
                table: table.label(),
                column: name.clone(),
                columns: all
                    .iter()
                    .map(|c| ident::quote_ident(&c.name))
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    };
    names.iter().enumerate().map(find).collect()
}

#[cfg(test)]
mod tests;
