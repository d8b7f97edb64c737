//! The kinds of archive entries, their names, sections and restore passes.

use serde::{Deserialize, Serialize};

/// Which of the three classic parts of a dump an entry belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Section {
    #[default]
    PreData,
    PostData,
}

/// When a restore executes an entry's definition. Privileges always run in a pass of their own,
/// between the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pass {
    #[default]
    Main,
    /// After all privileges: event triggers, and refreshes that need the final privileges.
    Last,
}

macro_rules! kinds {
    ($($(#[$attribute:meta])? $name:ident => $label:literal, $section:ident, $pass:ident;)*) => {
        /// What an entry is. The order of the variants is the order in which objects without
        /// dependencies between them are created.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$attribute])? #[serde(rename = $label)] $name,)*
        }

        impl Kind {
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

            pub const fn pass(self) -> Pass {
                match self { $(Kind::$name => Pass::$pass,)* }
            }
        }
    };
}

kinds! {
    Role => "ROLE", PreData, Main;
    RoleSettings => "ROLE SETTINGS", PreData, Main;
    RoleMembership => "ROLE MEMBERSHIP", PreData, Main;
    Tablespace => "TABLESPACE", PreData, Main;
    ParameterPrivileges => "PARAMETER PRIVILEGES", PreData, Main;
    #[default]
    Database => "DATABASE", PreData, Main;
    DatabaseSettings => "DATABASE SETTINGS", PreData, Main;
    Schema => "SCHEMA", PreData, Main;
    Language => "LANGUAGE", PreData, Main;
    Collation => "COLLATION", PreData, Main;
    Transform => "TRANSFORM", PreData, Main;
    Extension => "EXTENSION", PreData, Main;
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
    SequenceOwner => "SEQUENCE OWNED BY", PreData, Main;
    TableAttach => "TABLE ATTACH", PreData, Main;
    LargeObjects => "LARGE OBJECTS", PreData, Main;
    Default => "DEFAULT", PreData, Main;
    CheckConstraint => "CHECK CONSTRAINT", PostData, Main;
    NotNullConstraint => "NOT NULL CONSTRAINT", PostData, Main;
    Constraint => "CONSTRAINT", PostData, Main;
    Index => "INDEX", PostData, Main;
    IndexAttach => "INDEX ATTACH", PostData, Main;
    ExtendedStatistics => "STATISTICS", PostData, Main;
    Rule => "RULE", PostData, Main;
    Trigger => "TRIGGER", PostData, Main;
    ForeignKey => "FK CONSTRAINT", PostData, Main;
    RowSecurity => "ROW SECURITY", PostData, Main;
    Policy => "POLICY", PostData, Main;
    Publication => "PUBLICATION", PostData, Main;
    PublicationTable => "PUBLICATION TABLE", PostData, Main;
    PublicationSchema => "PUBLICATION TABLES IN SCHEMA", PostData, Main;
    Subscription => "SUBSCRIPTION", PostData, Main;
    DefaultPrivileges => "DEFAULT PRIVILEGES", PostData, Last;
    MatviewRefresh => "MATERIALIZED VIEW DATA", PostData, Last;
    // After everything that could fire them.
    EventTrigger => "EVENT TRIGGER", PostData, Last;
    StatisticsData => "STATISTICS DATA", PostData, Last;
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.label())
    }
}
