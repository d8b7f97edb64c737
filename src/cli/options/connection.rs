//! Connection options, as libpq users know them.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::terminal::failure::CommandFailure;
use crate::cli::terminal::{ask, signals};
use crate::connect::{ConnSpec, Control, Params, resolve};
use crate::server::Places;

/// How long to wait for a server that does not say whether it wants a password.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How to reach a server; what is not given comes from the environment, `~/.pgpass` and libpq's defaults.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct ConnectionOptions {
    /// Server host or socket directory
    #[arg(short = 'h', long, value_name = "HOST", help_heading = "Connection")]
    pub host: Option<String>,
    /// Server port
    #[arg(short = 'p', long, value_name = "PORT", help_heading = "Connection")]
    pub port: Option<String>,
    /// Connect as this role
    #[arg(short = 'U', long, value_name = "NAME", help_heading = "Connection")]
    pub username: Option<String>,
    /// Never ask for a password
    #[arg(short = 'w', long, conflicts_with = "password", help_heading = "Connection")]
    pub no_password: bool,
    /// Ask for a password before connecting
    #[arg(short = 'W', long, help_heading = "Connection")]
    pub password: bool,
}

impl ConnectionOptions {
    /// Resolves `target` (a database name, URI or conninfo) with these options, and asks for a password if one is
    /// needed and asking is allowed.
    pub(crate) fn params(&self, target: Option<&str>) -> Result<Params, CommandFailure> {
        let mut spec = ConnSpec {
            target: target.map(str::to_owned),
            host: self.host.clone(),
            port: self.port.clone(),
            user: self.username.clone(),
            fallback_application_name: Some("pgark".to_owned()),
            ..ConnSpec::default()
        };
        let stop = signals::stop()?;
        if self.password {
            spec.password = Some(ask::password("Password: ", &stop)?);
        }
        let params = resolved(&spec)?.with_stop(&stop);
        if self.password || self.no_password || params.has_password() || !std::io::stdin().is_terminal() {
            return Ok(params);
        }
        // Only the server knows whether it wants a password.
        match Control::connect(&params.with_connect_timeout(ANSWER_WITHIN)) {
            Err(error) if error.wants_password() => {
                let prompt = format!("Password for user {}: ", params.user());
                Ok(params.with_password(&ask::password(&prompt, &stop)?))
            }
            // Any other error comes again when the command connects.
            _ => Ok(params),
        }
    }
}

/// The database that is read: named first, or by `-d`, or by the environment.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct DatabaseOptions {
    /// Database name, postgres:// URI or "key=value" connection string
    #[arg(value_name = "CONN")]
    pub connection: Option<String>,
    /// Same as CONN
    #[arg(
        short = 'd',
        long = "dbname",
        value_name = "CONN",
        conflicts_with = "connection",
        help_heading = "Connection"
    )]
    pub dbname: Option<String>,
    #[command(flatten)]
    pub options: ConnectionOptions,
}

impl DatabaseOptions {
    pub(crate) fn params(&self) -> Result<Params, CommandFailure> {
        self.options
            .params(self.connection.as_deref().or(self.dbname.as_deref()))
    }
}

fn resolved(spec: &ConnSpec) -> Result<Params, CommandFailure> {
    let env = |name: &str| std::env::var(name).ok();
    let resolved = resolve(spec, &env, os_user().as_deref(), home().as_deref())?;
    for warning in &resolved.warnings {
        eprintln!("warning: {warning}");
    }
    Ok(resolved.params)
}

/// The user's home folder: HOME, or without it the one in the system's list of users, as libpq does. A path that is not
/// absolute is ignored: the folder in which a program is started must decide nothing.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

/// The places for looking up, keeping and starting servers.
pub(crate) fn places() -> Places {
    Places::from_variables(|name| match name {
        "HOME" => home().map(PathBuf::into_os_string),
        name => std::env::var_os(name),
    })
}

/// The name of the operating system's user, as libpq finds it.
fn os_user() -> Option<String> {
    whoami::username().ok()
}
