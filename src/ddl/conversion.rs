//! `CREATE CONVERSION`.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::routine::Conversion;

pub fn render(_object: &Object, _definition: &Conversion, _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &Conversion) -> Target {
    Target {
        keyword: "CONVERSION",
        sql: object_name(object),
        grant_keyword: "CONVERSION",
    }
}
