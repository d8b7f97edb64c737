//! The front door: what a program needs to dump, restore, compare and keep snapshots, in a few types.
//!
//! | type | what it is |
//! |---|---|
//! | [`Database`] | a database that sessions can be opened to |
//! | [`Archive`] | an archive file that is open |
//! | [`Repository`] | labelled snapshots in a folder |
//! | [`Dump`], [`Restore`], [`Compare`], [`Take`] | what is about to be done: options, then one call that does it |
//! | [`Job`] | stops what is running, and shows how far it is |
//!
//! ```
//! # // A throwaway server with a database `shop`, as tests have it.
//! # let places = pgark::server::Places::from_variables(|name| std::env::var_os(name));
//! # let major = pgark::version::Version::NEWEST.major();
//! # let programs = pgark::server::Programs::find_or_fetch(major, &places, &mut |_| ())?;
//! # let server = pgark::server::Server::start(&programs, &places, &Default::default())?;
//! # let folder = tempfile::tempdir()?;
//! # let (url, file) = (server.conninfo("postgres"), folder.path().join("shop.pgark"));
//! # let run = |database: &str, sql: &str| -> Result<(), Box<dyn std::error::Error>> {
//! #     let spec = pgark::connect::ConnSpec { target: Some(server.conninfo(database)), ..Default::default() };
//! #     let params = pgark::connect::resolve(&spec, &|_| None, None, None)?.params;
//! #     Ok(pgark::connect::Control::connect(&params)?.execute(sql)?)
//! # };
//! # run("postgres", "CREATE DATABASE shop")?;
//! # run("postgres", "CREATE DATABASE copy")?;
//! # run("shop", "CREATE SCHEMA sales")?;
//! # run("shop", "CREATE TABLE sales.orders AS SELECT n AS id FROM generate_series(1, 1000) n")?;
//! let shop = pgark::Database::connect(&url)?.sibling("shop");
//! shop.dump().jobs(2).tables("sales.*").to_file(&file)?;
//! let archive = pgark::Archive::open(&file)?;
//! assert!(archive.verify()?.is_good());
//! let copy = shop.sibling("copy");
//! # run("copy", "CREATE SCHEMA sales")?;
//! let restored = archive.restore().jobs(2).into(&copy)?;
//! assert_eq!(restored.rows, 1000);
//! assert!(pgark::compare(&archive, &copy).tables("sales.*").run()?.is_equal());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here prints, reads the environment or ends the process. Every call blocks until it is done. The reports are those
//! of the engines; whoever needs more than the builders offer uses the engines ([`crate::dump`], [`crate::restore`],
//! [`crate::compare`](mod@crate::compare), [`crate::snapshot`]) themselves.

mod archive;
mod compare;
mod database;
mod dump;
mod repository;
mod restore;
mod select;

pub use archive::Archive;
pub use compare::{Compare, Side, compare};
pub use database::Database;
pub use dump::Dump;
pub use repository::{Repository, Take};
pub use restore::Restore;
