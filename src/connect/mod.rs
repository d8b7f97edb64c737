//! Connections to PostgreSQL: the only module that names the client crates.
//!
//! [`resolve`] turns flags, a connection string and the environment into [`Params`].
//! [`Control`] is a session behind blocking calls, for catalogs and settings.
//! [`Wire`] is a blocking session that owns its socket, for COPY and for a restore's workers.
//! Both are dialled in one place, and both begin alike (`baseline.rs`): with an empty `search_path`, and with settings that
//! no role's or database's own can end or bend.

pub mod array;
pub mod ask;
mod attempt;
pub mod baseline;
mod batch_thread;
pub mod cancel;
mod certificate;
mod channel_binding;
mod client;
pub mod conninfo;
pub mod control;
pub mod copy;
mod copy_each;
mod der;
mod dial;
mod driven;
pub mod environment;
pub mod error;
mod inbox;
pub mod interrupt;
mod line;
pub mod mark;
mod opening;
pub mod params;
pub mod pgpass;
mod pipeline;
pub mod queued;
pub mod row;
mod rows;
mod secret;
pub mod settings;
mod startup;
mod tested;
mod tls;
mod tls_cache;
mod transport;
mod untyped;
mod watch;
pub mod wire;

pub use array::parse_array;
pub use ask::{Ask, Lent};
pub use batch_thread::read_in_batches;
pub use cancel::Canceller;
pub use conninfo::is_connection_string;
pub use control::Control;
pub use copy::{CopyIn, CopyOut};
pub use copy_each::{EACH_BYTES, SmallCopy};
pub use environment::{ConnSpec, ParamsWarning, Resolved, resolve};
pub use error::{ConnectError, ServerError};
pub use inbox::CopyBatch;
pub use interrupt::Interrupt;
pub use mark::Mark;
pub use params::{ChannelBinding, Params, SessionAttrs, SslMode};
pub use pgpass::PassfileProblem;
pub use queued::Queued;
pub use row::Row;
pub use secret::without_passwords;
pub use settings::ParamsError;
pub use tested::Tested;
pub use wire::{CopyFormat, TransactionStatus, Wire};
