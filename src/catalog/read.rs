//! Reads all objects of one database.
//!
//! Each query of a catalog costs a fresh session some milliseconds for planning and filling its caches, and a query
//! about many tables takes seconds. All of that time uses only one of the server's processors. So the readers, which
//! are independent of each other, are divided among the sessions that have the same snapshot and the same locks.
//!
//! With two sessions instead of one, two cores: a dump of 14 small tables takes 0.73 of the time (1.5 of
//! `pg_dump -j2`, before 2), and one of the definitions of 20,000 tables 0.9 (2.2 of `pg_dump -s`). Of the
//! latter, half is the server's answers and a quarter ordering and rendering the entries, on one thread and with
//! 120,000 objects spread over all of its steps; the rest is listing and locking the tables, which must come first.
//! `from_collapse_limit` and `join_collapse_limit` of 1 or 5 made no difference beyond noise; `work_mem` of 32 MiB one
//! of 0.9, which is not taken: the memory is the server's.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::catalog;
use crate::catalog::relations::all;
use crate::catalog::scope::List;
use crate::catalog::{CatalogError, Scope};
use crate::model::{Address, Database, Object};

/// One reader with the place for its results; it runs in whichever session is free.
type Read<'a> = Box<dyn FnOnce(&Scope) -> Result<(), CatalogError> + Send + 'a>;

/// The readers in the order of their objects; those of [`all`] come after these.
const BEFORE: [List; 16] = [
    catalog::schema::read,
    catalog::extensions::extension::read,
    catalog::routines::language::read,
    catalog::types::collation::read,
    catalog::types::defined::read,
    catalog::types::domain::read,
    catalog::routines::routine::read,
    catalog::routines::aggregate::read,
    catalog::routines::operator::read,
    catalog::routines::operator_class::read,
    catalog::types::cast::read,
    catalog::types::transform::read,
    catalog::routines::access_method::read,
    catalog::types::conversion::read,
    catalog::routines::text_search::read,
    catalog::foreign::read,
];

/// All objects with the properties common to every kind, their dependencies, and a list of objects that are not
/// carried. The caller has set the sessions up and locked [`Scope::relations`]. The scopes differ only in their
/// sessions.
pub(crate) fn read(scope: &Scope, others: &[Scope]) -> Result<Database, CatalogError> {
    let (mut before, mut of_relations) = (BEFORE.map(|_| Vec::new()), all::READERS.map(|_| Vec::new()));
    let (mut publications, mut event_triggers, mut system_objects) = (Vec::new(), Vec::new(), Vec::new());
    let (mut database, mut large_objects, mut defaults) = Default::default();
    let (mut subscriptions, mut lists) = Default::default();
    let (mut members, mut dependencies) = Default::default();
    let (mut comments, mut security_labels, mut extensions) = Default::default();
    let mut dangling = Vec::new();
    // The reads that take longest in a large catalog come first.
    let mut reads: Vec<Read> = Vec::new();
    reads.extend(
        of_relations
            .iter_mut()
            .zip(all::READERS)
            .map(|(place, read)| read_into(place, read)),
    );
    reads.push(read_into(&mut lists, catalog::said_of_all::privileges::read));
    reads.push(read_into(&mut dangling, catalog::state::dangling::read));
    reads.push(read_into(&mut dependencies, catalog::query::depend::read));
    reads.extend(
        before
            .iter_mut()
            .zip(BEFORE)
            .map(|(place, read)| read_into(place, read)),
    );
    reads.push(read_into(
        &mut system_objects,
        catalog::said_of_all::system_object::read,
    ));
    reads.push(read_into(&mut database, catalog::globals::database::read));
    reads.push(read_into(&mut publications, catalog::replication::publication::read));
    reads.push(read_into(&mut subscriptions, catalog::replication::subscription::read));
    reads.push(read_into(&mut event_triggers, catalog::routines::event_trigger::read));
    reads.push(read_into(&mut large_objects, catalog::large_objects::read));
    reads.push(read_into(&mut defaults, catalog::said_of_all::default_privileges::read));
    reads.push(read_into(&mut members, catalog::extensions::extension::members));
    reads.push(read_into(&mut comments, catalog::said_of_all::comment::read));
    reads.push(read_into(
        &mut security_labels,
        catalog::said_of_all::security_label::read,
    ));
    reads.push(read_into(&mut extensions, catalog::extensions::dependence::read));
    run(reads, scope, others)?;

    let (mut objects, database_warnings) = database;
    objects.extend(before.into_iter().chain(of_relations).flatten());
    objects.append(&mut publications);
    objects.append(&mut subscriptions.objects);
    objects.append(&mut event_triggers);
    let (mut large_objects, large_object_warnings) = large_objects;
    objects.append(&mut large_objects);
    objects.append(&mut system_objects);
    catalog::state::dangling::settle(&dangling, &mut objects);
    mark_members(&mut objects, &members);
    catalog::said_of_all::comment::add(comments, &mut objects);
    catalog::said_of_all::security_label::add(security_labels, &mut objects);
    catalog::extensions::dependence::add(extensions, &mut objects);
    let privileges = catalog::said_of_all::privileges::add(scope, lists, &mut objects)?;
    let mut not_covered = privileges.not_covered;
    not_covered.extend(subscriptions.unreadable);
    let (mut defaults, default_warnings) = defaults;
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
        dangling,
        warnings,
    })
}

fn read_into<'a, T, E>(place: &'a mut T, read: fn(&Scope) -> Result<T, E>) -> Read<'a>
where
    T: Send,
    E: 'a,
    CatalogError: From<E>,
{
    Box::new(move |scope| {
        *place = read(scope)?;
        Ok(())
    })
}

/// Runs all reads, on a thread for each of the other scopes too. After a failure no more are begun.
fn run(reads: Vec<Read>, scope: &Scope, others: &[Scope]) -> Result<(), CatalogError> {
    let reads = Mutex::new(reads.into_iter());
    let next = || reads.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = |scope: &Scope| {
        let result = std::iter::from_fn(next).try_for_each(|read| read(scope));
        if result.is_err() {
            while next().is_some() {}
        }
        result
    };
    std::thread::scope(|threads| {
        // If a thread cannot be started, one session less works.
        let start = |scope| {
            std::thread::Builder::new()
                .spawn_scoped(threads, move || work(scope))
                .ok()
        };
        let started: Vec<_> = others.iter().filter_map(start).collect();
        let own = work(scope);
        started.into_iter().fold(own, |result, thread| match thread.join() {
            Ok(other) => result.and(other),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

/// Marks members of extensions. Parts belong to the extension of the object they are parts of.
fn mark_members(objects: &mut [Object], members: &HashMap<Address, String>) {
    for object in objects.iter_mut() {
        object.member_of = members.get(&object.address).cloned();
    }
    // A part may belong to another part: an index's attachment to the index, and that to the table.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::connect::{Ask, ConnectError, Row};
    use crate::version::Version;

    struct Silent;

    impl Ask for Silent {
        fn query(&self, _: &str) -> Result<Vec<Row>, ConnectError> {
            Ok(Vec::new())
        }

        fn query_all(&self, sql: &[String]) -> Result<Vec<Vec<Row>>, ConnectError> {
            Ok(vec![Vec::new(); sql.len()])
        }
    }

    const SCOPE: Scope = Scope {
        control: &Silent,
        version: Version::NEWEST,
        relations: &[],
    };

    #[test]
    fn each_job_is_run_once_whoever_takes_it() {
        let ran: Vec<AtomicUsize> = (0..100).map(|_| AtomicUsize::new(0)).collect();
        let count_up = |count| -> Read {
            Box::new(move |_| {
                AtomicUsize::fetch_add(count, 1, Ordering::Relaxed);
                Ok(())
            })
        };
        for others in [&[][..], &[SCOPE, SCOPE]] {
            run(ran.iter().map(count_up).collect(), &SCOPE, others).unwrap();
        }
        assert!(ran.iter().all(|count| count.load(Ordering::Relaxed) == 2));
    }

    #[test]
    fn nothing_is_begun_after_a_failure() {
        let fails: Read = Box::new(|_| Err(CatalogError::Unexpected("a test".to_owned())));
        let never: Read = Box::new(|_| panic!("it was begun"));
        assert!(run(vec![fails, never], &SCOPE, &[]).is_err());
    }
}
