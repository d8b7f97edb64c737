//! The objects in the catalogs of a live server, before they are ordered and rendered.
//!
//! Names in these values are unquoted unless a field says "SQL"; an "SQL" field is text that the
//! server deparsed (already quoted and qualified, because `search_path` is empty).

use crate::model::kind::Kind;
use crate::model::objects::address::{Address, Class};
use crate::model::objects::foreign::{ForeignDataWrapper, ForeignServer, UserMapping};
use crate::model::objects::globals::{DatabaseProperties, DatabaseSetting, Global};
use crate::model::objects::large_objects::LargeObjects;
use crate::model::objects::privileges::{Acl, DefaultPrivileges};
use crate::model::objects::relation::{
    ColumnDefault, Constraint, ExtendedStatistics, Index, IndexAttach, MaterializedView, Policy, Rule, Sequence,
    SequenceOwner, Table, TableAttach, Trigger, View,
};
use crate::model::objects::remarks::{Comment, SecurityLabel};
use crate::model::objects::replication::{
    EventTrigger, Publication, PublicationSchema, PublicationTable, Subscription,
};
use crate::model::objects::routine::{
    AccessMethod, Aggregate, Cast, Conversion, Language, Operator, OperatorClass, OperatorFamily, Routine, Transform,
};
use crate::model::objects::text_search;
use crate::model::objects::types::{BaseType, Collation, CompositeType, Domain, EnumType, RangeType};

/// One object, or one separately restorable part of one.
#[derive(Clone, Debug)]
pub struct Object {
    pub address: Address,
    /// Absent for objects that live in no schema.
    pub schema: Option<String>,
    pub name: String,
    pub owner: Option<String>,
    /// Member of this extension (`pg_depend` deptype `e`): only its privileges are dumped.
    pub member_of: Option<String>,
    /// The table, view or type this is a part of.
    pub parent: Option<Address>,
    pub acl: Option<Acl>,
    pub comments: Vec<Comment>,
    pub security_labels: Vec<SecurityLabel>,
    /// Extensions named by `DEPENDS ON EXTENSION`.
    pub depends_on_extensions: Vec<String>,
    pub definition: Definition,
}

/// The definition of an object, with everything that its statements need.
#[derive(Clone, Debug)]
pub enum Definition {
    Schema,
    Extension {
        schema: String,
    },
    Language(Language),
    Collation(Collation),
    /// `CREATE TYPE name;` ahead of the functions of a base or range type.
    ShellType,
    BaseType(Box<BaseType>),
    /// A type that was declared and never defined: a real object.
    UndefinedType,
    EnumType(EnumType),
    RangeType(Box<RangeType>),
    CompositeType(CompositeType),
    Domain(Domain),
    /// Row types, array types and multirange types: nodes of the graph, never emitted.
    ImpliedType,
    Cast(Cast),
    Transform(Transform),
    Routine(Box<Routine>),
    Aggregate(Box<Aggregate>),
    Operator(Box<Operator>),
    OperatorFamily(OperatorFamily),
    OperatorClass(Box<OperatorClass>),
    AccessMethod(AccessMethod),
    Conversion(Conversion),
    TextSearchParser(text_search::Parser),
    TextSearchTemplate(text_search::Template),
    TextSearchDictionary(text_search::Dictionary),
    TextSearchConfiguration(text_search::Configuration),
    ForeignDataWrapper(ForeignDataWrapper),
    ForeignServer(ForeignServer),
    UserMapping(UserMapping),
    Table(Box<Table>),
    View(View),
    /// The real text of a view that loop repair first creates as a dummy.
    ViewBody(View),
    MaterializedView(Box<MaterializedView>),
    Sequence(Box<Sequence>),
    SequenceOwner(SequenceOwner),
    TableAttach(TableAttach),
    Default(ColumnDefault),
    Constraint(Constraint),
    Index(Box<Index>),
    IndexAttach(IndexAttach),
    ExtendedStatistics(ExtendedStatistics),
    Rule(Rule),
    Trigger(Trigger),
    /// `ENABLE ROW LEVEL SECURITY` on the parent.
    RowSecurity,
    Policy(Policy),
    Publication(Publication),
    PublicationTable(PublicationTable),
    PublicationSchema(PublicationSchema),
    Subscription(Subscription),
    EventTrigger(EventTrigger),
    DefaultPrivileges(Box<DefaultPrivileges>),
    MatviewRefresh,
    LargeObjects(LargeObjects),
    /// An object that came with initdb: only its privileges are carried.
    SystemObject(SystemObject),
    /// An object of the server, not of the database.
    Global(Global),
    Database(DatabaseProperties),
    /// At least one.
    DatabaseSettings(Vec<DatabaseSetting>),
}

/// The form in which GRANT names a system object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemObject {
    pub kind: Kind,
    /// e.g. `TABLE`, `FUNCTION`.
    pub grant_keyword: &'static str,
    /// Quoted SQL after the keyword, e.g. `pg_catalog.pg_sleep(double precision)`.
    pub sql: String,
}

impl Object {
    /// An object with no parts filled in yet.
    pub fn new(class: Class, oid: u32, schema: Option<String>, name: String, definition: Definition) -> Self {
        Self {
            address: Address::new(class, oid),
            schema,
            name,
            owner: None,
            member_of: None,
            parent: None,
            acl: None,
            comments: Vec::new(),
            security_labels: Vec::new(),
            depends_on_extensions: Vec::new(),
            definition,
        }
    }
}
