//! One round trip: dump, verify, restore, compare, and the outside judge.

use std::collections::BTreeMap;

use crate::support::oracle::{across_majors, difference, full_dump, schema_dump};
use crate::support::program::pgark;
use crate::support::session::Session;
use crate::support::{Database, places, server};
use pgark::internals::connect::Row;
use pgark::internals::server::Server;

/// Whether the outside judge also compares the rows, which is slow for large databases.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    Definitions,
    Everything,
    /// The judge is not asked.
    Nobody,
}

/// Takes `source` through an archive into a new database on `target_major`; `Err` says at which step the two differ.
pub fn round_trip(source: &Database, target_major: u32, jobs: u32, judge: Judge) -> Result<(), String> {
    let target = match source.major() == target_major {
        true => source.server(),
        false => server(target_major),
    };
    round_trip_to(source, target, jobs, judge)
}

/// As [`round_trip`], into a new database on `target`.
pub fn round_trip_to(source: &Database, target: &'static Server, jobs: u32, judge: Judge) -> Result<(), String> {
    let folder = tempfile::tempdir_in(places().scratch).map_err(|error| error.to_string())?;
    let archive = folder.path().join("a.pgark");
    let archive = archive.to_string_lossy();
    let jobs = jobs.to_string();
    let copy = Database::on(target, &format!("{}_copy", source.name()), "UTF8");
    let (from, to) = (source.conninfo(), copy.conninfo());

    pgark(["dump", &from, "-o", &archive, "-j", &jobs]).ended_with(0)?;
    pgark(["verify", &archive]).ended_with(0)?;
    if source.server().pid() != target.pid() {
        copy_roles(source.server(), copy.server());
    }
    pgark(["restore", &archive, "-d", &to, "-j", &jobs]).ended_with(0)?;
    pgark(["compare", &from, &to]).ended_with(0)?;
    pgark(["compare", &archive, &to]).ended_with(0)?;

    let dump = |database: &Database| match judge {
        Judge::Definitions => schema_dump(database.server(), database.name()),
        Judge::Everything => full_dump(database.server(), database.name()),
        Judge::Nobody => String::new(),
    };
    let (mut left, mut right) = (dump(source), dump(&copy));
    if source.major() != target.major() {
        (left, right) = (across_majors(&left), across_majors(&right));
    }
    match difference(&left, &right) {
        Some(text) => Err(format!("the copy's dump differs at {text}")),
        None => Ok(()),
    }
}

/// Roles belong to a server, not to a database: those that a case made have to exist on the other server too,
/// as superusers where they are: another test may use this server as its source.
pub fn copy_roles(from: &Server, to: &Server) {
    let sql = "SELECT pg_catalog.quote_ident(rolname) AS name, \
               CASE WHEN rolsuper THEN 'SUPERUSER' ELSE '' END AS rank \
               FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'";
    let roles = |server: &Server| -> BTreeMap<String, String> {
        let rows = Session::open(&server.conninfo("postgres")).query(sql);
        let text = |row: &Row, column: &str| row.string(column).expect("a text");
        rows.iter().map(|row| (text(row, "name"), text(row, "rank"))).collect()
    };
    let present = roles(to);
    let mut session = Session::open(&to.conninfo("postgres"));
    for (name, rank) in roles(from).iter().filter(|(name, _)| !present.contains_key(*name)) {
        // Another test may be doing the same.
        let _ = session.try_execute(&format!("CREATE ROLE {name} {rank}"));
    }
}
