//! Texts that several helps share.

/// Shown at the end of every help text.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed; nothing that looks complete was left behind
  2    wrong usage
  3    finished with findings: differences, damage, objects not covered or not restored
  130  interrupted";

/// Shown in the help of commands that connect.
pub(crate) const ENVIRONMENT: &str = "\
Environment, as libpq reads it:
  PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSSLMODE PGSSLROOTCERT PGPASSFILE PGOPTIONS
  PGCONNECT_TIMEOUT PGAPPNAME PGCHANNELBINDING PGTARGETSESSIONATTRS, and passwords from ~/.pgpass
";
