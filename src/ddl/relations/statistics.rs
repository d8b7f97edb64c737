//! Extended statistics objects.

use crate::ddl::text::drops;
use crate::ddl::{Context, Naming, Statements};
use crate::model::Object;
use crate::model::ident::qualified;
use crate::model::objects::relation::ExtendedStatistics;

pub(crate) fn target(object: &Object, _statistics: &ExtendedStatistics) -> Naming {
    Naming {
        keyword: "STATISTICS",
        sql: name(object),
        grant_keyword: "STATISTICS",
    }
}

pub(crate) fn render(object: &Object, statistics: &ExtendedStatistics, _ctx: &Context) -> Statements {
    let name = name(object);
    let mut create = vec![statistics.definition.clone()];
    if let Some(target) = statistics.statistics {
        create.push(format!("ALTER STATISTICS {name} SET STATISTICS {target}"));
    }
    Statements {
        create,
        drop: Some(drops::plain("STATISTICS", &name)),
        has_owner: true,
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

    #[test]
    fn a_statistics_target_follows_the_object() {
        let statistics = ExtendedStatistics {
            definition: "CREATE STATISTICS public.s ON a, b FROM public.t".to_owned(),
            statistics: Some(0),
        };
        let object = part(
            Class::ExtendedStatistics,
            "s",
            Definition::ExtendedStatistics(statistics.clone()),
        );
        let rendered = render(&object, &statistics, &context(&[]));
        assert_eq!(rendered.create[1], "ALTER STATISTICS public.s SET STATISTICS 0");
        assert!(rendered.has_owner);
    }
}
