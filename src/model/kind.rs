//! The kinds of archive entries, their names, sections and restore passes.

use serde::{Deserialize, Serialize};

/// Which of the three classic parts of a dump an entry belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Section {
    /// Made before rows are loaded.
    #[default]
    PreData,
    /// Made after rows are loaded: indexes, constraints, triggers and the like.
    PostData,
}

/// When a restore executes an entry's definition. Privileges always run in a pass of their own,
/// between the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pass {
    /// Before all privileges.
    #[default]
    Main,
    /// After all privileges: event triggers, and refreshes that need the final privileges.
    Last,
}

macro_rules! kinds {
    ($($(#[$attribute:meta])* $name:ident => $label:literal, $section:ident, $pass:ident;)*) => {
        /// What an entry is. The order of the variants is the order in which objects without
        /// dependencies between them are created.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $(
                #[doc = concat!("`", $label, "`.")]
                $(#[$attribute])*
                #[serde(rename = $label)]
                $name,
            )*
        }

        impl Kind {
            /// All kinds, in the order of the variants.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The upper-case name that archives, listings and messages use.
            pub const fn label(self) -> &'static str {
                match self { $(Kind::$name => $label,)* }
            }

            /// Whether `-t` matches this kind, as in pg_dump.
            pub const fn is_table_like(self) -> bool {
                matches!(self, Kind::Table | Kind::ForeignTable | Kind::View | Kind::MaterializedView | Kind::Sequence)
            }

            /// Where entries of this kind belong unless a dependency loop postpones one.
            pub const fn section(self) -> Section {
                match self { $(Kind::$name => Section::$section,)* }
            }

            /// When a restore executes the definitions of this kind.
            pub const fn pass(self) -> Pass {
                match self { $(Kind::$name => Pass::$pass,)* }
            }
        }
    };
}

kinds! {
    Role => "ROLE", PreData, Main;
    /// `ALTER ROLE .. SET` for all databases, of one role or of all.
    RoleSettings => "ROLE SETTINGS", PreData, Main;
    RoleMembership => "ROLE MEMBERSHIP", PreData, Main;
    Tablespace => "TABLESPACE", PreData, Main;
    /// Privileges on settings of the server.
    ParameterPrivileges => "PARAMETER PRIVILEGES", PreData, Main;
    /// The database itself; executed only by a restore that has created it.
    #[default]
    Database => "DATABASE", PreData, Main;
    /// `ALTER DATABASE .. SET`, and `ALTER ROLE .. IN DATABASE .. SET`.
    DatabaseSettings => "DATABASE SETTINGS", PreData, Main;
    Schema => "SCHEMA", PreData, Main;
    Language => "LANGUAGE", PreData, Main;
    Collation => "COLLATION", PreData, Main;
    Transform => "TRANSFORM", PreData, Main;
    Extension => "EXTENSION", PreData, Main;
    /// A type without definition, for functions that are needed to define it.
    ShellType => "SHELL TYPE", PreData, Main;
    Type => "TYPE", PreData, Main;
    Domain => "DOMAIN", PreData, Main;
    Cast => "CAST", PreData, Main;
    Function => "FUNCTION", PreData, Main;
    Procedure => "PROCEDURE", PreData, Main;
    Aggregate => "AGGREGATE", PreData, Main;
    AccessMethod => "ACCESS METHOD", PreData, Main;
    Operator => "OPERATOR", PreData, Main;
    OperatorFamily => "OPERATOR FAMILY", PreData, Main;
    OperatorClass => "OPERATOR CLASS", PreData, Main;
    Conversion => "CONVERSION", PreData, Main;
    TextSearchParser => "TEXT SEARCH PARSER", PreData, Main;
    TextSearchTemplate => "TEXT SEARCH TEMPLATE", PreData, Main;
    TextSearchDictionary => "TEXT SEARCH DICTIONARY", PreData, Main;
    TextSearchConfiguration => "TEXT SEARCH CONFIGURATION", PreData, Main;
    ForeignDataWrapper => "FOREIGN DATA WRAPPER", PreData, Main;
    ForeignServer => "SERVER", PreData, Main;
    UserMapping => "USER MAPPING", PreData, Main;
    Table => "TABLE", PreData, Main;
    ForeignTable => "FOREIGN TABLE", PreData, Main;
    View => "VIEW", PreData, Main;
    MaterializedView => "MATERIALIZED VIEW", PreData, Main;
    Sequence => "SEQUENCE", PreData, Main;
    /// The column that a sequence is dropped with.
    SequenceOwner => "SEQUENCE OWNED BY", PreData, Main;
    /// The attachment of a partition to its parent.
    TableAttach => "TABLE ATTACH", PreData, Main;
    /// Up to 1000 large objects that share owner and privileges.
    LargeObjects => "LARGE OBJECTS", PreData, Main;
    /// The default of one column.
    Default => "DEFAULT", PreData, Main;
    CheckConstraint => "CHECK CONSTRAINT", PostData, Main;
    NotNullConstraint => "NOT NULL CONSTRAINT", PostData, Main;
    Constraint => "CONSTRAINT", PostData, Main;
    Index => "INDEX", PostData, Main;
    /// The attachment of a partition's index to that of its parent.
    IndexAttach => "INDEX ATTACH", PostData, Main;
    ExtendedStatistics => "STATISTICS", PostData, Main;
    Rule => "RULE", PostData, Main;
    Trigger => "TRIGGER", PostData, Main;
    ForeignKey => "FK CONSTRAINT", PostData, Main;
    /// `ENABLE` and `FORCE ROW LEVEL SECURITY` of one table.
    RowSecurity => "ROW SECURITY", PostData, Main;
    Policy => "POLICY", PostData, Main;
    Publication => "PUBLICATION", PostData, Main;
    /// One table of a publication.
    PublicationTable => "PUBLICATION TABLE", PostData, Main;
    /// One schema of a publication.
    PublicationSchema => "PUBLICATION TABLES IN SCHEMA", PostData, Main;
    Subscription => "SUBSCRIPTION", PostData, Main;
    DefaultPrivileges => "DEFAULT PRIVILEGES", PostData, Last;
    /// The refresh that fills a materialized view.
    MatviewRefresh => "MATERIALIZED VIEW DATA", PostData, Last;
    // After everything that could fire them.
    EventTrigger => "EVENT TRIGGER", PostData, Last;
    /// What the planner knows about a relation. In section `PreData` it is about a table, in `PostData` about an index
    /// or a materialized view.
    StatisticsData => "STATISTICS DATA", PostData, Last;
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}
