//! Tables and everything that belongs to them, as in the catalogs.
//!
//! A part of a table (constraint, index, trigger, ..) carries the table's name in `relation`;
//! the table's schema is the part's [`schema`](crate::model::objects::object::Object::schema), unless its docs say otherwise.

use crate::model::objects::address::Address;
use crate::model::objects::foreign::Foreign;

/// One row of `pg_class`, read before anything is locked: no deparse function is called for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedRelation {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// `relkind`: r, p, v, m, S, f.
    pub kind: char,
    /// `relpersistence`: p, u.
    pub persistence: char,
    /// Heap plus TOAST pages, by the statistics of the last VACUUM: nothing is measured before it is locked.
    pub pages: u64,
    /// `pg_table_is_visible` under the role's own `search_path`.
    pub visible: bool,
    pub member_of: Option<String>,
    /// The owning table, for sequences of serial and identity columns.
    pub owned_by: Option<u32>,
    /// Direct parents by inheritance or partitioning.
    pub parents: Vec<u32>,
    pub is_partition: bool,
    /// The server of a foreign table, unquoted.
    pub foreign_server: Option<String>,
}

/// Another relation, with the name to write for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationRef {
    pub address: Address,
    pub schema: String,
    pub name: String,
}

/// The table itself. Its inline constraints and defaults are objects of their own
/// (`parent` = the table, `separate` = false).
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// `relkind`: r, p or f.
    pub kind: char,
    pub unlogged: bool,
    pub is_partition: bool,
    /// SQL name of the composite type of `CREATE TABLE .. OF`.
    pub of_type: Option<String>,
    /// In `attnum` order, without dropped ones.
    pub columns: Vec<Column>,
    /// Direct parents in `inhseqno` order; the partitioned table for a partition.
    pub parents: Vec<RelationRef>,
    /// Whether the table is made without its parents and gets them afterwards, because `CREATE .. INHERITS` would put
    /// the columns into another order.
    pub inherits_later: bool,
    /// SQL after `PARTITION BY`.
    pub partition_key: Option<String>,
    /// Absent for the tables that have none: partitioned ones that never named one.
    pub access_method: Option<String>,
    /// Absent for the database's default tablespace.
    pub tablespace: Option<String>,
    /// `reloptions`, as `name=value`.
    pub options: Vec<String>,
    /// `reloptions` of the TOAST table, as `name=value` without the `toast.` prefix.
    pub toast_options: Vec<String>,
    /// `relreplident`: d, n, f, or i (then the index says so).
    pub replica_identity: char,
    pub force_row_security: bool,
    /// Present for relkind f.
    pub foreign: Option<Foreign>,
}

/// A column of a table or materialized view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// `attnum`.
    pub number: i16,
    pub name: String,
    /// SQL: `format_type` with the modifier.
    pub type_name: String,
    pub type_oid: u32,
    /// SQL name of the collation, where it is not the type's own.
    pub collation: Option<String>,
    /// Listed in CREATE TABLE; a column that is only inherited is not.
    pub listed: bool,
    pub not_null: bool,
    /// The NOT NULL to write for this table; absent when there is none, when a parent gives it,
    /// or when it is not validated and so an entry of its own.
    pub not_null_clause: Option<NotNull>,
    /// The [`ColumnDefault`] of this column.
    pub default: Option<Address>,
    /// Whether it has no default although a parent has one.
    pub default_null: bool,
    /// `SET STORAGE` keyword, where CREATE TABLE would give another.
    pub storage: Option<&'static str>,
    /// `SET COMPRESSION` keyword (`default` included), where CREATE TABLE would give another.
    pub compression: Option<&'static str>,
    /// `attstattarget`, where it is set.
    pub statistics: Option<i32>,
    /// `attoptions`, as `name=value`.
    pub options: Vec<String>,
    /// `attfdwoptions`: (name, value), unquoted.
    pub foreign_options: Vec<(String, String)>,
}

/// A not-null constraint as a clause of its column or table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotNull {
    /// Absent before 18, and where the server would choose this name by itself.
    pub name: Option<String>,
    pub no_inherit: bool,
}

#[derive(Clone, Debug, Default)]
pub struct View {
    /// SQL of the query, without its semicolon.
    pub query: String,
    pub columns: Vec<ViewColumn>,
    /// `reloptions` as `name=value`, without `check_option`.
    pub options: Vec<String>,
    /// `LOCAL` or `CASCADED`.
    pub check_option: Option<&'static str>,
    /// Set by loop repair: create a dummy now, the real text later.
    pub dummy: bool,
}

/// A column of a view: what a dummy with the same row type needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewColumn {
    pub name: String,
    /// SQL: `format_type` with the modifier.
    pub type_name: String,
    /// SQL name of the collation, where it is not the type's own.
    pub collation: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct MaterializedView {
    /// SQL of the query, without its semicolon.
    pub query: String,
    pub columns: Vec<Column>,
    pub access_method: Option<String>,
    pub tablespace: Option<String>,
    /// `reloptions`, as `name=value`.
    pub options: Vec<String>,
    /// `reloptions` of the TOAST table, as `name=value` without the `toast.` prefix.
    pub toast_options: Vec<String>,
    /// `relreplident`: d, n, f or i.
    pub replica_identity: char,
    pub populated: bool,
    /// Set by loop repair: the definition needs a post-data object (a primary key).
    pub postponed: bool,
}

/// A sequence of any origin; that of an identity column has the table as parent.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// SQL: `smallint`, `integer` or `bigint`.
    pub data_type: String,
    pub start: i64,
    pub increment: i64,
    pub minimum: i64,
    pub maximum: i64,
    pub cache: i64,
    pub cycle: bool,
    pub unlogged: bool,
    pub identity: Option<Identity>,
}

/// The identity column that a sequence belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub table: RelationRef,
    pub column: String,
    /// `GENERATED ALWAYS` rather than `BY DEFAULT`.
    pub always: bool,
    /// Whether the table's persistence differs from the sequence's.
    pub persistence_differs: bool,
}

/// `OWNED BY` of a sequence that is not an identity's; the object has the sequence's schema and name.
#[derive(Clone, Debug)]
pub struct SequenceOwner {
    pub table: Address,
    pub column: String,
    pub sequence: Address,
    pub table_schema: String,
    pub table_name: String,
}

/// The object has the partition's schema and name.
#[derive(Clone, Debug)]
pub struct TableAttach {
    pub partition: Address,
    pub parent: Address,
    pub parent_schema: String,
    pub parent_name: String,
    /// SQL: `FOR VALUES ..` or `DEFAULT`.
    pub bound: String,
}

/// A default or a generation expression.
#[derive(Clone, Debug, Default)]
pub struct ColumnDefault {
    /// The table's or view's name.
    pub relation: String,
    pub column: String,
    /// SQL.
    pub expression: String,
    /// An entry of its own instead of a clause of CREATE TABLE.
    pub separate: bool,
    /// Generation expressions have no separate syntax.
    pub generated: bool,
    /// The generated column is virtual, not stored.
    pub is_virtual: bool,
    /// Every parent has the same generation expression: nothing is written.
    pub inherited: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Constraint {
    /// The table's or domain's name.
    pub relation: String,
    /// `relkind` of the table.
    pub relation_kind: char,
    /// `contype`: p, u, x, f, c, n; of a table or a domain.
    pub kind: char,
    /// SQL: `pg_get_constraintdef`. Empty for p and u, and for an n that is a clause of its column.
    pub definition: String,
    /// The columns of a key, in the order of `conkey`; empty for other constraints, whose text has them.
    pub columns: Vec<String>,
    pub validated: bool,
    /// Whether it is defined on this table, not only inherited.
    pub is_local: bool,
    pub deferrable: bool,
    pub initially_deferred: bool,
    /// `WITHOUT OVERLAPS` for p and u, `PERIOD` for f.
    pub period: bool,
    /// An entry of its own instead of a clause of CREATE TABLE or CREATE DOMAIN.
    pub separate: bool,
    pub of_domain: bool,
    /// Whether it is an exclusion of a partitioned table whose addition adds those of all partitions.
    pub reaches_partitions: bool,
    /// Whether it is an exclusion of a partition that is added with that of a partitioned table above.
    pub made_by_parent: bool,
    /// The constraints of partitions that are added with it.
    pub parts: Vec<ExclusionPart>,
    /// The backing index, for p, u, x.
    pub index: Option<Address>,
    /// The referenced table, for f.
    pub references: Option<Address>,
}

/// The exclusion constraint of a partition that the parent's constraint makes, under a name that the server chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExclusionPart {
    /// SQL: the partition.
    pub relation: String,
    /// The name that it must get.
    pub name: String,
}

/// An index of a table or materialized view.
#[derive(Clone, Debug, Default)]
pub struct Index {
    pub relation: String,
    /// SQL: `pg_get_indexdef`; empty when the index backs a constraint.
    pub definition: String,
    /// Backs this constraint: emitted with it, never on its own.
    pub constraint: Option<Address>,
    /// The partitioned index it is attached to.
    pub parent_index: Option<Address>,
    /// `reloptions`, as `name=value`.
    pub options: Vec<String>,
    pub tablespace: Option<String>,
    /// The columns of INCLUDE.
    pub include: Vec<String>,
    pub nulls_not_distinct: bool,
    /// `CLUSTER ON`.
    pub clustered: bool,
    pub replica_identity: bool,
    /// (column position, statistics target), where one is set.
    pub statistics: Vec<(i16, i32)>,
}

/// The object has the partition index's schema and name.
#[derive(Clone, Debug)]
pub struct IndexAttach {
    pub index: Address,
    pub parent_index: Address,
    pub parent_schema: String,
    pub parent_name: String,
}

/// The object's schema is its own, which may differ from the table's.
#[derive(Clone, Debug, Default)]
pub struct ExtendedStatistics {
    /// SQL: `pg_get_statisticsobjdef`.
    pub definition: String,
    /// `stxstattarget`, where it is set.
    pub statistics: Option<i32>,
}

#[derive(Clone, Debug, Default)]
pub struct Rule {
    pub relation: String,
    /// SQL: `pg_get_ruledef` without its semicolon; empty for the rule of a view.
    pub definition: String,
    /// `ev_enabled`: O, D, R, A.
    pub enabled: char,
    /// The `_RETURN` rule of a view: merged into CREATE VIEW.
    pub is_view_select: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Trigger {
    pub relation: String,
    /// `relkind` of the table or view.
    pub relation_kind: char,
    /// SQL: `pg_get_triggerdef`; empty for a clone.
    pub definition: String,
    /// `tgenabled`: O, D, R, A.
    pub enabled: char,
    /// The trigger at the top of the partition tree, if this one is a partition's copy of it in another state.
    pub clone_of: Option<Address>,
}

#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub relation: String,
    pub permissive: bool,
    /// `polcmd`: *, r, a, w, d.
    pub command: char,
    /// Role names; empty for PUBLIC.
    pub roles: Vec<String>,
    /// SQL of both expressions.
    pub using: Option<String>,
    pub with_check: Option<String>,
}
