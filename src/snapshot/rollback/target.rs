//! The database that is to be replaced, and which methods can replace it.

use std::time::{Duration, Instant};

use super::attached::{self, Slot, Subscription};
use super::options::Method;
use crate::connect::{ConnectError, Control, Params, Row};
use crate::job::Stop;
use crate::model::ident::quote_literal;
use crate::snapshot::SnapshotError;
use crate::snapshot::error::doing;

/// Databases to connect to while another one is renamed.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];
/// NAMEDATALEN without the final NUL.
const MAX_NAME_BYTES: usize = 63;

/// How long to wait for the backends of a killed rollback.
const PATIENCE: Duration = Duration::from_secs(30);

/// The present state of the database to be replaced.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplacedDatabase {
    pub database: String,
    pub exists: bool,
    pub bytes: Option<u64>,
    pub tables: u64,
    /// How many sessions others have in it.
    pub sessions: u64,
    /// Logical replication slots. They stay with the database when it is renamed.
    pub slots: Vec<Slot>,
    pub subscriptions: Vec<Subscription>,
    /// Why the names of databases cannot be swapped; `None` when they can.
    pub no_swap: Option<String>,
    /// Why it cannot be restored in place; `None` when it can.
    pub no_transaction: Option<String>,
}

impl ReplacedDatabase {
    /// Reads the present state of the database.
    ///
    /// # Errors
    /// Prepared transactions; also that no other database can be connected to, unless the reason is that the role may
    /// not.
    pub(super) fn look(params: &Params, stop: &Stop) -> Result<Self, SnapshotError> {
        let database = params.database().to_owned();
        let mut target = Self {
            database: database.clone(),
            ..Self::default()
        };
        let failed = doing("cannot look at the target");
        let (control, forbidden) = match maintenance(params, stop)? {
            Maintenance::Open(control) => (control, None),
            Maintenance::Forbidden(why) => (Box::new(connect(params)?), Some(why)),
        };
        let rows = control.query(&facts(&database)).map_err(&failed)?;
        target.read(rows.first()).map_err(&failed)?;
        if let Some(why) = forbidden {
            target.no_swap = Some(why);
        }
        attached::check_prepared(&control, &database)?;
        target.slots = attached::slots(&control, &database)?;
        target.subscriptions = attached::subscriptions(&control, &database)?;
        if !target.exists {
            target.no_transaction = Some("it does not exist".to_owned());
            return Ok(target);
        }
        let control = connect(params)?;
        stop.watch(control.canceller());
        let tables = "SELECT pg_catalog.count(*) AS tables, \
                        EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS large_objects \
                      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                      WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^pg_' \
                      AND n.nspname <> 'information_schema'";
        let rows = control.query(tables).map_err(&failed)?;
        target.tables = number(rows.first(), "tables").map_err(&failed)?;
        let large_objects = rows.first().map_or(Ok(false), |row| row.bool("large_objects"));
        if large_objects.map_err(&failed)? {
            target.no_transaction = Some("it has large objects, which cannot be locked against writers".to_owned());
        }
        if !target.subscriptions.is_empty() {
            target.no_transaction = Some("it has subscriptions, which cannot be dropped in a transaction".to_owned());
        }
        Ok(target)
    }

    fn read(&mut self, row: Option<&Row>) -> Result<(), ConnectError> {
        let Some(row) = row else { return Ok(()) };
        self.exists = row.bool("there")?;
        self.bytes = row.opt_int("bytes")?.map(|bytes| bytes.max(0) as u64);
        self.sessions = number(Some(row), "sessions")?;
        let why = if !row.bool("may_create")? {
            Some("the role may not create databases (CREATEDB)")
        } else if self.exists && !row.bool("may_rename")? {
            Some("the role does not own the database")
        } else {
            None
        };
        self.no_swap = why.map(str::to_owned);
        Ok(())
    }

    /// The wanted method, or else the first that is possible.
    pub(super) fn method(&self, wanted: Option<Method>) -> Result<Method, SnapshotError> {
        let refuse = |why: &str| SnapshotError::NoMethod {
            database: self.database.clone(),
            why: why.to_owned(),
        };
        match (wanted, &self.no_swap, &self.no_transaction) {
            (Some(Method::Swap) | None, None, _) => Ok(Method::Swap),
            (Some(Method::Swap), Some(why), _) => Err(refuse(why)),
            (Some(Method::Transaction) | None, _, None) => Ok(Method::Transaction),
            (Some(Method::Transaction), _, Some(why)) => Err(refuse(why)),
            (None, Some(swap), Some(transaction)) => Err(refuse(&format!("{swap}; {transaction}"))),
        }
    }
}

fn facts(database: &str) -> String {
    let name = quote_literal(database);
    format!(
        "SELECT d.oid IS NOT NULL AS there, \
           CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END AS bytes, \
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid()) AS sessions, \
           (r.rolcreatedb OR r.rolsuper) AS may_create, \
           (r.rolsuper OR COALESCE(pg_catalog.pg_has_role(d.datdba, 'USAGE'), false)) AS may_rename \
         FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_database d ON d.datname = {name} \
         WHERE r.rolname = CURRENT_USER"
    )
}

fn number(row: Option<&Row>, column: &str) -> Result<u64, ConnectError> {
    row.map_or(Ok(0), |row| Ok(row.int(column)?.max(0) as u64))
}

pub(super) fn connect(params: &Params) -> Result<Control, SnapshotError> {
    Control::connect(params).map_err(|source| SnapshotError::Connect {
        server: params.describe(),
        source,
    })
}

/// A session in another database than the one that is replaced.
pub(super) enum Maintenance {
    Open(Box<Control>),
    /// The role may not connect to any, and why.
    Forbidden(String),
}

/// Opens a session in another database.
///
/// # Errors
/// Failures that another attempt might not have: a refused connection is no reason to choose another method.
pub(super) fn maintenance(params: &Params, stop: &Stop) -> Result<Maintenance, SnapshotError> {
    let mut reasons = Vec::new();
    for name in MAINTENANCE.iter().filter(|name| **name != params.database()) {
        let params = params.with_database(name);
        match Control::connect(&params) {
            Ok(control) => {
                stop.watch(control.canceller());
                return Ok(Maintenance::Open(Box::new(control)));
            }
            Err(error) if forbids(&error) => reasons.push(error.to_string()),
            Err(source) => {
                return Err(SnapshotError::Connect {
                    server: params.describe(),
                    source,
                });
            }
        }
    }
    let why = reasons.join("; ");
    Ok(Maintenance::Forbidden(format!(
        "no other database can be connected to ({why})"
    )))
}

/// Whether the server's answer is permanent: there is no such database, or the role may not connect to it.
fn forbids(error: &ConnectError) -> bool {
    match error {
        ConnectError::AllHosts(errors) => errors.iter().all(forbids),
        error => error.lacks_database() || matches!(error.sqlstate(), Some("28000" | "42501" | "55000")),
    }
}

/// A session with the lock that makes this the only rollback of the database. The lock ends with the session.
pub(super) fn alone(control: &Control, database: &str) -> Result<Control, SnapshotError> {
    // A separate session, so that a cancelled query elsewhere does not end it.
    let session = connect(control.params())?;
    let hash = blake3::hash(format!("pgark rollback {database}").as_bytes());
    let key = hash.as_bytes().first_chunk::<8>().map_or(0, |b| i64::from_le_bytes(*b));
    let begun = Instant::now();
    let failed = doing("cannot ask for the lock of rollbacks");
    loop {
        let rows = session
            .query(&format!("SELECT pg_catalog.pg_try_advisory_lock({key}) AS got"))
            .map_err(&failed)?;
        if rows.first().map_or(Ok(false), |row| row.bool("got")).map_err(&failed)? {
            return Ok(session);
        }
        if begun.elapsed() > PATIENCE {
            return Err(SnapshotError::AnotherRollback {
                database: database.to_owned(),
            });
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// A name for a database beside another one, e.g. `app_pgark_new`. A name that is too long is cut, with a hash of the
/// whole.
pub(super) fn beside(database: &str, what: &str) -> String {
    let suffix = format!("_pgark_{what}");
    if database.len() + suffix.len() <= MAX_NAME_BYTES {
        return format!("{database}{suffix}");
    }
    let hash = blake3::hash(database.as_bytes()).to_hex();
    let suffix = format!("_{}{suffix}", &hash.as_str()[..8]);
    let room = MAX_NAME_BYTES.saturating_sub(suffix.len());
    let end = (0..=room)
        .rev()
        .find(|end| database.is_char_boundary(*end))
        .unwrap_or(0);
    format!("{}{suffix}", &database[..end])
}

/// Whether a name is one that [`beside`] makes for `what`, with or without a number.
pub(super) fn is_beside(name: &str, database: &str, what: &str) -> bool {
    let number = |n: usize| match n {
        1 => what.to_owned(),
        n => format!("{what}{n}"),
    };
    (1..1000).any(|n| beside(database, &number(n)) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_are_told_apart_and_fit() {
        assert_eq!(beside("app", "new"), "app_pgark_new");
        let (one, other) = ("ä".repeat(31), format!("{}b", "ä".repeat(31)));
        let (first, second) = (beside(&one, "new"), beside(&other, "new"));
        assert!(
            first != second && first.len() <= 63 && second.len() <= 63,
            "{first} {second}"
        );
        assert!(beside("app", "old").ends_with("_pgark_old"));
        assert!(is_beside("app_pgark_old", "app", "old") && is_beside("app_pgark_old12", "app", "old"));
        assert!(!is_beside("app_pgark_older", "app", "old") && !is_beside("app", "app", "old"));
    }

    #[test]
    fn only_what_stays_so_forbids_another_database() {
        let said = |state: &str| ConnectError::Rejected {
            target: "postgres".into(),
            error: Box::new(crate::connect::ErrorResponse {
                severity: "FATAL".into(),
                sqlstate: state.into(),
                message: "no".into(),
                detail: None,
                hint: None,
                context: None,
                position: None,
            }),
        };
        for state in ["3D000", "28000", "42501", "55000"] {
            assert!(forbids(&said(state)), "{state}");
        }
        // Too many clients, starting up, shutting down, a wrong password, an error of a pooler.
        for state in ["53300", "57P03", "57P01", "28P01", "08P01"] {
            assert!(!forbids(&said(state)), "{state}");
        }
        let refused = || ConnectError::Dial {
            target: "postgres".into(),
            source: std::io::ErrorKind::ConnectionRefused.into(),
        };
        assert!(!forbids(&refused()));
        assert!(!forbids(&ConnectError::AllHosts(vec![said("28000"), refused()])));
    }

    #[test]
    fn the_method_is_the_wanted_one_or_the_first_that_can_be_had() {
        let can = ReplacedDatabase::default();
        let cannot = ReplacedDatabase {
            no_swap: Some("no".into()),
            ..ReplacedDatabase::default()
        };
        assert_eq!(can.method(None).unwrap(), Method::Swap);
        assert_eq!(can.method(Some(Method::Transaction)).unwrap(), Method::Transaction);
        assert_eq!(cannot.method(None).unwrap(), Method::Transaction);
        assert!(cannot.method(Some(Method::Swap)).is_err());
        let neither = ReplacedDatabase {
            no_transaction: Some("neither".into()),
            ..cannot
        };
        assert!(neither.method(None).unwrap_err().to_string().contains("no; neither"));
    }
}
