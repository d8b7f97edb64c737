//! The statements of an entry that only say where and how a relation is stored. They are known by how they
//! begin, so that a restore can leave them out.

/// Begins every statement that selects a tablespace.
pub const TABLESPACE: &str = "SET LOCAL default_tablespace = ";
/// Begins every statement that selects a table access method.
pub const ACCESS_METHOD: &str = "SET LOCAL default_table_access_method = ";

/// Begins the statement that sets the access method of a partitioned table, which takes no rows and so
/// nothing from the setting. `table` is its quoted name.
pub fn alter_access_method(table: &str) -> String {
    format!("ALTER TABLE {table} SET ACCESS METHOD ")
}
