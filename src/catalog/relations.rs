//! All objects that tables, views, materialized views and sequences are made of.

use crate::catalog::scope::List;
use crate::catalog::{constraint, index, matview, policy, rule, sequence, statistics, table, trigger, view};

/// The readers of the relations of a scope and of everything that hangs on them, some twenty queries in all.
pub const READERS: [List; 10] = [
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
