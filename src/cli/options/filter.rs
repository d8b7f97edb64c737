//! The options that choose schemas, tables and parts, shared by several commands.

use crate::plan::choose::filter::{Filter, Parts};
use crate::plan::choose::filter_file::What;
use crate::select::pattern::{PatternError, names, relations};

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct SelectionArgs {
    /// Only schemas that match (psql pattern; may be given several times)
    #[arg(short = 'n', long = "schema", value_name = "PATTERN", help_heading = "SelectionArgs")]
    pub schemas: Vec<String>,
    /// No schemas that match
    #[arg(
        short = 'N',
        long = "exclude-schema",
        value_name = "PATTERN",
        help_heading = "SelectionArgs"
    )]
    pub exclude_schemas: Vec<String>,
    /// Only tables, views and sequences that match, with their indexes, constraints, triggers and partitions
    #[arg(short = 't', long = "table", value_name = "PATTERN", help_heading = "SelectionArgs")]
    pub tables: Vec<String>,
    /// No tables, views or sequences that match
    #[arg(
        short = 'T',
        long = "exclude-table",
        value_name = "PATTERN",
        help_heading = "SelectionArgs"
    )]
    pub exclude_tables: Vec<String>,
    /// Large objects too, where -n or -t chooses
    #[arg(short = 'b', long, help_heading = "SelectionArgs")]
    pub large_objects: bool,
    /// No large objects
    #[arg(short = 'B', long, help_heading = "SelectionArgs")]
    pub no_large_objects: bool,
}

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct PartOptions {
    /// Definitions only, no rows
    #[arg(short = 's', long, conflicts_with = "data_only", help_heading = "SelectionArgs")]
    pub schema_only: bool,
    /// Rows and sequence positions only, no definitions
    #[arg(short = 'a', long, help_heading = "SelectionArgs")]
    pub data_only: bool,
    /// Only this section: pre-data, data or post-data (may be given several times)
    #[arg(
        long = "section",
        value_name = "SECTION",
        conflicts_with_all = ["schema_only", "data_only"],
        hide_possible_values = true,
        help_heading = "SelectionArgs"
    )]
    pub sections: Vec<SectionName>,
}

/// The sections as pg_dump names them.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionName {
    PreData,
    Data,
    PostData,
}

impl SectionName {
    fn name(self) -> &'static str {
        match self {
            Self::PreData => "pre-data",
            Self::Data => "data",
            Self::PostData => "post-data",
        }
    }
}

impl PartOptions {
    pub(crate) fn parts(&self) -> Parts {
        let given = |section| self.sections.contains(&section);
        match self {
            Self { schema_only: true, .. } => Parts::Schema,
            Self { data_only: true, .. } => Parts::Data,
            _ => Parts::of(
                given(SectionName::PreData),
                given(SectionName::Data),
                given(SectionName::PostData),
            ),
        }
    }

    /// The options that were given, for the archive's source record.
    pub(crate) fn described(&self) -> Vec<String> {
        let flags = [("schema-only", self.schema_only), ("data-only", self.data_only)];
        let flags = flags.into_iter().filter(|(_, given)| *given);
        let flags = flags.map(|(name, _)| name.to_owned());
        let sections = self.sections.iter().map(|s| format!("section={}", s.name()));
        flags.chain(sections).collect()
    }
}

impl SelectionArgs {
    /// The patterns of the option that a rule in a filter file stands for.
    pub(crate) fn list(&mut self, what: What, include: bool) -> Option<&mut Vec<String>> {
        match (what, include) {
            (What::Schema, true) => Some(&mut self.schemas),
            (What::Schema, false) => Some(&mut self.exclude_schemas),
            (What::Table, true) => Some(&mut self.tables),
            (What::Table, false) => Some(&mut self.exclude_tables),
            _ => None,
        }
    }

    /// Parses the patterns; `database` is the one that three-part patterns must name.
    pub(crate) fn filter(
        &self,
        database: &str,
        exclude_table_data: &[String],
        parts: Parts,
    ) -> Result<Filter, PatternError> {
        Ok(Filter {
            schemas: names(&self.schemas, database)?,
            exclude_schemas: names(&self.exclude_schemas, database)?,
            tables: relations(&self.tables, database)?,
            exclude_tables: relations(&self.exclude_tables, database)?,
            exclude_table_data: relations(exclude_table_data, database)?,
            include_foreign_data: Vec::new(),
            parts,
            // As in pg_dump, -b wins.
            large_objects: match (self.large_objects, self.no_large_objects) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
            ..Filter::default()
        })
    }
}
