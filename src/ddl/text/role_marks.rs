//! Removes the marks around roles' names in finished statements, and notes the places of the names.

use crate::model::Entry;
use crate::model::ident::ROLE_MARK;
use crate::model::mentions::RoleMention;

/// Fills [`Entry::roles`]; afterwards no statement has a mark.
pub(crate) fn lift(entry: &mut Entry) {
    let mut roles = Vec::new();
    for (list, statement, text) in entry.statements_mut() {
        let (plain, names) = split(text);
        roles.extend(names.into_iter().map(|(offset, length)| RoleMention {
            list,
            statement,
            offset,
            length,
        }));
        *text = plain;
    }
    entry.roles = roles;
}

/// The text without marks.
pub(crate) fn plain(text: &str) -> String {
    text.replace(ROLE_MARK, "")
}

/// The text without marks, and the names' offsets and lengths in it.
fn split(text: &str) -> (String, Vec<(u32, u32)>) {
    let mut plain = String::with_capacity(text.len());
    let mut names = Vec::new();
    for (number, piece) in text.split(ROLE_MARK).enumerate() {
        // Marks come in pairs: every other piece is a name. A statement of 4 GiB cannot be sent.
        if number % 2 == 1
            && let (Ok(offset), Ok(length)) = (u32::try_from(plain.len()), u32::try_from(piece.len()))
        {
            names.push((offset, length));
        }
        plain.push_str(piece);
    }
    (plain, names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Owner, Privilege};
    use crate::model::ident::quote_role;
    use crate::model::mentions::StatementList;
    use crate::model::needs_version::{Limit, On, Otherwise};
    use crate::version::Version;

    #[test]
    fn names_are_found_in_every_list() {
        let mut entry = Entry {
            create: vec![
                "A".to_owned(),
                format!("TO {}, {}", quote_role("x"), quote_role("O \"b")),
            ],
            owner: Some(Owner {
                role: "x".to_owned(),
                statement: format!("OWNER TO {}", quote_role("x")),
                also: vec![format!("ALSO {}", quote_role("x"))],
            }),
            limits: vec![Limit::since(
                Version::first_of(14),
                On::Create(0),
                "",
                Otherwise::Use(vec![quote_role("y")]),
            )],
            privileges: vec![Privilege {
                statement: format!("GRANT TO {} WITH", quote_role("\u{e4}")),
                grantor: None,
                grantee: None,
            }],
            comments: vec![format!("ON ROLE {} IS 'x'", quote_role("x"))],
            ..Entry::default()
        };
        lift(&mut entry);
        let found: Vec<_> = entry
            .roles
            .iter()
            .map(|mention| {
                (
                    mention.list,
                    mention.statement,
                    entry.mentioned(mention).expect("in range"),
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (StatementList::Create, 1, "x"),
                (StatementList::Create, 1, "\"O \"\"b\""),
                (StatementList::Limits, 0, "y"),
                (StatementList::Owner, 0, "x"),
                (StatementList::Owner, 1, "x"),
                (StatementList::Privileges, 0, "\"\u{e4}\""),
                (StatementList::Comments, 0, "x"),
            ]
        );
        assert_eq!(entry.create[1], "TO x, \"O \"\"b\"");
        assert!(entry.statements_mut().all(|(_, _, text)| !text.contains(ROLE_MARK)));
    }
}
