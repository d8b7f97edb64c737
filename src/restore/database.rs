//! `--create`: makes the archive's database on the target and connects to it.

use crate::connect::{Control, Params};
use crate::model::entry::Requirement;
use crate::model::ident::{quote_ident, quote_literal};
use crate::model::{Catalog, Kind, Source};
use crate::restore::error::{RestoreError, doing};
use crate::restore::options::RestoreOptions;
use crate::restore::record::journal::{Found, Journal};
use crate::restore::session::connect;
use crate::version::Version;

/// Name of the database that a session is connected to.
pub(crate) fn current(control: &Control) -> Result<String, RestoreError> {
    let failed = doing("cannot ask for the database's name");
    let rows = control
        .query("SELECT pg_catalog.current_database()::pg_catalog.text AS name")
        .map_err(&failed)?;
    rows.first()
        .map_or_else(|| Ok(String::new()), |row| row.string("name"))
        .map_err(failed)
}

/// Creates the database of `source` with its encoding and locale and returns a session in it. With `--clean` an
/// existing one is dropped first, unless it has the record of this restore and the restore is to go on.
pub(crate) fn create(
    control: &Control,
    params: &Params,
    source: &Source,
    catalog: &Catalog,
    options: &RestoreOptions,
    journal: &Journal,
) -> Result<Control, RestoreError> {
    let name = quote_ident(&source.database);
    if options.resume
        && let Some(session) = reopen(control, params, source, options, journal)?
    {
        return Ok(session);
    }
    if options.clean {
        let if_exists = if options.if_exists { "IF EXISTS " } else { "" };
        control
            .execute(&format!("DROP DATABASE {if_exists}{name}"))
            .map_err(doing("cannot drop the old database"))?;
    }
    let sql = create_statement(source, catalog, &source.database, control.server_version());
    control.execute(&sql).map_err(doing("cannot create the database"))?;
    connect(&params.with_database(&source.database), options)
}

/// A session in the database that an earlier run has made. Such a database has the record, or nothing at all yet.
fn reopen(
    control: &Control,
    params: &Params,
    source: &Source,
    options: &RestoreOptions,
    journal: &Journal,
) -> Result<Option<Control>, RestoreError> {
    let failed = doing("cannot look for the database");
    let named = quote_literal(&source.database);
    let sql = format!("SELECT FROM pg_catalog.pg_database d WHERE d.datname = {named}");
    if control.query(&sql).map_err(&failed)?.is_empty() {
        return Ok(None);
    }
    let session = connect(&params.with_database(&source.database), options)?;
    if !matches!(journal.find(&session)?, Found::Nothing) {
        return Ok(Some(session));
    }
    if options.clean {
        return Ok(None);
    }
    let anything = "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' LIMIT 1";
    match session.query(anything).map_err(&failed)?.is_empty() {
        true => Ok(Some(session)),
        false => Err(RestoreError::NotTheOne {
            database: source.database.clone(),
        }),
    }
}

/// The statement that makes a database like that of `source` under the given name. `version` is the target's: 15 and
/// later know locale providers.
pub(crate) fn create_statement(source: &Source, catalog: &Catalog, name: &str, version: Version) -> String {
    let mut sql = format!(
        "CREATE DATABASE {} WITH TEMPLATE = template0 ENCODING = {}",
        quote_ident(name),
        quote_literal(&source.encoding)
    );
    let mut option = |name: &str, value: &str| sql.push_str(&format!(" {name} = {}", quote_literal(value)));
    if version.has_locale_providers() && !source.locale_provider.is_empty() {
        option("LOCALE_PROVIDER", &source.locale_provider);
    }
    option("LC_COLLATE", &source.lc_collate);
    option("LC_CTYPE", &source.lc_ctype);
    match (source.locale_provider.as_str(), &source.locale) {
        ("icu", Some(locale)) if version.has_locale_providers() => option("ICU_LOCALE", locale),
        ("builtin", Some(locale)) if version.has_builtin_provider() => option("BUILTIN_LOCALE", locale),
        _ => {}
    }
    if let Some(rules) = source.icu_rules.as_ref().filter(|_| version.has_icu_rules()) {
        option("ICU_RULES", rules);
    }
    let databases = catalog.entries.iter().filter(|e| e.kind == Kind::Database);
    for requirement in databases.flat_map(|e| &e.requires) {
        if let Requirement::Tablespace(tablespace) = requirement {
            sql.push_str(&format!(" TABLESPACE = {}", quote_ident(tablespace)));
        }
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(provider: &str, locale: Option<&str>) -> Source {
        Source {
            database: "My DB".into(),
            encoding: "UTF8".into(),
            locale_provider: provider.into(),
            lc_collate: "C".into(),
            lc_ctype: "en_US.UTF-8".into(),
            locale: locale.map(str::to_owned),
            ..Source::default()
        }
    }

    #[test]
    fn the_locale_is_that_of_the_source() {
        assert_eq!(
            create_statement(
                &source("libc", None),
                &Catalog::default(),
                "My DB",
                Version::first_of(14)
            ),
            "CREATE DATABASE \"My DB\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LC_COLLATE = 'C' LC_CTYPE = 'en_US.UTF-8'"
        );
        let builtin = create_statement(
            &source("builtin", Some("C.UTF-8")),
            &Catalog::default(),
            "My DB",
            Version::first_of(17),
        );
        assert!(builtin.contains("LOCALE_PROVIDER = 'builtin'"), "{builtin}");
        assert!(builtin.ends_with("BUILTIN_LOCALE = 'C.UTF-8'"), "{builtin}");
    }
}
