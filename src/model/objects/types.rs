//! Types and collations, as the catalogs say.
//!
//! A base type, and a range type with a canonical function, cannot be created in one step: their
//! functions take or return the type. For those, and only those, a second object with
//! [`Definition::ShellType`](crate::model::objects::object::Definition::ShellType) (class `ShellType`, same oid)
//! is read and is always created first.

/// A type with input and output functions of its own. Function names are SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseType {
    /// `typlen`: bytes, -1 for varlena, -2 for a C string.
    pub length: i64,
    pub input: String,
    pub output: String,
    pub receive: Option<String>,
    pub send: Option<String>,
    pub modifier_input: Option<String>,
    pub modifier_output: Option<String>,
    pub analyze: Option<String>,
    pub subscript: Option<String>,
    /// SQL of the element type.
    pub element: Option<String>,
    pub collatable: bool,
    /// External representation, unquoted.
    pub default: Option<String>,
    pub category: char,
    pub preferred: bool,
    pub delimiter: char,
    /// `typalign`: c, s, i, d.
    pub alignment: char,
    /// `typstorage`: p, e, x, m.
    pub storage: char,
    pub by_value: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnumType {
    /// In their sort order.
    pub labels: Vec<String>,
}

/// All fields but the multirange's name are SQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeType {
    pub subtype: String,
    /// Absent for the subtype's default operator class.
    pub operator_class: Option<String>,
    /// Absent for the subtype's own collation.
    pub collation: Option<String>,
    pub canonical: Option<String>,
    pub subtype_difference: Option<String>,
    /// Schema and name; absent before 14.
    pub multirange: Option<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompositeType {
    /// The oid of the type's row in `pg_class`: dependencies of the columns are recorded under it.
    pub relation_oid: u32,
    pub columns: Vec<CompositeColumn>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompositeColumn {
    pub name: String,
    /// SQL.
    pub type_name: String,
    /// SQL; absent for the type's own collation.
    pub collation: Option<String>,
}

/// Its constraints are objects of their own (`parent` = the domain).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domain {
    /// SQL, with the modifier.
    pub base_type: String,
    /// SQL; absent for the base type's own collation.
    pub collation: Option<String>,
    /// `typnotnull`; from 17 on a constraint object says so too.
    pub not_null: bool,
    /// SQL.
    pub default: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collation {
    /// `collprovider`: c, i, b, d.
    pub provider: char,
    pub deterministic: bool,
    /// `collcollate` and `collctype`: of libc, and of ICU before 15.
    pub collate: Option<String>,
    pub ctype: Option<String>,
    /// ICU or builtin locale, from 15 on.
    pub locale: Option<String>,
    /// ICU rules, from 16 on.
    pub rules: Option<String>,
}
