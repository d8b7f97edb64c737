//! The places where an entry's statements name roles, so that a restore can put other names there.

use serde::{Deserialize, Serialize};

/// A role's name in one of an entry's statements, quoted as [`ident`](super::ident) quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleMention {
    /// The list of statements in which the name stands.
    pub list: StatementList,
    /// Position in that list, from 0.
    pub statement: u32,
    /// Offset in the statement, in bytes.
    pub offset: u32,
    /// Bytes of the quoted name.
    pub length: u32,
}

/// A list of an entry's statements, including lists of at most one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StatementList {
    /// [`Entry::create`](super::Entry::create).
    Create,
    /// The statements by which limits replace others, for all limits in order.
    Limits,
    /// The plain form of [`Entry::drop`](super::Entry::drop).
    Drop,
    /// The `IF EXISTS` form of [`Entry::drop`](super::Entry::drop).
    DropIfExists,
    /// All of [`Owner::statements`](super::entry::Owner::statements), in order.
    Owner,
    /// [`Entry::privileges`](super::Entry::privileges).
    Privileges,
    /// [`Entry::comments`](super::Entry::comments).
    Comments,
    /// [`Entry::security_labels`](super::Entry::security_labels).
    SecurityLabels,
}
