//! Restores an archive into an empty database: `cargo run --example restore -- shop.pgark postgres:///copy`

// A program of its own reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(conninfo)) = (args.next(), args.next()) else {
        return Err("usage: restore FILE CONNINFO".into());
    };
    let archive = pgark::Archive::open(&file)?;
    let target = pgark::Database::connect_as_psql_would(&conninfo, |name| std::env::var(name).ok())?;
    let report = archive.restore().jobs(2).into(&target)?;
    println!("{}: {} rows", target.name(), report.rows);
    for failure in &report.failures {
        println!("cannot restore {failure}");
    }
    Ok(())
}
