//! What a restore would meet on its target, as far as can be known beforehand: for `--plan`, which changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::connect::{ConnectError, Control, Row};
use crate::model::ident::{qualified, quote_ident, quote_literal, unquote_ident};
use crate::model::{Catalog, Entry, Kind, Source};
use crate::plan::restore::words;
use crate::plan::restore::words::Word;
use crate::restore::check::preflight::Prepared;
use crate::restore::error::{RestoreError, doing};
use crate::restore::options::RestoreOptions;
use crate::version::Version;

/// What is known beforehand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forecast {
    /// What would be dropped, in order.
    pub drops: Vec<Dropped>,
    /// Why the restore would not begin.
    pub refusals: Vec<String>,
    /// What would or may fail on the way.
    pub doubts: Vec<String>,
}

/// An object or database that exists on the target and would be dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dropped {
    /// Kind and name.
    pub what: String,
    /// Approximate size, for tables; `None` where it is not known.
    pub bytes: Option<u64>,
    /// How many other sessions are connected to it; for a database only.
    pub sessions: Option<u64>,
}

/// Asks the server. `prepared` is what the preflight check found on the same target.
pub(in crate::restore) fn ask(
    control: &Control,
    options: &RestoreOptions,
    source: &Source,
    catalog: &Catalog,
    prepared: &Prepared,
) -> Result<Forecast, RestoreError> {
    let mut asking = Asking {
        control,
        catalog,
        prepared,
        forecast: Forecast::default(),
    };
    let ask = |asking: &mut Asking| {
        if options.create {
            asking.database(&source.database, options)?;
        } else {
            if options.clean {
                asking.objects()?;
            }
            asking.extensions()?;
            asking.rights()?;
        }
        asking.owners()?;
        if Version(source.server_version_num).major() > control.server_version().major() {
            asking.words()?;
        }
        Ok(())
    };
    ask(&mut asking).map_err(doing("cannot ask the target what it can take"))?;
    let mut forecast = asking.forecast;
    let replace = options.create || options.clean;
    forecast
        .refusals
        .extend(prepared.refusals(catalog, replace).iter().map(ToString::to_string));
    Ok(forecast)
}

struct Asking<'a> {
    control: &'a Control,
    catalog: &'a Catalog,
    prepared: &'a Prepared,
    forecast: Forecast,
}

impl<'a> Asking<'a> {
    /// `--create`: whether the database itself exists and would be dropped.
    fn database(&mut self, name: &str, options: &RestoreOptions) -> Result<(), ConnectError> {
        let sql = format!(
            "SELECT d.datname = pg_catalog.current_database() AS here, \
               CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') \
                 THEN pg_catalog.pg_database_size(d.oid) END AS bytes, \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a \
                WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid()) AS sessions, \
               d.datistemplate AS template, pg_catalog.pg_has_role(d.datdba, 'USAGE') AS own \
             FROM pg_catalog.pg_database d WHERE d.datname = {}",
            quote_literal(name)
        );
        let rights =
            "SELECT r.rolcreatedb OR r.rolsuper AS v FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER";
        let shown = quote_ident(name);
        let found = self.control.query(&sql)?;
        let mut refuse = |reason: String| self.forecast.refusals.push(reason);
        if self
            .control
            .query(rights)?
            .first()
            .map(|row| row.bool("v"))
            .transpose()?
            == Some(false)
        {
            refuse("this role may not create databases".to_owned());
        }
        let Some(row) = found.first() else {
            if options.clean && !options.if_exists {
                refuse(format!(
                    "database {shown} does not exist: --if-exists does not drop what is not there"
                ));
            }
            return Ok(());
        };
        if !options.clean {
            refuse(format!("database {shown} exists: --clean drops it first"));
            return Ok(());
        }
        let sessions = row.int("sessions")?.max(0) as u64;
        if row.bool("here")? {
            refuse(format!(
                "database {shown} is the one that -d names: it cannot be dropped from within"
            ));
        } else if sessions > 0 {
            refuse(format!(
                "database {shown} is in use: it cannot be dropped while others are connected"
            ));
        }
        if row.bool("template")? {
            refuse(format!("database {shown} is a template, which cannot be dropped"));
        }
        if !row.bool("own")? {
            refuse(format!(
                "database {shown} belongs to another role, which alone may drop it"
            ));
        }
        let bytes = row.opt("bytes")?.and_then(|bytes| bytes.parse().ok());
        self.forecast.drops.push(Dropped {
            what: format!("DATABASE {shown}"),
            bytes,
            sessions: Some(sessions),
        });
        Ok(())
    }

    /// `--clean`: which of the archive's objects exist. A part is not listed when the whole that it belongs to is.
    fn objects(&mut self) -> Result<(), ConnectError> {
        let there = &self.prepared.there;
        let chosen = self.prepared.selection.entries.keys().rev();
        let chosen = chosen.filter(|id| there.contains(id));
        let dropped = chosen.filter_map(|id| self.catalog.entry(*id)).filter(|entry| {
            let with_parent = entry.parent.is_some_and(|parent| there.contains(&parent));
            entry.drop.is_some() && !with_parent
        });
        let dropped: Vec<&Entry> = dropped.collect();
        let sizes = self.sizes()?;
        self.forecast.drops.extend(dropped.into_iter().map(|entry| {
            Dropped {
                what: entry.label(),
                bytes: sizes
                    .get(&qualified(entry.schema.as_deref().unwrap_or(""), &entry.name))
                    .copied(),
                sessions: None,
            }
        }));
        Ok(())
    }

    /// Table sizes as the server last noted them (`relpages`): reading them takes no locks.
    fn sizes(&self) -> Result<HashMap<String, u64>, ConnectError> {
        let rows = self.control.query(
            "SELECT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name, \
               c.relpages::pg_catalog.int8 * pg_catalog.current_setting('block_size')::pg_catalog.int8 AS bytes \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'm') AND c.relpages > 0",
        )?;
        let size = |row: &Row| {
            let name = qualified(row.text("schema")?, row.text("name")?);
            Ok((name, row.int("bytes")?.max(0) as u64))
        };
        rows.iter().map(size).collect()
    }

    /// Extensions that the target has in another schema than the archive's objects expect.
    fn extensions(&mut self) -> Result<(), ConnectError> {
        let rows = self.control.query(
            "SELECT e.extname::pg_catalog.text AS name, n.nspname::pg_catalog.text AS schema \
             FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace",
        )?;
        let mut there = HashMap::new();
        for row in &rows {
            there.insert(row.string("name")?, row.string("schema")?);
        }
        // With --clean such an extension is dropped and made anew.
        let dropped: HashSet<&str> = self
            .forecast
            .drops
            .iter()
            .map(|dropped| dropped.what.as_str())
            .collect();
        let entries = self.catalog.entries.iter().filter(|e| e.kind == Kind::Extension);
        let elsewhere = entries.filter_map(|entry| {
            let wanted = entry.create.first()?.rsplit_once(" WITH SCHEMA ")?.1;
            let wanted = unquote_ident(wanted)?;
            let schema = there.get(&entry.name).filter(|schema| **schema != wanted)?;
            let kept = !dropped.contains(entry.label().as_str());
            kept.then(|| {
                format!(
                    "{} is in schema {} on the target, and in {} in the archive: what names something of it there fails",
                    entry.label(),
                    quote_ident(schema),
                    quote_ident(&wanted)
                )
            })
        });
        self.forecast.doubts.extend(elsewhere);
        Ok(())
    }

    /// Schemas that exist, but in which this role may not create anything.
    fn rights(&mut self) -> Result<(), ConnectError> {
        let chosen: Vec<&'a Entry> = self.chosen().collect();
        let makes_schema = |e: &&&Entry| e.kind == Kind::Schema && !e.create.is_empty();
        let made: BTreeSet<&str> = chosen.iter().filter(makes_schema).map(|e| e.name.as_str()).collect();
        let whole = |e: &&&Entry| e.parent.is_none() && !e.create.is_empty();
        let used: BTreeSet<&str> = chosen
            .iter()
            .filter(whole)
            .filter_map(|e| e.schema.as_deref())
            .collect();
        let rows = self.control.query(
            "SELECT n.nspname::pg_catalog.text AS name, pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS may, \
               pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_schema \
             FROM pg_catalog.pg_namespace n",
        )?;
        let mut may_make_schemas = true;
        for row in &rows {
            let name = row.text("name")?;
            may_make_schemas &= row.bool("may_schema")?;
            if !row.bool("may")? && used.contains(name) && !made.contains(name) {
                let name = quote_ident(name);
                self.forecast
                    .doubts
                    .push(format!("this role may not create anything in schema {name}"));
            }
        }
        if !may_make_schemas && !made.is_empty() {
            self.forecast
                .doubts
                .push("this role may not create schemas in this database".to_owned());
        }
        Ok(())
    }

    /// Owners to whom this role cannot give objects, because it is not a member of them.
    fn owners(&mut self) -> Result<(), ConnectError> {
        let rows = self.control.query(
            "SELECT r.rolname::pg_catalog.text AS name FROM pg_catalog.pg_roles r \
             WHERE NOT pg_catalog.pg_has_role(r.oid, 'MEMBER')",
        )?;
        let strangers: HashSet<String> = rows.iter().map(|row| row.string("name")).collect::<Result<_, _>>()?;
        let owners: BTreeSet<&str> = self
            .chosen()
            .filter_map(|e| e.owner.as_ref())
            .map(|o| o.role.as_str())
            .collect();
        let doubts: Vec<String> = owners
            .into_iter()
            .filter(|owner| strangers.contains(*owner))
            .map(|owner| {
                format!(
                    "this role is no member of {}, so it cannot give it what it owned",
                    quote_ident(owner)
                )
            })
            .collect();
        self.forecast.doubts.extend(doubts);
        Ok(())
    }

    /// Words in definitions that came with a later version than the target's.
    fn words(&mut self) -> Result<(), ConnectError> {
        let rows = self.control.query(
            "SELECT p.proname::pg_catalog.text AS word FROM pg_catalog.pg_proc p \
               WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace \
             UNION SELECT t.typname::pg_catalog.text FROM pg_catalog.pg_type t \
               WHERE t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace \
             UNION SELECT a.amname::pg_catalog.text FROM pg_catalog.pg_am a \
             UNION SELECT k.word FROM pg_catalog.pg_get_keywords() k",
        )?;
        let known: HashSet<String> = rows.iter().map(|row| row.string("word")).collect::<Result<_, _>>()?;
        let version = self.control.server_version();
        let major = version.major();
        let is_unknown = |word: &Word| match word {
            Word::Function(name) | Word::Type(name) => !known.contains(name),
            Word::Keyword("MERGE") => !version.has_merge(),
            Word::Keyword(_) => !version.has_sql_json(),
            Word::JsonPathMethod(_) => !version.has_jsonpath_methods(),
        };
        let mut doubts = Vec::new();
        for entry in self.chosen().filter(|e| e.kind != Kind::StatisticsData) {
            let used: BTreeSet<Word> = entry.create.iter().flat_map(|sql| words::of(sql)).collect();
            doubts.extend(
                used.iter()
                    .filter(|word| is_unknown(word))
                    .map(|word| told(major, word, entry)),
            );
        }
        let relations = self.prepared.selection.relations.iter();
        for relation in relations.filter_map(|id| self.catalog.relation(*id)) {
            let types = relation.columns.iter().map(|c| c.type_name.trim_end_matches("[]"));
            let plain = |name: &&str| {
                name.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            };
            let unknown: BTreeSet<&str> = types.filter(plain).filter(|name| !known.contains(*name)).collect();
            let entry = relation.entry.and_then(|id| self.catalog.entry(id));
            let of = |entry: &Entry| {
                unknown
                    .iter()
                    .map(|t| told(major, &Word::Type((*t).to_owned()), entry))
                    .collect()
            };
            let more: Vec<String> = entry.map(of).unwrap_or_default();
            doubts.extend(more);
        }
        let mut seen = HashSet::new();
        doubts.retain(|doubt| seen.insert(doubt.clone()));
        self.forecast.doubts.extend(doubts);
        Ok(())
    }

    fn chosen(&self) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let (catalog, prepared) = (self.catalog, self.prepared);
        prepared.selection.entries.keys().filter_map(|id| catalog.entry(*id))
    }
}

fn told(major: u32, word: &Word, entry: &Entry) -> String {
    format!("PostgreSQL {major} may not know: {word}, in {}", entry.label())
}
