//! Tables and everything that hangs on them, as the catalogs say.

use super::address::Address;

/// One row of `pg_class`, read before anything is locked: no deparse function is called for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationSummary {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// `relkind`: r, p, v, m, S, f.
    pub kind: char,
    /// `relpersistence`: p, u.
    pub persistence: char,
    /// Heap plus TOAST pages, by the statistics of the last VACUUM.
    pub pages: u64,
    /// `pg_table_is_visible` under the role's own `search_path`.
    pub visible: bool,
    pub member_of: Option<String>,
    /// `relfilenode` as the snapshot sees it; compared with `pg_relation_filenode` after locking.
    pub file_node: u32,
    /// The owning table, for sequences of serial and identity columns.
    pub owned_by: Option<u32>,
    /// Direct parents by inheritance or partitioning.
    pub parents: Vec<u32>,
    pub is_partition: bool,
}

/// The table itself. Its inline constraints and defaults are objects of their own
/// (`parent` = the table, `separate` = false).
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// `relkind`: r, p or f.
    pub kind: char,
}

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Set by loop repair: create a dummy now, the real text later.
    pub dummy: bool,
}

#[derive(Clone, Debug, Default)]
pub struct MaterializedView {
    pub populated: bool,
    /// Set by loop repair: the definition needs a post-data object (a primary key).
    pub postponed: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Sequence {}

#[derive(Clone, Debug)]
pub struct SequenceOwner {
    pub table: Address,
    pub column: String,
}

#[derive(Clone, Debug)]
pub struct TableAttach {
    pub partition: Address,
    pub parent: Address,
}

/// A default or a generation expression.
#[derive(Clone, Debug, Default)]
pub struct ColumnDefault {
    pub column: String,
    /// An entry of its own instead of a clause of CREATE TABLE.
    pub separate: bool,
    /// Generation expressions have no separate syntax.
    pub generated: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Constraint {
    /// `contype`: p, u, x, f, c, n; of a table or a domain.
    pub kind: char,
    /// An entry of its own instead of a clause of CREATE TABLE or CREATE DOMAIN.
    pub separate: bool,
    pub of_domain: bool,
    /// The backing index, for p, u, x.
    pub index: Option<Address>,
    /// The referenced table, for f.
    pub references: Option<Address>,
}

#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Backs this constraint: emitted with it, never on its own.
    pub constraint: Option<Address>,
}

#[derive(Clone, Debug)]
pub struct IndexAttach {
    pub index: Address,
    pub parent_index: Address,
}

#[derive(Clone, Debug, Default)]
pub struct ExtendedStatistics {}

#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// The `_RETURN` rule of a view: merged into CREATE VIEW.
    pub is_view_select: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Trigger {}

#[derive(Clone, Debug, Default)]
pub struct Policy {}
