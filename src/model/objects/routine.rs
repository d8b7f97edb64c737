//! Routines, operators, casts and languages, as the catalogs say.
//!
//! Fields with names of types, functions and operators are SQL, qualified and quoted; a
//! "signature" is such a name with its argument types, e.g. `public.f(integer, text)`.

/// A function, window function or procedure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routine {
    /// `prokind`: f, p, w.
    pub kind: char,
    /// SQL for CREATE: names, modes and defaults.
    pub arguments: String,
    /// SQL that identifies the routine among its overloads: input types of a function, modes and types of a procedure.
    /// It does not include argument names.
    pub identity_arguments: String,
    /// SQL after RETURNS; absent for procedures.
    pub result: Option<String>,
    /// Unquoted.
    pub language: String,
    /// SQL types of the TRANSFORM clause.
    pub transforms: Vec<String>,
    /// `provolatile`: i, s, v.
    pub volatility: char,
    pub strict: bool,
    pub security_definer: bool,
    pub leakproof: bool,
    /// `proparallel`: s, r, u.
    pub parallel: char,
    /// As the server prints the number.
    pub cost: String,
    /// As the server prints the number; 0 unless the function returns a set.
    pub rows: String,
    pub support: Option<String>,
    /// `proconfig`, as `name=value`.
    pub config: Vec<String>,
    pub body: RoutineBody,
    /// Set by loop repair: created after the data, because its SQL body needs a primary key.
    pub postponed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoutineBody {
    /// `prosrc`: a script, or the name of an internal function.
    Source(String),
    /// Library and symbol of a C function.
    Library { file: String, symbol: String },
    /// SQL-standard body, SQL.
    Sql(String),
}

impl Default for RoutineBody {
    fn default() -> Self {
        RoutineBody::Source(String::new())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregate {
    /// `aggkind`: n, o (ordered-set), h (hypothetical-set).
    pub kind: char,
    /// SQL for CREATE, with ORDER BY; empty for `(*)`.
    pub arguments: String,
    /// SQL types of all arguments, separated by commas; empty for `(*)`.
    pub identity_arguments: String,
    pub transition: AggregateTransition,
    pub combine: Option<String>,
    pub serialize: Option<String>,
    pub deserialize: Option<String>,
    /// The second set of functions, for window frames that move.
    pub moving: Option<AggregateTransition>,
    /// Inverse transition function of `moving`.
    pub moving_inverse: Option<String>,
    /// `OPERATOR(schema.<)`.
    pub sort_operator: Option<String>,
    /// `proparallel`: s, r, u.
    pub parallel: char,
}

/// The functions by which an aggregate gathers its state and makes its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AggregateTransition {
    pub function: String,
    pub state_type: String,
    /// Bytes; 0 for the server's estimate.
    pub state_space: i64,
    pub final_function: Option<String>,
    pub final_extra: bool,
    /// `aggfinalmodify`: r, s, w.
    pub final_modify: char,
    /// External representation, unquoted.
    pub initial: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    pub function: String,
    /// Absent for prefix operators.
    pub left: Option<String>,
    /// Absent for postfix operators, which exist up to 13 and which 14 cannot load.
    pub right: Option<String>,
    /// `OPERATOR(schema.<)`.
    pub commutator: Option<String>,
    pub negator: Option<String>,
    pub merges: bool,
    pub hashes: bool,
    pub restrict: Option<String>,
    pub join: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorFamily {
    /// Unquoted.
    pub access_method: String,
    /// Members that belong to no operator class.
    pub operators: Vec<FamilyOperator>,
    pub functions: Vec<FamilyFunction>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatorClass {
    /// Unquoted.
    pub access_method: String,
    pub default: bool,
    pub input_type: String,
    pub family: String,
    /// Absent where it is the input type.
    pub storage: Option<String>,
    /// Members that belong to this class, not to its family alone.
    pub operators: Vec<FamilyOperator>,
    pub functions: Vec<FamilyFunction>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilyOperator {
    pub strategy: i64,
    /// e.g. `public.< (integer, integer)`.
    pub operator: String,
    /// Operator family of FOR ORDER BY.
    pub order_by: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FamilyFunction {
    pub number: i64,
    pub left: String,
    pub right: String,
    pub signature: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    pub source: String,
    pub target: String,
    /// `castmethod`: f, i, b.
    pub method: char,
    /// Signature, for method f.
    pub function: Option<String>,
    /// `castcontext`: e, a, i.
    pub context: char,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Language {
    pub trusted: bool,
    /// Absent if the language comes with an extension of its name, which CREATE then installs.
    pub handler: Option<String>,
    pub inline: Option<String>,
    pub validator: Option<String>,
}

/// An access method for indexes or tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessMethod {
    /// `amtype`: i or t.
    pub kind: char,
    /// SQL name of the handler function.
    pub handler: String,
}

/// A conversion between encodings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversion {
    pub is_default: bool,
    /// Names of encodings, unquoted.
    pub source: String,
    pub destination: String,
    /// SQL name of the function.
    pub function: String,
}

/// The conversion of a type's values for a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transform {
    /// SQL: `format_type`.
    pub type_name: String,
    /// Unquoted.
    pub language: String,
    /// SQL: function with its argument types.
    pub from_sql: Option<String>,
    pub to_sql: Option<String>,
}

impl Transform {
    /// `FOR type LANGUAGE language`, which identifies the transform; the language is unquoted.
    pub fn name(&self) -> String {
        format!("FOR {} LANGUAGE {}", self.type_name, self.language)
    }
}
