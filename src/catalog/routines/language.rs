//! Reads procedural languages.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::routine::Language;
use crate::model::{Class, Definition, Object};

/// Languages that initdb did not create.
///
/// A handler that lives in a system schema without being the system's own can only have come with
/// the language's extension; such a language is read without functions.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT l.oid, l.lanname, {owner} AS owner, l.lanpltrusted, {handler} AS handler, \
         {inline} AS inline, {validator} AS validator, \
         COALESCE((SELECT p.oid < {first} OR {user} FROM pg_catalog.pg_proc p \
         JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = l.lanplcallfoid), false) AS complete \
         FROM pg_catalog.pg_language l WHERE l.lanispl AND l.oid >= {first} ORDER BY l.oid",
        owner = names::role("l.lanowner"),
        handler = names::function("l.lanplcallfoid"),
        inline = names::function("l.laninline"),
        validator = names::function("l.lanvalidator"),
        user = names::user_schema("n"),
        first = names::FIRST_NORMAL_OID,
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let mut language = Language {
            trusted: row.bool("lanpltrusted")?,
            ..Language::default()
        };
        if row.bool("complete")? {
            language.handler = names::opt_name(&row, "handler")?;
            language.inline = names::opt_name(&row, "inline")?;
            language.validator = names::opt_name(&row, "validator")?;
        }
        let definition = Definition::Language(language);
        let mut object = Object::new(
            Class::Language,
            row.oid("oid")?,
            None,
            row.string("lanname")?,
            definition,
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}
