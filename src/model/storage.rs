//! The statements of an entry that only say where and how a relation is stored. They are recognised by their beginning,
//! so that a restore can leave them out.

/// Begins every statement that selects a tablespace.
pub const TABLESPACE: &str = "SET LOCAL default_tablespace = ";
/// Begins every statement that selects a table access method.
pub const ACCESS_METHOD: &str = "SET LOCAL default_table_access_method = ";

/// The beginning of the statement that sets the access method of a partitioned table. Such a table has no rows of its
/// own, so the setting does not apply to it. `table` is its quoted name.
pub fn alter_access_method(table: &str) -> String {
    format!("ALTER TABLE {table} SET ACCESS METHOD ")
}
