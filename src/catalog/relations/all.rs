//! All objects that tables, views, materialized views and sequences are made of.

use crate::catalog::relations::{constraint, index, matview, policy, rule, sequence, statistics, table, trigger, view};
use crate::catalog::scope::List;

/// The readers of the relations of a scope and of everything that belongs to them, some twenty queries in all.
pub(crate) const READERS: [List; 10] = [
    sequence::read,
    table::read,
    view::read,
    matview::read,
    constraint::read,
    index::read,
    statistics::read,
    rule::read,
    trigger::read,
    policy::read,
];
