//! Brings the sources of connection parameters together.
//!
//! Strongest first: flags, connection string, environment, password file, defaults. The environment
//! is an argument, so that only the caller reads the process's own.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::connect::params::conninfo;
use crate::connect::params::pgpass;
use crate::connect::params::pgpass::PassfileProblem;
use crate::connect::params::resolved::{
    ChannelBinding, Host, HostName, Keepalives, Params, Roots, SessionAttrs, SslMode, TlsSettings,
};
use crate::connect::params::secret::Secret;
use crate::connect::params::settings::{ParamsError, Settings};

/// What the user asked for on a command line. Every field may be absent.
#[derive(Clone, Default)]
pub struct ConnSpec {
    /// `DBNAME`, a URI or `keyword=value` pairs.
    pub target: Option<String>,
    /// `-h`
    pub host: Option<String>,
    /// `-p`
    pub port: Option<String>,
    /// `-U`
    pub user: Option<String>,
    /// `-d`; a URI or pairs are understood here too.
    pub dbname: Option<String>,
    /// The password that the user typed.
    pub password: Option<String>,
    /// The name in `pg_stat_activity`, unless another source gives one.
    pub fallback_application_name: Option<String>,
}

/// Parameters ready to connect with, and what the user should hear about them.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub params: Params,
    pub warnings: Vec<ParamsWarning>,
}

/// A setting that was given and is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsWarning {
    /// No password was taken from it.
    #[error("password file `{}` is ignored: {problem}", path.display())]
    Passfile {
        /// The file of `passfile`, or the default one in the home.
        path: PathBuf,
        /// Why it is not trusted or not readable.
        problem: PassfileProblem,
    },
    /// libpq would use it.
    #[error("environment variable `{name}` is not supported and was ignored")]
    IgnoredVariable {
        /// The variable's name.
        name: &'static str,
    },
}

/// Environment variables and the keywords that they give a value to.
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLSNI", "sslsni"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGOPTIONS", "options"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGAPPNAME", "application_name"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGGSSENCMODE", "gssencmode"),
];

/// Variables of libpq that ask for something pgark does not do.
const IGNORED_VARIABLES: &[&str] = &[
    "PGSERVICE",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
];

const DEFAULT_PORT: u16 = 5432;
/// The folders where packaged servers put their socket, then where self-built ones do.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Resolves every source into parameters. `os_user` is the user name of last resort; `home` is where
/// `.pgpass` and `.postgresql/root.crt` are looked for.
pub fn resolve(
    spec: &ConnSpec,
    env: &dyn Fn(&str) -> Option<String>,
    os_user: Option<&str>,
    home: Option<&Path>,
) -> Result<Resolved, ParamsError> {
    let mut warnings = Vec::new();
    let mut settings = flags(spec)?;
    if let Some(target) = &spec.target {
        settings.fill_from(&conninfo::parse(target)?);
    }
    // A host from a stronger source makes the environment's address meaningless.
    let host_given = settings.get("host").is_some() || settings.get("hostaddr").is_some();
    let mut variables = Settings::default();
    for (variable, keyword) in VARIABLES {
        if host_given && *variable == "PGHOSTADDR" {
            continue;
        }
        if let Some(value) = env(variable) {
            variables.set(keyword, value)?;
        }
    }
    settings.fill_from(&variables);
    for &name in IGNORED_VARIABLES {
        if env(name).is_some_and(|value| !value.is_empty()) {
            warnings.push(ParamsWarning::IgnoredVariable { name });
        }
    }

    let given = |keyword: &str| settings.get(keyword).filter(|value| !value.is_empty());
    let user = given("user")
        .or(os_user.filter(|name| !name.is_empty()))
        .ok_or(ParamsError::NoUser)?
        .to_owned();
    let dbname = given("dbname").unwrap_or(&user).to_owned();
    let mut hosts = hosts(&settings)?;

    if let Some(password) = given("password") {
        for host in &mut hosts {
            host.password = Secret::new(password);
        }
    } else {
        let path = match given("passfile") {
            Some(path) => Some(PathBuf::from(path)),
            None => home.map(|home| home.join(".pgpass")),
        };
        if let Some(path) = path {
            match pgpass::read(&path) {
                Ok(Some(text)) => {
                    for host in &mut hosts {
                        let name = passfile_host(&host.name);
                        host.password = pgpass::find(&text, &name, host.port, &dbname, &user);
                    }
                }
                Ok(None) => {}
                Err(problem) => warnings.push(ParamsWarning::Passfile { path, problem }),
            }
        }
    }

    if let Some(value) = given("gssencmode").filter(|mode| !matches!(*mode, "disable" | "prefer")) {
        return Err(invalid("gssencmode", value, "disable or prefer"));
    }
    if let Some(value) = given("load_balance_hosts").filter(|mode| *mode != "disable") {
        return Err(invalid("load_balance_hosts", value, "disable"));
    }

    let params = Params {
        hosts,
        user,
        dbname,
        tls: tls_settings(&settings, home)?,
        connect_timeout: seconds(&settings, "connect_timeout")?,
        application_name: given("application_name")
            .or(given("fallback_application_name"))
            .or(spec.fallback_application_name.as_deref())
            .map(str::to_owned),
        options: given("options").map(str::to_owned),
        keepalives: keepalives(&settings)?,
        session_attrs: choice(
            &settings,
            "target_session_attrs",
            SessionAttrs::parse,
            SessionAttrs::EXPECTED,
        )?
        .unwrap_or(SessionAttrs::Any),
        client_encoding: "UTF8".to_owned(),
        stop: None,
    };
    Ok(Resolved { params, warnings })
}

fn flags(spec: &ConnSpec) -> Result<Settings, ParamsError> {
    let mut settings = Settings::default();
    let given = [
        ("host", &spec.host),
        ("port", &spec.port),
        ("user", &spec.user),
        ("password", &spec.password),
    ];
    for (keyword, value) in given {
        if let Some(value) = value {
            settings.set(keyword, value.clone())?;
        }
    }
    match &spec.dbname {
        Some(text) if conninfo::is_connection_string(text) => {
            settings.fill_from(&conninfo::parse(text)?);
        }
        Some(name) => settings.set("dbname", name.clone())?,
        None => {}
    }
    // An address in the connection string does not belong to a host given by flag.
    if spec.host.is_some() && settings.get("hostaddr").is_none() {
        settings.set("hostaddr", String::new())?;
    }
    Ok(settings)
}

fn hosts(settings: &Settings) -> Result<Vec<Host>, ParamsError> {
    let list = |keyword: &str| -> Vec<&str> {
        match settings.get(keyword).filter(|value| !value.is_empty()) {
            Some(text) => text.split(',').map(str::trim).collect(),
            None => Vec::new(),
        }
    };
    let names = list("host");
    let addresses = list("hostaddr");
    let ports = list("port");
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(ParamsError::CountMismatch {
            keyword: "hostaddr",
            found: addresses.len(),
            hosts: names.len(),
        });
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ParamsError::CountMismatch {
            keyword: "port",
            found: ports.len(),
            hosts: count,
        });
    }
    (0..count)
        .map(|index| {
            let port = match ports.len() {
                0 => "",
                1 => ports[0],
                _ => ports[index],
            };
            Ok(Host {
                name: host_name(
                    names.get(index).copied().unwrap_or_default(),
                    addresses.get(index).copied().unwrap_or_default(),
                )?,
                port: parse_port(port)?,
                password: None,
                pin: None,
            })
        })
        .collect()
}

fn host_name(name: &str, address: &str) -> Result<HostName, ParamsError> {
    if !address.is_empty() {
        let parsed = address
            .parse::<IpAddr>()
            .map_err(|_| invalid("hostaddr", address, "a numeric address"))?;
        return Ok(HostName::Tcp {
            name: name.to_owned(),
            address: Some(parsed),
        });
    }
    if name.is_empty() {
        let folder = SOCKET_FOLDERS.iter().find(|folder| Path::new(folder).is_dir());
        return Ok(match folder {
            Some(folder) => HostName::Socket(PathBuf::from(folder)),
            None => HostName::Tcp {
                name: "localhost".to_owned(),
                address: None,
            },
        });
    }
    if name.starts_with(['/', '@']) {
        return Ok(HostName::Socket(PathBuf::from(name)));
    }
    Ok(HostName::Tcp {
        name: name.to_owned(),
        address: None,
    })
}

fn parse_port(text: &str) -> Result<u16, ParamsError> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(invalid("port", text, "a number from 1 to 65535")),
    }
}

/// The name under which a password file lists a host: the default socket counts as `localhost`.
fn passfile_host(name: &HostName) -> String {
    match name {
        HostName::Socket(folder) if SOCKET_FOLDERS.iter().any(|known| folder == Path::new(known)) => {
            "localhost".to_owned()
        }
        HostName::Socket(folder) => folder.to_string_lossy().into_owned(),
        HostName::Tcp { name, address } => match address {
            Some(address) if name.is_empty() => address.to_string(),
            _ => name.clone(),
        },
    }
}

fn tls_settings(settings: &Settings, home: Option<&Path>) -> Result<TlsSettings, ParamsError> {
    let mode = choice(settings, "sslmode", SslMode::parse, SslMode::EXPECTED)?;
    let root = settings.get("sslrootcert").filter(|value| !value.is_empty());
    let roots = match root {
        Some("system") => Roots::System,
        Some(path) => Roots::File(PathBuf::from(path)),
        None => {
            // Without a home the working directory's file must not be taken.
            let path = home.unwrap_or(Path::new("~")).join(".postgresql/root.crt");
            match home.is_some() && path.exists() {
                true => Roots::File(path),
                false => Roots::Missing(path),
            }
        }
    };
    let mode = match (mode, &roots) {
        (None | Some(SslMode::VerifyFull), Roots::System) => SslMode::VerifyFull,
        (Some(weak), Roots::System) => {
            return Err(ParamsError::WeakSystemRoots { sslmode: weak.name() });
        }
        (mode, _) => mode.unwrap_or(SslMode::Prefer),
    };
    let direct = match settings.get("sslnegotiation").unwrap_or_default() {
        "" | "postgres" => false,
        // libpq, too, refuses `direct` where the connection might be plain text.
        "direct" if matches!(mode, SslMode::Disable | SslMode::Allow | SslMode::Prefer) => {
            return Err(invalid(
                "sslmode",
                mode.name(),
                "`require` or stronger with sslnegotiation `direct`",
            ));
        }
        "direct" => true,
        other => return Err(invalid("sslnegotiation", other, "postgres or direct")),
    };
    Ok(TlsSettings {
        mode,
        roots,
        send_server_name: settings.get("sslsni") != Some("0"),
        direct,
        channel_binding: choice(
            settings,
            "channel_binding",
            ChannelBinding::parse,
            ChannelBinding::EXPECTED,
        )?
        .unwrap_or(ChannelBinding::Prefer),
        cache: Arc::default(),
    })
}

fn keepalives(settings: &Settings) -> Result<Keepalives, ParamsError> {
    let enabled = match settings.get("keepalives").unwrap_or_default() {
        "" => true,
        text => text
            .parse::<i64>()
            .map(|number| number != 0)
            .map_err(|_| invalid("keepalives", text, "0 or 1"))?,
    };
    let count = number(settings, "keepalives_count")?.and_then(|count| u32::try_from(count).ok());
    let user_timeout = number(settings, "tcp_user_timeout")?;
    Ok(Keepalives {
        enabled,
        idle: seconds(settings, "keepalives_idle")?,
        interval: seconds(settings, "keepalives_interval")?,
        count,
        user_timeout: user_timeout.map(Duration::from_millis),
    })
}

/// A positive number; zero, negative and empty mean the default.
fn number(settings: &Settings, keyword: &'static str) -> Result<Option<u64>, ParamsError> {
    let text = settings.get(keyword).unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    let value = text
        .parse::<i32>()
        .map_err(|_| invalid(keyword, text, "a whole number"))?;
    Ok(u64::try_from(value).ok().filter(|value| *value > 0))
}

fn seconds(settings: &Settings, keyword: &'static str) -> Result<Option<Duration>, ParamsError> {
    Ok(number(settings, keyword)?.map(Duration::from_secs))
}

fn choice<T>(
    settings: &Settings,
    keyword: &'static str,
    parse: fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<Option<T>, ParamsError> {
    match settings.get(keyword).unwrap_or_default() {
        "" => Ok(None),
        text => parse(text).map(Some).ok_or_else(|| invalid(keyword, text, expected)),
    }
}

fn invalid(keyword: &'static str, value: &str, expected: &'static str) -> ParamsError {
    ParamsError::Value {
        keyword,
        value: value.to_owned(),
        expected,
    }
}

#[cfg(test)]
mod tests;
