//! Positions of sequences.

use crate::model::{SequenceState, ident};

/// The call that puts a sequence where it stood.
pub fn setval(state: &SequenceState) -> String {
    let name = ident::quote_literal(&ident::qualified(&state.schema, &state.name));
    format!(
        "SELECT pg_catalog.setval({name}, {}, {})",
        state.last_value, state.is_called
    )
}
