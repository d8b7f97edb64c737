//! Options as users set them, without those that a server stores for itself ([`server_kept`]).

use crate::connect::{ConnectError, Row};
use crate::model::server_kept;

/// The elements of `attoptions`, `reloptions` or `spcoptions`, `name=value`, in their order; none for NULL.
pub(crate) fn own(row: &Row, column: &str) -> Result<Vec<String>, ConnectError> {
    let mut options = row.opt_array(column)?.unwrap_or_default();
    options.retain(|option| !server_kept::is_option(option));
    Ok(options)
}
