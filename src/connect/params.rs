//! Connection parameters as libpq users give them.

/// Everything needed to open one more session to the same server.
#[derive(Clone)]
pub struct Params {}
