//! Reads publications and what they publish.

use super::Scope;
use crate::connect::ConnectError;
use crate::model::Object;

pub fn read(_scope: &Scope) -> Result<Vec<Object>, ConnectError> {
    Ok(Vec::new())
}
