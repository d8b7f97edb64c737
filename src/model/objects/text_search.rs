//! Text search objects, as the catalogs say. Functions and names are SQL: quoted and qualified.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parser {
    pub start: String,
    pub get_token: String,
    pub end: String,
    pub headline: Option<String>,
    pub lexeme_types: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub init: Option<String>,
    pub lexize: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    pub template: String,
    /// `dictinitoption`: SQL, as the server wrote it.
    pub options: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub parser: String,
    /// In the order of the parser's token types.
    pub mappings: Vec<Mapping>,
    /// Numbers of mapped token types that the parser does not know (any more): no statement can
    /// name them, and no token ever has them.
    pub unnamed_tokens: Vec<i64>,
}

/// The dictionaries that one token type goes through, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Unquoted.
    pub token: String,
    pub dictionaries: Vec<String>,
}
