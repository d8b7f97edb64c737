//! Access privileges: the list of each object, and the list that a new object of its kind would have.
//!
//! The server takes the lists apart (`aclexplode`); no `aclitem` text is parsed here.

use std::collections::{HashMap, HashSet};

use crate::catalog::extensions::extension::class_of_catalog;
use crate::catalog::{CatalogError, Scope};
use crate::connect::Row;
use crate::model::objects::database::Uncarried;
use crate::model::objects::privileges::{Acl, AclItem};
use crate::model::{Address, Class, Definition, Kind, Object};
use crate::version::Version;

/// The findings of reading privileges, besides the lists.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub warnings: Vec<String>,
    /// Changed privileges on objects of the system that are not among the objects.
    pub not_covered: Vec<Uncarried>,
}

/// The lists as rows, before anything is known of the objects.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    lists: Vec<Row>,
    defaults: Vec<Row>,
}

pub(crate) fn read(scope: &Scope) -> Result<Lists, CatalogError> {
    let mut results = scope
        .control
        .query_all(&[with_items(LISTS), with_items(DEFAULTS)])?
        .into_iter();
    Ok(Lists {
        lists: results.next().unwrap_or_default(),
        defaults: results.next().unwrap_or_default(),
    })
}

/// Sets the `acl` of every object whose privileges were ever touched, or whose extension set them.
/// Owners must be set already.
pub(crate) fn add(
    scope: &Scope,
    Lists { lists, defaults }: Lists,
    objects: &mut [Object],
) -> Result<Findings, CatalogError> {
    let mut findings = Findings::default();
    let mut dropped = DroppedRoles::default();

    let mut built_in: HashMap<(char, u32), Vec<AclItem>> = HashMap::new();
    for row in &defaults {
        let items = built_in.entry((row.char("kind")?, row.oid("owner")?)).or_default();
        items.extend(item(row, &mut dropped)?);
    }

    let mut found: HashMap<Address, Vec<Touched>> = HashMap::new();
    for row in &lists {
        let Some(class) = class_of_catalog(row.text("class")?) else {
            continue;
        };
        let lists = found.entry(Address::new(class, row.oid("oid")?)).or_default();
        let column = row.opt_string("column_name")?;
        // Rows are ordered, so those of one list follow each other.
        if lists.last().is_none_or(|last| last.column != column) {
            lists.push(Touched {
                column,
                kind: row.char("kind")?,
                owner: row.oid("owner")?,
                actual: None,
                initial: None,
            });
        }
        let Some(list) = lists.last_mut() else { continue };
        let target = if row.text("list")? == "actual" {
            &mut list.actual
        } else {
            &mut list.initial
        };
        target.get_or_insert_default().extend(item(row, &mut dropped)?);
    }

    for object in objects.iter_mut() {
        let Some(lists) = found.remove(&object.address) else {
            continue;
        };
        let mut acl = Acl::default();
        for list in lists {
            let mut default = built_in.get(&(list.kind, list.owner)).cloned().unwrap_or_default();
            if list.column.is_none() {
                default.extend(information_schema_grant(object));
            }
            match list.column.clone() {
                Some(column) => acl.columns.push((column, list.resolve(default))),
                None if object.address.class == Class::Namespace && object.name == "public" => {
                    let owner = object.owner.clone().unwrap_or_default();
                    let resolved = list.resolve(default);
                    let base = public_schema_base(scope.version, &owner, resolved.actual.as_deref());
                    acl = Acl {
                        base,
                        base_is_initial: true,
                        columns: acl.columns,
                        ..resolved
                    };
                }
                None => {
                    acl = Acl {
                        columns: acl.columns,
                        ..list.resolve(default)
                    }
                }
            }
        }
        object.acl = Some(acl);
    }
    findings.not_covered = uncarried(scope, &found)?;
    findings.warnings = dropped.warnings;
    Ok(findings)
}

/// One list as found.
struct Touched {
    column: Option<String>,
    kind: char,
    owner: u32,
    actual: Option<Vec<AclItem>>,
    initial: Option<Vec<AclItem>>,
}

impl Touched {
    fn resolve(self, default: Vec<AclItem>) -> Acl {
        match self.initial {
            // A list that was set initially and is absent now has been reset to the built-in default.
            Some(initial) => Acl {
                actual: Some(self.actual.unwrap_or(default)),
                base: initial,
                base_is_initial: true,
                columns: Vec::new(),
            },
            None => Acl {
                actual: self.actual,
                base: default,
                base_is_initial: false,
                columns: Vec::new(),
            },
        }
    }
}

/// The grant to PUBLIC in the information schema. initdb makes it after it has noted the initial privileges, so it is
/// in no catalog.
fn information_schema_grant(object: &Object) -> Option<AclItem> {
    let privilege = match &object.definition {
        Definition::SystemObject(system) => match system.kind {
            Kind::Schema if object.name == "information_schema" => "USAGE",
            Kind::View | Kind::Table if object.schema.as_deref() == Some("information_schema") => "SELECT",
            _ => return None,
        },
        _ => return None,
    };
    // Helpers of other views, and two relations about features that PostgreSQL does not have.
    let kept_back = object.name.starts_with("_pg_") || matches!(object.name.as_str(), "sql_parts" | "transforms");
    (!kept_back).then(|| AclItem {
        grantee: None,
        grantor: object.owner.clone().unwrap_or_default(),
        privileges: vec![(privilege.to_owned(), false)],
    })
}

/// The privileges on the target's own `public`: usage since 15, before that also creation. If the source's list differs
/// from the default of 15, the dump says explicitly what PUBLIC may do, so that the result is the same on every target:
/// the list is then compared with one that it never equals.
fn public_schema_base(version: Version, owner: &str, actual: Option<&[AclItem]>) -> Vec<AclItem> {
    let item = |grantee: Option<&str>, privileges: &[(&str, bool)]| AclItem {
        grantee: grantee.map(str::to_owned),
        grantor: owner.to_owned(),
        privileges: privileges
            .iter()
            .map(|(name, grantable)| ((*name).to_owned(), *grantable))
            .collect(),
    };
    let usage = item(None, &[("USAGE", false)]);
    let is_default = version.has_closed_public_schema() && actual.is_none_or(|items| items.contains(&usage));
    let everyone = if is_default {
        usage
    } else {
        item(None, &[("USAGE", true), ("CREATE", true)])
    };
    vec![item(Some(owner), &[("USAGE", false), ("CREATE", false)]), everyone]
}

/// Dropped roles, which lists still name by number.
#[derive(Default)]
pub(in crate::catalog) struct DroppedRoles {
    seen: HashSet<u32>,
    pub(in crate::catalog) warnings: Vec<String>,
}

/// The item of a row with `grantor`, `grantor_name`, `grantee`, `grantee_name`, `privileges`;
/// `None` for the one row of an empty list and for roles that no longer exist.
pub(in crate::catalog) fn item(row: &Row, dropped: &mut DroppedRoles) -> Result<Option<AclItem>, CatalogError> {
    if row.opt("privileges")?.is_none() {
        return Ok(None);
    }
    let mut role = |number: &str, name: &str| -> Result<Option<String>, CatalogError> {
        let found = row.opt_string(name)?;
        if found.is_none() {
            let oid = row.oid(number)?;
            if dropped.seen.insert(oid) {
                dropped.warnings.push(format!(
                    "privileges granted to or by the role with oid {oid} are left out: the role no longer exists"
                ));
            }
        }
        Ok(found)
    };
    let public = row.oid("grantee")? == 0;
    let grantee = if public { None } else { role("grantee", "grantee_name")? };
    let grantor = role("grantor", "grantor_name")?;
    let Some(grantor) = grantor.filter(|_| public || grantee.is_some()) else {
        return Ok(None);
    };
    let privileges = row
        .array("privileges")?
        .into_iter()
        .map(|privilege| match privilege.strip_suffix('*') {
            Some(name) => (name.to_owned(), true),
            None => (privilege, false),
        })
        .collect();
    Ok(Some(AclItem {
        grantee,
        grantor,
        privileges,
    }))
}

fn uncarried(scope: &Scope, found: &HashMap<Address, Vec<Touched>>) -> Result<Vec<Uncarried>, CatalogError> {
    // Only system objects: user objects that are not read are listed by their kind.
    let system: Vec<String> = found
        .keys()
        .filter(|address| address.oid < 16_384)
        .filter_map(|address| {
            let catalog = match address.class {
                Class::Relation => "pg_class",
                Class::Proc => "pg_proc",
                Class::Type => "pg_type",
                Class::Namespace => "pg_namespace",
                _ => return None,
            };
            Some(format!("('pg_catalog.{catalog}'::regclass, {}::oid)", address.oid))
        })
        .collect();
    if system.is_empty() {
        return Ok(Vec::new());
    }
    let rows = scope.control.query(&format!(
        "SELECT pg_catalog.pg_describe_object(v.class, v.oid, 0) AS name FROM (VALUES {}) AS v(class, oid) ORDER BY 1",
        system.join(", ")
    ))?;
    let mut uncarried = Vec::new();
    for row in &rows {
        // The object was dropped after the lists were read, so there is nothing to name.
        let Some(name) = row.opt_string("name")? else { continue };
        uncarried.push(Uncarried {
            kind: "PRIVILEGES OF A SYSTEM OBJECT".to_owned(),
            schema: None,
            name,
        });
    }
    Ok(uncarried)
}

/// Completes a query of lists of privileges, each a row's `w.acl`. `{ITEM}` stands for the columns that [`item`] reads.
/// `{ITEMS}` stands for the join that makes one row per item, ordered by `item.ord`, or one of NULLs for a list without
/// any.
pub(in crate::catalog) fn with_items(sql: &str) -> String {
    const ITEM: &str = "item.grantor, item.grantee, grantor.rolname AS grantor_name, grantee.rolname AS grantee_name, \
        item.privileges";
    const ITEMS: &str = "\
LEFT JOIN LATERAL (
  SELECT pg_catalog.min(e.ord) AS ord, e.grantor, e.grantee,
    pg_catalog.array_agg(e.privilege_type || CASE WHEN e.is_grantable THEN '*' ELSE '' END ORDER BY e.ord) AS privileges
  FROM pg_catalog.aclexplode(w.acl) WITH ORDINALITY AS e(grantor, grantee, privilege_type, is_grantable, ord)
  GROUP BY e.grantor, e.grantee
) AS item ON true
LEFT JOIN pg_catalog.pg_roles grantor ON grantor.oid = item.grantor
LEFT JOIN pg_catalog.pg_roles grantee ON grantee.oid = item.grantee";
    sql.replace("{ITEM}", ITEM).replace("{ITEMS}", ITEMS)
}

// Most columns have no list and never had one; they are not looked up among the initial ones.
const LISTS: &str = "\
WITH src AS (
  SELECT 'pg_namespace' AS class, 'pg_catalog.pg_namespace'::pg_catalog.regclass AS classid, n.oid, 0 AS sub, NULL::name AS column_name,
    COALESCE(n.nspacl, CASE n.nspname WHEN 'public' THEN pg_catalog.acldefault('n', n.nspowner) END) AS acl,
    n.nspowner AS owner, 'n' AS kind, n.nspname = 'public' AS always
  FROM pg_catalog.pg_namespace n 
  WHERE n.nspname = 'pg_catalog' OR n.nspname !~ '^pg_'
  UNION ALL
  SELECT 'pg_type', 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0, NULL, t.typacl, t.typowner, 'T', false FROM pg_catalog.pg_type t
  UNION ALL
  SELECT 'pg_proc', 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, NULL, p.proacl, p.proowner, 'f', false FROM pg_catalog.pg_proc p
  UNION ALL
  SELECT 'pg_language', 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 0, NULL, l.lanacl, l.lanowner, 'l', false FROM pg_catalog.pg_language l
  UNION ALL
  SELECT 'pg_foreign_data_wrapper', 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, 0, NULL, w.fdwacl, w.fdwowner, 'F', false
  FROM pg_catalog.pg_foreign_data_wrapper w
  UNION ALL
  SELECT 'pg_foreign_server', 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, s.oid, 0, NULL, s.srvacl, s.srvowner, 'S', false FROM pg_catalog.pg_foreign_server s
  UNION ALL
  SELECT 'pg_class', 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, 0, NULL, c.relacl, c.relowner, CASE WHEN c.relkind = 'S' THEN 's' ELSE 'r' END, false
  FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  UNION ALL
  SELECT 'pg_class', 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum, a.attname, a.attacl, c.relowner, 'c', false
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  WHERE (a.attacl IS NOT NULL OR (a.attrelid, a.attnum) IN (
    SELECT p.objoid, p.objsubid FROM pg_catalog.pg_init_privs p
    WHERE p.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objsubid <> 0))
    AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
), found AS (
  SELECT s.class, s.oid, s.sub, s.column_name, s.kind, s.owner, s.acl, i.initprivs
  FROM src s LEFT JOIN pg_catalog.pg_init_privs i
    ON i.classoid = s.classid AND i.objoid = s.oid AND i.objsubid = s.sub
  WHERE (s.acl IS NOT NULL OR i.initprivs IS NOT NULL) AND (s.acl IS DISTINCT FROM i.initprivs OR s.always)
)
SELECT f.class, f.oid, f.column_name, f.kind, f.owner, w.list, {ITEM}
FROM found f
CROSS JOIN LATERAL (VALUES ('actual', f.acl), ('initial', f.initprivs)) AS w(list, acl)
{ITEMS}
WHERE w.acl IS NOT NULL
ORDER BY f.class, f.oid, f.sub, w.list, item.ord";

const DEFAULTS: &str = "\
WITH owners AS (
  SELECT n.nspowner AS owner, 'n'::\"char\" AS kind FROM pg_catalog.pg_namespace n
  UNION SELECT t.typowner, 'T' FROM pg_catalog.pg_type t
  UNION SELECT p.proowner, 'f' FROM pg_catalog.pg_proc p
  UNION SELECT l.lanowner, 'l' FROM pg_catalog.pg_language l
  UNION SELECT w.fdwowner, 'F' FROM pg_catalog.pg_foreign_data_wrapper w
  UNION SELECT s.srvowner, 'S' FROM pg_catalog.pg_foreign_server s
  UNION SELECT c.relowner, 's' FROM pg_catalog.pg_class c WHERE c.relkind = 'S'
  UNION SELECT c.relowner, 'r' FROM pg_catalog.pg_class c WHERE c.relkind <> 'S'
)
SELECT o.kind, o.owner, {ITEM}
FROM owners o
CROSS JOIN LATERAL pg_catalog.acldefault(o.kind, o.owner) AS w(acl)
{ITEMS}
ORDER BY o.kind, o.owner, item.ord";
