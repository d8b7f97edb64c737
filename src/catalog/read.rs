//! Reads everything that is to know of one database.

use std::collections::HashMap;

use crate::catalog::{self, CatalogError, Scope};
use crate::model::{Address, Database, Object};

/// All objects, with what every kind has in common, their dependencies, and what is not carried.
/// The caller has set the session up, and has locked [`Scope::relations`].
pub fn read(scope: &Scope) -> Result<Database, CatalogError> {
    let (mut objects, database_warnings) = catalog::globals::database::read(scope)?;
    objects.append(&mut catalog::schema::read(scope)?);
    objects.append(&mut catalog::extension::read(scope)?);
    objects.append(&mut catalog::language::read(scope)?);
    objects.append(&mut catalog::collation::read(scope)?);
    objects.append(&mut catalog::types::read(scope)?);
    objects.append(&mut catalog::domain::read(scope)?);
    objects.append(&mut catalog::routine::read(scope)?);
    objects.append(&mut catalog::aggregate::read(scope)?);
    objects.append(&mut catalog::operator::read(scope)?);
    objects.append(&mut catalog::operator_class::read(scope)?);
    objects.append(&mut catalog::cast::read(scope)?);
    objects.append(&mut catalog::transform::read(scope)?);
    objects.append(&mut catalog::access_method::read(scope)?);
    objects.append(&mut catalog::conversion::read(scope)?);
    objects.append(&mut catalog::text_search::read(scope)?);
    objects.append(&mut catalog::foreign::read(scope)?);
    objects.append(&mut catalog::relations::read(scope)?);
    objects.append(&mut catalog::publication::read(scope)?);
    let mut subscriptions = catalog::subscription::read(scope)?;
    objects.append(&mut subscriptions.objects);
    objects.append(&mut catalog::event_trigger::read(scope)?);
    let (mut large_objects, large_object_warnings) = catalog::large_objects::read(scope)?;
    objects.append(&mut large_objects);
    objects.append(&mut catalog::system_object::read(scope)?);
    mark_members(&mut objects, &catalog::extension::members(scope)?);

    let dependencies = catalog::depend::read(scope)?;
    catalog::comment::read(scope, &mut objects)?;
    catalog::security_label::read(scope, &mut objects)?;
    catalog::extension_dependence::read(scope, &mut objects)?;
    let privileges = catalog::privileges::read(scope, &mut objects)?;
    let mut not_covered = privileges.not_covered;
    not_covered.extend(subscriptions.unreadable);
    let (mut defaults, default_warnings) = catalog::default_privileges::read(scope)?;
    objects.append(&mut defaults);
    let mut warnings = privileges.warnings;
    warnings.extend(default_warnings);
    warnings.extend(large_object_warnings);
    warnings.extend(database_warnings);
    Ok(Database {
        server_version_num: scope.version,
        objects,
        dependencies,
        not_covered,
        warnings,
    })
}

/// Parts belong to the extension of what they are parts of.
fn mark_members(objects: &mut [Object], members: &HashMap<Address, String>) {
    for object in objects.iter_mut() {
        object.member_of = members.get(&object.address).cloned();
    }
    // A part may follow another part: an index's attachment follows the index, that the table.
    for _ in 0..3 {
        let owners: HashMap<Address, String> = objects
            .iter()
            .filter_map(|object| Some((object.address, object.member_of.clone()?)))
            .collect();
        if owners.is_empty() {
            return;
        }
        for object in objects.iter_mut().filter(|object| object.member_of.is_none()) {
            object.member_of = object.parent.and_then(|parent| owners.get(&parent).cloned());
        }
    }
}
