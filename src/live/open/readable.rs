//! Finds the chosen objects that the role cannot read: all of them at once, before anything is locked.
//!
//! Only rows and positions need to be readable, because definitions come from the catalogs. A table that the role may
//! not lock is therefore dumped like a view, unlocked, and [`changed`](crate::catalog::state::changed) watches it.

use std::collections::{HashMap, HashSet};

use crate::catalog::extensions::config_tables;
use crate::catalog::state::readable;
use crate::catalog::state::readable::Access;
use crate::catalog::{Scope, large_objects};
use crate::connect::{ConnectError, Control};
use crate::live::error::Unreadable;
use crate::live::options::ReadOptions;
use crate::model::Missing;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::ListedRelation;
use crate::plan::choose::filter::Chosen;
use crate::version::Version;

/// The findings about the chosen relations.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Tables that the role may lock.
    pub lockable: HashSet<u32>,
    /// Objects that stop the dump unless it skips them.
    pub unreadable: Vec<Unreadable>,
    /// oids of the relations whose rows or position are left out.
    pub skipped: HashSet<u32>,
    /// oids of the large objects whose content is left out.
    pub skipped_objects: HashSet<u32>,
    /// Rows that the archive will lack although the role may read them: rows that only a primary has, rows that a
    /// policy hides.
    pub missing: Vec<Missing>,
}

/// Checks all chosen tables and sequences. `standby` says that the server is one.
pub(super) fn find(
    control: &Control,
    version: Version,
    relations: &[ListedRelation],
    chosen: &Chosen,
    options: &ReadOptions,
    standby: bool,
) -> Result<Findings, ConnectError> {
    let asked: Vec<&ListedRelation> = relations
        .iter()
        .filter(|r| matches!(r.kind, 'r' | 'p' | 'S') && chosen.relations.contains(&r.oid))
        .collect();
    let oids: Vec<u32> = asked.iter().map(|r| r.oid).collect();
    let scope = Scope {
        control,
        version,
        relations: &oids,
    };
    let access = readable::read(&scope)?;
    let configured: HashSet<u32> = config_tables::read(control)?.into_keys().collect();
    let role = control.query("SELECT current_user::pg_catalog.text AS role")?;
    let role = match role.first() {
        Some(row) => quote_ident(row.text("role")?),
        None => String::new(),
    };
    let mut findings = judge(&asked, &access, &configured, chosen, options, standby, version, &role);
    if chosen.large_objects && !large_objects::readable_as_table(control)? {
        for oid in large_objects::unreadable(control)? {
            findings.unreadable.push(unreadable_object(oid, &role));
            findings.skipped_objects.insert(oid);
        }
    }
    Ok(findings)
}

fn unreadable_object(oid: u32, role: &str) -> Unreadable {
    Unreadable {
        missing: Missing {
            kind: "LARGE OBJECT".to_owned(),
            name: oid.to_string(),
            what: "content".to_owned(),
            reason: "no SELECT privilege on the large object".to_owned(),
        },
        remedy: format!("GRANT SELECT ON LARGE OBJECT {oid} TO {role}"),
    }
}

#[allow(clippy::too_many_arguments)]
fn judge(
    relations: &[&ListedRelation],
    access: &HashMap<u32, Access>,
    configured: &HashSet<u32>,
    chosen: &Chosen,
    options: &ReadOptions,
    standby: bool,
    version: Version,
    role: &str,
) -> Findings {
    let mut findings = Findings::default();
    for relation in relations {
        let Some(access) = access.get(&relation.oid) else {
            continue;
        };
        let is_sequence = relation.kind == 'S';
        if !is_sequence && access.schema && access.select {
            findings.lockable.insert(relation.oid);
        }
        if !is_wanted(relation, configured, chosen) {
            continue;
        }
        let (kind, what) = if is_sequence {
            ("SEQUENCE", "position")
        } else {
            ("TABLE", "rows")
        };
        let name = qualified(&relation.schema, &relation.name);
        let missing = |what: &str, reason: String| Missing {
            kind: kind.to_owned(),
            name: name.clone(),
            what: what.to_owned(),
            reason,
        };
        if standby && relation.persistence == 'u' {
            let reason = "it is unlogged, and a standby does not have it".to_owned();
            findings.missing.push(missing(what, reason));
            findings.skipped.insert(relation.oid);
            continue;
        }
        // From 18 on the position is asked for by oid, without the schema.
        let needs_schema = !is_sequence || !version.has_sequence_data();
        let schema = quote_ident(&relation.schema);
        let refused = if needs_schema && !access.schema {
            Some((
                format!("no USAGE privilege on schema {schema}"),
                format!("GRANT USAGE ON SCHEMA {schema} TO {role}"),
            ))
        } else if !access.select {
            Some((
                format!("no SELECT privilege on the {}", kind.to_lowercase()),
                format!("GRANT SELECT ON {kind} {name} TO {role}"),
            ))
        } else if access.filtered && !options.row_security {
            Some((
                format!("row-level security hides rows from {role}"),
                format!("ALTER ROLE {role} BYPASSRLS"),
            ))
        } else {
            None
        };
        if let Some((reason, remedy)) = refused {
            findings.skipped.insert(relation.oid);
            findings.unreadable.push(Unreadable {
                missing: missing(what, reason),
                remedy,
            });
        } else if access.filtered {
            let reason = format!("only those that row-level security shows to {role}");
            findings.missing.push(missing("some rows", reason));
        }
    }
    findings
}

/// Whether the relation's rows or position are to be in the archive.
fn is_wanted(relation: &ListedRelation, configured: &HashSet<u32>, chosen: &Chosen) -> bool {
    let own =
        relation.member_of.is_none() || (matches!(relation.kind, 'r' | 'S') && configured.contains(&relation.oid));
    // A partitioned table has no rows of its own.
    own && relation.kind != 'p' && chosen.parts.rows() && !chosen.without_rows.contains(&relation.oid)
}
