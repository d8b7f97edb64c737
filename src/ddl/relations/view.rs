//! Views: complete, or first as a dummy with the right columns and later with their text.

use crate::ddl::text::{drops, options};
use crate::ddl::{Context, Naming, Statements};
use crate::model::ident::{qualified, quote_ident, quote_literal};
use crate::model::objects::relation::View;
use crate::model::{Drop, Object};

pub(crate) fn target(object: &Object, _view: &View) -> Naming {
    Naming {
        keyword: "VIEW",
        sql: name(object),
        grant_keyword: "TABLE",
    }
}

pub(crate) fn render(object: &Object, view: &View, _ctx: &Context) -> Statements {
    let name = name(object);
    let create = if view.dummy {
        dummy("CREATE VIEW", &name, view)
    } else {
        real("CREATE VIEW", &name, view)
    };
    Statements {
        create: vec![create],
        drop: Some(drops::plain("VIEW", &name)),
        has_owner: true,
        ..Statements::default()
    }
}

/// The statements that give a dummy its text. Their drop turns the view into a dummy again.
pub(crate) fn render_body(object: &Object, view: &View, _ctx: &Context) -> Statements {
    let name = name(object);
    let back = dummy("CREATE OR REPLACE VIEW", &name, view);
    let exists = format!("pg_catalog.to_regclass({}) IS NOT NULL", quote_literal(&name));
    Statements {
        create: vec![real("CREATE OR REPLACE VIEW", &name, view)],
        drop: Some(Drop {
            if_exists: drops::only_if(&exists, &back),
            statement: back,
        }),
        ..Statements::default()
    }
}

fn name(object: &Object) -> String {
    qualified(object.schema.as_deref().unwrap_or_default(), &object.name)
}

fn real(create: &str, name: &str, view: &View) -> String {
    let with = options::with_clause(&view.options, &[]);
    let check = view
        .check_option
        .map_or(String::new(), |check| format!("\nWITH {check} CHECK OPTION"));
    format!("{create} {name}{with} AS\n{}{check}", view.query)
}

fn dummy(create: &str, name: &str, view: &View) -> String {
    let columns: Vec<String> = view
        .columns
        .iter()
        .map(|c| {
            let collation = c.collation.as_ref().map_or(String::new(), |c| format!(" COLLATE {c}"));
            format!("NULL::{}{collation} AS {}", c.type_name, quote_ident(&c.name))
        })
        .collect();
    format!("{create} {name} AS\nSELECT {}", columns.join(",\n    "))
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ddl::testing::{context, part};
    use crate::model::Class;
    use crate::model::objects::object::Definition;
    use crate::model::objects::relation::ViewColumn;

    fn view() -> View {
        View {
            query: " SELECT t.a\n   FROM public.t".to_owned(),
            columns: vec![ViewColumn {
                name: "A b".to_owned(),
                type_name: "text".to_owned(),
                collation: Some("pg_catalog.\"C\"".to_owned()),
            }],
            options: vec!["security_barrier=true".to_owned()],
            check_option: Some("LOCAL"),
            dummy: false,
        }
    }

    #[test]
    fn a_view_carries_options_and_check_option() {
        let view = view();
        let object = part(Class::Relation, "v", Definition::View(view.clone()));
        assert_eq!(
            render(&object, &view, &context(&[])).create,
            [
                "CREATE VIEW public.v WITH (security_barrier='true') AS\n SELECT t.a\n   FROM public.t\n\
              WITH LOCAL CHECK OPTION"
            ]
        );
    }

    #[test]
    fn a_dummy_has_the_columns_and_nothing_else() {
        let view = View { dummy: true, ..view() };
        let object = part(Class::Relation, "v", Definition::View(view.clone()));
        let dummy = "VIEW public.v AS\nSELECT NULL::text COLLATE pg_catalog.\"C\" AS \"A b\"";
        assert_eq!(
            render(&object, &view, &context(&[])).create,
            [format!("CREATE {dummy}")]
        );
        let body = render_body(&object, &view, &context(&[]));
        assert!(body.create[0].starts_with("CREATE OR REPLACE VIEW public.v WITH (security_barrier='true') AS"));
        assert_eq!(
            body.drop.expect("a drop").statement,
            format!("CREATE OR REPLACE {dummy}")
        );
    }

    #[test]
    fn a_view_without_columns_has_an_empty_list() {
        let view = View {
            columns: Vec::new(),
            dummy: true,
            ..view()
        };
        let object = part(Class::Relation, "v", Definition::View(view.clone()));
        assert_eq!(
            render(&object, &view, &context(&[])).create,
            ["CREATE VIEW public.v AS\nSELECT"]
        );
    }
}
