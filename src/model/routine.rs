//! Routines, operators, casts and languages, as the catalogs say.

#[derive(Clone, Debug, Default)]
pub struct Routine {
    /// `prokind`: f, p, w.
    pub kind: char,
    /// Set by loop repair: created after the data, because its SQL body needs a primary key.
    pub postponed: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Aggregate {}

#[derive(Clone, Debug, Default)]
pub struct Operator {}

#[derive(Clone, Debug, Default)]
pub struct OperatorFamily {}

#[derive(Clone, Debug, Default)]
pub struct OperatorClass {}

#[derive(Clone, Debug, Default)]
pub struct Cast {}

#[derive(Clone, Debug, Default)]
pub struct Language {}
