//! Fills the databases.

use std::time::Instant;

use super::cluster::Cluster;
use super::{Failure, tpch};

pub const MIXED: &str = "mixed";
pub const SMALL: &str = "small";
/// The big table of [`MIXED`].
pub const BIG_TABLE: &str = "events";

/// Rows of `events` at scale 1: about 1 GB of COPY text.
const EVENTS: f64 = 5_000_000.0;

/// Row `i` of `events`; `random()` is seeded, so that every run has the same rows.
const EVENT: &str = "\
INSERT INTO events SELECT i, timestamptz '2024-01-01 00:00:00+00' + i * interval '0.7 second' + random() * interval '300 ms',
    (random() * random() * 400)::integer, gen.id, round((random() * 1e5)::numeric, 3)::float8,
    jsonb_build_object('path', '/shop/' || (random() * 800)::integer, 'ms', (random() * 250)::integer,
        'agent', (ARRAY['firefox', 'chrome', 'safari', 'curl'])[1 + (i % 4)], 'cart', CASE WHEN i % 3 = 0 THEN jsonb_build_array(i % 97, i % 89) END),
    CASE WHEN i % 5 > 0 THEN i % 2 = 0 END,
    CASE WHEN i % 10 < 3 THEN 'customer ' || (random() * 50000)::integer || ' asked about order ' || i / 7 END
FROM generate_series(1, $rows) i, LATERAL (SELECT md5(i::text)::uuid AS id) gen";

/// TPC-H and `events` in the new database `name`.
pub fn mixed(cluster: &Cluster, name: &str, scale: f64) -> Result<(), Failure> {
    let started = Instant::now();
    cluster.create(name, "template0")?;
    let mut session = cluster.session(name)?;
    let rows = tpch::load(session.wire(), scale).map_err(|error| error.to_string())?;
    let events = (EVENTS * scale).ceil() as u64;
    for sql in [
        "CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind integer NOT NULL, visitor uuid NOT NULL,
            amount float8, detail jsonb NOT NULL, paid boolean, note text)",
        "SELECT setseed(0.5)",
        &EVENT.replace("$rows", &events.to_string()),
        "ALTER TABLE events ADD PRIMARY KEY (id)",
        "VACUUM ANALYZE",
    ] {
        session.try_execute(sql)?;
    }
    eprintln!(
        "{name}: {} rows in {:.0} s",
        rows + events,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Tables that one transaction makes: their locks must fit.
const BATCH: u32 = 1000;

/// Many small tables in the new database [`SMALL`].
pub fn small(cluster: &Cluster, tables: u32) -> Result<(), Failure> {
    let started = Instant::now();
    cluster.create(SMALL, "template0")?;
    let mut session = cluster.session(SMALL)?;
    for first in (1..=tables).step_by(BATCH as usize) {
        let last = tables.min(first + BATCH - 1);
        session.try_execute(&format!(
            "DO $$ BEGIN FOR i IN {first}..{last} LOOP
                EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz, price numeric(10,2))', i);
                EXECUTE format('INSERT INTO t%s SELECT g, ''thing '' || g, timestamptz ''2024-01-01 00:00:00+00'' + g * interval ''1 hour'',
                    g * 1.25 FROM generate_series(1, %s) g', i, 1 + i % 5);
            END LOOP; END $$"
        ))?;
    }
    session.try_execute("VACUUM ANALYZE")?;
    eprintln!("{SMALL}: {tables} tables in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}
