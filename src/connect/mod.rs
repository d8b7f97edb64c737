//! Connections to PostgreSQL: the only module that names the client crates.
//!
//! [`resolve`] turns flags, a connection string and the environment into [`Params`]. [`Control`] is a session behind
//! blocking calls, for catalogs and settings. [`Wire`] is a blocking session that owns its socket, for COPY and for a
//! restore's workers. Both are dialled in one place, and both begin alike (`baseline.rs`): with an empty `search_path`,
//! and with settings that override those of roles and databases.

pub mod array;
pub mod ask;
pub mod baseline;
pub mod control;
mod dial;
pub mod error;
pub mod params;
pub mod row;
pub mod session_identity;
mod untyped;
pub mod wire;

pub use array::parse_array;
pub use ask::{Ask, Lent};
pub use control::cancel::Canceller;
pub use control::session::Control;
pub use error::{ConnectError, ErrorResponse};
pub use params::conninfo::is_connection_string;
pub use params::environment::{ConnSpec, ParamsWarning, resolve};
pub use params::resolved::Params;
pub use params::secret::without_passwords;
pub use params::settings::ParamsError;
pub use row::Row;
pub use session_identity::Mark;
pub use wire::batch_thread::read_in_batches;
pub use wire::copy::CopyOut;
pub use wire::copy_each::{EACH_BYTES, SmallCopy};
pub use wire::one_query::Tested;
pub use wire::queued::Queued;
pub use wire::session::Wire;
