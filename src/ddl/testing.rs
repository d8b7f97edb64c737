//! Shared by the unit tests of the kinds: objects in schema `public`, and a context over them.

use crate::ddl::Context;
use crate::model::objects::object::Definition;
use crate::model::{Address, Class, Object};
use crate::version::Version;

/// An object of schema `public` with oid 1.
pub(crate) fn part(class: Class, name: &str, definition: Definition) -> Object {
    Object::new(class, 1, Some("public".to_owned()), name.to_owned(), definition)
}

/// Looks up among copies of these objects, which live as long as the test process; as of version 18.
pub(crate) fn context(objects: &[Object]) -> Context<'static> {
    let objects: &'static [Object] = Vec::leak(objects.to_vec());
    Context {
        version: Version::first_of(18),
        object: Box::leak(Box::new(move |address: Address| {
            objects.iter().find(|o| o.address == address)
        })),
        parts: Box::leak(Box::new(move |address: Address| {
            objects.iter().filter(|o| o.parent == Some(address)).collect()
        })),
    }
}
