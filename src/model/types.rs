//! Types and collations, as the catalogs say.

#[derive(Clone, Debug, Default)]
pub struct BaseType {}

#[derive(Clone, Debug, Default)]
pub struct EnumType {
    pub labels: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct RangeType {}

#[derive(Clone, Debug, Default)]
pub struct CompositeType {}

#[derive(Clone, Debug, Default)]
pub struct Domain {}

#[derive(Clone, Debug, Default)]
pub struct Collation {}
