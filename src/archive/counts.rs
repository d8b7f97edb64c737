//! Defines what the numbers of an archive count; these are the same for every command.
//!
//! - **Rows** are those of tables, partitions and foreign tables whose rows were asked for. Large objects are stored as
//!   pages, which look like rows of one more relation but do not count.
//! - **Tables** are those whose rows an archive can hold: neither views nor partitioned tables, which have no rows of
//!   their own.
//! - **Large objects** are counted one by one, however many pages each has.
//! - **Entries** are the items that the catalog lists and a restore makes: one for each object with everything that
//!   belongs to it, and one for large objects of one owner and the same privileges. The database itself is one, which
//!   only `restore --create` makes. Roles and tablespaces are globals, which are counted apart.
//! - **Objects** of a comparison are the entries that are compared as definitions: not the database itself, not the
//!   results of ANALYZE, and not large objects, which are compared one by one.

use super::Archive;
use crate::model::Relation;

impl Archive {
    fn tables_of(&self) -> impl Iterator<Item = &Relation> {
        self.catalog()
            .relations
            .iter()
            .filter(|relation| !relation.large_objects)
    }

    /// Rows of tables.
    pub fn rows(&self) -> u64 {
        let stored = |relation: &Relation| self.manifest().relation(relation.id).map(|stored| stored.rows);
        self.tables_of().filter_map(stored).sum()
    }

    /// Tables whose rows it can hold.
    pub fn tables(&self) -> u64 {
        self.tables_of().count() as u64
    }
}
