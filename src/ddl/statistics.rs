//! Extended statistics objects.

use crate::ddl::{Context, Statements, Target, drops};
use crate::model::Object;
use crate::model::ident::qualified;
use crate::model::relation::ExtendedStatistics;

pub fn target(object: &Object, _statistics: &ExtendedStatistics) -> Target {
    Target { keyword: "STATISTICS", sql: name(object), grant_keyword: "STATISTICS" }
}

pub fn render(object: &Object, statistics: &ExtendedStatistics, _ctx: &Context) -> Statements {
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
