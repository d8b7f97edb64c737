//! Orders memberships: a role that grants one must have been given ADMIN OPTION before.

use std::collections::HashSet;

use crate::model::objects::globals::Membership;

/// Puts grants after those that their grantors need; otherwise the order stays. A membership whose grantor cannot have
/// granted it is left out with a warning (the bootstrap superuser can always grant).
pub(crate) fn order(memberships: Vec<Membership>, bootstrap_superuser: &str) -> (Vec<Membership>, Vec<String>) {
    let mut ordered: Vec<Membership> = Vec::with_capacity(memberships.len());
    let mut warnings = Vec::new();
    // Pairs of (role, member) with ADMIN OPTION.
    let mut admins: HashSet<(String, String)> = HashSet::new();
    let mut open = memberships;
    loop {
        let before = open.len();
        let mut waiting = Vec::new();
        for membership in open {
            let possible = match grantor(&membership) {
                None => true,
                Some(name) => {
                    name == bootstrap_superuser || admins.contains(&(membership.role.clone(), name.to_owned()))
                }
            };
            if !possible {
                waiting.push(membership);
                continue;
            }
            if membership.admin {
                admins.insert((membership.role.clone(), membership.member.clone()));
            }
            ordered.push(membership);
        }
        open = waiting;
        if open.is_empty() {
            return (ordered, warnings);
        }
        if open.len() == before {
            let mut stuck = open.remove(0);
            warnings.push(format!(
                "the membership of {} in {} is carried without its grantor, who has no ADMIN OPTION",
                stuck.member, stuck.role
            ));
            if let Some(options) = &mut stuck.options {
                options.grantor = None;
            }
            open.insert(0, stuck);
        }
    }
}

fn grantor(membership: &Membership) -> Option<&str> {
    membership.options.as_ref()?.grantor.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objects::globals::MembershipOptions;

    fn membership(role: &str, member: &str, grantor: &str, admin: bool) -> Membership {
        Membership {
            role: role.to_owned(),
            member: member.to_owned(),
            admin,
            options: Some(MembershipOptions {
                grantor: Some(grantor.to_owned()),
                ..MembershipOptions::default()
            }),
        }
    }

    #[test]
    fn grantors_come_before_what_they_grant() {
        let list = vec![
            membership("r", "a", "b", true),
            membership("r", "b", "c", true),
            membership("r", "c", "boot", true),
            membership("s", "a", "boot", false),
        ];
        let (ordered, warnings) = order(list, "boot");
        let members: Vec<&str> = ordered.iter().map(|m| m.member.as_str()).collect();
        assert_eq!(members, ["c", "a", "b", "a"]);
        assert!(warnings.is_empty());
    }

    #[test]
    fn grants_that_nobody_could_make_lose_their_grantor() {
        let list = vec![membership("r", "a", "b", true), membership("r", "b", "a", true)];
        let (ordered, warnings) = order(list, "boot");
        assert_eq!((ordered.len(), warnings.len()), (2, 1));
        assert_eq!(grantor(&ordered[0]), None);
        assert_eq!(grantor(&ordered[1]), Some("a"));
    }
}
