//! Foreign data wrappers, servers, user mappings, and the properties of foreign tables.
//!
//! Options are (name, value) pairs sorted by name, unquoted. Their values may be secrets.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignDataWrapper {
    /// SQL names of functions.
    pub handler: Option<String>,
    pub validator: Option<String>,
    pub options: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignServer {
    /// Unquoted.
    pub wrapper: String,
    pub server_type: Option<String>,
    pub version: Option<String>,
    pub options: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserMapping {
    /// Unquoted; absent for PUBLIC.
    pub user: Option<String>,
    /// Unquoted.
    pub server: String,
    pub options: Vec<(String, String)>,
    /// Whether the role of the dump may not see the options.
    pub options_hidden: bool,
}

/// The properties that only foreign tables have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign {
    /// Unquoted.
    pub server: String,
    pub options: Vec<(String, String)>,
}
