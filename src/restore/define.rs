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

impl Refused {
    /// A server's message may repeat any part of the statement.
    fn without_secrets(self) -> Self {
        Self {
            statement: None,
            error: self.error.without_text(),
        }
    }
}

/// Creates the object with its comments and labels in one transaction, then sets its owner, all in
/// one round trip. An owner that the server refuses leaves the object as it is: that is returned, and
/// what depends on the object can go on.
pub fn define(wire: &mut Wire, entry: &Entry, parts: Parts) -> Result<Option<Refused>, Refused> {
    let created: Vec<&str> = entry
        .create
        .iter()
        .chain(&entry.comments)
        .chain(&entry.security_labels)
        .map(String::as_str)
        .collect();
    let owner = entry.owner.as_ref().filter(|_| parts.owners);
    let owner = owner.map(|owner| owner.statement.as_str());
    let mut batch = Vec::with_capacity(created.len() + 3);
    if !created.is_empty() {
        batch.push("BEGIN");
        batch.extend_from_slice(&created);
        batch.push("COMMIT");
    }
    let committed = batch.len();
    batch.extend(owner);
    let Err((index, error)) = run(wire, &batch)? else {
        return Ok(None);
    };
    let statement = batch.get(index).map(|sql| (*sql).to_owned());
    let refused = Refused { statement, error };
    if index < committed {
        Err(if entry.secret {
            refused.without_secrets()
        } else {
            refused
        })
    } else {
        Ok(Some(refused))
    }
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

/// Runs statements in one transaction and one round trip.
pub fn in_transaction(wire: &mut Wire, statements: &[&str]) -> Result<(), Refused> {
    if statements.is_empty() {
        return Ok(());
    }
    let mut batch = Vec::with_capacity(statements.len() + 2);
    batch.push("BEGIN");
    batch.extend_from_slice(statements);
    batch.push("COMMIT");
    let Err((index, error)) = run(wire, &batch)? else {
        return Ok(());
    };
    let statement = batch.get(index).map(|sql| (*sql).to_owned());
    Err(Refused { statement, error })
}

/// Runs a batch and ends a transaction that it left open. Each statement goes in a Parse message of
/// its own, which admits exactly one statement: text that closes its statement early and goes on
/// with another one is refused by the server.
fn run(wire: &mut Wire, batch: &[&str]) -> Result<Result<(), (usize, ConnectError)>, Refused> {
    let result = wire.pipeline(batch);
    if !wire.is_broken() && wire.in_transaction() {
        wire.execute("ROLLBACK")
            .map_err(|error| Refused { statement: None, error })?;
    }
    Ok(result)
}
