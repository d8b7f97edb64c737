//! A database that sessions can be opened to.

use std::path::PathBuf;

use crate::connect::{ConnSpec, Control, Params, ParamsWarning, resolve};
use crate::error::Error;

/// A database that sessions can be opened to. A clone is the same database.
#[derive(Clone, Debug)]
pub struct Database {
    pub(super) params: Params,
    warnings: Vec<ParamsWarning>,
}

impl Database {
    /// The database that a URI or `keyword=value` pairs name, once a session to it could be opened. What they leave open has
    /// libpq's defaults; the environment and password files are not looked at.
    ///
    /// # Errors
    /// The text names no user or is no connection string; the server cannot be reached or refuses.
    pub fn connect(conninfo: &str) -> Result<Self, Error> {
        Self::connect_as_psql_would(conninfo, |_| None)
    }

    /// As [`Database::connect`], with what `psql` would take from its surroundings: `environment` gives the values of `PG*`
    /// variables, `USER`, and `HOME`, below which `.pgpass` and `.postgresql` are looked for. A bare word is the name of a
    /// database.
    ///
    /// # Errors
    /// As there.
    pub fn connect_as_psql_would(conninfo: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let spec = ConnSpec {
            target: Some(conninfo.to_owned()),
            fallback_application_name: Some("pgark".to_owned()),
            ..ConnSpec::default()
        };
        let home = environment("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        let resolved = resolve(&spec, &environment, environment("USER").as_deref(), home.as_deref())?;
        let database = Self {
            params: resolved.params,
            warnings: resolved.warnings,
        };
        Control::connect(&database.params)?;
        Ok(database)
    }

    /// What was given and not used, e.g. a password file that others may read.
    pub fn warnings(&self) -> &[ParamsWarning] {
        &self.warnings
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        self.params.database()
    }

    /// Another database of the same server, which need not exist yet.
    #[must_use]
    pub fn sibling(&self, name: &str) -> Self {
        Self {
            params: self.params.with_database(name),
            warnings: Vec::new(),
        }
    }
}
