//! The options that leave parts out, shared by several commands and named as in pg_dump and pg_restore.

use crate::plan::choose::leave_out::Without;

#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct WithoutOptions {
    /// Everything belongs to the restoring role
    #[arg(short = 'O', long, help_heading = HEADING)]
    no_owner: bool,
    /// No GRANT and REVOKE
    #[arg(short = 'x', long, visible_alias = "no-acl", help_heading = HEADING)]
    no_privileges: bool,
    /// No comments
    #[arg(long, help_heading = HEADING)]
    no_comments: bool,
    /// No security labels
    #[arg(long, help_heading = HEADING)]
    no_security_labels: bool,
    /// No row-level security: neither policies nor whether tables enforce them
    #[arg(long, help_heading = HEADING)]
    no_policies: bool,
    /// No publications
    #[arg(long, help_heading = HEADING)]
    no_publications: bool,
    /// No subscriptions
    #[arg(long, help_heading = HEADING)]
    no_subscriptions: bool,
    /// Everything is stored in the default tablespace
    #[arg(long, help_heading = HEADING)]
    no_tablespaces: bool,
    /// Every table has the access method `heap`
    #[arg(long, help_heading = HEADING)]
    no_table_access_method: bool,
}

/// What a dump alone can leave out.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct DumpWithoutOptions {
    #[command(flatten)]
    shared: WithoutOptions,
    /// No compression methods of columns
    #[arg(long, help_heading = HEADING)]
    no_toast_compression: bool,
    /// Definition, but no rows of unlogged tables, and no positions of unlogged sequences
    #[arg(long, help_heading = HEADING)]
    no_unlogged_table_data: bool,
}

const HEADING: &str = "Leaving out";

impl WithoutOptions {
    pub(crate) fn without(self) -> Without {
        Without {
            owners: self.no_owner,
            privileges: self.no_privileges,
            comments: self.no_comments,
            security_labels: self.no_security_labels,
            policies: self.no_policies,
            publications: self.no_publications,
            subscriptions: self.no_subscriptions,
            tablespaces: self.no_tablespaces,
            access_methods: self.no_table_access_method,
            ..Without::default()
        }
    }
}

impl DumpWithoutOptions {
    pub(crate) fn without(self) -> Without {
        Without {
            toast_compression: self.no_toast_compression,
            unlogged_rows: self.no_unlogged_table_data,
            ..self.shared.without()
        }
    }

    /// The names of the given options, for the archive's source record.
    pub(crate) fn described(self) -> Vec<String> {
        let shared = self.shared;
        [
            ("no-owner", shared.no_owner),
            ("no-privileges", shared.no_privileges),
            ("no-comments", shared.no_comments),
            ("no-security-labels", shared.no_security_labels),
            ("no-policies", shared.no_policies),
            ("no-publications", shared.no_publications),
            ("no-subscriptions", shared.no_subscriptions),
            ("no-tablespaces", shared.no_tablespaces),
            ("no-table-access-method", shared.no_table_access_method),
            ("no-toast-compression", self.no_toast_compression),
            ("no-unlogged-table-data", self.no_unlogged_table_data),
        ]
        .into_iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| name.to_owned())
        .collect()
    }
}
