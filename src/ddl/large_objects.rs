//! Large objects: made empty, with owner, privileges and comments; their pieces are rows of the archive.

use super::{Context, Naming, Statements};
use crate::model::entry::Owner;
use crate::model::ident::{quote_ident, quote_literal, quote_role};
use crate::model::objects::large_objects::LargeObjects;
use crate::model::{Drop, Object};

pub(crate) fn render(_object: &Object, group: &LargeObjects, _context: &Context) -> Statements {
    let oids = format!(
        "pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]) AS l(o)",
        list(group, ",")
    );
    let there = "JOIN pg_catalog.pg_largeobject_metadata AS m ON m.oid = l.o";
    Statements {
        create: vec![format!("SELECT pg_catalog.lo_create(l.o) FROM {oids}")],
        drop: Some(Drop {
            statement: format!("SELECT pg_catalog.lo_unlink(l.o) FROM {oids}"),
            if_exists: format!("SELECT pg_catalog.lo_unlink(l.o) FROM {oids} {there}"),
        }),
        ..Statements::default()
    }
}

/// GRANT takes a list; other statements name one object each.
pub(crate) fn target(_object: &Object, group: &LargeObjects) -> Naming {
    Naming {
        keyword: "LARGE OBJECT",
        sql: list(group, ", "),
        grant_keyword: "LARGE OBJECT",
    }
}

/// ALTER takes one object, so there is one statement for each.
pub(crate) fn owner(role: &str, group: &LargeObjects) -> Option<Owner> {
    let statement = |oid: &u32| format!("ALTER LARGE OBJECT {oid} OWNER TO {}", quote_role(role));
    let (first, others) = group.oids.split_first()?;
    Some(Owner {
        role: role.to_owned(),
        statement: statement(first),
        also: others.iter().map(statement).collect(),
    })
}

pub(crate) fn comments(group: &LargeObjects) -> Vec<String> {
    let statement = |(oid, text): &(u32, String)| format!("COMMENT ON LARGE OBJECT {oid} IS {}", quote_literal(text));
    group.comments.iter().map(statement).collect()
}

pub(crate) fn security_labels(group: &LargeObjects) -> Vec<String> {
    let labels = group.security_labels.iter().map(|(oid, label)| {
        format!(
            "SECURITY LABEL FOR {} ON LARGE OBJECT {oid} IS {}",
            quote_ident(&label.provider),
            quote_literal(&label.label)
        )
    });
    labels.collect()
}

fn list(group: &LargeObjects, separator: &str) -> String {
    let oids: Vec<String> = group.oids.iter().map(u32::to_string).collect();
    oids.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::text::role_marks;

    #[test]
    fn statements_about_one_object_are_as_many_as_objects() {
        let group = LargeObjects {
            oids: vec![5, 7],
            comments: vec![(7, "it's".to_owned())],
            ..LargeObjects::default()
        };
        let owner = owner("o x", &group).expect("objects");
        let statements: Vec<String> = owner.statements().map(|sql| role_marks::plain(sql)).collect();
        assert_eq!(
            statements,
            [
                "ALTER LARGE OBJECT 5 OWNER TO \"o x\"",
                "ALTER LARGE OBJECT 7 OWNER TO \"o x\""
            ]
        );
        assert_eq!(comments(&group), ["COMMENT ON LARGE OBJECT 7 IS 'it''s'"]);
        assert_eq!(list(&group, ", "), "5, 7");
    }
}
