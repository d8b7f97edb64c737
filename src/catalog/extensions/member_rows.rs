//! Tables and sequences of extensions whose content is in no archive.
//!
//! An extension makes and fills its own tables, except those that it marks as configuration. A table that somebody
//! added to an extension by hand is a member like any other, and nothing in the catalogs distinguishes the two. So the
//! user must decide whether its content matters.

use std::collections::HashMap;

use crate::catalog::state::readable::Access;
use crate::connect::{Ask, ConnectError};
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::ListedRelation;

/// One line for each of `members` that holds rows, or a position of its own. `members` are relations of extensions that
/// are no configuration. Relations that the role may not read are passed over.
pub(crate) fn read(
    control: &dyn Ask,
    members: &[&ListedRelation],
    access: &HashMap<u32, Access>,
) -> Result<Vec<String>, ConnectError> {
    let readable = |relation: &&&ListedRelation| {
        let access = access.get(&relation.oid);
        // A standby does not have the rows of unlogged tables.
        relation.persistence != 'u' && access.is_some_and(|access| access.schema && access.select && !access.filtered)
    };
    let members: Vec<&ListedRelation> = members.iter().filter(readable).copied().collect();
    let questions: Vec<String> = members.iter().filter_map(|member| question(member)).collect();
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = control.query(&questions.join(" UNION ALL "))?;
    let mut holding = Vec::new();
    for row in &rows {
        let oid = row.oid("oid")?;
        let member = members.iter().find(|member| member.oid == oid);
        holding.extend(
            member
                .filter(|_| row.bool("holds").unwrap_or(false))
                .and_then(|member| line(member)),
        );
    }
    Ok(holding)
}

fn question(member: &ListedRelation) -> Option<String> {
    let oid = member.oid;
    let name = qualified(&member.schema, &member.name);
    match member.kind {
        'r' => Some(format!(
            "SELECT {oid}::pg_catalog.oid AS oid, EXISTS (SELECT FROM ONLY {name}) AS holds"
        )),
        // The position of a sequence that a table owns is not reported apart from the table.
        'S' if member.owned_by.is_none() => Some(format!(
            "SELECT {oid}::pg_catalog.oid AS oid, is_called AS holds FROM {name}"
        )),
        _ => None,
    }
}

fn line(member: &ListedRelation) -> Option<String> {
    let name = qualified(&member.schema, &member.name);
    let extension = quote_ident(member.member_of.as_deref()?);
    let (kind, what, keyword) = match member.kind {
        'S' => ("sequence", "its position is", "SEQUENCE"),
        _ => ("table", "its rows are", "TABLE"),
    };
    Some(format!(
        "{kind} {name} belongs to extension {extension}, which does not mark it as configuration: {what} not in the archive, \
         and it is what CREATE EXTENSION makes of it; if it is yours, ALTER EXTENSION {extension} DROP {keyword} {name}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_named_with_what_would_save_it() {
        let member = ListedRelation {
            oid: 7,
            schema: "s".to_owned(),
            name: "T".to_owned(),
            kind: 'r',
            member_of: Some("citext".to_owned()),
            ..ListedRelation::default()
        };
        assert!(
            question(&member)
                .unwrap()
                .ends_with("EXISTS (SELECT FROM ONLY s.\"T\") AS holds")
        );
        let said = line(&member).unwrap();
        assert!(said.starts_with("table s.\"T\" belongs to extension citext"), "{said}");
        assert!(said.ends_with("ALTER EXTENSION citext DROP TABLE s.\"T\""), "{said}");
        let owned = ListedRelation {
            kind: 'S',
            owned_by: Some(3),
            ..member
        };
        assert_eq!(question(&owned), None);
    }
}
