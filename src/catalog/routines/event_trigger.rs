//! Reads event triggers.

use crate::catalog::Scope;
use crate::catalog::query::names;
use crate::connect::ConnectError;
use crate::model::objects::replication::EventTrigger;
use crate::model::{Class, Definition, Object};

pub(crate) fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let sql = format!(
        "SELECT e.oid, e.evtname, {owner} AS owner, e.evtevent, e.evttags, e.evtenabled, {function} AS function \
         FROM pg_catalog.pg_event_trigger e ORDER BY e.oid",
        owner = names::role("e.evtowner"),
        function = names::function("e.evtfoid"),
    );
    let mut objects = Vec::new();
    for row in scope.control.query(&sql)? {
        let trigger = EventTrigger {
            event: row.string("evtevent")?,
            tags: row.opt_array("evttags")?.unwrap_or_default(),
            function: names::name(&row, "function")?,
            enabled: row.char("evtenabled")?,
        };
        let mut object = Object::new(
            Class::EventTrigger,
            row.oid("oid")?,
            None,
            row.string("evtname")?,
            Definition::EventTrigger(trigger),
        );
        object.owner = Some(row.string("owner")?);
        objects.push(object);
    }
    Ok(objects)
}
