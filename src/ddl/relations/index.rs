//! Indexes that back no constraint, and the settings of any index.

use crate::ddl::text::{drops, settings as storage};
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};
use crate::model::objects::relation::Index;

pub(crate) fn target(object: &Object, _index: &Index) -> Naming {
    Naming {
        keyword: "INDEX",
        sql: name(object),
        grant_keyword: "INDEX",
    }
}

/// Renders an index. The index of a constraint gives no statement, because the constraint makes it.
pub(crate) fn render(object: &Object, index: &Index, _ctx: &Context) -> Statements {
    if index.constraint.is_some() {
        return Statements::default();
    }
    let mut statements = Statements {
        create: vec![index.definition.clone()],
        ..Statements::default()
    };
    storage::surround(&mut statements, index.tablespace.as_deref(), None);
    statements.create.extend(settings(object, index));
    if index.parent_index.is_none() {
        statements.drop = Some(drops::plain("INDEX", &name(object)));
    }
    statements
}

/// The settings of an index that exists, whatever made it.
pub(crate) fn settings(object: &Object, index: &Index) -> Vec<String> {
    let schema = object.schema.as_deref().unwrap_or_default();
    let table = qualified(schema, &index.relation);
    let mut statements = Vec::new();
    for (position, target) in &index.statistics {
        let name = name(object);
        statements.push(format!(
            "ALTER INDEX {name} ALTER COLUMN {position} SET STATISTICS {target}"
        ));
    }
    if index.clustered {
        statements.push(format!("ALTER TABLE {table} CLUSTER ON {}", quote_ident(&object.name)));
    }
    if index.replica_identity {
        let index = quote_ident(&object.name);
        statements.push(format!("ALTER TABLE ONLY {table} REPLICA IDENTITY USING INDEX {index}"));
    }
    statements
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::entry::Requirement;
    use crate::model::objects::object::Definition;
    use crate::model::{Address, Class};

    fn index() -> Index {
        Index {
            relation: "t".to_owned(),
            definition: "CREATE INDEX i ON public.t USING btree (lower(a))".to_owned(),
            ..Index::default()
        }
    }

    fn create(index: &Index) -> Statements {
        let object = part(Class::Relation, "i", Definition::Index(Box::new(index.clone())));
        render(&object, index, &context(&[]))
    }

    #[test]
    fn settings_follow_the_index_and_its_tablespace_is_taken_back() {
        let index = Index {
            tablespace: Some("Fast".to_owned()),
            statistics: vec![(1, 400)],
            clustered: true,
            replica_identity: true,
            ..index()
        };
        let statements = create(&index);
        assert_eq!(
            statements.create,
            [
                "SET LOCAL default_tablespace = \"Fast\"",
                "CREATE INDEX i ON public.t USING btree (lower(a))",
                "SET LOCAL default_tablespace = ''",
                "ALTER INDEX public.i ALTER COLUMN 1 SET STATISTICS 400",
                "ALTER TABLE public.t CLUSTER ON i",
                "ALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX i",
            ]
        );
        assert_eq!(statements.requires, [Requirement::Tablespace("Fast".to_owned())]);
    }

    #[test]
    fn an_attached_index_is_not_dropped_by_itself() {
        assert_eq!(
            create(&index()).drop.expect("a drop").if_exists,
            "DROP INDEX IF EXISTS public.i"
        );
        let attached = Index {
            parent_index: Some(Address::new(Class::Relation, 9)),
            ..index()
        };
        assert_eq!(create(&attached).drop, None);
    }

    #[test]
    fn the_index_of_a_constraint_has_no_statements() {
        let backing = Index {
            constraint: Some(Address::new(Class::Constraint, 9)),
            ..index()
        };
        assert!(create(&backing).create.is_empty());
    }
}
