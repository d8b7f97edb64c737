//! `CREATE SUBSCRIPTION`.

use super::object_name::object_name;
use super::{Context, Statements, Target};
use crate::model::Object;
use crate::model::replication::Subscription;

pub fn render(_object: &Object, _definition: &Subscription, _context: &Context) -> Statements {
    Statements::default()
}

pub fn target(object: &Object, _definition: &Subscription) -> Target {
    Target {
        keyword: "SUBSCRIPTION",
        sql: object_name(object),
        grant_keyword: "SUBSCRIPTION",
    }
}
