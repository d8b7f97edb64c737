//! Runs one statement to test its answer, and keeps none of its rows.

use crate::connect::ConnectError;
use crate::connect::wire::rows;
use crate::connect::wire::session::{Wire, frame, stray_copy};

/// What a statement answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    pub rows: u64,
    /// The number of the first row whose first column is a boolean that is not true; counted from 1.
    pub untrue: Option<u64>,
    /// Whether that boolean is NULL rather than false.
    pub null: bool,
}

impl Wire {
    /// Runs one statement in the simple protocol and looks at the first column of its rows. There may be any number of
    /// rows, because none is kept.
    pub fn test(&mut self, sql: &str) -> Result<Tested, ConnectError> {
        self.send_query(sql)?;
        let mut tested = Tested::default();
        let mut failure: Option<ConnectError> = None;
        let mut first_is_boolean = false;
        loop {
            let message = self.receive()?;
            match message.tag {
                b'Z' => {
                    self.ready(&message)?;
                    return failure.map_or(Ok(tested), Err);
                }
                b'E' => {
                    let error = ConnectError::Server(Box::new(self.server_error(&message)));
                    if self.is_broken() {
                        return Err(failure.unwrap_or(error));
                    }
                    failure.get_or_insert(error);
                }
                b'T' => match rows::first_is_boolean(self.inbox.payload(&message)) {
                    Some(found) => first_is_boolean = found,
                    None => return Err(self.unexpected(&message)),
                },
                b'D' => {
                    tested.rows += 1;
                    if !first_is_boolean || tested.untrue.is_some() {
                        continue;
                    }
                    let Some(value) = rows::first_value(self.inbox.payload(&message)) else {
                        return Err(self.unexpected(&message));
                    };
                    if value != Some(b"t") {
                        tested.untrue = Some(tested.rows);
                        tested.null = value.is_none();
                    }
                }
                b'C' | b'I' => {}
                b'G' => {
                    failure.get_or_insert_with(stray_copy);
                    self.send(&frame(b'f', &[b"not expected\0"])?)?;
                }
                b'H' => {
                    failure.get_or_insert_with(stray_copy);
                }
                b'd' | b'c' if failure.is_some() => {}
                _ => return Err(self.unexpected(&message)),
            }
        }
    }
}
