//! Foreign data wrappers, servers and user mappings.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::foreign::{ForeignDataWrapper, ForeignServer, UserMapping};

pub fn render_wrapper(_object: &Object, _definition: &ForeignDataWrapper, _context: &Context) -> Statements {
    Statements::default()
}

pub fn wrapper_target(object: &Object, _definition: &ForeignDataWrapper) -> Target {
    Target {
        keyword: "FOREIGN DATA WRAPPER",
        sql: object_name(object),
        grant_keyword: "FOREIGN DATA WRAPPER",
    }
}

pub fn render_server(_object: &Object, _definition: &ForeignServer, _context: &Context) -> Statements {
    Statements::default()
}

pub fn server_target(object: &Object, _definition: &ForeignServer) -> Target {
    Target {
        keyword: "SERVER",
        sql: object_name(object),
        grant_keyword: "SERVER",
    }
}

pub fn render_mapping(_object: &Object, _definition: &UserMapping, _context: &Context) -> Statements {
    Statements::default()
}

pub fn mapping_target(object: &Object, _definition: &UserMapping) -> Target {
    Target {
        keyword: "USER MAPPING",
        sql: object_name(object),
        grant_keyword: "USER MAPPING",
    }
}
