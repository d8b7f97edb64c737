//! One recovery while it runs: staging, matching, inserting.

use crate::archive::{Archive, ArchiveError};
use crate::connect::Wire;
use crate::job::Job;
use crate::model::entry::CopyColumn;
use crate::model::ident::{qualified, quote_ident};
use crate::model::{Relation, RelationId};
use crate::restore::error::RestoreError;
use crate::restore::load::copy::{self, Rows};
use crate::restore::load::error::LoadError;
use crate::restore::load::statements::CopyStatements;
use crate::restore::rows::condition;
use crate::restore::rows::error::{RestoreRowsError, refused};
use crate::restore::rows::options::{Destination, OnConflict, RowsOptions, TableReport};
use crate::restore::rows::target::{self, TargetTable};
use crate::restore::rows::types::{self, Spelled};
use crate::select::one_table::OneTable;
use crate::version::Version;

/// Names in the session's temporary schema.
const TEMPORARY: &str = "pg_temp";
const STAGED: &str = "pgark_staged";
const MATCHED: &str = "pgark_matched";

/// The one session and its transaction.
pub(in crate::restore) struct Recovery<'a> {
    pub archive: &'a Archive,
    /// The target's version.
    pub version: Version,
    pub options: &'a RowsOptions,
    pub job: &'a Job,
    pub wire: &'a mut Wire,
}

impl Recovery<'_> {
    /// Recovers all tables in one transaction, or changes nothing.
    pub(super) fn transaction(&mut self, tables: &[OneTable]) -> Result<Vec<TableReport>, RestoreError> {
        self.execute("begin a transaction", "BEGIN")?;
        // Commit as durably as the role does by default.
        self.execute("set up the session", "SET LOCAL synchronous_commit TO DEFAULT")?;
        let done = tables
            .iter()
            .map(|table| self.table(table))
            .collect::<Result<Vec<_>, _>>();
        if done.is_ok() && !self.options.plan {
            self.check_stop()?;
            self.commit()?;
        } else if !self.wire.is_broken() && self.wire.in_transaction() {
            // The end of the session would roll back too, a moment later. The first failure is the one to report.
            let _ = self.wire.execute("ROLLBACK");
        }
        done
    }

    fn table(&mut self, table: &OneTable) -> Result<TableReport, RestoreError> {
        let catalog = self.archive.catalog();
        let columns = table.columns(catalog).map_err(|column| RestoreRowsError::Columns {
            table: table.label(),
            column,
        })?;
        let rows = |id: &RelationId| self.archive.manifest().relation(*id).map_or(0, |r| r.rows);
        let mut report = TableReport {
            table: table.label(),
            rows: table.relations.iter().map(rows).sum(),
            generated: table.generated(catalog).into_iter().map(str::to_owned).collect(),
            missing: table.missing(catalog).collect(),
            ..TableReport::default()
        };
        match &self.options.destination {
            Destination::Own(conflict) => self.insert_into_own(table, &columns, *conflict, &mut report)?,
            Destination::Table(schema, name) => self.make_new(table, &columns, (schema, name), &mut report)?,
            Destination::Schema(schema) => self.make_new(table, &columns, (schema, &table.name), &mut report)?,
        }
        Ok(report)
    }

    fn insert_into_own(
        &mut self,
        table: &OneTable,
        columns: &[&CopyColumn],
        conflict: OnConflict,
        report: &mut TableReport,
    ) -> Result<(), RestoreError> {
        let target = TargetTable::read(self.wire, table.takes_rows(self.archive.catalog()))?;
        report.target = target.name.clone();
        report.defaults = target.defaults(columns)?;
        let insert = |source: &str| target.insert(columns, source, conflict);
        // Called early so that an impossible INSERT is refused before anything is read.
        insert(STAGED)?;
        let Some(source) = self.stage(table, columns, report)? else {
            return Ok(());
        };
        let mut present = 0;
        if conflict == OnConflict::Replace || self.options.plan && target.key(columns).is_ok() {
            self.job.progress.stage("looking for what is there");
            self.execute("count what is there", &format!("ANALYZE {source}"))?;
            present = self.count(&target.count_present(columns, &source)?)?;
            report.present = Some(present).filter(|_| self.options.plan);
        }
        if self.options.plan {
            return Ok(());
        }
        self.job.progress.stage("inserting");
        self.check_stop()?;
        let doing = refused(format!("insert into {}", target.name));
        let affected = self.wire.execute_one(&insert(&source)?).map_err(doing)?;
        report.replaced = present.min(affected);
        report.inserted = affected - report.replaced;
        let rest = report.matched.saturating_sub(affected);
        match conflict {
            OnConflict::Skip => report.skipped = rest,
            OnConflict::Error | OnConflict::Replace => report.kept_out = rest,
        }
        Ok(())
    }

    fn make_new(
        &mut self,
        table: &OneTable,
        columns: &[&CopyColumn],
        (schema, name): (&str, &str),
        report: &mut TableReport,
    ) -> Result<(), RestoreError> {
        report.target = qualified(schema, name);
        report.created = true;
        let has_schema = target::is_schema_there(self.wire, schema, name)?;
        if self.options.condition.is_none() && self.options.plan {
            report.matched = report.rows;
            return Ok(());
        }
        if !has_schema {
            let create = format!("CREATE SCHEMA {}", quote_ident(schema));
            self.execute(&format!("create schema {}", quote_ident(schema)), &create)?;
        }
        let definitions = self.definitions(table, columns, true)?;
        let create = format!("CREATE TABLE {} ({definitions})", report.target);
        self.create(table, &report.target, &create)?;
        if self.options.condition.is_none() {
            report.matched = self.load(table, schema, name)?;
            report.inserted = report.matched;
            return Ok(());
        }
        let Some(source) = self.stage(table, columns, report)? else {
            return Ok(());
        };
        if self.options.plan {
            return Ok(());
        }
        let names = names(columns);
        let list = if names.is_empty() {
            String::new()
        } else {
            format!(" ({names})")
        };
        let insert = format!("INSERT INTO {}{list} SELECT {names} FROM {source}", report.target);
        let doing = refused(format!("insert into {}", report.target));
        report.inserted = self.wire.execute_one(&insert).map_err(doing)?;
        Ok(())
    }

    /// Loads the wanted rows into a temporary table and returns its name; `None` where a plan does not need them.
    fn stage(
        &mut self,
        table: &OneTable,
        columns: &[&CopyColumn],
        report: &mut TableReport,
    ) -> Result<Option<String>, RestoreError> {
        let Some(condition) = &self.options.condition else {
            report.matched = report.rows;
            if self.options.plan {
                return Ok(None);
            }
            self.load_staged(table, columns)?;
            self.find_names()?;
            return Ok(Some(format!("{TEMPORARY}.{STAGED}")));
        };
        self.load_staged(table, columns)?;
        self.find_names()?;
        self.job.progress.stage("matching");
        self.check_stop()?;
        let list = (names(columns), table.name.as_str());
        report.matched =
            condition::select(self.wire, (STAGED, MATCHED), (&list.0, list.1), condition).map_err(|source| {
                RestoreRowsError::Condition {
                    table: table.label(),
                    source,
                }
            })?;
        Ok(Some(format!("{TEMPORARY}.{MATCHED}")))
    }

    fn load_staged(&mut self, table: &OneTable, columns: &[&CopyColumn]) -> Result<(), RestoreError> {
        let definitions = self.definitions(table, columns, false)?;
        let create = format!("CREATE TEMP TABLE {STAGED} ({definitions}) ON COMMIT DROP");
        self.create(table, "a staging table", &create)?;
        self.load(table, TEMPORARY, STAGED)?;
        Ok(())
    }

    /// The columns in the form that `CREATE TABLE` takes.
    fn definitions(
        &mut self,
        table: &OneTable,
        columns: &[&CopyColumn],
        with_not_null: bool,
    ) -> Result<String, RestoreError> {
        let spelled = types::spelled(self.wire, self.version, &table.label(), columns)?;
        let definition = |(column, spelled): (&&CopyColumn, &Spelled)| {
            let mut text = format!("{} {}", quote_ident(&column.name), spelled.type_name);
            if let Some(collation) = &spelled.collation {
                text.push_str(&format!(" COLLATE {collation}"));
            }
            if with_not_null && column.not_null {
                text.push_str(" NOT NULL");
            }
            text
        };
        let definitions: Vec<String> = columns.iter().zip(&spelled).map(definition).collect();
        Ok(definitions.join(", "))
    }

    /// Creates a table. The usual reason for a failure is that the target has the name already.
    fn create(&mut self, table: &OneTable, what: &str, sql: &str) -> Result<(), RestoreError> {
        let doing = refused(format!("create {what} with the columns of {}", table.label()));
        self.wire.execute_one(sql).map(drop).map_err(doing)?;
        Ok(())
    }

    /// From here on names are found by the role's default path.
    fn find_names(&mut self) -> Result<(), RestoreError> {
        self.execute("set up the session", "SET LOCAL search_path TO DEFAULT")
    }

    /// Loads all rows of the table into another one with the same columns, and returns their number.
    fn load(&mut self, table: &OneTable, schema: &str, name: &str) -> Result<u64, RestoreError> {
        let mut rows = 0;
        for relation in table
            .relations
            .iter()
            .filter_map(|id| self.archive.catalog().relation(*id))
        {
            self.check_stop()?;
            self.job.progress.stage(format!("reading {}", relation.label()));
            rows += self.load_relation(relation, schema, name)?;
        }
        Ok(rows)
    }

    fn load_relation(&mut self, relation: &Relation, schema: &str, name: &str) -> Result<u64, RestoreError> {
        let Some(rows) = Rows::all(self.archive, relation.id) else {
            return Ok(0);
        };
        let elsewhere = Relation {
            schema: schema.to_owned(),
            name: name.to_owned(),
            load_via_root: None,
            foreign_server: None,
            ..relation.clone()
        };
        let statements = CopyStatements::onto(&elsewhere, self.archive.source(), self.wire, self.version, false);
        copy::load(self.wire, Some(self.archive), &rows, &statements, &self.job.progress)
            .map_err(|error| load_error(&relation.label(), error))
    }

    fn commit(&mut self) -> Result<(), RestoreError> {
        self.wire.execute("COMMIT").map_err(|source| match source.is_lost() {
            true => RestoreRowsError::Unknown { source }.into(),
            false => refused("commit")(source).into(),
        })
    }

    fn execute(&mut self, doing: &str, sql: &str) -> Result<(), RestoreError> {
        Ok(self.wire.execute(sql).map_err(refused(doing))?)
    }

    fn count(&mut self, sql: &str) -> Result<u64, RestoreError> {
        let rows = self.wire.query(sql);
        let counted = rows.and_then(|rows| rows.first().map_or(Ok(0), |row| row.int("count")));
        let counted = counted.map_err(refused("count what is there"))?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }

    fn check_stop(&self) -> Result<(), RestoreError> {
        match self.job.stop.by_user() {
            true => Err(RestoreError::Interrupted),
            false => Ok(()),
        }
    }
}

fn load_error(table: &str, error: LoadError) -> RestoreError {
    match error {
        LoadError::Archive(error @ ArchiveError::Damaged { .. }) => RestoreError::Archive(error),
        LoadError::Server(source) => refused(format!("stage rows of {table}"))(source).into(),
        other => RestoreRowsError::Rows {
            table: table.to_owned(),
            cause: other.to_string(),
        }
        .into(),
    }
}

/// The columns' names, quoted.
fn names(columns: &[&CopyColumn]) -> String {
    let names: Vec<String> = columns.iter().map(|c| quote_ident(&c.name)).collect();
    names.join(", ")
}
