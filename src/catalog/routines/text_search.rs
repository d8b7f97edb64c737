//! Reads text search parsers, templates, dictionaries and configurations.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::objects::text_search::{Configuration, Dictionary, Mapping, Parser, Template};
use crate::model::{Class, Definition, Object};

/// All four kinds. Objects that initdb made are left to the target, even if they were changed since.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut objects = read_parsers(scope)?;
    objects.append(&mut read_templates(scope)?);
    objects.append(&mut read_dictionaries(scope)?);
    objects.append(&mut read_configurations(scope)?);
    Ok(objects)
}

/// A query of these columns and of oid, schema and name of the rows of `catalog`, whose alias is `t`.
fn select(catalog: &str, prefix: &str, columns: &str) -> String {
    format!(
        "SELECT t.oid, n.nspname, t.{prefix}name AS name, {columns} FROM pg_catalog.{catalog} t \
         JOIN pg_catalog.pg_namespace n ON n.oid = t.{prefix}namespace WHERE {wanted} ORDER BY t.oid",
        wanted = names::user_schema_or_member("n", catalog, "t.oid"),
    )
}

/// `{schema,name}` of the row of `catalog` whose oid is in `column`.
fn name_in(catalog: &str, prefix: &str, column: &str) -> String {
    format!(
        "(SELECT ARRAY[name_n.nspname, name_t.{prefix}name] FROM pg_catalog.{catalog} name_t \
         JOIN pg_catalog.pg_namespace name_n ON name_n.oid = name_t.{prefix}namespace WHERE name_t.oid = {column})"
    )
}

fn object(class: Class, row: &Row, definition: Definition) -> Result<Object, ConnectError> {
    Ok(Object::new(
        class,
        row.oid("oid")?,
        Some(row.string("nspname")?),
        row.string("name")?,
        definition,
    ))
}

fn read_parsers(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let columns = format!(
        "{} AS start, {} AS token, {} AS finish, {} AS headline, {} AS lexeme_types",
        names::function("t.prsstart"),
        names::function("t.prstoken"),
        names::function("t.prsend"),
        names::function("t.prsheadline"),
        names::function("t.prslextype"),
    );
    let rows = scope.control.query(&select("pg_ts_parser", "prs", &columns))?;
    let parser = |row: &Row| {
        let parser = Parser {
            start: names::name(row, "start")?,
            get_token: names::name(row, "token")?,
            end: names::name(row, "finish")?,
            headline: names::opt_name(row, "headline")?,
            lexeme_types: names::name(row, "lexeme_types")?,
        };
        object(Class::TextSearchParser, row, Definition::TextSearchParser(parser))
    };
    rows.iter().map(parser).collect()
}

fn read_templates(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let columns = format!(
        "{} AS init, {} AS lexize",
        names::function("t.tmplinit"),
        names::function("t.tmpllexize"),
    );
    let rows = scope.control.query(&select("pg_ts_template", "tmpl", &columns))?;
    let template = |row: &Row| {
        let template = Template {
            init: names::opt_name(row, "init")?,
            lexize: names::name(row, "lexize")?,
        };
        object(Class::TextSearchTemplate, row, Definition::TextSearchTemplate(template))
    };
    rows.iter().map(template).collect()
}

fn read_dictionaries(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let columns = format!(
        "{} AS owner, {} AS template, t.dictinitoption",
        names::role("t.dictowner"),
        name_in("pg_ts_template", "tmpl", "t.dicttemplate"),
    );
    let rows = scope.control.query(&select("pg_ts_dict", "dict", &columns))?;
    let dictionary = |row: &Row| {
        let dictionary = Dictionary {
            template: names::name(row, "template")?,
            options: row.opt_string("dictinitoption")?,
        };
        let definition = Definition::TextSearchDictionary(dictionary);
        let mut object = object(Class::TextSearchDictionary, row, definition)?;
        object.owner = Some(row.string("owner")?);
        Ok(object)
    };
    rows.iter().map(dictionary).collect()
}

fn read_configurations(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut mappings = read_mappings(scope)?;
    let columns = format!(
        "{} AS owner, {} AS parser",
        names::role("t.cfgowner"),
        name_in("pg_ts_parser", "prs", "t.cfgparser"),
    );
    let rows = scope.control.query(&select("pg_ts_config", "cfg", &columns))?;
    let configuration = |row: &Row| {
        let configuration = Configuration {
            parser: names::name(row, "parser")?,
            ..mappings.remove(&row.oid("oid")?).unwrap_or_default()
        };
        let definition = Definition::TextSearchConfiguration(configuration);
        let mut object = object(Class::TextSearchConfiguration, row, definition)?;
        object.owner = Some(row.string("owner")?);
        Ok(object)
    };
    rows.iter().map(configuration).collect()
}

/// Configurations with only their mappings. The parser gives the names of its token types: its function is called once
/// for each parser of a user's configuration.
fn read_mappings(scope: &Scope) -> Result<HashMap<u32, Configuration>, ConnectError> {
    let sql = format!(
        "WITH config AS MATERIALIZED (SELECT c.oid, c.cfgparser FROM pg_catalog.pg_ts_config c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace WHERE {user}), \
         token AS MATERIALIZED (SELECT p.cfgparser, t.tokid, t.alias \
         FROM (SELECT DISTINCT cfgparser FROM config) AS p \
         CROSS JOIN LATERAL pg_catalog.ts_token_type(p.cfgparser) AS t) \
         SELECT m.mapcfg, m.maptokentype, t.alias, {dictionary} AS dictionary \
         FROM config c JOIN pg_catalog.pg_ts_config_map m ON m.mapcfg = c.oid \
         LEFT JOIN token t ON t.cfgparser = c.cfgparser AND t.tokid = m.maptokentype \
         ORDER BY m.mapcfg, m.maptokentype, m.mapseqno",
        user = names::user_schema("n"),
        dictionary = name_in("pg_ts_dict", "dict", "m.mapdict"),
    );
    let mut found: HashMap<u32, Configuration> = HashMap::new();
    for row in &scope.control.query(&sql)? {
        let configuration = found.entry(row.oid("mapcfg")?).or_default();
        let Some(token) = row.opt_string("alias")? else {
            let number = row.int("maptokentype")?;
            if !configuration.unnamed_tokens.contains(&number) {
                configuration.unnamed_tokens.push(number);
            }
            continue;
        };
        let dictionary = names::name(row, "dictionary")?;
        // Rows are ordered, so those of one token type follow each other.
        match configuration.mappings.last_mut() {
            Some(mapping) if mapping.token == token => mapping.dictionaries.push(dictionary),
            _ => configuration.mappings.push(Mapping {
                token,
                dictionaries: vec![dictionary],
            }),
        }
    }
    Ok(found)
}
