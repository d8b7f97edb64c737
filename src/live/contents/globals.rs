//! The objects that belong to the server, as entries of their own list.

use crate::catalog::{Scope, globals};
use crate::ddl::{self, Context};
use crate::live::contents::entries::group_uncarried;
use crate::live::error::ReadError;
use crate::live::open::snapshot::SharedSnapshot;
use crate::model::objects::globals::Global;
use crate::model::{Catalog, Class, Components, Definition, Entry, Object, Section};
use crate::plan::order::memberships;

/// Adds the server's objects to the catalog of a dump that is not limited to a part of the database. `passwords` asks
/// for the verifiers of the roles' passwords.
pub(super) fn add(catalog: &mut Catalog, snapshot: &SharedSnapshot, passwords: bool) -> Result<(), ReadError> {
    let chosen = &snapshot.chosen;
    if !(chosen.everything || chosen.globals_only) || !chosen.parts.definitions(Section::PreData) {
        return Ok(());
    }
    let scope = Scope {
        control: &snapshot.control,
        version: snapshot.version,
        relations: &[],
    };
    let mut read = globals::read(&scope, passwords)?;
    let (memberships, warnings) = memberships::order(read.memberships, &read.bootstrap_superuser);
    let memberships = (1..).zip(memberships).map(|(number, membership)| {
        let name = membership.role.clone();
        let definition = Definition::Global(Global::Membership(membership));
        Object::new(Class::RoleMembership, number, None, name, definition)
    });
    let objects = read
        .roles
        .into_iter()
        .chain(read.settings)
        .chain(memberships)
        .chain(read.tablespaces)
        .chain(read.parameters);
    let context = Context {
        version: snapshot.version,
        object: &|_| None,
        parts: &|_| Vec::new(),
    };
    let rendered = objects.filter_map(|object| ddl::entry::render(&object, Components::ALL, &context));
    catalog.globals = (1..).zip(rendered).map(|(id, entry)| Entry { id, ..entry }).collect();
    catalog.bootstrap_superuser = Some(read.bootstrap_superuser).filter(|name| !name.is_empty());
    catalog.warnings.append(&mut read.warnings);
    catalog.warnings.extend(warnings);
    catalog.not_covered.extend(group_uncarried(read.not_covered, |_| true));
    Ok(())
}
