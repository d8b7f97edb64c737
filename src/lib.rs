//! pgark: logical backup and restore of PostgreSQL 13 to 18, in parallel, into one checksummed archive.
//!
//! This page is the map of the crate: the way of the data, the modules and their layers, and the
//! invariants that hold everywhere. `README.md` is for users, `format-spec/README.md` for the bytes.
//! `docs/architecture.md` walks through the code for four things, and says where the room for a change is.
//!
//! # As a library
//!
//! ```
//! # // A throwaway server with a database `shop`, as tests have it.
//! # let places = pgark::internals::server::Places::from_variables(|name| std::env::var_os(name));
//! # let major = pgark::version::Version::NEWEST.major();
//! # let programs = pgark::internals::server::Programs::find_or_fetch(major, &places, &mut |_| ())?;
//! # let server = pgark::internals::server::Server::start(&programs, &places, &Default::default())?;
//! # let folder = tempfile::tempdir()?;
//! # let (url, file) = (server.conninfo("postgres"), folder.path().join("shop.pgark"));
//! # let run = |database: &str, sql: &str| -> Result<(), Box<dyn std::error::Error>> {
//! #     let spec = pgark::internals::connect::ConnSpec { target: Some(server.conninfo(database)), ..Default::default() };
//! #     let params = pgark::internals::connect::resolve(&spec, &|_| None, None, None)?.params;
//! #     Ok(pgark::internals::connect::Control::connect(&params)?.execute(sql)?)
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
//! [`Database`], [`Archive`], [`Repository`] and what they begin are the front door ([`Dump`], [`Restore`], [`Compare`],
//! [`Take`]; [`options`], [`report`], [`error`]); [`archive`], [`codec`], [`format`](mod@format), [`export`] and [`model`] are the
//! archive library. All else is the engine's own; `examples/` has whole programs.
//!
//! # The way of the data
//!
//! ```text
//! connect -> catalog -> plan, ddl -> dump (COPY OUT) -> codec -> archive -> codec -> restore (COPY IN)
//!  a server   objects    entries      N sessions        chunks   one file   rows      N sessions
//! ```
//!
//! A dump locks the chosen tables, takes one snapshot, reads the catalogs in bulk, orders the objects
//! and renders their SQL beside the server that can deparse them. Rows stream over several sessions,
//! are split into columns and hashed as they arrive, and are encoded on a pool of CPU threads; one
//! thread appends. They come in COPY's binary format where every column is of a type that [`model::ValueType`] knows,
//! else as text; a target that cannot take binary rows as they are gets them printed. A restore selects entries, checks the target, creates what comes before the rows,
//! then loads rows and builds indexes and constraints as soon as their inputs are there. A comparison
//! reads live sides as a dump does and hashes rows instead of storing them. Texts of definitions are equal
//! when PostgreSQL's parser makes the same of them. Values of stored generated columns are hashed by a dump, never stored.
//!
//! # Modules, by layer
//!
//! | layer | module | what it is |
//! |---|---|---|
//! | values | [`version`] | the version of a server, and what each major brought; every module may use it |
//! | | [`model`] | what a database and an archive's catalog hold: plain values |
//! | | [`format`](mod@format) | bytes of the archive to and from wire structures, no IO |
//! | | [`job`] | one operation as seen from outside: what stops it, and how far it is |
//! | | [`read_at`] | bytes read by ranges: a mapped file, memory |
//! | pure | [`select`] | patterns and the one table of an archive that users name |
//! | | [`plan`] | decisions: selection, order and loop repair, page ranges, schedule |
//! | | [`ddl`] | model to SQL statements, at dump time only |
//! | | [`codec`] | COPY rows, text or binary, to chunks and back: columns, encodings, hashes, zstd; binary values as text |
//! | edges | [`connect`] | sessions: parameters, TLS, authentication, COPY, cancel |
//! | | [`server`] | throwaway PostgreSQL servers for the demo, drills and tests |
//! | readers | [`catalog`] | a live server's catalogs to model, one file per kind |
//! | | [`live`] | a live database, open at one snapshot and read in parallel |
//! | | [`archive`] | writer, reader by ranges, stream reader, verify, salvage |
//! | | [`storage`] | bytes at rest: objects, leases and archives of a repository |
//! | | [`repository`] | labelled snapshots in one place: records, references, leases, history |
//! | | [`export`] | rows of an archive to CSV, JSON lines and SQL |
//! | engines | [`dump`] | what [`live`] reads, to an archive |
//! | | [`restore`] | an archive to a live database: check, record, define, load, run |
//! | | [`compare`](mod@compare) | two sides, live or archived, to a list of differences |
//! | with a repository | [`snapshot`] | a repository and a server together: taking a snapshot, going back to one, drills; their history and hooks |
//! | edge | [`error`] | the sum of the modules' errors |
//! | | [`facade`] | the front door for programs: `Database`, `Archive`, `Repository` |
//! | | [`cli`] | the commands |
//! | | [`internals`] | what the tests, benches and fuzz targets reach of the engine; nothing uses it |
//!
//! Arrows point down this table only; `tests/tidy.rs` holds the exact edges, and that no files of a module use each other
//! in a circle or use what the file of a module above them defines.
//!
//! # Words
//!
//! | word | meaning | where |
//! |---|---|---|
//! | archive | one `.pgark` file or stream; without its trailer it is *incomplete* | `archive` |
//! | record | a framed piece of an archive; the facts about a stored snapshot; what a restore notes in its target | `format::record`, `repository::Record`, `restore::record` |
//! | object, entry | what a database has; what an archive has of it, with finished SQL | `model::Object`, `model::Entry` |
//! | relation, chunk | a table as rows; about 8 MiB of its rows, by columns | `model::Relation`, `codec` |
//! | catalog | all that an archive knows besides rows; the module reads a server's catalogs | `model::Catalog`, `catalog` |
//! | snapshot | an archive in a repository, with record and state; *safety snapshot*: of what a rollback replaces | `repository::Snapshot` |
//! | shared snapshot | the state of a live database that all sessions of a read see (MVCC) | `live::SharedSnapshot` |
//! | state, standing | what changes about a snapshot once made; how it stands by record, state and file | `repository::State`, `Standing` |
//! | leader, control | the data session that holds locks and snapshot; the session that asks | `live::open::snapshot` |
//! | jobs, task, job | data sessions (`-j`); one COPY of a read; rows that a session loads at once | `live::rows::task`, `restore::run::state::LoadJob` |
//! | scope | what readers of the catalogs read from: session, version, relations | `catalog::Scope` |
//! | chosen, selection | what patterns take of a database; of an archive | `plan::choose::filter::Chosen`, `plan::restore::selection` |
//! | target | the database that is changed; in `ddl`, what a statement is about | `restore::check::target`, `ddl::Naming` |
//! | limit | a part of an entry that not every version takes; elsewhere a number not to be exceeded | `model::needs_version` |
//! | fit, misfit | to make entries what the target's version takes; one that is *unheld* (not made) or *changed* | `plan::restore::fit` |
//! | lock, lease | on a table, an object of storage or an advisory key; a shared lock that keeps an archive where it is | `storage::Lock`, `repository::Lease` |
//! | journal, done | the record in the target; what earlier runs of the same restore did | `restore::record::journal` |
//!
//! Words for what is not there, each with its reason:
//!
//! | word | meaning | where |
//! |---|---|---|
//! | unchosen, excluded | a relation that no pattern takes; one without its rows, as asked | `plan::choose::filter::Unchosen`, `Relation::data_excluded` |
//! | left out | on request (`--no-comments`); or chosen, but not without something that was not | `plan::choose::leave_out`, `plan::restore::selection::LeftOut` |
//! | not covered | of a kind that pgark does not carry, or may not read | `model::NotCovered` |
//! | unreadable | wanted rows or positions that the role may not read; a record of a snapshot that cannot be read | `live::error::Unreadable` |
//! | dangling | a row of a server's catalogs that names what does not exist | `model::objects::database::Dangling` |
//! | missing, partial | belongs to what was dumped and is not in the archive; an archive or snapshot with such | `model::Missing`, `Catalog::partial` |
//! | absent | an entry needs it, and the archive does not hold it: the target is asked | `Entry::absent` |
//! | lacking, need | what the target would have to have, and has not (in errors: *missing*) | `plan::restore::missing::Lacks`, `restore::check::needs` |
//! | spared | not restored because the target lacks something, as asked (`--skip-missing`) | `plan::restore::missing::Spared` |
//! | failed, skipped | the server refused it; not tried, because what it needs is lost | `restore::failure` |
//! | lost | an entry that is not there, for whatever reason; a session or rows that cannot be had again | `restore::run::account`, `archive::Loss` |
//! | damaged, gone | found otherwise than its checksum says; was there before, and is not any more | `archive::Fault`, `RestoreError::Gone` |
//!
//! # Features
//!
//! Without any (`default-features = false`) the crate is the archive library: [`format`](mod@format), [`codec`], [`archive`] and [`export`],
//! with what they use; no server, network, terminal or clock. `engine` adds all that works on live databases and
//! repositories, `servers` the throwaway servers, `cli` (the default) the command.
//!
//! # Invariants
//!
//! - Only [`connect`] names the PostgreSQL client crates. Only [`cli`] prints, reads the environment,
//!   handles signals or knows exit codes.
//! - [`plan`], [`model`], [`ddl`] and [`format`](mod@format) never wait and never look at a clock.
//! - A live database is read by [`live`] alone; [`dump`] stores what it gives, [`compare`](mod@compare) hashes it, and neither knows of the other.
//! - What differs between majors of PostgreSQL is asked by name of [`version`]; no other file has a number of a version.
//! - Whatever changes a repository writes its own entry in the history; [`cli`] only shows.
//! - Only a local folder has paths; a repository asks for objects, leases and archives.
//! - [`dump`] and [`restore`] meet only in the archive. SQL of definitions is made by a dump and stored;
//!   a restore selects, orders and executes it.
//! - Everything from outside (archive bytes, server messages, names) is checked before it is used: lengths before
//!   allocation, checksums before meaning, quoting before SQL, control characters before a terminal.
//! - An archive without its trailer is incomplete, and nothing takes it for complete. A chunk whose checksum
//!   is wrong never reaches a server. A COPY that cannot be finished is failed, never completed.
//! - One statement per message when definitions are executed, so that text cannot smuggle in another.
//! - `unsafe` is in the mapped file of [`read_at`] alone, with its argument.
//! - Casts that could lose bits or a sign are denied in [`format`](mod@format), [`codec`], [`archive`] and [`read_at`]; the codec's deliberate ones are
//!   named in `codec::narrow`.

#![deny(missing_docs, unreachable_pub)]
// Rollback, drills and more have no builder in the front door yet: only the command uses them.
#![cfg_attr(all(feature = "engine", not(feature = "cli")), allow(dead_code, unused_imports))]

pub mod archive;
#[cfg(feature = "engine")]
mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod codec;
#[cfg(feature = "engine")]
mod compare;
#[cfg(feature = "engine")]
mod connect;
#[cfg(feature = "engine")]
mod ddl;
#[cfg(feature = "engine")]
mod dump;
#[cfg(feature = "engine")]
pub mod error;
pub mod export;
#[cfg(feature = "engine")]
mod facade;
pub mod format;
#[doc(hidden)]
pub mod internals;
pub mod job;
#[cfg(feature = "engine")]
mod live;
pub mod model;
#[cfg(feature = "engine")]
mod plan;
pub mod read_at;
#[cfg(feature = "engine")]
mod repository;
#[cfg(feature = "engine")]
mod restore;
pub mod select;
#[cfg(feature = "servers")]
mod server;
#[cfg(feature = "engine")]
mod snapshot;
#[cfg(feature = "engine")]
mod storage;
pub mod version;

pub use job::Job;

#[cfg(feature = "engine")]
pub use error::Error;
#[cfg(feature = "engine")]
pub use facade::{Archive, Compare, Database, Dump, Repository, Restore, Side, Take, compare, options, report};
