//! The place of an object in the system catalogs, which is its key in the dependency graph.

use std::hash::{Hash, Hasher};

/// The catalog that holds an object's row, or, for the last group, a synthetic class for the
/// parts of an object that are restored on their own but have no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Namespace,
    Extension,
    Type,
    Proc,
    Operator,
    OperatorClass,
    OperatorFamily,
    AccessMethod,
    Cast,
    Collation,
    Conversion,
    Language,
    /// `pg_class`: tables, views, materialized views, sequences, foreign tables, indexes.
    Relation,
    AttributeDefault,
    Constraint,
    Rewrite,
    Trigger,
    Policy,
    ExtendedStatistics,
    DefaultAcl,
    EventTrigger,
    ForeignDataWrapper,
    ForeignServer,
    UserMapping,
    Publication,
    PublicationRelation,
    PublicationNamespace,
    Subscription,
    Transform,
    TextSearchParser,
    TextSearchDictionary,
    TextSearchTemplate,
    TextSearchConfiguration,
    LargeObject,
    Database,
    Role,
    Tablespace,
    Parameter,
    // Synthetic: the oid is that of the row named here.
    /// `ALTER TABLE .. ATTACH PARTITION`; oid of the partition.
    TableAttach,
    /// `ALTER INDEX .. ATTACH PARTITION`; oid of the partition's index.
    IndexAttach,
    /// `CREATE TYPE name;` before the functions of a base or range type; oid of the type.
    ShellType,
    /// `ALTER SEQUENCE .. OWNED BY`; oid of the sequence.
    SequenceOwner,
    /// `REFRESH MATERIALIZED VIEW`; oid of the view.
    MatviewRefresh,
    /// `ENABLE ROW LEVEL SECURITY`; oid of the table.
    RowSecurity,
    /// The full text of a view that was first created as a dummy; oid of the view.
    ViewBody,
    /// `ALTER DATABASE .. SET`; oid of the database.
    DatabaseSettings,
    /// `ALTER ROLE .. SET`; oid of the role, 0 for all roles.
    RoleSettings,
    /// `GRANT role TO member`; a number of pgark's.
    RoleMembership,
}

/// Catalog and oid; unique within one database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    pub class: Class,
    pub oid: u32,
}

/// Hashes one number, because maps of a large catalog hash millions of addresses.
impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64((self.class as u64) << 32 | u64::from(self.oid));
    }
}

impl Address {
    pub const fn new(class: Class, oid: u32) -> Self {
        Self { class, oid }
    }
}
