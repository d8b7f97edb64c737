//! Publications, subscriptions and event triggers, as the catalogs say.

use super::relation::RelationRef;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    pub all_tables: bool,
    pub insert: bool,
    pub update: bool,
    pub delete: bool,
    pub truncate: bool,
    pub via_root: bool,
    /// `pubgencols`: n or s; n before 18.
    pub generated_columns: char,
}

/// One table of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationTable {
    /// Unquoted.
    pub publication: String,
    pub table: RelationRef,
    /// Unquoted names, in `attnum` order; absent for all columns.
    pub columns: Option<Vec<String>>,
    /// SQL of the row filter.
    pub condition: Option<String>,
}

/// All tables of one schema in a publication; both names unquoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicationSchema {
    pub publication: String,
    pub schema: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Holds secrets.
    pub connection: String,
    pub slot_name: Option<String>,
    pub publications: Vec<String>,
    /// (name, value) of the WITH options besides `connect` and `slot_name`, in the order to write them.
    pub options: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventTrigger {
    pub event: String,
    pub tags: Vec<String>,
    /// SQL name of the function.
    pub function: String,
    /// `evtenabled`: O, D, A or R.
    pub enabled: char,
}
