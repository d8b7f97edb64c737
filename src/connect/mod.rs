//! Connections to PostgreSQL: the only module that names the client crates.
//!
//! [`resolve`] turns flags, a connection string and the environment into [`Params`]. [`Control`] is a session behind
//! blocking calls, for catalogs and settings. [`Wire`] is a blocking session that owns its socket, for COPY and for a
//! restore's workers. Both are dialled in one place, and both begin alike (`baseline.rs`): with an empty `search_path`,
//! and with settings that override those of roles and databases.

pub(crate) mod array;
pub(crate) mod ask;
pub(crate) mod baseline;
pub(crate) mod control;
mod dial;
pub(crate) mod error;
pub(crate) mod params;
pub(crate) mod row;
pub(crate) mod session_identity;
mod untyped;
pub(crate) mod wire;

pub use array::parse_array;
pub(crate) use ask::{Ask, Lent};
pub(crate) use control::cancel::Canceller;
pub use control::session::Control;
#[allow(unreachable_pub, reason = "the front door or the tests have it from here")]
pub use error::ConnectError;
pub(crate) use error::ErrorResponse;
pub use params::conninfo::is_connection_string;
pub use params::environment::{ConnSpec, ParamsWarning, resolve};
pub use params::resolved::Params;
pub(crate) use params::secret::without_passwords;
pub use params::settings::ParamsError;
pub use row::Row;
pub(crate) use session_identity::Mark;
pub(crate) use wire::batch_thread::read_in_batches;
pub(crate) use wire::copy::CopyOut;
pub(crate) use wire::copy_each::{EACH_BYTES, SmallCopy};
pub(crate) use wire::one_query::Tested;
pub(crate) use wire::queued::Queued;
pub use wire::session::Wire;
