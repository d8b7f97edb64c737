//! Positions of sequences.

use crate::connect::{ConnectError, Wire};
use crate::model::{SequenceState, ident};

/// Sets the position of a sequence.
pub(super) fn set(wire: &mut Wire, state: &SequenceState) -> Result<(), ConnectError> {
    wire.execute(&setval(state))
}

/// The statement that sets the position of a sequence.
fn setval(state: &SequenceState) -> String {
    let name = ident::quote_literal(&ident::qualified(&state.schema, &state.name));
    format!(
        "SELECT pg_catalog.setval({name}, {}, {})",
        state.last_value, state.is_called
    )
}
