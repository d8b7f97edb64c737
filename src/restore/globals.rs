//! `--globals`: roles, their settings and memberships, tablespaces, privileges on parameters.
//!
//! Every statement is executed by itself. An existing role gets the source's attributes, and what the server refuses is
//! listed while the rest goes on; so nothing is rolled back as a whole. What concerns the restoring role itself comes
//! last, so that a new password or a lost right cannot stop the restore halfway.

use crate::connect::{ConnectError, Control, Wire};
use crate::model::entry::Entry;
use crate::model::{Catalog, Kind, Source};
use crate::plan::restore::fit;
use crate::plan::restore::fit::Misfit;
use crate::plan::restore::role_map;
use crate::restore::define::execute;
use crate::restore::error::{RestoreError, doing};
use crate::restore::failure::Failure;
use crate::restore::options::RestoreOptions;
use crate::restore::run::account::Account;
use crate::restore::session::session_of;

/// The SQLSTATE for a role or tablespace that exists already.
const DUPLICATE_OBJECT: &str = "42710";

/// What the target says about its roles.
struct Target {
    session_user: String,
    bootstrap_superuser: String,
}

fn ask(control: &Control) -> Result<Target, RestoreError> {
    let failed = doing("cannot ask the target for its roles");
    let sql = "SELECT session_user::text AS me, COALESCE((SELECT r.rolname::text FROM pg_catalog.pg_roles r \
               WHERE r.oid = 10), '') AS first";
    let rows = control.query(sql).map_err(&failed)?;
    let text = |column: &str| match rows.first() {
        Some(row) => row.string(column).map_err(&failed),
        None => Ok(String::new()),
    };
    Ok(Target {
        session_user: text("me")?,
        bootstrap_superuser: text("first")?,
    })
}

/// Adapts the archive's catalog to this restore: other names for roles, and globals as the target takes them. Returns
/// what differs of the globals because of the target's version.
///
/// # Errors
/// A role map that names roles which the archive does not have; globals that are asked for and not in the archive, or
/// the only thing in it and not asked for.
pub(in crate::restore) fn adapt(
    control: &Control,
    catalog: &mut Catalog,
    options: &RestoreOptions,
) -> Result<Vec<Misfit>, RestoreError> {
    if options.globals && catalog.globals.is_empty() {
        return Err(RestoreError::NoGlobals);
    }
    if !options.globals && !catalog.globals.is_empty() && catalog.entries.is_empty() && catalog.relations.is_empty() {
        return Err(RestoreError::OnlyGlobals);
    }
    let unknown = options.role_map.unknown(catalog);
    if !unknown.is_empty() {
        return Err(RestoreError::UnknownRoles {
            names: unknown.join("`, `"),
        });
    }
    if !options.globals {
        catalog.globals.clear();
    }
    let target = ask(control)?;
    let source = catalog.bootstrap_superuser.clone();
    let superusers = source
        .as_deref()
        .map(|name| (name, target.bootstrap_superuser.as_str()));
    role_map::apply(catalog, &options.role_map, superusers);
    Ok(fit::fit_each(&mut catalog.globals, control.server_version()))
}

/// Globals that are still to be restored, in two parts.
pub(in crate::restore) struct Globals<'a> {
    wire: Wire,
    first: Vec<Entry>,
    /// Entries that concern the restoring role.
    last: Vec<Entry>,
    options: &'a RestoreOptions,
}

impl<'a> Globals<'a> {
    /// `wire` is a session of the restore that is used for nothing else.
    pub(in crate::restore) fn new(
        wire: Wire,
        control: &Control,
        globals: Vec<Entry>,
        options: &'a RestoreOptions,
    ) -> Result<Self, RestoreError> {
        let me = ask(control)?.session_user;
        let own = |entry: &Entry| matches!(entry.kind, Kind::Role | Kind::RoleSettings) && entry.name == me;
        let (last, first) = globals.into_iter().partition(own);
        Ok(Self {
            wire,
            first,
            last,
            options,
        })
    }

    /// Restores everything but what concerns the restoring role.
    pub(in crate::restore) fn restore(&mut self, account: &mut Account) -> Result<(), RestoreError> {
        for entry in std::mem::take(&mut self.first) {
            self.entry(&entry, account)?;
        }
        Ok(())
    }

    pub(in crate::restore) fn finish(mut self, account: &mut Account) -> Result<(), RestoreError> {
        for entry in std::mem::take(&mut self.last) {
            self.entry(&entry, account)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, account: &mut Account) -> Result<(), RestoreError> {
        each(&mut self.wire, entry, self.options, account)?;
        account.globals += 1;
        Ok(())
    }
}

/// Executes an entry statement by statement.
fn each(wire: &mut Wire, entry: &Entry, options: &RestoreOptions, account: &mut Account) -> Result<(), RestoreError> {
    let mut note = |statement: Option<&str>, error: ConnectError| {
        let error = if entry.secret { error.without_text() } else { error };
        account.note(Failure::of_entry(entry, statement, &error), error)
    };
    let creates = matches!(entry.kind, Kind::Role | Kind::Tablespace);
    for sql in execute::each_statement(entry) {
        let Err((_, error)) = wire.pipeline(&[sql]) else {
            continue;
        };
        let is_creation = creates && sql.starts_with("CREATE ");
        if is_creation && error.sqlstate() == Some(DUPLICATE_OBJECT) {
            continue;
        }
        note(Some(sql), error)?;
        // The other statements would fail for the same reason.
        if is_creation {
            return Ok(());
        }
    }
    for privilege in &entry.privileges {
        if let Err(refused) = execute::grant(wire, std::slice::from_ref(privilege), options.role.as_deref()) {
            note(refused.statement.as_deref(), refused.error)?;
        }
    }
    Ok(())
}

/// Sets what an entry of `kind` says about a database that this restore made. Settings come before the sessions of the
/// restore begin, so that they have them; owner, limits and privileges when everything is in it.
pub(super) fn define_database(
    control: &Control,
    source: &Source,
    catalog: &Catalog,
    options: &RestoreOptions,
    kind: Kind,
    account: &mut Account,
) -> Result<(), RestoreError> {
    let mut wire = session_of(control, source, options)?;
    for entry in catalog.entries.iter().filter(|e| e.kind == kind) {
        each(&mut wire, entry, options, account)?;
        account.entries += 1;
    }
    Ok(())
}
