//! All objects that tables, views, materialized views and sequences are made of.

use crate::catalog::{Scope, constraint, index, matview, policy, rule, sequence, statistics, table, trigger, view};
use crate::connect::ConnectError;
use crate::model::Object;

/// The relations of the scope and everything that hangs on them, some twenty queries in all.
pub fn read(scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    let mut objects = sequence::read(scope)?;
    objects.append(&mut table::read(scope)?);
    objects.append(&mut view::read(scope)?);
    objects.append(&mut matview::read(scope)?);
    objects.append(&mut constraint::read(scope)?);
    objects.append(&mut index::read(scope)?);
    objects.append(&mut statistics::read(scope)?);
    objects.append(&mut rule::read(scope)?);
    objects.append(&mut trigger::read(scope)?);
    objects.append(&mut policy::read(scope)?);
    Ok(objects)
}
