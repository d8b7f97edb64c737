//! Takes a snapshot into a repository and lists what is there: `cargo run --example snapshot -- postgres:///shop /backup nightly`

// A program of its own reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;

use pgark::options::Who;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(conninfo), Some(folder), Some(label)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: snapshot CONNINFO FOLDER LABEL".into());
    };
    let database = pgark::Database::connect_as_psql_would(&conninfo, |name| std::env::var(name).ok())?;
    let who = Who {
        os_user: std::env::var("USER").unwrap_or_default(),
        host: "localhost".to_owned(),
    };
    let repository = pgark::Repository::open_or_create(&folder, who)?;
    let taken = repository.take(&database, label).jobs(2).run()?;
    println!("taken: {}, {} rows", taken.record.id, taken.record.rows);
    for snapshot in repository.snapshots()? {
        println!(
            "{} {} {}",
            snapshot.record.id, snapshot.record.database, snapshot.standing
        );
    }
    Ok(())
}
