//! Attaches partitions to their parents, tables and indexes alike.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::ident::{qualified, quote_literal};
use crate::model::objects::relation::{IndexAttach, TableAttach};
use crate::model::{Definition, Drop, Object};

/// The partition is the target: no statement names an attachment itself.
pub(crate) fn table_target(object: &Object, _attach: &TableAttach) -> Naming {
    Naming {
        keyword: "TABLE",
        sql: name(object),
        grant_keyword: "TABLE",
    }
}

pub(crate) fn render_table(object: &Object, attach: &TableAttach, _ctx: &Context) -> Statements {
    let parent = qualified(&attach.parent_schema, &attach.parent_name);
    let partition = name(object);
    let detach = format!("ALTER TABLE ONLY {parent} DETACH PARTITION {partition}");
    let attached = format!(
        "EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass({}) \
         AND inhparent = pg_catalog.to_regclass({}))",
        quote_literal(&partition),
        quote_literal(&parent)
    );
    Statements {
        create: vec![format!(
            "ALTER TABLE ONLY {parent} ATTACH PARTITION {partition} {}",
            attach.bound
        )],
        drop: Some(Drop {
            if_exists: drops::only_if(&attached, &detach),
            statement: detach,
        }),
        ..Statements::default()
    }
}

pub(crate) fn index_target(object: &Object, _attach: &IndexAttach) -> Naming {
    Naming {
        keyword: "INDEX",
        sql: name(object),
        grant_keyword: "INDEX",
    }
}

/// Renders an index's attachment. An attached index cannot be detached, but is dropped with its parent. The index of an
/// exclusion may have been made together with its parent's.
pub(crate) fn render_index(object: &Object, attach: &IndexAttach, ctx: &Context) -> Statements {
    if is_made_by_parent(attach, ctx).unwrap_or(false) {
        return Statements::default();
    }
    let parent = qualified(&attach.parent_schema, &attach.parent_name);
    Statements {
        create: vec![format!("ALTER INDEX {parent} ATTACH PARTITION {}", name(object))],
        ..Statements::default()
    }
}

fn is_made_by_parent(attach: &IndexAttach, ctx: &Context) -> Option<bool> {
    let Definition::Index(index) = &(ctx.object)(attach.index)?.definition else {
        return None;
    };
    match &(ctx.object)(index.constraint?)?.definition {
        Definition::Constraint(constraint) => Some(constraint.made_by_parent),
        _ => None,
    }
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::context;
    use crate::model::objects::object::Definition;
    use crate::model::{Address, Class};

    #[test]
    fn a_partition_is_attached_with_its_bound_and_detached_only_where_it_is_one() {
        let attach = TableAttach {
            partition: Address::new(Class::Relation, 2),
            parent: Address::new(Class::Relation, 1),
            parent_schema: "public".to_owned(),
            parent_name: "m".to_owned(),
            bound: "FOR VALUES IN ('it''s')".to_owned(),
        };
        let object = Object::new(
            Class::TableAttach,
            2,
            Some("s".to_owned()),
            "m_1".to_owned(),
            Definition::TableAttach(attach.clone()),
        );
        let statements = render_table(&object, &attach, &context(&[]));
        assert_eq!(
            statements.create,
            ["ALTER TABLE ONLY public.m ATTACH PARTITION s.m_1 FOR VALUES IN ('it''s')"]
        );
        let drop = statements.drop.expect("attachments can be undone");
        assert_eq!(drop.statement, "ALTER TABLE ONLY public.m DETACH PARTITION s.m_1");
        assert!(drop.if_exists.contains("to_regclass(''s.m_1'')"));
    }
}
