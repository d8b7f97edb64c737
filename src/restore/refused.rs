//! Refusals by the server: of a whole object, or of something about one.

use crate::connect::ConnectError;
use crate::model::Entry;

/// A statement that the server refused.
#[derive(Debug)]
pub struct Refused {
    /// Absent when BEGIN or COMMIT failed.
    pub statement: Option<String>,
    /// Why, as the server says.
    pub error: ConnectError,
}

impl Refused {
    /// Removes secrets: neither the statement is shown nor the server's message, which may repeat any part of it.
    pub fn for_message(self, entry: &Entry) -> Self {
        if !entry.secret {
            return self;
        }
        Self {
            statement: None,
            error: self.error.without_text(),
        }
    }
}

/// Something about an existing object that the server refused.
#[derive(Debug)]
pub enum Lesser {
    /// The owner: the object belongs to the restoring role.
    Owner(Refused),
    /// A setting, comment or label.
    Extra(Refused),
}

impl Lesser {
    /// Removes secrets as [`Refused::for_message`] does; what sets an owner has none.
    pub fn for_message(self, entry: &Entry) -> Self {
        match self {
            Self::Owner(refused) => Self::Owner(refused),
            Self::Extra(refused) => Self::Extra(refused.for_message(entry)),
        }
    }

    /// The error alone, without the statement.
    pub fn into_error(self) -> ConnectError {
        match self {
            Self::Owner(refused) | Self::Extra(refused) => refused.error,
        }
    }
}
