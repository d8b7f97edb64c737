//! The cases of one major in one database, each in schemas of its own.

use crate::cases::Case;
use crate::support::session::Session;
use crate::support::{Database, script, server};
use pgark::internals::server::Server;

/// Moves what a case made out of the way of the next one.
const KEEP: &str = "DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|kept_)' AND nspname <> 'information_schema'
    LOOP
        EXECUTE format('ALTER SCHEMA %I RENAME TO %I', name, 'kept_PLACE_' || name);
    END LOOP;
END $$";

/// Removes what a case made before it collided with an earlier one.
const DISCARD: &str = "DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|kept_)' AND nspname <> 'information_schema'
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
END $$";

/// Databases on `major` that hold what `cases` make: one with all that can be together, and one
/// for each that cannot, because a name outside of all schemas is taken.
pub fn databases(major: u32, cases: &[Case]) -> Vec<Database> {
    databases_on(server(major), cases)
}

/// The same on one server.
pub fn databases_on(server: &'static Server, cases: &[Case]) -> Vec<Database> {
    let all = Database::on(server, "merged", "UTF8");
    let mut databases = Vec::new();
    all.session().execute("DROP SCHEMA public");
    for (place, case) in cases.iter().enumerate() {
        if !concerns_others(case) {
            let mut session = all.session();
            session.execute("CREATE SCHEMA public");
            if fill(&mut session, &case.script).is_ok() {
                all.session().execute(&KEEP.replace("PLACE", &place.to_string()));
                continue;
            }
            drop(session);
            all.session().execute(DISCARD);
        }
        let alone = Database::on(server, &case.name, "UTF8");
        alone
            .run_script(&case.script)
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        databases.push(alone);
    }
    all.session().execute("CREATE SCHEMA public");
    databases.insert(0, all);
    databases
}

/// Whether what a case makes would have its say in what the others make.
fn concerns_others(case: &Case) -> bool {
    ["CREATE PUBLICATION", "CREATE EVENT TRIGGER"]
        .iter()
        .any(|statement| case.script.contains(statement))
}

fn fill(session: &mut Session, text: &str) -> Result<(), String> {
    script::statements(text)
        .iter()
        .try_for_each(|statement| session.try_execute(statement))
}
