//! `CREATE PUBLICATION` and its members.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::replication::{Publication, PublicationSchema, PublicationTable};

pub fn render(_object: &Object, _definition: &Publication, _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &Publication) -> Target {
    Target {
        keyword: "PUBLICATION",
        sql: object_name(object),
        grant_keyword: "PUBLICATION",
    }
}

pub fn render_table(_object: &Object, _definition: &PublicationTable, _context: &Context) -> Statements {
    Statements::default()
}

pub fn table_target(object: &Object, _definition: &PublicationTable) -> Target {
    Target {
        keyword: "PUBLICATION TABLE",
        sql: object_name(object),
        grant_keyword: "PUBLICATION TABLE",
    }
}

pub fn render_schema(_object: &Object, _definition: &PublicationSchema, _context: &Context) -> Statements {
    Statements::default()
}

pub fn schema_target(object: &Object, _definition: &PublicationSchema) -> Target {
    Target {
        keyword: "PUBLICATION TABLES IN SCHEMA",
        sql: object_name(object),
        grant_keyword: "PUBLICATION TABLES IN SCHEMA",
    }
}
