//! What a dump, a restore or a comparison is limited to, as texts of patterns.

use crate::plan::choose::filter::{Filter, Parts};
use crate::plan::restore::filter::RestoreFilter;
use crate::select::pattern::{PatternError, names, relations};

/// Patterns as `pg_dump` and `psql` take them.
#[derive(Clone, Debug, Default)]
pub(super) struct Select {
    pub(super) tables: Vec<String>,
    pub(super) exclude_tables: Vec<String>,
    pub(super) schemas: Vec<String>,
    pub(super) exclude_schemas: Vec<String>,
    pub(super) parts: Parts,
}

impl Select {
    /// For a live side; `database` is the one that patterns of three parts must name.
    pub(super) fn filter(&self, database: &str) -> Result<Filter, PatternError> {
        Ok(Filter {
            tables: relations(&self.tables, database)?,
            exclude_tables: relations(&self.exclude_tables, database)?,
            schemas: names(&self.schemas, database)?,
            exclude_schemas: names(&self.exclude_schemas, database)?,
            parts: self.parts,
            ..Filter::default()
        })
    }

    /// The options of `pgark dump` that say the same, by which an archive or a snapshot is known to be a part.
    pub(super) fn described(&self) -> Vec<String> {
        let patterns = [
            ("schema", &self.schemas),
            ("exclude-schema", &self.exclude_schemas),
            ("table", &self.tables),
            ("exclude-table", &self.exclude_tables),
        ];
        let of = |(name, values): (&'static str, &Vec<String>)| -> Vec<String> {
            values.iter().map(|value| format!("{name}={value}")).collect()
        };
        let sections: &[&str] = match self.parts {
            Parts::All => &[],
            Parts::Schema => &["schema-only"],
            Parts::Data => &["data-only"],
            Parts::PreData => &["section=pre-data"],
            Parts::PostData => &["section=post-data"],
            Parts::UpToData => &["section=pre-data", "section=data"],
            Parts::FromData => &["section=data", "section=post-data"],
        };
        let sections = sections.iter().map(|&section| section.to_owned());
        patterns.into_iter().flat_map(of).chain(sections).collect()
    }

    /// For the entries of an archive of `database`.
    pub(super) fn of_archive(&self, database: &str) -> Result<RestoreFilter, PatternError> {
        Ok(RestoreFilter {
            tables: relations(&self.tables, database)?,
            exclude_tables: relations(&self.exclude_tables, database)?,
            schemas: names(&self.schemas, database)?,
            exclude_schemas: names(&self.exclude_schemas, database)?,
            parts: self.parts,
            ..RestoreFilter::default()
        })
    }
}

/// The options that a dump, a restore and a comparison share.
macro_rules! selects {
    () => {
        /// Only tables, views and sequences that match, with all that belongs to them; may be called several times.
        /// Patterns are `psql`'s: `orders`, `sales.*`, `"Odd name"`.
        pub fn tables(mut self, pattern: impl Into<String>) -> Self {
            self.select.tables.push(pattern.into());
            self
        }

        /// No tables, views or sequences that match.
        pub fn exclude_tables(mut self, pattern: impl Into<String>) -> Self {
            self.select.exclude_tables.push(pattern.into());
            self
        }

        /// Only schemas that match.
        pub fn schemas(mut self, pattern: impl Into<String>) -> Self {
            self.select.schemas.push(pattern.into());
            self
        }

        /// No schemas that match.
        pub fn exclude_schemas(mut self, pattern: impl Into<String>) -> Self {
            self.select.exclude_schemas.push(pattern.into());
            self
        }

        /// Definitions alone, rows alone, or both, which is the default.
        pub fn parts(mut self, parts: $crate::plan::choose::filter::Parts) -> Self {
            self.select.parts = parts;
            self
        }

        /// Runs under this job, by which it can be watched and stopped.
        pub fn under(mut self, job: &$crate::job::Job) -> Self {
            self.job = job.clone();
            self
        }
    };
}
pub(super) use selects;
