//! Materialized views, always made empty, and the refreshes that fill them.

use crate::ddl::relations::{column, table};
use crate::ddl::text::{drops, options, settings};
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::qualified;
use crate::model::objects::relation::MaterializedView;

pub(crate) fn target(object: &Object, _view: &MaterializedView) -> Naming {
    Naming {
        keyword: "MATERIALIZED VIEW",
        sql: name(object),
        grant_keyword: "TABLE",
    }
}

pub(crate) fn render(object: &Object, view: &MaterializedView, _ctx: &Context) -> Statements {
    let name = name(object);
    let mut statements = Statements {
        create: vec![format!(
            "CREATE MATERIALIZED VIEW {name} AS\n{}\nWITH NO DATA",
            view.query
        )],
        drop: Some(drops::plain("MATERIALIZED VIEW", &name)),
        has_owner: true,
        ..Statements::default()
    };
    settings::surround(
        &mut statements,
        view.tablespace.as_deref(),
        view.access_method.as_deref(),
    );
    let create = &mut statements.create;
    options::set("MATERIALIZED VIEW", &name, &view.options, &view.toast_options, create);
    column::settings("MATERIALIZED VIEW", &name, &view.columns, &mut statements.create);
    statements
        .create
        .extend(table::replica_identity(&name, view.replica_identity));
    statements
}

/// The view is the target: no statement names a refresh itself.
pub(crate) fn refresh_target(object: &Object) -> Naming {
    Naming {
        keyword: "MATERIALIZED VIEW",
        sql: name(object),
        grant_keyword: "TABLE",
    }
}

pub(crate) fn render_refresh(object: &Object, _ctx: &Context) -> Statements {
    Statements {
        create: vec![format!("REFRESH MATERIALIZED VIEW {}", name(object))],
        ..Statements::default()
    }
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::Class;
    use crate::model::objects::object::Definition;
    use crate::model::objects::relation::Column;

    #[test]
    fn a_materialized_view_is_made_empty_and_refreshed_later() {
        let view = MaterializedView {
            query: " SELECT 1 AS a".to_owned(),
            columns: vec![Column {
                name: "a".to_owned(),
                statistics: Some(5),
                ..Column::default()
            }],
            access_method: Some("columnar".to_owned()),
            options: vec!["fillfactor=50".to_owned()],
            ..MaterializedView::default()
        };
        let object = part(
            Class::Relation,
            "m",
            Definition::MaterializedView(Box::new(view.clone())),
        );
        assert_eq!(
            render(&object, &view, &context(&[])).create,
            [
                "SET LOCAL default_table_access_method = columnar",
                "CREATE MATERIALIZED VIEW public.m AS\n SELECT 1 AS a\nWITH NO DATA",
                "SET LOCAL default_table_access_method = heap",
                "ALTER MATERIALIZED VIEW public.m SET (fillfactor='50')",
                "ALTER MATERIALIZED VIEW public.m ALTER COLUMN a SET STATISTICS 5",
            ]
        );
        assert_eq!(
            render_refresh(&object, &context(&[])).create,
            ["REFRESH MATERIALIZED VIEW public.m"]
        );
    }
}
