//! `CREATE TRANSFORM`.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::routine::Transform;

pub fn render(_object: &Object, _definition: &Transform, _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &Transform) -> Target {
    Target {
        keyword: "TRANSFORM",
        sql: object_name(object),
        grant_keyword: "TRANSFORM",
    }
}
