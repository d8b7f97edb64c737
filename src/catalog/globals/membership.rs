//! Memberships of roles in roles, with the options that the version knows.

use crate::catalog::{CatalogError, Scope};
use crate::model::objects::globals::{Membership, MembershipOptions};

/// Memberships with at least one role of the user's, by role, member and grantor; and warnings about those whose role
/// or member is gone.
pub(crate) fn read(scope: &Scope) -> Result<(Vec<Membership>, Vec<String>), CatalogError> {
    let has_options = scope.version.has_membership_options();
    let (options, grantor) = if has_options {
        ("a.inherit_option, a.set_option", "g.rolname")
    } else {
        ("NULL::bool AS inherit_option, NULL::bool AS set_option", "NULL::name")
    };
    let rows = scope.control.query(&format!(
        "SELECT a.roleid, a.member AS memberid, r.rolname AS role, m.rolname AS member, m.rolinherit AS member_inherits, \
         {grantor} AS grantor, a.admin_option, {options} FROM pg_catalog.pg_auth_members a \
         LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.roleid LEFT JOIN pg_catalog.pg_roles m ON m.oid = a.member \
         LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantor \
         WHERE NOT (COALESCE(pg_catalog.left(r.rolname::text, 3) = 'pg_', false) \
         AND COALESCE(pg_catalog.left(m.rolname::text, 3) = 'pg_', false)) \
         ORDER BY r.rolname::text COLLATE \"C\", m.rolname::text COLLATE \"C\", g.rolname::text COLLATE \"C\""
    ))?;
    let mut memberships = Vec::with_capacity(rows.len());
    let mut warnings = Vec::new();
    for row in &rows {
        let (Some(role), Some(member)) = (row.opt_string("role")?, row.opt_string("member")?) else {
            warnings.push(format!(
                "the membership of the role with oid {} in the one with oid {} is left out: one of them no longer exists",
                row.oid("memberid")?,
                row.oid("roleid")?
            ));
            continue;
        };
        let options = if has_options {
            Some(MembershipOptions {
                inherit: row.bool("inherit_option")?,
                set: row.bool("set_option")?,
                grantor: row.opt_string("grantor")?,
                member_inherits: row.bool("member_inherits")?,
            })
        } else {
            None
        };
        memberships.push(Membership {
            role,
            member,
            admin: row.bool("admin_option")?,
            options,
        });
    }
    Ok((memberships, warnings))
}
