//! Errors while catalogs are read.

use crate::connect::ConnectError;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("the role may not read the passwords of roles (pg_authid): leave out --role-passwords or use a superuser")]
    RolePasswords,
    /// The server's answer contains something that catalogs never hold.
    #[error("catalog of the source: {0}")]
    Unexpected(String),
}
