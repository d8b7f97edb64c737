//! Reads extensions, and the objects that belong to them.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::{Address, Class, Definition, Object};

/// Extensions that initdb did not create. They get no owner here, because CREATE EXTENSION decides it.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT e.oid, e.extname, n.nspname FROM pg_catalog.pg_extension e \
         JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.oid >= {} ORDER BY e.oid",
        names::FIRST_NORMAL_OID
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let definition = Definition::Extension {
            schema: row.string("nspname")?,
        };
        objects.push(Object::new(
            Class::Extension,
            row.oid("oid")?,
            None,
            row.string("extname")?,
            definition,
        ));
    }
    Ok(objects)
}

/// The extension of every member object, built-in extensions included. Array, multirange and row
/// types and the shells of base types count as members with the object that they come with.
/// Parts with a row of their own (constraints, triggers, ..) are not listed: they follow their parent.
pub(crate) fn members(scope: &Scope) -> Result<HashMap<Address, String>, ConnectError> {
    let multiranges = if scope.version.has_multiranges() {
        "UNION ALL SELECT 'pg_type', r.rngmultitypid, m.extname FROM member m JOIN pg_catalog.pg_range r ON r.rngtypid = m.objid \
         WHERE m.catalog = 'pg_type' \
         UNION ALL SELECT 'pg_type', t.typarray, m.extname FROM member m JOIN pg_catalog.pg_range r ON r.rngtypid = m.objid \
         JOIN pg_catalog.pg_type t ON t.oid = r.rngmultitypid WHERE m.catalog = 'pg_type' AND t.typarray <> 0 "
    } else {
        ""
    };
    let sql = format!(
        "WITH member AS (SELECT c.relname::text AS catalog, d.objid, e.extname FROM pg_catalog.pg_depend d \
         JOIN pg_catalog.pg_class c ON c.oid = d.classid JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid \
         WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.objsubid = 0) \
         SELECT catalog, objid, extname FROM member \
         UNION ALL SELECT 'pg_type', t.typarray, m.extname FROM member m JOIN pg_catalog.pg_type t ON t.oid = m.objid \
         WHERE m.catalog = 'pg_type' AND t.typarray <> 0 \
         UNION ALL SELECT 'pg_type', c.reltype, m.extname FROM member m JOIN pg_catalog.pg_class c ON c.oid = m.objid \
         WHERE m.catalog = 'pg_class' AND c.reltype <> 0 \
         UNION ALL SELECT 'pg_type', t.typarray, m.extname FROM member m JOIN pg_catalog.pg_class c ON c.oid = m.objid \
         JOIN pg_catalog.pg_type t ON t.oid = c.reltype WHERE m.catalog = 'pg_class' AND t.typarray <> 0 {multiranges}"
    );
    let mut members = HashMap::new();
    for row in scope.control.query(&sql)? {
        let Some(class) = class_of_catalog(row.text("catalog")?) else {
            continue;
        };
        let (oid, extension) = (row.oid("objid")?, row.string("extname")?);
        if class == Class::Type {
            members.insert(Address::new(Class::ShellType, oid), extension.clone());
        }
        members.insert(Address::new(class, oid), extension);
    }
    Ok(members)
}

/// The class of the objects whose rows are in a system catalog, e.g. `pg_proc`.
pub(crate) fn class_of_catalog(catalog: &str) -> Option<Class> {
    Some(match catalog {
        "pg_namespace" => Class::Namespace,
        "pg_extension" => Class::Extension,
        "pg_type" => Class::Type,
        "pg_proc" => Class::Proc,
        "pg_operator" => Class::Operator,
        "pg_opclass" => Class::OperatorClass,
        "pg_opfamily" => Class::OperatorFamily,
        "pg_am" => Class::AccessMethod,
        "pg_cast" => Class::Cast,
        "pg_collation" => Class::Collation,
        "pg_conversion" => Class::Conversion,
        "pg_language" => Class::Language,
        "pg_class" => Class::Relation,
        "pg_attrdef" => Class::AttributeDefault,
        "pg_constraint" => Class::Constraint,
        "pg_rewrite" => Class::Rewrite,
        "pg_trigger" => Class::Trigger,
        "pg_policy" => Class::Policy,
        "pg_statistic_ext" => Class::ExtendedStatistics,
        "pg_default_acl" => Class::DefaultAcl,
        "pg_event_trigger" => Class::EventTrigger,
        "pg_foreign_data_wrapper" => Class::ForeignDataWrapper,
        "pg_foreign_server" => Class::ForeignServer,
        "pg_user_mapping" => Class::UserMapping,
        "pg_publication" => Class::Publication,
        "pg_publication_rel" => Class::PublicationRelation,
        "pg_publication_namespace" => Class::PublicationNamespace,
        "pg_subscription" => Class::Subscription,
        "pg_transform" => Class::Transform,
        "pg_ts_parser" => Class::TextSearchParser,
        "pg_ts_dict" => Class::TextSearchDictionary,
        "pg_ts_template" => Class::TextSearchTemplate,
        "pg_ts_config" => Class::TextSearchConfiguration,
        "pg_largeobject" => Class::LargeObject,
        "pg_database" => Class::Database,
        _ => return None,
    })
}
