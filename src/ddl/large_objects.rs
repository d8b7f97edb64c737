//! Large objects: made empty, with owner, privileges and comments; their pages are rows of the archive.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;

pub fn render(_object: &Object, _definition: &[u32], _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &[u32]) -> Target {
    Target {
        keyword: "LARGE OBJECT",
        sql: object_name(object),
        grant_keyword: "LARGE OBJECT",
    }
}
