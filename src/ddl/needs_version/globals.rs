//! Limits of objects of the server that older versions support less well.

use crate::ddl::server::globals::plain_grant;
use crate::model::needs_version::Limit;
use crate::model::objects::globals::{Global, Membership};
use crate::version::since;

use super::forms::{instead, refuse};

pub(super) fn limits(global: &Global) -> Option<Limit> {
    match global {
        Global::Membership(membership) => before_16(membership),
        Global::Parameter => Some(refuse(since::PARAMETER_PRIVILEGES, "privileges on parameters")),
        Global::Role(_) | Global::RoleSettings(_) | Global::Tablespace(_) => None,
    }
}

/// The limit of a membership for servers before 16. Leaving out the grantor is no loss, because older servers make no
/// use of it.
fn before_16(membership: &Membership) -> Option<Limit> {
    let options = membership.options.as_ref()?;
    let inherits = if options.inherit {
        "INHERIT TRUE"
    } else {
        "INHERIT FALSE"
    };
    let lost: Vec<&str> = [
        (options.inherit != options.member_inherits).then_some(inherits),
        (!options.set).then_some("SET FALSE"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let feature = match lost.is_empty() {
        true => String::new(),
        false => format!("{} of a membership", lost.join(" and ")),
    };
    Some(instead(
        since::MEMBERSHIP_OPTIONS,
        feature,
        vec![plain_grant(membership)],
    ))
}
