//! Objects and a context for unit tests of this layer.

use super::Context;
use crate::model::{Class, Definition, Object};
use crate::version::Version;

pub(super) fn object(class: Class, schema: Option<&str>, name: &str, definition: Definition) -> Object {
    let mut object = Object::new(class, 20_000, schema.map(str::to_owned), name.to_owned(), definition);
    object.owner = Some("owner".to_owned());
    object
}

/// A context of version 18 without any other object.
pub(super) fn with_context<T>(test: impl FnOnce(&Context) -> T) -> T {
    with_parts(&[], test)
}

/// A context of version 18 in which every object has `parts`.
pub(super) fn with_parts<T>(parts: &[Object], test: impl FnOnce(&Context) -> T) -> T {
    test(&Context {
        version: Version::first_of(18),
        object: &|_| None,
        parts: &|_| parts.iter().collect(),
    })
}
