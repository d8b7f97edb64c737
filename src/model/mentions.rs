//! Where an entry's statements name roles, so that a restore can name others.

use serde::{Deserialize, Serialize};

/// A role's name in one of an entry's statements, quoted as [`ident`](super::ident) quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleMention {
    pub list: StatementList,
    /// Position in that list, from 0.
    pub statement: u32,
    /// In bytes.
    pub offset: u32,
    pub length: u32,
}

/// A list of an entry's statements; those that hold one statement at most count too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StatementList {
    Create,
    /// What limits put in the place of others: the statements of all of them, in order.
    Limits,
    Drop,
    DropIfExists,
    Owner,
    Privileges,
    Comments,
    SecurityLabels,
}
