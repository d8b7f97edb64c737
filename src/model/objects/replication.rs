//! Publications, subscriptions and event triggers, as the catalogs say.

use crate::model::objects::relation::RelationRef;
use crate::version::Version;

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
    pub filter: RowFilter,
}

/// Which rows of a table a publication publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RowFilter {
    #[default]
    All,
    /// SQL of the condition.
    Where(String),
    /// There is a condition, but it was not read because the table is not locked.
    Unread,
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
    /// (name, value as SQL) of the WITH options besides `connect` and `slot_name`, in the order to write them. Options
    /// with the default of the oldest major that knows them are left out.
    pub options: Vec<(&'static str, String)>,
    /// Behaviour that older majors always have, and that some major made an option or stopped having by default.
    pub older_ways: Vec<OlderWay>,
}

/// An option that must be written from a version on, and that majors before need not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OlderWay {
    pub since: Version,
    pub option: &'static str,
    pub value: &'static str,
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
