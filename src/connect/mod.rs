//! Connections to PostgreSQL: the only module that names the client crates.
//!
//! [`Control`] is a tokio-postgres session behind blocking calls, for catalogs and settings.
//! [`Wire`] is a blocking session that owns its socket, for COPY and for a restore's workers.

pub mod control;
pub mod error;
pub mod interrupt;
pub mod params;
pub mod row;
pub mod wire;

pub use control::Control;
pub use error::ConnectError;
pub use interrupt::Interrupt;
pub use params::Params;
pub use row::Row;
pub use wire::{Canceller, CopyIn, CopyOut, Wire};
