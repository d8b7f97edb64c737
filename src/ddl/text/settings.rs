//! Settings for properties that a statement has no clause for: where a relation is stored and by which access method.
//!
//! They are local to the entry's transaction and reset at its end, so that entries can share a transaction.

use crate::ddl::Statements;
use crate::model::entry::Requirement;
use crate::model::ident::quote_ident;
use crate::model::storage::{ACCESS_METHOD, TABLESPACE};

/// Surrounds the statements made so far with the settings of a relation's storage.
pub(crate) fn surround(statements: &mut Statements, tablespace: Option<&str>, access_method: Option<&str>) {
    // Restores run with an empty default tablespace and the access method `heap`.
    if let Some(method) = access_method.filter(|method| *method != "heap") {
        statements
            .create
            .insert(0, format!("{ACCESS_METHOD}{}", quote_ident(method)));
        statements.create.push(format!("{ACCESS_METHOD}heap"));
    }
    if let Some(tablespace) = tablespace {
        statements
            .create
            .insert(0, format!("{TABLESPACE}{}", quote_ident(tablespace)));
        statements.create.push(format!("{TABLESPACE}''"));
        statements.requires.push(Requirement::Tablespace(tablespace.to_owned()));
    }
}
