//! Executes entries: each one's statements in one transaction, one statement per message.

use std::collections::HashSet;

use crate::connect::{ConnectError, Wire};
use crate::model::entry::{Entry, Owner, Privilege};
use crate::model::ident;

/// A statement that the server refused.
#[derive(Debug)]
pub struct Refused {
    /// Absent when BEGIN or COMMIT failed.
    pub statement: Option<String>,
    pub error: ConnectError,
}

impl Refused {
    /// A server's message may repeat any part of the statement: of secrets neither is told.
    fn for_message(self, entry: &Entry) -> Self {
        if !entry.secret {
            return self;
        }
        Self {
            statement: None,
            error: self.error.without_text(),
        }
    }
}

/// Something about an object that the server refused; the object is there.
#[derive(Debug)]
pub enum Lesser {
    Owner(Refused),
    /// A setting, comment or label.
    Extra(Refused),
}

impl Lesser {
    fn for_message(self, entry: &Entry) -> Self {
        match self {
            Self::Owner(refused) => Self::Owner(refused),
            Self::Extra(refused) => Self::Extra(refused.for_message(entry)),
        }
    }

    pub fn into_error(self) -> ConnectError {
        match self {
            Self::Owner(refused) | Self::Extra(refused) => refused.error,
        }
    }
}

/// Creates the object with its comments and labels in one transaction, then sets its owner, all in
/// one round trip. What the object can be without is returned when the server refuses it, and what
/// depends on the object can go on; `Err` means that the object is not there. Large
/// objects get their owner later, by [`set_owner`].
pub fn define(wire: &mut Wire, entry: &Entry) -> Result<Vec<Lesser>, Refused> {
    let extra_positions: HashSet<u32> = entry.extras.iter().copied().collect();
    let remarks = entry.comments.iter().chain(&entry.security_labels);
    let numbered = (0..).zip(&entry.create);
    let statements: Vec<(&str, bool)> = numbered
        .map(|(position, sql)| (sql.as_str(), extra_positions.contains(&position)))
        .chain(remarks.map(|sql| (sql.as_str(), true)))
        .collect();
    let at_once = entry.large_objects.is_empty();
    let owner = entry.owner.iter().filter(|_| at_once).flat_map(Owner::statements);
    let owner: Vec<&str> = owner.map(String::as_str).collect();
    let mut batch = Vec::with_capacity(statements.len() + 3);
    if !statements.is_empty() {
        batch.push("BEGIN");
        batch.extend(statements.iter().map(|(sql, _)| *sql));
        batch.push("COMMIT");
    }
    let committed = batch.len();
    batch.extend(&owner);
    let Err((index, error)) = run(wire, &batch)? else {
        return Ok(Vec::new());
    };
    let refused = Refused {
        statement: batch.get(index).map(|sql| (*sql).to_owned()),
        error,
    };
    if index >= committed {
        return Ok(vec![Lesser::Owner(refused)]);
    }
    let is_extra = index
        .checked_sub(1)
        .and_then(|at| statements.get(at))
        .is_some_and(|(_, extra)| *extra);
    if is_extra && !refused.error.is_fatal() {
        let added = one_by_one(wire, &statements, &owner);
        return match added {
            Ok(lesser) => Ok(lesser.into_iter().map(|lesser| lesser.for_message(entry)).collect()),
            Err(refused) => Err(refused.for_message(entry)),
        };
    }
    Err(refused.for_message(entry))
}

/// Creates the object alone, then adds each extra by itself, so that one does not cost another.
fn one_by_one(wire: &mut Wire, statements: &[(&str, bool)], owner: &[&str]) -> Result<Vec<Lesser>, Refused> {
    let essential: Vec<&str> = statements
        .iter()
        .filter(|(_, extra)| !extra)
        .map(|(sql, _)| *sql)
        .collect();
    in_transaction(wire, &essential)?;
    let mut lesser = Vec::new();
    let extras = statements.iter().filter(|(_, extra)| *extra).map(|(sql, _)| *sql);
    for (sql, is_owner) in extras
        .map(|sql| (sql, false))
        .chain(owner.iter().map(|sql| (*sql, true)))
    {
        let Err((_, error)) = run(wire, &[sql])? else { continue };
        let refused = Refused {
            statement: Some(sql.to_owned()),
            error,
        };
        let broken = refused.error.is_fatal();
        lesser.push(if is_owner {
            Lesser::Owner(refused)
        } else {
            Lesser::Extra(refused)
        });
        if broken {
            break;
        }
    }
    Ok(lesser)
}

/// Gives everything that the entry made to its owner. A role that gives a large object away may not
/// be allowed to write it any more, so this comes after its content.
pub fn set_owner(wire: &mut Wire, entry: &Entry) -> Result<(), Refused> {
    let statements: Vec<&str> = entry
        .owner
        .iter()
        .flat_map(Owner::statements)
        .map(String::as_str)
        .collect();
    in_transaction(wire, &statements)
}

/// Grants and revokes, each by its grantor; the others by `role`, or by whom the session is.
pub fn grant(wire: &mut Wire, privileges: &[Privilege], role: Option<&str>) -> Result<(), Refused> {
    let mut statements = Vec::new();
    let back = match role {
        Some(role) => format!("SET LOCAL ROLE {}", ident::quote_ident(role)),
        None => "RESET ROLE".to_owned(),
    };
    for privilege in privileges {
        match &privilege.grantor {
            Some(role) => {
                // Not SESSION AUTHORIZATION: it would end the session's own SET ROLE.
                statements.push(format!("SET LOCAL ROLE {}", ident::quote_ident(role)));
                statements.push(privilege.statement.clone());
                statements.push(back.clone());
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
