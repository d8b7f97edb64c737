//! `CREATE EVENT TRIGGER`.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::replication::EventTrigger;

pub fn render(_object: &Object, _definition: &EventTrigger, _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &EventTrigger) -> Target {
    Target {
        keyword: "EVENT TRIGGER",
        sql: object_name(object),
        grant_keyword: "EVENT TRIGGER",
    }
}
