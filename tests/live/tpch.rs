//! A TPC-H database and the demo's sample database go through an archive and back.

use crate::round_trip::{Judge, round_trip};
use crate::support::{self, Database};

/// Scale of the test's database; `PGARK_TPCH_SCALE` sets another.
fn scale() -> f64 {
    std::env::var("PGARK_TPCH_SCALE")
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(0.05)
}

fn round_trip_tpch(major: u32) {
    let source = Database::create(major, "tpch");
    let rows = support::tpch::load(source.session().wire(), scale()).expect("load");
    assert!(rows > 1000);
    round_trip(&source, major, 2, Judge::Definitions).unwrap_or_else(|message| panic!("{message}"));
}

/// No TID range scans: every table is one stream.
#[test]
fn tpch_round_trips_on_13() {
    round_trip_tpch(13);
}

#[test]
fn tpch_round_trips_on_18() {
    round_trip_tpch(18);
}

#[test]
fn sample_database_round_trips_on_16() {
    let source = Database::create(16, "sample");
    let mut session = source.session();
    for sql in pgark::internals::server::sample::statements(0.05) {
        session.execute(&sql);
    }
    drop(session);
    round_trip(&source, 16, 2, Judge::Everything).unwrap_or_else(|message| panic!("{message}"));
}
