//! `CREATE ACCESS METHOD`.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::routine::AccessMethod;

pub fn render(_object: &Object, _definition: &AccessMethod, _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &AccessMethod) -> Target {
    Target {
        keyword: "ACCESS METHOD",
        sql: object_name(object),
        grant_keyword: "ACCESS METHOD",
    }
}
