//! The results of ANALYZE for a relation, as arguments of the functions that restore them.

use crate::model::objects::address::Address;

/// Statistics of a table, index or materialized view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelationStatistics {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// Objects that must exist first: the table of an index, the constraint of its index.
    pub needs: Vec<Address>,
    pub values: Vec<Argument>,
    pub columns: Vec<ColumnStatistics>,
}

/// Statistics of a column. Their values are data: samples of the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnStatistics {
    pub column: StatisticsColumn,
    /// Whether they cover the table with everything that inherits from it.
    pub inherited: bool,
    pub values: Vec<Argument>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatisticsColumn {
    Name(String),
    /// Position of an index's expression, whose name may differ on another server.
    Number(i64),
}

impl Default for StatisticsColumn {
    fn default() -> Self {
        Self::Number(0)
    }
}

/// A named argument with the text of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: &'static str,
    /// SQL type.
    pub type_name: &'static str,
    pub value: String,
}
