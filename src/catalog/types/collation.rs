//! Reads collations.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::types::Collation;
use crate::model::{Class, Definition, Object};

/// User collations that this database can use: those of other encodings cannot be created here.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    // 13 and 14 keep an ICU locale in collcollate, and use empty names for "none".
    let locale = match scope.version {
        version if version.has_builtin_provider() => "c.colllocale",
        version if version.has_locale_providers() => "c.colliculocale",
        _ => "NULL",
    };
    let rules = if scope.version.has_icu_rules() {
        "c.collicurules"
    } else {
        "NULL"
    };
    let sql = format!(
        "SELECT c.oid, n.nspname, c.collname, {owner} AS owner, c.collprovider, c.collisdeterministic, \
         NULLIF(c.collcollate::text, '') AS collate, NULLIF(c.collctype::text, '') AS ctype, \
         {locale} AS locale, {rules} AS rules \
         FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace \
         WHERE {wanted} AND c.collencoding IN (-1, \
         (SELECT d.encoding FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())) \
         ORDER BY c.oid",
        owner = names::role("c.collowner"),
        wanted = names::user_schema_or_member("n", "pg_collation", "c.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let mut collation = Collation {
            provider: row.char("collprovider")?,
            deterministic: row.bool("collisdeterministic")?,
            collate: row.opt_string("collate")?,
            ctype: row.opt_string("ctype")?,
            locale: row.opt_string("locale")?,
            rules: row.opt_string("rules")?,
        };
        if collation.provider == 'i' && collation.locale.is_none() {
            collation.locale = collation.collate.take();
            collation.ctype = None;
        }
        let mut object = Object::new(
            Class::Collation,
            row.oid("oid")?,
            Some(row.string("nspname")?),
            row.string("collname")?,
            Definition::Collation(collation),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}
