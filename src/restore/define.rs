//! Executes entries: each one's statements in one transaction, one statement per message.

use crate::connect::{ConnectError, Wire};
use crate::model::entry::{Entry, Privilege};
use crate::model::ident;

/// What of an entry is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub owners: bool,
    pub privileges: bool,
}

/// A statement of a batch that the server refused; everything before it is rolled back.
#[derive(Debug)]
pub struct Refused {
    /// Absent when BEGIN or COMMIT failed.
    pub statement: Option<String>,
    pub error: ConnectError,
}

/// Creates the object, then sets its owner, comments and labels.
pub fn define(wire: &mut Wire, entry: &Entry, parts: Parts) -> Result<(), Refused> {
    let owner = entry
        .owner
        .iter()
        .filter(|_| parts.owners)
        .map(|owner| &owner.statement);
    let statements: Vec<&str> = entry
        .create
        .iter()
        .chain(owner)
        .chain(&entry.comments)
        .chain(&entry.security_labels)
        .map(String::as_str)
        .collect();
    in_transaction(wire, &statements)
}

/// Grants and revokes, each by its grantor.
pub fn grant(wire: &mut Wire, privileges: &[Privilege]) -> Result<(), Refused> {
    let mut statements = Vec::new();
    for privilege in privileges {
        match &privilege.grantor {
            Some(role) => {
                statements.push(format!("SET LOCAL SESSION AUTHORIZATION {}", ident::quote_ident(role)));
                statements.push(privilege.statement.clone());
                statements.push("RESET SESSION AUTHORIZATION".to_owned());
            }
            None => statements.push(privilege.statement.clone()),
        }
    }
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    in_transaction(wire, &statements)
}

/// Runs statements in one transaction and one round trip. Each goes in a Parse message of its
/// own, which admits exactly one statement: text that closes its statement early and goes on with
/// another one is refused by the server.
pub fn in_transaction(wire: &mut Wire, statements: &[&str]) -> Result<(), Refused> {
    if statements.is_empty() {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(statements.len() + 2);
    batch.push("BEGIN");
    batch.extend_from_slice(statements);
    batch.push("COMMIT");
    let Err((index, error)) = wire.pipeline(&batch) else {
        return Ok(());
    };
    if wire.in_transaction() {
        wire.execute("ROLLBACK")
            .map_err(|error| Refused { statement: None, error })?;
    }
    let statement = index
        .checked_sub(1)
        .and_then(|i| statements.get(i))
        .map(|s| (*s).to_owned());
    Err(Refused { statement, error })
}
