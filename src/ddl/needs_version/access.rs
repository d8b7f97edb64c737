//! Privileges that only later servers know, and roles that came with them.

use crate::ddl::text::scan::unquoted;
use crate::model::entry::Requirement;
use crate::model::needs_version::{Limit, On, Otherwise};
use crate::model::{Definition, Entry, Object};
use crate::version::{Version, since};

/// Roles that every server of these versions has. No other role's name can begin with `pg_`.
const PREDEFINED: &[(&str, Version)] = &[
    ("pg_database_owner", Version::first_of(14)),
    ("pg_read_all_data", Version::first_of(14)),
    ("pg_write_all_data", Version::first_of(14)),
    ("pg_checkpoint", Version::first_of(15)),
    ("pg_create_subscription", Version::first_of(16)),
    ("pg_use_reserved_connections", Version::first_of(16)),
    ("pg_maintain", Version::first_of(17)),
    ("pg_signal_autovacuum_worker", Version::first_of(18)),
];

fn predefined(role: &str) -> Option<Version> {
    PREDEFINED
        .iter()
        .find(|(name, _)| *name == role)
        .map(|(_, since)| *since)
}

pub(super) fn limits(object: &Object, entry: &Entry) -> Vec<Limit> {
    let mut limits = Vec::new();
    if let Some((role, since)) = entry.owner.as_ref().and_then(|o| Some((&o.role, predefined(&o.role)?))) {
        limits.push(Limit::since(
            since,
            On::Owner,
            format!("owner {role}"),
            Otherwise::LeaveOut,
        ));
    }
    for (position, privilege) in (0..).zip(&entry.privileges) {
        let on = On::Privilege(position);
        let roles = privilege.grantee.iter().chain(&privilege.grantor);
        limits.extend(roles.filter_map(|role| {
            let feature = format!("privileges of role {role}");
            Some(Limit::since(predefined(role)?, on, feature, Otherwise::LeaveOut))
        }));
        limits.extend(maintain(on, &privilege.statement));
    }
    if let Definition::DefaultPrivileges(defaults) = &object.definition {
        if defaults.objects == "LARGE OBJECTS" {
            let feature = "default privileges of large objects";
            limits.push(Limit::since(
                since::LARGE_OBJECT_DEFAULTS,
                On::Entry,
                feature,
                Otherwise::Refuse,
            ));
        }
        let statements = (0..).zip(&entry.create);
        limits.extend(statements.filter_map(|(position, sql)| maintain(On::Create(position), sql)));
    }
    // A policy or a default for a missing role cannot be made, because other roles must not get its rights.
    let refuses = !entry.create.is_empty();
    for (position, requirement) in (0..).zip(&entry.requires) {
        let Requirement::Role(role) = requirement else { continue };
        let Some(since) = predefined(role) else { continue };
        let (on, otherwise) = if refuses {
            (On::Entry, Otherwise::Refuse)
        } else {
            (On::Requirement(position), Otherwise::LeaveOut)
        };
        limits.push(Limit::since(since, on, format!("role {role}"), otherwise));
    }
    limits
}

/// The limit of a statement with MAINTAIN, which came with 17. A list of privileges is useful without it.
fn maintain(on: On, statement: &str) -> Option<Limit> {
    const FEATURE: &str = "privilege MAINTAIN";
    let blank = unquoted(statement);
    let verb = ["GRANT ", "REVOKE "]
        .into_iter()
        .find_map(|verb| Some(blank.find(verb)? + verb.len()))?;
    let end = verb + blank[verb..].find(" ON ")?;
    let names: Vec<&str> = statement[verb..end].split(", ").collect();
    let kept: Vec<&str> = names.iter().copied().filter(|name| *name != "MAINTAIN").collect();
    let otherwise = match (kept.len() < names.len(), kept.is_empty()) {
        (false, _) => return None,
        (true, true) => Otherwise::LeaveOut,
        (true, false) => Otherwise::Use(vec![format!(
            "{}{}{}",
            &statement[..verb],
            kept.join(", "),
            &statement[end..]
        )]),
    };
    Some(Limit::since(since::MAINTAIN, on, FEATURE, otherwise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maintain_leaves_a_list_that_has_more() {
        let otherwise = |sql: &str| maintain(On::Privilege(0), sql).map(|limit| limit.otherwise);
        assert_eq!(otherwise("GRANT ALL ON TABLE \"MAINTAIN\" TO a"), None);
        assert_eq!(
            otherwise("REVOKE MAINTAIN ON TABLE t FROM a"),
            Some(Otherwise::LeaveOut)
        );
        assert_eq!(
            otherwise("ALTER DEFAULT PRIVILEGES FOR ROLE \"GRANT x ON\" GRANT SELECT, MAINTAIN ON TABLES TO b"),
            Some(Otherwise::Use(vec![
                "ALTER DEFAULT PRIVILEGES FOR ROLE \"GRANT x ON\" GRANT SELECT ON TABLES TO b".to_owned()
            ]))
        );
    }
}
