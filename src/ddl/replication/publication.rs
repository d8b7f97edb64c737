//! `CREATE PUBLICATION`, and its members one by one.

use crate::ddl::object_name::object_name;
use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::{qualified, quote_ident, quote_literal};
use crate::model::objects::replication::{Publication, PublicationSchema, PublicationTable, RowFilter};

pub(crate) fn render(object: &Object, publication: &Publication, _context: &Context) -> Statements {
    let name = object_name(object);
    let all = if publication.all_tables { " FOR ALL TABLES" } else { "" };
    let operations: Vec<&str> = [
        ("insert", publication.insert),
        ("update", publication.update),
        ("delete", publication.delete),
        ("truncate", publication.truncate),
    ]
    .into_iter()
    .filter_map(|(operation, published)| published.then_some(operation))
    .collect();
    let mut options = format!("publish = {}", quote_literal(&operations.join(", ")));
    if publication.via_root {
        options.push_str(", publish_via_partition_root = true");
    }
    if publication.generated_columns == 's' {
        options.push_str(", publish_generated_columns = stored");
    }
    Statements {
        create: vec![format!("CREATE PUBLICATION {name}{all} WITH ({options})")],
        drop: Some(drops::plain("PUBLICATION", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

pub(crate) fn target(object: &Object, _definition: &Publication) -> Naming {
    Naming {
        keyword: "PUBLICATION",
        sql: object_name(object),
        grant_keyword: "PUBLICATION",
    }
}

/// Renders a member. Members have no drop of their own: they disappear with the publication or with the object they
/// name.
pub(crate) fn render_table(_object: &Object, member: &PublicationTable, _context: &Context) -> Statements {
    let mut create = format!(
        "ALTER PUBLICATION {} ADD TABLE ONLY {}",
        quote_ident(&member.publication),
        qualified(&member.table.schema, &member.table.name)
    );
    if let Some(columns) = &member.columns {
        let columns: Vec<String> = columns.iter().map(|column| quote_ident(column)).collect();
        create.push_str(&format!(" ({})", columns.join(", ")));
    }
    if let RowFilter::Where(condition) = &member.filter {
        create.push_str(&format!(" WHERE ({condition})"));
    }
    Statements {
        create: vec![create],
        ..Statements::default()
    }
}

pub(crate) fn table_target(_object: &Object, member: &PublicationTable) -> Naming {
    Naming {
        keyword: "PUBLICATION TABLE",
        sql: format!(
            "{}.{}",
            quote_ident(&member.publication),
            qualified(&member.table.schema, &member.table.name)
        ),
        grant_keyword: "PUBLICATION TABLE",
    }
}

pub(crate) fn render_schema(_object: &Object, member: &PublicationSchema, _context: &Context) -> Statements {
    Statements {
        create: vec![format!(
            "ALTER PUBLICATION {} ADD TABLES IN SCHEMA {}",
            quote_ident(&member.publication),
            quote_ident(&member.schema)
        )],
        ..Statements::default()
    }
}

pub(crate) fn schema_target(_object: &Object, member: &PublicationSchema) -> Naming {
    Naming {
        keyword: "PUBLICATION TABLES IN SCHEMA",
        sql: qualified(&member.publication, &member.schema),
        grant_keyword: "PUBLICATION TABLES IN SCHEMA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::fixture::{object, with_context};
    use crate::model::objects::relation::RelationRef;
    use crate::model::{Address, Class, Definition};

    #[test]
    fn what_is_published_is_always_said() {
        let create = |publication: &Publication| {
            let definition = Definition::Publication(publication.clone());
            let object = object(Class::Publication, None, "P", definition);
            with_context(|context| render(&object, publication, context)).create
        };
        assert_eq!(
            create(&Publication::default()),
            ["CREATE PUBLICATION \"P\" WITH (publish = '')"]
        );
        let all = Publication {
            all_tables: true,
            insert: true,
            truncate: true,
            via_root: true,
            generated_columns: 's',
            ..Publication::default()
        };
        assert_eq!(
            create(&all),
            [
                "CREATE PUBLICATION \"P\" FOR ALL TABLES WITH (publish = 'insert, truncate', \
                 publish_via_partition_root = true, publish_generated_columns = stored)"
            ]
        );
    }

    #[test]
    fn members_name_columns_and_rows() {
        let member = PublicationTable {
            publication: "P".to_owned(),
            table: RelationRef {
                address: Address::new(Class::Relation, 1),
                schema: "s".to_owned(),
                name: "T".to_owned(),
            },
            columns: Some(vec!["a".to_owned(), "B".to_owned()]),
            filter: RowFilter::Where("(a > 5)".to_owned()),
        };
        let definition = Definition::PublicationTable(member.clone());
        let object = object(Class::PublicationRelation, None, "T", definition);
        let create = with_context(|context| render_table(&object, &member, context)).create;
        assert_eq!(
            create,
            ["ALTER PUBLICATION \"P\" ADD TABLE ONLY s.\"T\" (a, \"B\") WHERE ((a > 5))"]
        );
        assert_eq!(table_target(&object, &member).sql, "\"P\".s.\"T\"");
    }
}
