//! Decides which statements of an entry are extras: the object is useful without them. If a server refuses an extra, a
//! restore keeps the object and its rows, and lists the statement.

use crate::model::{Kind, storage};

/// The positions of extras in `create`. For kinds whose first statement makes the whole object and whose others add
/// settings to it, these are all statements except that one and the session's settings around it.
pub(crate) fn positions(kind: Kind, create: &[String]) -> Vec<u32> {
    let settled_later = matches!(
        kind,
        Kind::Table
            | Kind::ForeignTable
            | Kind::MaterializedView
            | Kind::Index
            | Kind::Constraint
            | Kind::ExtendedStatistics
    );
    if !settled_later {
        return Vec::new();
    }
    let is_setting = |sql: &str| sql.starts_with(storage::TABLESPACE) || sql.starts_with(storage::ACCESS_METHOD);
    let statements = (0..).zip(create).filter(|(_, sql)| !is_setting(sql));
    statements.skip(1).map(|(position, _)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_creation_of_a_table_is_extra() {
        let create = [
            "SET LOCAL default_tablespace = x",
            "CREATE TABLE s.t ()",
            "SET LOCAL default_tablespace = ''",
            "ALTER TABLE ONLY s.t SET (fillfactor='70')",
        ]
        .map(str::to_owned);
        assert_eq!(positions(Kind::Table, &create), [3]);
        assert_eq!(positions(Kind::Trigger, &create), [0; 0]);
    }
}
