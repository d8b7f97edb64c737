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

pub(crate) mod account;
pub(crate) mod debian;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod fetch;
pub(crate) mod guard;
pub(crate) mod packages;
pub(crate) mod places;
pub(crate) mod programs;
pub(crate) mod run;
pub(crate) mod sample;
pub(crate) mod standby;
pub(crate) mod unpack;

pub use account::Account;
pub use error::ThrowawayError;
pub(crate) use event::ServerEvent;
pub use places::Places;
pub(crate) use programs::Origin;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use programs::Programs;
pub use run::{Auth, Server, ServerOptions};
