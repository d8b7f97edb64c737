//! Reads operator families and operator classes, with the members of each.

use std::collections::HashMap;

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::{ConnectError, Row};
use crate::model::objects::routine::{FamilyFunction, FamilyOperator, OperatorClass, OperatorFamily};
use crate::model::{Address, Class, Definition, Object};

/// Operators and functions by the family or class that `pg_depend` ties them to.
#[derive(Default)]
struct Members {
    operators: HashMap<Address, Vec<FamilyOperator>>,
    functions: HashMap<Address, Vec<FamilyFunction>>,
}

/// Families, including those that CREATE OPERATOR CLASS made by itself, and then classes.
pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut members = read_members(scope)?;
    let mut objects = read_families(scope, &mut members)?;
    objects.extend(read_classes(scope, &mut members)?);
    Ok(objects)
}

fn read_families(scope: &Scope, members: &mut Members) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT f.oid, n.nspname, f.opfname, {owner} AS owner, a.amname FROM pg_catalog.pg_opfamily f \
         JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am a ON a.oid = f.opfmethod \
         WHERE {wanted} ORDER BY f.oid",
        owner = names::role("f.opfowner"),
        wanted = names::user_schema_or_member("n", "pg_opfamily", "f.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let address = Address::new(Class::OperatorFamily, row.oid("oid")?);
        let family = OperatorFamily {
            access_method: row.string("amname")?,
            operators: members.operators.remove(&address).unwrap_or_default(),
            functions: members.functions.remove(&address).unwrap_or_default(),
        };
        let mut object = Object::new(
            address.class,
            address.oid,
            Some(row.string("nspname")?),
            row.string("opfname")?,
            Definition::OperatorFamily(family),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

fn read_classes(scope: &Scope, members: &mut Members) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT c.oid, n.nspname, c.opcname, {owner} AS owner, a.amname, c.opcdefault, \
         pg_catalog.format_type(c.opcintype, NULL) AS input_type, {family} AS family, \
         CASE WHEN c.opckeytype <> 0 THEN pg_catalog.format_type(c.opckeytype, NULL) END AS storage \
         FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace \
         JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod WHERE {wanted} ORDER BY c.oid",
        owner = names::role("c.opcowner"),
        family = names::operator_family("c.opcfamily"),
        wanted = names::user_schema_or_member("n", "pg_opclass", "c.oid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let address = Address::new(Class::OperatorClass, row.oid("oid")?);
        let class = OperatorClass {
            access_method: row.string("amname")?,
            default: row.bool("opcdefault")?,
            input_type: names::sql_type(&row, "input_type")?,
            family: names::name(&row, "family")?,
            storage: names::opt_sql_type(&row, "storage")?,
            operators: members.operators.remove(&address).unwrap_or_default(),
            functions: members.functions.remove(&address).unwrap_or_default(),
        };
        let mut object = Object::new(
            address.class,
            address.oid,
            Some(row.string("nspname")?),
            row.string("opcname")?,
            Definition::OperatorClass(Box::new(class)),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}

/// A join from `m`, a row of `pg_amop` or `pg_amproc`, to its class or family: `owner_oid`, and `of_class` to tell
/// which of the two it is. Built-in families are left out.
fn tie(catalog: &str) -> String {
    format!(
        "JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND d.objid = m.oid \
         AND d.refclassid IN ('pg_catalog.pg_opclass'::pg_catalog.regclass, 'pg_catalog.pg_opfamily'::pg_catalog.regclass) \
         AND d.deptype IN ('a', 'i') AND d.refobjid >= {}",
        names::FIRST_NORMAL_OID
    )
}

const TIED_TO: &str =
    "d.refobjid AS owner_oid, d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AS of_class";

/// The class or family that a row of [`TIED_TO`] belongs to.
fn owner(row: &Row) -> Result<Address, ConnectError> {
    let class = if row.bool("of_class")? {
        Class::OperatorClass
    } else {
        Class::OperatorFamily
    };
    Ok(Address::new(class, row.oid("owner_oid")?))
}

fn read_members(scope: &Scope) -> Result<Members, ConnectError> {
    let mut members = Members::default();
    let sql = format!(
        "SELECT {TIED_TO}, m.amopstrategy, {operator} AS operator, {order_by} AS order_by \
         FROM pg_catalog.pg_amop m {tie} ORDER BY m.amopstrategy, m.amoplefttype, m.amoprighttype, m.oid",
        operator = names::operator("m.amopopr"),
        order_by = names::operator_family("NULLIF(m.amopsortfamily, 0)"),
        tie = tie("pg_amop"),
    );
    for row in scope.control.query(&sql)? {
        let operator = FamilyOperator {
            strategy: row.int("amopstrategy")?,
            operator: names::operator_signature(&row, "operator")?,
            order_by: names::opt_name(&row, "order_by")?,
        };
        members.operators.entry(owner(&row)?).or_default().push(operator);
    }
    let sql = format!(
        "SELECT {TIED_TO}, m.amprocnum, pg_catalog.format_type(m.amproclefttype, NULL) AS left_type, \
         pg_catalog.format_type(m.amprocrighttype, NULL) AS right_type, {signature} AS signature \
         FROM pg_catalog.pg_amproc m {tie} ORDER BY m.amprocnum, m.amproclefttype, m.amprocrighttype, m.oid",
        signature = names::signature("m.amproc"),
        tie = tie("pg_amproc"),
    );
    for row in scope.control.query(&sql)? {
        let function = FamilyFunction {
            number: row.int("amprocnum")?,
            left: names::sql_type(&row, "left_type")?,
            right: names::sql_type(&row, "right_type")?,
            signature: names::signature_of(&row, "signature")?,
        };
        members.functions.entry(owner(&row)?).or_default().push(function);
    }
    Ok(members)
}
