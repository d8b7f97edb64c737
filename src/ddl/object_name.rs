//! The quoted, schema-qualified name of an object that needs nothing else to identify it.

use crate::model::Object;
use crate::model::ident::{qualified, quote_ident};

/// `schema.name`, or `name` for an object without schema.
pub(super) fn object_name(object: &Object) -> String {
    match &object.schema {
        Some(schema) => qualified(schema, &object.name),
        None => quote_ident(&object.name),
    }
}
