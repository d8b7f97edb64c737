//! Dumps the tables that match a pattern: `cargo run --example dump -- postgres:///shop shop.pgark 'sales.*'`

// A program of its own reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(conninfo), Some(file)) = (args.next(), args.next()) else {
        return Err("usage: dump CONNINFO FILE [PATTERN..]".into());
    };
    let database = pgark::Database::connect_as_psql_would(&conninfo, |name| std::env::var(name).ok())?;
    let dump = args.fold(database.dump().jobs(2), |dump, pattern| dump.tables(pattern));
    let report = dump.to_file(&file)?;
    println!("{file}: {} tables, {} rows", report.relations, report.rows);
    for missing in &report.partial {
        println!("not in the archive: {missing}");
    }
    Ok(())
}
