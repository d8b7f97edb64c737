//! Comments, of all kinds of objects at once.

use std::collections::HashMap;

use crate::catalog::extensions::extension::class_of_catalog;
use crate::catalog::{CatalogError, Scope};
use crate::model::objects::remarks::Comment;
use crate::model::{Address, Class, Definition, Object};

/// initdb's comment on the schema that every database starts with.
const PUBLIC_SCHEMA_COMMENT: &str = "standard public schema";

/// The comments on each object and on its columns.
pub(crate) fn read(scope: &Scope) -> Result<HashMap<Address, Vec<Comment>>, CatalogError> {
    let mut found: HashMap<Address, Vec<Comment>> = HashMap::new();
    for row in &scope.control.query(COMMENTS)? {
        let Some(class) = class_of_catalog(row.text("class")?) else {
            continue;
        };
        found
            .entry(Address::new(class, row.oid("objoid")?))
            .or_default()
            .push(Comment {
                column: row.opt_string("column_name")?,
                text: row.string("description")?,
            });
    }
    Ok(found)
}

/// Adds to each object its own comment and those on its columns. A comment with an empty text says that initdb's
/// comment was removed.
pub(crate) fn add(mut found: HashMap<Address, Vec<Comment>>, objects: &mut [Object]) {
    for object in objects {
        if let Definition::LargeObjects(group) = &mut object.definition {
            for oid in &group.oids {
                let comments = found.remove(&Address::new(Class::LargeObject, *oid));
                let texts = comments.into_iter().flatten().map(|comment| (*oid, comment.text));
                group.comments.extend(texts);
            }
            continue;
        }
        if let Some(comments) = found.remove(&object.address) {
            object.comments.extend(comments);
        }
        if let Definition::CompositeType(composite) = &object.definition {
            let columns = found.remove(&Address::new(Class::Relation, composite.relation_oid));
            object
                .comments
                .extend(columns.into_iter().flatten().filter(|comment| comment.column.is_some()));
        }
        if object.address.class == Class::Namespace && object.name == "public" {
            if object.comments.is_empty() {
                object.comments.push(Comment {
                    column: None,
                    text: String::new(),
                });
            } else {
                object.comments.retain(|comment| comment.text != PUBLIC_SCHEMA_COMMENT);
            }
        }
    }
}

const COMMENTS: &str = "\
SELECT c.relname AS class, d.objoid, a.attname AS column_name, d.description
FROM pg_catalog.pg_description d
JOIN pg_catalog.pg_class c ON c.oid = d.classoid
LEFT JOIN pg_catalog.pg_attribute a
  ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0
  AND a.attrelid = d.objoid AND a.attnum = d.objsubid AND NOT a.attisdropped
WHERE (d.objoid >= 16384
    OR d.classoid IN ('pg_catalog.pg_namespace'::regclass, 'pg_catalog.pg_largeobject'::regclass))
  AND (d.objsubid = 0 OR a.attname IS NOT NULL)
ORDER BY c.relname COLLATE \"C\", d.objoid, d.objsubid";
